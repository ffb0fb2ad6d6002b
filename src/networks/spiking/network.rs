//! The network: neurons, weights, delays.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::neuron::SpikingNeuron;
use crate::networks::NetworkError;
use crate::solver::{DelayField, Delayed, Event};

/// What defines a network of integrate-and-fire neurons; lists have one entry per neuron.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpikingParameters {
    /// How the potentials move.
    pub neuron: SpikingNeuron,
    /// Time constants `tau_j > 0`.
    pub time_constants: Vec<f64>,
    /// Constant inputs `I_j`.
    pub inputs: Vec<f64>,
    /// Potentials `theta_j` at whose rise neuron `j` fires,
    pub thresholds: Vec<f64>,
    /// and `r_j < theta_j` to which it falls back.
    pub resets: Vec<f64>,
    /// A spike of neuron `s` adds `weights[(j, s)]` to the potential of neuron `j`,
    pub weights: DMatrix<f64>,
    /// later by `delays[(j, s)] >= 0`.
    pub delays: DMatrix<f64>,
}

/// A synapse as its sender sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Synapse {
    pub(super) target: usize,
    pub(super) delay: f64,
    pub(super) weight: f64,
}

/// Leaky or quadratic integrate-and-fire neurons with pulses that arrive late:
///
/// ```text
/// tau_j V_j' = I_j - V_j   or   V_j^2 + I_j;   V_j > theta_j: V_j = r_j, a spike
/// V_j = V_j + w_js   at every time t_s + d_js, for every spike t_s of neuron s
/// ```
///
/// As a [`DelayField`] with its [`events`](Self::events) the network runs on the general engine, alone
/// or with whatever else is to happen; [`spikes`](Self::spikes) takes no steps and has no error but
/// rounding.
///
/// ```
/// use nalgebra::DMatrix;
/// use pulsatrix::networks::{SpikingNetwork, SpikingNeuron, SpikingParameters};
///
/// let network = SpikingNetwork::new(SpikingParameters {
///     neuron: SpikingNeuron::Leaky,
///     time_constants: vec![1.0; 2],
///     inputs: vec![1.5, 1.3],
///     thresholds: vec![1.0; 2],
///     resets: vec![0.0; 2],
///     weights: DMatrix::from_row_slice(2, 2, &[0.0, 0.1, 0.1, 0.0]),
///     delays: DMatrix::from_element(2, 2, 0.37),
/// })?;
/// let train = network.spikes(&[0.0, 0.3], 5.0)?;
/// assert!((train.of(0)[0] - 3f64.ln()).abs() < 1e-15);
/// assert!((train.of(0)[1] - 2.083_787_533).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct SpikingNetwork {
    pub(super) parameters: SpikingParameters,
    /// Synapses of weight other than zero, sender after sender.
    synapses: Vec<Vec<Synapse>>,
}

impl SpikingNetwork {
    /// A network from its parameters.
    ///
    /// # Errors
    /// [`NetworkError`], naming the parameter that is out of range or does not fit.
    pub fn new(parameters: SpikingParameters) -> Result<Self, NetworkError> {
        let neurons = parameters.inputs.len();
        if neurons == 0 {
            return Err(NetworkError::Empty);
        }
        let positive: fn(f64) -> bool = |x| x > 0.0 && x.is_finite();
        let not_negative: fn(f64) -> bool = |x| x >= 0.0 && x.is_finite();
        let lists: [List<'_>; 4] = [
            (
                "tau",
                &parameters.time_constants,
                "a time constant is positive",
                positive,
            ),
            (
                "I",
                &parameters.inputs,
                "an input is finite",
                f64::is_finite,
            ),
            (
                "theta",
                &parameters.thresholds,
                "a threshold is finite",
                f64::is_finite,
            ),
            ("r", &parameters.resets, "a reset is finite", f64::is_finite),
        ];
        for (name, list, requirement, holds) in lists {
            if list.len() != neurons {
                let found = list.len();
                return Err(NetworkError::WrongLength {
                    name,
                    found,
                    neurons,
                });
            }
            in_range(name, list, requirement, holds)?;
        }
        let pairs = parameters.resets.iter().zip(&parameters.thresholds);
        if let Some((&value, _)) = pairs
            .into_iter()
            .find(|(reset, threshold)| reset >= threshold)
        {
            return Err(NetworkError::OutOfRange {
                name: "r",
                value,
                requirement: "a reset lies below its threshold, or the neuron fires for ever",
            });
        }
        for matrix in [&parameters.weights, &parameters.delays] {
            let (rows, columns) = matrix.shape();
            if (rows, columns) != (neurons, neurons) {
                return Err(NetworkError::WeightShape {
                    rows,
                    columns,
                    neurons,
                });
            }
        }
        let (weights, delays) = (&parameters.weights, &parameters.delays);
        in_range(
            "weight",
            weights.as_slice(),
            "a weight is finite",
            f64::is_finite,
        )?;
        in_range(
            "delay",
            delays.as_slice(),
            "a delay is not negative",
            not_negative,
        )?;
        let outgoing = |sender: usize| {
            let targets = 0..neurons;
            let synapse = |target| Synapse {
                target,
                delay: delays[(target, sender)],
                weight: weights[(target, sender)],
            };
            targets
                .map(synapse)
                .filter(|synapse| synapse.weight != 0.0)
                .collect()
        };
        let synapses = (0..neurons).map(outgoing).collect();
        Ok(Self {
            parameters,
            synapses,
        })
    }

    /// What defines the network.
    #[must_use]
    pub fn parameters(&self) -> &SpikingParameters {
        &self.parameters
    }

    /// Number of neurons.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.parameters.inputs.len()
    }

    pub(super) fn outgoing(&self, sender: usize) -> &[Synapse] {
        &self.synapses[sender]
    }

    /// The spikes as events of [`solve`](crate::solver::solve), event `j` that of neuron `j`: the
    /// potential falls back, and pulses are sent.
    #[must_use]
    pub fn events(&self) -> Vec<Event<'_>> {
        let spike = |j: usize| {
            let (threshold, reset) = (self.parameters.thresholds[j], self.parameters.resets[j]);
            Event::new(move |_, potentials| potentials[j] - threshold)
                .rising()
                .changing(move |moment| {
                    moment.state[j] = reset;
                    for synapse in self.outgoing(j) {
                        moment.emit(synapse.target, synapse.delay, synapse.weight);
                    }
                })
        };
        (0..self.neurons()).map(spike).collect()
    }
}

/// Name of a parameter, its values, and what they must satisfy.
type List<'a> = (&'static str, &'a [f64], &'static str, fn(f64) -> bool);

/// Refuses the first value that does not hold to its requirement.
fn in_range(
    name: &'static str,
    values: &[f64],
    requirement: &'static str,
    holds: fn(f64) -> bool,
) -> Result<(), NetworkError> {
    match values.iter().find(|value| !holds(**value)) {
        None => Ok(()),
        Some(&value) => Err(NetworkError::OutOfRange {
            name,
            value,
            requirement,
        }),
    }
}

impl DelayField for SpikingNetwork {
    fn dimension(&self) -> usize {
        self.neurons()
    }

    fn lags(&self) -> &[f64] {
        &[]
    }

    fn derivative(&self, _: f64, state: &[f64], _: Delayed<'_>, derivative: &mut [f64]) {
        let SpikingParameters {
            neuron,
            time_constants,
            inputs,
            ..
        } = &self.parameters;
        let neurons = state.iter().zip(inputs).zip(time_constants);
        for (slope, ((potential, input), tau)) in derivative.iter_mut().zip(neurons) {
            *slope = neuron.drift(*potential, *input) / tau;
        }
    }
}
