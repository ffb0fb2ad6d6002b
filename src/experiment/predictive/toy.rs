//! Kind `predictive-toy`: small linear networks that learn class vectors with and without decay,
//! and then generate them.

use nalgebra::DMatrix;
use rand::RngExt;
use rand_distr::StandardNormal;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::toy_figures as figures;
use super::toy_settings::{GenerationSettings, NetworkSettings, Settings};
use super::{Reached, accuracy, cosine, singular_values};
use crate::experiment::{
    Block, Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError, Table, part,
};
use crate::networks::predictive::{
    Clamp, Dynamics, ErrorNodes, PredictiveFlow, PredictiveNetwork, RelaxOptions, State,
    TimeCourse, growth, one_hot, relax, time_course,
};
use crate::numerics::random::stream;
use crate::solver::{Options, OrdinaryMethod};
use crate::training::predictive::Hold;

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "predictive-toy",
    summary: "small predictive-coding networks that learn class vectors, with and without decay",
    read: |model| Ok(read(model)?),
    show: None,
};

/// Times at which a course is kept.
const SAMPLES: usize = 200;

/// Share of the largest singular value above which one counts.
const RANK: f64 = 1e-3;

struct Toy {
    settings: Settings,
    /// `d x c`.
    class_vectors: DMatrix<f64>,
    hold: Hold,
    relaxation: RelaxOptions,
    seed: u64,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings = Settings::read(model)?;
    Ok(Box::new(Toy {
        class_vectors: settings.class_vectors(),
        hold: settings.hold(),
        relaxation: settings.relaxation.options()?,
        seed: model.seed()?,
        settings,
    }))
}

/// A network after its training.
#[derive(Clone, Serialize, Deserialize)]
struct Trained {
    network: PredictiveNetwork,
    accuracy: f64,
}

/// What a trained network generates.
pub(super) struct Generated {
    pub weight_decay: f64,
    /// Number of the network, from 1.
    pub network: usize,
    pub accuracy: f64,
    /// Singular values of the matrix next to the image, before and after training.
    pub before: Vec<f64>,
    pub after: Vec<f64>,
    /// The run from the state zero, with energy and residual at its times.
    pub course: TimeCourse,
    pub energy: Vec<f64>,
    pub residual: Vec<f64>,
    /// Largest growth rate of the linearised flow, in units of `1 / tau`; negative if stable.
    pub growth: Option<f64>,
    /// Distances and cosines to the class vectors at the end of the run, and at the equilibrium.
    pub end: Vec<(f64, f64)>,
    pub rest: Vec<(f64, f64)>,
    pub reached: Reached,
}

impl Toy {
    fn classes(&self) -> usize {
        self.class_vectors.ncols()
    }

    /// Noisy samples of the class vectors in turn, and their labels.
    fn data(&self) -> (DMatrix<f64>, Vec<usize>) {
        let samples = *self.settings.data.samples.get_ref();
        let noise = *self.settings.data.noise.get_ref();
        let labels: Vec<usize> = (0..samples).map(|j| j % self.classes()).collect();
        let mut random = stream(self.seed, "toy noise", 0);
        let images = DMatrix::from_fn(self.class_vectors.nrows(), samples, |i, j| {
            self.class_vectors[(i, labels[j])] + noise * random.sample::<f64, _>(StandardNormal)
        });
        (images, labels)
    }

    fn start(&self, index: usize) -> Result<PredictiveNetwork, RunError> {
        let NetworkSettings {
            hidden,
            activation,
            feedback,
            ..
        } = &self.settings.network;
        let mut sizes = vec![self.classes()];
        sizes.extend(hidden.get_ref());
        sizes.push(self.class_vectors.nrows());
        let seed = self.seed.wrapping_add(index as u64);
        Ok(PredictiveNetwork::random(
            &sizes,
            *activation,
            *feedback,
            seed,
        )?)
    }

    fn train(&self, index: usize, weight_decay: f64) -> Result<Trained, RunError> {
        let (images, labels) = self.data();
        let class = one_hot(&labels, self.classes())?;
        let hold = Hold {
            weight_decay,
            ..self.hold
        };
        let mut network = self.start(index)?;
        let mut state = State::zero(&network, 0);
        for epoch in 0..*self.settings.learning.epochs.get_ref() {
            let mut order: Vec<usize> = (0..labels.len()).collect();
            let mut random = stream(self.seed, "toy order", epoch as u64);
            for last in (1..order.len()).rev() {
                order.swap(last, random.random_range(0..=last));
            }
            for batch in order.chunks(*self.settings.learning.batch.get_ref()) {
                let (image, class) = (images.select_columns(batch), class.select_columns(batch));
                hold.run(&mut network, &mut state, &image, &class)?;
            }
        }
        let accuracy = accuracy(&network.classify(&images)?, &labels);
        Ok(Trained { network, accuracy })
    }

    fn generate(
        &self,
        index: usize,
        weight_decay: f64,
        trained: &Trained,
    ) -> Result<Generated, RunError> {
        let GenerationSettings {
            tau,
            value_decay,
            duration,
        } = &self.settings.generation;
        let (network, classes) = (&trained.network, self.classes());
        let dynamics = Dynamics {
            tau: *tau.get_ref(),
            value_decay: *value_decay.get_ref(),
            errors: ErrorNodes::Dynamic,
            ..Dynamics::default()
        };
        let blank = DMatrix::zeros(network.image_size(), classes);
        let flow = PredictiveFlow::new(network, Clamp::generate(network), dynamics, blank)?;
        let zero =
            State::zero(network, classes).with_class(&DMatrix::identity(classes, classes))?;
        let times: Vec<f64> = (0..=SAMPLES)
            .map(|k| duration.get_ref() * k as f64 / SAMPLES as f64)
            .collect();
        let options = Options::with_tolerance(1e-9);
        let course = time_course(&flow, &zero, &times, OrdinaryMethod::Dop853, &options)?;
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / classes as f64;
        let energy = course.states.iter().map(|s| mean(flow.energy(s))).collect();
        let largest = |values: Vec<f64>| values.into_iter().fold(0.0, f64::max);
        let residual = course
            .states
            .iter()
            .map(|s| largest(flow.residual(s)))
            .collect();
        let growth = growth(&flow, &zero, 0);
        let compare = |state: &State| -> Vec<(f64, f64)> {
            let image = &state.values[network.last()];
            let pairs = image.column_iter().zip(self.class_vectors.column_iter());
            pairs.map(|(v, a)| ((v - a).norm(), cosine(v, a))).collect()
        };
        let end = course.states.last().map(compare).unwrap_or_default();
        let mut rest = zero;
        let reached = Reached::of(&relax(&flow, &mut rest, &self.relaxation)?);
        let last = network.last() - 1;
        Ok(Generated {
            weight_decay,
            network: index + 1,
            accuracy: trained.accuracy,
            before: singular_values(self.start(index)?.prediction(last))?,
            after: singular_values(network.prediction(last))?,
            energy,
            residual,
            growth,
            end,
            rest: compare(&rest),
            reached,
            course,
        })
    }

    /// Every network with every decay, decay by decay.
    fn all(&self, progress: &dyn Progress) -> Result<Vec<Generated>, RunError> {
        let networks = *self.settings.network.networks.get_ref();
        let decays = &self.settings.learning.weight_decays;
        progress.begin("training", (networks * decays.len()) as u64);
        (0..networks * decays.len())
            .into_par_iter()
            .map(|task| {
                let (index, decay) = (task % networks, *decays[task / networks].get_ref());
                let name = format!("network-{}-decay-{decay}", index + 1);
                let trained = part(progress, &name, || self.train(index, decay))?;
                let generated = self.generate(index, decay, &trained);
                progress.advance(1);
                generated
            })
            .collect()
    }
}

/// Mean, least and largest of some numbers.
fn spread(values: &[f64]) -> [f64; 3] {
    [
        values.iter().sum::<f64>() / values.len().max(1) as f64,
        values.iter().copied().fold(f64::INFINITY, f64::min),
        values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
    ]
}

fn rank(values: &[f64]) -> usize {
    let largest = values.first().copied().unwrap_or(0.0);
    values.iter().filter(|s| **s > RANK * largest).count()
}

/// One row a decay and kind of end: what all its networks generate.
fn summary(all: &[Generated], decays: &[f64]) -> Table {
    let columns = ["weight_decay", "generated", "distance", "least", "largest"];
    let more = [
        "cosine", "lowest", "highest", "accuracy", "unstable", "rank",
    ];
    let mut table = Table::new(columns.into_iter().chain(more));
    for decay in decays {
        let these: Vec<&Generated> = all.iter().filter(|g| g.weight_decay == *decay).collect();
        let unstable = these
            .iter()
            .filter(|g| g.growth.is_none_or(|rate| rate > 1e-9))
            .count();
        let accuracy: Vec<f64> = these.iter().map(|g| g.accuracy).collect();
        let ranks = these.iter().map(|g| rank(&g.after)).max();
        for (name, pick) in [
            (
                "end of the run",
                (|g| &g.end) as fn(&Generated) -> &Vec<(f64, f64)>,
            ),
            ("equilibrium", |g| &g.rest),
        ] {
            let pairs: Vec<(f64, f64)> = these.iter().flat_map(|g| pick(g)).copied().collect();
            let [distances, cosines] = [
                pairs.iter().map(|p| p.0).collect::<Vec<_>>(),
                pairs.iter().map(|p| p.1).collect(),
            ]
            .map(|values| spread(&values));
            let numbers = [distances, cosines].concat();
            let head = [(*decay).into(), name.into()];
            let tail = [spread(&accuracy)[0].into(), unstable.into(), ranks.into()];
            let numbers = numbers.into_iter().map(Into::into);
            table.push(head.into_iter().chain(numbers).chain(tail));
        }
    }
    table
}

/// One row a network and class.
fn details(all: &[Generated]) -> Table {
    let columns = ["weight_decay", "network", "class", "distance", "cosine"];
    let more = ["equilibrium_distance", "equilibrium_cosine", "growth"];
    let mut table = Table::new(columns.into_iter().chain(more));
    for g in all {
        for (class, (end, rest)) in g.end.iter().zip(&g.rest).enumerate() {
            table.push([
                g.weight_decay.into(),
                g.network.into(),
                class.into(),
                end.0.into(),
                end.1.into(),
                rest.0.into(),
                rest.1.into(),
                g.growth.into(),
            ]);
        }
    }
    table
}

impl Experiment for Toy {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let learning = &self.settings.learning;
        let decays: Vec<String> = learning
            .weight_decays
            .iter()
            .map(|d| d.get_ref().to_string())
            .collect();
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair(
                "layers",
                format!(
                    "{} - {:?} - {} (class, hidden, image)",
                    self.classes(),
                    self.settings.network.hidden.get_ref(),
                    self.class_vectors.nrows()
                ),
            ),
            pair(
                "networks",
                self.settings.network.networks.get_ref().to_string(),
            ),
            pair("weight decays", decays.join(", ")),
            pair(
                "hold",
                format!(
                    "{} s in steps of {} s",
                    learning.hold.get_ref(),
                    learning.step.get_ref()
                ),
            ),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let all = self.all(progress)?;
        let decays: Vec<f64> = self
            .settings
            .learning
            .weight_decays
            .iter()
            .map(|d| *d.get_ref())
            .collect();
        let reached = all
            .iter()
            .map(|g| g.reached)
            .fold(Reached::default(), Reached::and);
        let table = summary(&all, &decays);
        let report = json!({
            "equilibria": reached.report(),
            "networks": all.iter().map(|g| json!({
                "weight_decay": g.weight_decay,
                "network": g.network,
                "accuracy": g.accuracy,
                "distances": g.end.iter().map(|p| p.0).collect::<Vec<_>>(),
                "cosines": g.end.iter().map(|p| p.1).collect::<Vec<_>>(),
                "equilibrium_distances": g.rest.iter().map(|p| p.0).collect::<Vec<_>>(),
                "equilibrium_cosines": g.rest.iter().map(|p| p.1).collect::<Vec<_>>(),
                "growth": g.growth,
                "singular_values_before": g.before,
                "singular_values_after": g.after,
            })).collect::<Vec<_>>(),
        });
        let line = format!("equilibria of generation: {}", reached.words());
        let evaluations: u64 = all.iter().map(|g| g.course.statistics.evaluations).sum();
        Ok(Outcome {
            report,
            summary: vec![Block::Table(table.clone()), Block::Line(line)],
            tables: vec![
                ("summary".into(), table),
                ("generation".into(), details(&all)),
            ],
            figures: figures::all(
                &all,
                &decays,
                &self.class_vectors,
                self.settings.generation.value_decay.get_ref(),
            ),
            statistics: json!({ "course_evaluations": evaluations }),
            ..Outcome::default()
        })
    }
}
