//! The collocation method of a panel: Radau IIA, with everything that its polynomials offer.
//!
//! E. Hairer, G. Wanner, "Solving Ordinary Differential Equations II" (1996), section IV.5.

use std::sync::OnceLock;

use nalgebra::SMatrix;

use crate::numerics::lanes::Lane;
use crate::numerics::root::bracketed_root;

/// Stages of a panel. The last one lies at its end; the method has order `2 STAGES - 1`.
///
/// Measured at error 1e-6 on the Mackey-Glass equation and on impulse networks of 10 to 1000: with 6
/// stages panels cost three quarters and there are 1.4 times as many, with 10 panels cost 1.4 times as much and four
/// fifths are left. Eight fill the widest registers where stages go side by side.
pub(super) const STAGES: usize = 8;
/// Points through which the polynomial of a state goes: the start of the panel and the stages.
pub(super) const POINTS: usize = STAGES + 1;

type Square = SMatrix<f64, STAGES, STAGES>;

/// Numbers of the method, on the unit panel `[0, 1]`.
#[derive(Debug)]
pub(super) struct Collocation {
    /// Places of the stages, ascending, the last one 1.
    pub(super) nodes: [f64; STAGES],
    /// `integral[j][i]`: integral from 0 to node `i` of the polynomial that is one at node `j` and
    /// zero at the others.
    pub(super) integral: [[f64; STAGES]; STAGES],
    /// Legendre coefficients of the two highest degrees, the highest first, of the polynomial
    /// through values at the nodes.
    pub(super) tails: [[f64; STAGES]; 2],
    /// Weights with which values at the nodes, by their polynomial, make the value at the start.
    pub(super) start: [f64; STAGES],
    /// Weights with which the values at three points, of which a stage is one, make slope and second derivative
    /// there of their parabola: the stage is in the middle, but for the last.
    pub(super) parabolas: [[[f64; 3]; 2]; STAGES],
    /// The places of all points, zero in front.
    points: [f64; POINTS],
    /// Denominators of the Lagrange polynomials through all points, inverted.
    lagrange: [f64; POINTS],
}

impl Collocation {
    /// The method, computed once.
    pub(super) fn get() -> &'static Self {
        static METHOD: OnceLock<Collocation> = OnceLock::new();
        METHOD.get_or_init(Self::new)
    }

    fn new() -> Self {
        let nodes = nodes();
        let values = Square::from_fn(|i, k| legendre(k, 2.0 * nodes[i] - 1.0));
        let integrals = Square::from_fn(|i, k| {
            let y = 2.0 * nodes[i] - 1.0;
            match k {
                0 => nodes[i],
                _ => (legendre(k + 1, y) - legendre(k - 1, y)) / (2.0 * (2.0 * k as f64 + 1.0)),
            }
        });
        // The nodes are distinct, so there is an inverse; the last row is exact by consistency.
        let coefficients = values.try_inverse().unwrap_or_else(Square::identity);
        let matrix = integrals * coefficients;
        let mut points = [0.0; POINTS];
        points[1..].copy_from_slice(&nodes);
        let lagrange = std::array::from_fn(|k| {
            let others = (0..POINTS).filter(|m| *m != k);
            others
                .map(|m| points[k] - points[m])
                .product::<f64>()
                .recip()
        });
        Self {
            nodes,
            integral: std::array::from_fn(|j| std::array::from_fn(|i| matrix[(i, j)])),
            tails: std::array::from_fn(|k| {
                std::array::from_fn(|i| coefficients[(STAGES - 1 - k, i)])
            }),
            start: std::array::from_fn(|i| {
                let sign = |k: usize| if k.is_multiple_of(2) { 1.0 } else { -1.0 };
                (0..STAGES).map(|k| sign(k) * coefficients[(k, i)]).sum()
            }),
            parabolas: std::array::from_fn(|stage| {
                let first = stage.min(STAGES - 2);
                parabola(
                    nodes[stage],
                    [points[first], points[first + 1], points[first + 2]],
                )
            }),
            points,
            lagrange,
        }
    }

    /// The place of a point.
    #[inline]
    pub(super) fn point(&self, number: usize) -> f64 {
        self.points[number]
    }

    /// Weights with which the values at the points make the value at `place` of the unit panel.
    #[inline(always)]
    pub(super) fn weights<R: Lane>(&self, place: R) -> [R; POINTS] {
        let mut weights = [place; POINTS];
        let (mut before, mut after) = (place.like(1.0), place.like(1.0));
        for k in 0..POINTS {
            weights[k] = before * self.lagrange[k];
            before = before * (place - self.points[k]);
        }
        for k in (0..POINTS).rev() {
            weights[k] = weights[k] * after;
            after = after * (place - self.points[k]);
        }
        weights
    }

    /// The same for the derivative with respect to the place.
    pub(super) fn slope_weights(&self, place: f64) -> [f64; POINTS] {
        std::array::from_fn(|k| {
            let (mut product, mut slope) = (self.lagrange[k], 0.0);
            for m in (0..POINTS).filter(|m| *m != k) {
                let factor = place - self.points[m];
                slope = slope * factor + product;
                product *= factor;
            }
            slope
        })
    }
}

/// Weights of the values at three places for slope and second derivative at a fourth.
fn parabola(place: f64, places: [f64; 3]) -> [[f64; 3]; 2] {
    let weights = std::array::from_fn(|k: usize| {
        let [one, other] = [places[(k + 1) % 3], places[(k + 2) % 3]];
        let below = (places[k] - one) * (places[k] - other);
        [(2.0 * place - one - other) / below, 2.0 / below]
    });
    [0, 1].map(|derivative| weights.map(|weight: [f64; 2]| weight[derivative]))
}

/// Legendre polynomial of degree `k` at `y` in `[-1, 1]`.
fn legendre(k: usize, y: f64) -> f64 {
    let (mut before, mut value) = (1.0, y);
    if k == 0 {
        return before;
    }
    for n in 1..k {
        let n = n as f64;
        let next = ((2.0 * n + 1.0) * y * value - n * before) / (n + 1.0);
        before = value;
        value = next;
    }
    value
}

/// Zeros of `P_s - P_{s-1}` on `[-1, 1]`, moved to `[0, 1]`; the last one is the end.
fn nodes() -> [f64; STAGES] {
    const CELLS: u32 = 64 * (STAGES as u32);
    let function = |y: f64| legendre(STAGES, y) - legendre(STAGES - 1, y);
    let angle = |cell: u32| -(std::f64::consts::PI * f64::from(cell) / f64::from(CELLS)).cos();
    let mut nodes = [1.0; STAGES];
    let mut found = 0;
    for cell in 0..CELLS - 1 {
        let (low, high) = (angle(cell), angle(cell + 1));
        let (left, right) = (function(low), function(high));
        if (left > 0.0) != (right > 0.0) && found < STAGES - 1 {
            let y = bracketed_root(function, (low, left), (high, right), 0.0);
            nodes[found] = 0.5 * (y + 1.0);
            found += 1;
        }
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quadrature_has_the_order_of_radau() {
        let method = Collocation::get();
        assert_eq!(method.nodes[STAGES - 1], 1.0);
        let weight = |j: usize| method.integral[j][STAGES - 1];
        for degree in 0..2 * STAGES - 1 {
            let sum: f64 = (0..STAGES)
                .map(|j| weight(j) * method.nodes[j].powi(degree as i32))
                .sum();
            assert!(
                (sum * (degree as f64 + 1.0) - 1.0).abs() < 1e-13,
                "{degree}"
            );
        }
        let degree = 2 * STAGES as i32 - 1;
        let sum: f64 = (0..STAGES)
            .map(|j| weight(j) * method.nodes[j].powi(degree))
            .sum();
        assert!((sum * f64::from(degree + 1) - 1.0).abs() > 1e-8);
    }

    #[test]
    fn polynomials_are_integrated_interpolated_and_differentiated() {
        let method = Collocation::get();
        let power = |x: f64, n: usize| x.powi(n as i32);
        for n in 0..STAGES {
            for (i, node) in method.nodes.iter().enumerate() {
                let sum: f64 = (0..STAGES)
                    .map(|j| method.integral[j][i] * power(method.nodes[j], n))
                    .sum();
                assert!((sum - power(*node, n + 1) / (n as f64 + 1.0)).abs() < 1e-14);
            }
        }
        for n in 1..POINTS {
            for place in [0.0_f64, 0.1, 0.77, 1.0, method.nodes[1]] {
                let (w, v) = (method.weights(place), method.slope_weights(place));
                let sum = |w: [f64; POINTS]| -> f64 {
                    (0..POINTS).map(|k| w[k] * power(method.points[k], n)).sum()
                };
                assert!((sum(w) - power(place, n)).abs() < 1e-13);
                assert!((sum(v) - n as f64 * power(place, n - 1)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn tails_are_the_highest_legendre_coefficients() {
        let method = Collocation::get();
        for (which, degree) in [(0, STAGES - 1), (1, STAGES - 2)] {
            let sum: f64 = (0..STAGES)
                .map(|i| method.tails[which][i] * legendre(degree, 2.0 * method.nodes[i] - 1.0))
                .sum();
            assert!((sum - 1.0).abs() < 1e-13);
            let lower: f64 = method.tails[which].iter().sum();
            assert!(lower.abs() < 1e-13);
        }
    }
}
