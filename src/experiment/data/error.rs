//! Why data could not be read.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// Why data could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file is missing or cannot be read.
    #[error("{}: {source}; {remedy}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
        /// What to fetch and where to put it.
        remedy: &'static str,
    },
    /// A file is not what its name promises.
    #[error("{}: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// A file that is not what its name promises.
pub(super) fn malformed(path: &Path, problem: impl Into<String>) -> DataError {
    DataError::Malformed {
        path: path.to_owned(),
        problem: problem.into(),
    }
}
