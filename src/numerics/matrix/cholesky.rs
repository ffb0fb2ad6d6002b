//! Cholesky factors of symmetric positive definite matrices.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

use super::decomposition::check;
use super::{MatrixError, View, gemm_into, largest_eigenvalue, multiply};

/// Rows that nalgebra factorises at once; larger matrices are cut into blocks of columns, and what the
/// columns before leave behind is one product. Measured: from here on the products are faster.
const BLOCK: usize = 128;

/// The matrix with `ridge` added to its diagonal.
#[must_use]
pub fn ridged(matrix: &DMatrix<f64>, ridge: f64) -> DMatrix<f64> {
    let mut matrix = matrix.clone();
    for place in 0..matrix.nrows().min(matrix.ncols()) {
        matrix[(place, place)] += ridge;
    }
    matrix
}

/// The Cholesky factor of a symmetric positive definite matrix, ready to solve with.
#[derive(Debug, Clone)]
pub struct SpdFactor(Cholesky<f64, Dyn>);

/// Factorises a symmetric positive definite matrix, of which the lower triangle is read; `n^3 / 3`
/// operations, those of large matrices in our own products.
///
/// # Errors
/// [`MatrixError::NotPositiveDefinite`] with a ridge that would help, and those of
/// [`symmetric_spectrum`](super::symmetric_spectrum).
///
/// ```
/// use nalgebra::{dmatrix, dvector};
/// use pulsatrix::numerics::matrix::factorise;
///
/// let factor = factorise(dmatrix![4.0, 2.0; 2.0, 3.0])?;
/// assert!((factor.solve_vector(&dvector![6.0, 5.0]) - dvector![1.0, 1.0]).norm() < 1e-15);
/// assert!(factorise(dmatrix![1.0, 1.0; 1.0, 1.0 - 1e-9]).is_err());
/// # Ok::<(), pulsatrix::numerics::matrix::MatrixError>(())
/// ```
pub fn factorise(matrix: DMatrix<f64>) -> Result<SpdFactor, MatrixError> {
    check(&matrix)?;
    let size = matrix.nrows();
    let largest = matrix
        .diagonal()
        .iter()
        .fold(0.0_f64, |a, b| a.max(b.abs()));
    let factor = if size <= BLOCK {
        Cholesky::new(matrix)
    } else {
        in_blocks(matrix)
    };
    factor
        .map(SpdFactor)
        .ok_or(MatrixError::NotPositiveDefinite {
            size,
            ridge: size as f64 * f64::EPSILON * largest.max(f64::MIN_POSITIVE),
        })
}

/// Block of columns after block of columns, each in three steps: what the columns before leave of it, the
/// factor of its square on the diagonal, and what stands below.
fn in_blocks(mut matrix: DMatrix<f64>) -> Option<Cholesky<f64, Dyn>> {
    let size = matrix.nrows();
    for first in (0..size).step_by(BLOCK) {
        let (width, tall) = (BLOCK.min(size - first), size - first);
        let mut column = matrix.view((first, first), (tall, width)).into_owned();
        if first > 0 {
            let done = &matrix.as_slice()[..first * size];
            let before = View::column_major(done, size, first);
            let (left, beside) = (before.every(first, 1, tall), before.every(first, 1, width));
            gemm_into(-1.0, left, beside.transposed(), 1.0, column.as_mut_slice());
        }
        let square = Cholesky::new(column.rows(0, width).into_owned())?.unpack();
        let mut below = column.rows(width, tall - width).transpose();
        if !square.solve_lower_triangular_mut(&mut below) {
            return None;
        }
        let mut place = matrix.view_mut((first, first), (tall, width));
        place.rows_mut(0, width).copy_from(&square);
        place
            .rows_mut(width, tall - width)
            .copy_from(&below.transpose());
    }
    Some(Cholesky::pack_dirty(matrix))
}

impl SpdFactor {
    /// The solution of `matrix x = right`.
    ///
    /// # Panics
    /// If the lengths differ.
    #[must_use]
    pub fn solve_vector(&self, right: &DVector<f64>) -> DVector<f64> {
        self.0.solve(right)
    }

    /// The solution of `matrix x = right` for every column.
    ///
    /// # Panics
    /// If the numbers of rows differ.
    #[must_use]
    pub fn solve(&self, right: &DMatrix<f64>) -> DMatrix<f64> {
        self.0.solve(right)
    }

    /// The inverse of the lower triangular factor: `L^-1` with `(L^-1)^T L^-1` the inverse of the matrix.
    /// About `n^3 / 3` operations, in our own products.
    #[must_use]
    pub fn inverse_lower(&self) -> DMatrix<f64> {
        invert_lower(&self.0.l())
    }

    /// Condition number in the 2-norm, to a tenth, by Lanczos iteration on the matrix and on its inverse;
    /// `n^2` operations a step.
    ///
    /// # Errors
    /// [`MatrixError`] if the iteration does not end.
    pub fn condition(&self) -> Result<f64, MatrixError> {
        /// The largest residual in units of the eigenvalue, which is as good at least.
        const RESIDUAL: f64 = 0.05;
        let lower = self.0.l();
        // Weights without a pattern, so that no eigenvector is at right angles to them.
        let golden = |i: usize| 1.0 + (0.618_033_988_749_895 * (i + 1) as f64).fract();
        let start: Vec<f64> = (0..lower.nrows()).map(golden).collect();
        let largest = largest_eigenvalue(&start, RESIDUAL, |v: &[f64]| {
            let product = &lower * lower.tr_mul(&DVector::from_column_slice(v));
            Ok::<_, MatrixError>(product.as_slice().to_vec())
        })?;
        let inverse = largest_eigenvalue(&start, RESIDUAL, |v: &[f64]| {
            let solved = self.solve_vector(&DVector::from_column_slice(v));
            Ok::<_, MatrixError>(solved.as_slice().to_vec())
        })?;
        Ok(largest * inverse)
    }
}

/// By halves: the inverse of `[A 0; B C]` is `[A^-1 0; -C^-1 B A^-1 C^-1]`.
fn invert_lower(lower: &DMatrix<f64>) -> DMatrix<f64> {
    let size = lower.nrows();
    let mut inverse = DMatrix::identity(size, size);
    if size <= BLOCK {
        // A factor has no zero on its diagonal.
        let _ = lower.solve_lower_triangular_mut(&mut inverse);
        return inverse;
    }
    let half = size / 2;
    let part = |at, shape| lower.view(at, shape).into_owned();
    let above = invert_lower(&part((0, 0), (half, half)));
    let below = invert_lower(&part((half, half), (size - half, size - half)));
    let corner = part((half, 0), (size - half, half));
    let across = multiply(View::from(&corner), View::from(&above));
    let across = multiply(View::from(&below), View::from(&across));
    inverse.view_mut((0, 0), (half, half)).copy_from(&above);
    let rest = (size - half, size - half);
    inverse.view_mut((half, half), rest).copy_from(&below);
    inverse
        .view_mut((half, 0), (size - half, half))
        .copy_from(&-across);
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `1 / (1 + |i - j|)`, and more on the diagonal.
    fn matrix(size: usize) -> DMatrix<f64> {
        let kernel = DMatrix::from_fn(size, size, |i, j| 1.0 / (1.0 + i.abs_diff(j) as f64));
        ridged(&kernel, 0.5)
    }

    #[test]
    fn blocks_give_the_factor_of_the_whole() {
        for size in [BLOCK + 1, 300, 3 * BLOCK] {
            let matrix = matrix(size);
            let whole = Cholesky::new(matrix.clone()).unwrap().l();
            let factor = factorise(matrix.clone()).unwrap();
            assert!((factor.0.l() - &whole).amax() < 1e-13);
            let inverse = factor.inverse_lower();
            let identity = DMatrix::identity(size, size);
            assert!((&inverse * &whole - identity).amax() < 1e-13);
            let right = DMatrix::from_fn(size, 3, |i, j| (i as f64 + 2.0 * j as f64).sin());
            assert!((&matrix * factor.solve(&right) - right).amax() < 1e-13);
        }
        let mut broken = matrix(300);
        broken[(250, 250)] = -1.0;
        let refused = factorise(broken).unwrap_err();
        assert!(matches!(
            refused,
            MatrixError::NotPositiveDefinite { size: 300, .. }
        ));
    }

    #[test]
    fn the_condition_is_that_of_the_eigenvalues() {
        let matrix = matrix(60);
        let values = super::super::symmetric_spectrum(&matrix).unwrap().values;
        let expected = values[59] / values[0];
        let found = factorise(matrix).unwrap().condition().unwrap();
        assert!((found / expected - 1.0).abs() < 0.1, "{found} {expected}");
    }
}
