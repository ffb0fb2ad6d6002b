//! VECA: the variance of the eigenvalues of the covariance of activations.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::{Probe, ProbeError, Snapshot};
use crate::numerics::matrix::{View, gram};

/// How unequal the eigenvalues of a covariance are.
///
/// W. Ge, J. Hou, Z. Jiang, J. Yao, S. Yang, "VECA: A Method for Detecting Overfitting in Neural
/// Networks", AAAI 34 (2020), doi:10.1609/aaai.v34i10.7167. The population variance (over `n`, not
/// `n - 1`) and the form without a scale are ours.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Veca {
    /// Population variance of the `n` eigenvalues: the VECA itself. It goes with the fourth power of
    /// the scale of the activations.
    pub variance: f64,
    /// Their mean, `tr C / n`: the mean variance of a unit.
    pub mean: f64,
    /// `variance / mean^2`, which no scale changes: `n` over the participation ratio of the spectrum,
    /// minus 1. `None` where all activations are constant.
    pub relative: Option<f64>,
}

/// VECA of activations `Z` (`m` examples x `n` units), without an eigendecomposition.
///
/// ```text
/// C = (Z - mean)^T (Z - mean) / (m - 1),    VECA = 1/n sum (lambda_i - tr C / n)^2 = |C - (tr C / n) I|_F^2 / n
/// ```
///
/// which is `|C|_F^2 / n - (tr C / n)^2` without its cancellation. For `n > m` the eigenvalues are those
/// of the centred Gram matrix, and `n - m` zeros. Means are taken in two passes, and everything is scaled
/// by a power of two so that no square leaves the range of numbers on the way.
///
/// Cost: `m n min(m, n)` operations. Ours, from the definition of Ge et al.
///
/// # Errors
/// [`ProbeError::TooFew`] for fewer than two rows or no column, [`ProbeError::NotFinite`] with the first
/// entry that is not, [`ProbeError::Overflow`] for activations beyond about 1e77.
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::probes::veca;
///
/// // variances 1 and 4 of units that are not correlated: mean 2.5, variance 1.5^2
/// let z = dmatrix![1.0, 2.0; 1.0, -2.0; -1.0, 2.0; -1.0, -2.0] * (3.0_f64 / 4.0).sqrt();
/// let found = veca(&z)?;
/// assert!((found.variance - 2.25).abs() < 1e-14);
/// assert!((found.relative.unwrap() - 0.36).abs() < 1e-15);
/// # Ok::<(), pulsatrix::probes::ProbeError>(())
/// ```
pub fn veca(activations: &DMatrix<f64>) -> Result<Veca, ProbeError> {
    let (m, n) = activations.shape();
    for (name, found, needed) in [("examples", m, 2), ("units of the layer", n, 1)] {
        if found < needed {
            return Err(ProbeError::TooFew {
                name,
                found,
                needed,
            });
        }
    }
    if let Some(place) = activations.iter().position(|z| !z.is_finite()) {
        return Err(ProbeError::NotFinite {
            name: "the activations",
            row: place % m,
            column: place / m,
            value: activations[place],
        });
    }
    let largest = activations.amax();
    // Exact to divide by; what is smaller than the smallest normal number is as good as nothing.
    let exponent = largest.max(f64::MIN_POSITIVE).log2().floor();
    let scale = exponent.exp2();
    let mut centred = activations / scale;
    for mut column in centred.column_iter_mut() {
        let mean = column.sum() / m as f64;
        column.add_scalar_mut(-mean);
        // What rounding has left of the mean.
        let rest = column.sum() / m as f64;
        column.add_scalar_mut(-rest);
    }
    let view = View::from(&centred);
    let smaller = if n > m { view } else { view.transposed() };
    let mut covariance = gram(1.0 / (m - 1) as f64, smaller);
    let mean = covariance.trace() / n as f64;
    for place in 0..covariance.nrows() {
        covariance[(place, place)] -= mean;
    }
    // Eigenvalues that the smaller matrix lacks are zeros.
    let zeros = (n - covariance.nrows()) as f64;
    let variance = (covariance.norm_squared() + zeros * mean * mean) / n as f64;
    let found = Veca {
        relative: (mean > 0.0).then(|| variance / (mean * mean)),
        variance: variance * scale.powi(4),
        mean: mean * scale.powi(2),
    };
    if !(found.variance.is_finite() && found.mean.is_finite()) {
        return Err(ProbeError::Overflow {
            name: "the variance of the eigenvalues",
            value: found.variance,
            of: "activations",
        });
    }
    Ok(found)
}

/// [`veca`] of one hidden layer on inputs that do not change.
#[derive(Debug, Clone, PartialEq)]
pub struct VecaProbe {
    /// The inputs, one row an example.
    pub inputs: DMatrix<f64>,
    /// The hidden layer, counted from the last one: 0 is the last.
    pub from_last: usize,
}

impl VecaProbe {
    /// Of the last hidden layer, as in the source.
    #[must_use]
    pub fn last_hidden(inputs: DMatrix<f64>) -> Self {
        Self {
            inputs,
            from_last: 0,
        }
    }

    /// The activations that are looked at.
    ///
    /// # Errors
    /// Those of the snapshot, [`ProbeError::NotShown`] if it has no such layer.
    pub fn activations(&self, snapshot: &dyn Snapshot) -> Result<DMatrix<f64>, ProbeError> {
        let layers = snapshot.activations(&self.inputs)?;
        let chosen = layers.into_iter().rev().nth(self.from_last);
        chosen.ok_or(ProbeError::NotShown {
            what: "such hidden layer",
            remedy: "choose one that there is: 0 is the last",
        })
    }
}

impl Probe for VecaProbe {
    type Finding = Veca;

    fn find(&self, snapshot: &dyn Snapshot) -> Result<Veca, ProbeError> {
        veca(&self.activations(snapshot)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(rows: usize, columns: usize) -> DMatrix<f64> {
        DMatrix::from_fn(rows, columns, |i, j| {
            let x = (1.0 + i as f64) * (0.37 + 0.11 * j as f64);
            x.sin() + 0.3 * (2.3 * x).cos() * j as f64
        })
    }

    /// By the eigenvalues of the whole covariance.
    fn slow(z: &DMatrix<f64>) -> (f64, f64) {
        let (m, n) = z.shape();
        let mut centred = z.clone();
        for mut column in centred.column_iter_mut() {
            let mean = column.mean();
            column.add_scalar_mut(-mean);
        }
        let covariance = centred.tr_mul(&centred) / (m - 1) as f64;
        let values = covariance.symmetric_eigenvalues();
        let mean = values.sum() / n as f64;
        let squares = values.iter().map(|value| (value - mean).powi(2));
        (squares.sum::<f64>() / n as f64, mean)
    }

    #[test]
    fn the_trace_formula_is_the_variance_of_the_eigenvalues() {
        for (m, n) in [(40, 7), (7, 40), (20, 20), (20, 19), (2, 5), (30, 1)] {
            let z = wave(m, n).add_scalar(5.0);
            let found = veca(&z).unwrap();
            let (variance, mean) = slow(&z);
            let level = mean * mean;
            assert!((found.mean - mean).abs() < 1e-12 * mean);
            let error = (found.variance - variance).abs();
            assert!(error <= 1e-12 * variance.max(1e-3 * level), "{m} {n}");
            let relative = found.relative.unwrap();
            assert!((relative - found.variance / level).abs() < 1e-12 * relative.max(1e-3));
        }
    }

    #[test]
    fn orthonormal_columns_have_their_squared_lengths_as_eigenvalues() {
        // columns of a discrete cosine transform: orthonormal, and orthogonal to the constant
        let m = 16;
        let lengths = [3.0, 0.5, 2.0, 1.0, 0.25];
        let z = DMatrix::from_fn(m, 5, |i, j| {
            let phase = std::f64::consts::PI * (i as f64 + 0.5) * (j + 1) as f64 / m as f64;
            lengths[j] * (2.0 / m as f64).sqrt() * phase.cos()
        });
        let values = lengths.map(|c| c * c / (m - 1) as f64);
        let mean = values.iter().sum::<f64>() / 5.0;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 5.0;
        let found = veca(&z).unwrap();
        assert!((found.variance - variance).abs() < 1e-13 * variance);
        assert!((found.mean - mean).abs() < 1e-13 * mean);
    }

    #[test]
    fn it_goes_with_the_fourth_power_of_the_scale_and_not_with_an_offset() {
        let z = wave(30, 12);
        let one = veca(&z).unwrap();
        for scale in [2.5, 1e-60, 1e60] {
            let found = veca(&(&z * scale)).unwrap();
            let expected = one.variance * scale.powi(4);
            assert!(
                (found.variance - expected).abs() < 1e-13 * expected,
                "{scale}"
            );
            let relative = found.relative.unwrap() - one.relative.unwrap();
            assert!(relative.abs() < 1e-13 * one.relative.unwrap());
        }
        // an offset of 1e6 costs the digits that the numbers themselves have lost
        let offset = veca(&z.add_scalar(1e6)).unwrap();
        assert!((offset.variance - one.variance).abs() < 1e-9 * one.variance);
    }

    #[test]
    fn equal_eigenvalues_have_no_variance() {
        // a regular simplex: its covariance is a multiple of the identity, and nothing cancels
        let z = DMatrix::from_row_slice(
            4,
            3,
            &[
                1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, 1.0, -1.0, -1.0, -1.0, 1.0,
            ],
        );
        let found = veca(&z).unwrap();
        assert!(found.variance < 1e-30 && found.relative.unwrap() < 1e-30);
        let constant = veca(&DMatrix::from_element(5, 3, 0.1)).unwrap();
        assert!(constant.variance < 1e-60);
        assert_eq!(veca(&DMatrix::zeros(5, 3)).unwrap().relative, None);
    }

    #[test]
    fn what_has_no_covariance_is_refused() {
        let refused = |z: DMatrix<f64>| veca(&z).unwrap_err();
        let few = refused(DMatrix::zeros(1, 3));
        assert!(few.to_string().contains("1 examples"), "{few}");
        assert!(matches!(
            refused(DMatrix::zeros(4, 0)),
            ProbeError::TooFew { .. }
        ));
        let mut z = wave(4, 3);
        z[(2, 1)] = f64::NAN;
        let error = refused(z);
        let at = matches!(
            error,
            ProbeError::NotFinite {
                row: 2,
                column: 1,
                ..
            }
        );
        assert!(at, "{error}");
        assert!(matches!(
            refused(wave(4, 3) * 1e100),
            ProbeError::Overflow { .. }
        ));
    }
}
