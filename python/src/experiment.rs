//! Model files: checked, run, and run at many values.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

use numpy::{PyArray1, PyArrayMethods};
use pulsatrix::experiment::sweep::{Definition, Sampling, Sweep};
use pulsatrix::experiment::{
    Block, Cell, Ending, ModelFile, Outcome, Prepared, Progress, RunDirectory, RunError, Table,
    WriteError, read, shipped_models,
};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::errors;
use crate::values::{python, settings};
use crate::watch::{Watch, watched};

/// A model with its overrides: a shipped name, a path, or (`text`) the words of a file themselves.
fn open(py: Python<'_>, model: &str, text: bool, overrides: &[String]) -> PyResult<ModelFile> {
    let opened = if text {
        ModelFile::from_text("model", "<text>", model.to_owned())
    } else {
        ModelFile::open(model)
    };
    let mut opened = opened.map_err(|error| errors::model(py, &error))?;
    for assignment in overrides {
        opened
            .set(assignment)
            .map_err(|error| errors::model(py, &error))?;
    }
    Ok(opened)
}

fn prepare(py: Python<'_>, model: &ModelFile) -> PyResult<Prepared> {
    read(model).map_err(|error| errors::model(py, &error))
}

/// Titles of the models that the package carries, by name.
#[pyfunction]
pub fn models(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    let titles = PyDict::new(py);
    for name in shipped_models() {
        let model = ModelFile::open_shipped(name).map_err(|error| errors::model(py, &error))?;
        let header = model.header();
        let header = header.map_err(|mistakes| errors::model(py, &model.error(mistakes)))?;
        titles.set_item(name, &*header.title)?;
    }
    Ok(titles)
}

/// What a model would run: title, experiment, plan, settings.
#[pyfunction]
pub fn check<'py>(
    py: Python<'py>,
    model: &str,
    text: bool,
    overrides: Vec<String>,
) -> PyResult<Bound<'py, PyDict>> {
    let model = open(py, model, text, &overrides)?;
    let prepared = prepare(py, &model)?;
    let found = about(py, &prepared)?;
    let plan = PyDict::new(py);
    for (name, value) in prepared.experiment().plan() {
        plan.set_item(name, value)?;
    }
    found.set_item("plan", plan)?;
    Ok(found)
}

/// What is known of a model before it runs.
fn about<'py>(py: Python<'py>, prepared: &Prepared) -> PyResult<Bound<'py, PyDict>> {
    let found = PyDict::new(py);
    found.set_item("title", prepared.header().title.to_string())?;
    found.set_item("experiment", prepared.kind().name)?;
    let resolved = prepared.resolved();
    let document: toml_edit::DocumentMut = resolved
        .parse()
        .map_err(|error: toml_edit::TomlError| errors::value(&error))?;
    found.set_item("settings", settings(py, document.as_item())?)?;
    found.set_item("resolved", resolved)?;
    Ok(found)
}

/// How a run or a sweep ended on its thread.
struct Ended {
    prepared: Option<Prepared>,
    result: Result<(Outcome, String), RunError>,
    /// Pictures that could not be drawn, or why the folder is not whole.
    written: Result<Vec<String>, WriteError>,
    folder: Option<PathBuf>,
}

/// Where a run is kept, and what `run.json` calls it.
struct Kept {
    directory: RunDirectory,
    kind: &'static str,
    seed: u64,
    overrides: Vec<String>,
}

impl Kept {
    fn end(&self, ending: &Ending) -> Result<(), WriteError> {
        let finished = self
            .directory
            .finish(self.kind, self.seed, &self.overrides, ending);
        finished.map(|_| ())
    }
}

/// Runs, and keeps everything in a folder if there is one; a run that is stopped says so there.
fn carry_out(
    watch: &Watch,
    kept: Option<&Kept>,
    run: impl FnOnce(&dyn Progress) -> Result<Outcome, RunError>,
    report: impl FnOnce(&Outcome) -> String,
) -> (
    Result<(Outcome, String), RunError>,
    Result<Vec<String>, WriteError>,
) {
    let progress = watch.progress(kept.map(|kept| kept.directory.checkpoint()));
    let result = catch_unwind(AssertUnwindSafe(|| run(&progress)));
    let result = result.unwrap_or_else(|stopped| {
        if let Some(kept) = kept {
            // The interruption is what the caller hears of, not a file that says so.
            let _ = kept.end(&Ending::Interrupted);
        }
        resume_unwind(stopped)
    });
    match (result, kept) {
        (Ok(outcome), None) => {
            let report = report(&outcome);
            (Ok((outcome, report)), Ok(Vec::new()))
        }
        (Ok(outcome), Some(kept)) => {
            let report = report(&outcome);
            let ending = Ending::Done {
                statistics: outcome.statistics.clone(),
                seconds: outcome.seconds.clone(),
            };
            let written = kept.directory.save_outcome(&report, &outcome);
            let written = written.and_then(|notes| kept.end(&ending).map(|()| notes));
            (Ok((outcome, report)), written)
        }
        (Err(error), kept) => {
            let ending = Ending::Failed {
                error: error.to_string(),
            };
            let written = kept.map_or(Ok(()), |kept| kept.end(&ending));
            (Err(error), written.map(|()| Vec::new()))
        }
    }
}

/// Runs a model, and keeps it in `out` if that is given.
#[pyfunction]
pub fn run<'py>(
    py: Python<'py>,
    model: &str,
    text: bool,
    overrides: Vec<String>,
    out: Option<PathBuf>,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let model = open(py, model, text, &overrides)?;
    let prepared = prepare(py, &model)?;
    let directory = out.map(|out| -> Result<RunDirectory, WriteError> {
        let directory = RunDirectory::create(&out, true)?;
        directory.save_text("model.toml", model.given())?;
        directory.save_text("resolved.toml", &prepared.resolved())?;
        Ok(directory)
    });
    let directory = directory
        .transpose()
        .map_err(|error| errors::write(&error))?;
    start(py, prepared, directory, overrides, progress.as_ref())
}

/// Goes on with the interrupted run in a folder.
#[pyfunction]
pub fn resume<'py>(
    py: Python<'py>,
    folder: PathBuf,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let resolved = folder.join("resolved.toml");
    let model = open(py, &resolved.to_string_lossy(), false, &[])?;
    let prepared = prepare(py, &model)?;
    let directory = RunDirectory::resume(&folder, &prepared.resolved());
    let directory = directory.map_err(|error| PyValueError::new_err(error.to_string()))?;
    start(py, prepared, Some(directory), Vec::new(), progress.as_ref())
}

fn start<'py>(
    py: Python<'py>,
    prepared: Prepared,
    directory: Option<RunDirectory>,
    overrides: Vec<String>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let kept = directory.map(|directory| Kept {
        directory,
        kind: prepared.kind().name,
        seed: prepared.header().seed,
        overrides,
    });
    let ended = watched(py, progress, move |watch| {
        let (result, written) = carry_out(
            watch,
            kept.as_ref(),
            |progress| prepared.experiment().run(progress),
            |outcome| prepared.report(outcome),
        );
        Ended {
            prepared: Some(prepared),
            result,
            written,
            folder: kept.map(|kept| kept.directory.path().to_owned()),
        }
    })?;
    ended.python(py)
}

impl Ended {
    /// Everything that a run says, as a dictionary.
    fn python(self, py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
        let (outcome, report) = self.result.map_err(|error| errors::run(&error))?;
        let notes = self.written.map_err(|error| errors::write(&error))?;
        let found = match &self.prepared {
            Some(prepared) => about(py, prepared)?,
            None => PyDict::new(py),
        };
        let report = serde_json::from_str(&report).map_err(|error| errors::value(&error))?;
        found.set_item("report", python(py, &report)?)?;
        let tables = PyDict::new(py);
        for (name, table) in &outcome.tables {
            tables.set_item(name, columns(py, table)?)?;
        }
        found.set_item("tables", tables)?;
        let (arrays, holds) = (PyDict::new(py), PyDict::new(py));
        for array in outcome.arrays {
            let numbers = PyArray1::from_vec(py, array.values);
            arrays.set_item(&array.name, numbers.reshape(array.shape)?)?;
            holds.set_item(&array.name, (array.axes, array.holds))?;
        }
        found.set_item("arrays", arrays)?;
        found.set_item("array_descriptions", holds)?;
        let summary = outcome.summary.iter().map(|block| match block {
            Block::Line(line) => line.into_bound_py_any(py),
            Block::Table(table) => words(py, table),
        });
        let summary = summary.collect::<PyResult<Vec<_>>>()?;
        found.set_item("summary", PyList::new(py, summary)?)?;
        found.set_item("statistics", python(py, &outcome.statistics)?)?;
        found.set_item("folder", self.folder)?;
        found.set_item("notes", notes)?;
        Ok(found)
    }
}

/// A table for readers: the heads, then every row as words.
fn words<'py>(py: Python<'py>, table: &Table) -> PyResult<Bound<'py, PyAny>> {
    let word = |cell: &Cell| match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Integer(count) => count.to_string(),
        Cell::Number(value) => format!("{value}"),
    };
    let rows = table.rows().iter();
    let rows: Vec<Vec<String>> = rows.map(|row| row.iter().map(word).collect()).collect();
    (table.columns().to_vec(), rows).into_bound_py_any(py)
}

/// A table for programs: a column of numbers or of truth is an array, any other a list.
fn columns<'py>(py: Python<'py>, table: &Table) -> PyResult<Bound<'py, PyDict>> {
    let found = PyDict::new(py);
    for (place, name) in table.columns().iter().enumerate() {
        let cells: Vec<&Cell> = table.rows().iter().map(|row| &row[place]).collect();
        found.set_item(name, column(py, &cells)?)?;
    }
    Ok(found)
}

fn column<'py>(py: Python<'py>, cells: &[&Cell]) -> PyResult<Bound<'py, PyAny>> {
    let whole = |cell: &&Cell| match cell {
        Cell::Integer(count) => i64::try_from(*count).ok(),
        _ => None,
    };
    if let Some(counts) = cells.iter().map(whole).collect::<Option<Vec<i64>>>() {
        return PyArray1::from_vec(py, counts).into_bound_py_any(py);
    }
    let truth = |cell: &&Cell| match cell {
        Cell::Text(text) if text == "true" => Some(true),
        Cell::Text(text) if text == "false" => Some(false),
        _ => None,
    };
    if let Some(truths) = cells.iter().map(truth).collect::<Option<Vec<bool>>>() {
        return PyArray1::from_vec(py, truths).into_bound_py_any(py);
    }
    // What is empty in a column of numbers is no number.
    let number = |cell: &&Cell| match cell {
        Cell::Number(value) => Some(*value),
        Cell::Integer(count) => Some(*count as f64),
        Cell::Empty => Some(f64::NAN),
        Cell::Text(_) => None,
    };
    if let Some(numbers) = cells.iter().map(number).collect::<Option<Vec<f64>>>() {
        return PyArray1::from_vec(py, numbers).into_bound_py_any(py);
    }
    let any = cells.iter().map(|cell| match cell {
        Cell::Empty => py.None().into_bound_py_any(py),
        Cell::Text(text) => text.into_bound_py_any(py),
        Cell::Integer(count) => count.into_bound_py_any(py),
        Cell::Number(value) => value.into_bound_py_any(py),
    });
    PyList::new(py, any.collect::<PyResult<Vec<_>>>()?)?.into_bound_py_any(py)
}

/// A model at many values of its keys; `over` are texts as `simulate sweep --over` takes them.
#[pyfunction]
#[pyo3(signature = (model, text, overrides, over, random, latin, seed, out, progress))]
#[expect(
    clippy::too_many_arguments,
    reason = "they are named on the Python side"
)]
pub fn sweep<'py>(
    py: Python<'py>,
    model: &str,
    text: bool,
    overrides: Vec<String>,
    over: Vec<String>,
    random: Option<usize>,
    latin: Option<usize>,
    seed: u64,
    out: Option<PathBuf>,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let model = open(py, model, text, &overrides)?;
    let sampling = random.map(Sampling::Random).or(latin.map(Sampling::Latin));
    let definition = Definition {
        over,
        sampling,
        seed,
        draw: Vec::new(),
    };
    let sweep = Sweep::new(model, definition).map_err(|error| errors::sweep(py, &error))?;
    sweep.check().map_err(|error| errors::model(py, &error))?;
    let kept = out.map(|out| keep(&sweep, &out, overrides));
    let kept = kept.transpose().map_err(|error| errors::write(&error))?;
    let ended = watched(py, progress.as_ref(), move |watch| {
        let folder = kept.as_ref().map(|kept| kept.directory.path().to_owned());
        let (result, written) = carry_out(
            watch,
            kept.as_ref(),
            |progress| sweep.run(progress, folder.as_deref()),
            |outcome| format!("{:#}\n", outcome.report),
        );
        Ended {
            prepared: None,
            result,
            written,
            folder,
        }
    })?;
    ended.python(py)
}

fn keep(sweep: &Sweep, out: &Path, overrides: Vec<String>) -> Result<Kept, WriteError> {
    let directory = RunDirectory::create(out, true)?;
    directory.save_text("model.toml", sweep.model().given())?;
    directory.save_text("sweep.toml", &sweep.text())?;
    Ok(Kept {
        directory,
        kind: "sweep",
        seed: sweep.model().header().map_or(0, |header| header.seed),
        overrides,
    })
}
