//! The innermost kernel: a tile of the result that stays in registers.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::Real;
use super::panels::Panels;
use super::spare::{LINE, Spare};

/// Bytes of a row of the panels in one pass: the parts of the right panels stay in the second cache,
/// and that of a left panel streams from there as fast as it is needed. With 1024, for which the
/// first cache would do, products are 3 to 5 % slower, since tiles are loaded and stored twice as
/// often; with 4096 they are no faster.
const DEPTH: usize = 2048;

/// Left panels whose products are summed beside each other (of 8, 16, 32 and 64 the fastest).
const GROUP: usize = 16;

/// Registers in a column of a tile.
const TALL: usize = 2;

/// Most columns of a strip: its panels are to stay in the second cache.
const WIDEST: usize = 96;

/// A result of so many rows cut into strips of columns, each with its first one, for so many threads:
/// several strips for each thread if they are two tiles wide at least, and about as many tiles in
/// each, so that all threads end together.
pub(super) fn strips<T: Real>(
    result: &mut [T],
    rows: usize,
    threads: usize,
) -> Vec<(usize, &mut [T])> {
    let columns = result.len() / rows;
    let tile = tile_shape::<T>().columns;
    let tiles = columns.div_ceil(tile);
    let several = (4 * threads).min(tiles.div_ceil(2));
    let count = tiles.div_ceil(WIDEST / tile).max(several);
    let count = count.next_multiple_of(threads);
    let mut strips = Vec::with_capacity(count);
    let (mut first, mut rest) = (0, result);
    for number in 1..=count {
        let end = columns.min(tiles * number / count * tile);
        let (strip, others) = rest.split_at_mut((end - first) * rows);
        if !strip.is_empty() {
            strips.push((first, strip));
        }
        (first, rest) = (end, others);
    }
    strips
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
        TileShape {
            rows: TALL * T::lane_count::<S>(),
            columns: if S::REGISTER_COUNT >= 32 { 12 } else { 6 },
        }
    }
}

/// The tile for numbers of kind `T`: 16 x 12 in `f64` and 32 x 12 in `f32` with AVX-512, 8 x 6 and
/// 16 x 6 with AVX2. Of the sixteen registers there, a tile of 12 x 4 with its column and a factor
/// would need all, and one of them is then kept in memory, at less than half the speed. With
/// AVX-512 tiles of 24 x 8 and 48 x 8 are as fast by themselves, but powers of two do not divide
/// into them.
pub(super) fn tile_shape<T: Real>() -> TileShape {
    Arch::new().dispatch(Shape::<T>(std::marker::PhantomData))
}

/// Products of some left panels with a strip of columns, on their way to the result.
///
/// They stay in the second cache, and go into the result in long pieces of its columns: a tile
/// reaches into as many pages of memory as it has columns.
#[derive(Debug)]
pub(super) struct Sums<T: Real> {
    numbers: Spare<T>,
    /// Distance of the columns.
    stride: usize,
    /// First row.
    top: usize,
}

impl<T: Real> Sums<T> {
    pub fn new() -> Self {
        Self {
            numbers: Spare::new(),
            stride: 0,
            top: 0,
        }
    }

    /// Some rows of a column of the strip.
    #[inline(always)]
    pub fn part(&self, column: usize, rows: &Range<usize>) -> &[T] {
        let start = column * self.stride;
        &self.numbers.numbers()[start + rows.start - self.top..start + rows.end - self.top]
    }
}

/// Some rows of a strip of the product `left right^T` of packed matrices.
#[derive(Debug, Clone)]
pub(super) struct Block<'a, T: Real> {
    pub left: &'a Panels<T>,
    /// Which of them.
    pub panels: Range<usize>,
    /// All columns of the strip.
    pub right: &'a Panels<T>,
    /// First column of the strip in a symmetric result, of which only what is on and below the
    /// diagonal is wanted.
    pub lower: Option<usize>,
}

impl<'a, T: Real> Block<'a, T> {
    /// A strip in pieces that stay in the cache, from the panel on in which the diagonal enters it.
    pub fn groups(
        left: &'a Panels<T>,
        right: &'a Panels<T>,
        lower: Option<usize>,
    ) -> impl Iterator<Item = Self> {
        let begin = lower.unwrap_or(0) / left.width();
        (begin..left.count()).step_by(GROUP).map(move |panel| Self {
            left,
            panels: panel..left.count().min(panel + GROUP),
            right,
            lower,
        })
    }

    /// Computes the products.
    pub fn compute(&self, sums: &mut Sums<T>) {
        let rows = self.panels.len() * self.left.width();
        // A cache line more than they are long, so that the columns of a tile lie in different
        // places of the first cache.
        sums.stride = rows + LINE / size_of::<T>();
        sums.top = self.panels.start * self.left.width();
        let columns = self.right.count() * self.right.width();
        sums.numbers.reserve(columns * sums.stride);
        Arch::new().dispatch(Passes { block: self, sums });
    }

    /// Every column of the strip, and its rows that are wanted.
    #[inline(always)]
    pub fn columns(&self) -> impl Iterator<Item = (usize, Range<usize>)> {
        let top = self.panels.start * self.left.width();
        let bottom = self.left.rows().min(self.panels.end * self.left.width());
        (0..self.right.rows()).map(move |column| {
            let diagonal = self.lower.map_or(0, |first| first + column);
            (column, diagonal.clamp(top, bottom)..bottom)
        })
    }
}

/// The products of a block, as many columns of the factors at a time as the caches hold.
struct Passes<'a, 'b, T: Real> {
    block: &'a Block<'b, T>,
    sums: &'a mut Sums<T>,
}

impl<T: Real> WithSimd for Passes<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::REGISTER_COUNT >= 32 {
            self.run::<S, 12>(simd);
        } else {
            self.run::<S, 6>(simd);
        }
    }
}

impl<T: Real> Passes<'_, '_, T> {
    #[inline(always)]
    fn run<S: Simd, const N: usize>(self, simd: S) {
        let Block {
            left,
            panels,
            right,
            lower,
        } = self.block;
        let height = left.width();
        let stride = self.sums.stride;
        let depth = left.depth();
        let at_once = DEPTH / size_of::<T>();
        let numbers = self.sums.numbers.numbers_mut();
        // An empty sum has one pass, too.
        for begin in (0..depth.max(1)).step_by(at_once) {
            let end = depth.min(begin + at_once);
            for (row, panel) in panels.clone().enumerate() {
                let a = left.part(panel, begin, end);
                for q in 0..right.count() {
                    if lower.is_some_and(|first| (panel + 1) * height <= first + q * N) {
                        break;
                    }
                    let tile = &mut numbers[q * N * stride + row * height..];
                    let before = if begin > 0 {
                        load::<T, S, N>(simd, tile, stride)
                    } else {
                        [[T::broadcast(simd, T::zero()); TALL]; N]
                    };
                    let b = right.part(q, begin, end);
                    let after = add_products::<T, S, N>(simd, a, b, before);
                    store::<T, S, N>(&after, tile, stride);
                }
            }
        }
    }
}

/// The registers of a tile, column after column.
type Tile<T, S, const N: usize> = [[<T as Real>::Lanes<S>; TALL]; N];

/// A tile, from columns of `from`.
#[inline(always)]
fn load<T: Real, S: Simd, const N: usize>(simd: S, from: &[T], stride: usize) -> Tile<T, S, N> {
    let mut tile = [[T::broadcast(simd, T::zero()); TALL]; N];
    let height = TALL * T::lane_count::<S>();
    for (column, registers) in tile.iter_mut().enumerate() {
        let start = column * stride;
        registers.copy_from_slice(T::registers::<S>(&from[start..start + height]));
    }
    tile
}

/// Writes a tile into columns of `to`.
#[inline(always)]
fn store<T: Real, S: Simd, const N: usize>(tile: &Tile<T, S, N>, to: &mut [T], stride: usize) {
    let height = TALL * T::lane_count::<S>();
    for (column, registers) in tile.iter().enumerate() {
        let start = column * stride;
        T::registers_mut::<S>(&mut to[start..start + height]).copy_from_slice(registers);
    }
}

/// Adds the products of all columns of two panel parts, in registers.
#[inline(always)]
fn add_products<T: Real, S: Simd, const N: usize>(
    simd: S,
    a: &[T],
    b: &[T],
    before: Tile<T, S, N>,
) -> Tile<T, S, N> {
    let mut sums = before;
    let (a, _) = T::registers::<S>(a).as_chunks::<TALL>();
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
    sums
}

/// Adds the products of one column of two panels.
#[inline(always)]
fn step<T: Real, S: Simd, const N: usize>(
    simd: S,
    a: &[T::Lanes<S>; TALL],
    b: &[T; N],
    sums: &mut Tile<T, S, N>,
) {
    for (sum, b) in sums.iter_mut().zip(b) {
        let b = T::broadcast(simd, *b);
        for (sum, a) in sum.iter_mut().zip(a) {
            *sum = T::multiply_add(simd, *a, b, *sum);
        }
    }
}
