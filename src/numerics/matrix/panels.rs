//! A matrix cut into panels of a few rows, in the order in which the kernel reads it.

use rayon::prelude::*;

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
            let pack = |(panel, numbers): (usize, &mut [T])| {
                let first = panel * width;
                pack_panel(matrix, first, width.min(rows - first), width, numbers);
            };
            // Small matrices are packed before a second thread would wake.
            if count * each < 1 << 14 {
                numbers.chunks_mut(each).enumerate().for_each(pack);
            } else {
                numbers.par_chunks_mut(each).enumerate().for_each(pack);
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

/// Bytes of a cache line.
const LINE: usize = 64;

/// First place of a slice that begins a cache line, or 0 if none is to be found.
fn aligned_start<T>(numbers: &[T]) -> usize {
    let start = numbers.as_ptr().align_offset(LINE);
    if start < LINE / size_of::<T>() {
        start
    } else {
        0
    }
}

fn pack_panel<T: Real>(
    matrix: View<'_, T>,
    first: usize,
    rows: usize,
    width: usize,
    numbers: &mut [T],
) {
    let (row_step, column_step) = matrix.steps();
    if row_step == 1 {
        for (column, place) in numbers.chunks_exact_mut(width).enumerate() {
            place[..rows].copy_from_slice(&matrix.starting(first, column)[..rows]);
        }
    } else if column_step == 1 {
        // Rows are contiguous: transpose eight columns at a time, so that whole cache lines move.
        const STRIP: usize = 8;
        let depth = matrix.columns();
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
