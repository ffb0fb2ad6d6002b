//! Examples that come batch by batch: only their sums are kept.

use nalgebra::{DMatrix, DVector};

use super::error::{all_finite, check_ridge, check_shapes};
use super::solve::sound_factor;
use super::spectral::counted;
use super::{Leverage, Readout, ReadoutError, Solver};
use crate::numerics::matrix::{SpdFactor, View, add_gram, gemm, multiply};

/// `H^T H` and `H^T T`, summed over batches in any order; examples are seen once and forgotten.
///
/// Sums of the same batches in another order, or of other sums, differ by rounding alone. Memory: `L^2`
/// numbers, however many examples.
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::training::readout::ReadoutSums;
///
/// let mut sums = ReadoutSums::new(2, 1);
/// sums.add(&dmatrix![1.0, 1.0], &dmatrix![3.0])?;
/// sums.add(&dmatrix![1.0, 0.0; 0.0, 1.0], &dmatrix![1.0; 2.0])?;
/// let found = sums.solve(1.0)?;
/// assert!((found.weights - dmatrix![0.875; 1.375]).amax() < 1e-14);
/// # Ok::<(), pulsatrix::training::readout::ReadoutError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ReadoutSums {
    /// `H^T H`, its lower triangle.
    gram: DMatrix<f64>,
    /// `H^T T`.
    cross: DMatrix<f64>,
    examples: usize,
}

impl ReadoutSums {
    /// Of no examples yet, with so many features and outputs.
    #[must_use]
    pub fn new(features: usize, outputs: usize) -> Self {
        Self {
            gram: DMatrix::zeros(features, features),
            cross: DMatrix::zeros(features, outputs),
            examples: 0,
        }
    }

    /// Examples so far.
    #[must_use]
    pub fn examples(&self) -> usize {
        self.examples
    }

    /// Adds a batch: features `n x L`, targets `n x C`. Cost: `n L^2` operations, half of a full product.
    ///
    /// # Errors
    /// [`ReadoutError::Shape`] and [`ReadoutError::NotFinite`]; nothing is added then.
    pub fn add(
        &mut self,
        features: &DMatrix<f64>,
        targets: &DMatrix<f64>,
    ) -> Result<(), ReadoutError> {
        self.check(features, targets)?;
        let across = View::from(features).transposed();
        add_gram(1.0, across, 1.0, &mut self.gram);
        gemm(1.0, across, View::from(targets), 1.0, &mut self.cross);
        self.examples += features.nrows();
        Ok(())
    }

    /// Adds the sums of other examples.
    ///
    /// # Errors
    /// [`ReadoutError::Shape`].
    pub fn merge(&mut self, other: &Self) -> Result<(), ReadoutError> {
        if other.cross.shape() != self.cross.shape() {
            return Err(ReadoutError::Shape {
                name: "the other sum",
                found: other.cross.shape(),
                expected: self.cross.shape(),
            });
        }
        self.gram += &other.gram;
        self.cross += &other.cross;
        self.examples += other.examples;
        Ok(())
    }

    fn check(&self, features: &DMatrix<f64>, targets: &DMatrix<f64>) -> Result<(), ReadoutError> {
        check_shapes(features, targets)?;
        let (count, outputs) = self.cross.shape();
        let shape = |name, found: (usize, usize), columns| {
            if found.1 == columns {
                return Ok(());
            }
            let expected = (found.0, columns);
            Err(ReadoutError::Shape {
                name,
                found,
                expected,
            })
        };
        shape("the matrix of features", features.shape(), count)?;
        shape("the matrix of targets", targets.shape(), outputs)?;
        all_finite("the matrix of features", features)?;
        all_finite("the matrix of targets", targets)
    }

    /// The weights at a ridge: by Cholesky, or where its pivots are rounding (ridge 0 with neurons that repeat
    /// each other) by eigenvalues, without those up to `max(N, L) epsilon` of the largest one;
    /// [`Readout::solver`] says which, and then [`Readout::rank`] how many directions are left. At ridge 0 with few
    /// examples the solution is that of least norm.
    ///
    /// Cost: `L^3 / 3` operations, or `9 L^3`.
    ///
    /// # Errors
    /// [`ReadoutError::DeadFeatures`] if all features were zero, [`ReadoutError::OutOfRange`] for a ridge below 0.
    pub fn solve(&self, ridge: f64) -> Result<Readout, ReadoutError> {
        Ok(self.solution(ridge)?.0)
    }

    /// The weights, and what leave-one-out errors of the summed examples need if they are shown again; `L^3 / 3`
    /// operations more.
    ///
    /// # Errors
    /// As [`ReadoutSums::solve`].
    pub fn solve_and_leverage(&self, ridge: f64) -> Result<(Readout, Leverage), ReadoutError> {
        let (readout, root) = self.solution(ridge)?;
        let leverage = match root {
            Root::Factor(factor) => Leverage::triangular(factor.inverse_lower()),
            Root::Modes(values, vectors) => {
                let mut inverse = vectors.transpose();
                for (mut row, value) in inverse.row_iter_mut().zip(values.iter()) {
                    row.unscale_mut(value.sqrt());
                }
                Leverage::full(inverse)
            }
        };
        Ok((readout, leverage))
    }

    fn solution(&self, ridge: f64) -> Result<(Readout, Root), ReadoutError> {
        check_ridge(ridge)?;
        let size = self.gram.nrows();
        if self.gram.diagonal().iter().all(|square| *square == 0.0) {
            return Err(ReadoutError::DeadFeatures {
                examples: self.examples,
                features: size,
            });
        }
        if let Some((factor, condition)) = sound_factor(&self.gram, ridge)? {
            let readout = Readout {
                weights: factor.solve(&self.cross),
                ridge,
                rank: None,
                condition,
                solver: Solver::Primal,
            };
            return Ok((readout, Root::Factor(factor)));
        }
        let (squares, vectors, _) = counted(&self.gram, size.max(self.examples))?;
        let values = squares.add_scalar(ridge);
        let mut modes = multiply(View::from(&vectors).transposed(), View::from(&self.cross));
        for (mut row, value) in modes.row_iter_mut().zip(values.iter()) {
            row.unscale_mut(*value);
        }
        let readout = Readout {
            weights: multiply(View::from(&vectors), View::from(&modes)),
            ridge,
            rank: Some(values.len()),
            condition: values.max() / values.min(),
            solver: Solver::Spectral,
        };
        Ok((readout, Root::Modes(values, vectors)))
    }
}

/// How the equations of the sums were solved.
enum Root {
    /// `H^T H + ridge`.
    Factor(SpdFactor),
    /// Its eigenvalues that count, and their vectors.
    Modes(DVector<f64>, DMatrix<f64>),
}
