//! A relay network with parameters that are varied: what region maps and continuations share.

use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use super::settings::{CouplingSettings, NetworkSettings};
use crate::experiment::rules::{between, finite, non_negative, positive, require};
use crate::experiment::{Diagnostic, ModelFile};
use crate::networks::{ImpulseNetwork, ImpulseParameters, NetworkError};

/// A parameter of an impulse network that can be varied; all neurons get its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Parameter {
    A,
    B,
    C,
    H,
    Mismatch,
}

impl Parameter {
    /// Its name in equations.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
            Self::C => "c",
            Self::H => "h",
            Self::Mismatch => "mismatch",
        }
    }

    /// Refuses values that no network has.
    pub fn check(self, values: &[Spanned<f64>]) -> Result<(), Diagnostic> {
        match self {
            Self::A => positive("a", values),
            Self::B | Self::C => finite(self.name(), values),
            Self::H => non_negative("h", values),
            Self::Mismatch => between("mismatch", values, 0.0, 0.99),
        }
    }
}

/// A relay network in which parameters are varied.
#[derive(Debug, Clone)]
pub(super) struct Family {
    base: ImpulseParameters,
    mismatch: f64,
    seed: u64,
}

impl Family {
    /// The family of the network of a model file.
    pub fn read(
        model: &ModelFile,
        network: &NetworkSettings,
        coupling: &CouplingSettings,
    ) -> Result<Self, Diagnostic> {
        let base = network.parameters(coupling)?;
        require(
            &network.neurons,
            base.lambda.is_infinite(),
            "cycles are certified in the relay limit",
            "neurons of a finite lambda",
            "set `lambda = \"infinity\"`",
        )?;
        Ok(Self {
            base,
            mismatch: network.mismatch(),
            seed: model.seed()?,
        })
    }

    /// Number of neurons.
    pub fn neurons(&self) -> usize {
        self.base.a.len()
    }

    /// The network with some parameters changed; mismatch spreads what has been set, by the same
    /// draws at every value.
    pub fn network(&self, changes: &[(Parameter, f64)]) -> Result<ImpulseNetwork, NetworkError> {
        let mut parameters = self.base.clone();
        let mut mismatch = self.mismatch;
        for (parameter, value) in changes {
            match parameter {
                Parameter::A => parameters.a.fill(*value),
                Parameter::B => parameters.b.fill(*value),
                Parameter::C => parameters.c.fill(*value),
                Parameter::H => parameters.h = *value,
                Parameter::Mismatch => mismatch = *value,
            }
        }
        parameters.spread(mismatch, self.seed);
        ImpulseNetwork::new(parameters)
    }

    /// What is not varied, in a line.
    pub fn describe(&self, varied: &[Parameter]) -> String {
        let fixed = [
            (Parameter::A, self.base.a[0]),
            (Parameter::B, self.base.b[0]),
            (Parameter::C, self.base.c[0]),
            (Parameter::H, self.base.h),
            (Parameter::Mismatch, self.mismatch),
        ];
        let fixed = fixed
            .iter()
            .filter(|(parameter, value)| {
                !varied.contains(parameter) && (*parameter != Parameter::Mismatch || *value != 0.0)
            })
            .map(|(parameter, value)| format!("{} = {value}", parameter.name()));
        let all: Vec<String> = std::iter::once(format!("{} neurons", self.neurons()))
            .chain(fixed)
            .collect();
        all.join(", ").replace('-', "−")
    }
}
