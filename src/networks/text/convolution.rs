//! Ordinary convolution over positions.

use super::number::{Factor, Number};
use super::signal::Signal;

/// `z_{t,o} = sum_{j,c} W_{j,c,o} x_{t+j-q,c} + b_o` with `q = (kernel - 1) / 2` and zeros beyond the ends of a text.
///
/// Parameters: `W` with the outputs of one tap and channel together, tap after tap; then `b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    /// Positions that an output sees, odd.
    pub kernel: usize,
    /// Channels read.
    pub inputs: usize,
    /// Channels written.
    pub outputs: usize,
}

impl Convolution {
    /// Weights and biases.
    pub fn parameters(&self) -> usize {
        self.multiplications() + self.outputs
    }

    /// Multiplications a position.
    pub fn multiplications(&self) -> usize {
        self.kernel * self.inputs * self.outputs
    }

    /// What every output sees: `kernel inputs` numbers a position. At one tap the signal itself.
    fn patches<T: Number>(&self, x: &Signal<T>) -> Vec<T> {
        let (reach, channels) = (self.kernel / 2, self.inputs);
        let mut patches = Vec::with_capacity(self.kernel * x.numbers.len());
        for (start, end) in x.segments.iter() {
            for position in start..end {
                let (first, last) = (position.max(start + reach), (position + reach).min(end - 1));
                let missing = first - position;
                patches.extend(std::iter::repeat_n(T::default(), missing * channels));
                patches.extend(&x.numbers[(first - reach) * channels..(last + 1) * channels]);
                let missing = position + reach - last;
                patches.extend(std::iter::repeat_n(T::default(), missing * channels));
            }
        }
        patches
    }

    /// The output.
    pub fn forward<T: Number>(&self, parameters: &[T], x: &Signal<T>) -> Signal<T> {
        let (weights, biases) = parameters.split_at(self.multiplications());
        let mut z = Signal::zeros(self.outputs, x.segments.clone());
        for place in z.numbers.chunks_exact_mut(self.outputs) {
            place.copy_from_slice(biases);
        }
        let weights = Factor::new(weights, self.outputs);
        let width = self.kernel * self.inputs;
        if self.kernel == 1 {
            T::multiply(
                weights,
                Factor::new(&x.numbers, width),
                true,
                &mut z.numbers,
            );
        } else {
            let patches = self.patches(x);
            T::multiply(weights, Factor::new(&patches, width), true, &mut z.numbers);
        }
        z
    }

    /// Adds the gradient by the parameters, and gives that by the input, from that by the output.
    pub fn backward<T: Number>(
        &self,
        parameters: &[T],
        x: &Signal<T>,
        slope: &Signal<T>,
        gradient: &mut [T],
    ) -> Signal<T> {
        let (by_weights, by_biases) = gradient.split_at_mut(self.multiplications());
        add_columns(&slope.numbers, by_biases);
        let weights = Factor::new(&parameters[..self.multiplications()], self.outputs);
        let slopes = Factor::new(&slope.numbers, self.outputs);
        let width = self.kernel * self.inputs;
        let mut by_input = Signal::zeros(self.inputs, x.segments.clone());
        if self.kernel == 1 {
            let seen = Factor::new(&x.numbers, width);
            T::multiply(slopes, seen.transposed(), true, by_weights);
            T::multiply(weights.transposed(), slopes, false, &mut by_input.numbers);
            return by_input;
        }
        let mut patches = self.patches(x);
        let seen = Factor::new(&patches, width);
        T::multiply(slopes, seen.transposed(), true, by_weights);
        T::multiply(weights.transposed(), slopes, false, &mut patches);
        let (reach, channels) = (self.kernel / 2, self.inputs);
        for (start, end) in x.segments.iter() {
            for position in start..end {
                let (first, last) = (position.max(start + reach), (position + reach).min(end - 1));
                let patch = &patches[position * width + (first - position) * channels..];
                let seen = (first - reach) * channels..(last + 1) * channels;
                for (sum, part) in by_input.numbers[seen].iter_mut().zip(patch) {
                    *sum += *part;
                }
            }
        }
        by_input
    }
}

/// Adds to `sums` the sum of all columns, each as long as it.
pub fn add_columns<T: Number>(columns: &[T], sums: &mut [T]) {
    for column in columns.chunks_exact(sums.len()) {
        for (sum, part) in sums.iter_mut().zip(column) {
            *sum += *part;
        }
    }
}
