//! The folder that keeps everything about one run, and is never overwritten.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use flate2::Crc;
use serde::Serialize;
use serde_json::{Value, json};
use thiserror::Error;

use super::provenance::{Provenance, timestamp};
use super::{Drawing, Outcome, Times, npy};
use crate::figures::PictureOptions;

/// The open folder of a run.
///
/// | file | holds |
/// |---|---|
/// | `model.toml` | the model as given, before any override |
/// | `resolved.toml` | every default and override filled in; runs again unchanged |
/// | `run.json` | build, machine, seed, times, statistics, and how the run ended |
/// | `report.json` | results; the same bytes for the same seed at any number of threads |
/// | `*.csv`, `*.npy` | tables and arrays |
/// | `plots/` | pictures |
#[derive(Debug)]
pub struct RunDirectory {
    path: PathBuf,
    started: SystemTime,
}

/// Something could not be written.
#[derive(Debug, Error)]
#[error("cannot write {path}: {reason}")]
pub struct WriteError {
    /// Where.
    pub path: String,
    /// Why.
    pub reason: Box<dyn std::error::Error + Send + Sync>,
}

/// How a run ended, for `run.json`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "lowercase", tag = "status")]
pub enum Ending {
    /// It gave a result.
    Done {
        /// Its cost.
        statistics: Value,
        /// How long its parts took.
        seconds: Times,
    },
    /// It gave none.
    Failed {
        /// Why.
        error: String,
    },
    /// It was stopped from outside, and can be resumed.
    Interrupted,
}

impl RunDirectory {
    /// Creates `path`, or the first free one of `path-2`, `path-3`, ...
    ///
    /// With `reuse_empty` an existing folder counts as free if nothing is in it.
    ///
    /// # Errors
    /// If no folder can be created there.
    pub fn create(path: &Path, reuse_empty: bool) -> Result<Self, WriteError> {
        let started = SystemTime::now();
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| failure(parent, error))?;
        }
        let mut number = 1;
        loop {
            let candidate = if number == 1 {
                path.to_owned()
            } else {
                let mut name = path.as_os_str().to_owned();
                name.push(format!("-{number}"));
                PathBuf::from(name)
            };
            match fs::create_dir(&candidate) {
                Ok(()) => {
                    let path = candidate;
                    return Ok(Self { path, started });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    let empty =
                        || fs::read_dir(&candidate).is_ok_and(|mut all| all.next().is_none());
                    if reuse_empty && empty() {
                        let path = candidate;
                        return Ok(Self { path, started });
                    }
                    number += 1;
                }
                Err(error) => return Err(failure(&candidate, error)),
            }
        }
    }

    /// Opens the folder of an interrupted run of the same resolved model.
    ///
    /// # Errors
    /// If it holds no run, one of another model, or one that has ended.
    pub fn resume(path: &Path, resolved: &str) -> Result<Self, WriteError> {
        Self::resume_by(path, "resolved.toml", resolved)
    }

    /// Opens the folder of an interrupted run that another file than `resolved.toml` describes.
    ///
    /// # Errors
    /// If it holds no such run, one with another text, or one that has ended.
    pub fn resume_by(path: &Path, file: &str, text: &str) -> Result<Self, WriteError> {
        let started = SystemTime::now();
        let refuse = |reason: &str| Err(failure(path, reason.to_owned()));
        match fs::read_to_string(path.join(file)) {
            Err(_) => refuse(&format!("there is no interrupted run here (no {file})")),
            Ok(kept) if kept != text => {
                refuse("the run here has other settings; give the same model and overrides")
            }
            Ok(_) if Self::is_complete(path) => refuse("the run here is complete"),
            Ok(_) => Ok(Self {
                path: path.to_owned(),
                started,
            }),
        }
    }

    /// Whether the run in a folder has ended with a result.
    #[must_use]
    pub fn is_complete(folder: &Path) -> bool {
        let record = fs::read_to_string(folder.join("run.json")).ok();
        let record = record.and_then(|text| serde_json::from_str::<Value>(&text).ok());
        record.is_some_and(|record| record["ending"]["status"] == "done")
    }

    /// Folder for the parts of long work that are done; it is removed when the run ends well.
    #[must_use]
    pub fn checkpoint(&self) -> PathBuf {
        self.path.join("checkpoint")
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Saves a text file, whole or not at all.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save_text(&self, name: &str, text: &str) -> Result<(), WriteError> {
        self.save(name, |output| output.write_all(text.as_bytes()))
    }

    /// Saves tables, arrays with `arrays.json` on their axes, pictures, and then the report of a finished run. A picture that cannot be
    /// drawn is left out, and comes back as a note.
    ///
    /// # Errors
    /// If one of the files cannot be written.
    pub fn save_outcome(&self, report: &str, outcome: &Outcome) -> Result<Vec<String>, WriteError> {
        for (name, table) in &outcome.tables {
            self.save(&format!("{name}.csv"), |output| table.write_csv(output))?;
        }
        for array in &outcome.arrays {
            self.save(&format!("{}.npy", array.name), |output| {
                npy::write(output, &array.shape, &array.values)
            })?;
        }
        if !outcome.arrays.is_empty() {
            let all = outcome.arrays.iter();
            let all = all.map(|array| (array.name.clone(), array.description()));
            let all = Value::Object(all.collect());
            self.save_text("arrays.json", &format!("{all:#}\n"))?;
        }
        let notes = draw(&outcome.figures, &self.path.join("plots"))?;
        self.save_text("report.json", report)?;
        Ok(notes)
    }

    /// Writes `run.json`, the mark of a run that has ended, and returns the time since the folder was
    /// created. Parts that were kept of a run which has ended well are removed.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(
        &self,
        experiment: &str,
        seed: u64,
        overrides: &[String],
        ending: &Ending,
    ) -> Result<Duration, WriteError> {
        let elapsed = self.started.elapsed().unwrap_or_default();
        let report = fs::read(self.path.join("report.json")).ok();
        let record = json!({
            "experiment": experiment,
            "seed": seed,
            "overrides": overrides,
            "started": timestamp(self.started),
            "elapsed_seconds": elapsed.as_secs_f64(),
            "ending": ending,
            "report_crc32": report.map(|report| crc32(&report)),
            "built": Provenance::here(),
        });
        self.save_text("run.json", &format!("{record:#}\n"))?;
        let parts = self.checkpoint();
        if matches!(ending, Ending::Done { .. }) && parts.is_dir() {
            fs::remove_dir_all(&parts).map_err(|error| failure(&parts, error))?;
        }
        Ok(elapsed)
    }

    /// A file appears whole or not at all.
    fn save(
        &self,
        name: &str,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), WriteError> {
        let (path, draft) = (
            self.path.join(name),
            self.path.join(format!(".{name}.draft")),
        );
        let file = File::create(&draft).map_err(|error| failure(&path, error))?;
        let mut output = BufWriter::new(file);
        write(&mut output)
            .and_then(|()| output.flush())
            .and_then(|()| fs::rename(&draft, &path))
            .map_err(|error| failure(&path, error))
    }
}

/// Draws pictures into a folder, which is made; those that cannot be drawn come back as notes.
///
/// # Errors
/// If the folder cannot be made.
pub fn draw(figures: &[Drawing], folder: &Path) -> Result<Vec<String>, WriteError> {
    draw_as(figures, folder, &PictureOptions::default())
}

/// The same in the formats and of the size that are asked for.
///
/// # Errors
/// If the folder cannot be made.
pub fn draw_as(
    figures: &[Drawing],
    folder: &Path,
    options: &PictureOptions,
) -> Result<Vec<String>, WriteError> {
    if figures.is_empty() {
        return Ok(Vec::new());
    }
    fs::create_dir_all(folder).map_err(|error| failure(folder, error))?;
    let note = |figure: &Drawing| {
        let error = figure.draw_as(folder, options).err()?;
        Some(format!("the picture {} is left out: {error}", figure.name))
    };
    Ok(figures.iter().filter_map(note).collect())
}

/// What tells a report that was changed or damaged from the one that the run has written.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn failure(path: &Path, reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> WriteError {
    WriteError {
        path: path.display().to_string(),
        reason: reason.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Array, Table};

    #[test]
    fn nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = folder.path().join("runs/model");
        for name in ["model", "model-2", "model-3"] {
            let run = RunDirectory::create(&wanted, false).unwrap();
            assert_eq!(run.path(), folder.path().join("runs").join(name));
        }
        let run = RunDirectory::create(&wanted, true).unwrap();
        assert_eq!(run.path(), wanted);
        run.save_text("model.toml", "").unwrap();
        let run = RunDirectory::create(&wanted, true).unwrap();
        assert!(run.path().ends_with("model-2"));
    }

    #[test]
    fn an_outcome_is_saved_whole() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDirectory::create(&folder.path().join("run"), false).unwrap();
        let outcome = Outcome {
            tables: vec![("cycles".into(), Table::new(["period"]))],
            arrays: vec![Array::list("times", vec![0.0, 1.0])],
            figures: vec![Drawing::new("wave", |folder, name| {
                Ok(fs::write(folder.join(format!("{name}.svg")), "<svg/>")?)
            })],
            ..Outcome::default()
        };
        let mut outcome = outcome;
        let broken = |_: &Path, _: &str| Err("no ink".into());
        outcome.figures.push(Drawing::new("other", broken));
        let notes = run.save_outcome("{}\n", &outcome).unwrap();
        assert_eq!(notes, ["the picture other is left out: no ink"]);
        assert!(!RunDirectory::is_complete(run.path()));
        let ending = Ending::Done {
            statistics: json!({"steps": 3}),
            seconds: Times::from([("all".into(), vec![0.5])]),
        };
        run.finish("test", 7, &[], &ending).unwrap();
        assert!(RunDirectory::is_complete(run.path()));
        for name in ["report.json", "cycles.csv", "times.npy", "plots/wave.svg"] {
            assert!(run.path().join(name).is_file(), "{name}");
        }
        let record = fs::read_to_string(run.path().join("run.json")).unwrap();
        let record: Value = serde_json::from_str(&record).unwrap();
        assert_eq!(record["ending"]["statistics"]["steps"], 3);
        assert_eq!(record["ending"]["seconds"]["all"], json!([0.5]));
        assert_eq!(record["ending"]["status"], "done");
        assert_eq!(record["seed"], 7);
    }

    #[test]
    fn a_file_in_the_way_is_an_error_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = RunDirectory::create(&file.join("run"), false).unwrap_err();
        assert!(error.to_string().contains("file"), "{error}");
    }
}
