//! Images of numbers: pixel after pixel, the channels of a pixel together.

use std::ops::Range;

use super::Number;
use crate::networks::deep::Image;
use crate::partition::Region;

/// An image with its numbers; that of channel `c` at row `y` and column `x` stands at `(y width + x) channels + c`.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor<T> {
    /// Its shape.
    pub image: Image,
    /// The numbers.
    pub numbers: Vec<T>,
}

impl<T: Number> Tensor<T> {
    /// Numbers in this shape.
    ///
    /// # Panics
    /// If there are not as many.
    #[must_use]
    pub fn new(image: Image, numbers: Vec<T>) -> Self {
        assert_eq!(numbers.len(), image.numbers(), "numbers of an image");
        Self { image, numbers }
    }

    /// Zeros.
    pub(super) fn zeros(image: Image) -> Self {
        Self::new(image, vec![T::zero(); image.numbers()])
    }

    /// An image whose numbers stand channel after channel, as those of [`Image`] do.
    ///
    /// # Panics
    /// If there are not as many numbers.
    #[must_use]
    pub fn from_planes(image: Image, planes: &[T]) -> Self {
        let pixels = image.pixels();
        assert_eq!(planes.len(), image.numbers(), "numbers of an image");
        let numbers = (0..planes.len())
            .map(|index| planes[index % image.channels * pixels + index / image.channels]);
        Self::new(image, numbers.collect())
    }

    /// Some channels of every pixel.
    pub(super) fn channels(&self, range: &Range<usize>) -> Self {
        let image = Image {
            channels: range.len(),
            ..self.image
        };
        let pixels = self.numbers.chunks_exact(self.image.channels);
        let numbers = pixels.flat_map(|pixel| &pixel[range.clone()]);
        Self::new(image, numbers.copied().collect())
    }

    /// Writes channels into their place.
    pub(super) fn put(&mut self, range: &Range<usize>, part: &[T]) {
        let pixels = self.numbers.chunks_exact_mut(self.image.channels);
        for (pixel, part) in pixels.zip(part.chunks_exact(range.len().max(1))) {
            pixel[range.clone()].copy_from_slice(part);
        }
    }

    /// All channels but some, one pixel after the other.
    pub(super) fn without(&self, range: &Range<usize>) -> Vec<T> {
        let pixels = self.numbers.chunks_exact(self.image.channels);
        let others =
            pixels.flat_map(|pixel| pixel[..range.start].iter().chain(&pixel[range.end..]));
        others.copied().collect()
    }

    /// The image of which this rank made some channels, and others sent the rest.
    pub(super) fn with(own: &Self, range: &Range<usize>, rest: &[T], image: Image) -> Self {
        let mut numbers = Vec::with_capacity(image.numbers());
        let width = image.channels - range.len();
        let mut own = own.numbers.chunks_exact(range.len().max(1));
        let mut rest = rest.chunks_exact(width.max(1));
        for _ in 0..image.pixels() {
            let rest = rest.next().unwrap_or_default();
            numbers.extend_from_slice(&rest[..range.start.min(rest.len())]);
            numbers.extend_from_slice(own.next().unwrap_or_default());
            numbers.extend_from_slice(&rest[range.start.min(rest.len())..]);
        }
        Self::new(image, numbers)
    }

    /// A region of it.
    pub(super) fn region(&self, region: &Region) -> Self {
        let (wide, channels) = (self.image.width, self.image.channels);
        let mut numbers = Vec::with_capacity(region.pixels() * channels);
        for row in region.rows.clone() {
            let start = (row * wide + region.columns.start) * channels;
            let end = (row * wide + region.columns.end) * channels;
            numbers.extend_from_slice(&self.numbers[start..end]);
        }
        Self::new(region.image(channels), numbers)
    }

    /// Writes a region into its place.
    pub(super) fn place(&mut self, region: &Region, part: &[T]) {
        let (wide, channels) = (self.image.width, self.image.channels);
        let length = region.columns.len() * channels;
        for (row, part) in region.rows.clone().zip(part.chunks_exact(length.max(1))) {
            let start = (row * wide + region.columns.start) * channels;
            self.numbers[start..start + length].copy_from_slice(part);
        }
    }

    /// Adds the numbers of another one of the same shape.
    pub(super) fn add(&mut self, other: &[T]) {
        for (place, number) in self.numbers.iter_mut().zip(other) {
            *place += *number;
        }
    }
}
