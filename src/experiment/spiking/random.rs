//! Synapses by chance.

use rand::RngExt;

use super::synapses::{SYNAPSE, delay_is_sound};
use crate::experiment::Diagnostic;
use crate::experiment::memory_limit::require_memory;
use crate::experiment::settings::{Count, Interval, NonNegative, UnitInterval, require, settings};
use crate::networks::Synapse;
use crate::numerics::random::stream;

settings! {
    /// Synapses by chance.
    pub struct RandomSettings {
        /// Probability of a synapse from one neuron to another.
        pub probability: UnitInterval,
        /// Share of the neurons that excite, the first ones; the others inhibit.
        pub excitatory: UnitInterval = 1.0,
        /// Weight of a synapse that excites.
        pub weight: NonNegative,
        /// Size of the weight, which is negative, of a synapse that inhibits.
        pub inhibition: NonNegative = 0.0,
        /// Delays lie anywhere in this range.
        pub delays: Interval,
    }
}

impl RandomSettings {
    /// Number of neurons that excite.
    fn excitatory(&self, neurons: usize) -> usize {
        (*self.excitatory * neurons as f64).round() as usize
    }

    /// The synapses: what each neuron hears is drawn from a stream of its own.
    pub(super) fn draw(&self, neurons: &Count, seed: u64) -> Result<Vec<Synapse>, Diagnostic> {
        let n = **neurons;
        let expected = *self.probability * (n as f64).powi(2);
        require_memory(neurons, "the synapses", SYNAPSE * expected)?;
        let (low, high) = self.delays.ends();
        require(
            &self.delays,
            delay_is_sound(low) && delay_is_sound(high),
            format!("delays from {low} to {high}"),
            "these delays",
            "choose delays of 0, or of at least 1e-9",
        )?;
        let excitatory = self.excitatory(n);
        let mut all = Vec::new();
        for target in 0..n {
            let mut random = stream(seed, "synapses", target as u64);
            for sender in 0..n {
                let (chance, late): (f64, f64) = (random.random(), random.random());
                if sender == target || chance >= *self.probability {
                    continue;
                }
                let excites = sender < excitatory;
                all.push(Synapse {
                    sender,
                    target,
                    weight: if excites {
                        *self.weight
                    } else {
                        -*self.inhibition
                    },
                    delay: low + late * (high - low),
                });
            }
        }
        Ok(all)
    }

    pub(super) fn describe(&self) -> String {
        let (low, high) = self.delays.ends();
        let mut parts = vec![
            format!("synapses with probability {}", self.probability),
            format!("weight {}", self.weight),
        ];
        if *self.excitatory < 1.0 {
            parts.push(format!("inhibition {}", self.inhibition));
        }
        parts.push(format!("delays {low} to {high}"));
        parts.join(", ")
    }
}
