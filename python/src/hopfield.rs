//! Hopfield's networks, classical, dense and modern. Patterns and cues stand in rows.

use nalgebra::DMatrix;
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pulsatrix::networks::{DenseMemory, Hopfield, ModernHopfield, Pattern};
use pulsatrix::numerics::random::member;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use rayon::prelude::*;

use crate::arrays::{Table, columns, from_matrix, matrix, require_memory, table};
use crate::errors::{self, NumericalError};
use crate::watch::{Watch, watched};

fn patterns(array: &Table<'_>) -> PyResult<Vec<Pattern>> {
    let matrix = columns(array)?;
    let all = matrix.column_iter();
    Ok(all
        .map(|pattern| Pattern::from_levels(pattern.as_slice()))
        .collect())
}

/// Where a cue has come to rest.
struct End {
    state: Vec<f64>,
    at_rest: bool,
    /// Sweeps, or updates.
    rounds: usize,
    /// Period of synchronous updates; 1 at rest.
    period: usize,
}

/// States at rest in rows, whether they are at rest, rounds, periods.
type Ends<'py> = (
    Bound<'py, PyArray2<f64>>,
    Bound<'py, PyArray1<bool>>,
    Bound<'py, PyArray1<usize>>,
    Bound<'py, PyArray1<usize>>,
);

/// Shows cues to a memory, side by side.
fn shown<'py>(
    py: Python<'py>,
    cues: &Table<'py>,
    neurons: usize,
    relax: impl Fn(&Watch, usize, &[f64]) -> End + Send + Sync + 'static,
) -> PyResult<Ends<'py>> {
    let cues = columns(cues)?;
    if cues.nrows() != neurons {
        return Err(PyValueError::new_err(format!(
            "cues: {} levels a row for {neurons} neurons",
            cues.nrows()
        )));
    }
    let ends = watched(py, None, move |watch| {
        let one = |cue: usize| {
            watch.check();
            relax(watch, cue, cues.column(cue).as_slice())
        };
        (0..cues.ncols())
            .into_par_iter()
            .map(one)
            .collect::<Vec<End>>()
    })?;
    let (count, states) = (ends.len(), ends.iter().flat_map(|end| end.state.clone()));
    Ok((
        table(py, states.collect(), [count, neurons])?,
        PyArray1::from_vec(py, ends.iter().map(|end| end.at_rest).collect()),
        PyArray1::from_vec(py, ends.iter().map(|end| end.rounds).collect()),
        PyArray1::from_vec(py, ends.iter().map(|end| end.period).collect()),
    ))
}

/// Weights that hold patterns by a rule.
#[pyfunction]
pub fn classical_weights<'py>(
    py: Python<'py>,
    stored: Table<'py>,
    rule: &str,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let stored = patterns(&stored)?;
    let neurons = stored.first().map_or(0, Pattern::len) as f64;
    // the patterns as numbers, the matrix that is made, one that it is made from, and the one that goes out
    let numbers = stored.len() as f64 * neurons + 3.0 * neurons.powi(2);
    require_memory("weights between all pairs of neurons", numbers)?;
    let learn = match rule {
        "hebb" => Hopfield::hebb,
        "pseudo-inverse" => Hopfield::pseudo_inverse,
        "storkey" => Hopfield::storkey,
        other => {
            return Err(PyValueError::new_err(format!(
                "rule: `{other}`, expected one of `hebb`, `pseudo-inverse`, `storkey`"
            )));
        }
    };
    let network = watched(py, None, move |_| learn(&stored))?;
    let network = network.map_err(|error| errors::network(&error))?;
    from_matrix(py, network.weights())
}

fn classical(weights: &Table<'_>) -> PyResult<Hopfield> {
    Hopfield::from_weights(matrix(weights)?).map_err(|error| errors::network(&error))
}

/// Shows cues to a network of these weights.
#[pyfunction]
pub fn classical_recall<'py>(
    py: Python<'py>,
    weights: Table<'py>,
    cues: Table<'py>,
    order: &str,
    seed: u64,
) -> PyResult<Ends<'py>> {
    let network = classical(&weights)?;
    let neurons = network.neurons();
    let swept = |end: pulsatrix::networks::Relaxed| End {
        state: end.state,
        at_rest: end.at_rest,
        rounds: end.sweeps,
        period: 1,
    };
    match order {
        "sweeps" => shown(py, &cues, neurons, move |_, _, cue| {
            swept(network.relax(cue))
        }),
        "random" => shown(py, &cues, neurons, move |_, number, cue| {
            // every cue has an order of its own
            swept(network.relax_in_random_order(cue, member(seed, "order of updates", number)))
        }),
        "synchronous" => shown(py, &cues, neurons, move |_, _, cue| {
            let end = network.relax_synchronously(cue);
            End {
                state: end.state,
                at_rest: end.period == Some(1),
                rounds: end.updates,
                period: end.period.unwrap_or(0),
            }
        }),
        other => Err(PyValueError::new_err(format!(
            "order: `{other}`, expected one of `sweeps`, `random`, `synchronous`"
        ))),
    }
}

/// One energy a state.
fn energies<'py>(
    py: Python<'py>,
    states: &Table<'py>,
    neurons: usize,
    energy: impl Fn(&[f64]) -> f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let states = columns(states)?;
    if states.nrows() != neurons {
        return Err(PyValueError::new_err(format!(
            "states: {} levels a row for {neurons} neurons",
            states.nrows()
        )));
    }
    let all = states.column_iter().map(|state| energy(state.as_slice()));
    let all: Vec<f64> = all.collect();
    if let Some(state) = all.iter().position(|energy| energy.is_nan()) {
        return Err(NumericalError::new_err(format!(
            "state {state} (from 0): its energy overflows; give states and patterns in a smaller unit"
        )));
    }
    Ok(PyArray1::from_vec(py, all))
}

/// Energies of states under these weights.
#[pyfunction]
pub fn classical_energy<'py>(
    py: Python<'py>,
    weights: Table<'py>,
    states: Table<'py>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let network = classical(&weights)?;
    energies(py, &states, network.neurons(), |state| {
        network.energy(state)
    })
}

fn dense(stored: &Table<'_>, order: u32) -> PyResult<DenseMemory> {
    DenseMemory::new(&patterns(stored)?, order).map_err(|error| errors::network(&error))
}

/// Shows cues to a dense memory.
#[pyfunction]
pub fn dense_recall<'py>(
    py: Python<'py>,
    stored: Table<'py>,
    order: u32,
    cues: Table<'py>,
) -> PyResult<Ends<'py>> {
    let memory = dense(&stored, order)?;
    shown(py, &cues, memory.neurons(), move |_, _, cue| {
        let end = memory.relax(cue);
        End {
            state: end.state,
            at_rest: end.at_rest,
            rounds: end.sweeps,
            period: 1,
        }
    })
}

/// Energies of states of a dense memory.
#[pyfunction]
pub fn dense_energy<'py>(
    py: Python<'py>,
    stored: Table<'py>,
    order: u32,
    states: Table<'py>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let memory = dense(&stored, order)?;
    energies(py, &states, memory.neurons(), |state| memory.energy(state))
}

fn modern(stored: &Table<'_>, beta: f64) -> PyResult<ModernHopfield> {
    let stored: DMatrix<f64> = columns(stored)?;
    ModernHopfield::from_columns(stored, beta).map_err(|error| errors::network(&error))
}

/// Shows cues to a continuous network.
#[pyfunction]
pub fn modern_recall<'py>(
    py: Python<'py>,
    stored: Table<'py>,
    beta: f64,
    cues: Table<'py>,
) -> PyResult<Ends<'py>> {
    let network = modern(&stored, beta)?;
    let ends = shown(py, &cues, network.neurons(), move |_, _, cue| {
        let end = network.relax(cue);
        End {
            state: end.state,
            at_rest: end.at_rest,
            rounds: end.updates,
            period: 1,
        }
    })?;
    let states = ends.0.readonly();
    let lost = states
        .as_array()
        .outer_iter()
        .position(|state| state.iter().any(|x| !x.is_finite()));
    match lost {
        Some(cue) => Err(NumericalError::new_err(format!(
            "cue {cue} (from 0): its overlaps with the patterns overflow; give both in a smaller unit, and a larger beta"
        ))),
        None => Ok(ends),
    }
}

/// Energies of states of a continuous network.
#[pyfunction]
pub fn modern_energy<'py>(
    py: Python<'py>,
    stored: Table<'py>,
    beta: f64,
    states: Table<'py>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let network = modern(&stored, beta)?;
    energies(py, &states, network.neurons(), |state| {
        network.energy(state)
    })
}
