//! An exponential method whose linear part is the tangent kernel.

use nalgebra::{DMatrix, DVector};

use super::adaptive::{Attempt, Scheme};
use super::gradient_flow::Place;
use super::phi::phi;
use super::{Curvature, FlowError, GradientFlow};
use crate::numerics::matrix::symmetric_spectrum;

/// Exponential Runge-Kutta method of order 3(2) with the linear part `L = -J^T S J`, where `S` is
/// the Hessian of the loss by the outputs (its positive part; the identity for squared loss).
///
/// With `N(theta) = theta' - L theta` and `D_i = N(theta_i) - N(theta_0)`,
///
/// ```text
/// theta_2 = theta_0 + h/2 phi_1(hL/2) theta_0'
/// theta_3 = theta_0 + h phi_1(hL) (theta_0' + 2 D_2)
/// theta   = theta_0 + h phi_1(hL) theta_0' + h (4 phi_2 - 8 phi_3)(hL) D_2 + h (4 phi_3 - phi_2)(hL) D_3
/// ```
///
/// (S. M. Cox, P. C. Matthews, J. Comput. Phys. 176, 430-455 (2002), doi:10.1006/jcph.2002.6995,
/// method ETD3RK; the coefficients of `D_3 - 2 D_2` estimate the error). The order holds whatever
/// `L` leaves out, and the steps are exact where the outputs are linear in the weights.
///
/// `L` has the rank of the batch, and every function of it needs only the kernel `Theta = J J^T`:
/// `phi_k(hL) v = v/k! - h J^T R phi_{k+1}(-h M) R J v` with `R^2 = S` and `M = R Theta R`. A vector
/// is kept as `G + J^T u` with `J G` known, so that sums of them cost one `J^T`.
///
/// **Cost** a step: a linearisation, one kernel with its eigendecomposition, two gradients, two
/// products with `J` and three with `J^T`; memory for the kernel.
#[derive(Default)]
pub(super) struct KernelExponential<'f> {
    local: Option<Local<'f>>,
}

/// What the model says at the beginning of a step.
struct Local<'f> {
    place: Place<'f>,
    /// `dL/df`.
    slope: DVector<f64>,
    kernel: DMatrix<f64>,
    root: Curvature,
    examples: usize,
    /// Eigenvalues and eigenvectors of `R Theta R`.
    rates: DVector<f64>,
    modes: DMatrix<f64>,
}

/// A vector `G + J^T u` of weight space and its image under `J`.
#[derive(Debug, Clone)]
struct Lifted {
    direct: Vec<f64>,
    u: DVector<f64>,
    image: DVector<f64>,
}

impl<'f> Local<'f> {
    fn new(flow: &'f GradientFlow<'f>, parameters: &[f64]) -> Result<Self, FlowError> {
        let place = flow.linearise(parameters)?;
        let slope = flow.loss().slope(place.outputs(), flow.targets());
        let kernel = place.kernel()?;
        let curvature = flow.loss().curvature(place.outputs(), flow.targets());
        let mut local = Self {
            place,
            slope: DVector::from_column_slice(slope.as_slice()),
            rates: DVector::zeros(0),
            modes: DMatrix::zeros(0, 0),
            kernel,
            root: curvature.root()?,
            examples: flow.targets().nrows(),
        };
        let scaled = if local.root != Curvature::Identity {
            let half = DMatrix::from_columns(
                &local
                    .kernel
                    .column_iter()
                    .map(|column| local.root(&column.into_owned()))
                    .collect::<Vec<_>>(),
            );
            let columns: Vec<_> = half
                .row_iter()
                .map(|row| local.root(&row.transpose()))
                .collect();
            DMatrix::from_columns(&columns)
        } else {
            local.kernel.clone()
        };
        let spectrum = symmetric_spectrum(&scaled)?;
        (local.rates, local.modes) = (spectrum.values, spectrum.vectors);
        Ok(local)
    }

    /// `R x`.
    fn root(&self, x: &DVector<f64>) -> DVector<f64> {
        if self.root == Curvature::Identity {
            return x.clone();
        }
        let columns = x.len() / self.examples.max(1);
        let change = DMatrix::from_column_slice(self.examples, columns, x.as_slice());
        DVector::from_column_slice(self.root.times(&change).as_slice())
    }

    /// `R f(M) R x`, with `f` given the eigenvalues.
    fn filtered(&self, x: &DVector<f64>, f: impl Fn(f64) -> f64) -> DVector<f64> {
        let mut modes = self.modes.tr_mul(&self.root(x));
        modes.zip_apply(&self.rates, |mode, rate| *mode *= f(rate));
        self.root(&(&self.modes * modes))
    }

    /// Coefficients of `J^T` in `w_1 phi_1(L step) v + w_2 phi_2(L step) v + w_3 phi_3(L step) v`, for
    /// a vector `v = G + J^T u` with the given image `J v`.
    ///
    /// What `G` contributes by itself, `(w_1 + w_2/2 + w_3/6) G`, is left to the caller.
    fn combination(
        &self,
        w: [f64; 3],
        step: f64,
        u: &DVector<f64>,
        image: &DVector<f64>,
    ) -> DVector<f64> {
        let plain = w[0] + w[1] / 2.0 + w[2] / 6.0;
        let filter = |rate: f64| {
            let z = step * rate;
            let [_, second, third] = phi(z);
            step * (w[0] * second + w[1] * third + w[2] * fourth(z, third))
        };
        u * plain - self.filtered(image, filter)
    }
}

/// `phi_4(-z) = (1/6 - phi_3(-z)) / z`, by its series where that cancels.
fn fourth(z: f64, third: f64) -> f64 {
    if z.abs() >= 1.0 {
        return (1.0 / 6.0 - third) / z;
    }
    let mut sum = 0.0;
    for n in (0..18).rev() {
        sum = 1.0 - z * sum / f64::from(n + 5);
    }
    sum / 24.0
}

/// `a x + b y` in place of `x`.
fn blend(a: f64, x: &mut [f64], b: f64, y: &[f64]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x = a * *x + b * y;
    }
}

impl Local<'_> {
    /// `N(theta) - N(theta_0)` at a stage whose displacement has the image `moved` under `J`.
    fn difference(
        &self,
        flow: &GradientFlow<'_>,
        stage: &[f64],
        moved: &DVector<f64>,
    ) -> Result<Lifted, FlowError> {
        let (_, mut direct) = flow.gradient(stage)?;
        direct.iter_mut().for_each(|g| *g = -*g);
        let u = &self.slope + self.root(&self.root(moved));
        let image = self.place.push(&direct)? + &self.kernel * &u;
        Ok(Lifted { direct, u, image })
    }
}

impl<'f> Scheme<'f> for KernelExponential<'f> {
    fn name(&self) -> &'static str {
        "kernel-exponential"
    }

    fn error_order(&self) -> f64 {
        3.0
    }

    fn begin(&mut self, flow: &'f GradientFlow<'f>, parameters: &[f64]) -> Result<f64, FlowError> {
        let local = match self.local.take() {
            Some(local) => local,
            None => Local::new(flow, parameters)?,
        };
        let fastest = local.rates.iter().copied().fold(0.0, f64::max);
        self.local = Some(local);
        Ok(fastest)
    }

    fn attempt(
        &mut self,
        flow: &'f GradientFlow<'f>,
        origin: &[f64],
        h: f64,
    ) -> Result<Attempt, FlowError> {
        let local = match self.local.take() {
            Some(local) => local,
            None => Local::new(flow, origin)?,
        };
        // theta_0' = -J^T slope.
        let (start, start_image) = (-&local.slope, -(&local.kernel * &local.slope));
        let first = [1.0, 0.0, 0.0];
        let place = |c: &DVector<f64>, directs: &[(f64, &Lifted)]| {
            let mut moved = local.place.pull(c.as_slice())?;
            for (weight, lifted) in directs {
                blend(1.0, &mut moved, *weight, &lifted.direct);
            }
            blend(1.0, &mut moved, 1.0, origin);
            Ok::<_, FlowError>(moved)
        };

        let c = local.combination(first, 0.5 * h, &start, &start_image) * (0.5 * h);
        let stage = place(&c, &[])?;
        let second = local.difference(flow, &stage, &(&local.kernel * &c))?;

        let along = local.combination(first, h, &start, &start_image) * h;
        let twice = local.combination(first, h, &second.u, &second.image) * (2.0 * h);
        let c = &along + twice;
        let stage = place(&c, &[(2.0 * h, &second)])?;
        // J of the displacement: Theta c, and J of 2h G_2.
        let direct_image = &second.image - &local.kernel * &second.u;
        let moved = &local.kernel * &c + direct_image * (2.0 * h);
        let third = local.difference(flow, &stage, &moved)?;

        // The solution of order 2, h 2 phi_2 D_2, and the correction h (4 phi_3 - phi_2)(D_3 - 2 D_2).
        let mut direct = third.direct.clone();
        blend(1.0, &mut direct, -2.0, &second.direct);
        let change = Lifted {
            direct,
            u: &third.u - &second.u * 2.0,
            image: &third.image - &second.image * 2.0,
        };
        let correction = local.combination([0.0, -1.0, 4.0], h, &change.u, &change.image) * h;
        let lower = local.combination([0.0, 2.0, 0.0], h, &second.u, &second.image) * h;
        let c = along + lower + &correction;
        let share = h / 6.0;
        let parameters = place(&c, &[(h, &second), (share, &change)])?;
        // |share G + J^T c|^2 from images alone.
        let direct_image = &change.image - &local.kernel * &change.u;
        let squares: f64 = change.direct.iter().map(|g| g * g).sum();
        let square = share * share * squares
            + 2.0 * share * correction.dot(&direct_image)
            + correction.dot(&(&local.kernel * &correction));
        self.local = Some(local);
        Ok(Attempt {
            parameters,
            // rounding may leave it below zero; NaN stays
            error: if square < 0.0 { 0.0 } else { square.sqrt() },
        })
    }

    fn accepted(&mut self) {
        self.local = None;
    }
}
