//! The Jacobian of a network in factors, layer by layer, and the kernel that they make.
//!
//! The gradient of an output by the weights of a layer is `sum_p d[p] a[p]^T`, over the pixels `p`
//! at which the layer acts, of the slopes `d` by its sums and the inputs `a` that its weights
//! multiply. The Jacobian itself, as long as the list of weights for every example, is never
//! formed.

use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::pass::{SUMMED, check_parameters, check_shape};
use super::{DeepNetwork, DifferentiableModel, Layer, Linearisation};
use crate::networks::NetworkError;
use crate::numerics::matrix::{
    GramTerm, HadamardSum, Real, Recycled, View, add_weighted_products, blank, mirror, recycle,
    zeros,
};

/// Which outputs a tangent kernel keeps apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KernelOutputs {
    /// All pairs of outputs: `N O x N' O`, the examples of an output together, as a matrix of
    /// outputs is stored.
    #[default]
    All,
    /// The mean over the outputs of the kernel of an output with itself, `N x N'`: at infinite
    /// width, where outputs do not mix, the kernel of each.
    Mean,
}

/// The Jacobian of a batch by all weights, in factors.
#[derive(Debug, Clone)]
pub struct Factors<'a, T: Real> {
    pub(super) network: &'a DeepNetwork,
    /// What the weights of every layer multiply: one row for every pixel and example.
    inputs: Recycled<T>,
    outputs: DMatrix<T>,
    /// For every layer, the slopes of all outputs by its sums: the columns of one output after
    /// those of the other.
    slopes: Recycled<T>,
}

/// A kernel in the making: what each layer adds to it.
pub(super) struct Pair<'a, T: Real> {
    pub left: &'a Factors<'a, T>,
    pub right: &'a Factors<'a, T>,
    /// Left and right are the same.
    pub symmetric: bool,
    pub outputs: KernelOutputs,
}

impl DeepNetwork {
    /// The Jacobian by all weights at one place, in factors. Cost: a forward pass, and a backward
    /// pass for every output.
    ///
    /// # Errors
    /// Those of [`DeepNetwork::pass`].
    pub fn factors<T: Real>(
        &self,
        parameters: &[T],
        inputs: &DMatrix<T>,
    ) -> Result<Factors<'_, T>, NetworkError> {
        let pass = self.pass(parameters, inputs)?;
        let outputs = self.output_count();
        let mut slopes: Vec<Vec<T>> = vec![Vec::new(); self.layers().len()];
        for output in 0..outputs {
            let mut unit = DMatrix::zeros(pass.examples(), outputs);
            unit.column_mut(output).fill(T::one());
            pass.backward(unit, |index, found| {
                if outputs == 1 {
                    slopes[index] = found.data.into();
                } else {
                    slopes[index].extend_from_slice(found.as_slice());
                }
            });
        }
        let slopes = slopes
            .into_iter()
            .zip(self.layers())
            .map(|(numbers, layer)| {
                let rows = pass.examples() * layer.pixels;
                DMatrix::from_vec(rows, layer.outputs * outputs, numbers)
            });
        let slopes = slopes.collect();
        let (inputs, outputs) = pass.into_parts();
        Ok(Factors {
            network: self,
            inputs,
            outputs,
            slopes,
        })
    }
}

impl<T: Real> Factors<'_, T> {
    /// The outputs of the batch: one row an example.
    #[must_use]
    pub fn outputs(&self) -> &DMatrix<T> {
        &self.outputs
    }

    /// `J v`, as [`Pass::jvp`](super::Pass::jvp) gives it, without another pass. Cost: one product
    /// of the size of the forward pass.
    ///
    /// # Errors
    /// [`NetworkError::ParameterCount`] if the direction is not as long as the parameters.
    pub fn jvp(&self, direction: &[T]) -> Result<DMatrix<T>, NetworkError> {
        check_parameters(self.network, "components of the direction", direction)?;
        let mut change = DMatrix::zeros(self.examples(), self.output_count());
        let examples = self.examples().max(1);
        for (index, layer) in self.network.layers().iter().enumerate() {
            let sums = layer.sums(direction, &self.inputs[index]);
            for (output, mut column) in change.column_iter_mut().enumerate() {
                // The examples of a pixel stand together, and so do the pixels of a unit.
                let slopes = self.slope_numbers(index, output).chunks(examples);
                for (slopes, sums) in slopes.zip(sums.as_slice().chunks(examples)) {
                    for ((place, slope), sum) in column.iter_mut().zip(slopes).zip(sums) {
                        *place += *slope * *sum;
                    }
                }
            }
        }
        Ok(change)
    }

    /// `J^T c`, as [`Pass::vjp`](super::Pass::vjp) gives it, without another pass. Cost: one product
    /// of the size of the forward pass.
    ///
    /// # Errors
    /// [`NetworkError::BatchShape`] if the cotangent is not shaped as the outputs.
    pub fn vjp(&self, cotangent: &DMatrix<T>) -> Result<Vec<T>, NetworkError> {
        check_shape("cotangent", cotangent.shape(), self.outputs.shape())?;
        let mut gradient = vec![T::zero(); self.network.parameter_count()];
        let examples = self.examples().max(1);
        for (index, layer) in self.network.layers().iter().enumerate() {
            let mut slopes = blank(self.slopes[index].nrows(), layer.outputs);
            for (output, factors) in cotangent.column_iter().enumerate() {
                // The examples of a pixel stand together, and so do the pixels of a unit.
                let pixels = self.slope_numbers(index, output).par_chunks(examples);
                let places = slopes.as_mut_slice().par_chunks_mut(examples).zip(pixels);
                places
                    .with_min_len(SUMMED.div_ceil(examples))
                    .for_each(|(places, numbers)| {
                        let pairs = numbers.iter().zip(&factors).map(|(n, f)| *f * *n);
                        let places = places.iter_mut().zip(pairs);
                        if output == 0 {
                            places.for_each(|(place, product)| *place = product);
                        } else {
                            places.for_each(|(place, product)| *place += product);
                        }
                    });
            }
            layer.write_gradient(&slopes, &self.inputs[index], &mut gradient);
            recycle(slopes);
        }
        Ok(gradient)
    }

    /// Number of examples.
    pub(super) fn examples(&self) -> usize {
        self.outputs.nrows()
    }

    /// What the weights of a layer multiply.
    pub(super) fn inputs(&self, layer: usize) -> &DMatrix<T> {
        &self.inputs[layer]
    }

    /// Number of outputs.
    pub(super) fn output_count(&self) -> usize {
        self.outputs.ncols()
    }

    /// The slopes of all outputs by the sums of a layer, side by side.
    pub(super) fn slopes(&self, layer: usize) -> View<'_, T> {
        View::from(&self.slopes[layer])
    }

    /// The slopes of one output by the sums of a layer, column after column.
    pub(super) fn slope_numbers(&self, layer: usize, output: usize) -> &[T] {
        let slopes = &self.slopes[layer];
        let each = slopes.len() / self.output_count();
        &slopes.as_slice()[output * each..(output + 1) * each]
    }

    fn slopes_of(&self, layer: usize, output: usize) -> View<'_, T> {
        let slopes = &self.slopes[layer];
        let columns = slopes.ncols() / self.output_count();
        View::column_major(self.slope_numbers(layer, output), slopes.nrows(), columns)
    }

    /// The tangent kernel `J J'^T` with another batch, or with itself if `None`.
    ///
    /// A fully connected layer adds `(sigma_w^2 / n A A'^T + sigma_b^2) o (D D'^T)`, a convolution
    /// the products of its gradients or, if that is cheaper, of all pairs of pixels. Symmetric
    /// kernels are computed once and are exactly symmetric. Cost for one output of a fully
    /// connected network: `2 N N'` operations for every unit on both sides of a layer, half of it
    /// if symmetric.
    ///
    /// # Errors
    /// [`NetworkError::ParameterCount`] if the other batch belongs to another architecture.
    pub fn kernel(
        &self,
        other: Option<&Self>,
        outputs: KernelOutputs,
    ) -> Result<DMatrix<T>, NetworkError> {
        let symmetric = other.is_none();
        let other = other.unwrap_or(self);
        let (network, others) = (self.network, other.network);
        if network != others {
            return Err(NetworkError::ParameterCount {
                name: "parameters of the other batch",
                found: others.parameter_count(),
                expected: network.parameter_count(),
            });
        }
        let blocks = match outputs {
            KernelOutputs::All => self.output_count(),
            KernelOutputs::Mean => 1,
        };
        let (rows, columns) = (self.examples(), other.examples());
        let mut kernel = zeros(rows * blocks, columns * blocks);
        let pair = Pair {
            left: self,
            right: other,
            symmetric,
            outputs,
        };
        for (index, layer) in network.layers().iter().enumerate() {
            if layer.pixels > 1 {
                pair.add_convolution(index, &mut kernel);
            } else if blocks > 1 {
                pair.add_blocks(index, &mut kernel);
            } else {
                // Term by term, so that the same memory holds the panels of each.
                let term = [pair.term(index)];
                let sum = HadamardSum::new(rows, columns, symmetric, &term);
                if index == 0 {
                    sum.write_to(&mut kernel);
                } else {
                    sum.add_to(&mut kernel);
                }
            }
        }
        if symmetric {
            mirror(&mut kernel);
        }
        Ok(kernel)
    }

    /// The diagonal of the tangent kernel: `|df_o(x_i)/dtheta|^2` in row `i` and column `o`; its
    /// sum is the trace. Cost: that of a gradient of the weights for every output.
    #[must_use]
    pub fn diagonal(&self) -> DMatrix<T> {
        let mut diagonal = DMatrix::zeros(self.examples(), self.output_count());
        for (index, layer) in self.network.layers().iter().enumerate() {
            if layer.pixels > 1 {
                self.add_convolution_diagonal(index, &mut diagonal);
                continue;
            }
            let (scale, shift) = layer.squared_factors::<T>();
            let inputs = squared_rows(View::from(&self.inputs[index]));
            for (output, mut column) in diagonal.column_iter_mut().enumerate() {
                let slopes = squared_rows(self.slopes_of(index, output));
                for ((place, a), d) in column.iter_mut().zip(&inputs).zip(slopes) {
                    *place += (scale * *a + shift) * d;
                }
            }
        }
        diagonal
    }
}

impl Linearisation for Factors<'_, f64> {
    fn outputs(&self) -> &DMatrix<f64> {
        self.outputs()
    }

    fn jvp(&self, direction: &[f64]) -> Result<DMatrix<f64>, NetworkError> {
        self.jvp(direction)
    }

    fn vjp(&self, cotangent: &DMatrix<f64>) -> Result<Vec<f64>, NetworkError> {
        self.vjp(cotangent)
    }

    fn kernel(&self) -> Result<DMatrix<f64>, NetworkError> {
        self.kernel(None, KernelOutputs::All)
    }
}

impl Layer {
    /// Squares of the factors in front of weights and biases.
    pub(super) fn squared_factors<T: Real>(&self) -> (T, T) {
        let square = |factor: f64| T::from_double(factor * factor);
        (square(self.weight_factor), square(self.bias_factor))
    }
}

/// Squared length of every row.
pub(super) fn squared_rows<T: Real>(matrix: View<'_, T>) -> Vec<T> {
    let mut squares = vec![T::zero(); matrix.rows()];
    for column in 0..matrix.columns() {
        for (row, square) in squares.iter_mut().enumerate() {
            let number = matrix.at(row, column);
            *square += number * number;
        }
    }
    squares
}

impl<'a, T: Real> Pair<'a, T> {
    /// What a fully connected layer adds to the kernel of one output, or to the mean of several.
    fn term(&self, index: usize) -> GramTerm<'a, T> {
        let layers = self.left.network.layers();
        let (scale, shift) = layers[index].squared_factors::<T>();
        let inputs = (
            View::from(self.left.inputs(index)),
            View::from(self.right.inputs(index)),
        );
        if index + 1 == layers.len() {
            // The slope of an output by itself is 1.
            return GramTerm {
                inputs,
                scale,
                shift,
                slopes: None,
            };
        }
        let share = self.share();
        GramTerm {
            inputs,
            scale: scale * share,
            shift: shift * share,
            slopes: Some((self.left.slopes(index), self.right.slopes(index))),
        }
    }

    /// Weight of every output in the kernel.
    pub fn share(&self) -> T {
        match self.outputs {
            KernelOutputs::All => T::one(),
            KernelOutputs::Mean => T::one() / T::from_double(self.left.output_count() as f64),
        }
    }

    /// What a fully connected layer adds to all pairs of outputs.
    fn add_blocks(&self, index: usize, kernel: &mut DMatrix<T>) {
        let (a, b) = (self.left.inputs(index), self.right.inputs(index));
        let (scale, shift) = self.left.network.layers()[index].squared_factors();
        let term = GramTerm {
            inputs: (View::from(a), View::from(b)),
            scale,
            shift,
            slopes: None,
        };
        let weights = HadamardSum::new(a.nrows(), b.nrows(), self.symmetric, &[term]).compute();
        let slopes = |factors: &'a Factors<'a, T>| -> Vec<View<'a, T>> {
            (0..factors.output_count())
                .map(|o| factors.slopes_of(index, o))
                .collect()
        };
        let (left, right) = (slopes(self.left), slopes(self.right));
        add_weighted_products(kernel, &weights, &left, &right, self.symmetric);
    }
}
