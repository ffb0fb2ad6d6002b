//! What a probe can be shown: a network at one moment, or plain matrices.

use nalgebra::{DMatrix, DVector};

use super::ProbeError;
use crate::networks::deep::{DifferentiableModel, HiddenLayers, LayerWeights};
use crate::networks::predictive::PredictiveNetwork;

/// A network at one moment. Everything is opt-in: what a snapshot does not show is
/// [`ProbeError::NotShown`].
///
/// Batches have one row an example, and layers are counted from the input on.
pub trait Snapshot {
    /// All weights and biases in one list.
    ///
    /// # Errors
    /// [`ProbeError::NotShown`]; so for all methods, beside those of the network.
    fn parameters(&self) -> Result<Vec<f64>, ProbeError> {
        not_shown("weights")
    }

    /// The weights of every layer, the read-out last.
    ///
    /// # Errors
    /// As [`Snapshot::parameters`].
    fn layers(&self) -> Result<Vec<LayerWeights>, ProbeError> {
        not_shown("weights of layers")
    }

    /// The outputs on a batch of inputs.
    ///
    /// # Errors
    /// As [`Snapshot::parameters`].
    fn outputs(&self, _inputs: &DMatrix<f64>) -> Result<DMatrix<f64>, ProbeError> {
        not_shown("outputs")
    }

    /// The activations behind every hidden layer on a batch of inputs, one column a unit.
    ///
    /// # Errors
    /// As [`Snapshot::parameters`].
    fn activations(&self, _inputs: &DMatrix<f64>) -> Result<Vec<DMatrix<f64>>, ProbeError> {
        not_shown("activations of hidden layers")
    }
}

fn not_shown<T>(what: &'static str) -> Result<T, ProbeError> {
    let remedy = "show the probe a network that has them";
    Err(ProbeError::NotShown { what, remedy })
}

/// Any differentiable model at one place. Weights and outputs are shown by all, layers and activations
/// by those with [`HiddenLayers`].
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// The model.
    pub model: &'a dyn DifferentiableModel,
    /// Its weights.
    pub parameters: &'a [f64],
}

impl<'a> At<'a> {
    fn hidden(&self, what: &'static str) -> Result<&'a dyn HiddenLayers, ProbeError> {
        match self.model.hidden_layers() {
            Some(hidden) => Ok(hidden),
            None => not_shown(what),
        }
    }
}

impl Snapshot for At<'_> {
    fn parameters(&self) -> Result<Vec<f64>, ProbeError> {
        Ok(self.parameters.to_vec())
    }

    fn layers(&self) -> Result<Vec<LayerWeights>, ProbeError> {
        let hidden = self.hidden("weights of layers")?;
        Ok(hidden.layer_weights(self.parameters)?)
    }

    fn outputs(&self, inputs: &DMatrix<f64>) -> Result<DMatrix<f64>, ProbeError> {
        Ok(self.model.outputs(self.parameters, inputs)?)
    }

    fn activations(&self, inputs: &DMatrix<f64>) -> Result<Vec<DMatrix<f64>>, ProbeError> {
        let hidden = self.hidden("activations of hidden layers")?;
        Ok(hidden.activations(self.parameters, inputs)?)
    }
}

/// A predictive-coding network by its forward pass from the image to the class: `phi(v_l)` of the hidden
/// layers are the activations, so that a deep network with the same weights shows the same.
impl Snapshot for PredictiveNetwork {
    /// Matrices from the image side on, column after column, each followed by its biases where any of
    /// the network is not zero.
    fn parameters(&self) -> Result<Vec<f64>, ProbeError> {
        let mut all = Vec::new();
        for layer in self.layers()? {
            all.extend_from_slice(layer.matrix.as_slice());
            all.extend(layer.bias.iter().flatten());
        }
        Ok(all)
    }

    fn layers(&self) -> Result<Vec<LayerWeights>, ProbeError> {
        let all = (0..self.last()).rev();
        let biased = all.clone().any(|layer| self.bias(layer).amax() > 0.0);
        let weights = |layer: usize| LayerWeights {
            matrix: self.prediction(layer) * self.gain(layer),
            bias: biased.then(|| DVector::clone(self.bias(layer))),
        };
        Ok(all.map(weights).collect())
    }

    fn outputs(&self, inputs: &DMatrix<f64>) -> Result<DMatrix<f64>, ProbeError> {
        Ok(self.forward(&inputs.transpose())?[0].transpose())
    }

    fn activations(&self, inputs: &DMatrix<f64>) -> Result<Vec<DMatrix<f64>>, ProbeError> {
        let mut values = self.forward(&inputs.transpose())?;
        let hidden = (1..self.last()).rev();
        let activations = hidden.map(|layer| {
            self.activation(layer).apply(&mut values[layer]);
            values[layer].transpose()
        });
        Ok(activations.collect())
    }
}

/// Plain matrices of activations, found elsewhere: one a hidden layer, one row an example. The inputs
/// that a probe asks about are not looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Activations(pub Vec<DMatrix<f64>>);

impl Snapshot for Activations {
    fn activations(&self, _inputs: &DMatrix<f64>) -> Result<Vec<DMatrix<f64>>, ProbeError> {
        Ok(self.0.clone())
    }
}
