//! What is proved of a pattern, in a form that reports hold.

use serde::{Deserialize, Serialize};

use crate::analysis::{NotProved, Proof, Proved};
use crate::numerics::interval::Interval;

/// The verdict of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProofVerdict {
    /// The cycle exists, is locally unique, and attracts.
    ProvedStable,
    /// The cycle exists, is locally unique, and repels.
    ProvedUnstable,
    /// Neither is shown.
    NotProved,
}

impl ProofVerdict {
    /// All of them, in the order of their numbers in arrays.
    pub const ALL: [Self; 3] = [Self::ProvedStable, Self::ProvedUnstable, Self::NotProved];

    /// In words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::ProvedStable => "proved stable",
            Self::ProvedUnstable => "proved unstable",
            Self::NotProved => "not proved",
        }
    }

    /// Its number in arrays.
    #[must_use]
    pub fn number(self) -> usize {
        match self {
            Self::ProvedStable => 0,
            Self::ProvedUnstable => 1,
            Self::NotProved => 2,
        }
    }
}

/// Intervals that hold the numbers of a cycle which exists.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Enclosures {
    /// Its period.
    pub period: Interval,
    /// Highest level of a silent neuron; `None` if all fire.
    pub silent_maximum: Option<Interval>,
    /// Smallest slope at which a neuron passes the threshold.
    pub crossing_margin: Interval,
    /// Largest modulus of a multiplier but the trivial one.
    pub leading: Interval,
}

/// What is proved of the cycle of a pattern.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProofRecord {
    /// The verdict.
    pub verdict: ProofVerdict,
    /// The numbers of the cycle, where it is proved.
    pub enclosures: Option<Enclosures>,
    /// How far apart the neurons of the pattern may start, by [`prove_trap`](crate::analysis::proof::prove_trap), where that was asked
    /// and is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cue_spread: Option<f64>,
    /// Where and why the proof fails, of the cycle or of the cues, where it does.
    pub reason: Option<String>,
}

impl From<Result<Proof, NotProved>> for ProofRecord {
    fn from(found: Result<Proof, NotProved>) -> Self {
        match found {
            Ok(proof) => Self {
                verdict: match proof.stability {
                    Proved::Stable => ProofVerdict::ProvedStable,
                    Proved::Unstable => ProofVerdict::ProvedUnstable,
                },
                enclosures: Some(Enclosures {
                    period: proof.period,
                    silent_maximum: proof.silent_maximum,
                    crossing_margin: proof.crossing_margin,
                    leading: proof.leading,
                }),
                cue_spread: None,
                reason: None,
            },
            Err(reason) => Self {
                verdict: ProofVerdict::NotProved,
                enclosures: None,
                cue_spread: None,
                reason: Some(reason.to_string()),
            },
        }
    }
}
