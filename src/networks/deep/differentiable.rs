//! What a gradient flow and its kernel ask of a model.

use nalgebra::{DMatrix, DVector};

use super::Dropout;
use crate::networks::NetworkError;

/// The slope of a loss with respect to the outputs, and how it changes along the outputs' tangent:
/// a function of the outputs `f` and of `J v` (both one row an example) that gives `dL/df` and its
/// derivative in the direction `J v`.
pub type LossSlope<'a> = dyn Fn(&DMatrix<f64>, &DMatrix<f64>) -> (DMatrix<f64>, DMatrix<f64>) + 'a;

/// A model at one place on one batch: what a kernel and a linearised flow ask of it, again and again.
///
/// `J` and the order of outputs are those of [`DifferentiableModel`].
pub trait Linearisation {
    /// The outputs: one row an example, one column an output.
    fn outputs(&self) -> &DMatrix<f64>;

    /// `J v`, shaped as the outputs.
    ///
    /// # Errors
    /// If the direction does not fit the model.
    fn jvp(&self, direction: &[f64]) -> Result<DMatrix<f64>, NetworkError>;

    /// `J^T c` for `c` shaped as the outputs.
    ///
    /// # Errors
    /// If the cotangent does not fit the outputs.
    fn vjp(&self, cotangent: &DMatrix<f64>) -> Result<Vec<f64>, NetworkError>;

    /// The tangent kernel `J J^T` of the batch.
    ///
    /// # Errors
    /// As [`DifferentiableModel::ntk`].
    fn kernel(&self) -> Result<DMatrix<f64>, NetworkError>;
}

/// What one layer does to the activations `a` before it: `W a + b`, all factors of a parameterisation
/// included.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerWeights {
    /// `W`, one row a unit; of a convolution, one row a channel and one column for every number of a
    /// patch.
    pub matrix: DMatrix<f64>,
    /// `b`, one number a unit, if there are biases.
    pub bias: Option<DVector<f64>>,
}

/// A layered model that shows what lies between its inputs and its outputs.
pub trait HiddenLayers {
    /// The activations behind every hidden layer, from the input on: one row an example, one column
    /// a unit. Without dropout. Cost: one forward pass.
    ///
    /// # Errors
    /// As [`DifferentiableModel::outputs`].
    fn activations(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
    ) -> Result<Vec<DMatrix<f64>>, NetworkError>;

    /// The weights of every layer, from the input on, the read-out last.
    ///
    /// # Errors
    /// [`NetworkError::ParameterCount`] for a list of another length.
    fn layer_weights(&self, parameters: &[f64]) -> Result<Vec<LayerWeights>, NetworkError>;
}

/// The linearisation of a model that shares nothing between one product and the next.
struct Unshared<'a, M: ?Sized> {
    model: &'a M,
    parameters: Vec<f64>,
    inputs: DMatrix<f64>,
    outputs: DMatrix<f64>,
}

impl<M: DifferentiableModel + ?Sized> Linearisation for Unshared<'_, M> {
    fn outputs(&self) -> &DMatrix<f64> {
        &self.outputs
    }

    fn jvp(&self, direction: &[f64]) -> Result<DMatrix<f64>, NetworkError> {
        self.model.jvp(&self.parameters, &self.inputs, direction)
    }

    fn vjp(&self, cotangent: &DMatrix<f64>) -> Result<Vec<f64>, NetworkError> {
        self.model.vjp(&self.parameters, &self.inputs, cotangent)
    }

    fn kernel(&self) -> Result<DMatrix<f64>, NetworkError> {
        self.model.ntk(&self.parameters, &self.inputs, None)
    }
}

/// A function `f(theta, x)` with products of its derivatives by the weights.
///
/// Batches have one row an example. `J` stands for the Jacobian of all outputs of a batch by the
/// weights; outputs are counted as a matrix is stored, all examples of the first output before
/// those of the second, so that `DMatrix::as_slice` of outputs is the vector that a kernel acts on.
///
/// Three methods are needed; kernels and gradients follow from them, and a model that knows better
/// replaces these.
pub trait DifferentiableModel: Send + Sync {
    /// Number of weights.
    fn parameter_count(&self) -> usize;

    /// Number of outputs for one example.
    fn output_count(&self) -> usize;

    /// The outputs: one row an example, one column an output.
    ///
    /// # Errors
    /// If the weights or inputs do not fit the model or are not finite; so for all methods.
    fn outputs(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
    ) -> Result<DMatrix<f64>, NetworkError>;

    /// `J v`: how the outputs change along a direction of the weights, shaped as the outputs.
    ///
    /// # Errors
    /// As [`DifferentiableModel::outputs`].
    fn jvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
    ) -> Result<DMatrix<f64>, NetworkError>;

    /// `J^T c`: the gradient by the weights of the sum of `c o f`.
    ///
    /// # Errors
    /// As [`DifferentiableModel::outputs`].
    fn vjp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        cotangent: &DMatrix<f64>,
    ) -> Result<Vec<f64>, NetworkError>;

    /// Outputs, and the gradient `J^T dL/df` of a loss given by its slope with respect to them.
    ///
    /// # Errors
    /// As [`DifferentiableModel::outputs`].
    fn gradient(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        loss: &dyn Fn(&DMatrix<f64>) -> DMatrix<f64>,
    ) -> Result<(DMatrix<f64>, Vec<f64>), NetworkError> {
        let outputs = self.outputs(parameters, inputs)?;
        let gradient = self.vjp(parameters, inputs, &loss(&outputs))?;
        Ok((outputs, gradient))
    }

    /// The model at one place, for many products there; a model that shares work between them
    /// replaces it.
    ///
    /// # Errors
    /// As [`DifferentiableModel::outputs`].
    fn linearise(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
    ) -> Result<Box<dyn Linearisation + '_>, NetworkError> {
        Ok(Box::new(Unshared {
            model: self,
            outputs: self.outputs(parameters, inputs)?,
            parameters: parameters.to_vec(),
            inputs: inputs.clone(),
        }))
    }

    /// The Hessian of a loss by the weights times a direction:
    /// `J^T (d^2 L / df^2) J v + sum_i (dL/df)_i (d^2 f_i / dtheta^2) v`.
    ///
    /// # Errors
    /// As [`DifferentiableModel::outputs`].
    fn hvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
        loss: &LossSlope<'_>,
    ) -> Result<Vec<f64>, NetworkError>;

    /// The tangent kernel times a vector, `J(x) J(x')^T c`, for outputs `c` on the batch `other`
    /// (`inputs` itself if `None`), without the kernel: one transposed product and one product.
    ///
    /// # Errors
    /// As [`DifferentiableModel::outputs`].
    fn ntk_product(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        other: Option<&DMatrix<f64>>,
        cotangent: &DMatrix<f64>,
    ) -> Result<DMatrix<f64>, NetworkError> {
        let direction = self.vjp(parameters, other.unwrap_or(inputs), cotangent)?;
        self.jvp(parameters, inputs, &direction)
    }

    /// The tangent kernel `J(x) J(x')^T` between two batches (`inputs` with itself if `None`), for
    /// all outputs: `N O x N' O`, the examples of an output together.
    ///
    /// Column by column here, at the cost of a gradient and a product for each.
    ///
    /// # Errors
    /// As [`DifferentiableModel::outputs`].
    fn ntk(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        other: Option<&DMatrix<f64>>,
    ) -> Result<DMatrix<f64>, NetworkError> {
        let columns = other.unwrap_or(inputs).nrows();
        let outputs = self.output_count();
        let mut kernel = DMatrix::zeros(inputs.nrows() * outputs, columns * outputs);
        for index in 0..columns * outputs {
            let mut unit = DMatrix::zeros(columns, outputs);
            unit[index] = 1.0;
            let column = self.ntk_product(parameters, inputs, other, &unit)?;
            kernel.column_mut(index).copy_from_slice(column.as_slice());
        }
        Ok(kernel)
    }

    /// The model as one step of training with dropout sees it; the masks are those of the step.
    ///
    /// # Errors
    /// [`NetworkError::Contradiction`] for a model that has no such layers, or knows no dropout;
    /// [`NetworkError::OutOfRange`] for shares that are none.
    fn thinned(
        &self,
        _dropout: Dropout,
        _step: u64,
    ) -> Result<Box<dyn DifferentiableModel + '_>, NetworkError> {
        Err(NetworkError::Contradiction {
            first: "dropout",
            second: "this model",
            reason: "it does not say which of its units can be dropped; train it without",
        })
    }

    /// What lies between inputs and outputs, of a model that shows it.
    fn hidden_layers(&self) -> Option<&dyn HiddenLayers> {
        None
    }
}
