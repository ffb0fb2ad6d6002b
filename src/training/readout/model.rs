//! A read-out on fixed features, as a model that flows and kernels know.

use nalgebra::DMatrix;

use crate::networks::NetworkError;
use crate::networks::deep::{DifferentiableModel, LossSlope};
use crate::networks::features::FeatureMap;
use crate::numerics::matrix::{View, gram, multiply};

/// `f(x) = h(x)^T B`, linear in its weights `B` (`L x C`, column after column).
///
/// Its tangent kernel is `H H^T` for every output, at any weights, whatever the number of features; gradient flow
/// from 0 ends at the pseudo-inverse solution.
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::networks::deep::DifferentiableModel;
/// use pulsatrix::networks::features::{FeatureOptions, RandomFeatures};
/// use pulsatrix::training::readout::ReadoutModel;
///
/// let features = RandomFeatures::draw(FeatureOptions::default(), 2, 5, 1)?;
/// let model = ReadoutModel::new(&features, 3);
/// assert_eq!(model.parameter_count(), 15);
/// let outputs = model.outputs(&[0.2; 15], &dmatrix![0.0, 0.0])?; // five features of 1/2
/// assert!((outputs[2] - 0.5).abs() < 1e-14);
/// # Ok::<(), pulsatrix::networks::NetworkError>(())
/// ```
#[derive(Clone, Copy)]
pub struct ReadoutModel<'a> {
    features: &'a dyn FeatureMap,
    outputs: usize,
}

impl<'a> ReadoutModel<'a> {
    /// A read-out of so many outputs.
    #[must_use]
    pub fn new(features: &'a dyn FeatureMap, outputs: usize) -> Self {
        Self { features, outputs }
    }

    fn check(&self, name: &'static str, weights: &[f64]) -> Result<(), NetworkError> {
        let (found, expected) = (weights.len(), self.parameter_count());
        if found == expected {
            return Ok(());
        }
        Err(NetworkError::ParameterCount {
            name,
            found,
            expected,
        })
    }

    /// The features of a batch, after a look at the weights that go with them.
    fn seen(&self, weights: &[f64], inputs: &DMatrix<f64>) -> Batch {
        self.check("weights", weights)?;
        if !weights.iter().chain(inputs).all(|value| value.is_finite()) {
            let name = "inputs and weights";
            return Err(NetworkError::NotFinite { name });
        }
        self.features.evaluate(View::from(inputs))
    }

    fn product(&self, features: &DMatrix<f64>, weights: &[f64]) -> DMatrix<f64> {
        let weights = View::column_major(weights, self.features.features(), self.outputs);
        multiply(View::from(features), weights)
    }

    /// `H^T c`.
    fn pull(
        &self,
        features: &DMatrix<f64>,
        cotangent: &DMatrix<f64>,
    ) -> Result<Vec<f64>, NetworkError> {
        let expected = (features.nrows(), self.outputs);
        if cotangent.shape() != expected {
            return Err(NetworkError::BatchShape {
                name: "cotangent",
                found: cotangent.shape(),
                expected,
            });
        }
        let pulled = multiply(View::from(features).transposed(), View::from(cotangent));
        Ok(pulled.as_slice().to_vec())
    }
}

type Batch = Result<DMatrix<f64>, NetworkError>;

impl DifferentiableModel for ReadoutModel<'_> {
    fn parameter_count(&self) -> usize {
        self.features.features() * self.outputs
    }

    fn output_count(&self) -> usize {
        self.outputs
    }

    fn outputs(&self, parameters: &[f64], inputs: &DMatrix<f64>) -> Batch {
        let features = self.seen(parameters, inputs)?;
        Ok(self.product(&features, parameters))
    }

    fn jvp(&self, parameters: &[f64], inputs: &DMatrix<f64>, direction: &[f64]) -> Batch {
        self.check("components of the direction", direction)?;
        let features = self.seen(parameters, inputs)?;
        Ok(self.product(&features, direction))
    }

    fn vjp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        cotangent: &DMatrix<f64>,
    ) -> Result<Vec<f64>, NetworkError> {
        self.pull(&self.seen(parameters, inputs)?, cotangent)
    }

    fn gradient(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        loss: &dyn Fn(&DMatrix<f64>) -> DMatrix<f64>,
    ) -> Result<(DMatrix<f64>, Vec<f64>), NetworkError> {
        let features = self.seen(parameters, inputs)?;
        let outputs = self.product(&features, parameters);
        let gradient = self.pull(&features, &loss(&outputs))?;
        Ok((outputs, gradient))
    }

    fn hvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
        loss: &LossSlope<'_>,
    ) -> Result<Vec<f64>, NetworkError> {
        let features = self.seen(parameters, inputs)?;
        self.check("components of the direction", direction)?;
        let outputs = self.product(&features, parameters);
        let (_, change) = loss(&outputs, &self.product(&features, direction));
        self.pull(&features, &change)
    }

    /// `H H'^T` on the diagonal, block by block: the outputs share their features and nothing else.
    fn ntk(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        other: Option<&DMatrix<f64>>,
    ) -> Batch {
        let left = self.seen(parameters, inputs)?;
        let block = match other {
            None => gram(1.0, View::from(&left)),
            Some(other) => {
                let right = self.seen(parameters, other)?;
                multiply(View::from(&left), View::from(&right).transposed())
            }
        };
        let (rows, columns) = block.shape();
        let mut kernel = DMatrix::zeros(rows * self.outputs, columns * self.outputs);
        for output in 0..self.outputs {
            let at = (output * rows, output * columns);
            kernel.view_mut(at, block.shape()).copy_from(&block);
        }
        Ok(kernel)
    }
}
