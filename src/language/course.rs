//! Functions of time given by points: stimuli, measured inputs.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What a [`TimeCourse`] is between two of its points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Between {
    /// A straight line from one to the next.
    #[default]
    Lines,
    /// What it was at the point before.
    Steps,
}

/// Points that make no function of time; rows are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[non_exhaustive]
pub enum CourseError {
    /// There is no row, or none with a value beside its time.
    #[error("an input needs rows of a time and at least one value")]
    Empty,
    /// Another number of values than the first row has.
    #[error("this row has {found} values beside its time, the first one {expected}")]
    Ragged {
        /// The row.
        row: usize,
        /// Its values.
        found: usize,
        /// Those of the first row.
        expected: usize,
    },
    /// A number that is none.
    #[error("this row holds {value}, which is not finite")]
    NotFinite {
        /// The row.
        row: usize,
        /// The number.
        value: f64,
    },
    /// A time that is not after that of the row before.
    #[error(
        "the time {time} is not after that of the row before, {before}: sort the rows by time, each time once"
    )]
    NotAscending {
        /// The row.
        row: usize,
        /// Its time.
        time: f64,
        /// The time of the row before.
        before: f64,
    },
}

impl CourseError {
    /// The row at fault.
    #[must_use]
    pub fn row(&self) -> Option<usize> {
        match *self {
            Self::Empty => None,
            Self::Ragged { row, .. }
            | Self::NotFinite { row, .. }
            | Self::NotAscending { row, .. } => Some(row),
        }
    }
}

/// A function of time by its points, with one value a column. Before its first point and behind its last one it keeps
/// the values that it has there.
///
/// ```
/// use pulsatrix::language::{Between, SystemText, TimeCourse};
/// use pulsatrix::solver::{Options, Save, integrate};
///
/// // a current of 2 from t = 1 to t = 3
/// let rows = [vec![0.0, 0.0], vec![1.0, 2.0], vec![3.0, 0.0]];
/// let text = SystemText::new()
///     .input("I", TimeCourse::new(&rows, Between::Steps)?)
///     .equation("y", "I(t) - y")
///     .start("y", "0");
/// let system = text.compile()?;
/// let (field, history) = (system.field(), system.history(0.0));
/// let options = Options::with_tolerance(1e-9);
/// let run = integrate(&field, history, (0.0, 4.0), options, &Save::Last, &[])?;
/// let exact = 2.0 * (1.0 - (-2f64).exp()) * (-1f64).exp();
/// assert!((run.last()[0] - exact).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TimeCourse {
    times: Vec<f64>,
    /// Row after row.
    values: Vec<f64>,
    between: Between,
}

impl TimeCourse {
    /// The function through rows of a time and one or more values.
    ///
    /// # Errors
    /// Rows that are missing, ragged, not finite, or whose times do not ascend.
    pub fn new(rows: &[Vec<f64>], between: Between) -> Result<Self, CourseError> {
        let columns = rows.first().map_or(0, Vec::len);
        if columns < 2 {
            return Err(CourseError::Empty);
        }
        let mut before = f64::NEG_INFINITY;
        for (row, numbers) in rows.iter().enumerate() {
            if numbers.len() != columns {
                let (found, expected) = (numbers.len().saturating_sub(1), columns - 1);
                return Err(CourseError::Ragged {
                    row,
                    found,
                    expected,
                });
            }
            if let Some(value) = numbers.iter().copied().find(|value| !value.is_finite()) {
                return Err(CourseError::NotFinite { row, value });
            }
            let time = numbers[0];
            if time <= before {
                return Err(CourseError::NotAscending { row, time, before });
            }
            before = time;
        }
        Ok(Self {
            times: rows.iter().map(|row| row[0]).collect(),
            values: rows.iter().flat_map(|row| row[1..].to_vec()).collect(),
            between,
        })
    }

    /// Number of values at a time.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.values.len() / self.times.len()
    }

    /// The times of the points.
    #[must_use]
    pub fn times(&self) -> &[f64] {
        &self.times
    }

    /// What it is between two points.
    #[must_use]
    pub fn between(&self) -> Between {
        self.between
    }

    /// The first and the last time at which it is known: a step has no end.
    #[must_use]
    pub fn span(&self) -> (f64, f64) {
        let last = match self.between {
            Between::Lines => self.times[self.times.len() - 1],
            Between::Steps => f64::INFINITY,
        };
        (self.times[0], last)
    }

    /// The value of a column at a time. Cost: a search.
    #[must_use]
    pub fn at(&self, column: usize, time: f64) -> f64 {
        let columns = self.columns();
        let value = |row: usize| self.values[row * columns + column];
        let behind = self.times.partition_point(|point| *point <= time);
        let Some(before) = behind.checked_sub(1) else {
            return value(0);
        };
        if behind == self.times.len() || self.between == Between::Steps {
            return value(before);
        }
        let (from, to) = (self.times[before], self.times[behind]);
        let part = (time - from) / (to - from);
        value(before) + part * (value(behind) - value(before))
    }

    /// The same later by a lag.
    pub(super) fn later_by(&self, lag: f64) -> Self {
        // the corners of what is read are sums, as those that the solver is told of
        Self {
            times: self.times.iter().map(|time| time + lag).collect(),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_steps_go_through_their_points() {
        let rows = [
            vec![0.0, 1.0, 5.0],
            vec![2.0, 3.0, 5.0],
            vec![3.0, 0.0, 6.0],
        ];
        let lines = TimeCourse::new(&rows, Between::Lines).unwrap();
        let steps = TimeCourse::new(&rows, Between::Steps).unwrap();
        for (time, line, step) in [
            (-1.0, 1.0, 1.0),
            (0.5, 1.5, 1.0),
            (2.0, 3.0, 3.0),
            (2.5, 1.5, 3.0),
            (9.0, 0.0, 0.0),
        ] {
            assert_eq!((lines.at(0, time), steps.at(0, time)), (line, step));
        }
        assert_eq!(lines.at(1, 2.5), 5.5);
        assert_eq!(lines.later_by(1.0).at(0, 3.5), 1.5);
    }

    #[test]
    fn rows_that_make_no_function_are_refused_with_their_number() {
        let wrong = |rows: &[Vec<f64>]| TimeCourse::new(rows, Between::Lines).unwrap_err();
        assert_eq!(wrong(&[]), CourseError::Empty);
        assert_eq!(wrong(&[vec![1.0]]), CourseError::Empty);
        let good = vec![0.0, 1.0];
        let row = |row: Vec<f64>| wrong(&[good.clone(), row]).row();
        assert_eq!(row(vec![1.0]), Some(1));
        assert_eq!(row(vec![0.0, 2.0]), Some(1));
        assert_eq!(row(vec![1.0, f64::NAN]), Some(1));
    }
}
