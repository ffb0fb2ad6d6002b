//! Where a steady state loses or gains its stability along a parameter.

use serde::{Deserialize, Serialize};

use crate::analysis::{CharacteristicRoot, LinearError, linearise, steady_state};
use crate::numerics::root::bracketed_root;
use crate::solver::DelayField;

/// Width of the parameter to which a crossing is found.
const SHARP: f64 = 1e-12;

/// Share of the growth rates around it that is left at a crossing; more is a jump to another steady
/// state (chosen: over a width of [`SHARP`] no rate of a sweep moves that far).
const JUMP: f64 = 1e-3;

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
/// rightmost root), located by bisection and secants; `rightmost` gives that root at any value. Where the
/// rate jumps, as from one steady state to another, nothing crosses, and two crossings between neighbours
/// are not seen.
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
        let (low, high) = if pair[0].0 < pair[1].0 {
            (pair[0], pair[1])
        } else {
            (pair[1], pair[0])
        };
        let value = bracketed_root(&mut rate, low, high, SHARP);
        if let Some(error) = failure {
            return Err(error);
        }
        let root = rightmost(value)?;
        if root.re.abs() <= JUMP * low.1.abs().max(high.1.abs()) {
            found.push(AxisCrossing {
                value,
                frequency: root.im,
            });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(re: f64) -> Result<CharacteristicRoot, LinearError> {
        Ok(CharacteristicRoot {
            re,
            im: 2.0,
            error: 0.0,
        })
    }

    #[test]
    fn what_crosses_is_found_in_either_order_and_what_jumps_is_not() {
        let rate = |x: f64| x * x - 0.09;
        for ends in [[0.0, 1.0], [1.0, 0.0]] {
            let rates = ends.map(|x| (x, rate(x)));
            let found = axis_crossings(&rates, |x| root(rate(x))).unwrap();
            assert_eq!(found.len(), 1);
            assert!((found[0].value - 0.3).abs() < 1e-11 && found[0].frequency == 2.0);
        }
        let jump = |x: f64| if x < 0.3 { -1.0 } else { 1.0 };
        let found = axis_crossings(&[(0.0, -1.0), (1.0, 1.0)], |x| root(jump(x))).unwrap();
        assert!(found.is_empty());
    }
}
