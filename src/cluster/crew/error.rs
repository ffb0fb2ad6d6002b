//! Why shared work has no result.

use std::time::Duration;

use thiserror::Error;

use crate::cluster::LinkError;

/// What ends the common work of a crew.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CrewError {
    /// A task has failed.
    #[error("rank {rank}: {message}")]
    Task {
        /// Where it was computed, or was to be kept.
        rank: usize,
        /// Its error.
        message: String,
    },
    /// A rank has left the run.
    #[error("rank {rank} has left the run: {message}")]
    Left {
        /// Which.
        rank: usize,
        /// Why.
        message: String,
    },
    /// A rank gives no sign of life any more.
    #[error("rank {rank} has given no sign of life for {:.1} s; what is finished is kept, and the run can be resumed", silent.as_secs_f64())]
    Lost {
        /// Which.
        rank: usize,
        /// For how long.
        silent: Duration,
    },
    /// Work that all ranks do at once has failed.
    #[error("{message}")]
    Together {
        /// The rank that failed first.
        rank: usize,
        /// Its error, and what it meant for another rank.
        message: String,
    },
    /// The same, by a rank that then says nothing any more.
    #[error("{message}; rank {rank} has given no sign of life for {:.1} s more, and all ranks are ended", silent.as_secs_f64())]
    LostTogether {
        /// Which.
        rank: usize,
        /// For how long.
        silent: Duration,
        /// What was noticed.
        message: String,
    },
    /// A rank is at another place of the run, or speaks another language: it is another build, or has other data.
    #[error("rank {rank} does not do what rank 0 does: is it the same build, with the same data?")]
    OutOfStep {
        /// Which.
        rank: usize,
    },
    /// Rank 0, which knows why, has ended the run.
    #[error("rank 0 has ended the run")]
    Stopped,
    /// No message comes through.
    #[error("{0}; what is finished is kept, and the run can be resumed")]
    Link(#[from] LinkError),
}

impl CrewError {
    /// Whether a rank cannot be reached any more, so that the others cannot end in an orderly way either.
    #[must_use]
    pub fn is_broken_link(&self) -> bool {
        matches!(
            self,
            Self::Lost { .. } | Self::LostTogether { .. } | Self::Link(_)
        )
    }
}
