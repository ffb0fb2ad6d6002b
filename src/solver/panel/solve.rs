//! Second half of a panel: the solution on one tile, and its error.

use super::LANES;
use super::collocation::{Collocation, POINTS, STAGES};
use super::elimination::collocate;
use super::field::{Affine, PanelField};
use super::history::TILE;
use super::numbers::{Block, CELLS, Precision};
use super::standing;
use super::task::{GROUP, Heard, Outcome, Task, parameters};
use crate::numerics::lanes::{Kernel, Register};
use crate::numerics::several::Several;

/// Error of the estimate, in tolerances, that a panel may have.
pub(super) const ALLOWED: f64 = 0.1;
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
/// the panel before; `new_marks`, `states` and `stands` are written.
pub(super) struct Solve<'t, 'p, F, const LAGS: usize, const PARAMETERS: usize> {
    pub(super) task: &'t Task<'p, F, LAGS>,
    pub(super) heard: &'t Heard<'p, LAGS>,
    pub(super) tile: usize,
    /// Of gates and of the past, of the states to be written.
    pub(super) precisions: [Precision; 2],
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

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize> Kernel
    for Solve<'_, '_, F, LAGS, PARAMETERS>
{
    type Output = ();

    #[inline(always)]
    fn run<R: Register>(self, token: R::Token) {
        let Self {
            task,
            heard,
            tile,
            precisions: [precision, own],
            ..
        } = self;
        let given: Given<'_, '_, F, LAGS> = Given {
            task,
            heard,
            tile,
            gates: self.gates,
        };
        let zero = R::splat(token, 0.0);
        let (slots, kinds) = (task.slots, task.kinds());
        let shares = task.bound < f64::INFINITY;
        let mut found = Found::new(token);
        let stands = self.stands.as_chunks_mut::<LANES>().0;
        let marks = self.marks.as_chunks::<{ 2 * LANES }>().0;
        let new_marks = self.new_marks.as_chunks_mut::<{ 2 * LANES }>().0;
        let mut still = [[0.0; CELLS]; LAGS];
        // the block that was worst last time comes first: if it fails, the others need not be solved
        let worst = self.outcome.worst / LANES % TILE;
        for place in 0..stands.len() {
            let number = match place {
                0 => worst,
                _ if place <= worst => place - 1,
                _ => place,
            };
            let block = TILE * tile + number;
            let before = task.before.block(precision, block);
            let word = if shares {
                self.words[number]
            } else {
                standing::ALL_OPEN
            };
            let shared = heard.shared.filter(|_| standing::stands(word));
            let mut gates = [Block::Double(&[0.0; CELLS]); LAGS];
            if shares && shared.is_none() && standing::stands(word) {
                for (lag, cells) in still.iter_mut().enumerate() {
                    standing::fill(word, slots[lag], cells);
                }
                for (gates, cells) in gates.iter_mut().zip(&still) {
                    *gates = Block::Double(cells);
                }
            } else {
                for (lag, gates) in gates.iter_mut().enumerate() {
                    *gates = precision.block(given.gates, kinds * number + slots[lag]);
                }
            }
            for lane in (0..LANES).step_by(R::WIDTH) {
                let start = before.end::<R>(token, lane);
                let parameters = parameters::<R, PARAMETERS>(token, task.parameters, (block, lane));
                let solved = if let Some(shared) = shared {
                    let word = word >> (8 * lane);
                    let mut gates = [zero; LAGS];
                    for lag in 0..LAGS {
                        gates[lag] = standing::gates(token, word, slots[lag]);
                    }
                    let own = given.constants(parameters, gates, zero);
                    let heard = given.constants(parameters, gates, zero + 1.0) - own;
                    shared.apply(token, word, [start, own, heard])
                } else {
                    let coefficients = given.coefficients(token, (number, lane), gates, parameters);
                    let states = given.states(token, (block, lane), &coefficients, start);
                    judge(task.method, &coefficients, states)
                };
                own.store(self.states, number, (0, lane), solved.states);
                found.poison = found.poison + own.overflow(token, &solved.states);
                let part = Part {
                    width: LANES,
                    marks: &marks[number][lane..],
                    new_marks: &mut new_marks[number][lane..],
                    stands: &mut stands[number][lane..],
                };
                part.finish(
                    token,
                    task,
                    (LANES * block + lane, start),
                    &solved,
                    &mut found,
                );
            }
            if found.errors.any_above(ALLOWED) {
                break;
            }
        }
        found.conclude(task, self.outcome);
        if self.outcome.error <= ALLOWED {
            self.outcome.passages.clear();
            for number in (0..stands.len()).filter(|number| found.near >> number & 1 == 1) {
                let before = task.before.block(precision, TILE * tile + number);
                let states = own.block(self.states, number);
                for lane in (0..LANES).step_by(R::WIDTH) {
                    let mut points = [before.end::<R>(token, lane); POINTS];
                    points[1..].copy_from_slice(&states.rows::<R, STAGES>(token, (0, lane)));
                    let slopes = [&marks[number], &new_marks[number]].map(
                        #[inline(always)]
                        |rows| R::load(token, &rows[LANES + lane..]),
                    );
                    self.outcome.passages.meet(task, &points, slopes);
                }
            }
        }
    }
}

/// What the solution on a tile is made from.
struct Given<'t, 'p, F, const LAGS: usize> {
    task: &'t Task<'p, F, LAGS>,
    heard: &'t Heard<'p, LAGS>,
    tile: usize,
    gates: &'t [f64],
}

impl<F, const LAGS: usize> Given<'_, '_, F, LAGS> {
    /// The constants of a standing block if this is the sum of all gates.
    #[inline(always)]
    fn constants<R: Register, const PARAMETERS: usize>(
        &self,
        parameters: [R; PARAMETERS],
        gates: [R; LAGS],
        input: R,
    ) -> R
    where
        F: PanelField<LAGS, PARAMETERS>,
    {
        let inputs = standing::through(&self.task.sums, input);
        self.task
            .field
            .affine(parameters, input.like(0.0), gates, inputs)
            .constant
    }

    /// Constants and rates of a part of a block at all stages, from its gates through each lag.
    #[inline(always)]
    fn coefficients<R: Register, const PARAMETERS: usize>(
        &self,
        token: R::Token,
        (number, lane): (usize, usize),
        gates: [Block<'_>; LAGS],
        parameters: [R; PARAMETERS],
    ) -> Coefficients<R>
    where
        F: PanelField<LAGS, PARAMETERS>,
    {
        let task = self.task;
        let gathered = self.heard.gathered.as_chunks::<CELLS>().0;
        let mut inputs = [(&[0.0; CELLS], 0); LAGS];
        for lag in 0..LAGS {
            inputs[lag] = if gathered.is_empty() {
                let lane = if task.systems == 1 { 0 } else { lane };
                (&self.heard.sums[lag].as_flattened().as_chunks().0[0], lane)
            } else {
                let block = TILE * self.tile + number;
                (&gathered[LAGS * block + lag], lane)
            };
        }
        let zero = R::splat(token, 0.0);
        let parameters = parameters.map(
            #[inline(always)]
            |own| Several([own; GROUP]),
        );
        let mut coefficients = [[zero; STAGES]; 2];
        for first in (0..STAGES).step_by(GROUP) {
            let none = Several([zero; GROUP]);
            let (mut own, mut heard, mut time) = ([none; LAGS], [none; LAGS], none);
            for k in 0..GROUP {
                let row = (first + k) * LANES;
                for lag in 0..LAGS {
                    [own[lag].0[k]] = gates[lag].rows(token, (first + k, lane));
                    let (cells, lane) = inputs[lag];
                    heard[lag].0[k] = R::load(token, &cells[row + lane..]);
                }
                time.0[k] = R::splat(token, task.times[first + k]);
            }
            let Affine { constant, rate } = task.field.affine(parameters, time, own, heard);
            coefficients[0][first..first + GROUP].copy_from_slice(&constant.0);
            coefficients[1][first..first + GROUP].copy_from_slice(&rate.0);
        }
        coefficients
    }

    /// The states of a part of a block.
    #[inline(always)]
    fn states<R: Register>(
        &self,
        token: R::Token,
        place: (usize, usize),
        coefficients: &Coefficients<R>,
        start: R,
    ) -> [R; STAGES] {
        let task = self.task;
        if let Some(propagator) = task.propagator {
            return propagator.apply(token, place, &coefficients[0], start);
        }
        if let Some(average) = self.heard.average
            && let Some(states) = average.apply(token, task.integral, coefficients, start)
        {
            return states;
        }
        collocate(task.integral, coefficients, start)
    }
}

/// A part of a block as it is written: rows of so many numbers, from its first lane on.
pub(super) struct Part<'t> {
    pub(super) width: usize,
    /// Two rows, as the new ones.
    pub(super) marks: &'t [f64],
    pub(super) new_marks: &'t mut [f64],
    pub(super) stands: &'t mut [u8],
}

/// What the blocks of a tile have found, lane by lane.
pub(super) struct Found<R> {
    errors: R,
    /// First place of the part with the largest error.
    places: R,
    /// Zero, or NaN where something is not finite.
    poison: R,
    switching: R,
    /// The blocks, a bit each, of which some component comes near its threshold.
    pub(super) near: u32,
}

impl Part<'_> {
    /// Writes the solution from `place` on, and notes its error.
    #[inline(always)]
    pub(super) fn finish<R: Register, F, const LAGS: usize>(
        self,
        token: R::Token,
        task: &Task<'_, F, LAGS>,
        (place, start): (usize, R),
        solved: &Solved<R>,
        found: &mut Found<R>,
    ) {
        let width = self.width;
        let jump = solved.begin - R::load(token, &self.marks[width..]);
        solved.end.store(&mut self.new_marks[width..][..R::WIDTH]);
        let (mut low, mut high) = (start, start);
        for i in 0..STAGES {
            let x = solved.states[i];
            (low, high) = (low.smaller(x), high.larger(x));
        }
        let former = R::load(token, self.marks) * task.decay;
        let size = former.larger(high).larger(-low);
        size.store(&mut self.new_marks[..R::WIDTH]);
        let tails = solved.tails;
        let tail = tails[0].abs().larger(tails[1].abs() * SECOND) * TAIL;
        let tail = tail.larger(jump.abs() * task.jump);
        let allowed = size.mul_add(
            R::splat(token, task.relative),
            R::splat(token, task.absolute),
        );
        let error = tail * task.step / allowed;
        found.places = error.choose(found.errors, R::splat(token, place as f64), found.places);
        found.errors = found.errors.larger(error);
        found.poison = found.poison + (solved.states[STAGES - 1] + tails[0] + jump) * 0.0;
        let (range, far) = (high - low, low.larger(-high));
        let reach = range * 0.5 + task.band;
        let switching = reach.choose(far, range, R::splat(token, -1.0));
        found.switching = found.switching.larger(switching);
        let near = (R::splat(token, task.band) - far).any_above(0.0);
        found.near |= u32::from(near) << (place / LANES % TILE);
        if task.bound < f64::INFINITY {
            standing::write(token, low, high, task.bound, self.stands);
        }
    }
}

impl<R: Register> Found<R> {
    #[inline(always)]
    pub(super) fn new(token: R::Token) -> Self {
        let zero = R::splat(token, 0.0);
        Self {
            errors: zero,
            places: zero,
            poison: zero,
            switching: R::splat(token, -1.0),
            near: 0,
        }
    }

    /// What all lanes have found.
    #[inline(always)]
    pub(super) fn conclude<F, const LAGS: usize>(
        &self,
        task: &Task<'_, F, LAGS>,
        outcome: &mut Outcome<LAGS>,
    ) {
        let array = |register: R| {
            let mut lanes = [0.0; LANES];
            register.store(&mut lanes[..R::WIDTH]);
            lanes
        };
        let (errors, places) = (array(self.errors), array(self.places));
        (outcome.error, outcome.worst) = (0.0, places[0] as usize);
        for lane in 0..R::WIDTH {
            if errors[lane] > outcome.error {
                outcome.error = errors[lane];
                outcome.worst = places[lane] as usize + lane;
            }
        }
        if array(self.poison)[..R::WIDTH]
            .iter()
            .any(|poison| *poison != 0.0)
        {
            outcome.error = f64::NAN;
        }
        let ranges = array(self.switching);
        outcome.switching = 0;
        for lane in 0..LANES {
            outcome.switching |= u8::from(ranges[lane % R::WIDTH] > task.sharp) << lane;
        }
    }
}
