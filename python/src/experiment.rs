//! Model files: checked, run, and run at many values.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use numpy::{PyArray1, PyArrayMethods};
use pulsatrix::experiment::sweep::{Definition, Sampling, Sweep};
use pulsatrix::experiment::{
    Block, Ending, KeptRun, ModelFile, Outcome, Prepared, Progress, RunDirectory, RunError,
    WriteError, read, shipped_models,
};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::errors;
use crate::tables::{columns, words};
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
    /// Everything that a run has found, or why there is nothing; comes back with notes on pictures.
    fn write(
        &self,
        result: &Result<(Outcome, String), RunError>,
    ) -> Result<Vec<String>, WriteError> {
        match result {
            Ok((outcome, report)) => {
                let notes = self.directory.save_outcome(report, outcome)?;
                self.end(&Ending::Done {
                    statistics: outcome.statistics.clone(),
                    seconds: outcome.seconds.clone(),
                })?;
                Ok(notes)
            }
            Err(error) => {
                let error = error.to_string();
                self.end(&Ending::Failed { error })?;
                Ok(Vec::new())
            }
        }
    }

    fn end(&self, ending: &Ending) -> Result<(), WriteError> {
        let finished = self
            .directory
            .finish(self.kind, self.seed, &self.overrides, ending);
        finished.map(|_| ())
    }
}

/// Runs, and keeps everything in a folder if there is one.
fn carry_out(
    watch: &Watch,
    kept: Option<&Kept>,
    run: impl FnOnce(&dyn Progress) -> Result<Outcome, RunError>,
    report: impl FnOnce(&Outcome) -> String,
) -> Ended {
    let result = run(&watch.progress(kept.map(|kept| kept.directory.checkpoint())));
    let result = result.map(|outcome| {
        let report = report(&outcome);
        (outcome, report)
    });
    let written = kept.map_or(Ok(Vec::new()), |kept| kept.write(&result));
    Ended {
        prepared: None,
        result,
        written,
        folder: kept.map(|kept| kept.directory.path().to_owned()),
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

/// Goes on with the interrupted run in a folder, or reads back one that is complete.
#[pyfunction]
pub fn resume<'py>(
    py: Python<'py>,
    folder: PathBuf,
    progress: Option<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let resolved = folder.join("resolved.toml");
    let model = open(py, &resolved.to_string_lossy(), false, &[])?;
    let prepared = prepare(py, &model)?;
    if RunDirectory::is_complete(&folder) {
        let kept = KeptRun::open(&folder).and_then(KeptRun::show);
        let outcome = kept.map_err(|error| errors::value(&error))?;
        let ended = Ended {
            prepared: Some(prepared),
            result: Ok((
                outcome,
                std::fs::read_to_string(folder.join("report.json"))?,
            )),
            written: Ok(Vec::new()),
            folder: Some(folder),
        };
        return ended.python(py);
    }
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
    kept_or_interrupted(py, kept, progress, move |watch, kept| {
        let ended = carry_out(
            watch,
            kept,
            |progress| prepared.experiment().run(progress),
            |outcome| prepared.report(outcome),
        );
        Ended {
            prepared: Some(prepared),
            ..ended
        }
    })
}

/// Does the work of a run or a sweep; the folder of one that is stopped says so at once.
fn kept_or_interrupted<'py>(
    py: Python<'py>,
    kept: Option<Kept>,
    progress: Option<&Bound<'py, PyAny>>,
    work: impl FnOnce(&Watch, Option<&Kept>) -> Ended + Send + 'static,
) -> PyResult<Bound<'py, PyDict>> {
    let kept = kept.map(Arc::new);
    let here = kept.clone();
    let ended = watched(py, progress, move |watch| work(watch, kept.as_deref()));
    if let (Err(_), Some(kept)) = (&ended, here) {
        // The interruption is what the caller hears of, not a file that cannot say so.
        let _ = kept.end(&Ending::Interrupted);
    }
    ended?.python(py)
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
    kept_or_interrupted(py, kept, progress.as_ref(), move |watch, kept| {
        let folder = kept.map(|kept| kept.directory.path());
        carry_out(
            watch,
            kept,
            |progress| sweep.run(progress, folder),
            |outcome| format!("{:#}\n", outcome.report),
        )
    })
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
