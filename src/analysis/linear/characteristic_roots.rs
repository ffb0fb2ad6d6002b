//! Characteristic roots: how a delay equation leaves or approaches a steady state.

use nalgebra::{Complex, DMatrix, Schur};
use serde::{Deserialize, Serialize};

use crate::analysis::{LinearDelay, LinearError};

/// Collocation points of the first attempt.
const FEWEST_POINTS: usize = 16;
/// Points and rows of the last: collocation converges faster than any power, so that roots which this many points do not resolve lie
/// far to the left of all that matters (chosen: some seconds for two equations, where four times as many points took minutes).
const MOST_POINTS: usize = 256;
const LARGEST_MATRIX: usize = 1200;
/// How far an eigenvalue of the matrix may lie from the root that Newton's method makes of it,
/// relative to `1 + |root|`, for the matrix to count as fine enough.
const RESOLVED: f64 = 1e-3;

/// A solution `lambda` of `det(lambda - A - sum_k B_k exp(-lambda lag_k)) = 0`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CharacteristicRoot {
    /// Real part: the rate of growth.
    pub re: f64,
    /// Imaginary part: the angular frequency.
    pub im: f64,
    /// Length of the last step of Newton's method: what the root is known to. A root of multiplicity
    /// above one is known to about the square root of rounding.
    pub error: f64,
}

impl LinearDelay {
    /// The `count` rightmost characteristic roots, the rightmost first; of a pair the one with the
    /// positive imaginary part comes first, and a pair is never cut, so that one more may come.
    ///
    /// The infinitesimal generator of the solution operator on `[-longest lag, 0]` is collocated at
    /// Chebyshev points (D. Breda, S. Maset, R. Vermiglio, "Pseudospectral differencing methods for
    /// characteristic roots of delay differential equations", SIAM J. Sci. Comput. 27(2), 482-495
    /// (2005), doi:10.1137/030601600); each eigenvalue of that matrix is corrected by Newton's
    /// method on the characteristic function. The number of points is doubled until all of the
    /// eigenvalues asked for agree with their corrections.
    ///
    /// **Cost**: the eigenvalues of a matrix of `dimension (points + 1)`, at least 17 points.
    ///
    /// # Errors
    /// [`LinearError::InvalidArgument`] for no roots or a lag that is not positive;
    /// [`LinearError::NotResolved`] if 256 points or 1200 rows do not resolve that many roots.
    ///
    /// ```
    /// use nalgebra::dmatrix;
    /// use pulsatrix::analysis::LinearDelay;
    ///
    /// // y' = -y(t - 1): lambda = W(-1)
    /// let linear = LinearDelay { present: dmatrix![0.0], lags: vec![1.0], delayed: vec![dmatrix![-1.0]] };
    /// let roots = linear.characteristic_roots(2)?;
    /// assert!((roots[0].re + 0.318_131_505_204_764_1).abs() < 1e-12);
    /// assert!((roots[0].im - 1.337_235_701_430_689_4).abs() < 1e-12);
    /// # Ok::<(), pulsatrix::analysis::LinearError>(())
    /// ```
    pub fn characteristic_roots(
        &self,
        count: usize,
    ) -> Result<Vec<CharacteristicRoot>, LinearError> {
        if count == 0 {
            return Err(LinearError::InvalidArgument {
                name: "count",
                value: 0.0,
                requirement: "ask for at least one root",
            });
        }
        if let Some(lag) = self
            .lags
            .iter()
            .find(|lag| !(**lag > 0.0 && lag.is_finite()))
        {
            return Err(LinearError::InvalidArgument {
                name: "lag",
                value: *lag,
                requirement: "lags must be positive and finite",
            });
        }
        let n = self.present.nrows();
        let mut points = if self.lags.is_empty() {
            0
        } else {
            FEWEST_POINTS.max(2 * count.div_ceil(n.max(1)))
        };
        loop {
            let too_many = points > MOST_POINTS.max(2 * count.div_ceil(n.max(1)));
            let too_large = too_many || n * (points + 1) > LARGEST_MATRIX && points > FEWEST_POINTS;
            if too_large || (points == 0 && count > n) {
                return Err(LinearError::NotResolved { count, points });
            }
            if let Some(roots) = self.roots_from(points, count) {
                return Ok(roots);
            }
            points = 2 * points.max(1);
        }
    }

    /// The roots with this many collocation points, or none if those are too few.
    fn roots_from(&self, points: usize, count: usize) -> Option<Vec<CharacteristicRoot>> {
        let size = self.present.nrows() * (points + 1);
        let schur = Schur::try_new(self.generator(points), f64::EPSILON, 100 * size)?;
        let mut values: Vec<Complex<f64>> = schur.complex_eigenvalues().iter().copied().collect();
        values.retain(|value| value.re.is_finite() && value.im.is_finite());
        rightmost_first(&mut values, |value| (value.re, value.im));
        let mut roots = Vec::new();
        for value in values {
            let cut = roots
                .last()
                .is_some_and(|last: &CharacteristicRoot| last.im > 0.0);
            if roots.len() >= count && !cut {
                break;
            }
            let root = self.correct(value)?;
            let size = 1.0 + value.norm();
            let distance = Complex::new(root.re - value.re, root.im - value.im).norm();
            if distance > RESOLVED * size || root.error > 1e-6 * size {
                return None;
            }
            roots.push(root);
        }
        rightmost_first(&mut roots, |root| (root.re, root.im));
        Some(roots).filter(|roots| roots.len() >= count)
    }

    /// The generator at Chebyshev points from 0 back to the longest lag; blocks of the dimension.
    fn generator(&self, points: usize) -> DMatrix<f64> {
        let n = self.present.nrows();
        let longest = self.lags.iter().copied().fold(0.0, f64::max);
        let angle = |k: usize| std::f64::consts::PI * k as f64 / points.max(1) as f64;
        let nodes: Vec<f64> = (0..=points)
            .map(|k| 0.5 * longest * (angle(k).cos() - 1.0))
            .collect();
        // barycentric weights of Chebyshev points
        let end = |k: usize| if k == 0 || k == points { 0.5 } else { 1.0 };
        let weight = |k: usize| if k.is_multiple_of(2) { end(k) } else { -end(k) };
        let mut matrix = DMatrix::zeros(n * (points + 1), n * (points + 1));
        matrix.view_mut((0, 0), (n, n)).copy_from(&self.present);
        for (lag, delayed) in self.lags.iter().zip(&self.delayed) {
            let near = 1e-14 * longest;
            let hit = nodes.iter().position(|node| (node + lag).abs() <= near);
            let parts: Vec<f64> = match hit {
                Some(hit) => (0..=points).map(|k| f64::from(k == hit)).collect(),
                None => (0..=points)
                    .map(|k| weight(k) / (-lag - nodes[k]))
                    .collect(),
            };
            let sum: f64 = parts.iter().sum();
            for (k, part) in parts.iter().enumerate() {
                let mut block = matrix.view_mut((0, k * n), (n, n));
                block += delayed * (part / sum);
            }
        }
        for row in 1..=points {
            let mut diagonal = 0.0;
            for column in (0..=points).filter(|column| *column != row) {
                let slope = weight(column) / weight(row) / (nodes[row] - nodes[column]);
                diagonal -= slope;
                matrix
                    .view_mut((row * n, column * n), (n, n))
                    .fill_diagonal(slope);
            }
            matrix
                .view_mut((row * n, row * n), (n, n))
                .fill_diagonal(diagonal);
        }
        matrix
    }

    /// Newton's method on the logarithm of the characteristic function; none if it is not finite.
    fn correct(&self, start: Complex<f64>) -> Option<CharacteristicRoot> {
        const MOST_STEPS: usize = 60;
        let mut root = start;
        let mut error = f64::INFINITY;
        for _ in 0..MOST_STEPS {
            let (matrix, slope) = self.characteristic_matrix(root);
            // at a root to the last bit the matrix may be singular
            let Some(quotient) = matrix.lu().solve(&slope) else {
                error = error.min(f64::EPSILON * (1.0 + root.norm()));
                break;
            };
            let step = Complex::new(1.0, 0.0) / quotient.trace();
            if !(step.re.is_finite() && step.im.is_finite()) {
                return None;
            }
            root -= step;
            let last = error;
            error = step.norm();
            if error <= 4.0 * f64::EPSILON * (1.0 + root.norm())
                || (error > 0.9 * last && last < 1e-12)
            {
                break;
            }
        }
        let im = if root.im.abs() <= error { 0.0 } else { root.im };
        Some(CharacteristicRoot {
            re: root.re,
            im,
            error,
        })
    }

    /// `lambda - A - sum_k B_k exp(-lambda lag_k)` and its derivative by `lambda`.
    fn characteristic_matrix(
        &self,
        lambda: Complex<f64>,
    ) -> (DMatrix<Complex<f64>>, DMatrix<Complex<f64>>) {
        let n = self.present.nrows();
        let complex = |matrix: &DMatrix<f64>| matrix.map(|value| Complex::new(value, 0.0));
        let mut matrix = DMatrix::identity(n, n) * lambda - complex(&self.present);
        let mut slope = DMatrix::identity(n, n);
        for (lag, delayed) in self.lags.iter().zip(&self.delayed) {
            let part = complex(delayed) * (-lambda * *lag).exp();
            slope += &part * Complex::new(*lag, 0.0);
            matrix -= part;
        }
        (matrix, slope)
    }
}

/// Sorts by real part, the largest first; those of a pair, equal to rounding, by imaginary part.
fn rightmost_first<T>(roots: &mut [T], parts: impl Fn(&T) -> (f64, f64)) {
    roots.sort_by(|a, b| {
        let ((a, a_im), (b, b_im)) = (parts(a), parts(b));
        let equal = (a - b).abs() <= 1e-9 * (1.0 + a.abs())
            && (a_im + b_im).abs() <= 1e-9 * (1.0 + a_im.abs());
        if equal {
            b_im.total_cmp(&a_im)
        } else {
            b.total_cmp(&a)
        }
    });
}

#[cfg(test)]
mod tests {
    use std::f64::consts::FRAC_PI_2;

    use nalgebra::dmatrix;

    use super::*;
    use crate::analysis::{linearise, steady_state};
    use crate::networks::{Hutchinson, MackeyGlass};

    fn scalar(a: f64, b: f64, lag: f64) -> LinearDelay {
        LinearDelay {
            present: dmatrix![a],
            lags: vec![lag],
            delayed: vec![dmatrix![b]],
        }
    }

    /// Where hardly anything comes back, the delayed roots lie so far to the left that matrices do not resolve them.
    #[test]
    fn roots_that_are_not_resolved_are_refused_soon() {
        let linear = LinearDelay {
            present: dmatrix![-1.0, 0.0; 0.0, -1.0],
            lags: vec![0.2, 0.3],
            delayed: vec![
                dmatrix![1e-13, 0.0; 0.0, -2e-14],
                dmatrix![0.0, -1e-13; 3e-14, 0.0],
            ],
        };
        let near = linear.characteristic_roots(2).unwrap();
        assert!(near.iter().all(|root| (root.re + 1.0).abs() < 1e-12));
        assert!(matches!(
            linear.characteristic_roots(6),
            Err(LinearError::NotResolved { count: 6, .. })
        ));
    }

    #[test]
    fn roots_are_the_branches_of_lamberts_function() {
        // lambda exp(lambda) = -a for every root of y' = -a y(t - 1)
        for a in [0.2, 1.0, 1.5, 5.0] {
            let roots = scalar(0.0, -a, 1.0).characteristic_roots(20).unwrap();
            assert!(roots.len() >= 20);
            for root in &roots {
                let lambda = Complex::new(root.re, root.im);
                let miss = (lambda * lambda.exp() + a).norm();
                assert!(miss < 1e-11 * (1.0 + lambda.norm()), "{root:?}: {miss:e}");
            }
            let ordered = roots.windows(2).all(|pair| pair[0].re >= pair[1].re - 1e-9);
            assert!(ordered, "{roots:?}");
            // the branches have one root each in every strip of height 2 pi
            let mut heights: Vec<f64> = roots.iter().map(|r| r.im).filter(|im| *im > 0.0).collect();
            heights.sort_by(f64::total_cmp);
            for pair in heights.windows(2) {
                assert!(
                    (pair[1] - pair[0] - 2.0 * std::f64::consts::PI).abs() < 1.6,
                    "{heights:?}"
                );
            }
        }
        let roots = scalar(0.0, -1.5, 1.0).characteristic_roots(1).unwrap();
        assert_eq!(roots.len(), 2);
        assert!((roots[0].re + 0.032783735915573).abs() < 1e-14);
        assert!((roots[0].im - 1.549643823350159).abs() < 1e-14);
        assert_eq!((roots[1].re, roots[1].im), (roots[0].re, -roots[0].im));
    }

    #[test]
    fn hutchinsons_population_oscillates_from_half_pi_on() {
        let at = |r: f64| {
            let field = Hutchinson::new(r, 1.0).unwrap();
            let state = steady_state(&field, &[0.9]).unwrap();
            let roots = linearise(&field, &state).unwrap().characteristic_roots(1);
            roots.unwrap()[0]
        };
        let root = at(FRAC_PI_2);
        assert!(
            root.re.abs() < 1e-10 && (root.im - FRAC_PI_2).abs() < 1e-10,
            "{root:?}"
        );
        assert!(at(1.5).re < 0.0 && at(1.6).re > 0.0);
    }

    /// `lambda = -0.1 - 0.4 exp(-lambda tau)` has the roots `i w`, `w = sqrt(0.15)`, at
    /// `tau = arccos(-1/4) / w`.
    #[test]
    fn blood_cells_oscillate_from_the_known_lag_on() {
        let frequency = 0.15_f64.sqrt();
        let lag = (-0.25_f64).acos() / frequency;
        let field = MackeyGlass::new(0.2, 0.1, 10.0, lag).unwrap();
        let linear = linearise(&field, &[1.0]).unwrap();
        let root = linear.characteristic_roots(1).unwrap()[0];
        assert!(
            root.re.abs() < 1e-9 && (root.im - frequency).abs() < 1e-9,
            "{root:?}"
        );
    }

    #[test]
    fn two_lags_and_two_components_satisfy_their_equation() {
        let linear = LinearDelay {
            present: dmatrix![-1.0, 0.5; 0.2, -0.3],
            lags: vec![1.0, 0.37],
            delayed: vec![dmatrix![0.0, -2.0; 1.0, 0.0], dmatrix![0.4, 0.0; 0.0, -0.9]],
        };
        for root in linear.characteristic_roots(12).unwrap() {
            let (matrix, _) = linear.characteristic_matrix(Complex::new(root.re, root.im));
            let determinant = matrix.determinant().norm();
            assert!(determinant < 1e-9, "{root:?}: {determinant:e}");
        }
    }

    #[test]
    fn equal_components_give_their_roots_twice() {
        let linear = LinearDelay {
            present: DMatrix::zeros(2, 2),
            lags: vec![1.0],
            delayed: vec![DMatrix::identity(2, 2) * -1.5],
        };
        let roots = linear.characteristic_roots(4).unwrap();
        assert_eq!(roots.len(), 4);
        for root in roots {
            assert!((root.re + 0.032783735915573).abs() < 1e-6, "{root:?}");
        }
    }

    #[test]
    fn without_lags_the_roots_are_the_eigenvalues() {
        let linear = LinearDelay {
            present: dmatrix![0.0, 1.0; -4.0, 0.0],
            lags: vec![],
            delayed: vec![],
        };
        let roots = linear.characteristic_roots(2).unwrap();
        assert!(roots[0].re.abs() < 1e-14 && (roots[0].im - 2.0).abs() < 1e-14);
        assert!(linear.characteristic_roots(3).is_err());
        assert!(scalar(0.0, -1.0, 0.0).characteristic_roots(1).is_err());
        assert!(scalar(0.0, -1.0, 1.0).characteristic_roots(5000).is_err());
    }
}
