//! Kind `learning-flows`: predictive coding and backpropagation learn the same data side by side.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_spanned::Spanned;

use crate::analysis::Spread;
use crate::experiment::course::drawing;
use crate::experiment::ensemble::{curve, ensemble};
use crate::experiment::rules::{at_least, between, positive, require, unwritten};
use crate::experiment::{
    Block, Diagnostic, Experiment, Kind, LabelledImages, ModelFile, Outcome, Progress, RunError,
    Table,
};
use crate::figures::{Axis, Lines, Look};
use crate::networks::deep::{
    Architecture, DeepNetwork, DifferentiableModel, Initialisation, Parameterisation,
};
use crate::networks::predictive::{Dynamics, PredictiveNetwork, RelaxOptions, one_hot};
use crate::networks::{Activation, NetworkError};
use crate::solver::{Options, OrdinaryMethod, Save, solve_ordinary};
use crate::training::flow::{FlowMethod, GradientFlow, Loss, follow};
use crate::training::predictive::{LearningFlow, Rule};

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "learning-flows",
    summary: "gradient flow by predictive coding and by backpropagation on the same data",
    read: |model| Ok(read(model)?),
    show: None,
};

const CLASSES: usize = 10;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    data: DataSettings,
    network: NetworkSettings,
    flow: FlowSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataSettings {
    /// Digits of 8 x 8 pixels to learn.
    examples: Spanned<usize>,
    /// Digits behind them to be tested on.
    tests: Spanned<usize>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkSettings {
    /// Hidden layers, from the image on.
    hidden: Vec<Spanned<usize>>,
    /// Scale of the weights at the start.
    #[serde(default = "one")]
    sigma_w: Spanned<f64>,
    networks: Spanned<usize>,
}

fn one() -> Spanned<f64> {
    unwritten(1.0)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowSettings {
    t_end: Spanned<f64>,
    #[serde(default = "samples")]
    samples: Spanned<usize>,
    #[serde(default = "tolerance")]
    tolerance: Spanned<f64>,
}

fn samples() -> Spanned<usize> {
    unwritten(25)
}

fn tolerance() -> Spanned<f64> {
    unwritten(1e-4)
}

struct LearningFlows {
    settings: Settings,
    train: LabelledImages,
    test: LabelledImages,
    seed: u64,
}

/// Both flows of one network, from the same weights.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Run {
    /// Mean of `1/2 |f - y|^2` of the predicted classes: backpropagation, predictive coding.
    losses: [Vec<f64>; 2],
    /// Equilibrated energy along the flow of predictive coding.
    energy: Vec<f64>,
    /// Distance of the two lists of weights over that which backpropagation has gone.
    apart: Vec<f64>,
    /// Share of the tests that is classified right, at the end.
    right: [f64; 2],
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let (data, network, flow) = (&settings.data, &settings.network, &settings.flow);
    at_least("examples", &data.examples, 1)?;
    at_least("tests", &data.tests, 1)?;
    for width in &network.hidden {
        at_least("hidden", width, 1)?;
    }
    positive("sigma_w", &network.sigma_w)?;
    at_least("networks", &network.networks, 1)?;
    positive("t_end", &flow.t_end)?;
    at_least("samples", &flow.samples, 2)?;
    between("tolerance", &flow.tolerance, 1e-8, 1e-1)?;
    let digits = LabelledImages::digits()
        .map_err(|error| Diagnostic::new(error.to_string()).at(data.examples.span()))?;
    let (examples, tests) = (*data.examples.get_ref(), *data.tests.get_ref());
    require(
        &data.examples,
        examples + tests <= digits.len(),
        format!("{examples} + {tests} of {} digits", digits.len()),
        "more than there are",
        format!("keep `examples` + `tests` below {}", digits.len() + 1),
    )?;
    Ok(Box::new(LearningFlows {
        train: digits.range(0, examples),
        test: digits.range(examples, examples + tests),
        seed: model.seed()?,
        settings,
    }))
}

/// The predictive-coding network that computes the same classes as a deep network without biases.
fn predictive(deep: &DeepNetwork, parameters: &[f64]) -> Result<PredictiveNetwork, NetworkError> {
    let layers = deep.layers().iter().rev();
    let matrices = layers.map(|layer| layer.weight_matrix(parameters).into_owned());
    let matrices: Vec<DMatrix<f64>> = matrices.collect();
    let mut activations = vec![Activation::Tanh; matrices.len()];
    if let Some(image) = activations.last_mut() {
        *image = Activation::Identity;
    }
    PredictiveNetwork::from_matrices(matrices, activations)
}

impl LearningFlows {
    fn times(&self) -> Vec<f64> {
        let (end, count) = (
            *self.settings.flow.t_end.get_ref(),
            *self.settings.flow.samples.get_ref(),
        );
        (1..=count).map(|i| end * i as f64 / count as f64).collect()
    }

    fn learn(&self, index: usize) -> Result<Run, RunError> {
        let numerical = |error: NetworkError| RunError::numerical(error);
        let hidden: Vec<usize> = self
            .settings
            .network
            .hidden
            .iter()
            .map(|n| *n.get_ref())
            .collect();
        let pixels = self.train.images.nrows();
        let deep = DeepNetwork::new(Architecture {
            parameterisation: Parameterisation::Standard,
            sigma_w: *self.settings.network.sigma_w.get_ref(),
            ..Architecture::fully_connected(pixels, &hidden, CLASSES)
        })
        .map_err(numerical)?;
        let seed = self.seed.wrapping_add(index as u64);
        let start = deep
            .initial(Initialisation::Gaussian, seed)
            .map_err(numerical)?;
        let examples = self.train.len() as f64;
        let class = one_hot(&self.train.labels, CLASSES).map_err(numerical)?;
        let (inputs, targets) = (self.train.images.transpose(), class.transpose());
        let times = self.times();
        let end = times.last().copied().unwrap_or(0.0);
        let tolerance = *self.settings.flow.tolerance.get_ref();
        let options = Options {
            absolute_tolerance: 1e-2 * tolerance,
            ..Options::with_tolerance(tolerance)
        };

        // The energy is a mean over the batch, the loss of a gradient flow a sum: its time runs as
        // many times slower as there are examples.
        let back = GradientFlow::new(&deep, &inputs, &targets, Loss::Squared)
            .map_err(RunError::numerical)?;
        let save = Save::At(times.iter().map(|time| time / examples).collect());
        let method = FlowMethod::Dopri5;
        let back = follow(&back, &start, end / examples, method, &options, &save)
            .map_err(RunError::numerical)?;

        let relax = RelaxOptions {
            tolerance: 1e-2 * tolerance,
            ..RelaxOptions::default()
        };
        let coding = LearningFlow::new(
            predictive(&deep, &start).map_err(numerical)?,
            Rule::Equilibrium(relax),
            Dynamics::default(),
            &self.train.images,
            &class,
        )
        .map_err(numerical)?;
        let method = OrdinaryMethod::Dopri5;
        let save = Save::At(times.clone());
        let coded = solve_ordinary(&coding, &start, (0.0, end), method, &options, &save)?;

        let mut run = Run {
            losses: [Vec::new(), Vec::new()],
            energy: Vec::new(),
            apart: Vec::new(),
            right: [0.0; 2],
        };
        let distance = |a: &[f64], b: &[f64]| {
            let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
            squares.sum::<f64>().sqrt()
        };
        for index in 0..times.len() {
            let states = [back.state(index), coded.state(index)];
            for (losses, state) in run.losses.iter_mut().zip(states) {
                let outputs = deep.outputs(state, &inputs).map_err(numerical)?;
                losses.push(Loss::Squared.value(&outputs, &targets) / examples);
            }
            run.energy
                .push(coding.outcome(states[1]).map_err(numerical)?.energy);
            let gone = distance(states[0], &start).max(f64::MIN_POSITIVE);
            run.apart.push(distance(states[0], states[1]) / gone);
        }
        let tests = self.test.images.transpose();
        for (right, state) in run.right.iter_mut().zip([back.last(), coded.last()]) {
            let outputs = deep.outputs(state, &tests).map_err(numerical)?;
            let rows = outputs.row_iter().zip(&self.test.labels);
            let hits = rows
                .filter(|(row, label)| row.transpose().imax() == **label)
                .count();
            *right = hits as f64 / tests.nrows() as f64;
        }
        Ok(run)
    }
}

impl Experiment for LearningFlows {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let hidden = self.settings.network.hidden.iter().map(ToString::to_string);
        vec![
            pair(
                "digits",
                format!("{} and {} tests", self.train.len(), self.test.len()),
            ),
            pair("hidden layers", hidden.collect::<Vec<_>>().join(", ")),
            pair("time", format!("0 to {}", self.settings.flow.t_end)),
            pair("networks", self.settings.network.networks.to_string()),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let networks = *self.settings.network.networks.get_ref();
        let names: Vec<String> = (0..networks)
            .map(|index| format!("flows-{index}"))
            .collect();
        progress.begin("flows", networks as u64);
        let runs = ensemble(progress, &names, |index| self.learn(index))?;
        let times = self.times();
        // values[time][network]
        let select = |get: &dyn Fn(&Run) -> &Vec<f64>| -> Vec<Vec<f64>> {
            let at = |time: usize| runs.iter().map(|run| get(run)[time]).collect();
            (0..times.len()).map(at).collect()
        };
        let courses = [
            ("backpropagation: loss", select(&|run| &run.losses[0])),
            ("predictive coding: loss", select(&|run| &run.losses[1])),
            ("predictive coding: energy", select(&|run| &run.energy)),
            ("distance of the weights", select(&|run| &run.apart)),
        ];
        let names = courses.iter().map(|(name, _)| *name);
        let mut table = Table::new(std::iter::once("t").chain(names));
        for (index, time) in times.iter().enumerate() {
            let means = courses
                .iter()
                .map(|(_, values)| Spread::of(&values[index]).mean);
            table.push(std::iter::once(*time).chain(means).map(Into::into));
        }
        let right = [0, 1].map(|which| {
            let all: Vec<f64> = runs.iter().map(|run| run.right[which]).collect();
            Spread::of(&all)
        });
        let lines = |title: &str, y: Axis, chosen: &[usize]| Lines {
            title: title.into(),
            subtitle: format!(
                "{} digits, tanh, hidden layers {:?}; {networks} networks; bars: standard errors",
                self.train.len(),
                self.settings
                    .network
                    .hidden
                    .iter()
                    .map(|n| *n.get_ref())
                    .collect::<Vec<_>>(),
            ),
            x: Axis::linear("time t of learning"),
            y,
            series: chosen
                .iter()
                .map(|index| {
                    let (name, values) = &courses[*index];
                    let mut series = curve(*name, &times, values);
                    series.look = Look::Line;
                    series
                })
                .collect(),
            ..Lines::default()
        };
        let figures = vec![
            drawing(
                "losses",
                lines(
                    "Predictive coding and backpropagation learn side by side",
                    Axis::logarithmic("mean over the digits"),
                    &[0, 1, 2],
                ),
            ),
            drawing(
                "weights",
                lines(
                    "How far the two flows part",
                    Axis::linear("|θ(coding) − θ(backprop)| / |θ(backprop) − θ(0)|"),
                    &[3],
                ),
            ),
        ];
        let line = format!(
            "right on the tests: backpropagation {:.1} %, predictive coding {:.1} %",
            100.0 * right[0].mean,
            100.0 * right[1].mean
        );
        let report = json!({
            "times": times,
            "right": { "backpropagation": right[0].mean, "predictive_coding": right[1].mean },
            "courses": courses.iter().map(|(name, values)| json!({
                "quantity": name, "values": values,
            })).collect::<Vec<_>>(),
        });
        Ok(Outcome {
            report,
            summary: vec![Block::Line(line), Block::Table(table.clone())],
            tables: vec![("courses".into(), table)],
            figures,
            ..Outcome::default()
        })
    }
}
