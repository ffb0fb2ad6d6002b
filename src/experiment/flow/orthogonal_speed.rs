//! Kind `orthogonal-speed`: where orthogonal weights learn faster, over rate and depth.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_spanned::Spanned;

use super::ntk_width::law_name;
use crate::analysis::Spread;
use crate::experiment::course::drawing;
use crate::experiment::ensemble::{curve, ensemble};
use crate::experiment::rules::{at_least, non_negative, positive, require};
use crate::experiment::{
    Block, Diagnostic, Experiment, Kind, LabelledImages, ModelFile, Outcome, Progress, RunError,
    Table,
};
use crate::figures::{Axis, ColourMap, HeatMap, Lines, Look};
use crate::networks::Activation;
use crate::networks::deep::{Architecture, DeepNetwork, Initialisation};
use crate::training::flow::{Descent, FlowError, GradientFlow, Loss, Schedule, descend};

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "orthogonal-speed",
    summary: "how much faster orthogonal networks learn than Gaussian ones, over rate and depth",
    read: |model| Ok(read(model)?),
    show: None,
};

const LAWS: [Initialisation; 2] = [Initialisation::Gaussian, Initialisation::Orthogonal];
const CLASSES: usize = 10;
/// Losses kept of every run.
const POINTS: usize = 60;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    data: DataSettings,
    network: NetworkSettings,
    training: TrainingSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataSettings {
    /// Digits of 8 x 8 pixels, levels 0 to 1.
    examples: Spanned<usize>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkSettings {
    activation: Activation,
    sigma_w: Spanned<f64>,
    sigma_b: Spanned<f64>,
    width: Spanned<usize>,
    /// Numbers of hidden layers.
    depths: Spanned<Vec<Spanned<usize>>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrainingSettings {
    /// Rates of gradient descent on `1/2 sum |f - y|^2`.
    rates: Spanned<Vec<Spanned<f64>>>,
    steps: Spanned<usize>,
    /// Networks of every rate, depth and law.
    networks: Spanned<usize>,
}

struct OrthogonalSpeed {
    settings: Settings,
    inputs: DMatrix<f64>,
    targets: DMatrix<f64>,
    seed: u64,
}

/// Losses per example along one run; `None` once it has diverged.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Run {
    losses: Option<Vec<f64>>,
}

#[derive(Debug, Clone, Copy)]
struct Job {
    depth: usize,
    rate: f64,
    law: usize,
    index: usize,
}

/// Both laws at one rate and depth.
struct Point {
    depth: usize,
    rate: f64,
    /// Curves of the networks of each law that did not diverge.
    curves: [Vec<Vec<f64>>; 2],
    diverged: [usize; 2],
}

impl Point {
    /// Losses at the end.
    fn ends(&self, law: usize) -> Vec<f64> {
        let curves = self.curves[law].iter();
        curves.filter_map(|curve| curve.last().copied()).collect()
    }

    /// Logarithm to base 2 of the ratio of the geometric means, Gaussian over orthogonal, and its
    /// standard error.
    fn gain(&self) -> Option<(f64, f64)> {
        let spreads = [0, 1].map(|law| {
            let logs: Vec<f64> = self.ends(law).iter().map(|loss| loss.log2()).collect();
            Spread::of(&logs)
        });
        let gain = spreads[0].mean - spreads[1].mean;
        let error = spreads[0].error.hypot(spreads[1].error);
        (gain.is_finite() && self.diverged == [0, 0]).then_some((gain, error))
    }
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let (data, network, training) = (&settings.data, &settings.network, &settings.training);
    at_least("examples", &data.examples, 1)?;
    positive("sigma_w", &network.sigma_w)?;
    non_negative("sigma_b", &network.sigma_b)?;
    at_least("width", &network.width, 1)?;
    for depth in network.depths.get_ref() {
        at_least("depths", depth, 1)?;
    }
    positive("rates", training.rates.get_ref())?;
    at_least("steps", &training.steps, 2)?;
    at_least("networks", &training.networks, 2)?;
    for (name, place, empty) in [
        (
            "depths",
            network.depths.span(),
            network.depths.get_ref().is_empty(),
        ),
        (
            "rates",
            training.rates.span(),
            training.rates.get_ref().is_empty(),
        ),
    ] {
        let message = format!("`{name}` is empty");
        require(
            &place,
            !empty,
            message,
            "nothing to do",
            "give at least one number",
        )?;
    }
    let digits = LabelledImages::digits()
        .map_err(|error| Diagnostic::new(error.to_string()).at(data.examples.span()))?;
    let examples = *data.examples.get_ref();
    require(
        &data.examples,
        examples <= digits.len(),
        format!("{examples} of {} digits", digits.len()),
        "more than there are",
        format!("give `examples` a value up to {}", digits.len()),
    )?;
    let digits = digits.range(0, examples);
    let targets = DMatrix::from_fn(examples, CLASSES, |i, class| {
        f64::from(u8::from(digits.labels[i] == class))
    });
    Ok(Box::new(OrthogonalSpeed {
        inputs: digits.images.transpose(),
        targets,
        seed: model.seed()?,
        settings,
    }))
}

impl OrthogonalSpeed {
    fn train(&self, job: Job) -> Result<Run, FlowError> {
        let network = &self.settings.network;
        let widths = vec![*network.width.get_ref(); job.depth];
        let network = DeepNetwork::new(Architecture {
            activation: network.activation,
            sigma_w: *network.sigma_w.get_ref(),
            sigma_b: *network.sigma_b.get_ref(),
            ..Architecture::fully_connected(self.inputs.ncols(), &widths, CLASSES)
        })?;
        let seed = self.seed.wrapping_add(job.index as u64);
        let mut parameters = network.initial(LAWS[job.law], seed)?;
        let flow = GradientFlow::new(&network, &self.inputs, &self.targets, Loss::Squared)?;
        let schedule = Schedule::steps(*self.settings.training.steps.get_ref());
        let rule = Descent::Plain { rate: job.rate };
        match descend(&flow, &mut parameters, rule, schedule, |_| Ok(())) {
            Ok(losses) => {
                let examples = self.inputs.nrows() as f64;
                let kept = self.kept().into_iter().map(|step| losses[step] / examples);
                Ok(Run {
                    losses: Some(kept.collect()),
                })
            }
            Err(FlowError::Diverges { .. }) => Ok(Run { losses: None }),
            Err(error) => Err(error),
        }
    }

    /// Steps whose loss is kept, the last among them.
    fn kept(&self) -> Vec<usize> {
        let last = *self.settings.training.steps.get_ref() - 1;
        let count = POINTS.min(last);
        (0..=count).map(|i| i * last / count).collect()
    }

    fn subtitle(&self) -> String {
        let (network, training) = (&self.settings.network, &self.settings.training);
        let activation = format!("{:?}", network.activation).to_lowercase();
        format!(
            "{} digits, {activation}, width {}, σ_w² = {:.3}; {} steps; {} networks of each law",
            self.inputs.nrows(),
            network.width,
            network.sigma_w.get_ref().powi(2),
            training.steps,
            training.networks,
        )
    }

    fn map(&self, points: &[Point], depths: &[usize], rates: &[f64]) -> HeatMap {
        let value = |i: usize, j: usize| points[i * rates.len() + j].gain();
        let gains = DMatrix::from_fn(depths.len(), rates.len(), |i, j| {
            value(i, j).map_or(0.0, |(gain, _)| gain)
        });
        let diverged = points.iter().any(|point| point.gain().is_none());
        HeatMap {
            title: "Where orthogonal weights learn faster".into(),
            subtitle: if diverged {
                format!("{}; white where runs diverge", self.subtitle())
            } else {
                self.subtitle()
            },
            column_axis: "rate of gradient descent".into(),
            row_axis: "hidden layers".into(),
            value_axis: "log2 of loss, Gaussian / orthogonal".into(),
            values: gains,
            column_labels: rates.iter().map(|rate| format!("{rate:e}")).collect(),
            row_labels: depths.iter().map(ToString::to_string).collect(),
            range: None,
            colours: ColourMap::Diverging,
        }
    }

    fn losses(&self, point: &Point) -> Option<Lines> {
        let steps: Vec<f64> = self.kept().iter().map(|step| *step as f64).collect();
        let series = (0..2).filter_map(|law| {
            let curves = &point.curves[law];
            let values: Vec<Vec<f64>> = (0..steps.len())
                .map(|step| curves.iter().map(|curve| curve[step]).collect())
                .collect();
            let mut series = curve(law_name(LAWS[law]), &steps, &values);
            series.look = Look::Line;
            (!curves.is_empty()).then_some(series)
        });
        let series: Vec<_> = series.collect();
        (!series.is_empty()).then(|| Lines {
            title: format!("{} hidden layers at the rate {:e}", point.depth, point.rate),
            subtitle: format!("{}; bars: standard errors", self.subtitle()),
            x: Axis::linear("step"),
            y: Axis::logarithmic("loss per example"),
            series,
            ..Lines::default()
        })
    }
}

impl Experiment for OrthogonalSpeed {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let list = |values: Vec<String>| values.join(", ");
        let (network, training) = (&self.settings.network, &self.settings.training);
        let depths = network.depths.get_ref().iter().map(ToString::to_string);
        let rates = training.rates.get_ref().iter().map(ToString::to_string);
        vec![
            pair("digits", self.inputs.nrows().to_string()),
            pair("hidden layers", list(depths.collect())),
            pair("rates", list(rates.collect())),
            pair("networks", format!("{} of every kind", training.networks)),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let depths = self.settings.network.depths.get_ref().iter();
        let mut depths: Vec<usize> = depths.map(|depth| *depth.get_ref()).collect();
        depths.sort_unstable();
        let rates = self.settings.training.rates.get_ref().iter();
        let mut rates: Vec<f64> = rates.map(|rate| *rate.get_ref()).collect();
        rates.sort_by(f64::total_cmp);
        let networks = *self.settings.training.networks.get_ref();
        let mut jobs = Vec::new();
        for depth in depths.iter().copied() {
            for rate in rates.iter().copied() {
                for law in 0..LAWS.len() {
                    jobs.extend((0..networks).map(|index| Job {
                        depth,
                        rate,
                        law,
                        index,
                    }));
                }
            }
        }
        let names: Vec<String> = jobs
            .iter()
            .map(|j| {
                format!(
                    "speed-{}-{}-{:e}-{}",
                    law_name(LAWS[j.law]),
                    j.depth,
                    j.rate,
                    j.index
                )
            })
            .collect();
        progress.begin("training", jobs.len() as u64);
        let runs = ensemble(progress, &names, |job| {
            self.train(jobs[job]).map_err(RunError::numerical)
        })?;

        let points: Vec<Point> = runs
            .chunks(LAWS.len() * networks)
            .zip(jobs.chunks(LAWS.len() * networks))
            .map(|(runs, jobs)| {
                let law = |law: usize| {
                    let mine = runs[law * networks..(law + 1) * networks].iter();
                    mine.filter_map(|run| run.losses.clone())
                        .collect::<Vec<_>>()
                };
                let curves = [law(0), law(1)];
                Point {
                    depth: jobs[0].depth,
                    rate: jobs[0].rate,
                    diverged: [networks - curves[0].len(), networks - curves[1].len()],
                    curves,
                }
            })
            .collect();
        let mut table = Table::new([
            "depth",
            "rate",
            "gaussian",
            "gaussian_error",
            "orthogonal",
            "orthogonal_error",
            "log2_gain",
            "gain_error",
            "diverged",
        ]);
        let mut report = Vec::new();
        for point in &points {
            let spreads = [0, 1].map(|law| {
                let ends = point.ends(law);
                (ends.len() > 1).then(|| Spread::of(&ends))
            });
            let gain = point.gain();
            table.push([
                point.depth.into(),
                point.rate.into(),
                spreads[0].map(|s| s.mean).into(),
                spreads[0].map(|s| s.error).into(),
                spreads[1].map(|s| s.mean).into(),
                spreads[1].map(|s| s.error).into(),
                gain.map(|g| g.0).into(),
                gain.map(|g| g.1).into(),
                (point.diverged[0] + point.diverged[1]).into(),
            ]);
            report.push(json!({
                "depth": point.depth,
                "rate": point.rate,
                "gaussian": point.ends(0),
                "orthogonal": point.ends(1),
                "log2_gain": gain.map(|g| g.0),
                "log2_gain_error": gain.map(|g| g.1),
                "diverged": { "gaussian": point.diverged[0], "orthogonal": point.diverged[1] },
            }));
        }
        let mut figures = vec![drawing("map", self.map(&points, &depths, &rates))];
        // The deepest networks at the fastest rate that they survive, and at the slowest.
        let deepest = &points[points.len() - rates.len()..];
        let sound = deepest.iter().rfind(|point| point.gain().is_some());
        for (name, point) in [
            ("losses-fast", sound),
            (
                "losses-slow",
                deepest.first().filter(|point| point.gain().is_some()),
            ),
        ] {
            if let Some(figure) = point.and_then(|point| self.losses(point)) {
                figures.push(drawing(name, figure));
            }
        }
        Ok(Outcome {
            report: json!({ "points": report }),
            summary: vec![Block::Table(table.clone())],
            tables: vec![("speed".into(), table)],
            figures,
            ..Outcome::default()
        })
    }
}
