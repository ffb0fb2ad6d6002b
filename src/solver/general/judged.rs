//! Breaking points judged by what they can still add to the error.
//!
//! The combinations of many lags are more than any run can end its steps at, and most of them matter
//! to nobody: a jump shrinks with every lag that it goes through, by the strength of the coupling and
//! by one more power of the step. Here every point carries the size of its jump, in units of the
//! error allowed a step. A step may pass over as many of them as together stay below a part of that
//! error; those that no step could feel are not listed at all. What is left out looks smooth, and the
//! error estimate sees it. The rule is ours; the bound on what a jump does to a step is Peano's:
//! E. Hairer, S. P. Nørsett, G. Wanner, "Solving Ordinary Differential Equations I", Springer 1993,
//! section II.13, doi:10.1007/978-3-540-78862-1.

use serde::{Deserialize, Serialize};

/// Largest error of a step of length 1, and of its interpolant, over which derivative 1, 2, ... jumps
/// by 1: Peano's kernels of all methods, computed, rounded up. That of the first derivative is up to
/// 4 in the last hundredth of a step and 1 before it.
const KERNELS: [f64; ORDERS] = [1.0, 0.08, 2e-3, 3e-4, 1e-4, 1e-5, 1e-6, 1e-7];
/// Highest derivative that is followed.
const ORDERS: usize = 8;
/// Part of the error allowed a step that the points which it passes over may add together (chosen).
const BUDGET: f64 = 0.5;
/// Part of that error below which a point is not listed (chosen: 2,500 of them in one step, of signs
/// of their own, stay below the budget).
const FELT: f64 = 0.01;
/// Factor on the measured coupling, which was measured at another time (chosen).
const CAUTION: f64 = 2.0;
/// How much longer than the longest step of late a step may yet become (chosen).
const GROWTH: f64 = 4.0;
/// Points kept, those of least effect going first.
const MOST_PENDING: usize = 1 << 16;

/// A pending point.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Point {
    time: f64,
    /// The derivative that jumps, at least 1.
    order: u32,
    /// By how much, in units of the error allowed a step.
    size: f64,
}

/// A break that sends points through the lags, and has yet to be measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Root {
    pub(super) time: f64,
    /// Largest jump of the solution itself, in units of the error allowed a step.
    pub(super) jump: f64,
    /// Slope just before.
    pub(super) slope: Vec<f64>,
}

/// The pending points of a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Judged {
    /// Latest first.
    pending: Vec<Point>,
    /// Those that the last step has passed.
    passed: Vec<Point>,
    pub(super) roots: Vec<Root>,
    /// Strength of the coupling through batches of lags: lag `l` belongs to batch `l` modulo their
    /// number.
    pub(super) couplings: Vec<f64>,
    /// Evaluations when it was measured last.
    pub(super) measured: Option<u64>,
    /// A step as long as the longest of late; infinite before the first.
    longest_step: Option<f64>,
    highest_order: u32,
}

impl Judged {
    pub(super) fn new(highest_order: u32) -> Self {
        Self {
            highest_order: highest_order.min(ORDERS as u32),
            ..Self::default()
        }
    }

    /// The strength of the coupling through a lag.
    fn coupling(&self, lag: usize) -> f64 {
        match self.couplings.len() {
            0 => f64::INFINITY,
            batches => self.couplings[lag % batches],
        }
    }

    /// Error of a step of length `step` over a jump.
    fn effect(order: u32, size: f64, step: f64) -> f64 {
        KERNELS[order as usize - 1] * size * step.powi(order as i32)
    }

    /// Takes note of the length of a step.
    pub(super) fn note_step(&mut self, step: f64) {
        /// Steps over which a long one is forgotten: a factor e a hundred.
        const FORGETTING: f64 = 0.99;
        let longest = self.longest_step.map_or(0.0, |old| FORGETTING * old);
        self.longest_step = Some(step.max(longest));
    }

    /// Sends a jump of derivative `order` through every lag; lists what lies after `now` and may be
    /// felt. `settle` must follow.
    pub(super) fn spread(
        &mut self,
        (time, order, size): (f64, u32, f64),
        lags: &[f64],
        now: f64,
        lasting: bool,
    ) {
        let next = order + 1;
        if next > self.highest_order || size <= 0.0 {
            return;
        }
        let step = match self.longest_step {
            Some(step) if !lasting => GROWTH * step,
            _ => f64::INFINITY,
        };
        let felt = |size: f64| size > 0.0 && Self::effect(next, size, step) >= FELT;
        let most = self.couplings.iter().copied().fold(0.0, f64::max);
        if !self.couplings.is_empty() && !felt(CAUTION * most * size) {
            return;
        }
        for (number, lag) in lags.iter().enumerate() {
            let size = CAUTION * self.coupling(number) * size;
            if time + lag > now && felt(size) {
                self.pending.push(Point {
                    time: time + lag,
                    order: next,
                    size,
                });
            }
        }
    }

    /// Brings the list into order and merges what is one time.
    pub(super) fn settle(&mut self, rounding: f64) {
        let key = |point: &Point| (point.time, point.order);
        self.pending.sort_by(|a, b| {
            let ((a, first), (b, second)) = (key(a), key(b));
            b.total_cmp(&a).then(first.cmp(&second))
        });
        self.pending.dedup_by(|next, kept| {
            let same = next.order == kept.order && kept.time - next.time <= rounding;
            if same {
                kept.size += next.size;
            }
            same
        });
        if self.pending.len() > MOST_PENDING {
            let step = self.longest_step.unwrap_or(1.0);
            let effect = |point: &Point| Self::effect(point.order, point.size, step);
            let mut effects: Vec<f64> = self.pending.iter().map(effect).collect();
            let place = effects.len() - MOST_PENDING;
            let (_, least, _) = effects.select_nth_unstable_by(place, f64::total_cmp);
            let least = *least;
            self.pending.retain(|point| effect(point) > least);
        }
    }

    /// Where a step from `now` of length `step` must end at the latest, if before its end.
    pub(super) fn first_felt(&self, now: f64, step: f64) -> Option<f64> {
        let mut squares = [0.0; ORDERS];
        let total = |squares: &[f64; ORDERS], step: f64| {
            let mut sum = 0.0;
            let mut power = 1.0;
            for (kernel, square) in KERNELS.iter().zip(squares) {
                power *= step;
                sum += square * (kernel * power) * (kernel * power);
            }
            sum > BUDGET * BUDGET
        };
        let mut last = None;
        for point in self.pending.iter().rev() {
            let distance = point.time - now;
            if distance >= step {
                break;
            }
            if last.is_some() && total(&squares, distance) {
                return last;
            }
            last = Some(point.time);
            squares[point.order as usize - 1] += point.size * point.size;
        }
        last.filter(|_| total(&squares, step))
    }

    /// Removes the points up to `time`, lists what they send on, and returns the lowest derivative
    /// that jumps at `time` itself.
    pub(super) fn pass(&mut self, time: f64, lags: &[f64], rounding: f64) -> Option<u32> {
        let mut lowest: Option<u32> = None;
        self.passed.clear();
        while let Some(point) = self.pending.pop_if(|point| point.time <= time + rounding) {
            if point.time >= time - rounding {
                lowest = Some(lowest.map_or(point.order, |order| order.min(point.order)));
            }
            self.passed.push(point);
        }
        if self.passed.is_empty() {
            return None;
        }
        let listed = self.pending.len();
        let passed = std::mem::take(&mut self.passed);
        for point in &passed {
            let jump = (point.time, point.order, point.size);
            self.spread(jump, lags, time + rounding, false);
        }
        self.passed = passed;
        if self.pending.len() > listed {
            self.settle(rounding);
        }
        lowest
    }

    /// Awaits anew the points after `time` that the last step has passed.
    pub(super) fn take_back(&mut self, time: f64, rounding: f64) {
        let passed = std::mem::take(&mut self.passed);
        let later = passed
            .into_iter()
            .filter(|point| point.time > time + rounding);
        self.pending.extend(later);
        self.settle(rounding);
        self.roots.retain(|root| root.time <= time + rounding);
    }

    /// Takes note that the error allowed a step has become smaller by a factor.
    pub(super) fn rescale(&mut self, ratio: f64) {
        for point in self.pending.iter_mut().chain(&mut self.passed) {
            point.size *= ratio;
        }
        for root in &mut self.roots {
            root.jump *= ratio;
        }
    }

    /// Number of points that are awaited.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.pending.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_coupling(coupling: f64) -> Judged {
        let mut judged = Judged::new(5);
        judged.couplings = vec![coupling];
        judged
    }

    #[test]
    fn a_strong_jump_ends_steps_and_a_weak_one_does_not() {
        let lags = [1.0, 1.25, 1.5];
        for (size, ends) in [(1e6, Some(1.0)), (1e-3, None)] {
            let mut judged = with_coupling(0.5);
            judged.spread((0.0, 1, size), &lags, 0.0, true);
            judged.settle(1e-14);
            assert_eq!(judged.first_felt(0.9, 0.3), ends);
        }
    }

    #[test]
    fn many_weak_jumps_add_up() {
        // of each the step of 1 would feel 0.08 * 2 * 1 * 1 = 0.16 of the budget of 0.5
        let lags: Vec<f64> = (1..=100).map(|k| 0.01 * f64::from(k)).collect();
        let mut judged = with_coupling(1.0);
        judged.spread((0.0, 1, 1.0), &lags, 0.0, true);
        judged.settle(1e-14);
        let end = judged.first_felt(0.0, 1.0).unwrap();
        // sqrt(m) 0.16 h^2 <= 0.5 with m = 100 h points before h
        let exact = (0.5_f64 / 1.6).powf(0.4);
        assert!((end - exact).abs() < 0.02, "{end} {exact}");
    }

    #[test]
    fn what_no_step_can_feel_is_not_listed() {
        let lags: Vec<f64> = (1..=50).map(|k| (f64::from(k)).sqrt()).collect();
        let mut judged = with_coupling(0.02);
        judged.note_step(0.1);
        judged.spread((0.0, 1, 1e3), &lags, 0.0, true);
        judged.settle(1e-14);
        assert_eq!(judged.len(), 50);
        // 2 * 0.02 * 1e3 = 40, then 1.6, of whose effect 2e-3 * 0.4^3 * 1.6 is left
        while let Some(time) = judged.pending.last().map(|point| point.time) {
            judged.pass(time, &lags, 1e-14);
        }
        assert_eq!(judged.len(), 0);
    }
}
