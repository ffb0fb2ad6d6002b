//! The flow itself: weights as a state, and minus the gradient as its field.

use std::cell::Cell;

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::{FlowError, Loss};
use crate::networks::deep::{DifferentiableModel, Linearisation};
use crate::solver::OrdinaryField;

/// `theta' = -grad L(theta)` for a model on one batch.
///
/// With `J` the Jacobian of the outputs, `r = dL/df` and the tangent kernel `Theta = J J^T`,
/// `theta' = -J^T r`, `f' = -Theta r` and `L' = -|grad L|^2 = -r^T Theta r`.
///
/// As an [`OrdinaryField`] it goes into every solver of the crate; a network that refuses (weights
/// that overflow) shows as a derivative that is not a number.
pub struct GradientFlow<'a> {
    model: &'a dyn DifferentiableModel,
    inputs: &'a DMatrix<f64>,
    targets: &'a DMatrix<f64>,
    loss: &'a dyn Loss,
    work: Cell<Work>,
}

/// Calls of a model, and what they come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// Forward passes alone.
    pub outputs: u64,
    /// Gradients of the loss, and single products `J^T c`.
    pub gradients: u64,
    /// Forward and backward passes of linearisations, one backward for every output.
    pub linear_passes: u64,
    /// Products `J v` and `J^T c`, and kernels `J J^T`, where the model was linearised.
    pub linear_products: u64,
    /// Products with the Hessian.
    pub hessian_products: u64,
}

impl Work {
    /// The work in units of a gradient. Measured in matrix products of the size of a layer: one for
    /// a pass, and for a product or kernel where the model was linearised, three for a gradient,
    /// eight for a Hessian product.
    #[must_use]
    pub fn gradient_equivalents(&self) -> f64 {
        let ones = self.outputs + self.linear_passes + self.linear_products;
        (ones + 3 * self.gradients + 8 * self.hessian_products) as f64 / 3.0
    }
}

/// The model of a flow linearised at one place on its batch.
pub(super) struct Place<'f> {
    flow: &'f GradientFlow<'f>,
    model: Box<dyn Linearisation + 'f>,
}

impl Place<'_> {
    /// The outputs on the batch.
    pub fn outputs(&self) -> &DMatrix<f64> {
        self.model.outputs()
    }

    /// `J^T c` for `c` stored as the outputs are.
    pub fn pull(&self, c: &[f64]) -> Result<Vec<f64>, FlowError> {
        self.flow.count(|work| work.linear_products += 1);
        let (rows, columns) = self.outputs().shape();
        let cotangent = DMatrix::from_column_slice(rows, columns, c);
        Ok(self.model.vjp(&cotangent)?)
    }

    /// `J v`, stored as the outputs are.
    pub fn push(&self, v: &[f64]) -> Result<DVector<f64>, FlowError> {
        self.flow.count(|work| work.linear_products += 1);
        let change = self.model.jvp(v)?;
        Ok(DVector::from_column_slice(change.as_slice()))
    }

    /// The tangent kernel `J J^T`.
    pub fn kernel(&self) -> Result<DMatrix<f64>, FlowError> {
        self.flow.count(|work| work.linear_products += 1);
        Ok(self.model.kernel()?)
    }
}

impl<'a> GradientFlow<'a> {
    /// The flow of a model on `inputs` (one row an example) towards `targets` (shaped as its
    /// outputs).
    ///
    /// # Errors
    /// [`FlowError::Shape`] for targets that do not fit, and what the loss says against them.
    pub fn new(
        model: &'a dyn DifferentiableModel,
        inputs: &'a DMatrix<f64>,
        targets: &'a DMatrix<f64>,
        loss: &'a dyn Loss,
    ) -> Result<Self, FlowError> {
        let expected = (inputs.nrows(), model.output_count());
        if targets.shape() != expected {
            return Err(FlowError::Shape {
                name: "the matrix of targets",
                found: targets.shape(),
                expected,
            });
        }
        loss.check(targets)?;
        Ok(Self {
            model,
            inputs,
            targets,
            loss,
            work: Cell::default(),
        })
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &'a dyn DifferentiableModel {
        self.model
    }

    /// The batch, one row an example.
    #[must_use]
    pub fn inputs(&self) -> &'a DMatrix<f64> {
        self.inputs
    }

    /// What the outputs should be.
    #[must_use]
    pub fn targets(&self) -> &'a DMatrix<f64> {
        self.targets
    }

    /// The loss.
    #[must_use]
    pub fn loss(&self) -> &'a dyn Loss {
        self.loss
    }

    /// Calls of the model so far.
    #[must_use]
    pub fn work(&self) -> Work {
        self.work.get()
    }

    fn count(&self, add: impl FnOnce(&mut Work)) {
        let mut work = self.work.get();
        add(&mut work);
        self.work.set(work);
    }

    /// The outputs on the batch.
    ///
    /// # Errors
    /// Those of the model; so for all methods.
    pub fn outputs(&self, parameters: &[f64]) -> Result<DMatrix<f64>, FlowError> {
        self.count(|work| work.outputs += 1);
        Ok(self.model.outputs(parameters, self.inputs)?)
    }

    /// The loss and its gradient.
    ///
    /// # Errors
    /// Those of the model.
    pub fn gradient(&self, parameters: &[f64]) -> Result<(f64, Vec<f64>), FlowError> {
        self.count(|work| work.gradients += 1);
        let slope = |outputs: &DMatrix<f64>| self.loss.slope(outputs, self.targets);
        let (outputs, gradient) = self.model.gradient(parameters, self.inputs, &slope)?;
        Ok((self.loss.value(&outputs, self.targets), gradient))
    }

    /// The loss, its gradient and the tangent kernel, sharing what they can.
    ///
    /// # Errors
    /// Those of the model.
    pub fn gradient_and_kernel(
        &self,
        parameters: &[f64],
    ) -> Result<(f64, Vec<f64>, DMatrix<f64>), FlowError> {
        let place = self.linearise(parameters)?;
        let loss = self.loss.value(place.outputs(), self.targets);
        let slope = self.loss.slope(place.outputs(), self.targets);
        Ok((loss, place.pull(slope.as_slice())?, place.kernel()?))
    }

    /// `J^T c` for `c` stored as the outputs are, where nothing else is asked.
    pub(super) fn pull(&self, parameters: &[f64], c: &[f64]) -> Result<Vec<f64>, FlowError> {
        self.count(|work| work.gradients += 1);
        let (rows, columns) = self.targets.shape();
        let cotangent = DMatrix::from_column_slice(rows, columns, c);
        Ok(self.model.vjp(parameters, self.inputs, &cotangent)?)
    }

    /// The model at one place, for many products there.
    pub(super) fn linearise(&self, parameters: &[f64]) -> Result<Place<'_>, FlowError> {
        self.count(|work| work.linear_passes += 1 + self.model.output_count() as u64);
        Ok(Place {
            flow: self,
            model: self.model.linearise(parameters, self.inputs)?,
        })
    }

    /// The tangent kernel of the batch, `N O x N O`.
    ///
    /// # Errors
    /// Those of the model.
    pub fn kernel(&self, parameters: &[f64]) -> Result<DMatrix<f64>, FlowError> {
        self.linearise(parameters)?.kernel()
    }

    /// The Hessian of the loss times a direction.
    ///
    /// # Errors
    /// Those of the model.
    pub fn hessian_product(
        &self,
        parameters: &[f64],
        direction: &[f64],
    ) -> Result<Vec<f64>, FlowError> {
        self.count(|work| work.hessian_products += 1);
        let slopes = |outputs: &DMatrix<f64>, change: &DMatrix<f64>| {
            (
                self.loss.slope(outputs, self.targets),
                self.loss.slope_change(outputs, self.targets, change),
            )
        };
        let product = self
            .model
            .hvp(parameters, self.inputs, direction, &slopes)?;
        Ok(product)
    }
}

impl OrdinaryField for GradientFlow<'_> {
    fn dimension(&self) -> usize {
        self.model.parameter_count()
    }

    fn derivative(&self, _: f64, state: &[f64], derivative: &mut [f64]) {
        match self.gradient(state) {
            Ok((_, gradient)) => {
                for (slope, g) in derivative.iter_mut().zip(gradient) {
                    *slope = -g;
                }
            }
            Err(_) => derivative.fill(f64::NAN),
        }
    }
}
