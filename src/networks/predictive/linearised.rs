//! The inverse Hessian of the linearised network, as the metric in which a batch descends.
//!
//! With every slope `sigma'` replaced by its mean `D` over the batch the energy is quadratic, and its
//! Hessian by the moving values is one block-tridiagonal matrix for all samples. With the precisions
//! `P = 1 / Sigma`, `G_l = a_{l-1} M_{l-1} D_l` and masks `m` of zeros at immobile neurons,
//!
//! ```text
//! H_{l,l} = C_l + G_l^T P_{l-1} G_l,   H_{l-1,l} = -P_{l-1} m G_l,   C_l = own P_l + decay
//! ```
//!
//! It is eliminated from the class upwards, `T_l = C_l + G_l^T S_{l-1} G_l`, where
//! `S_l = P_l - P_l m T_l^-1 m P_l` is the precision that a layer still has for those above it. Where
//! `S` has few rows, as behind a class of ten neurons without decay, `T` is a diagonal and a few rows,
//! and nothing of the size of a layer squared is ever factored (M. A. Woodbury, "Inverting modified
//! matrices", Princeton (1950)); else its inverse is formed. Applying `H^-1` is two products a pair
//! of layers, in `f32`: a metric need not be exact, and what it serves is judged in `f64`. Ours.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::elimination::{Inverse, Left, Operator, eliminate};
use super::energy::Neuron;
use super::{Activation, PredictiveNetwork};
use crate::networks::activation::Order;

/// `H^-1` for vectors of packed samples.
pub(super) struct Linearised {
    /// Moving layers, class side first.
    layers: Vec<Layer>,
    dimension: usize,
    room: Vec<f32>,
    back: Vec<f32>,
}

struct Layer {
    offset: usize,
    size: usize,
    inverse: Inverse,
    /// `P m G` to the layer below, where that moves.
    coupling: Option<Operator>,
    /// The right side, then the solution; one column a sample.
    numbers: Vec<f32>,
}

impl Linearised {
    /// The metric at these values; `neurons` is empty for a layer that cannot move. `None` where a
    /// layer is coupled by softmax, or where numbers leave their range.
    ///
    /// Cost: a few products of the rows of `S` with the matrices; with decay, or behind a wide class,
    /// `3 n^3` multiplications a layer of `n`.
    pub(super) fn new(
        network: &PredictiveNetwork,
        neurons: &[Vec<Neuron>],
        values: &[DMatrix<f64>],
    ) -> Option<Self> {
        let mut layers: Vec<Layer> = Vec::new();
        let mut offset = 0;
        let mut left = Left::Rows(Vec::new(), DMatrix::zeros(0, 0));
        for (layer, each) in neurons.iter().enumerate() {
            let size = network.sizes()[layer];
            let precision = 1.0 / network.variance(layer);
            if each.is_empty() {
                left = Left::Rows(vec![precision; size], DMatrix::zeros(0, size));
                continue;
            }
            let mut forth = DMatrix::zeros(0, size);
            if layer > 0 {
                if network.activation(layer) == Activation::Softmax {
                    return None;
                }
                let slopes = mean_slopes(network.activation(layer), &values[layer]);
                forth = network.prediction(layer - 1) * network.gain(layer - 1);
                let columns = forth.as_mut_slice().chunks_mut(network.sizes()[layer - 1]);
                for (column, (slope, neuron)) in columns.zip(slopes.iter().zip(each)) {
                    column.iter_mut().for_each(|g| *g *= slope * neuron.mobile);
                }
            }
            let own: Vec<f64> = each
                .iter()
                .map(|neuron| neuron.own * precision + neuron.decay)
                .collect();
            let mobile: Vec<f64> = each.iter().map(|neuron| neuron.mobile).collect();
            let (inverse, after) = eliminate(&left, &forth, own, precision, &mobile)?;
            let coupling = (layer > 0 && !neurons[layer - 1].is_empty()).then(|| {
                let below = 1.0 / network.variance(layer - 1);
                for column in forth.as_mut_slice().chunks_mut(network.sizes()[layer - 1]) {
                    for (g, neuron) in column.iter_mut().zip(&neurons[layer - 1]) {
                        *g *= below * neuron.mobile;
                    }
                }
                Operator::new(&forth)
            });
            let coupling = match coupling {
                Some(None) => return None,
                Some(coupling) => coupling,
                None => None,
            };
            layers.push(Layer {
                offset,
                size,
                inverse,
                coupling,
                numbers: Vec::new(),
            });
            offset += size;
            left = after;
        }
        (!layers.is_empty()).then_some(Self {
            layers,
            dimension: offset,
            room: Vec::new(),
            back: Vec::new(),
        })
    }

    /// Replaces every packed vector `g` by `H^-1 g`.
    pub(super) fn solve(&mut self, vectors: &mut [f64]) {
        let dimension = self.dimension;
        // Every vector at its own scale: those of converging samples leave the range of `f32`.
        let scales: Vec<f64> = vectors
            .par_chunks(dimension)
            .map(|vector| {
                let largest = vector.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
                let within = (f64::MIN_POSITIVE..1.0 / f64::MIN_POSITIVE).contains(&largest);
                if within { largest } else { 1.0 }
            })
            .collect();
        for layer in &mut self.layers {
            let (offset, size) = (layer.offset, layer.size);
            layer.numbers.resize(size * scales.len(), 0.0);
            let columns = layer.numbers.par_chunks_mut(size);
            let vectors = vectors.par_chunks(dimension).zip(&scales);
            columns.zip(vectors).for_each(|(column, (vector, scale))| {
                let (vector, factor) = (&vector[offset..offset + size], 1.0 / scale);
                for (to, from) in column.iter_mut().zip(vector) {
                    *to = (from * factor) as f32;
                }
            });
        }
        // Upwards: what a layer hands to the next, and its own part of the solution.
        for index in 0..self.layers.len() {
            let (below, rest) = self.layers.split_at_mut(index);
            let layer = &mut rest[0];
            if let (Some(coupling), Some(below)) = (&layer.coupling, below.last()) {
                coupling.transposed(1.0, &below.numbers, 1.0, &mut layer.numbers);
            }
            layer.inverse.apply(&mut layer.numbers, &mut self.room);
        }
        // Downwards: what the next layer sends back.
        for index in (1..self.layers.len()).rev() {
            let (below, rest) = self.layers.split_at_mut(index);
            let (layer, below) = (&rest[0], &mut below[index - 1]);
            if let Some(coupling) = &layer.coupling {
                self.back.resize(below.numbers.len(), 0.0);
                coupling.forward(1.0, &layer.numbers, 0.0, &mut self.back);
                below.inverse.apply(&mut self.back, &mut self.room);
                let size = below.size;
                let columns = below.numbers.par_chunks_mut(size);
                columns.zip(self.back.par_chunks(size)).for_each(|(z, x)| {
                    z.iter_mut().zip(x).for_each(|(z, x)| *z += x);
                });
            }
        }
        let layers = &self.layers;
        vectors
            .par_chunks_mut(dimension)
            .zip(&scales)
            .enumerate()
            .for_each(|(k, (vector, scale))| {
                for layer in layers {
                    let to = &mut vector[layer.offset..layer.offset + layer.size];
                    let from = &layer.numbers[k * layer.size..(k + 1) * layer.size];
                    for (to, from) in to.iter_mut().zip(from) {
                        *to = scale * f64::from(*from);
                    }
                }
            });
    }
}

/// Mean of the slope of every neuron over the batch.
fn mean_slopes(activation: Activation, values: &DMatrix<f64>) -> Vec<f64> {
    let mut slopes = DMatrix::from_element(values.nrows(), values.ncols(), 1.0);
    activation.multiply(Order::Slope, values.as_slice(), slopes.as_mut_slice());
    slopes.column_mean().as_slice().to_vec()
}
