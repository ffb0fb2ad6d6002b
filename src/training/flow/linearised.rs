//! The network linearised in its weights: the flow in closed form.

use nalgebra::{DMatrix, DVector, Dim, Dyn, Matrix, RawStorage};

use super::{Curvature, FlowError, GradientFlow};
use crate::numerics::matrix::{SymmetricSpectrum, symmetric_spectrum};
use crate::training::{KERNEL_ROUNDING, asymmetry};

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
/// Modes whose eigenvalue is zero to rounding ([`rank_tolerance`](Linearised::rank_tolerance)) stay
/// where they began, at every time and at `f64::INFINITY`: equal inputs keep the difference of their
/// targets for ever, and what such a mode adds to the weights, `J^T` of it, is zero.
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
    /// `f_0 - y` in the eigenbasis of the kernel: one column, or one for each output of a shared kernel.
    residual: DMatrix<f64>,
    /// Eigenvalues up to this one count as zero.
    tolerance: f64,
}

/// Part of the largest eigenvalue up to which one counts as zero: the series of our own kernels are
/// good to `1e-13` of their diagonal, and equal inputs leave that much between them.
const RANK: f64 = 1e-12;

impl Linearised {
    /// From the kernel of the batch (`N O x N O`, outputs counted as a matrix is stored), its
    /// outputs at the start and its targets (`N x O`).
    ///
    /// # Errors
    /// [`FlowError::Shape`] if they do not fit or are empty, [`FlowError::NotFinite`] for numbers
    /// that are none, [`FlowError::Asymmetric`] and [`FlowError::NegativeEigenvalue`] beyond `1e-9`
    /// of the largest entry and eigenvalue.
    pub fn new(
        kernel: &DMatrix<f64>,
        outputs: &DMatrix<f64>,
        targets: &DMatrix<f64>,
    ) -> Result<Self, FlowError> {
        Self::with_columns(kernel, outputs, targets, 1)
    }

    /// The same for outputs that do not see each other and have one kernel (`N x N`), as those of wide networks: the
    /// kernel of the batch would be this one in every block of the diagonal. Coefficients are those of the first output,
    /// then those of the second, and kernels to other inputs are `N' x N`.
    ///
    /// # Errors
    /// As [`Linearised::new`].
    ///
    /// ```
    /// use nalgebra::dmatrix;
    /// use pulsatrix::training::flow::Linearised;
    ///
    /// let kernel = dmatrix![1.0, 1.0; 1.0, 1.0]; // one input, twice
    /// let targets = dmatrix![1.0, 0.0; 1.0, 4.0];
    /// let linear = Linearised::shared(&kernel, &(0.0 * &targets), &targets)?;
    /// let late = linear.outputs(f64::INFINITY);
    /// assert!((late - dmatrix![1.0, 2.0; 1.0, 2.0]).amax() < 1e-14); // the means of their targets
    /// # Ok::<(), pulsatrix::training::flow::FlowError>(())
    /// ```
    pub fn shared(
        kernel: &DMatrix<f64>,
        outputs: &DMatrix<f64>,
        targets: &DMatrix<f64>,
    ) -> Result<Self, FlowError> {
        Self::with_columns(kernel, outputs, targets, targets.ncols())
    }

    fn with_columns(
        kernel: &DMatrix<f64>,
        outputs: &DMatrix<f64>,
        targets: &DMatrix<f64>,
        columns: usize,
    ) -> Result<Self, FlowError> {
        let size = targets.len() / columns.max(1);
        let shape = |name, found, expected| FlowError::Shape {
            name,
            found,
            expected,
        };
        if outputs.shape() != targets.shape() {
            let name = "the matrix of targets";
            return Err(shape(name, targets.shape(), outputs.shape()));
        }
        if kernel.shape() != (size, size) || size == 0 {
            return Err(shape(
                "the kernel",
                kernel.shape(),
                (size.max(1), size.max(1)),
            ));
        }
        all_finite("the kernel", kernel)?;
        all_finite("the matrix of outputs", outputs)?;
        all_finite("the matrix of targets", targets)?;
        if let Some(([row, column], difference)) = asymmetry(kernel) {
            return Err(FlowError::Asymmetric {
                row,
                column,
                difference,
            });
        }
        let spectrum = symmetric_spectrum(&((kernel + kernel.transpose()) * 0.5))?;
        let (least, top) = (spectrum.values[0], spectrum.values.amax());
        if least < -KERNEL_ROUNDING * top {
            return Err(FlowError::NegativeEigenvalue { value: least, top });
        }
        let residual = DMatrix::from_column_slice(size, columns, (outputs - targets).as_slice());
        Ok(Self {
            residual: spectrum.vectors.tr_mul(&residual),
            targets: targets.clone(),
            // What rounding has made negative, it has made positive elsewhere.
            tolerance: (RANK.max(size as f64 * f64::EPSILON) * top).max(-least),
            spectrum,
        })
    }

    /// The same flow with another rank tolerance, in units of the largest eigenvalue: 0 lets every
    /// positive eigenvalue count, a kernel in single precision asks for about `1e-6`.
    ///
    /// # Errors
    /// [`FlowError::OutOfRange`] unless it is at least 0 and below 1.
    pub fn with_rank_tolerance(mut self, relative: f64) -> Result<Self, FlowError> {
        if !(0.0..1.0).contains(&relative) {
            return Err(FlowError::OutOfRange {
                name: "rank tolerance",
                value: relative,
                requirement: "at least 0 and below 1, in units of the largest eigenvalue",
            });
        }
        self.tolerance = relative * self.rates().amax();
        Ok(self)
    }

    /// The linearisation of a flow at given weights.
    ///
    /// # Errors
    /// [`FlowError::NotLinear`] unless the loss is squared, and those of the model.
    pub fn of(flow: &GradientFlow<'_>, parameters: &[f64]) -> Result<Self, FlowError> {
        let outputs = flow.outputs(parameters)?;
        if flow.loss().curvature(&outputs, flow.targets()) != Curvature::Identity {
            return Err(FlowError::NotLinear);
        }
        Self::new(&flow.kernel(parameters)?, &outputs, flow.targets())
    }

    /// Eigenvalues of the kernel, ascending: the rates at which its modes are learned.
    #[must_use]
    pub fn rates(&self) -> &DVector<f64> {
        &self.spectrum.values
    }

    /// The eigenvalue up to which a mode counts as one of eigenvalue zero: `1e-12` of the largest
    /// (or `N O epsilon`), or the size of the most negative one if that is larger.
    #[must_use]
    pub fn rank_tolerance(&self) -> f64 {
        self.tolerance
    }

    /// `U f(rates) U^T r`, with the rates of null modes set to 0.
    fn filtered(&self, f: impl Fn(f64) -> f64) -> DVector<f64> {
        let factor = |rate: f64| f(if rate > self.tolerance { rate } else { 0.0 });
        self.scaled(factor)
    }

    /// `U f(rates) U^T r`, output after output.
    fn scaled(&self, factor: impl Fn(f64) -> f64) -> DVector<f64> {
        let factors = self.spectrum.values.map(factor);
        let mut modes = self.residual.clone();
        for mut column in modes.column_iter_mut() {
            column.component_mul_assign(&factors);
        }
        DVector::from_column_slice((&self.spectrum.vectors * modes).as_slice())
    }

    /// What is left of the residual at a time: `exp(-Theta t) r`.
    fn left(&self, time: f64) -> DVector<f64> {
        assert!(time >= 0.0, "time {time} of a flow that begins at 0");
        // 0 times infinity is no number: null modes stand still by themselves
        self.filtered(|rate| {
            if rate > 0.0 {
                (-rate * time).exp()
            } else {
                1.0
            }
        })
    }

    fn with_residual(&self, residual: &DVector<f64>) -> DMatrix<f64> {
        let (rows, columns) = self.targets.shape();
        &self.targets + DMatrix::from_column_slice(rows, columns, residual.as_slice())
    }

    /// The outputs on the batch at a time, `N x O`; `f64::INFINITY` is a time.
    ///
    /// # Panics
    /// If the time is negative or NaN.
    #[must_use]
    pub fn outputs(&self, time: f64) -> DMatrix<f64> {
        self.with_residual(&self.left(time))
    }

    /// The loss `1/2 |f_t - y|^2` at a time.
    ///
    /// # Panics
    /// If the time is negative or NaN.
    #[must_use]
    pub fn loss(&self, time: f64) -> f64 {
        0.5 * self.left(time).norm_squared()
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
        // Null modes have the eigenvalue 0 here, and do not move.
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

    /// `Theta^+ (1 - exp(-Theta t)) r`: minus the coefficients of the kernel functions, and of
    /// `J^T` in the weights, at a time. Null modes have none: `J^T` and every kernel function vanish
    /// along them.
    ///
    /// # Panics
    /// If the time is negative or NaN.
    #[must_use]
    pub fn coefficients(&self, time: f64) -> DVector<f64> {
        assert!(time >= 0.0, "time {time} of a flow that begins at 0");
        self.filtered(|rate| {
            if rate > 0.0 {
                -(-rate * time).exp_m1() / rate
            } else {
                0.0
            }
        })
    }

    /// The coefficients `(Theta + ridge)^{-1} r` of kernel regression, for `ridge = 0` the limit of
    /// late times where the flow reaches the targets; where it does not, the limit is
    /// [`coefficients`](Linearised::coefficients) at `f64::INFINITY`.
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
        let size = self.residual.nrows();
        let top = self.rates().amax();
        let threshold = self.tolerance;
        let whole = self.residual.norm();
        let singular = |rate: f64| rate + ridge <= threshold;
        let modes = self.rates().iter().zip(self.residual.row_iter());
        let mut lost = modes.filter(|(rate, modes)| {
            singular(**rate) && modes.amax() > 1e3 * f64::EPSILON * whole * (size as f64).sqrt()
        });
        if lost.next().is_some() {
            return Err(FlowError::SingularKernel {
                size,
                null: self.rates().iter().filter(|rate| singular(**rate)).count(),
                threshold,
                ridge: 1e-8 * top,
            });
        }
        Ok(self.scaled(|rate| {
            if singular(rate) {
                0.0
            } else {
                1.0 / (rate + ridge)
            }
        }))
    }

    /// Outputs on other inputs from coefficients: `f_0(x) - Theta(x, X) c`, with the kernel between
    /// them and the batch (`N' O x N O`, or `N' x N` of a shared one) and their outputs at the start (`N' x O`).
    ///
    /// # Errors
    /// [`FlowError::Shape`] if they do not fit, [`FlowError::NotFinite`] for numbers that are none.
    pub fn predict(
        &self,
        cross: &DMatrix<f64>,
        outputs: &DMatrix<f64>,
        coefficients: &DVector<f64>,
    ) -> Result<DMatrix<f64>, FlowError> {
        let (size, sharing) = self.residual.shape();
        let expected = (outputs.len() / sharing, size);
        if cross.shape() != expected {
            return Err(FlowError::Shape {
                name: "the kernel between the inputs",
                found: cross.shape(),
                expected,
            });
        }
        if coefficients.len() != self.residual.len() {
            return Err(FlowError::Shape {
                name: "the list of coefficients",
                found: coefficients.shape(),
                expected: (self.residual.len(), 1),
            });
        }
        all_finite("the kernel between the inputs", cross)?;
        all_finite("the matrix of outputs", outputs)?;
        all_finite("the list of coefficients", coefficients)?;
        let change = cross
            * coefficients
                .clone()
                .reshape_generic(Dyn(size), Dyn(sharing));
        let (rows, columns) = outputs.shape();
        Ok(outputs - DMatrix::from_column_slice(rows, columns, change.as_slice()))
    }

    /// The weights of the linearised flow at a time: `theta_0 - J^T c`, with
    /// [`coefficients`](Linearised::coefficients) `c`.
    ///
    /// # Errors
    /// [`FlowError::OutOfRange`] for a time that is none, [`FlowError::Shape`] for a flow with other
    /// outputs, and those of the model.
    pub fn weights(
        &self,
        flow: &GradientFlow<'_>,
        start: &[f64],
        time: f64,
    ) -> Result<Vec<f64>, FlowError> {
        if time.is_nan() || time < 0.0 {
            return Err(FlowError::OutOfRange {
                name: "time",
                value: time,
                requirement: "not negative",
            });
        }
        if flow.targets().shape() != self.targets.shape() {
            return Err(FlowError::Shape {
                name: "the matrix of targets of the flow",
                found: flow.targets().shape(),
                expected: self.targets.shape(),
            });
        }
        let change = flow.pull(start, self.coefficients(time).as_slice())?;
        Ok(start.iter().zip(change).map(|(w, c)| w - c).collect())
    }
}

/// Refuses NaN and infinities, by name.
pub(super) fn all_finite<R: Dim, C: Dim, S: RawStorage<f64, R, C>>(
    name: &'static str,
    matrix: &Matrix<f64, R, C, S>,
) -> Result<(), FlowError> {
    let rows = matrix.nrows().max(1);
    match matrix
        .iter()
        .enumerate()
        .find(|(_, value)| !value.is_finite())
    {
        Some((place, &value)) => Err(FlowError::NotFinite {
            name,
            row: place % rows,
            column: place / rows,
            value,
        }),
        None => Ok(()),
    }
}
