//! Rescalings and permutations of hidden units, taken out of a network of any depth.

use nalgebra::{DMatrix, DVector};

use super::RectifierNetwork;
use super::two_layer::length;

/// Entries of the weights into a unit, of length 1, that are one number to the order of units: far above
/// the rounding of a rescaling, far below what tells random units apart (chosen).
const GRAIN: f64 = 1e-9;

impl RectifierNetwork {
    /// The network of the same function in which the weights into every hidden unit, its bias among
    /// them, have length 1, and the units of a layer are sorted by these weights.
    ///
    /// From the input outwards the length of the weights into a unit is taken out of them and multiplied into
    /// those that leave it, by `relu(s z) = s relu(z)`; then units are sorted, entry by entry, entries
    /// of equal multiples of 1e-9 being equal. Two networks that differ by positive scales and
    /// permutations of hidden units have the same normal form but for rounding. A unit with weights and
    /// bias zero does nothing, and weights that leave it become zero.
    ///
    /// Equal functions need not have equal normal forms, see [`hidden_kink`](super::hidden_kink).
    /// `O(n log n)` comparisons of units and two passes over all weights.
    ///
    /// ```
    /// use nalgebra::{dmatrix, dvector};
    /// use pulsatrix::probes::symmetry::RectifierNetwork;
    ///
    /// let network = |s: f64| {
    ///     RectifierNetwork::new(vec![(dmatrix![3.0 * s], dvector![4.0 * s]), (dmatrix![1.0 / s], dvector![0.0])])
    /// };
    /// let normal = network(2.0)?.normal_form();
    /// assert_eq!(normal.layers()[0], (dmatrix![0.6], dvector![0.8]));
    /// assert_eq!(normal, network(0.5)?.normal_form());
    /// # Ok::<(), pulsatrix::probes::symmetry::SymmetryError>(())
    /// ```
    #[must_use]
    pub fn normal_form(&self) -> Self {
        let mut layers = self.layers.clone();
        for index in 1..layers.len() {
            let (before, behind) = layers.split_at_mut(index);
            if let (Some((weights, biases)), Some((outgoing, _))) =
                (before.last_mut(), behind.first_mut())
            {
                normalise(weights, biases, outgoing);
                sort(weights, biases, outgoing);
            }
        }
        Self { layers }
    }
}

/// Moves the lengths of incoming weights into the outgoing ones.
fn normalise(weights: &mut DMatrix<f64>, biases: &mut DVector<f64>, outgoing: &mut DMatrix<f64>) {
    for unit in 0..biases.len() {
        let size = length(weights.row(unit).iter()).hypot(biases[unit]);
        if size > 0.0 {
            weights.row_mut(unit).unscale_mut(size);
            biases[unit] /= size;
        }
        outgoing.column_mut(unit).scale_mut(size);
    }
}

/// Sorts units by their incoming weights and biases.
fn sort(weights: &mut DMatrix<f64>, biases: &mut DVector<f64>, outgoing: &mut DMatrix<f64>) {
    // Adding zero takes the sign from a zero.
    let grains = |unit: usize| {
        let row = weights.row(unit);
        let entries = row.iter().copied().chain([biases[unit]]);
        let grains = entries.map(|entry| (entry / GRAIN).round() + 0.0);
        grains.collect::<Vec<f64>>()
    };
    let mut order: Vec<(Vec<f64>, usize)> =
        (0..biases.len()).map(|unit| (grains(unit), unit)).collect();
    order.sort_by(|(first, _), (second, _)| {
        let mut pairs = first.iter().zip(second);
        let unequal = pairs.find_map(|(a, b)| Some(a.total_cmp(b)).filter(|order| order.is_ne()));
        unequal.unwrap_or(std::cmp::Ordering::Equal)
    });
    let order: Vec<usize> = order.into_iter().map(|(_, unit)| unit).collect();
    *weights = weights.select_rows(&order);
    *biases = biases.select_rows(&order);
    *outgoing = outgoing.select_columns(&order);
}
