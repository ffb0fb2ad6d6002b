//! Sections `[network]` and `[coupling]` of an impulse network.

use serde::{Deserialize, Serialize};

use crate::experiment::Diagnostic;
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{
    AboveZero, Choice, Count, Delay, Finite, Fraction, Lambda, Mistakes, NonNegative, PerNeuron,
    Placed, Positive, Rows, require, settings,
};
use crate::networks::{
    Coupling, Feedback, ImpulseFamily, ImpulseNetwork, ImpulseParameter, ImpulseParameters,
    Normalisation,
};

settings! {
    /// Section `[network]`.
    pub struct NetworkSettings {
        /// Number of neurons.
        pub neurons: Count,
        /// Depth of the after-hyperpolarisation: a free impulse lasts `1 + 1/a`.
        pub a: PerNeuron<AboveZero>,
        /// Strength of the synapses.
        pub b: PerNeuron<Finite>,
        /// Level that they pull to; negative inhibits.
        pub c: PerNeuron<Finite>,
        /// Delay of the synapses, in delays of a neuron.
        pub h: Delay,
        /// Steepness of the sigmoids.
        pub lambda: Lambda,
        /// The function `f` of the neuron's own delayed feedback.
        pub feedback: Choice<Feedback> = Feedback::default(),
        /// Exponent of the synapse's sigmoid.
        pub synapse_exponent: Positive = 1.0,
        /// Strength of electrical coupling.
        pub electrical: NonNegative = 0.0,
        /// Relative half-width of a seeded uniform spread of every `a`, `b` and `c`.
        pub mismatch: Fraction = 0.0,
    }

    /// Section `[coupling]`.
    pub struct CouplingSettings {
        /// Who hears whom.
        pub topology: Choice<Topology> = Topology::AllToAll,
        /// Whether a neuron hears itself; all-to-all only.
        pub self_term: bool = false,
        /// What the strengths of a neuron's synapses are divided by.
        pub normalisation: Choice<Normalisation> = Normalisation::default(),
        /// Row `j` holds the weights with which neuron `j` hears the others.
        pub weights: Option<Rows>,
    }
}

/// Who hears whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// Every neuron all others.
    AllToAll,
    /// Every neuron the one before it.
    Ring,
    /// As the matrix of weights says.
    Weights,
    /// Nobody anybody.
    None,
}

impl NetworkSettings {
    /// What defines the network, before its mismatch.
    pub fn parameters(&self, coupling: &CouplingSettings) -> Result<ImpulseParameters, Mistakes> {
        let mut mistakes = Mistakes::default();
        mistakes.note(require(
            &self.electrical,
            *self.electrical == 0.0 || !self.lambda.is_relay(),
            "electrical coupling has no relay limit",
            "must be zero in the relay limit",
            "set a finite `lambda`, or see the kind `electrical` for the limit map",
        ));
        let neurons = *self.neurons;
        let a = mistakes.note(self.a.values("a", neurons));
        let b = mistakes.note(self.b.values("b", neurons));
        let c = mistakes.note(self.c.values("c", neurons));
        let built = mistakes.note(coupling.build(&self.neurons));
        let (Some(a), Some(b), Some(c), Some(built)) = (a, b, c, built) else {
            return Err(mistakes);
        };
        mistakes.end()?;
        Ok(ImpulseParameters {
            a,
            b,
            c,
            h: *self.h,
            lambda: self.lambda.value(),
            feedback: *self.feedback,
            synapse_exponent: *self.synapse_exponent,
            coupling: built,
            normalisation: *coupling.normalisation,
            electrical: *self.electrical,
        })
    }

    /// The network; `seed` is that of its mismatch.
    pub fn network(
        &self,
        coupling: &CouplingSettings,
        seed: u64,
    ) -> Result<ImpulseNetwork, Mistakes> {
        // Three parameters, as given and as varied, and the state, at least.
        let bytes = 8.0 * NUMBER * *self.neurons as f64;
        require_memory(&self.neurons, "the neurons", bytes)?;
        let family = ImpulseFamily::new(self.parameters(coupling)?, *self.mismatch, seed);
        let refused = |error: crate::networks::NetworkError| {
            Diagnostic::new(error.to_string()).at(self.neurons.place().bytes())
        };
        Ok(family.network(&[]).map_err(refused)?)
    }

    /// A relay network of which `varied` parameters are varied, each at `place`.
    pub fn family(
        &self,
        coupling: &CouplingSettings,
        varied: &[&Choice<ImpulseParameter>],
        seed: u64,
    ) -> Result<ImpulseFamily, Mistakes> {
        let mut mistakes = Mistakes::default();
        mistakes.note(require(
            &self.neurons,
            self.lambda.is_relay(),
            "cycles are certified in the relay limit",
            "neurons of a finite lambda",
            "set `lambda = \"infinity\"`",
        ));
        for parameter in varied {
            let name = parameter.name();
            let list = match ***parameter {
                ImpulseParameter::A => self.a.scalar().is_none(),
                ImpulseParameter::B => self.b.scalar().is_none(),
                ImpulseParameter::C => self.c.scalar().is_none(),
                ImpulseParameter::H | ImpulseParameter::Mismatch => false,
            };
            mistakes.note(require(
                *parameter,
                !list,
                format!(
                    "`{name}` is a list, one number for each neuron, and cannot be varied as one"
                ),
                "one number for all",
                format!("vary another parameter, or give `network.{name}` one number"),
            ));
        }
        let parameters = mistakes.note(self.parameters(coupling));
        mistakes.end()?;
        let family = parameters.map(|base| ImpulseFamily::new(base, *self.mismatch, seed));
        family.ok_or_else(Mistakes::default)
    }

    /// The number of neurons and the parameters in a line, but those that are `varied`.
    pub fn describe(&self, varied: &[ImpulseParameter]) -> String {
        let neurons = match *self.neurons {
            1 => "1 neuron".to_owned(),
            neurons => format!("{neurons} neurons"),
        };
        format!("{neurons}, {}", self.describe_each(varied))
    }

    /// The parameters in a line, but those that are `varied`: of neurons, however many.
    pub fn describe_each(&self, varied: &[ImpulseParameter]) -> String {
        let is_varied = |parameter| varied.contains(&parameter);
        let mut parts = Vec::new();
        for (parameter, text) in [
            (ImpulseParameter::A, self.a.describe("a")),
            (ImpulseParameter::B, self.b.describe("b")),
            (ImpulseParameter::C, self.c.describe("c")),
            (ImpulseParameter::H, format!("h = {}", self.h)),
        ] {
            if !is_varied(parameter) {
                parts.push(text);
            }
        }
        if *self.mismatch != 0.0 && !is_varied(ImpulseParameter::Mismatch) {
            parts.push(format!("mismatch {}", self.mismatch));
        }
        parts.push(if self.lambda.is_relay() {
            "relay limit".to_owned()
        } else {
            format!("λ = {}", self.lambda)
        });
        parts.join(", ").replace('-', "−")
    }
}

impl CouplingSettings {
    fn build(&self, neurons: &Count) -> Result<Coupling, Diagnostic> {
        let topology = *self.topology;
        require(
            &self.topology,
            !self.self_term || topology == Topology::AllToAll,
            "only all-to-all coupling can have a self-term",
            "no self-term here",
            "leave `self_term` out, or give the diagonal of `weights`",
        )?;
        match (topology, &self.weights) {
            (Topology::Weights, Some(rows)) => {
                rows.square("weights", **neurons).map(Coupling::Weights)
            }
            (Topology::Weights, None) => Err(Diagnostic::new("`weights` is missing")
                .at(self.topology.place().bytes())
                .label("by which weights?")
                .help("add `weights = [[...], ...]` to [coupling], row j for neuron j")),
            (_, Some(rows)) => Err(Diagnostic::new("`weights` has no effect here")
                .at(rows.place().bytes())
                .label("these weights")
                .help("set `topology = \"weights\"` in [coupling], or remove them")),
            (Topology::AllToAll, None) => Ok(Coupling::AllToAll {
                self_term: self.self_term,
            }),
            (Topology::Ring, None) => Ok(Coupling::Ring),
            (Topology::None, None) => Ok(Coupling::None),
        }
    }
}
