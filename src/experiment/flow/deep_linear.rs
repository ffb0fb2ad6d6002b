//! Kind `deep-linear`: the modes of deep linear networks, beside their closed form.

use serde::{Deserialize, Serialize};

use super::course::equidistant;
use crate::experiment::memory_limit::{NUMBER, largest, require_memory};
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonEmpty, Positive, Tolerance, require, settings,
};
use crate::experiment::{Block, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series, significant};
use crate::training::flow::{FlowMethod, LinearModes, LinearTask};

/// Every so many of the samples are drawn as rings, so that the line can be seen between them.
const RINGS: usize = 6;

/// Longest flow, in units of one over its [stiffness](LinearTask::stiffness): an explicit method and the
/// closed form take two gradients a unit (measured), so that this is a quarter of a minute for two modes.
const LONGEST: f64 = 1e6;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The networks and their target.
        pub network: NetworkSettings,
        /// How far the flow is followed.
        pub flow: FlowSettings,
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// Layers of weights, one network each.
        pub layers: NonEmpty<Count>,
        /// Singular values of the target, all different.
        pub singular_values: NonEmpty<Positive>,
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
        let mut values: Vec<f64> = self.network.singular_values.iter().map(|s| **s).collect();
        values.sort_by(|a, b| b.total_cmp(a));
        values
    }

    /// What a network of so many layers learns.
    fn task(&self, layers: usize, seed: u64) -> LinearTask {
        LinearTask {
            layers,
            singular_values: self.singular_values(),
            start: *self.network.start,
            seed,
        }
    }
}

/// Networks of several depths that learn the same map.
pub struct DeepLinear {
    settings: Settings,
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
}

impl Study for DeepLinear {
    const NAME: &'static str = "deep-linear";
    const SUMMARY: &'static str =
        "sigmoidal modes of deep linear networks under gradient flow, beside their closed form";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let Settings { network, flow } = &settings;
        let values = network.singular_values.iter().map(|s| **s);
        let least = values.fold(f64::INFINITY, f64::min);
        let deepest = largest(&network.layers);
        let modes = network.singular_values.len() as f64;
        let mut mistakes = Mistakes::default();
        mistakes.note(require(
            &network.start,
            *network.start < least,
            format!("`start` is not below the smallest singular value {least}"),
            "too large",
            "give `start` a small positive value, as in 0.01",
        ));
        let stiffness = settings.task(*deepest, header.seed).stiffness();
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
        let states = NUMBER * modes * modes * *deepest as f64 * *flow.samples as f64;
        let what = "the weights at all samples";
        mistakes.note(require_memory(&flow.samples, what, states));
        mistakes.end()?;
        Ok(Self {
            settings,
            seed: header.seed,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let Settings { network, flow } = &self.settings;
        vec![
            ("layers".into(), format!("{:?}", network.layers)),
            (
                "singular values".into(),
                format!("{:?}", network.singular_values),
            ),
            ("time".into(), format!("0 to {}", flow.t_end)),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let Settings { network, flow } = &self.settings;
        let times = equidistant(*flow.t_end, *flow.samples);
        progress.begin("flows", network.layers.len() as u64);
        let mut networks = Vec::new();
        for layers in network.layers.iter() {
            let task = self.settings.task(**layers, self.seed);
            let modes = task.modes(&times, *flow.method, *flow.tolerance);
            networks.push(modes.map_err(RunError::numerical)?);
            progress.advance(1);
        }
        Ok(Findings {
            singular_values: self.settings.singular_values(),
            times,
            networks,
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
        vec![Block::Table(table)]
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

fn figure(settings: &Settings, findings: &Findings, modes: &LinearModes) -> Lines {
    let course = |rows: &[Vec<f64>], mode: usize, every: usize| -> Vec<(f64, f64)> {
        let points = findings.times.iter().zip(rows).step_by(every);
        points.map(|(t, row)| (*t, row[mode])).collect()
    };
    let of_mode = |(mode, value): (usize, &f64)| {
        let exact = course(&modes.exact, mode, 1);
        let measured = course(&modes.measured, mode, RINGS);
        let line = Series::new(format!("s = {value}"), exact, Look::Line);
        let rings = Series::new("", measured, Look::HollowMarkers);
        [line, rings].map(|series| Series {
            style: Some(mode),
            ..series
        })
    };
    let reference = |value: &f64| Reference {
        label: value.to_string(),
        at: *value,
        direction: Direction::Horizontal,
    };
    let start = settings.network.start;
    let values = &findings.singular_values;
    Lines {
        title: match modes.layers {
            1 => "A linear network of one layer learns mode by mode".into(),
            layers => format!("A linear network of {layers} layers learns mode by mode"),
        },
        subtitle: format!(
            "lines: u' = L u^(2−2/L) (s − u), u(0) = {start}; rings: the network under gradient flow"
        ),
        x: Axis::linear("time t"),
        y: Axis::linear("strength u of a mode"),
        series: values.iter().enumerate().flat_map(of_mode).collect(),
        references: values.iter().map(reference).collect(),
        ..Lines::default()
    }
}
