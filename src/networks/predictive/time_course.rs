//! Time courses of values and errors with error control.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};

use super::{ErrorNodes, PredictiveFlow, State};
use crate::networks::NetworkError;
use crate::solver::{Options, OrdinaryMethod, Save, Statistics, ordinary_field, solve_ordinary};

/// States at given times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimeCourse {
    /// The times.
    pub times: Vec<f64>,
    /// The state of the batch at each of them.
    pub states: Vec<State>,
    /// What the integration has cost.
    pub statistics: Statistics,
}

/// The trajectory of a batch from `state` at time 0 through the given increasing times, by the
/// adaptive steppers of `ode_solvers`.
///
/// The samples of a batch share one step, set by the fastest of them.
///
/// # Errors
/// [`NetworkError::Solver`] with time and component if the flow leaves the finite numbers or the
/// tolerance asks for too much; shapes that do not fit.
pub fn time_course(
    flow: &PredictiveFlow<'_>,
    state: &State,
    times: &[f64],
    method: OrdinaryMethod,
    options: &Options,
) -> Result<TimeCourse, NetworkError> {
    flow.check(state)?;
    let with_errors = flow.dynamics().errors == ErrorNodes::Dynamic;
    let scratch = RefCell::new((state.clone(), state.clone()));
    let mut packed = Vec::new();
    pack(state, with_errors, &mut packed);
    let field = ordinary_field(packed.len(), |_, y: &[f64], dy: &mut [f64]| {
        let (state, slope) = &mut *scratch.borrow_mut();
        unpack(y, with_errors, state);
        flow.derivative(state, slope);
        let parts = slope.values.iter().chain(&slope.errors);
        for (to, from) in dy.iter_mut().zip(parts.flat_map(|m| m.iter())) {
            *to = *from;
        }
    });
    let end = times.last().copied().unwrap_or(0.0);
    let save = Save::At(times.to_vec());
    let found = solve_ordinary(&field, &packed, (0.0, end), method, options, &save)?;
    let states = (0..times.len()).map(|k| {
        let mut state = state.clone();
        unpack(found.state(k), with_errors, &mut state);
        if !with_errors {
            flow.settle_errors(&mut state);
        }
        state
    });
    Ok(TimeCourse {
        times: times.to_vec(),
        states: states.collect(),
        statistics: found.statistics,
    })
}

fn pack(state: &State, with_errors: bool, packed: &mut Vec<f64>) {
    for part in &state.values {
        packed.extend_from_slice(part.as_slice());
    }
    for part in state.errors.iter().filter(|_| with_errors) {
        packed.extend_from_slice(part.as_slice());
    }
}

fn unpack(packed: &[f64], with_errors: bool, state: &mut State) {
    let errors = state.errors.iter_mut().filter(|_| with_errors);
    let mut rest = packed;
    for part in state.values.iter_mut().chain(errors) {
        let (head, tail) = rest.split_at(part.len());
        part.as_mut_slice().copy_from_slice(head);
        rest = tail;
    }
}
