//! The classical Hopfield network: binary neurons, symmetric weights, an energy that only falls.

use nalgebra::{DMatrix, DVector};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::networks::{NetworkError, Pattern};
use crate::numerics::random::stream;

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

/// Where a network whose neurons are updated all at once has come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Synchronous {
    /// The state, `+-1` for each neuron, or one of the two that follow each other.
    pub state: Vec<f64>,
    /// Updates made until then.
    pub updates: usize,
    /// 1 at rest, 2 for two states in turn; `None` only if the updates ran out.
    pub period: Option<usize>,
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

/// The signs of levels, 0 for those that are unknown.
pub(in crate::networks) fn signs(levels: &[f64], neurons: usize) -> DVector<f64> {
    assert_eq!(levels.len(), neurons, "one level a neuron");
    let sign = |x: &f64| if *x == 0.0 { 0.0 } else { x.signum() };
    DVector::from_iterator(neurons, levels.iter().map(sign))
}

/// Visits all neurons in an order that `arrange` makes of the last one, sweep after sweep, until `visit` changes
/// none.
pub(super) fn sweeps(
    mut state: DVector<f64>,
    mut arrange: impl FnMut(&mut [usize]),
    mut visit: impl FnMut(&mut DVector<f64>, usize) -> bool,
) -> Relaxed {
    let mut order: Vec<usize> = (0..state.len()).collect();
    let (mut sweep, mut at_rest) = (0, false);
    while sweep < MOST_SWEEPS && !at_rest {
        arrange(&mut order);
        let mut changed = false;
        for &j in &order {
            changed |= visit(&mut state, j);
        }
        at_rest = !changed;
        sweep += usize::from(changed);
    }
    Relaxed {
        state: state.as_slice().to_vec(),
        sweeps: sweep,
        at_rest,
    }
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

    /// Weights of the user's own, `N x N`: symmetric and without a diagonal, as the fall of the energy
    /// needs them.
    ///
    /// # Errors
    /// [`NetworkError::Empty`], or [`NetworkError::MalformedWeights`] with the place of the first entry that
    /// is no number, stands on the diagonal, or differs from the one across.
    pub fn from_weights(weights: DMatrix<f64>) -> Result<Self, NetworkError> {
        if weights.is_empty() {
            return Err(NetworkError::Empty);
        }
        let refuse = |row, column, problem| {
            Err(NetworkError::MalformedWeights {
                row,
                column,
                problem,
            })
        };
        if !weights.is_square() {
            let (row, column) = (weights.nrows() - 1, weights.ncols() - 1);
            return refuse(row, column, "the matrix that ends there is not square");
        }
        for (column, row) in (0..weights.ncols()).flat_map(|j| (0..=j).map(move |i| (j, i))) {
            let weight = weights[(row, column)];
            if !weight.is_finite() {
                return refuse(row, column, "a weight is no number");
            }
            if row == column && weight != 0.0 {
                return refuse(
                    row,
                    column,
                    "a neuron does not hear itself; set the diagonal to 0",
                );
            }
            if weight != weights[(column, row)] {
                return refuse(row, column, "they are not symmetric; give (W + W^T)/2");
            }
        }
        Ok(Self { weights })
    }

    /// Storkey's rule, pattern after pattern: with the fields `h_ij = sum_{k != i,j} w_ik x_k`,
    ///
    /// ```text
    /// w_ij <- w_ij + (x_i x_j - x_i h_ji - h_ij x_j) / N
    /// ```
    ///
    /// It is local and incremental as Hebb's is, and holds more, about `N / sqrt(2 ln N)` random patterns:
    /// A. Storkey, "Increasing the capacity of a Hopfield network without sacrificing functionality", ICANN
    /// 1997, 451-456, doi:10.1007/BFb0020196. Cost `O(N^2)` a pattern.
    ///
    /// # Errors
    /// As [`Hopfield::hebb`].
    pub fn storkey(patterns: &[Pattern]) -> Result<Self, NetworkError> {
        let patterns = columns(patterns)?;
        let neurons = patterns.nrows();
        let mut weights = DMatrix::<f64>::zeros(neurons, neurons);
        for x in patterns.column_iter() {
            let whole = &weights * x;
            // The field on i without what i and j themselves add; weights have no diagonal.
            let field = |i: usize, j: usize| whole[i] - weights[(i, j)] * x[j];
            let change = DMatrix::from_fn(neurons, neurons, |i, j| {
                (x[i] * x[j] - x[i] * field(j, i) - field(i, j) * x[j]) / neurons as f64
            });
            weights += change;
            weights.fill_diagonal(0.0);
        }
        Ok(Self { weights })
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
        self.sweep(start, |_| {})
    }

    /// As [`Hopfield::relax`], with the neurons of every sweep in a random order of its own.
    ///
    /// # Panics
    /// If `start` has not one level a neuron.
    #[must_use]
    pub fn relax_in_random_order(&self, start: &[f64], seed: u64) -> Relaxed {
        let mut random = stream(seed, "order of neurons", 0);
        self.sweep(start, |order| order.shuffle(&mut random))
    }

    /// Updates all neurons at once, again and again, until the state comes back: at rest (`period` 1), or
    /// every second time (`period` 2). Symmetric weights allow nothing else: E. Goles, J. Olivos, "Periodic
    /// behaviour of generalized threshold functions", Discrete Mathematics 30, 187-189 (1980). Cost
    /// `O(N^2)` an update.
    ///
    /// # Panics
    /// If `start` has not one level a neuron.
    #[must_use]
    pub fn relax_synchronously(&self, start: &[f64]) -> Synchronous {
        let mut before = signs(start, self.neurons());
        let mut state = self.update(&before);
        for updates in 1..MOST_SWEEPS {
            let period = if state == before { Some(1) } else { None };
            let next = self.update(&state);
            let period = period.or((next == before).then_some(2));
            if period.is_some() {
                return Synchronous {
                    state: state.as_slice().to_vec(),
                    updates,
                    period,
                };
            }
            (before, state) = (state, next);
        }
        Synchronous {
            state: state.as_slice().to_vec(),
            updates: MOST_SWEEPS,
            period: None,
        }
    }

    /// All neurons updated at once.
    fn update(&self, state: &DVector<f64>) -> DVector<f64> {
        let wanted = (0..state.len()).map(|j| self.wanted(state, j));
        DVector::from_iterator(state.len(), wanted)
    }

    /// What a neuron becomes: the sign of its field, or what it is where that is 0 to rounding.
    fn wanted(&self, state: &DVector<f64>, j: usize) -> f64 {
        let column = self.weights.column(j);
        let field = column.dot(state);
        if field.abs() <= ROUNDING * column.amax() {
            state[j]
        } else {
            field.signum()
        }
    }

    fn sweep(&self, start: &[f64], arrange: impl FnMut(&mut [usize])) -> Relaxed {
        sweeps(signs(start, self.neurons()), arrange, |state, j| {
            let wanted = self.wanted(state, j);
            let changed = wanted != state[j];
            state[j] = wanted;
            changed
        })
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
    use nalgebra::dmatrix;

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

    /// Two neurons that want to be alike, started unlike, exchange their states for ever; three in a ring of
    /// unlike signs come to rest one by one.
    #[test]
    fn synchronous_updates_find_rest_or_a_two_cycle() {
        let pair = Hopfield::from_weights(dmatrix![0.0, 1.0; 1.0, 0.0]).unwrap();
        let found = pair.relax_synchronously(&[1.0, -1.0]);
        assert_eq!((found.period, found.state), (Some(2), vec![-1.0, 1.0]));
        assert_eq!(pair.relax_synchronously(&[1.0, 1.0]).period, Some(1));
        assert!(pair.relax(&[1.0, -1.0]).at_rest);
        let network = Hopfield::hebb(&random_patterns(50, 15, 0.5, 2)).unwrap();
        for start in random_patterns(50, 40, 0.5, 3) {
            let levels: Vec<f64> = start.levels().collect();
            let found = network.relax_synchronously(&levels);
            let state = DVector::from_vec(found.state.clone());
            let next = network.update(&state);
            match found.period.unwrap() {
                1 => assert_eq!(next, state),
                _ => assert!(next != state && network.update(&next) == state),
            }
            let end = network.relax_in_random_order(&levels, 1);
            assert!(end.at_rest && network.relax(&end.state).sweeps == 0);
        }
    }

    /// One pattern: Hebb's rule. Two patterns of three neurons, by hand: `x = (1, 1, -1)`, then `(1, -1, -1)`.
    #[test]
    fn storkey_follows_its_rule_and_holds_more_than_hebb() {
        let one = ["110".parse::<Pattern>().unwrap()];
        let (storkey, hebb) = (
            Hopfield::storkey(&one).unwrap(),
            Hopfield::hebb(&one).unwrap(),
        );
        assert!((storkey.weights() - hebb.weights()).amax() < 1e-15);
        let two = ["110", "100"].map(|text| text.parse::<Pattern>().unwrap());
        let weights = Hopfield::storkey(&two).unwrap();
        let third = 1.0 / 3.0;
        // w = (xx^T)/3 first; then h_12 = w_13 x_3 = 1/3, h_21 = w_23 x_3 = 1/3, h_13 = w_12 x_2 = -1/3,
        // h_31 = w_32 x_2 = 1/3, h_23 = w_21 x_1 = 1/3, h_32 = w_31 x_1 = -1/3.
        let w12 = third + third * (-1.0 - third + third);
        let w13 = -third + third * (-1.0 - third - third);
        let w23 = -third + third * (1.0 - third + third);
        let expected = dmatrix![0.0, w12, w13; w12, 0.0, w23; w13, w23, 0.0];
        assert!(
            (weights.weights() - expected).amax() < 1e-15,
            "{}",
            weights.weights()
        );
        let patterns = random_patterns(100, 20, 0.5, 4);
        let held = |network: &Hopfield| patterns.iter().filter(|p| network.is_at_rest(p)).count();
        let storkey = held(&Hopfield::storkey(&patterns).unwrap());
        let hebb = held(&Hopfield::hebb(&patterns).unwrap());
        assert!(storkey >= 18 && hebb <= 10, "{storkey} {hebb}");
    }

    #[test]
    fn weights_that_are_no_hopfield_network_are_refused_at_their_place() {
        for (weights, word) in [
            (dmatrix![0.0, 1.0; 2.0, 0.0], "symmetric"),
            (dmatrix![1.0, 1.0; 1.0, 0.0], "diagonal"),
            (dmatrix![0.0, f64::NAN; f64::NAN, 0.0], "no number"),
            (dmatrix![0.0, 1.0], "square"),
        ] {
            let error = Hopfield::from_weights(weights).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
        assert!(Hopfield::from_weights(DMatrix::zeros(0, 0)).is_err());
    }

    #[test]
    fn unequal_patterns_are_refused() {
        assert!(Hopfield::hebb(&[Pattern::all(1), Pattern::all(2)]).is_err());
        assert!(Hopfield::hebb(&[]).is_err());
    }
}
