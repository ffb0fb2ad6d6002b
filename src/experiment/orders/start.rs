//! Section `[start]`: how an order is written into the history.

use crate::analysis::Staggered;
use crate::experiment::settings::{Mistakes, Positive, Real, require, settings};
use crate::networks::ImpulseNetwork;

settings! {
    /// Section `[start]`: neuron after neuron, the later the deeper.
    pub struct StartSettings {
        /// Level of the first neuron, below the threshold.
        pub first: Real = -0.5,
        /// Distance between neurons that follow each other; by default such that free neurons fire evenly.
        pub apart: Option<Positive>,
    }
}

impl StartSettings {
    /// The start for the orders of a network whose neurons alone have a `period`, or that of a single impulse.
    pub fn staggered(
        &self,
        network: &ImpulseNetwork,
        period: Option<f64>,
    ) -> Result<Staggered, Mistakes> {
        require(
            &self.first,
            *self.first < 0.0,
            "`first` is not below the threshold",
            "must be negative",
            "a neuron starts below the threshold 0 and rises to it, as with -0.5",
        )?;
        let even = Staggered::even(network, *self.first);
        let apart = period.map_or(even.apart, |period| period / network.neurons() as f64);
        Ok(Staggered {
            apart: self.apart.map_or(apart, |apart| *apart),
            ..even
        })
    }
}
