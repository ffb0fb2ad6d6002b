//! One evaluation: forward, backward, and what both leave for every sample.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::{Energy, Neuron};
use crate::numerics::quasi_newton::EnergyBatch;

impl Energy<'_> {
    /// Jump of the slope of a layer's activation at 0; 0 without a kink.
    fn jump(&self, layer: usize) -> f64 {
        let kink = (layer > 0).then(|| self.flow.network().activation(layer).kink());
        kink.flatten().map_or(0.0, |(left, right)| right - left)
    }

    /// Fills the buffers for another set of samples.
    pub(super) fn gather(&mut self, active: &[usize]) {
        let (network, last) = (self.flow.network(), self.flow.network().last());
        self.active = active.to_vec();
        for layer in 0..=last {
            let numbers = network.sizes()[layer] * active.len();
            if self.moves(layer) {
                self.activated[layer].resize(numbers, 0.0);
                self.drives[layer].resize(numbers, 0.0);
            } else {
                select(&self.values[layer], active, &mut self.held[layer]);
            }
            if layer < last || self.moves(last) {
                self.errors[layer].resize(numbers, 0.0);
            }
            select(&self.forecasts[layer], active, &mut self.known[layer]);
        }
        if self.moves(last) {
            select(self.flow.image(), active, &mut self.image);
        }
    }

    /// Activated values and errors at packed points of the active samples.
    pub(super) fn forward(&mut self, points: &[f64]) {
        let (network, last) = (self.flow.network(), self.flow.network().last());
        let dimension = self.dimension;
        for layer in (0..=last).rev() {
            let (rows, from) = (network.sizes()[layer], self.offset[layer]);
            let moves = self.moves(layer);
            if layer > 0 && moves {
                let activation = network.activation(layer);
                let columns = self.activated[layer].par_chunks_mut(rows);
                let points = points.par_chunks(dimension);
                columns.zip(points).for_each(|(column, point)| {
                    column.copy_from_slice(&point[from..from + rows]);
                    activation.apply_column(column);
                });
            }
            if layer == last && !moves {
                continue;
            }
            let error = &mut self.errors[layer];
            let mut bias = None;
            let mut known: &[f64] = &self.known[layer];
            if layer == last {
                known = &self.image;
            } else if known.is_empty() {
                let (gain, matrix) = (network.gain(layer), &mut self.forth[layer]);
                matrix.multiply(gain, &self.activated[layer + 1], error);
                bias = Some(network.bias(layer).as_slice())
                    .filter(|bias| bias.iter().any(|b| *b != 0.0));
            }
            let precision = 1.0 / network.variance(layer);
            let held = &self.held[layer];
            let columns = error.par_chunks_mut(rows).enumerate();
            columns.for_each(|(k, error)| {
                let column = k * rows..(k + 1) * rows;
                if !known.is_empty() {
                    error.copy_from_slice(&known[column.clone()]);
                }
                for (e, b) in error.iter_mut().zip(bias.unwrap_or_default()) {
                    *e += b;
                }
                let values = if moves {
                    &points[k * dimension + from..][..rows]
                } else {
                    &held[column]
                };
                for (e, v) in error.iter_mut().zip(values) {
                    *e = precision * (v - *e);
                }
            });
        }
    }

    /// Energy of active sample `k`; writes its packed gradient.
    fn finish(&self, k: usize, point: &[f64], gradient: &mut [f64]) -> f64 {
        let network = self.flow.network();
        let mut energy = self.constant[self.active[k]];
        for (layer, neurons) in self.neurons.iter().enumerate() {
            let rows = network.sizes()[layer];
            let column = k * rows..(k + 1) * rows;
            let variance = network.variance(layer);
            if neurons.is_empty() {
                if layer < network.last() {
                    let errors = self.errors[layer][column].iter();
                    energy += 0.5 * errors.map(|e| variance * e * e).sum::<f64>();
                }
                continue;
            }
            let errors = &self.errors[layer][column.clone()];
            let from = self.offset[layer];
            let (values, out) = (&point[from..from + rows], &mut gradient[from..from + rows]);
            if layer == 0 {
                out.fill(0.0);
            } else {
                out.copy_from_slice(&self.drives[layer][column.clone()]);
                let activated = &self.activated[layer][column];
                network
                    .activation(layer)
                    .pull_back_column(values, activated, out);
            }
            let mut sum = 0.0;
            for ((out, neuron), (v, e)) in
                out.iter_mut().zip(neurons).zip(values.iter().zip(errors))
            {
                let Neuron { mobile, own, decay } = *neuron;
                *out = mobile * (*out + own * e + decay * v);
                sum += own * variance * e * e + decay * v * v;
            }
            energy += 0.5 * sum;
        }
        energy
    }
}

/// Copies the columns of some samples; an empty matrix has none.
fn select(matrix: &DMatrix<f64>, samples: &[usize], to: &mut Vec<f64>) {
    to.clear();
    if !matrix.is_empty() {
        for sample in samples {
            to.extend_from_slice(matrix.column(*sample).as_slice());
        }
    }
}

impl EnergyBatch for Energy<'_> {
    fn dimension(&self) -> usize {
        self.dimension
    }

    fn evaluate(
        &mut self,
        active: &[usize],
        points: &[f64],
        energies: &mut [f64],
        gradients: &mut [f64],
    ) {
        if active != self.active {
            self.gather(active);
        }
        self.forward(points);
        // Backward: minus the drive from below; then the own error and the decay.
        let network = self.flow.network();
        for layer in 1..=network.last() {
            if !self.neurons[layer].is_empty() {
                let below = layer - 1;
                let (gain, matrix) = (-network.gain(below), &mut self.back[below]);
                matrix.multiply(gain, &self.errors[below], &mut self.drives[layer]);
            }
        }
        let this = &*self;
        let dimension = this.dimension;
        gradients
            .par_chunks_mut(dimension)
            .zip(points.par_chunks(dimension).zip(energies))
            .enumerate()
            .for_each(|(k, (gradient, (point, energy)))| {
                *energy = this.finish(k, point, gradient);
            });
    }

    fn has_metric(&self) -> bool {
        self.metric.is_some()
    }

    fn precondition(&mut self, _: &[usize], vectors: &mut [f64]) {
        if let Some(metric) = &mut self.metric {
            metric.solve(vectors);
        }
    }

    fn kinks(&self) -> Option<Vec<bool>> {
        let layers = self.neurons.iter().enumerate();
        let flags = layers.flat_map(|(layer, neurons)| {
            let bends = self.jump(layer) != 0.0;
            neurons
                .iter()
                .map(move |neuron| bends && neuron.mobile > 0.0)
        });
        Some(flags.collect())
    }

    fn right_derivatives(&self, points: &[f64], gradients: &[f64], right: &mut [f64]) {
        right.copy_from_slice(gradients);
        for (layer, neurons) in self.neurons.iter().enumerate() {
            let (jump, from) = (self.jump(layer), self.offset[layer]);
            if jump == 0.0 || neurons.is_empty() {
                continue;
            }
            let drives = self.drives[layer].par_chunks(neurons.len());
            let samples = right.par_chunks_mut(self.dimension);
            let points = points.par_chunks(self.dimension);
            samples
                .zip(points.zip(drives))
                .for_each(|(right, (point, drives))| {
                    for (i, neuron) in neurons.iter().enumerate() {
                        if point[from + i] == 0.0 {
                            right[from + i] += neuron.mobile * jump * drives[i];
                        }
                    }
                });
        }
    }
}
