//! Patterns that follow each other: weights from each one to the next.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::classical::{columns, signs};
use crate::networks::{NetworkError, Pattern};

/// Neurons `s_j = +-1`, all updated at once, whose weights take every pattern of a cycle to the next:
///
/// ```text
/// s <- sign(W s),   W = 1/N sum_p x_(p+1) x_p^T
/// ```
///
/// The weights are not symmetric, no energy falls, and the attractor is a cycle as long as the list.
/// S. Amari, "Learning patterns and pattern sequences by self-organizing nets of threshold elements", IEEE
/// Transactions on Computers C-21, 1197-1206 (1972), doi:10.1109/T-C.1972.223477.
///
/// ```
/// use pulsatrix::networks::{SequenceMemory, random_patterns};
///
/// let patterns = random_patterns(100, 5, 0.5, 1);
/// let memory = SequenceMemory::cycle(&patterns)?;
/// let mut state: Vec<f64> = patterns[0].levels().collect();
/// state[3] = -state[3]; // a wrong bit
/// for step in 1..=10 {
///     state = memory.next(&state);
///     assert_eq!(state, patterns[step % 5].levels().collect::<Vec<f64>>());
/// }
/// # Ok::<(), pulsatrix::networks::NetworkError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SequenceMemory {
    weights: DMatrix<f64>,
}

impl SequenceMemory {
    /// A cycle through the patterns, back to the first behind the last. Cost `O(N^2 P)`.
    ///
    /// # Errors
    /// [`NetworkError::Empty`] without patterns, [`NetworkError::WrongLength`] for unequal ones.
    pub fn cycle(patterns: &[Pattern]) -> Result<Self, NetworkError> {
        let x = columns(patterns)?;
        let (neurons, count) = x.shape();
        let following: Vec<usize> = (1..count).chain([0]).collect();
        let weights = x.select_columns(&following) * x.transpose() / neurons as f64;
        Ok(Self { weights })
    }

    /// Several cycles at once: the sum of their weights. A pattern that is in two of them has two successors, and what
    /// follows it is a mixture.
    ///
    /// # Errors
    /// As [`cycle`](Self::cycle), for every one of them.
    pub fn cycles(cycles: &[Vec<Pattern>]) -> Result<Self, NetworkError> {
        let mut weights: Option<DMatrix<f64>> = None;
        for cycle in cycles {
            let more = Self::cycle(cycle)?.weights;
            weights = match weights {
                Some(sum) if sum.shape() != more.shape() => {
                    return Err(NetworkError::WrongLength {
                        name: "a pattern",
                        found: more.nrows(),
                        neurons: sum.nrows(),
                    });
                }
                Some(sum) => Some(sum + more),
                None => Some(more),
            };
        }
        weights
            .map(|weights| Self { weights })
            .ok_or(NetworkError::Empty)
    }

    /// The weights, `N x N`: row `j` for what neuron `j` hears.
    #[must_use]
    pub fn weights(&self) -> &DMatrix<f64> {
        &self.weights
    }

    /// The state after one: the signs of all fields, and the old one where a field is 0.
    ///
    /// # Panics
    /// If `state` has not one level a neuron.
    #[must_use]
    pub fn next(&self, state: &[f64]) -> Vec<f64> {
        let state: DVector<f64> = signs(state, self.weights.nrows());
        let fields = &self.weights * &state;
        let wanted = fields.iter().zip(state.iter());
        wanted
            .map(|(field, old)| if *field == 0.0 { *old } else { field.signum() })
            .collect()
    }
}
