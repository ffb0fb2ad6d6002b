//! The last hidden layer of a network as fixed features.

use nalgebra::DMatrix;

use super::FeatureMap;
use crate::networks::NetworkError;
use crate::networks::deep::{Architecture, DeepNetwork, DifferentiableModel, Initialisation};
use crate::numerics::matrix::View;

/// The activations of a deep network's last hidden layer, at weights that stay as they are: trained on
/// something else, or as they were drawn (random filters, if it has convolutions).
///
/// Those of a convolution are taken before its pooling, all channels and pixels; a fully connected layer
/// behind the filters keeps them few.
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::networks::deep::{Architecture, Initialisation};
/// use pulsatrix::networks::features::{FeatureMap, FrozenFeatures};
/// use pulsatrix::numerics::matrix::View;
///
/// let architecture = Architecture::fully_connected(2, &[7, 5], 1);
/// let features = FrozenFeatures::untrained(architecture, Initialisation::Orthogonal, 1)?;
/// let found = features.evaluate(View::from(&dmatrix![0.3, -0.4]))?;
/// assert_eq!((features.features(), found.shape()), (5, (1, 5)));
/// # Ok::<(), pulsatrix::networks::NetworkError>(())
/// ```
#[derive(Debug, Clone)]
pub struct FrozenFeatures {
    network: DeepNetwork,
    parameters: Vec<f64>,
    features: usize,
}

/// Examples of one pass: activations of more would not stay in the caches. Chosen.
const AT_ONCE: usize = 256;

impl FrozenFeatures {
    /// Those of a network at these weights.
    ///
    /// # Errors
    /// [`NetworkError::ParameterCount`] for weights of another network, [`NetworkError::NotFinite`] for weights
    /// that are not finite, and [`NetworkError::Contradiction`] for a network without a hidden layer.
    pub fn of(network: DeepNetwork, parameters: Vec<f64>) -> Result<Self, NetworkError> {
        let expected = network.parameter_count();
        if parameters.len() != expected {
            return Err(NetworkError::ParameterCount {
                name: "frozen weights",
                found: parameters.len(),
                expected,
            });
        }
        if !parameters.iter().all(|weight| weight.is_finite()) {
            return Err(NetworkError::NotFinite {
                name: "frozen weights",
            });
        }
        let layers = network.layers();
        let hidden = layers.len().checked_sub(2).map(|last| &layers[last]);
        let features = hidden.map(|layer| layer.outputs * layer.pixels);
        let features = features.ok_or(NetworkError::Contradiction {
            first: "frozen features",
            second: "a network without a hidden layer",
            reason: "there is nothing between inputs and outputs to look at",
        })?;
        Ok(Self {
            network,
            parameters,
            features,
        })
    }

    /// Those of a network that has learnt nothing.
    ///
    /// # Errors
    /// Those of the architecture and of its law, and of [`FrozenFeatures::of`].
    pub fn untrained(
        architecture: Architecture,
        law: Initialisation,
        seed: u64,
    ) -> Result<Self, NetworkError> {
        let network = DeepNetwork::new(architecture)?;
        let parameters = network.initial(law, seed)?;
        Self::of(network, parameters)
    }
}

/// Refuses inputs of another length.
pub(super) fn check_inputs(inputs: View<'_, f64>, expected: usize) -> Result<(), NetworkError> {
    if inputs.columns() == expected {
        return Ok(());
    }
    Err(NetworkError::BatchShape {
        name: "inputs of the features",
        found: (inputs.rows(), inputs.columns()),
        expected: (inputs.rows(), expected),
    })
}

impl FeatureMap for FrozenFeatures {
    fn inputs(&self) -> usize {
        self.network.architecture().input.numbers()
    }

    fn features(&self) -> usize {
        self.features
    }

    /// Cost: one forward pass.
    fn evaluate(&self, inputs: View<'_, f64>) -> Result<DMatrix<f64>, NetworkError> {
        check_inputs(inputs, self.inputs())?;
        let rows = inputs.rows();
        let mut features = DMatrix::zeros(rows, self.features);
        for first in (0..rows).step_by(AT_ONCE) {
            let count = AT_ONCE.min(rows - first);
            let batch = DMatrix::from_fn(count, inputs.columns(), |i, j| inputs.at(first + i, j));
            let hidden = self.network.hidden_layers();
            let activations = hidden.map(|layers| layers.activations(&self.parameters, &batch));
            let last = activations.transpose()?.and_then(|mut all| all.pop());
            let last = last.unwrap_or_default();
            features.rows_mut(first, count).copy_from(&last);
        }
        Ok(features)
    }
}
