//! Kind `deep-linear`: the modes of deep linear networks, beside their closed form.

use serde::{Deserialize, Serialize};

use super::course::equidistant;
pub use super::deep_linear_data::LeastSquares;
use super::deep_linear_data::LinearData;
use super::deep_linear_figure::figure;
use crate::experiment::data::own::OwnSettings;
use crate::experiment::memory_limit::{NUMBER, largest, require_memory};
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonEmpty, Placed, Positive, Tolerance, require, settings,
};
use crate::experiment::{Block, DataStatement, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::significant;
use crate::training::flow::{FlowMethod, LinearModes, LinearTask};

/// Longest flow, in units of one over its [stiffness](LinearTask::stiffness): an explicit method and the
/// closed form take two gradients a unit (measured), so that this is a quarter of a minute for two modes.
const LONGEST: f64 = 1e6;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// One's own data in place of singular values: all of them are learnt, whitened, and their correlation is the target.
        pub data: OwnSettings,
        /// The networks and their target.
        pub network: NetworkSettings,
        /// How far the flow is followed.
        pub flow: FlowSettings,
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// Layers of weights, one network each.
        pub layers: NonEmpty<Count>,
        /// Singular values of the target, all different; those of one's own data, if there are any.
        pub singular_values: Option<NonEmpty<Positive>>,
        /// Strength of every mode at the start.
        pub start: Positive,
    }

    /// Section `[flow]`.
    pub struct FlowSettings {
        /// Time at its end.
        pub t_end: Positive,
        /// Equidistant times at which the modes are looked at.
        pub samples: Count<2> = 121,
        /// How the flow is followed.
        pub method: Choice<FlowMethod> = FlowMethod::default(),
        /// Error of the flow: small, since it stands beside a closed form.
        pub tolerance: Tolerance = 1e-8,
    }
}

impl Settings {
    /// Singular values, the largest first.
    fn singular_values(&self) -> Vec<f64> {
        let given = self.network.singular_values.iter();
        let mut values: Vec<f64> = given.flat_map(|list| list.iter()).map(|s| **s).collect();
        values.sort_by(|a, b| b.total_cmp(a));
        values
    }

    /// Refuses a target that is given twice or not at all.
    fn require_one_target(&self, data: bool) -> Result<(), Mistakes> {
        let given = &self.network.singular_values;
        let (place, label) = match given {
            Some(given) => (given.place(), "beside one's own data"),
            None => (self.network.start.place(), "a network without a target"),
        };
        require(
            &place,
            given.is_some() != data,
            "the target is `singular_values`, or one's own data",
            label,
            "give `singular_values = [...]` in `[network]`, or a section `[data]` with `inputs` and `targets`",
        )?;
        Ok(())
    }
}

/// Networks of several depths that learn the same map.
pub struct DeepLinear {
    settings: Settings,
    /// Singular values of the target, the largest first.
    values: Vec<f64>,
    own: Option<LinearData>,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Singular values of the target, the largest first.
    pub singular_values: Vec<f64>,
    /// Times at which the modes were looked at.
    pub times: Vec<f64>,
    /// The modes of every network.
    pub networks: Vec<LinearModes>,
    /// What least squares make of one's own data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_squares: Option<LeastSquares>,
}

impl DeepLinear {
    /// What a network of so many layers learns.
    fn task(&self, layers: usize) -> LinearTask {
        LinearTask {
            layers,
            singular_values: self.values.clone(),
            start: *self.settings.network.start,
            seed: self.seed,
        }
    }

    /// Numbers of an input, and of an output.
    fn ends(&self) -> [usize; 2] {
        let modes = self.values.len();
        let own = self.own.as_ref().map(|own| &own.whitened);
        own.map_or([modes; 2], |own| [own.inputs.ncols(), own.targets.ncols()])
    }
}

impl Study for DeepLinear {
    const NAME: &'static str = "deep-linear";
    const SUMMARY: &'static str =
        "sigmoidal modes of deep linear networks under gradient flow, beside their closed form";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let own = LinearData::read(&settings.data)?;
        settings.require_one_target(own.is_some())?;
        let values = own.as_ref().map(|own| &own.whitened.singular_values);
        let study = Self {
            values: values.map_or_else(|| settings.singular_values(), Clone::clone),
            own,
            settings,
            seed: header.seed,
        };
        let Settings { network, flow, .. } = &study.settings;
        let least = study.values.last().copied().unwrap_or_default();
        let deepest = largest(&network.layers);
        let modes = study.values.len() as f64;
        let mut mistakes = Mistakes::default();
        mistakes.note(require(
            &network.start,
            *network.start < least,
            format!("`start` is not below the smallest singular value {least}"),
            "too large",
            "give `start` a small positive value, as in 0.01",
        ));
        let stiffness = study.task(*deepest).stiffness();
        mistakes.note(require(
            &flow.t_end,
            stiffness * *flow.t_end <= LONGEST,
            format!(
                "a flow to {} at a rate of {} would not end",
                flow.t_end,
                significant(stiffness, 3)
            ),
            "too long for these layers and singular values",
            format!(
                "keep layers * s^(2 - 2/layers) * `t_end` below {LONGEST:e} for the largest singular \
                 value s: here a `t_end` of {}",
                significant(LONGEST / stiffness, 2)
            ),
        ));
        let ends = study.ends().iter().sum::<usize>() as f64;
        let weights = modes * (modes * (*deepest as f64 - 2.0) + ends);
        let states = NUMBER * weights * *flow.samples as f64;
        let what = "the weights at all samples";
        mistakes.note(require_memory(&flow.samples, what, states));
        mistakes.end()?;
        Ok(study)
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let Settings { network, flow, .. } = &self.settings;
        vec![
            ("layers".into(), format!("{:?}", network.layers)),
            ("singular values".into(), format!("{:?}", self.values)),
            ("time".into(), format!("0 to {}", flow.t_end)),
        ]
    }

    fn data(&self) -> Option<u32> {
        self.data_statement().map(|said| said.checksum)
    }

    fn data_statement(&self) -> Option<DataStatement> {
        self.own.as_ref().map(|own| own.statement.clone())
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let Settings { network, flow, .. } = &self.settings;
        let times = equidistant(*flow.t_end, *flow.samples);
        progress.begin("flows", network.layers.len() as u64);
        let mut networks = Vec::new();
        for layers in network.layers.iter() {
            let (task, method, tolerance) = (self.task(**layers), *flow.method, *flow.tolerance);
            let modes = match &self.own {
                Some(own) => task.modes_of(&own.whitened, &times, method, tolerance),
                None => task.modes(&times, method, tolerance),
            };
            networks.push(modes.map_err(RunError::numerical)?);
            progress.advance(1);
        }
        Ok(Findings {
            singular_values: self.values.clone(),
            times,
            networks,
            least_squares: self.own.as_ref().map(LinearData::least_squares),
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new(["layers", "t", "s", "u", "exact"]);
        for modes in &findings.networks {
            for (index, time) in findings.times.iter().enumerate() {
                let rows = modes.measured[index].iter().zip(&modes.exact[index]);
                for (s, (u, exact)) in findings.singular_values.iter().zip(rows) {
                    let numbers = [*time, *s, *u, *exact].map(Into::into);
                    table.push([modes.layers.into()].into_iter().chain(numbers));
                }
            }
        }
        vec![("modes".into(), table)]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let mut table = Table::new(["layers", "largest error", "imbalance", "gradients"]);
        for modes in &findings.networks {
            table.push([
                modes.layers.into(),
                modes.largest_error.into(),
                modes.imbalance.into(),
                modes.gradients.into(),
            ]);
        }
        let line = findings.least_squares.as_ref().map(|found| {
            Block::Line(format!(
                "least squares of inputs of rank {} leave a mean square of {:.6}",
                found.rank, found.unexplained
            ))
        });
        [Block::Table(table)].into_iter().chain(line).collect()
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let networks = findings.networks.iter();
        let draw = |modes: &LinearModes| {
            let name = format!("modes-{}", modes.layers);
            Drawing::of(name, figure(settings, findings, modes))
        };
        networks.map(draw).collect()
    }
}
