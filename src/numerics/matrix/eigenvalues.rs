//! Eigenvalues of any square matrix.

use nalgebra::DMatrix;

use super::MatrixError;
use super::decomposition::check;

/// Steps spent on one eigenvalue before giving up.
const MOST_STEPS: usize = 120;

/// Steps after which an unusual shift breaks a cycle.
const UNUSUAL: usize = 10;

/// All eigenvalues `(re, im)` of a square matrix, in no particular order, to rounding of its norm.
///
/// Reduction to Hessenberg form (nalgebra), then double QR steps with exceptional shifts: R. S. Martin,
/// G. Peters, J. H. Wilkinson, "The QR algorithm for real Hessenberg matrices", Numer. Math. 14(3),
/// 219-231 (1970). (nalgebra's own steps have no exceptional shifts; on nearly nilpotent matrices, as
/// the monodromy of equations with delays is, they do not end.) About `10 n^3` operations.
///
/// # Errors
/// [`MatrixError`] for a matrix that is not square or not finite, or without convergence.
///
/// ```
/// use nalgebra::DMatrix;
/// use pulsatrix::numerics::matrix::eigenvalues;
///
/// let turn = DMatrix::from_row_slice(2, 2, &[0.0, -2.0, 2.0, 0.0]);
/// assert!(eigenvalues(&turn)?.iter().all(|(re, im)| re.abs() < 1e-15 && im.abs() == 2.0));
/// # Ok::<(), pulsatrix::numerics::matrix::MatrixError>(())
/// ```
pub fn eigenvalues(matrix: &DMatrix<f64>) -> Result<Vec<(f64, f64)>, MatrixError> {
    check(matrix)?;
    let size = matrix.nrows();
    if size < 2 {
        return Ok(matrix.iter().map(|entry| (*entry, 0.0)).collect());
    }
    let form = matrix.clone().hessenberg().unpack_h();
    of_hessenberg(form).ok_or(MatrixError::NoConvergence { size })
}

fn of_hessenberg(mut a: DMatrix<f64>) -> Option<Vec<(f64, f64)>> {
    let size = a.nrows();
    // What is left of the matrix ends before `open`; all of it has been moved by `moved`.
    let (mut open, mut moved) = (size, 0.0);
    let tiny = f64::EPSILON * a.amax();
    let mut found = Vec::with_capacity(size);
    let mut steps = 0;
    while open > 0 {
        let last = open - 1;
        let first = first_of_block(&mut a, last, tiny);
        let x = a[(last, last)];
        if first == last {
            found.push((x + moved, 0.0));
            (open, steps) = (open - 1, 0);
            continue;
        }
        let y = a[(last - 1, last - 1)];
        let w = a[(last, last - 1)] * a[(last - 1, last)];
        if first + 1 == last {
            found.extend(of_two(x + moved, 0.5 * (y - x), w));
            (open, steps) = (open - 2, 0);
            continue;
        }
        if steps == MOST_STEPS {
            return None;
        }
        let mut shifts = (x, y, w);
        if steps > 0 && steps % UNUSUAL == 0 {
            moved += x;
            for n in 0..open {
                a[(n, n)] -= x;
            }
            let s = a[(last, last - 1)].abs() + a[(last - 1, last - 2)].abs();
            shifts = (0.75 * s, 0.75 * s, -0.4375 * s * s);
        }
        steps += 1;
        double_step(&mut a, first, last, shifts);
    }
    Some(found)
}

/// First row of the block that ends with row `last`: the nearest one with nothing before it.
fn first_of_block(a: &mut DMatrix<f64>, last: usize, tiny: f64) -> usize {
    for row in (1..=last).rev() {
        let beside = a[(row - 1, row - 1)].abs() + a[(row, row)].abs();
        if a[(row, row - 1)].abs() <= f64::EPSILON * beside.max(tiny) {
            a[(row, row - 1)] = 0.0;
            return row;
        }
    }
    0
}

/// Eigenvalues of a block of two rows with last entry `x`, half difference `p` and product `w`.
fn of_two(x: f64, p: f64, w: f64) -> [(f64, f64); 2] {
    let square = p * p + w;
    let root = square.abs().sqrt();
    if square < 0.0 {
        return [(x + p, root), (x + p, -root)];
    }
    // The larger one first; the other from the product, without cancellation.
    let z = p + root.copysign(p);
    let other = if z == 0.0 { x } else { x - w / z };
    [(x + z, 0.0), (other, 0.0)]
}

/// One double QR step on the rows `first` to `last`, three or more.
fn double_step(a: &mut DMatrix<f64>, first: usize, last: usize, (x, y, w): (f64, f64, f64)) {
    // Start behind two small entries in a row, if there are such.
    let mut start = last - 2;
    let mut column = loop {
        let z = a[(start, start)];
        let (r, s) = (x - z, y - z);
        let p = (r * s - w) / a[(start + 1, start)] + a[(start, start + 1)];
        let q = a[(start + 1, start + 1)] - z - r - s;
        let r = a[(start + 2, start + 1)];
        let size = p.abs() + q.abs() + r.abs();
        let (p, q, r) = (p / size, q / size, r / size);
        if start == first {
            break (p, q, r);
        }
        let small = a[(start, start - 1)].abs() * (q.abs() + r.abs());
        let beside = a[(start - 1, start - 1)].abs() + z.abs() + a[(start + 1, start + 1)].abs();
        if small <= f64::EPSILON * p.abs() * beside {
            break (p, q, r);
        }
        start -= 1;
    };
    for row in start + 2..=last {
        a[(row, row - 2)] = 0.0;
        if row > start + 2 {
            a[(row, row - 3)] = 0.0;
        }
    }
    for k in start..last {
        let three = k + 1 < last;
        let mut size = 1.0;
        if k > start {
            let third = if three { a[(k + 2, k - 1)] } else { 0.0 };
            column = (a[(k, k - 1)], a[(k + 1, k - 1)], third);
            size = column.0.abs() + column.1.abs() + column.2.abs();
            if size == 0.0 {
                continue;
            }
            column = (column.0 / size, column.1 / size, column.2 / size);
        }
        let (p, q, r) = column;
        let s = (p * p + q * q + r * r).sqrt().copysign(p);
        if s == 0.0 {
            continue;
        }
        if k > start {
            a[(k, k - 1)] = -s * size;
        } else if start > first {
            a[(k, k - 1)] = -a[(k, k - 1)];
        }
        // The reflection 1 - (x, y, z) (1, u, v)^T.
        let (x, y, z) = ((p + s) / s, q / s, r / s);
        let (u, v) = (q / (p + s), r / (p + s));
        for j in k..=last {
            let mut sum = a[(k, j)] + u * a[(k + 1, j)];
            if three {
                sum += v * a[(k + 2, j)];
                a[(k + 2, j)] -= sum * z;
            }
            a[(k + 1, j)] -= sum * y;
            a[(k, j)] -= sum * x;
        }
        for i in first..=last.min(k + 3) {
            let mut sum = x * a[(i, k)] + y * a[(i, k + 1)];
            if three {
                sum += z * a[(i, k + 2)];
                a[(i, k + 2)] -= sum * v;
            }
            a[(i, k + 1)] -= sum * u;
            a[(i, k)] -= sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::random::stream;
    use rand::RngExt;

    fn sorted(matrix: &DMatrix<f64>) -> Vec<(f64, f64)> {
        let mut found = eigenvalues(matrix).unwrap();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
        found
    }

    /// A nilpotent block of tiny numbers beside a large eigenvalue, and a double eigenvalue.
    #[test]
    fn nearly_nilpotent_and_defective_matrices_have_their_eigenvalues() {
        let mut matrix = DMatrix::zeros(6, 6);
        matrix[(0, 0)] = 3.0;
        for n in 1..5 {
            matrix[(n, n + 1)] = 1e-200;
            matrix[(n + 1, n)] = 1e-300;
        }
        let found = sorted(&matrix);
        assert!((found[0].0 - 3.0).abs() < 1e-14);
        assert!(found[1..].iter().all(|(re, im)| re.hypot(*im) < 1e-14));
        for tiny in [1e-17, -1e-17, 0.0] {
            let block = DMatrix::from_row_slice(2, 2, &[0.5, tiny, 1e-3, 0.5]);
            assert!(
                sorted(&block)
                    .iter()
                    .all(|(re, im)| (re - 0.5).hypot(*im) < 1e-9)
            );
        }
        // A cyclic permutation, on which steps without exceptional shifts stand still.
        let turn = DMatrix::from_fn(5, 5, |i, j| f64::from(u8::from(i == (j + 1) % 5)));
        for (re, im) in sorted(&turn) {
            assert!((re.hypot(im) - 1.0).abs() < 1e-14);
        }
    }

    /// Known eigenvalues behind a random similarity.
    #[test]
    fn eigenvalues_survive_a_similarity() {
        let size = 30;
        let mut random = stream(1, "similarity", 0);
        let turn = DMatrix::from_fn(size, size, |_, _| random.random::<f64>() - 0.5)
            .qr()
            .q();
        let mut matrix = DMatrix::zeros(size, size);
        for n in 0..10 {
            matrix[(n, n)] = 0.5_f64.powi(n as i32);
        }
        for n in (10..size).step_by(2) {
            let (re, im) = (-0.05 * n as f64, 0.01 * n as f64);
            for (i, j, value) in [(0, 0, re), (1, 1, re), (0, 1, im), (1, 0, -im)] {
                matrix[(n + i, n + j)] = value;
            }
        }
        let exact = sorted(&matrix);
        let found = sorted(&(&turn * &matrix * turn.transpose()));
        for (found, exact) in found.iter().zip(exact) {
            assert!(
                (found.0 - exact.0).hypot(found.1 - exact.1) < 1e-13,
                "{found:?} {exact:?}"
            );
        }
    }
}
