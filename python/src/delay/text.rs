//! Equations as text.

use numpy::PyArray2;
use pulsatrix::language::{Between, Data, SystemText, TimeCourse};
use pulsatrix::solver::{DelaySolver, SolverError, Trajectory, solve};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::event::EventArguments;
use super::watched_engine::WatchedEngine;
use super::{Way, found};
use crate::arrays::{Table, Vector, list, matrix, table};
use crate::errors;
use crate::watch::watched_alone;

type Formulas = Vec<(String, String)>;

/// A system of equations, part by part as a model file has them.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct SystemArguments<'py> {
    equations: Formulas,
    functions: Formulas,
    parameters: Vec<(String, f64)>,
    sizes: Vec<(String, usize)>,
    vectors: Vec<(String, Vector<'py>)>,
    matrices: Vec<(String, Table<'py>)>,
    /// Points of functions of time, and whether they are steps.
    inputs: Vec<(String, Table<'py>, bool)>,
    history: Formulas,
    start: Formulas,
    events: Vec<EventArguments>,
    observables: Formulas,
}

impl SystemArguments<'_> {
    fn text(&self, begin: f64) -> PyResult<SystemText> {
        let mut text = SystemText::new().beginning(begin);
        for (key, formula) in &self.equations {
            text = text.equation(key, formula);
        }
        for (key, formula) in &self.functions {
            text = text.named_function(key, formula);
        }
        for (name, value) in &self.parameters {
            text = text.parameter(name, *value);
        }
        for (name, length) in &self.sizes {
            text = text.size(name, *length);
        }
        for (name, values) in &self.vectors {
            text = text.data(name, Data::vector(list(values)?));
        }
        for (name, values) in &self.matrices {
            let columns = values.as_array().ncols();
            text = text.data(name, Data::matrix(columns, values.as_slice()?.to_vec()));
        }
        for (name, points, steps) in &self.inputs {
            let points = matrix(points)?;
            let rows: Vec<Vec<f64>> = points
                .row_iter()
                .map(|row| row.iter().copied().collect())
                .collect();
            let between = if *steps {
                Between::Steps
            } else {
                Between::Lines
            };
            let course = TimeCourse::new(&rows, between).map_err(|error| {
                let row = error
                    .row()
                    .map_or(String::new(), |row| format!(", row {row}"));
                PyValueError::new_err(format!("inputs: `{name}`{row}: {error}"))
            })?;
            text = text.input(name, course);
        }
        for (key, formula) in &self.history {
            text = text.history(key, formula);
        }
        for (key, formula) in &self.start {
            text = text.start(key, formula);
        }
        for event in &self.events {
            text = text.event(event.text()?);
        }
        for (key, formula) in &self.observables {
            text = text.observable(key, formula);
        }
        Ok(text)
    }
}

/// Solves a system of equations that are text.
#[pyfunction]
pub fn solve_text<'py>(
    py: Python<'py>,
    system: SystemArguments<'py>,
    way: Way,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    way.check().map_err(|error| errors::solver(&error))?;
    let (begin, end) = way.span;
    let system = system.text(begin)?.compile();
    let system = system.map_err(|errors| errors::text(py, &errors))?;
    let options = way.options()?;
    let (components, observables) = (system.components(), system.observables());
    let events: Vec<String> = system
        .event_names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let (trajectory, observed) = watched_alone(py, progress.as_ref(), move |watch| {
        let field = system.field();
        let run = || -> Result<Trajectory, SolverError> {
            let mut engine = DelaySolver::new(&field, system.history(begin), begin, options)?;
            if way.dense {
                engine.keep(&[])?;
            }
            let mut engine = WatchedEngine::new(&mut engine, watch, Some(end));
            solve(&mut engine, end, &way.save(), &system.events())
        };
        let run = run();
        let observed = run
            .as_ref()
            .map(|run| system.observe(run))
            .unwrap_or_default();
        (run, observed)
    })?;
    let trajectory = trajectory.map_err(|error| errors::solver(&error))?;
    let times = trajectory.times.len();
    let observed = turned(py, &observed, observables.len(), times)?;
    let found = found(py, trajectory)?;
    found.set_item("names", components)?;
    found.set_item("event_names", events)?;
    found.set_item("observable_names", observables)?;
    found.set_item("observed", observed)?;
    Ok(found)
}

/// Rows of times as rows of names.
fn turned<'py>(
    py: Python<'py>,
    values: &[f64],
    names: usize,
    times: usize,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let one = |name: usize| (0..times).map(move |time| values[time * names + name]);
    table(py, (0..names).flat_map(one).collect(), [names, times])
}
