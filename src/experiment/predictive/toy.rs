//! Kind `predictive-toy`: small linear networks that learn class vectors with and without decay,
//! and then generate them.

use nalgebra::DMatrix;
use rand::RngExt;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::toy_figures;
use super::toy_samples::Samples;
use super::toy_settings::{NetworkSettings, Settings};
use super::{accuracy, cosine, singular_values};
use crate::experiment::ensemble::ensemble;
use crate::experiment::settings::Mistakes;
use crate::experiment::{Block, DataStatement, Drawing, Header, Progress, RunError, Study, Table};
use crate::networks::predictive::{
    Clamp, Dynamics, ErrorNodes, PredictiveFlow, PredictiveNetwork, Reached, State, growth,
    one_hot, relax, time_course,
};
use crate::numerics::random::{member, stream};
use crate::numerics::worst::worst;
use crate::solver::{Options, OrdinaryMethod};
use crate::training::predictive::Hold;

/// Times at which a course is kept: enough for a curve.
const SAMPLES: usize = 200;

/// Share of the largest singular value above which one counts.
const RANK: f64 = 1e-3;

/// Growth rate above which a flow counts as unstable: rounding of the eigenvalues of small matrices.
const UNSTABLE: f64 = 1e-9;

/// Small networks with several decays.
pub struct Toy {
    settings: Settings,
    samples: Samples,
    hold: Hold,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// What came of the relaxations of generation.
    pub equilibria: Reached,
    /// What the networks are to generate, one list a class.
    pub class_vectors: Vec<Vec<f64>>,
    /// Times of every course.
    pub times: Vec<f64>,
    /// Every network with every decay, decay by decay.
    pub networks: Vec<Generated>,
    /// Cost of the courses.
    pub statistics: Cost,
}

/// Cost of the courses.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Cost {
    /// Evaluations of the flow.
    pub course_evaluations: u64,
}

/// A network after its training.
#[derive(Clone, Serialize, Deserialize)]
struct Trained {
    network: PredictiveNetwork,
    accuracy: Option<f64>,
}

/// What a trained network generates.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Generated {
    /// Decay of its weights while it learnt.
    pub weight_decay: f64,
    /// Number of the network, from 1.
    pub network: usize,
    /// Share of its samples that it classifies right.
    pub accuracy: Option<f64>,
    /// Distances to the class vectors at the end of the run from the state zero.
    pub distances: Vec<f64>,
    /// Cosines to them.
    pub cosines: Vec<f64>,
    /// The same at the equilibrium.
    pub equilibrium_distances: Vec<f64>,
    /// The same at the equilibrium.
    pub equilibrium_cosines: Vec<f64>,
    /// Largest growth rate of the linearised flow, in units of `1 / tau`; negative if stable.
    pub growth: Option<f64>,
    /// Singular values of the matrix next to the image at the start.
    pub singular_values_before: Vec<f64>,
    /// The same after training.
    pub singular_values_after: Vec<f64>,
    /// Mean energy along the run.
    pub energy: Vec<f64>,
    /// Largest residual along the run.
    pub residual: Vec<f64>,
    /// Image nodes of class 0 along the run, of the first network with each decay.
    pub image_nodes: Option<Vec<Vec<f64>>>,
}

impl Toy {
    fn classes(&self) -> usize {
        self.samples.class_vectors.ncols()
    }

    fn start(&self, index: usize) -> Result<PredictiveNetwork, RunError> {
        let NetworkSettings {
            hidden,
            activation,
            feedback,
            ..
        } = &self.settings.network;
        let mut sizes = vec![self.classes()];
        sizes.extend(hidden.iter().map(|layer| **layer));
        sizes.push(self.samples.class_vectors.nrows());
        let seed = member(self.seed, "network", index);
        Ok(PredictiveNetwork::random(
            &sizes,
            **activation,
            **feedback,
            seed,
        )?)
    }

    fn train(&self, index: usize, weight_decay: f64) -> Result<Trained, RunError> {
        let noise = *self.settings.data.noise;
        let (images, labels) = self.samples.of_network(self.seed, index, noise);
        let class = one_hot(&labels, self.classes())?;
        let hold = Hold {
            weight_decay,
            ..self.hold
        };
        let mut network = self.start(index)?;
        let mut state = State::zero(&network, 0);
        let mut random = stream(self.seed, "toy order", index as u64);
        for _ in 0..*self.settings.learning.epochs {
            let mut order: Vec<usize> = (0..labels.len()).collect();
            for last in (1..order.len()).rev() {
                order.swap(last, random.random_range(0..=last));
            }
            for batch in order.chunks(*self.settings.learning.batch) {
                let (image, class) = (images.select_columns(batch), class.select_columns(batch));
                hold.run(&mut network, &mut state, &image, &class)?;
            }
        }
        let accuracy = accuracy(&network.classify(&images)?, &labels);
        Ok(Trained { network, accuracy })
    }

    fn times(&self) -> Vec<f64> {
        let duration = *self.settings.generation.duration;
        let time = |k: usize| duration * k as f64 / SAMPLES as f64;
        (0..=SAMPLES).map(time).collect()
    }

    fn generate(
        &self,
        index: usize,
        weight_decay: f64,
        trained: &Trained,
    ) -> Result<(Generated, Reached, u64), RunError> {
        let (network, classes) = (&trained.network, self.classes());
        let dynamics = Dynamics {
            tau: *self.settings.generation.tau,
            value_decay: *self.settings.generation.value_decay,
            errors: ErrorNodes::Dynamic,
            ..Dynamics::default()
        };
        let blank = DMatrix::zeros(network.image_size(), classes);
        let flow = PredictiveFlow::new(network, Clamp::generate(network), dynamics, blank)?;
        let class = DMatrix::identity(classes, classes);
        let zero = State::zero(network, classes).with_class(&class)?;
        let (times, options) = (self.times(), Options::with_tolerance(1e-9));
        let course = time_course(&flow, &zero, &times, OrdinaryMethod::Dop853, &options)?;
        let states = &course.states;
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / classes as f64;
        let compare = |state: &State| -> (Vec<f64>, Vec<f64>) {
            let image = &state.values[network.last()];
            let pairs = image
                .column_iter()
                .zip(self.samples.class_vectors.column_iter());
            pairs.map(|(v, a)| ((v - a).norm(), cosine(v, a))).unzip()
        };
        let node = |i: usize| {
            let value = |state: &State| state.values[network.last()][(i, 0)];
            states.iter().map(value).collect()
        };
        let nodes = (index == 0).then(|| (0..network.image_size()).map(node).collect());
        let growth = growth(&flow, &zero, 0);
        let (distances, cosines) = states.last().map(compare).unwrap_or_default();
        let energy = states.iter().map(|state| mean(flow.energy(state)));
        let residual = states.iter().map(|state| worst(flow.residual(state)));
        let (energy, residual) = (energy.collect(), residual.collect());
        let mut rest = zero;
        let relaxation = self.settings.relaxation.options();
        let reached = Reached::of(&relax(&flow, &mut rest, &relaxation)?);
        let (equilibrium_distances, equilibrium_cosines) = compare(&rest);
        let last = network.last() - 1;
        let generated = Generated {
            weight_decay,
            network: index + 1,
            accuracy: trained.accuracy,
            distances,
            cosines,
            equilibrium_distances,
            equilibrium_cosines,
            growth,
            singular_values_before: singular_values(self.start(index)?.prediction(last))?,
            singular_values_after: singular_values(network.prediction(last))?,
            energy,
            residual,
            image_nodes: nodes,
        };
        Ok((generated, reached, course.statistics.evaluations))
    }
}

/// Mean, median, least and largest of some numbers.
fn spread(mut values: Vec<f64>) -> [f64; 4] {
    values.sort_by(f64::total_cmp);
    let count = values.len().max(1);
    let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
    let median = 0.5 * (at((count - 1) / 2) + at(count / 2));
    [
        values.iter().sum::<f64>() / count as f64,
        median,
        at(0),
        at(count - 1),
    ]
}

fn rank(values: &[f64]) -> usize {
    let largest = values.first().copied().unwrap_or(0.0);
    values.iter().filter(|s| **s > RANK * largest).count()
}

/// What an end is called, with its distances and cosines.
type End = (&'static str, fn(&Generated) -> (&Vec<f64>, &Vec<f64>));

const ENDS: [End; 2] = [
    ("end of the run", |g| (&g.distances, &g.cosines)),
    ("equilibrium", |g| {
        (&g.equilibrium_distances, &g.equilibrium_cosines)
    }),
];

/// One row a decay and kind of end: what all its networks generate.
fn overview(settings: &Settings, findings: &Findings) -> Table {
    let mut table = Table::new([
        "weight_decay",
        "generated",
        "distance",
        "median",
        "least",
        "largest",
        "cosine",
        "lowest",
        "highest",
        "accuracy",
        "unstable",
        "rank",
    ]);
    for decay in settings.learning.weight_decays.iter() {
        let these = findings
            .networks
            .iter()
            .filter(|g| g.weight_decay == **decay);
        let unstable = |g: &&Generated| g.growth.is_none_or(|rate| rate > UNSTABLE);
        let unstable = these.clone().filter(unstable).count();
        let [accuracy, ..] = spread(these.clone().filter_map(|g| g.accuracy).collect());
        let ranks = these.clone().map(|g| rank(&g.singular_values_after)).max();
        for (name, pick) in ENDS {
            let distances = these.clone().flat_map(|g| pick(g).0).copied().collect();
            let cosines = these.clone().flat_map(|g| pick(g).1).copied().collect();
            let [mean, _, lowest, highest] = spread(cosines);
            let numbers = spread(distances).into_iter().chain([mean, lowest, highest]);
            let head = [(**decay).into(), name.into()];
            let tail = [accuracy.into(), unstable.into(), ranks.into()];
            table.push(head.into_iter().chain(numbers.map(Into::into)).chain(tail));
        }
    }
    table
}

/// One row a network and class.
fn details(findings: &Findings) -> Table {
    let mut table = Table::new([
        "weight_decay",
        "network",
        "class",
        "distance",
        "cosine",
        "equilibrium_distance",
        "equilibrium_cosine",
        "growth",
    ]);
    for g in &findings.networks {
        for class in 0..g.distances.len() {
            table.push([
                g.weight_decay.into(),
                g.network.into(),
                class.into(),
                g.distances[class].into(),
                g.cosines[class].into(),
                g.equilibrium_distances[class].into(),
                g.equilibrium_cosines[class].into(),
                g.growth.into(),
            ]);
        }
    }
    table
}

impl Study for Toy {
    const NAME: &'static str = "predictive-toy";
    const SUMMARY: &'static str =
        "small predictive-coding networks that learn class vectors, with and without decay";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let samples = Samples::read(&settings.data)?;
        settings.check(&samples)?;
        Ok(Self {
            samples,
            hold: settings.hold(),
            seed: header.seed,
            settings,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let Settings {
            network, learning, ..
        } = &self.settings;
        let (pixels, classes) = self.samples.class_vectors.shape();
        let layers = format!(
            "{classes} - {:?} - {pixels} (class, hidden, image)",
            network.hidden
        );
        vec![
            ("layers".into(), layers),
            ("networks".into(), network.networks.to_string()),
            (
                "weight decays".into(),
                format!("{:?}", learning.weight_decays),
            ),
            (
                "hold".into(),
                format!("{} s in steps of {} s", learning.hold, learning.step),
            ),
        ]
    }

    fn data(&self) -> Option<u32> {
        self.data_statement().map(|said| said.checksum)
    }

    fn data_statement(&self) -> Option<DataStatement> {
        self.samples.statement()
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let networks = *self.settings.network.networks;
        let decays = &self.settings.learning.weight_decays;
        progress.begin("training", (networks * decays.len()) as u64);
        let job = |task: usize| (task % networks, *decays[task / networks]);
        let jobs = 0..networks * decays.len();
        let name = |task| {
            let (index, decay) = job(task);
            format!("network-{}-decay-{decay:e}", index + 1)
        };
        let names: Vec<String> = jobs.clone().map(name).collect();
        let trained = ensemble(progress, &names, |task| {
            let (index, decay) = job(task);
            self.train(index, decay)
        })?;
        let all = jobs.into_par_iter().map(|task| {
            let (index, decay) = job(task);
            self.generate(index, decay, &trained[task])
        });
        let all: Vec<(Generated, Reached, u64)> = all.collect::<Result<_, RunError>>()?;
        let reached = all.iter().map(|(_, reached, _)| *reached);
        Ok(Findings {
            equilibria: reached.fold(Reached::default(), Reached::and),
            class_vectors: self
                .samples
                .class_vectors
                .column_iter()
                .map(|vector| vector.iter().copied().collect())
                .collect(),
            times: self.times(),
            statistics: Cost {
                course_evaluations: all.iter().map(|(_, _, evaluations)| evaluations).sum(),
            },
            networks: all.into_iter().map(|(generated, ..)| generated).collect(),
        })
    }

    fn tables(settings: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        vec![
            ("summary".into(), overview(settings, findings)),
            ("generation".into(), details(findings)),
        ]
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        let line = format!("equilibria of generation: {}", findings.equilibria.words());
        vec![
            Block::Table(overview(settings, findings)),
            Block::Line(line),
        ]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        toy_figures::all(settings, findings)
    }
}
