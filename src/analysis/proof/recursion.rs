//! How the crossings of one period shift with those of the periods before, and when shifts come closer.

use std::collections::VecDeque;

use super::leg::Leg;
use super::orbit::Orbit;
use super::shifts::{self, Begin, Known, ergodic_coefficient};
use crate::numerics::interval::Interval;

/// Periods after which the shifts must lie closer together than at first (chosen: multipliers of 0.9 need some twenty).
const PERIODS: usize = 60;

/// How the shifts of one period follow from those before it.
pub(super) struct Recursion<'r> {
    legs: &'r [Leg],
    /// The crossings by their times: each feels only earlier ones.
    order: Vec<usize>,
    /// The crossing of the same neuron before each, in its period.
    before: Vec<Option<usize>>,
    /// The last one of the same neuron.
    last: Vec<usize>,
    /// Periods whose crossings are felt.
    pub depth: usize,
}

impl<'r> Recursion<'r> {
    pub fn new(orbit: &Orbit<'_>, times: &[Interval], legs: &'r [Leg]) -> Self {
        let backs = legs.iter().flat_map(|leg| &leg.shifts).map(|shift| shift.1);
        let count = legs.len();
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by(|a, b| times[*a].low().total_cmp(&times[*b].low()));
        let mut before = vec![None; count];
        let mut last = vec![0; count];
        for own in &orbit.of_unit {
            for (place, event) in own.iter().enumerate() {
                before[*event] = place.checked_sub(1).map(|place| own[place]);
                last[*event] = own[own.len() - 1];
            }
        }
        Self {
            legs,
            order,
            before,
            last,
            depth: backs.max().unwrap_or(0).max(1),
        }
    }

    /// The shifts of the periods that are known at first, the latest first, as coordinates. A crossing that shifts as the one before it
    /// does so in every period.
    pub fn start(&self) -> VecDeque<Vec<Known>> {
        let (count, size) = (self.legs.len(), self.size());
        let root = |mut event: usize| {
            while let Some(before) = self.before[event]
                && shifts_alike(&self.legs[event], before)
            {
                event = before;
            }
            event
        };
        let unit = |back: usize, event: usize| {
            let name = back * count + root(event);
            let entry = |j| {
                if j == name {
                    Interval::ONE
                } else {
                    Interval::ZERO
                }
            };
            let row = (0..size).map(entry).collect();
            Known { row, name }
        };
        (0..self.depth)
            .map(|back| (0..count).map(|event| unit(back, event)).collect())
            .collect()
    }

    /// Number of coordinates.
    fn size(&self) -> usize {
        self.depth * self.legs.len()
    }

    /// The shifts of the next period, whose crossings are named from `first`.
    pub fn next(&self, known: &VecDeque<Vec<Known>>, first: usize) -> Vec<Known> {
        let mut rows: Vec<Option<Known>> = vec![None; self.legs.len()];
        for event in &self.order {
            let of = |event: usize, back: usize| match back {
                // A crossing that is felt has been before.
                0 => rows[event].as_ref().unwrap_or(&known[0][event]),
                _ => &known[back - 1][event],
            };
            let begin = Begin::Crossing(match self.before[*event] {
                Some(before) => of(before, 0),
                None => of(self.last[*event], 1),
            });
            let name = (first + event, self.size());
            rows[*event] = Some(shifts::known(&self.legs[*event], begin, name, of));
        }
        rows.into_iter().flatten().collect()
    }
}

/// Periods until shifts have come closer, by which factor, and by which factor they may lie farther apart meanwhile.
pub(super) fn contraction(recursion: &Recursion<'_>) -> Option<(usize, f64, f64)> {
    let mut known = recursion.start();
    let mut growth = 1.0_f64;
    for periods in 1..=PERIODS {
        let first = (recursion.depth + periods) * recursion.legs.len();
        known.push_front(recursion.next(&known, first));
        growth = growth.max(ergodic_coefficient(known.iter().flatten()));
        known.pop_back();
        let coefficient = ergodic_coefficient(known.iter().flatten());
        if coefficient < 1.0 {
            return Some((periods, coefficient, growth));
        }
        if !growth.is_finite() {
            break;
        }
    }
    None
}

/// Whether a leg that begins at a crossing of its period feels nothing but that crossing.
fn shifts_alike(leg: &Leg, begin: usize) -> bool {
    leg.shifts
        .iter()
        .all(|(event, back, _)| (*event, *back) == (begin, 0))
}
