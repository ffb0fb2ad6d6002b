//! Why there is no sweep.

use thiserror::Error;

use crate::experiment::ModelError;

/// What is wrong with the description of a sweep; [`SweepError::help`] is the remedy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SweepError {
    /// The text of an axis.
    #[error("`--over {text}`: {reason}")]
    Axis {
        /// As it was given.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A key with two axes.
    #[error("`--over {key}` stands twice")]
    Twice {
        /// The key.
        key: String,
    },
    /// A key that holds no number.
    #[error("`{key}` is {found}, no number")]
    NoNumber {
        /// The key.
        key: String,
        /// What it is.
        found: String,
    },
    /// A broken number for a key that holds whole ones.
    #[error("`{key}` is a whole number, and {value} is none")]
    Broken {
        /// The key.
        key: String,
        /// The number, as text.
        value: String,
    },
    /// A range, and no number of points.
    #[error("`--over {key}` gives a range and no number of points")]
    Unsampled {
        /// The key.
        key: String,
    },
    /// Random points, and no range to draw them from.
    #[error("random points are asked for, but every key has fixed values")]
    NothingToSample,
    /// A sample of no points.
    #[error("a sample of 0 points is asked for")]
    NoPoints,
    /// More points than can be.
    #[error("{points} points are more than {most}")]
    TooMany {
        /// How many are asked for.
        points: String,
        /// How many there may be.
        most: usize,
    },
    /// A text that describes no sweep.
    #[error("this is no description of a sweep: {0}")]
    Text(String),
    /// Its model.
    #[error(transparent)]
    Model(#[from] Box<ModelError>),
}

impl SweepError {
    /// What to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Axis { .. } => {
                "write KEY=FROM:TO:COUNT, KEY=log:FROM:TO:COUNT or KEY=VALUE,VALUE,...; KEY=FROM:TO with `--random N` or \
                 `--latin N`; for example `--over network.b=0.1:1.0:20`"
            }
            Self::Twice { .. } => "give all values of a key in one list",
            Self::NoNumber { .. } => {
                "sweep over a key that holds a number; `simulate check MODEL --json` shows all keys"
            }
            Self::Broken { .. } => "give whole numbers, or a grid whose steps are whole",
            Self::Unsampled { .. } => {
                "write FROM:TO:COUNT for a grid, or add `--random N` or `--latin N`"
            }
            Self::NothingToSample => "give a range without a count: `--over network.b=0.1:1.0`",
            Self::NoPoints => "give a number of points above 0: `--random N` or `--latin N`",
            Self::TooMany { .. } => "make the grids coarser, or draw points by `--latin N`",
            Self::Text(_) => "give the folder of an interrupted sweep",
            Self::Model(_) => "",
        }
    }
}
