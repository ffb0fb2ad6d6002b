//! Transposes that go block by block and on several threads.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::Real;

/// Side of a block that is turned at once: its rows are whole cache lines on both sides.
const BLOCK: usize = 16;

/// Columns of a piece of work.
const PIECE: usize = 64;

/// Rows of a triangle that one thread mirrors by itself.
const TRIANGLE: usize = 128;

/// `to = from^T`.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use nalgebra::{DMatrix, dmatrix};
/// use pulsatrix::numerics::matrix::transpose_into;
///
/// let mut turned = DMatrix::zeros(3, 2);
/// transpose_into(&dmatrix![1.0, 2.0, 3.0; 4.0, 5.0, 6.0], &mut turned);
/// assert_eq!(turned, dmatrix![1.0, 4.0; 2.0, 5.0; 3.0, 6.0]);
/// ```
pub fn transpose_into<T: Real>(from: &DMatrix<T>, to: &mut DMatrix<T>) {
    let (rows, columns) = from.shape();
    assert_eq!(to.shape(), (columns, rows), "shape of a transpose");
    if from.is_empty() {
        return;
    }
    let numbers = from.as_slice();
    let pieces = to.as_mut_slice().par_chunks_mut(PIECE * columns);
    pieces.enumerate().for_each(|(piece, to)| {
        // Rows of `from` become columns of `to`.
        turn(
            &numbers[piece * PIECE..],
            rows,
            (columns, to.len() / columns),
            to,
            columns,
        );
    });
}

/// Writes the transpose of a block: `from` begins with its first entry and has `from_stride` numbers
/// a column; the result has `size` rows and columns and `to_stride` numbers a column.
fn turn<T: Real>(
    from: &[T],
    from_stride: usize,
    (rows, columns): (usize, usize),
    to: &mut [T],
    to_stride: usize,
) {
    for left in (0..columns).step_by(BLOCK) {
        for top in (0..rows).step_by(BLOCK) {
            for column in left..columns.min(left + BLOCK) {
                let place = &mut to[column * to_stride..][top..rows.min(top + BLOCK)];
                for (row, place) in place.iter_mut().enumerate() {
                    *place = from[(top + row) * from_stride + column];
                }
            }
        }
    }
}

/// Copies the lower triangle of a square matrix to the upper one, on several threads.
pub fn mirror<T: Real>(matrix: &mut DMatrix<T>) {
    let size = matrix.nrows();
    if size > 1 {
        mirror_columns(matrix.as_mut_slice(), size, 0);
    }
}

/// Mirrors the triangle on the diagonal of some columns of a matrix, of which the first is `first`:
/// first what is beside the left half's triangle, then the triangles of both halves.
fn mirror_columns<T: Real>(numbers: &mut [T], stride: usize, first: usize) {
    let size = numbers.len() / stride;
    if size <= TRIANGLE {
        for column in 1..size {
            let (before, here) = numbers.split_at_mut(column * stride);
            for (row, place) in here[first..first + column].iter_mut().enumerate() {
                *place = before[row * stride + first + column];
            }
        }
        return;
    }
    let half = size / 2;
    let (left, right) = numbers.split_at_mut(half * stride);
    let corner = first + half;
    let lower = &*left;
    let pieces = right.par_chunks_mut(PIECE * stride).enumerate();
    pieces.for_each(|(piece, to)| {
        let columns = to.len() / stride;
        let from = &lower[corner + piece * PIECE..];
        turn(from, stride, (half, columns), &mut to[first..], stride);
    });
    rayon::join(
        || mirror_columns(left, stride, first),
        || mirror_columns(right, stride, corner),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_is_turned_and_mirrored() {
        for (rows, columns) in [(1, 1), (3, 200), (17, 16), (130, 65), (301, 257)] {
            let matrix = DMatrix::from_fn(rows, columns, |i, j| (i * 1000 + j) as f64);
            let mut turned = DMatrix::zeros(columns, rows);
            transpose_into(&matrix, &mut turned);
            assert!(turned == matrix.transpose(), "{rows} {columns}");
        }
        for size in [0, 1, 2, 16, 127, 129, 300, 1000] {
            let below = |i: usize, j: usize| (i.max(j) * 1000 + i.min(j)) as f32;
            let mut matrix =
                DMatrix::from_fn(
                    size,
                    size,
                    |i, j| {
                        if i < j { f32::NAN } else { below(i, j) }
                    },
                );
            mirror(&mut matrix);
            assert!(matrix == DMatrix::from_fn(size, size, below), "{size}");
        }
    }
}
