//! The largest eigenvalues of a symmetric operator that is known by its products alone.

use nalgebra::{DMatrix, DVector};

use super::{MatrixError, symmetric_spectrum};

/// Most products.
const MOST: usize = 200;

/// The algebraically largest eigenvalue of a symmetric operator, by Lanczos iteration from `start`
/// with full reorthogonalisation, until the residual is below `tolerance` times the
/// largest eigenvalue in size.
///
/// Its error is then below `tolerance` squared over the gap to the next eigenvalue, in units of the
/// eigenvalue. An eigenvector at right angles to `start` is not seen. Cost: one product and `4 n k`
/// operations for the `k`-th step; `n k` numbers are kept.
///
/// # Errors
/// Those of the products; [`MatrixError::NoConvergence`] after 200 of them, and
/// [`MatrixError::NotFinite`] if one is not finite.
///
/// ```
/// use pulsatrix::numerics::matrix::{MatrixError, largest_eigenvalue};
///
/// // diag(1, 2, ..., 50)
/// let product = |v: &[f64]| {
///     let scaled = v.iter().enumerate().map(|(i, x)| (i + 1) as f64 * x);
///     Ok::<_, MatrixError>(scaled.collect())
/// };
/// let top = largest_eigenvalue(&[1.0; 50], 1e-8, product)?;
/// assert!((top - 50.0).abs() < 1e-8);
/// # Ok::<(), MatrixError>(())
/// ```
pub fn largest_eigenvalue<E: From<MatrixError>>(
    start: &[f64],
    tolerance: f64,
    product: impl FnMut(&[f64]) -> Result<Vec<f64>, E>,
) -> Result<f64, E> {
    let values = largest_eigenvalues(start, 1, tolerance, product)?;
    Ok(values.first().copied().unwrap_or(0.0))
}

/// The `count` algebraically largest eigenvalues, the largest first, as [`largest_eigenvalue`]
/// finds it, when the residuals of all are below the tolerance.
///
/// Eigenvalues are seen once, however many eigenvectors they have, and there may be fewer of them
/// than were asked for.
///
/// # Errors
/// Those of [`largest_eigenvalue`].
pub fn largest_eigenvalues<E: From<MatrixError>>(
    start: &[f64],
    count: usize,
    tolerance: f64,
    mut product: impl FnMut(&[f64]) -> Result<Vec<f64>, E>,
) -> Result<Vec<f64>, E> {
    let mut vector = DVector::from_column_slice(start);
    let length = vector.norm();
    if length == 0.0 {
        return Ok(Vec::new());
    }
    vector /= length;
    let mut basis: Vec<DVector<f64>> = Vec::new();
    let (mut diagonal, mut beside): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    while basis.len() < MOST {
        let mut next = DVector::from_vec(product(vector.as_slice())?);
        if let Some(row) = next.iter().position(|x| !x.is_finite()) {
            let (column, value) = (basis.len(), next[row]);
            return Err(MatrixError::NotFinite { row, column, value }.into());
        }
        let along = vector.dot(&next);
        basis.push(vector);
        for _ in 0..2 {
            for known in &basis {
                let part = known.dot(&next);
                next.axpy(-part, known, 1.0);
            }
        }
        diagonal.push(along);
        let rest = next.norm();
        let size = diagonal.len();
        let small = DMatrix::from_fn(size, size, |i, j| match i.abs_diff(j) {
            0 => diagonal[i],
            1 => beside[i.min(j)],
            _ => 0.0,
        });
        let spectrum = symmetric_spectrum(&small)?;
        let scale = spectrum.values.amax();
        let top = size.saturating_sub(count)..size;
        let residual = |i: usize| rest * spectrum.vectors[(size - 1, i)].abs();
        let converged = size >= count && top.clone().all(|i| residual(i) <= tolerance * scale);
        if converged || size == start.len() || rest <= 1e-14 * scale {
            return Ok(top.rev().map(|i| spectrum.values[i]).collect());
        }
        beside.push(rest);
        vector = next / rest;
    }
    Err(MatrixError::NoConvergence { size: start.len() }.into())
}
