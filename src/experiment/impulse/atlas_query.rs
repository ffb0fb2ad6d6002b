//! Looking a pattern up in the atlas that a run has kept.

use std::path::Path;

use thiserror::Error;

use super::atlas::Atlas;
use super::atlas_tables::{COLUMNS, row};
use crate::experiment::{KeptRun, KeptRunError, Table};
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
    let mut table = Table::new(COLUMNS);
    for text in patterns {
        let pattern: Pattern = text.parse()?;
        let neurons = findings.neurons;
        let number = pattern
            .code()
            .filter(|number| *number > 0 && pattern.len() == neurons);
        let number = number.ok_or(QueryError::Unknown { pattern, neurons })?;
        for place in 0..findings.networks.len() {
            table.push(row(&findings, place, number as usize));
        }
    }
    Ok(table)
}
