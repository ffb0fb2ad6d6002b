//! Eigenvalues of symmetric matrices, and why a matrix cannot be decomposed.

use nalgebra::{DMatrix, DVector, SymmetricEigen};
use thiserror::Error;

/// A matrix that cannot be decomposed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum MatrixError {
    /// Not square, or not the size that a problem asks for.
    #[error("the matrix is {rows} x {columns}; {requirement}")]
    Shape {
        /// Rows found.
        rows: usize,
        /// Columns found.
        columns: usize,
        /// What was needed.
        requirement: &'static str,
    },
    /// NaN or infinity among the entries.
    #[error("entry ({row}, {column}) of the matrix is {value}")]
    NotFinite {
        /// Row of the first such entry.
        row: usize,
        /// Column of the first such entry.
        column: usize,
        /// The entry.
        value: f64,
    },
    /// A matrix that must be positive definite is not, to working precision.
    #[error(
        "the {size} x {size} matrix is not positive definite to working precision; \
         add a ridge, about {ridge:e} or more, to its diagonal"
    )]
    NotPositiveDefinite {
        /// Rows of the matrix.
        size: usize,
        /// A ridge of rounding size: `size * epsilon * largest diagonal entry`.
        ridge: f64,
    },
    /// The iteration for the eigenvalues did not end.
    #[error("the eigenvalues of the {size} x {size} matrix did not converge")]
    NoConvergence {
        /// Rows of the matrix.
        size: usize,
    },
}

/// Eigenvalues of a symmetric matrix, ascending, and their orthonormal eigenvectors.
#[derive(Debug, Clone, PartialEq)]
pub struct SymmetricSpectrum {
    /// Eigenvalues, ascending.
    pub values: DVector<f64>,
    /// Column `i` belongs to `values[i]`.
    pub vectors: DMatrix<f64>,
}

pub(super) fn check(matrix: &DMatrix<f64>) -> Result<(), MatrixError> {
    let (rows, columns) = matrix.shape();
    if rows != columns {
        let requirement = "it must be square";
        return Err(MatrixError::Shape {
            rows,
            columns,
            requirement,
        });
    }
    match matrix.iter().position(|value| !value.is_finite()) {
        Some(place) => Err(MatrixError::NotFinite {
            row: place % rows,
            column: place / rows,
            value: matrix[place],
        }),
        None => Ok(()),
    }
}

/// Eigenvalues and eigenvectors of a symmetric matrix, of which the lower triangle is read.
///
/// Householder tridiagonalisation and implicit QR steps (nalgebra); about `9 n^3` operations.
///
/// # Errors
/// [`MatrixError`] for a matrix that is empty, not square or not finite, or without convergence.
pub fn symmetric_spectrum(matrix: &DMatrix<f64>) -> Result<SymmetricSpectrum, MatrixError> {
    check(matrix)?;
    let size = matrix.nrows();
    if size == 0 {
        return Err(MatrixError::Shape {
            rows: 0,
            columns: 0,
            requirement: "a spectrum needs at least one row",
        });
    }
    let eigen = SymmetricEigen::try_new(matrix.clone(), f64::EPSILON, 1000 * size)
        // entries near the largest number overflow on the way
        .filter(|eigen| eigen.eigenvalues.iter().all(|value| value.is_finite()))
        .ok_or(MatrixError::NoConvergence { size })?;
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|a, b| eigen.eigenvalues[*a].total_cmp(&eigen.eigenvalues[*b]));
    Ok(SymmetricSpectrum {
        values: DVector::from_iterator(size, order.iter().map(|i| eigen.eigenvalues[*i])),
        vectors: eigen.eigenvectors.select_columns(&order),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::matrix::factorise;

    #[test]
    fn spectra_rebuild_their_matrix() {
        // the second difference on 60 points: eigenvalues 2 - 2 cos(pi j / 61)
        let n = 60;
        let matrix = DMatrix::from_fn(n, n, |i, j| match i.abs_diff(j) {
            0 => 2.0,
            1 => -1.0,
            _ => 0.0,
        });
        let SymmetricSpectrum { values, vectors } = symmetric_spectrum(&matrix).unwrap();
        for (j, value) in values.iter().enumerate() {
            let angle = std::f64::consts::PI * (j + 1) as f64 / (n + 1) as f64;
            assert!((value - (2.0 - 2.0 * angle.cos())).abs() < 1e-13);
        }
        let rebuilt = &vectors * DMatrix::from_diagonal(&values) * vectors.transpose();
        assert!((rebuilt - matrix).amax() < 1e-13);
    }

    #[test]
    fn what_cannot_be_decomposed_says_why() {
        let singular = DMatrix::from_element(3, 3, 1.0);
        assert!(matches!(
            factorise(singular),
            Err(MatrixError::NotPositiveDefinite { size: 3, ridge }) if ridge > 0.0
        ));
        let mut broken = DMatrix::identity(2, 2);
        broken[(1, 0)] = f64::NAN;
        assert!(matches!(
            symmetric_spectrum(&broken),
            Err(MatrixError::NotFinite {
                row: 1,
                column: 0,
                ..
            })
        ));
        let wide = DMatrix::zeros(2, 3);
        assert!(matches!(factorise(wide), Err(MatrixError::Shape { .. })));
        let nothing = DMatrix::zeros(0, 0);
        assert!(matches!(
            symmetric_spectrum(&nothing),
            Err(MatrixError::Shape { rows: 0, .. })
        ));
    }
}
