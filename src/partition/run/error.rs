//! Why a run gives no output.

use thiserror::Error;

use crate::cluster::LinkError;
use crate::partition::PartitionError;

/// A run that has ended without an output.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum InferenceError {
    /// A message that did not come or could not be sent.
    #[error("rank {rank} at layer {layer} ({name}): {source}")]
    Link {
        /// Who noticed it.
        rank: usize,
        /// The layer that it was at.
        layer: usize,
        /// What that layer is.
        name: String,
        /// What happened.
        source: LinkError,
    },
    /// A message of a wrong size.
    #[error(
        "rank {rank} at layer {layer} ({name}): a message of {found} bytes from rank {from} where {expected} are due; do all \
         ranks run the same plan in the same numbers?"
    )]
    MessageSize {
        /// Who got it.
        rank: usize,
        /// Who sent it.
        from: usize,
        /// The layer.
        layer: usize,
        /// What that layer is.
        name: String,
        /// Bytes that are due.
        expected: usize,
        /// Bytes that came.
        found: usize,
    },
    /// Numbers of ranks that differ.
    #[error("a plan for {planned} ranks, and {found} are there; plan for as many as there are")]
    Ranks {
        /// Of the plan.
        planned: usize,
        /// Of the communicator.
        found: usize,
    },
    /// An input that is none.
    #[error("an input of {found} numbers where the chain has {expected}{}", if *on_root { "" } else { ": rank 0 must have it" })]
    Input {
        /// Numbers of the chain's input.
        expected: usize,
        /// Numbers that were given.
        found: usize,
        /// Whether there was one on rank 0.
        on_root: bool,
    },
    /// A number that is not finite.
    #[error(
        "output {index} of the run is {value}: look for weights or inputs that are too large for these numbers"
    )]
    NotFinite {
        /// Its place.
        index: usize,
        /// What it is.
        value: f64,
    },
    /// A rank that has panicked.
    #[error("rank {rank} has died{}", layer.as_ref().map_or(String::new(), |(layer, name)| format!(" at layer {layer} ({name})")))]
    Died {
        /// Who.
        rank: usize,
        /// The layer at which the others noticed it.
        layer: Option<(usize, String)>,
    },
    /// Weights or tiles that do not fit the plan.
    #[error(transparent)]
    Plan(#[from] PartitionError),
}
