//! How far two matrices are apart.

use nalgebra::DMatrix;

/// `|a - b| / |b|` in the Frobenius norm.
#[must_use]
pub fn relative_distance(a: &DMatrix<f64>, b: &DMatrix<f64>) -> f64 {
    (a - b).norm() / b.norm()
}
