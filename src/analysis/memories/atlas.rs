//! The atlas of a network: where each of its `2^m - 1` binary patterns settles.

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::analysis::{
    DominanceCycle, Mode, ReferenceNetwork, Settling, Stability, certify_any, settle,
};
use crate::networks::{Cue, ImpulseNetwork, Pattern};
use crate::solver::Options;

/// Most neurons whose patterns can be started one by one.
pub const LARGEST_ATLAS: usize = 20;

/// Returns of a trajectory before its cycle is closed by Newton's method.
const RETURNS: usize = 4;

/// Multipliers kept of each certified cycle.
const KEPT: usize = 4;

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
    /// Seed of the noise on the cues.
    pub seed: u64,
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
    /// Whether it is a memory: a k-dominance cycle of the very pattern shown.
    pub recalled: bool,
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
    /// `"stable"`, `"unstable"` or `"neutral"`, where the cycle has been certified.
    pub stability: Option<String>,
    /// Modulus of its largest Floquet multiplier but the trivial one, where it has been certified.
    pub leading_multiplier: Option<f64>,
    /// Its largest multipliers `(re, im)` but the trivial one, at most four, where it has been
    /// certified.
    pub multipliers: Option<Vec<(f64, f64)>>,
    /// Smallest slope at which a neuron passes the threshold, where it has been certified.
    pub crossing_margin: Option<f64>,
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
    /// Starts every non-empty pattern of `network`, in parallel; `done` is called after each.
    ///
    /// A pattern whose trajectory fails is recorded with its failure, never dropped. The result does
    /// not depend on the number of threads.
    ///
    /// # Errors
    /// [`AtlasError::TooManyNeurons`] beyond [`LARGEST_ATLAS`] neurons.
    pub fn explore(
        network: &ImpulseNetwork,
        settings: AtlasSettings,
        done: &(dyn Fn() + Sync),
    ) -> Result<Self, AtlasError> {
        let explorer = Explorer::new(network, settings)?;
        Ok(Self {
            patterns: explorer.follow(explorer.codes(), done),
        })
    }

    /// Number of patterns that the network recalls.
    #[must_use]
    pub fn memories(&self) -> usize {
        self.patterns
            .iter()
            .filter(|record| record.recalled)
            .count()
    }
}

/// Explores the patterns of a network range by range, for work that is to be interrupted.
#[derive(Debug)]
pub struct Explorer<'n> {
    network: &'n ImpulseNetwork,
    settings: AtlasSettings,
    /// The closed form for each `k`, where it applies.
    cycles: Vec<Option<DominanceCycle>>,
}

impl<'n> Explorer<'n> {
    /// An explorer of all patterns of `network`.
    ///
    /// # Errors
    /// [`AtlasError::TooManyNeurons`] beyond [`LARGEST_ATLAS`] neurons.
    pub fn new(network: &'n ImpulseNetwork, settings: AtlasSettings) -> Result<Self, AtlasError> {
        let neurons = network.neurons();
        if neurons > LARGEST_ATLAS {
            return Err(AtlasError::TooManyNeurons { neurons });
        }
        let reference = network
            .as_homogeneous()
            .and_then(|(a, b, c, h)| ReferenceNetwork::new(a, b, c, h));
        let cycle = |k| {
            reference?
                .cycle(k)
                .filter(|cycle| cycle.exists_among(neurons))
        };
        let cycles = (0..=neurons).map(cycle).collect();
        Ok(Self {
            network,
            settings,
            cycles,
        })
    }

    /// The numbers ([`Pattern::code`]) of all patterns: 1, 2, ..., `2^m - 1`.
    #[must_use]
    pub fn codes(&self) -> Range<u32> {
        1..1 << self.network.neurons()
    }

    /// Follows the patterns with these numbers, in parallel; `done` is called after each.
    #[must_use]
    pub fn follow(&self, codes: Range<u32>, done: &(dyn Fn() + Sync)) -> Vec<PatternRecord> {
        let one = |code| {
            let record = self.follow_one(code);
            done();
            record
        };
        codes.into_par_iter().map(one).collect()
    }
}

impl Explorer<'_> {
    /// Follows one pattern to where it settles.
    fn follow_one(&self, code: u32) -> PatternRecord {
        let Self {
            network,
            settings,
            cycles,
        } = self;
        let pattern = Pattern::from_code(code.into(), network.neurons());
        let k = pattern.k();
        let formula = cycles[k].as_ref();
        let mut record = PatternRecord {
            pattern: pattern.clone(),
            k,
            engine: String::new(),
            verdict: "failed".to_owned(),
            settles_in: None,
            recalled: false,
            period: None,
            period_error: None,
            period_formula: formula.map(|cycle| cycle.period),
            silent_maximum: None,
            silent_maximum_formula: formula
                .filter(|_| k < pattern.len())
                .map(|c| c.silent_maximum),
            synchrony_multiplier: None,
            synchrony_multiplier_formula: formula.and_then(|cycle| cycle.synchrony_multiplier),
            spread: None,
            residual: None,
            time: 0.0,
            stability: None,
            leading_multiplier: None,
            multipliers: None,
            crossing_margin: None,
            failure: None,
        };
        if settings.certify {
            self.certify_one(&pattern, &mut record);
            return record;
        }
        let state = settings.cue.state(
            &pattern,
            &network.parameters().c,
            settings.seed,
            code.into(),
        );
        let settled = network
            .engine(&state, settings.options)
            .and_then(|mut engine| {
                record.engine = engine.name().to_owned();
                let settled = settle(engine.as_mut(), settings.settling);
                record.time = engine.time();
                settled
            });
        match settled {
            Err(failure) => record.failure = Some(failure.to_string()),
            Ok(settled) => {
                record.verdict = settled.verdict().to_owned();
                record.residual = Some(settled.residual()).filter(|residual| residual.is_finite());
                if let Ok(cycle) = settled.outcome {
                    record.recalled = cycle.mode == Mode::Dominance && cycle.pattern == pattern;
                    record.period = Some(cycle.period);
                    record.period_error = Some(cycle.period_error);
                    record.silent_maximum = cycle.silent_maximum;
                    record.synchrony_multiplier = cycle.synchrony_multiplier;
                    record.spread = Some(cycle.spread);
                    record.settles_in = Some(cycle.pattern);
                }
            }
        }
        record
    }

    /// Certifies the cycle of one pattern, from a cue without spread.
    fn certify_one(&self, pattern: &Pattern, record: &mut PatternRecord) {
        let Self {
            network, settings, ..
        } = self;
        let cue = Cue {
            spread: 0.0,
            ..settings.cue
        };
        let state = cue.state(pattern, &network.parameters().c, settings.seed, 0);
        record.engine = if network.is_relay() {
            "relay"
        } else {
            "collocation"
        }
        .to_owned();
        match certify_any(network, &state, RETURNS) {
            Err(reason) => {
                record.verdict = "not found".to_owned();
                record.failure = Some(reason.to_string());
            }
            Ok(found) if found.pattern != record.pattern => {
                record.verdict = "not found".to_owned();
                record.failure = Some(format!(
                    "Newton's method closed on another cycle: {} ({})",
                    found.pattern,
                    found.stability.name()
                ));
            }
            Ok(found) => {
                let synchrony = settings.settling.criteria.synchrony;
                let dominance = found.is_dominance(network, synchrony);
                let mode = if dominance {
                    Mode::Dominance
                } else if found.impulses_per_period.iter().any(|count| *count > 1) {
                    Mode::Bursting
                } else {
                    Mode::Other
                };
                record.verdict = mode.name().to_owned();
                record.recalled = dominance && found.stability == Stability::Stable;
                record.settles_in = Some(found.pattern);
                record.period = Some(found.period);
                record.period_error = Some(found.residual);
                record.silent_maximum = found.silent_margin.map(|margin| -margin);
                record.residual = Some(found.residual);
                record.stability = Some(found.stability.name().to_owned());
                record.leading_multiplier = Some(found.leading);
                record.crossing_margin = Some(found.crossing_margin);
                let mut multipliers = found.multipliers;
                multipliers.truncate(KEPT);
                record.multipliers = Some(multipliers);
            }
        }
    }
}
