//! Relay neurons whose synapses have delays of their own, and that may fire packets.

use nalgebra::DMatrix;

use super::{BurstingNeuron, Coupling, ImpulseNetwork};
use crate::networks::NetworkError;
use crate::solver::{LEAST_LAG, Positive, RelayField, RelaySolver, SolverError};

/// The relay limit of an [`ImpulseNetwork`], in two ways more general:
///
/// ```text
/// x_j' = R_j(x_j(t - q)) - r H(x_j(t-1)) + b_j (c_j - x_j) sum_s w_js H(x_s(t - h_js)),   R_j = 1 | -a_j,  H = 0 | 1
/// ```
///
/// Every synapse has a delay `h_js` of its own; and with a short delay `q` and a recovery `r` each neuron is a
/// [`BurstingNeuron`], which fires packets of impulses. With `q = 1`, `r = 0` and equal delays it is the network itself.
/// The synapses among bursting neurons are ours: the source of the bursting neuron (S. D. Glyzin, A. Yu. Kolesov,
/// N. Kh. Rozov, Math. Notes 93(5), 676-690, 2013) has one alone.
///
/// Only the relay limit: there is no field of a finite lambda, no proof by intervals and no engine for many neurons.
/// An event costs `O(N + synapses)`.
///
/// ```
/// use pulsatrix::networks::{BurstingNeuron, DelayedRelays, ImpulseNetwork, ImpulseParameters};
///
/// let network = ImpulseNetwork::new(ImpulseParameters::homogeneous(3, 1.0, 0.1, -0.5, 1.4))?;
/// let packets = BurstingNeuron::new(1.0, 3.0, 0.1, f64::INFINITY)?;
/// let relays = DelayedRelays::of(&network)?.with_packets(&packets)?;
/// assert_eq!(relays.neurons(), 3);
/// # Ok::<(), pulsatrix::networks::NetworkError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct DelayedRelays {
    a: Vec<f64>,
    c: Vec<f64>,
    /// What is subtracted while the own sign one delay ago is positive.
    recovery: f64,
    synapses: Vec<Synapse>,
    /// The own lag, the lag 1 of the recovery, and the different delays of the synapses.
    lags: Vec<f64>,
    exchangeable: bool,
}

/// One synapse.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Synapse {
    listener: usize,
    source: usize,
    /// `b_j w_js`.
    strength: f64,
    /// Place of its delay.
    lag: usize,
}

/// Place of the first delay of a synapse.
const FIRST: usize = 2;

impl DelayedRelays {
    /// The network itself, all synapses with its delay `h`.
    ///
    /// # Errors
    /// [`NetworkError::Contradiction`] for a finite lambda.
    pub fn of(network: &ImpulseNetwork) -> Result<Self, NetworkError> {
        if !network.is_relay() {
            return Err(NetworkError::Contradiction {
                first: "a delay for every synapse, or packets of impulses",
                second: "a finite lambda",
                reason: "that network is there in the relay limit alone; set lambda = \"infinity\"",
            });
        }
        let parameters = network.parameters();
        let neurons = network.neurons();
        let weight = |listener: usize, source: usize| match &parameters.coupling {
            Coupling::None => 0.0,
            Coupling::AllToAll { self_term } => {
                f64::from(u8::from(*self_term || listener != source))
            }
            Coupling::Ring => f64::from(u8::from((source + 1) % neurons == listener)),
            Coupling::Weights(weights) => weights[(listener, source)],
        };
        let pairs = (0..neurons).flat_map(|j| (0..neurons).map(move |s| (j, s)));
        let synapse = |(listener, source): (usize, usize)| Synapse {
            listener,
            source,
            strength: network.strength(listener) * weight(listener, source),
            lag: FIRST,
        };
        Ok(Self {
            a: parameters.a.clone(),
            c: parameters.c.clone(),
            recovery: 0.0,
            synapses: pairs
                .map(synapse)
                .filter(|synapse| synapse.strength != 0.0)
                .collect(),
            lags: vec![1.0, 1.0, parameters.h],
            exchangeable: network.is_exchangeable(),
        })
    }

    /// With the delay `delays[(j, s)]` for the synapse from `s` to `j`.
    ///
    /// # Errors
    /// [`NetworkError::WeightShape`], and [`NetworkError::OutOfRange`] for a delay that is no lag.
    pub fn with_delays(mut self, delays: &DMatrix<f64>) -> Result<Self, NetworkError> {
        let neurons = self.neurons();
        if delays.shape() != (neurons, neurons) {
            let (rows, columns) = delays.shape();
            return Err(NetworkError::WeightShape {
                rows,
                columns,
                neurons,
            });
        }
        self.lags.truncate(FIRST);
        for synapse in &mut self.synapses {
            let delay = delays[(synapse.listener, synapse.source)];
            if !(delay == 0.0 || (delay >= LEAST_LAG && delay.is_finite())) {
                return Err(NetworkError::OutOfRange {
                    name: "the delay of a synapse",
                    value: delay,
                    requirement: "a delay is 0, or at least 1e-9",
                });
            }
            let known = self.lags[FIRST..].iter().position(|lag| *lag == delay);
            synapse.lag = FIRST
                + known.unwrap_or_else(|| {
                    self.lags.push(delay);
                    self.lags.len() - FIRST - 1
                });
        }
        self.exchangeable &= self.lags.len() <= FIRST + 1;
        Ok(self)
    }

    /// With neurons that fire packets as `neuron` does: its short delay and its recovery; the depth `a` stays that of
    /// the network.
    ///
    /// # Errors
    /// [`NetworkError::Contradiction`] for a neuron of a finite lambda.
    pub fn with_packets(mut self, neuron: &BurstingNeuron) -> Result<Self, NetworkError> {
        if !neuron.is_relay() {
            return Err(NetworkError::Contradiction {
                first: "relay neurons",
                second: "a bursting neuron of a finite lambda",
                reason: "the network is there in the relay limit alone; set lambda = \"infinity\"",
            });
        }
        self.lags[0] = RelayField::lags(neuron)[0];
        self.recovery = neuron.depths()[1];
        Ok(self)
    }

    /// Number of neurons.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.a.len()
    }

    /// Whether neurons can be exchanged without changing the network.
    #[must_use]
    pub fn is_exchangeable(&self) -> bool {
        self.exchangeable
    }

    /// Whether neurons may fire packets: whether they have a recovery.
    #[must_use]
    pub fn has_packets(&self) -> bool {
        self.recovery != 0.0
    }

    /// Time in which a neuron of a periodic mode fires: a free one needs its period, an inhibited one at most its recovery
    /// from `c`.
    #[must_use]
    pub fn patience(&self) -> f64 {
        let deepest = self.c.iter().fold(0.0_f64, |low, c| low.min(*c));
        let latest = self.lags.iter().fold(0.0_f64, |late, lag| late.max(*lag));
        10.0 + 2.0 * (latest - deepest)
    }

    /// The relay engine, started from the constant history `state`.
    ///
    /// # Errors
    /// [`SolverError`] for a state that is not finite or has the wrong length.
    pub fn engine(&self, state: &[f64]) -> Result<RelaySolver<'_, Self>, SolverError> {
        RelaySolver::new(self, state, 0.0)
    }
}

impl RelayField for DelayedRelays {
    fn dimension(&self) -> usize {
        self.neurons()
    }

    fn lags(&self) -> &[f64] {
        &self.lags
    }

    fn coefficients(&self, positive: Positive<'_>, constant: &mut [f64], rate: &mut [f64]) {
        rate.fill(0.0);
        for synapse in &self.synapses {
            if positive.at(synapse.lag)[synapse.source] {
                rate[synapse.listener] += synapse.strength;
            }
        }
        let late = positive.at(1);
        for (j, on) in positive.at(0).iter().enumerate() {
            let drive = if *on { -self.a[j] } else { 1.0 };
            let recovery = if late[j] { self.recovery } else { 0.0 };
            constant[j] = drive - recovery + rate[j] * self.c[j];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::ImpulseParameters;
    use crate::solver::Engine;

    fn run<F: RelayField>(field: &F, state: &[f64], end: f64) -> Vec<f64> {
        let mut solver = RelaySolver::new(field, state, 0.0).unwrap();
        while solver.time() < end {
            solver.advance(end).unwrap();
        }
        solver.state().to_vec()
    }

    /// Equal delays in a matrix are the network itself, and one neuron alone is the bursting neuron.
    #[test]
    fn it_holds_the_network_and_the_bursting_neuron() {
        let mut parameters = ImpulseParameters::homogeneous(4, 1.0, 0.3, -1.0, 3.3);
        parameters.spread(0.2, 1);
        let network = ImpulseNetwork::new(parameters).unwrap();
        let delays = DMatrix::from_element(4, 4, 3.3);
        let relays = DelayedRelays::of(&network)
            .unwrap()
            .with_delays(&delays)
            .unwrap();
        let state = [-0.5, -1.2, -2.9, -3.7];
        let (one, other) = (run(&network, &state, 50.0), run(&relays, &state, 50.0));
        for (x, y) in one.iter().zip(&other) {
            assert!((x - y).abs() < 1e-11, "{one:?} {other:?}");
        }
        let alone = ImpulseNetwork::new(ImpulseParameters::homogeneous(1, 1.0, 0.3, -1.0, 3.3));
        let neuron = BurstingNeuron::new(1.0, 3.0, 0.1, f64::INFINITY).unwrap();
        let relays = DelayedRelays::of(&alone.unwrap()).unwrap();
        let relays = relays.with_packets(&neuron).unwrap();
        let (one, other) = (run(&neuron, &[-1.0], 10.3), run(&relays, &[-1.0], 10.3));
        assert!((one[0] - other[0]).abs() < 1e-13);
    }

    #[test]
    fn what_is_no_network_of_relays_is_refused() {
        let mut parameters = ImpulseParameters::homogeneous(2, 1.0, 0.3, -1.0, 3.3);
        let network = ImpulseNetwork::new(parameters.clone()).unwrap();
        let relays = DelayedRelays::of(&network).unwrap();
        assert!(relays.is_exchangeable());
        for delay in [-1.0, f64::NAN, 1e-12] {
            let delays = DMatrix::from_element(2, 2, delay);
            let refusal = relays.clone().with_delays(&delays).unwrap_err().to_string();
            assert!(refusal.starts_with("the delay of a synapse"), "{refusal}");
        }
        let shape = relays
            .clone()
            .with_delays(&DMatrix::zeros(2, 3))
            .unwrap_err();
        assert!(matches!(
            shape,
            NetworkError::WeightShape { columns: 3, .. }
        ));
        let smooth = BurstingNeuron::new(1.0, 3.0, 0.1, 200.0).unwrap();
        assert!(relays.with_packets(&smooth).is_err());
        parameters.lambda = 20.0;
        let network = ImpulseNetwork::new(parameters).unwrap();
        assert!(DelayedRelays::of(&network).is_err());
    }
}
