//! Batches of sequences of equal length.

use nalgebra::DMatrix;

use crate::networks::NetworkError;

/// Sequences of equal length, stored step after step: one column a sequence and step, the sequences of a step
/// together, one row a number.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequences {
    values: DMatrix<f64>,
    count: usize,
}

impl Sequences {
    /// From a matrix of one column a sequence and step, with `count` sequences side by side.
    ///
    /// # Errors
    /// [`NetworkError::BatchShape`] unless the columns are a multiple of `count`, and at least one step.
    pub fn new(values: DMatrix<f64>, count: usize) -> Result<Self, NetworkError> {
        let columns = values.ncols();
        if count == 0 || columns == 0 || !columns.is_multiple_of(count) {
            return Err(NetworkError::BatchShape {
                name: "sequences",
                found: values.shape(),
                expected: (
                    values.nrows(),
                    columns.next_multiple_of(count.max(1)).max(1),
                ),
            });
        }
        Ok(Self { values, count })
    }

    /// Step `k` of sequence `s` is the column `of(k, s)`.
    pub fn from_fn(
        numbers: usize,
        steps: usize,
        count: usize,
        mut of: impl FnMut(usize, usize, usize) -> f64,
    ) -> Self {
        let values = DMatrix::from_fn(numbers, steps * count, |row, column| {
            of(row, column / count, column % count)
        });
        Self { values, count }
    }

    /// From one row a sequence: the numbers of the first step, then those of the second, and so on.
    ///
    /// # Errors
    /// [`NetworkError::BatchShape`] if the rows are no whole number of steps of `numbers`.
    pub fn from_rows(rows: &DMatrix<f64>, numbers: usize) -> Result<Self, NetworkError> {
        let (count, columns) = rows.shape();
        if numbers == 0 || columns == 0 || count == 0 || !columns.is_multiple_of(numbers) {
            let whole = columns.next_multiple_of(numbers.max(1)).max(1);
            return Err(NetworkError::BatchShape {
                name: "sequences",
                found: rows.shape(),
                expected: (count.max(1), whole),
            });
        }
        let steps = columns / numbers;
        Ok(Self::from_fn(numbers, steps, count, |row, step, s| {
            rows[(s, step * numbers + row)]
        }))
    }

    /// One row a sequence, as [`Sequences::from_rows`] reads it.
    #[must_use]
    pub fn to_rows(&self) -> DMatrix<f64> {
        let numbers = self.numbers().max(1);
        DMatrix::from_fn(self.count, self.steps() * numbers, |s, column| {
            self.at(column % numbers, column / numbers, s)
        })
    }

    /// Number of sequences.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// Steps of each.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.values.ncols() / self.count
    }

    /// Numbers of a step.
    #[must_use]
    pub fn numbers(&self) -> usize {
        self.values.nrows()
    }

    /// All of it: one column a sequence and step.
    #[must_use]
    pub fn values(&self) -> &DMatrix<f64> {
        &self.values
    }

    /// One number of a step of a sequence.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn at(&self, number: usize, step: usize, sequence: usize) -> f64 {
        assert!(
            sequence < self.count,
            "sequence {sequence} of {}",
            self.count
        );
        self.values[(number, step * self.count + sequence)]
    }

    /// The steps from `from` up to `to`.
    ///
    /// # Panics
    /// If there are not as many, or none is asked for.
    #[must_use]
    pub fn part(&self, from: usize, to: usize) -> Self {
        assert!(from < to, "steps from {from} to {to}");
        let columns = self
            .values
            .columns(from * self.count, (to - from) * self.count);
        Self {
            values: columns.into_owned(),
            count: self.count,
        }
    }
}
