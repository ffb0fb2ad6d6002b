//! The Hebbian terms of a batch.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use crate::networks::predictive::product::outer;
use crate::networks::predictive::{Feedback, PredictiveNetwork};

/// Directions in which the energy falls: `M_l` by `prediction[l]`, `W_l` by `feedback[l]` (empty
/// for tied feedback), `b_l` by `bias[l]` (empty if biases do not learn).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gradient {
    /// `a_l / B sum e_l s_{l+1}^T`, of the shape of `M_l`.
    pub prediction: Vec<DMatrix<f64>>,
    /// The transposed term, of the shape of `W_l`.
    pub feedback: Vec<DMatrix<f64>>,
    /// `1 / B sum e_l`.
    pub bias: Vec<DVector<f64>>,
}

impl Gradient {
    /// The Hebbian terms for errors `e_l` (`l = 0 .. L-1`) and the values that predict them.
    ///
    /// With errors at equilibrium this is minus the derivative of the equilibrated energy, since
    /// the values stand at its minimum (envelope theorem).
    ///
    /// # Panics
    /// If the shapes are not those of the network.
    #[must_use]
    pub fn hebbian(
        network: &PredictiveNetwork,
        values: &[DMatrix<f64>],
        errors: &[DMatrix<f64>],
        biases: bool,
    ) -> Self {
        let mut gradient = Self {
            prediction: Vec::new(),
            feedback: Vec::new(),
            bias: Vec::new(),
        };
        for layer in 0..network.last() {
            gradient.push_layer(network, layer, &errors[layer], &values[layer + 1], biases);
        }
        gradient
    }

    pub(super) fn empty() -> Self {
        Self {
            prediction: Vec::new(),
            feedback: Vec::new(),
            bias: Vec::new(),
        }
    }

    /// Appends the terms of `layer`, for errors of it and values of the layer above.
    pub(super) fn push_layer(
        &mut self,
        network: &PredictiveNetwork,
        layer: usize,
        errors: &DMatrix<f64>,
        above: &DMatrix<f64>,
        biases: bool,
    ) {
        let mut activated = above.clone();
        network.activation(layer + 1).apply(&mut activated);
        let samples = errors.ncols() as f64;
        let term = outer(network.gain(layer) / samples, errors, &activated);
        if network.feedback_kind() == Feedback::Free {
            self.feedback.push(term.transpose());
        }
        self.prediction.push(term);
        if biases {
            self.bias.push(errors.column_sum() / samples);
        }
    }

    /// Euclidean norm of all terms together.
    #[must_use]
    pub fn norm(&self) -> f64 {
        let matrices = self.prediction.iter().chain(&self.feedback);
        let squares: f64 = matrices.map(DMatrix::norm_squared).sum();
        let biases: f64 = self.bias.iter().map(DVector::norm_squared).sum();
        (squares + biases).sqrt()
    }
}
