//! A matrix seen through strides.

use nalgebra::DMatrix;

use super::Real;

/// A matrix of numbers owned by someone else: entry `(i, j)` lies at `i row_step + j column_step`.
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::numerics::matrix::View;
///
/// let matrix = dmatrix![1.0, 2.0, 3.0; 4.0, 5.0, 6.0];
/// let view = View::from(&matrix).transposed();
/// assert_eq!((view.rows(), view.columns(), view.at(2, 0)), (3, 2, 3.0));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct View<'a, T> {
    numbers: &'a [T],
    rows: usize,
    columns: usize,
    row_step: usize,
    column_step: usize,
}

impl<'a, T: Real> View<'a, T> {
    /// A matrix stored column after column without gaps.
    ///
    /// # Panics
    /// If the slice does not hold `rows * columns` numbers.
    #[must_use]
    pub fn column_major(numbers: &'a [T], rows: usize, columns: usize) -> Self {
        assert_eq!(numbers.len(), rows * columns, "{rows} x {columns} numbers");
        Self {
            numbers,
            rows,
            columns,
            row_step: 1,
            column_step: rows,
        }
    }

    /// The same matrix with rows and columns exchanged; nothing moves.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_step: self.column_step,
            column_step: self.row_step,
            ..self
        }
    }

    /// `count` of the rows, every `step`-th from `first` on; nothing moves.
    ///
    /// # Panics
    /// If there are not as many.
    #[must_use]
    pub fn every(self, first: usize, step: usize, count: usize) -> Self {
        let last = first + count.saturating_sub(1) * step;
        assert!(last < self.rows.max(1), "row {last} of {}", self.rows);
        Self {
            numbers: &self.numbers[first * self.row_step..],
            rows: count,
            row_step: self.row_step * step,
            ..self
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// One entry.
    ///
    /// # Panics
    /// If it lies outside the numbers.
    #[inline]
    #[must_use]
    pub fn at(&self, row: usize, column: usize) -> T {
        self.numbers[row * self.row_step + column * self.column_step]
    }

    /// Numbers from `(row, column)` on, for packing.
    #[inline]
    pub(super) fn starting(&self, row: usize, column: usize) -> &'a [T] {
        &self.numbers[row * self.row_step + column * self.column_step..]
    }

    /// `(row_step, column_step)`.
    #[inline]
    pub(super) fn steps(&self) -> (usize, usize) {
        (self.row_step, self.column_step)
    }
}

impl<'a, T: Real> From<&'a DMatrix<T>> for View<'a, T> {
    fn from(matrix: &'a DMatrix<T>) -> Self {
        Self::column_major(matrix.as_slice(), matrix.nrows(), matrix.ncols())
    }
}
