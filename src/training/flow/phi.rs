//! The functions of exponential integrators, for decay.

/// `phi_1, phi_2, phi_3` at `-z`: `phi_1(x) = (e^x - 1)/x`, `phi_{k+1}(x) = (phi_k(x) - 1/k!)/x`.
///
/// Within a few roundings for every `z >= 0` (and for the slightly negative eigenvalues of a
/// semidefinite matrix): Taylor below 1, the recursion above. M. Hochbruck, A. Ostermann,
/// "Exponential integrators", Acta Numerica 19, 209-286 (2010), doi:10.1017/S0962492910000048.
pub(super) fn phi(z: f64) -> [f64; 3] {
    if z.abs() < 1.0 {
        // phi_3(-z) = sum (-z)^n / (n + 3)!
        let mut third = 0.0;
        for n in (0..18).rev() {
            third = 1.0 - z * third / f64::from(n + 4);
        }
        third /= 6.0;
        let second = 0.5 - z * third;
        return [1.0 - z * second, second, third];
    }
    let first = -(-z).exp_m1() / z;
    let second = (1.0 - first) / z;
    [first, second, (0.5 - second) / z]
}

#[cfg(test)]
mod tests {
    use super::phi;

    #[test]
    fn both_branches_solve_the_integrals() {
        // phi_k(-z) = integral over s in (0, 1) of exp(-(1 - s) z) s^(k-1) / (k-1)!, by Simpson.
        for z in [0.0, 1e-9, 0.4, 0.999, 1.0, 3.0, 30.0] {
            let n = 4000;
            let mut sums = [0.0; 3];
            for i in 0..=n {
                let s = f64::from(i) / f64::from(n);
                let weight = if i == 0 || i == n {
                    1.0
                } else {
                    f64::from(2 + 2 * (i % 2))
                };
                let e = weight * (-(1.0 - s) * z).exp() / f64::from(3 * n);
                sums[0] += e;
                sums[1] += e * s;
                sums[2] += 0.5 * e * s * s;
            }
            for (found, expected) in phi(z).iter().zip(sums) {
                assert!((found - expected).abs() < 1e-10, "{z}: {found} {expected}");
            }
        }
        let (below, above) = (phi(1.0 - 1e-15), phi(1.0));
        assert!(below.iter().zip(above).all(|(a, b)| (a - b).abs() < 5e-15));
    }
}
