//! Where a steady state loses or gains its stability along a parameter.

use serde::{Deserialize, Serialize};

use crate::analysis::{CharacteristicRoot, LinearError, linearise, steady_state};
use crate::numerics::root::bracketed_root;
use crate::solver::DelayField;

/// Width of the parameter to which a crossing is found, relative to its value.
const SHARP: f64 = 1e-12;

/// A value of the parameter at which the rightmost root lies on the imaginary axis.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AxisCrossing {
    /// The value.
    pub value: f64,
    /// Angular frequency of the root: 0 where a real one passes.
    pub frequency: f64,
}

/// The steady state nearest to a guess by Newton's method, and its `count` rightmost roots.
///
/// # Errors
/// Those of [`steady_state`] and of the roots.
pub fn rightmost_roots(
    field: &dyn DelayField,
    guess: &[f64],
    count: usize,
) -> Result<(Vec<f64>, Vec<CharacteristicRoot>), LinearError> {
    let steady = steady_state(field, guess)?;
    let roots = linearise(field, &steady)?.characteristic_roots(count)?;
    Ok((steady, roots))
}

/// Every sign change of the growth rate between neighbours of `rates` (parameter and real part of the
/// rightmost root), located by bisection and secants; `rightmost` gives that root at any value.
///
/// # Errors
/// Those of `rightmost`.
pub fn axis_crossings<E>(
    rates: &[(f64, f64)],
    mut rightmost: impl FnMut(f64) -> Result<CharacteristicRoot, E>,
) -> Result<Vec<AxisCrossing>, E> {
    let mut found = Vec::new();
    for pair in rates.windows(2) {
        if (pair[0].1 > 0.0) == (pair[1].1 > 0.0) {
            continue;
        }
        let mut failure = None;
        let mut rate = |value| match rightmost(value) {
            Ok(root) => root.re,
            Err(error) => {
                failure = Some(error);
                0.0
            }
        };
        let value = bracketed_root(&mut rate, pair[0], pair[1], SHARP);
        if let Some(error) = failure {
            return Err(error);
        }
        found.push(AxisCrossing {
            value,
            frequency: rightmost(value)?.im,
        });
    }
    Ok(found)
}
