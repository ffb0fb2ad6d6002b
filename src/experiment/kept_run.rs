//! A finished run, read back from its folder: its model and its findings.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use thiserror::Error;

use super::provenance::Provenance;
use super::run_directory::crc32;
use super::{DataError, ModelError, ModelFile, Outcome, Prepared, RunError, Study, array, read};

/// Why a run cannot be read back.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeptRunError {
    /// The folder is not that of a finished run.
    #[error("{} is no finished run: {reason}", folder.display())]
    NotFinished {
        /// The folder.
        folder: PathBuf,
        /// What is missing or wrong.
        reason: String,
    },
    /// Its resolved model cannot be read.
    #[error(transparent)]
    Model(#[from] Box<ModelError>),
    /// One of its arrays cannot be read.
    #[error(transparent)]
    Array(#[from] DataError),
    /// Its report is not that of its kind.
    #[error("the report of {} is not one of its kind: {reason}", folder.display())]
    Report {
        /// The folder.
        folder: PathBuf,
        /// What does not fit.
        reason: String,
    },
}

/// A finished run.
pub struct KeptRun {
    folder: PathBuf,
    model: ModelFile,
    report: Value,
    record: Value,
}

impl KeptRun {
    /// Opens the folder of a finished run, arrays and all.
    ///
    /// # Errors
    /// If it is not that of a finished run.
    pub fn open(folder: &Path) -> Result<Self, KeptRunError> {
        let refuse = |reason: String| KeptRunError::NotFinished {
            folder: folder.to_owned(),
            reason,
        };
        let text = |name: &str| {
            let text = fs::read_to_string(folder.join(name));
            text.map_err(|error| refuse(format!("{name}: {error}")))
        };
        let json = |name: &str| {
            let value = serde_json::from_str::<Value>(&text(name)?);
            value.map_err(|error| refuse(format!("{name}: {error}")))
        };
        let record = json("run.json")?;
        if record["ending"]["status"] != "done" {
            return Err(refuse("it has ended without a result".into()));
        }
        let mut report = json("report.json")?;
        // Findings are consistent because a study has made them so; a report of another hand is not read.
        if record["report_crc32"] != crc32(text("report.json")?.as_bytes()) {
            return Err(refuse(
                "report.json is not as the run has written it".into(),
            ));
        }
        array::put_back(&mut report, folder)?;
        let origin = folder.join("resolved.toml").display().to_string();
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        Ok(Self {
            model: ModelFile::from_text(&name, &origin, text("resolved.toml")?)?,
            folder: folder.to_owned(),
            report,
            record,
        })
    }

    /// Its model, every default filled in.
    #[must_use]
    pub fn model(&self) -> &ModelFile {
        &self.model
    }

    /// Its report, arrays and all.
    pub(super) fn report(&self) -> &Value {
        &self.report
    }

    /// Whether the same build would give the same results for `prepared`: the same resolved model, and
    /// the same commit without changes.
    #[must_use]
    pub fn is_still_true(&self, prepared: &Prepared) -> bool {
        let (here, built) = (Provenance::here(), &self.record["built"]);
        let clean = here.dirty == Some(false) && built["dirty"] == false;
        let same = here.commit.is_some_and(|commit| built["commit"] == commit);
        clean && same && prepared.resolved() == self.model.text()
    }

    /// Settings and findings with their types.
    ///
    /// # Errors
    /// If the run is of another kind, or its report is damaged.
    pub fn findings<S: Study>(self) -> Result<(S::Settings, S::Findings), KeptRunError> {
        let header = self
            .model
            .header()
            .map_err(|mistakes| self.model.error(mistakes))?;
        let refuse = |reason: String| KeptRunError::Report {
            folder: self.folder.clone(),
            reason,
        };
        if &*header.experiment != S::NAME {
            return Err(refuse(format!("it is of the kind `{}`", header.experiment)));
        }
        let settings = self.model.sections::<S::Settings>();
        let settings = settings.map_err(|mistakes| self.model.error(mistakes))?;
        let findings = serde_json::from_value(self.report.clone());
        Ok((
            settings,
            findings.map_err(|error| refuse(error.to_string()))?,
        ))
    }

    /// Everything that the run has given, without computing anything anew.
    ///
    /// # Errors
    /// If its model or its report are not those of a kind that there is.
    pub fn show(self) -> Result<Outcome, KeptRunError> {
        let prepared = read(&self.model)?;
        let shown = (prepared.kind().show)(&self.model, self.report.clone());
        let shown = shown.map_err(|mistakes| self.model.error(mistakes))?;
        let mut outcome = shown.map_err(|error: RunError| KeptRunError::Report {
            folder: self.folder.clone(),
            reason: error.to_string(),
        })?;
        outcome.hold(self.report);
        array::describe(&mut outcome.arrays, &self.folder);
        Ok(outcome)
    }
}
