//! Second half of a panel: the solution on one tile, and its error.

use super::LANES;
use super::collocation::{Collocation, STAGES};
use super::field::{Affine, PanelField};
use super::history::TILE;
use super::standing;
use super::task::{Heard, Outcome, Task, blocks, parameters};
use crate::numerics::lanes::{Kernel, Lane, Register};

/// Weight of the jump of the slope at the start of a panel in its error: where the solution is
/// smooth, it is twice the first coefficient that the polynomial does not have.
pub(super) const JUMP: f64 = 0.5;
/// Weight of the first tail.
const TAIL: f64 = 0.1;
/// Weight of the second tail against the first, beside which it is expected to be larger.
const SECOND: f64 = 0.1;

/// Solves the panel on tile `tile` from its gates.
///
/// `marks` are, in two rows, the magnitudes of the components lately and their slopes at the end of
/// the panel before; `new_marks`, `states` (`STAGES` rows) and `stands` are written.
pub(super) struct Solve<'t, 'p, F, const LAGS: usize, const PARAMETERS: usize> {
    pub(super) task: &'t Task<'p, F, LAGS>,
    pub(super) heard: &'t Heard<'p, LAGS>,
    pub(super) tile: usize,
    pub(super) gates: &'t [f64],
    pub(super) words: &'t [u64],
    pub(super) marks: &'t [f64],
    pub(super) new_marks: &'t mut [f64],
    pub(super) states: &'t mut [f64],
    pub(super) stands: &'t mut [u8],
    pub(super) outcome: &'t mut Outcome<LAGS>,
}

/// Constants and rates at all stages.
pub(super) type Coefficients<R> = [[R; STAGES]; 2];

/// The solution of a block over a panel.
pub(super) struct Solved<R> {
    /// States at the stages.
    pub(super) states: [R; STAGES],
    /// The two highest Legendre coefficients of the slope, the highest first.
    pub(super) tails: [R; 2],
    /// Slopes at the start, by the polynomial, and at the end.
    pub(super) begin: R,
    pub(super) end: R,
}

/// `x_i = x_0 + sum_j A_ij (p_j - q_j x_j)`, by elimination without pivoting.
///
/// Two unknowns go at a time: half as many divisions in a row, each of which all that follows waits
/// for; their determinants are sums of positive parts. Row by row, so that what is at work at once
/// fits into 32 registers: a tenth faster, measured on networks of 100, than from a matrix in memory.
#[inline(always)]
pub(super) fn collocate<R: Lane>(
    integral: &[[f64; STAGES]; STAGES],
    coefficients: &Coefficients<R>,
    start: R,
) -> [R; STAGES] {
    let mut elimination = Elimination {
        upper: [[start; STAGES]; STAGES],
        slopes: [start; STAGES],
    };
    elimination.pair::<0>(integral, coefficients, start);
    elimination.pair::<2>(integral, coefficients, start);
    elimination.pair::<4>(integral, coefficients, start);
    elimination.insert::<3>();
    elimination.insert::<1>();
    let mut states = [start; STAGES];
    for j in 0..STAGES {
        for i in 0..STAGES {
            let weight = start.like(integral[j][i]);
            states[i] = elimination.slopes[j].mul_add(weight, states[i]);
        }
    }
    states
}

/// Slopes that are being found: `slopes_i` less `upper_ij` times the slopes of later pairs `j`.
struct Elimination<R> {
    upper: [[R; STAGES]; STAGES],
    slopes: [R; STAGES],
}

impl<R: Lane> Elimination<R> {
    /// Adds the equations of stages `K` and `K + 1`.
    #[inline(always)]
    fn pair<const K: usize>(
        &mut self,
        integral: &[[f64; STAGES]; STAGES],
        [constants, rates]: &Coefficients<R>,
        start: R,
    ) {
        let mut rows = [[start; STAGES]; 2];
        let mut sides = [start; 2];
        for r in 0..2 {
            let rate = rates[K + r];
            for j in 0..STAGES {
                rows[r][j] = rate * integral[j][K + r];
            }
            rows[r][K + r] = rows[r][K + r] + 1.0;
            sides[r] = (-rate).mul_add(start, constants[K + r]);
            for p in 0..K {
                let factor = -rows[r][p];
                sides[r] = factor.mul_add(self.slopes[p], sides[r]);
                for j in p / 2 * 2 + 2..STAGES {
                    rows[r][j] = factor.mul_add(self.upper[p][j], rows[r][j]);
                }
            }
        }
        let [a, b] = [rows[0][K], rows[0][K + 1]];
        let [c, d] = [rows[1][K], rows[1][K + 1]];
        let factor = start.like(1.0) / a.mul_add(d, -(b * c));
        let (a, b, c, d) = (a * factor, -b * factor, -c * factor, d * factor);
        self.slopes[K] = d.mul_add(sides[0], b * sides[1]);
        self.slopes[K + 1] = c.mul_add(sides[0], a * sides[1]);
        for j in K + 2..STAGES {
            self.upper[K][j] = d.mul_add(rows[0][j], b * rows[1][j]);
            self.upper[K + 1][j] = c.mul_add(rows[0][j], a * rows[1][j]);
        }
    }

    /// Inserts the slopes of stages up to that after `LAST` into the equations of stages up to it.
    #[inline(always)]
    fn insert<const LAST: usize>(&mut self) {
        for i in 0..=LAST {
            for j in [LAST + 1, LAST + 2] {
                self.slopes[i] = (-self.upper[i][j]).mul_add(self.slopes[j], self.slopes[i]);
            }
        }
    }
}

/// A solution with its slopes and what they tell of its error.
#[inline(always)]
pub(super) fn judge<R: Register>(
    method: &Collocation,
    [constants, rates]: &Coefficients<R>,
    states: [R; STAGES],
) -> Solved<R> {
    let zero = states[0].like(0.0);
    let (mut tails, mut begin, mut end) = ([zero; 2], zero, zero);
    for i in 0..STAGES {
        end = (-rates[i]).mul_add(states[i], constants[i]);
        for k in 0..2 {
            tails[k] = end.mul_add(zero.like(method.tails[k][i]), tails[k]);
        }
        begin = end.mul_add(zero.like(method.start[i]), begin);
    }
    Solved {
        states,
        tails,
        begin,
        end,
    }
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>
    Solve<'_, '_, F, LAGS, PARAMETERS>
{
    /// The constants of a standing block if this is the sum of all gates.
    #[inline(always)]
    fn constants<R: Register>(&self, parameters: [R; PARAMETERS], gates: [R; LAGS], input: R) -> R {
        let inputs = standing::through(&self.task.sums, input);
        self.task
            .field
            .affine(parameters, 0.0, gates, inputs)
            .constant
    }

    /// Constants and rates of a block at all stages.
    #[inline(always)]
    fn coefficients<R: Register>(
        &self,
        token: R::Token,
        (at, stands): (usize, Option<u64>),
        parameters: [R; PARAMETERS],
    ) -> Coefficients<R> {
        let (task, length) = (self.task, self.marks.len() / 2);
        let system = if task.systems == 1 { 0 } else { at % LANES };
        let slots = standing::slots(&task.same);
        let zero = R::splat(token, 0.0);
        let mut coefficients = [[zero; STAGES]; 2];
        let row = |lag: usize, stage: usize| {
            let begin = (lag * STAGES + stage) * length;
            begin + at..begin + length
        };
        let gathered = self.heard.gathered.get(LAGS * STAGES * TILE * self.tile..);
        let gathered = gathered.filter(|gathered| !gathered.is_empty());
        for stage in 0..STAGES {
            let (mut gates, mut inputs) = ([zero; LAGS], [zero; LAGS]);
            for lag in 0..LAGS {
                gates[lag] = match stands {
                    Some(word) => standing::gates(token, word, slots[lag]),
                    None => R::load(token, &self.gates[row(task.same[lag], stage)]),
                };
                inputs[lag] = match gathered {
                    Some(gathered) => R::load(token, &gathered[row(lag, stage)]),
                    None => R::load(token, &self.heard.sums[lag][stage][system..]),
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
}

/// What the blocks of a tile have found, lane by lane.
struct Found<R> {
    errors: R,
    /// Block of the largest error.
    places: R,
    /// Zero, or NaN where something is not finite.
    poison: R,
    switching: R,
    sharpness: R,
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>
    Solve<'_, '_, F, LAGS, PARAMETERS>
{
    /// Writes the solution of a block, and notes its error.
    #[inline(always)]
    fn finish<R: Register>(
        &mut self,
        token: R::Token,
        (at, start): (usize, R),
        solved: &Solved<R>,
        found: &mut Found<R>,
    ) {
        let (task, length) = (self.task, self.marks.len() / 2);
        let jump = solved.begin - R::load(token, &self.marks[length + at..]);
        solved.end.store(&mut self.new_marks[length + at..]);
        let (mut low, mut high) = (start, start);
        for i in 0..STAGES {
            let x = solved.states[i];
            (low, high) = (low.smaller(x), high.larger(x));
            x.store(&mut self.states[i * length + at..(i + 1) * length]);
        }
        let former = R::load(token, &self.marks[at..length]) * task.decay;
        let size = former.larger(high).larger(-low);
        size.store(&mut self.new_marks[at..length]);
        let tails = solved.tails;
        let tail = tails[0].abs().larger(tails[1].abs() * SECOND) * TAIL;
        let tail = tail.larger(jump.abs() * task.jump);
        let allowed = size.mul_add(
            R::splat(token, task.relative),
            R::splat(token, task.absolute),
        );
        let error = tail * task.step / allowed;
        found.places = error.choose(found.errors, R::splat(token, at as f64), found.places);
        found.errors = found.errors.larger(error);
        found.poison = found.poison + (solved.states[STAGES - 1] + tails[0] + jump) * 0.0;
        let range = high - low;
        let reach = range * 0.5 + task.band;
        let near = reach.choose(low.larger(-high), range, R::splat(token, -2.0));
        found.switching = found.switching.larger(near);
        if task.steepness > 0.0 {
            // about a sixth root of the gate's distance from 0 or 1
            let far = low.larger(-high).larger(R::splat(token, 0.0)) * (task.steepness / 24.0);
            let near = (R::splat(token, 1.0) - far).larger(R::splat(token, 0.0));
            let near = near * near;
            found.sharpness = found.sharpness.larger(range * (near * near));
        }
        if task.bound < f64::INFINITY {
            standing::write(token, low, high, task.bound, &mut self.stands[at..]);
        }
    }
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize> Kernel
    for Solve<'_, '_, F, LAGS, PARAMETERS>
{
    type Output = ();

    #[inline(always)]
    fn run<R: Register>(mut self, token: R::Token) {
        let (task, tile, length) = (self.task, self.tile, self.marks.len() / 2);
        let own = &task.parameters[PARAMETERS * TILE * tile..];
        let zero = R::splat(token, 0.0);
        let ends = task.before.row(tile, STAGES - 1);
        let shares = task.bound < f64::INFINITY;
        let lanes = standing::lanes(R::WIDTH.min(length), 0);
        let slots = standing::slots(&task.same);
        let mut found = Found {
            errors: zero,
            places: zero,
            poison: zero,
            switching: R::splat(token, -2.0),
            sharpness: zero,
        };
        for block in blocks(length, R::WIDTH) {
            let at = block.at;
            let start = R::load(token, &ends[at..]);
            let parameters = parameters::<R, PARAMETERS>(token, own, length, at);
            let word = if shares {
                self.words[block.number]
            } else {
                standing::ALL_OPEN
            };
            let stands = standing::stands(word, lanes);
            if let Some(shared) = self.heard.shared
                && stands
            {
                let mut gates = [zero; LAGS];
                for lag in 0..LAGS {
                    gates[lag] = standing::gates(token, word, slots[lag]);
                }
                let still = self.constants(parameters, gates, zero);
                let heard = self.constants(parameters, gates, zero + 1.0) - still;
                let solved = shared.apply(token, word, lanes, [start, still, heard]);
                self.finish(token, (at, start), &solved, &mut found);
                continue;
            }
            let coefficients = self.coefficients(token, (at, stands.then_some(word)), parameters);
            let states = match task.propagator {
                Some(propagator) => {
                    propagator.apply(token, tile * TILE + at, &coefficients[0], start)
                }
                None => collocate(&task.integral, &coefficients, start),
            };
            let solved = judge(task.method, &coefficients, states);
            self.finish(token, (at, start), &solved, &mut found);
        }
        let Found {
            errors,
            places,
            poison,
            switching,
            sharpness,
        } = found;
        let lanes = length.min(R::WIDTH);
        let array = |register: R| {
            let mut lanes = [0.0; LANES];
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
        let sharpness = array(sharpness)[..lanes]
            .iter()
            .copied()
            .fold(0.0, f64::max);
        self.outcome.sharpness = sharpness * task.steepness;
    }
}
