//! Section `[impulse]` of the kinds that compare memories: an impulse network programmed by inhibition.

use crate::analysis::{ImpulseMemory, Settling};
use crate::experiment::settings::{Delay, Lambda, Positive, Real, UnitInterval, rules, settings};
use crate::networks::{
    Coupling, ImpulseNetwork, ImpulseParameters, NetworkError, Pattern, programmed_weights,
};
use crate::solver::Options;

rules! {
    /// A level at which a neuron is silent until it fires.
    BelowThreshold = BelowZero, "below zero and finite", |x| x < 0.0 && x.is_finite();
}

settings! {
    /// An impulse network whose inhibition is programmed for the patterns.
    pub struct ImpulseSettings {
        /// Depth of the after-hyperpolarisation.
        pub a: Positive,
        /// Strength of the synapses.
        pub b: Real,
        /// Level that they pull to.
        pub c: Real,
        /// Their delay.
        pub h: Delay,
        /// Steepness of the sigmoids.
        pub lambda: Lambda,
        /// Inhibition between neurons that share a pattern.
        pub within: UnitInterval = 0.0,
        /// Level at which a neuron that the cue makes active begins.
        pub active: BelowThreshold = -1.0,
        /// Level of the others, in units of `c`.
        pub silent: Positive = 0.8,
    }
}

impl ImpulseSettings {
    /// The network whose inhibition is programmed for these patterns.
    pub fn network(&self, stored: &[Pattern]) -> Result<ImpulseNetwork, NetworkError> {
        let neurons = stored.first().map_or(0, Pattern::len);
        let weights = programmed_weights(stored, *self.within)?;
        ImpulseNetwork::new(ImpulseParameters {
            coupling: Coupling::Weights(weights),
            lambda: self.lambda.value(),
            ..ImpulseParameters::homogeneous(neurons, *self.a, *self.b, *self.c, *self.h)
        })
    }

    /// The network as a memory.
    pub fn memory<'n>(
        &self,
        network: &'n ImpulseNetwork,
        settling: Settling,
        options: Options,
    ) -> ImpulseMemory<'n> {
        ImpulseMemory {
            network,
            active: *self.active,
            silent: *self.silent,
            settling,
            options,
        }
    }
}
