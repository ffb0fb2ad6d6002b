//! The arithmetic of a panel on one tile, in blocks of components that become vector registers.

use pulp::{Arch, NullaryFnOnce};

use super::LANES;
use super::collocation::{Collocation, POINTS, STAGES};
use super::field::{Affine, PanelField};
use super::history::{Panel, TILE};
use super::propagator::Propagator;

/// Where a delayed state is found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source<'p> {
    /// At a stage of an earlier panel.
    Stage(&'p Panel, usize),
    /// Between the stages of the second panel, which the first one precedes.
    Between(&'p Panel, &'p Panel, [f64; POINTS]),
}

/// A panel that is to be solved, as all tiles see it.
pub(super) struct Task<'p, F, const LAGS: usize, const PARAMETERS: usize> {
    pub(super) field: &'p F,
    /// Parameters of all components: tile after tile, in a tile row after row.
    pub(super) parameters: &'p [f64],
    pub(super) method: &'static Collocation,
    /// Length of the panel.
    pub(super) step: f64,
    /// Times of the stages.
    pub(super) times: [f64; STAGES],
    pub(super) sources: [[Source<'p>; STAGES]; LAGS],
    /// The first lag of equal length.
    pub(super) same: [usize; LAGS],
    /// The panel before, whose end is the start.
    pub(super) before: &'p Panel,
    /// Sums of the gates through each lag.
    pub(super) sums: [[[f64; LANES]; STAGES]; LAGS],
    /// Inputs that a field has gathered, laid out as the gates; empty if there are none.
    pub(super) gathered: &'p [f64],
    /// Ready-made solutions of fields with constant rates.
    pub(super) propagator: Option<&'p Propagator>,
    pub(super) absolute: f64,
    pub(super) relative: f64,
    /// Part of the former size of a component that still counts.
    pub(super) decay: f64,
    /// States at which a steep gate counts as switching; zero if there is none.
    pub(super) band: f64,
    /// Range of a state over a panel from which its switching needs to be foreseen.
    pub(super) sharp: f64,
}

/// What a tile has found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome<const LAGS: usize> {
    pub(super) sums: [[[f64; LANES]; STAGES]; LAGS],
    /// Largest error, in units of the tolerance, and where; NaN if something is not finite.
    pub(super) error: f64,
    pub(super) worst: usize,
    /// Whether some component may pass sharply through a switch.
    pub(super) switches: bool,
}

impl<const LAGS: usize> Default for Outcome<LAGS> {
    fn default() -> Self {
        Self {
            sums: [[[0.0; LANES]; STAGES]; LAGS],
            error: 0.0,
            worst: 0,
            switches: false,
        }
    }
}

impl<F, const LAGS: usize, const PARAMETERS: usize> Task<'_, F, LAGS, PARAMETERS> {
    /// Parameters of a block of a tile of `width` components.
    #[inline(always)]
    fn parameters<const W: usize>(
        &self,
        tile: usize,
        width: usize,
        offset: usize,
    ) -> [[f64; W]; PARAMETERS] {
        let rows = &self.parameters[PARAMETERS * TILE * tile..];
        std::array::from_fn(|k| load(rows, k * width + offset))
    }
}

/// The parameters of one lane of a block.
#[inline(always)]
fn of_lane<const W: usize, const K: usize>(block: &[[f64; W]; K], lane: usize) -> [f64; K] {
    std::array::from_fn(|k| block[k][lane])
}

/// A loop body over a block of `W` components that starts at `offset` in its tile; those before
/// `fresh` were in the last block too.
trait Body {
    fn block<const W: usize>(&mut self, offset: usize, fresh: usize);
}

/// Runs `body` over `width` components. The last block overlaps with the one before it, so that no
/// shorter one is needed.
#[inline(always)]
fn over<const W: usize>(width: usize, body: &mut impl Body) {
    let mut offset = 0;
    while offset + W <= width {
        body.block::<W>(offset, offset);
        offset += W;
    }
    if offset < width {
        body.block::<W>(width - W, offset);
    }
}

/// [`over`] in the widest blocks that fit, compiled for the instructions of this machine.
struct Blocks<B>(usize, B);

impl<B: Body> NullaryFnOnce for Blocks<B> {
    type Output = B;

    #[inline(always)]
    fn call(mut self) -> B {
        match self.0 {
            1 => over::<1>(1, &mut self.1),
            2..4 => over::<2>(self.0, &mut self.1),
            4..8 => over::<4>(self.0, &mut self.1),
            width => over::<LANES>(width, &mut self.1),
        }
        self.1
    }
}

#[inline(always)]
fn load<const W: usize>(values: &[f64], at: usize) -> [f64; W] {
    let mut block = [0.0; W];
    block.copy_from_slice(&values[at..at + W]);
    block
}

/// First half of a panel: gates of the delayed states of tile `tile` into `gates`, `LAGS` times
/// `STAGES` rows, and their sums.
pub(super) fn listen<
    F: PanelField<LAGS, PARAMETERS>,
    const LAGS: usize,
    const PARAMETERS: usize,
>(
    arch: Arch,
    task: &Task<'_, F, LAGS, PARAMETERS>,
    tile: usize,
    gates: &mut [f64],
    outcome: &mut Outcome<LAGS>,
) {
    let width = gates.len() / (LAGS * STAGES);
    outcome.sums = [[[0.0; LANES]; STAGES]; LAGS];
    let sums = &mut outcome.sums;
    arch.dispatch(Blocks(
        width,
        Listen {
            task,
            tile,
            width,
            gates,
            sums,
        },
    ));
}

struct Listen<'t, 'p, F, const LAGS: usize, const PARAMETERS: usize> {
    task: &'t Task<'p, F, LAGS, PARAMETERS>,
    tile: usize,
    width: usize,
    gates: &'t mut [f64],
    sums: &'t mut [[[f64; LANES]; STAGES]; LAGS],
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize> Body
    for Listen<'_, '_, F, LAGS, PARAMETERS>
{
    #[inline(always)]
    fn block<const W: usize>(&mut self, offset: usize, fresh: usize) {
        let width = self.width;
        let parameters = self.task.parameters::<W>(self.tile, width, offset);
        for lag in 0..LAGS {
            if self.task.same[lag] != lag {
                continue;
            }
            let mut states = [[0.0; W]; STAGES];
            for (state, source) in states.iter_mut().zip(&self.task.sources[lag]) {
                *state = match source {
                    Source::Stage(panel, stage) => {
                        load(panel.tile(self.tile), stage * width + offset)
                    }
                    Source::Between(before, panel, weights) => {
                        let start: [f64; W] =
                            load(before.tile(self.tile), (STAGES - 1) * width + offset);
                        let rows = panel.tile(self.tile);
                        let mut sum = start.map(|x| weights[0] * x);
                        for stage in 0..STAGES {
                            let row: [f64; W] = load(rows, stage * width + offset);
                            for lane in 0..W {
                                sum[lane] = weights[stage + 1].mul_add(row[lane], sum[lane]);
                            }
                        }
                        sum
                    }
                };
            }
            for state in &mut states {
                for lane in 0..W {
                    let parameters = of_lane(&parameters, lane);
                    state[lane] = self.task.field.gate(parameters, state[lane]);
                }
            }
            for (stage, state) in states.iter().enumerate() {
                let at = (lag * STAGES + stage) * width + offset;
                self.gates[at..at + W].copy_from_slice(state);
                for lane in fresh - offset..W {
                    self.sums[lag][stage][lane] += state[lane];
                }
            }
        }
    }
}

/// Second half: solves the panel on tile `tile` from its gates.
///
/// `sizes` are the magnitudes of the components lately, `new_sizes` and `states` (`STAGES` rows) are
/// written.
pub(super) fn solve<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>(
    arch: Arch,
    task: &Task<'_, F, LAGS, PARAMETERS>,
    tile: usize,
    gates: &[f64],
    sizes: &[f64],
    new_sizes: &mut [f64],
    states: &mut [f64],
    outcome: &mut Outcome<LAGS>,
) {
    let width = sizes.len();
    let body = Solve {
        task,
        tile,
        width,
        gates,
        sizes,
        new_sizes,
        states,
        errors: [0.0; LANES],
        places: [0; LANES],
        poison: [0.0; LANES],
        switching: false,
    };
    let found = arch.dispatch(Blocks(width, body));
    outcome.error = 0.0;
    outcome.worst = tile * TILE;
    for lane in 0..LANES {
        if found.errors[lane] > outcome.error {
            outcome.error = found.errors[lane];
            outcome.worst = tile * TILE + found.places[lane] + lane;
        }
    }
    if found.poison.iter().any(|poison| *poison != 0.0) {
        outcome.error = f64::NAN;
    }
    outcome.switches = found.switching;
}

struct Solve<'t, 'p, F, const LAGS: usize, const PARAMETERS: usize> {
    task: &'t Task<'p, F, LAGS, PARAMETERS>,
    tile: usize,
    width: usize,
    gates: &'t [f64],
    sizes: &'t [f64],
    new_sizes: &'t mut [f64],
    states: &'t mut [f64],
    errors: [f64; LANES],
    places: [usize; LANES],
    /// Zero as long as everything is finite.
    poison: [f64; LANES],
    switching: bool,
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>
    Solve<'_, '_, F, LAGS, PARAMETERS>
{
    /// Constants and rates of a block at all stages.
    #[inline(always)]
    fn coefficients<const W: usize>(
        &self,
        offset: usize,
    ) -> ([[f64; W]; STAGES], [[f64; W]; STAGES]) {
        let (task, width) = (self.task, self.width);
        let parameters = task.parameters::<W>(self.tile, width, offset);
        let mut constants = [[0.0; W]; STAGES];
        let mut rates = [[0.0; W]; STAGES];
        for stage in 0..STAGES {
            let gates: [[f64; W]; LAGS] = std::array::from_fn(|lag| {
                load(
                    self.gates,
                    (task.same[lag] * STAGES + stage) * width + offset,
                )
            });
            let inputs: [[f64; W]; LAGS] = std::array::from_fn(|lag| {
                if task.gathered.is_empty() {
                    load(&task.sums[lag][stage], 0)
                } else {
                    let tile = LAGS * STAGES * TILE * self.tile;
                    let at = tile + (lag * STAGES + stage) * width + offset;
                    load(task.gathered, at)
                }
            });
            for lane in 0..W {
                let Affine { constant, rate } = task.field.affine(
                    of_lane(&parameters, lane),
                    task.times[stage],
                    std::array::from_fn(|lag| gates[lag][lane]),
                    std::array::from_fn(|lag| inputs[lag][lane]),
                );
                constants[stage][lane] = constant;
                rates[stage][lane] = rate;
            }
        }
        (constants, rates)
    }

    /// `x_i = x_0 + step sum_j A_ij (p_j - q_j x_j)`, by elimination: the matrix
    /// `1 + step Q A` needs no pivoting, since that of the method has none but positive minors.
    #[inline(always)]
    fn collocate<const W: usize>(
        &self,
        constants: &[[f64; W]; STAGES],
        rates: &[[f64; W]; STAGES],
        start: &[f64; W],
    ) -> [[f64; W]; STAGES] {
        let (step, integral) = (self.task.step, &self.task.method.integral);
        let mut matrix = [[[0.0; W]; STAGES]; STAGES];
        let mut slopes = [[0.0; W]; STAGES];
        for i in 0..STAGES {
            for lane in 0..W {
                slopes[i][lane] = (-rates[i][lane]).mul_add(start[lane], constants[i][lane]);
                let rate = step * rates[i][lane];
                for j in 0..STAGES {
                    matrix[i][j][lane] = rate * integral[j][i];
                }
                matrix[i][i][lane] += 1.0;
            }
        }
        for k in 0..STAGES {
            let pivot = matrix[k][k].map(f64::recip);
            for lane in 0..W {
                slopes[k][lane] *= pivot[lane];
            }
            for j in k + 1..STAGES {
                for lane in 0..W {
                    matrix[k][j][lane] *= pivot[lane];
                }
            }
            for i in k + 1..STAGES {
                for lane in 0..W {
                    let factor = -matrix[i][k][lane];
                    slopes[i][lane] = factor.mul_add(slopes[k][lane], slopes[i][lane]);
                    for j in k + 1..STAGES {
                        matrix[i][j][lane] = factor.mul_add(matrix[k][j][lane], matrix[i][j][lane]);
                    }
                }
            }
        }
        for k in (0..STAGES).rev() {
            for i in 0..k {
                for lane in 0..W {
                    slopes[i][lane] =
                        (-matrix[i][k][lane]).mul_add(slopes[k][lane], slopes[i][lane]);
                }
            }
        }
        let mut states = [*start; STAGES];
        for j in 0..STAGES {
            for i in 0..STAGES {
                let weight = step * integral[j][i];
                for lane in 0..W {
                    states[i][lane] = weight.mul_add(slopes[j][lane], states[i][lane]);
                }
            }
        }
        states
    }
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize> Body
    for Solve<'_, '_, F, LAGS, PARAMETERS>
{
    #[inline(always)]
    fn block<const W: usize>(&mut self, offset: usize, _: usize) {
        let (task, width) = (self.task, self.width);
        let start: [f64; W] = load(task.before.tile(self.tile), (STAGES - 1) * width + offset);
        let (constants, rates) = self.coefficients::<W>(offset);
        let states = match task.propagator {
            Some(propagator) => propagator.apply(self.tile * TILE + offset, &constants, &start),
            None => self.collocate(&constants, &rates, &start),
        };
        let mut tails = [[0.0; W]; 2];
        let (mut low, mut high, mut nearest) = (start, start, start.map(f64::abs));
        for i in 0..STAGES {
            for lane in 0..W {
                let x = states[i][lane];
                let slope = (-rates[i][lane]).mul_add(x, constants[i][lane]);
                tails[0][lane] = task.method.tails[0][i].mul_add(slope, tails[0][lane]);
                tails[1][lane] = task.method.tails[1][i].mul_add(slope, tails[1][lane]);
                low[lane] = low[lane].min(x);
                high[lane] = high[lane].max(x);
                nearest[lane] = nearest[lane].min(x.abs());
            }
            self.states[i * width + offset..][..W].copy_from_slice(&states[i]);
        }
        let former: [f64; W] = load(self.sizes, offset);
        let mut near = 0.0_f64;
        for lane in 0..W {
            let size = (task.decay * former[lane]).max(high[lane]).max(-low[lane]);
            self.new_sizes[offset + lane] = size;
            let tail = tails[0][lane].abs().max(SECOND * tails[1][lane].abs());
            let error = task.step * tail / task.relative.mul_add(size, task.absolute);
            if error > self.errors[lane] {
                self.errors[lane] = error;
                self.places[lane] = offset;
            }
            self.poison[lane] += 0.0 * (states[STAGES - 1][lane] + tails[0][lane]);
            let range = high[lane] - low[lane];
            let inside = range > task.sharp && nearest[lane] < task.band + 0.5 * range;
            near = near.max(f64::from(u8::from(inside)));
        }
        self.switching |= near > 0.0;
    }
}

/// Weight of the second tail against the first, beside which it is expected to be larger.
const SECOND: f64 = 0.25;
