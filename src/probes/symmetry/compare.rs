//! Whether two networks are the same function.

use nalgebra::DVector;
use serde::{Deserialize, Serialize};

use super::distance::{Kink, mean_square};
use super::planes::{Plane, groups};
use super::rectifier::require_alike;
use super::transformation::find;
use super::two_layer::length;
use super::{
    CanonicalForm, Degeneracy, Hyperplane, Obstacle, SymmetryError, Transformation, TwoLayerNetwork,
};

/// Tolerance within which functions are equal, if nothing else is said: relative to the length of a
/// normal and to [`TwoLayerNetwork::size`].
///
/// Chosen between what rounding leaves of a random symmetry of 200 neurons (below 1e-13, which a test
/// asserts) and a change of 1e-6 in one weight, with three orders of magnitude or more to either side:
/// the first is found equal, the second different, for weights up to about 1e3. Weights that went
/// through `f32` (6e-8) want 1e-5.
pub const DEFAULT_TOLERANCE: f64 = 1e-10;

/// What comes of comparing two networks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Whether both are the same function on all of `R^d`, within the tolerance: the same hyperplanes,
    /// and jumps, `M` and `m` that differ by at most the tolerance times the larger size.
    pub equal: bool,
    /// How far the functions are apart, see [`compare`].
    pub distance: f64,
    /// The larger [`TwoLayerNetwork::size`].
    pub size: f64,
    /// The map of hidden neurons that takes the first network to the second.
    pub transformation: Option<Transformation>,
    /// Why there is no such map.
    pub obstacle: Option<Obstacle>,
    /// What is degenerate in either network. Sets that can be flipped are named where the
    /// transformation flips them: to find all others is a problem of subset sums.
    pub degenerate: [Vec<Degeneracy>; 2],
    /// The sizes `|J|` of the jumps of the first and of the second network at every hyperplane of either;
    /// 0 where a network has none.
    pub jumps: Vec<[f64; 2]>,
}

/// Compares two networks as functions on all of `R^d`.
///
/// The distance is a norm of the difference of the canonical data, which depend linearly on the
/// function and determine it: so it is a metric of functions, zero for equal ones alone, with the
/// triangle inequality. It is the root mean square of `F - F'` over normal `y = (x, t)` in
/// `R^(d+1)`, for
///
/// ```text
/// F(x, t) = 1/2 sum J |u . x + beta t| + M x + m t,     F(x, 1) = f(x),     F(x, t) = t f(x / t) for t > 0
/// ```
///
/// in closed form. It depends continuously on the weights, as no count of common hyperplanes does.
/// Kinks that agree within the tolerance are subtracted first, so that equal functions are at a
/// distance of rounding; where hyperplanes differ it is good to about 1e-8 of the jumps, the root of a
/// rounding.
///
/// `O(m d log m)`, and `O(r^2 d)` for the `r` hyperplanes at which the functions differ.
///
/// # Errors
/// [`SymmetryError::Unlike`] for different numbers of inputs or outputs,
/// [`SymmetryError::Tolerance`] beyond (0, 0.1], [`SymmetryError::Overflow`].
///
/// ```
/// use nalgebra::{dmatrix, dvector};
/// use pulsatrix::probes::symmetry::{DEFAULT_TOLERANCE, TwoLayerNetwork, compare};
///
/// // |x| - 1, with its two neurons exchanged and rescaled
/// let first = TwoLayerNetwork::new(dmatrix![1.0; -1.0], dvector![0.0, 0.0], dmatrix![1.0, 1.0], dvector![-1.0])?;
/// let second = TwoLayerNetwork::new(dmatrix![-4.0; 0.5], dvector![0.0, 0.0], dmatrix![0.25, 2.0], dvector![-1.0])?;
/// let found = compare(&first, &second, DEFAULT_TOLERANCE)?;
/// assert!(found.equal && found.distance == 0.0);
/// let map = found.transformation.expect("one neuron for another");
/// assert_eq!((map.permutation, map.scales, map.flips), (vec![1, 0], vec![4.0, 0.5], vec![]));
/// # Ok::<(), pulsatrix::probes::symmetry::SymmetryError>(())
/// ```
pub fn compare(
    first: &TwoLayerNetwork,
    second: &TwoLayerNetwork,
    tolerance: f64,
) -> Result<Comparison, SymmetryError> {
    let inputs = |network: &TwoLayerNetwork| network.weights().ncols();
    require_alike("inputs", inputs(first), inputs(second))?;
    require_alike("outputs", first.offsets().len(), second.offsets().len())?;
    let forms = [
        CanonicalForm::new(first, tolerance)?,
        CanonicalForm::new(second, tolerance)?,
    ];
    let size = forms[0].size.max(forms[1].size);
    let allowed = tolerance * size;
    let (linear, constant) = (
        &forms[0].linear - &forms[1].linear,
        &forms[0].constant - &forms[1].constant,
    );
    let mut equal = length(linear.iter()) <= allowed && length(constant.iter()) <= allowed;
    let (mut jumps, mut kinks) = (Vec::new(), Vec::new());
    for (plane, jump, pair) in differences(&forms, tolerance) {
        equal &= length(jump.iter()) <= allowed;
        jumps.push(pair);
        if jump.amax() > 0.0 {
            kinks.push(Kink { plane, jump });
        }
    }
    let squares = mean_square(&kinks) + linear.norm_squared() + constant.norm_squared();
    let distance = squares.sqrt();
    if !distance.is_finite() {
        return Err(SymmetryError::Overflow);
    }
    let (transformation, obstacle) = match equal {
        false => (None, Some(Obstacle::DifferentFunctions)),
        true => match find(first, second, tolerance, size) {
            Ok(found) => (Some(found), None),
            Err(obstacle) => (None, Some(obstacle)),
        },
    };
    let mut degenerate = forms.map(|form| form.degenerate);
    if let Some(found) = transformation
        .as_ref()
        .filter(|found| !found.flips.is_empty())
    {
        let flipped = |j: &usize| found.flips.binary_search(&found.permutation[*j]).is_ok();
        let theirs = (0..found.permutation.len()).filter(flipped).collect();
        for (list, neurons) in degenerate.iter_mut().zip([found.flips.clone(), theirs]) {
            list.push(Degeneracy::FlipSet { neurons });
        }
    }
    Ok(Comparison {
        equal,
        distance,
        size,
        transformation,
        obstacle,
        degenerate,
        jumps,
    })
}

/// Every hyperplane of either form, with the difference of the jumps there and the sizes of both.
fn differences(forms: &[CanonicalForm; 2], tolerance: f64) -> Vec<(Plane, DVector<f64>, [f64; 2])> {
    let plane = |hyperplane: &Hyperplane| Plane {
        normal: hyperplane.normal.clone(),
        offset: hyperplane.offset,
    };
    let all: Vec<(usize, &Hyperplane)> = (0..2)
        .flat_map(|form| forms[form].hyperplanes.iter().map(move |h| (form, h)))
        .collect();
    let planes: Vec<Plane> = all
        .iter()
        .map(|(_, hyperplane)| plane(hyperplane))
        .collect();
    let list: Vec<&Plane> = planes.iter().collect();
    let difference = |members: Vec<usize>| {
        let outputs = forms[0].constant.len();
        let mut jumps = [DVector::zeros(outputs), DVector::zeros(outputs)];
        for (form, hyperplane) in members.iter().map(|member| all[*member]) {
            jumps[form] += &hyperplane.jump;
        }
        let sizes = [0, 1].map(|form| length(jumps[form].iter()));
        let [ours, theirs] = jumps;
        (planes[members[0]].clone(), ours - theirs, sizes)
    };
    groups(&list, tolerance)
        .into_iter()
        .map(difference)
        .collect()
}
