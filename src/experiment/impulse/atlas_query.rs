//! Looking a pattern up in the atlas that a run has kept.

use std::path::Path;

use thiserror::Error;

use super::atlas::{Atlas, Findings};
use super::atlas_columns::Row;
use super::atlas_tables::multipliers;
use crate::analysis::{Evidence, PatternRecord, Stability};
use crate::experiment::{Cell, KeptRun, KeptRunError, Table};
use crate::networks::{Pattern, PatternError};

/// Why a pattern cannot be looked up.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The folder holds no atlas.
    #[error("{0}; give the folder of a finished run of `simulate atlas`")]
    Unreadable(#[from] KeptRunError),
    /// The text is no pattern.
    #[error(transparent)]
    NoPattern(#[from] PatternError),
    /// The atlas does not know the pattern.
    #[error(
        "the atlas has no pattern `{pattern}`; its patterns have {neurons} neurons, not all silent"
    )]
    Unknown {
        /// The pattern asked for.
        pattern: Pattern,
        /// Neurons of the atlas.
        neurons: usize,
    },
}

/// What the atlas of a run knows of the given `patterns` (`"1011"`, neuron 1 first), one row for each
/// of its networks.
///
/// # Errors
/// [`QueryError`] if there is no atlas, or not that pattern.
pub fn query_atlas(folder: &Path, patterns: &[String]) -> Result<Table, QueryError> {
    let (_, findings) = KeptRun::open(folder)?.findings::<Atlas>()?;
    let mut table = Table::new([
        "pattern",
        "k",
        "engine",
        "fate",
        "settles_in",
        "period",
        "period_error",
        "period_formula",
        "silent_maximum",
        "silent_maximum_formula",
        "synchrony_multiplier",
        "synchrony_multiplier_formula",
        "leading_multiplier",
        "spread",
        "residual",
        "evidence",
        "stability",
        "multipliers",
        "failure",
    ]);
    for text in patterns {
        let pattern: Pattern = text.parse()?;
        let neurons = findings.neurons;
        let code = pattern
            .code()
            .filter(|code| *code > 0 && pattern.len() == neurons);
        let code = code.ok_or(QueryError::Unknown { pattern, neurons })?;
        for place in 0..findings.networks.len() {
            table.push(row(&findings, place, code as usize));
        }
    }
    Ok(table)
}

fn row(findings: &Findings, place: usize, code: usize) -> Vec<Cell> {
    let network = &findings.networks[place];
    let row: Row = network.row(code, findings.neurons);
    let formula = findings.formula(row.k);
    let record = findings.patterns.get(place * findings.count() + code - 1);
    let evidence = record.and_then(|record| record.evidence);
    let failure = |record: &PatternRecord| record.failure.clone();
    vec![
        row.pattern.to_string().into(),
        row.k.into(),
        network.engine.as_str().into(),
        row.fate.word().into(),
        row.settles_in.map(|pattern| pattern.to_string()).into(),
        row.period.into(),
        row.period_error.into(),
        formula.and_then(|formula| formula.period).into(),
        row.silent_maximum.into(),
        formula.and_then(|formula| formula.silent_maximum).into(),
        row.multiplier.into(),
        formula
            .and_then(|formula| formula.synchrony_multiplier)
            .into(),
        row.leading_multiplier.into(),
        row.spread.into(),
        row.residual.into(),
        evidence.map(Evidence::words).into(),
        record
            .and_then(|record| record.stability)
            .map(Stability::name)
            .into(),
        record.and_then(multipliers).into(),
        record.and_then(failure).into(),
    ]
}
