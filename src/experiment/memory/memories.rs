//! The four memories that recall and capacity compare, built from the same patterns.

use super::impulse::ImpulseSettings;
use crate::analysis::{AssociativeMemory, Settling};
use crate::experiment::settings::{Positive, settings};
use crate::networks::{Hopfield, ImpulseNetwork, ModernHopfield, NetworkError, Pattern};
use crate::solver::Options;

/// Their names, in the order of [`Memories::each`].
pub(super) const NAMES: [&str; 4] = [
    "impulse",
    "Hopfield, Hebb",
    "Hopfield, pseudo-inverse",
    "modern Hopfield",
];

settings! {
    /// Section `[modern]`.
    pub struct ModernSettings {
        /// Inverse temperature of the modern Hopfield network: at 1 every stored pattern of a few bits
        /// is a fixed point of its own.
        pub beta: Positive = 1.0,
    }
}

/// Four memories of the same patterns.
pub(super) struct Memories {
    impulse: ImpulseNetwork,
    hebb: Hopfield,
    /// `None` where the patterns span all of space and it remembers nothing.
    pseudo_inverse: Option<Hopfield>,
    modern: ModernHopfield,
    settings: ImpulseSettings,
}

impl Memories {
    /// Builds them.
    pub fn new(
        patterns: &[Pattern],
        settings: &ImpulseSettings,
        modern: &ModernSettings,
    ) -> Result<Self, NetworkError> {
        Ok(Self {
            impulse: settings.network(patterns)?,
            hebb: Hopfield::hebb(patterns)?,
            pseudo_inverse: Hopfield::pseudo_inverse(patterns).ok(),
            modern: ModernHopfield::new(patterns, *modern.beta)?,
            settings: settings.clone(),
        })
    }

    /// Calls `visit` with each memory, or `None` for one that these patterns do not make.
    pub fn each<T>(
        &self,
        settling: Settling,
        options: Options,
        mut visit: impl FnMut(&str, Option<&dyn AssociativeMemory>) -> T,
    ) -> [T; 4] {
        let impulse = self.settings.memory(&self.impulse, settling, options);
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
