//! Dense associative memory: an energy of higher order in the overlaps.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::Relaxed;
use super::classical::{columns, signs, sweeps};
use crate::networks::{NetworkError, Pattern};

/// Neurons `s_j = +-1` with the energy
///
/// ```text
/// E = -sum_p F(x_p . s / N),   F(z) = z^n,
/// ```
///
/// which each neuron in turn takes the lower value of. Order 2 is Hebb's rule; order `n` holds a number of
/// random patterns of the power `n - 1` of the neurons.
///
/// D. Krotov, J. J. Hopfield, "Dense associative memory for pattern recognition", `NeurIPS` 29, 1172-1180
/// (2016), arXiv:1606.01164, with the overlaps divided by `N`, so that no order overflows.
///
/// ```
/// use pulsatrix::networks::{DenseMemory, random_patterns};
///
/// // As many patterns as neurons, seven times what Hebb's rule holds.
/// let patterns = random_patterns(60, 60, 0.5, 1);
/// let memory = DenseMemory::new(&patterns, 4)?;
/// assert!(patterns.iter().all(|pattern| memory.is_at_rest(pattern)));
/// # Ok::<(), pulsatrix::networks::NetworkError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DenseMemory {
    patterns: DMatrix<f64>,
    order: u32,
}

impl DenseMemory {
    /// Patterns, and the order `n` from 2 to 100.
    ///
    /// # Errors
    /// [`NetworkError::Empty`], [`NetworkError::WrongLength`] or [`NetworkError::OutOfRange`].
    pub fn new(patterns: &[Pattern], order: u32) -> Result<Self, NetworkError> {
        let patterns = columns(patterns)?;
        if !(2..=100).contains(&order) {
            return Err(NetworkError::OutOfRange {
                name: "order",
                value: f64::from(order),
                requirement: "an order is from 2, Hebb's rule, to 100",
            });
        }
        Ok(Self { patterns, order })
    }

    /// Number of neurons `N`.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.patterns.nrows()
    }

    /// The energy. Cost `O(N P)`.
    ///
    /// # Panics
    /// If `state` has not one level a neuron.
    #[must_use]
    pub fn energy(&self, state: &[f64]) -> f64 {
        let overlaps = self.patterns.tr_mul(&DVector::from_column_slice(state));
        -overlaps
            .iter()
            .map(|overlap| self.of(*overlap))
            .sum::<f64>()
    }

    fn of(&self, overlap: f64) -> f64 {
        (overlap / self.neurons() as f64).powi(self.order as i32)
    }

    /// Updates neuron 1, 2, ..., `N`, 1, ... until none changes. Of `start` the signs count; a level of 0 is
    /// unknown until its turn comes. Cost `O(P)` a visit.
    ///
    /// # Panics
    /// If `start` has not one level a neuron.
    #[must_use]
    pub fn relax(&self, start: &[f64]) -> Relaxed {
        let state = signs(start, self.neurons());
        let mut overlaps = self.patterns.tr_mul(&state);
        sweeps(
            state,
            |_| {},
            |state, j| {
                let row = self.patterns.row(j);
                let pairs = overlaps.iter().zip(row.iter());
                let gain = pairs.map(|(overlap, x)| {
                    let rest = overlap - x * state[j];
                    self.of(rest + x) - self.of(rest - x)
                });
                let gain: f64 = gain.sum();
                let wanted = if gain == 0.0 { state[j] } else { gain.signum() };
                let changed = wanted != state[j];
                if changed {
                    overlaps.axpy(wanted - state[j], &row.transpose(), 1.0);
                    state[j] = wanted;
                }
                changed
            },
        )
    }

    /// Whether no neuron of a pattern wants to change.
    #[must_use]
    pub fn is_at_rest(&self, pattern: &Pattern) -> bool {
        let end = self.relax(&pattern.levels().collect::<Vec<f64>>());
        end.at_rest && end.sweeps == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::{Hopfield, random_patterns};

    /// `E_2 = -sum_p (x_p . s)^2 / N^2`, which is that of Hebb's weights up to the diagonal and a factor.
    #[test]
    fn order_two_is_hebbs_rule() {
        let patterns = random_patterns(40, 5, 0.5, 1);
        let dense = DenseMemory::new(&patterns, 2).unwrap();
        let hebb = Hopfield::hebb(&patterns).unwrap();
        for start in random_patterns(40, 20, 0.5, 2) {
            let levels: Vec<f64> = start.levels().collect();
            let diagonal = patterns.len() as f64;
            let expected = (2.0 * hebb.energy(&levels) - diagonal) / 40.0;
            assert!((dense.energy(&levels) - expected).abs() < 1e-12);
            assert_eq!(dense.relax(&levels).state, hebb.relax(&levels).state);
        }
    }

    /// At a load of a fifth, above the capacity of order 2, patterns are lost there and held by order 3.
    #[test]
    fn a_higher_order_holds_more() {
        let patterns = random_patterns(200, 40, 0.5, 3);
        let held = |order: u32| {
            let memory = DenseMemory::new(&patterns, order).unwrap();
            patterns
                .iter()
                .filter(|pattern| memory.is_at_rest(pattern))
                .count()
        };
        assert!(held(2) < 20, "{}", held(2));
        assert_eq!(held(3), 40);
    }

    #[test]
    fn every_sweep_lowers_the_energy() {
        let patterns = random_patterns(50, 30, 0.5, 4);
        let memory = DenseMemory::new(&patterns, 3).unwrap();
        for start in random_patterns(50, 10, 0.5, 5) {
            let levels: Vec<f64> = start.levels().collect();
            let end = memory.relax(&levels);
            assert!(end.at_rest);
            assert!(end.sweeps == 0 || memory.energy(&end.state) < memory.energy(&levels));
        }
        assert!(DenseMemory::new(&patterns, 1).is_err());
    }
}
