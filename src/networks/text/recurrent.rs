//! Recurrent layers: a state that reads a text word by word.

use super::convolution::{Convolution, add_columns};
use super::number::{Factor, Number};
use super::signal::{Segments, Signal};

/// How a state follows from the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// `h_t = tanh(W x_t + U h_{t-1} + b)` (J. L. Elman, Cognitive Science 14, 179-211, 1990).
    Elman,
    /// With an update gate `z` and a reset gate `r`, both logistic in `x_t` and `h_{t-1}`,
    /// `n = tanh(W x_t + b + r o (U h_{t-1}))`, `h_t = n + z o (h_{t-1} - n)` (K. Cho et al., arXiv:1406.1078, the
    /// reset behind the product).
    Gated,
}

/// A recurrent layer from a state of zeros.
///
/// Parameters: the weights of a convolution of one tap from the inputs to all sums, `W` and `b`; then `U`, from the
/// units to all sums. The sums of the gated cell are those of `z`, `r` and `n`, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recurrent {
    /// The cell.
    pub cell: Cell,
    /// Channels read.
    pub inputs: usize,
    /// Units of the state, which is what is written at every position.
    pub units: usize,
}

/// What the backward pass needs beside states: for the gated cell `z`, `r`, `n` and `U_n h`, together for a position.
pub type Gates<T> = Vec<T>;

/// The texts by falling length, so that those that go on at a step come first.
struct Course {
    starts: Vec<usize>,
    /// Texts that are longer than a step.
    active: Vec<usize>,
}

impl Course {
    fn new(segments: &Segments) -> Self {
        let mut texts: Vec<(usize, usize)> = segments.iter().collect();
        texts.sort_by_key(|(start, end)| std::cmp::Reverse(end - start));
        let longest = texts.first().map_or(0, |(start, end)| end - start);
        let going = |step: usize| texts.partition_point(|(start, end)| end - start > step);
        Self {
            active: (0..longest).map(going).collect(),
            starts: texts.into_iter().map(|(start, _)| start).collect(),
        }
    }

    /// The positions of a step.
    fn at(&self, step: usize) -> impl Iterator<Item = usize> + '_ {
        self.starts[..self.active[step]]
            .iter()
            .map(move |start| start + step)
    }
}

impl Recurrent {
    fn input_map(&self) -> Convolution {
        Convolution {
            kernel: 1,
            inputs: self.inputs,
            outputs: self.sums(),
        }
    }

    /// Sums of a position.
    pub fn sums(&self) -> usize {
        match self.cell {
            Cell::Elman => self.units,
            Cell::Gated => 3 * self.units,
        }
    }

    /// Weights and biases.
    pub fn parameters(&self) -> usize {
        self.multiplications() + self.sums()
    }

    /// Multiplications a position, those of gates entry by entry left out.
    pub fn multiplications(&self) -> usize {
        (self.inputs + self.units) * self.sums()
    }

    /// The states at all positions, and what the backward pass needs beside them.
    pub fn forward<T: Number>(&self, parameters: &[T], x: &Signal<T>) -> (Signal<T>, Gates<T>) {
        let (below, recurrent) = parameters.split_at(self.input_map().parameters());
        let drive = self.input_map().forward(below, x);
        let course = Course::new(&x.segments);
        let (units, sums) = (self.units, self.sums());
        let mut states = Signal::zeros(units, x.segments.clone());
        let kept = if self.cell == Cell::Gated {
            4 * units
        } else {
            0
        };
        let mut gates = vec![T::default(); kept * x.segments.positions()];
        let mut last = vec![T::default(); units * course.starts.len()];
        let mut sum = Vec::new();
        for step in 0..course.active.len() {
            last.truncate(units * course.active[step]);
            sum.resize(sums * course.active[step], T::default());
            let state = Factor::new(&last, units);
            T::multiply(Factor::new(recurrent, sums), state, false, &mut sum);
            match self.cell {
                Cell::Elman => {
                    let places = sum.chunks_exact_mut(units).zip(course.at(step));
                    for (sum, position) in places {
                        add(sum, drive.at(position));
                    }
                    T::tanh(&mut sum);
                    last.copy_from_slice(&sum);
                }
                Cell::Gated => {
                    let places = sum.chunks_exact_mut(sums).zip(last.chunks_exact_mut(units));
                    for ((sum, state), position) in places.zip(course.at(step)) {
                        let gates = &mut gates[position * kept..][..kept];
                        self.gate(sum, drive.at(position), state, gates);
                    }
                }
            }
            for (state, position) in last.chunks_exact(units).zip(course.at(step)) {
                states.at_mut(position).copy_from_slice(state);
            }
        }
        (states, gates)
    }

    /// One text's step of the gated cell: the state goes on, and the gates are kept.
    fn gate<T: Number>(&self, sum: &mut [T], drive: &[T], state: &mut [T], gates: &mut [T]) {
        let units = self.units;
        let (both, inner) = sum.split_at_mut(2 * units);
        add(both, &drive[..2 * units]);
        T::logistic(both);
        let (kept, kept_inner) = gates.split_at_mut(3 * units);
        kept_inner.copy_from_slice(inner);
        let (update, reset) = both.split_at(units);
        let reset_inner = inner.iter_mut().zip(reset).zip(&drive[2 * units..]);
        for ((inner, reset), drive) in reset_inner {
            *inner = *drive + *reset * *inner;
        }
        T::tanh(inner);
        for ((state, new), update) in state.iter_mut().zip(&*inner).zip(update) {
            *state = *new + *update * (*state - *new);
        }
        kept.copy_from_slice(sum);
    }

    /// Adds the gradient by the parameters, and gives that by the input, from that by the states.
    pub fn backward<T: Number>(
        &self,
        parameters: &[T],
        x: &Signal<T>,
        (states, gates): (&Signal<T>, &[T]),
        slope: &Signal<T>,
        gradient: &mut [T],
    ) -> Signal<T> {
        let (below, recurrent) = parameters.split_at(self.input_map().parameters());
        let course = Course::new(&x.segments);
        let (units, sums) = (self.units, self.sums());
        // By the sums, and by what `U` makes of the state: they differ by the reset of the gated cell.
        let mut by_sums = Signal::zeros(sums, x.segments.clone());
        let mut by_products = Signal::zeros(sums, x.segments.clone());
        let mut before = Signal::zeros(units, x.segments.clone());
        for (start, end) in x.segments.iter() {
            let (from, to) = (start * units, (start + 1) * units);
            let length = (end - start - 1) * units;
            before.numbers[to..to + length].copy_from_slice(&states.numbers[from..from + length]);
        }
        let mut back: Vec<T> = Vec::new();
        let mut product = Vec::new();
        for step in (0..course.active.len()).rev() {
            // texts that end here have nothing behind them
            back.resize(units * course.active[step], T::default());
            product.clear();
            for (back, position) in back.chunks_exact_mut(units).zip(course.at(step)) {
                add(back, slope.at(position));
                let sum = by_sums.at_mut(position);
                match self.cell {
                    Cell::Elman => {
                        let entries = sum.iter_mut().zip(&*back).zip(states.at(position));
                        for ((sum, back), state) in entries {
                            *sum = *back * one_minus_square(*state);
                        }
                        back.fill(T::default());
                        product.extend_from_slice(sum);
                    }
                    Cell::Gated => {
                        let gates = &gates[position * 4 * units..][..4 * units];
                        self.gate_back(sum, back, before.at(position), gates);
                        product.extend_from_slice(sum);
                        let inner = product.len() - units;
                        let resets = &gates[units..2 * units];
                        for (product, reset) in product[inner..].iter_mut().zip(resets) {
                            *product = *product * *reset;
                        }
                    }
                }
            }
            for (product, position) in product.chunks_exact(sums).zip(course.at(step)) {
                by_products.at_mut(position).copy_from_slice(product);
            }
            let weights = Factor::new(recurrent, sums).transposed();
            T::multiply(weights, Factor::new(&product, sums), true, &mut back);
        }
        let (by_below, by_recurrent) = gradient.split_at_mut(below.len());
        let products = Factor::new(&by_products.numbers, sums);
        let seen = Factor::new(&before.numbers, units);
        T::multiply(products, seen.transposed(), true, by_recurrent);
        self.input_map().backward(below, x, &by_sums, by_below)
    }

    /// One text's step back: the gradient by the sums, and in `back` by the state before as far as it does not go
    /// through them.
    fn gate_back<T: Number>(&self, sum: &mut [T], back: &mut [T], before: &[T], gates: &[T]) {
        let units = self.units;
        for unit in 0..units {
            let [update, reset, new, inner] = [0, 1, 2, 3].map(|part| gates[part * units + unit]);
            let slope = back[unit];
            let by_new = (slope - slope * update) * one_minus_square(new);
            sum[unit] = slope * (before[unit] - new) * (update - update * update);
            sum[units + unit] = by_new * inner * (reset - reset * reset);
            sum[2 * units + unit] = by_new;
            back[unit] = slope * update;
        }
    }
}

fn add<T: Number>(into: &mut [T], from: &[T]) {
    add_columns(from, into);
}

fn one_minus_square<T: Number>(y: T) -> T {
    T::constant(1.0) - y * y
}
