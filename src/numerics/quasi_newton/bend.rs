//! Energies that bend where an unknown is zero.
//!
//! On either side of its kinks such an energy is smooth, and at a kink its derivative jumps in the
//! unknown that stands there and in no other. A step therefore keeps to one orthant: an unknown that
//! would change its sign stops at zero, and leaves it, in a later step, to the side on which the
//! energy falls. One at which the energy rises on both sides stays. G. Andrew, J. Gao, "Scalable
//! training of L1-regularized log-linear models", ICML 2007, 33-40, doi:10.1145/1273496.1273501,
//! where all kinks are those of `|x|`; here both derivatives are given.

use std::sync::Arc;

/// Which unknowns of a sample have kinks, and the side of zero on which each may move.
#[derive(Debug, Clone)]
pub(super) struct Bend {
    kinks: Arc<[bool]>,
    /// 1, -1, or 0 for an unknown that stays on its kink.
    side: Vec<f64>,
    /// 1 where an unknown may move, 0 where it stays.
    free: Vec<f64>,
}

/// The derivative along which an energy falls off a kink, given those to the left and to the right:
/// 0 if it rises on both sides. Its size is the distance of 0 from the subdifferential at a convex
/// kink, and the steeper fall at a concave one.
#[must_use]
pub(crate) fn descent_off_kink(left: f64, right: f64) -> f64 {
    if left.is_nan() || right.is_nan() {
        f64::NAN
    } else if right < 0.0 && -right >= left {
        right
    } else {
        left.max(0.0)
    }
}

impl Bend {
    pub fn new(kinks: Arc<[bool]>) -> Self {
        let unknowns = kinks.len();
        Self {
            kinks,
            side: vec![0.0; unknowns],
            free: vec![1.0; unknowns],
        }
    }

    /// The gradient along which the energy falls most steeply, which vanishes at a minimum only.
    pub fn steepest(&self, x: &[f64], left: &[f64], right: &[f64]) -> Vec<f64> {
        let on_kink = self.kinks.iter().zip(x).map(|(kink, x)| *kink && *x == 0.0);
        let slopes = left.iter().zip(right).zip(on_kink);
        slopes
            .map(|((left, right), on_kink)| {
                if on_kink {
                    descent_off_kink(*left, *right)
                } else {
                    *left
                }
            })
            .collect()
    }

    /// Chooses the orthant into which the energy falls from `x`.
    pub fn choose(&mut self, x: &[f64], steepest: &[f64]) {
        let places = x.iter().zip(steepest).zip(self.kinks.iter());
        let sides = self.side.iter_mut().zip(&mut self.free);
        for ((side, free), ((x, slope), kink)) in sides.zip(places) {
            *side = match (*kink, *x) {
                (false, _) => 0.0,
                (true, 0.0) if *slope == 0.0 => 0.0,
                (true, 0.0) => -slope.signum(),
                (true, x) => x.signum(),
            };
            *free = f64::from(u8::from(!*kink || *side != 0.0));
        }
    }

    /// 1 where an unknown may move, 0 where it stays on its kink.
    pub fn free(&self) -> &[f64] {
        &self.free
    }

    /// Takes out of a direction from `x` whatever leaves the orthant at once.
    pub fn admit(&self, x: &[f64], direction: &mut [f64]) {
        for (i, d) in direction.iter_mut().enumerate() {
            if self.kinks[i] && x[i] == 0.0 && *d * self.side[i] <= 0.0 {
                *d = 0.0;
            }
        }
    }

    /// Moves a point that has left the orthant back to its border.
    pub fn project(&self, point: &mut [f64]) {
        for (i, x) in point.iter_mut().enumerate() {
            if self.kinks[i] && *x * self.side[i] <= 0.0 {
                *x = 0.0;
            }
        }
    }

    /// The gradient at `x` from within the orthant; for an unknown that stays on its kink, the
    /// subgradient nearest to zero.
    pub fn within(&self, x: &[f64], left: &[f64], right: &[f64]) -> Vec<f64> {
        let mut gradient = self.steepest(x, left, right);
        for (i, slope) in gradient.iter_mut().enumerate() {
            if self.kinks[i] && x[i] == 0.0 && self.side[i] != 0.0 {
                *slope = if self.side[i] > 0.0 {
                    right[i]
                } else {
                    left[i]
                };
            }
        }
        gradient
    }

    /// Slope of the energy along a direction that is projected to the orthant, at its point `x`.
    pub fn slope(&self, x: &[f64], gradient: &[f64], direction: &[f64]) -> f64 {
        let terms = (0..x.len()).map(|i| {
            let stopped = self.kinks[i] && x[i] == 0.0 && direction[i] * self.side[i] <= 0.0;
            if stopped {
                0.0
            } else {
                gradient[i] * direction[i]
            }
        });
        terms.sum()
    }
}
