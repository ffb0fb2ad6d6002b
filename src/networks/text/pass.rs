//! One pass through a network, forward and back, in whatever numbers.

use rand::RngExt;

use super::architecture::Sized;
use super::number::Number;
use super::pooling::{max_pool, max_pool_back, mean, mean_back};
use super::read_out::{probabilities, probabilities_back};
use super::signal::{Signal, Words};
use crate::networks::deep::Dropout;
use crate::numerics::random::Stream;

/// What a layer leaves for the way back.
enum Left<T> {
    Nothing,
    /// Filtered channels of a separable layer.
    Filtered(Vec<T>),
    /// States and gates of a recurrent one; what the next layer reads may be thinned.
    States(Signal<T>, Vec<T>),
    /// Where the largest numbers stand.
    Places(Vec<u32>),
}

/// What a step of training leaves out, and from where its masks are drawn.
pub struct Thinning {
    pub dropout: Dropout,
    pub random: Stream,
}

/// Zero, or one over the share that stays, for every number.
fn mask(share: f64, count: usize, random: &mut Stream) -> Option<Vec<f64>> {
    let kept = 1.0 / (1.0 - share);
    let draw = |_| {
        if random.random::<f64>() < share {
            0.0
        } else {
            kept
        }
    };
    (share > 0.0).then(|| (0..count).map(draw).collect())
}

/// Multiplies equally long pieces of the numbers, each by its factor.
fn scale<T: Number>(numbers: &mut [T], factors: Option<&Vec<f64>>) {
    let Some(factors) = factors else { return };
    let length = numbers.len() / factors.len();
    for (piece, factor) in numbers.chunks_exact_mut(length).zip(factors) {
        piece
            .iter_mut()
            .for_each(|number| *number = *number * *factor);
    }
}

/// The forward pass of some texts, kept for the way back.
pub struct Pass<'a, T> {
    layers: &'a [Sized],
    /// Those of the layers, without the embedding.
    parameters: &'a [T],
    /// The embedding, then the output of every layer but the last.
    pub signals: Vec<Signal<T>>,
    left: Vec<Left<T>>,
    /// Probabilities at every position that is left.
    pub probabilities: Signal<T>,
    /// Factors of the words, and of what the last layer reads.
    masks: [Option<Vec<f64>>; 2],
}

impl<'a, T: Number> Pass<'a, T> {
    /// From the parameters, the embedding first, and the numbers of words.
    pub fn new(
        layers: &'a [Sized],
        (table, parameters): (&'a [T], &'a [T]),
        words: &Words,
        (embedding, mut thinning): (usize, Option<Thinning>),
    ) -> Self {
        let mut signal = Signal::zeros(embedding, words.segments.clone());
        for (place, word) in signal
            .numbers
            .chunks_exact_mut(embedding)
            .zip(&words.numbers)
        {
            place.copy_from_slice(&table[word * embedding..][..embedding]);
        }
        let mut draw = |share: fn(&Dropout) -> f64, count| {
            let thinning = thinning.as_mut()?;
            mask(share(&thinning.dropout), count, &mut thinning.random)
        };
        let word_mask = draw(|dropout| dropout.words, words.numbers.len());
        scale(&mut signal.numbers, word_mask.as_ref());
        let mut pass = Self {
            layers,
            parameters,
            signals: Vec::with_capacity(layers.len()),
            left: Vec::with_capacity(layers.len()),
            probabilities: Signal::zeros(0, words.segments.clone()),
            masks: [word_mask, None],
        };
        let mut rest = parameters;
        for (index, layer) in layers.iter().enumerate() {
            let last = index + 1 == layers.len();
            if last {
                pass.masks[1] = draw(|dropout| dropout.dense, signal.numbers.len());
                scale(&mut signal.numbers, pass.masks[1].as_ref());
            }
            let (own, behind) = rest.split_at(layer.parameters());
            rest = behind;
            let (mut next, left) = match layer {
                Sized::Separable(layer) => {
                    let (filtered, next) = layer.forward(own, &signal);
                    (next, Left::Filtered(filtered))
                }
                Sized::Convolution(layer) => (layer.forward(own, &signal), Left::Nothing),
                Sized::MaxPool(width) => {
                    let (next, places) = max_pool(*width, &signal);
                    (next, Left::Places(places))
                }
                Sized::Mean => (mean(&signal), Left::Nothing),
                Sized::Recurrent(layer) => {
                    let (next, gates) = layer.forward(own, &signal);
                    (next.clone(), Left::States(next, gates))
                }
            };
            if layer.is_rectified() && !last {
                for number in next
                    .numbers
                    .iter_mut()
                    .filter(|number| number.value() <= 0.0)
                {
                    *number = T::default();
                }
            }
            pass.signals.push(std::mem::replace(&mut signal, next));
            pass.left.push(left);
        }
        pass.probabilities = probabilities(signal);
        pass
    }

    /// The mean probabilities: those of a text together.
    pub fn outputs(&self) -> Signal<T> {
        mean(&self.probabilities)
    }

    /// Adds the gradient by the parameters of the layers, and gives that by the embeddings of the positions, from
    /// that by the outputs.
    pub fn backward(&self, cotangent: &Signal<T>, gradient: &mut [T]) -> Signal<T> {
        let mut slope = mean_back(&self.probabilities.segments, cotangent);
        probabilities_back(&self.probabilities, &mut slope);
        let mut end = self.parameters.len();
        for (index, layer) in self.layers.iter().enumerate().rev() {
            let last = index + 1 == self.layers.len();
            if layer.is_rectified() && !last {
                let outputs = &self.signals[index + 1].numbers;
                let through = slope.numbers.iter_mut().zip(outputs);
                for (slope, _) in through.filter(|(_, output)| output.value() <= 0.0) {
                    *slope = T::default();
                }
            }
            let start = end - layer.parameters();
            let (own, sums) = (&self.parameters[start..end], &mut gradient[start..end]);
            let x = &self.signals[index];
            slope = match (layer, &self.left[index]) {
                (Sized::Separable(layer), Left::Filtered(filtered)) => {
                    layer.backward(own, (x, filtered), &slope, sums)
                }
                (Sized::Recurrent(layer), Left::States(states, gates)) => {
                    layer.backward(own, x, (states, gates), &slope, sums)
                }
                (Sized::MaxPool(_), Left::Places(places)) => max_pool_back(x, &slope, places),
                (Sized::Convolution(layer), _) => layer.backward(own, x, &slope, sums),
                _ => mean_back(&x.segments, &slope),
            };
            if last {
                scale(&mut slope.numbers, self.masks[1].as_ref());
            }
            end = start;
        }
        scale(&mut slope.numbers, self.masks[0].as_ref());
        slope
    }
}
