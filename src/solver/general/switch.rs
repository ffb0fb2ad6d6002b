//! Switches: a right-hand side that jumps where a function of time and states changes sign.
//!
//! A step across a switch has no order; the error estimate notices and crawls. Here the sign
//! changes over a trial step are looked for in its interpolant and in the past, and the step is
//! repeated up to the first of them. The two neighbouring floating-point times on either side of
//! the change are kept apart: the old step is evaluated strictly before it, the new step starts
//! strictly after it, so a right-hand side that reads the same numbers takes the right branch.

use super::advance::Crossing;
use super::memory::Side;
use crate::numerics::root::edge_of_positive;
use crate::solver::{DelaySolver, Delayed};

/// Rows of switch values: at any probe, at the two ends of the interval searched, at the start.
const PROBE: usize = 0;
const LATER: usize = 1;
pub(super) const EARLIER: usize = 2;
const START: usize = 3;

/// Samples a step is searched at.
const SAMPLES: u32 = 4;
/// Attempts to leave a zero of a switch function, each twice as far as the one before.
const PUSHES: i32 = 12;

impl DelaySolver<'_> {
    /// Deals with the switches that change sign between the end of the last step and a moment,
    /// `shortest`, after it; remembers their values there as those of the start of this step.
    pub(super) fn pass_switches<const N: usize>(&mut self, shortest: f64) {
        let time = self.time + shortest;
        self.memory.rewind();
        self.memory.overlapping = false;
        let lags = self.memory.states_shown();
        self.memory.look::<N>(
            self.field,
            time,
            &self.state,
            Side::After,
            &mut self.delayed,
        );
        let delayed = Delayed::split(&self.delayed, self.dimension, lags);
        self.field
            .switches(time, &self.state, delayed, &mut self.switches[START]);
        let mut pairs = self.switches[START].iter().zip(&self.switches[EARLIER]);
        let coincides = self.statistics.steps > 0 && pairs.any(|(a, b)| (*a > 0.0) != (*b > 0.0));
        if self.at_switch || coincides {
            self.note_switch();
        }
        self.reset_search();
    }

    /// Begins a search at the values of the start of the step.
    fn reset_search(&mut self) {
        let (rows, start) = self.switches.split_at_mut(START);
        rows[EARLIER].copy_from_slice(&start[0]);
    }

    /// Evaluates all switches at `time` inside the open piece.
    fn probe<const N: usize>(&mut self, time: f64, side: Side) {
        self.memory.rewind();
        let record = &self.memory.record;
        record.read::<N>(record.next(), time, &mut self.probe_state);
        let lags = self.memory.states_shown();
        self.memory
            .look::<N>(self.field, time, &self.probe_state, side, &mut self.delayed);
        let delayed = Delayed::split(&self.delayed, self.dimension, lags);
        self.field
            .switches(time, &self.probe_state, delayed, &mut self.switches[PROBE]);
    }

    /// The first sign change of a switch over the trial step to `end`.
    ///
    /// The first sample lies `shortest` after the start: what changes before it has been dealt with.
    pub(super) fn first_crossing<const N: usize>(
        &mut self,
        end: f64,
        shortest: f64,
    ) -> Option<Crossing> {
        let begin = self.time;
        let mut earlier = begin + shortest;
        if earlier >= end {
            return None;
        }
        self.reset_search();
        for sample in 1..=SAMPLES {
            let (later, side) = if sample == SAMPLES {
                (end, Side::Before)
            } else {
                let part = f64::from(sample) / f64::from(SAMPLES);
                (begin + part * (end - begin), Side::Inside)
            };
            if later <= earlier {
                continue;
            }
            self.probe::<N>(later, side);
            self.switches.swap(PROBE, LATER);
            let mut first: Option<Crossing> = None;
            for index in 0..self.switches[START].len() {
                let (old, new) = (self.switches[EARLIER][index], self.switches[LATER][index]);
                if (old > 0.0) != (new > 0.0) {
                    let crossing = self.locate::<N>(index, (earlier, old), (later, new));
                    if first.is_none_or(|first| crossing.after < first.after) {
                        first = Some(crossing);
                    }
                }
            }
            if first.is_some() {
                return first;
            }
            self.switches.swap(LATER, EARLIER);
            earlier = later;
        }
        None
    }

    /// Two neighbouring times between which switch `index` changes sign.
    fn locate<const N: usize>(
        &mut self,
        index: usize,
        old: (f64, f64),
        new: (f64, f64),
    ) -> Crossing {
        let mut value = |time: f64| {
            self.probe::<N>(time, Side::Inside);
            self.switches[PROBE][index]
        };
        let root = edge_of_positive(&mut value, old, new);
        let (was, is) = (old.1 > 0.0, new.1 > 0.0);
        let ulp = f64::EPSILON * root.abs().max(new.0 - old.0);
        let (mut before, mut after) = (root, root);
        for push in 0..PUSHES {
            let value = value(after);
            if value != 0.0 && (value > 0.0) == is {
                break;
            }
            after = (root + ulp * 2_f64.powi(push)).min(new.0);
        }
        for push in 0..PUSHES {
            let value = value(before);
            if value != 0.0 && (value > 0.0) == was {
                break;
            }
            before = (root - ulp * 2_f64.powi(push)).max(old.0);
        }
        Crossing {
            before,
            after,
            passage: None,
        }
    }
}
