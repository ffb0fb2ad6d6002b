//! The modern Hopfield network: a softmax over the stored patterns.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::columns;
use crate::networks::{NetworkError, Pattern};
use crate::numerics::worst::worst;

/// A continuous state `xi` of `N` neurons that is pulled to the nearest of the columns of `X`:
///
/// ```text
/// xi <- X softmax(beta X^T xi),   E = -1/beta log sum_p exp(beta x_p . xi) + |xi|^2 / 2
/// ```
///
/// The update is the concave-convex step of `E`, which never rises. A pattern that is separated from
/// the others by `x_p . (x_p - x_q) >= gap` is fixed up to about `exp(-beta gap)`.
///
/// H. Ramsauer et al., "Hopfield networks is all you need", ICLR 2021, arXiv:2008.02217, equations 1
/// and 3; the constants of their energy are left out. Patterns here are columns of `+-1`.
///
/// ```
/// use pulsatrix::networks::{ModernHopfield, Pattern};
///
/// let patterns: [Pattern; 2] = ["110".parse()?, "011".parse()?];
/// let network = ModernHopfield::new(&patterns, 8.0)?;
/// let rest = network.relax(&[0.6, 0.3, -0.2]);
/// assert!(rest.at_rest && (rest.state[2] + 1.0).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModernHopfield {
    patterns: DMatrix<f64>,
    beta: f64,
}

/// Where a continuous network has come to rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SoftRelaxed {
    /// The state, one level a neuron.
    pub state: Vec<f64>,
    /// Updates made.
    pub updates: usize,
    /// Largest change of a level in the last update.
    pub residual: f64,
    /// Whether that fell below 1e-10.
    pub at_rest: bool,
}

impl ModernHopfield {
    /// Patterns as columns of `+-1` and inverse temperature `beta > 0`.
    ///
    /// # Errors
    /// [`NetworkError::Empty`], [`NetworkError::WrongLength`], or [`NetworkError::OutOfRange`] unless
    /// `beta` is positive and finite.
    pub fn new(patterns: &[Pattern], beta: f64) -> Result<Self, NetworkError> {
        Self::from_columns(columns(patterns)?, beta)
    }

    /// Patterns of any levels, one a column.
    ///
    /// # Errors
    /// As [`ModernHopfield::new`], and [`NetworkError::NotFinite`] for levels that are no numbers.
    ///
    /// ```
    /// use nalgebra::dmatrix;
    /// use pulsatrix::networks::ModernHopfield;
    ///
    /// let network = ModernHopfield::from_columns(dmatrix![0.2, 3.0; 1.5, -1.0], 20.0)?;
    /// let rest = network.relax(&[2.0, -0.5]);
    /// assert!((rest.state[0] - 3.0).abs() < 1e-9 && (rest.state[1] + 1.0).abs() < 1e-9);
    /// # Ok::<(), pulsatrix::networks::NetworkError>(())
    /// ```
    pub fn from_columns(patterns: DMatrix<f64>, beta: f64) -> Result<Self, NetworkError> {
        if patterns.is_empty() {
            return Err(NetworkError::Empty);
        }
        if !patterns.iter().all(|level| level.is_finite()) {
            return Err(NetworkError::NotFinite { name: "patterns" });
        }
        if !(beta > 0.0 && beta.is_finite()) {
            return Err(NetworkError::OutOfRange {
                name: "beta",
                value: beta,
                requirement: "an inverse temperature is positive and finite",
            });
        }
        Ok(Self { patterns, beta })
    }

    /// Number of neurons `N`.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.patterns.nrows()
    }

    /// `log sum exp` of `beta X^T xi` over `beta`, and its terms divided by the sum. No overflow: the
    /// largest overlap is taken off before `beta` can make it infinite.
    fn softmax(&self, state: &DVector<f64>) -> (f64, DVector<f64>) {
        let mut weights = self.patterns.tr_mul(state);
        let top = weights.max();
        weights.apply(|z| *z = (self.beta * (*z - top)).exp());
        let sum = weights.sum();
        (top + sum.ln() / self.beta, weights / sum)
    }

    /// The energy `-1/beta log sum_p exp(beta x_p . xi) + |xi|^2 / 2`. Cost `O(N P)`.
    ///
    /// # Panics
    /// If `state` has not one level a neuron.
    #[must_use]
    pub fn energy(&self, state: &[f64]) -> f64 {
        let state = DVector::from_column_slice(state);
        0.5 * state.norm_squared() - self.softmax(&state).0
    }

    /// One update of all neurons. Cost `O(N P)`.
    ///
    /// # Panics
    /// If `state` has not one level a neuron.
    #[must_use]
    pub fn update(&self, state: &[f64]) -> Vec<f64> {
        let weights = self.softmax(&DVector::from_column_slice(state)).1;
        (&self.patterns * weights).as_slice().to_vec()
    }

    /// Updates until no level changes by more than 1e-10, or 10,000 times; a level that is no number
    /// ends them, not at rest.
    ///
    /// # Panics
    /// If `start` has not one level a neuron.
    #[must_use]
    pub fn relax(&self, start: &[f64]) -> SoftRelaxed {
        let mut end = SoftRelaxed {
            state: start.to_vec(),
            updates: 0,
            residual: f64::INFINITY,
            at_rest: false,
        };
        while !end.at_rest && end.updates < 10_000 {
            let next = self.update(&end.state);
            let changes = next.iter().zip(&end.state).map(|(a, b)| (a - b).abs());
            end.residual = worst(changes);
            end.at_rest = end.residual <= 1e-10;
            end.state = next;
            end.updates += 1;
            if end.residual.is_nan() {
                break;
            }
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::{random_patterns, random_state};

    #[test]
    fn the_energy_never_rises() {
        let patterns = random_patterns(30, 50, 0.5, 1);
        for beta in [0.01, 0.1, 1.0] {
            let network = ModernHopfield::new(&patterns, beta).unwrap();
            for index in 0..20 {
                let mut state = random_state(30, -1.5, 1.5, 2, index);
                for _ in 0..20 {
                    let next = network.update(&state);
                    let rise = network.energy(&next) - network.energy(&state);
                    assert!(rise <= 1e-12, "{rise}");
                    state = next;
                }
            }
        }
    }

    /// Many more patterns than neurons are fixed to `2 (P - 1) exp(-beta gap)`.
    #[test]
    fn separated_patterns_are_fixed_beyond_the_number_of_neurons() {
        let patterns = random_patterns(64, 200, 0.5, 4);
        let x = columns(&patterns).unwrap();
        let network = ModernHopfield::new(&patterns, 1.0).unwrap();
        let overlaps = x.tr_mul(&x);
        for p in 0..200 {
            let others = (0..200).filter(|q| *q != p);
            let gap = others
                .map(|q| 64.0 - overlaps[(p, q)])
                .fold(f64::MAX, f64::min);
            let start: Vec<f64> = x.column(p).iter().copied().collect();
            let end = network.update(&start);
            let bound = 2.0 * 199.0 * (-gap).exp();
            for (a, b) in start.iter().zip(&end) {
                assert!((a - b).abs() <= bound + 1e-15);
            }
        }
    }

    #[test]
    fn what_is_no_number_is_not_at_rest() {
        let patterns = random_patterns(12, 3, 0.5, 4);
        let network = ModernHopfield::new(&patterns, 1.0).unwrap();
        let end = network.relax(&[f64::NAN; 12]);
        assert!(!end.at_rest && end.residual.is_nan() && end.updates == 1);
        let end = network.relax(&[f64::INFINITY; 12]);
        assert!(!end.at_rest && end.updates == 1);
        // The largest beta there is: the nearest pattern, and its energy.
        let cold = ModernHopfield::new(&patterns, 1e308).unwrap();
        let start: Vec<f64> = patterns[1].levels().map(|x| 0.3 * x).collect();
        let end = cold.relax(&start);
        let stored: Vec<f64> = patterns[1].levels().collect();
        assert!(end.at_rest && end.state == stored);
        assert_eq!(cold.energy(&stored), 6.0 - 12.0);
    }

    /// Two patterns `+-x`: the update is `xi -> x tanh(beta x . xi)` on the line through them.
    #[test]
    fn a_pattern_and_its_negative_make_a_tanh() {
        let network = ModernHopfield::new(&[Pattern::all(4), [false; 4].into()], 0.3).unwrap();
        let next = network.update(&[0.2; 4]);
        assert!(
            next.iter()
                .all(|x| (x - (0.3_f64 * 0.8).tanh()).abs() < 1e-15)
        );
    }
}
