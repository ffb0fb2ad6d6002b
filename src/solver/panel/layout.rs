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
    pub(super) fn fill(
        self,
        values: &mut [f64],
        rows: usize,
        mut value: impl FnMut(usize, usize) -> f64,
    ) {
        for place in 0..self.places() {
            for row in 0..rows {
                values[self.index(rows, row, place)] = value(row, self.filled(place));
            }
        }
    }

    /// Copies one row, in the order of places.
    pub(super) fn copy(self, values: &[f64], (rows, row): (usize, usize), into: &mut [f64]) {
        let width = 1 << self.shift;
        for (block, into) in into.chunks_mut(width).enumerate() {
            let from = &values[(block * rows + row) * width..][..into.len()];
            into.copy_from_slice(from);
        }
    }

    /// Rearranges what has so many `rows`: place `k` of `new` gets what is at place `from[k]` of `old`.
    pub(super) fn rearrange(self, (old, new): (&[f64], &mut [f64]), rows: usize, from: &[usize]) {
        let width = 1 << self.shift;
        let blocks = new.par_chunks_mut((rows * width).max(1)).enumerate();
        blocks.with_min_len(MANY).for_each(|(block, new)| {
            for lane in 0..width {
                let place = from[self.filled(block * width + lane)];
                for row in 0..rows {
                    new[row * width + lane] = old[self.index(rows, row, place)];
                }
            }
        });
    }
}

/// Blocks from which a second thread takes part.
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
}
