//! Equations as functions of Python: every evaluation calls them, so that this is tens of times slower than text.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1};
use pulsatrix::solver::{
    DelaySolver, Event, History, SolverError, Trajectory, closure_field, solve,
};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{Way, found};
use crate::arrays::{Vector, list};
use crate::errors;

/// Calls after which signals are looked at: a callback that is compiled code does not do it itself.
const LOOK: u32 = 256;

/// An event of a callable system: a zero of `when(t, y)`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct CallableEvent {
    when: Py<PyAny>,
    /// 1 rising, -1 falling, 0 either.
    direction: i32,
    refractory: f64,
    stop_after: Option<usize>,
    /// `change(t, y)` gives the state behind the event.
    change: Option<Py<PyAny>>,
}

/// Calls of Python that may fail: the first exception is kept, and from then on nothing is called.
#[derive(Default)]
struct Calls {
    failure: Mutex<Option<PyErr>>,
    count: AtomicU32,
}

impl Calls {
    fn failed(&self) -> bool {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }

    /// What `call` gives, or NaN, which ends the run.
    fn make<T>(&self, otherwise: T, call: impl FnOnce(Python<'_>) -> PyResult<T>) -> T {
        if self.failed() {
            return otherwise;
        }
        let look = self.count.fetch_add(1, Ordering::Relaxed) % LOOK == LOOK - 1;
        let made = Python::attach(|py| {
            if look {
                py.check_signals()?;
            }
            call(py)
        });
        made.unwrap_or_else(|error| {
            *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            otherwise
        })
    }
}

/// What was before the start: a state, or a function of time that gives one.
#[derive(FromPyObject)]
pub enum Past<'py> {
    State(Vector<'py>),
    Function(Py<PyAny>),
}

/// The numbers that a function of Python has given, in `into`.
fn numbers(answer: &Bound<'_, PyAny>, into: &mut [f64]) -> PyResult<()> {
    if answer.is_none() {
        return Err(PyTypeError::new_err(format!(
            "a function has given None where the state has {} numbers: does it return them?",
            into.len()
        )));
    }
    if let Ok(array) = answer.extract::<PyReadonlyArray1<'_, f64>>()
        && let Ok(values) = array.as_slice()
        && values.len() == into.len()
    {
        into.copy_from_slice(values);
        return Ok(());
    }
    if into.len() == 1
        && let Ok(value) = answer.extract::<f64>()
    {
        into[0] = value;
        return Ok(());
    }
    let values: Vec<f64> = answer.extract()?;
    if values.len() != into.len() {
        return Err(PyValueError::new_err(format!(
            "a function has given {} numbers where the state has {}",
            values.len(),
            into.len()
        )));
    }
    into.copy_from_slice(&values);
    Ok(())
}

/// Solves `y' = f(t, y, past)` with the GIL held: `past` has a row for every lag.
#[pyfunction]
pub fn solve_callable<'py>(
    py: Python<'py>,
    f: Py<PyAny>,
    history: Past<'py>,
    start: Vector<'py>,
    lags: Vec<f64>,
    events: Vec<CallableEvent>,
    way: Way,
) -> PyResult<Bound<'py, PyDict>> {
    way.check().map_err(|error| errors::solver(&error))?;
    let start = list(&start)?;
    let (n, count) = (start.len(), lags.len());
    let calls = Calls::default();
    let field = closure_field(n, &lags, |time, state, delayed, slope: &mut [f64]| {
        slope.fill(f64::NAN);
        calls.make((), |py| {
            let past: Vec<f64> = (0..count)
                .flat_map(|lag| delayed.state(lag).to_vec())
                .collect();
            let past = PyArray1::from_vec(py, past).reshape([count, n])?;
            let answer = f.call1(py, (time, PyArray1::from_slice(py, state), past))?;
            numbers(answer.bind(py), slope)
        });
    });
    let past = match history {
        Past::State(level) => {
            let level = list(&level)?;
            let past = History::constant(&level);
            // a start that is no jump keeps the history constant for the solver
            if level == start {
                past
            } else {
                past.starting_at(&start)
            }
        }
        Past::Function(function) => {
            let calls = &calls;
            let past = History::function(n, move |time, state: &mut [f64]| {
                state.fill(f64::NAN);
                calls.make((), |py| {
                    numbers(function.call1(py, (time,))?.bind(py), state)
                });
            });
            past.starting_at(&start)
        }
    };
    let (calls, events) = (&calls, &events);
    let watched: Vec<Event<'_>> = events.iter().map(|event| event.event(calls)).collect();
    let (begin, end) = way.span;
    let options = way.options()?;
    let run = || -> Result<Trajectory, SolverError> {
        let mut engine = DelaySolver::new(&field, past, begin, options)?;
        if way.dense {
            engine.keep(&[])?;
        }
        solve(&mut engine, end, &way.save(), &watched)
    };
    let run = run();
    let failure = calls
        .failure
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    if let Some(error) = failure {
        return Err(error);
    }
    found(py, run.map_err(|error| errors::solver(&error))?)
}

impl CallableEvent {
    fn event<'a>(&'a self, calls: &'a Calls) -> Event<'a> {
        let mut event = Event::new(move |time, state| {
            calls.make(f64::NAN, |py| {
                let state = PyArray1::from_slice(py, state);
                self.when.call1(py, (time, state))?.extract(py)
            })
        });
        event = match self.direction {
            1 => event.rising(),
            -1 => event.falling(),
            _ => event,
        };
        event = event.refractory(self.refractory);
        if let Some(count) = self.stop_after {
            event = event.stop_after(count);
        }
        let Some(change) = &self.change else {
            return event;
        };
        event.resetting(move |time, state| {
            calls.make((), |py| {
                let before = PyArray1::from_slice(py, state);
                numbers(change.call1(py, (time, before))?.bind(py), state)
            });
        })
    }
}
