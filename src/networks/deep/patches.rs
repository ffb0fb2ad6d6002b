//! The patches that the filters of a convolution see, and the way back.
//!
//! Activations have one row for every pixel and example, the examples of a pixel together, so that
//! whole blocks of rows move, and the same numbers read as one row an example are the flattened
//! image.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::{Filter, Image, Padding};
use crate::numerics::matrix::Real;

/// Where every pixel of every patch comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Patches {
    pixels: usize,
    /// Of every pixel of the patch (row after row), for every pixel of the image: the pixel that
    /// it shows.
    taps: Vec<Vec<Option<usize>>>,
}

impl Patches {
    pub fn new(image: Image, kernel: Filter, padding: Padding) -> Self {
        let moved = |place: usize, offset: usize, side: usize, length: usize| {
            let half = side / 2;
            let inside = (half..length + half).contains(&(place + offset));
            match padding {
                Padding::Zero if !inside => None,
                _ => Some((place + offset + length - half) % length),
            }
        };
        let tap = |down: usize, right: usize| {
            (0..image.pixels())
                .map(|pixel| {
                    let row = moved(pixel / image.width, down, kernel.height, image.height)?;
                    let column = moved(pixel % image.width, right, kernel.width, image.width)?;
                    Some(row * image.width + column)
                })
                .collect()
        };
        let taps = kernel.offsets().map(|(down, right)| tap(down, right));
        Self {
            pixels: image.pixels(),
            taps: taps.collect(),
        }
    }

    /// Pixels of a patch.
    pub fn size(&self) -> usize {
        self.taps.len()
    }

    /// The patches of all pixels: `channels` columns for every pixel of the patch.
    pub fn gather<T: Real>(&self, activations: &DMatrix<T>) -> DMatrix<T> {
        let (rows, channels) = activations.shape();
        let examples = rows / self.pixels;
        let mut patches = DMatrix::zeros(rows, channels * self.taps.len());
        if patches.is_empty() {
            return patches;
        }
        let columns = patches.as_mut_slice().par_chunks_mut(rows).enumerate();
        columns.for_each(|(index, column)| {
            let from = activations.column(index % channels);
            let from = from.as_slice();
            let tap = &self.taps[index / channels];
            for (block, source) in column.chunks_mut(examples).zip(tap) {
                if let Some(pixel) = source {
                    block.copy_from_slice(&from[pixel * examples..(pixel + 1) * examples]);
                }
            }
        });
        patches
    }

    /// The transpose of [`Patches::gather`]: what falls on a pixel from all patches that show it.
    pub fn scatter<T: Real>(&self, patches: &DMatrix<T>) -> DMatrix<T> {
        let rows = patches.nrows();
        let channels = patches.ncols() / self.taps.len();
        let examples = rows / self.pixels;
        let mut activations = DMatrix::zeros(rows, channels);
        if activations.is_empty() {
            return activations;
        }
        let columns = activations.as_mut_slice().par_chunks_mut(rows).enumerate();
        columns.for_each(|(channel, column)| {
            for (t, tap) in self.taps.iter().enumerate() {
                let from = patches.column(t * channels + channel);
                for (block, source) in from.as_slice().chunks(examples).zip(tap) {
                    if let Some(pixel) = source {
                        let place = &mut column[pixel * examples..(pixel + 1) * examples];
                        for (place, number) in place.iter_mut().zip(block) {
                            *place += *number;
                        }
                    }
                }
            }
        });
        activations
    }
}

/// The mean over the pixels of every channel.
pub(super) fn pixel_mean<T: Real>(activations: &DMatrix<T>, pixels: usize) -> DMatrix<T> {
    let examples = activations.nrows() / pixels;
    let share = T::one() / T::from_double(pixels as f64);
    let mut mean = DMatrix::zeros(examples, activations.ncols());
    for (mut mean, column) in mean.column_iter_mut().zip(activations.column_iter()) {
        for block in column.as_slice().chunks(examples.max(1)) {
            for (place, number) in mean.iter_mut().zip(block) {
                *place += *number;
            }
        }
        mean *= share;
    }
    mean
}

/// The transpose of [`pixel_mean`].
pub(super) fn pixel_spread<T: Real>(mean: &DMatrix<T>, pixels: usize) -> DMatrix<T> {
    let examples = mean.nrows();
    let share = T::one() / T::from_double(pixels as f64);
    DMatrix::from_fn(examples * pixels, mean.ncols(), |row, channel| {
        share * mean[(row % examples, channel)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: Image = Image {
        channels: 2,
        height: 3,
        width: 4,
    };

    #[test]
    fn patches_show_their_neighbours() {
        // two examples; the number at a pixel tells example, channel and pixel
        let activations = DMatrix::from_fn(24, 2, |row, channel| {
            (100 * (row % 2) + 50 * channel + row / 2) as f64
        });
        let circular = Patches::new(IMAGE, 3.into(), Padding::Circular).gather(&activations);
        let zero = Patches::new(IMAGE, 3.into(), Padding::Zero).gather(&activations);
        assert_eq!(circular.shape(), (24, 18));
        // pixel (0, 0) of example 1: up and left of it are the opposite borders
        assert_eq!(circular[(1, 0)], 100.0 + 11.0);
        assert_eq!(circular[(1, 1)], 150.0 + 11.0);
        assert_eq!(zero[(1, 0)], 0.0);
        // the centre of the patch is the pixel itself, and right of (1, 1) is (1, 2)
        assert_eq!(zero[(10, 8)], 5.0);
        assert_eq!(zero[(10, 10)], 6.0);
        assert_eq!(circular.column(8), zero.column(8));
    }

    #[test]
    fn ways_back_are_transposes() {
        let wave = |rows, columns, s: f64| {
            DMatrix::from_fn(rows, columns, |i, j| (s * (i * 7 + j * 3) as f64).sin())
        };
        let a: DMatrix<f64> = wave(24, 2, 0.3);
        for padding in [Padding::Circular, Padding::Zero] {
            let patches = Patches::new(IMAGE, 3.into(), padding);
            let b = wave(24, 18, 0.7);
            let difference = patches.gather(&a).dot(&b) - a.dot(&patches.scatter(&b));
            assert!(difference.abs() < 1e-13);
        }
        let b = wave(2, 2, 0.7);
        let difference = pixel_mean(&a, 12).dot(&b) - a.dot(&pixel_spread(&b, 12));
        assert!(difference.abs() < 1e-14);
    }
}
