//! Polynomials on one interval: nodes that carry them, Gauss points that they are collocated at.

use std::f64::consts::PI;

use nalgebra::DMatrix;

/// Lagrange polynomials of one degree on `[0, 1]`.
#[derive(Debug, Clone)]
pub(super) struct Basis {
    /// Chebyshev-Lobatto nodes, ends included: `degree + 1` of them.
    pub nodes: Vec<f64>,
    weights: Vec<f64>,
    /// Gauss points: `degree` of them.
    pub points: Vec<f64>,
    /// Row `k`: values of the polynomials at point `k`.
    pub values: DMatrix<f64>,
    /// Row `k`: their slopes there.
    pub slopes: DMatrix<f64>,
}

impl Basis {
    pub fn new(degree: usize) -> Self {
        let nodes: Vec<f64> = (0..=degree)
            .map(|n| 0.5 - 0.5 * (PI * n as f64 / degree as f64).cos())
            .collect();
        let weights = (0..=degree)
            .map(|n| {
                let others = nodes.iter().enumerate().filter(|(m, _)| *m != n);
                1.0 / others.map(|(_, x)| nodes[n] - x).product::<f64>()
            })
            .collect();
        let mut basis = Self {
            nodes,
            weights,
            points: gauss_points(degree),
            values: DMatrix::zeros(degree, degree + 1),
            slopes: DMatrix::zeros(degree, degree + 1),
        };
        for k in 0..degree {
            let (values, slopes) = (basis.at(basis.points[k]), basis.slopes_at(basis.points[k]));
            for n in 0..=degree {
                basis.values[(k, n)] = values[n];
                basis.slopes[(k, n)] = slopes[n];
            }
        }
        basis
    }

    pub fn degree(&self) -> usize {
        self.points.len()
    }

    /// Values of the polynomials at `x`.
    pub fn at(&self, x: f64) -> Vec<f64> {
        let of = |n: usize| {
            let others = self.nodes.iter().enumerate().filter(|(m, _)| *m != n);
            self.weights[n] * others.map(|(_, node)| x - node).product::<f64>()
        };
        (0..self.nodes.len()).map(of).collect()
    }

    /// Slopes of the polynomials at `x`.
    pub fn slopes_at(&self, x: f64) -> Vec<f64> {
        let count = self.nodes.len();
        let of = |n: usize| {
            let left_out = |skip: usize| {
                let rest = (0..count).filter(|m| *m != n && *m != skip);
                rest.map(|m| x - self.nodes[m]).product::<f64>()
            };
            let terms = (0..count).filter(|skip| *skip != n).map(left_out);
            self.weights[n] * terms.sum::<f64>()
        };
        (0..count).map(of).collect()
    }
}

/// Value and slope of the Legendre polynomial of a degree.
fn legendre(degree: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for n in 1..degree {
        let n = n as f64;
        (before, value) = (
            value,
            ((2.0 * n + 1.0) * x * value - n * before) / (n + 1.0),
        );
    }
    let slope = degree as f64 * (x * value - before) / (x * x - 1.0);
    (value, slope)
}

/// Zeros of the Legendre polynomial of a degree, on `[-1, 1]`, ascending, by Newton's method.
fn legendre_zeros(degree: usize) -> impl Iterator<Item = f64> {
    let zero = move |n: usize| {
        let mut x = -(PI * (n as f64 + 0.75) / (degree as f64 + 0.5)).cos();
        for _ in 0..20 {
            let (value, slope) = legendre(degree, x);
            x -= value / slope;
        }
        x
    };
    (0..degree).map(zero)
}

/// The same on `[0, 1]`.
fn gauss_points(degree: usize) -> Vec<f64> {
    legendre_zeros(degree).map(|x| 0.5 + 0.5 * x).collect()
}

/// Points and weights of the Gauss rule of a degree on `[0, 1]`.
pub(crate) fn gauss_rule(degree: usize) -> Vec<(f64, f64)> {
    let pair = |x: f64| {
        let (_, slope) = legendre(degree, x);
        (0.5 + 0.5 * x, 1.0 / ((1.0 - x * x) * slope * slope))
    };
    legendre_zeros(degree).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_and_slopes_are_reproduced() {
        for degree in 1..=8 {
            let basis = Basis::new(degree);
            let power = |x: f64| x.powi(degree as i32);
            let slope = |x: f64| degree as f64 * x.powi(degree as i32 - 1);
            for x in [0.0, 0.21, 0.5, 1.0] {
                let pairs = |list: Vec<f64>| -> f64 {
                    list.iter()
                        .zip(&basis.nodes)
                        .map(|(l, n)| l * power(*n))
                        .sum()
                };
                assert!((pairs(basis.at(x)) - power(x)).abs() < 1e-14);
                assert!((pairs(basis.slopes_at(x)) - slope(x)).abs() < 1e-12);
            }
        }
        let exact = 0.5 - 0.5 * (1.0_f64 / 3.0).sqrt();
        assert!((gauss_points(2)[0] - exact).abs() < 1e-15);
        assert!((gauss_points(3)[1] - 0.5).abs() < 1e-15);
    }
}
