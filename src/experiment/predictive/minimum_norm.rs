//! Kind `minimum-norm`: what weight decay learns and value decay generates, beside the closed forms.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::figures;
use super::{RelaxationSettings, singular_values};
use crate::experiment::data::learnt::require_small;
use crate::experiment::data::own::OwnSettings;
use crate::experiment::settings::{Count, Mistakes, NonEmpty, Placed, Positive, require, settings};
use crate::experiment::{
    Block, DataStatement, Diagnostic, Drawing, Header, Progress, RunError, Study, Table,
};
use crate::figures::{Axis, Lines, Look, Series};
use crate::networks::predictive::{
    Activation, Clamp, Dynamics, ErrorNodes, Feedback, PredictiveFlow, PredictiveNetwork, Reached,
    State, relax, time_course,
};
use crate::numerics::matrix::factorise;
use crate::numerics::random::member;
use crate::solver::{Options, OrdinaryMethod};
use crate::training::predictive::{Optimiser, Rule, Trainer, TrainingOptions};

/// Times at which the forgetting of the start is compared with its law.
const SAMPLES: usize = 30;

/// Share of the largest singular value of the inputs below which they count as dependent.
const DEPENDENT: f64 = 1e-10;

/// Largest number that an input may hold: its square must be far from overflow.
const LARGEST: f64 = 1e6;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// What is learnt: inputs, each a class of its own, linearly independent.
        pub data: OwnSettings,
        /// How.
        pub learning: LearningSettings,
        /// What is generated.
        pub generation: GenerationSettings,
        /// When a sample is at equilibrium.
        pub relaxation: RelaxationSettings,
    }

    /// Section `[learning]`.
    pub struct LearningSettings {
        /// Weights are learnt once with each.
        pub weight_decays: NonEmpty<Positive>,
        /// Random starts for each decay.
        pub starts: Count = 3,
        /// Steps of the weights: at the default rate enough for a decay of 0.001.
        pub steps: Count = 20_000,
        /// Size of a step in units of `gamma`.
        pub rate: Positive = 2.0,
    }

    /// Section `[generation]`.
    pub struct GenerationSettings {
        /// Inputs are generated once with each.
        pub value_decays: NonEmpty<Positive>,
        /// Time constant of the course in which the start is forgotten.
        pub tau: Positive,
        /// Its duration.
        pub duration: Positive,
    }
}

/// One linear layer.
pub struct MinimumNorm {
    settings: Settings,
    /// `d x n`.
    inputs: DMatrix<f64>,
    /// `X^+`, and a unit vector orthogonal to all inputs.
    minimum: DMatrix<f64>,
    unseen: DVector<f64>,
    statement: DataStatement,
    seed: u64,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Least `|M|^2` with `M X = Y`.
    pub minimum_norm_squared: f64,
    /// Singular values of that matrix.
    pub minimum_norm_singular_values: Vec<f64>,
    /// What came of the relaxations of generation.
    pub equilibria: Reached,
    /// Training with every decay, from every start.
    pub weights: Vec<Learned>,
    /// Generation with every value decay.
    pub generation: Vec<Generated>,
    /// Times at which the forgetting is looked at.
    pub times: Vec<f64>,
}

/// What training with one decay comes to, from one start.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Learned {
    /// The decay.
    pub weight_decay: f64,
    /// Number of the start, from 1.
    pub start: usize,
    /// Distance to the matrix of ridge regression.
    pub distance_to_ridge: f64,
    /// Distance to the minimum-norm matrix.
    pub distance_to_minimum_norm: f64,
    /// Singular values of the start.
    pub singular_values_before: Vec<f64>,
    /// Singular values of what was learnt.
    pub singular_values_after: Vec<f64>,
}

/// What the minimum-norm matrix generates with one value decay.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Generated {
    /// The decay.
    pub value_decay: f64,
    /// Distances to the inputs.
    pub distances: Vec<f64>,
    /// The same by the closed form.
    pub distances_formula: Vec<f64>,
    /// The part of the start that no class sees, over its first size.
    pub unseen: Vec<f64>,
    /// The same by the law `exp(-lambda t / tau)`.
    pub unseen_formula: Vec<f64>,
}

impl MinimumNorm {
    /// `X^+` at finite decay: `X^T/n (X X^T/n + lambda I)^-1`.
    fn ridge(&self, decay: f64) -> Result<DMatrix<f64>, RunError> {
        let (pixels, samples) = self.inputs.shape();
        let share = 1.0 / samples as f64;
        let gram = &self.inputs * self.inputs.transpose() * share
            + DMatrix::identity(pixels, pixels) * decay;
        let factor = factorise(gram).map_err(RunError::numerical)?;
        Ok(factor.solve(&(&self.inputs * share)).transpose())
    }

    fn learn(&self, decay: f64, start: usize) -> Result<Learned, RunError> {
        let (pixels, classes) = self.inputs.shape();
        let seed = member(self.seed, "network", start);
        let sizes = [classes, pixels];
        let network =
            PredictiveNetwork::random(&sizes, Activation::Identity, Feedback::Tied, seed)?;
        let before = singular_values(network.prediction(0))?;
        let learning = &self.settings.learning;
        let options = TrainingOptions {
            rule: Rule::Equilibrium(self.settings.relaxation.options()),
            optimiser: Optimiser::Descent {
                rate: *learning.rate,
            },
            weight_decay: decay,
            batch: classes,
            epochs: *learning.steps,
            shuffle: false,
            ..TrainingOptions::default()
        };
        let mut trainer = Trainer::new(network, options)?;
        trainer.run(&self.inputs, &DMatrix::identity(classes, classes), |_| ())?;
        let found = trainer.network().prediction(0);
        Ok(Learned {
            weight_decay: decay,
            start: start + 1,
            distance_to_ridge: (found - self.ridge(decay)?).norm(),
            distance_to_minimum_norm: (found - &self.minimum).norm(),
            singular_values_before: before,
            singular_values_after: singular_values(found)?,
        })
    }

    fn times(&self) -> Vec<f64> {
        let duration = *self.settings.generation.duration;
        let time = |k: usize| duration * k as f64 / SAMPLES as f64;
        (0..=SAMPLES).map(time).collect()
    }

    fn generate(&self, decay: f64) -> Result<(Generated, Reached), RunError> {
        let (pixels, classes) = self.inputs.shape();
        let matrices = vec![self.minimum.clone()];
        let network = PredictiveNetwork::from_matrices(matrices, vec![Activation::Identity])?;
        let tau = *self.settings.generation.tau;
        let dynamics = Dynamics {
            tau,
            value_decay: decay,
            errors: ErrorNodes::Dynamic,
            ..Dynamics::default()
        };
        let blank = DMatrix::zeros(pixels, classes);
        let flow = PredictiveFlow::new(&network, Clamp::generate(&network), dynamics, blank)?;
        let class = DMatrix::identity(classes, classes);
        let start = State::random(&network, classes, 1.0, self.seed).with_class(&class)?;
        let options = Options::with_tolerance(1e-10);
        let times = self.times();
        let course = time_course(&flow, &start, &times, OrdinaryMethod::Dop853, &options)?;
        let part = |state: &State| self.unseen.dot(&state.values[1].column(0));
        let first = part(&start);
        let mut rest = start;
        let relaxation = self.settings.relaxation.options();
        let reached = Reached::of(&relax(&flow, &mut rest, &relaxation)?);
        let away = |image: &DMatrix<f64>| -> Vec<f64> {
            let pairs = image.column_iter().zip(self.inputs.column_iter());
            pairs.map(|(v, x)| (v - x).norm()).collect()
        };
        // (M^T M + lambda I)^-1 M^T
        let gram =
            self.minimum.transpose() * &self.minimum + DMatrix::identity(pixels, pixels) * decay;
        let factor = factorise(gram).map_err(RunError::numerical)?;
        let generated = Generated {
            value_decay: decay,
            distances: away(&rest.values[1]),
            distances_formula: away(&factor.solve(&self.minimum.transpose())),
            unseen: course
                .states
                .iter()
                .map(|state| part(state) / first)
                .collect(),
            unseen_formula: times
                .iter()
                .map(|time| (-decay * time / tau).exp())
                .collect(),
        };
        Ok((generated, reached))
    }
}

impl Study for MinimumNorm {
    const NAME: &'static str = "minimum-norm";
    const SUMMARY: &'static str =
        "one linear layer: decay finds the minimum-norm weights, and they generate the inputs";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let given = &settings.data.inputs;
        let found = settings.data.alone("every input is a class of its own")?;
        let (count, pixels) = found.inputs.shape();
        require(
            given,
            pixels > count,
            format!("{count} inputs of {pixels} numbers: the weights are not underdetermined"),
            "these inputs",
            "give fewer inputs than each has numbers",
        )?;
        require_small(given, "an input", &found.inputs, LARGEST)?;
        let inputs = found.inputs.transpose();
        let spectrum = inputs.singular_values();
        let dependent = spectrum.min() <= DEPENDENT * spectrum.max();
        let inverse = inputs.clone().pseudo_inverse(1e-12).ok();
        let minimum = inverse.filter(|_| !dependent).ok_or_else(|| {
            Diagnostic::new("the inputs are linearly dependent")
                .at(given.place().bytes())
                .label("these inputs")
                .help("change one of them: dependent inputs cannot have classes of their own")
        })?;
        // What the projection on the inputs leaves of the unit vector that it shortens most.
        let rest = DMatrix::identity(pixels, pixels) - &inputs * &minimum;
        let longest = (0..pixels).max_by(|a, b| rest[(*a, *a)].total_cmp(&rest[(*b, *b)]));
        Ok(Self {
            unseen: rest.column(longest.unwrap_or(0)).normalize(),
            inputs,
            minimum,
            statement: found.statement,
            seed: header.seed,
            settings,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let Settings {
            learning,
            generation,
            ..
        } = &self.settings;
        let (pixels, samples) = self.inputs.shape();
        vec![
            ("inputs".into(), format!("{samples} of {pixels} numbers")),
            (
                "weight decays".into(),
                format!("{:?}", learning.weight_decays),
            ),
            (
                "value decays".into(),
                format!("{:?}", generation.value_decays),
            ),
        ]
    }

    fn data(&self) -> Option<u32> {
        self.data_statement().map(|said| said.checksum)
    }

    fn data_statement(&self) -> Option<DataStatement> {
        Some(self.statement.clone())
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let LearningSettings {
            weight_decays,
            starts,
            ..
        } = &self.settings.learning;
        progress.begin("training", (weight_decays.len() * **starts) as u64);
        let mut weights = Vec::new();
        for decay in weight_decays.iter() {
            for start in 0..**starts {
                weights.push(self.learn(**decay, start)?);
                progress.advance(1);
            }
        }
        let (mut generation, mut equilibria) = (Vec::new(), Reached::default());
        for decay in self.settings.generation.value_decays.iter() {
            let (generated, reached) = self.generate(**decay)?;
            generation.push(generated);
            equilibria = equilibria.and(reached);
        }
        Ok(Findings {
            minimum_norm_squared: self.minimum.norm_squared(),
            minimum_norm_singular_values: singular_values(&self.minimum)?,
            equilibria,
            weights,
            generation,
            times: self.times(),
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut weights = Table::new([
            "weight_decay",
            "start",
            "to_ridge_matrix",
            "to_minimum_norm",
        ]);
        for learned in &findings.weights {
            weights.push([
                learned.weight_decay.into(),
                learned.start.into(),
                learned.distance_to_ridge.into(),
                learned.distance_to_minimum_norm.into(),
            ]);
        }
        let mut inputs = Table::new([
            "value_decay",
            "input",
            "distance",
            "distance_formula",
            "unseen",
            "unseen_formula",
        ]);
        for generated in &findings.generation {
            let pairs = generated.distances.iter().zip(&generated.distances_formula);
            for (input, (found, exact)) in pairs.enumerate() {
                inputs.push([
                    generated.value_decay.into(),
                    (input + 1).into(),
                    (*found).into(),
                    (*exact).into(),
                    generated.unseen.last().copied().into(),
                    generated.unseen_formula.last().copied().into(),
                ]);
            }
        }
        vec![("weights".into(), weights), ("generation".into(), inputs)]
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        let square = findings.minimum_norm_squared;
        let first = Block::Line(format!("minimum |M|² with M X = Y: {square:.9}"));
        let last = format!("equilibria of generation: {}", findings.equilibria.words());
        let tables = Self::tables(settings, findings).into_iter();
        let tables = tables.map(|(_, table)| Block::Table(table));
        [first]
            .into_iter()
            .chain(tables)
            .chain([Block::Line(last)])
            .collect()
    }

    fn figures(_: &Settings, findings: &Findings) -> Vec<Drawing> {
        vec![
            Drawing::of("distances", distances(findings)),
            Drawing::of("forgetting", forgetting(findings)),
            Drawing::of("singular-values", spectra(findings)),
        ]
    }
}

/// Distances to the minimum-norm matrix, and of what it generates to the inputs.
fn distances(findings: &Findings) -> Lines {
    let weights = findings.weights.iter();
    let weights = weights.map(|l| (l.weight_decay, l.distance_to_minimum_norm));
    let label = "weights: distance to the minimum-norm matrix, all starts";
    let mut series = vec![Series::new(label, weights.collect(), Look::Markers)];
    let inputs = findings.generation.first().map_or(0, |g| g.distances.len());
    for input in 0..inputs {
        let generated = findings.generation.iter();
        let points = generated.map(|g| (g.value_decay, g.distances[input]));
        let label = format!("generation: distance to input {}", input + 1);
        series.push(Series::new(label, points.collect(), Look::LineAndMarkers));
    }
    Lines {
        title: "Decay pulls toward the minimum-norm solution, which is the training input".into(),
        subtitle: "one linear layer; both distances vanish in proportion to the decay".into(),
        x: Axis::logarithmic("weight decay or value decay"),
        y: Axis::logarithmic("distance"),
        series,
        ..Lines::default()
    }
}

/// The part of the start that no class sees, beside its law.
fn forgetting(findings: &Findings) -> Lines {
    let course = |values: &[f64]| {
        findings
            .times
            .iter()
            .copied()
            .zip(values.iter().copied())
            .collect()
    };
    let series = findings.generation.iter().enumerate().flat_map(|(n, g)| {
        let label = format!("value decay {}", g.value_decay);
        let line = Series::new(label, course(&g.unseen_formula), Look::Line);
        let marks = Series::new("", course(&g.unseen), Look::Markers);
        [line, marks].map(|series| Series {
            style: Some(n),
            ..series
        })
    });
    Lines {
        title: "The part of the start that no class sees".into(),
        subtitle: "markers: the course of the network; lines: exp(−λ t / τ)".into(),
        x: Axis::linear("time t (s)"),
        y: Axis::linear("share that is left"),
        series: series.collect(),
        ..Lines::default()
    }
}

fn spectra(findings: &Findings) -> Lines {
    let first = findings.weights.first();
    let before = first.map(|l| {
        (
            "before training".to_owned(),
            l.singular_values_before.clone(),
        )
    });
    let after = findings.weights.iter().filter(|l| l.start == 1).map(|l| {
        let name = format!("after, weight decay {}", l.weight_decay);
        (name, l.singular_values_after.clone())
    });
    let exact = findings.minimum_norm_singular_values.clone();
    let exact = ("minimum-norm matrix".to_owned(), exact);
    let all: Vec<_> = before.into_iter().chain(after).chain([exact]).collect();
    figures::singular_values(
        "Singular values before and after training",
        "first start",
        &all,
    )
}
