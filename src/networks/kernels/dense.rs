//! Kernels of fully connected networks.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::Dual;
use super::dual::{Points, Variances};
use crate::networks::NetworkError;
use crate::numerics::matrix::{View, add_gram, gemm, gram, mirror, zeros};

/// Entries that go through all layers together, so that they stay in the first cache.
const PIECE: usize = 512;
/// Samples whose squared norms are computed together.
const NORMS: usize = 16;

/// The covariance and the tangent kernel of the same points.
#[derive(Debug, Clone, PartialEq)]
pub struct KernelPair {
    /// Covariance `K` of the outputs at initialisation (NNGP).
    pub nngp: DMatrix<f64>,
    /// Neural tangent kernel.
    pub ntk: DMatrix<f64>,
}

/// An infinitely wide fully connected network with a linear read-out.
///
/// Standard parameterisation of the tangent kernel: all weights and biases learn at one rate, with
/// `sigma_w / sqrt(n)` and `sigma_b` in front of parameters of unit variance.
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::networks::kernels::{DenseKernel, Dual};
///
/// // Two unit inputs at a right angle, one hidden layer of ReLU: K = T = 1/pi off the diagonal.
/// let kernel = DenseKernel::new(Dual::Rectifier { leak: 0.0 }, 1, 2.0, 0.0)?;
/// let pair = kernel.train(&dmatrix![1.0, 0.0; 0.0, 1.0])?; // one row an example
/// assert!((pair.ntk[(0, 1)] - std::f64::consts::FRAC_1_PI).abs() < 1e-15);
/// assert_eq!((pair.nngp[(0, 0)], pair.ntk[(0, 0)]), (1.0, 2.0));
/// # Ok::<(), pulsatrix::networks::NetworkError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct DenseKernel {
    dual: Dual,
    hidden: usize,
    variances: Variances,
}

/// The diagonals of both kernels among the same points.
#[derive(Debug)]
pub(super) struct Diagonals {
    pub nngp: Vec<f64>,
    pub ntk: Vec<f64>,
}

/// The points of one set of inputs: what the dual knows of them at every layer, and the diagonals.
struct Layers {
    points: Vec<Points>,
    nngp: Vec<f64>,
    ntk: Vec<f64>,
}

impl DenseKernel {
    /// A network of `hidden` layers; `weight_variance` and `bias_variance` are `sigma_w^2` and
    /// `sigma_b^2`.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for variances that are not.
    pub fn new(
        dual: Dual,
        hidden: usize,
        weight_variance: f64,
        bias_variance: f64,
    ) -> Result<Self, NetworkError> {
        Ok(Self {
            dual,
            hidden,
            variances: Variances::checked(weight_variance, bias_variance)?,
        })
    }

    /// Both kernels among the rows of `inputs` (`N x d`), exactly symmetric, with exact
    /// diagonals.
    ///
    /// **Cost** `N^2 d` operations for the Gram matrix, then one pass over half of it; 3 ns an
    /// entry and layer for the ReLU. Memory for the two results.
    ///
    /// # Errors
    /// [`NetworkError::Empty`] without inputs; [`NetworkError::OutOfRange`] for inputs that are not
    /// finite, or variances at which a series does not converge.
    pub fn train(&self, inputs: &DMatrix<f64>) -> Result<KernelPair, NetworkError> {
        if inputs.is_empty() {
            return Err(NetworkError::Empty);
        }
        let size = inputs.nrows();
        let scale = self.variances.weight / inputs.ncols() as f64;
        let mut nngp = zeros(size, size);
        add_gram(scale, View::from(inputs), 0.0, &mut nngp);
        let diagonal = nngp.diagonal().add_scalar(self.variances.bias);
        let diagonal: Vec<f64> = diagonal.data.into();
        let layers = self.follow(diagonal.clone(), diagonal)?;
        let mut ntk = zeros(size, size);
        nngp.as_mut_slice()
            .par_chunks_mut(size)
            .zip(ntk.as_mut_slice().par_chunks_mut(size))
            .enumerate()
            .for_each(|(column, (k, t))| {
                k[column] = layers.nngp[column];
                t[column] = layers.ntk[column];
                let below = column + 1;
                self.column(
                    (&layers, below),
                    (&layers, column),
                    &mut k[below..],
                    &mut t[below..],
                );
            });
        mirror(&mut nngp);
        mirror(&mut ntk);
        Ok(KernelPair { nngp, ntk })
    }

    /// Both kernels between the rows of `inputs` (rows of the result) and of `others`.
    ///
    /// # Errors
    /// As [`DenseKernel::train`]; [`NetworkError::MatrixShape`] if the two differ in their columns.
    pub fn cross(
        &self,
        inputs: &DMatrix<f64>,
        others: &DMatrix<f64>,
    ) -> Result<KernelPair, NetworkError> {
        if inputs.ncols() != others.ncols() {
            return Err(NetworkError::MatrixShape {
                name: "the other inputs",
                layer: 0,
                found: others.shape(),
                expected: (others.nrows(), inputs.ncols()),
            });
        }
        let (left, right) = (self.layers(inputs)?, self.layers(others)?);
        let scale = self.variances.weight / inputs.ncols() as f64;
        let mut ntk = zeros(inputs.nrows(), others.nrows());
        let mut nngp = zeros(inputs.nrows(), others.nrows());
        let right_inputs = View::from(others).transposed();
        gemm(scale, View::from(inputs), right_inputs, 0.0, &mut nngp);
        nngp.as_mut_slice()
            .par_chunks_mut(inputs.nrows())
            .zip(ntk.as_mut_slice().par_chunks_mut(inputs.nrows()))
            .enumerate()
            .for_each(|(column, (k, t))| self.column((&left, 0), (&right, column), k, t));
        Ok(KernelPair { nngp, ntk })
    }

    /// The diagonals of both kernels: variance of the output, and tangent kernel, of every input.
    ///
    /// # Errors
    /// As [`DenseKernel::train`].
    pub fn diagonal(&self, inputs: &DMatrix<f64>) -> Result<(Vec<f64>, Vec<f64>), NetworkError> {
        let layers = self.layers(inputs)?;
        Ok((layers.nngp, layers.ntk))
    }

    /// Follows the variances of the inputs through all layers.
    fn layers(&self, inputs: &DMatrix<f64>) -> Result<Layers, NetworkError> {
        if inputs.is_empty() {
            return Err(NetworkError::Empty);
        }
        let Variances { weight, bias } = self.variances;
        let scale = weight / inputs.ncols() as f64;
        // Summed as the Gram matrix sums, so that equal inputs have correlation 1 to the last bit.
        let pieces = (0..inputs.nrows().div_ceil(NORMS)).into_par_iter();
        let squares = pieces.map(|piece| {
            let count = NORMS.min(inputs.nrows() - piece * NORMS);
            let part = View::from(inputs).every(piece * NORMS, 1, count);
            gram(scale, part).diagonal().add_scalar(bias)
        });
        let nngp = squares.collect::<Vec<_>>();
        let nngp: Vec<f64> = nngp
            .iter()
            .flat_map(|squares| squares.iter().copied())
            .collect();
        self.follow(nngp.clone(), nngp)
    }

    /// Follows the diagonals of both kernels from the first layer through the hidden ones.
    fn follow(&self, mut nngp: Vec<f64>, mut ntk: Vec<f64>) -> Result<Layers, NetworkError> {
        let mut points = Vec::with_capacity(self.hidden);
        for _ in 0..self.hidden {
            let here = self.dual.prepare(nngp)?;
            nngp = here.squares.clone();
            self.variances
                .combine(&mut nngp, &here.slope_squares, &mut ntk);
            points.push(here);
        }
        if let Some(&value) = nngp.iter().chain(&ntk).find(|value| !value.is_finite()) {
            return Err(NetworkError::OutOfRange {
                name: "variance of the output",
                value,
                requirement: "finite; check the inputs",
            });
        }
        Ok(Layers { points, nngp, ntk })
    }

    /// Sends kernels through the hidden layers, from those of the sums of the first; `left` and
    /// `right` are their diagonals, `right` that of other inputs, if there are any.
    pub(super) fn carry(
        &self,
        pair: &mut KernelPair,
        left: Diagonals,
        right: Option<Diagonals>,
    ) -> Result<(), NetworkError> {
        let symmetric = right.is_none();
        let left = self.follow(left.nngp, left.ntk)?;
        let right = right.map(|right| self.follow(right.nngp, right.ntk));
        let right = right.transpose()?;
        let right = right.as_ref().unwrap_or(&left);
        let rows = left.nngp.len();
        pair.nngp
            .as_mut_slice()
            .par_chunks_mut(rows)
            .zip(pair.ntk.as_mut_slice().par_chunks_mut(rows))
            .enumerate()
            .for_each(|(column, (k, t))| {
                self.hidden((&left, 0), (right, column), k, t);
                if symmetric {
                    (k[column], t[column]) = (left.nngp[column], left.ntk[column]);
                }
            });
        if symmetric {
            mirror(&mut pair.nngp);
            mirror(&mut pair.ntk);
        }
        Ok(())
    }

    /// One column, from scaled inner products in `k` to both kernels.
    fn column(
        &self,
        left: (&Layers, usize),
        right: (&Layers, usize),
        k: &mut [f64],
        t: &mut [f64],
    ) {
        for (k, t) in k.iter_mut().zip(t.iter_mut()) {
            *k += self.variances.bias;
            *t = *k;
        }
        self.hidden(left, right, k, t);
    }

    /// One column through the hidden layers.
    fn hidden(
        &self,
        (left, first): (&Layers, usize),
        (right, other): (&Layers, usize),
        k: &mut [f64],
        t: &mut [f64],
    ) {
        let mut slope = [0.0; PIECE];
        for (piece, (k, t)) in k.chunks_mut(PIECE).zip(t.chunks_mut(PIECE)).enumerate() {
            let first = first + piece * PIECE;
            let slope = &mut slope[..k.len()];
            for (left, right) in left.points.iter().zip(&right.points) {
                self.dual.apply(left, first, right, other, k, slope);
                self.variances.combine(k, slope, t);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two unit vectors with the correlation `rho`, scaled to `|x|^2 / d = 1`.
    fn pair(rho: f64) -> DMatrix<f64> {
        let s = (1.0 - rho * rho).sqrt();
        DMatrix::from_row_slice(2, 2, &[1.0, 0.0, rho, s]) * 2f64.sqrt()
    }

    #[test]
    fn relu_kernels_have_the_known_values() {
        // computed independently: sw2 = 2, sb = 0, K0(x, x) = 1
        let rectifier = Dual::Rectifier { leak: 0.0 };
        for (hidden, k0, expected) in [
            (
                1,
                std::f64::consts::FRAC_1_PI,
                [
                    0.0,
                    -0.0576688856224,
                    std::f64::consts::FRAC_1_PI,
                    0.942331114378,
                    1.68032873503,
                ],
            ),
            (
                2,
                0.4937310902,
                [
                    std::f64::consts::FRAC_1_PI,
                    0.343862246273,
                    0.685708636283,
                    1.35147956112,
                    2.36881366272,
                ],
            ),
            (
                5,
                0.735946350628,
                [
                    1.43039049721,
                    1.50710680199,
                    1.79219596684,
                    2.46289313246,
                    4.06089474061,
                ],
            ),
            (
                10,
                0.871535516022,
                [
                    3.15594744892,
                    3.23715561389,
                    3.47937671202,
                    4.10835152642,
                    6.19882051967,
                ],
            ),
        ] {
            let kernel = DenseKernel::new(rectifier, hidden, 2.0, 0.0).unwrap();
            for (rho, expected) in [-1.0, -0.5, 0.0, 0.5, 0.9].into_iter().zip(expected) {
                // K0 = 2 <x, x'> / d, so halve.
                let inputs = pair(rho) / 2f64.sqrt();
                let found = kernel.train(&inputs).unwrap();
                assert!((found.nngp[(0, 0)] - 1.0).abs() < 1e-14);
                assert!((found.ntk[(0, 0)] - (hidden + 1) as f64).abs() < 1e-13);
                assert!(
                    (found.ntk[(0, 1)] - expected).abs() < 6e-12,
                    "{hidden} {rho}"
                );
                if rho == 0.0 {
                    assert!((found.nngp[(0, 1)] - k0).abs() < 6e-11);
                }
            }
        }
    }

    #[test]
    fn erf_kernels_have_the_known_values() {
        // computed independently
        for (hidden, k, t) in [
            (1, 0.216346895938785, 0.441425974978062),
            (5, 0.0844112749245872, 0.520769893366352),
        ] {
            let kernel = DenseKernel::new(Dual::ErrorFunction, hidden, 1.0, 0.0).unwrap();
            let found = kernel.train(&pair(0.5)).unwrap();
            assert!((found.nngp[(0, 1)] - k).abs() < 1e-14);
            assert!((found.ntk[(0, 1)] - t).abs() < 1e-14);
            if hidden == 1 {
                assert!((found.nngp[(0, 0)] - 0.46455905439754).abs() < 1e-14);
                assert!((found.ntk[(0, 0)] - 1.03396908913128).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn the_series_agrees_with_the_closed_form_on_a_whole_kernel() {
        // erf by its own formula and by the series of its integral, N = 40.
        let erf_series = Dual::Smooth(|values, slopes| {
            for (value, slope) in values.iter_mut().zip(slopes) {
                *slope = 2.0 / std::f64::consts::PI.sqrt() * (-*value * *value).exp();
                *value = error_function(*value);
            }
        });
        let inputs = DMatrix::from_fn(40, 7, |j, i| (1.3 * i as f64 + 0.37 * (j * j) as f64).sin());
        let closed = DenseKernel::new(Dual::ErrorFunction, 3, 1.4, 0.1).unwrap();
        let series = DenseKernel::new(erf_series, 3, 1.4, 0.1).unwrap();
        let (closed, series) = (
            closed.train(&inputs).unwrap(),
            series.train(&inputs).unwrap(),
        );
        assert!((&closed.nngp - &series.nngp).amax() < 1e-13);
        assert!((&closed.ntk - &series.ntk).amax() < 1e-13);
    }

    /// The alternating series of erf up to 3, its complement's continued fraction beyond.
    fn error_function(x: f64) -> f64 {
        let scale = 2.0 / std::f64::consts::PI.sqrt();
        if x.abs() < 3.0 {
            // erf(x) = scale exp(-x^2) sum 2^n x^(2n+1) / (2n+1)!!, without cancellation
            let (mut term, mut sum) = (x, x);
            for n in 1..80 {
                term *= 2.0 * x * x / f64::from(2 * n + 1);
                sum += term;
            }
            return scale * (-x * x).exp() * sum;
        }
        let mut fraction = 0.0;
        for n in (1..200).rev() {
            fraction = 0.5 * f64::from(n) / (x.abs() + fraction);
        }
        (1.0 - 0.5 * scale * (-x * x).exp() / (x.abs() + fraction)).copysign(x)
    }

    #[test]
    fn a_kernel_with_itself_is_the_kernel() {
        let inputs = DMatrix::from_fn(21, 300, |j, i| (0.7 * (i * j) as f64 + i as f64).cos());
        for dual in [
            Dual::Identity,
            Dual::Rectifier { leak: 0.2 },
            Dual::ErrorFunction,
            Dual::tanh(),
        ] {
            let kernel = DenseKernel::new(dual, 3, 1.5, 0.05).unwrap();
            let (train, cross) = (
                kernel.train(&inputs).unwrap(),
                kernel.cross(&inputs, &inputs).unwrap(),
            );
            assert!((&train.nngp - &cross.nngp).amax() < 1e-13);
            assert!((&train.ntk - &cross.ntk).amax() < 1e-12, "{dual:?}");
            assert_eq!(train.ntk, train.ntk.transpose());
            let (nngp, ntk) = kernel.diagonal(&inputs).unwrap();
            assert_eq!(train.nngp.diagonal().as_slice(), nngp);
            assert_eq!(train.ntk.diagonal().as_slice(), ntk);
        }
    }

    #[test]
    fn a_linear_network_has_a_linear_kernel() {
        // T = (L + 1) sw2^(L+1) <x, x'> / d without biases
        let inputs = DMatrix::from_fn(6, 5, |j, i| (i + 2 * j) as f64 - 4.0);
        let kernel = DenseKernel::new(Dual::Identity, 3, 1.2, 0.0).unwrap();
        let expected = 4.0 * 1.2f64.powi(4) / 5.0 * &inputs * inputs.transpose();
        let found = kernel.train(&inputs).unwrap().ntk;
        assert!((found - &expected).amax() < 1e-13 * expected.amax());
    }

    #[test]
    fn inputs_that_do_not_fit_are_refused() {
        let kernel = DenseKernel::new(Dual::tanh(), 2, 1.0, 0.0).unwrap();
        assert!(kernel.train(&DMatrix::zeros(0, 3)).is_err());
        let broken = DMatrix::from_element(2, 2, f64::NAN);
        assert!(kernel.train(&broken).is_err());
        let (a, b) = (DMatrix::zeros(2, 3), DMatrix::zeros(2, 4));
        assert!(kernel.cross(&a, &b).is_err());
        assert!(DenseKernel::new(Dual::Identity, 1, -1.0, 0.0).is_err());
        // zeros are inputs like all others
        let silent = kernel.train(&DMatrix::zeros(2, 3)).unwrap();
        assert_eq!(silent.ntk, DMatrix::zeros(2, 2));
    }
}
