//! What follows for neurons that can be exchanged.

use super::equation::Equation;
use super::orbit::Orbit;
use crate::numerics::interval::{Interval, Verified};

/// Whether exchanging two units changes nothing.
fn exchangeable(equation: &Equation, one: usize, other: usize) -> bool {
    let [a, b] = [one, other].map(|unit| &equation.units[unit]);
    let alike = a.drive == b.drive
        && a.recovery == b.recovery
        && a.strength == b.strength
        && a.level == b.level;
    let weight = |listener: usize, source: usize| {
        let heard = equation.units[listener].heard.iter();
        heard
            .filter(|(s, _)| *s == source)
            .map(|(_, w)| *w)
            .sum::<f64>()
    };
    let swap = |unit: usize| {
        if unit == one {
            other
        } else if unit == other {
            one
        } else {
            unit
        }
    };
    let mut all = 0..equation.units.len();
    alike
        && all.all(|unit| {
            weight(one, unit) == weight(other, swap(unit))
                && weight(unit, one) == weight(swap(unit), other)
        })
}

/// Narrows the crossings of neurons that can be exchanged to what they have in common.
///
/// Exchanging two such neurons maps the cycle to a cycle. If that one, begun at its own first crossing, lies in the box in which
/// there is but one, it is the same: the two cross at the same times. Times are those of crossings, the first one is 0.
pub(super) fn narrow(orbit: &Orbit<'_>, found: &Verified) -> Vec<Interval> {
    let mut times = found.zero.clone();
    times[0] = Interval::ZERO;
    let before = times.clone();
    let units = orbit.of_unit.len();
    let mut settled = vec![false; units];
    for one in 0..units {
        let own = &orbit.of_unit[one];
        if own.is_empty() || settled[one] {
            continue;
        }
        let mut class = vec![one];
        for (other, settled) in settled.iter_mut().enumerate().skip(one + 1) {
            let theirs = &orbit.of_unit[other];
            let same = theirs.len() == own.len()
                && orbit.events[theirs[0]].up == orbit.events[own[0]].up
                && !*settled
                && exchangeable(orbit.equation, one, other);
            if same && stays(&before, &found.unique, own, theirs) {
                class.push(other);
                *settled = true;
            }
        }
        for place in 0..own.len() {
            let all = class.iter().map(|unit| times[orbit.of_unit[*unit][place]]);
            let common = all.reduce(Interval::meet).unwrap_or(Interval::ENTIRE);
            for unit in &class {
                times[orbit.of_unit[*unit][place]] = common;
            }
        }
    }
    times[0] = found.zero[0];
    times
}

/// Whether the cycle with the crossings of two neurons exchanged lies in the box.
fn stays(times: &[Interval], unique: &[Interval], one: &[usize], other: &[usize]) -> bool {
    let mut swapped = times.to_vec();
    for (a, b) in one.iter().zip(other) {
        swapped.swap(*a, *b);
    }
    let first = swapped[0];
    // Unknown 0 is the period, which stays.
    swapped
        .iter()
        .zip(unique)
        .skip(1)
        .all(|(time, box_)| (*time - first).is_inside(*box_))
}
