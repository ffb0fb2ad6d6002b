//! The continuous time of a leaky network.

use super::ElmanNetwork;
use super::pass::check_length;
use crate::networks::NetworkError;
use crate::numerics::matrix::View;
use crate::solver::{DelayField, Delayed, OrdinaryField};

/// The equation whose Euler steps of length `e tau` a leaky network takes,
///
/// ```text
/// tau x' = -x + f(W_i u(t) + W_c x(t - lag) + b)
/// ```
///
/// without a lag ([`OrdinaryField`]) or with one ([`DelayField`]). With inputs that stay the same and `f =
/// tanh`, `v = W_c x + W_i u + b` obeys `tau v' = -v + W_c tanh(v(t - lag)) + W_i u + b`: the delayed Hopfield
/// network ([`DelayedHopfield`](crate::networks::DelayedHopfield)) with weights `W_c / tau` and inputs
/// `(W_i u + b) / tau`.
pub struct LeakyField<'a, U> {
    network: &'a ElmanNetwork,
    parameters: &'a [f64],
    time_constant: f64,
    lags: Vec<f64>,
    drive: U,
}

impl<'a, U: Fn(f64, &mut [f64])> LeakyField<'a, U> {
    /// A network at given weights with the time constant `tau`; `drive` writes the inputs at a time. The leak
    /// of the network does not matter, its context must have no self-connection; a lag of 0 is none.
    ///
    /// # Errors
    /// [`NetworkError::ParameterCount`], [`NetworkError::OutOfRange`] unless the time constant is positive
    /// and the lag is not negative, [`NetworkError::Contradiction`] for a context that remembers itself.
    pub fn new(
        network: &'a ElmanNetwork,
        parameters: &'a [f64],
        time_constant: f64,
        lag: f64,
        drive: U,
    ) -> Result<Self, NetworkError> {
        check_length(network, "parameters", parameters)?;
        for (name, value, holds, requirement) in [
            (
                "tau",
                time_constant,
                time_constant > 0.0 && time_constant.is_finite(),
                "a time constant is positive",
            ),
            (
                "lag",
                lag,
                lag >= 0.0 && lag.is_finite(),
                "a lag is not negative",
            ),
        ] {
            if !holds {
                return Err(NetworkError::OutOfRange {
                    name,
                    value,
                    requirement,
                });
            }
        }
        if network.shape().context != 0.0 {
            return Err(NetworkError::Contradiction {
                first: "a context that remembers itself",
                second: "continuous time",
                reason: "the sum over all steps before has no limit for short steps; set `context` to 0",
            });
        }
        Ok(Self {
            network,
            parameters,
            time_constant,
            lags: if lag > 0.0 { vec![lag] } else { Vec::new() },
            drive,
        })
    }

    fn slope(&self, time: f64, state: &[f64], heard: &[f64], derivative: &mut [f64]) {
        let places = self.network.places();
        let mut inputs = vec![0.0; self.network.shape().inputs];
        (self.drive)(time, &mut inputs);
        let mut sums = self.parameters[places.bias].to_vec();
        let mut add = |weights: View<'_, f64>, read: &[f64]| {
            for (row, sum) in sums.iter_mut().enumerate() {
                for (column, value) in read.iter().enumerate() {
                    *sum += weights.at(row, column) * value;
                }
            }
        };
        add(self.network.input_weights(self.parameters), &inputs);
        add(self.network.context_weights(self.parameters), heard);
        let shapes = &self.parameters[places.node];
        let node = self.network.shape().node;
        node.value(shapes, &sums, derivative);
        for (slope, x) in derivative.iter_mut().zip(state) {
            *slope = (*slope - x) / self.time_constant;
        }
    }
}

/// The equation with the present in place of the lag.
impl<U: Fn(f64, &mut [f64])> OrdinaryField for LeakyField<'_, U> {
    fn dimension(&self) -> usize {
        self.network.shape().hidden
    }

    fn derivative(&self, time: f64, state: &[f64], derivative: &mut [f64]) {
        self.slope(time, state, state, derivative);
    }
}

impl<U: Fn(f64, &mut [f64]) + Send + Sync> DelayField for LeakyField<'_, U> {
    fn dimension(&self) -> usize {
        self.network.shape().hidden
    }

    fn lags(&self) -> &[f64] {
        &self.lags
    }

    fn derivative(&self, time: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]) {
        let heard = if self.lags.is_empty() {
            state
        } else {
            delayed.state(0)
        };
        self.slope(time, state, heard, derivative);
    }
}
