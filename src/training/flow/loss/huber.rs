//! A loss that outliers do not rule.

use nalgebra::DMatrix;

use super::{Curvature, Loss};
use crate::training::flow::FlowError;

/// `sum h(f - y)`, with `h(d) = d^2 / 2` up to a width `w` and `w (|d| - w / 2)` beyond.
///
/// P. J. Huber, "Robust estimation of a location parameter", Ann. Math. Statist. 35(1), 73-101
/// (1964), doi:10.1214/aoms/1177703732.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Huber {
    width: f64,
}

impl Huber {
    /// The loss that is squared up to a difference of `width`.
    ///
    /// # Errors
    /// [`FlowError::OutOfRange`] unless the width is positive and finite.
    pub fn new(width: f64) -> Result<Self, FlowError> {
        if width > 0.0 && width.is_finite() {
            return Ok(Self { width });
        }
        Err(FlowError::OutOfRange {
            name: "width of Huber's loss",
            value: width,
            requirement: "positive and finite",
        })
    }
}

impl Loss for Huber {
    fn value(&self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> f64 {
        let term = |d: f64| {
            let inside = d.abs().min(self.width);
            inside * (d.abs() - 0.5 * inside)
        };
        (outputs - targets).map(term).sum()
    }

    fn slope(&self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> DMatrix<f64> {
        (outputs - targets).map(|d| d.clamp(-self.width, self.width))
    }

    fn curvature(&self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> Curvature {
        let inside = |d: f64| f64::from(u8::from(d.abs() <= self.width));
        Curvature::Diagonal((outputs - targets).map(inside))
    }
}
