//! Activations of layered networks, with their first and second derivatives.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI};

use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::numerics::elementary;
use crate::numerics::matrix::Real;

/// The function that a layer's values pass through on their way to the next layer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// `v`.
    Identity,
    /// `tanh v`, the default of Sun and Orchard.
    #[default]
    Tanh,
    /// `1 / (1 + exp(-v))`.
    Logistic,
    /// `max(v, 0)`, with slope 0 at 0.
    Relu,
    /// `exp(v_i) / sum_j exp(v_j)`; couples the neurons of a layer.
    Softmax,
    /// `v^2`, the light reflected by a food item in Bogacz 2017.
    Square,
    /// `v` above 0 and `slope v` below, with `slope` at 0.
    LeakyRelu(f64),
    /// The error function.
    Erf,
    /// `v Phi(v)` with the distribution function `Phi` of the standard normal law, exactly.
    Gelu,
}

/// Which derivative of an activation is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The function itself.
    Value,
    /// Its first derivative.
    Slope,
    /// Its second derivative; that of a kink is 0.
    Curvature,
}

/// Numbers in one piece of parallel work.
const PIECE: usize = 1 << 14;

impl Activation {
    /// The activations that a model file can name.
    pub const NAMES: [&'static str; 9] = [
        "identity",
        "tanh",
        "logistic",
        "relu",
        "softmax",
        "square",
        "leaky-relu",
        "erf",
        "gelu",
    ];

    /// Applies the activation to every column (one sample each), in place.
    pub fn apply(self, values: &mut DMatrix<f64>) {
        let rows = values.nrows().max(1);
        let values = values.as_mut_slice();
        match self {
            Self::Identity => {}
            Self::Softmax => values.par_chunks_mut(rows).for_each(softmax),
            _ if values.len() <= PIECE => self.apply_each(values),
            _ => values
                .par_chunks_mut(PIECE)
                .for_each(|piece| self.apply_each(piece)),
        }
    }

    /// [`Activation::apply`] on one sample.
    pub(crate) fn apply_column(self, values: &mut [f64]) {
        if self == Self::Softmax {
            softmax(values);
        } else {
            self.apply_each(values);
        }
    }

    fn apply_each(self, values: &mut [f64]) {
        match self {
            Self::Identity | Self::Softmax => {}
            Self::Tanh => elementary::tanh(values),
            Self::Logistic => elementary::logistic(values),
            // Keeps NaN, which `max` would hide.
            Self::Relu => values
                .iter_mut()
                .for_each(|v| *v = if *v > 0.0 || v.is_nan() { *v } else { 0.0 }),
            Self::Square => values.iter_mut().for_each(|v| *v *= *v),
            Self::LeakyRelu(slope) => values
                .iter_mut()
                .for_each(|v| *v = if *v < 0.0 { slope * *v } else { *v }),
            Self::Erf => values.iter_mut().for_each(|v| *v = libm::erf(*v)),
            Self::Gelu => values.iter_mut().for_each(|v| *v *= normal(*v).0),
        }
    }

    /// Multiplies every factor by the activation, or a derivative of it, at the number of `inputs`
    /// beside it. Softmax counts as that of a single neuron: the constant 1.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn multiply<T: Real>(self, order: Order, inputs: &[T], factors: &mut [T]) {
        if self != Self::Identity || order != Order::Slope {
            self.combine(order, inputs, factors, |factor, value| factor * value);
        }
    }

    /// Writes the activation of every number of `inputs` to `outputs`; softmax as in
    /// [`Activation::multiply`].
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn write<T: Real>(self, inputs: &[T], outputs: &mut [T]) {
        self.combine(Order::Value, inputs, outputs, |_, value| value);
    }

    fn combine<T: Real>(
        self,
        order: Order,
        inputs: &[T],
        outputs: &mut [T],
        combination: impl Fn(T, T) -> T + Sync,
    ) {
        assert_eq!(inputs.len(), outputs.len(), "one output for every input");
        let piece = |(outputs, inputs): (&mut [T], &[T])| {
            if let (Some((left, _)), Order::Value | Order::Slope) = (self.kink(), order) {
                let (zero, left) = (T::zero(), T::from_double(left));
                for (output, x) in outputs.iter_mut().zip(inputs) {
                    let x = *x;
                    let bent = match order {
                        Order::Slope if x > zero => T::one(),
                        Order::Slope => left,
                        // An infinite number does not become none, and what is none stays so.
                        _ if x <= zero && left == zero => zero,
                        _ if x <= zero => x * left,
                        _ => x,
                    };
                    *output = combination(*output, bent);
                }
                return;
            }
            let mut buffer = [0.0; 256];
            for (outputs, inputs) in outputs.chunks_mut(256).zip(inputs.chunks(256)) {
                let buffer = &mut buffer[..inputs.len()];
                for (place, input) in buffer.iter_mut().zip(inputs) {
                    *place = input.to_double();
                }
                self.evaluate(order, buffer);
                for (output, place) in outputs.iter_mut().zip(buffer) {
                    *output = combination(*output, T::from_double(*place));
                }
            }
        };
        if inputs.len() <= PIECE {
            piece((outputs, inputs));
        } else {
            outputs
                .par_chunks_mut(PIECE)
                .zip(inputs.par_chunks(PIECE))
                .for_each(piece);
        }
    }

    /// Replaces every number by the activation, or a derivative of it, at that number.
    fn evaluate(self, order: Order, values: &mut [f64]) {
        match (self, order) {
            (Self::Softmax, Order::Value) => values.fill(1.0),
            (Self::Softmax, _) => values.fill(0.0),
            (_, Order::Value) => self.apply_each(values),
            (Self::Tanh, _) => {
                elementary::tanh(values);
                for v in values {
                    let slope = (1.0 - *v) * (1.0 + *v);
                    *v = match order {
                        Order::Curvature => -2.0 * *v * slope,
                        _ => slope,
                    };
                }
            }
            (_, Order::Slope) => {
                for v in values {
                    *v = self.derivatives(*v).map_or(0.0, |d| d.0);
                }
            }
            (_, Order::Curvature) => {
                for v in values {
                    *v = self.derivatives(*v).map_or(0.0, |d| d.1);
                }
            }
        }
    }

    /// Multiplies every column of `gradient` by the transposed Jacobian of the activation, given
    /// its input `v` and its output `s` of the same shape.
    ///
    /// # Panics
    /// If the shapes differ.
    pub fn pull_back(self, v: &DMatrix<f64>, s: &DMatrix<f64>, gradient: &mut DMatrix<f64>) {
        assert_eq!((v.shape(), s.shape()), (gradient.shape(), gradient.shape()));
        let rows = gradient.nrows().max(1);
        let (v, s) = (v.as_slice(), s.as_slice());
        let gradient = gradient.as_mut_slice();
        if self == Self::Identity {
            return;
        }
        if self != Self::Softmax && gradient.len() <= PIECE {
            self.pull_back_column(v, s, gradient);
            return;
        }
        let piece = if self == Self::Softmax { rows } else { PIECE };
        gradient
            .par_chunks_mut(piece)
            .zip(v.par_chunks(piece).zip(s.par_chunks(piece)))
            .for_each(|(g, (v, s))| self.pull_back_column(v, s, g));
    }

    /// [`Activation::pull_back`] on one sample, or on a piece of it unless the activation couples neurons.
    pub(crate) fn pull_back_column(self, v: &[f64], s: &[f64], g: &mut [f64]) {
        match self {
            Self::Identity => {}
            Self::Tanh => scale(g, s, |s| (1.0 - s) * (1.0 + s)),
            Self::Logistic => scale(g, s, |s| s * (1.0 - s)),
            Self::Relu => scale(g, v, |v| f64::from(u8::from(v > 0.0))),
            Self::Square => scale(g, v, |v| 2.0 * v),
            Self::LeakyRelu(_) | Self::Erf | Self::Gelu => {
                scale(g, v, |v| self.derivatives(v).map_or(0.0, |d| d.0));
            }
            Self::Softmax => {
                let mean: f64 = g.iter().zip(s).map(|(g, s)| g * s).sum();
                for (g, s) in g.iter_mut().zip(s) {
                    *g = s * (*g - mean);
                }
            }
        }
    }

    /// Slopes to the left and right of 0 for an activation that bends there, `None` for a smooth one.
    #[must_use]
    pub fn kink(self) -> Option<(f64, f64)> {
        match self {
            Self::Relu => Some((0.0, 1.0)),
            Self::LeakyRelu(slope) if slope != 1.0 => Some((slope, 1.0)),
            _ => None,
        }
    }

    /// Slope and curvature at one input, or `None` for an activation that couples neurons.
    #[must_use]
    pub fn derivatives(self, v: f64) -> Option<(f64, f64)> {
        match self {
            Self::Identity => Some((1.0, 0.0)),
            Self::Tanh => {
                let s = v.tanh();
                let slope = (1.0 - s) * (1.0 + s);
                Some((slope, -2.0 * s * slope))
            }
            Self::Logistic => {
                let s = crate::numerics::sigmoid::logistic(v);
                let slope = s * (1.0 - s);
                Some((slope, slope * (1.0 - 2.0 * s)))
            }
            Self::Relu => Some((f64::from(u8::from(v > 0.0)), 0.0)),
            Self::Square => Some((2.0 * v, 2.0)),
            Self::LeakyRelu(slope) => Some((if v > 0.0 { 1.0 } else { slope }, 0.0)),
            Self::Erf => {
                let slope = FRAC_2_SQRT_PI * (-v * v).exp();
                Some((slope, -2.0 * v * slope))
            }
            Self::Gelu => {
                let (below, density) = normal(v);
                Some((below + v * density, (2.0 - v * v) * density))
            }
            Self::Softmax => None,
        }
    }
}

/// Distribution function and density of the standard normal law.
fn normal(v: f64) -> (f64, f64) {
    let density = 0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2 * (-0.5 * v * v).exp();
    (0.5 * libm::erfc(-v * FRAC_1_SQRT_2), density)
}

fn scale(gradient: &mut [f64], from: &[f64], slope: impl Fn(f64) -> f64) {
    for (g, x) in gradient.iter_mut().zip(from) {
        *g *= slope(*x);
    }
}

fn softmax(values: &mut [f64]) {
    let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    values.iter_mut().for_each(|v| *v -= largest);
    elementary::exp(values);
    let total: f64 = values.iter().sum();
    values.iter_mut().for_each(|v| *v /= total);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sum that is no number is not turned into one.
    #[test]
    fn no_activation_hides_what_is_no_number() {
        for activation in [
            Activation::Identity,
            Activation::Tanh,
            Activation::Logistic,
            Activation::Relu,
            Activation::Softmax,
            Activation::Square,
            Activation::LeakyRelu(0.2),
            Activation::Erf,
            Activation::Gelu,
        ] {
            let mut sums = DMatrix::from_column_slice(2, 1, &[f64::NAN, -1.0]);
            activation.apply(&mut sums);
            assert!(sums[0].is_nan(), "{activation:?}");
            if activation != Activation::Softmax {
                let mut factors = [1.0, 1.0];
                activation.multiply(Order::Value, &[f64::NAN, -1.0], &mut factors);
                assert!(
                    factors[0].is_nan() && factors[1].is_finite(),
                    "{activation:?}"
                );
            }
        }
    }

    #[test]
    fn pull_back_is_the_transposed_jacobian() {
        let v = DMatrix::from_fn(4, 3, |i, j| 0.3 * i as f64 - 0.5 * j as f64 + 0.11);
        let g = DMatrix::from_fn(4, 3, |i, j| (1.3 * i as f64 + 0.7 * j as f64).sin());
        for activation in [
            Activation::Identity,
            Activation::Tanh,
            Activation::Logistic,
            Activation::Relu,
            Activation::Softmax,
            Activation::Square,
            Activation::LeakyRelu(0.2),
            Activation::Erf,
            Activation::Gelu,
        ] {
            let value = |v: &DMatrix<f64>| {
                let mut s = v.clone();
                activation.apply(&mut s);
                s.dot(&g)
            };
            let mut s = v.clone();
            activation.apply(&mut s);
            let mut found = g.clone();
            activation.pull_back(&v, &s, &mut found);
            for k in 0..v.len() {
                let (mut high, mut low) = (v.clone(), v.clone());
                high[k] += 1e-6;
                low[k] -= 1e-6;
                let expected = (value(&high) - value(&low)) / 2e-6;
                assert!((found[k] - expected).abs() < 1e-9, "{activation:?} {k}");
                if let Some((slope, _)) = activation.derivatives(v[k]) {
                    assert!((found[k] - slope * g[k]).abs() < 1e-14);
                }
            }
        }
    }

    #[test]
    fn every_order_is_the_derivative_of_the_one_before() {
        let smooth = [
            Activation::Identity,
            Activation::Tanh,
            Activation::Logistic,
            Activation::Square,
            Activation::Relu,
            Activation::LeakyRelu(0.2),
            Activation::Erf,
            Activation::Gelu,
        ];
        let v: Vec<f64> = (0..600).map(|i| 0.0101 * f64::from(i) - 3.0).collect();
        for activation in smooth {
            let at = |order, shift: f64| {
                let moved: Vec<f64> = v.iter().map(|v| v + shift).collect();
                let mut factors = vec![1.0; v.len()];
                activation.multiply(order, &moved, &mut factors);
                factors
            };
            for (order, next) in [
                (Order::Value, Order::Slope),
                (Order::Slope, Order::Curvature),
            ] {
                let (high, low, found) = (at(order, 1e-5), at(order, -1e-5), at(next, 0.0));
                for i in 0..v.len() {
                    let expected = (high[i] - low[i]) / 2e-5;
                    let error = (found[i] - expected).abs();
                    assert!(
                        error < 1e-9,
                        "{activation:?} {next:?} at {}: {error:e}",
                        v[i]
                    );
                }
            }
        }
    }

    #[test]
    fn known_values_of_erf_and_gelu() {
        let mut erf = [1.0_f64];
        Activation::Erf.multiply(Order::Value, &[0.5], &mut erf);
        assert!((erf[0] - 0.520_499_877_813_046_5).abs() < 1e-16);
        let mut gelu = [1.0_f64, 1.0];
        Activation::Gelu.multiply(Order::Value, &[1.0, -1.0], &mut gelu);
        assert!((gelu[0] - 0.841_344_746_068_542_9).abs() < 2e-16);
        assert!((gelu[1] + 0.158_655_253_931_457_07).abs() < 1e-16);
        let mut single = [2.0_f32];
        Activation::Tanh.multiply(Order::Value, &[0.5_f32], &mut single);
        assert_eq!(single[0], (2.0 * 0.5_f64.tanh()) as f32);
        let mut broken = [1.0];
        Activation::Relu.multiply(Order::Value, &[f64::NAN], &mut broken);
        assert!(broken[0].is_nan());
    }
}
