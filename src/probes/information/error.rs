//! Why there is no estimate of a mutual information.

use thiserror::Error;

/// Samples or settings that an estimator cannot work with.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum InformationError {
    /// Samples of the two sides that do not belong together.
    #[error("{x} samples of x, but {y} of y: they must be pairs")]
    Unpaired {
        /// Rows of x.
        x: usize,
        /// Rows of y.
        y: usize,
    },
    /// Fewer samples than the estimator needs.
    #[error("{found} samples, where {estimator} needs at least {least}; give more, or {remedy}")]
    TooFew {
        /// The estimator.
        estimator: &'static str,
        /// How many there are.
        found: usize,
        /// How many it takes.
        least: usize,
        /// What else helps.
        remedy: &'static str,
    },
    /// A number that is none.
    #[error("{name} holds {value} in row {row}, column {column} (counted from 0)")]
    NotFinite {
        /// Which side.
        name: &'static str,
        /// Row.
        row: usize,
        /// Column.
        column: usize,
        /// What stands there.
        value: f64,
    },
    /// No columns, or a column that never changes where scales are needed.
    #[error("{name} has no column that varies: nothing can be learnt about it")]
    Constant {
        /// Which side.
        name: &'static str,
    },
    /// Samples that coincide, where distances are needed.
    #[error(
        "at least {neighbours} other samples coincide with sample {row} (counted from 0): nearest neighbours \
         are for continuous data; add noise and say so, or take the estimator binning"
    )]
    Coincide {
        /// The sample.
        row: usize,
        /// Neighbours asked for.
        neighbours: usize,
    },
    /// A setting out of its range.
    #[error("{name} = {value} is not allowed: {requirement}")]
    OutOfRange {
        /// Name of the setting.
        name: &'static str,
        /// The value given.
        value: f64,
        /// What it must satisfy.
        requirement: &'static str,
    },
    /// A critic whose training has run away.
    #[error("the critic has diverged at step {step}: lower the rate {rate:e}")]
    Diverged {
        /// The step.
        step: usize,
        /// The rate.
        rate: f64,
    },
}
