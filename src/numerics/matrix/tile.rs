//! The innermost kernel: a tile of the result that stays in registers.

use pulp::{Arch, Simd, WithSimd};

use super::Real;
use super::panels::Panels;

/// Bytes of a row of the panels in one pass, so that a part of a left panel stays in the first cache
/// and those of the right panels in the second.
const DEPTH: usize = 1024;

/// Left panels that go through all passes together, so that the result is written once.
pub(super) const GROUP: usize = 8;

/// A multiple of the columns of every machine's tile.
const TILES: usize = 24;

/// Columns of a result of `columns` columns in one piece of work: several pieces for every thread,
/// none so wide that its panels leave the second cache.
pub(super) fn strip_width(columns: usize) -> usize {
    let share = columns.div_ceil(4 * rayon::current_num_threads());
    share.next_multiple_of(TILES).min(4 * TILES)
}

/// Rows and columns of a tile on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TileShape {
    pub rows: usize,
    pub columns: usize,
}

struct Shape<T>(std::marker::PhantomData<T>);

impl<T: Real> WithSimd for Shape<T> {
    type Output = TileShape;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> TileShape {
        let (registers, columns) = if S::REGISTER_COUNT >= 32 {
            (3, 8)
        } else {
            (2, 6)
        };
        TileShape {
            rows: registers * T::lane_count::<S>(),
            columns,
        }
    }
}

/// The tile for numbers of kind `T`: 24 x 8 in `f64` and 48 x 8 in `f32` with AVX-512, 8 x 6 and
/// 16 x 6 with AVX2. Of the sixteen registers there, a tile of 12 x 4 with its column and a factor
/// would need all, and one of them is then kept in memory, at less than half the speed.
pub(super) fn tile_shape<T: Real>() -> TileShape {
    Arch::new().dispatch(Shape::<T>(std::marker::PhantomData))
}

/// A strip of the product `left right^T` of packed matrices, or some rows of it.
pub(super) struct Block<'a, T: Real> {
    pub left: &'a Panels<T>,
    /// First panel of the left matrix, and the one behind the last.
    pub left_panels: (usize, usize),
    /// All columns of the strip.
    pub right: &'a Panels<T>,
    /// The strip, column after column; the first entry is that of the first panels.
    pub output: &'a mut [T],
    /// Distance of the columns of `output`.
    pub stride: usize,
    /// Rows of `output` that exist; what a tile has beyond is dropped.
    pub rows: usize,
    /// Row and column of the first entry in a symmetric result, of which tiles wholly above the
    /// diagonal are left out.
    pub lower: Option<(usize, usize)>,
    /// Factor of the product, and of what `output` held before (zero: it is not read).
    pub alpha: T,
    pub beta: T,
}

impl<T: Real> Block<'_, T> {
    /// `output = alpha left right^T + beta output`.
    pub fn compute(self) {
        Arch::new().dispatch(self);
    }
}

impl<T: Real> WithSimd for Block<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::REGISTER_COUNT >= 32 {
            passes::<T, S, 3, 8>(simd, self);
        } else {
            passes::<T, S, 2, 6>(simd, self);
        }
    }
}

#[inline(always)]
fn passes<T: Real, S: Simd, const H: usize, const N: usize>(simd: S, block: Block<'_, T>) {
    let Block {
        left,
        right,
        stride,
        rows,
        alpha,
        output,
        ..
    } = block;
    let height = H * T::lane_count::<S>();
    let depth = left.depth();
    let at_once = DEPTH / size_of::<T>();
    let tile = height * N;
    // Sums of the passes so far, tile after tile.
    let room = if depth > at_once {
        GROUP * right.count() * tile
    } else {
        0
    };
    let mut passed = vec![T::zero(); room];
    for group in (block.left_panels.0..block.left_panels.1).step_by(GROUP) {
        let group = group..block.left_panels.1.min(group + GROUP);
        // An empty sum has one pass, which scales the output.
        for begin in (0..depth.max(1)).step_by(at_once) {
            let end = depth.min(begin + at_once);
            for (row, p) in group.clone().enumerate() {
                let first_row = (p - block.left_panels.0) * height;
                let a = left.part(p, begin, end);
                for q in 0..right.count() {
                    let first_column = q * N;
                    if let Some((row, column)) = block.lower
                        && row + first_row + height <= column + first_column
                    {
                        break;
                    }
                    let place = (row * right.count() + q) * tile;
                    let mut sums = [[T::broadcast(simd, T::zero()); H]; N];
                    if begin > 0 {
                        let before = T::registers::<S>(&passed[place..place + tile]);
                        sums.as_flattened_mut().copy_from_slice(before);
                    }
                    add_products::<T, S, H, N>(simd, a, right.part(q, begin, end), &mut sums);
                    if end < depth {
                        let after = T::registers_mut::<S>(&mut passed[place..place + tile]);
                        after.copy_from_slice(sums.as_flattened());
                        continue;
                    }
                    let size = (
                        height.min(rows - first_row),
                        N.min(right.rows() - first_column),
                    );
                    let output = &mut output[first_column * stride + first_row..];
                    store(simd, &sums, size, (alpha, block.beta), output, stride);
                }
            }
        }
    }
}

/// Adds the products of all columns of two panel parts, in registers.
#[inline(always)]
fn add_products<T: Real, S: Simd, const H: usize, const N: usize>(
    simd: S,
    a: &[T],
    b: &[T],
    result: &mut [[T::Lanes<S>; H]; N],
) {
    let mut sums = *result;
    let (a, _) = T::registers::<S>(a).as_chunks::<H>();
    let (b, _) = b.as_chunks::<N>();
    let (fours, last) = a.as_chunks::<4>();
    let (b_fours, b_last) = b.as_chunks::<4>();
    for (a, b) in fours.iter().zip(b_fours) {
        for (a, b) in a.iter().zip(b) {
            step(simd, a, b, &mut sums);
        }
    }
    for (a, b) in last.iter().zip(b_last) {
        step(simd, a, b, &mut sums);
    }
    *result = sums;
}

/// Adds the products of one column of two panels.
#[inline(always)]
fn step<T: Real, S: Simd, const H: usize, const N: usize>(
    simd: S,
    a: &[T::Lanes<S>; H],
    b: &[T; N],
    sums: &mut [[T::Lanes<S>; H]; N],
) {
    for (sum, b) in sums.iter_mut().zip(b) {
        let b = T::broadcast(simd, *b);
        for (sum, a) in sum.iter_mut().zip(a) {
            *sum = T::multiply_add(simd, *a, b, *sum);
        }
    }
}

/// Writes the part of a tile that exists.
#[inline(always)]
fn store<T: Real, S: Simd, const H: usize, const N: usize>(
    simd: S,
    sums: &[[T::Lanes<S>; H]; N],
    (tall, wide): (usize, usize),
    (alpha, beta): (T, T),
    output: &mut [T],
    stride: usize,
) {
    let lanes = T::lane_count::<S>();
    let (alphas, betas) = (T::broadcast(simd, alpha), T::broadcast(simd, beta));
    let zero = T::broadcast(simd, T::zero());
    if tall == H * lanes {
        for (j, sum) in sums.iter().enumerate().take(wide) {
            let column = &mut output[j * stride..j * stride + H * lanes];
            for (place, sum) in T::registers_mut::<S>(column).iter_mut().zip(sum) {
                let scaled = T::multiply_add(simd, alphas, *sum, zero);
                *place = if beta == T::zero() {
                    scaled
                } else {
                    T::multiply_add(simd, betas, *place, scaled)
                };
            }
        }
        return;
    }
    // The last panel: through a buffer that holds a whole column of any machine's tile.
    let mut buffer = [T::zero(); 64];
    for (j, sum) in sums.iter().enumerate().take(wide) {
        let whole = &mut buffer[..H * lanes];
        for (place, sum) in T::registers_mut::<S>(whole).iter_mut().zip(sum) {
            *place = T::multiply_add(simd, alphas, *sum, zero);
        }
        let column = &mut output[j * stride..j * stride + tall];
        for (place, scaled) in column.iter_mut().zip(&*whole) {
            *place = if beta == T::zero() {
                *scaled
            } else {
                scalar_multiply_add(simd, beta, *place, *scaled)
            };
        }
    }
}

/// `a b + c` rounded as the registers round it.
#[inline(always)]
fn scalar_multiply_add<T: Real, S: Simd>(simd: S, a: T, b: T, c: T) -> T {
    let _ = simd;
    if S::IS_SCALAR {
        a * b + c
    } else {
        a.mul_add(b, c)
    }
}
