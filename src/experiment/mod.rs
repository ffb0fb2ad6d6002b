//! Model files, kinds of experiment, runs and run directories.
//!
//! A model file names a kind of experiment and holds its settings. A kind is a [`Study`]: it declares its
//! settings, finds its typed findings, and makes tables, a summary and pictures of both; everything around it
//! (overrides, diagnostics with places, run directories) is the same for all kinds.
//!
//! **Adding a kind is one file in one of the folders and one row in [`kinds`].** The folders hold the
//! kinds by their systems: `delay` (scalar equations), `system` (one's own equations), `spiking` (integrate-and-fire
//! networks), `impulse`, `memory` (memories side by side),
//! `predictive`, `flow` (learning and its kernels), `readout` (solved at once), `text`, `recurrent` (networks with a
//! context), `probes` (what happens inside a network while it learns), `partition` (one network on several ranks).

mod array;
mod checkpoint;
mod commented;
mod comparison;
mod course;
mod data;
pub mod delay;
mod diagnostic;
mod ensemble;
#[cfg(test)]
mod findings_schema;
pub mod flow;
mod image_networks;
pub mod impulse;
mod kept_run;
pub mod memory;
mod memory_limit;
mod model_file;
pub mod orders;
mod outcome;
mod overrides;
pub mod partition;
mod pattern_settings;
pub mod predictive;
pub mod probes;
mod progress;
mod provenance;
mod query;
pub mod readout;
pub mod recurrent;
mod run_directory;
pub mod schema;
mod sections;
pub mod settings;
mod shared;
mod shipped;
pub mod spiking;
mod study;
pub mod sweep;
pub mod system;
mod table;
pub mod text;

#[cfg(test)]
mod refusals;
#[cfg(test)]
mod schema_checks;

use serde_json::{Map, Value};

use settings::{Mistakes, Placed, Section};

pub use array::Array;
pub use checkpoint::{keep, part, restore};
pub use comparison::{Comparison, Difference, compare};
pub use data::{DataError, DataStatement, LabelledImages, Scaling, npy, read_matrices};
pub use diagnostic::{Diagnostic, ModelError, Problem, nearest};
pub use kept_run::{KeptRun, KeptRunError};
pub use model_file::{DEFAULT_SEED, Header, ModelFile};
pub use outcome::{Block, DrawError, Drawing, Outcome, RunError};
pub use progress::{Progress, Silent, Times};
pub use provenance::{Provenance, timestamp};
pub use query::{QueryError, query_atlas};
pub use run_directory::{Ending, RunDirectory, WriteError, draw, draw_as};
pub use shipped::{shipped_models, shipped_text};
pub use study::Study;
pub use table::{Cell, Table};

/// One kind of experiment.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// Its name in `experiment = "..."`.
    pub name: &'static str,
    /// One line on what it does.
    pub summary: &'static str,
    /// Reads and validates its settings.
    pub read: fn(&ModelFile) -> Result<Box<dyn Experiment>, Mistakes>,
    /// Shows the report of an earlier run.
    pub show: study::Show,
    /// What is known of the keys of its sections.
    pub about: fn() -> Vec<settings::KeyAbout>,
    /// Schema of what it finds, as its type says it.
    #[cfg(test)]
    findings: fn() -> Value,
}

/// Every kind of experiment there is.
#[must_use]
pub fn kinds() -> &'static [Kind] {
    // not a constant: the code of all kinds would be built again in every program that looks at them
    static KINDS: &[Kind] = &[
        Kind::of::<impulse::atlas::Atlas>(),
        Kind::of::<probes::attractor_topology::AttractorTopology>(),
        Kind::of::<impulse::boundary::Boundary>(),
        Kind::of::<impulse::bursting::Bursting>(),
        Kind::of::<memory::capacity::Capacity>(),
        Kind::of::<flow::deep_linear::DeepLinear>(),
        Kind::of::<recurrent::delayed_recall::Echo>(),
        Kind::of::<impulse::dominance::Dominance>(),
        Kind::of::<recurrent::drift::DriftIdentification>(),
        Kind::of::<flow::edge::EdgeOfStability>(),
        Kind::of::<impulse::electrical::Electrical>(),
        Kind::of::<delay::equation::ScalarRun>(),
        Kind::of::<memory::hopfield::DelayedRecall>(),
        Kind::of::<probes::homology::Homology>(),
        Kind::of::<probes::information_plane::Plane>(),
        Kind::of::<probes::information_regulariser::InformationRegulariser>(),
        Kind::of::<flow::kernel_regression::KernelRegression>(),
        Kind::of::<orders::large::LargeWaves>(),
        Kind::of::<flow::lazy_rich::LazyToRich>(),
        Kind::of::<flow::learning_flows::LearningFlows>(),
        Kind::of::<memory::lifetime::MemoryLifetimes>(),
        Kind::of::<predictive::minimum_norm::MinimumNorm>(),
        Kind::of::<probes::mutual_information::MutualInformation>(),
        Kind::of::<probes::network_equality::NetworkEquality>(),
        Kind::of::<flow::ntk_drift::NtkDrift>(),
        Kind::of::<flow::ntk_width::NtkWidth>(),
        Kind::of::<readout::one_shot::OneShot>(),
        Kind::of::<readout::transfer::Transfer>(),
        Kind::of::<orders::capacity::OrdersStored>(),
        Kind::of::<orders::recall::OrdersRecalled>(),
        Kind::of::<orders::atlas::Orders>(),
        Kind::of::<flow::orthogonal_speed::OrthogonalSpeed>(),
        Kind::of::<partition::study::PartitionStudy>(),
        Kind::of::<predictive::images::Images>(),
        Kind::of::<predictive::memory::Memory>(),
        Kind::of::<predictive::toy::Toy>(),
        Kind::of::<memory::recall::Recall>(),
        Kind::of::<impulse::region::Region>(),
        Kind::of::<impulse::proved_region::ProvedRegion>(),
        Kind::of::<probes::relevance_homology::RelevanceHomology>(),
        Kind::of::<probes::relu_symmetries::ReluSymmetries>(),
        Kind::of::<orders::sets::SetsAndOrders>(),
        Kind::of::<spiking::run::Spiking>(),
        Kind::of::<delay::stability::Stability>(),
        Kind::of::<system::run::SystemRun>(),
        Kind::of::<text::classification::TextClassification>(),
        Kind::of::<probes::veca::VecaStudy>(),
    ];
    KINDS
}

/// A validated experiment, ready to run.
pub trait Experiment: Send + Sync {
    /// The sections of the model file as TOML, every default filled in. The keys that all kinds share
    /// are added by the caller.
    fn resolved(&self) -> String;

    /// What would run, as pairs of a name and a value.
    fn plan(&self) -> Vec<(String, String)>;

    /// Ranks that it is computed on if several processes compute it, where that cannot be any number.
    fn ranks(&self) -> Option<usize> {
        None
    }

    /// Where its data came from, and what was done to them.
    fn data_statement(&self) -> Option<DataStatement> {
        None
    }

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
/// Everything that is wrong with the model, with places and remedies.
///
/// ```
/// use pulsatrix::experiment::{ModelFile, read};
///
/// let mut model = ModelFile::open("hutchinson")?;
/// model.set("solver.t_end=-1")?;
/// let error = read(&model).err().unwrap();
/// assert_eq!(error.problems[0].set.as_deref(), Some("solver.t_end=-1"));
/// # Ok::<(), Box<pulsatrix::experiment::ModelError>>(())
/// ```
pub fn read(model: &ModelFile) -> Result<Prepared, Box<ModelError>> {
    let prepare = || -> Result<Prepared, Mistakes> {
        let header = model.header()?;
        let name = &header.experiment;
        let kind = kinds().iter().find(|kind| kind.name == &**name);
        let kind = kind.ok_or_else(|| {
            let names: Vec<&str> = kinds().iter().map(|kind| kind.name).collect();
            Diagnostic::unknown("experiment", name, name.place().bytes(), &names)
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
    #[must_use]
    pub fn resolved(&self) -> String {
        let mut header = toml_edit::DocumentMut::new();
        self.header.write_keys(header.as_table_mut());
        format!("{header}\n{}", self.experiment.resolved())
    }

    /// The text of `report.json`: title, experiment, seed and what data were read, then the results.
    #[must_use]
    pub fn report(&self, outcome: &Outcome) -> String {
        let mut report = Map::new();
        report.insert("title".into(), self.header.title.to_string().into());
        report.insert("experiment".into(), self.kind.name.into());
        report.insert("seed".into(), self.header.seed.into());
        if let Some(said) = self.experiment.data_statement() {
            report.insert("data_read".into(), serde_json::json!(said));
        }
        match &outcome.report {
            Value::Object(results) => report.extend(results.clone()),
            results => {
                report.insert("results".into(), results.clone());
            }
        }
        format!("{:#}\n", Value::Object(report))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resolved_model_resolves_to_itself() {
        for name in shipped_models() {
            let Ok(first) = read(&ModelFile::open_shipped(name).unwrap()) else {
                assert_eq!(name, "pc-mnist", "only its data do not ship");
                continue;
            };
            let resolved = first.resolved();
            let again = ModelFile::from_text("again", "again.toml", resolved.clone()).unwrap();
            let again = read(&again).unwrap();
            assert_eq!(again.resolved(), resolved);
        }
    }
}
