//! The energy of a batch and its gradient, as the quasi-Newton method asks for them.

mod evaluation;

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::linearised::Linearised;
use super::product::Factor;
use super::{PredictiveFlow, State};

/// The energy as a function of the free values of every sample.
///
/// What immobile layers predict and what they add to the energy is computed once: with the image
/// clamped, a third of the work of a 784-600-600-10 network remains. Between the products of an
/// evaluation every sample is worked on by itself, on several threads.
pub(super) struct Energy<'a> {
    flow: &'a PredictiveFlow<'a>,
    /// Values of every layer and sample, with the pinned ones set to `x`.
    values: Vec<DMatrix<f64>>,
    /// `M_l` and `W_l`.
    forth: Vec<Factor<'a>>,
    back: Vec<Factor<'a>>,
    /// Per layer, what each neuron does; empty for a layer that cannot move.
    neurons: Vec<Vec<Neuron>>,
    /// First unknown of each layer.
    offset: Vec<usize>,
    dimension: usize,
    /// What an immobile layer predicts for the one below it, `mu_l`, of all samples; else empty.
    forecasts: Vec<DMatrix<f64>>,
    /// Energy of the terms that nothing changes, of all samples.
    constant: Vec<f64>,
    metric: Option<Linearised>,
    /// Samples that the buffers below were filled for.
    active: Vec<usize>,
    /// Of the active samples: values of immobile layers, what is known of `mu_l`, `x` if the image moves.
    held: Vec<Vec<f64>>,
    known: Vec<Vec<f64>>,
    image: Vec<f64>,
    /// `sigma(v_l)`, `(v_l - mu_l) / Sigma_l`, and minus the gradient's part from below.
    activated: Vec<Vec<f64>>,
    errors: Vec<Vec<f64>>,
    drives: Vec<Vec<f64>>,
}

/// How the energy depends on the value of a neuron itself.
#[derive(Clone, Copy)]
pub(super) struct Neuron {
    /// 1 where the value moves.
    pub mobile: f64,
    /// Weight of the own error.
    pub own: f64,
    pub decay: f64,
}

impl<'a> Energy<'a> {
    /// The energy of all samples, `linearised` with the metric of the linearised network.
    pub(super) fn new(
        flow: &'a PredictiveFlow<'a>,
        values: Vec<DMatrix<f64>>,
        linearised: bool,
    ) -> Self {
        let (network, clamp, dynamics) = (flow.network(), flow.clamp(), flow.dynamics());
        let last = network.last();
        let neuron = |layer: usize, i: usize| Neuron {
            mobile: f64::from(u8::from(
                !(clamp.is_held(layer, i) || clamp.is_pinned(layer, i)),
            )),
            own: if layer == last {
                clamp.beta[layer][i]
            } else {
                1.0
            },
            decay: clamp.decay(layer, i, dynamics.value_decay, dynamics.hidden_multiplicity),
        };
        let mut neurons = Vec::new();
        let mut offset = Vec::new();
        let mut dimension = 0;
        let mut constant = vec![0.0; flow.samples()];
        for (layer, &size) in network.sizes().iter().enumerate() {
            let mut each: Vec<Neuron> = (0..size).map(|i| neuron(layer, i)).collect();
            offset.push(dimension);
            if each.iter().all(|neuron| neuron.mobile == 0.0) {
                let precision = 1.0 / network.variance(layer);
                let columns = values[layer].column_iter().zip(flow.image().column_iter());
                for (constant, (v, x)) in constant.iter_mut().zip(columns) {
                    for (i, neuron) in each.iter().enumerate() {
                        let missed = if layer == last { v[i] - x[i] } else { 0.0 };
                        let own = neuron.own * precision * missed * missed;
                        *constant += 0.5 * (own + neuron.decay * v[i] * v[i]);
                    }
                }
                each.clear();
            }
            dimension += each.len();
            neurons.push(each);
        }
        let forecast = |layer: usize| {
            let mut mu = DMatrix::zeros(0, 0);
            if layer < last && neurons[layer + 1].is_empty() {
                let mut s = values[layer + 1].clone();
                network.activation(layer + 1).apply(&mut s);
                mu = DMatrix::zeros(network.sizes()[layer], s.ncols());
                network.predict(layer, &s, &mut mu);
            }
            mu
        };
        let metric = linearised.then(|| Linearised::new(network, &neurons, &values));
        let empty = vec![Vec::new(); last + 1];
        Self {
            flow,
            forecasts: (0..=last).map(forecast).collect(),
            values,
            forth: (0..last)
                .map(|l| Factor::new(network.prediction(l)))
                .collect(),
            back: (0..last)
                .map(|l| Factor::new(network.feedback(l)))
                .collect(),
            metric: metric.flatten(),
            neurons,
            offset,
            dimension,
            constant,
            active: Vec::new(),
            held: empty.clone(),
            known: empty.clone(),
            image: Vec::new(),
            activated: empty.clone(),
            errors: empty.clone(),
            drives: empty,
        }
    }

    fn moves(&self, layer: usize) -> bool {
        !self.neurons[layer].is_empty()
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

    /// The values that it was made with.
    pub(super) fn into_values(self) -> Vec<DMatrix<f64>> {
        self.values
    }

    /// The inverse of [`Energy::pack`], and the errors that belong to these values.
    pub(super) fn unpack(mut self, points: &[f64], state: &mut State) {
        for (layer, values) in self.values.iter_mut().enumerate() {
            let (rows, from) = (self.neurons[layer].len(), self.offset[layer]);
            if rows > 0 {
                let columns = values.as_mut_slice().par_chunks_mut(rows);
                let points = points.par_chunks(self.dimension);
                columns
                    .zip(points)
                    .for_each(|(column, point)| column.copy_from_slice(&point[from..from + rows]));
            }
        }
        let all: Vec<usize> = (0..self.flow.samples()).collect();
        if all != self.active {
            self.gather(&all);
        }
        self.forward(points);
        let last = self.flow.network().last();
        for (layer, errors) in state.errors.iter_mut().enumerate() {
            if layer < last || self.moves(last) {
                errors.as_mut_slice().copy_from_slice(&self.errors[layer]);
            } else {
                let precision = 1.0 / self.flow.network().variance(last);
                let pairs = self.values[last].iter().zip(self.flow.image());
                for (error, (v, x)) in errors.iter_mut().zip(pairs) {
                    *error = precision * (v - x);
                }
            }
        }
        state.values = self.values;
    }
}
