//! The classical Hopfield network: binary neurons, symmetric weights, an energy that only falls.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use crate::networks::{NetworkError, Pattern};

/// A network of `N` neurons `s_j = +-1` with symmetric weights without a diagonal:
///
/// ```text
/// s_j <- sign(sum_s w_js s_s),   one neuron after the other,   E = -1/2 sum_js w_js s_j s_s
/// ```
///
/// A neuron whose field is zero keeps its state. Every flip lowers `E`, so the network comes to rest.
///
/// J. J. Hopfield, "Neural networks and physical systems with emergent collective computational
/// abilities", PNAS 79(8), 2554-2558 (1982), doi:10.1073/pnas.79.8.2554.
///
/// ```
/// use pulsatrix::networks::{Hopfield, Pattern};
///
/// let patterns: [Pattern; 2] = ["1100".parse()?, "1010".parse()?];
/// let network = Hopfield::pseudo_inverse(&patterns)?;
/// let rest = network.relax(&[1.0, 1.0, -1.0, 0.0]);
/// assert_eq!(rest.state, [1.0, 1.0, -1.0, -1.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hopfield {
    weights: DMatrix<f64>,
}

/// Where a binary network has come to rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Relaxed {
    /// The state, `+-1` for each neuron; 0 for one that was unknown and feels no field.
    pub state: Vec<f64>,
    /// Sweeps over all neurons that changed something.
    pub sweeps: usize,
    /// Whether no neuron wants to change: false only if the sweeps ran out.
    pub at_rest: bool,
}

/// Sweeps after which a relaxation is given up; an energy with rounding noise could circle for ever.
const MOST_SWEEPS: usize = 10_000;

/// Part of the largest term below which a field counts as zero: rounding must not flip a neuron.
const ROUNDING: f64 = 1e-12;

/// The patterns as columns of `+-1`, shape neurons x patterns.
pub(in crate::networks) fn columns(patterns: &[Pattern]) -> Result<DMatrix<f64>, NetworkError> {
    let neurons = patterns.first().map_or(0, Pattern::len);
    if neurons == 0 {
        return Err(NetworkError::Empty);
    }
    if let Some(wrong) = patterns.iter().find(|pattern| pattern.len() != neurons) {
        return Err(NetworkError::WrongLength {
            name: "a pattern",
            found: wrong.len(),
            neurons,
        });
    }
    Ok(DMatrix::from_fn(neurons, patterns.len(), |j, p| {
        if patterns[p][j] { 1.0 } else { -1.0 }
    }))
}

impl Hopfield {
    /// Hebb's rule `w_js = 1/N sum_p x_j^p x_s^p` for patterns of `+-1`, without the diagonal.
    ///
    /// Random patterns are recalled up to about 0.138 `N` of them: D. J. Amit, H. Gutfreund, H.
    /// Sompolinsky, "Storing infinite numbers of patterns in a spin-glass model of neural networks",
    /// Phys. Rev. Lett. 55(14), 1530-1533 (1985), doi:10.1103/PhysRevLett.55.1530. Cost `O(N^2 P)`.
    ///
    /// # Errors
    /// [`NetworkError::Empty`] without patterns, [`NetworkError::WrongLength`] for unequal ones.
    pub fn hebb(patterns: &[Pattern]) -> Result<Self, NetworkError> {
        let x = columns(patterns)?;
        Ok(Self::without_diagonal(
            &x * x.transpose() / x.nrows() as f64,
        ))
    }

    /// The projection on the span of the patterns, `W = X X^+`, without the diagonal.
    ///
    /// Every pattern is at rest as long as the patterns span less than all of space, up to `N - 1`
    /// independent ones. L. Personnaz, I. Guyon, G. Dreyfus, "Collective computational properties of
    /// neural networks: New learning mechanisms", Phys. Rev. A 34(5), 4217-4228 (1986),
    /// doi:10.1103/PhysRevA.34.4217. Cost: a singular value decomposition of `N x P`.
    ///
    /// # Errors
    /// As [`Hopfield::hebb`], and [`NetworkError::OutOfRange`] if the patterns span all of space:
    /// the projection is then the identity and remembers nothing.
    pub fn pseudo_inverse(patterns: &[Pattern]) -> Result<Self, NetworkError> {
        let x = columns(patterns)?;
        let neurons = x.nrows();
        let decomposition = x.svd(true, false);
        let largest = decomposition.singular_values.max();
        let rank = decomposition.rank(1e-10 * largest);
        let Some(basis) = decomposition.u.filter(|_| rank < neurons) else {
            return Err(NetworkError::OutOfRange {
                name: "rank of the patterns",
                value: rank as f64,
                requirement: "the pseudo-inverse stores fewer independent patterns than neurons",
            });
        };
        let values = &decomposition.singular_values;
        let mut weights = DMatrix::zeros(neurons, neurons);
        for (column, _) in basis
            .column_iter()
            .zip(values)
            .filter(|(_, s)| **s > 1e-10 * largest)
        {
            weights.ger(1.0, &column, &column, 1.0);
        }
        Ok(Self::without_diagonal(weights))
    }

    fn without_diagonal(mut weights: DMatrix<f64>) -> Self {
        weights.fill_diagonal(0.0);
        Self { weights }
    }

    /// Number of neurons `N`.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.weights.nrows()
    }

    /// The weights, `N x N`, symmetric.
    #[must_use]
    pub fn weights(&self) -> &DMatrix<f64> {
        &self.weights
    }

    /// The energy `E = -1/2 s^T W s`. Cost `O(N^2)`.
    #[must_use]
    pub fn energy(&self, state: &[f64]) -> f64 {
        let state = DVector::from_column_slice(state);
        -0.5 * state.dot(&(&self.weights * &state))
    }

    /// Updates neuron 1, 2, ..., `N`, 1, ... until none changes.
    ///
    /// `start` holds one level a neuron, of which the sign counts; a level of 0 is unknown, feeds no
    /// other neuron, and is filled in when its turn comes. Deterministic. Cost `O(N)` a visit and
    /// `O(N)` a flip.
    ///
    /// # Panics
    /// If `start` has not one level a neuron.
    #[must_use]
    pub fn relax(&self, start: &[f64]) -> Relaxed {
        assert_eq!(start.len(), self.neurons(), "one level a neuron");
        let sign = |x: f64| if x == 0.0 { 0.0 } else { x.signum() };
        let mut state = DVector::from_iterator(start.len(), start.iter().map(|x| sign(*x)));
        for sweep in 0..MOST_SWEEPS {
            let mut changed = false;
            for j in 0..state.len() {
                let column = self.weights.column(j);
                let field = column.dot(&state);
                let wanted = if field.abs() <= ROUNDING * column.amax() {
                    state[j]
                } else {
                    field.signum()
                };
                changed |= wanted != state[j];
                state[j] = wanted;
            }
            if !changed {
                return Relaxed {
                    state: state.as_slice().to_vec(),
                    sweeps: sweep,
                    at_rest: true,
                };
            }
        }
        Relaxed {
            state: state.as_slice().to_vec(),
            sweeps: MOST_SWEEPS,
            at_rest: false,
        }
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
    use crate::networks::random_patterns;

    /// Mean overlap `x . s / N` of the resting states that start on the stored patterns.
    fn quality(neurons: usize, load: f64) -> f64 {
        let patterns = random_patterns(neurons, (load * neurons as f64) as usize, 0.5, 1);
        let network = Hopfield::hebb(&patterns).unwrap();
        let x = columns(&patterns).unwrap();
        let overlap = |p: usize| {
            let end = network.relax(x.column(p).as_slice());
            x.column(p).dot(&DVector::from_vec(end.state)) / neurons as f64
        };
        let measured = patterns.len().min(20);
        (0..measured).map(overlap).sum::<f64>() / measured as f64
    }

    /// The capacity 0.138 N is that of infinite networks, and the fall there is steep but blurred at
    /// finite size: well below, retrieval is near perfect (theory: 0.99 at 0.10); well above, it is
    /// lost to the remanent overlap of about 0.35.
    #[test]
    fn hebb_retrieves_below_its_capacity_and_not_above() {
        let (below, above) = (quality(800, 0.10), quality(800, 0.19));
        assert!(below > 0.97, "{below}");
        assert!(above < 0.65, "{above}");
    }

    #[test]
    fn the_pseudo_inverse_stores_one_pattern_less_than_neurons() {
        let patterns = random_patterns(40, 39, 0.5, 3);
        let network = Hopfield::pseudo_inverse(&patterns).unwrap();
        assert!(patterns.iter().all(|pattern| network.is_at_rest(pattern)));
        let hebb = Hopfield::hebb(&patterns).unwrap();
        assert!(!patterns.iter().all(|pattern| hebb.is_at_rest(pattern)));
        let full = random_patterns(40, 60, 0.5, 3);
        assert!(Hopfield::pseudo_inverse(&full).is_err());
    }

    #[test]
    fn orthogonal_patterns_make_both_rules_one() {
        let patterns =
            ["11110000", "11001100", "10101010"].map(|text| text.parse::<Pattern>().unwrap());
        let hebb = Hopfield::hebb(&patterns).unwrap();
        let projection = Hopfield::pseudo_inverse(&patterns).unwrap();
        assert!((hebb.weights() - projection.weights()).amax() < 1e-14);
    }

    #[test]
    fn every_flip_lowers_the_energy() {
        let network = Hopfield::hebb(&random_patterns(60, 12, 0.5, 5)).unwrap();
        for start in random_patterns(60, 20, 0.5, 7) {
            let mut state: Vec<f64> = start.levels().collect();
            for j in (0..60).cycle().take(600) {
                let before = network.energy(&state);
                let field = network
                    .weights()
                    .column(j)
                    .dot(&DVector::from_vec(state.clone()));
                let flips = field * state[j] < 0.0;
                if flips {
                    state[j] = -state[j];
                    let fall = before - network.energy(&state);
                    assert!((fall - 2.0 * field.abs()).abs() < 1e-12);
                }
            }
            assert!(
                network.relax(&state).sweeps == 0,
                "ten sweeps are enough here"
            );
        }
    }

    #[test]
    fn unequal_patterns_are_refused() {
        assert!(Hopfield::hebb(&[Pattern::all(1), Pattern::all(2)]).is_err());
        assert!(Hopfield::hebb(&[]).is_err());
    }
}
