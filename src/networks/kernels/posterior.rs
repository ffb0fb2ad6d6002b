//! What infinitely wide networks predict, with the variance of the prediction.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::KernelPair;
use crate::numerics::matrix::{MatrixError, factorise, ridged};

/// Prediction on test inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Posterior {
    /// Means: one row a test input, one column an output.
    pub mean: DMatrix<f64>,
    /// Variance of every output, one number a test input, at least 0.
    pub variance: DVector<f64>,
}

/// The kernels of a wide network between training inputs (`N x N`) and from test inputs to them
/// (`M x N`), and its covariance at each test input, as [`LimitKernel`](super::LimitKernel) gives them.
#[derive(Debug, Clone, Copy)]
pub struct Covariances<'a> {
    /// Training with training.
    pub train: &'a KernelPair,
    /// Test with training.
    pub cross: &'a KernelPair,
    /// Variance of the network at the start, at each test input.
    pub test: &'a DVector<f64>,
}

impl Covariances<'_> {
    /// The Bayesian posterior of a network whose weights keep their distribution (NNGP), for targets
    /// `N x O` that are seen with noise of variance `noise`:
    ///
    /// ```text
    /// mean = K_* (K + noise)^-1 y,   variance = K_** - K_* (K + noise)^-1 K_*^T
    /// ```
    ///
    /// R. M. Neal, "Bayesian learning for neural networks" (1996); J. Lee et al., ICLR 2018,
    /// arXiv:1711.00165. Cost: a Cholesky factor, and `M N^2`.
    ///
    /// # Errors
    /// [`MatrixError`] for shapes that do not fit, or a kernel that is singular without noise.
    pub fn bayesian(&self, targets: &DMatrix<f64>, noise: f64) -> Result<Posterior, MatrixError> {
        self.check(targets)?;
        let across = self.cross.nngp.transpose();
        let factor = factorise(ridged(&self.train.nngp, noise))?;
        let solved = factor.solve(&across);
        let taken = columnwise(&solved, &across);
        Ok(Posterior {
            mean: solved.tr_mul(targets),
            variance: (self.test - taken).map(not_negative),
        })
    }

    /// The ensemble of networks that gradient flow has trained to the end, each from its own start:
    ///
    /// ```text
    /// mean = A y,   variance = K_** + A K A^T - A K_*^T - K_* A^T,   A = Theta_* (Theta + ridge)^-1
    /// ```
    ///
    /// J. Lee et al., "Wide neural networks of any depth evolve as linear models under gradient descent",
    /// `NeurIPS` 32 (2019), arXiv:1902.06720, equation 16, with a ridge for kernels that are nearly singular.
    /// Cost: a Cholesky factor, and `M N^2`.
    ///
    /// # Errors
    /// As [`Covariances::bayesian`].
    ///
    /// ```
    /// use nalgebra::{dmatrix, dvector};
    /// use pulsatrix::networks::kernels::{Covariances, KernelPair};
    ///
    /// // one training input; the test input is the same, so the prediction is the target, with variance 0
    /// let kernel = KernelPair { nngp: dmatrix![2.0], ntk: dmatrix![3.0] };
    /// let all = Covariances { train: &kernel, cross: &kernel, test: &dvector![2.0] };
    /// let found = all.trained(&dmatrix![5.0], 0.0)?;
    /// assert!((found.mean[0] - 5.0).abs() < 1e-14 && found.variance[0] < 1e-14);
    /// # Ok::<(), pulsatrix::numerics::matrix::MatrixError>(())
    /// ```
    pub fn trained(&self, targets: &DMatrix<f64>, ridge: f64) -> Result<Posterior, MatrixError> {
        self.check(targets)?;
        let factor = factorise(ridged(&self.train.ntk, ridge))?;
        // A^T: one column a test input.
        let weights = factor.solve(&self.cross.ntk.transpose());
        let spread = columnwise(&weights, &(&self.train.nngp * &weights));
        let shared = columnwise(&weights, &self.cross.nngp.transpose());
        Ok(Posterior {
            mean: weights.tr_mul(targets),
            variance: (self.test + spread - 2.0 * shared).map(not_negative),
        })
    }

    fn check(&self, targets: &DMatrix<f64>) -> Result<(), MatrixError> {
        let (rows, columns) = self.cross.nngp.shape();
        let fits = |matrix: &DMatrix<f64>, shape: (usize, usize), requirement| {
            if matrix.shape() == shape {
                return Ok(());
            }
            Err(MatrixError::Shape {
                rows: matrix.nrows(),
                columns: matrix.ncols(),
                requirement,
            })
        };
        let squares = "kernels of training inputs have a row and a column for each of them";
        fits(&self.train.nngp, (columns, columns), squares)?;
        fits(&self.train.ntk, (columns, columns), squares)?;
        let across = "both kernels from test inputs to training inputs have one shape";
        fits(&self.cross.ntk, (rows, columns), across)?;
        let seen = "targets have a row for each training input";
        fits(targets, (columns, targets.ncols()), seen)?;
        if self.test.len() == rows {
            return Ok(());
        }
        Err(MatrixError::Shape {
            rows: self.test.len(),
            columns: 1,
            requirement: "there is one variance for each test input",
        })
    }
}

/// Inner products of the columns of two matrices.
fn columnwise(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DVector<f64> {
    let products = a.column_iter().zip(b.column_iter()).map(|(a, b)| a.dot(&b));
    DVector::from_iterator(a.ncols(), products)
}

/// A variance that rounding has made negative is 0; one that is no number stays so.
fn not_negative(variance: f64) -> f64 {
    if variance < 0.0 { 0.0 } else { variance }
}

#[cfg(test)]
mod tests {
    use nalgebra::{dmatrix, dvector};

    use super::*;

    /// One training input and one test input: every formula by hand.
    #[test]
    fn one_input_of_each_gives_the_formulas_by_hand() {
        let train = KernelPair {
            nngp: dmatrix![2.0],
            ntk: dmatrix![4.0],
        };
        let cross = KernelPair {
            nngp: dmatrix![0.5],
            ntk: dmatrix![3.0],
        };
        let test = dvector![1.5];
        let all = Covariances {
            train: &train,
            cross: &cross,
            test: &test,
        };
        let bayesian = all.bayesian(&dmatrix![6.0], 0.5).unwrap();
        assert!((bayesian.mean[0] - 0.5 / 2.5 * 6.0).abs() < 1e-15);
        assert!((bayesian.variance[0] - (1.5 - 0.25 / 2.5)).abs() < 1e-15);
        let trained = all.trained(&dmatrix![6.0], 0.0).unwrap();
        assert!((trained.mean[0] - 0.75 * 6.0).abs() < 1e-15);
        let variance = 1.5 + 0.75 * 0.75 * 2.0 - 2.0 * 0.75 * 0.5;
        assert!((trained.variance[0] - variance).abs() < 1e-15);
    }

    /// Where only the read-out learns, the tangent kernel is the covariance, and trained networks are
    /// samples of the Bayesian posterior.
    #[test]
    fn a_trained_read_out_is_a_sample_of_the_posterior() {
        let half = DMatrix::from_fn(5, 9, |i, j| {
            (1.0 + ((i * 9 + j) * (i + 2 * j)) as f64).sin()
        });
        let whole = &half * half.transpose();
        let part = |rows: std::ops::Range<usize>| {
            let kernel = whole
                .rows(rows.start, rows.len())
                .columns(0, 3)
                .into_owned();
            KernelPair {
                nngp: kernel.clone(),
                ntk: kernel,
            }
        };
        let (train, cross) = (part(0..3), part(3..5));
        let test = dvector![whole[(3, 3)], whole[(4, 4)]];
        let all = Covariances {
            train: &train,
            cross: &cross,
            test: &test,
        };
        let targets = dmatrix![1.0; -2.0; 0.5];
        let (bayesian, trained) = (all.bayesian(&targets, 0.0), all.trained(&targets, 0.0));
        let (bayesian, trained) = (bayesian.unwrap(), trained.unwrap());
        assert!((&bayesian.mean - &trained.mean).amax() < 1e-12);
        assert!((&bayesian.variance - &trained.variance).amax() < 1e-12);
        assert!(bayesian.variance.iter().all(|variance| *variance > 0.0));
        assert!(all.bayesian(&dmatrix![1.0], 0.0).is_err());
    }
}
