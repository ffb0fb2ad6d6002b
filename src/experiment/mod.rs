//! Model files, kinds of experiment, runs and run directories.
//!
//! A model file names a kind of experiment and holds its settings. The kind reads and validates
//! them ([`ModelFile::settings`], [`rules`]), runs, and gives back an [`Outcome`]; everything
//! around it (overrides, diagnostics with places, run directories) is the same for all kinds.
//!
//! **Adding a kind is one file in this room and one row in [`kinds`].**

mod atlas;
mod bursting;
mod course;
mod diagnostic;
mod dominance;
mod equation;
mod impulse;
mod impulse_settings;
mod model_file;
pub mod npy;
mod outcome;
mod overrides;
mod progress;
mod provenance;
pub mod rules;
mod run_directory;
mod settled;
mod shipped;
mod table;
mod values;

use serde_json::{Map, Value};

pub use diagnostic::{Diagnostic, ModelError};
pub use model_file::{DEFAULT_SEED, Header, ModelFile};
pub use outcome::{Array, Block, DrawError, Drawing, Outcome, RunError};
pub use progress::{Progress, Silent};
pub use provenance::{Provenance, timestamp};
pub use run_directory::{Ending, RunDirectory, WriteError};
pub use shipped::{shipped_models, shipped_text};
pub use table::{Cell, Table};
pub use values::{Lambda, PerNeuron};

/// One kind of experiment.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name in `experiment = "..."`.
    pub name: &'static str,
    /// One line on what it does.
    pub summary: &'static str,
    /// Reads and validates its settings.
    pub read: fn(&ModelFile) -> Result<Box<dyn Experiment>, Diagnostic>,
}

/// Every kind of experiment there is.
#[must_use]
pub fn kinds() -> &'static [Kind] {
    &[atlas::KIND, dominance::KIND, bursting::KIND, equation::KIND]
}

/// A validated experiment, ready to run.
pub trait Experiment: Send + Sync {
    /// The sections of the model file as TOML, every default filled in: `toml::to_string` of the
    /// settings. The keys that all kinds share are added by the caller.
    ///
    /// # Errors
    /// If a setting has no form in TOML.
    fn resolved(&self) -> Result<String, toml::ser::Error>;

    /// What would run, as pairs of a name and a value.
    fn plan(&self) -> Vec<(String, String)>;

    /// Runs to the end.
    ///
    /// # Errors
    /// If there is no sound result.
    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError>;
}

/// A validated model: its header, its kind, and the experiment that it asks for.
pub struct Prepared {
    header: Header,
    kind: &'static Kind,
    experiment: Box<dyn Experiment>,
}

/// Reads and validates a model; nothing is written anywhere.
///
/// # Errors
/// The first thing that is wrong with the model, with its place and a remedy.
///
/// ```
/// use pulsatrix::experiment::{ModelFile, read};
///
/// let mut model = ModelFile::open("hutchinson")?;
/// model.set("solver.t_end=-1")?;
/// let error = read(&model).err().unwrap();
/// assert_eq!(error.set.as_deref(), Some("solver.t_end=-1"));
/// # Ok::<(), Box<pulsatrix::experiment::ModelError>>(())
/// ```
pub fn read(model: &ModelFile) -> Result<Prepared, Box<ModelError>> {
    let prepare = || {
        let header = model.header()?;
        let name = header.experiment.get_ref();
        let kind = kinds().iter().find(|kind| kind.name == name);
        let kind = kind.ok_or_else(|| {
            let names: Vec<&str> = kinds().iter().map(|kind| kind.name).collect();
            Diagnostic::unknown("experiment", name, header.experiment.span(), &names)
        })?;
        let experiment = (kind.read)(model)?;
        Ok(Prepared {
            header,
            kind,
            experiment,
        })
    };
    prepare().map_err(|problem| model.error(problem))
}

impl Prepared {
    /// The keys that all kinds share.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The kind of experiment.
    #[must_use]
    pub fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// The experiment.
    #[must_use]
    pub fn experiment(&self) -> &dyn Experiment {
        &*self.experiment
    }

    /// A model file with every default and override filled in; it gives the same report.
    ///
    /// # Errors
    /// If a setting has no form in TOML.
    pub fn resolved(&self) -> Result<String, toml::ser::Error> {
        let header = toml::to_string(&self.header)?;
        Ok(format!("{header}\n{}", self.experiment.resolved()?))
    }

    /// The text of `report.json`: title, experiment and seed, then the results.
    #[must_use]
    pub fn report(&self, outcome: &Outcome) -> String {
        let mut report = Map::new();
        report.insert("title".into(), self.header.title.clone().into());
        report.insert("experiment".into(), self.kind.name.into());
        report.insert("seed".into(), self.header.seed.into());
        match &outcome.report {
            Value::Object(results) => report.extend(results.clone()),
            results => {
                report.insert("results".into(), results.clone());
            }
        }
        format!("{:#}\n", Value::Object(report))
    }
}
