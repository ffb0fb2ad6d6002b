//! A network of impulse neurons in which parameters are varied.

use serde::{Deserialize, Serialize};

use super::{ImpulseNetwork, ImpulseParameters};
use crate::networks::NetworkError;

/// A parameter of an impulse network that can be varied; all neurons get its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImpulseParameter {
    /// Depth of the after-hyperpolarisation.
    A,
    /// Strength of the synapses.
    B,
    /// Level that they pull to.
    C,
    /// Their delay.
    H,
    /// Relative half-width of a seeded spread of every `a`, `b` and `c`.
    Mismatch,
}

impl ImpulseParameter {
    /// Its name in equations.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
            Self::H => "h",
            Self::Mismatch => "mismatch",
        }
    }

    /// What its values must be, in words, and whether `value` is so.
    #[must_use]
    pub fn admits(self, value: f64) -> (&'static str, bool) {
        match self {
            Self::A => ("positive and finite", value > 0.0 && value.is_finite()),
            Self::B | Self::C => ("finite", value.is_finite()),
            Self::H => (
                "zero or more, and finite",
                value >= 0.0 && value.is_finite(),
            ),
            Self::Mismatch => ("from 0 to 0.99", (0.0..=0.99).contains(&value)),
        }
    }
}

/// A network whose parameters are varied about those of a base.
///
/// ```
/// use pulsatrix::networks::{ImpulseFamily, ImpulseParameter, ImpulseParameters};
///
/// let base = ImpulseParameters::homogeneous(3, 1.0, 0.5, -44.0, 3.3);
/// let family = ImpulseFamily::new(base, 0.0, 1);
/// let network = family.network(&[(ImpulseParameter::H, 2.5)])?;
/// assert_eq!(network.parameters().h, 2.5);
/// # Ok::<(), pulsatrix::networks::NetworkError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ImpulseFamily {
    base: ImpulseParameters,
    mismatch: f64,
    seed: u64,
}

impl ImpulseFamily {
    /// The family of a base whose `a`, `b` and `c` are spread by `mismatch`, by the draws of `seed`.
    #[must_use]
    pub fn new(base: ImpulseParameters, mismatch: f64, seed: u64) -> Self {
        Self {
            base,
            mismatch,
            seed,
        }
    }

    /// Number of neurons.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.base.a.len()
    }

    /// The network with some parameters changed; mismatch spreads what has been set, by the same draws
    /// at every value.
    ///
    /// # Errors
    /// If there is no such network.
    pub fn network(
        &self,
        changes: &[(ImpulseParameter, f64)],
    ) -> Result<ImpulseNetwork, NetworkError> {
        let mut parameters = self.base.clone();
        let mut mismatch = self.mismatch;
        for (parameter, value) in changes {
            match parameter {
                ImpulseParameter::A => parameters.a.fill(*value),
                ImpulseParameter::B => parameters.b.fill(*value),
                ImpulseParameter::C => parameters.c.fill(*value),
                ImpulseParameter::H => parameters.h = *value,
                ImpulseParameter::Mismatch => mismatch = *value,
            }
        }
        parameters.spread(mismatch, self.seed);
        ImpulseNetwork::new(parameters)
    }
}
