//! Activations of predictive-coding networks: applied to a value node before the matrix.

use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::numerics::elementary;

/// The function `sigma` that a layer's values pass through on their way to the layer below.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// Numbers in one piece of parallel work.
const PIECE: usize = 1 << 14;

impl Activation {
    /// The activations that a model file can name.
    pub const NAMES: [&'static str; 6] =
        ["identity", "tanh", "logistic", "relu", "softmax", "square"];

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

    fn apply_each(self, values: &mut [f64]) {
        match self {
            Self::Identity | Self::Softmax => {}
            Self::Tanh => elementary::tanh(values),
            Self::Logistic => elementary::logistic(values),
            Self::Relu => values.iter_mut().for_each(|v| *v = v.max(0.0)),
            Self::Square => values.iter_mut().for_each(|v| *v *= *v),
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
            self.pull_back_piece(v, s, gradient);
            return;
        }
        let piece = if self == Self::Softmax { rows } else { PIECE };
        gradient
            .par_chunks_mut(piece)
            .zip(v.par_chunks(piece).zip(s.par_chunks(piece)))
            .for_each(|(g, (v, s))| self.pull_back_piece(v, s, g));
    }

    fn pull_back_piece(self, v: &[f64], s: &[f64], g: &mut [f64]) {
        match self {
            Self::Identity => {}
            Self::Tanh => scale(g, s, |s| (1.0 - s) * (1.0 + s)),
            Self::Logistic => scale(g, s, |s| s * (1.0 - s)),
            Self::Relu => scale(g, v, |v| f64::from(u8::from(v > 0.0))),
            Self::Square => scale(g, v, |v| 2.0 * v),
            Self::Softmax => {
                let mean: f64 = g.iter().zip(s).map(|(g, s)| g * s).sum();
                for (g, s) in g.iter_mut().zip(s) {
                    *g = s * (*g - mean);
                }
            }
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
            Self::Softmax => None,
        }
    }
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
}
