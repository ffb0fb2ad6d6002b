//! A matrix cut into panels of a few rows, in the order in which the kernel reads it.

use pulp::{Arch, NullaryFnOnce};
use rayon::prelude::*;

use super::spare::Spare;
use super::{Real, View};

/// Rows of a matrix in panels: the numbers of one column of a panel lie together, then the next
/// column. Missing rows of the last panel are zero.
#[derive(Debug)]
pub(super) struct Panels<T: Real> {
    numbers: Spare<T>,
    width: usize,
    depth: usize,
    rows: usize,
}

impl<T: Real> Panels<T> {
    /// No panels yet.
    pub fn new() -> Self {
        Self {
            numbers: Spare::new(),
            width: 1,
            depth: 0,
            rows: 0,
        }
    }

    /// Packs all rows of a matrix into panels of `width` rows.
    pub fn pack(matrix: View<'_, T>, width: usize) -> Self {
        let mut panels = Self::new();
        let (numbers, each) = panels.make_room(matrix, width);
        if each == 0 {
            return panels;
        }
        let group = (GROUP / width).max(1);
        let pack = |(index, numbers): (usize, &mut [T])| {
            let first = index * group * width;
            let count = (group * width).min(matrix.rows() - first);
            pack_rows(matrix.every(first, 1, count), width, numbers);
        };
        // Small matrices are packed before a second thread would wake.
        if numbers.len() < 1 << 14 {
            numbers.chunks_mut(group * each).enumerate().for_each(pack);
        } else {
            let groups = numbers.par_chunks_mut(group * each);
            groups.enumerate().for_each(pack);
        }
        panels
    }

    /// Packs another matrix into the same memory, on this thread.
    pub fn refill(&mut self, matrix: View<'_, T>, width: usize) {
        let (numbers, each) = self.make_room(matrix, width);
        if each > 0 {
            pack_rows(matrix, width, numbers);
        }
    }

    /// Takes the shape of a matrix; the numbers to be filled in, and the length of a panel.
    fn make_room(&mut self, matrix: View<'_, T>, width: usize) -> (&mut [T], usize) {
        (self.rows, self.depth) = (matrix.rows(), matrix.columns());
        self.width = width;
        let each = width * self.depth;
        let length = self.count() * each;
        self.numbers.reserve(length);
        (&mut self.numbers.numbers_mut()[..length], each)
    }

    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Rows of the matrix.
    pub fn rows(&self) -> usize {
        self.rows
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
        let start = panel * self.width * self.depth;
        &self.numbers.numbers()[start + begin * self.width..start + end * self.width]
    }
}

/// Rows that are packed together, about, so that whole cache lines are read.
const GROUP: usize = 128;

/// Packs all rows into panels that follow each other; the widths of all machines' tiles without a
/// call for every few numbers.
fn pack_rows<T: Real>(matrix: View<'_, T>, width: usize, numbers: &mut [T]) {
    Arch::new().dispatch(Pack {
        matrix,
        width,
        numbers,
    });
}

/// The same in the registers of this machine.
struct Pack<'a, T: Real> {
    matrix: View<'a, T>,
    width: usize,
    numbers: &'a mut [T],
}

impl<T: Real> NullaryFnOnce for Pack<'_, T> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Self {
            matrix,
            width,
            numbers,
        } = self;
        match width {
            6 => pack_fixed::<T, 6>(matrix, numbers),
            8 => pack_fixed::<T, 8>(matrix, numbers),
            12 => pack_fixed::<T, 12>(matrix, numbers),
            16 => pack_fixed::<T, 16>(matrix, numbers),
            32 => pack_fixed::<T, 32>(matrix, numbers),
            _ => {
                for (panel, numbers) in numbers.chunks_mut(width * matrix.columns()).enumerate() {
                    let first = panel * width;
                    let here = width.min(matrix.rows() - first);
                    pack_partial(matrix.every(first, 1, here), width, numbers);
                }
            }
        }
    }
}

#[inline(always)]
fn pack_fixed<T: Real, const W: usize>(matrix: View<'_, T>, numbers: &mut [T]) {
    let depth = matrix.columns();
    let whole = matrix.rows() / W;
    let (numbers, last) = numbers.split_at_mut(whole * W * depth);
    let (places, _) = numbers.as_chunks_mut::<W>();
    match matrix.steps() {
        // Columns are contiguous: every panel takes its share of a column in turn.
        (1, _) => {
            for column in 0..depth {
                let (sources, _) = matrix.starting(0, column)[..whole * W].as_chunks::<W>();
                for (panel, source) in sources.iter().enumerate() {
                    places[panel * depth + column] = *source;
                }
            }
        }
        // Rows are contiguous: a few columns at a time, so that whole cache lines move.
        (_, 1) => {
            const STRIP: usize = 8;
            for (panel, places) in places.chunks_exact_mut(depth).enumerate() {
                for (strip, places) in places.chunks_mut(STRIP).enumerate() {
                    for row in 0..W {
                        let source = matrix.starting(panel * W + row, strip * STRIP);
                        for (place, number) in places.iter_mut().zip(source) {
                            place[row] = *number;
                        }
                    }
                }
            }
        }
        _ => {
            for (panel, places) in places.chunks_exact_mut(depth).enumerate() {
                for (column, place) in places.iter_mut().enumerate() {
                    *place = std::array::from_fn(|row| matrix.at(panel * W + row, column));
                }
            }
        }
    }
    if !last.is_empty() {
        let first = whole * W;
        pack_partial(matrix.every(first, 1, matrix.rows() - first), W, last);
    }
}

/// Packs a panel of `width` rows, of which some may be missing.
fn pack_partial<T: Real>(matrix: View<'_, T>, width: usize, numbers: &mut [T]) {
    for (column, place) in numbers.chunks_exact_mut(width).enumerate() {
        for (row, place) in place.iter_mut().enumerate() {
            *place = if row < matrix.rows() {
                matrix.at(row, column)
            } else {
                T::zero()
            };
        }
    }
}
