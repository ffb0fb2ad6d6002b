//! Kind `edge-of-stability`: gradient descent drives the sharpness to `2 / rate`, the flow does not.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_spanned::Spanned;

use super::points::PointSettings;
use crate::experiment::course::drawing;
use crate::experiment::ensemble::ensemble;
use crate::experiment::rules::{at_least, between, non_negative, positive, require, unwritten};
use crate::experiment::{
    Block, Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError, Table,
};
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series};
use crate::networks::Activation;
use crate::networks::deep::{Architecture, DeepNetwork, Initialisation};
use crate::solver::{Options, Save};
use crate::training::flow::{
    Descent, FlowError, FlowMethod, GradientFlow, Loss, Reading, Schedule, descend, follow, read,
};

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "edge-of-stability",
    summary: "sharpness along gradient descent at several rates, beside that along the flow",
    read: prepare,
};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    data: DataSettings,
    network: NetworkSettings,
    descent: DescentSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataSettings {
    train: PointSettings,
    /// The targets are `sin(frequency x_1)` of the first number of an input.
    frequency: Spanned<f64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkSettings {
    activation: Activation,
    sigma_w: Spanned<f64>,
    #[serde(default = "zero")]
    sigma_b: Spanned<f64>,
    width: Spanned<usize>,
    depth: Spanned<usize>,
    #[serde(default)]
    law: Initialisation,
}

fn zero() -> Spanned<f64> {
    unwritten(0.0)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DescentSettings {
    /// Rates in units of `2 / sharpness` at the start: below 1 the start is stable.
    rates: Spanned<Vec<Spanned<f64>>>,
    /// Time of the flow, in units of `2 / sharpness` at the start.
    t_end: Spanned<f64>,
    /// Looks at every course.
    #[serde(default = "looks")]
    looks: Spanned<usize>,
    /// Of the flow.
    #[serde(default)]
    method: FlowMethod,
    #[serde(default = "tolerance")]
    tolerance: Spanned<f64>,
}

fn looks() -> Spanned<usize> {
    unwritten(60)
}

fn tolerance() -> Spanned<f64> {
    unwritten(1e-4)
}

struct Edge {
    settings: Settings,
    inputs: DMatrix<f64>,
    targets: DMatrix<f64>,
    seed: u64,
}

/// What is seen along one course: of the flow, or of descent at a rate.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Seen {
    /// Rate in the time of the flow; `None` for the flow itself.
    rate: Option<f64>,
    times: Vec<f64>,
    readings: Vec<Reading>,
}

fn prepare(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let seed = model.header()?.seed;
    let (network, descent) = (&settings.network, &settings.descent);
    positive("sigma_w", &network.sigma_w)?;
    non_negative("sigma_b", &network.sigma_b)?;
    at_least("width", &network.width, 1)?;
    at_least("depth", &network.depth, 1)?;
    positive("rates", descent.rates.get_ref())?;
    require(
        &descent.rates,
        !descent.rates.get_ref().is_empty(),
        "`rates` is empty",
        "nothing to do",
        "give at least one rate, as in [0.2, 0.5]",
    )?;
    positive("t_end", &descent.t_end)?;
    at_least("looks", &descent.looks, 2)?;
    between("tolerance", &descent.tolerance, 1e-10, 1e-1)?;
    let points = settings.data.train.read(seed)?;
    let frequency = *settings.data.frequency.get_ref();
    Ok(Box::new(Edge {
        targets: DMatrix::from_fn(points.inputs.nrows(), 1, |i, _| {
            (frequency * points.inputs[(i, 0)]).sin()
        }),
        inputs: points.inputs,
        settings,
        seed,
    }))
}

impl Edge {
    fn network(&self) -> Result<DeepNetwork, FlowError> {
        let network = &self.settings.network;
        let widths = vec![*network.width.get_ref(); *network.depth.get_ref()];
        Ok(DeepNetwork::new(Architecture {
            activation: network.activation,
            sigma_w: *network.sigma_w.get_ref(),
            sigma_b: *network.sigma_b.get_ref(),
            ..Architecture::fully_connected(self.inputs.ncols(), &widths, 1)
        })?)
    }

    /// Rates in units of `2 / sharpness` at the start, ascending.
    fn rates(&self) -> Vec<f64> {
        let rates = self.settings.descent.rates.get_ref().iter();
        let mut rates: Vec<f64> = rates.map(|rate| *rate.get_ref()).collect();
        rates.sort_by(f64::total_cmp);
        rates
    }

    /// Follows the flow (`None`) or descends at a rate, in units of `2 / sharpness` at the start.
    fn course(&self, rate: Option<f64>) -> Result<Seen, FlowError> {
        let network = self.network()?;
        let start = network.initial(self.settings.network.law, self.seed)?;
        let flow = GradientFlow::new(&network, &self.inputs, &self.targets, Loss::Squared)?;
        let settings = &self.settings.descent;
        let unit = 2.0 / read(&flow, &start)?.sharpness;
        let end = settings.t_end.get_ref() * unit;
        let looks = *settings.looks.get_ref();
        let mut seen = Seen {
            rate: rate.map(|rate| rate * unit),
            times: Vec::new(),
            readings: Vec::new(),
        };
        let Some(rate) = seen.rate else {
            let times: Vec<f64> = (0..=looks).map(|k| end * k as f64 / looks as f64).collect();
            let tolerance = *settings.tolerance.get_ref();
            let options = Options {
                absolute_tolerance: 1e-2 * tolerance,
                ..Options::with_tolerance(tolerance)
            };
            let save = Save::At(times.clone());
            let run = follow(&flow, &start, end, settings.method, &options, &save)?;
            for index in 0..times.len() {
                seen.readings.push(read(&flow, run.state(index))?);
            }
            seen.times = times;
            return Ok(seen);
        };
        let steps = (end / rate).ceil() as usize;
        let every = steps.div_ceil(looks);
        let mut parameters = start;
        let schedule = Schedule::steps(steps + 1);
        let rule = Descent::Plain { rate };
        descend(&flow, &mut parameters, rule, schedule, |glance| {
            if glance.step % every == 0 {
                seen.times.push(glance.step as f64 * rate);
                seen.readings.push(read(&flow, glance.parameters)?);
            }
            Ok(())
        })?;
        Ok(seen)
    }

    fn subtitle(&self) -> String {
        let network = &self.settings.network;
        let activation = format!("{:?}", network.activation).to_lowercase();
        format!(
            "{activation}, L = {}, width {}; {} points, squared loss",
            network.depth,
            network.width,
            self.inputs.nrows()
        )
    }

    fn figure(&self, title: &str, y: Axis, courses: &[Seen], get: fn(&Reading) -> f64) -> Lines {
        let series = courses.iter().map(|seen| {
            let points = seen.times.iter().zip(&seen.readings);
            let points = points.map(|(time, reading)| (*time, get(reading).max(1e-12)));
            Series::new(seen.name(), points.collect(), Look::Line)
        });
        Lines {
            title: title.into(),
            subtitle: self.subtitle(),
            x: Axis::linear("time of the flow t = rate × steps"),
            y,
            series: series.collect(),
            ..Lines::default()
        }
    }
}

impl Seen {
    fn name(&self) -> String {
        match self.rate {
            Some(rate) => format!("descent, η = {rate:.3}"),
            None => "gradient flow".to_owned(),
        }
    }

    /// Mean sharpness over the last quarter of the looks.
    fn late_sharpness(&self) -> f64 {
        let late = &self.readings[self.readings.len() * 3 / 4..];
        late.iter().map(|reading| reading.sharpness).sum::<f64>() / late.len() as f64
    }
}

impl Experiment for Edge {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair("points", self.inputs.nrows().to_string()),
            pair("rates", format!("{:?} of 2 / sharpness", self.rates())),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let rates = self.rates().into_iter().map(Some);
        let jobs: Vec<Option<f64>> = rates.chain([None]).collect();
        let names: Vec<String> = jobs
            .iter()
            .map(|rate| rate.map_or("flow".to_owned(), |rate| format!("descent-{rate:e}")))
            .collect();
        progress.begin("courses", jobs.len() as u64);
        let courses = ensemble(progress, &names, |job| {
            self.course(jobs[job]).map_err(RunError::numerical)
        })?;
        let mut table = Table::new([
            "course",
            "2 / rate",
            "sharpness at the start",
            "largest",
            "late",
            "top of the kernel at the end",
            "loss at the end",
        ]);
        for seen in &courses {
            let sharpness = seen.readings.iter().map(|reading| reading.sharpness);
            let last = seen.readings.last();
            table.push([
                seen.name().into(),
                seen.rate.map(|rate| 2.0 / rate).into(),
                seen.readings
                    .first()
                    .map(|reading| reading.sharpness)
                    .into(),
                sharpness.reduce(f64::max).into(),
                seen.late_sharpness().into(),
                last.map(|reading| reading.kernel_top).into(),
                last.map(|reading| reading.loss).into(),
            ]);
        }
        let title = "Descent holds the sharpness at 2/η, the flow lets it rise";
        let mut sharpness =
            self.figure(title, Axis::linear("sharpness"), &courses, |r| r.sharpness);
        let edges = courses.iter().filter_map(|seen| seen.rate);
        sharpness.references = edges
            .map(|rate| Reference {
                label: format!("2/{rate:.3}"),
                at: 2.0 / rate,
                direction: Direction::Horizontal,
            })
            .collect();
        let loss = self.figure(
            "Loss along the same courses",
            Axis::logarithmic("loss"),
            &courses,
            |r| r.loss,
        );
        let kernel = self.figure(
            "Top of the tangent kernel along the same courses",
            Axis::linear("λ_max(Θ)"),
            &courses,
            |r| r.kernel_top,
        );
        Ok(Outcome {
            report: json!({ "courses": courses }),
            summary: vec![Block::Table(table.clone())],
            tables: vec![("courses".into(), table)],
            figures: vec![
                drawing("sharpness", sharpness),
                drawing("loss", loss),
                drawing("kernel-top", kernel),
            ],
            ..Outcome::default()
        })
    }
}
