//! What can go wrong between two ranks.

use std::time::Duration;

use thiserror::Error;

/// A message that did not come, or could not be sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The other rank has ended.
    #[error("rank {rank} is gone")]
    Gone {
        /// Who it was.
        rank: usize,
    },
    /// Nothing came in time.
    #[error("rank {rank} has sent nothing for {} s", waited.as_secs_f64())]
    Silent {
        /// From whom it was awaited.
        rank: usize,
        /// How long.
        waited: Duration,
    },
    /// Every other rank has ended, or none has sent anything in time.
    #[error("no other rank sends anything")]
    Alone,
    /// A rank that is not there.
    #[error("there is no other rank {rank} among {ranks}")]
    Unknown {
        /// Which was asked for.
        rank: usize,
        /// How many there are.
        ranks: usize,
    },
}
