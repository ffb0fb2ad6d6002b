//! How the components of a field lie in memory: in blocks of a register, in each row after row.

use rayon::prelude::*;

use super::LANES;

/// The order of numbers of which each component has one in every row.
///
/// Places without a component, at the end of the last block, repeat the last one. A single
/// component has a block of its own width, so that its rows lie side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    components: usize,
    /// Logarithm of the width of a block to base 2.
    shift: u32,
}

impl Layout {
    pub(super) fn new(components: usize) -> Self {
        let shift = if components == 1 { 0 } else { LANES.ilog2() };
        Self { components, shift }
    }

    /// Number of components.
    pub(super) fn components(self) -> usize {
        self.components
    }

    /// Number of blocks.
    pub(super) fn blocks(self) -> usize {
        self.components.div_ceil(1 << self.shift)
    }

    /// Number of places: numbers in a row.
    pub(super) fn places(self) -> usize {
        self.blocks() << self.shift
    }

    /// The last place of a component, before those that repeat it.
    pub(super) fn filled(self, place: usize) -> usize {
        place.min(self.components - 1)
    }

    /// Where the number of a place in a row lies if there are so many `rows`.
    #[inline]
    pub(super) fn index(self, rows: usize, row: usize, place: usize) -> usize {
        let block = place >> self.shift;
        ((block * rows + row) << self.shift) + place - (block << self.shift)
    }

    /// Lays out `rows` rows of what `value` gives for a row and a place with a component.
    pub(super) fn fill<T: Copy + Send>(
        self,
        values: &mut [T],
        rows: usize,
        value: impl Fn(usize, usize) -> T + Sync,
    ) {
        let width = 1 << self.shift;
        self.each_block(values, rows, |block, values| {
            for (row, values) in values.chunks_mut(width).enumerate() {
                for (lane, place) in values.iter_mut().enumerate() {
                    *place = value(row, self.filled(block * width + lane));
                }
            }
        });
    }

    /// Lays out one row of several.
    pub(super) fn fill_row(self, values: &mut [f64], (rows, row): (usize, usize), from: &[f64]) {
        let width = 1 << self.shift;
        self.each_block(values, rows, |block, values| {
            let values = values[row * width..].iter_mut().take(width);
            for (lane, place) in values.enumerate() {
                *place = from[self.filled(block * width + lane)];
            }
        });
    }

    /// Copies one row, in the order of places.
    pub(super) fn copy<T: Copy + Into<f64> + Sync>(
        self,
        values: &[T],
        (rows, row): (usize, usize),
        into: &mut [f64],
    ) {
        let width = 1 << self.shift;
        self.each_block(into, 1, |block, into| {
            let from = &values[(block * rows + row) * width..];
            for (value, from) in into.iter_mut().zip(from) {
                *value = (*from).into();
            }
        });
    }

    /// Copies what one row has at some places.
    pub(super) fn pick<T: Copy + Into<f64> + Sync>(
        self,
        values: &[T],
        (rows, row): (usize, usize),
        places: &[usize],
        into: &mut [f64],
    ) {
        let width = 1 << self.shift;
        self.each_block(into, 1, |block, into| {
            for (value, place) in into.iter_mut().zip(&places[block * width..]) {
                *value = values[self.index(rows, row, *place)].into();
            }
        });
    }

    /// Rearranges what has so many `rows`: place `k` of `new` gets what is at place `from[k]` of `old`.
    pub(super) fn rearrange<T: Copy + Send + Sync>(
        self,
        (old, new): (&[T], &mut [T]),
        rows: usize,
        from: &[usize],
    ) {
        let width = 1 << self.shift;
        self.each_block(new, rows, |block, new| {
            for lane in 0..width {
                let place = from[self.filled(block * width + lane)];
                for row in 0..rows {
                    new[row * width + lane] = old[self.index(rows, row, place)];
                }
            }
        });
    }

    /// Works on the `rows` rows of each block, on several threads if there are many.
    fn each_block<T: Send>(
        self,
        values: &mut [T],
        rows: usize,
        work: impl Fn(usize, &mut [T]) + Sync,
    ) {
        let length = (rows << self.shift).max(1);
        if self.blocks() < 2 * MANY {
            let blocks = values.chunks_mut(length).enumerate();
            blocks.for_each(|(block, values)| work(block, values));
        } else {
            let blocks = values.par_chunks_mut(length).enumerate();
            let blocks = blocks.with_min_len(MANY);
            blocks.for_each(|(block, values)| work(block, values));
        }
    }
}

/// Blocks that one thread goes through by itself.
const MANY: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_laid_out_and_rearranged_block_by_block() {
        let n = 2 * LANES + 3;
        let layout = Layout::new(n);
        assert_eq!((layout.blocks(), layout.places()), (3, 24));
        let mut values = vec![0.0; 2 * layout.places()];
        layout.fill(&mut values, 2, |row, place| (1000 * row + place) as f64);
        assert_eq!(values[LANES], 1000.0);
        assert_eq!(values[2 * LANES], 8.0);
        // what is left of the last block repeats the last component
        assert_eq!(values[5 * LANES - 1], 18.0);
        let from: Vec<usize> = (0..n).rev().collect();
        let old = values.clone();
        layout.rearrange((&old, &mut values), 2, &from);
        assert_eq!(values[0], 18.0);
        assert_eq!(values[LANES + 1], 1017.0);
        assert_eq!(values[layout.index(2, 1, n - 1)], 1000.0);
        assert_eq!(values[6 * LANES - 1], 1000.0);
        assert_eq!(Layout::new(1).places(), 1);
    }

    #[test]
    fn many_blocks_are_laid_out_as_few_are() {
        let n = 2 * MANY * LANES + 5;
        let layout = Layout::new(n);
        let (rows, value) = (2, |row: usize, place: usize| (n * row + place) as f64);
        let mut values = vec![0.0; rows * layout.places()];
        layout.fill(&mut values, rows, value);
        let negative: Vec<f64> = (0..n).map(|place| -value(0, place)).collect();
        layout.fill_row(&mut values, (rows, 0), &negative);
        let from: Vec<usize> = (0..n).rev().collect();
        let mut turned = vec![0.0; values.len()];
        layout.rearrange((&values, &mut turned), rows, &from);
        let mut row = vec![0.0; n];
        layout.copy(&turned, (rows, 0), &mut row);
        assert!((0..n).all(|place| row[place] == -value(0, n - 1 - place)));
        layout.pick(&turned, (rows, 0), &from, &mut row);
        assert!((0..n).all(|place| row[place] == -value(0, place)));
        layout.copy(&turned, (rows, 1), &mut row);
        assert!((0..n).all(|place| row[place] == value(1, n - 1 - place)));
    }
}
