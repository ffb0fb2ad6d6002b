//! Cross-entropy of several classes.

use nalgebra::DMatrix;

use super::super::linearised::all_finite;
use super::{Curvature, Loss};
use crate::training::flow::FlowError;

/// `-sum y ln softmax(f)`, for targets that are the probabilities of two or more classes: each row
/// of them is not negative and sums to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CrossEntropy;

/// Largest distance of the sum of probabilities from 1: that of a thousand classes in single
/// precision.
const SUM: f64 = 1e-5;

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

/// `softmax(f)` and the sum of the targets of every example, which is 1 but for rounding: with it
/// the slope is that of the value for any targets.
fn shares(outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> (DMatrix<f64>, Vec<f64>) {
    let totals = targets.row_iter().map(|row| row.sum());
    (softmax(outputs), totals.collect())
}

impl Loss for CrossEntropy {
    fn value(&self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> f64 {
        let rows = outputs.row_iter().zip(targets.row_iter());
        rows.map(|(f, y)| {
            let top = f.max();
            let total: f64 = f.iter().map(|f| (f - top).exp()).sum();
            let log = total.ln();
            let terms = f.iter().zip(y.iter());
            terms.map(|(f, y)| y * (log - (f - top))).sum::<f64>()
        })
        .sum()
    }

    fn slope(&self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> DMatrix<f64> {
        let (mut p, totals) = shares(outputs, targets);
        for (mut row, total) in p.row_iter_mut().zip(totals) {
            row *= total;
        }
        p - targets
    }

    /// `diag(p) - p p^T` of every example, `p = softmax(f)`.
    fn curvature(&self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> Curvature {
        let (p, totals) = shares(outputs, targets);
        let blocks = p
            .row_iter()
            .zip(totals)
            .map(|(p, total)| (DMatrix::from_diagonal(&p.transpose()) - p.transpose() * p) * total);
        Curvature::Blocks(blocks.collect())
    }

    fn check(&self, targets: &DMatrix<f64>) -> Result<(), FlowError> {
        all_finite("the matrix of targets", targets)?;
        if targets.ncols() == 1 {
            return Err(FlowError::OneClass);
        }
        for (row, y) in targets.row_iter().enumerate() {
            if let Some(&value) = y.iter().find(|y| **y < 0.0) {
                return Err(FlowError::Target {
                    row,
                    value,
                    requirement: "a probability is not negative",
                });
            }
            let value = y.sum();
            if (value - 1.0).abs() > SUM {
                return Err(FlowError::Target {
                    row,
                    value,
                    requirement: "probabilities of classes sum to 1; classes that do not exclude \
                                  each other are the targets of `BinaryCrossEntropy`",
                });
            }
        }
        Ok(())
    }

    /// Without the blocks: `p o u - p (p . u)`.
    fn slope_change(
        &self,
        outputs: &DMatrix<f64>,
        targets: &DMatrix<f64>,
        change: &DMatrix<f64>,
    ) -> DMatrix<f64> {
        let (p, totals) = shares(outputs, targets);
        let mut product = p.component_mul(change);
        for (i, total) in totals.into_iter().enumerate() {
            let mean = product.row(i).sum();
            let mut row = product.row_mut(i);
            row -= p.row(i) * mean;
            row *= total;
        }
        product
    }
}
