//! Kind `learning-flows`: predictive coding and backpropagation learn the same data side by side.

use serde::{Deserialize, Serialize};

use super::course::equidistant;
use super::size::require_runs;
use crate::analysis::Spread;
use crate::experiment::data::own::OwnSettings;
use crate::experiment::ensemble::{curve, ensemble};
use crate::experiment::memory_limit::{NUMBER, largest, require_memory, weights_between};
use crate::experiment::settings::{Count, Flat, Mistakes, Positive, Tolerance, settings};
use crate::experiment::{
    Block, DataStatement, Drawing, Header, LabelledImages, Progress, RunError, Study, Table,
};
use crate::figures::{Axis, Lines, Look, Series};
use crate::networks::deep::{Architecture, DeepNetwork, Initialisation, Parameterisation};
use crate::numerics::random::member;
use crate::training::predictive::{BesideBackpropagation, beside_backpropagation};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The digits.
        pub data: DataSettings,
        /// The networks.
        pub network: NetworkSettings,
        /// How far they are followed.
        pub flow: FlowSettings,
    }

    /// Section `[data]`.
    pub struct DataSettings {
        /// Images to learn: digits of 8 x 8 pixels, or the first of one's own.
        pub examples: Count,
        /// Images behind them to be tested on.
        pub tests: Count,
        /// One's own images instead of digits.
        pub own: Flat<OwnSettings>,
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// Units of every hidden layer, from the image on.
        pub hidden: Vec<Count>,
        /// Scale of the weights at the start.
        pub sigma_w: Positive = 1.0,
        /// Networks with a random start of their own.
        pub networks: Count,
    }

    /// Section `[flow]`.
    pub struct FlowSettings {
        /// Time at its end.
        pub t_end: Positive,
        /// Equidistant times at which the flows are compared.
        pub samples: Count<2> = 25,
        /// Error of the flows: far below the differences that are drawn.
        pub tolerance: Tolerance = 1e-4,
    }
}

impl Settings {
    /// Weights of a network.
    fn weights(&self, images: &LabelledImages, classes: usize) -> f64 {
        let hidden = self.network.hidden.iter().map(|units| **units);
        weights_between(
            std::iter::once(images.images.nrows())
                .chain(hidden)
                .chain([classes]),
        )
    }

    /// Whether everything fits, before there is anything.
    fn require_memory(&self, images: &LabelledImages, classes: usize) -> Result<(), Mistakes> {
        let (networks, samples) = (self.network.networks, *self.flow.samples as f64);
        let mut mistakes = Mistakes::default();
        let widest = largest(&self.network.hidden);
        let weights = NUMBER * self.weights(images, classes);
        mistakes.note(require_memory(&widest, "the weights of a network", weights));
        let what = "the weights at all samples";
        mistakes.note(require_memory(&self.flow.samples, what, samples * weights));
        // Two losses, the energy and the distance at every sample.
        let numbers = COURSES.len() as f64 * samples;
        require_runs(&networks, *networks as f64, numbers, &mut mistakes);
        mistakes.end()
    }
}

/// Both flows of several networks.
pub struct LearningFlows {
    settings: Settings,
    digits: LabelledImages,
    classes: usize,
    statement: DataStatement,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Times at which the flows are compared.
    pub times: Vec<f64>,
    /// Every network.
    pub networks: Vec<BesideBackpropagation>,
}

type Get = fn(&BesideBackpropagation) -> &Vec<f64>;

/// What is drawn over time.
const COURSES: [(&str, Get); 4] = [
    ("backpropagation: loss", |found| &found.losses[0]),
    ("predictive coding: loss", |found| &found.losses[1]),
    ("predictive coding: energy", |found| &found.energy),
    ("distance of the weights", |found| &found.apart),
];

impl Findings {
    /// `values[time][network]` of one course.
    fn course(&self, get: Get) -> Vec<Vec<f64>> {
        let at = |time: usize| self.networks.iter().map(|found| get(found)[time]).collect();
        (0..self.times.len()).map(at).collect()
    }
}

impl LearningFlows {
    fn learn(&self, index: usize) -> Result<BesideBackpropagation, RunError> {
        let Settings {
            data,
            network,
            flow,
        } = &self.settings;
        let hidden: Vec<usize> = network.hidden.iter().map(|units| **units).collect();
        let pixels = self.digits.images.nrows();
        let deep = DeepNetwork::new(Architecture {
            parameterisation: Parameterisation::Standard,
            sigma_w: *network.sigma_w,
            ..Architecture::fully_connected(pixels, &hidden, self.classes)
        })?;
        let start = deep.initial(
            Initialisation::Gaussian,
            member(self.seed, "network", index),
        )?;
        let train = self.digits.range(0, *data.examples);
        let test = self.digits.range(*data.examples, self.digits.len());
        beside_backpropagation(
            &deep,
            &start,
            self.classes,
            (&train.images, &train.labels),
            (&test.images, &test.labels),
            &equidistant(*flow.t_end, *flow.samples),
            *flow.tolerance,
        )
        .map_err(RunError::numerical)
    }
}

impl Study for LearningFlows {
    const NAME: &'static str = "learning-flows";
    const SUMMARY: &'static str =
        "gradient flow by predictive coding and by backpropagation on the same data";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let DataSettings {
            examples,
            tests,
            own,
        } = &settings.data;
        let (digits, classes, statement) = own.labelled(examples, **examples + **tests)?;
        settings.require_memory(&digits, classes)?;
        Ok(Self {
            statement: DataStatement {
                training: **examples,
                tests: **tests,
                ..statement
            },
            digits,
            classes,
            seed: header.seed,
            settings,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let Settings {
            data,
            network,
            flow,
        } = &self.settings;
        vec![
            (
                "images".into(),
                format!(
                    "{}: {} and {} tests",
                    self.statement.inputs, data.examples, data.tests
                ),
            ),
            ("hidden layers".into(), format!("{:?}", network.hidden)),
            ("time".into(), format!("0 to {}", flow.t_end)),
            ("networks".into(), network.networks.to_string()),
        ]
    }

    fn data(&self) -> Option<u32> {
        self.data_statement().map(|said| said.checksum)
    }

    fn data_statement(&self) -> Option<DataStatement> {
        Some(self.statement.clone())
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let Settings { network, flow, .. } = &self.settings;
        let indices = 0..*network.networks;
        let names: Vec<String> = indices.map(|index| format!("flows-{index}")).collect();
        progress.begin("flows", names.len() as u64);
        Ok(Findings {
            networks: ensemble(progress, &names, |index| self.learn(index))?,
            times: equidistant(*flow.t_end, *flow.samples),
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let courses = COURSES.map(|(name, get)| (name, findings.course(get)));
        let names = courses.iter().map(|(name, _)| *name);
        let mut table = Table::new(std::iter::once("t").chain(names));
        for (index, time) in findings.times.iter().enumerate() {
            let means = courses
                .iter()
                .map(|(_, values)| Spread::of(&values[index]).mean);
            table.push(std::iter::once(*time).chain(means).map(Into::into));
        }
        vec![("courses".into(), table)]
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        let right = |way: usize| {
            let all: Vec<f64> = findings
                .networks
                .iter()
                .map(|found| found.right[way])
                .collect();
            100.0 * Spread::of(&all).mean
        };
        let line = format!(
            "right on the tests: backpropagation {:.1} %, predictive coding {:.1} %",
            right(0),
            right(1)
        );
        let tables = Self::tables(settings, findings).into_iter();
        let tables = tables.map(|(_, table)| Block::Table(table));
        [Block::Line(line)].into_iter().chain(tables).collect()
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let Settings { data, network, .. } = settings;
        let subtitle = format!(
            "{} digits, tanh, hidden layers {:?}; {} networks; bars: standard errors",
            data.examples, network.hidden, network.networks
        );
        let lines = |title: &str, y: Axis, chosen: &[(&str, Get)]| Lines {
            title: title.into(),
            subtitle: subtitle.clone(),
            x: Axis::linear("time t of learning"),
            y,
            series: chosen
                .iter()
                .map(|(name, get)| Series {
                    look: Look::Line,
                    ..curve(*name, &findings.times, &findings.course(*get))
                })
                .collect(),
            ..Lines::default()
        };
        let losses = lines(
            "Predictive coding and backpropagation learn side by side",
            Axis::logarithmic("mean over the digits"),
            &COURSES[..3],
        );
        let weights = lines(
            "How far the two flows part",
            Axis::linear("|θ(coding) − θ(backprop)| / |θ(backprop) − θ(0)|"),
            &COURSES[3..],
        );
        vec![
            Drawing::of("losses", losses),
            Drawing::of("weights", weights),
        ]
    }
}
