//! Separable convolution: every channel filtered by itself, then channels mixed at every position.

use pulp::Arch;

use super::convolution::{Convolution, add_columns};
use super::number::{Factor, Number};
use super::signal::Signal;

/// `h_{t,c} = sum_j D_{j,c} x_{t+j-q,c}`, then `z_{t,o} = sum_c h_{t,c} P_{c,o} + b_o`: the ordinary convolution with
/// the kernel `W_{j,c,o} = D_{j,c} P_{c,o}`, in `kernel inputs + inputs outputs` multiplications a position instead of
/// `kernel inputs outputs`.
///
/// Parameters: `D` tap after tap; `P` with the outputs of a channel together; `b`. Both halves are fused: the
/// filtered channels of [`TILE`] positions are mixed while they are in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separable {
    /// Positions that an output sees, odd.
    pub kernel: usize,
    /// Channels read.
    pub inputs: usize,
    /// Channels written.
    pub outputs: usize,
}

/// Positions that are filtered and mixed together: with 64 channels 64 kB, which a second-level cache holds beside
/// the outputs. Chosen.
const TILE: usize = 128;

impl Separable {
    /// Weights and biases.
    pub fn parameters(&self) -> usize {
        self.multiplications() + self.outputs
    }

    /// Multiplications a position.
    pub fn multiplications(&self) -> usize {
        self.inputs * (self.kernel + self.outputs)
    }

    fn split<'p, T>(&self, parameters: &'p [T]) -> (&'p [T], &'p [T], &'p [T]) {
        let (depthwise, rest) = parameters.split_at(self.kernel * self.inputs);
        let (pointwise, biases) = rest.split_at(self.inputs * self.outputs);
        (depthwise, pointwise, biases)
    }

    /// The ordinary convolution of the same sizes.
    pub fn same(&self) -> Convolution {
        Convolution {
            kernel: self.kernel,
            inputs: self.inputs,
            outputs: self.outputs,
        }
    }

    /// The same map as the kernel of an ordinary convolution, in its order of parameters, biases included.
    pub fn ordinary<T: Number>(&self, parameters: &[T]) -> Vec<T> {
        let (depthwise, pointwise, biases) = self.split(parameters);
        let mut kernel = Vec::with_capacity(self.kernel * pointwise.len() + biases.len());
        for taps in depthwise.chunks_exact(self.inputs) {
            for (tap, mix) in taps.iter().zip(pointwise.chunks_exact(self.outputs)) {
                kernel.extend(mix.iter().map(|weight| *tap * *weight));
            }
        }
        kernel.extend(biases);
        kernel
    }

    /// The filtered channels of the positions `first..last`, in place of what `h` held.
    fn filter<T: Number>(
        &self,
        depthwise: &[T],
        x: &Signal<T>,
        (first, last): (usize, usize),
        h: &mut [T],
    ) {
        h.fill(T::default());
        let begin = first * self.inputs;
        self.each_tap(x, (first, last), |tap, to, from| {
            let taps = &depthwise[tap * self.inputs..][..self.inputs];
            let (h, x) = (&mut h[to.start - begin..to.end - begin], &x.numbers[from]);
            let places = h.chunks_exact_mut(self.inputs);
            for (h, x) in places.zip(x.chunks_exact(self.inputs)) {
                for ((h, x), weight) in h.iter_mut().zip(x).zip(taps) {
                    *h += *weight * *x;
                }
            }
        });
    }

    /// For every tap and text the numbers that it writes to and reads from.
    fn each_tap<T: Number>(
        &self,
        x: &Signal<T>,
        (first, last): (usize, usize),
        mut pass: impl FnMut(usize, std::ops::Range<usize>, std::ops::Range<usize>),
    ) {
        let reach = self.kernel / 2;
        let within = x.segments.iter();
        for (start, end) in within.filter(|(start, end)| *end > first && *start < last) {
            for tap in 0..self.kernel {
                // position + tap - reach must lie within the text
                let from = first.max(start + reach.saturating_sub(tap)).max(start);
                let to = last.min(end).min((end + reach).saturating_sub(tap));
                if from < to {
                    let shifted = from + tap - reach..to + tap - reach;
                    pass(
                        tap,
                        from * self.inputs..to * self.inputs,
                        shifted.start * self.inputs..shifted.end * self.inputs,
                    );
                }
            }
        }
    }

    /// The filtered channels and the output.
    pub fn forward<T: Number>(&self, parameters: &[T], x: &Signal<T>) -> (Vec<T>, Signal<T>) {
        let (depthwise, pointwise, biases) = self.split(parameters);
        let mut z = Signal::zeros(self.outputs, x.segments.clone());
        for place in z.numbers.chunks_exact_mut(self.outputs) {
            place.copy_from_slice(biases);
        }
        let mut filtered = vec![T::default(); x.numbers.len()];
        let tiles = filtered.chunks_mut(TILE * self.inputs);
        let outputs = z.numbers.chunks_mut(TILE * self.outputs);
        for (tile, (h, z)) in tiles.zip(outputs).enumerate() {
            let first = tile * TILE;
            let last = first + h.len() / self.inputs;
            Arch::new().dispatch(|| self.filter(depthwise, x, (first, last), h));
            let mix = Factor::new(pointwise, self.outputs);
            T::multiply(mix, Factor::new(h, self.inputs), true, z);
        }
        (filtered, z)
    }

    /// Adds the gradient by the parameters, and gives that by the input, from that by the output and the filtered
    /// channels.
    pub fn backward<T: Number>(
        &self,
        parameters: &[T],
        (x, filtered): (&Signal<T>, &[T]),
        slope: &Signal<T>,
        gradient: &mut [T],
    ) -> Signal<T> {
        let (depthwise, pointwise, _) = self.split(parameters);
        let (by_depthwise, rest) = gradient.split_at_mut(depthwise.len());
        let (by_pointwise, by_biases) = rest.split_at_mut(pointwise.len());
        add_columns(&slope.numbers, by_biases);
        let slopes = Factor::new(&slope.numbers, self.outputs);
        let seen = Factor::new(filtered, self.inputs);
        T::multiply(slopes, seen.transposed(), true, by_pointwise);
        let mut by_filtered = vec![T::default(); filtered.len()];
        let mix = Factor::new(pointwise, self.outputs).transposed();
        T::multiply(mix, slopes, false, &mut by_filtered);
        let mut by_input = Signal::zeros(self.inputs, x.segments.clone());
        let all = (0, x.segments.positions());
        Arch::new().dispatch(|| {
            self.each_tap(x, all, |tap, to, from| {
                let range = tap * self.inputs..(tap + 1) * self.inputs;
                let (taps, sums) = (&depthwise[range.clone()], &mut by_depthwise[range]);
                let slopes = by_filtered[to].chunks_exact(self.inputs);
                let seen = x.numbers[from.clone()].chunks_exact(self.inputs);
                let back = by_input.numbers[from].chunks_exact_mut(self.inputs);
                for ((slope, x), back) in slopes.zip(seen).zip(back) {
                    let weights = taps.iter().zip(sums.iter_mut());
                    let numbers = slope.iter().zip(x).zip(back);
                    for (((slope, x), back), (tap, sum)) in numbers.zip(weights) {
                        *sum += *slope * *x;
                        *back += *slope * *tap;
                    }
                }
            });
        });
        by_input
    }
}
