//! Weights by one solve.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::error::{check, check_ridge};
use super::{ReadoutError, SpectralFilter, SpectralReadout};
use crate::networks::NetworkError;
use crate::numerics::matrix::{
    MatrixError, SpdFactor, View, add_gram, factorise, multiply, ridged,
};

/// Which equations were solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Solver {
    /// `L x L`, by Cholesky.
    Primal,
    /// `N x N`, by Cholesky.
    Dual,
    /// Eigenvalues, without those that count as zero: asked for, or because Cholesky's pivots were rounding.
    Spectral,
}

/// The weights of a read-out, and how far they can be trusted.
#[derive(Debug, Clone, PartialEq)]
pub struct Readout {
    /// `B`, `L x C`.
    pub weights: DMatrix<f64>,
    /// Penalty of the squared weights.
    pub ridge: f64,
    /// Directions of the features that were told from zero; below `min(N, L)` where neurons repeat each other. Nothing
    /// of Cholesky's factor, which does not tell.
    pub rank: Option<usize>,
    /// Condition number of what was solved, ridge included; of a spectral solution that of the directions
    /// that count.
    pub condition: f64,
    /// How.
    pub solver: Solver,
}

impl Readout {
    /// The outputs `H B`, one row an example.
    ///
    /// # Errors
    /// [`ReadoutError::Network`] for another number of features.
    pub fn outputs(&self, features: &DMatrix<f64>) -> Result<DMatrix<f64>, ReadoutError> {
        if features.ncols() != self.weights.nrows() {
            return Err(NetworkError::BatchShape {
                name: "features",
                found: features.shape(),
                expected: (features.nrows(), self.weights.nrows()),
            }
            .into());
        }
        Ok(multiply(View::from(features), View::from(&self.weights)))
    }
}

/// The weights of least norm among those of least squares, `H^+ T`.
///
/// # Errors
/// Those of [`SpectralReadout::new`].
pub fn pseudo_inverse(
    features: &DMatrix<f64>,
    targets: &DMatrix<f64>,
) -> Result<Readout, ReadoutError> {
    SpectralReadout::new(features, targets)?.readout(SpectralFilter::PseudoInverse)
}

/// The weights of least `|H B - T|^2 + ridge |B|^2`: by the `L x L` equations if there are at most as many features as
/// examples, else by the `N x N` ones, and by eigenvalues at ridge 0 or where the equations are singular to
/// working precision, which [`Readout::solver`] then says.
///
/// Cost: `N L min(N, L)` operations and `min(N, L)^3 / 3`; with eigenvalues `9 min(N, L)^3`.
///
/// # Errors
/// [`ReadoutError::OutOfRange`] for a ridge below 0, and those of [`SpectralReadout::new`].
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::training::readout::{ridge, Solver};
///
/// let features = dmatrix![1.0, 0.0; 0.0, 1.0; 1.0, 1.0];
/// let found = ridge(&features, &dmatrix![1.0; 2.0; 3.0], 1.0)?;
/// assert!((&found.weights - dmatrix![0.875; 1.375]).amax() < 1e-14);
/// assert_eq!(found.solver, Solver::Primal);
/// # Ok::<(), pulsatrix::training::readout::ReadoutError>(())
/// ```
pub fn ridge(
    features: &DMatrix<f64>,
    targets: &DMatrix<f64>,
    ridge: f64,
) -> Result<Readout, ReadoutError> {
    check(features, targets)?;
    check_ridge(ridge)?;
    let primal = features.ncols() <= features.nrows();
    if ridge > 0.0 {
        let view = View::from(features);
        let across = view.transposed();
        let size = features.nrows().min(features.ncols());
        let mut gram = DMatrix::zeros(size, size);
        add_gram(1.0, if primal { across } else { view }, 0.0, &mut gram);
        if let Some((factor, condition)) = sound_factor(&gram, ridge)? {
            let weights = if primal {
                factor.solve(&multiply(across, View::from(targets)))
            } else {
                multiply(across, View::from(&factor.solve(targets)))
            };
            return Ok(Readout {
                weights,
                ridge,
                rank: None,
                condition,
                solver: if primal { Solver::Primal } else { Solver::Dual },
            });
        }
    }
    SpectralReadout::new(features, targets)?.readout(SpectralFilter::Ridge { ridge })
}

/// The Cholesky factor of a Gram matrix with its ridge, and its condition number; nothing where rounding has
/// decided on a pivot.
pub(super) fn sound_factor(
    gram: &DMatrix<f64>,
    ridge: f64,
) -> Result<Option<(SpdFactor, f64)>, MatrixError> {
    let factor = match factorise(ridged(gram, ridge)) {
        Ok(factor) => factor,
        Err(MatrixError::NotPositiveDefinite { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Ok(condition) = factor.condition() else {
        return Ok(None);
    };
    let most = 1.0 / (gram.nrows() as f64 * f64::EPSILON);
    Ok((condition < most).then_some((factor, condition)))
}
