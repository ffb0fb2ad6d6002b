//! One layer of weights, and where its numbers stand in the flat list.

use std::ops::Range;

use nalgebra::{DMatrixView, DVectorView};

use super::patches::Patches;
use super::pooling::MaxPool;
use crate::numerics::matrix::View;

/// A layer of weights: fully connected, or the filters of a convolution.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// Units, or channels, of this layer.
    pub outputs: usize,
    /// Numbers that one unit sees: all of the layer before, or its `k x k` patch of all channels.
    pub fan_in: usize,
    /// Pixels at which the layer acts; 1 if it is fully connected.
    pub pixels: usize,
    /// Factor in front of the weights.
    pub weight_factor: f64,
    /// Factor in front of the biases.
    pub bias_factor: f64,
    /// Standard deviation of a weight at the start.
    pub weight_deviation: f64,
    /// Standard deviation of a bias at the start.
    pub bias_deviation: f64,
    /// Where the weights stand: an `outputs x fan_in` matrix, column after column. Those of a
    /// filter have the channels of the first pixel of the patch first.
    pub weights: Range<usize>,
    /// Where the biases stand; empty without biases.
    pub biases: Range<usize>,
    /// How the activations before become what this layer sees.
    pub(super) entry: Entry,
}

/// How activations (one row for every pixel and example) become the inputs of a layer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// What happens first.
    pub pool: Option<MaxPool>,
    /// What happens then.
    pub reading: Reading,
}

/// How the pixels of a layer before are read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reading {
    /// All numbers of an example in one row. Nothing moves.
    Flat,
    /// The mean over so many pixels.
    Mean(usize),
    /// Patches around every pixel.
    Patches(Patches),
}

impl Layer {
    /// The weights of this layer, `outputs x fan_in`.
    ///
    /// # Panics
    /// If the list does not hold all parameters of the network.
    #[must_use]
    pub fn weight_matrix<'a>(&self, parameters: &'a [f64]) -> DMatrixView<'a, f64> {
        let numbers = &parameters[self.weights.clone()];
        DMatrixView::from_slice(numbers, self.outputs, self.fan_in)
    }

    /// The biases of this layer; empty without biases.
    ///
    /// # Panics
    /// If the list does not hold all parameters of the network.
    #[must_use]
    pub fn bias_vector<'a>(&self, parameters: &'a [f64]) -> DVectorView<'a, f64> {
        let numbers = &parameters[self.biases.clone()];
        DVectorView::from_slice(numbers, numbers.len())
    }

    /// The weights for a product.
    pub(super) fn view<'a, T: crate::numerics::matrix::Real>(
        &self,
        parameters: &'a [T],
    ) -> View<'a, T> {
        View::column_major(&parameters[self.weights.clone()], self.outputs, self.fan_in)
    }
}
