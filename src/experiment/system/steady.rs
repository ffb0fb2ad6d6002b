//! The steady state of a system, and the way of it along a parameter.

use serde::{Deserialize, Serialize};

use super::late::Late;
use super::settings::ContinuationSettings;
use crate::analysis::{
    AxisCrossing, CharacteristicRoot, axis_crossings, rightmost_roots, steady_residual,
    steady_response,
};
use crate::experiment::{Array, RunError};
use crate::language::{System, SystemText};
use crate::solver::{DelayField, Trajectory};

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
    late: &Late<'_>,
    run: &Trajectory,
    last: &[f64],
    count: usize,
) -> SteadyState {
    /// States of the cycle that are tried (chosen: some lie on every side of it).
    const TRIED: usize = 16;
    let field = late.system.field();
    let rows = run.times.len() / 2..run.times.len();
    let share = 1.0 / rows.len().max(1) as f64;
    let mut mean = vec![0.0; field.dimension()];
    for row in rows.clone() {
        for (mean, value) in mean.iter_mut().zip(late.own(run.state(row))) {
            *mean += share * value;
        }
    }
    let every = rows.len().div_ceil(TRIED).max(1);
    let halves = rows.step_by(every).map(|row| {
        let pairs = late.own(run.state(row)).iter().zip(&mean);
        pairs.map(|(value, mean)| 0.5 * (value + mean)).collect()
    });
    let last = late.own(last).to_vec();
    let guesses = [last, mean.clone()].into_iter().chain(halves);
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
    SteadyState::failed(failure.unwrap_or_default())
}

impl SteadyState {
    /// None, and why.
    pub(super) fn failed(why: String) -> Self {
        Self {
            state: Vec::new(),
            roots: Vec::new(),
            failure: Some(why),
        }
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

/// Follows a steady state from the present value of a parameter, in equal steps; each is taken along the tangent, and
/// halved where the branch bends too much for it.
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
    let way = Way { text, parameter };
    let mut places: Vec<OnBranch> = Vec::new();
    let mut ended = None;
    for point in 0..**points {
        let value = from + point as f64 / last * (**to - from);
        let next = match places.last() {
            None => way
                .place(value, start, None)
                .map_err(|error| format!("at {} = {value}: {error}", &**parameter)),
            Some(known) => way.next(known, value),
        };
        match next {
            Ok(place) => places.push(place),
            Err(why) => {
                ended = Some(why);
                break;
            }
        }
    }
    let dimension = start.len();
    let nearest = |value: f64| {
        let far = |place: &&OnBranch| (place.value - value).abs();
        let place = places.iter().min_by(|a, b| far(a).total_cmp(&far(b)));
        place.map_or(start, |place| &place.state)
    };
    let rates = places.iter().map(|place| (place.value, place.root.re));
    let rates: Vec<(f64, f64)> = rates.collect();
    let rightmost =
        |value: f64, guess: &[f64]| Ok::<_, RunError>(way.place(value, guess, None)?.root);
    let crossings = axis_crossings(&rates, |value| rightmost(value, nearest(value))).or_else(
        |error: RunError| {
            ended.get_or_insert(format!("between two values: {error}"));
            Ok::<_, RunError>(Vec::new())
        },
    )?;
    let values: Vec<f64> = places.iter().map(|place| place.value).collect();
    let states: Vec<f64> = places
        .iter()
        .flat_map(|place| place.state.clone())
        .collect();
    let pairs = places
        .iter()
        .flat_map(|place| [place.root.re, place.root.im]);
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

/// A point of the branch.
struct OnBranch {
    value: f64,
    state: Vec<f64>,
    /// Derivative of the state by the parameter.
    tangent: Vec<f64>,
    root: CharacteristicRoot,
}

/// The system along a parameter.
struct Way<'t> {
    text: &'t SystemText,
    parameter: &'t str,
}

/// How often a step is halved before the branch counts as turning back or jumping (chosen: a thousandth of a step from
/// a fold, which is as near as a picture shows).
const MOST_HALVINGS: i32 = 10;

/// Share of a step by which it may miss the mean of the tangents at its ends, and the share by which these may differ
/// (chosen: a step on a smooth branch is off by the square of its length, one to another branch by about itself).
const BENT: (f64, f64) = (0.1, 0.5);

/// Distance of states, relative to them, below which a step is no jump (chosen: far above the errors of both).
const STILL: f64 = 1e-6;

impl Way<'_> {
    fn system(&self, value: f64) -> Result<System, RunError> {
        let text = self.text.clone().parameter(self.parameter, value);
        text.compile().map_err(RunError::numerical)
    }

    /// The steady state near a guess; where its Jacobian is singular the tangent is the chord from `before`.
    fn place(
        &self,
        value: f64,
        guess: &[f64],
        before: Option<&OnBranch>,
    ) -> Result<OnBranch, RunError> {
        let system = self.system(value)?;
        let (state, roots) =
            rightmost_roots(&system.field(), guess, 1).map_err(RunError::numerical)?;
        // a cube root of rounding balances the errors of a central difference
        let width = f64::EPSILON.cbrt() * value.abs().max(1.0);
        let slope = |value: f64| {
            let system = self.system(value)?;
            steady_residual(&system.field(), &state).map_err(RunError::numerical)
        };
        let pairs = slope(value + width)?.into_iter().zip(slope(value - width)?);
        let by_parameter: Vec<f64> = pairs
            .map(|(up, down)| (up - down) / (2.0 * width))
            .collect();
        let tangent =
            steady_response(&system.field(), &state, &by_parameter).map_err(RunError::numerical)?;
        let tangent = tangent.unwrap_or_else(|| match before {
            Some(before) => {
                let pairs = state.iter().zip(&before.state);
                pairs
                    .map(|(new, old)| (new - old) / (value - before.value))
                    .collect()
            }
            None => vec![0.0; state.len()],
        });
        Ok(OnBranch {
            value,
            state,
            tangent,
            root: roots[0],
        })
    }

    /// The point of the same branch at `value`, in as many steps as it takes; else why there is none.
    fn next(&self, known: &OnBranch, value: f64) -> Result<OnBranch, String> {
        let whole = value - known.value;
        let mut step = whole;
        let mut reached: Option<OnBranch> = None;
        loop {
            let from = reached.as_ref().unwrap_or(known);
            let arrives = (value - from.value).abs() <= step.abs() * (1.0 + 1e-9);
            let trial = if arrives { value } else { from.value + step };
            let pairs = from.state.iter().zip(&from.tangent);
            let guess: Vec<f64> = pairs
                .map(|(state, slope)| state + (trial - from.value) * slope)
                .collect();
            let found = self.place(trial, &guess, Some(from));
            match found {
                Ok(place) if from.continues_to(&place) => {
                    if arrives {
                        return Ok(place);
                    }
                    reached = Some(place);
                }
                _ if step.abs() > whole.abs() * 0.5_f64.powi(MOST_HALVINGS) => step *= 0.5,
                Ok(_) => {
                    return Err(format!(
                        "the branch turns or jumps between {name} = {} and {trial}; beyond it, start from another \
                         steady state",
                        from.value,
                        name = self.parameter
                    ));
                }
                Err(error) => {
                    return Err(format!(
                        "the branch turns or ends between {name} = {} and {trial}: {error}",
                        from.value,
                        name = self.parameter
                    ));
                }
            }
        }
    }
}

impl OnBranch {
    /// Whether the way to another point is that which the tangents at both ends tell.
    fn continues_to(&self, other: &Self) -> bool {
        let step = other.value - self.value;
        let length = |part: &dyn Fn(usize) -> f64| {
            (0..self.state.len())
                .map(|j| part(j).powi(2))
                .sum::<f64>()
                .sqrt()
        };
        let moved = length(&|j| other.state[j] - self.state[j]);
        let miss = length(&|j| {
            let mean = 0.5 * (self.tangent[j] + other.tangent[j]);
            other.state[j] - self.state[j] - step * mean
        });
        let turn = length(&|j| step * (other.tangent[j] - self.tangent[j]));
        let slack = STILL * (1.0 + length(&|j| self.state[j]));
        let (most_miss, most_turn) = BENT;
        miss <= most_miss * moved + slack && turn <= most_turn * moved + slack
    }
}
