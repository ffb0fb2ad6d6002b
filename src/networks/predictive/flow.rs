//! The flow of values and errors, its energy and its residual, for a whole batch.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::network::check_shape;
use super::product::multiply;
use super::{Clamp, Feedback, PredictiveNetwork, State};
use crate::networks::NetworkError;
use crate::numerics::quasi_newton::descent_off_kink;

/// Whether errors have dynamics of their own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorNodes {
    /// `e_l = (v_l - mu_l) / Sigma_l` at every moment: the flow descends the energy.
    #[default]
    Instantaneous,
    /// `tau e_l' = v_l - mu_l - Sigma_l e_l`, as in Bogacz 2017 and Sun and Orchard 2020.
    Dynamic,
}

/// Constants of the flow.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dynamics {
    /// Time constant of values and errors, in seconds.
    pub tau: f64,
    /// Decay `lambda_v` of free value nodes.
    pub value_decay: f64,
    /// How often the decay acts on hidden layers: 1 in the paper, 2 in the authors' later
    /// demonstration, whose code subtracts it in two places.
    pub hidden_multiplicity: f64,
    /// Whether errors have dynamics of their own.
    pub errors: ErrorNodes,
}

impl Default for Dynamics {
    /// `tau = 1`, no decay, instantaneous errors.
    fn default() -> Self {
        Self {
            tau: 1.0,
            value_decay: 0.0,
            hidden_multiplicity: 1.0,
            errors: ErrorNodes::Instantaneous,
        }
    }
}

/// A network, what is held, and the constants: everything that a state flows under.
#[derive(Debug, Clone)]
pub struct PredictiveFlow<'a> {
    network: &'a PredictiveNetwork,
    clamp: Clamp,
    dynamics: Dynamics,
    image: DMatrix<f64>,
}

impl<'a> PredictiveFlow<'a> {
    /// The flow for a batch of expectations `x` (`n_L x B`; zeros where nothing is expected).
    ///
    /// # Errors
    /// If the clamp or the images do not fit the network, or a constant is out of range.
    pub fn new(
        network: &'a PredictiveNetwork,
        clamp: Clamp,
        dynamics: Dynamics,
        image: DMatrix<f64>,
    ) -> Result<Self, NetworkError> {
        clamp.validate(network)?;
        let expected = (network.image_size(), image.ncols());
        check_shape("image", network.last(), &image, expected)?;
        if image.ncols() == 0 {
            return Err(NetworkError::Empty);
        }
        let rule = |name, value: f64, holds: bool, requirement| {
            if holds {
                return Ok(());
            }
            Err(NetworkError::OutOfRange {
                name,
                value,
                requirement,
            })
        };
        let Dynamics {
            tau,
            value_decay,
            hidden_multiplicity,
            ..
        } = dynamics;
        rule("tau", tau, tau > 0.0 && tau.is_finite(), "tau is positive")?;
        let decays = [
            ("value_decay", value_decay),
            ("hidden_multiplicity", hidden_multiplicity),
        ];
        for (name, value) in decays {
            let holds = value >= 0.0 && value.is_finite();
            rule(name, value, holds, "it is finite and not negative")?;
        }
        Ok(Self {
            network,
            clamp,
            dynamics,
            image,
        })
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &'a PredictiveNetwork {
        self.network
    }

    /// What is held.
    #[must_use]
    pub fn clamp(&self) -> &Clamp {
        &self.clamp
    }

    /// The constants.
    #[must_use]
    pub fn dynamics(&self) -> Dynamics {
        self.dynamics
    }

    /// The expectations `x`.
    #[must_use]
    pub fn image(&self) -> &DMatrix<f64> {
        &self.image
    }

    /// Number of samples.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.image.ncols()
    }

    /// Whether the values descend an energy: `W = M^T` and masks of zeros and ones.
    #[must_use]
    pub fn has_energy(&self) -> bool {
        self.network.feedback_kind() == Feedback::Tied && self.clamp.has_energy()
    }

    /// Checks that a state belongs to this flow.
    ///
    /// # Errors
    /// [`NetworkError::MatrixShape`] or [`NetworkError::OutOfRange`].
    pub fn check(&self, state: &State) -> Result<(), NetworkError> {
        let sizes = self.network.sizes();
        for (name, part) in [("values", &state.values), ("errors", &state.errors)] {
            if part.len() != sizes.len() {
                return Err(NetworkError::WrongLength {
                    name,
                    found: part.len(),
                    neurons: sizes.len(),
                });
            }
            for (layer, matrix) in part.iter().enumerate() {
                check_shape(name, layer, matrix, (sizes[layer], self.samples()))?;
            }
        }
        Ok(())
    }

    /// Deviations `v_l - mu_l` and activated values `sigma(v_l)` of every layer.
    fn deviations(&self, values: &[DMatrix<f64>]) -> (Vec<DMatrix<f64>>, Vec<DMatrix<f64>>) {
        let last = self.network.last();
        let mut activated = vec![DMatrix::zeros(0, 0)];
        let mut deviations = Vec::with_capacity(last + 1);
        for layer in 0..last {
            let mut s = values[layer + 1].clone();
            self.network.activation(layer + 1).apply(&mut s);
            let mut mu = DMatrix::zeros(values[layer].nrows(), s.ncols());
            self.network.predict(layer, &s, &mut mu);
            deviations.push(&values[layer] - mu);
            activated.push(s);
        }
        deviations.push(&values[last] - &self.image);
        (deviations, activated)
    }

    /// Sets the errors to their equilibrium `e_l = (v_l - mu_l) / Sigma_l` for the present values.
    pub fn settle_errors(&self, state: &mut State) {
        let (mut deviations, _) = self.deviations(&state.values);
        for (layer, error) in deviations.iter_mut().enumerate() {
            *error /= self.network.variance(layer);
        }
        state.errors = deviations;
    }

    /// The right-hand side: `derivative = (v', e')`, in units of `1 / tau` of the dynamics.
    ///
    /// With instantaneous errors the errors of `state` are set, and `e' = 0`.
    pub fn derivative(&self, state: &mut State, derivative: &mut State) {
        let network = self.network;
        let (mut deviations, activated) = self.deviations(&state.values);
        let rate = 1.0 / self.dynamics.tau;
        for (layer, deviation) in deviations.iter_mut().enumerate() {
            let variance = network.variance(layer);
            let error = &mut state.errors[layer];
            match self.dynamics.errors {
                ErrorNodes::Instantaneous => {
                    *deviation /= variance;
                    error.copy_from(deviation);
                    derivative.errors[layer].fill(0.0);
                }
                ErrorNodes::Dynamic => {
                    deviation.zip_apply(error, |d, e| *d = rate * (*d - variance * e));
                    derivative.errors[layer].copy_from(deviation);
                }
            }
        }
        self.velocities(
            &state.values,
            &activated,
            &state.errors,
            &mut derivative.values,
        );
        for velocity in &mut derivative.values {
            *velocity *= rate;
        }
    }

    /// `tau v'` for the errors that `state` holds, into `slope.values`: on a kink, of the motion off
    /// it, and 0 for a value that both sides drive back.
    pub(super) fn velocities_at(&self, state: &State, slope: &mut State) {
        let (_, activated) = self.deviations(&state.values);
        self.velocities(&state.values, &activated, &state.errors, &mut slope.values);
        self.off_kinks(&state.values, &state.errors, &mut slope.values);
    }

    /// Turns velocities to the left of kinks on which values stand into those off them.
    ///
    /// Between the velocities of its two sides a value on a kink moves as A. F. Filippov,
    /// "Differential equations with discontinuous righthand sides" (1988), has it.
    fn off_kinks(
        &self,
        values: &[DMatrix<f64>],
        errors: &[DMatrix<f64>],
        velocities: &mut [DMatrix<f64>],
    ) {
        let network = self.network;
        for layer in 1..values.len() {
            let Some((left, right)) = network.activation(layer).kink() else {
                continue;
            };
            if values[layer].iter().all(|v| *v != 0.0) {
                continue;
            }
            let (below, rows) = (layer - 1, values[layer].nrows());
            let mut drive = DMatrix::zeros(rows, values[layer].ncols());
            multiply(
                network.gain(below),
                network.feedback(below),
                &errors[below],
                &mut drive,
            );
            for (k, u) in velocities[layer].iter_mut().enumerate() {
                if values[layer][k] == 0.0 {
                    let alpha = self.clamp.alpha[layer][k % rows];
                    let other = *u + alpha * (right - left) * drive[k];
                    *u = -descent_off_kink(-*u, -other);
                }
            }
        }
    }

    /// `tau v_l'` for given errors.
    fn velocities(
        &self,
        values: &[DMatrix<f64>],
        activated: &[DMatrix<f64>],
        errors: &[DMatrix<f64>],
        velocities: &mut [DMatrix<f64>],
    ) {
        let network = self.network;
        let Dynamics {
            value_decay,
            hidden_multiplicity,
            ..
        } = self.dynamics;
        for layer in 0..values.len() {
            let velocity = &mut velocities[layer];
            if layer == 0 {
                velocity.fill(0.0);
            } else {
                let below = layer - 1;
                multiply(
                    network.gain(below),
                    network.feedback(below),
                    &errors[below],
                    velocity,
                );
                network
                    .activation(layer)
                    .pull_back(&values[layer], &activated[layer], velocity);
            }
            let rows = velocity.nrows();
            let (v, e) = (values[layer].as_slice(), errors[layer].as_slice());
            let neurons = (0..rows).map(|i| {
                let decay = self.clamp.decay(layer, i, value_decay, hidden_multiplicity);
                (self.clamp.alpha[layer][i], self.clamp.beta[layer][i], decay)
            });
            let neurons: Vec<_> = neurons.collect();
            for (k, u) in velocity.as_mut_slice().iter_mut().enumerate() {
                let (alpha, beta, decay) = neurons[k % rows];
                *u = alpha * *u - beta * e[k] - decay * v[k];
            }
        }
    }

    /// Energy of every sample at the present values,
    /// `E = 1/2 sum_l Sigma_l |e_l|^2 + lambda_v/2 (hm sum |v_hidden|^2 + |v_image|^2)`
    /// with errors at their equilibrium; an image error counts with weight `beta`.
    #[must_use]
    pub fn energy(&self, state: &State) -> Vec<f64> {
        let (deviations, _) = self.deviations(&state.values);
        let last = self.network.last();
        let mut energy = vec![0.0; self.samples()];
        for (layer, deviation) in deviations.iter().enumerate() {
            let precision = 1.0 / self.network.variance(layer);
            for (sample, energy) in energy.iter_mut().enumerate() {
                let column = deviation.column(sample);
                let squares = column.iter().enumerate().map(|(i, d)| {
                    let weight = if layer == last {
                        self.clamp.beta[layer][i]
                    } else {
                        1.0
                    };
                    let v = state.values[layer][(i, sample)];
                    let decay = self.clamp.decay(
                        layer,
                        i,
                        self.dynamics.value_decay,
                        self.dynamics.hidden_multiplicity,
                    );
                    weight * precision * d * d + decay * v * v
                });
                *energy += 0.5 * squares.sum::<f64>();
            }
        }
        energy
    }

    /// Mean of `Sigma_l |e_l|^2 / 2` over the batch, for every layer: where the energy sits.
    #[must_use]
    pub fn errors_by_layer(&self, state: &State) -> Vec<f64> {
        let (deviations, _) = self.deviations(&state.values);
        let samples = self.samples() as f64;
        deviations
            .iter()
            .enumerate()
            .map(|(l, d)| 0.5 * d.norm_squared() / (self.network.variance(l) * samples))
            .collect()
    }

    /// Euclidean norm of `tau v'` of every sample, with errors at their equilibrium: the distance
    /// from a steady state, in units of the values. Zero exactly at an equilibrium, also at one on
    /// the kinks of rectifiers, where both sides drive a value back: there it is the distance of 0
    /// from the subdifferential of the energy.
    #[must_use]
    pub fn residual(&self, state: &State) -> Vec<f64> {
        let (mut deviations, activated) = self.deviations(&state.values);
        for (layer, deviation) in deviations.iter_mut().enumerate() {
            *deviation /= self.network.variance(layer);
        }
        let mut velocities: Vec<_> = deviations
            .iter()
            .map(|d| DMatrix::zeros(d.nrows(), d.ncols()))
            .collect();
        self.velocities(&state.values, &activated, &deviations, &mut velocities);
        self.off_kinks(&state.values, &deviations, &mut velocities);
        (0..self.samples())
            .map(|sample| {
                let squares = velocities.iter().map(|v| v.column(sample).norm_squared());
                squares.sum::<f64>().sqrt()
            })
            .collect()
    }
}
