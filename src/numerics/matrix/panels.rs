//! A matrix cut into panels of a few rows, in the order in which the kernel reads it.

use rayon::prelude::*;

use super::tile::TileShape;
use super::{Real, View};

/// Rows of a matrix in panels: the numbers of one column of a panel lie together, then the next
/// column. Missing rows of the last panel are zero.
#[derive(Debug)]
pub(super) struct Panels<T> {
    numbers: Vec<T>,
    /// Where the first panel starts, so that registers are loaded from whole cache lines.
    start: usize,
    width: usize,
    depth: usize,
    rows: usize,
}

impl<T: Real> Panels<T> {
    /// Packs all rows of a matrix into panels of `width` rows.
    pub fn pack(matrix: View<'_, T>, width: usize) -> Self {
        let (rows, depth) = (matrix.rows(), matrix.columns());
        let count = rows.div_ceil(width);
        let each = width * depth;
        let mut numbers = vec![T::zero(); count * each + LINE / size_of::<T>()];
        let start = aligned_start(&numbers);
        if count * each > 0 {
            let numbers = &mut numbers[start..start + count * each];
            let group = (GROUP / width).max(1);
            let pack = |(index, numbers): (usize, &mut [T])| {
                let first = index * group * width;
                let here = (group * width).min(rows - first);
                pack_group(matrix, (first, here), width, numbers);
            };
            // Small matrices are packed before a second thread would wake.
            if count * each < 1 << 14 {
                numbers.chunks_mut(group * each).enumerate().for_each(pack);
            } else {
                let groups = numbers.par_chunks_mut(group * each);
                groups.enumerate().for_each(pack);
            }
        }
        Self {
            numbers,
            start,
            width,
            depth,
            rows,
        }
    }

    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Rows of a panel.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of panels.
    pub fn count(&self) -> usize {
        self.rows.div_ceil(self.width)
    }

    /// Columns `begin..end` of one panel.
    #[inline(always)]
    pub fn part(&self, panel: usize, begin: usize, end: usize) -> &[T] {
        let start = self.start + panel * self.width * self.depth;
        &self.numbers[start + begin * self.width..start + end * self.width]
    }
}

/// The two factors of a product `left right^T`, packed once where they are the same.
#[derive(Debug)]
pub(super) struct PackedPair<T> {
    left: Panels<T>,
    right: Option<Panels<T>>,
}

impl<T: Real> PackedPair<T> {
    pub fn pack(left: View<'_, T>, right: View<'_, T>, shape: TileShape) -> Self {
        let shared = left.is(&right) && shape.rows.is_multiple_of(shape.columns);
        Self {
            left: Panels::pack(left, shape.rows),
            right: (!shared).then(|| Panels::pack(right, shape.columns)),
        }
    }

    pub fn left(&self) -> &Panels<T> {
        &self.left
    }

    pub fn right(&self) -> &Panels<T> {
        self.right.as_ref().unwrap_or(&self.left)
    }
}

/// Bytes of a cache line.
const LINE: usize = 64;
/// Rows that are packed together, about, so that whole cache lines are read.
const GROUP: usize = 48;

/// First place of a slice that begins a cache line, or 0 if none is to be found.
fn aligned_start<T>(numbers: &[T]) -> usize {
    let start = numbers.as_ptr().align_offset(LINE);
    if start < LINE / size_of::<T>() {
        start
    } else {
        0
    }
}

/// Packs `rows` rows from `first` on, panel after panel.
fn pack_group<T: Real>(
    matrix: View<'_, T>,
    (first, rows): (usize, usize),
    width: usize,
    numbers: &mut [T],
) {
    let (row_step, column_step) = matrix.steps();
    let depth = matrix.columns();
    let each = width * depth;
    if row_step == 1 {
        // Columns are contiguous: all panels of a group take their share of a column at once.
        for column in 0..depth {
            let source = &matrix.starting(first, column)[..rows];
            for (panel, source) in source.chunks(width).enumerate() {
                let start = panel * each + column * width;
                copy(source, &mut numbers[start..start + source.len()]);
            }
        }
        return;
    }
    for (panel, numbers) in numbers.chunks_mut(each).enumerate() {
        let first = first + panel * width;
        let rows = width.min(rows - panel * width);
        if column_step == 1 {
            // Rows are contiguous: transpose eight columns at a time, so that whole cache lines
            // move.
            const STRIP: usize = 8;
            for start in (0..depth).step_by(STRIP) {
                let strip = STRIP.min(depth - start);
                let place = &mut numbers[start * width..(start + strip) * width];
                for row in 0..rows {
                    let source = &matrix.starting(first + row, start)[..strip];
                    for (column, value) in source.iter().enumerate() {
                        place[column * width + row] = *value;
                    }
                }
            }
        } else {
            for (column, place) in numbers.chunks_exact_mut(width).enumerate() {
                for (row, place) in place[..rows].iter_mut().enumerate() {
                    *place = matrix.at(first + row, column);
                }
            }
        }
    }
}

/// Copies a few numbers; the widths of right panels without a call.
#[inline(always)]
fn copy<T: Real>(from: &[T], to: &mut [T]) {
    if let (Ok(from), Ok(to)) = (<&[T; 8]>::try_from(from), <&mut [T; 8]>::try_from(&mut *to)) {
        *to = *from;
    } else {
        to.copy_from_slice(from);
    }
}
