//! Following the patterns of a network one by one, and telling which are memories.

use std::ops::Range;

use rayon::prelude::*;

use crate::analysis::proof::prove_trap;
use crate::analysis::{
    AtlasError, AtlasSettings, Certificate, Cycle, DominanceCycle, Evidence, Fate, LARGEST_ATLAS,
    Mode, NotProved, PatternRecord, ProofVerdict, ReferenceNetwork, Stability, certify_and_prove,
    certify_any, settle,
};
use crate::networks::{Cue, ImpulseNetwork, Pattern};
use crate::solver::SolverError;

/// Returns of a trajectory before its cycle is closed by Newton's method: a few, so that one that starts
/// on the symmetry of a repelling cycle is still beside it (chosen).
const RETURNS: usize = 4;

/// Multipliers kept of each certified cycle.
const KEPT: usize = 4;

/// Second cues are drawn from streams of their own, beyond those of all patterns.
const SECOND_CUE: u64 = 1 << 32;

/// Relative distance of the period of a certificate from that of the trajectory that has settled, within which both are one cycle
/// (chosen: a settled period is far closer, another cycle of the same pattern farther).
const SAME_PERIOD: f64 = 1e-3;

/// Tolerances of settling within which two cues end on the same cycle: both are within one of it.
const SAME: f64 = 100.0;

/// Two cues must differ by this many times what they may differ by at the end, else that they meet says
/// nothing: a neutral cycle keeps the difference (chosen).
const APART: f64 = 10.0;

/// How much two cues for a pattern differ beyond a common shift, which is one of time: in their active
/// neurons, or in all if there is but one.
fn difference(pattern: &Pattern, one: &[f64], other: &[f64]) -> f64 {
    let all = pattern.k() < 2;
    let pairs = pattern.iter().zip(one.iter().zip(other));
    let differences = pairs
        .filter(|(active, _)| all || *active)
        .map(|(_, (a, b))| a - b);
    let (low, high) = differences.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), d| {
        (low.min(d), high.max(d))
    });
    high - low
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
        let exists = |cycle: &DominanceCycle| cycle.exists_among(neurons);
        let cycle = |k| reference?.cycle(k).filter(exists);
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

    /// Follows or certifies the patterns with these numbers, in parallel; `next` is called before each, and ends the work
    /// if it unwinds.
    #[must_use]
    pub fn follow(&self, codes: Range<u32>, next: &(dyn Fn() + Sync)) -> Vec<PatternRecord> {
        let one = |code: u32| {
            next();
            let pattern = Pattern::from_code(code.into(), self.network.neurons());
            let formula = self.cycles[pattern.k()].as_ref();
            let mut record = PatternRecord::new(pattern, formula);
            if self.settings.certify || self.proves() {
                self.certify_one(&mut record);
            } else if let Err(failure) = self.follow_one(code, &mut record) {
                record.failure = Some(failure.to_string());
            }
            record
        };
        codes.into_par_iter().map(one).collect()
    }

    /// Whether cycles are to be proved, and can be.
    fn proves(&self) -> bool {
        self.settings.prove && self.network.is_relay()
    }

    /// Follows one pattern to where it settles, and asks whether that attracts.
    fn follow_one(&self, code: u32, record: &mut PatternRecord) -> Result<(), SolverError> {
        let state = self.state(&record.pattern, code.into());
        let mut engine = self.network.engine(&state, self.settings.options)?;
        engine.name().clone_into(&mut record.engine);
        let settled = settle(engine.as_mut(), self.settings.settling)?;
        record.time = engine.time();
        settled.verdict().clone_into(&mut record.verdict);
        record.residual = Some(settled.residual()).filter(|residual| residual.is_finite());
        let Ok(cycle) = settled.outcome else {
            record.fate = Fate::NotSettled;
            return Ok(());
        };
        record.period = Some(cycle.period);
        record.period_error = Some(cycle.period_error);
        record.silent_maximum = cycle.silent_maximum;
        record.synchrony_multiplier = cycle.synchrony_multiplier;
        record.spread = Some(cycle.spread);
        record.settles_in = Some(cycle.pattern.clone());
        if cycle.pattern != record.pattern {
            record.fate = Fate::Lost;
        } else if cycle.mode != Mode::Dominance {
            record.fate = Fate::OtherMode;
        } else {
            self.judge(code, &cycle, &state, record)?;
        }
        Ok(())
    }

    /// Whether the dominance cycle that a cue has reached attracts.
    fn judge(
        &self,
        code: u32,
        cycle: &Cycle,
        state: &[f64],
        record: &mut PatternRecord,
    ) -> Result<(), SolverError> {
        if self.network.is_exchangeable() {
            // Neurons that can be exchanged have one multiplier in common, or none between them.
            record.evidence = Some(Evidence::Contraction);
            let shrinks = cycle.synchrony_multiplier.map(|factor| factor.abs() < 1.0);
            record.fate = match shrinks {
                Some(true) => Fate::Memory,
                None if record.k == 1 => Fate::Memory,
                Some(false) | None => Fate::NotShown,
            };
        } else if self.network.is_relay() {
            let returns = (cycle.period_count(record.time)).max(RETURNS);
            match certify_any(self.network, state, returns) {
                Ok(found)
                    if found.pattern == record.pattern
                        && (found.period / cycle.period - 1.0).abs() < SAME_PERIOD =>
                {
                    self.certified(found, record);
                }
                Ok(_) | Err(_) => record.fate = Fate::NotShown,
            }
        } else {
            record.evidence = Some(Evidence::SecondCue);
            let tolerance = SAME * self.settings.settling.criteria.tolerance;
            let second = self.second_cue(&record.pattern, code, tolerance);
            let mut engine = self.network.engine(&second, self.settings.options)?;
            let settled = settle(engine.as_mut(), self.settings.settling)?;
            let other = settled.outcome.ok();
            record.fate = match other {
                _ if difference(&record.pattern, &second, state) < APART * tolerance => {
                    Fate::NotShown
                }
                Some(other) if cycle.is_same(&other, tolerance) => Fate::Memory,
                Some(other) if cycle.pattern == other.pattern => Fate::Neutral,
                _ => Fate::NotShown,
            };
        }
        Ok(())
    }

    /// A second cue for a pattern, spread widely enough that meeting within a tolerance is contraction.
    fn second_cue(&self, pattern: &Pattern, code: u32, tolerance: f64) -> Vec<f64> {
        let cue = Cue {
            spread: self.settings.cue.spread.max(APART * APART * tolerance),
            ..self.settings.cue
        };
        let levels = &self.network.parameters().c;
        cue.state(
            pattern,
            levels,
            self.settings.seed,
            SECOND_CUE + u64::from(code),
        )
    }

    /// Certifies the cycle of one pattern, from a cue without spread.
    fn certify_one(&self, record: &mut PatternRecord) {
        let network = self.network;
        let cue = Cue {
            spread: 0.0,
            ..self.settings.cue
        };
        let state = cue.state(
            &record.pattern,
            &network.parameters().c,
            self.settings.seed,
            0,
        );
        let engine = if network.is_relay() {
            "relay"
        } else {
            "collocation"
        };
        engine.clone_into(&mut record.engine);
        let (found, proof) = if self.proves() {
            match certify_and_prove(network, &state, RETURNS) {
                Ok((found, proof)) => (Ok(found), Some(proof)),
                Err(reason) => (Err(reason.clone()), Some(Err(reason.into()))),
            }
        } else {
            (certify_any(network, &state, RETURNS), None)
        };
        let of_another = |found: &Certificate| found.pattern != record.pattern;
        let other = found.as_ref().is_ok_and(of_another);
        record.proof = match proof {
            Some(Ok(_)) if other => Some(Err(NotProved::OtherPattern).into()),
            proof => proof.map(Into::into),
        };
        if let Some(proof) = &mut record.proof
            && self.settings.trap
            && proof.verdict == ProofVerdict::ProvedStable
        {
            let trap = prove_trap(network, &record.pattern, &self.settings.cue, RETURNS);
            match trap {
                Ok(trap) => proof.cue_spread = Some(trap.spread),
                Err(reason) => proof.reason = Some(format!("no cues: {reason}")),
            }
        }
        match found {
            Err(reason) => {
                "not found".clone_into(&mut record.verdict);
                record.fate = Fate::NotFound;
                record.failure = Some(reason.to_string());
            }
            Ok(found) if found.pattern != record.pattern => {
                "not found".clone_into(&mut record.verdict);
                record.fate = Fate::NotFound;
                record.failure = Some(format!(
                    "Newton's method closed on another cycle: {} ({})",
                    found.pattern,
                    found.stability.name()
                ));
            }
            Ok(found) => {
                let mode = self.mode(&found);
                mode.name().clone_into(&mut record.verdict);
                record.settles_in = Some(found.pattern.clone());
                record.period = Some(found.period);
                record.period_error = Some(found.residual);
                record.silent_maximum = found.silent_margin.map(|margin| -margin);
                record.residual = Some(found.residual);
                self.certified(found, record);
            }
        }
    }

    fn mode(&self, found: &Certificate) -> Mode {
        let synchrony = self.settings.settling.criteria.synchrony;
        if found.is_dominance(self.network, synchrony) {
            Mode::Dominance
        } else if found.impulses_per_period.iter().any(|count| *count > 1) {
            Mode::Bursting
        } else {
            Mode::Other
        }
    }

    /// What a certificate of the very pattern says.
    fn certified(&self, found: Certificate, record: &mut PatternRecord) {
        record.evidence = Some(Evidence::Multipliers);
        record.fate = match found.stability {
            _ if self.mode(&found) != Mode::Dominance => Fate::OtherMode,
            Stability::Stable => Fate::Memory,
            Stability::Neutral => Fate::Neutral,
            Stability::Unstable => Fate::Unstable,
        };
        record.stability = Some(found.stability);
        record.leading_multiplier = Some(found.leading);
        record.crossing_margin = Some(found.crossing_margin);
        let mut multipliers = found.multipliers;
        multipliers.truncate(KEPT);
        record.multipliers = Some(multipliers);
    }

    fn state(&self, pattern: &Pattern, index: u64) -> Vec<f64> {
        let levels = &self.network.parameters().c;
        self.settings
            .cue
            .state(pattern, levels, self.settings.seed, index)
    }
}
