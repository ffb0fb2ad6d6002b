//! Kernels of convolutional networks.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::dense::Diagonals;
use super::dual::{Points, Variances};
use super::{Dual, KernelPair};
use crate::networks::NetworkError;
use crate::networks::deep::{Filter, Image, Padding, ReadOut};
use crate::numerics::matrix::mirror;

/// An infinitely wide network of convolutions with stride 1 and a linear read-out.
///
/// With the indices of pixels `p`, `q` and the mean `A` over the offsets of a patch, zero
/// outside of the image with [`Padding::Zero`],
///
/// ```text
/// K = <x_p, x'_q> / channels, T = 0;   A(K)[p, q] = mean over o of K[p + o, q + o]
/// a convolution:  K <- sw2 A(K) + sb2;  T <- sw2 A(T) + K;  (K, S) <- dual of K;  T <- T S
/// the read-out:   K <- sw2 f(K) + sb2;  T <- sw2 f(T) + K
/// ```
///
/// where `f` is the mean over `p = q` (flattened) or over all `p, q` (global average). R. Novak et
/// al., ICLR 2019, arXiv:1810.05148; S. Arora et al., `NeurIPS` 32 (2019), arXiv:1904.11955.
///
/// The filters are independent over their pixels. Delta-orthogonal filters, which begin with weights
/// at the centre alone, have another limit ([`Self::with_delta_filters`]): signals pass through the
/// centre of a patch in both directions, and only what the weights themselves add to the tangent
/// kernel sees all of it,
///
/// ```text
/// T <- sw2 T + sw2 A(K) + sb2;   K <- sw2 K + sb2
/// ```
///
/// (ours, from `J J^T` of such a layer; a test compares wide networks).
#[derive(Debug, Clone)]
pub struct ConvolutionalKernel {
    dual: Dual,
    layers: usize,
    image: Image,
    read_out: ReadOut,
    variances: Variances,
    /// Pixel at every offset of the patch around every pixel, if there is one.
    patches: Vec<Vec<Option<usize>>>,
    /// Filters begin with weights at the centre alone.
    delta: bool,
}

/// What is known of the pixels of a set of images, pixel after pixel, the images of a pixel
/// together.
struct Layers {
    images: usize,
    /// The inputs, transposed: one row a number of the image, so that images lie together.
    inputs: DMatrix<f64>,
    points: Vec<Points>,
}

impl ConvolutionalKernel {
    /// A network of `layers` convolutions with filters of these sides on such images;
    /// `weight_variance` and `bias_variance` are `sigma_w^2` and `sigma_b^2`.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for variances, images or filters that are none.
    pub fn new(
        dual: Dual,
        layers: usize,
        image: Image,
        (kernel, padding, read_out): (impl Into<Filter>, Padding, ReadOut),
        (weight_variance, bias_variance): (f64, f64),
    ) -> Result<Self, NetworkError> {
        if image.channels == 0 {
            return Err(NetworkError::OutOfRange {
                name: "channels of the input",
                value: 0.0,
                requirement: "it is at least 1",
            });
        }
        let kernel = kernel.into();
        kernel.check(image)?;
        // `pixel + offset - reach` along one side of the image.
        let along = |pixel: usize, offset: usize, reach: usize, side: usize| match padding {
            Padding::Circular => Some((pixel + offset + side - reach) % side),
            Padding::Zero => (pixel + offset)
                .checked_sub(reach)
                .filter(|place| *place < side),
        };
        let (high, wide) = (kernel.height / 2, kernel.width / 2);
        let patch = |pixel: usize| {
            let (row, column) = (pixel / image.width, pixel % image.width);
            kernel
                .offsets()
                .map(|(down, right)| {
                    let row = along(row, down, high, image.height)?;
                    Some(row * image.width + along(column, right, wide, image.width)?)
                })
                .collect()
        };
        Ok(Self {
            dual,
            layers,
            image,
            read_out,
            variances: Variances::checked(weight_variance, bias_variance)?,
            patches: (0..image.pixels()).map(patch).collect(),
            delta: false,
        })
    }

    /// The same network with filters that begin as
    /// [`DeltaOrthogonal`](crate::networks::deep::Initialisation::DeltaOrthogonal) ones.
    #[must_use]
    pub fn with_delta_filters(self) -> Self {
        Self {
            delta: true,
            ..self
        }
    }

    /// Both kernels among the rows of `inputs` (`N` images, numbers in the order of [`Image`]),
    /// exactly symmetric.
    ///
    /// **Cost** for every pair of images and layer: one dual and an addition a pixel of the filter for every pixel
    /// (flattened), or for every pair of pixels (global average).
    ///
    /// # Errors
    /// [`NetworkError::Empty`] without images, [`NetworkError::MatrixShape`] for images of another
    /// size, [`NetworkError::OutOfRange`] for numbers that are not finite.
    pub fn train(&self, inputs: &DMatrix<f64>) -> Result<KernelPair, NetworkError> {
        let layers = self.layers(inputs)?;
        let mut pair = self.block(&layers, &layers, true);
        mirror(&mut pair.nngp);
        mirror(&mut pair.ntk);
        Ok(pair)
    }

    /// Both kernels between the rows of `inputs` and of `others`.
    ///
    /// # Errors
    /// As [`ConvolutionalKernel::train`].
    pub fn cross(
        &self,
        inputs: &DMatrix<f64>,
        others: &DMatrix<f64>,
    ) -> Result<KernelPair, NetworkError> {
        let (left, right) = (self.layers(inputs)?, self.layers(others)?);
        Ok(self.block(&left, &right, false))
    }

    /// The diagonals of both kernels.
    pub(super) fn diagonals(&self, inputs: &DMatrix<f64>) -> Result<Diagonals, NetworkError> {
        let layers = self.layers(inputs)?;
        let pairs = (0..inputs.nrows()).into_par_iter().map(|image| {
            let (mut k, mut t) = ([0.0], [0.0]);
            let here = (&layers, image);
            self.images(here, here, Some(image), &mut k, &mut t);
            (k[0], t[0])
        });
        let (nngp, ntk) = pairs.unzip();
        Ok(Diagonals { nngp, ntk })
    }

    /// Follows the variances of all pixels through the layers.
    fn layers(&self, inputs: &DMatrix<f64>) -> Result<Layers, NetworkError> {
        let (images, pixels) = (inputs.nrows(), self.image.pixels());
        if images == 0 {
            return Err(NetworkError::Empty);
        }
        if inputs.ncols() != self.image.numbers() {
            return Err(NetworkError::MatrixShape {
                name: "the images",
                layer: 0,
                found: inputs.shape(),
                expected: (images, self.image.numbers()),
            });
        }
        let mut squares = vec![0.0; pixels * images];
        for (number, column) in inputs.column_iter().enumerate() {
            let pixel = number % pixels;
            let place = &mut squares[pixel * images..(pixel + 1) * images];
            for (square, x) in place.iter_mut().zip(column.iter()) {
                *square += x * x / self.image.channels as f64;
            }
        }
        let Variances { weight, bias } = self.variances;
        let mut points = Vec::with_capacity(self.layers);
        for _ in 0..self.layers {
            let mut mean = squares.clone();
            if !self.delta {
                self.average(&squares, &mut mean, images, false);
            }
            mean.iter_mut().for_each(|v| *v = weight.mul_add(*v, bias));
            let here = self.dual.prepare(mean)?;
            squares.clone_from(&here.squares);
            points.push(here);
        }
        if let Some(&value) = squares.iter().find(|value| !value.is_finite()) {
            return Err(NetworkError::OutOfRange {
                name: "variance of the output",
                value,
                requirement: "finite; check the images",
            });
        }
        Ok(Layers {
            images,
            inputs: inputs.clone(),
            points,
        })
    }

    /// The mean over patches, for entries of `width` numbers: one for every pixel, or for every
    /// pair of pixels.
    fn average(&self, from: &[f64], to: &mut [f64], width: usize, pairs: bool) {
        let pixels = self.image.pixels();
        let share = 1.0 / self.patches[0].len() as f64;
        to.fill(0.0);
        for (entry, place) in to.chunks_mut(width).enumerate() {
            let (p, q) = if pairs {
                (entry / pixels, entry % pixels)
            } else {
                (entry, entry)
            };
            for (p, q) in self.patches[p].iter().zip(&self.patches[q]) {
                let (Some(p), Some(q)) = (p, q) else { continue };
                let source = if pairs { p * pixels + q } else { *p };
                let source = &from[source * width..(source + 1) * width];
                for (place, number) in place.iter_mut().zip(source) {
                    *place += number;
                }
            }
            place.iter_mut().for_each(|number| *number *= share);
        }
    }

    /// Both kernels; with `symmetric` below and on the diagonal only.
    fn block(&self, left: &Layers, right: &Layers, symmetric: bool) -> KernelPair {
        let mut nngp = DMatrix::zeros(left.images, right.images);
        let mut ntk = nngp.clone();
        nngp.as_mut_slice()
            .par_chunks_mut(left.images)
            .zip(ntk.as_mut_slice().par_chunks_mut(left.images))
            .enumerate()
            .for_each(|(other, (k, t))| {
                let start = if symmetric { other } else { 0 };
                // As many images at a time as fit the second cache.
                let width = match self.read_out {
                    ReadOut::Flatten => 64,
                    ReadOut::GlobalAverage => 32,
                };
                for first in (start..left.images).step_by(width) {
                    let end = left.images.min(first + width);
                    let same = (symmetric && first == other).then_some(other);
                    let (k, t) = (&mut k[first..end], &mut t[first..end]);
                    self.images((left, first), (right, other), same, k, t);
                }
            });
        KernelPair { nngp, ntk }
    }

    /// The kernels of the images `first..` on the left with one on the right; `same` says that the
    /// first is that one.
    fn images(
        &self,
        (left, first): (&Layers, usize),
        (right, other): (&Layers, usize),
        same: Option<usize>,
        k_out: &mut [f64],
        t_out: &mut [f64],
    ) {
        let (pixels, width) = (self.image.pixels(), k_out.len());
        let pairs = self.read_out == ReadOut::GlobalAverage;
        let entries = if pairs { pixels * pixels } else { pixels };
        let place = |entry: usize| {
            if pairs {
                (entry / pixels, entry % pixels)
            } else {
                (entry, entry)
            }
        };
        let mut k = vec![0.0; entries * width];
        let mut t = k.clone();
        let (mut mean, mut slope) = (k.clone(), vec![0.0; width]);
        for (entry, k) in k.chunks_mut(width).enumerate() {
            let (p, q) = place(entry);
            for channel in 0..self.image.channels {
                let x = right.inputs[(other, channel * pixels + q)] / self.image.channels as f64;
                let column = left.inputs.column(channel * pixels + p);
                for (k, y) in k.iter_mut().zip(&column.as_slice()[first..]) {
                    *k += x * y;
                }
            }
        }
        let ones = vec![1.0; entries * width];
        for (left, right_points) in left.points.iter().zip(&right.points) {
            self.average(&k, &mut mean, width, pairs);
            if self.delta {
                self.variances.combine(&mut mean, &ones, &mut t);
                let Variances { weight, bias } = self.variances;
                k.iter_mut().for_each(|k| *k = weight.mul_add(*k, bias));
            } else {
                std::mem::swap(&mut k, &mut mean);
                self.average(&t, &mut mean, width, pairs);
                std::mem::swap(&mut t, &mut mean);
                self.variances.combine(&mut k, &ones, &mut t);
            }
            let images = left.variances.len() / pixels;
            for (entry, (k, t)) in k.chunks_mut(width).zip(t.chunks_mut(width)).enumerate() {
                let (p, q) = place(entry);
                let at = (p * images + first, q * right.images + other);
                self.dual
                    .apply(left, at.0, right_points, at.1, k, &mut slope);
                if same.is_some() && p == q {
                    (k[0], slope[0]) = (left.squares[at.0], left.slope_squares[at.0]);
                }
                for (t, slope) in t.iter_mut().zip(&slope) {
                    *t *= slope;
                }
            }
        }
        for (out, entries) in [(&mut *k_out, &k), (&mut *t_out, &t)] {
            out.fill(0.0);
            let share = width as f64 / entries.len() as f64;
            for entry in entries.chunks(width) {
                for (out, number) in out.iter_mut().zip(entry) {
                    *out += share * number;
                }
            }
        }
        self.variances.combine(k_out, &ones[..width], t_out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: Image = Image {
        channels: 2,
        height: 4,
        width: 4,
    };

    /// x[b, i, j, c] = sin(1 + b + 2i + 3j + 5c)
    fn images() -> DMatrix<f64> {
        DMatrix::from_fn(2, 32, |b, number| {
            let (c, i, j) = (number / 16, number % 16 / 4, number % 4);
            ((1 + b + 2 * i + 3 * j + 5 * c) as f64).sin()
        })
    }

    #[test]
    fn relu_kernels_have_the_known_values() {
        // computed independently, good to about 1e-8 (the regularisation of its source); SAME is zero padding.
        for (padding, read_out, expected) in [
            (
                Padding::Circular,
                ReadOut::Flatten,
                [2.839974264703, 1.395548596608, 3.153333945308],
            ),
            (
                Padding::Circular,
                ReadOut::GlobalAverage,
                [0.933263476945, 0.911687712671, 1.060719844134],
            ),
            (
                Padding::Zero,
                ReadOut::Flatten,
                [1.567427365365, 0.770314081737, 1.636103189968],
            ),
        ] {
            let rectifier = Dual::Rectifier { leak: 0.0 };
            let form = (3, padding, read_out);
            let kernel = ConvolutionalKernel::new(rectifier, 2, IMAGE, form, (2.0, 0.01)).unwrap();
            let found = kernel.train(&images()).unwrap().ntk;
            for (at, expected) in [(0, 0), (0, 1), (1, 1)].into_iter().zip(expected) {
                let error = (found[at] - expected).abs();
                assert!(error < 3e-8, "{padding:?} {read_out:?} {at:?}: {error}");
            }
            let cross = kernel.cross(&images(), &images()).unwrap().ntk;
            assert!((cross - found).amax() < 1e-7);
        }
    }

    #[test]
    fn an_image_of_one_pixel_is_a_vector() {
        let inputs = DMatrix::from_fn(5, 3, |i, j| (1.7 * i as f64 + 0.6 * j as f64).cos());
        for read_out in [ReadOut::Flatten, ReadOut::GlobalAverage] {
            let form = (1, Padding::Zero, read_out);
            let image = Image::vector(3);
            let one = ConvolutionalKernel::new(Dual::tanh(), 3, image, form, (1.3, 0.1)).unwrap();
            let dense = super::super::DenseKernel::new(Dual::tanh(), 3, 1.3, 0.1).unwrap();
            let (one, dense) = (one.train(&inputs).unwrap(), dense.train(&inputs).unwrap());
            assert!((one.nngp - dense.nngp).amax() < 1e-13);
            assert!((one.ntk - dense.ntk).amax() < 1e-13);
        }
    }

    #[test]
    fn what_is_no_image_is_refused() {
        let form = (2, Padding::Zero, ReadOut::Flatten);
        assert!(ConvolutionalKernel::new(Dual::tanh(), 1, IMAGE, form, (1.0, 0.0)).is_err());
        let form = (3, Padding::Zero, ReadOut::Flatten);
        let kernel = ConvolutionalKernel::new(Dual::tanh(), 1, IMAGE, form, (1.0, 0.0)).unwrap();
        assert!(kernel.train(&DMatrix::zeros(2, 31)).is_err());
        assert!(kernel.train(&DMatrix::zeros(0, 32)).is_err());
    }
}
