//! A third continuous symmetry of deep rectifier networks.

use nalgebra::{DMatrix, DVector, dmatrix, dvector};

use super::{RectifierNetwork, SymmetryError};

/// `g_s(x) = relu(relu(x + s) + 2 relu(x - 1) - 4 - s)`, the same function for every `s >= -2`.
///
/// The second layer is silent for `x < 2`, where both first units have their kinks: nobody sees the kink of
/// `relu(x + s)` while it stays there, and beyond it only the sum `x + s - s` counts. So a bias can move although no weight
/// is zero, no two units are alike, and no set of units can be flipped. At `s = -3` the kink has come
/// out, and `g` differs by 1.
///
/// Ours; the paper has a non-degenerate deep example of its own, which was not read.
///
/// # Errors
/// [`SymmetryError::NotFinite`] for a shift that is not.
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::probes::symmetry::hidden_kink;
///
/// let x = dmatrix![0.0; 2.0; 3.0];
/// for shift in [-2.0, 0.0, 1.5] {
///     assert_eq!(hidden_kink(shift)?.outputs(&x)?, dmatrix![0.0; 0.0; 3.0]);
/// }
/// // neither rescalings nor permutations explain it
/// let normal = |shift| Ok::<_, pulsatrix::probes::symmetry::SymmetryError>(hidden_kink(shift)?.normal_form());
/// assert!(normal(0.0)?.parameter_distance(&normal(1.0)?)? > 0.1);
/// # Ok::<(), pulsatrix::probes::symmetry::SymmetryError>(())
/// ```
pub fn hidden_kink(shift: f64) -> Result<RectifierNetwork, SymmetryError> {
    let single = |value: f64| DVector::from_element(1, value);
    RectifierNetwork::new(vec![
        (dmatrix![1.0; 1.0], dvector![shift, -1.0]),
        (dmatrix![1.0, 2.0], single(-4.0 - shift)),
        (DMatrix::identity(1, 1), single(0.0)),
    ])
}
