//! Why nothing can be read back from a drift.

use thiserror::Error;

/// Data or models from which nothing follows.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum DriftError {
    /// A column of a design that others already say.
    #[error(
        "the column `{column}` depends on those before it (the rank is {rank} of {columns}): leave it out, or \
         measure where it differs"
    )]
    Dependent {
        /// Its name.
        column: String,
        /// Columns that are independent.
        rank: usize,
        /// All columns.
        columns: usize,
    },
    /// Too few rows for what is asked.
    #[error("{found} rows for {what}, which needs at least {needed}")]
    TooFew {
        /// What needs them.
        what: &'static str,
        /// Rows found.
        found: usize,
        /// Rows needed.
        needed: usize,
    },
    /// Lengths that do not fit.
    #[error("{what} has {found} entries and must have {expected}")]
    Length {
        /// What.
        what: &'static str,
        /// Entries found.
        found: usize,
        /// Entries needed.
        expected: usize,
    },
    /// NaN or infinity among the data.
    #[error("entry {index} of {what} is not finite")]
    NotFinite {
        /// What.
        what: &'static str,
        /// Index of the first.
        index: usize,
    },
    /// A filter without a steady state.
    #[error(
        "the filter has no steady state ({reason}): the variance of the readings must be positive, and what \
         does not die out must be seen"
    )]
    NoSteadyState {
        /// What went wrong.
        reason: &'static str,
    },
}
