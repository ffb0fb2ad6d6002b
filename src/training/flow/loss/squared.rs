//! The squared loss.

use nalgebra::DMatrix;

use super::{Curvature, Loss};

/// `1/2 sum |f - y|^2`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Squared;

impl Loss for Squared {
    fn value(&self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> f64 {
        0.5 * (outputs - targets).norm_squared()
    }

    fn slope(&self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> DMatrix<f64> {
        outputs - targets
    }

    fn curvature(&self, _: &DMatrix<f64>, _: &DMatrix<f64>) -> Curvature {
        Curvature::Identity
    }
}
