//! The energy of a batch and its gradient, as the quasi-Newton method asks for them.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::product::multiply;
use super::{PredictiveFlow, State};
use crate::numerics::quasi_newton::EnergyBatch;

/// The energy as a function of the free values of every sample.
///
/// Layers that cannot move keep their values, and the prediction that an immobile image makes is
/// computed once: with the image clamped, a third of the work of a 784-600-600-10 network remains.
pub(super) struct Energy<'a> {
    flow: &'a PredictiveFlow<'a>,
    /// Values of every layer and sample, with the pinned ones set to `x`.
    values: &'a [DMatrix<f64>],
    /// Per layer, what each neuron does; empty for a layer that cannot move.
    neurons: Vec<Vec<Neuron>>,
    /// First unknown of each layer.
    offset: Vec<usize>,
    dimension: usize,
    /// Samples that the buffers below were made for.
    active: Vec<usize>,
    held: Vec<DMatrix<f64>>,
    image: DMatrix<f64>,
    /// `sigma(v_l)`, `v_l - mu_l` over variance, and the gradient, of the active samples.
    activated: Vec<DMatrix<f64>>,
    errors: Vec<DMatrix<f64>>,
    gradients: Vec<DMatrix<f64>>,
    /// Of layers with kinks, the gradient before the slope of the activation.
    drives: Vec<DMatrix<f64>>,
}

#[derive(Clone, Copy)]
struct Neuron {
    /// 1 where the value moves.
    mobile: f64,
    /// Weight of the own error.
    own: f64,
    decay: f64,
}

impl<'a> Energy<'a> {
    pub(super) fn new(flow: &'a PredictiveFlow<'a>, values: &'a [DMatrix<f64>]) -> Self {
        let dynamics = flow.dynamics();
        let clamp = flow.clamp();
        let mut neurons = Vec::new();
        let mut offset = Vec::new();
        let mut dimension = 0;
        for (layer, &size) in flow.network().sizes().iter().enumerate() {
            let of = |i| Neuron {
                mobile: f64::from(u8::from(
                    !(clamp.is_held(layer, i) || clamp.is_pinned(layer, i)),
                )),
                own: if layer == flow.network().last() {
                    clamp.beta[layer][i]
                } else {
                    1.0
                },
                decay: clamp.decay(layer, i, dynamics.value_decay, dynamics.hidden_multiplicity),
            };
            let mut layer: Vec<Neuron> = (0..size).map(of).collect();
            offset.push(dimension);
            if layer.iter().all(|neuron| neuron.mobile == 0.0) {
                layer.clear();
            }
            dimension += layer.len();
            neurons.push(layer);
        }
        Self {
            flow,
            values,
            neurons,
            offset,
            dimension,
            active: Vec::new(),
            held: Vec::new(),
            image: DMatrix::zeros(0, 0),
            activated: Vec::new(),
            errors: Vec::new(),
            gradients: Vec::new(),
            drives: Vec::new(),
        }
    }

    /// Jump of the slope of a layer's activation at 0; 0 without a kink.
    fn jump(&self, layer: usize) -> f64 {
        let kink = (layer > 0).then(|| self.flow.network().activation(layer).kink());
        kink.flatten().map_or(0.0, |(left, right)| right - left)
    }

    /// Packs the layers that can move, sample by sample.
    pub(super) fn pack(&self) -> Vec<f64> {
        let samples = self.flow.samples();
        let mut points = Vec::with_capacity(samples * self.dimension);
        for sample in 0..samples {
            for (values, neurons) in self.values.iter().zip(&self.neurons) {
                if !neurons.is_empty() {
                    points.extend_from_slice(values.column(sample).as_slice());
                }
            }
        }
        points
    }

    /// The inverse of [`Energy::pack`].
    pub(super) fn unpack(&self, points: &[f64], state: &mut State) {
        for (layer, values) in state.values.iter_mut().enumerate() {
            self.copy_layer(layer, points, values);
        }
    }

    fn copy_layer(&self, layer: usize, points: &[f64], values: &mut DMatrix<f64>) {
        let rows = self.neurons[layer].len();
        if rows == 0 {
            return;
        }
        let from = self.offset[layer];
        let columns = values.as_mut_slice().chunks_mut(rows);
        for (column, point) in columns.zip(points.chunks(self.dimension)) {
            column.copy_from_slice(&point[from..from + rows]);
        }
    }

    /// Makes the buffers for another set of samples.
    fn gather(&mut self, active: &[usize]) {
        let (network, last) = (self.flow.network(), self.flow.network().last());
        self.active = active.to_vec();
        self.held = self
            .values
            .iter()
            .map(|v| v.select_columns(active))
            .collect();
        self.image = self.flow.image().select_columns(active);
        let zeros = || -> Vec<DMatrix<f64>> {
            let sizes = network.sizes().iter();
            sizes.map(|n| DMatrix::zeros(*n, active.len())).collect()
        };
        (self.activated, self.errors, self.gradients) = (zeros(), zeros(), zeros());
        self.drives = vec![DMatrix::zeros(0, 0); last + 1];
        if self.neurons[last].is_empty() {
            self.activated[last].copy_from(&self.held[last]);
            network.activation(last).apply(&mut self.activated[last]);
            // The gradient of an immobile image is never asked for: it keeps its prediction.
            let mut mu = DMatrix::zeros(network.sizes()[last - 1], active.len());
            network.predict(last - 1, &self.activated[last], &mut mu);
            self.gradients[last] = mu;
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
        let (network, last) = (self.flow.network(), self.flow.network().last());
        for layer in 0..=last {
            let mut values = std::mem::replace(&mut self.held[layer], DMatrix::zeros(0, 0));
            self.copy_layer(layer, points, &mut values);
            self.held[layer] = values;
        }
        // Forward: activated values, errors.
        for layer in (0..=last).rev() {
            let error = &mut self.errors[layer];
            if layer == last {
                error.copy_from(&self.image);
            } else {
                if !self.neurons[layer + 1].is_empty() {
                    self.activated[layer + 1].copy_from(&self.held[layer + 1]);
                    network
                        .activation(layer + 1)
                        .apply(&mut self.activated[layer + 1]);
                }
                if layer + 1 == last && self.neurons[last].is_empty() {
                    error.copy_from(&self.gradients[last]);
                } else {
                    network.predict(layer, &self.activated[layer + 1], error);
                }
            }
            let precision = 1.0 / network.variance(layer);
            error.zip_apply(&self.held[layer], |e, v| *e = precision * (v - *e));
        }
        // Backward: minus the drive from below, then the own error and the decay.
        for layer in 1..=last {
            if self.neurons[layer].is_empty() {
                continue;
            }
            let below = layer - 1;
            let gradient = &mut self.gradients[layer];
            let gain = -network.gain(below);
            multiply(gain, network.feedback(below), &self.errors[below], gradient);
            let activation = network.activation(layer);
            if activation.kink().is_some() {
                self.drives[layer].clone_from(gradient);
            }
            activation.pull_back(&self.held[layer], &self.activated[layer], gradient);
        }
        if !self.neurons[0].is_empty() {
            self.gradients[0].fill(0.0);
        }
        let this = &*self;
        gradients
            .par_chunks_mut(this.dimension)
            .zip(energies)
            .enumerate()
            .for_each(|(k, (gradient, energy))| *energy = this.finish(k, gradient));
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
            let samples = right.chunks_mut(self.dimension);
            for (k, (right, point)) in samples.zip(points.chunks(self.dimension)).enumerate() {
                let drives = column(&self.drives[layer], k);
                for (i, neuron) in neurons.iter().enumerate() {
                    if point[from + i] == 0.0 {
                        right[from + i] += neuron.mobile * jump * drives[i];
                    }
                }
            }
        }
    }
}

impl Energy<'_> {
    /// Energy of active sample `k`; writes its packed gradient.
    fn finish(&self, k: usize, gradient: &mut [f64]) -> f64 {
        let network = self.flow.network();
        let mut energy = 0.0;
        for layer in 0..=network.last() {
            let variance = network.variance(layer);
            let errors = column(&self.errors[layer], k);
            let neurons = &self.neurons[layer];
            if neurons.is_empty() {
                // An immobile layer has a constant decay term, which is left out of no energy.
                let values = column(&self.held[layer], k);
                energy += self.immobile(layer, values, errors);
                continue;
            }
            let values = column(&self.held[layer], k);
            let drives = column(&self.gradients[layer], k);
            let from = self.offset[layer];
            let out = &mut gradient[from..from + neurons.len()];
            let mut sum = 0.0;
            for i in 0..neurons.len() {
                let Neuron { mobile, own, decay } = neurons[i];
                let (v, e) = (values[i], errors[i]);
                out[i] = mobile * (drives[i] + own * e + decay * v);
                sum += own * variance * e * e + decay * v * v;
            }
            energy += 0.5 * sum;
        }
        energy
    }

    fn immobile(&self, layer: usize, values: &[f64], errors: &[f64]) -> f64 {
        let (clamp, dynamics) = (self.flow.clamp(), self.flow.dynamics());
        let variance = self.flow.network().variance(layer);
        let last = self.flow.network().last();
        let term = |(i, (v, e)): (usize, (&f64, &f64))| {
            let own = if layer == last {
                clamp.beta[layer][i]
            } else {
                1.0
            };
            let (lambda, hm) = (dynamics.value_decay, dynamics.hidden_multiplicity);
            own * variance * e * e + clamp.decay(layer, i, lambda, hm) * v * v
        };
        0.5 * values.iter().zip(errors).enumerate().map(term).sum::<f64>()
    }
}

/// Column of a matrix that owns its numbers, as a slice.
fn column(matrix: &DMatrix<f64>, k: usize) -> &[f64] {
    let rows = matrix.nrows();
    &matrix.as_slice()[k * rows..(k + 1) * rows]
}
