//! The atlas of a network: where each of its `2^m - 1` binary patterns settles.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::analysis::{DominanceCycle, Explorer, Fate, ProofRecord, Settling, Stability};
use crate::networks::{Cue, ImpulseNetwork, Pattern};
use crate::solver::Options;

/// Most neurons whose patterns can be started one by one.
pub const LARGEST_ATLAS: usize = 20;

/// Why there is no atlas.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum AtlasError {
    /// Too many patterns.
    #[error(
        "{neurons} neurons have 2^{neurons} - 1 patterns; an atlas goes up to {LARGEST_ATLAS} neurons"
    )]
    TooManyNeurons {
        /// Neurons of the network.
        neurons: usize,
    },
}

/// How the patterns are started and followed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtlasSettings {
    /// How a pattern is written into the initial history.
    pub cue: Cue,
    /// When a trajectory counts as settled.
    pub settling: Settling,
    /// Tolerances of the integration, where it is not exact.
    pub options: Options,
    /// Whether cycles are certified one by one instead of being waited for.
    pub certify: bool,
    /// Whether the cycles of a relay network are proved as well, which certifies them.
    pub prove: bool,
    /// Whether a box of cues is proved to fall to each cycle that is proved to attract.
    pub trap: bool,
    /// Seed of the noise on the cues.
    pub seed: u64,
}

/// What shows whether a cycle attracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Neurons that are alike: the measured factor by which their differences shrink.
    Contraction,
    /// All Floquet multipliers.
    Multipliers,
    /// A second cue, which ends on the same cycle or does not.
    SecondCue,
}

impl Evidence {
    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Contraction => "differences shrink",
            Self::Multipliers => "multipliers",
            Self::SecondCue => "second cue",
        }
    }
}

/// Where one pattern has settled, beside what the closed form says.
///
/// The closed form is that of the homogeneous relay network, `None` where it does not apply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PatternRecord {
    /// The pattern shown.
    pub pattern: Pattern,
    /// Number of its active neurons.
    pub k: usize,
    /// `"relay"`, `"general"`, ...
    pub engine: String,
    /// What it settles on, or `"not settled"`, or `"failed"`.
    pub verdict: String,
    /// The pattern of the neurons that fire in the end.
    pub settles_in: Option<Pattern>,
    /// What becomes of it, in one word.
    pub fate: Fate,
    /// What shows whether its cycle attracts, where it has one.
    pub evidence: Option<Evidence>,
    /// Measured period.
    pub period: Option<f64>,
    /// Its estimated error.
    pub period_error: Option<f64>,
    /// Period by the closed form.
    pub period_formula: Option<f64>,
    /// Largest value of a silent neuron.
    pub silent_maximum: Option<f64>,
    /// The same by the closed form.
    pub silent_maximum_formula: Option<f64>,
    /// Measured factor by which onset differences of the active neurons shrink in one period.
    pub synchrony_multiplier: Option<f64>,
    /// The same by the closed form.
    pub synchrony_multiplier_formula: Option<f64>,
    /// Distance between the first and the last onset of the active group.
    pub spread: Option<f64>,
    /// How far the trajectory still moves in one period; `None` where periods do not compare.
    pub residual: Option<f64>,
    /// Time that it was followed.
    pub time: f64,
    /// What its multipliers say, where the cycle has been certified.
    pub stability: Option<Stability>,
    /// Modulus of its largest Floquet multiplier but the trivial one, where it has been certified.
    pub leading_multiplier: Option<f64>,
    /// Its largest multipliers `(re, im)` but the trivial one, at most four, where it has been
    /// certified.
    pub multipliers: Option<Vec<(f64, f64)>>,
    /// Smallest slope at which a neuron passes the threshold, where it has been certified.
    pub crossing_margin: Option<f64>,
    /// What is proved of its cycle, where that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ProofRecord>,
    /// Why there is no result, where the verdict is `"failed"` or `"not found"`.
    pub failure: Option<String>,
}

/// All patterns of a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Atlas {
    /// One record per pattern, in the order of their numbers ([`Pattern::code`]) from 1 to `2^m - 1`.
    pub patterns: Vec<PatternRecord>,
}

impl Atlas {
    /// Starts every non-empty pattern of `network`, in parallel; `next` is called before each, and ends the
    /// work if it unwinds.
    ///
    /// A pattern whose trajectory fails is recorded with its failure, never dropped. The result does
    /// not depend on the number of threads.
    ///
    /// # Errors
    /// [`AtlasError::TooManyNeurons`] beyond [`LARGEST_ATLAS`] neurons.
    pub fn explore(
        network: &ImpulseNetwork,
        settings: AtlasSettings,
        next: &(dyn Fn() + Sync),
    ) -> Result<Self, AtlasError> {
        let explorer = Explorer::new(network, settings)?;
        Ok(Self {
            patterns: explorer.follow(explorer.codes(), next),
        })
    }

    /// Number of patterns that the network recalls.
    #[must_use]
    pub fn memories(&self) -> usize {
        self.patterns
            .iter()
            .filter(|record| record.is_memory())
            .count()
    }
}

impl PatternRecord {
    /// A pattern of which nothing is known but the closed form.
    pub(super) fn new(pattern: Pattern, formula: Option<&DominanceCycle>) -> Self {
        let k = pattern.k();
        let some_silent = |_: &&DominanceCycle| k < pattern.len();
        Self {
            k,
            engine: String::new(),
            verdict: "failed".to_owned(),
            settles_in: None,
            fate: Fate::Failed,
            evidence: None,
            period: None,
            period_error: None,
            period_formula: formula.map(|cycle| cycle.period),
            silent_maximum: None,
            silent_maximum_formula: formula.filter(some_silent).map(|c| c.silent_maximum),
            synchrony_multiplier: None,
            synchrony_multiplier_formula: formula.and_then(|cycle| cycle.synchrony_multiplier),
            spread: None,
            residual: None,
            time: 0.0,
            stability: None,
            leading_multiplier: None,
            multipliers: None,
            crossing_margin: None,
            proof: None,
            failure: None,
            pattern,
        }
    }

    /// Whether it is a memory.
    #[must_use]
    pub fn is_memory(&self) -> bool {
        self.fate == Fate::Memory
    }
}
