//! The arithmetic of a panel on one tile, in blocks of components that fill a register.

use pulp::Arch;

use super::LANES;
use super::collocation::{Collocation, POINTS, STAGES};
use super::field::{Affine, PanelField};
use super::history::{Panel, Panels, TILE};
use super::propagator::Propagator;
use crate::numerics::lanes::{Kernel, Register, dispatch};

/// Weight of the jump of the slope at the start of a panel in its error: where the solution is
/// smooth, it is twice the first coefficient that the polynomial does not have.
pub(super) const JUMP: f64 = 0.5;
/// Weight of the first tail.
const TAIL: f64 = 0.1;
/// Weight of the second tail against the first, beside which it is expected to be larger.
const SECOND: f64 = 0.1;

/// Sums are written twice, so that a block may start in the middle of them.
pub(super) const WIDEST: usize = 2 * LANES;

/// Weights of the points of a panel in the states at all stages: point, then stage.
pub(super) type Weights = [[f64; STAGES]; POINTS];

/// Stages whose delayed states stand in the past, each at its own place of a panel.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Own {
    #[default]
    None,
    /// All, on the panel of this number.
    All(usize),
    /// The first ones, as many as this, before the initial time.
    First(usize),
}

/// Where the delayed states of one lag are found.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    pub(super) own: Own,
    /// Panels by number, and their part in the other states: zero weights where a state does not
    /// lie on this panel.
    pub(super) points: Vec<(usize, Weights)>,
}

/// A panel that is to be solved, as all tiles see it.
pub(super) struct Task<'p, F, const LAGS: usize> {
    pub(super) field: &'p F,
    /// Parameters of all components: tile after tile, in a tile row after row.
    pub(super) parameters: &'p [f64],
    pub(super) method: &'static Collocation,
    /// Length of the panel.
    pub(super) step: f64,
    /// The integrals of the method, over the panel.
    pub(super) integral: [[f64; STAGES]; STAGES],
    /// Times of the stages.
    pub(super) times: [f64; STAGES],
    pub(super) sources: &'p [Sources; LAGS],
    pub(super) panels: &'p Panels,
    /// States before the initial time at the stages, a panel each lag.
    pub(super) past: &'p [Panel; LAGS],
    /// The first lag of equal length.
    pub(super) same: [usize; LAGS],
    /// Whether the sum of the gates is heard through a lag, or through another of equal length.
    pub(super) summed: [bool; LAGS],
    /// The panel before, whose end is the start.
    pub(super) before: &'p Panel,
    /// Sums of the gates through each lag, of all systems and again.
    pub(super) sums: [[[f64; WIDEST]; STAGES]; LAGS],
    /// Number of systems.
    pub(super) systems: usize,
    /// Inputs that a field has gathered, laid out as the gates; empty if there are none.
    pub(super) gathered: &'p [f64],
    /// Ready-made solutions of fields with constant rates.
    pub(super) propagator: Option<&'p Propagator>,
    pub(super) absolute: f64,
    pub(super) relative: f64,
    /// Part of the former size of a component that still counts.
    pub(super) decay: f64,
    /// Weight of a jump of the slope at the start: zero where there may be one.
    pub(super) jump: f64,
    /// States at which a steep gate counts as switching; zero if there is none.
    pub(super) band: f64,
    /// Range of a state over a panel from which its switching needs to be foreseen.
    pub(super) sharp: f64,
}

/// The rows of a panel at its points, and their weights.
type Points<'p> = ([&'p [f64]; POINTS], &'p Weights);

/// The delayed states of one lag, on one tile.
struct Reached<'p> {
    /// Rows in which the first stages are found at their own place, and how many they are.
    own: [&'p [f64]; STAGES],
    count: usize,
    /// What makes the others; how many panels there are.
    points: [Points<'p>; STAGES],
    panels: usize,
}

impl<'p, F, const LAGS: usize> Task<'p, F, LAGS> {
    #[inline(always)]
    fn reached(&self, lag: usize, tile: usize) -> Reached<'p> {
        let sources = &self.sources[lag];
        let rows = |panel: &'p Panel| std::array::from_fn(|stage| panel.row(tile, stage));
        let (own, count) = match sources.own {
            Own::None => ([&[][..]; STAGES], 0),
            Own::All(number) => (rows(self.panels.panel(number)), STAGES),
            Own::First(count) => (rows(&self.past[lag]), count),
        };
        const NOTHING: &Weights = &[[0.0; STAGES]; POINTS];
        let mut points = [([&[][..]; POINTS], NOTHING); STAGES];
        for (points, (number, weights)) in points.iter_mut().zip(&sources.points) {
            let panel = self.panels.panel(*number);
            let before = self.panels.panel(*number - 1);
            let rows = std::array::from_fn(|k| match k {
                0 => before.row(tile, STAGES - 1),
                _ => panel.row(tile, k - 1),
            });
            *points = (rows, weights);
        }
        Reached {
            own,
            count,
            points,
            panels: sources.points.len(),
        }
    }
}

impl Reached<'_> {
    /// The states of a block at all stages.
    #[inline(always)]
    fn block<R: Register>(&self, token: R::Token, at: usize) -> [R; STAGES] {
        let mut states = [R::splat(token, 0.0); STAGES];
        for (rows, weights) in &self.points[..self.panels] {
            for k in 0..POINTS {
                let value = R::load(token, &rows[k][at..]);
                for stage in 0..STAGES {
                    let weight = R::splat(token, weights[k][stage]);
                    states[stage] = weight.mul_add(value, states[stage]);
                }
            }
        }
        for stage in 0..STAGES {
            if stage < self.count {
                states[stage] = R::load(token, &self.own[stage][at..]);
            }
        }
        states
    }
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

/// Starts of the blocks of `width` lanes over a row of `length` components. The last block may
/// overlap with the one before it, so that none is short unless the row is.
#[inline(always)]
fn blocks(length: usize, width: usize) -> impl Iterator<Item = usize> {
    (0..length)
        .step_by(width)
        .map(move |at| at.min(length.saturating_sub(width)))
}

/// The parameters of a block.
#[inline(always)]
fn parameters<R: Register, const K: usize>(
    token: R::Token,
    rows: &[f64],
    length: usize,
    at: usize,
) -> [R; K] {
    let mut parameters = [R::splat(token, 0.0); K];
    for k in 0..K {
        parameters[k] = R::load(token, &rows[k * length + at..(k + 1) * length]);
    }
    parameters
}

/// First half of a panel: gates of the delayed states of tile `tile` into `gates`, `LAGS` times
/// `STAGES` rows, and their sums.
pub(super) struct Listen<'t, 'p, F, const LAGS: usize, const PARAMETERS: usize> {
    pub(super) task: &'t Task<'p, F, LAGS>,
    pub(super) tile: usize,
    pub(super) gates: &'t mut [f64],
    pub(super) outcome: &'t mut Outcome<LAGS>,
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>
    Listen<'_, '_, F, LAGS, PARAMETERS>
{
    pub(super) fn call(self, arch: Arch) {
        let length = self.gates.len() / (LAGS * STAGES);
        dispatch(arch, length, self);
    }
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize> Kernel
    for Listen<'_, '_, F, LAGS, PARAMETERS>
{
    type Output = ();

    #[inline(always)]
    fn run<R: Register>(self, token: R::Token) {
        let (task, tile) = (self.task, self.tile);
        let length = self.gates.len() / (LAGS * STAGES);
        let own = &task.parameters[PARAMETERS * TILE * tile..];
        for lag in 0..LAGS {
            if task.same[lag] != lag {
                continue;
            }
            let gates = &mut self.gates[lag * STAGES * length..][..STAGES * length];
            let reached = task.reached(lag, tile);
            for at in blocks(length, R::WIDTH) {
                let parameters = parameters::<R, PARAMETERS>(token, own, length, at);
                let states = reached.block(token, at);
                for stage in 0..STAGES {
                    let gate = task.field.gate(parameters, states[stage]);
                    gate.store(&mut gates[stage * length + at..(stage + 1) * length]);
                }
            }
            if task.summed[lag] {
                for (row, sums) in gates.chunks(length).zip(&mut self.outcome.sums[lag]) {
                    *sums = lane_sums::<R>(token, row);
                }
            }
        }
    }
}

/// Sums of the numbers that share a lane.
#[inline(always)]
fn lane_sums<R: Register>(token: R::Token, row: &[f64]) -> [f64; LANES] {
    let mut sums = [R::splat(token, 0.0); LANES];
    for at in (0..row.len()).step_by(LANES) {
        for k in 0..LANES / R::WIDTH {
            let from = at + k * R::WIDTH;
            if from < row.len() {
                sums[k] = sums[k] + R::load(token, &row[from..]);
            }
        }
    }
    let mut lanes = [0.0; LANES];
    for k in 0..LANES / R::WIDTH {
        sums[k].store(&mut lanes[k * R::WIDTH..]);
    }
    lanes
}

/// What a tile hears, stage by stage and lag by lag.
struct Heard<'t, const LAGS: usize> {
    gates: [[&'t [f64]; LAGS]; STAGES],
    /// Inputs that a field has gathered, if it has.
    inputs: Option<[[&'t [f64]; LAGS]; STAGES]>,
}

/// Rows of `length` numbers, of which each lag has `STAGES`; a lag may share those of another.
#[inline(always)]
fn rows<'t, const LAGS: usize>(
    values: &'t [f64],
    length: usize,
    same: &[usize; LAGS],
) -> [[&'t [f64]; LAGS]; STAGES] {
    std::array::from_fn(|stage| {
        same.map(|lag| &values[(lag * STAGES + stage) * length..][..length])
    })
}

/// Second half: solves the panel on tile `tile` from its gates.
///
/// `marks` are, in two rows, the magnitudes of the components lately and their slopes at the end of
/// the panel before; `new_marks` and `states` (`STAGES` rows) are written.
pub(super) struct Solve<'t, 'p, F, const LAGS: usize, const PARAMETERS: usize> {
    pub(super) task: &'t Task<'p, F, LAGS>,
    pub(super) tile: usize,
    pub(super) gates: &'t [f64],
    pub(super) marks: &'t [f64],
    pub(super) new_marks: &'t mut [f64],
    pub(super) states: &'t mut [f64],
    pub(super) outcome: &'t mut Outcome<LAGS>,
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>
    Solve<'_, '_, F, LAGS, PARAMETERS>
{
    pub(super) fn call(self, arch: Arch) {
        dispatch(arch, self.marks.len() / 2, self);
    }

    /// Constants and rates of a block at all stages.
    #[inline(always)]
    fn coefficients<R: Register>(
        &self,
        token: R::Token,
        heard: &Heard<'_, LAGS>,
        at: usize,
    ) -> [[R; STAGES]; 2] {
        let (task, length) = (self.task, self.marks.len() / 2);
        let own = &task.parameters[PARAMETERS * TILE * self.tile..];
        let parameters = parameters::<R, PARAMETERS>(token, own, length, at);
        let system = if task.systems == 1 { 0 } else { at % LANES };
        let zero = R::splat(token, 0.0);
        let mut coefficients = [[zero; STAGES]; 2];
        for stage in 0..STAGES {
            let (mut gates, mut inputs) = ([zero; LAGS], [zero; LAGS]);
            for lag in 0..LAGS {
                gates[lag] = R::load(token, &heard.gates[stage][lag][at..]);
                inputs[lag] = match &heard.inputs {
                    None => R::load(token, &task.sums[lag][stage][system..]),
                    Some(inputs) => R::load(token, &inputs[stage][lag][at..]),
                };
            }
            let Affine { constant, rate } =
                task.field
                    .affine(parameters, task.times[stage], gates, inputs);
            coefficients[0][stage] = constant;
            coefficients[1][stage] = rate;
        }
        coefficients
    }

    /// `x_i = x_0 + step sum_j A_ij (p_j - q_j x_j)`, by elimination without pivoting.
    #[inline(always)]
    fn collocate<R: Register>(
        &self,
        token: R::Token,
        [constants, rates]: &[[R; STAGES]; 2],
        start: R,
    ) -> [R; STAGES] {
        let integral = &self.task.integral;
        let zero = R::splat(token, 0.0);
        let mut matrix = [[zero; STAGES]; STAGES];
        let mut slopes = [zero; STAGES];
        for i in 0..STAGES {
            slopes[i] = (-rates[i]).mul_add(start, constants[i]);
            for j in 0..STAGES {
                matrix[i][j] = rates[i] * integral[j][i];
            }
            matrix[i][i] = matrix[i][i] + 1.0;
        }
        for k in 0..STAGES {
            let pivot = R::splat(token, 1.0) / matrix[k][k];
            slopes[k] = slopes[k] * pivot;
            for j in k + 1..STAGES {
                matrix[k][j] = matrix[k][j] * pivot;
            }
            for i in k + 1..STAGES {
                let factor = -matrix[i][k];
                slopes[i] = factor.mul_add(slopes[k], slopes[i]);
                for j in k + 1..STAGES {
                    matrix[i][j] = factor.mul_add(matrix[k][j], matrix[i][j]);
                }
            }
        }
        for k in (1..STAGES).rev() {
            for i in 0..k {
                slopes[i] = (-matrix[i][k]).mul_add(slopes[k], slopes[i]);
            }
        }
        let mut states = [start; STAGES];
        for j in 0..STAGES {
            for i in 0..STAGES {
                let weight = R::splat(token, integral[j][i]);
                states[i] = weight.mul_add(slopes[j], states[i]);
            }
        }
        states
    }
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize> Kernel
    for Solve<'_, '_, F, LAGS, PARAMETERS>
{
    type Output = ();

    #[inline(always)]
    fn run<R: Register>(self, token: R::Token) {
        let (task, tile, length) = (self.task, self.tile, self.marks.len() / 2);
        let zero = R::splat(token, 0.0);
        let ends = task.before.row(tile, STAGES - 1);
        let heard = Heard {
            gates: rows(self.gates, length, &task.same),
            inputs: task
                .gathered
                .get(LAGS * STAGES * TILE * tile..)
                .filter(|inputs| !inputs.is_empty())
                .map(|inputs| rows(inputs, length, &std::array::from_fn(|lag| lag))),
        };
        let (mut errors, mut places) = (zero, zero);
        let (mut poison, mut switching) = (zero, R::splat(token, -2.0));
        for at in blocks(length, R::WIDTH) {
            let start = R::load(token, &ends[at..]);
            let coefficients = self.coefficients::<R>(token, &heard, at);
            let states = match task.propagator {
                Some(propagator) => {
                    propagator.apply(token, tile * TILE + at, &coefficients[0], start)
                }
                None => self.collocate(token, &coefficients, start),
            };
            let mut tails = [zero; 2];
            let mut jump = -R::load(token, &self.marks[length + at..]);
            let (mut low, mut high, mut nearest) = (start, start, start.abs());
            for i in 0..STAGES {
                let x = states[i];
                let slope = (-coefficients[1][i]).mul_add(x, coefficients[0][i]);
                for k in 0..2 {
                    let weight = R::splat(token, task.method.tails[k][i]);
                    tails[k] = weight.mul_add(slope, tails[k]);
                }
                jump = R::splat(token, task.method.start[i]).mul_add(slope, jump);
                if i == STAGES - 1 {
                    slope.store(&mut self.new_marks[length + at..]);
                }
                low = -(-low).larger(-x);
                high = high.larger(x);
                nearest = -(-nearest).larger(-x.abs());
                x.store(&mut self.states[i * length + at..(i + 1) * length]);
            }
            let former = R::load(token, &self.marks[at..length]) * task.decay;
            let size = former.larger(high).larger(-low);
            size.store(&mut self.new_marks[at..length]);
            let tail = tails[0].abs().larger(tails[1].abs() * SECOND) * TAIL;
            let tail = tail.larger(jump.abs() * task.jump);
            let allowed = size.mul_add(
                R::splat(token, task.relative),
                R::splat(token, task.absolute),
            );
            let error = tail * task.step / allowed;
            places = error.choose(errors, R::splat(token, at as f64), places);
            errors = errors.larger(error);
            // zero, or NaN where something is not finite
            poison = poison + (states[STAGES - 1] + tails[0] + jump) * 0.0;
            let range = high - low;
            let reach = range * 0.5 + task.band;
            let near = reach.choose(nearest, range, R::splat(token, -2.0));
            switching = switching.larger(near);
        }
        let lanes = length.min(R::WIDTH);
        let array = |register: R| {
            let mut lanes = [0.0; WIDEST];
            register.store(&mut lanes[..]);
            lanes
        };
        let (errors, places) = (array(errors), array(places));
        self.outcome.error = 0.0;
        self.outcome.worst = tile * TILE;
        for lane in 0..lanes {
            if errors[lane] > self.outcome.error {
                self.outcome.error = errors[lane];
                self.outcome.worst = tile * TILE + places[lane] as usize + lane;
            }
        }
        if array(poison)[..lanes].iter().any(|poison| *poison != 0.0) {
            self.outcome.error = f64::NAN;
        }
        let widest = array(switching)[..lanes]
            .iter()
            .copied()
            .fold(-2.0, f64::max);
        self.outcome.switches = widest > task.sharp;
    }
}
