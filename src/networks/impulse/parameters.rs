//! What defines a network of impulse neurons.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::networks::{Coupling, NetworkError};
use crate::numerics::random::stream;
use crate::solver::LEAST_LAG;

/// The self-feedback `f` of an impulse neuron: `f(0) = 1`, `f(u) -> -a`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feedback {
    /// `f(u) = (1 - u) / (1 + u/a)`, zero at the threshold `u = 1`.
    #[default]
    Threshold,
    /// `f(u) = (1 - a u) / (1 + u)`, that is `1 - (1 + a) G`.
    Mean,
}

/// What the sum over synapses is divided by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// Nothing: the plain sum.
    #[default]
    Sum,
    /// The number of synapses of the listening neuron.
    Mean,
}

/// What defines a network of impulse neurons; all lists have one entry per neuron.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImpulseParameters {
    /// Depth of the after-hyperpolarisation: `f(u) -> -a`, `a > 0`.
    pub a: Vec<f64>,
    /// Strength of the synapses on each neuron.
    pub b: Vec<f64>,
    /// Level `ln(u_*) / lambda` to which the synapses of a neuron pull: negative inhibits, positive
    /// excites.
    pub c: Vec<f64>,
    /// Synaptic delay, `h >= 0`, in units of the neuron's own delay.
    pub h: f64,
    /// Steepness; infinite for the relay limit, which JSON writes as a word.
    #[serde(with = "steepness")]
    pub lambda: f64,
    /// Self-feedback.
    pub feedback: Feedback,
    /// Exponent `p` of the synapse `g(u) = u^p / (1 + u^p)`.
    pub synapse_exponent: f64,
    /// Who listens to whom.
    pub coupling: Coupling,
    /// What the sum over synapses is divided by.
    pub normalisation: Normalisation,
    /// Electrical (diffusive) all-to-all coupling `d >= 0`; not scaled by lambda.
    pub electrical: f64,
}

impl ImpulseParameters {
    /// `neurons` equal neurons, coupled all-to-all without self-term, in the relay limit.
    #[must_use]
    pub fn homogeneous(neurons: usize, a: f64, b: f64, c: f64, h: f64) -> Self {
        Self {
            a: vec![a; neurons],
            b: vec![b; neurons],
            c: vec![c; neurons],
            h,
            lambda: f64::INFINITY,
            feedback: Feedback::default(),
            synapse_exponent: 1.0,
            coupling: Coupling::AllToAll { self_term: false },
            normalisation: Normalisation::default(),
            electrical: 0.0,
        }
    }

    /// Multiplies every `a`, `b` and `c` by a factor drawn uniformly from `1 -+ mismatch`; the same
    /// `seed` always gives the same network.
    pub fn spread(&mut self, mismatch: f64, seed: u64) {
        for (index, list) in [&mut self.a, &mut self.b, &mut self.c]
            .into_iter()
            .enumerate()
        {
            let mut random = stream(seed, "mismatch", index as u64);
            for value in list {
                *value *= 1.0 + mismatch * (2.0 * random.random::<f64>() - 1.0);
            }
        }
    }

    pub(super) fn validate(&self) -> Result<(), NetworkError> {
        let neurons = self.a.len();
        if neurons == 0 {
            return Err(NetworkError::Empty);
        }
        for (name, list) in [("b", &self.b), ("c", &self.c)] {
            if list.len() != neurons {
                return Err(NetworkError::WrongLength {
                    name,
                    found: list.len(),
                    neurons,
                });
            }
        }
        let rule = |name, values: &[f64], requirement, holds: fn(f64) -> bool| match values
            .iter()
            .find(|value| !holds(**value))
        {
            Some(&value) => Err(NetworkError::OutOfRange {
                name,
                value,
                requirement,
            }),
            None => Ok(()),
        };
        let positive = |x: f64| x > 0.0 && x.is_finite();
        let not_negative = |x: f64| x >= 0.0 && x.is_finite();
        rule("a", &self.a, "a is positive and finite", positive)?;
        rule("b", &self.b, "b is finite", f64::is_finite)?;
        rule("c", &self.c, "c is finite", f64::is_finite)?;
        let delay = |h: f64| h == 0.0 || (h >= LEAST_LAG && h.is_finite());
        rule("h", &[self.h], "a delay is 0, or at least 1e-9", delay)?;
        rule(
            "lambda",
            &[self.lambda],
            "lambda is positive, or infinity",
            |x| x > 0.0,
        )?;
        rule(
            "synapse exponent",
            &[self.synapse_exponent],
            "an exponent is positive",
            positive,
        )?;
        rule("d", &[self.electrical], "d is not negative", not_negative)?;
        if self.electrical > 0.0 && self.lambda.is_infinite() {
            return Err(NetworkError::Contradiction {
                first: "electrical coupling",
                second: "lambda = infinity",
                reason: "its limit is an impulsive map, not a relay equation; use a finite lambda",
            });
        }
        self.coupling.validate(neurons)
    }
}

/// A steepness in formats without infinite numbers.
mod steepness {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(f64),
        Word(String),
    }

    #[allow(clippy::trivially_copy_pass_by_ref)] // the form that serde asks for
    pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        if value.is_infinite() {
            serializer.serialize_str("infinity")
        } else {
            serializer.serialize_f64(*value)
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        match Written::deserialize(from)? {
            Written::Number(value) => Ok(value),
            Written::Word(word) if word == "infinity" => Ok(f64::INFINITY),
            Written::Word(word) => Err(D::Error::custom(format!("{word:?} is no steepness"))),
        }
    }
}
