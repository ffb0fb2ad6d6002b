//! One forward pass, and the derivatives that can be taken from what it leaves behind.

use nalgebra::{DMatrix, Dyn};
use rayon::prelude::*;

use super::layer::{Entry, Reading};
use super::patches::{pixel_mean, pixel_spread};
use super::pooling::MaxPool;
use super::{DeepNetwork, DifferentiableModel, Layer, LossSlope};
use crate::networks::{NetworkError, Order};
use crate::numerics::matrix::{Real, Recycled, View, affine, blank, gemm, gemm_into, recycle};

/// A network at given weights on a given batch, after its forward pass.
#[derive(Debug, Clone)]
pub struct Pass<'a, T: Real> {
    network: &'a DeepNetwork,
    parameters: &'a [T],
    examples: usize,
    /// What the weights of every layer multiply: one row for every pixel and example.
    inputs: Recycled<T>,
    /// What every layer computes before its activation; the last are the outputs.
    sums: Recycled<T>,
    /// For every layer, which activations survive the pooling before it.
    winners: Vec<Vec<usize>>,
    /// Factors of the activations behind every hidden layer that is thinned; empty in evaluation.
    masks: Vec<Option<DMatrix<T>>>,
}

/// Slopes that one thread goes through by itself.
pub(super) const SUMMED: usize = 1 << 15;

/// Changes of what a layer sees, and of its sums.
type Tangent<T> = (DMatrix<T>, DMatrix<T>);

/// The same numbers in another shape; nothing moves.
pub(super) fn reshaped<T: Real>(matrix: DMatrix<T>, (rows, columns): (usize, usize)) -> DMatrix<T> {
    matrix.reshape_generic(Dyn(rows), Dyn(columns))
}

impl Entry {
    /// Which activations survive a pooling; none where there is no pooling.
    fn winners<T: Real>(&self, activations: &DMatrix<T>) -> Vec<usize> {
        let pool = self.pool.as_ref();
        pool.map_or_else(Vec::new, |pool| pool.winners(activations))
    }

    /// The transpose of [`Layer::enter`] for activations of this shape.
    fn leave<T: Real>(
        &self,
        inputs: DMatrix<T>,
        winners: &[usize],
        shape: (usize, usize),
    ) -> DMatrix<T> {
        let seen = match self.pool {
            Some(_) => (winners.len() / shape.1, shape.1),
            None => shape,
        };
        let activations = match &self.reading {
            Reading::Flat => reshaped(inputs, seen),
            Reading::Mean(pixels) => pixel_spread(&inputs, *pixels),
            Reading::Patches(patches) => patches.scatter(&inputs),
        };
        match self.pool {
            Some(_) => MaxPool::scatter(&activations, winners, shape),
            None => activations,
        }
    }
}

impl Layer {
    /// Activations of the layer before, as this layer sees them.
    fn enter<T: Real>(
        &self,
        mut activations: DMatrix<T>,
        winners: &[usize],
        examples: usize,
    ) -> DMatrix<T> {
        if self.entry.pool.is_some() {
            activations = MaxPool::gather(&activations, winners);
        }
        match &self.entry.reading {
            Reading::Flat => reshaped(activations, (examples, self.fan_in)),
            Reading::Mean(pixels) => pixel_mean(&activations, *pixels),
            Reading::Patches(patches) => patches.gather(&activations),
        }
    }

    /// `weight_factor inputs W^T + bias_factor b`.
    pub(super) fn sums<T: Real>(&self, parameters: &[T], inputs: &DMatrix<T>) -> DMatrix<T> {
        let factor = T::from_double(self.bias_factor);
        let biases = &parameters[self.biases.clone()];
        let mut biases: Vec<T> = biases.iter().map(|bias| factor * *bias).collect();
        biases.resize(self.outputs, T::zero());
        let factor = T::from_double(self.weight_factor);
        let weights = self.view(parameters).transposed();
        let mut sums = blank(inputs.nrows(), self.outputs);
        affine(factor, View::from(inputs), weights, &biases, &mut sums);
        sums
    }

    /// Writes into a gradient what reaches the parameters of this layer.
    pub(super) fn write_gradient<T: Real>(
        &self,
        slopes: &DMatrix<T>,
        inputs: &DMatrix<T>,
        gradient: &mut [T],
    ) {
        let factor = T::from_double(self.weight_factor);
        let place = &mut gradient[self.weights.clone()];
        let slopes_across = View::from(slopes).transposed();
        gemm_into(factor, slopes_across, View::from(inputs), T::zero(), place);
        let factor = T::from_double(self.bias_factor);
        let rows = slopes.nrows().max(1);
        let columns = slopes.as_slice().par_chunks(rows);
        gradient[self.biases.clone()]
            .par_iter_mut()
            .zip(columns)
            .with_min_len(SUMMED.div_ceil(rows))
            .for_each(|(place, column)| *place = factor * total(column));
    }

    /// What reaches the inputs of this layer, for slopes by its sums.
    fn back<T: Real>(&self, parameters: &[T], slopes: &DMatrix<T>) -> DMatrix<T> {
        let factor = T::from_double(self.weight_factor);
        let mut back = blank(slopes.nrows(), self.fan_in);
        let weights = self.view(parameters);
        gemm(factor, View::from(slopes), weights, T::zero(), &mut back);
        back
    }
}

impl<'a, T: Real> Pass<'a, T> {
    pub(super) fn new(
        network: &'a DeepNetwork,
        parameters: &'a [T],
        batch: &DMatrix<T>,
        masks: Vec<Option<DMatrix<T>>>,
    ) -> Result<Self, NetworkError> {
        check_parameters(network, "parameters", parameters)?;
        let image = network.architecture().input;
        let examples = batch.nrows();
        check_shape("inputs", batch.shape(), (examples, image.numbers()))?;
        check_finite("inputs", batch)?;
        let layers = network.layers();
        let mut pass = Self {
            network,
            parameters,
            examples,
            inputs: Recycled::with_capacity(layers.len()),
            sums: Recycled::with_capacity(layers.len()),
            winners: Vec::with_capacity(layers.len()),
            masks,
        };
        let mut activations = blank(examples * image.pixels(), image.channels);
        activations.copy_from_slice(batch.as_slice());
        for (index, layer) in layers.iter().enumerate() {
            if index > 0 {
                activations = pass.activations(index - 1);
            }
            let winners = layer.entry.winners(&activations);
            let input = layer.enter(activations, &winners, examples);
            activations = DMatrix::zeros(0, 0);
            pass.sums.push(layer.sums(parameters, &input));
            pass.inputs.push(input);
            pass.winners.push(winners);
        }
        check_finite("outputs", pass.outputs())?;
        Ok(pass)
    }

    /// Number of examples.
    #[must_use]
    pub fn examples(&self) -> usize {
        self.examples
    }

    /// The outputs: one row an example.
    #[must_use]
    pub fn outputs(&self) -> &DMatrix<T> {
        &self.sums[self.sums.len() - 1]
    }

    /// What every layer sees, and the outputs.
    pub(super) fn into_parts(mut self) -> (Recycled<T>, DMatrix<T>) {
        (self.inputs, self.sums.pop().unwrap_or_default())
    }

    /// The outputs, and nothing else.
    #[must_use]
    pub fn into_outputs(mut self) -> DMatrix<T> {
        self.sums.pop().unwrap_or_default()
    }

    /// The sums `h^l` of a layer before its activation: one row for every pixel and example, the
    /// examples of a pixel together, and one column a unit.
    ///
    /// # Panics
    /// If there is no such layer.
    #[must_use]
    pub fn sums(&self, layer: usize) -> &DMatrix<T> {
        &self.sums[layer]
    }

    /// What the weights of a layer multiply: one row for every pixel and example, one column for
    /// every number of the fan-in.
    ///
    /// # Panics
    /// If there is no such layer.
    #[must_use]
    pub fn inputs(&self, layer: usize) -> &DMatrix<T> {
        &self.inputs[layer]
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &'a DeepNetwork {
        self.network
    }

    /// The activations `a^l` behind a hidden layer: rows and columns as of its [`Pass::sums`].
    ///
    /// # Panics
    /// If there is no such layer.
    #[must_use]
    pub fn activations(&self, layer: usize) -> DMatrix<T> {
        let sums = &self.sums[layer];
        let mut activations = blank(sums.nrows(), sums.ncols());
        let activation = self.network.architecture().activation;
        activation.write(sums.as_slice(), activations.as_mut_slice());
        self.thin(layer, &mut activations);
        activations
    }

    /// Multiplies by the mask of a layer, if it has one.
    fn thin(&self, layer: usize, factors: &mut DMatrix<T>) {
        if let Some(Some(mask)) = self.masks.get(layer) {
            factors.component_mul_assign(mask);
        }
    }

    /// Multiplies by the slopes of the activation behind a layer, or their change.
    fn times_activation(&self, order: Order, layer: usize, factors: &mut DMatrix<T>) {
        let activation = self.network.architecture().activation;
        activation.multiply(order, self.sums[layer].as_slice(), factors.as_mut_slice());
        self.thin(layer, factors);
    }

    /// Slopes by the activations before a layer, for slopes by what it sees.
    fn leave(&self, layer: usize, back: DMatrix<T>) -> DMatrix<T> {
        let entry = &self.network.layers()[layer].entry;
        entry.leave(back, &self.winners[layer], self.sums[layer - 1].shape())
    }

    /// Slopes by the sums of every layer, from the last to the first, for slopes by the outputs.
    pub(super) fn backward(&self, cotangent: DMatrix<T>, visit: impl FnMut(usize, DMatrix<T>)) {
        self.backward_with(cotangent, |_, _| (), visit);
    }

    /// The same, where `add` may change the slopes by the activations behind every hidden layer.
    pub(super) fn backward_with(
        &self,
        cotangent: DMatrix<T>,
        add: impl Fn(usize, &mut DMatrix<T>),
        mut visit: impl FnMut(usize, DMatrix<T>),
    ) {
        let mut slopes = cotangent;
        for (index, layer) in self.network.layers().iter().enumerate().skip(1).rev() {
            let back = layer.back(self.parameters, &slopes);
            visit(index, slopes);
            slopes = self.leave(index, back);
            add(index - 1, &mut slopes);
            self.times_activation(Order::Slope, index - 1, &mut slopes);
        }
        visit(0, slopes);
    }

    /// Slopes by the batch, one row an example, for slopes by the sums of the first layer.
    pub(super) fn leave_batch(&self, slopes: &DMatrix<T>) -> DMatrix<T> {
        let image = self.network.architecture().input;
        let layer = &self.network.layers()[0];
        let back = layer.back(self.parameters, slopes);
        let shape = (self.examples * image.pixels(), image.channels);
        let slopes = layer.entry.leave(back, &self.winners[0], shape);
        reshaped(slopes, (self.examples, image.numbers()))
    }

    /// Writes into a gradient what slopes by the sums of a layer make of its weights.
    pub(super) fn write_layer(&self, layer: usize, slopes: &DMatrix<T>, gradient: &mut [T]) {
        self.network.layers()[layer].write_gradient(slopes, &self.inputs[layer], gradient);
    }

    /// `J^T c`, the gradient by the parameters of the sum of `c o f`. Cost: two products of the
    /// size of the forward pass.
    ///
    /// # Errors
    /// [`NetworkError::BatchShape`] if the cotangent is not shaped as the outputs.
    pub fn vjp(&self, cotangent: &DMatrix<T>) -> Result<Vec<T>, NetworkError> {
        self.check_outputs("cotangent", cotangent)?;
        let mut gradient = vec![T::zero(); self.parameters.len()];
        self.backward(cotangent.clone(), |index, slopes| {
            self.write_layer(index, &slopes, &mut gradient);
            recycle(slopes);
        });
        Ok(gradient)
    }

    /// The outputs, and the gradient `J^T dL/df` of a loss given by its slope with respect to them.
    /// Cost as [`Pass::vjp`].
    ///
    /// # Errors
    /// [`NetworkError::BatchShape`] if the slope is not shaped as the outputs.
    pub fn gradient(
        self,
        loss: &dyn Fn(&DMatrix<T>) -> DMatrix<T>,
    ) -> Result<(DMatrix<T>, Vec<T>), NetworkError> {
        let gradient = self.vjp(&loss(self.outputs()))?;
        Ok((self.into_outputs(), gradient))
    }

    /// `J v`, how the outputs change along a direction of the parameters. Cost: two products of the
    /// size of the forward pass.
    ///
    /// # Errors
    /// [`NetworkError::ParameterCount`] if the direction is not as long as the parameters.
    pub fn jvp(&self, direction: &[T]) -> Result<DMatrix<T>, NetworkError> {
        let mut tangents = self.tangents(direction)?;
        Ok(tangents.pop().map(|(_, sums)| sums).unwrap_or_default())
    }

    /// Changes of inputs and sums of every layer along a direction of the parameters; those of the
    /// batch itself, which does not change, are empty.
    fn tangents(&self, direction: &[T]) -> Result<Vec<Tangent<T>>, NetworkError> {
        check_parameters(self.network, "components of the direction", direction)?;
        let mut tangents: Vec<Tangent<T>> = Vec::new();
        for (index, layer) in self.network.layers().iter().enumerate() {
            let mut sums = layer.sums(direction, &self.inputs[index]);
            let input = match tangents.last() {
                None => DMatrix::zeros(0, 0),
                Some((_, before)) => {
                    let mut change = before.clone();
                    self.times_activation(Order::Slope, index - 1, &mut change);
                    let input = layer.enter(change, &self.winners[index], self.examples);
                    let factor = T::from_double(layer.weight_factor);
                    let weights = layer.view(self.parameters).transposed();
                    gemm(factor, View::from(&input), weights, T::one(), &mut sums);
                    input
                }
            };
            tangents.push((input, sums));
        }
        Ok(tangents)
    }

    pub(super) fn check_outputs(
        &self,
        name: &'static str,
        found: &DMatrix<T>,
    ) -> Result<(), NetworkError> {
        check_shape(name, found.shape(), self.outputs().shape())
    }
}

impl Pass<'_, f64> {
    /// The Hessian of a loss times a direction of the parameters, by differentiating the backward
    /// pass along it (B. A. Pearlmutter, Neural Computation 6, 147-160, 1994). Cost: about seven
    /// products of the size of the forward pass.
    ///
    /// # Errors
    /// [`NetworkError::ParameterCount`], or [`NetworkError::BatchShape`] if what the loss gives is
    /// not shaped as the outputs.
    pub fn hvp(&self, direction: &[f64], loss: &LossSlope<'_>) -> Result<Vec<f64>, NetworkError> {
        let tangents = self.tangents(direction)?;
        let last = tangents.len() - 1;
        let (mut slopes, mut change) = loss(self.outputs(), &tangents[last].1);
        self.check_outputs("slopes of the loss", &slopes)?;
        self.check_outputs("changes of the slopes of the loss", &change)?;
        let mut product = vec![0.0; self.parameters.len()];
        for (index, layer) in self.network.layers().iter().enumerate().rev() {
            layer.write_gradient(&change, &self.inputs[index], &mut product);
            if index == 0 {
                break;
            }
            let (input_change, _) = &tangents[index];
            let factor = layer.weight_factor;
            let place = &mut product[layer.weights.clone()];
            let slopes_across = View::from(&slopes).transposed();
            gemm_into(factor, slopes_across, View::from(input_change), 1.0, place);

            let back = layer.back(self.parameters, &slopes);
            let mut back_change = layer.back(self.parameters, &change);
            back_change += layer.back(direction, &slopes);

            slopes = self.leave(index, back);
            change = self.leave(index, back_change);
            let mut bent = slopes.component_mul(&tangents[index - 1].1);
            self.times_activation(Order::Curvature, index - 1, &mut bent);
            self.times_activation(Order::Slope, index - 1, &mut slopes);
            self.times_activation(Order::Slope, index - 1, &mut change);
            change += bent;
        }
        Ok(product)
    }
}

/// The sum of a column, in eight parts that do not wait for each other.
fn total<T: Real>(column: &[T]) -> T {
    let (eights, rest) = column.as_chunks::<8>();
    let mut parts = [T::zero(); 8];
    for eight in eights {
        for (part, number) in parts.iter_mut().zip(eight) {
            *part += *number;
        }
    }
    parts
        .iter()
        .chain(rest)
        .fold(T::zero(), |sum, part| sum + *part)
}

pub(super) fn check_shape(
    name: &'static str,
    found: (usize, usize),
    expected: (usize, usize),
) -> Result<(), NetworkError> {
    if found == expected {
        return Ok(());
    }
    Err(NetworkError::BatchShape {
        name,
        found,
        expected,
    })
}

pub(super) fn check_parameters<T>(
    network: &DeepNetwork,
    name: &'static str,
    found: &[T],
) -> Result<(), NetworkError> {
    let expected = network.parameter_count();
    if found.len() == expected {
        return Ok(());
    }
    Err(NetworkError::ParameterCount {
        name,
        found: found.len(),
        expected,
    })
}

fn check_finite<T: Real>(name: &'static str, batch: &DMatrix<T>) -> Result<(), NetworkError> {
    // Without an early end, so that it becomes vector code.
    let finite = |numbers: &[T]| numbers.iter().fold(true, |all, x| all & x.is_finite());
    if batch.as_slice().chunks(4096).all(finite) {
        return Ok(());
    }
    Err(NetworkError::NotFinite { name })
}
