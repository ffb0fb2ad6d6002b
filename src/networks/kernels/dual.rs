//! Gaussian expectations of an activation and its slope.

use super::closed_form::{Combine, ErrorFunction, Rectifier};
use super::hermite::Series;
use crate::networks::NetworkError;
use pulp::Arch;

/// A smooth activation over slices: replaces every `values[i]` by `phi(values[i])` and writes
/// `phi'` into `slopes[i]`.
pub type SmoothActivation = fn(values: &mut [f64], slopes: &mut [f64]);

/// The dual of an activation `phi`: `E[phi(u) phi(v)]` and `E[phi'(u) phi'(v)]` for Gaussian
/// `(u, v)` with variances `a`, `b` and covariance `c`.
#[derive(Debug, Clone, Copy)]
pub enum Dual {
    /// `phi(u) = u`: `c` and 1.
    Identity,
    /// `phi(u) = max(u, leak u)`, by the arc-cosine formula of Cho and Saul 2009.
    Rectifier {
        /// Slope for negative `u`; 0 for the ReLU.
        leak: f64,
    },
    /// `phi(u) = erf(u)`: `2/pi asin(2c / sqrt(P))` and `4/pi / sqrt(P - 4 c^2)` with
    /// `P = (1 + 2a)(1 + 2b)`. C. K. I. Williams, Neural Computation 10(5), 1203-1216 (1998).
    ErrorFunction,
    /// Any smooth activation that does not grow faster than a polynomial, by Mehler's series
    /// `sum_j alpha_j(a) alpha_j(b) rho^j` with the Hermite coefficients of `phi(sqrt(a) z)`.
    ///
    /// As many terms as Parseval's identity asks for: the error stays below 1e-13 of the diagonal
    /// for every correlation, and is refused where it cannot. Wide tanh networks need some 64
    /// terms at variance 0.5, 128 at 1 and 512 at 5.
    Smooth(SmoothActivation),
}

/// Gaussian points: their variances at one layer, and what the dual needs to know of each.
#[derive(Debug)]
pub(super) struct Points {
    /// Variance of every point.
    pub variances: Vec<f64>,
    /// `E[phi(u)^2]`, exactly, not as the limit of a pair.
    pub squares: Vec<f64>,
    /// `E[phi'(u)^2]`.
    pub slope_squares: Vec<f64>,
    pub series: Option<Series>,
}

impl Dual {
    /// The dual of tanh.
    #[must_use]
    pub fn tanh() -> Self {
        Self::Smooth(|values, slopes| {
            crate::numerics::elementary::tanh(values);
            for (slope, s) in slopes.iter_mut().zip(values) {
                *slope = (1.0 - *s) * (1.0 + *s);
            }
        })
    }

    /// `(E[phi(u) phi(v)], E[phi'(u) phi'(v)])` for variances `a`, `b` and covariance `c`.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for numbers that are no covariance, or a series that does not
    /// converge.
    ///
    /// ```
    /// use pulsatrix::networks::kernels::Dual;
    ///
    /// let (k, _) = Dual::Rectifier { leak: 0.0 }.pair(1.0, 1.0, 0.0)?;
    /// assert!((k - 0.5 / std::f64::consts::PI).abs() < 1e-16);
    /// # Ok::<(), pulsatrix::networks::NetworkError>(())
    /// ```
    pub fn pair(&self, a: f64, b: f64, c: f64) -> Result<(f64, f64), NetworkError> {
        let (left, right) = (self.prepare(vec![a])?, self.prepare(vec![b])?);
        let possible = c * c <= a * b * (1.0 + 8.0 * f64::EPSILON);
        if !possible {
            return Err(NetworkError::OutOfRange {
                name: "covariance",
                value: c,
                requirement: "its square is at most the product of the variances",
            });
        }
        let (mut value, mut slope) = ([c], [0.0]);
        self.apply(&left, 0, &right, 0, &mut value, &mut slope);
        Ok((value[0], slope[0]))
    }

    /// Whatever the expectations of pairs need to know of the points with these variances.
    pub(super) fn prepare(&self, variances: Vec<f64>) -> Result<Points, NetworkError> {
        if let Some(&value) = variances.iter().find(|a| !(a.is_finite() && **a >= 0.0)) {
            return Err(NetworkError::OutOfRange {
                name: "variance of a layer",
                value,
                requirement: "finite and not negative; scale the inputs or the weight variance down",
            });
        }
        use std::f64::consts::{FRAC_2_PI, PI};
        let each = |f: &dyn Fn(f64) -> f64| variances.iter().map(|a| f(*a)).collect::<Vec<_>>();
        let (squares, slope_squares, series) = match *self {
            Self::Identity => (variances.clone(), vec![1.0; variances.len()], None),
            Self::Rectifier { leak } => {
                let half = Rectifier::half(leak);
                (each(&|a| a * half), vec![half; variances.len()], None)
            }
            Self::ErrorFunction => (
                each(&|a| FRAC_2_PI * (2.0 * a).atan2((1.0 + 4.0 * a).sqrt())),
                each(&|a| 4.0 / PI / (1.0 + 4.0 * a).sqrt()),
                None,
            ),
            Self::Smooth(activation) => {
                let (series, squares, slopes) = Series::new(activation, &variances)?;
                (squares, slopes, Some(series))
            }
        };
        Ok(Points {
            variances,
            squares,
            slope_squares,
            series,
        })
    }

    /// Replaces `c[i]`, the covariance of the points `first + i` on the left and `other` on the
    /// right, by `E[phi phi]`, and writes `E[phi' phi']` into `slope[i]`.
    pub(super) fn apply(
        &self,
        left: &Points,
        first: usize,
        right: &Points,
        other: usize,
        c: &mut [f64],
        slope: &mut [f64],
    ) {
        let a = &left.variances[first..first + c.len()];
        let b = right.variances[other];
        match *self {
            Self::Identity => slope.fill(1.0),
            Self::Rectifier { leak } => Arch::new().dispatch(Rectifier {
                leak,
                a,
                b,
                c,
                slope,
            }),
            Self::ErrorFunction => Arch::new().dispatch(ErrorFunction { a, b, c, slope }),
            Self::Smooth(_) => {
                if let (Some(left), Some(right)) = (&left.series, &right.series) {
                    left.apply(first, right, other, (a, b), c, slope);
                }
            }
        }
    }
}

/// Variances of weights and biases, and the step of the recursion that they make.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Variances {
    pub weight: f64,
    pub bias: f64,
}

impl Variances {
    pub fn checked(weight: f64, bias: f64) -> Result<Self, NetworkError> {
        for (name, value, holds) in [
            ("weight_variance", weight, weight > 0.0),
            ("bias_variance", bias, bias >= 0.0),
        ] {
            if !(holds && value.is_finite()) {
                return Err(NetworkError::OutOfRange {
                    name,
                    value,
                    requirement: "finite, and positive (weights) or not negative (biases)",
                });
            }
        }
        Ok(Self { weight, bias })
    }

    /// `K = sw2 k + sb2` in place of `k`, and `T = K + sw2 s T`.
    pub fn combine(self, k: &mut [f64], s: &[f64], t: &mut [f64]) {
        let Self { weight, bias } = self;
        Arch::new().dispatch(Combine {
            weight,
            bias,
            k,
            s,
            t,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tanh_duals_have_the_known_values() {
        // computed independently, to fourteen digits
        for ((a, b, c), value, slope) in [
            ((1.0, 1.0, 0.5), 0.18632441320344, 0.38474702844103),
            ((1.0, 1.0, 0.9), 0.34920335058192, 0.43876184446266),
            ((2.0, 0.5, 0.7), 0.25122614855450, 0.38133631014347),
            ((1.05, 1.05, 0.0), 0.0, 0.35619899932735),
        ] {
            let (k, s) = Dual::tanh().pair(a, b, c).unwrap();
            assert!((k - value).abs() < 2e-14, "{k} {value}");
            assert!((s - slope).abs() < 2e-14, "{s} {slope}");
        }
    }

    #[test]
    fn the_series_repeats_the_closed_forms() {
        // Two activations that have both: the identity, and erf by its own formula.
        let identity = Dual::Smooth(|_, slopes| slopes.fill(1.0));
        for (a, b, c) in [(1.0, 1.0, 1.0), (0.3, 2.0, -0.7), (0.0, 1.0, 0.0)] {
            let (k, s) = identity.pair(a, b, c).unwrap();
            assert!((k - c).abs() < 1e-13 && (s - 1.0).abs() < 1e-13, "{k} {s}");
        }
        // sin: E = exp(-(a + b)/2) sinh(c), slopes exp(-(a + b)/2) cosh(c).
        let sine = Dual::Smooth(|values, slopes| {
            for (value, slope) in values.iter_mut().zip(slopes) {
                (*value, *slope) = value.sin_cos();
            }
        });
        for (a, b, c) in [
            (1.0, 1.0, 0.5),
            (1.0, 1.0, 1.0),
            (2.0, 3.0, -2.4),
            (1e-9, 1e-8, 2e-9),
            (6.0, 6.0, 6.0),
        ] {
            let f64s = |(k, s): (f64, f64)| [k, s];
            let decay = f64::exp(-0.5 * (a + b));
            let exact = [decay * f64::sinh(c), decay * f64::cosh(c)];
            let found = f64s(sine.pair(a, b, c).unwrap());
            for (found, exact) in found.iter().zip(exact) {
                assert!(
                    (found - exact).abs() < 1e-13 * exact.abs().max(0.1),
                    "{a} {b} {c}"
                );
            }
        }
    }

    #[test]
    fn equal_points_meet_the_diagonal() {
        let leaky = Dual::Rectifier { leak: 0.1 };
        for a in [0.7, 1.0 + 1e-15, 3.3] {
            let points = leaky.prepare(vec![a]).unwrap();
            let found = leaky.pair(a, a, a).unwrap();
            assert_eq!(found, (points.squares[0], points.slope_squares[0]));
        }
        for dual in [Dual::ErrorFunction, Dual::tanh()] {
            let points = dual.prepare(vec![1.3]).unwrap();
            let (k, s) = dual.pair(1.3, 1.3, 1.3).unwrap();
            assert!((k - points.squares[0]).abs() < 5e-14);
            assert!((s - points.slope_squares[0]).abs() < 5e-14);
        }
    }

    #[test]
    fn impossible_covariances_and_kinks_are_refused() {
        assert!(Dual::tanh().pair(1.0, 1.0, 1.1).is_err());
        assert!(Dual::tanh().pair(-1.0, 1.0, 0.0).is_err());
        assert!(Dual::ErrorFunction.pair(f64::NAN, 1.0, 0.0).is_err());
        // A kink has no convergent slope series.
        let kink = Dual::Smooth(|values, slopes| {
            for (value, slope) in values.iter_mut().zip(slopes) {
                *slope = f64::from(u8::from(*value > 0.0));
                *value = value.max(0.0);
            }
        });
        let error = kink.pair(1.0, 1.0, 0.5).unwrap_err().to_string();
        assert!(error.contains("series"), "{error}");
    }
}
