//! Breaking points: the times at which a derivative of the solution jumps.
//!
//! A jump of the `k`-th derivative at `t` (`k = 0`: of the solution itself) returns through a lag
//! as a jump of the `k+1`-st derivative at `t + lag`. Points are followed up to the order of the
//! method; a step that ends on each of them never sees a jump that it could feel. A point names
//! its descendants only when it is passed, so the list holds no more than the pending times,
//! however long the run.
//!
//! D. R. Willé, C. T. H. Baker, "The tracking of derivative discontinuities in systems of
//! delay-differential equations", Appl. Numer. Math. 9, 209-222 (1992),
//! doi:10.1016/0168-9274(92)90016-7.

use serde::{Deserialize, Serialize};

/// A pending breaking point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Point {
    time: f64,
    /// The lowest derivative that jumps.
    order: u32,
}

/// The pending breaking points of a run, latest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct BreakingPoints {
    pending: Vec<Point>,
    /// Those that the last step has passed.
    passed: Vec<Point>,
    highest_order: u32,
    neutral: bool,
}

/// Pending points kept: those of many generations of many lags beyond it are left to the error
/// estimate.
const MOST_PENDING: usize = 4096;

impl BreakingPoints {
    /// An empty list that follows jumps up to the derivative `highest_order`; of a `neutral`
    /// equation a jump of the slope returns as one of the slope.
    pub(super) fn new(highest_order: u32, neutral: bool) -> Self {
        Self {
            pending: Vec::new(),
            passed: Vec::new(),
            highest_order,
            neutral,
        }
    }

    /// The next time at which a step must end, if any.
    #[inline]
    pub(super) fn next(&self) -> Option<f64> {
        self.pending.last().map(|point| point.time)
    }

    /// Awaits nothing any more.
    pub(super) fn clear(&mut self) {
        self.pending.clear();
    }

    /// Number of pending points.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.pending.len()
    }

    /// Adds a point, or merges it into one that is no further than `rounding`.
    fn insert(&mut self, time: f64, order: u32, rounding: f64) {
        if order > self.highest_order {
            return;
        }
        let place = self.pending.partition_point(|point| point.time > time);
        for neighbour in [place.wrapping_sub(1), place] {
            if let Some(point) = self.pending.get_mut(neighbour)
                && (point.time - time).abs() <= rounding
            {
                point.order = point.order.min(order);
                return;
            }
        }
        if self.pending.len() >= MOST_PENDING {
            // the latest goes: its time to be found again by a descendant may still come
            if place == 0 {
                return;
            }
            self.pending.remove(0);
            self.pending.insert(place - 1, Point { time, order });
            return;
        }
        self.pending.insert(place, Point { time, order });
    }

    /// The derivative that jumps after a lag if `order` jumped before it.
    pub(super) fn next_order(&self, order: u32) -> u32 {
        if self.neutral {
            order.max(1)
        } else {
            order + 1
        }
    }

    /// Whether a jump of derivative `order` may come back as one that is felt.
    pub(super) fn is_felt_again(&self, order: u32) -> bool {
        self.next_order(order) <= self.highest_order
    }

    /// Sends a jump of derivative `order` at `time` through every lag; keeps what lies after `now`.
    pub(super) fn spread(&mut self, time: f64, order: u32, lags: &[f64], now: f64, rounding: f64) {
        for lag in lags {
            if time + lag > now + rounding {
                self.insert(time + lag, self.next_order(order), rounding);
            }
        }
    }

    /// Awaits anew the points after `time` that the last step has passed.
    pub(super) fn take_back(&mut self, time: f64, rounding: f64) {
        for point in std::mem::take(&mut self.passed) {
            if point.time > time + rounding {
                self.insert(point.time, point.order, rounding);
            }
        }
    }

    /// Removes the points up to `time`, adds their descendants, and returns the lowest order met.
    pub(super) fn pass(&mut self, time: f64, lags: &[f64], rounding: f64) -> Option<u32> {
        let mut lowest = None;
        self.passed.clear();
        while let Some(point) = self.pending.last().copied()
            && point.time <= time + rounding
        {
            self.pending.pop();
            self.passed.push(point);
            lowest = Some(lowest.map_or(point.order, |order: u32| order.min(point.order)));
            self.spread(point.time, point.order, lags, time, rounding);
        }
        lowest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_of_lags_come_once_and_in_order() {
        let lags = [0.1, 0.2];
        let mut points = BreakingPoints::new(4, false);
        points.spread(0.0, 0, &lags, 0.0, 1e-14);
        let mut seen = Vec::new();
        while let Some(time) = points.next() {
            let order = points.pass(time, &lags, 1e-14).unwrap();
            seen.push(((time * 10.0).round() as u32, order));
        }
        // k lags of 0.1 or 0.2 reach j tenths first with order ceil(j / 2)
        let expected: Vec<_> = (1..=8).map(|j: u32| (j, j.div_ceil(2))).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn list_stays_as_short_as_the_pending_times() {
        let lags = [1.0];
        let mut points = BreakingPoints::new(5, false);
        for k in 0..1000 {
            let time = f64::from(k) * 0.25;
            points.pass(time, &lags, 1e-12);
            points.spread(time, 1, &lags, time, 1e-12);
            assert!(points.len() <= 20);
        }
    }

    #[test]
    fn lists_of_neutral_equations_are_bounded() {
        for (lags, most) in [
            (vec![1.0], 1),
            (vec![1.0, 2_f64.sqrt(), 0.3 * 3_f64.sqrt()], MOST_PENDING),
        ] {
            let mut points = BreakingPoints::new(5, true);
            points.spread(0.0, 1, &lags, 0.0, 1e-12);
            for _ in 0..20_000 {
                let time = points.next().unwrap();
                assert_eq!(points.pass(time, &lags, 1e-12), Some(1));
                assert!(points.len() <= most);
            }
        }
    }
}
