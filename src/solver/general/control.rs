//! Choice of the step from the error of the steps before: a proportional-integral controller.

use serde::{Deserialize, Serialize};

/// Step-size controller for an error that goes with `h^order`.
///
/// `h_new = h * 0.9 e^(0.03 - 1/order) e_old^0.04`, at most ten times larger and five times smaller; after a
/// rejection no larger. E. Hairer, S. P. Nørsett, G. Wanner, "Solving Ordinary Differential
/// Equations I", Springer 1993, section II.4 and the code DOPRI5, doi:10.1007/978-3-540-78862-1.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Controller {
    /// Step to try next.
    pub(super) step: f64,
    exponent: f64,
    previous_error: f64,
    rejected: bool,
}

impl Controller {
    const INTEGRAL: f64 = 0.04;
    const SAFETY: f64 = 0.9;

    pub(super) fn new(step: f64, order: u32) -> Self {
        Self {
            step,
            exponent: 1.0 / f64::from(order) - 0.75 * Self::INTEGRAL,
            previous_error: 1e-4,
            rejected: false,
        }
    }

    /// Takes note of a step of length `step` that was good; `shortened` if something other than
    /// accuracy set its length, which then says nothing against a longer one.
    #[inline]
    pub(super) fn accept(&mut self, step: f64, error: f64, shortened: bool) {
        let factor = Self::SAFETY
            * (self.previous_error.powf(Self::INTEGRAL) / error.max(1e-10).powf(self.exponent));
        let mut next = step * factor.clamp(0.2, 10.0);
        if self.rejected {
            next = next.min(step);
        }
        self.step = if shortened { next.max(self.step) } else { next };
        self.previous_error = error.max(1e-4);
        self.rejected = false;
    }

    /// Takes note of a step of length `step` whose error was too large.
    pub(super) fn reject(&mut self, step: f64, error: f64) {
        self.step = step * (Self::SAFETY / error.powf(self.exponent)).clamp(0.2, 0.9);
        self.rejected = true;
    }

    /// Takes note of a step of length `step` that could not be finished.
    pub(super) fn cut(&mut self, step: f64, factor: f64) {
        self.step = step * factor;
        self.rejected = true;
    }
}
