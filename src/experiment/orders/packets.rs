//! Section `[packets]`: neurons that fire more than one impulse at a time.

use crate::experiment::Diagnostic;
use crate::experiment::impulse::bursting::ShorterDelay;
use crate::experiment::settings::{Mistakes, Placed, Positive, settings};
use crate::networks::{BurstingNeuron, DelayedRelays, ImpulseNetwork, NetworkError};

settings! {
    /// Section `[packets]`: a second feedback, with which every neuron is a bursting one.
    pub struct PacketSettings {
        /// Strength of the second feedback; above `1 + a` for packets.
        pub recovery: Positive,
        /// Delay of the first feedback, in those of the second.
        pub delay: ShorterDelay,
    }
}

impl PacketSettings {
    /// One neuron of the network.
    fn neuron(&self, network: &ImpulseNetwork) -> Result<BurstingNeuron, NetworkError> {
        let a = network.parameters().a[0];
        BurstingNeuron::new(a, *self.recovery, *self.delay, f64::INFINITY)
    }

    /// The network with packets.
    pub fn relays(&self, network: &ImpulseNetwork) -> Result<DelayedRelays, Mistakes> {
        let refused = |error: NetworkError| {
            Mistakes::from(Diagnostic::new(error.to_string()).at(self.recovery.place().bytes()))
        };
        let neuron = self.neuron(network).map_err(refused)?;
        let relays = DelayedRelays::of(network).map_err(refused)?;
        relays.with_packets(&neuron).map_err(refused)
    }

    /// Impulses of a packet and period of one neuron alone, where the closed form applies.
    pub fn alone(&self, network: &ImpulseNetwork) -> Option<(usize, f64)> {
        self.neuron(network).ok()?.closed_form()
    }

    /// The parameters in a line.
    pub fn describe(&self) -> String {
        format!(
            ", packets: recovery {}, delay {}",
            self.recovery, self.delay
        )
    }
}
