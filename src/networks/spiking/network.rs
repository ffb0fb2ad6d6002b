//! The network: neurons, weights, delays.

use super::parameters::{SpikingParameters, in_range, not_negative};
use super::synapse::{Synapse, Synapses};
use crate::networks::NetworkError;
use crate::solver::{DelayField, Delayed, Event};

/// Gate of a neuron that moves, in the state of the field; that of one which rests is 0,
const FREE: f64 = 2.0;
/// and this one's refractory time is over, but it has not been set free yet.
const RECOVERED: f64 = 1.0;

/// Leaky or quadratic integrate-and-fire neurons with pulses that arrive late:
///
/// ```text
/// tau_j V_j' = I_j - V_j   or   V_j^2 + I_j;   V_j > theta_j: V_j = r_j, a spike
/// V_j = V_j + w_js   at every time t_s + d_js, for every spike t_s of neuron s
/// ```
///
/// For `rho_j` after its spike a neuron stays at `r_j`, and pulses that reach it are lost.
///
/// As a [`DelayField`] with its [`events`](Self::events) the network runs on the general engine from
/// [`state`](Self::state), alone or with whatever else is to happen; [`spikes`](Self::spikes) takes no steps and has no
/// error but rounding.
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
///     refractory: vec![0.0; 2],
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
    ///     refractory: vec![0.0; n],
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

    /// Whether any neuron has a refractory time.
    fn is_refractory(&self) -> bool {
        self.parameters.refractory.iter().any(|time| *time > 0.0)
    }

    /// Whether neuron `j` moves in a state of the field.
    fn is_free(&self, j: usize, state: &[f64]) -> bool {
        state
            .get(self.neurons() + j)
            .is_none_or(|gate| *gate > 0.5 * (RECOVERED + FREE))
    }

    /// The state of the [field](DelayField) from potentials, one a neuron: if any neuron has a refractory time, a gate
    /// for each stands behind them.
    #[must_use]
    pub fn state(&self, potentials: &[f64]) -> Vec<f64> {
        let gates = if self.is_refractory() {
            potentials.len()
        } else {
            0
        };
        let gates = std::iter::repeat_n(FREE, gates);
        potentials.iter().copied().chain(gates).collect()
    }

    /// The spikes as events of [`solve`](crate::solver::solve), event `j` that of neuron `j`: the
    /// potential falls back, and pulses are sent. If any neuron has a refractory time, as many events follow, at
    /// which those times end.
    #[must_use]
    pub fn events(&self) -> Vec<Event<'_>> {
        let neurons = self.neurons();
        let spike = |j: usize| {
            let (threshold, reset) = (self.parameters.thresholds[j], self.parameters.resets[j]);
            let refractory = self.parameters.refractory[j];
            let above = move |_: f64, state: &[f64]| {
                if self.is_free(j, state) {
                    state[j] - threshold
                } else {
                    -1.0
                }
            };
            Event::new(above).rising().changing(move |moment| {
                moment.state[j] = reset;
                if refractory > 0.0 {
                    moment.state[neurons + j] = 0.0;
                    moment.emit(neurons + j, refractory, RECOVERED);
                }
                for synapse in self.outgoing(j) {
                    moment.emit(synapse.target, synapse.delay, synapse.weight);
                }
            })
        };
        // a pulse opens the gate half; what has arrived till then is lost before the neuron moves
        let recovery = |j: usize| {
            let reset = self.parameters.resets[j];
            Event::new(move |_, state| state[neurons + j] - 0.5 * RECOVERED)
                .rising()
                .changing(move |moment| {
                    moment.state[j] = reset;
                    moment.state[neurons + j] = FREE;
                })
        };
        let gates = if self.is_refractory() { neurons } else { 0 };
        let recoveries = (0..gates).map(recovery);
        (0..neurons).map(spike).chain(recoveries).collect()
    }
}

impl DelayField for SpikingNetwork {
    fn dimension(&self) -> usize {
        let gates = usize::from(self.is_refractory());
        (1 + gates) * self.neurons()
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
        derivative.fill(0.0);
        let neurons = state.iter().zip(inputs).zip(time_constants).enumerate();
        for (slope, (j, ((potential, input), tau))) in derivative.iter_mut().zip(neurons) {
            if self.is_free(j, state) {
                *slope = neuron.drift(*potential, *input) / tau;
            }
        }
    }
}
