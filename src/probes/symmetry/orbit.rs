//! How far apart the weights of two networks are, permutations and scales taken out.

use nalgebra::{DMatrix, DVector};

use super::rectifier::require_alike;
use super::two_layer::length;
use super::{SymmetryError, TwoLayerNetwork};
use crate::numerics::assign;

/// The network of the same function whose neurons are balanced, `|(w_i, b_i)| = |a_i|`: the weights
/// of least norm that rescaling can reach. A neuron with `a = 0` or `(w, b) = 0` does nothing and
/// becomes zero, as balance asks.
///
/// # Errors
/// [`SymmetryError::NotFinite`], if scales overflow.
pub fn balanced(network: &TwoLayerNetwork) -> Result<TwoLayerNetwork, SymmetryError> {
    let (mut weights, mut biases) = (network.weights().clone(), network.biases().clone());
    let mut read_out = network.read_out().clone();
    for neuron in 0..network.neurons() {
        let into = length(weights.row(neuron).iter()).hypot(biases[neuron]);
        let out = length(read_out.column(neuron).iter());
        let (down, up) = if into > 0.0 && out > 0.0 {
            ((out / into).sqrt(), (into / out).sqrt())
        } else {
            (0.0, 0.0)
        };
        weights.row_mut(neuron).scale_mut(down);
        biases[neuron] *= down;
        read_out.column_mut(neuron).scale_mut(up);
    }
    TwoLayerNetwork::new(weights, biases, read_out, network.offsets().clone())
}

/// Least distance between the weights of two networks after both are [`balanced`], over all
/// permutations of the hidden neurons.
///
/// A metric on weights up to permutations and positive scales: zero exactly if these take one network to the
/// other (neurons that do nothing apart). Flips are not taken out: they exist for degenerate weights only.
/// The best permutation is found exactly, `O(m^2 d + m^3)`.
///
/// # Errors
/// [`SymmetryError::Unlike`] for networks of other shapes, [`SymmetryError::Overflow`].
///
/// ```
/// use nalgebra::{dmatrix, dvector};
/// use pulsatrix::probes::symmetry::{TwoLayerNetwork, orbit_distance};
///
/// let network = |w, a| TwoLayerNetwork::new(w, dvector![0.0, 0.0], a, dvector![0.0]);
/// let first = network(dmatrix![4.0; -1.0], dmatrix![1.0, 1.0])?;
/// let second = network(dmatrix![-1.0; 8.0], dmatrix![1.0, 0.5])?;
/// assert_eq!(orbit_distance(&first, &second)?, 0.0);
/// let as_they_stand = first.layered().parameter_distance(second.layered())?;
/// assert_eq!(as_they_stand, f64::sqrt(25.0 + 81.0 + 0.25));
/// # Ok::<(), pulsatrix::probes::symmetry::SymmetryError>(())
/// ```
pub fn orbit_distance(
    first: &TwoLayerNetwork,
    second: &TwoLayerNetwork,
) -> Result<f64, SymmetryError> {
    require_alike("hidden neurons", first.neurons(), second.neurons())?;
    require_alike("inputs", first.weights().ncols(), second.weights().ncols())?;
    require_alike("outputs", first.offsets().len(), second.offsets().len())?;
    let [ours, theirs] = [neurons(&balanced(first)?), neurons(&balanced(second)?)];
    let count = ours.len();
    let costs = DMatrix::from_fn(count, count, |i, j| (&ours[i] - &theirs[j]).norm_squared());
    let partners = assign(&costs).ok_or(SymmetryError::Overflow)?;
    let offsets = (first.offsets() - second.offsets()).norm_squared();
    let pairs = partners.into_iter().enumerate();
    Ok((offsets + pairs.map(|pair| costs[pair]).sum::<f64>()).sqrt())
}

/// The numbers `w, b, a` of every neuron.
fn neurons(network: &TwoLayerNetwork) -> Vec<DVector<f64>> {
    let numbers = |i: usize| {
        let (w, a) = (network.weights().row(i), network.read_out().column(i));
        let list = w.iter().chain([&network.biases()[i]]).chain(a.iter());
        DVector::from_vec(list.copied().collect())
    };
    (0..network.neurons()).map(numbers).collect()
}
