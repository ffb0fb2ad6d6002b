//! What a convolution adds to the tangent kernel.
//!
//! The kernel of a layer is `sum_{p,q} (d_i[p] . d_j[q]) (a_i[p] . a_j[q])`, over all pairs of
//! pixels. For most images it is cheaper to sum over the pixels first: with the gradient
//! `G_i = sum_p d_i[p] a_i[p]^T` of every example by the filters it is `G_i . G_j`.

use std::ops::Range;

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::factors::Pair;
use super::{Factors, KernelOutputs, Layer};
use crate::numerics::matrix::{GramTerm, HadamardSum, Real, View, gemm_into, mirror};

/// Numbers of the gradient of an example that are held at a time. It does not depend on the number
/// of examples, and so neither does the order of summation.
const HELD: usize = 4096;

impl Layer {
    /// Whether all pairs of pixels cost less than the gradients.
    fn prefers_pixel_pairs(&self) -> bool {
        self.pixels * self.pixels * (self.outputs + self.fan_in) < self.outputs * self.fan_in
    }

    /// Channels in groups whose gradients are held at a time.
    fn groups(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let (channels, at_once) = (self.outputs, (HELD / self.fan_in).max(1));
        (0..channels)
            .step_by(at_once)
            .map(move |first| first..channels.min(first + at_once))
    }
}

/// Inputs and slopes of a convolution with the numbers of an example together.
struct ByExample<T: Real> {
    /// For every example, a `pixels x fan_in` matrix, column after column.
    inputs: DMatrix<T>,
    /// For every output and example, a `pixels x channels` matrix.
    slopes: DMatrix<T>,
    pixels: usize,
}

impl<T: Real> ByExample<T> {
    fn new(factors: &Factors<'_, T>, index: usize) -> Self {
        let examples = factors.examples();
        let gather = |numbers: &[T]| {
            let columns = numbers.len().checked_div(examples).unwrap_or(0);
            DMatrix::from_column_slice(examples, columns, numbers).transpose()
        };
        let mut slopes = Vec::new();
        for output in 0..factors.output_count() {
            slopes.extend_from_slice(gather(factors.slope_numbers(index, output)).as_slice());
        }
        let layer = &factors.network.layers()[index];
        let columns = examples * factors.output_count();
        Self {
            inputs: gather(factors.inputs(index).as_slice()),
            slopes: DMatrix::from_vec(layer.pixels * layer.outputs, columns, slopes),
            pixels: layer.pixels,
        }
    }

    /// Gradients of some channels by the filters, of `channels x fan_in` numbers: one column for
    /// every example, those of an output together.
    fn gradients(&self, channels: Range<usize>) -> DMatrix<T> {
        let (pixels, fan_in) = (self.pixels, self.inputs.nrows() / self.pixels);
        let each = channels.len() * fan_in;
        let mut gradients = DMatrix::zeros(each, self.slopes.ncols());
        let columns = gradients.as_mut_slice().par_chunks_mut(each);
        columns.enumerate().for_each(|(column, gradient)| {
            let inputs = self.inputs.column(column % self.inputs.ncols());
            let slopes = self.slopes.column(column);
            let slopes = &slopes.as_slice()[channels.start * pixels..channels.end * pixels];
            let slopes = View::column_major(slopes, pixels, channels.len());
            let inputs = View::column_major(inputs.as_slice(), pixels, fan_in);
            gemm_into(T::one(), slopes.transposed(), inputs, T::zero(), gradient);
        });
        gradients
    }

    /// Sums of the slopes over the pixels: one column for every example, as for the gradients.
    fn slope_sums(&self) -> DMatrix<T> {
        let channels = self.slopes.nrows() / self.pixels;
        DMatrix::from_fn(channels, self.slopes.ncols(), |channel, column| {
            let slopes = self.slopes.column(column);
            let slopes = &slopes.as_slice()[channel * self.pixels..(channel + 1) * self.pixels];
            slopes.iter().fold(T::zero(), |sum, d| sum + *d)
        })
    }
}

impl<'a, T: Real> Pair<'a, T> {
    /// What a convolution adds.
    pub fn add_convolution(&self, index: usize, kernel: &mut DMatrix<T>) {
        let layer = &self.left.network.layers()[index];
        let one_block = self.outputs == KernelOutputs::Mean || self.left.output_count() == 1;
        if one_block && layer.prefers_pixel_pairs() {
            self.add_pixel_pairs(index, kernel);
        } else {
            self.add_gradients(index, kernel);
        }
        if self.symmetric {
            mirror(kernel);
        }
    }

    /// What a convolution adds, by the gradients of every example.
    fn add_gradients(&self, index: usize, kernel: &mut DMatrix<T>) {
        let layer = &self.left.network.layers()[index];
        let (scale, shift) = layer.squared_factors();
        let left = ByExample::new(self.left, index);
        let other = (!self.symmetric).then(|| ByExample::new(self.right, index));
        for group in layer.groups() {
            let gradients = left.gradients(group.clone());
            let others = other.as_ref().map(|other| other.gradients(group));
            self.add_grams(scale, &gradients, others.as_ref(), kernel);
        }
        if !layer.biases.is_empty() {
            let others = other.as_ref().map(ByExample::slope_sums);
            self.add_grams(shift, &left.slope_sums(), others.as_ref(), kernel);
        }
    }

    /// Adds the products of columns, one for every example and output.
    fn add_grams(
        &self,
        scale: T,
        left: &DMatrix<T>,
        right: Option<&DMatrix<T>>,
        kernel: &mut DMatrix<T>,
    ) {
        let right = right.unwrap_or(left);
        let blocks = match self.outputs {
            KernelOutputs::All => 1,
            KernelOutputs::Mean => self.left.output_count(),
        };
        let terms: Vec<GramTerm<'_, T>> = (0..blocks)
            .map(|index| GramTerm {
                inputs: (columns(left, index, blocks), columns(right, index, blocks)),
                scale: scale * self.share(),
                shift: T::zero(),
                slopes: None,
            })
            .collect();
        HadamardSum::new(kernel.nrows(), kernel.ncols(), self.symmetric, &terms).add_to(kernel);
    }

    /// What a convolution of many channels on few pixels adds to the kernel of one output, or to
    /// the mean of several.
    fn add_pixel_pairs(&self, index: usize, kernel: &mut DMatrix<T>) {
        let layer = &self.left.network.layers()[index];
        let (scale, shift) = layer.squared_factors::<T>();
        let (rows, columns) = kernel.shape();
        let (a, b) = (self.left.inputs(index), self.right.inputs(index));
        let (c, d) = (self.left.slopes(index), self.right.slopes(index));
        let left = |view: View<'a, T>, pixel| view.every(pixel * rows, 1, rows);
        let right = |view: View<'a, T>, pixel| view.every(pixel * columns, 1, columns);
        for p in 0..layer.pixels {
            let pairs: Vec<GramTerm<'_, T>> = (0..layer.pixels)
                .map(|q| GramTerm {
                    inputs: (left(View::from(a), p), right(View::from(b), q)),
                    scale: scale * self.share(),
                    shift: shift * self.share(),
                    slopes: Some((left(c, p), right(d, q))),
                })
                .collect();
            HadamardSum::new(rows, columns, self.symmetric, &pairs).add_to(kernel);
        }
    }
}

/// One of several equal blocks of columns, as rows.
fn columns<T: Real>(matrix: &DMatrix<T>, index: usize, blocks: usize) -> View<'_, T> {
    let count = matrix.ncols() / blocks;
    let rows = View::from(matrix).transposed();
    rows.every(index * count, 1, count)
}

impl<T: Real> Factors<'_, T> {
    /// What a convolution adds to the diagonal.
    pub(super) fn add_convolution_diagonal(&self, index: usize, diagonal: &mut DMatrix<T>) {
        let layer = &self.network.layers()[index];
        let (scale, shift) = layer.squared_factors::<T>();
        let by_example = ByExample::new(self, index);
        let mut add = |factor: T, columns: &DMatrix<T>| {
            for (place, column) in diagonal.iter_mut().zip(columns.column_iter()) {
                *place += factor * column.norm_squared();
            }
        };
        for group in layer.groups() {
            add(scale, &by_example.gradients(group));
        }
        if !layer.biases.is_empty() {
            add(shift, &by_example.slope_sums());
        }
    }
}
