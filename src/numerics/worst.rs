//! The largest of some errors.

/// The largest of some errors, 0 of none, NaN if one of them is: `f64::max` would forget that one,
/// and call rest what is no number.
///
/// ```
/// use pulsatrix::numerics::worst::worst;
///
/// assert_eq!(worst([0.5, 2.0]), 2.0);
/// assert!(worst([0.5, f64::NAN, 2.0]).is_nan());
/// ```
#[must_use]
pub fn worst(errors: impl IntoIterator<Item = f64>) -> f64 {
    let worse = |a: f64, b: f64| if a.is_nan() || b <= a { a } else { b };
    errors.into_iter().fold(0.0, worse)
}
