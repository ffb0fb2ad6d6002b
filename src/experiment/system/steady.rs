//! The steady state of a system, and the way of it along a parameter.

use serde::{Deserialize, Serialize};

use super::settings::ContinuationSettings;
use crate::analysis::{AxisCrossing, CharacteristicRoot, axis_crossings, rightmost_roots};
use crate::experiment::{Array, RunError};
use crate::language::{System, SystemText};
use crate::solver::Trajectory;

/// A steady state and how it is left.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SteadyState {
    /// The state; empty if none was found.
    pub state: Vec<f64>,
    /// Its rightmost characteristic roots.
    pub roots: Vec<CharacteristicRoot>,
    /// Why there is none.
    pub failure: Option<String>,
}

/// The steady state by Newton's method: from the end of the run, from the mean over its later half,
/// which a cycle goes round, and from between that mean and states of the cycle.
pub(super) fn steady_state(
    system: &System,
    run: &Trajectory,
    last: &[f64],
    count: usize,
) -> SteadyState {
    /// States of the cycle that are tried (chosen: some lie on every side of it).
    const TRIED: usize = 16;
    let field = system.field();
    let late = run.times.len() / 2..run.times.len();
    let share = 1.0 / late.len().max(1) as f64;
    let mut mean = vec![0.0; run.dimension];
    for row in late.clone() {
        for (mean, value) in mean.iter_mut().zip(run.state(row)) {
            *mean += share * value;
        }
    }
    let every = late.len().div_ceil(TRIED).max(1);
    let halves = late.step_by(every).map(|row| {
        let pairs = run.state(row).iter().zip(&mean);
        pairs.map(|(value, mean)| 0.5 * (value + mean)).collect()
    });
    let guesses = [last.to_vec(), mean.clone()].into_iter().chain(halves);
    let mut failure = None;
    for guess in guesses {
        match rightmost_roots(&field, &guess, count) {
            Ok((state, roots)) => {
                let failure = None;
                return SteadyState {
                    state,
                    roots,
                    failure,
                };
            }
            Err(error) => {
                failure.get_or_insert(error.to_string());
            }
        }
    }
    SteadyState {
        state: Vec::new(),
        roots: Vec::new(),
        failure,
    }
}

/// The steady state along a parameter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Branch {
    /// The parameter.
    pub parameter: String,
    /// Where the rightmost root passes the imaginary axis: a Hopf point if its frequency is not zero, else a point at
    /// which steady states meet.
    pub crossings: Vec<AxisCrossing>,
    /// Why the way ends before its end, if it does.
    pub ended: Option<String>,
    /// Values of the parameter.
    pub values: Array,
    /// The steady state at each.
    pub states: Array,
    /// Real and imaginary part of its rightmost root.
    pub roots: Array,
}

/// Follows a steady state from the present value of a parameter, in equal steps; each state is the guess for the next.
pub(super) fn follow(
    text: &SystemText,
    from: f64,
    start: &[f64],
    settings: &ContinuationSettings,
) -> Result<Branch, RunError> {
    let ContinuationSettings {
        parameter,
        to,
        points,
    } = settings;
    let last = (**points - 1) as f64;
    let rightmost = |value: f64, guess: &[f64]| {
        let system = text.clone().parameter(parameter, value).compile();
        let system = system.map_err(RunError::numerical)?;
        let (state, roots) =
            rightmost_roots(&system.field(), guess, 1).map_err(RunError::numerical)?;
        Ok::<_, RunError>((state, roots[0]))
    };
    let (mut values, mut states, mut roots) = (Vec::new(), Vec::new(), Vec::new());
    let mut guess = start.to_vec();
    let mut ended = None;
    for point in 0..**points {
        let value = from + point as f64 / last * (**to - from);
        match rightmost(value, &guess) {
            Ok((state, root)) => {
                values.push(value);
                states.extend_from_slice(&state);
                roots.push(root);
                guess = state;
            }
            Err(error) => {
                ended = Some(format!("at {} = {value}: {error}", &**parameter));
                break;
            }
        }
    }
    let dimension = start.len();
    let nearest = |value: f64| {
        let far = |point: &usize| (values[*point] - value).abs();
        let point = (0..values.len()).min_by(|a, b| far(a).total_cmp(&far(b)));
        let first = point.unwrap_or(0) * dimension;
        &states[first..first + dimension]
    };
    let rates = values
        .iter()
        .zip(&roots)
        .map(|(value, root)| (*value, root.re));
    let rates: Vec<(f64, f64)> = rates.collect();
    let crossings = axis_crossings(&rates, |value| Ok(rightmost(value, nearest(value))?.1))
        .or_else(|error: RunError| {
            ended.get_or_insert(format!("between two values: {error}"));
            Ok::<_, RunError>(Vec::new())
        })?;
    let pairs = roots
        .iter()
        .flat_map(|root: &CharacteristicRoot| [root.re, root.im]);
    Ok(Branch {
        parameter: parameter.to_string(),
        crossings,
        ended,
        roots: Array::rows("branch_roots", 2, pairs.collect()).along(
            ["value of the parameter", "re, im"],
            "in inverse units of time",
        ),
        states: Array::rows("branch_states", dimension, states).along(
            ["value of the parameter", "component"],
            "in the system's units",
        ),
        values: Array::list("branch_values", values)
            .along(["value of the parameter"], "in the parameter's unit"),
    })
}
