//! The network linearised in its weights: the flow in closed form.

use nalgebra::{DMatrix, DVector};

use super::{FlowError, GradientFlow};
use crate::numerics::matrix::{SymmetricSpectrum, symmetric_spectrum};

/// `f(theta_0) + J (theta - theta_0)` under the flow of the squared loss, for any time without a
/// step: with the tangent kernel `Theta` of the batch and `r = f_0 - y`,
///
/// ```text
/// f_t(X) = y + exp(-Theta t) r,     f_t(x) = f_0(x) - Theta(x, X) Theta^{-1} (1 - exp(-Theta t)) r
/// theta_t = theta_0 - J^T Theta^{-1} (1 - exp(-Theta t)) r
/// ```
///
/// and kernel regression as `t -> infinity`. J. Lee et al., `NeurIPS` 32 (2019), arXiv:1902.06720.
///
/// Cost: one eigendecomposition, then `N^2` operations for each time (`N` outputs in all).
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::training::flow::Linearised;
///
/// let kernel = dmatrix![2.0, 0.0; 0.0, 0.5];
/// let linear = Linearised::new(&kernel, &dmatrix![1.0; 1.0], &dmatrix![0.0; 0.0])?;
/// let outputs = linear.outputs(1.0);
/// assert!((outputs[0] - (-2f64).exp()).abs() < 1e-15 && (outputs[1] - (-0.5f64).exp()).abs() < 1e-15);
/// # Ok::<(), pulsatrix::training::flow::FlowError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Linearised {
    spectrum: SymmetricSpectrum,
    targets: DMatrix<f64>,
    /// `f_0 - y` in the eigenbasis of the kernel.
    residual: DVector<f64>,
}

impl Linearised {
    /// From the kernel of the batch (`N O x N O`, outputs counted as a matrix is stored), its
    /// outputs at the start and its targets (`N x O`).
    ///
    /// # Errors
    /// [`FlowError::Shape`] if they do not fit, [`FlowError::Matrix`] for a kernel that is not
    /// finite.
    pub fn new(
        kernel: &DMatrix<f64>,
        outputs: &DMatrix<f64>,
        targets: &DMatrix<f64>,
    ) -> Result<Self, FlowError> {
        let shape = |name, found, expected| FlowError::Shape {
            name,
            found,
            expected,
        };
        let size = targets.len();
        if outputs.shape() != targets.shape() {
            let name = "the matrix of targets";
            return Err(shape(name, targets.shape(), outputs.shape()));
        }
        if kernel.shape() != (size, size) {
            return Err(shape("the kernel", kernel.shape(), (size, size)));
        }
        let spectrum = symmetric_spectrum(kernel)?;
        let residual = DVector::from_column_slice((outputs - targets).as_slice());
        Ok(Self {
            residual: spectrum.vectors.tr_mul(&residual),
            targets: targets.clone(),
            spectrum,
        })
    }

    /// The linearisation of a flow at given weights.
    ///
    /// # Errors
    /// [`FlowError::NotLinear`] unless the loss is squared, and those of the model.
    pub fn of(flow: &GradientFlow<'_>, parameters: &[f64]) -> Result<Self, FlowError> {
        if flow.loss() != super::Loss::Squared {
            return Err(FlowError::NotLinear);
        }
        let outputs = flow.outputs(parameters)?;
        Self::new(&flow.kernel(parameters)?, &outputs, flow.targets())
    }

    /// Eigenvalues of the kernel, ascending: the rates at which its modes are learned.
    #[must_use]
    pub fn rates(&self) -> &DVector<f64> {
        &self.spectrum.values
    }

    /// `U f(rates) U^T r`.
    fn filtered(&self, f: impl Fn(f64) -> f64) -> DVector<f64> {
        let mut modes = self.residual.clone();
        modes.zip_apply(&self.spectrum.values, |mode, rate| *mode *= f(rate));
        &self.spectrum.vectors * modes
    }

    fn with_residual(&self, residual: &DVector<f64>) -> DMatrix<f64> {
        let (rows, columns) = self.targets.shape();
        &self.targets + DMatrix::from_column_slice(rows, columns, residual.as_slice())
    }

    /// The outputs on the batch at a time, `N x O`.
    #[must_use]
    pub fn outputs(&self, time: f64) -> DMatrix<f64> {
        self.with_residual(&self.filtered(|rate| (-rate.max(0.0) * time).exp()))
    }

    /// The loss `1/2 |f_t - y|^2` at a time.
    #[must_use]
    pub fn loss(&self, time: f64) -> f64 {
        0.5 * self
            .filtered(|rate| (-rate.max(0.0) * time).exp())
            .norm_squared()
    }

    /// The outputs on the batch after some steps of gradient descent: `y + (1 - rate Theta)^steps r`.
    ///
    /// # Errors
    /// [`FlowError::OutOfRange`] for a rate from the stability limit `2 / lambda_max` on.
    pub fn descended(&self, rate: f64, steps: u32) -> Result<DMatrix<f64>, FlowError> {
        let top = self.rates().max();
        if !(rate > 0.0 && rate * top < 2.0) {
            return Err(FlowError::OutOfRange {
                name: "rate",
                value: rate,
                requirement: "positive and below 2 / lambda_max of the kernel, where descent is stable",
            });
        }
        let power = |eigenvalue: f64| f64::powf((1.0 - rate * eigenvalue).abs(), f64::from(steps));
        let signed = |eigenvalue: f64| {
            let odd = steps % 2 == 1 && rate * eigenvalue > 1.0;
            if odd {
                -power(eigenvalue)
            } else {
                power(eigenvalue)
            }
        };
        Ok(self.with_residual(&self.filtered(signed)))
    }

    /// `Theta^{-1} (1 - exp(-Theta t)) r`: minus the coefficients of the kernel functions, and of
    /// `J^T` in the weights, at a time. Modes of eigenvalue 0 count by their limit.
    #[must_use]
    pub fn coefficients(&self, time: f64) -> DVector<f64> {
        self.filtered(|rate| {
            if rate > 0.0 {
                -(-rate * time).exp_m1() / rate
            } else {
                time
            }
        })
    }

    /// The coefficients `(Theta + ridge)^{-1} r` of kernel regression, the limit of late times for
    /// `ridge = 0`.
    ///
    /// # Errors
    /// [`FlowError::SingularKernel`] if an eigenvalue is zero to rounding and the residual has a
    /// part there, which the flow would never learn; [`FlowError::OutOfRange`] for a ridge below
    /// zero.
    pub fn regression(&self, ridge: f64) -> Result<DVector<f64>, FlowError> {
        if !(ridge >= 0.0 && ridge.is_finite()) {
            return Err(FlowError::OutOfRange {
                name: "ridge",
                value: ridge,
                requirement: "finite and not negative",
            });
        }
        let size = self.residual.len();
        let top = self.rates().amax();
        let threshold = size as f64 * f64::EPSILON * top;
        let whole = self.residual.norm();
        let singular = |rate: f64| rate + ridge <= threshold;
        let modes = self.rates().iter().zip(&self.residual);
        let lost = modes.filter(|(rate, mode)| {
            singular(**rate) && mode.abs() > 1e3 * f64::EPSILON * whole * (size as f64).sqrt()
        });
        if lost.count() > 0 {
            return Err(FlowError::SingularKernel {
                size,
                null: self.rates().iter().filter(|rate| singular(**rate)).count(),
                threshold,
                ridge: 1e-8 * top,
            });
        }
        Ok(self.filtered(|rate| {
            if singular(rate) {
                0.0
            } else {
                1.0 / (rate + ridge)
            }
        }))
    }

    /// Outputs on other inputs from coefficients: `f_0(x) - Theta(x, X) c`, with the kernel between
    /// them and the batch (`N' O x N O`) and their outputs at the start (`N' x O`).
    ///
    /// # Errors
    /// [`FlowError::Shape`] if they do not fit.
    pub fn predict(
        &self,
        cross: &DMatrix<f64>,
        outputs: &DMatrix<f64>,
        coefficients: &DVector<f64>,
    ) -> Result<DMatrix<f64>, FlowError> {
        let expected = (outputs.len(), self.residual.len());
        if cross.shape() != expected {
            return Err(FlowError::Shape {
                name: "the kernel between the inputs",
                found: cross.shape(),
                expected,
            });
        }
        let change = cross * coefficients;
        let (rows, columns) = outputs.shape();
        Ok(outputs - DMatrix::from_column_slice(rows, columns, change.as_slice()))
    }

    /// The weights of the linearised flow at a time: `theta_0 - J^T c`, with
    /// [`coefficients`](Linearised::coefficients) `c`.
    ///
    /// # Errors
    /// Those of the model.
    pub fn weights(
        &self,
        flow: &GradientFlow<'_>,
        start: &[f64],
        time: f64,
    ) -> Result<Vec<f64>, FlowError> {
        let change = flow.pull(start, self.coefficients(time).as_slice())?;
        Ok(start.iter().zip(change).map(|(w, c)| w - c).collect())
    }
}
