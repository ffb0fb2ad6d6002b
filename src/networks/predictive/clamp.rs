//! Which neurons are held, pulled or free while a network relaxes.

use serde::{Deserialize, Serialize};

use super::PredictiveNetwork;
use crate::networks::NetworkError;

/// What drives the value of a neuron: `alpha` the errors of the layer below, `beta` its own error.
///
/// | `(alpha, beta)` | class layer 0 | hidden layer | image layer L |
/// |---|---|---|---|
/// | `(1, 1)` | free | free | free with prior `x` |
/// | `(1, 0)` | held | - | free, no drive from `x` |
/// | `(0, 1)` | free | follows its prediction | pulled to `x` |
/// | `(0, 0)` | held | held | held |
///
/// The class layer has nothing below it, so only `beta` counts there. Sun and Orchard 2020,
/// `Infer`, `Generate` and `Predict` of the authors' code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Clamp {
    /// Weight of the errors below, per layer and neuron; layer 0 is the class.
    pub alpha: Vec<Vec<f64>>,
    /// Weight of the own error, per layer and neuron.
    pub beta: Vec<Vec<f64>>,
}

impl Clamp {
    /// Every neuron free: hidden layers `(1, 1)`, class free, image with its prior.
    #[must_use]
    pub fn free(network: &PredictiveNetwork) -> Self {
        let ones: Vec<Vec<f64>> = network.sizes().iter().map(|n| vec![1.0; *n]).collect();
        Self {
            alpha: ones.clone(),
            beta: ones,
        }
    }

    /// Learning: the class is held, the image is pulled to `x`.
    #[must_use]
    pub fn learn(network: &PredictiveNetwork) -> Self {
        Self::classify(network).with_class(0.0)
    }

    /// Classification: the class is free, the image is pulled to `x`.
    #[must_use]
    pub fn classify(network: &PredictiveNetwork) -> Self {
        let mut clamp = Self::free(network);
        if let Some(image) = clamp.alpha.last_mut() {
            image.fill(0.0);
        }
        clamp
    }

    /// Generation: the class is held, the image is free without drive from `x`.
    #[must_use]
    pub fn generate(network: &PredictiveNetwork) -> Self {
        let mut clamp = Self::free(network).with_class(0.0);
        if let Some(image) = clamp.beta.last_mut() {
            image.fill(0.0);
        }
        clamp
    }

    /// Completion: known pixels are pulled to `x`, the others are free; the class is free.
    ///
    /// # Errors
    /// [`NetworkError::WrongLength`] if `known` has not one entry per image neuron.
    pub fn complete(network: &PredictiveNetwork, known: &[bool]) -> Result<Self, NetworkError> {
        let neurons = network.image_size();
        if known.len() != neurons {
            return Err(NetworkError::WrongLength {
                name: "known",
                found: known.len(),
                neurons,
            });
        }
        let mut clamp = Self::free(network);
        if let (Some(alpha), Some(beta)) = (clamp.alpha.last_mut(), clamp.beta.last_mut()) {
            for ((alpha, beta), known) in alpha.iter_mut().zip(beta).zip(known) {
                (*alpha, *beta) = if *known { (0.0, 1.0) } else { (1.0, 0.0) };
            }
        }
        Ok(clamp)
    }

    /// The same clamp with `beta` of the class layer set to `beta`: 0 holds the class, 1 frees it.
    #[must_use]
    pub fn with_class(mut self, beta: f64) -> Self {
        self.beta[0].fill(beta);
        self
    }

    /// Checks that the masks fit the network and are finite.
    ///
    /// # Errors
    /// [`NetworkError::WrongLength`] or [`NetworkError::OutOfRange`].
    pub fn validate(&self, network: &PredictiveNetwork) -> Result<(), NetworkError> {
        for (name, mask) in [("alpha", &self.alpha), ("beta", &self.beta)] {
            let wrong = |found, neurons| NetworkError::WrongLength {
                name,
                found,
                neurons,
            };
            if mask.len() != network.sizes().len() {
                return Err(wrong(mask.len(), network.sizes().len()));
            }
            for (layer, neurons) in mask.iter().zip(network.sizes()) {
                if layer.len() != *neurons {
                    return Err(wrong(layer.len(), *neurons));
                }
                if let Some(&value) = layer.iter().find(|x| !(x.is_finite() && **x >= 0.0)) {
                    return Err(NetworkError::OutOfRange {
                        name,
                        value,
                        requirement: "a clamp weight is finite and not negative",
                    });
                }
            }
        }
        Ok(())
    }

    /// Decay `lambda_v` as it acts on neuron `i` of a layer: on the class where it is free, on
    /// hidden neurons `hm` times, on image neurons with weight `alpha`.
    pub(super) fn decay(&self, layer: usize, i: usize, lambda: f64, hm: f64) -> f64 {
        let (alpha, beta) = (self.alpha[layer][i], self.beta[layer][i]);
        if layer == 0 {
            beta * lambda
        } else if layer + 1 == self.alpha.len() {
            alpha * lambda
        } else if alpha == 0.0 && beta == 0.0 {
            0.0
        } else {
            hm * lambda
        }
    }

    /// Whether the value of a neuron never changes.
    pub(super) fn is_held(&self, layer: usize, i: usize) -> bool {
        self.beta[layer][i] == 0.0 && (layer == 0 || self.alpha[layer][i] == 0.0)
    }

    /// Whether an image neuron is pulled to `x` by nothing but its own error.
    pub(super) fn is_pinned(&self, layer: usize, i: usize) -> bool {
        layer + 1 == self.alpha.len()
            && layer > 0
            && self.alpha[layer][i] == 0.0
            && self.beta[layer][i] > 0.0
    }

    /// Whether the flow of a network with `W = M^T` descends an energy under these masks.
    pub(super) fn has_energy(&self) -> bool {
        let last = self.alpha.len() - 1;
        (0..=last).all(|layer| {
            (0..self.beta[layer].len()).all(|i| {
                let (alpha, beta) = (self.alpha[layer][i], self.beta[layer][i]);
                if layer == 0 {
                    beta == 0.0 || beta == 1.0
                } else if layer == last {
                    alpha == 0.0 || alpha == 1.0
                } else {
                    alpha == beta && (beta == 0.0 || beta == 1.0)
                }
            })
        })
    }
}
