//! Relay networks on a grid of equal steps.

use crate::networks::{ImpulseNetwork, ImpulseParameters};
use crate::solver::{DelayField, Delayed};

/// A network in the relay limit as it is seen by steps: a relay is on for the part of a step in which the straight line
/// between the states at its ends is positive. Read at the beginning of a step alone, relays would switch at ends of
/// steps, and neurons that noise has parted by less than a step would be one again.
#[derive(Debug, Clone)]
pub(super) struct SteppedRelays {
    network: ImpulseNetwork,
    /// Delays of feedback and synapse, and both less a step.
    lags: [f64; 4],
}

impl SteppedRelays {
    /// A network that is read in steps of that length, a common one of its delays.
    pub(super) fn new(network: &ImpulseNetwork, step: f64) -> Self {
        let h = network.parameters().h;
        Self {
            network: network.clone(),
            lags: [1.0, h, 1.0 - step, h - step],
        }
    }
}

/// The part of a straight line that is positive.
fn positive_part(begin: f64, end: f64) -> f64 {
    match (begin > 0.0, end > 0.0) {
        (true, true) => 1.0,
        (false, false) => 0.0,
        (false, true) => end / (end - begin),
        (true, false) => begin / (begin - end),
    }
}

impl DelayField for SteppedRelays {
    fn dimension(&self) -> usize {
        self.network.neurons()
    }

    fn lags(&self) -> &[f64] {
        &self.lags
    }

    fn derivative(&self, _: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]) {
        let ImpulseParameters { a, c, coupling, .. } = self.network.parameters();
        let on =
            |lag: usize, j: usize| positive_part(delayed.state(lag)[j], delayed.state(lag + 2)[j]);
        for (j, gate) in derivative.iter_mut().enumerate() {
            *gate = on(1, j);
        }
        coupling.gather(derivative);
        for (j, value) in derivative.iter_mut().enumerate() {
            let feedback = 1.0 - (1.0 + a[j]) * on(0, j);
            *value = feedback + self.network.strength(j) * (c[j] - state[j]) * *value;
        }
    }
}
