//! Choice of the step from the errors of the steps before.

use serde::{Deserialize, Serialize};

/// Step-size controller for an error that goes with `h^order`: the smaller of two proposals, at most ten times and at
/// least a fifth of the step before; after a rejection no larger.
///
/// The proportional-integral one, `h 0.9 e^(0.03 - 1/order) e_old^0.04`, expects the next step to be as difficult as
/// this one: E. Hairer, S. P. Nørsett, G. Wanner, "Solving Ordinary Differential Equations I", Springer 1993, section
/// II.4 and the code DOPRI5, doi:10.1007/978-3-540-78862-1. The predictive one, `h 0.9 (h / h_old) (e_old / e^2)^(1/order)`,
/// expects difficulties to grow as they just did, as on the way into a steep switch: K. Gustafsson, "Control-theoretic
/// techniques for stepsize selection in implicit Runge-Kutta methods", ACM Trans. Math. Softw. 20, 496-517 (1994),
/// doi:10.1145/198429.198437. It takes a fifth to a quarter of the rejections from networks of steep neurons (measured).
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Controller {
    /// Step to try next.
    pub(super) step: f64,
    order: f64,
    /// The last good step, and the logarithm of its error.
    past: Option<(f64, f64)>,
    rejected: bool,
}

impl Controller {
    const INTEGRAL: f64 = 0.04;
    const SAFETY: f64 = 0.9;
    /// Errors below say nothing more, neither of this step nor, `LEAST_PAST`, of the one before.
    const LEAST: f64 = 1e-10;
    const LEAST_PAST: f64 = 1e-4;

    pub(super) fn new(step: f64, order: u32) -> Self {
        Self {
            step,
            order: f64::from(order),
            past: None,
            rejected: false,
        }
    }

    fn exponent(&self) -> f64 {
        1.0 / self.order - 0.75 * Self::INTEGRAL
    }

    /// Length of the last good step.
    pub(super) fn last_step(&self) -> Option<f64> {
        self.past.map(|(step, _)| step)
    }

    /// Takes note of a step of length `step` that was good; `shortened` if something other than
    /// accuracy set its length, which then says nothing against a longer one.
    #[inline]
    pub(super) fn accept(&mut self, step: f64, error: f64, shortened: bool) {
        // powers are taken as one exponential of a sum of logarithms
        let (size, least) = (error.max(Self::LEAST).ln(), Self::LEAST_PAST.ln());
        let before = self.past.map_or(least, |(_, size)| size);
        let mut growth = Self::INTEGRAL * before - self.exponent() * size;
        if let Some((step_before, _)) = self.past {
            growth = growth.min((step / step_before).ln() + (before - 2.0 * size) / self.order);
        }
        let mut next = step * (Self::SAFETY * growth.exp()).clamp(0.2, 10.0);
        if self.rejected {
            next = next.min(step);
        }
        self.step = if shortened { next.max(self.step) } else { next };
        self.past = Some((step, size.max(least)));
        self.rejected = false;
    }

    /// Takes note of a step of length `step` whose error was too large.
    pub(super) fn reject(&mut self, step: f64, error: f64) {
        self.step = step * (Self::SAFETY / error.powf(self.exponent())).clamp(0.2, 0.9);
        self.rejected = true;
    }

    /// Takes note of a step of length `step` that could not be finished.
    pub(super) fn cut(&mut self, step: f64, factor: f64) {
        self.step = step * factor;
        self.rejected = true;
    }
}
