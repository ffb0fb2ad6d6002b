//! Section `[impulse]` of the kinds that compare memories: an impulse network programmed by inhibition.

use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use crate::analysis::{ImpulseMemory, Settling};
use crate::experiment::rules::{between, each, finite, non_negative, positive, unwritten};
use crate::experiment::{Diagnostic, Lambda};
use crate::networks::{
    Coupling, ImpulseNetwork, ImpulseParameters, NetworkError, Pattern, programmed_weights,
};
use crate::solver::Options;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::experiment) struct ImpulseSettings {
    a: Spanned<f64>,
    b: Spanned<f64>,
    c: Spanned<f64>,
    h: Spanned<f64>,
    pub lambda: Lambda,
    /// Inhibition between neurons that share a pattern.
    #[serde(default = "zero")]
    within: Spanned<f64>,
    #[serde(default = "active")]
    active: Spanned<f64>,
    #[serde(default = "silent")]
    silent: Spanned<f64>,
}

fn zero() -> Spanned<f64> {
    unwritten(0.0)
}

fn active() -> Spanned<f64> {
    unwritten(-1.0)
}

fn silent() -> Spanned<f64> {
    unwritten(0.8)
}

impl ImpulseSettings {
    pub fn check(&self) -> Result<(), Diagnostic> {
        positive("a", &self.a)?;
        finite("b", &self.b)?;
        finite("c", &self.c)?;
        non_negative("h", &self.h)?;
        between("within", &self.within, 0.0, 1.0)?;
        each("active", &self.active, "below zero and finite", |x| {
            x < 0.0 && x.is_finite()
        })?;
        positive("silent", &self.silent)
    }

    /// The network whose inhibition is programmed for these patterns.
    pub fn network(&self, stored: &[Pattern]) -> Result<ImpulseNetwork, NetworkError> {
        let [a, b, c, h] = [&self.a, &self.b, &self.c, &self.h].map(|x| *x.get_ref());
        let neurons = stored.first().map_or(0, Pattern::len);
        let mut parameters = ImpulseParameters::homogeneous(neurons, a, b, c, h);
        let weights = programmed_weights(stored, *self.within.get_ref())?;
        parameters.coupling = Coupling::Weights(weights);
        parameters.lambda = self.lambda.value();
        ImpulseNetwork::new(parameters)
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
            active: *self.active.get_ref(),
            silent: *self.silent.get_ref(),
            settling,
            options,
        }
    }
}
