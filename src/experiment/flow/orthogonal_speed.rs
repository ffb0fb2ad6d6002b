//! Kind `orthogonal-speed`: where orthogonal weights learn faster, over rate, depth and weights.

use serde::{Deserialize, Serialize};

use super::ntk_width::law_name;
use super::speed_figures;
pub use super::speed_settings::{DataSettings, NetworkSettings, Settings, TrainingSettings};
use super::speed_task::{Ends, SpeedTask};
use crate::analysis::{Spread, log2_ratio};
use crate::experiment::ensemble::ensemble;
use crate::experiment::settings::{Mistakes, Positive};
use crate::experiment::{DataStatement, Drawing, Header, Progress, RunError, Study, Table};
use crate::networks::deep::{DeepNetwork, Initialisation};
use crate::numerics::random::member;
use crate::training::flow::{FlowError, GradientFlow, LearningCourse, Squared, learning_course};

/// Losses kept of every run: enough for a curve.
pub(super) const KEPT: usize = 60;

/// Examples on which the change of the kernel is measured: 160 of its rows tell it to a few per cent.
pub(super) const PROBES: usize = 16;

/// Training runs over weights, depth, rate and law.
pub struct OrthogonalSpeed {
    settings: Settings,
    task: SpeedTask,
    ends: Ends,
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

impl OrthogonalSpeed {
    /// One training run; `None` if it diverged.
    fn train(&self, job: Job) -> Result<Option<LearningCourse>, FlowError> {
        let network = DeepNetwork::new(self.settings.architecture(
            self.ends,
            job.sigma_w,
            job.depth,
        ))?;
        let start = network.initial(job.law, member(self.seed, "network", job.index))?;
        let flow = GradientFlow::new(&network, &self.task.inputs, &self.task.targets, &Squared)?;
        match learning_course(&flow, &start, job.rate, &self.kept(), PROBES) {
            Ok(course) => Ok(Some(course)),
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
                    for law in self.settings.laws() {
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
fn point(job: &Job, runs: &[Option<LearningCourse>]) -> Point {
    let (gaussian, orthogonal) = runs.split_at(runs.len() / 2);
    let [gaussian, orthogonal] = [gaussian, orthogonal].map(|runs| {
        let sound = runs.iter().flatten();
        Runs {
            losses: sound.clone().map(|run| run.losses.clone()).collect(),
            kernel_changes: sound.map(|run| run.kernel_change).collect(),
            diverged: runs.iter().filter(|run| run.is_none()).count(),
        }
    });
    let gain = (gaussian.diverged + orthogonal.diverged == 0)
        .then(|| log2_ratio(&gaussian.ends(), &orthogonal.ends()))
        .filter(|(gain, _)| gain.is_finite());
    Point {
        sigma_w: job.sigma_w,
        depth: job.depth,
        rate: job.rate,
        gaussian,
        orthogonal,
        log2_gain: gain.map(|(gain, _)| gain),
        log2_gain_error: gain.map(|(_, error)| error),
    }
}

impl Study for OrthogonalSpeed {
    const NAME: &'static str = "orthogonal-speed";
    const SUMMARY: &'static str =
        "how much faster orthogonal networks learn than Gaussian ones, over rate and depth";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let (own, ends) = settings.data.own()?;
        settings.check(ends)?;
        settings.require_memory(ends)?;
        let task = match own {
            Some(task) => task,
            None => settings.data.digits()?,
        };
        Ok(Self {
            task,
            ends,
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
            (
                self.settings.data.noun().into(),
                self.task.inputs.nrows().to_string(),
            ),
            ("sigma_w".into(), format!("{:?}", &*network.sigma_w)),
            ("hidden layers".into(), format!("{:?}", network.depths)),
            ("rates".into(), format!("{:?}", training.rates)),
            (
                "networks".into(),
                format!("{} of every kind", training.networks),
            ),
        ]
    }

    fn data(&self) -> Option<u32> {
        self.data_statement().map(|said| said.checksum)
    }

    fn data_statement(&self) -> Option<DataStatement> {
        self.task.statement.clone()
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
        let places = runs.chunks(2 * networks);
        let places = places.zip(jobs.chunks(2 * networks));
        let points = places.map(|(runs, jobs)| point(&jobs[0], runs));
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
