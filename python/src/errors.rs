//! The crate's errors as exceptions, with the same words.

use std::error::Error;

use pulsatrix::experiment::{RunError, WriteError, sweep::SweepError};
use pulsatrix::networks::NetworkError;
use pulsatrix::solver::SolverError;
use pyo3::exceptions::{PyArithmeticError, PyOSError, PyValueError};
use pyo3::prelude::*;

use crate::values::python;

pyo3::create_exception!(
    pulsatrix,
    ModelError,
    PyValueError,
    "What is wrong with a model or with a system of equations, with places and remedies.\n\n\
     ``problems`` lists every mistake as a dictionary: ``message``, ``line``, ``column``, ``help``, ..."
);
pyo3::create_exception!(
    pulsatrix,
    NumericalError,
    PyArithmeticError,
    "There is no sound result: no convergence, a step that is too small, a singular matrix, ..."
);

/// Anything that mathematics refused.
pub fn numerical(error: &impl Error) -> PyErr {
    NumericalError::new_err(error.to_string())
}

/// An argument that nothing can be computed from.
pub fn value(error: &impl Error) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// What a solver says: of its arguments, or of the way along a trajectory.
pub fn solver(error: &SolverError) -> PyErr {
    match error {
        SolverError::InvalidArgument { .. }
        | SolverError::WrongLength { .. }
        | SolverError::LagBelowResolution { .. } => value(error),
        _ => numerical(error),
    }
}

/// What a network says: of its arguments, or of what came of them.
pub fn network(error: &NetworkError) -> PyErr {
    match error {
        NetworkError::Solver(error) => solver(error),
        NetworkError::UnstableStep { .. }
        | NetworkError::UnstableWeights { .. }
        | NetworkError::LearningDiverges { .. }
        | NetworkError::NotConverged { .. }
        | NetworkError::Singular { .. }
        | NetworkError::Minimise(_) => numerical(error),
        _ => value(error),
    }
}

/// Why a run gave no result.
pub fn run(error: &RunError) -> PyErr {
    match error {
        RunError::Solver(_) | RunError::Numerical(_) => numerical(error),
        RunError::Checkpoint { .. } | RunError::Write { .. } => {
            PyOSError::new_err(error.to_string())
        }
        _ => value(error),
    }
}

/// Something that could not be written.
pub fn write(error: &WriteError) -> PyErr {
    PyOSError::new_err(error.to_string())
}

/// What is wrong with a model file.
///
/// The command line alone reads standard input, and lists models by a command.
pub fn model(py: Python<'_>, error: &pulsatrix::experiment::ModelError) -> PyErr {
    const OF_THE_COMMAND: [(&str, &str); 2] = [
        (", `-` for standard input,", ""),
        ("`simulate models`", "`pulsatrix.models()`"),
    ];
    let translated = |text: String| {
        let each = OF_THE_COMMAND.iter();
        each.fold(text, |text, (command, own)| text.replace(command, own))
    };
    let mut first = error.to_json();
    if let Some(help) = first["help"].as_str() {
        first["help"] = translated(help.to_owned()).into();
    }
    let others = first["others"].take();
    if let Some(entries) = first.as_object_mut() {
        entries.remove("others");
    }
    let mut all = vec![first];
    all.extend(others.as_array().into_iter().flatten().cloned());
    with_problems(py, translated(error.to_string()), all)
}

/// What is wrong with a sweep.
pub fn sweep(py: Python<'_>, error: &SweepError) -> PyErr {
    match error {
        SweepError::Model(error) => self::model(py, error),
        // The command line calls what is an argument here an option.
        _ => ModelError::new_err(error.to_string().replace("`--over ", "`over: ")),
    }
}

/// What is wrong with equations.
pub fn text(py: Python<'_>, errors: &pulsatrix::language::TextErrors) -> PyErr {
    let all = errors.0.iter().map(|error| {
        let (line, column) = error.line_column();
        serde_json::json!({
            "message": error.mistake.to_string(),
            "part": error.source.part,
            "key": error.source.key,
            "formula": error.source.text,
            "line": line,
            "column": column,
        })
    });
    with_problems(py, errors.to_string(), all.collect())
}

fn with_problems(py: Python<'_>, words: String, problems: Vec<serde_json::Value>) -> PyErr {
    let error = ModelError::new_err(words);
    let all = python(py, &serde_json::Value::Array(problems));
    match all.and_then(|all| error.value(py).setattr("problems", all)) {
        Ok(()) => error,
        Err(other) => other,
    }
}
