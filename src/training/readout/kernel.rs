//! The read-out of infinitely many features: a kernel in place of `H H^T`.

use nalgebra::DMatrix;

use super::error::{check_kernel, check_ridge};
use super::solve::sound_factor;
use super::{ReadoutError, SpectralFilter, SpectralReadout};
use crate::numerics::matrix::{View, multiply};

/// `f(x) = k(x, X) (K + ridge)^-1 T`.
///
/// With the covariance kernel of an infinitely wide layer this is the mean of
/// [`Covariances::bayesian`](crate::networks::kernels::Covariances::bayesian), and the end of the flow of the read-out
/// alone. [`SpectralReadout::of_kernel`](super::SpectralReadout::of_kernel) gives the whole path of ridges.
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::training::readout::KernelReadout;
///
/// let found = KernelReadout::new(&dmatrix![2.0, 1.0; 1.0, 2.0], &dmatrix![3.0; 3.0], 0.0)?;
/// assert!((found.outputs(&dmatrix![2.0, 1.0])?[0] - 3.0).abs() < 1e-14);
/// # Ok::<(), pulsatrix::training::readout::ReadoutError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct KernelReadout {
    coefficients: DMatrix<f64>,
}

impl KernelReadout {
    /// From the kernel of the examples, `N x N`, and their targets, `N x C`. Cost: a Cholesky factor; where its
    /// pivots are rounding, eigenvalues, without those that count as zero.
    ///
    /// # Errors
    /// [`ReadoutError::OutOfRange`] for a ridge below 0, and those of [`SpectralReadout::of_kernel`]; a negative eigenvalue
    /// is met where the ridge does not lift it above 0.
    pub fn new(
        kernel: &DMatrix<f64>,
        targets: &DMatrix<f64>,
        ridge: f64,
    ) -> Result<Self, ReadoutError> {
        check_kernel(kernel, targets)?;
        check_ridge(ridge)?;
        let coefficients = match sound_factor(kernel, ridge)? {
            Some((factor, _)) => factor.solve(targets),
            None => {
                let all = SpectralReadout::of_kernel(kernel, targets)?;
                all.coefficients(SpectralFilter::Ridge { ridge })?
            }
        };
        Ok(Self { coefficients })
    }

    /// `(K + ridge)^-1 T`.
    #[must_use]
    pub fn coefficients(&self) -> &DMatrix<f64> {
        &self.coefficients
    }

    /// The outputs at inputs with this kernel to the examples, `M x N`.
    ///
    /// # Errors
    /// [`ReadoutError::Shape`].
    pub fn outputs(&self, cross: &DMatrix<f64>) -> Result<DMatrix<f64>, ReadoutError> {
        let examples = self.coefficients.nrows();
        if cross.ncols() != examples {
            return Err(ReadoutError::Shape {
                name: "the kernel between inputs and examples",
                found: cross.shape(),
                expected: (cross.nrows(), examples),
            });
        }
        Ok(multiply(View::from(cross), View::from(&self.coefficients)))
    }
}
