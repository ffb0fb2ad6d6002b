//! Delay equations: written as text, or as a function of Python.

mod callable;
mod dense;
mod event;
mod text;
mod watched_engine;

use numpy::PyArray1;
use pulsatrix::solver::{Options, Save, SolverError, Termination, Trajectory};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::{table, word};
use crate::values::python;

pub use callable::solve_callable;
pub use dense::Dense;
pub use text::solve_text;
pub use watched_engine::WatchedEngine;

/// How a trajectory is computed and kept.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Way {
    span: (f64, f64),
    /// Times at which the solution is saved; every step without.
    at: Option<Vec<f64>>,
    relative: f64,
    absolute: f64,
    method: Option<String>,
    first_step: Option<f64>,
    longest_step: Option<f64>,
    most_steps: u64,
    dense: bool,
}

impl Way {
    fn options(&self) -> PyResult<Options> {
        let method = self.method.as_deref();
        Ok(Options {
            method: method.map(|name| word("method", name)).transpose()?,
            relative_tolerance: self.relative,
            absolute_tolerance: self.absolute,
            initial_step: self.first_step,
            maximum_step: self.longest_step,
            maximum_steps: self.most_steps,
            ..Options::default()
        })
    }

    fn save(&self) -> Save {
        match &self.at {
            Some(times) => Save::At(times.clone()),
            None => Save::EveryStep,
        }
    }

    /// Refuses a run that does not go forward.
    fn check(&self) -> Result<(), SolverError> {
        let (begin, end) = self.span;
        if end > begin && end.is_finite() {
            return Ok(());
        }
        Err(SolverError::InvalidArgument {
            name: "end of t",
            value: end,
            requirement: "it must be finite, and after the begin",
        })
    }
}

/// A trajectory as Python has it: components in rows, times in columns.
fn found<'py>(py: Python<'py>, trajectory: Trajectory) -> PyResult<Bound<'py, PyDict>> {
    let found = PyDict::new(py);
    let (times, dimension) = (trajectory.times.len(), trajectory.dimension);
    let turned = (0..dimension).flat_map(|component| {
        let states = &trajectory.states;
        (0..times).map(move |time| states[time * dimension + component])
    });
    found.set_item("y", table(py, turned.collect(), [dimension, times])?)?;
    let events = trajectory.events;
    let numbers = events.iter().map(|event| event.event).collect();
    found.set_item("event_numbers", PyArray1::<usize>::from_vec(py, numbers))?;
    let at = events.iter().map(|event| event.time).collect();
    found.set_item("event_times", PyArray1::from_vec(py, at))?;
    let count = events.len();
    let states = events.into_iter().flat_map(|event| event.state).collect();
    found.set_item("event_states", table(py, states, [count, dimension])?)?;
    let ended_by = match trajectory.termination {
        Termination::Event(number) => Some(number),
        Termination::End => None,
    };
    found.set_item("ended_by", ended_by)?;
    found.set_item("engine", trajectory.engine)?;
    let statistics = serde_json::to_value(trajectory.statistics).unwrap_or_default();
    found.set_item("statistics", python(py, &statistics)?)?;
    found.set_item("dense", trajectory.dense.map(Dense))?;
    found.set_item("t", PyArray1::from_vec(py, trajectory.times))?;
    Ok(found)
}
