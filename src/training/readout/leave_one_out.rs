//! Errors of examples that were left out, without leaving any out.

use nalgebra::{DMatrix, DVector};

use super::ReadoutError;
use super::error::check_shapes;
use crate::numerics::matrix::{View, gemm_into};

/// What a read-out says of every example that it has not seen.
#[derive(Debug, Clone, PartialEq)]
pub struct LeaveOneOut {
    /// `N x C`: in row `i` the answer of the read-out that was fitted to all examples but `i`.
    pub outputs: DMatrix<f64>,
    /// Mean square of these answers' errors, over examples and outputs.
    pub mean_square: f64,
}

impl LeaveOneOut {
    /// From residuals `T - H B` and what the hat matrix leaves of every example, `1 - h_ii`: the residual of an
    /// example that was left out is `(t - f)_i / (1 - h_ii)` (PRESS; D. M. Allen, Technometrics 16, 125-127, 1974,
    /// doi:10.1080/00401706.1974.10489157), for a ridge that stays the same.
    pub(super) fn of(
        targets: &DMatrix<f64>,
        mut residuals: DMatrix<f64>,
        left: &[f64],
    ) -> Result<Self, ReadoutError> {
        /// Below this, what is left of an example is rounding: sums of up to `1e5` products of numbers near 1.
        const ROUNDING: f64 = 1e-11;
        for (row, left) in left.iter().enumerate() {
            // also if it is no number
            if left.is_nan() || *left <= ROUNDING {
                return Err(ReadoutError::Leverage { row });
            }
            residuals.row_mut(row).unscale_mut(*left);
        }
        let mean_square = residuals.norm_squared() / residuals.len() as f64;
        Ok(Self {
            outputs: targets - residuals,
            mean_square,
        })
    }
}

/// Nothing where leaving an example out leaves no answer.
///
/// # Errors
/// All others.
pub fn defined(
    found: Result<LeaveOneOut, ReadoutError>,
) -> Result<Option<LeaveOneOut>, ReadoutError> {
    match found {
        Err(ReadoutError::Leverage { .. } | ReadoutError::Lost { .. }) => Ok(None),
        found => found.map(Some),
    }
}

/// The leverages `h_ii = |R h_i|^2` of examples, `R^T R` the inverse of `H^T H + ridge`, batch by batch.
#[derive(Debug, Clone)]
pub struct Leverage {
    /// `R`.
    root: DMatrix<f64>,
    /// Whether it is zero above the diagonal.
    triangular: bool,
}

/// Rows of `R` in one product, so that what is zero above the diagonal is left out. Chosen: an eighth of 2,048
/// features.
const STRIP: usize = 256;

impl Leverage {
    /// From the inverse of a Cholesky factor.
    pub(super) fn triangular(root: DMatrix<f64>) -> Self {
        let triangular = true;
        Self { root, triangular }
    }

    /// From eigenvectors.
    pub(super) fn full(root: DMatrix<f64>) -> Self {
        let triangular = false;
        Self { root, triangular }
    }

    /// One number for every row of `features`, which must be among the examples that were summed; `N L^2`
    /// operations.
    ///
    /// # Errors
    /// [`ReadoutError::Shape`] for another number of features.
    pub fn of(&self, features: &DMatrix<f64>) -> Result<DVector<f64>, ReadoutError> {
        let (rows, found) = features.shape();
        let (size, count) = self.root.shape();
        if found != count {
            return Err(ReadoutError::Shape {
                name: "the matrix of features",
                found: (rows, found),
                expected: (rows, count),
            });
        }
        let mut sums = DVector::zeros(rows);
        let mut strip = vec![0.0; rows * STRIP.min(size)];
        for first in (0..size).step_by(STRIP) {
            let last = size.min(first + STRIP);
            let seen = if self.triangular { last } else { count };
            let left = View::column_major(&features.as_slice()[..rows * seen], rows, seen);
            let root = View::column_major(&self.root.as_slice()[..size * seen], size, seen);
            let part = root.every(first, 1, last - first).transposed();
            let strip = &mut strip[..rows * (last - first)];
            gemm_into(1.0, left, part, 0.0, strip);
            for column in strip.chunks_exact(rows.max(1)) {
                for (sum, value) in sums.iter_mut().zip(column) {
                    *sum += value * value;
                }
            }
        }
        Ok(sums)
    }

    /// The answers of read-outs that have not seen the examples, from the outputs of the one that has.
    ///
    /// # Errors
    /// [`ReadoutError::Shape`] for matrices that do not fit, and [`ReadoutError::Leverage`] for an example that
    /// alone decides on a direction.
    pub fn leave_one_out(
        &self,
        features: &DMatrix<f64>,
        outputs: &DMatrix<f64>,
        targets: &DMatrix<f64>,
    ) -> Result<LeaveOneOut, ReadoutError> {
        check_shapes(features, targets)?;
        if outputs.shape() != targets.shape() {
            return Err(ReadoutError::Shape {
                name: "the matrix of outputs",
                found: outputs.shape(),
                expected: targets.shape(),
            });
        }
        let left = self.of(features)?.map(|leverage| 1.0 - leverage);
        LeaveOneOut::of(targets, targets - outputs, left.as_slice())
    }
}
