//! The explicit Runge-Kutta pair of order 5(4) and its free interpolant of order 4.
//!
//! Ch. Tsitouras, "Runge-Kutta pairs of order 5(4) satisfying only the first column simplifying
//! assumption", Comput. Math. Appl. 62, 770-775 (2011), doi:10.1016/j.camwa.2011.06.002.
//!
//! Seven stages of which the last is the first of the next step. An interpolant of uniform order
//! 4 is enough for delays: it is wrong by `O(h^5)` inside a step and enters the next step times
//! `h`, so the values at mesh times keep order 5 (A. Bellen, M. Zennaro, "Numerical Methods for
//! Delay Differential Equations", Oxford 2003, theorem 6.1.2, doi:10.1093/acprof:oso/9780198506546.001.0001).

#![allow(clippy::excessive_precision)] // the digits as published

/// Number of stages.
pub(in crate::solver) const STAGES: usize = 7;
/// Coefficients of the interpolant, from the constant to the fourth power.
pub(in crate::solver) const TERMS: usize = 5;

/// Stage times in units of the step.
pub(in crate::solver) const C: [f64; STAGES] =
    [0.0, 0.161, 0.327, 0.9, 0.980_025_540_904_509_7, 1.0, 1.0];

/// The middle of the widest gap between the stages. The error estimate is all but blind to a jump
/// of the right-hand side there: the weights behind the gap add up to -0.005.
pub(in crate::solver) const BLIND_SPOTS: &[f64] = &[0.61];

/// Row `i` gives the state of stage `i`; the last row is the solution of order 5.
pub(in crate::solver) const A: [[f64; STAGES - 1]; STAGES] = [
    [0.0; 6],
    [0.161, 0.0, 0.0, 0.0, 0.0, 0.0],
    [
        -0.008_480_655_492_356_989,
        0.335_480_655_492_357,
        0.0,
        0.0,
        0.0,
        0.0,
    ],
    [
        2.897_153_057_105_493_5,
        -6.359_448_489_975_075,
        4.362_295_432_869_581_5,
        0.0,
        0.0,
        0.0,
    ],
    [
        5.325_864_828_439_257,
        -11.748_883_564_062_828,
        7.495_539_342_889_836_5,
        -0.092_495_066_361_755_25,
        0.0,
        0.0,
    ],
    [
        5.861_455_442_946_42,
        -12.920_969_317_847_11,
        8.159_367_898_576_159,
        -0.071_584_973_281_401,
        -0.028_269_050_394_068_383,
        0.0,
    ],
    [
        0.096_460_766_818_065_23,
        0.01,
        0.479_889_650_414_499_6,
        1.379_008_574_103_742,
        -3.290_069_515_436_081,
        2.324_710_524_099_774,
    ],
];

/// Solution of order 5 minus solution of order 4, by stages.
pub(in crate::solver) const E: [f64; STAGES] = [
    -0.001_780_011_052_225_777_14,
    -0.000_816_434_459_656_746_9,
    0.007_880_878_010_261_995,
    -0.144_711_007_173_262_9,
    0.582_357_165_452_555_2,
    -0.458_082_105_929_186_97,
    0.015_151_515_151_515_152,
];

/// The interpolant is `y + h sum_i k_i (theta [i = 0] + theta^2 D_0i + theta^3 D_1i + theta^4 D_2i)`.
pub(in crate::solver) const D: [[f64; STAGES]; 3] = [
    [
        -2.763_706_197_274_826,
        0.131_7,
        3.930_296_236_894_751_6,
        -12.411_077_166_933_676,
        37.509_313_416_511_04,
        -27.896_526_289_197_286,
        1.5,
    ],
    [
        2.913_255_461_821_912_6,
        -0.223_4,
        -5.941_033_872_131_505,
        30.338_188_630_282_32,
        -88.178_904_894_766_4,
        65.091_894_674_793_66,
        -4.0,
    ],
    [
        -1.053_088_497_729_021_6,
        0.101_7,
        2.490_627_285_651_253,
        -16.548_102_889_244_902,
        47.379_521_962_819_28,
        -34.870_657_861_496_61,
        2.5,
    ],
];

#[cfg(test)]
mod tests {
    use super::super::trees::trees;
    use super::*;

    fn square() -> Vec<Vec<f64>> {
        let pad = |row: &[f64; STAGES - 1]| row.iter().copied().chain([0.0]).collect();
        A.iter().map(pad).collect()
    }

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn solution_has_order_five_and_embedded_solution_order_four() {
        for tree in trees(&square(), 5) {
            let (order, density) = (tree.order, tree.density);
            let value = dot(&A[6], &tree.weight);
            assert!((value - 1.0 / density).abs() < 1e-13, "tree {density}");
            let error = dot(&E, &tree.weight);
            assert_eq!(order <= 4, error.abs() < 1e-13, "tree {density}: {error}");
        }
    }

    #[test]
    fn interpolant_has_order_four_at_every_point() {
        for theta in [0.1_f64, 0.37, 0.5, 0.81, 1.0] {
            for tree in trees(&square(), 4) {
                let value: f64 = (0..STAGES)
                    .map(|i| {
                        let first = if i == 0 { theta } else { 0.0 };
                        let rest = D[0][i] + theta * (D[1][i] + theta * D[2][i]);
                        tree.weight[i] * (first + theta * theta * rest)
                    })
                    .sum();
                let exact = theta.powi(tree.order as i32) / tree.density;
                assert!((value - exact).abs() < 1e-12, "theta {theta}");
            }
        }
    }
}
