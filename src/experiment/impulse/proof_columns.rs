//! What is proved of every pattern of an atlas, in a few arrays.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::analysis::{Enclosures, PatternRecord, ProofRecord, ProofVerdict};
use crate::experiment::{Array, Cell};
use crate::numerics::interval::Interval;

/// Most reasons that are kept: they are texts, and a network that is far from any proof has one for every pattern.
const REASONS: usize = 4096;

/// Both ends of an interval for every pattern; NaN where there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ends {
    pub low: Array,
    pub high: Array,
}

/// Proofs of all patterns of one network. Entry `n` of an array is that of the pattern with the binary number `n`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProofColumns {
    /// Cycles that are proved to exist and to attract.
    pub stable: usize,
    /// Cycles that are proved to exist and to repel.
    pub unstable: usize,
    /// Place of the verdict in [`ProofVerdict::ALL`].
    pub verdict: Array,
    /// The period lies between these.
    pub period: Ends,
    /// The highest level of a silent neuron.
    pub silent_maximum: Ends,
    /// The smallest slope at the threshold.
    pub crossing_margin: Ends,
    /// The largest modulus of a multiplier but the trivial one.
    pub leading: Ends,
    /// How far apart the neurons of the pattern may start; NaN where that was not asked or is not shown.
    pub cue_spread: Array,
    /// Why there is no proof, by the number of the pattern.
    pub reasons: BTreeMap<usize, String>,
}

impl ProofColumns {
    /// The columns of records in the order of their numbers, from 1; `None` if no proof was asked for.
    pub fn of(engine: &str, records: &[PatternRecord]) -> Option<Self> {
        let proofs: Vec<&ProofRecord> = records.iter().filter_map(|r| r.proof.as_ref()).collect();
        if proofs.is_empty() || proofs.len() < records.len() {
            return None;
        }
        let column = |name: &str, value: &dyn Fn(&ProofRecord) -> Option<f64>| {
            let known = proofs.iter().map(|proof| value(proof).unwrap_or(f64::NAN));
            let values = std::iter::once(f64::NAN).chain(known).collect();
            Array::list(format!("proved-{name}-{engine}"), values).along(
                ["code of the pattern"],
                "end of an enclosure, in units of the model",
            )
        };
        let ends = |name: &str, interval: fn(&Enclosures) -> Option<Interval>| {
            let of = |proof: &ProofRecord| proof.enclosures.as_ref().and_then(interval);
            Ends {
                low: column(&format!("{name}-low"), &|p| of(p).map(Interval::low)),
                high: column(&format!("{name}-high"), &|p| of(p).map(Interval::high)),
            }
        };
        let count = |verdict| {
            proofs
                .iter()
                .filter(|proof| proof.verdict == verdict)
                .count()
        };
        let reasons = proofs.iter().enumerate().filter_map(|(place, proof)| {
            let reason = proof.reason.clone()?;
            Some((place + 1, reason))
        });
        Some(Self {
            stable: count(ProofVerdict::ProvedStable),
            unstable: count(ProofVerdict::ProvedUnstable),
            verdict: column("verdict", &|proof| Some(proof.verdict.number() as f64)),
            period: ends("period", |e| Some(e.period)),
            silent_maximum: ends("silent-maximum", |e| e.silent_maximum),
            crossing_margin: ends("crossing-margin", |e| Some(e.crossing_margin)),
            leading: ends("leading", |e| Some(e.leading)),
            cue_spread: column("cue-spread", &|proof| proof.cue_spread),
            reasons: reasons.take(REASONS).collect(),
        })
    }

    /// The verdict on a pattern.
    pub fn verdict(&self, code: usize) -> Option<ProofVerdict> {
        ProofVerdict::ALL
            .get(self.verdict.values[code] as usize)
            .copied()
    }

    /// The numbers of its cycle, where it is proved.
    pub fn enclosures(&self, code: usize) -> Option<Enclosures> {
        let interval = |ends: &Ends| {
            let (low, high) = (ends.low.values[code], ends.high.values[code]);
            (low <= high).then(|| Interval::new(low, high))
        };
        Some(Enclosures {
            period: interval(&self.period)?,
            silent_maximum: interval(&self.silent_maximum),
            crossing_margin: interval(&self.crossing_margin)?,
            leading: interval(&self.leading)?,
        })
    }

    /// How far apart the neurons of the pattern may start.
    pub fn cue_spread(&self, code: usize) -> Option<f64> {
        Some(self.cue_spread.values[code]).filter(|spread| !spread.is_nan())
    }

    /// Why it is not proved.
    pub fn reason(&self, code: usize) -> Option<String> {
        self.reasons.get(&code).cloned()
    }
}

/// Names of the columns that [`cells`] fills.
pub(super) const COLUMNS: [&str; 11] = [
    "proof",
    "proved_period_low",
    "proved_period_high",
    "proved_silent_maximum_low",
    "proved_silent_maximum_high",
    "proved_leading_low",
    "proved_leading_high",
    "proved_crossing_low",
    "proved_crossing_high",
    "proved_cue_spread",
    "not_proved_because",
];

/// A proof as cells of a table.
pub(super) fn cells(
    verdict: Option<ProofVerdict>,
    enclosures: Option<Enclosures>,
    cue_spread: Option<f64>,
    reason: Option<String>,
) -> Vec<Cell> {
    let mut cells: Vec<Cell> = vec![verdict.map(ProofVerdict::words).into()];
    let intervals = [
        enclosures.map(|e| e.period),
        enclosures.and_then(|e| e.silent_maximum),
        enclosures.map(|e| e.leading),
        enclosures.map(|e| e.crossing_margin),
    ];
    for interval in intervals {
        cells.push(interval.map(Interval::low).into());
        cells.push(interval.map(Interval::high).into());
    }
    cells.push(cue_spread.into());
    cells.push(reason.into());
    cells
}
