//! Cross-entropy of yes and no.

use nalgebra::DMatrix;

use super::super::linearised::all_finite;
use super::{Curvature, Loss};
use crate::numerics::sigmoid::logistic;
use crate::training::flow::FlowError;

/// `sum ln(1 + e^f) - y f`, the cross-entropy `-y ln s - (1 - y) ln(1 - s)` of every output by
/// itself with `s = 1 / (1 + e^-f)`: outputs are logits, and targets lie between 0 and 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BinaryCrossEntropy;

impl Loss for BinaryCrossEntropy {
    fn value(&self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> f64 {
        // ln(1 + e^f) without overflow
        let term = |f: f64, y: f64| f.max(0.0) - y * f + (-f.abs()).exp().ln_1p();
        outputs.zip_map(targets, term).sum()
    }

    fn slope(&self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> DMatrix<f64> {
        outputs.map(logistic) - targets
    }

    fn curvature(&self, outputs: &DMatrix<f64>, _: &DMatrix<f64>) -> Curvature {
        Curvature::Diagonal(outputs.map(|f| logistic(f) * logistic(-f)))
    }

    fn check(&self, targets: &DMatrix<f64>) -> Result<(), FlowError> {
        all_finite("the matrix of targets", targets)?;
        let outside = |y: &f64| !(0.0..=1.0).contains(y);
        match targets.iter().position(outside) {
            Some(place) => Err(FlowError::Target {
                row: place % targets.nrows(),
                value: targets[place],
                requirement: "a probability lies between 0 and 1",
            }),
            None => Ok(()),
        }
    }
}
