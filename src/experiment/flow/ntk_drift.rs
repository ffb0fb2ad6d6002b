//! Kind `ntk-drift`: how far kernels and weights move in training, by width.

use nalgebra::DMatrix;
use rand::RngExt;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_spanned::Spanned;

use super::ntk_width::law_name;
use super::old_points::{PointSettings, Points};
use crate::analysis::{Spread, relative_distance};
use crate::experiment::course::drawing;
use crate::experiment::ensemble::{ensemble, power, power_series};
use crate::experiment::rules::{at_least, non_negative, positive, require, unwritten};
use crate::experiment::{
    Block, Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError, Table,
};
use crate::figures::{Axis, Lines, Look, Series};
use crate::networks::Activation;
use crate::networks::deep::{Architecture, DeepNetwork, DifferentiableModel, Initialisation};
use crate::numerics::random::stream;
use crate::training::flow::{
    Descent, FlowError, GradientFlow, Linearised, Loss, Schedule, descend,
};

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "ntk-drift",
    summary: "how far tangent kernels and weights move in training, by width and law",
    read: |model| Ok(read(model)?),
    show: None,
};

/// Kernels recorded along a run.
const RECORDS: usize = 20;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    data: PointSettings,
    network: NetworkSettings,
    training: TrainingSettings,
    study: StudySettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkSettings {
    activation: Activation,
    sigma_w: Spanned<f64>,
    #[serde(default = "zero")]
    sigma_b: Spanned<f64>,
    /// Hidden layers.
    depth: Spanned<usize>,
    widths: Spanned<Vec<Spanned<usize>>>,
}

fn zero() -> Spanned<f64> {
    unwritten(0.0)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrainingSettings {
    /// Rate of gradient descent in units of `1 / lambda_max` of the first kernel.
    rate: Spanned<f64>,
    steps: Spanned<usize>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StudySettings {
    laws: Vec<Spanned<Initialisation>>,
    /// Networks of every width and law.
    networks: Spanned<usize>,
}

struct NtkDrift {
    settings: Settings,
    points: Points,
    targets: DMatrix<f64>,
    seed: u64,
}

/// What one training run came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Run {
    /// Relative distance of the kernel from the first one along the run.
    path: Vec<(usize, f64)>,
    /// The same at the end.
    drift: f64,
    /// `|W(end) - W(0)| / |W(0)|` of every layer.
    moves: Vec<f64>,
    /// Largest distance of the outputs from those of the linearised network along the run, over
    /// `|f_0 - y|`.
    nonlinear: f64,
    /// Loss at the end over that of the start.
    loss: f64,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let seed = model.seed()?;
    let NetworkSettings {
        sigma_w,
        sigma_b,
        depth,
        widths,
        ..
    } = &settings.network;
    positive("sigma_w", sigma_w)?;
    non_negative("sigma_b", sigma_b)?;
    at_least("depth", depth, 1)?;
    for width in widths.get_ref() {
        at_least("widths", width, 1)?;
    }
    require(
        widths,
        widths.get_ref().len() > 1,
        "a drift by width needs two widths",
        "too few",
        "give `widths` at least two numbers",
    )?;
    positive("rate", &settings.training.rate)?;
    at_least("steps", &settings.training.steps, 1)?;
    at_least("networks", &settings.study.networks, 2)?;
    let points = settings.data.read(seed)?;
    let mut random = stream(seed, "targets", 0);
    let targets = DMatrix::from_fn(points.inputs.nrows(), 1, |_, _| {
        if random.random::<bool>() { 1.0 } else { -1.0 }
    });
    let place = settings.network.widths.span();
    let study = NtkDrift {
        settings,
        points,
        targets,
        seed,
    };
    study
        .architecture(1)
        .check()
        .map_err(|error| Diagnostic::new(error.to_string()).at(place))?;
    Ok(Box::new(study))
}

impl NtkDrift {
    fn widths(&self) -> Vec<usize> {
        let widths = self.settings.network.widths.get_ref().iter();
        widths.map(|width| *width.get_ref()).collect()
    }

    fn laws(&self) -> Vec<Initialisation> {
        let laws = self.settings.study.laws.iter();
        laws.map(|law| *law.get_ref()).collect()
    }

    fn architecture(&self, width: usize) -> Architecture {
        let network = &self.settings.network;
        let widths = vec![width; *network.depth.get_ref()];
        Architecture {
            activation: network.activation,
            sigma_w: *network.sigma_w.get_ref(),
            sigma_b: *network.sigma_b.get_ref(),
            ..Architecture::fully_connected(self.points.inputs.ncols(), &widths, 1)
        }
    }

    fn train(&self, law: Initialisation, width: usize, index: usize) -> Result<Run, FlowError> {
        let network = DeepNetwork::new(self.architecture(width))?;
        let start = network.initial(law, self.seed.wrapping_add(index as u64))?;
        let inputs = &self.points.inputs;
        let flow = GradientFlow::new(&network, inputs, &self.targets, Loss::Squared)?;
        let before = network.outputs(&start, inputs)?;
        let kernel = flow.kernel(&start)?;
        let linear = Linearised::new(&kernel, &before, &self.targets)?;
        let rate = self.settings.training.rate.get_ref() / linear.rates().max();
        let steps = *self.settings.training.steps.get_ref();
        let schedule = Schedule {
            steps,
            kernel_every: Some((steps / RECORDS).max(1)),
        };
        let (mut path, mut nonlinear) = (Vec::new(), 0.0_f64);
        let mut parameters = start.clone();
        let losses = descend(
            &flow,
            &mut parameters,
            Descent::Plain { rate },
            schedule,
            |glance| {
                if let Some(now) = glance.kernel {
                    path.push((glance.step, relative_distance(now, &kernel)));
                    let count = u32::try_from(glance.step).unwrap_or(u32::MAX);
                    let outputs = network.outputs(glance.parameters, inputs)?;
                    let away = (outputs - linear.descended(rate, count)?).norm();
                    nonlinear = nonlinear.max(away / (&before - &self.targets).norm());
                }
                Ok(())
            },
        )?;
        let after = network.outputs(&parameters, inputs)?;
        let drift = relative_distance(&flow.kernel(&parameters)?, &kernel);
        path.push((steps, drift));
        let moves = network.layers().iter().map(|layer| {
            let (old, new) = (
                layer.weight_matrix(&start),
                layer.weight_matrix(&parameters),
            );
            (new - old).norm() / old.norm()
        });
        let loss = Loss::Squared.value(&after, &self.targets);
        Ok(Run {
            path,
            drift,
            moves: moves.collect(),
            nonlinear,
            loss: loss / losses.first().copied().unwrap_or(loss),
        })
    }

    fn subtitle(&self) -> String {
        let (network, training) = (&self.settings.network, &self.settings.training);
        let activation = format!("{:?}", network.activation).to_lowercase();
        format!(
            "{activation}, L = {}; {}; {} steps at {}/λ_max; {} networks a point",
            network.depth,
            self.points.name,
            training.steps,
            training.rate,
            self.settings.study.networks,
        )
    }
}

/// A number of a run.
type Quantity = Box<dyn Fn(&Run) -> f64>;

/// Name of a layer of weights.
fn layer_name(layer: usize, layers: usize) -> String {
    if layer + 1 == layers {
        "read-out".into()
    } else {
        format!("layer {}", layer + 1)
    }
}

impl Experiment for NtkDrift {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair("inputs", self.points.name.clone()),
            pair("widths", format!("{:?}", self.widths())),
            pair("steps", self.settings.training.steps.to_string()),
            pair(
                "networks",
                format!("{} of every width and law", self.settings.study.networks),
            ),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let (laws, widths) = (self.laws(), self.widths());
        let networks = *self.settings.study.networks.get_ref();
        let mut jobs = Vec::new();
        // The widest first, so that no thread is left with one at the end.
        for width in widths.iter().rev() {
            for law in &laws {
                jobs.extend((0..networks).map(|index| (*law, *width, index)));
            }
        }
        let names: Vec<String> = jobs
            .iter()
            .map(|(law, width, index)| format!("drift-{}-{width}-{index}", law_name(*law)))
            .collect();
        progress.begin("training", jobs.len() as u64);
        let runs = ensemble(progress, &names, |job| {
            let (law, width, index) = jobs[job];
            self.train(law, width, index).map_err(RunError::numerical)
        })?;
        // values[width][network] of one law
        let select = |law: Initialisation, get: &dyn Fn(&Run) -> f64| -> Vec<Vec<f64>> {
            let of = |width: &usize| {
                let all = jobs.iter().zip(&runs);
                let mine = all.filter(|(job, _)| job.0 == law && job.1 == *width);
                mine.map(|(_, run)| get(run)).collect()
            };
            widths.iter().map(of).collect()
        };

        let sizes: Vec<f64> = widths.iter().map(|n| *n as f64).collect();
        let layers = self.settings.network.depth.get_ref() + 1;
        let mut quantities: Vec<(String, Quantity)> = vec![
            ("kernel drift".into(), Box::new(|run| run.drift)),
            (
                "distance from linearised".into(),
                Box::new(|run| run.nonlinear),
            ),
        ];
        for layer in 0..layers {
            let name = format!("weights, {}", layer_name(layer, layers));
            quantities.push((name, Box::new(move |run| run.moves[layer])));
        }
        let mut table = Table::new(["law", "width", "quantity", "mean", "error"]);
        let mut slopes = Table::new(["law", "quantity", "slope", "error"]);
        let mut report = Vec::new();
        for law in &laws {
            for (name, get) in &quantities {
                let values = select(*law, get);
                for (width, values) in widths.iter().zip(&values) {
                    let spread = Spread::of(values);
                    table.push([
                        law_name(*law).into(),
                        (*width).into(),
                        name.as_str().into(),
                        spread.mean.into(),
                        spread.error.into(),
                    ]);
                }
                let fit = power(&sizes, &values);
                slopes.push([
                    law_name(*law).into(),
                    name.as_str().into(),
                    fit.map(|fit| fit.exponent).into(),
                    fit.map(|fit| fit.error).into(),
                ]);
                report.push(json!({
                    "law": law, "quantity": name, "widths": widths, "values": values, "power": fit,
                }));
            }
        }

        let subtitle = format!("{}; bars: standard errors", self.subtitle());
        let by_width = |title: &str, y: &str, series: Vec<Series>| Lines {
            title: title.into(),
            subtitle: subtitle.clone(),
            x: Axis::logarithmic("width n"),
            y: Axis::logarithmic(y),
            series,
            ..Lines::default()
        };
        let drifts = laws
            .iter()
            .map(|law| power_series(law_name(*law), &sizes, &select(*law, &|run| run.drift)));
        let drift = by_width(
            "Kernels move less in wider networks",
            "drift of the kernel, |Θ(end) − Θ(0)| / |Θ(0)|",
            drifts.collect(),
        );
        let moves = (0..layers).map(|layer| {
            let values = select(laws[0], &|run| run.moves[layer]);
            power_series(&layer_name(layer, layers), &sizes, &values)
        });
        let weights = by_width(
            &format!("How far weights move ({} start)", law_name(laws[0])),
            "|W(end) − W(0)| / |W(0)|",
            moves.collect(),
        );
        let paths = laws.iter().flat_map(|law| {
            [widths.first(), widths.last()]
                .into_iter()
                .flatten()
                .filter_map(|width| {
                    let job = jobs
                        .iter()
                        .position(|job| job.0 == *law && job.1 == *width)?;
                    let points = runs[job].path.iter().skip(1).map(|(s, d)| (*s as f64, *d));
                    let label = format!("{}, n = {width}", law_name(*law));
                    Some(Series::new(label, points.collect(), Look::LineAndMarkers))
                })
        });
        let path = Lines {
            title: "Kernels along the training".into(),
            subtitle: self.subtitle(),
            x: Axis::linear("step"),
            y: Axis::logarithmic("|Θ − Θ(0)| / |Θ(0)|"),
            series: paths.collect(),
            ..Lines::default()
        };
        let worst = runs.iter().map(|run| run.loss).fold(0.0, f64::max);
        let line = format!(
            "{} runs; the loss ended at {worst:.1e} of its start, or below",
            runs.len()
        );
        Ok(Outcome {
            report: json!({ "quantities": report }),
            summary: vec![Block::Line(line), Block::Table(slopes.clone())],
            tables: vec![("drift".into(), table), ("slopes".into(), slopes)],
            figures: vec![
                drawing("drift", drift),
                drawing("weights", weights),
                drawing("path", path),
            ],
            ..Outcome::default()
        })
    }
}
