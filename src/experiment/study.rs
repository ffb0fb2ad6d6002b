//! A kind of experiment: settings, what it finds, and how that is shown.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::progress::Timed;
use super::settings::{Mistakes, Section, require};
use super::{
    Block, DataStatement, Drawing, Experiment, Header, Kind, ModelError, ModelFile, Outcome,
    Progress, RunError, Table, part,
};

/// One kind of experiment. Science lives in the rooms below; a study asks for it with the settings of
/// a model file, in parts that an interrupted run keeps, and shows what came of it.
///
/// Tables and figures are made of settings and findings alone, and findings are what `report.json`
/// holds: nothing is shown that a file lacks, and a figure is redrawn without computing.
pub trait Study: Sized + Send + Sync + 'static {
    /// Its name in `experiment = "..."`.
    const NAME: &'static str;
    /// One line on what it does.
    const SUMMARY: &'static str;
    /// The sections of its model files.
    type Settings: Section + Send + Sync;
    /// Everything that a run finds out. Depends on the settings and the seed alone, never on the
    /// machine or the clock; long lists of numbers are [`Array`](super::Array)s.
    type Findings: Serialize + DeserializeOwned;

    /// The study that a model file asks for; refuses what its keys do not allow together.
    ///
    /// # Errors
    /// All that is wrong, with places and remedies.
    fn new(settings: Self::Settings, header: &Header) -> Result<Self, Mistakes>;

    /// Its settings, every default filled in.
    fn settings(&self) -> &Self::Settings;

    /// What would run, as pairs of a name and a value.
    fn plan(&self) -> Vec<(String, String)>;

    /// A checksum of what was read from files, if anything was: an interrupted run goes on with the same data or not
    /// at all.
    fn data(&self) -> Option<u32> {
        None
    }

    /// Where the data that it learns or stores came from, and what was done to them: `data_read` of a report.
    fn data_statement(&self) -> Option<DataStatement> {
        None
    }

    /// Ranks that it is computed on if several processes compute it, where that cannot be any number.
    fn ranks(&self) -> Option<usize> {
        None
    }

    /// Runs to the end.
    ///
    /// # Errors
    /// If there is no sound result.
    fn find(&self, progress: &dyn Progress) -> Result<Self::Findings, RunError>;

    /// Tables by name, saved as `<name>.csv`.
    fn tables(settings: &Self::Settings, findings: &Self::Findings) -> Vec<(String, Table)>;

    /// What a reader at a terminal wants to see; the first table, if nothing else is said.
    fn summary(settings: &Self::Settings, findings: &Self::Findings) -> Vec<Block> {
        let first = Self::tables(settings, findings).into_iter().next();
        first
            .map(|(_, table)| Block::Table(table))
            .into_iter()
            .collect()
    }

    /// Pictures, saved in `plots/`, the one that says most first.
    fn figures(settings: &Self::Settings, findings: &Self::Findings) -> Vec<Drawing>;
}

impl Kind {
    /// The kind of a study.
    pub(super) const fn of<S: Study>() -> Self {
        Self {
            name: S::NAME,
            summary: S::SUMMARY,
            read: |model| Ok(Box::new(Prepared(study::<S>(model)?))),
            show: |model, report| {
                let settings = model.sections::<S::Settings>()?;
                let findings = serde_json::from_value(report).map_err(RunError::Format);
                Ok(findings.map(|findings| shown::<S>(&settings, &findings)))
            },
            about: <S::Settings as Section>::about,
            #[cfg(test)]
            findings: super::findings_schema::findings_schema::<S::Findings>,
        }
    }
}

impl ModelFile {
    /// The study that this model asks for, with its types: settings, and findings to come.
    ///
    /// # Errors
    /// All that is wrong with the model, or that it asks for another study.
    pub fn study<S: Study>(&self) -> Result<S, Box<ModelError>> {
        let read = || {
            let header = self.header()?;
            require(
                &header.experiment,
                &*header.experiment == S::NAME,
                format!("this model is of the kind `{}`", header.experiment),
                "another kind",
                format!("give a model of the kind `{}`", S::NAME),
            )?;
            study(self)
        };
        read().map_err(|mistakes: Mistakes| self.error(mistakes))
    }
}

/// The study that a model asks for.
fn study<S: Study>(model: &ModelFile) -> Result<S, Mistakes> {
    S::new(model.sections()?, &model.header()?)
}

/// Everything about findings but the report itself.
fn shown<S: Study>(settings: &S::Settings, findings: &S::Findings) -> Outcome {
    Outcome {
        summary: S::summary(settings, findings),
        tables: S::tables(settings, findings),
        figures: S::figures(settings, findings),
        ..Outcome::default()
    }
}

/// A study whose types are forgotten.
struct Prepared<S>(S);

impl<S: Study> Experiment for Prepared<S> {
    fn resolved(&self) -> String {
        let mut document = toml_edit::DocumentMut::new();
        self.0.settings().write_keys(document.as_table_mut());
        document.to_string()
    }

    fn plan(&self) -> Vec<(String, String)> {
        self.0.plan()
    }

    fn ranks(&self) -> Option<usize> {
        self.0.ranks()
    }

    fn data_statement(&self) -> Option<DataStatement> {
        self.0.data_statement()
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        if let Some(now) = self.0.data() {
            let begun = part(progress, "data", || Ok(now))?;
            if begun != now {
                return Err(RunError::DataChanged);
            }
        }
        let timed = Timed::new(progress);
        let findings = self.0.find(&timed)?;
        let mut outcome = shown::<S>(self.0.settings(), &findings);
        outcome.seconds = timed.times();
        outcome.hold(serde_json::to_value(&findings)?);
        Ok(outcome)
    }
}

/// Why kept findings cannot be shown.
pub type Shown = Result<Result<Outcome, RunError>, Mistakes>;

/// How a kind shows the report of an earlier run.
pub type Show = fn(&ModelFile, Value) -> Shown;
