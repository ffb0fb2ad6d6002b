//! Kind `lazy-to-rich`: one network, scaled from frozen kernels to moving ones.

use serde::{Deserialize, Serialize};

use super::course::{StableRate, geometric};
use super::deep::DeepSettings;
use super::points::PointSettings;
use super::size::{Size, require_runs};
use crate::analysis::Spread;
use crate::experiment::ensemble::{curve, ensemble};
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{
    Choice, Count, Flat, Mistakes, NonEmpty, Positive, Real, Tolerance, rules, settings,
};
use crate::experiment::{DataStatement, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Lines, Look, Series};
use crate::numerics::random::member;
use crate::training::flow::{FlowMethod, Regime, RegimeTask};

/// Times of the loss curves, evenly in their logarithm.
const SAMPLES: usize = 25;

/// The first of them: a tenth of the fastest time of the flow, before anything has happened.
const FIRST: f64 = 0.1;

rules! {
    /// A factor of the outputs. The kernel goes with its square, the unit of time with one over that:
    /// within these ends neither overflows.
    OutputScale = WithinNumbers, "from 1e-100 to 1e100", |x| (1e-100..=1e100).contains(&x);
}

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// What is learnt.
        pub data: DataSettings,
        /// By which networks.
        pub network: NetworkSettings,
        /// How.
        pub flow: FlowSettings,
    }

    /// Section `[data]`.
    pub struct DataSettings {
        /// Inputs to learn.
        pub train: PointSettings,
        /// Inputs to be tested on, from the same set, behind those to learn.
        pub tests: Count,
        /// The targets are `sin(frequency x_1)` of the first number of an input, unless inputs come with their own.
        pub frequency: Real = 2.0,
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// The architecture.
        pub deep: Flat<DeepSettings>,
        /// Networks, each at every scale.
        pub networks: Count,
    }

    /// Section `[flow]`.
    pub struct FlowSettings {
        /// Scales `alpha` of the outputs about their start.
        pub scales: NonEmpty<OutputScale>,
        /// Time of the flow in units of `1 / lambda_max` of the scaled kernel at the start.
        pub t_end: Positive,
        /// How the flow is followed.
        pub method: Choice<FlowMethod> = FlowMethod::default(),
        /// Error of the flow: far below the differences that are drawn.
        pub tolerance: Tolerance = 1e-4,
        /// Rate of the descent beside the flow, in units of `1 / lambda_max`.
        pub rate: StableRate = 0.5,
    }
}

/// Networks at several scales.
pub struct LazyToRich {
    settings: Settings,
    task: RegimeTask,
    statement: Option<DataStatement>,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Scales of the outputs, ascending.
    pub scales: Vec<f64>,
    /// Times of the losses, in units of `1 / lambda_max` of each kernel at the start.
    pub times: Vec<f64>,
    /// `regimes[scale][network]`.
    pub regimes: Vec<Vec<Regime>>,
}

impl Settings {
    /// Whether everything fits, before there is anything.
    fn require_memory(&self) -> Result<(), Mistakes> {
        let (data, deep, flow) = (&self.data, &self.network.deep, &self.flow);
        let mut mistakes = Mistakes::default();
        mistakes.note(data.train.require_memory(*data.tests));
        let size = Size {
            image: data.train.image(),
            convolution: None,
            width: deep.width,
            depth: deep.depth,
            outputs: 1,
            examples: data.train.examples,
        };
        size.require(1, *size.examples, &mut mistakes);
        let cross = NUMBER * *data.tests as f64 * *data.train.examples as f64;
        let what = "the kernel between tests and points";
        mistakes.note(require_memory(&data.tests, what, cross));
        let steps = NUMBER * *flow.t_end / *flow.rate;
        mistakes.note(require_memory(
            &flow.t_end,
            "the losses of all steps",
            steps,
        ));
        let (networks, scales) = (self.network.networks, flow.scales.len());
        let runs = *networks as f64 * scales as f64;
        require_runs(
            &networks,
            runs,
            (WAYS.len() * SAMPLES) as f64,
            &mut mistakes,
        );
        mistakes.end()
    }
}

type Quantity = (&'static str, fn(&Regime) -> f64);

/// What is shown of a regime.
const QUANTITIES: [Quantity; 5] = [
    ("kernel drift", |regime| regime.drift),
    ("weights moved", |regime| regime.moved),
    ("distance from linearised", |regime| regime.nonlinear),
    ("test error, flow", |regime| regime.test_error),
    ("test error, linearised", |regime| {
        regime.linearised_test_error
    }),
];

/// Ways of learning whose losses are compared.
const WAYS: [&str; 3] = ["flow", "linearised flow", "gradient descent"];

impl LazyToRich {
    fn learn(&self, scale: f64, index: usize) -> Result<Regime, RunError> {
        let network = &self.settings.network.deep;
        let deep = network.network(self.task.inputs.ncols())?;
        let start = deep.initial(*network.law, member(self.seed, "network", index))?;
        self.task
            .learn(&deep, &start, scale)
            .map_err(RunError::numerical)
    }
}

impl Study for LazyToRich {
    const NAME: &'static str = "lazy-to-rich";
    const SUMMARY: &'static str =
        "a network scaled from lazy to rich learning: flow, linearised flow and descent";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        settings.require_memory()?;
        let Settings { data, flow, .. } = &settings;
        let points = data.train.read(*data.tests, header.seed)?;
        let sine = || {
            points
                .inputs
                .columns(0, 1)
                .map(|x| (*data.frequency * x).sin())
        };
        let targets = points.one_target(&data.train, sine)?;
        let (all, statement) = (points.inputs, points.statement);
        let (train, tests) = (all.nrows() - *data.tests, *data.tests);
        let deep = &settings.network.deep;
        let made = deep.network(all.ncols());
        made.map_err(|error| deep.unit.refused(None, &error))?;
        Ok(Self {
            task: RegimeTask {
                inputs: all.rows(0, train).into_owned(),
                targets: targets.rows(0, train).into_owned(),
                test_inputs: all.rows(train, tests).into_owned(),
                test_targets: targets.rows(train, tests).into_owned(),
                times: geometric(FIRST, *flow.t_end, SAMPLES),
                method: *flow.method,
                tolerance: *flow.tolerance,
                rate: *flow.rate,
            },
            settings,
            statement,
            seed: header.seed,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let Settings { network, flow, .. } = &self.settings;
        vec![
            ("points".into(), self.task.inputs.nrows().to_string()),
            ("tests".into(), self.task.test_inputs.nrows().to_string()),
            ("scales".into(), format!("{:?}", flow.scales)),
            ("networks".into(), network.networks.to_string()),
        ]
    }

    fn data(&self) -> Option<u32> {
        self.data_statement().map(|said| said.checksum)
    }

    fn data_statement(&self) -> Option<DataStatement> {
        self.statement.clone()
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let mut scales: Vec<f64> = self
            .settings
            .flow
            .scales
            .iter()
            .map(|scale| **scale)
            .collect();
        scales.sort_by(f64::total_cmp);
        let networks = *self.settings.network.networks;
        let each = |scale: &f64| {
            let scale = *scale;
            (0..networks).map(move |index| (scale, index))
        };
        let jobs: Vec<(f64, usize)> = scales.iter().flat_map(each).collect();
        let name = |(scale, index): &(f64, usize)| format!("lazy-{scale:e}-{index}");
        let names: Vec<String> = jobs.iter().map(name).collect();
        progress.begin("flows", jobs.len() as u64);
        let regimes = ensemble(progress, &names, |job| {
            let (scale, index) = jobs[job];
            self.learn(scale, index)
        })?;
        Ok(Findings {
            scales,
            times: self.task.times.clone(),
            regimes: regimes.chunks(networks).map(<[Regime]>::to_vec).collect(),
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new(["scale", "quantity", "mean", "error"]);
        for (name, get) in QUANTITIES {
            for (scale, regimes) in findings.scales.iter().zip(&findings.regimes) {
                let values: Vec<f64> = regimes.iter().map(get).collect();
                let spread = Spread::of(&values);
                let error = Some(spread.error).filter(|error| error.is_finite());
                table.push([
                    (*scale).into(),
                    name.into(),
                    spread.mean.into(),
                    error.into(),
                ]);
            }
        }
        let heads = ["scale", "network", "time"].into_iter().chain(WAYS);
        let mut losses = Table::new(heads);
        for (scale, regimes) in findings.scales.iter().zip(&findings.regimes) {
            for (network, regime) in regimes.iter().enumerate() {
                for (index, time) in findings.times.iter().enumerate() {
                    let values = regime.losses.iter().map(|losses| losses[index].into());
                    let place = [(*scale).into(), network.into(), (*time).into()];
                    losses.push(place.into_iter().chain(values));
                }
            }
        }
        vec![("regimes".into(), table), ("losses".into(), losses)]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let subtitle = format!(
            "{}; {} points; {} networks",
            settings.network.deep.describe(),
            settings.data.train.examples,
            settings.network.networks
        );
        let by_scale = |title: &str, y: &str, chosen: &[Quantity]| Lines {
            title: title.into(),
            subtitle: format!("{subtitle}; bars: standard errors"),
            x: Axis::logarithmic("scale α of the outputs"),
            y: Axis::logarithmic(y),
            series: chosen
                .iter()
                .map(|chosen| by_scale(findings, *chosen))
                .collect(),
            ..Lines::default()
        };
        let (change, tests) = QUANTITIES.split_at(3);
        let regimes = by_scale("From rich to lazy learning", "relative change", change);
        let title = "What the moving kernel is good for";
        let tests = by_scale(title, "root mean squared error on tests", tests);
        let last = findings.scales.len() - 1;
        vec![
            Drawing::of("regimes", regimes),
            Drawing::of("loss-rich", losses(findings, 0, &subtitle)),
            Drawing::of("loss-lazy", losses(findings, last, &subtitle)),
            Drawing::of("tests", tests),
        ]
    }
}

/// A quantity over the scale.
fn by_scale(findings: &Findings, (name, get): Quantity) -> Series {
    let values = findings.regimes.iter();
    let values = values.map(|regimes| regimes.iter().map(get).collect());
    curve(name, &findings.scales, &values.collect::<Vec<_>>())
}

/// Loss against time at one scale, of the first network; a logarithm has no place for an exact zero.
fn losses(findings: &Findings, scale: usize, subtitle: &str) -> Lines {
    let series = WAYS.iter().zip(&findings.regimes[scale][0].losses);
    let series = series.map(|(name, losses)| {
        let points = findings.times.iter().zip(losses);
        let points = points.map(|(t, l)| (*t, l.max(1e-12))).collect();
        Series::new(*name, points, Look::Line)
    });
    Lines {
        title: format!(
            "Loss along the flow, outputs scaled by {}",
            findings.scales[scale]
        ),
        subtitle: subtitle.into(),
        x: Axis::logarithmic("time, in units of 1/λₘₐₓ of the kernel at the start"),
        y: Axis::logarithmic("loss / loss at the start"),
        series: series.collect(),
        ..Lines::default()
    }
}
