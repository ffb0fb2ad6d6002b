//! Who listens to whom: the chemical synapses of a network.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::networks::NetworkError;

/// Synaptic input `S_j = sum_s w_js G_s` of every neuron.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Coupling {
    /// No synapses at all.
    None,
    /// Every neuron hears every other with weight 1, and itself where `self_term` is set.
    AllToAll {
        /// Whether a neuron hears itself.
        self_term: bool,
    },
    /// Neuron `j` hears neuron `j - 1`, the first one the last one.
    Ring,
    /// Neuron `j` hears neuron `s` with weight `weights[(j, s)]`.
    Weights(DMatrix<f64>),
}

impl Coupling {
    /// Checks that the coupling fits `neurons` neurons.
    ///
    /// # Errors
    /// [`NetworkError::WeightShape`] or [`NetworkError::OutOfRange`] for a weight that is not finite.
    pub fn validate(&self, neurons: usize) -> Result<(), NetworkError> {
        let Self::Weights(weights) = self else {
            return Ok(());
        };
        let (rows, columns) = weights.shape();
        if (rows, columns) != (neurons, neurons) {
            return Err(NetworkError::WeightShape {
                rows,
                columns,
                neurons,
            });
        }
        match weights.iter().find(|w| !w.is_finite()) {
            None => Ok(()),
            Some(&value) => {
                let (name, requirement) = ("weight", "every weight is finite");
                Err(NetworkError::OutOfRange {
                    name,
                    value,
                    requirement,
                })
            }
        }
    }

    /// Turns the gates `G_s` (in `[0, 1]`) into the input `S_j` of every neuron, in place.
    ///
    /// Cost `O(N)` for the mean field and the ring, `O(N^2)` for a weight matrix, of which columns
    /// with a closed gate are skipped. Sums run in a fixed order.
    pub fn gather(&self, values: &mut [f64]) {
        match self {
            Self::None => values.fill(0.0),
            Self::AllToAll { self_term } => {
                let total: f64 = values.iter().sum();
                for value in values {
                    *value = if *self_term { total } else { total - *value };
                }
            }
            Self::Ring => values.rotate_right(1),
            Self::Weights(weights) => {
                let gates = values.to_vec();
                values.fill(0.0);
                for (column, &gate) in weights.column_iter().zip(&gates) {
                    if gate != 0.0 {
                        for (value, weight) in values.iter_mut().zip(column.iter()) {
                            *value += weight * gate;
                        }
                    }
                }
            }
        }
    }

    /// Number of synapses that a neuron has in a network of `neurons`, for the mean over inputs;
    /// for a weight matrix the number of its non-zero entries in row `j`.
    #[must_use]
    pub fn synapses(&self, j: usize, neurons: usize) -> usize {
        match self {
            Self::None => 0,
            Self::AllToAll { self_term } => neurons - usize::from(!self_term),
            Self::Ring => 1,
            Self::Weights(weights) => weights.row(j).iter().filter(|w| **w != 0.0).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_coupling_agrees_with_its_matrix() {
        let gate = [0.5, 0.25, 1.0, 0.0];
        let all = DMatrix::from_fn(4, 4, |j, s| f64::from(u8::from(j != s)));
        let with_self = DMatrix::from_element(4, 4, 1.0);
        let ring = DMatrix::from_fn(4, 4, |j, s| f64::from(u8::from((s + 1) % 4 == j)));
        for (coupling, matrix) in [
            (Coupling::AllToAll { self_term: false }, all),
            (Coupling::AllToAll { self_term: true }, with_self),
            (Coupling::Ring, ring),
        ] {
            let (mut direct, mut dense) = (gate, gate);
            coupling.gather(&mut direct);
            Coupling::Weights(matrix).gather(&mut dense);
            assert_eq!(direct, dense, "{coupling:?}");
        }
    }

    #[test]
    fn a_matrix_that_is_not_square_is_refused() {
        let coupling = Coupling::Weights(DMatrix::zeros(3, 2));
        assert_eq!(
            coupling.validate(3),
            Err(NetworkError::WeightShape {
                rows: 3,
                columns: 2,
                neurons: 3
            })
        );
    }
}
