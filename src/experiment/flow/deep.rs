//! Section `[network]` of a fully connected network, shared by the studies of gradient flow.

use crate::experiment::settings::{Choice, Count, Flat, NonNegative, Positive, settings};
use crate::networks::deep::{Architecture, DeepNetwork, Initialisation};
use crate::networks::{Activation, NetworkError};

settings! {
    /// What all layers have in common, in the tangent parameterisation.
    pub struct UnitSettings {
        /// What every hidden unit applies to its sum.
        pub activation: Choice<Activation>,
        /// Standard deviation of a weight, times the root of the units that it sums over.
        pub sigma_w: Positive,
        /// Standard deviation of a bias.
        pub sigma_b: NonNegative = 0.0,
    }

    /// One architecture.
    pub struct DeepSettings {
        /// The units.
        pub unit: Flat<UnitSettings>,
        /// Units of every hidden layer.
        pub width: Count,
        /// Hidden layers.
        pub depth: Count,
        /// Law of the weights at the start.
        pub law: Choice<Initialisation> = Initialisation::default(),
    }
}

impl UnitSettings {
    /// A fully connected network of these units.
    pub fn network(
        &self,
        inputs: usize,
        hidden: &[usize],
        outputs: usize,
    ) -> Result<DeepNetwork, NetworkError> {
        DeepNetwork::new(Architecture {
            activation: *self.activation,
            sigma_w: *self.sigma_w,
            sigma_b: *self.sigma_b,
            ..Architecture::fully_connected(inputs, hidden, outputs)
        })
    }

    /// The activation as a figure calls it.
    pub fn activation_name(&self) -> String {
        format!("{:?}", *self.activation).to_lowercase()
    }
}

impl DeepSettings {
    /// The network from so many inputs to one output.
    pub fn network(&self, inputs: usize) -> Result<DeepNetwork, NetworkError> {
        self.unit
            .network(inputs, &vec![*self.width; *self.depth], 1)
    }

    /// For the subtitle of a figure.
    pub fn describe(&self) -> String {
        let activation = self.unit.activation_name();
        format!("{activation}, L = {}, width {}", self.depth, self.width)
    }
}
