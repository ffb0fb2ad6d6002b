//! What can go wrong in a drawing, and the checks that every drawing makes first.

use std::path::PathBuf;

use thiserror::Error;

use super::TypefaceError;

/// Failure of a drawing; no file is left behind half written.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FigureError {
    /// The embedded font could not be used.
    #[error("the embedded font cannot be used: {reason}")]
    Font {
        /// What the font library said.
        reason: String,
    },
    /// A font file cannot lend its letters to a picture.
    #[error("{0}; {remedy}", remedy = .0.remedy())]
    Typeface(#[from] TypefaceError),
    /// The drawing back end refused.
    #[error("drawing failed: {reason}")]
    Drawing {
        /// What the back end said.
        reason: String,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The reason given by the system.
        source: std::io::Error,
    },
    /// Nothing to draw.
    #[error("{what} is empty; there is nothing to draw")]
    Empty {
        /// What should have had entries.
        what: String,
    },
    /// NaN or infinity in the data.
    #[error("{series}: entry {index} is {value}; a figure needs finite numbers")]
    NotFinite {
        /// The series, row or matrix.
        series: String,
        /// Index of the first bad entry (matrices: column by column).
        index: usize,
        /// Its value.
        value: f64,
    },
    /// A value without a place on a logarithmic axis.
    #[error(
        "{series}: {value} has no place on a logarithmic axis; leave it out or use a linear one"
    )]
    NotPositive {
        /// The series or axis.
        series: String,
        /// The value.
        value: f64,
    },
    /// Two lengths that must agree do not.
    #[error("{what} has length {found}, the figure needs {expected}")]
    WrongLength {
        /// What was measured.
        what: String,
        /// Length found.
        found: usize,
        /// Length needed.
        expected: usize,
    },
    /// A range whose ends are not in order.
    #[error("the range of {what} runs from {low} to {high}; the first end must be the lower one")]
    InvalidRange {
        /// The axis or interval.
        what: String,
        /// Its first end.
        low: f64,
        /// Its last end.
        high: f64,
    },
}

/// Refuses NaN and infinity, naming the series.
pub(super) fn require_finite(
    series: &str,
    values: impl IntoIterator<Item = f64>,
) -> Result<(), FigureError> {
    match values.into_iter().enumerate().find(|(_, v)| !v.is_finite()) {
        Some((index, value)) => Err(FigureError::NotFinite {
            series: series.to_owned(),
            index,
            value,
        }),
        None => Ok(()),
    }
}

/// Refuses an empty list.
pub(super) fn require_some<T>(what: &str, list: &[T]) -> Result<(), FigureError> {
    if list.is_empty() {
        Err(FigureError::Empty {
            what: what.to_owned(),
        })
    } else {
        Ok(())
    }
}

/// Refuses a list of the wrong length.
pub(super) fn require_length(what: &str, found: usize, expected: usize) -> Result<(), FigureError> {
    if found == expected {
        Ok(())
    } else {
        Err(FigureError::WrongLength {
            what: what.to_owned(),
            found,
            expected,
        })
    }
}

/// Refuses intervals that are not finite or not in order.
pub(super) fn require_intervals(series: &str, intervals: &[(f64, f64)]) -> Result<(), FigureError> {
    require_finite(series, intervals.iter().flat_map(|i| [i.0, i.1]))?;
    match intervals.iter().find(|(low, high)| low > high) {
        Some(&(low, high)) => Err(FigureError::InvalidRange {
            what: series.to_owned(),
            low,
            high,
        }),
        None => Ok(()),
    }
}
