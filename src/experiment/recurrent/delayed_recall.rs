//! Kind `delayed-recall`: which gradient learns to say what was heard some steps ago.

use serde::{Deserialize, Serialize};

pub use super::heard::DataSettings;
use super::heard::{Half, Heard};
use super::sequence_settings::{
    LearningSettings, NetworkSettings, check_gradients, gradient_name, train,
};
use crate::analysis::Spread;
use crate::experiment::ensemble::{curve, ensemble};
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{Choice, Flat, Mistakes, NonEmpty, require, settings};
use crate::experiment::{DataStatement, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series};
use crate::networks::recurrent::{ElmanNetwork, Gradient, Node};
use crate::numerics::random::member;
use crate::training::recurrent::{SequenceOptions, SequenceTask, SequenceTrainer};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// What is heard.
        pub data: DataSettings,
        /// The networks.
        pub network: NetworkSettings,
        /// How they learn.
        pub training: TrainingSettings,
    }

    /// Section `[training]`.
    pub struct TrainingSettings {
        /// How far errors are followed into the past; networks for each.
        pub gradients: NonEmpty<Choice<Gradient>>,
        /// How.
        pub learning: Flat<LearningSettings>,
    }
}

/// Networks that repeat what they heard after a delay.
pub struct Echo {
    settings: Settings,
    heard: Heard,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Every gradient at every delay.
    pub points: Vec<Point>,
    /// Mean square error of networks that say nothing.
    pub silence: Option<f64>,
}

/// Networks of one gradient and delay.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Point {
    /// How far errors were followed.
    pub gradient: Gradient,
    /// Steps between hearing and saying.
    pub delay: usize,
    /// Mean square error of the tests, one a network.
    pub mse: Vec<f64>,
    /// Share of the tests whose sign is right.
    pub accuracy: Vec<f64>,
}

impl Echo {
    /// Mean square and accuracy of one network.
    fn learn(
        &self,
        progress: &dyn Progress,
        (gradient, delay): (Gradient, usize),
        (job, number): (usize, usize),
    ) -> Result<[f64; 2], RunError> {
        let Settings {
            data,
            network: sizes,
            training,
        } = &self.settings;
        let network = sizes.network(1, Node::default())?;
        let [task, tests] = [Half::Training, Half::Tests]
            .map(|half| self.heard.task(data, (half, delay), (self.seed, number)));
        let options = training.learning.options(gradient);
        let begin = || {
            let seed = member(self.seed, "network", number);
            let start = network.initial(sizes.start(), seed);
            SequenceTrainer::new(start, options).map_err(RunError::numerical)
        };
        let score = |parameters: &[f64]| score((&network, &options), parameters, &tests);
        let name = format!("training-{}", job + 1);
        let (epochs, pair) = (*training.learning.epochs, (&network, &task));
        let trained = train(progress, &name, pair, epochs, begin, |p| Ok(score(p)?[0]))?;
        score(trained.trainer.best())
    }
}

/// Mean square of the errors that count, and the share of signs that are right.
fn score(
    (network, options): (&ElmanNetwork, &SequenceOptions),
    parameters: &[f64],
    task: &SequenceTask,
) -> Result<[f64; 2], RunError> {
    let outputs = options.outputs(network, parameters, &task.inputs)?;
    let from = task.skip * task.targets.count();
    let said = &outputs.values().as_slice()[from..];
    let wanted = &task.targets.values().as_slice()[from..];
    let pairs = || said.iter().zip(wanted);
    let count = wanted.len() as f64;
    let squares: f64 = pairs().map(|(y, t)| (y - t).powi(2)).sum();
    let right = pairs().filter(|(y, t)| *y * *t > 0.0).count();
    Ok([squares / count, right as f64 / count])
}

impl Study for Echo {
    const NAME: &'static str = "delayed-recall";
    const SUMMARY: &'static str =
        "which gradient learns to say what was heard some steps ago: static, truncated, full";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let Settings {
            data,
            network,
            training,
        } = &settings;
        let mut mistakes = Mistakes::default();
        for delay in data.delays.iter() {
            mistakes.note(require(
                delay,
                **delay < *data.steps,
                format!("a delay of {delay} in sequences of {} steps", data.steps),
                "nothing is left to say",
                "choose longer sequences, or a shorter delay",
            ));
        }
        let readings = *data.sequences as f64 * *data.steps as f64;
        let bytes = 8.0 * NUMBER * readings;
        mistakes.note(require_memory(&data.steps, "what is heard", bytes));
        let forms = training.gradients.len() * data.delays.len();
        mistakes.note(network.check(readings, forms));
        let networks = (*network.networks * forms) as f64;
        mistakes.note(training.learning.check(networks));
        mistakes.note(check_gradients(
            &training.gradients,
            &training.gradients,
            *data.steps,
        ));
        mistakes.end()?;
        Ok(Self {
            heard: Heard::read(&settings.data)?,
            settings,
            seed: header.seed,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let Settings {
            data,
            network,
            training,
        } = &self.settings;
        let gradients = training
            .gradients
            .iter()
            .map(|gradient| gradient_name(**gradient));
        vec![
            ("delays".into(), format!("{:?}", data.delays)),
            (
                "sequences".into(),
                format!(
                    "{} of {} steps, and as many tests",
                    data.sequences, data.steps
                ),
            ),
            (
                "networks".into(),
                format!(
                    "{} of {} units at each place",
                    network.networks, network.hidden
                ),
            ),
            ("gradients".into(), gradients.collect::<Vec<_>>().join(", ")),
        ]
    }

    fn data(&self) -> Option<u32> {
        self.data_statement().map(|said| said.checksum)
    }

    fn data_statement(&self) -> Option<DataStatement> {
        self.heard.statement()
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let each = *self.settings.network.networks;
        let Settings { data, training, .. } = &self.settings;
        let places = training.gradients.iter().flat_map(|gradient| {
            let delays = data.delays.iter();
            delays.map(|delay| (**gradient, **delay))
        });
        let places: Vec<(Gradient, usize)> = places.collect();
        let jobs = places.len() * each;
        let names: Vec<String> = (1..=jobs).map(|job| format!("network-{job}")).collect();
        progress.begin("networks", jobs as u64);
        let scores = ensemble(progress, &names, |job| {
            self.learn(progress, places[job / each], (job, job % each))
        })?;
        let points = places.into_iter().zip(scores.chunks(each));
        let points = points.map(|((gradient, delay), scores)| Point {
            gradient,
            delay,
            mse: scores.iter().map(|score| score[0]).collect(),
            accuracy: scores.iter().map(|score| score[1]).collect(),
        });
        Ok(Findings {
            points: points.collect(),
            silence: Some(self.heard.silence()),
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new([
            "gradient",
            "delay",
            "mse",
            "± mse",
            "accuracy",
            "± accuracy",
        ]);
        for point in &findings.points {
            let [mse, accuracy] = [&point.mse, &point.accuracy].map(|values| Spread::of(values));
            let error = |spread: Spread| spread.error.is_finite().then_some(spread.error);
            table.push([
                gradient_name(point.gradient).into(),
                point.delay.into(),
                mse.mean.into(),
                error(mse).into(),
                accuracy.mean.into(),
                error(accuracy).into(),
            ]);
        }
        vec![("recall".into(), table)]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let series = settings.training.gradients.iter().map(|gradient| {
            let own = findings
                .points
                .iter()
                .filter(|point| point.gradient == **gradient);
            let own: Vec<&Point> = own.collect();
            let delays: Vec<f64> = own.iter().map(|point| point.delay as f64).collect();
            let values: Vec<Vec<f64>> = own.iter().map(|point| point.mse.clone()).collect();
            Series {
                look: Look::LineAndMarkers,
                ..curve(gradient_name(**gradient), &delays, &values)
            }
        });
        let picture = Lines {
            title: "Saying what was heard some steps ago".into(),
            subtitle: format!(
                "Elman networks of {} units, {} epochs; mean and standard error of {} networks",
                settings.network.hidden,
                settings.training.learning.epochs,
                settings.network.networks
            ),
            x: Axis {
                whole: true,
                ..Axis::linear("delay (steps)")
            },
            y: Axis::linear("mean square error of the tests"),
            series: series.collect(),
            references: vec![Reference {
                label: "nothing".into(),
                // signs have the square 1
                at: findings.silence.unwrap_or(1.0),
                direction: Direction::Horizontal,
            }],
            ..Lines::default()
        };
        vec![Drawing::of("recall", picture)]
    }
}
