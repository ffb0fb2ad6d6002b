//! Kind `orthogonal-speed`: where orthogonal weights learn faster, over rate, depth and weights.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::ntk_width::law_name;
use super::points::shipped_digits;
use super::speed_figures;
use crate::analysis::Spread;
use crate::experiment::ensemble::ensemble;
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonEmpty, NonNegative, OneOrMore, Positive, settings,
};
use crate::experiment::{Drawing, Header, Progress, RunError, Study, Table};
use crate::networks::Activation;
use crate::networks::deep::{Architecture, DeepNetwork, Initialisation};
use crate::numerics::matrix::relative_distance;
use crate::numerics::random::member;
use crate::training::flow::{Descent, FlowError, GradientFlow, Schedule, Squared, descend};

/// The laws that are compared.
pub(super) const LAWS: [Initialisation; 2] = [Initialisation::Gaussian, Initialisation::Orthogonal];

const CLASSES: usize = 10;

/// Losses kept of every run: enough for a curve.
const KEPT: usize = 60;

/// Examples on which the change of the kernel is measured: 160 of its rows tell it to a few per cent.
const PROBES: usize = 16;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The digits to learn.
        pub data: DataSettings,
        /// The networks.
        pub network: NetworkSettings,
        /// How they learn.
        pub training: TrainingSettings,
    }

    /// Section `[data]`.
    pub struct DataSettings {
        /// Digits of 8 x 8 pixels, levels 0 to 1.
        pub examples: Count,
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// What every hidden unit applies to its sum.
        pub activation: Choice<Activation>,
        /// Standard deviation of a weight, times the root of the units that it sums over: one, or
        /// several as the control of the claim about the linear regime.
        pub sigma_w: OneOrMore<Positive>,
        /// Standard deviation of a bias.
        pub sigma_b: NonNegative,
        /// Units of every hidden layer.
        pub width: Count,
        /// Numbers of hidden layers.
        pub depths: NonEmpty<Count>,
    }

    /// Section `[training]`.
    pub struct TrainingSettings {
        /// Rates of gradient descent on `1/2 sum |f - y|^2`.
        pub rates: NonEmpty<Positive>,
        /// Steps of it.
        pub steps: Count<2>,
        /// Networks of every rate, depth and law.
        pub networks: Count<2>,
    }
}

/// Training runs over weights, depth, rate and law.
pub struct OrthogonalSpeed {
    settings: Settings,
    inputs: DMatrix<f64>,
    targets: DMatrix<f64>,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Steps whose losses are kept.
    pub steps: Vec<usize>,
    /// Every `sigma_w`, depth and rate, each ascending, in this order.
    pub points: Vec<Point>,
}

/// Both laws at one place.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Point {
    /// Standard deviation of the weights.
    pub sigma_w: f64,
    /// Hidden layers.
    pub depth: usize,
    /// Rate of descent.
    pub rate: f64,
    /// Gaussian weights.
    pub gaussian: Runs,
    /// Orthogonal weights.
    pub orthogonal: Runs,
    /// Logarithm to base 2 of the ratio of the geometric mean losses at the end, Gaussian over
    /// orthogonal; `None` where a run diverged.
    pub log2_gain: Option<f64>,
    /// Its standard error.
    pub log2_gain_error: Option<f64>,
}

/// The runs of one law.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Runs {
    /// Losses per example at the steps that are kept, of the networks that did not diverge.
    pub losses: Vec<Vec<f64>>,
    /// Relative change of the tangent kernel by the training: small where learning is lazy.
    pub kernel_changes: Vec<f64>,
    /// Networks that diverged.
    pub diverged: usize,
}

impl Runs {
    /// Losses at the end.
    pub(super) fn ends(&self) -> Vec<f64> {
        let losses = self.losses.iter();
        losses.filter_map(|losses| losses.last().copied()).collect()
    }
}

#[derive(Debug, Clone, Copy)]
struct Job {
    sigma_w: f64,
    depth: usize,
    rate: f64,
    law: Initialisation,
    index: usize,
}

/// One training run: the losses that are kept and the change of the kernel; `None` if it diverged.
type Run = Option<(Vec<f64>, f64)>;

impl OrthogonalSpeed {
    fn train(&self, job: Job) -> Result<Run, FlowError> {
        let Settings {
            network, training, ..
        } = &self.settings;
        let network = DeepNetwork::new(Architecture {
            activation: *network.activation,
            sigma_w: job.sigma_w,
            sigma_b: *network.sigma_b,
            ..Architecture::fully_connected(
                self.inputs.ncols(),
                &vec![*network.width; job.depth],
                CLASSES,
            )
        })?;
        let mut parameters = network.initial(job.law, member(self.seed, "network", job.index))?;
        let flow = GradientFlow::new(&network, &self.inputs, &self.targets, &Squared)?;
        let probes = PROBES.min(self.inputs.nrows());
        let inputs = self.inputs.rows(0, probes).into_owned();
        let targets = self.targets.rows(0, probes).into_owned();
        let probe = GradientFlow::new(&network, &inputs, &targets, &Squared)?;
        let kernel = probe.kernel(&parameters)?;
        let schedule = Schedule::steps(*training.steps);
        let rule = Descent::Plain { rate: job.rate };
        match descend(&flow, &mut parameters, rule, schedule, |_| Ok(())) {
            Ok(losses) => {
                let examples = self.inputs.nrows() as f64;
                let kept = self.kept().into_iter().map(|step| losses[step] / examples);
                let change = relative_distance(&probe.kernel(&parameters)?, &kernel);
                Ok(Some((kept.collect(), change)))
            }
            Err(FlowError::Diverges { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Steps whose loss is kept, the last among them.
    fn kept(&self) -> Vec<usize> {
        let last = *self.settings.training.steps - 1;
        let count = KEPT.min(last);
        (0..=count).map(|i| i * last / count).collect()
    }

    /// Every training run, point by point, the networks of one law together.
    fn jobs(&self) -> Vec<Job> {
        let Settings {
            network, training, ..
        } = &self.settings;
        let ascending = |values: &[Positive]| {
            let mut values: Vec<f64> = values.iter().map(|value| **value).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let mut depths: Vec<usize> = network.depths.iter().map(|depth| **depth).collect();
        depths.sort_unstable();
        let mut jobs = Vec::new();
        for sigma_w in ascending(&network.sigma_w) {
            for depth in depths.iter().copied() {
                for rate in ascending(&training.rates) {
                    for law in LAWS {
                        jobs.extend((0..*training.networks).map(|index| Job {
                            sigma_w,
                            depth,
                            rate,
                            law,
                            index,
                        }));
                    }
                }
            }
        }
        jobs
    }
}

/// Both laws at one place, from their runs.
fn point(job: &Job, gaussian: &[Run], orthogonal: &[Run]) -> Point {
    let runs = |runs: &[Run]| Runs {
        losses: runs
            .iter()
            .flatten()
            .map(|(losses, _)| losses.clone())
            .collect(),
        kernel_changes: runs.iter().flatten().map(|(_, change)| *change).collect(),
        diverged: runs.iter().filter(|run| run.is_none()).count(),
    };
    let both = [runs(gaussian), runs(orthogonal)];
    let spreads = both.each_ref().map(|runs| {
        let logs: Vec<f64> = runs.ends().iter().map(|loss| loss.log2()).collect();
        Spread::of(&logs)
    });
    let gain = spreads[0].mean - spreads[1].mean;
    let error = spreads[0].error.hypot(spreads[1].error);
    let sound = gain.is_finite() && both.iter().all(|runs| runs.diverged == 0);
    let [gaussian, orthogonal] = both;
    Point {
        sigma_w: job.sigma_w,
        depth: job.depth,
        rate: job.rate,
        gaussian,
        orthogonal,
        log2_gain: sound.then_some(gain),
        log2_gain_error: sound.then_some(error),
    }
}

impl Study for OrthogonalSpeed {
    const NAME: &'static str = "orthogonal-speed";
    const SUMMARY: &'static str =
        "how much faster orthogonal networks learn than Gaussian ones, over rate and depth";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let examples = &settings.data.examples;
        let digits = shipped_digits(examples, **examples)?;
        let is_class = |i: usize, class: usize| f64::from(u8::from(digits.labels[i] == class));
        Ok(Self {
            inputs: digits.images.transpose(),
            targets: DMatrix::from_fn(**examples, CLASSES, is_class),
            seed: header.seed,
            settings,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let Settings {
            network, training, ..
        } = &self.settings;
        vec![
            ("digits".into(), self.inputs.nrows().to_string()),
            ("sigma_w".into(), format!("{:?}", &*network.sigma_w)),
            ("hidden layers".into(), format!("{:?}", network.depths)),
            ("rates".into(), format!("{:?}", training.rates)),
            (
                "networks".into(),
                format!("{} of every kind", training.networks),
            ),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let jobs = self.jobs();
        let name = |job: &Job| {
            let Job {
                sigma_w,
                depth,
                rate,
                law,
                index,
            } = job;
            format!(
                "speed-{}-{sigma_w:e}-{depth}-{rate:e}-{index}",
                law_name(*law)
            )
        };
        let names: Vec<String> = jobs.iter().map(name).collect();
        progress.begin("training", jobs.len() as u64);
        let runs = ensemble(progress, &names, |job| {
            self.train(jobs[job]).map_err(RunError::numerical)
        })?;
        let networks = *self.settings.training.networks;
        let places = runs.chunks(LAWS.len() * networks);
        let places = places.zip(jobs.chunks(LAWS.len() * networks));
        let points = places.map(|(runs, jobs)| {
            let (gaussian, orthogonal) = runs.split_at(networks);
            point(&jobs[0], gaussian, orthogonal)
        });
        Ok(Findings {
            points: points.collect(),
            steps: self.kept(),
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new([
            "sigma_w",
            "depth",
            "rate",
            "gaussian",
            "gaussian_error",
            "orthogonal",
            "orthogonal_error",
            "log2_gain",
            "gain_error",
            "kernel_change",
            "diverged",
        ]);
        for point in &findings.points {
            let spread = |runs: &Runs| {
                let ends = runs.ends();
                (ends.len() > 1).then(|| Spread::of(&ends))
            };
            let (gaussian, orthogonal) = (spread(&point.gaussian), spread(&point.orthogonal));
            table.push([
                point.sigma_w.into(),
                point.depth.into(),
                point.rate.into(),
                gaussian.map(|s| s.mean).into(),
                gaussian.map(|s| s.error).into(),
                orthogonal.map(|s| s.mean).into(),
                orthogonal.map(|s| s.error).into(),
                point.log2_gain.into(),
                point.log2_gain_error.into(),
                point.kernel_change().into(),
                (point.gaussian.diverged + point.orthogonal.diverged).into(),
            ]);
        }
        vec![("speed".into(), table)]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        speed_figures::figures(settings, findings)
    }
}

impl Point {
    /// Mean change of the kernel over all networks that did not diverge.
    pub(super) fn kernel_change(&self) -> Option<f64> {
        let both = [&self.gaussian, &self.orthogonal];
        let changes: Vec<f64> = both
            .iter()
            .flat_map(|runs| &runs.kernel_changes)
            .copied()
            .collect();
        (!changes.is_empty()).then(|| Spread::of(&changes).mean)
    }
}
