//! Linear systems whose matrix is only known by what it does to a vector.

/// Solves `A x = b` by GMRES without restart: `apply(v, w)` writes `A v` into `w`.
///
/// Fast where `A` is the identity plus something that smooths, as in equations with delays: after as many
/// steps as that has large eigenvalues, and some more. `None` unless the residual falls below
/// `tolerance` times the norm of `b` in `most` steps. Y. Saad, M. H. Schultz, SIAM J. Sci. Stat.
/// Comput. 7(3), 856-869 (1986), doi:10.1137/0907058. Cost: a product and `O(n k)` in step `k`.
///
/// ```
/// use pulsatrix::numerics::gmres::gmres;
///
/// let apply = |v: &[f64], w: &mut [f64]| (w[0], w[1]) = (2.0 * v[0] + v[1], v[1] - v[0]);
/// let x = gmres(apply, &[5.0, 1.0], 1e-12, 10).expect("two steps are enough");
/// assert!((2.0 * x[0] + x[1] - 5.0).abs() < 1e-12 && (x[1] - x[0] - 1.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn gmres(
    mut apply: impl FnMut(&[f64], &mut [f64]),
    b: &[f64],
    tolerance: f64,
    most: usize,
) -> Option<Vec<f64>> {
    let dot = |x: &[f64], y: &[f64]| -> f64 { x.iter().zip(y).map(|(x, y)| x * y).sum() };
    let size = dot(b, b).sqrt();
    if size == 0.0 {
        return Some(vec![0.0; b.len()]);
    }
    let mut basis: Vec<Vec<f64>> = vec![b.iter().map(|x| x / size).collect()];
    // Columns of the triangular factor, the rotations that made it, and the rotated right-hand side.
    let mut triangle: Vec<Vec<f64>> = Vec::new();
    let mut rotations: Vec<(f64, f64)> = Vec::new();
    let mut rotated = vec![size];
    for step in 0..most.min(b.len()) {
        let mut next = vec![0.0; b.len()];
        apply(&basis[step], &mut next);
        let mut column = Vec::with_capacity(step + 1);
        // Twice is enough: orthogonal to rounding.
        for pass in 0..2 {
            for (n, vector) in basis.iter().enumerate() {
                let along = dot(vector, &next);
                for (x, y) in next.iter_mut().zip(vector) {
                    *x -= along * y;
                }
                if pass == 0 {
                    column.push(along);
                } else {
                    column[n] += along;
                }
            }
        }
        let length = dot(&next, &next).sqrt();
        for (n, (c, s)) in rotations.iter().enumerate() {
            let (x, y) = (column[n], column[n + 1]);
            (column[n], column[n + 1]) = (c * x + s * y, c * y - s * x);
        }
        let radius = column[step].hypot(length);
        if !(radius > 0.0 && radius.is_finite()) {
            return None;
        }
        let (c, s) = (column[step] / radius, length / radius);
        column[step] = radius;
        rotations.push((c, s));
        triangle.push(column);
        let last = rotated[step];
        rotated[step] = c * last;
        rotated.push(-s * last);
        if rotated[step + 1].abs() <= tolerance * size || length == 0.0 {
            let mut weights = rotated[..=step].to_vec();
            for row in (0..=step).rev() {
                for column in row + 1..=step {
                    weights[row] -= triangle[column][row] * weights[column];
                }
                weights[row] /= triangle[row][row];
            }
            let mut x = vec![0.0; b.len()];
            for (weight, vector) in weights.iter().zip(&basis) {
                for (x, y) in x.iter_mut().zip(vector) {
                    *x += weight * y;
                }
            }
            return Some(x);
        }
        basis.push(next.iter().map(|x| x / length).collect());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The identity plus a matrix of rank two is inverted in three steps.
    #[test]
    fn a_low_rank_perturbation_takes_few_steps() {
        let n = 200;
        let (u, v): (Vec<f64>, Vec<f64>) = (0..n)
            .map(|i| ((0.1 * f64::from(i)).sin(), (0.3 * f64::from(i)).cos()))
            .unzip();
        let product = |x: &[f64], y: &[f64]| -> f64 { x.iter().zip(y).map(|(x, y)| x * y).sum() };
        let apply = |x: &[f64], y: &mut [f64]| {
            let (a, b) = (0.05 * product(&v, x), 0.02 * product(&u, x));
            for i in 0..x.len() {
                y[i] = x[i] + a * u[i] - b * v[i];
            }
        };
        let b: Vec<f64> = (0..n).map(|i| 1.0 / f64::from(1 + i)).collect();
        let x = gmres(apply, &b, 1e-12, 3).unwrap();
        let mut back = vec![0.0; b.len()];
        apply(&x, &mut back);
        assert!(back.iter().zip(&b).all(|(x, y)| (x - y).abs() < 1e-12));
        assert!(gmres(apply, &b, 1e-12, 2).is_none());
    }
}
