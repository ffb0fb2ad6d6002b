//! What one layer computes, whole or of a slice, and the whole chain on one rank.

use rayon::prelude::*;

pub use super::tensor::Tensor;
use super::windows::Windows;
use super::{InferenceError, LayerWeights, Number, Weights};
use crate::networks::{Activation, Order};
use crate::partition::{Chain, Operation, Region};

/// Numbers in one piece of parallel work, about.
const PIECE: usize = 1 << 14;

/// Factors, biases and activation, in place, once for every output.
pub(super) fn finish<T: Number>(
    weights: &LayerWeights<T>,
    activation: Activation,
    to: &mut Tensor<T>,
) {
    let channels = to.image.channels;
    let work = |piece: &mut [T]| {
        for pixel in piece.chunks_exact_mut(channels) {
            if let Some(factors) = &weights.factors {
                pixel.iter_mut().zip(factors).for_each(|(y, f)| *y *= *f);
            }
            if let Some(biases) = &weights.biases {
                pixel.iter_mut().zip(biases).for_each(|(y, b)| *y += *b);
            }
        }
        activate(activation, piece);
    };
    let piece = PIECE.next_multiple_of(channels);
    to.numbers.par_chunks_mut(piece).for_each(work);
}

/// The activation in place; the two kinks here, which need no detour through double precision.
fn activate<T: Number>(activation: Activation, numbers: &mut [T]) {
    let slope = match activation {
        Activation::Identity => return,
        Activation::Relu => T::zero(),
        Activation::LeakyRelu(slope) => T::from_double(slope),
        _ => {
            let inputs = numbers.to_vec();
            numbers.fill(T::one());
            activation.multiply(Order::Value, &inputs, numbers);
            return;
        }
    };
    for y in numbers {
        *y = if *y < T::zero() { slope * *y } else { *y };
    }
}

/// A layer on a region of its input, for a region of its output, with all weights or a slice of the outputs; and the most
/// numbers of patches.
pub(super) fn layer_on<T: Number>(
    chain: &Chain,
    layer: usize,
    weights: Option<&LayerWeights<T>>,
    from: &Tensor<T>,
    regions: (&Region, &Region),
) -> (Tensor<T>, usize) {
    let windows = Windows::of(chain, layer, regions.0, regions.1);
    match (&chain.layers()[layer].operation, weights) {
        (Operation::MaxPool { .. }, _) => {
            let made = regions.1.image(from.image.channels);
            (windows.largest(from, made), 0)
        }
        (_, Some(weights)) => {
            let made = regions.1.image(weights.rows);
            let (mut to, patches) = windows.product(weights, from, made);
            finish(weights, chain.layers()[layer].activation, &mut to);
            (to, patches)
        }
        _ => (from.clone(), 0),
    }
}

/// A layer without weights on whole images.
pub(super) fn local<T: Number>(
    chain: &Chain,
    layer: usize,
    from: &Tensor<T>,
    kept: &[Option<Tensor<T>>],
) -> Tensor<T> {
    let (seen, made) = (chain.seen(layer), chain.made(layer));
    match &chain.layers()[layer].operation {
        Operation::Average => {
            let mut mean = Tensor::zeros(made);
            for pixel in from.numbers.chunks_exact(seen.channels) {
                mean.add(pixel);
            }
            let share = T::one() / T::from_double(seen.pixels() as f64);
            mean.numbers.iter_mut().for_each(|m| *m *= share);
            mean
        }
        Operation::Route { from: sources } => {
            let mut joined = Tensor::zeros(made);
            let mut start = 0;
            for source in sources.iter().filter_map(|source| kept[*source].as_ref()) {
                let range = start..start + source.image.channels;
                joined.put(&range, &source.numbers);
                start = range.end;
            }
            joined
        }
        Operation::Reorganise { stride } => {
            let mut numbers = Vec::with_capacity(made.numbers());
            let length = stride * seen.channels;
            for pixel in 0..made.pixels() {
                let (row, column) = (pixel / made.width, pixel % made.width);
                for down in 0..*stride {
                    let y = row * stride + down;
                    let start = (y * seen.width + column * stride) * seen.channels;
                    numbers.extend_from_slice(&from.numbers[start..start + length]);
                }
            }
            Tensor::new(made, numbers)
        }
        _ => {
            let regions = (Region::whole(seen), Region::whole(made));
            layer_on(chain, layer, None, from, (&regions.0, &regions.1)).0
        }
    }
}

/// The whole chain on one rank, without messages: what every plan must give.
///
/// The input stands pixel after pixel; see [`Tensor::from_planes`]. Cost: the multiply-adds of
/// [`Chain::sizes`](crate::partition::Chain::sizes) on the crate's own products, bitwise the same for any number of threads.
///
/// # Errors
/// [`InferenceError::Input`] for another number of inputs, [`InferenceError::Plan`] for weights of another chain.
pub fn forward<T: Number>(
    chain: &Chain,
    weights: &Weights<T>,
    input: &[T],
) -> Result<Vec<T>, InferenceError> {
    weights.check(chain)?;
    let expected = chain.input().numbers();
    if input.len() != expected {
        return Err(InferenceError::Input {
            expected,
            found: input.len(),
            on_root: true,
        });
    }
    let mut current = Tensor::new(chain.input(), input.to_vec());
    let mut kept: Vec<Option<Tensor<T>>> = vec![None; chain.layers().len()];
    for layer in 0..chain.layers().len() {
        current = match weights.layer(layer) {
            Some(own) => {
                let regions = (
                    Region::whole(chain.seen(layer)),
                    Region::whole(chain.made(layer)),
                );
                layer_on(chain, layer, Some(own), &current, (&regions.0, &regions.1)).0
            }
            None => local(chain, layer, &current, &kept),
        };
        if chain.kept(layer) {
            kept[layer] = Some(current.clone());
        }
    }
    Ok(current.numbers)
}
