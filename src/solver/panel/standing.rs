//! Components whose gates stand still over a panel: they share its solution.
//!
//! Where the own delayed gates of a component stand at 0 or 1, and all such components have one
//! rate, `x' = p - q x` has the solution `x = x_0 E + c F + d G` with three functions that all of
//! them share: the answers to a start of one, to a constant of one, and to the input. They are
//! found by the same collocation as any component, so nothing but the standing itself is neglected.

use super::LANES;
use super::collocation::{Collocation, STAGES};
use super::elimination::collocate;
use super::field::{Input, PanelField};
use super::solve::{Solved, judge};
use crate::numerics::lanes::{Kernel, Lane, Register};
use crate::solver::Options;

/// A gate that moves; else it is 0 or 1. Eight components of a block make a word.
pub(super) const OPEN: u8 = 0x80;
/// The same for all components of a block.
pub(super) const ALL_OPEN: u64 = OPEN as u64 * ONES;
/// Every component of a block at 1.
const ONES: u64 = 0x0101_0101_0101_0101;

/// What neglecting the distance of a gate from 0 or 1 may change a solution by over a lag, in
/// tolerances: chosen well below the tenth that the estimates of a panel keep to.
const NEGLECTED: f64 = 0.01;

/// Where gates stand over two panels together.
#[inline(always)]
pub(super) fn both(one: u64, other: u64) -> u64 {
    one | other | ((one ^ other) & ONES) << 7
}

/// The first `count` components of a word.
#[inline(always)]
pub(super) fn lanes(count: usize) -> u64 {
    match count {
        LANES.. => u64::MAX,
        _ => (1 << (8 * count)) - 1,
    }
}

/// Whether all gates of a word stand.
#[inline(always)]
pub(super) fn stands(word: u64) -> bool {
    word & ALL_OPEN == 0
}

/// How many gates of a word stand.
#[inline(always)]
pub(super) fn standing(word: u64, lanes: u64) -> u32 {
    (!word & lanes & ALL_OPEN).count_ones()
}

/// How many gates of a standing word are at 1 through a lag of place `slot`.
#[inline(always)]
pub(super) fn count(word: u64, slot: usize, lanes: u64) -> u32 {
    (word >> slot & lanes & ONES).count_ones()
}

/// The word of a block whose states lie between `low` and `high`, written into `stands`.
#[inline(always)]
pub(super) fn write<R: Register>(token: R::Token, low: R, high: R, bound: f64, stands: &mut [u8]) {
    // far enough that the polynomial between its points does not come nearer either
    let bound = (high - low).mul_add(R::splat(token, 0.5), R::splat(token, bound));
    let open = R::splat(token, f64::from(OPEN));
    let down = (-high).choose(bound, R::splat(token, 0.0), open);
    let codes = low.choose(bound, R::splat(token, 1.0), down);
    let mut values = [0.0; LANES];
    // the code is left in the lowest bits
    (codes + 4_503_599_627_370_496.0).store(&mut values[..]);
    for (stand, value) in stands.iter_mut().zip(&values[..R::WIDTH]) {
        *stand = value.to_bits() as u8;
    }
}

/// The lags through which the sum of all gates is heard.
pub(super) fn sums<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>(
    field: &F,
) -> [bool; LAGS] {
    std::array::from_fn(|lag| field.input(lag) == Input::Sum)
}

/// The inputs through all lags, if `value` is heard through those of `sums`.
#[inline(always)]
pub(super) fn through<R: Lane, const LAGS: usize>(sums: &[bool; LAGS], value: R) -> [R; LAGS] {
    let mut inputs = [value; LAGS];
    for lag in 0..LAGS {
        if !sums[lag] {
            inputs[lag] = value.like(0.0);
        }
    }
    inputs
}

/// State beyond which a gate counts as standing; infinity for fields that do not share solutions. The first `different`
/// components stand for all.
pub(super) fn bound<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize>(
    field: &F,
    same: &[usize; LAGS],
    different: usize,
    options: &Options,
) -> f64 {
    let (steepness, n) = (field.steepness(), field.dimension());
    let sums = sums(field);
    let hears = sums.iter().filter(|sum| **sum).count();
    let lags = slots(same).into_iter().max().map_or(0, |last| last + 1);
    let gathers = (0..LAGS).any(|lag| field.input(lag) == Input::Gathered);
    if !field.has_common_rate() || lags > SLOTS || hears > 1 || gathers || field.systems() != 1 {
        return f64::INFINITY;
    }
    // what an error of one in a component's own gate, and in all that it hears, does to its slope
    let mut gain = 0.0_f64;
    for component in 0..different {
        let affine = |component: usize, gate: f64, input: f64| {
            let parameters = field.parameters(component);
            let inputs = through(&sums, input);
            field.affine(parameters, 0.0_f64, [gate; LAGS], inputs)
        };
        let of = |gate, input| affine(component, gate, input);
        let (still, own, heard) = (of(0.0, 0.0), of(1.0, 0.0), of(0.0, 1.0));
        // a field that says more than is so would be solved wrongly without a word
        let is_common = [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]
            .into_iter()
            .all(|(gate, input)| of(gate, input).rate == affine(0, gate, input).rate);
        let (own, heard) = (
            own.constant - still.constant,
            heard.constant - still.constant,
        );
        let own_and_heard = own.abs() + n as f64 * heard.abs();
        if !is_common || !own_and_heard.is_finite() {
            return f64::INFINITY;
        }
        gain = gain.max(own_and_heard);
    }
    let shortest = field.lags().into_iter().fold(f64::INFINITY, f64::min);
    let bound = |tolerance: f64| {
        let allowed = NEGLECTED * tolerance / (gain * shortest);
        (-allowed.ln()).max(0.0) / steepness
    };
    // a component that stands is at least as large as this, and none that counts much smaller
    let least = bound(1.0);
    bound(options.absolute_tolerance + options.relative_tolerance * least)
}

/// Lags of different length that a field may have for its components to share solutions.
const SLOTS: usize = 2;
/// Combinations of the gates of a component, and the answers that make the solutions of each.
const COMBINATIONS: usize = 1 << SLOTS;
const ANSWERS: usize = 3;
/// What is known of an answer: its states, the estimates of its error, its slopes at the ends.
const ROWS: usize = STAGES + 4;
/// The row of the slope at the start, before that at the end.
const JUMP: usize = STAGES + 2;
/// Combination times answer, filled up to whole registers.
const COLUMNS: usize = (ANSWERS * COMBINATIONS).next_multiple_of(LANES);

/// The solutions that components share over a panel.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    rows: [[f64; COLUMNS]; ROWS],
}

impl Default for Shared {
    fn default() -> Self {
        let rows = [[0.0; COLUMNS]; ROWS];
        Self { rows }
    }
}

/// The place of every lag among those of different length.
#[inline(always)]
pub(super) fn slots<const LAGS: usize>(same: &[usize; LAGS]) -> [usize; LAGS] {
    same.map(|first| (0..first).filter(|lag| same[*lag] == *lag).count())
}

/// The bytes of a word as numbers.
#[inline(always)]
fn numbers<R: Register>(token: R::Token, word: u64) -> R {
    let (bytes, mut values) = (word.to_le_bytes(), [0.0; LANES]);
    for k in 0..LANES {
        values[k] = f64::from(bytes[k]);
    }
    R::load(token, &values[..])
}

/// The gates of a standing block through a lag of this place.
#[inline(always)]
pub(super) fn gates<R: Register>(token: R::Token, word: u64, slot: usize) -> R {
    numbers(token, word >> slot & ONES)
}

/// The gates of a standing block through a lag of this place, at all stages.
pub(super) fn fill(word: u64, slot: usize, cells: &mut [f64]) {
    let bytes = (word >> slot & ONES).to_le_bytes();
    for row in cells.chunks_exact_mut(LANES) {
        for (cell, byte) in row.iter_mut().zip(bytes) {
            *cell = f64::from(byte);
        }
    }
}

/// Adds what stands through the lag of place `slot` to the word of a block.
#[inline(always)]
pub(super) fn combined(word: u64, stands: u64, slot: usize) -> u64 {
    word | (stands & ONES) << slot | stands & ALL_OPEN
}

/// Finds the shared solutions of a panel.
pub(super) struct Sharing<'t, F, const LAGS: usize, const PARAMETERS: usize> {
    pub(super) field: &'t F,
    pub(super) method: &'static Collocation,
    /// The integrals of the method, over the panel.
    pub(super) integral: &'t [[f64; STAGES]; STAGES],
    /// The first lag of equal length.
    pub(super) same: [usize; LAGS],
    /// The lags through which the sum of all gates is heard, and that sum at each stage.
    pub(super) sums: [bool; LAGS],
    pub(super) inputs: [f64; STAGES],
    pub(super) shared: &'t mut Shared,
}

impl<F: PanelField<LAGS, PARAMETERS>, const LAGS: usize, const PARAMETERS: usize> Kernel
    for Sharing<'_, F, LAGS, PARAMETERS>
{
    type Output = ();

    #[inline(always)]
    fn run<R: Register>(self, token: R::Token) {
        let own = self.field.parameters(0);
        let mut parameters = [R::splat(token, 0.0); PARAMETERS];
        for k in 0..PARAMETERS {
            parameters[k] = R::splat(token, own[k]);
        }
        let slots = slots(&self.same);
        let columns = ANSWERS << slots.iter().max().map_or(0, |last| last + 1);
        let mut at = 0;
        while at < columns {
            let (mut bits, mut kinds) = ([[0.0; LANES]; SLOTS], [[0.0; LANES]; ANSWERS]);
            for lane in 0..LANES {
                let (combination, answer) = ((at + lane) / ANSWERS, (at + lane) % ANSWERS);
                for slot in 0..SLOTS {
                    bits[slot][lane] = f64::from(u8::from(combination >> slot & 1 == 1));
                }
                kinds[answer][lane] = 1.0;
            }
            let mut gates = [R::splat(token, 0.0); LAGS];
            for lag in 0..LAGS {
                gates[lag] = R::load(token, &bits[slots[lag]][..]);
            }
            let start = R::load(token, &kinds[0][..]);
            let one = R::load(token, &kinds[1][..]);
            let input = R::load(token, &kinds[2][..]);
            let mut coefficients = [[one; STAGES]; 2];
            for stage in 0..STAGES {
                let heard = R::splat(token, self.inputs[stage]);
                coefficients[0][stage] = input.mul_add(heard, one);
                let inputs = through(&self.sums, heard);
                coefficients[1][stage] = self
                    .field
                    .affine(parameters, start.like(0.0), gates, inputs)
                    .rate;
            }
            let states = collocate(self.integral, &coefficients, start);
            let Solved {
                states,
                tails,
                begin,
                end,
            } = judge(self.method, &coefficients, states);
            let rows = self.shared.rows.iter_mut();
            for (k, row) in rows.enumerate() {
                let value = match k {
                    0..STAGES => states[k],
                    STAGES..JUMP => tails[k - STAGES],
                    JUMP => begin,
                    _ => end,
                };
                value.store(&mut row[at..at + R::WIDTH]);
            }
            at += R::WIDTH;
        }
    }
}

impl Shared {
    /// The solutions of a block whose gates stand, all of one combination or of several.
    #[inline(always)]
    pub(super) fn apply<R: Register>(
        &self,
        token: R::Token,
        word: u64,
        answers: [R; ANSWERS],
    ) -> Solved<R> {
        let lanes = lanes(R::WIDTH);
        let first = (word & 0xff) as usize;
        let index = (word ^ (first as u64 * ONES)) & lanes;
        let zero = R::splat(token, 0.0);
        let mut rows = [zero; ROWS];
        if index == 0 {
            let from = ANSWERS * first;
            for (row, columns) in rows.iter_mut().zip(&self.rows) {
                let mut sum = R::splat(token, columns[from]) * answers[0];
                for k in 1..ANSWERS {
                    sum = R::splat(token, columns[from + k]).mul_add(answers[k], sum);
                }
                *row = sum;
            }
        } else {
            let numbers: R = numbers(token, word & lanes);
            for (row, columns) in rows.iter_mut().zip(&self.rows) {
                let mut sum = zero;
                for k in 0..ANSWERS {
                    let mut factor = R::splat(token, columns[k]);
                    for combination in 1..COMBINATIONS {
                        let one = R::splat(token, columns[ANSWERS * combination + k]);
                        let least = R::splat(token, combination as f64 - 0.5);
                        factor = numbers.choose(least, one, factor);
                    }
                    sum = factor.mul_add(answers[k], sum);
                }
                *row = sum;
            }
        }
        let mut states = [rows[0]; STAGES];
        states.copy_from_slice(&rows[..STAGES]);
        Solved {
            states,
            tails: [rows[STAGES], rows[STAGES + 1]],
            begin: rows[JUMP],
            end: rows[JUMP + 1],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0, 1, 1, open, 0, open, 0, 1
    const WORD: u64 = u64::from_le_bytes([0, 1, 1, OPEN, 0, OPEN, 0, 1]);

    #[test]
    fn words_are_read_counted_and_put_together() {
        assert!(!stands(WORD) && stands(WORD & lanes(3)));
        assert_eq!(standing(WORD, lanes(9)), 6);
        assert_eq!(standing(WORD, lanes(4)), 3);
        assert_eq!(count(WORD, 0, lanes(8)), 3);
        assert_eq!(count(WORD, 0, lanes(2)), 1);
        // where two panels differ, the gate moves
        let other = u64::from_le_bytes([0, 1, 0, 0, 1, 1, 0, 1]);
        let open = [false, false, true, true, true, true, false, false];
        for (byte, open) in both(WORD, other).to_le_bytes().into_iter().zip(open) {
            assert_eq!(byte & OPEN != 0, open);
        }
        // the gate through a second lag is the second bit
        let word = combined(combined(0, 0x01, 0), 0x01, 1);
        assert_eq!(word, 0x03);
        assert_eq!((count(word, 0, lanes(1)), count(word, 1, lanes(1))), (1, 1));
    }
}
