//! A model whose outputs are scaled about their start: the knob between lazy and rich learning.

use nalgebra::DMatrix;

use crate::networks::NetworkError;
use crate::networks::deep::{DifferentiableModel, Linearisation, LossSlope};

/// `alpha (f(theta, x) - f(theta_0, x))`: for large `alpha` little motion of the weights is enough to
/// learn, and the kernel stays as it was (lazy); for small `alpha` they have to move far (rich).
/// With squared loss its flow takes times of order `1 / alpha^2`.
///
/// L. Chizat, E. Oyallon, F. Bach, `NeurIPS` 32 (2019), arXiv:1812.07956.
pub struct ScaledModel<'a> {
    model: &'a dyn DifferentiableModel,
    start: &'a [f64],
    alpha: f64,
}

impl<'a> ScaledModel<'a> {
    /// A model scaled by `alpha` about its outputs at `start`.
    #[must_use]
    pub fn new(model: &'a dyn DifferentiableModel, start: &'a [f64], alpha: f64) -> Self {
        Self {
            model,
            start,
            alpha,
        }
    }

    fn scaled(
        &self,
        outputs: &DMatrix<f64>,
        inputs: &DMatrix<f64>,
    ) -> Result<DMatrix<f64>, NetworkError> {
        let offset = self.model.outputs(self.start, inputs)?;
        Ok((outputs - offset) * self.alpha)
    }
}

/// A linearisation scaled as its model.
struct Scaled<'a> {
    model: Box<dyn Linearisation + 'a>,
    outputs: DMatrix<f64>,
    alpha: f64,
}

impl Linearisation for Scaled<'_> {
    fn outputs(&self) -> &DMatrix<f64> {
        &self.outputs
    }

    fn jvp(&self, direction: &[f64]) -> Result<DMatrix<f64>, NetworkError> {
        Ok(self.model.jvp(direction)? * self.alpha)
    }

    fn vjp(&self, cotangent: &DMatrix<f64>) -> Result<Vec<f64>, NetworkError> {
        self.model.vjp(&(cotangent * self.alpha))
    }

    fn kernel(&self) -> Result<DMatrix<f64>, NetworkError> {
        Ok(self.model.kernel()? * (self.alpha * self.alpha))
    }
}

impl DifferentiableModel for ScaledModel<'_> {
    fn parameter_count(&self) -> usize {
        self.model.parameter_count()
    }

    fn output_count(&self) -> usize {
        self.model.output_count()
    }

    fn outputs(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
    ) -> Result<DMatrix<f64>, NetworkError> {
        self.scaled(&self.model.outputs(parameters, inputs)?, inputs)
    }

    fn jvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
    ) -> Result<DMatrix<f64>, NetworkError> {
        Ok(self.model.jvp(parameters, inputs, direction)? * self.alpha)
    }

    fn vjp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        cotangent: &DMatrix<f64>,
    ) -> Result<Vec<f64>, NetworkError> {
        let scaled = cotangent * self.alpha;
        self.model.vjp(parameters, inputs, &scaled)
    }

    fn linearise(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
    ) -> Result<Box<dyn Linearisation + '_>, NetworkError> {
        let model = self.model.linearise(parameters, inputs)?;
        Ok(Box::new(Scaled {
            outputs: self.scaled(model.outputs(), inputs)?,
            model,
            alpha: self.alpha,
        }))
    }

    fn hvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
        loss: &LossSlope<'_>,
    ) -> Result<Vec<f64>, NetworkError> {
        let offset = self.model.outputs(self.start, inputs)?;
        let alpha = self.alpha;
        let slopes = |outputs: &DMatrix<f64>, change: &DMatrix<f64>| {
            let (slope, bend) = loss(&((outputs - &offset) * alpha), &(change * alpha));
            (slope * alpha, bend * alpha)
        };
        self.model.hvp(parameters, inputs, direction, &slopes)
    }

    fn ntk(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        other: Option<&DMatrix<f64>>,
    ) -> Result<DMatrix<f64>, NetworkError> {
        Ok(self.model.ntk(parameters, inputs, other)? * (self.alpha * self.alpha))
    }
}
