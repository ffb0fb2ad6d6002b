//! Networks with one hidden layer.

use nalgebra::{DMatrix, DVector};

use super::{RectifierNetwork, SymmetryError};
use crate::networks::deep::DeepNetwork;

/// `f(x) = c + A relu(W x + b)`: `W` hidden x inputs, `A` outputs x hidden.
///
/// Neuron `i` is row `w_i` of `W`, bias `b_i` and column `a_i` of `A`.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoLayerNetwork(RectifierNetwork);

impl TwoLayerNetwork {
    /// The network `c + A relu(W x + b)` of `W` (hidden x inputs), `b` (hidden), `A` (outputs x hidden)
    /// and `c` (outputs).
    ///
    /// # Errors
    /// Those of [`RectifierNetwork::new`].
    ///
    /// ```
    /// use nalgebra::{dmatrix, dvector};
    /// use pulsatrix::probes::symmetry::{SymmetryError, TwoLayerNetwork};
    ///
    /// let wrong = TwoLayerNetwork::new(dmatrix![1.0, 2.0], dvector![0.0], dmatrix![1.0, 1.0], dvector![0.0]);
    /// let expected = SymmetryError::Shape { array: 2, found: (1, 2), expected: (1, 1) };
    /// assert_eq!(wrong.unwrap_err(), expected);
    /// ```
    pub fn new(
        weights: DMatrix<f64>,
        biases: DVector<f64>,
        read_out: DMatrix<f64>,
        offsets: DVector<f64>,
    ) -> Result<Self, SymmetryError> {
        RectifierNetwork::new(vec![(weights, biases), (read_out, offsets)]).map(Self)
    }

    /// The network of a deep network with one hidden layer, as [`RectifierNetwork::of`].
    ///
    /// # Errors
    /// Those of [`RectifierNetwork::of`], and [`SymmetryError::Depth`].
    pub fn of(network: &DeepNetwork, parameters: &[f64]) -> Result<Self, SymmetryError> {
        Self::try_from(RectifierNetwork::of(network, parameters)?)
    }

    /// As a network of any depth.
    #[must_use]
    pub fn layered(&self) -> &RectifierNetwork {
        &self.0
    }

    /// `W`, hidden x inputs.
    #[must_use]
    pub fn weights(&self) -> &DMatrix<f64> {
        &self.0.layers[0].0
    }

    /// `b`, one for each hidden neuron.
    #[must_use]
    pub fn biases(&self) -> &DVector<f64> {
        &self.0.layers[0].1
    }

    /// `A`, outputs x hidden.
    #[must_use]
    pub fn read_out(&self) -> &DMatrix<f64> {
        &self.0.layers[1].0
    }

    /// `c`, one for each output.
    #[must_use]
    pub fn offsets(&self) -> &DVector<f64> {
        &self.0.layers[1].1
    }

    /// Hidden neurons.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.weights().nrows()
    }

    /// The largest contribution of one part: of the `|a_i| |(w_i, b_i)|` and of `|c|`. It is the unit of
    /// every tolerance here. No permutation, scale or flip changes the former.
    #[must_use]
    pub fn size(&self) -> f64 {
        let neuron = |i: usize| {
            let into = length(self.weights().row(i).iter()).hypot(self.biases()[i]);
            into * length(self.read_out().column(i).iter())
        };
        let largest = (0..self.neurons()).map(neuron).fold(0.0, f64::max);
        largest.max(length(self.offsets().iter()))
    }
}

impl TryFrom<RectifierNetwork> for TwoLayerNetwork {
    type Error = SymmetryError;

    fn try_from(network: RectifierNetwork) -> Result<Self, SymmetryError> {
        match network.layers.len() {
            2 => Ok(Self(network)),
            layers => Err(SymmetryError::Depth { layers }),
        }
    }
}

/// Euclidean length, without the overflow and underflow of squares: a scale of 1e-200 is a scale.
pub(super) fn length<'a>(values: impl Iterator<Item = &'a f64> + Clone) -> f64 {
    let largest = values
        .clone()
        .fold(0.0_f64, |most, value| most.max(value.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    largest
        * values
            .map(|value| (value / largest).powi(2))
            .sum::<f64>()
            .sqrt()
}
