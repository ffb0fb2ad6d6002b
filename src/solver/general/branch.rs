//! Branches: between which two breaking points each varying delayed time lies.
//!
//! Where a delayed time `alpha(t, y)` passes a breaking point of the solution, the right-hand side
//! jumps or bends. A branch is a state of the run, not a number that is computed anew: over a trial
//! step each delayed time reads the smooth continuation of the stretch in which it started, so that
//! the step sees no break; where it leaves the stretch, the step is made to end and the branch
//! changes. The idea is that of L. F. Shampine, S. Thompson, "Solving DDEs in MATLAB", Appl. Numer.
//! Math. 37, 441-458 (2001), doi:10.1016/S0168-9274(00)00055-6, and of N. Guglielmi, E. Hairer,
//! "Computing breaking points in implicit delay differential equations", Adv. Comput. Math. 29,
//! 229-247 (2008), doi:10.1007/s10444-007-9044-5; that the branch outlives rounding is ours.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::solver::DelayField;

/// A breaking point that a delayed time may still pass.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Break {
    time: f64,
    /// The lowest derivative that jumps.
    order: u32,
}

/// A delayed time that leaves its stretch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Passage {
    /// Which of the varying lags.
    pub(super) lag: usize,
    /// Whether it passes the later end of the stretch.
    pub(super) upwards: bool,
    /// Whether it jumps there, maybe over further breaking points.
    pub(super) jumps: bool,
}

/// Past breaking points, ascending, and the place of each delayed time among them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Branches {
    breaks: VecDeque<Break>,
    /// Breaking points that were forgotten.
    forgotten: usize,
    /// Breaking points at or before each delayed time, forgotten ones included.
    below: Vec<usize>,
}

impl Branches {
    /// The branches of the delayed times of a field: none if they pass no breaks.
    pub(super) fn new(field: &dyn DelayField) -> Self {
        Self::of(Self::followed(field))
    }

    fn followed(field: &dyn DelayField) -> usize {
        if field.passes_breaks() {
            field.varying_lags()
        } else {
            0
        }
    }

    fn of(lags: usize) -> Self {
        Self {
            breaks: VecDeque::new(),
            forgotten: 0,
            below: vec![0; lags],
        }
    }

    /// Adds a breaking point at or after all others.
    pub(super) fn note(&mut self, time: f64, order: u32, rounding: f64) {
        if self.below.is_empty() {
            return;
        }
        match self.breaks.back_mut() {
            Some(last) if time - last.time <= rounding => last.order = last.order.min(order),
            _ => self.breaks.push_back(Break { time, order }),
        }
    }

    /// Puts every delayed time where its value says.
    pub(super) fn place(&mut self, times: &[f64], rounding: f64) {
        for (lag, time) in times.iter().enumerate().take(self.below.len()) {
            self.place_one(lag, *time, rounding);
        }
    }

    /// Puts one delayed time where its value says.
    pub(super) fn place_one(&mut self, lag: usize, time: f64, rounding: f64) {
        let earlier = self.breaks.iter().filter(|b| b.time <= time + rounding);
        self.below[lag] = self.forgotten + earlier.count();
    }

    /// Number of breaking points held.
    pub(super) fn count(&self) -> usize {
        self.breaks.len()
    }

    /// The stretch of a delayed time; all times if it is not followed.
    pub(super) fn stretch(&self, lag: usize) -> (f64, f64) {
        let Some(below) = self.below.get(lag) else {
            return (f64::NEG_INFINITY, f64::INFINITY);
        };
        let above = below.saturating_sub(self.forgotten);
        let low = above.checked_sub(1).and_then(|i| self.breaks.get(i));
        let high = self.breaks.get(above);
        (
            low.map_or(f64::NEG_INFINITY, |point| point.time),
            high.map_or(f64::INFINITY, |point| point.time),
        )
    }

    /// Moves a delayed time past an end of its stretch; returns the derivative that jumps there.
    pub(super) fn pass(&mut self, passage: Passage) -> Option<u32> {
        let above = self.below[passage.lag].checked_sub(self.forgotten)?;
        let index = if passage.upwards {
            above
        } else {
            above.checked_sub(1)?
        };
        let order = self.breaks.get(index)?.order;
        if passage.upwards {
            self.below[passage.lag] += 1;
        } else {
            self.below[passage.lag] -= 1;
        }
        Some(order)
    }

    /// Lets go of the breaking points before `time` that no delayed time is next to.
    pub(super) fn forget(&mut self, time: f64) {
        let least = self.below.iter().copied().min().unwrap_or(0);
        while self.forgotten + 1 < least && self.breaks.front().is_some_and(|b| b.time < time) {
            self.breaks.pop_front();
            self.forgotten += 1;
        }
    }

    /// Lets go of the breaking points after `time`, which a jump has taken back.
    pub(super) fn forget_after(&mut self, time: f64) {
        while self.breaks.back().is_some_and(|b| b.time > time) {
            self.breaks.pop_back();
        }
    }

    /// Whether just the delayed times of the field are followed.
    pub(super) fn fits(&self, field: &dyn DelayField) -> bool {
        self.below.len() == Self::followed(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delayed_times_walk_through_the_stretches() {
        let mut branches = Branches::of(1);
        for (time, order) in [(-1.0, 0), (0.0, 1), (0.5, 2)] {
            branches.note(time, order, 1e-12);
        }
        branches.place(&[-0.3], 1e-12);
        assert_eq!(branches.stretch(0), (-1.0, 0.0));
        let (lag, upwards, jumps) = (0, true, false);
        assert_eq!(
            branches.pass(Passage {
                lag,
                upwards,
                jumps
            }),
            Some(1)
        );
        assert_eq!(
            branches.pass(Passage {
                lag,
                upwards,
                jumps
            }),
            Some(2)
        );
        assert_eq!(branches.stretch(0), (0.5, f64::INFINITY));
        assert_eq!(
            branches.pass(Passage {
                lag,
                upwards,
                jumps
            }),
            None
        );
        branches.forget(0.2);
        assert_eq!(branches.count(), 1);
        let upwards = false;
        assert_eq!(
            branches.pass(Passage {
                lag,
                upwards,
                jumps
            }),
            Some(2)
        );
        assert_eq!(branches.stretch(0), (f64::NEG_INFINITY, 0.5));
    }
}
