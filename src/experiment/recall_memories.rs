//! The four memories that recall and capacity compare, built from the same patterns.

use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use super::rules::{between, each, finite, non_negative, positive, unwritten};
use super::{Diagnostic, Lambda};
use crate::analysis::{AssociativeMemory, ImpulseMemory, Settling};
use crate::networks::{
    Coupling, Hopfield, ImpulseNetwork, ImpulseParameters, ModernHopfield, NetworkError,
    programmed_weights,
};
use crate::solver::Options;

/// Their names, in the order of [`Memories::each`].
pub(super) const NAMES: [&str; 4] = [
    "impulse",
    "Hopfield, Hebb",
    "Hopfield, pseudo-inverse",
    "modern Hopfield",
];

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImpulseSettings {
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

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ModernSettings {
    beta: Spanned<f64>,
}

impl Default for ModernSettings {
    fn default() -> Self {
        Self {
            beta: unwritten(1.0),
        }
    }
}

/// Refuses settings that make no memory.
pub(super) fn check(impulse: &ImpulseSettings, modern: &ModernSettings) -> Result<(), Diagnostic> {
    positive("a", &impulse.a)?;
    finite("b", &impulse.b)?;
    finite("c", &impulse.c)?;
    non_negative("h", &impulse.h)?;
    between("within", &impulse.within, 0.0, 1.0)?;
    each("active", &impulse.active, "below zero and finite", |x| {
        x < 0.0 && x.is_finite()
    })?;
    positive("silent", &impulse.silent)?;
    positive("beta", &modern.beta)
}

/// Four memories of the same patterns.
pub(super) struct Memories {
    impulse: ImpulseNetwork,
    hebb: Hopfield,
    /// `None` where the patterns span all of space and it remembers nothing.
    pseudo_inverse: Option<Hopfield>,
    modern: ModernHopfield,
    active: f64,
    silent: f64,
}

impl Memories {
    /// Builds them.
    pub fn new(
        patterns: &[Vec<bool>],
        settings: &ImpulseSettings,
        modern: &ModernSettings,
    ) -> Result<Self, NetworkError> {
        let neurons = patterns.first().map_or(0, Vec::len);
        let [a, b, c, h] =
            [&settings.a, &settings.b, &settings.c, &settings.h].map(|x| *x.get_ref());
        let weights = programmed_weights(patterns, *settings.within.get_ref())?;
        let mut parameters = ImpulseParameters::homogeneous(neurons, a, b, c, h);
        parameters.coupling = Coupling::Weights(weights);
        parameters.lambda = settings.lambda.value();
        Ok(Self {
            impulse: ImpulseNetwork::new(parameters)?,
            hebb: Hopfield::hebb(patterns)?,
            pseudo_inverse: Hopfield::pseudo_inverse(patterns).ok(),
            modern: ModernHopfield::new(patterns, *modern.beta.get_ref())?,
            active: *settings.active.get_ref(),
            silent: *settings.silent.get_ref(),
        })
    }

    /// Calls `visit` with each memory, or `None` for one that these patterns do not make.
    pub fn each<T>(
        &self,
        settling: Settling,
        options: Options,
        mut visit: impl FnMut(&str, Option<&dyn AssociativeMemory>) -> T,
    ) -> [T; 4] {
        let impulse = ImpulseMemory {
            network: &self.impulse,
            active: self.active,
            silent: self.silent,
            settling,
            options,
        };
        let pseudo_inverse = self.pseudo_inverse.as_ref();
        let pseudo_inverse = pseudo_inverse.map(|memory| memory as &dyn AssociativeMemory);
        [
            visit(NAMES[0], Some(&impulse)),
            visit(NAMES[1], Some(&self.hebb)),
            visit(NAMES[2], pseudo_inverse),
            visit(NAMES[3], Some(&self.modern)),
        ]
    }
}
