//! The Gauss-Markov process.

use serde::{Deserialize, Serialize};

use crate::networks::NetworkError;

/// `db = -b / tau dt + sigma sqrt(2 / tau) dB`: exponentially correlated noise.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct GaussMarkov {
    /// Correlation time `tau`.
    pub correlation_time: f64,
    /// Standard deviation `sigma` of the stationary process.
    pub deviation: f64,
}

impl GaussMarkov {
    /// # Errors
    /// [`NetworkError::OutOfRange`] unless the time is positive and the deviation not negative.
    pub(super) fn check(&self) -> Result<(), NetworkError> {
        let refuse = |name, value, requirement| {
            Err(NetworkError::OutOfRange {
                name,
                value,
                requirement,
            })
        };
        let (tau, sigma) = (self.correlation_time, self.deviation);
        if !(tau > 0.0 && tau.is_finite()) {
            return refuse("tau", tau, "a correlation time is positive");
        }
        if !(sigma >= 0.0 && sigma.is_finite()) {
            return refuse("sigma", sigma, "a standard deviation is not negative");
        }
        Ok(())
    }

    /// The equation over an interval, exactly: `b(t + dt) = phi b(t) + w` with `phi = exp(-dt / tau)` and the
    /// variance `sigma^2 (1 - phi^2)` of `w`.
    ///
    /// ```
    /// use pulsatrix::networks::drift::GaussMarkov;
    ///
    /// let process = GaussMarkov { correlation_time: 50.0, deviation: 0.02 };
    /// let (phi, variance) = process.over(1.0);
    /// assert!((phi - 0.980_198_673_3).abs() < 1e-10);
    /// assert!((variance - 1.568_422_434e-5).abs() < 1e-14);
    /// ```
    #[must_use]
    pub fn over(&self, interval: f64) -> (f64, f64) {
        let ratio = interval / self.correlation_time;
        let left = -libm::expm1(-2.0 * ratio);
        (libm::exp(-ratio), self.deviation * self.deviation * left)
    }
}
