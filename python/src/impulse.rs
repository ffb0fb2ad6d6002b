//! Networks of impulse neurons and their memories.

use numpy::{PyArray1, PyArray2};
use pulsatrix::analysis::{
    AssociativeMemory, AtlasSettings, Criteria, CueLevels, Explorer, ImpulseMemory, ProofRecord,
    ReferenceNetwork, Settling, certify_and_prove, certify_any, settle,
};
use pulsatrix::networks::{Coupling, Cue, ImpulseNetwork, ImpulseParameters, Pattern};
use pulsatrix::solver::{Options, Save, SolverError, Trajectory, solve};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::prelude::*;
use serde_json::json;

use crate::arrays::{Table, Vector, from_matrix, list, matrix, table, word};
use crate::delay::WatchedEngine;
use crate::errors::{self, NumericalError};
use crate::values::python;
use crate::watch::watched;

/// Patterns after which progress is told.
const PART: u32 = 64;

/// Returns of a trajectory before its cycle is closed by Newton's method, as in the atlas.
const RETURNS: usize = 4;

/// The attributes of the Python class.
#[derive(FromPyObject)]
pub struct Network<'py> {
    a: Vector<'py>,
    b: Vector<'py>,
    c: Vector<'py>,
    h: f64,
    lam: f64,
    weights: Option<Table<'py>>,
    coupling: String,
    self_term: bool,
    feedback: String,
    normalisation: String,
    synapse_exponent: f64,
    electrical: f64,
}

impl Network<'_> {
    fn network(&self) -> PyResult<ImpulseNetwork> {
        let coupling = match (&self.weights, self.coupling.as_str()) {
            (Some(weights), _) => Coupling::Weights(matrix(weights)?),
            (None, "all-to-all") => Coupling::AllToAll {
                self_term: self.self_term,
            },
            (None, "ring") => Coupling::Ring,
            (None, "none") => Coupling::None,
            (None, other) => {
                return Err(PyValueError::new_err(format!(
                    "coupling: `{other}`, expected one of `all-to-all`, `ring`, `none`, or give weights"
                )));
            }
        };
        let parameters = ImpulseParameters {
            a: list(&self.a)?,
            b: list(&self.b)?,
            c: list(&self.c)?,
            h: self.h,
            lambda: self.lam,
            feedback: word("feedback", &self.feedback)?,
            synapse_exponent: self.synapse_exponent,
            coupling,
            normalisation: word("normalisation", &self.normalisation)?,
            electrical: self.electrical,
        };
        ImpulseNetwork::new(parameters).map_err(|error| errors::network(&error))
    }
}

/// When a trajectory counts as settled, and how it is integrated where that is not exact.
#[derive(FromPyObject, Clone, Copy)]
#[pyo3(from_item_all)]
pub struct Waiting {
    tolerance: f64,
    synchrony: Option<f64>,
    maximum_time: f64,
}

impl Waiting {
    fn options(self) -> Options {
        Options::with_tolerance(self.tolerance)
    }

    /// The defaults are those of the model files' section `[analysis]`.
    fn settling(self, network: &ImpulseNetwork) -> Settling {
        let steepest = network.parameters().a.iter().copied().fold(0.0, f64::max);
        let alike = if network.is_uniform() {
            1e-4
        } else {
            0.5 * (1.0 + 1.0 / steepest)
        };
        Settling {
            criteria: Criteria {
                tolerance: if network.is_relay() {
                    1e-11
                } else {
                    1e3 * self.tolerance
                },
                synchrony: self.synchrony.unwrap_or(alike),
            },
            maximum_time: self.maximum_time,
        }
    }
}

fn cue(spread: f64) -> Cue {
    Cue {
        spread,
        ..Cue::default()
    }
}

fn pattern(text: &str, network: &ImpulseNetwork) -> PyResult<Pattern> {
    let pattern: Pattern = text.parse().map_err(|error| errors::value(&error))?;
    if pattern.len() == network.neurons() {
        return Ok(pattern);
    }
    Err(PyValueError::new_err(format!(
        "pattern: {} bits for {} neurons",
        pattern.len(),
        network.neurons()
    )))
}

/// What an atlas does beside following its patterns.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Asked {
    certify: bool,
    prove: bool,
    spread: f64,
    seed: u64,
}

/// One record for every pattern.
#[pyfunction]
pub fn atlas<'py>(
    py: Python<'py>,
    network: Network<'py>,
    waiting: Waiting,
    asked: Asked,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let network = network.network()?;
    let settings = AtlasSettings {
        cue: cue(asked.spread),
        settling: waiting.settling(&network),
        options: waiting.options(),
        certify: asked.certify,
        prove: asked.prove,
        trap: false,
        seed: asked.seed,
    };
    let records = watched(py, progress.as_ref(), move |watch| {
        let explorer = Explorer::new(&network, settings)?;
        let codes = explorer.codes();
        watch.begin("patterns", u64::from(codes.end - codes.start));
        let mut records = Vec::new();
        for start in codes.clone().step_by(PART as usize) {
            let part = start..codes.end.min(start + PART);
            let count = u64::from(part.end - part.start);
            records.extend(explorer.follow(part, &|| watch.check()));
            watch.advance(count);
        }
        Ok(records)
    })?;
    let records =
        records.map_err(|error: pulsatrix::analysis::AtlasError| errors::value(&error))?;
    let memories = records.iter().map(|record| {
        let mut found = json!(record);
        found["memory"] = record.is_memory().into();
        found
    });
    python(py, &memories.collect())
}

/// The cycle of a pattern, closed by Newton's method, with its multipliers; and what is proved of it.
#[pyfunction]
pub fn certify<'py>(
    py: Python<'py>,
    network: Network<'py>,
    bits: &str,
    prove: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let network = network.network()?;
    let pattern = pattern(bits, &network)?;
    let wanted = pattern.clone();
    let found = watched(py, None, move |_| {
        let state = cue(0.0).state(&pattern, &network.parameters().c, 1, 0);
        if !prove {
            return certify_any(&network, &state, RETURNS).map(|found| (found, None));
        }
        let (found, proof) = certify_and_prove(&network, &state, RETURNS)?;
        Ok((found, Some(ProofRecord::from(proof))))
    })?;
    let (found, proof) =
        found.map_err(|error: pulsatrix::analysis::NotCertified| errors::numerical(&error))?;
    if found.pattern != wanted {
        return Err(NumericalError::new_err(format!(
            "there is no certificate of {wanted}: Newton's method has closed on a cycle of {}, to which its cue leads",
            found.pattern
        )));
    }
    let mut found = json!(found);
    if let Some(proof) = proof {
        found["proof"] = json!(proof);
    }
    python(py, &found)
}

/// Where a trajectory from a constant history settles.
#[pyfunction]
pub fn settle_on<'py>(
    py: Python<'py>,
    network: Network<'py>,
    state: Vector<'py>,
    waiting: Waiting,
) -> PyResult<Bound<'py, PyAny>> {
    let (network, state) = (network.network()?, list(&state)?);
    let settled = watched(py, None, move |watch| {
        let settling = waiting.settling(&network);
        let mut engine = network.engine(&state, waiting.options())?;
        let mut engine = WatchedEngine::new(engine.as_mut(), watch, None);
        let settled = settle(&mut engine, settling)?;
        let verdict = settled.verdict();
        let cycle = settled.outcome.as_ref().ok();
        Ok(json!({
            "verdict": verdict,
            "cycle": cycle,
            "time": settled.activity.time(),
            "statistics": settled.statistics,
        }))
    })?;
    python(
        py,
        &settled.map_err(|error: SolverError| errors::solver(&error))?,
    )
}

/// What came of cues: one row of bits each, whether it has settled, and when.
type Recalled<'py> = (
    Bound<'py, PyArray2<f64>>,
    Bound<'py, PyArray1<bool>>,
    Bound<'py, PyArray1<f64>>,
);

/// What the network makes of cues, one a row of levels from -1 to 1.
#[pyfunction]
pub fn impulse_recall<'py>(
    py: Python<'py>,
    network: Network<'py>,
    cues: Table<'py>,
    waiting: Waiting,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Recalled<'py>> {
    let (network, cues) = (network.network()?, matrix(&cues)?);
    let neurons = network.neurons();
    let answers = watched(py, progress.as_ref(), move |watch| {
        let settling = waiting.settling(&network);
        let memory = ImpulseMemory {
            network: &network,
            active: cue(0.0).active,
            silent: cue(0.0).silent.1,
            settling,
            options: waiting.options(),
        };
        watch.begin("cues", cues.nrows() as u64);
        let one = |row: usize| {
            let levels = cues.row(row).iter().copied().collect();
            let answer = memory.answer(&CueLevels {
                levels,
                delays: vec![0.0; neurons],
            });
            watch.advance(1);
            answer
        };
        (0..cues.nrows())
            .into_par_iter()
            .map(one)
            .collect::<Vec<_>>()
    })?;
    let found = answers
        .iter()
        .map(|answer| answer.pattern.is_some())
        .collect();
    let times = answers.iter().map(|answer| answer.time).collect();
    let bits = answers.iter().flat_map(|answer| {
        let bits = answer.pattern.as_ref().map(Pattern::bits);
        (0..neurons).map(move |neuron| f64::from(u8::from(bits.is_some_and(|bits| bits[neuron]))))
    });
    Ok((
        table(py, bits.collect(), [answers.len(), neurons])?,
        PyArray1::from_vec(py, found),
        PyArray1::from_vec(py, times),
    ))
}

/// The state that shows a pattern.
#[pyfunction]
pub fn cue_state<'py>(
    py: Python<'py>,
    network: Network<'py>,
    bits: &str,
    spread: f64,
    seed: u64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let network = network.network()?;
    let state = cue(spread).state(&pattern(bits, &network)?, &network.parameters().c, seed, 0);
    Ok(PyArray1::from_vec(py, state))
}

/// A trajectory from a constant history, at equidistant times.
#[pyfunction]
pub fn simulate<'py>(
    py: Python<'py>,
    network: Network<'py>,
    state: Vector<'py>,
    times: Vector<'py>,
    tolerance: f64,
) -> PyResult<Bound<'py, PyDict>> {
    let (network, state, times) = (network.network()?, list(&state)?, list(&times)?);
    let run = watched(py, None, move |watch| -> Result<Trajectory, SolverError> {
        let mut engine = network.engine(&state, Options::with_tolerance(tolerance))?;
        let end = times.last().copied().unwrap_or(0.0);
        let mut engine = WatchedEngine::new(engine.as_mut(), watch, Some(end));
        solve(&mut engine, end, &Save::At(times), &[])
    })?;
    let run = run.map_err(|error| errors::solver(&error))?;
    let found = PyDict::new(py);
    let states = nalgebra::DMatrix::from_column_slice(run.dimension, run.times.len(), &run.states);
    found.set_item("y", from_matrix(py, &states)?)?;
    found.set_item("engine", run.engine)?;
    found.set_item("statistics", python(py, &json!(run.statistics))?)?;
    Ok(found)
}

/// The closed form of the cycle in which `k` neurons fire; none where it does not apply.
#[pyfunction]
pub fn closed_form<'py>(
    py: Python<'py>,
    network: Network<'py>,
    k: usize,
) -> PyResult<Bound<'py, PyAny>> {
    let network = network.network()?;
    let reference = network.as_homogeneous();
    let reference = reference.and_then(|(a, b, c, h)| ReferenceNetwork::new(a, b, c, h));
    let cycle = reference.and_then(|reference| reference.cycle(k));
    let found = cycle.map(|cycle| {
        let mut found = json!(cycle);
        found["exists"] = cycle.exists_among(network.neurons()).into();
        found["stable"] = cycle.is_stable().into();
        found
    });
    python(py, &json!(found))
}
