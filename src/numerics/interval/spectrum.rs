//! Where the eigenvalues of all matrices in an interval matrix lie.

use nalgebra::{Complex, DMatrix, Schur};

use super::Interval;

/// Steps of the Schur decomposition, a multiple of what it needs.
const SCHUR_STEPS: usize = 10_000;

/// Eigenvalues nearer to each other than this, of the largest one, count as one: their eigenvectors would be those of
/// rounding errors (chosen between the rounding of a decomposition, 1e-14, and what tells unequal neurons, 1e-6).
const ALIKE: f64 = 1e-11;

/// Squarings of the matrix whose norms bound the radius: powers up to 2^14.
const SQUARINGS: usize = 14;

/// A relative width of the radius that needs no further work.
const NARROW: f64 = 1e-11;

/// A relative width of the radius that discs of simple eigenvalues stay far below (chosen): beyond, powers are tried.
const POOR: f64 = 1e-4;

/// A disc in the complex plane.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disc {
    /// Real part of its centre.
    pub re: f64,
    /// Imaginary part of its centre.
    pub im: f64,
    /// Its radius.
    pub radius: f64,
}

impl Disc {
    /// The moduli of its numbers.
    #[must_use]
    pub fn modulus(&self) -> Interval {
        let square = Interval::point(self.re).square() + Interval::point(self.im).square();
        let [centre, radius] = [square.sqrt(), Interval::point(self.radius)];
        Interval::new((centre - radius).low().max(0.0), (centre + radius).high())
    }

    fn may_touch(&self, other: &Self) -> bool {
        let re = Interval::point(self.re) - Interval::point(other.re);
        let im = Interval::point(self.im) - Interval::point(other.im);
        let apart = (re.square() + im.square()).sqrt();
        let reach = Interval::point(self.radius) + Interval::point(other.radius);
        !reach.is_before(apart)
    }
}

/// What is proved of the eigenvalues.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    /// The largest modulus of an eigenvalue.
    pub radius: Interval,
    /// Discs, as many as there are eigenvalues, the farthest from 0 first. Their union holds all of them, and a
    /// connected part of it made of `n` discs holds exactly `n`.
    pub discs: Vec<Disc>,
}

/// Encloses the eigenvalues of all matrices in a square interval matrix.
///
/// Gershgorin's discs, of the matrix as it stands and in the basis of its approximate eigenvectors `V`: with
/// `W V = 1 + E`, `|E| < 1`, it is similar to `D + (1 + E)^-1 W (M V - V D)` for any diagonal `D`. The better of the two is
/// kept. Where discs stay wide, as they do for defective matrices, norms of powers bound the radius from
/// above: `|M^p|^(1/p)`. `O(n^3)`.
#[must_use]
pub fn spectrum(matrix: &DMatrix<Interval>) -> Spectrum {
    let size = matrix.nrows();
    if size == 0 {
        return Spectrum {
            radius: Interval::ZERO,
            discs: Vec::new(),
        };
    }
    let mut best = of_discs(gershgorin(matrix));
    let within =
        |found: &Spectrum, width: f64| found.radius.width() <= width * found.radius.magnitude();
    if !within(&best, NARROW)
        && let Some(discs) = in_eigenbasis(matrix)
    {
        let other = of_discs(discs);
        let radius = best.radius.meet(other.radius);
        if other.radius.width() < best.radius.width() {
            best = other;
        }
        best.radius = radius;
    }
    if !within(&best, POOR) {
        let low = best.radius.low();
        best.radius = Interval::new(low, power_bound(matrix, best.radius).max(low));
    }
    best
}

/// Gershgorin's discs by rows.
fn gershgorin(matrix: &DMatrix<Interval>) -> Vec<Disc> {
    let size = matrix.nrows();
    let disc = |i: usize| {
        let centre = matrix[(i, i)];
        let re = centre.middle();
        let own = (centre - Interval::point(re)).magnitude();
        let others = (0..size).filter(|j| *j != i);
        let radius = others.fold(Interval::point(own), |sum, j| {
            sum + Interval::point(matrix[(i, j)].magnitude())
        });
        Disc {
            re,
            im: 0.0,
            radius: radius.high(),
        }
    };
    (0..size).map(disc).collect()
}

/// Sorts discs, and bounds the largest modulus: from above by the farthest disc, from below by the part whose every disc
/// is farthest out.
fn of_discs(mut discs: Vec<Disc>) -> Spectrum {
    discs.sort_by(|a, b| b.modulus().high().total_cmp(&a.modulus().high()));
    let mut part: Vec<usize> = (0..discs.len()).collect();
    for i in 0..discs.len() {
        for j in 0..i {
            if part[i] != part[j] && discs[i].may_touch(&discs[j]) {
                let (from, into) = (part[i], part[j]);
                part.iter_mut()
                    .filter(|part| **part == from)
                    .for_each(|part| *part = into);
            }
        }
    }
    let mut least = vec![f64::INFINITY; discs.len()];
    for (disc, part) in discs.iter().zip(&part) {
        least[*part] = least[*part].min(disc.modulus().low());
    }
    let low = part.iter().map(|part| least[*part]).fold(0.0, f64::max);
    let high = discs.first().map_or(0.0, |disc| disc.modulus().high());
    Spectrum {
        radius: Interval::new(low, high),
        discs,
    }
}

/// A matrix of complex numbers: real and imaginary parts.
type Parts<T> = (DMatrix<T>, DMatrix<T>);

/// Discs in the basis of approximate eigenvectors; `None` if there is no such basis.
fn in_eigenbasis(matrix: &DMatrix<Interval>) -> Option<Vec<Disc>> {
    let size = matrix.nrows();
    let middle = matrix.map(|entry| Complex::new(entry.middle(), 0.0));
    if middle.iter().any(|entry| !entry.re.is_finite()) {
        return None;
    }
    let (unitary, triangle) = Schur::try_new(middle, f64::EPSILON, SCHUR_STEPS)?.unpack();
    let basis = unitary * eigenvectors(&triangle);
    let inverse = basis.clone().try_inverse()?;
    let finite = |matrix: &DMatrix<Complex<f64>>| {
        let mut entries = matrix.iter();
        entries.all(|entry| entry.re.is_finite() && entry.im.is_finite())
    };
    if !(finite(&basis) && finite(&inverse)) {
        return None;
    }
    let point = Interval::point;
    let parts = |matrix: &DMatrix<Complex<f64>>| -> Parts<Interval> {
        (matrix.map(|x| point(x.re)), matrix.map(|x| point(x.im)))
    };
    let (v, w) = (parts(&basis), parts(&inverse));
    let none = DMatrix::from_element(size, size, Interval::ZERO);
    // M V - V D
    let mut image = product(&(matrix.clone(), none), &v);
    let values: Vec<Complex<f64>> = (0..size).map(|i| triangle[(i, i)]).collect();
    for (j, value) in values.iter().enumerate() {
        for i in 0..size {
            let (re, im) = (v.0[(i, j)], v.1[(i, j)]);
            let (a, b) = (value.re, value.im);
            image.0[(i, j)] = image.0[(i, j)] - (re.scaled(a) - im.scaled(b));
            image.1[(i, j)] = image.1[(i, j)] - (re.scaled(b) + im.scaled(a));
        }
    }
    let rest = row_sums(&product(&w, &image));
    let mut unit = product(&w, &v);
    for i in 0..size {
        unit.0[(i, i)] = unit.0[(i, i)] - Interval::ONE;
    }
    let norm = |sums: &[f64]| sums.iter().copied().fold(0.0, f64::max);
    let defect = norm(&row_sums(&unit));
    if defect.is_nan() || defect >= 0.5 {
        return None;
    }
    // (1 + E)^-1 = 1 - E (1 + E)^-1, and |E (1 + E)^-1| <= |E| / (1 - |E|)
    let share = point(defect) / (Interval::ONE - point(defect));
    let common = share * point(norm(&rest));
    let disc = |(value, rest): (&Complex<f64>, &f64)| Disc {
        re: value.re,
        im: value.im,
        radius: (point(*rest) + common).high(),
    };
    Some(values.iter().zip(&rest).map(disc).collect())
}

/// Approximate eigenvectors of an upper triangular matrix, by substitution; equal eigenvalues are kept apart.
fn eigenvectors(triangle: &DMatrix<Complex<f64>>) -> DMatrix<Complex<f64>> {
    let size = triangle.nrows();
    let largest = (0..size)
        .map(|i| triangle[(i, i)].norm_sqr())
        .fold(0.0, f64::max);
    let alike = ALIKE * ALIKE * largest;
    let mut vectors = DMatrix::identity(size, size);
    for column in 0..size {
        for i in (0..column).rev() {
            let gap = triangle[(column, column)] - triangle[(i, i)];
            if gap.norm_sqr() > alike {
                let sum: Complex<f64> = (i + 1..=column)
                    .map(|j| triangle[(i, j)] * vectors[(j, column)])
                    .sum();
                vectors[(i, column)] = sum / gap;
            }
        }
    }
    vectors
}

fn product(one: &Parts<Interval>, other: &Parts<Interval>) -> Parts<Interval> {
    let combine = |a: &DMatrix<Interval>, b: &DMatrix<Interval>, c, d, sign: f64| {
        let (mut first, second) = (multiply(a, b), multiply(c, d));
        for (entry, more) in first.iter_mut().zip(second.iter()) {
            *entry = if sign > 0.0 {
                *entry + *more
            } else {
                *entry - *more
            };
        }
        first
    };
    (
        combine(&one.0, &other.0, &one.1, &other.1, -1.0),
        combine(&one.0, &other.1, &one.1, &other.0, 1.0),
    )
}

fn multiply(one: &DMatrix<Interval>, other: &DMatrix<Interval>) -> DMatrix<Interval> {
    let mut result = DMatrix::from_element(one.nrows(), other.ncols(), Interval::ZERO);
    for j in 0..other.ncols() {
        for l in 0..one.ncols() {
            let factor = other[(l, j)];
            if factor != Interval::ZERO {
                for i in 0..one.nrows() {
                    result[(i, j)] += one[(i, l)] * factor;
                }
            }
        }
    }
    result
}

/// Upper bounds of the sums of moduli of every row; of a complex number that of both its parts.
fn row_sums((re, im): &Parts<Interval>) -> Vec<f64> {
    let sum = |i: usize| {
        let entries = re
            .row(i)
            .iter()
            .chain(im.row(i).iter())
            .copied()
            .collect::<Vec<_>>();
        let moduli = entries
            .iter()
            .map(|entry| Interval::point(entry.magnitude()));
        moduli
            .fold(Interval::ZERO, |sum, modulus| sum + modulus)
            .high()
    };
    (0..re.nrows()).map(sum).collect()
}

/// The smallest of the bounds `|M^p|^(1/p)`, `p = 1, 2, 4, ...`, as far as they improve on `known` by enough.
fn power_bound(matrix: &DMatrix<Interval>, known: Interval) -> f64 {
    let mut best = known.high();
    let mut power = matrix.clone();
    for squarings in 0..=SQUARINGS {
        let none = DMatrix::from_element(power.nrows(), power.ncols(), Interval::ZERO);
        let norm = row_sums(&(power.clone(), none))
            .into_iter()
            .fold(0.0, f64::max);
        let mut root = Interval::point(norm);
        for _ in 0..squarings {
            root = root.sqrt();
        }
        best = best.min(root.high());
        // Far below or above 1 the next squares leave the range of numbers.
        if !(1e-60..1e60).contains(&norm) || best - known.low() <= NARROW * best {
            break;
        }
        power = multiply(&power, &power);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(size: usize, entries: &[f64]) -> DMatrix<Interval> {
        DMatrix::from_row_slice(size, size, entries).map(Interval::point)
    }

    #[test]
    fn eigenvalues_of_known_matrices_are_enclosed() {
        // 1 and 3
        let symmetric = spectrum(&exact(2, &[2.0, 1.0, 1.0, 2.0]));
        assert!(symmetric.radius.contains(3.0) && symmetric.radius.width() < 1e-13);
        // 0.5 +- 2i
        let turning = spectrum(&exact(2, &[0.5, -2.0, 2.0, 0.5]));
        assert!(turning.radius.contains(4.25_f64.sqrt()) && turning.radius.width() < 1e-13);
        // companion of (x - 1/2)(x - 1/3)(x + 3/4)
        let cubic = spectrum(&exact(
            3,
            &[
                1.0 / 12.0,
                11.0 / 24.0,
                -0.125,
                1.0,
                0.0,
                0.0,
                0.0,
                1.0,
                0.0,
            ],
        ));
        assert!(cubic.radius.contains(0.75) && cubic.radius.width() < 1e-13);
        assert!(
            cubic
                .discs
                .iter()
                .any(|disc| (disc.re - 0.5).abs() <= disc.radius + 1e-15)
        );
    }

    /// A defective matrix has no eigenbasis; its powers still bound the radius.
    #[test]
    fn a_defective_matrix_is_bounded_by_its_powers() {
        let found = spectrum(&exact(3, &[0.9, 5.0, 0.0, 0.0, 0.9, 5.0, 0.0, 0.0, 0.9]));
        assert!(
            found.radius.contains(0.9) && found.radius.high() < 0.91,
            "{found:?}"
        );
        let nilpotent = spectrum(&exact(2, &[0.0, 7.0, 0.0, 0.0]));
        assert!(nilpotent.radius.high() < 1e-3);
    }

    /// The interval matrix holds stable and unstable ones: neither is claimed.
    #[test]
    fn a_wide_matrix_is_not_judged() {
        let wide = DMatrix::from_element(1, 1, Interval::new(0.9, 1.1));
        let found = spectrum(&wide).radius;
        assert!(found.low() <= 0.9 && found.high() >= 1.1);
    }
}
