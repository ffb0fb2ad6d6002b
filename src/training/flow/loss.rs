//! Losses as functions of the outputs.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

/// What a flow lowers: a sum over the examples (rows) of a function of outputs and targets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// `1/2 sum |f - y|^2`.
    #[default]
    Squared,
    /// `-sum y ln softmax(f)`, with targets that are probabilities.
    CrossEntropy,
}

impl Loss {
    /// The loss of a batch.
    #[must_use]
    pub fn value(self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> f64 {
        match self {
            Self::Squared => 0.5 * (outputs - targets).norm_squared(),
            Self::CrossEntropy => {
                let rows = outputs.row_iter().zip(targets.row_iter());
                rows.map(|(f, y)| {
                    let top = f.max();
                    let total: f64 = f.iter().map(|f| (f - top).exp()).sum();
                    let log = top + total.ln();
                    f.iter()
                        .zip(y.iter())
                        .map(|(f, y)| y * (log - f))
                        .sum::<f64>()
                })
                .sum()
            }
        }
    }

    /// `dL/df`: the residuals `f - y`, or `softmax(f) - y` for targets of sum 1.
    #[must_use]
    pub fn slope(self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> DMatrix<f64> {
        match self {
            Self::Squared => outputs - targets,
            Self::CrossEntropy => softmax(outputs) - targets,
        }
    }

    /// `(d^2 L / df^2) u` for a change `u` of the outputs.
    #[must_use]
    pub fn slope_change(self, outputs: &DMatrix<f64>, change: &DMatrix<f64>) -> DMatrix<f64> {
        match self {
            Self::Squared => change.clone(),
            Self::CrossEntropy => {
                let p = softmax(outputs);
                let mut product = p.component_mul(change);
                for (mut row, p) in product.row_iter_mut().zip(p.row_iter()) {
                    let mean = row.sum();
                    row -= p * mean;
                }
                product
            }
        }
    }

    /// The symmetric root of `d^2 L / df^2` of every example, `O x O`; `None` where it is the
    /// identity.
    ///
    /// With `p = softmax(f)` it is that of `diag(p) - p p^T`, which an eigendecomposition gives.
    pub(super) fn curvature_roots(
        self,
        outputs: &DMatrix<f64>,
    ) -> Result<Option<Vec<DMatrix<f64>>>, crate::numerics::matrix::MatrixError> {
        if self == Self::Squared {
            return Ok(None);
        }
        let p = softmax(outputs);
        let roots = p.row_iter().map(|p| {
            let curvature = DMatrix::from_diagonal(&p.transpose()) - p.transpose() * p;
            let spectrum = crate::numerics::matrix::symmetric_spectrum(&curvature)?;
            let roots = spectrum.values.map(|value| value.max(0.0).sqrt());
            Ok(&spectrum.vectors * DMatrix::from_diagonal(&roots) * spectrum.vectors.transpose())
        });
        roots.collect::<Result<_, _>>().map(Some)
    }
}

fn softmax(outputs: &DMatrix<f64>) -> DMatrix<f64> {
    let mut p = outputs.clone();
    for mut row in p.row_iter_mut() {
        let top = row.max();
        row.apply(|f| *f = (*f - top).exp());
        let total = row.sum();
        row /= total;
    }
    p
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_those_of_the_value() {
        let outputs = DMatrix::from_fn(3, 4, |i, j| (1.0 + i as f64 * 1.3 - j as f64).sin() * 2.0);
        let targets = softmax(&DMatrix::from_fn(3, 4, |i, j| (i * j) as f64 * 0.4));
        let change = DMatrix::from_fn(3, 4, |i, j| (0.3 + i as f64 + 2.0 * j as f64).cos());
        for loss in [Loss::Squared, Loss::CrossEntropy] {
            let step = 1e-5;
            let (high, low) = (&outputs + &change * step, &outputs - &change * step);
            let rise = (loss.value(&high, &targets) - loss.value(&low, &targets)) / (2.0 * step);
            assert!((rise - loss.slope(&outputs, &targets).dot(&change)).abs() < 1e-8);
            let bend = (loss.slope(&high, &targets) - loss.slope(&low, &targets)) / (2.0 * step);
            assert!((&bend - loss.slope_change(&outputs, &change)).amax() < 1e-8);
            if let Some(roots) = loss.curvature_roots(&outputs).unwrap() {
                for (i, root) in roots.iter().enumerate() {
                    let product = root * root * change.row(i).transpose();
                    assert!((product.transpose() - bend.row(i)).amax() < 1e-8);
                }
            }
        }
    }
}
