//! The Kalman filter, and what it settles to.

use nalgebra::{DMatrix, DVector};

use super::DriftError;

/// `x' = F x + w`, `y = h x + v` with one reading a step: the state that the readings so far suggest.
///
/// R. E. Kalman, J. Basic Eng. 82, 35-45 (1960), doi:10.1115/1.3662552. Unknown coefficients join the state as
/// components that stay: `F = 1`, no noise, and the regressors in `h`.
#[derive(Debug, Clone, PartialEq)]
pub struct KalmanFilter {
    transition: DMatrix<f64>,
    process: DMatrix<f64>,
    mean: DVector<f64>,
    covariance: DMatrix<f64>,
}

/// What a filter says of a reading before it is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// Mean.
    pub mean: f64,
    /// Variance, that of the reading included.
    pub variance: f64,
}

impl KalmanFilter {
    /// A filter before its first reading, of which `mean` and `covariance` are the prediction.
    ///
    /// # Errors
    /// [`DriftError::Length`] if the sizes do not fit.
    pub fn new(
        transition: DMatrix<f64>,
        process: DMatrix<f64>,
        mean: DVector<f64>,
        covariance: DMatrix<f64>,
    ) -> Result<Self, DriftError> {
        let size = mean.len();
        for (what, matrix) in [
            ("the transition", &transition),
            ("the noise of the process", &process),
            ("the covariance", &covariance),
        ] {
            if matrix.shape() != (size, size) {
                return Err(DriftError::Length {
                    what,
                    found: matrix.len(),
                    expected: size * size,
                });
            }
        }
        Ok(Self {
            transition,
            process,
            mean,
            covariance,
        })
    }

    /// The state that is expected at the next reading.
    #[must_use]
    pub fn mean(&self) -> &DVector<f64> {
        &self.mean
    }

    /// Its covariance.
    #[must_use]
    pub fn covariance(&self) -> &DMatrix<f64> {
        &self.covariance
    }

    /// Sets a component to an independent one with a law of its own, as at the beginning of a new sequence.
    ///
    /// # Panics
    /// If there is no such component.
    pub fn renew(&mut self, component: usize, mean: f64, variance: f64) {
        self.mean[component] = mean;
        self.covariance.row_mut(component).fill(0.0);
        self.covariance.column_mut(component).fill(0.0);
        self.covariance[(component, component)] = variance;
    }

    /// What is expected of the next reading `y = h x + v` with the variance `noise` of `v`, which is then taken
    /// in, and the state moved on. Cost `O(n^3)`, with Joseph's form of the update, which keeps the
    /// covariance positive.
    ///
    /// # Panics
    /// If `h` is not as long as the state.
    pub fn step(&mut self, h: &DVector<f64>, noise: f64, reading: f64) -> Prediction {
        let seen = &self.covariance * h;
        let prediction = Prediction {
            mean: h.dot(&self.mean),
            variance: h.dot(&seen) + noise,
        };
        let gain = seen / prediction.variance;
        self.mean += &gain * (reading - prediction.mean);
        let size = self.mean.len();
        let keep = DMatrix::identity(size, size) - &gain * h.transpose();
        let updated =
            &keep * &self.covariance * keep.transpose() + &gain * gain.transpose() * noise;
        self.mean = &self.transition * &self.mean;
        self.covariance = &self.transition * updated * self.transition.transpose() + &self.process;
        prediction
    }
}

/// What a filter settles to.
#[derive(Debug, Clone, PartialEq)]
pub struct SteadyState {
    /// Covariance of the state before a reading.
    pub covariance: DMatrix<f64>,
    /// Variance of a reading before it is seen: the least mean square error of any prediction.
    pub variance: f64,
    /// Gain of the predictor: the next expected state is `F x + gain (y - h x)`.
    pub gain: DVector<f64>,
}

/// The steady state of one component: the positive root of `P^2 + P (R (1 - phi^2) - q) - q R = 0`.
///
/// ```
/// use pulsatrix::analysis::steady_scalar_filter;
/// use pulsatrix::networks::drift::GaussMarkov;
///
/// let process = GaussMarkov { correlation_time: 50.0, deviation: 0.02 };
/// let (phi, q) = process.over(1.0);
/// let steady = steady_scalar_filter(phi, q, 4e-4);
/// assert!((steady.variance - 4.792_066_268e-4).abs() < 1e-13);
/// assert!((steady.gain[0] - 0.162_014_100).abs() < 1e-9);
/// ```
///
/// # Panics
/// If a variance is negative or the noise of the readings is not positive.
#[must_use]
pub fn steady_scalar_filter(phi: f64, process: f64, noise: f64) -> SteadyState {
    assert!(
        process >= 0.0 && noise > 0.0,
        "variances {process}, {noise}"
    );
    let half = 0.5 * (noise * (1.0 - phi * phi) - process);
    let root = (half * half + process * noise).sqrt();
    // The form without cancellation.
    let p = if half > 0.0 {
        process * noise / (root + half)
    } else {
        root - half
    };
    let variance = p + noise;
    SteadyState {
        covariance: DMatrix::from_element(1, 1, p),
        variance,
        gain: DVector::from_element(1, phi * p / variance),
    }
}

/// Doublings that are tried: after 60, `2^60` steps have gone by.
const DOUBLINGS: usize = 60;

/// The steady state of any filter, the solution of the Riccati equation
/// `P = F (P - P h h^T P / (h^T P h + R)) F^T + Q`, by doubling (B. D. O. Anderson, Int. J. Control 28, 295-306,
/// 1978, doi:10.1080/00207177808922455): each round squares the number of steps that have gone by.
///
/// # Errors
/// [`DriftError::NoSteadyState`], and [`DriftError::Length`] if sizes do not fit.
pub fn steady_filter(
    transition: &DMatrix<f64>,
    process: &DMatrix<f64>,
    h: &DVector<f64>,
    noise: f64,
) -> Result<SteadyState, DriftError> {
    let size = h.len();
    for (what, matrix) in [
        ("the transition", transition),
        ("the noise of the process", process),
    ] {
        if matrix.shape() != (size, size) {
            return Err(DriftError::Length {
                what,
                found: matrix.len(),
                expected: size * size,
            });
        }
    }
    if noise <= 0.0 || noise.is_nan() {
        let reason = "readings without noise";
        return Err(DriftError::NoSteadyState { reason });
    }
    let mut a = transition.transpose();
    let mut g = h * h.transpose() / noise;
    let mut p = process.clone();
    for _ in 0..DOUBLINGS {
        let inner = (DMatrix::identity(size, size) + &g * &p).lu();
        let reason = "a singular step";
        let singular = DriftError::NoSteadyState { reason };
        let by_a = inner.solve(&a).ok_or_else(|| singular.clone())?;
        let by_g = inner.solve(&g).ok_or(singular)?;
        let change = a.transpose() * &p * &by_a;
        g += &a * by_g * a.transpose();
        a = &a * by_a;
        p += &change;
        p = (&p + p.transpose()) * 0.5;
        if !p.iter().all(|value| value.is_finite()) {
            let reason = "the covariance overflows";
            return Err(DriftError::NoSteadyState { reason });
        }
        if change.amax() <= f64::EPSILON * p.amax() {
            // what is left of the first error after all steps so far
            if a.amax() > 1.0 {
                let reason = "a growing state of which nothing is known to be uncertain";
                return Err(DriftError::NoSteadyState { reason });
            }
            let seen = &p * h;
            let variance = h.dot(&seen) + noise;
            return Ok(SteadyState {
                gain: transition * seen / variance,
                covariance: p,
                variance,
            });
        }
    }
    let reason = "the covariance grows for ever";
    Err(DriftError::NoSteadyState { reason })
}
