//! Windows that move over an image: their patches, the products with weights, and the largest numbers.

use rayon::prelude::*;

use super::tensor::Tensor;
use super::{LayerWeights, Number};
use crate::networks::deep::{Image, Padding};
use crate::numerics::matrix::{View, gemm_into};
use crate::partition::{Chain, Operation, Region};

/// Bytes of the patches that are made at a time, about: what several passes over the weights do not feel, and a map of 224 x
/// 224 pixels with 64 channels does not need 115 MB at once (measured on VGG-16: 4 to 32 MB differ by less than a tenth).
const PATCH_BYTES: usize = 1 << 24;

/// Places of windows on an image.
#[derive(Debug, Clone, Copy)]
pub(super) struct Windows {
    /// Rows and columns of pixels in a window.
    kernel: (usize, usize),
    /// Distance of the places.
    stride: usize,
    /// Row and column of the first pixel of the first window, before the image if negative.
    first: (isize, isize),
    /// What lies beyond the image.
    border: Padding,
}

impl Windows {
    /// Those of a layer on a region of its input, for a region of its output.
    pub fn of(chain: &Chain, layer: usize, seen: &Region, made: &Region) -> Self {
        let image = chain.seen(layer);
        let (kernel, stride, padding, border) = match chain.layers()[layer].operation {
            Operation::Convolution {
                kernel,
                stride,
                padding,
                border,
                ..
            } => ((kernel, kernel), stride, padding, border),
            Operation::MaxPool { side, stride } => ((side, side), stride, 0, Padding::Zero),
            _ => ((image.height, image.width), 1, 0, Padding::Zero),
        };
        let first =
            |made: usize, seen: usize| (made * stride) as isize - padding as isize - seen as isize;
        Self {
            kernel,
            stride,
            first: (
                first(made.rows.start, seen.rows.start),
                first(made.columns.start, seen.columns.start),
            ),
            border,
        }
    }

    /// Whether every window is a pixel of its own, so that the image is its own patches.
    fn are_pixels(&self) -> bool {
        self.kernel == (1, 1) && self.stride == 1 && self.first == (0, 0)
    }

    /// Writes the patch of one window.
    fn gather<T: Number>(&self, from: &Tensor<T>, (row, column): (usize, usize), patch: &mut [T]) {
        let Image {
            channels,
            height,
            width,
        } = from.image;
        let left = self.first.1 + (column * self.stride) as isize;
        for (down, patch) in patch.chunks_exact_mut(self.kernel.1 * channels).enumerate() {
            let y = self.first.0 + (row * self.stride + down) as isize;
            if self.border == Padding::Circular {
                let y = y.rem_euclid(height as isize) as usize;
                for (right, place) in patch.chunks_exact_mut(channels).enumerate() {
                    let x = (left + right as isize).rem_euclid(width as isize) as usize;
                    let start = (y * width + x) * channels;
                    place.copy_from_slice(&from.numbers[start..start + channels]);
                }
                continue;
            }
            if !(0..height as isize).contains(&y) {
                patch.fill(T::zero());
                continue;
            }
            // The pixels of this row that are there stand together.
            let begin = left.clamp(0, width as isize);
            let end = (left + self.kernel.1 as isize).clamp(begin, width as isize);
            let before = (begin - left) as usize * channels;
            let length = (end - begin) as usize * channels;
            let start = (y as usize * width + begin as usize) * channels;
            if length == 0 {
                patch.fill(T::zero());
                continue;
            }
            patch[..before].fill(T::zero());
            patch[before..before + length].copy_from_slice(&from.numbers[start..start + length]);
            patch[before + length..].fill(T::zero());
        }
    }

    /// `matrix x` for the patch `x` of every window; `made` is the image that comes of it. Also the most numbers of patches
    /// that were held.
    pub fn product<T: Number>(
        &self,
        weights: &LayerWeights<T>,
        from: &Tensor<T>,
        made: Image,
    ) -> (Tensor<T>, usize) {
        let mut to = Tensor::zeros(made);
        let (rows, length) = (weights.rows, weights.columns);
        let matrix = View::column_major(&weights.matrix, rows, length);
        let pixels = made.pixels();
        if pixels == 1 && self.first == (0, 0) && from.numbers.len() == length {
            vector_product(&weights.matrix, &from.numbers, &mut to.numbers);
            return (to, 0);
        }
        if self.are_pixels() {
            let patches = View::column_major(&from.numbers, length, pixels);
            gemm_into(T::one(), matrix, patches, T::zero(), &mut to.numbers);
            return (to, 0);
        }
        let at_once = (PATCH_BYTES / T::BYTES / length).clamp(1, pixels);
        let mut patches = vec![T::zero(); at_once * length];
        for (strip, output) in to.numbers.chunks_mut(at_once * rows).enumerate() {
            let count = output.len() / rows;
            let patches = &mut patches[..count * length];
            let write = |(index, patch): (usize, &mut [T])| {
                let pixel = strip * at_once + index;
                self.gather(from, (pixel / made.width, pixel % made.width), patch);
            };
            patches.par_chunks_mut(length).enumerate().for_each(write);
            let patches = View::column_major(patches, length, count);
            gemm_into(T::one(), matrix, patches, T::zero(), output);
        }
        (to, at_once * length)
    }

    /// The largest number of every window.
    pub fn largest<T: Number>(&self, from: &Tensor<T>, made: Image) -> Tensor<T> {
        let mut to = Tensor::zeros(made);
        let channels = made.channels;
        let row = |(row, places): (usize, &mut [T])| {
            for (column, place) in places.chunks_exact_mut(channels).enumerate() {
                let y = (self.first.0 + (row * self.stride) as isize) as usize;
                let x = (self.first.1 + (column * self.stride) as isize) as usize;
                for down in 0..self.kernel.0 {
                    for right in 0..self.kernel.1 {
                        let start = ((y + down) * from.image.width + x + right) * channels;
                        let numbers = &from.numbers[start..start + channels];
                        if (down, right) == (0, 0) {
                            place.copy_from_slice(numbers);
                        } else {
                            // Keeps what is no number, whichever of the two it is.
                            for (place, number) in place.iter_mut().zip(numbers) {
                                let kept = *number <= *place || place.to_double().is_nan();
                                *place = if kept { *place } else { *number };
                            }
                        }
                    }
                }
            }
        };
        let rows = to.numbers.par_chunks_mut(made.width * channels);
        rows.enumerate().for_each(row);
        to
    }
}

/// `y = W x`, four columns at a time.
fn vector_product<T: Number>(matrix: &[T], x: &[T], y: &mut [T]) {
    let rows = y.len();
    let columns = matrix.chunks(4 * rows).zip(x.chunks(4));
    for (columns, x) in columns {
        if let [a, b, c, d] = *x {
            let (first, rest) = columns.split_at(rows);
            let (second, rest) = rest.split_at(rows);
            let (third, fourth) = rest.split_at(rows);
            let columns = first.iter().zip(second).zip(third.iter().zip(fourth));
            for (y, ((p, q), (r, s))) in y.iter_mut().zip(columns) {
                *y += (*p * a + *q * b) + (*r * c + *s * d);
            }
        } else {
            for (column, x) in columns.chunks_exact(rows).zip(x) {
                for (y, w) in y.iter_mut().zip(column) {
                    *y += *w * *x;
                }
            }
        }
    }
}
