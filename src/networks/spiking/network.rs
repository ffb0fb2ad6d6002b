//! The network: neurons, weights, delays.

use super::parameters::{SpikingParameters, in_range, not_negative};
use super::synapse::{Synapse, Synapses};
use crate::networks::NetworkError;
use crate::solver::{DelayField, Delayed, Event};

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
    synapses: Synapses,
}

impl SpikingNetwork {
    /// A network from its parameters.
    ///
    /// # Errors
    /// [`NetworkError`], naming the parameter that is out of range or does not fit.
    pub fn new(parameters: SpikingParameters) -> Result<Self, NetworkError> {
        let neurons = parameters.check()?;
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
        let pairs =
            (0..neurons).flat_map(|sender| (0..neurons).map(move |target| (sender, target)));
        let all = pairs.map(|(sender, target)| Synapse {
            sender,
            target,
            weight: weights[(target, sender)],
            delay: delays[(target, sender)],
        });
        let synapses = Synapses::new(neurons, all.filter(|synapse| synapse.weight != 0.0));
        Ok(Self {
            parameters,
            synapses,
        })
    }

    /// A network whose synapses are listed, in any order, rather than written as matrices: `weights` and `delays` of the
    /// parameters are empty, 0 x 0, and nothing is kept but one entry a synapse. Several synapses from one neuron to another
    /// are as many pulses.
    ///
    /// # Errors
    /// [`NetworkError`], naming the parameter or the synapse that is out of range or does not fit.
    ///
    /// ```
    /// use nalgebra::DMatrix;
    /// use pulsatrix::networks::{SpikingNetwork, SpikingNeuron, SpikingParameters, Synapse};
    ///
    /// // a ring of a thousand neurons: a thousand synapses, not a million weights
    /// let n = 1000;
    /// let parameters = SpikingParameters {
    ///     neuron: SpikingNeuron::Leaky,
    ///     time_constants: vec![1.0; n],
    ///     inputs: (0..n).map(|j| if j == 0 { 1.5 } else { 0.9 }).collect(),
    ///     thresholds: vec![1.0; n],
    ///     resets: vec![0.0; n],
    ///     weights: DMatrix::zeros(0, 0),
    ///     delays: DMatrix::zeros(0, 0),
    /// };
    /// let next = |sender| Synapse { sender, target: (sender + 1) % n, weight: 0.5, delay: 0.1 };
    /// let network = SpikingNetwork::with_synapses(parameters, (0..n).map(next))?;
    /// // the first neuron fires at ln 3, and every spike fires the next neuron once it is above a half
    /// let train = network.spikes(&vec![0.0; n], 3.0)?;
    /// assert!((train.spikes[0].time - 3f64.ln()).abs() < 1e-15);
    /// assert!((train.of(1)[0] - 3f64.ln() - 0.1).abs() < 1e-12);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_synapses(
        parameters: SpikingParameters,
        synapses: impl IntoIterator<Item = Synapse>,
    ) -> Result<Self, NetworkError> {
        let neurons = parameters.check()?;
        for matrix in [&parameters.weights, &parameters.delays] {
            if !matrix.is_empty() {
                return Err(NetworkError::Contradiction {
                    first: "a matrix of weights or delays",
                    second: "a list of synapses",
                    reason: "each would be all synapses; leave the matrices empty",
                });
            }
        }
        let synapses: Vec<Synapse> = synapses.into_iter().collect();
        for synapse in &synapses {
            let &Synapse {
                sender,
                target,
                weight,
                delay,
            } = synapse;
            let refuse = |name, value, requirement| {
                Err(NetworkError::OutOfRange {
                    name,
                    value,
                    requirement,
                })
            };
            let last = sender.max(target);
            if last >= neurons {
                let requirement = "sender and target of a synapse are neurons, counted from 0";
                return refuse("neuron of a synapse", last as f64, requirement);
            }
            if !weight.is_finite() {
                return refuse("weight", weight, "a weight is finite");
            }
            if !not_negative(delay) {
                return refuse("delay", delay, "a delay is not negative");
            }
        }
        let synapses = synapses.into_iter().filter(|synapse| synapse.weight != 0.0);
        Ok(Self {
            parameters,
            synapses: Synapses::new(neurons, synapses),
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

    /// The synapses of weight other than zero that leave a neuron.
    #[must_use]
    pub fn outgoing(&self, sender: usize) -> &[Synapse] {
        self.synapses.of(sender)
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
