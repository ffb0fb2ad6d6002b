//! The Radau IIA method of order 5: collocation at three points of which the last is the end of
//! the step, and an interpolant of order 4.
//!
//! E. Hairer, G. Wanner, "Solving Ordinary Differential Equations II", Springer 1996, sections
//! IV.5 and IV.8; delay equations: N. Guglielmi, E. Hairer, "Implementing Radau IIA methods for
//! stiff delay differential equations", Computing 67, 1-12 (2001), doi:10.1007/s006070170013.
//!
//! The collocation polynomial `u` is wrong by `O(h^4)` inside a step, which leaves order 4 to a
//! delay equation. It misses the slope at the start of the step by `u'(0) - f`, which the error
//! estimate of the method filters through `(1 - h gamma J)^-1` anyhow. Here the filtered amount
//! also corrects the interpolant, by the one polynomial of degree 4 that has slope 1 at the start,
//! slope 0 at the collocation points, and so, by the order of the quadrature, vanishes at both
//! ends. The result is wrong by `O(h^5)`, and no stiff component can blow it up. Where the equation
//! is stiff the filter takes the correction away, and what is left out is held to the tolerance.
//! That is ours.

#![allow(clippy::excessive_precision)] // more digits than needed

/// Number of stages.
pub(in crate::solver) const STAGES: usize = 3;
/// Coefficients of the interpolant, from the constant to the fourth power.
pub(in crate::solver) const TERMS: usize = 5;

/// Stage times in units of the step: `(4 - sqrt 6) / 10`, `(4 + sqrt 6) / 10`, 1.
pub(in crate::solver) const C: [f64; STAGES] = [
    0.155_051_025_721_682_190_18,
    0.644_948_974_278_317_809_82,
    1.0,
];

/// The real eigenvalue of the inverse of the matrix of coefficients.
pub(in crate::solver) const GAMMA: f64 = 3.637_834_252_744_495_732_2;

/// The polynomial through 0 at 0 and at all stage times but one, where it is 1: powers 1 to 3.
pub(in crate::solver) const LAGRANGE: [[f64; STAGES]; STAGES] = [
    lagrange(C[0], C[1], C[2]),
    lagrange(C[1], C[0], C[2]),
    lagrange(C[2], C[0], C[1]),
];

/// Inverse of the matrix of coefficients: slopes at the stage times of the polynomials above.
pub(in crate::solver) const INVERSE: [[f64; STAGES]; STAGES] =
    [slopes(C[0]), slopes(C[1]), slopes(C[2])];

/// The polynomial with slope 1 at 0 and slope 0 at the stage times: powers 1 to 4.
pub(in crate::solver) const BUBBLE: [f64; TERMS - 1] = {
    let [a, b, c] = [1.0 / C[0], 1.0 / C[1], 1.0 / C[2]];
    let squares = a * b + b * c + c * a;
    [1.0, -(a + b + c) / 2.0, squares / 3.0, -a * b * c / 4.0]
};

/// Largest value of that polynomial between 0 and 1, which it takes at the first stage time.
pub(in crate::solver) const BUBBLE_PEAK: f64 = {
    let [a, b, c, d] = BUBBLE;
    C[0] * (a + C[0] * (b + C[0] * (c + C[0] * d)))
};

const fn lagrange(at: f64, a: f64, b: f64) -> [f64; STAGES] {
    let scale = 1.0 / (at * (at - a) * (at - b));
    [scale * a * b, -scale * (a + b), scale]
}

const fn slopes(time: f64) -> [f64; STAGES] {
    [slope(0, time), slope(1, time), slope(2, time)]
}

/// Slope of polynomial `stage` at a time of the step.
pub(in crate::solver) const fn slope(stage: usize, time: f64) -> f64 {
    let [a, b, c] = LAGRANGE[stage];
    a + time * (2.0 * b + time * 3.0 * c)
}

/// Value of polynomial `stage` at a time of the step.
pub(in crate::solver) const fn value(stage: usize, time: f64) -> f64 {
    let [a, b, c] = LAGRANGE[stage];
    time * (a + time * (b + time * c))
}

#[cfg(test)]
mod tests {
    use super::super::trees::trees;
    use super::*;
    use nalgebra::Matrix3;

    fn coefficients() -> Matrix3<f64> {
        let inverse = Matrix3::from_fn(|i, j| INVERSE[i][j]);
        inverse.try_inverse().unwrap()
    }

    #[test]
    fn the_solution_has_order_five() {
        let a = coefficients();
        let rows: Vec<Vec<f64>> = (0..3)
            .map(|i| (0..3).map(|j| a[(i, j)]).collect())
            .collect();
        let mut misses = 0;
        for tree in trees(&rows, 6) {
            let value: f64 = rows[2].iter().zip(&tree.weight).map(|(b, w)| b * w).sum();
            let error = (value - 1.0 / tree.density).abs();
            assert!(tree.order > 5 || error < 1e-14, "{error:e}");
            misses += usize::from(tree.order == 6 && error > 1e-6);
        }
        assert!(misses > 0);
    }

    #[test]
    fn gamma_is_an_eigenvalue_of_the_inverse() {
        let inverse = Matrix3::from_fn(|i, j| INVERSE[i][j]);
        let determinant = (inverse - Matrix3::identity() * GAMMA).determinant();
        assert!(determinant.abs() < 1e-12, "{determinant:e}");
    }

    #[test]
    fn the_bubble_vanishes_at_both_ends() {
        assert!(BUBBLE.iter().sum::<f64>().abs() < 1e-14);
        let value = |t: f64| t * BUBBLE.iter().rev().fold(0.0, |sum, b| sum * t + b);
        let peak = (0..=1000).map(|k| value(f64::from(k) / 1000.0).abs());
        assert!((peak.fold(0.0, f64::max) - BUBBLE_PEAK).abs() < 1e-5);
        for time in C {
            let slope = (0..4).map(|k| (k + 1) as f64 * BUBBLE[k] * time.powi(k as i32));
            assert!(slope.sum::<f64>().abs() < 1e-13);
        }
    }

    #[test]
    fn the_interpolant_has_order_four_at_every_point() {
        // stages 0 and 1 to 3: the slope at the start and the collocation slopes
        let a = coefficients();
        let mut rows = vec![vec![0.0; 4]; 4];
        for i in 0..3 {
            for j in 0..3 {
                rows[i + 1][j + 1] = a[(i, j)];
            }
        }
        for theta in [0.2_f64, 0.5, 0.9, 1.0] {
            let bubble = (0..4)
                .map(|k| BUBBLE[k] * theta.powi(k as i32 + 1))
                .sum::<f64>();
            let weights: Vec<f64> = (0..4)
                .map(|stage| match stage {
                    0 => bubble,
                    _ => (0..3)
                        .map(|j| {
                            let start = slope(j, 0.0) * bubble;
                            (value(j, theta) - start) * a[(j, stage - 1)]
                        })
                        .sum(),
                })
                .collect();
            for tree in trees(&rows, 4) {
                let value: f64 = weights.iter().zip(&tree.weight).map(|(b, w)| b * w).sum();
                let exact = theta.powi(tree.order as i32) / tree.density;
                assert!((value - exact).abs() < 1e-13, "theta {theta}");
            }
        }
    }
}
