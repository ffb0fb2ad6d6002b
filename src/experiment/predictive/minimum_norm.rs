//! Kind `minimum-norm`: what weight decay learns and value decay generates, beside the closed forms.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_spanned::Spanned;

use super::figures;
use super::{Reached, RelaxationSettings, singular_values};
use crate::experiment::course::drawing;
use crate::experiment::rules::{at_least, positive, require, unwritten};
use crate::experiment::{
    Block, Diagnostic, Drawing, Experiment, Kind, ModelFile, Outcome, Progress, RunError, Table,
};
use crate::figures::{Axis, Lines, Look, Series};
use crate::networks::predictive::{
    Activation, Clamp, Dynamics, ErrorNodes, Feedback, PredictiveFlow, PredictiveNetwork,
    RelaxOptions, State, relax, time_course,
};
use crate::solver::{Options, OrdinaryMethod};
use crate::training::predictive::{Optimiser, Rule, Trainer, TrainingOptions};

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "minimum-norm",
    summary: "one linear layer: decay finds the minimum-norm weights, and they generate the inputs",
    read: |model| Ok(read(model)?),
    show: None,
};

/// Times at which the forgetting of the start is compared with its law.
const SAMPLES: usize = 30;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    data: DataSettings,
    learning: LearningSettings,
    generation: GenerationSettings,
    #[serde(default)]
    relaxation: RelaxationSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataSettings {
    /// One input a class, linearly independent.
    inputs: Spanned<Vec<Vec<f64>>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LearningSettings {
    weight_decays: Vec<Spanned<f64>>,
    /// Random starts for each decay.
    #[serde(default = "three")]
    starts: Spanned<usize>,
    /// Steps of the weights, and their size in units of `gamma`.
    #[serde(default = "twenty_thousand")]
    steps: Spanned<usize>,
    #[serde(default = "two")]
    rate: Spanned<f64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GenerationSettings {
    value_decays: Vec<Spanned<f64>>,
    /// The course in which the start is forgotten.
    tau: Spanned<f64>,
    duration: Spanned<f64>,
}

fn three() -> Spanned<usize> {
    unwritten(3)
}

fn twenty_thousand() -> Spanned<usize> {
    unwritten(20_000)
}

fn two() -> Spanned<f64> {
    unwritten(2.0)
}

struct MinimumNorm {
    settings: Settings,
    /// `d x n`.
    inputs: DMatrix<f64>,
    /// `X^+`, and a unit vector orthogonal to all inputs.
    minimum: DMatrix<f64>,
    unseen: DVector<f64>,
    relaxation: RelaxOptions,
    seed: u64,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let given = &settings.data.inputs;
    let rows = given.get_ref();
    let pixels = rows.first().map_or(0, Vec::len);
    require(
        given,
        pixels > rows.len() && rows.iter().all(|row| row.len() == pixels),
        "inputs of unequal length, or as many as they have numbers",
        "these inputs",
        "give fewer inputs than each has numbers, so that the weights are underdetermined",
    )?;
    let inputs = DMatrix::from_iterator(pixels, rows.len(), rows.iter().flatten().copied());
    let spectrum = inputs.singular_values();
    let dependent = spectrum.min() <= 1e-10 * spectrum.max();
    let inverse = inputs.clone().pseudo_inverse(1e-12).ok();
    let minimum = inverse.filter(|_| !dependent).ok_or_else(|| {
        Diagnostic::new("the inputs are linearly dependent")
            .at(given.span())
            .label("these inputs")
            .help("change one of them: dependent inputs cannot have classes of their own")
    })?;
    let LearningSettings {
        weight_decays,
        starts,
        steps,
        rate,
    } = &settings.learning;
    positive("weight_decays", weight_decays)?;
    at_least("starts", starts, 1)?;
    at_least("steps", steps, 1)?;
    positive("rate", rate)?;
    let generation = &settings.generation;
    positive("value_decays", &generation.value_decays)?;
    positive("tau", &generation.tau)?;
    positive("duration", &generation.duration)?;
    // What the projection on the inputs leaves of the unit vector that it shortens most.
    let rest = DMatrix::identity(pixels, pixels) - &inputs * &minimum;
    let longest = (0..pixels).max_by(|a, b| rest[(*a, *a)].total_cmp(&rest[(*b, *b)]));
    let unseen = rest.column(longest.unwrap_or(0)).normalize();
    Ok(Box::new(MinimumNorm {
        inputs,
        minimum,
        unseen,
        relaxation: settings.relaxation.options()?,
        seed: model.seed()?,
        settings,
    }))
}

/// What training with one decay comes to, from one start.
struct Learned {
    decay: f64,
    start: usize,
    before: Vec<f64>,
    after: Vec<f64>,
    /// Distances to the ridge matrix and to the minimum-norm matrix.
    to_ridge: f64,
    to_minimum: f64,
}

/// What the minimum-norm matrix generates with one value decay.
struct Generated {
    decay: f64,
    /// Distances to the inputs, and those of the closed form.
    distances: Vec<f64>,
    exact: Vec<f64>,
    reached: Reached,
    /// The part of the start that no class sees, over its first size, at `times`.
    unseen: Vec<f64>,
}

impl MinimumNorm {
    /// `(X^+)` at finite decay: `X^T/n (X X^T/n + lambda I)^-1`.
    fn ridge(&self, decay: f64) -> Result<DMatrix<f64>, RunError> {
        let (pixels, samples) = self.inputs.shape();
        let share = 1.0 / samples as f64;
        let gram = &self.inputs * self.inputs.transpose() * share
            + DMatrix::identity(pixels, pixels) * decay;
        let factor = crate::numerics::matrix::factorise(gram).map_err(RunError::numerical)?;
        Ok(factor.solve(&(&self.inputs * share)).transpose())
    }

    fn learn(&self, decay: f64, start: usize) -> Result<Learned, RunError> {
        let (pixels, classes) = self.inputs.shape();
        let seed = self.seed.wrapping_add(start as u64);
        let sizes = [classes, pixels];
        let network =
            PredictiveNetwork::random(&sizes, Activation::Identity, Feedback::Tied, seed)?;
        let before = singular_values(network.prediction(0))?;
        let options = TrainingOptions {
            rule: Rule::Equilibrium(self.relaxation),
            optimiser: Optimiser::Descent {
                rate: *self.settings.learning.rate.get_ref(),
            },
            weight_decay: decay,
            batch: classes,
            epochs: *self.settings.learning.steps.get_ref(),
            shuffle: false,
            ..TrainingOptions::default()
        };
        let mut trainer = Trainer::new(network, options)?;
        trainer.run(&self.inputs, &DMatrix::identity(classes, classes), |_| ())?;
        let found = trainer.network().prediction(0);
        Ok(Learned {
            decay,
            start: start + 1,
            before,
            after: singular_values(found)?,
            to_ridge: (found - self.ridge(decay)?).norm(),
            to_minimum: (found - &self.minimum).norm(),
        })
    }

    fn times(&self) -> Vec<f64> {
        let duration = *self.settings.generation.duration.get_ref();
        (0..=SAMPLES)
            .map(|k| duration * k as f64 / SAMPLES as f64)
            .collect()
    }

    fn generate(&self, decay: f64) -> Result<Generated, RunError> {
        let (pixels, classes) = self.inputs.shape();
        let network = PredictiveNetwork::from_matrices(
            vec![self.minimum.clone()],
            vec![Activation::Identity],
        )?;
        let dynamics = Dynamics {
            tau: *self.settings.generation.tau.get_ref(),
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
        let reached = Reached::of(&relax(&flow, &mut rest, &self.relaxation)?);
        let away = |image: &DMatrix<f64>| -> Vec<f64> {
            let pairs = image.column_iter().zip(self.inputs.column_iter());
            pairs.map(|(v, x)| (v - x).norm()).collect()
        };
        // (M^T M + lambda I)^-1 M^T
        let gram =
            self.minimum.transpose() * &self.minimum + DMatrix::identity(pixels, pixels) * decay;
        let factor = crate::numerics::matrix::factorise(gram).map_err(RunError::numerical)?;
        Ok(Generated {
            decay,
            distances: away(&rest.values[1]),
            exact: away(&factor.solve(&self.minimum.transpose())),
            reached,
            unseen: course
                .states
                .iter()
                .map(|state| part(state) / first)
                .collect(),
        })
    }

    /// `exp(-lambda t / tau)`.
    fn law(&self, decay: f64, time: f64) -> f64 {
        (-decay * time / self.settings.generation.tau.get_ref()).exp()
    }

    fn figures(
        &self,
        learned: &[Learned],
        generated: &[Generated],
    ) -> Result<Vec<Drawing>, RunError> {
        let training = learned.iter().map(|l| (l.decay, l.to_minimum)).collect();
        let mut series = vec![Series::new(
            "weights: distance to the minimum-norm matrix, all starts",
            training,
            Look::Markers,
        )];
        for input in 0..self.inputs.ncols() {
            let points = generated.iter().map(|g| (g.decay, g.distances[input]));
            let label = format!("generation: distance to input {}", input + 1);
            series.push(Series::new(label, points.collect(), Look::LineAndMarkers));
        }
        let distances = Lines {
            title: "Decay pulls toward the minimum-norm solution, which is the training input"
                .into(),
            subtitle: "one linear layer; both distances vanish in proportion to the decay".into(),
            x: Axis::logarithmic("weight decay or value decay"),
            y: Axis::logarithmic("distance"),
            series,
            ..Lines::default()
        };
        let times = self.times();
        let forgetting = generated.iter().enumerate().flat_map(|(n, g)| {
            let found = times.iter().copied().zip(g.unseen.iter().copied());
            let exact = times.iter().map(|t| (*t, self.law(g.decay, *t)));
            let line = Series::new(
                format!("value decay {}", g.decay),
                exact.collect(),
                Look::Line,
            );
            let marks = Series::new("", found.collect(), Look::Markers);
            [line, marks].map(|series| Series {
                style: Some(n),
                ..series
            })
        });
        let forgetting = Lines {
            title: "The part of the start that no class sees".into(),
            subtitle: "markers: the course of the network; lines: exp(−λ t / τ)".into(),
            x: Axis::linear("time t (s)"),
            y: Axis::linear("share that is left"),
            series: forgetting.collect(),
            ..Lines::default()
        };
        let before = learned
            .first()
            .map(|l| ("before training".to_owned(), l.before.clone()));
        let after = learned.iter().filter(|l| l.start == 1);
        let after = after.map(|l| (format!("after, weight decay {}", l.decay), l.after.clone()));
        let exact = (
            "minimum-norm matrix".to_owned(),
            singular_values(&self.minimum)?,
        );
        let spectra: Vec<_> = before.into_iter().chain(after).chain([exact]).collect();
        Ok(vec![
            drawing("distances", distances),
            drawing("forgetting", forgetting),
            drawing(
                "singular-values",
                figures::singular_values(
                    "Singular values before and after training",
                    "first start",
                    &spectra,
                ),
            ),
        ])
    }
}

impl Experiment for MinimumNorm {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let listed = |numbers: &[Spanned<f64>]| {
            let numbers: Vec<String> = numbers.iter().map(|x| x.get_ref().to_string()).collect();
            numbers.join(", ")
        };
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair(
                "inputs",
                format!("{} of {} numbers", self.inputs.ncols(), self.inputs.nrows()),
            ),
            pair(
                "weight decays",
                listed(&self.settings.learning.weight_decays),
            ),
            pair(
                "value decays",
                listed(&self.settings.generation.value_decays),
            ),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let LearningSettings {
            weight_decays,
            starts,
            ..
        } = &self.settings.learning;
        progress.begin("training", (weight_decays.len() * starts.get_ref()) as u64);
        let mut learned = Vec::new();
        for decay in weight_decays {
            for start in 0..*starts.get_ref() {
                learned.push(self.learn(*decay.get_ref(), start)?);
                progress.advance(1);
            }
        }
        let decays = self.settings.generation.value_decays.iter();
        let generated: Result<Vec<_>, _> = decays
            .map(|decay| self.generate(*decay.get_ref()))
            .collect();
        let generated = generated?;
        let columns = [
            "weight_decay",
            "start",
            "to_ridge_matrix",
            "to_minimum_norm",
        ];
        let mut weights = Table::new(columns);
        for l in &learned {
            weights.push([
                l.decay.into(),
                l.start.into(),
                l.to_ridge.into(),
                l.to_minimum.into(),
            ]);
        }
        let columns = [
            "value_decay",
            "input",
            "distance",
            "distance_formula",
            "unseen",
            "unseen_formula",
        ];
        let mut inputs = Table::new(columns);
        for g in &generated {
            for (input, (found, exact)) in g.distances.iter().zip(&g.exact).enumerate() {
                inputs.push([
                    g.decay.into(),
                    (input + 1).into(),
                    (*found).into(),
                    (*exact).into(),
                    g.unseen.last().copied().into(),
                    self.law(g.decay, *self.settings.generation.duration.get_ref())
                        .into(),
                ]);
            }
        }
        let reached = generated
            .iter()
            .map(|g| g.reached)
            .fold(Reached::default(), Reached::and);
        let square = self.minimum.norm_squared();
        Ok(Outcome {
            report: json!({
                "minimum_norm_squared": square,
                "equilibria": reached.report(),
                "weights": learned.iter().map(|l| json!({
                    "weight_decay": l.decay,
                    "start": l.start,
                    "distance_to_ridge": l.to_ridge,
                    "distance_to_minimum_norm": l.to_minimum,
                    "singular_values_before": l.before,
                    "singular_values_after": l.after,
                })).collect::<Vec<_>>(),
                "generation": generated.iter().map(|g| json!({
                    "value_decay": g.decay,
                    "distances": g.distances,
                    "distances_formula": g.exact,
                    "unseen": g.unseen,
                })).collect::<Vec<_>>(),
            }),
            summary: vec![
                Block::Line(format!("minimum |M|² with M X = Y: {square:.9}")),
                Block::Table(weights.clone()),
                Block::Table(inputs.clone()),
                Block::Line(format!("equilibria of generation: {}", reached.words())),
            ],
            tables: vec![("weights".into(), weights), ("generation".into(), inputs)],
            figures: self.figures(&learned, &generated)?,
            ..Outcome::default()
        })
    }
}
