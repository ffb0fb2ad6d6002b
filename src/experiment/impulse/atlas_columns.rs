//! An atlas column by column: a million patterns in a few arrays.

use serde::{Deserialize, Serialize};

use super::proof_columns::ProofColumns;
use crate::analysis::{Enclosures, Fate, PatternRecord, ProofVerdict};
use crate::experiment::Array;
use crate::networks::Pattern;

/// What a closed form says of all patterns of one size, where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SizeFormula {
    /// Active neurons.
    pub k: usize,
    /// Their period.
    pub period: Option<f64>,
    /// Largest value of a silent neuron.
    pub silent_maximum: Option<f64>,
    /// Factor by which differences between them shrink in one period.
    pub synchrony_multiplier: Option<f64>,
}

/// All patterns of one network. Entry `n` of an array is the pattern with the binary number `n`, lowest
/// bit first; NaN where there is nothing to say, and for entry 0, the empty pattern.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Columns {
    /// The network in words: `"relay"`, `"λ = 50"`.
    pub name: String,
    /// The engine that has run.
    pub engine: String,
    /// Number of memories.
    pub memories: usize,
    /// Place of what becomes of the pattern in [`Fate::ALL`].
    pub fate: Array,
    /// Binary number of the pattern that fires in the end.
    pub settles_in: Array,
    /// Period of the pattern's own cycle.
    pub period: Array,
    /// Its estimated error.
    pub period_error: Array,
    /// Largest value of a silent neuron on it.
    pub silent_maximum: Array,
    /// Measured factor by which differences between its active neurons shrink in one period.
    pub multiplier: Array,
    /// Modulus of its largest Floquet multiplier but the trivial one.
    pub leading_multiplier: Array,
    /// Distance between the first and the last onset of its active neurons.
    pub spread: Array,
    /// How far the trajectory still moves in one period.
    pub residual: Array,
    /// What is proved, where that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ProofColumns>,
}

impl Columns {
    /// The columns of records in the order of their numbers, from 1.
    pub fn of(name: &str, records: &[PatternRecord]) -> Self {
        let engine = records
            .iter()
            .map(|record| record.engine.as_str())
            .find(|e| !e.is_empty());
        let engine = engine.unwrap_or("none").to_owned();
        let column = |name: &str, value: &dyn Fn(&PatternRecord) -> Option<f64>| {
            let known = records
                .iter()
                .map(|record| value(record).unwrap_or(f64::NAN));
            let values = std::iter::once(f64::NAN).chain(known).collect();
            Array::list(format!("{name}-{engine}"), values)
                .along(["code of the pattern"], "in units of the model")
        };
        let own = |record: &PatternRecord| record.settles_in.as_ref() == Some(&record.pattern);
        let code = |pattern: &Pattern| pattern.code().map(|code| code as f64);
        Self {
            name: name.to_owned(),
            memories: records.iter().filter(|record| record.is_memory()).count(),
            fate: column("fate", &|record| Some(record.fate.number() as f64)),
            settles_in: column("settles-in", &|record| {
                record.settles_in.as_ref().and_then(code)
            }),
            period: column("period", &|record| record.period.filter(|_| own(record))),
            period_error: column("period-error", &|r| r.period_error.filter(|_| own(r))),
            silent_maximum: column("silent-maximum", &|r| r.silent_maximum.filter(|_| own(r))),
            multiplier: column("multiplier", &|r| r.synchrony_multiplier.filter(|_| own(r))),
            leading_multiplier: column("leading-multiplier", &|r| r.leading_multiplier),
            spread: column("spread", &|record| record.spread.filter(|_| own(record))),
            residual: column("residual", &|record| record.residual),
            proof: ProofColumns::of(&engine, records),
            engine,
        }
    }

    /// The pattern with the number `code` in one line of any table.
    pub fn row(&self, code: usize, neurons: usize) -> Row {
        let known = |array: &Array| Some(array.values[code]).filter(|value| !value.is_nan());
        let pattern = Pattern::from_code(code as u64, neurons);
        let settles_in = known(&self.settles_in);
        let fate = Fate::ALL.get(self.fate.values[code] as usize).copied();
        Row {
            k: pattern.k(),
            pattern,
            fate: fate.unwrap_or(Fate::Failed),
            settles_in: settles_in.map(|code| Pattern::from_code(code as u64, neurons)),
            period: known(&self.period),
            period_error: known(&self.period_error),
            silent_maximum: known(&self.silent_maximum),
            multiplier: known(&self.multiplier),
            leading_multiplier: known(&self.leading_multiplier),
            spread: known(&self.spread),
            residual: known(&self.residual),
            verdict: self.proof.as_ref().and_then(|proof| proof.verdict(code)),
            enclosures: self.proof.as_ref().and_then(|proof| proof.enclosures(code)),
            cue_spread: self.proof.as_ref().and_then(|proof| proof.cue_spread(code)),
            reason: self.proof.as_ref().and_then(|proof| proof.reason(code)),
        }
    }

    /// All patterns, by their numbers from 1.
    pub fn rows(&self, neurons: usize) -> impl Iterator<Item = Row> {
        (1..self.fate.values.len()).map(move |code| self.row(code, neurons))
    }
}

/// One pattern.
pub struct Row {
    pub pattern: Pattern,
    pub k: usize,
    pub fate: Fate,
    pub settles_in: Option<Pattern>,
    pub period: Option<f64>,
    pub period_error: Option<f64>,
    pub silent_maximum: Option<f64>,
    pub multiplier: Option<f64>,
    pub leading_multiplier: Option<f64>,
    pub spread: Option<f64>,
    pub residual: Option<f64>,
    pub verdict: Option<ProofVerdict>,
    pub enclosures: Option<Enclosures>,
    pub cue_spread: Option<f64>,
    pub reason: Option<String>,
}

impl Row {
    /// What becomes of it, in words: `"memory"`, `"lost to 110"`.
    pub fn words(&self) -> String {
        match &self.settles_in {
            Some(end) if self.fate == Fate::Lost => format!("lost to {end}"),
            _ => self.fate.word().to_owned(),
        }
    }
}
