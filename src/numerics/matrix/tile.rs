//! The innermost kernel: a tile of the result that stays in registers.

use pulp::{Arch, Simd, WithSimd};

use super::Real;
use super::panels::Panels;

/// Depth of the panels that one pass works on, so that a narrow panel stays in the first cache.
const DEPTH: usize = 256;
/// Left panels that are used in turn with every right panel, so that they stay in the second cache.
const GROUP: usize = 8;

/// Columns of a result in one piece of work: a multiple of those of every machine's tile.
pub(super) const STRIP: usize = 64;

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
            (2, 4)
        };
        TileShape {
            rows: registers * T::lane_count::<S>(),
            columns,
        }
    }
}

/// The tile for numbers of kind `T`: 24 x 8 in `f64` and 48 x 8 in `f32` with AVX-512, 8 x 4 and
/// 16 x 4 with AVX2. Of the sixteen registers there, a tile of 12 x 4 with its column and a factor
/// would need all, and one of them is then kept in memory, at half the speed.
pub(super) fn tile_shape<T: Real>() -> TileShape {
    Arch::new().dispatch(Shape::<T>(std::marker::PhantomData))
}

/// A block of the product `left right^T` of packed matrices.
pub(super) struct Block<'a, T> {
    pub left: &'a Panels<T>,
    /// In panels as wide as a tile, or a multiple of it: those of the left matrix serve as well.
    pub right: &'a Panels<T>,
    /// First panel of the left matrix, and the one behind the last.
    pub left_panels: (usize, usize),
    /// First tile of columns of the right matrix, and the one behind the last.
    pub right_panels: (usize, usize),
    /// The block, column after column; the first entry is that of the first panels.
    pub output: &'a mut [T],
    /// Distance of the columns of `output`.
    pub stride: usize,
    /// Rows and columns of `output` that exist; what a tile has beyond is dropped.
    pub rows: usize,
    pub columns: usize,
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
            passes::<T, S, 2, 4>(simd, self);
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
        columns,
        alpha,
        output,
        ..
    } = block;
    let height = H * T::lane_count::<S>();
    let depth = left.depth();
    let mut begin = 0;
    let mut beta = block.beta;
    // An empty sum still scales the output.
    loop {
        let end = depth.min(begin + DEPTH);
        for group in (block.left_panels.0..block.left_panels.1).step_by(GROUP) {
            for q in block.right_panels.0..block.right_panels.1 {
                let first_column = (q - block.right_panels.0) * N;
                let (panel, offset) = (q * N / right.width(), q * N % right.width());
                let b = right.part(panel, begin, end);
                for p in group..block.left_panels.1.min(group + GROUP) {
                    let first_row = (p - block.left_panels.0) * height;
                    if let Some((row, column)) = block.lower
                        && row + first_row + height <= column + first_column
                    {
                        continue;
                    }
                    let sums = products::<T, S, H, N>(
                        simd,
                        left.part(p, begin, end),
                        b,
                        right.width(),
                        offset,
                    );
                    let corner = first_column * stride + first_row;
                    let size = (height.min(rows - first_row), N.min(columns - first_column));
                    store(
                        simd,
                        &sums,
                        size,
                        (alpha, beta),
                        &mut output[corner..],
                        stride,
                    );
                }
            }
        }
        begin = end;
        beta = T::one();
        if begin >= depth {
            break;
        }
    }
}

/// Sums of products over the depth of two panel parts, all in registers.
#[inline(always)]
fn products<T: Real, S: Simd, const H: usize, const N: usize>(
    simd: S,
    a: &[T],
    b: &[T],
    width: usize,
    offset: usize,
) -> [[T::Lanes<S>; H]; N] {
    let zero = T::broadcast(simd, T::zero());
    let mut sums = [[zero; H]; N];
    let (a, _) = T::registers::<S>(a).as_chunks::<H>();
    for (a, b) in a.iter().zip(b.chunks_exact(width)) {
        let b = &b[offset..offset + N];
        for (sum, b) in sums.iter_mut().zip(b) {
            let b = T::broadcast(simd, *b);
            for (sum, a) in sum.iter_mut().zip(a) {
                *sum = T::multiply_add(simd, *a, b, *sum);
            }
        }
    }
    sums
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
