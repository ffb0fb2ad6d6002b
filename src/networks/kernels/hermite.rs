//! Mehler's series for the dual of a smooth activation.
//!
//! With the orthonormal Hermite polynomials `h_j` of the normal law and the coefficients
//! `alpha_j(q) = E[phi(sqrt(q) z) h_j(z)]`, kept as `beta_j = alpha_j / sqrt(q)`,
//!
//! ```text
//! E[phi(u) phi(v)]   = alpha_0(a) alpha_0(b) + c Q(rho),    Q(rho) = sum_{j >= 1} beta_j(a) beta_j(b) rho^{j-1}
//! E[phi'(u) phi'(v)] = Q(rho) + rho Q'(rho)                 since phi' has the coefficients sqrt(j+1) beta_{j+1}
//! ```
//!
//! The coefficients are sums over a uniform grid, which converge geometrically for functions that
//! are analytic near the real line: L. N. Trefethen, J. A. C. Weideman, "The exponentially
//! convergent trapezoidal rule", SIAM Review 56(3), 385-458 (2014), doi:10.1137/130932132. Mehler's
//! formula: G. Szego, "Orthogonal Polynomials", AMS 1975, problem 23.

use nalgebra::DMatrix;
use pulp::{Arch, NullaryFnOnce};
use rayon::prelude::*;

use super::SmoothActivation;
use crate::networks::NetworkError;
use crate::numerics::matrix::{View, gemm_into};

/// Distance of the grid points.
const STEP: f64 = 0.02;
/// Grid points on either side of zero: up to `|z| = 13`, where `exp(-z^2/4)` is below `1e-18`.
const REACH: usize = 650;
/// Error allowed, relative to the diagonal.
const TOLERANCE: f64 = 2e-14;
/// Numbers of terms to try.
const TERMS: [usize; 7] = [64, 128, 256, 512, 1024, 2048, 4096];
/// Points whose coefficients are computed at a time.
const BLOCK: usize = 256;
/// Pairs that are summed side by side.
const WIDTH: usize = 32;

/// Coefficients of a set of points.
#[derive(Debug)]
pub(super) struct Series {
    points: usize,
    terms: usize,
    /// `alpha_0` of every point.
    constants: Vec<f64>,
    /// `beta_1, beta_2, ...` of one point after the other.
    by_point: Vec<f64>,
    /// All `beta_1`, then all `beta_2`, ..., with room for [`WIDTH`] points more at the end.
    by_term: Vec<f64>,
    /// Entry `j`: the largest correlation for which the first `j + 1` of them suffice.
    sufficient: Vec<f64>,
}

/// The weighted Hermite polynomials on the grid: entry `(j, z)` is
/// `h_j(z) exp(-z^2/2) STEP / sqrt(2 pi)`.
fn weighted_polynomials(terms: usize) -> DMatrix<f64> {
    let mut table = DMatrix::zeros(terms + 1, 2 * REACH + 1);
    let scale = STEP / std::f64::consts::TAU.sqrt();
    for (mut column, z) in table.column_iter_mut().zip(grid()) {
        let half = (-0.25 * z * z).exp();
        let (mut before, mut now) = (0.0, half);
        for (j, place) in column.iter_mut().enumerate() {
            *place = now * half * scale;
            let j = j as f64;
            (before, now) = (now, (z * now - j.sqrt() * before) / (j + 1.0).sqrt());
        }
    }
    table
}

fn grid() -> impl Iterator<Item = f64> {
    (0..=2 * REACH).map(|i| STEP * (i as f64 - REACH as f64))
}

/// What the grid says of some points: `phi` on it, and the moments of `phi` and `phi'`.
struct OnGrid {
    /// One column of `2 REACH + 1` numbers a point.
    values: Vec<f64>,
    squares: Vec<f64>,
    slope_squares: Vec<f64>,
}

impl OnGrid {
    fn new(activation: SmoothActivation, variances: &[f64]) -> Self {
        let weights: Vec<f64> = grid()
            .map(|z| (-0.5 * z * z).exp() * STEP / std::f64::consts::TAU.sqrt())
            .collect();
        let size = weights.len();
        let mut values = vec![0.0; size * variances.len()];
        let mut moments = vec![[0.0; 2]; variances.len()];
        values
            .par_chunks_mut(size)
            .zip(&mut moments)
            .zip(variances)
            .for_each(|((values, moments), variance)| {
                let deviation = variance.sqrt();
                let mut slopes = vec![0.0; size];
                for (value, z) in values.iter_mut().zip(grid()) {
                    *value = deviation * z;
                }
                activation(values, &mut slopes);
                for ((value, slope), weight) in values.iter().zip(&slopes).zip(&weights) {
                    moments[0] += weight * value * value;
                    moments[1] += weight * slope * slope;
                }
            });
        Self {
            values,
            squares: moments.iter().map(|m| m[0]).collect(),
            slope_squares: moments.iter().map(|m| m[1]).collect(),
        }
    }
}

impl Series {
    /// Coefficients of points with the given variances, `E phi^2` and `E phi'^2` of each.
    ///
    /// As many terms as Parseval's identities `E phi^2 = sum alpha_j^2` and
    /// `E phi'^2 = sum j beta_j^2` ask for; what they leave bounds the error of every pair.
    pub fn new(
        activation: SmoothActivation,
        variances: &[f64],
    ) -> Result<(Self, Vec<f64>, Vec<f64>), NetworkError> {
        // The point of largest variance tells about how many terms all will need.
        let largest = variances.iter().copied().fold(0.0, f64::max);
        for terms in TERMS {
            let table = weighted_polynomials(terms);
            let probe = Self::with_terms(activation, &[largest], &table);
            if probe.0.sufficient.last().is_none_or(|rho| *rho < 1.0) {
                continue;
            }
            let found = Self::with_terms(activation, variances, &table);
            if found.0.sufficient.last().is_some_and(|rho| *rho >= 1.0) {
                return Ok(found);
            }
        }
        Err(NetworkError::OutOfRange {
            name: "variance of a layer",
            value: largest,
            requirement: "the Hermite series of the activation must converge within 4096 terms: \
                          scale the inputs or the weight variance down, and use a closed dual for \
                          activations with kinks",
        })
    }

    fn with_terms(
        activation: SmoothActivation,
        variances: &[f64],
        table: &DMatrix<f64>,
    ) -> (Self, Vec<f64>, Vec<f64>) {
        let (terms, points) = (table.nrows() - 1, variances.len());
        let mut constants = Vec::with_capacity(points);
        let mut by_point = vec![0.0; points * terms];
        let (mut squares, mut slope_squares) = (Vec::new(), Vec::new());
        // Largest remainder of the two identities behind every term, relative to their sums.
        let mut rest = vec![0.0_f64; terms];
        for (variances, betas) in variances
            .chunks(BLOCK)
            .zip(by_point.chunks_mut(BLOCK * terms))
        {
            let on_grid = OnGrid::new(activation, variances);
            let mut alphas = vec![0.0; (terms + 1) * variances.len()];
            let values = View::column_major(&on_grid.values, 2 * REACH + 1, variances.len());
            gemm_into(1.0, View::from(table), values, 0.0, &mut alphas);
            for (i, variance) in variances.iter().enumerate() {
                let alphas = &alphas[i * (terms + 1)..(i + 1) * (terms + 1)];
                let betas = &mut betas[i * terms..(i + 1) * terms];
                constants.push(alphas[0]);
                let deviation = variance.sqrt();
                if deviation > 0.0 {
                    for (beta, alpha) in betas.iter_mut().zip(&alphas[1..]) {
                        *beta = alpha / deviation;
                    }
                } else {
                    betas[0] = on_grid.slope_squares[i].sqrt();
                }
                let (square, slope) = (on_grid.squares[i], on_grid.slope_squares[i]);
                let mut left = (square - alphas[0] * alphas[0], slope);
                for (j, (beta, rest)) in betas.iter().zip(&mut rest).enumerate() {
                    left.0 -= variance * beta * beta;
                    left.1 -= (j + 1) as f64 * beta * beta;
                    let relative = |left: f64, whole: f64| {
                        if whole == 0.0 {
                            0.0
                        } else if left.is_finite() && whole.is_finite() {
                            left / whole
                        } else {
                            f64::INFINITY
                        }
                    };
                    *rest = rest
                        .max(relative(left.0, square))
                        .max(relative(left.1, slope));
                }
            }
            squares.extend(on_grid.squares);
            slope_squares.extend(on_grid.slope_squares);
        }
        let mut reached = 0.0_f64;
        let sufficient = rest.iter().enumerate().map(|(j, rest)| {
            let here = if *rest <= TOLERANCE {
                1.0
            } else {
                (TOLERANCE / rest).powf(1.0 / (j + 1) as f64)
            };
            reached = reached.max(here);
            reached
        });
        let sufficient = sufficient.collect();
        let mut by_term = vec![0.0; points * terms + WIDTH];
        for (i, betas) in by_point.chunks(terms).enumerate() {
            for (j, beta) in betas.iter().enumerate() {
                by_term[j * points + i] = *beta;
            }
        }
        let series = Self {
            points,
            terms,
            constants,
            by_point,
            by_term,
            sufficient,
        };
        (series, squares, slope_squares)
    }

    /// The pairs of the points `first..` with one point of `right`, of variances `a` and `b`.
    pub fn apply(
        &self,
        first: usize,
        right: &Self,
        other: usize,
        (a, b): (&[f64], f64),
        c: &mut [f64],
        slope: &mut [f64],
    ) {
        let betas = &right.by_point[other * right.terms..(other + 1) * right.terms];
        let constant = right.constants[other];
        for start in (0..c.len()).step_by(WIDTH) {
            let end = c.len().min(start + WIDTH);
            let mut rho = [0.0; WIDTH];
            let mut largest = 0.0_f64;
            for ((rho, c), a) in rho.iter_mut().zip(&c[start..end]).zip(&a[start..end]) {
                let deviation = (a * b).sqrt();
                if deviation > 0.0 {
                    *rho = (c / deviation).clamp(-1.0, 1.0);
                }
                largest = largest.max(rho.abs());
            }
            let enough = |series: &Self| series.sufficient.partition_point(|rho| *rho < largest);
            let terms = enough(self).max(enough(right)) + 1;
            let terms = terms.min(self.terms).min(right.terms);
            let (mut q, mut dq) = ([0.0_f64; WIDTH], [0.0_f64; WIDTH]);
            Arch::new().dispatch(Horner {
                left: &self.by_term[first + start..],
                points: self.points,
                right: &betas[..terms],
                rho: &rho,
                q: &mut q,
                dq: &mut dq,
            });
            for (i, (c, slope)) in c[start..end]
                .iter_mut()
                .zip(&mut slope[start..end])
                .enumerate()
            {
                *c = self.constants[first + start + i] * constant + *c * q[i];
                *slope = q[i] + rho[i] * dq[i];
            }
        }
    }
}

/// `Q` and `Q'` of [`WIDTH`] pairs by Horner's scheme.
struct Horner<'a> {
    left: &'a [f64],
    points: usize,
    right: &'a [f64],
    rho: &'a [f64; WIDTH],
    q: &'a mut [f64; WIDTH],
    dq: &'a mut [f64; WIDTH],
}

impl NullaryFnOnce for Horner<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let (mut q, mut dq) = ([0.0_f64; WIDTH], [0.0_f64; WIDTH]);
        let mut j = self.right.len();
        while j > 0 {
            j -= 1;
            let left = &self.left[j * self.points..j * self.points + WIDTH];
            let right = self.right[j];
            for i in 0..WIDTH {
                dq[i] = dq[i].mul_add(self.rho[i], q[i]);
                q[i] = q[i].mul_add(self.rho[i], left[i] * right);
            }
        }
        (*self.q, *self.dq) = (q, dq);
    }
}
