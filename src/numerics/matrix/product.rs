//! General products and Gram matrices.

use nalgebra::DMatrix;
use pulp::{Arch, NullaryFnOnce};
use rayon::prelude::*;

use super::panels::Panels;
use super::tile::{Block, Sums, strips, tile_shape};
use super::{Real, View, mirror, zeros};

/// Products below this many multiplications are not shared out to threads.
const SMALL: usize = 1 << 17;

/// `c = alpha a b + beta c`; with `beta` zero, what `c` held (even NaN) does not matter.
///
/// `a` is `m x k`, `b` is `k x n`, `c` is `m x n`; transposes by [`View::transposed`]. Cost
/// `2 m n k` operations, and a copy of both factors. Every entry is summed in one order, whatever
/// the number of threads.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::numerics::matrix::{View, gemm};
///
/// let a = dmatrix![1.0, 2.0; 3.0, 4.0];
/// let mut c = dmatrix![1.0, 0.0; 0.0, 1.0];
/// gemm(2.0, View::from(&a), View::from(&a).transposed(), -1.0, &mut c);
/// assert_eq!(c, dmatrix![9.0, 22.0; 22.0, 49.0]);
/// ```
pub fn gemm<T: Real>(alpha: T, a: View<'_, T>, b: View<'_, T>, beta: T, c: &mut DMatrix<T>) {
    assert_eq!(c.shape(), (a.rows(), b.columns()), "shape of the result");
    gemm_into(alpha, a, b, beta, c.as_mut_slice());
}

/// [`gemm`] into a slice that holds the result column after column.
///
/// # Panics
/// If the shapes do not fit.
pub fn gemm_into<T: Real>(alpha: T, a: View<'_, T>, b: View<'_, T>, beta: T, c: &mut [T]) {
    assert_eq!(a.columns(), b.rows(), "inner lengths of a product");
    assert_eq!(c.len(), a.rows() * b.columns(), "length of the result");
    if !c.is_empty() {
        Packed::new(a).multiply_into(alpha, b, beta, c);
    }
}

/// `c = alpha a b + 1 d^T`: a product onto columns that are constant, as the sums of a layer are onto
/// its biases. Cost as [`gemm`]; what `c` held does not matter.
///
/// # Panics
/// If the shapes do not fit.
///
/// ```
/// use nalgebra::{DMatrix, dmatrix};
/// use pulsatrix::numerics::matrix::{View, affine};
///
/// let (a, b) = (dmatrix![1.0, 2.0; 3.0, 4.0], dmatrix![1.0, 0.0; 0.0, 1.0]);
/// let mut c = DMatrix::zeros(2, 2);
/// affine(2.0, View::from(&a), View::from(&b), &[10.0, 20.0], &mut c);
/// assert_eq!(c, dmatrix![12.0, 24.0; 16.0, 28.0]);
/// ```
pub fn affine<T: Real>(
    alpha: T,
    a: View<'_, T>,
    b: View<'_, T>,
    columns: &[T],
    c: &mut DMatrix<T>,
) {
    assert_eq!(a.columns(), b.rows(), "inner lengths of a product");
    assert_eq!(c.shape(), (a.rows(), b.columns()), "shape of the result");
    assert_eq!(columns.len(), b.columns(), "numbers of the columns");
    if !c.is_empty() {
        Packed::new(a).multiply_onto(alpha, b, Onto::Columns(columns), c.as_mut_slice());
    }
}

/// What a product is added to.
#[derive(Debug, Clone, Copy)]
enum Onto<'a, T> {
    /// So much of what the result held; of zero, it is not read.
    Scaled(T),
    /// A number for each column.
    Columns(&'a [T]),
}

/// A left factor that is packed once for many products.
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::numerics::matrix::{Packed, View};
///
/// let a = Packed::new(View::from(&dmatrix![1.0, 2.0; 3.0, 4.0]));
/// let mut c = [0.0; 2];
/// a.multiply_into(2.0, View::column_major(&[1.0, 1.0], 2, 1), 0.0, &mut c);
/// assert_eq!(c, [6.0, 14.0]);
/// ```
#[derive(Debug)]
pub struct Packed<T: Real>(Panels<T>);

impl<T: Real> Packed<T> {
    /// Packs a matrix; memory of its size.
    #[must_use]
    pub fn new(a: View<'_, T>) -> Self {
        Self(Panels::pack(a, tile_shape::<T>().rows))
    }

    /// `c = alpha a b + beta c` as [`gemm_into`], to the same bits.
    ///
    /// # Panics
    /// If the shapes do not fit.
    pub fn multiply_into(&self, alpha: T, b: View<'_, T>, beta: T, c: &mut [T]) {
        assert_eq!(self.0.depth(), b.rows(), "inner lengths of a product");
        let length = self.0.rows() * b.columns();
        assert_eq!(c.len(), length, "length of the result");
        if !c.is_empty() {
            self.multiply_onto(alpha, b, Onto::Scaled(beta), c);
        }
    }

    fn multiply_onto(&self, alpha: T, b: View<'_, T>, onto: Onto<'_, T>, c: &mut [T]) {
        let left = &self.0;
        let strip = |room: &mut Room<T>, (first, output): (usize, &mut [T])| {
            let count = output.len() / left.rows();
            let onto = match onto {
                Onto::Columns(numbers) => Onto::Columns(&numbers[first..]),
                Onto::Scaled(beta) => Onto::Scaled(beta),
            };
            let right = b.transposed().every(first, 1, count);
            room.fill(left, right, None, (alpha, onto), output);
        };
        let multiplications = c.len() * left.depth();
        each_strip(c, left.rows(), multiplications, strip);
    }
}

/// Memory of one thread: the right panels of a strip, and its products.
struct Room<T: Real> {
    right: Panels<T>,
    sums: Sums<T>,
}

impl<T: Real> Room<T> {
    fn new() -> Self {
        Self {
            right: Panels::new(),
            sums: Sums::new(),
        }
    }

    /// `strip = alpha left right^T + onto`, for columns of a result as high as `left`; on and below
    /// the diagonal alone, if the first column of a symmetric result is given.
    fn fill(
        &mut self,
        left: &Panels<T>,
        right: View<'_, T>,
        lower: Option<usize>,
        (alpha, onto): (T, Onto<'_, T>),
        strip: &mut [T],
    ) {
        self.right.refill(right, tile_shape::<T>().columns);
        for block in Block::groups(left, &self.right, lower) {
            block.compute(&mut self.sums);
            Arch::new().dispatch(Finish {
                block,
                sums: &self.sums,
                alpha,
                onto,
                strip,
            });
        }
    }
}

/// The last step of a strip: from sums to the result.
struct Finish<'a, T: Real> {
    block: Block<'a, T>,
    sums: &'a Sums<T>,
    alpha: T,
    onto: Onto<'a, T>,
    strip: &'a mut [T],
}

impl<T: Real> NullaryFnOnce for Finish<'_, T> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let alpha = self.alpha;
        for (column, rows) in self.block.columns() {
            let sums = self.sums.part(column, &rows);
            let places = &mut self.strip[column * self.block.left.rows()..][rows];
            let pairs = places.iter_mut().zip(sums);
            match self.onto {
                Onto::Scaled(beta) if beta == T::zero() => {
                    pairs.for_each(|(place, sum)| *place = alpha * *sum);
                }
                Onto::Scaled(beta) => {
                    pairs.for_each(|(place, sum)| *place = beta * *place + alpha * *sum);
                }
                Onto::Columns(numbers) => {
                    let number = numbers[column];
                    pairs.for_each(|(place, sum)| *place = number + alpha * *sum);
                }
            }
        }
    }
}

/// Works on the strips of a result of so many rows, on several threads if that is worth while.
fn each_strip<T: Real>(
    result: &mut [T],
    rows: usize,
    multiplications: usize,
    strip: impl Fn(&mut Room<T>, (usize, &mut [T])) + Send + Sync,
) {
    if multiplications < SMALL {
        let mut room = Room::new();
        let strips = strips(result, rows, 1).into_iter();
        strips.for_each(|part| strip(&mut room, part));
    } else {
        let strips = strips(result, rows, rayon::current_num_threads()).into_par_iter();
        strips.with_max_len(1).for_each_init(Room::new, strip);
    }
}

/// The product `a b` as a new matrix; see [`gemm`].
///
/// # Panics
/// If the shapes do not fit.
#[must_use]
pub fn multiply<T: Real>(a: View<'_, T>, b: View<'_, T>) -> DMatrix<T> {
    let mut c = zeros(a.rows(), b.columns());
    gemm(T::one(), a, b, T::zero(), &mut c);
    c
}

/// The Gram matrix `alpha a a^T` of the rows of `a`: exactly symmetric, at half the cost of
/// [`gemm`], since only the lower triangle is computed.
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::numerics::matrix::{View, gram};
///
/// let a = dmatrix![1.0, 2.0; 3.0, 4.0];
/// assert_eq!(gram(1.0, View::from(&a)), dmatrix![5.0, 11.0; 11.0, 25.0]);
/// ```
#[must_use]
pub fn gram<T: Real>(alpha: T, a: View<'_, T>) -> DMatrix<T> {
    let mut output = zeros(a.rows(), a.rows());
    add_gram(alpha, a, T::zero(), &mut output);
    mirror(&mut output);
    output
}

/// `c = alpha a a^T + beta c` in the lower triangle alone: what is above the diagonal then has no meaning,
/// until [`mirror`] copies what is below. For Gram matrices that are summed over batches.
///
/// Cost as [`gram`].
///
/// # Panics
/// If the shapes do not fit.
pub fn add_gram<T: Real>(alpha: T, a: View<'_, T>, beta: T, c: &mut DMatrix<T>) {
    let n = a.rows();
    assert_eq!(c.shape(), (n, n), "shape of a Gram matrix");
    if n == 0 {
        return;
    }
    let left = Panels::pack(a, tile_shape::<T>().rows);
    let strip = |room: &mut Room<T>, (first, output): (usize, &mut [T])| {
        let right = a.every(first, 1, output.len() / n);
        room.fill(
            &left,
            right,
            Some(first),
            (alpha, Onto::Scaled(beta)),
            output,
        );
    };
    let multiplications = n * n * a.columns() / 2;
    each_strip(c.as_mut_slice(), n, multiplications, strip);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numerics::matrix::{GramTerm, HadamardSum};

    fn matrix<T: Real>(rows: usize, columns: usize, seed: usize) -> DMatrix<T> {
        DMatrix::from_fn(rows, columns, |i, j| {
            T::from_double(((i * 37 + j * 91 + seed * 53) % 101) as f64 / 101.0 - 0.5)
        })
    }

    fn constant<T: Real>(rows: usize, columns: &[T]) -> DMatrix<T> {
        DMatrix::from_fn(rows, columns.len(), |_, column| columns[column])
    }

    /// Sums of `k` products may differ by a few roundings of the sum of their sizes.
    fn agrees<T: Real>(rounding: f64) {
        for (m, n, k) in [
            (1, 1, 1),
            (3, 5, 0),
            (7, 9, 4),
            (48, 8, 300),
            (131, 77, 513),
            (200, 65, 33),
        ] {
            let (a, b) = (matrix::<T>(m, k, 1), matrix::<T>(k, n, 2));
            let (at, bt) = (a.transpose(), b.transpose());
            let (alpha, beta) = (T::from_double(1.5), T::from_double(-0.5));
            let before = matrix::<T>(m, n, 3);
            let tolerance = 4.0 * rounding * (1.0 + 1.5 * 0.25 * k as f64);
            let product = &a * &b * alpha;
            let expected = &product + &before * beta;
            for a in [View::from(&a), View::from(&at).transposed()] {
                for b in [View::from(&b), View::from(&bt).transposed()] {
                    let mut c = before.clone();
                    gemm(alpha, a, b, beta, &mut c);
                    let error = (&c - &expected).amax().to_double();
                    assert!(error <= tolerance, "{m} {n} {k}: {error:e}");
                    let columns: Vec<T> = before.row(0).iter().copied().collect();
                    affine(alpha, a, b, &columns, &mut c);
                    let error = (&c - (&product + constant(m, &columns))).amax();
                    assert!(error.to_double() <= tolerance, "onto columns, {m} {n} {k}");
                }
            }
            let symmetric = gram(alpha, View::from(&a));
            let error = (&symmetric - &a * &at * alpha).amax().to_double();
            assert!(error <= tolerance, "gram {m} {k}: {error:e}");
            assert!(symmetric == symmetric.transpose());
        }
    }

    #[test]
    fn products_agree_with_nalgebra() {
        agrees::<f64>(f64::EPSILON);
        agrees::<f32>(f64::from(f32::EPSILON));
    }

    #[test]
    fn zero_beta_forgets_what_was_there() {
        let a = matrix::<f64>(70, 3, 1);
        let mut c = DMatrix::from_element(70, 70, f64::NAN);
        gemm(
            1.0,
            View::from(&a),
            View::from(&a).transposed(),
            0.0,
            &mut c,
        );
        assert!(c.iter().all(|value| value.is_finite()));
    }

    #[test]
    fn hadamard_sums_agree_with_their_formula() {
        for (rows, columns, symmetric) in [(150, 150, true), (150, 90, false), (5, 600, false)] {
            let (a, b) = (matrix::<f64>(rows, 300, 1), matrix::<f64>(columns, 300, 1));
            let (c, d) = (matrix::<f64>(rows, 7, 2), matrix::<f64>(columns, 7, 2));
            let views = |a, b| (View::from(a), View::from(b));
            let terms = [
                GramTerm {
                    inputs: views(&a, &b),
                    scale: 0.3,
                    shift: 0.1,
                    slopes: Some(views(&c, &d)),
                },
                GramTerm {
                    inputs: views(&c, &d),
                    scale: 2.0,
                    shift: 0.0,
                    slopes: None,
                },
            ];
            let sum = HadamardSum::new(rows, columns, symmetric, &terms).compute();
            let (first, second) = (&a * b.transpose(), &c * d.transpose());
            let expected = first.map(|x| 0.3 * x + 0.1).component_mul(&second) + 2.0 * second;
            assert!((&sum - expected).amax() < 1e-13);
            assert!(!symmetric || sum == sum.transpose());
        }
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let a = matrix::<f64>(300, 310, 1);
        let results = [1, 2, 5].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().unwrap().install(|| {
                let view = View::from(&a);
                (multiply(view, view.transposed()), gram(1.0, view))
            })
        });
        assert!(results[0] == results[1] && results[1] == results[2]);
    }
}
