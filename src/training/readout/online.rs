//! Examples that come one after the other: the weights are right after each.

use nalgebra::DMatrix;

use super::ReadoutError;
use super::error::{all_finite, check_ridge, check_shapes};
use crate::numerics::matrix::{View, factorise, gemm, multiply};

/// Recursive least squares with a ridge (online sequential extreme learning machine):
///
/// ```text
/// P <- P - P H^T (1 + H P H^T)^-1 H P,    B <- B + P H^T (T - H B),    P = 1 / ridge and B = 0 at first
/// ```
///
/// After any number of batches of any size, in any order, `P = (H^T H + ridge)^-1` and `B` are those of all examples
/// at once, to rounding that grows with the condition number of `H^T H + ridge`: there is no ridge 0 here, and at a tiny
/// one with features that repeat each other the weights must not be trusted. [`ReadoutSums`](super::ReadoutSums) lose
/// less and cost less where the weights are wanted at the end alone.
///
/// N.-Y. Liang, G.-B. Huang, P. Saratchandran, N. Sundararajan, "A fast and accurate online sequential learning
/// algorithm for feedforward networks", IEEE Trans. Neural Netw. 17(6), 1411-1423 (2006),
/// doi:10.1109/TNN.2006.880583 (its equations are those of recursive least squares).
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::training::readout::OnlineReadout;
///
/// let mut online = OnlineReadout::new(2, 1, 1.0)?;
/// for (h, t) in [(dmatrix![1.0, 0.0], 1.0), (dmatrix![0.0, 1.0], 2.0), (dmatrix![1.0, 1.0], 3.0)] {
///     online.add(&h, &dmatrix![t])?;
/// }
/// assert!((online.weights() - dmatrix![0.875; 1.375]).amax() < 1e-14);
/// # Ok::<(), pulsatrix::training::readout::ReadoutError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct OnlineReadout {
    /// `P`.
    inverse: DMatrix<f64>,
    weights: DMatrix<f64>,
    examples: usize,
}

impl OnlineReadout {
    /// Of no examples yet, with so many features and outputs.
    ///
    /// # Errors
    /// [`ReadoutError::OutOfRange`] unless the ridge is positive.
    pub fn new(features: usize, outputs: usize, ridge: f64) -> Result<Self, ReadoutError> {
        check_ridge(ridge)?;
        if ridge == 0.0 {
            return Err(ReadoutError::OutOfRange {
                name: "ridge",
                value: ridge,
                requirement: "positive: before the first example there is nothing else to invert",
            });
        }
        Ok(Self {
            inverse: DMatrix::identity(features, features) / ridge,
            weights: DMatrix::zeros(features, outputs),
            examples: 0,
        })
    }

    /// Learns a batch: features `n x L`, targets `n x C`. Cost: `4 n L^2` operations, and a factor of `n x n`.
    ///
    /// # Errors
    /// [`ReadoutError::Shape`], [`ReadoutError::NotFinite`]; nothing is learnt then.
    pub fn add(
        &mut self,
        features: &DMatrix<f64>,
        targets: &DMatrix<f64>,
    ) -> Result<(), ReadoutError> {
        check_shapes(features, targets)?;
        let expected = (features.nrows(), self.weights.nrows());
        if features.shape() != expected || targets.ncols() != self.weights.ncols() {
            return Err(ReadoutError::Shape {
                name: "the batch of features and targets",
                found: (features.ncols(), targets.ncols()),
                expected: self.weights.shape(),
            });
        }
        all_finite("the matrix of features", features)?;
        all_finite("the matrix of targets", targets)?;
        let rows = View::from(features);
        // H P, and 1 + H P H^T
        let seen = multiply(rows, View::from(&self.inverse));
        let mut inner = DMatrix::identity(features.nrows(), features.nrows());
        gemm(1.0, View::from(&seen), rows.transposed(), 1.0, &mut inner);
        let solved = factorise(inner)?.solve(&seen);
        let across = View::from(&seen).transposed();
        gemm(-1.0, across, View::from(&solved), 1.0, &mut self.inverse);
        // rounding takes the symmetry away, and with it what keeps the recursion stable
        self.inverse = (&self.inverse + self.inverse.transpose()) * 0.5;
        let mut errors = targets.clone();
        gemm(-1.0, rows, View::from(&self.weights), 1.0, &mut errors);
        let pulled = multiply(rows.transposed(), View::from(&errors));
        gemm(
            1.0,
            View::from(&self.inverse),
            View::from(&pulled),
            1.0,
            &mut self.weights,
        );
        self.examples += features.nrows();
        Ok(())
    }

    /// The weights `B` so far.
    #[must_use]
    pub fn weights(&self) -> &DMatrix<f64> {
        &self.weights
    }

    /// `P = (H^T H + ridge)^-1` so far.
    #[must_use]
    pub fn inverse(&self) -> &DMatrix<f64> {
        &self.inverse
    }

    /// Examples so far.
    #[must_use]
    pub fn examples(&self) -> usize {
        self.examples
    }
}
