//! Why a probe finds nothing.

use thiserror::Error;

use super::homology::HomologyError;
use super::information::InformationError;
use crate::networks::NetworkError;
use crate::solver::SolverError;
use crate::training::flow::FlowError;

/// A probe without a sound finding.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ProbeError {
    /// A snapshot that does not show what the probe reads.
    #[error("this snapshot shows no {what}; {remedy}")]
    NotShown {
        /// What was asked for.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// Fewer samples than a statistic needs.
    #[error("{found} {name}, where at least {needed} are needed; give more")]
    TooFew {
        /// What was counted.
        name: &'static str,
        /// How many there are.
        found: usize,
        /// How many it takes.
        needed: usize,
    },
    /// NaN or infinity where numbers must be.
    #[error(
        "{name} hold {value} at row {row}, column {column}; every entry must be finite: look for \
         weights that have grown beyond all bounds, or scale the data"
    )]
    NotFinite {
        /// What holds the numbers.
        name: &'static str,
        /// Row of the first such entry.
        row: usize,
        /// Its column.
        column: usize,
        /// The entry.
        value: f64,
    },
    /// A finding beyond the range of numbers.
    #[error(
        "{name} is {value}, beyond the range of numbers; divide the {of} by their largest first"
    )]
    Overflow {
        /// What was computed.
        name: &'static str,
        /// What came of it.
        value: f64,
        /// What it was computed from.
        of: &'static str,
    },
    /// Weights or points of which no complex can be made.
    #[error(transparent)]
    Homology(#[from] HomologyError),
    /// The network refused.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The samples have no such mutual information.
    #[error(transparent)]
    Information(#[from] InformationError),
    /// The training failed.
    #[error(transparent)]
    Flow(#[from] FlowError),
    /// The solver of a flow gave up.
    #[error(transparent)]
    Solver(#[from] SolverError),
}
