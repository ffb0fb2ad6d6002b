//! Max pooling: of every window of an image, the largest number.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::Image;
use crate::numerics::matrix::Real;

/// Windows of `side x side` pixels beside each other; rows and columns that fill no window are left
/// out.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MaxPool {
    /// Pixels before pooling.
    pixels: usize,
    /// The pixels of the window that every pixel behind shows, row after row.
    windows: Vec<Vec<usize>>,
}

impl MaxPool {
    pub fn new(image: Image, side: usize) -> Self {
        let (rows, columns) = (image.height / side, image.width / side);
        let window = |pixel: usize| {
            let corner = (pixel / columns * image.width + pixel % columns) * side;
            (0..side * side).map(move |p| corner + p / side * image.width + p % side)
        };
        Self {
            pixels: image.pixels(),
            windows: (0..rows * columns).map(|p| window(p).collect()).collect(),
        }
    }

    /// Where the largest number of every window stands in the list of activations, the first of
    /// equal ones; a number that is none wins, so that it is not lost.
    pub fn winners<T: Real>(&self, activations: &DMatrix<T>) -> Vec<usize> {
        let rows = activations.nrows();
        let examples = rows / self.pixels;
        let pooled = self.windows.len() * examples;
        let mut winners = vec![0; pooled * activations.ncols()];
        if winners.is_empty() {
            return winners;
        }
        let numbers = activations.as_slice();
        let columns = winners.par_chunks_mut(pooled).enumerate();
        columns.for_each(|(channel, winners)| {
            let blocks = winners.chunks_mut(examples).zip(&self.windows);
            for (block, window) in blocks {
                for (example, winner) in block.iter_mut().enumerate() {
                    let place = |pixel: &usize| channel * rows + pixel * examples + example;
                    let mut candidates = window.iter().map(place);
                    *winner = candidates.next().unwrap_or_default();
                    for candidate in candidates {
                        let (best, number) = (numbers[*winner], numbers[candidate]);
                        if best.is_finite() && (number > best || !number.is_finite()) {
                            *winner = candidate;
                        }
                    }
                }
            }
        });
        winners
    }

    /// The numbers at the winners, one row for every window and example.
    pub fn gather<T: Real>(activations: &DMatrix<T>, winners: &[usize]) -> DMatrix<T> {
        let numbers = winners.iter().map(|winner| activations[*winner]);
        let columns = activations.ncols();
        let rows = winners.len().checked_div(columns).unwrap_or(0);
        DMatrix::from_iterator(rows, columns, numbers)
    }

    /// The transpose of [`MaxPool::gather`], for activations of this shape: windows do not overlap.
    pub fn scatter<T: Real>(
        pooled: &DMatrix<T>,
        winners: &[usize],
        (rows, columns): (usize, usize),
    ) -> DMatrix<T> {
        let mut activations = DMatrix::zeros(rows, columns);
        for (winner, number) in winners.iter().zip(pooled.iter()) {
            activations[*winner] = *number;
        }
        activations
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: Image = Image {
        channels: 1,
        height: 5,
        width: 4,
    };

    #[test]
    fn windows_keep_their_largest_number_and_the_first_of_equal_ones() {
        // the fifth row fills no window
        let rows = [
            [1.0, 2.0, 0.0, 0.0],
            [3.0, 4.0, 0.0, 0.0],
            [9.0, 8.0, -1.0, -2.0],
            [9.0, 7.0, -3.0, -4.0],
            [50.0, 50.0, 50.0, 50.0],
        ];
        let activations = DMatrix::from_column_slice(20, 1, rows.as_flattened());
        let winners = MaxPool::new(IMAGE, 2).winners(&activations);
        assert_eq!(winners, [5, 2, 8, 10]);
        let pooled = MaxPool::gather(&activations, &winners);
        assert_eq!(pooled.as_slice(), [4.0, 0.0, 9.0, -1.0]);
        let back = MaxPool::scatter(&pooled, &winners, (20, 1));
        assert_eq!(back.sum(), pooled.sum());
        assert_eq!(back[5], 4.0);
    }

    #[test]
    fn a_number_that_is_none_is_not_lost() {
        let mut activations = DMatrix::zeros(20, 1);
        activations[4] = f64::NAN;
        let winners = MaxPool::new(IMAGE, 2).winners(&activations);
        assert_eq!(winners[0], 4);
    }
}
