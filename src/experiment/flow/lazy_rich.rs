//! Kind `lazy-to-rich`: one network, scaled from frozen kernels to moving ones.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_spanned::Spanned;

use super::old_points::PointSettings;
use crate::analysis::{Spread, relative_distance};
use crate::experiment::course::drawing;
use crate::experiment::ensemble::{curve, ensemble};
use crate::experiment::rules::{at_least, non_negative, positive, require, unwritten};
use crate::experiment::{
    Block, Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError, Table,
};
use crate::figures::{Axis, Lines, Look, Series};
use crate::networks::Activation;
use crate::networks::deep::{Architecture, DeepNetwork, DifferentiableModel, Initialisation};
use crate::solver::{Options, Save};
use crate::training::flow::{
    Descent, FlowError, FlowMethod, GradientFlow, Linearised, Loss, ScaledModel, Schedule, descend,
    follow,
};

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "lazy-to-rich",
    summary: "a network scaled from lazy to rich learning: flow, linearised flow and descent",
    read: |model| Ok(read(model)?),
    show: None,
};

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
    /// Inputs to learn.
    train: PointSettings,
    /// Inputs to be tested on, from the same set, behind those to learn.
    tests: Spanned<usize>,
    /// The targets are `sin(frequency x_1) `of the first number of an input.
    #[serde(default = "frequency")]
    frequency: Spanned<f64>,
}

fn frequency() -> Spanned<f64> {
    unwritten(2.0)
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
    /// Networks, each at every scale.
    networks: Spanned<usize>,
}

fn zero() -> Spanned<f64> {
    unwritten(0.0)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowSettings {
    /// Scales `alpha` of the outputs about their start.
    scales: Spanned<Vec<Spanned<f64>>>,
    /// Time of the flow in units of `1 / lambda_max` of the scaled kernel at the start.
    t_end: Spanned<f64>,
    #[serde(default)]
    method: FlowMethod,
    #[serde(default = "tolerance")]
    tolerance: Spanned<f64>,
    /// Rate of the descent beside the flow, in units of `1 / lambda_max`.
    #[serde(default = "rate")]
    rate: Spanned<f64>,
}

fn tolerance() -> Spanned<f64> {
    unwritten(1e-4)
}

fn rate() -> Spanned<f64> {
    unwritten(0.5)
}

/// Times of the loss curves.
const SAMPLES: usize = 25;

struct LazyToRich {
    settings: Settings,
    inputs: DMatrix<f64>,
    targets: DMatrix<f64>,
    test_inputs: DMatrix<f64>,
    test_targets: DMatrix<f64>,
    seed: u64,
}

/// One network at one scale.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Run {
    /// Relative drift of the kernel.
    drift: f64,
    /// `|theta(end) - theta(0)| / |theta(0)|`.
    moved: f64,
    /// Largest distance of the outputs from the linearised ones over the saved times, over `|y|`.
    nonlinear: f64,
    /// Root of the mean squared error on the tests: of the flow and of the linearised flow.
    test: [f64; 2],
    /// Times in units of `1 / lambda_max`, and the losses of flow, linearised flow and descent
    /// over that of the start.
    times: Vec<f64>,
    losses: [Vec<f64>; 3],
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let seed = model.seed()?;
    let (network, flow) = (&settings.network, &settings.flow);
    positive("sigma_w", &network.sigma_w)?;
    non_negative("sigma_b", &network.sigma_b)?;
    at_least("width", &network.width, 1)?;
    at_least("depth", &network.depth, 1)?;
    at_least("networks", &network.networks, 1)?;
    at_least("tests", &settings.data.tests, 1)?;
    positive("scales", flow.scales.get_ref())?;
    require(
        &flow.scales,
        !flow.scales.get_ref().is_empty(),
        "`scales` is empty",
        "nothing to do",
        "give at least one scale, as in [0.1, 1, 10]",
    )?;
    positive("t_end", &flow.t_end)?;
    crate::experiment::rules::between("tolerance", &flow.tolerance, 1e-10, 1e-1)?;
    crate::experiment::rules::between("rate", &flow.rate, 1e-3, 1.9)?;
    let tests = *settings.data.tests.get_ref();
    let points = settings.data.train.with_more(tests).read(seed)?;
    let frequency = *settings.data.frequency.get_ref();
    let all = &points.inputs;
    let target = DMatrix::from_fn(all.nrows(), 1, |i, _| (frequency * all[(i, 0)]).sin());
    let train = all.nrows() - tests;
    Ok(Box::new(LazyToRich {
        inputs: all.rows(0, train).into_owned(),
        targets: target.rows(0, train).into_owned(),
        test_inputs: all.rows(train, tests).into_owned(),
        test_targets: target.rows(train, tests).into_owned(),
        settings,
        seed,
    }))
}

impl LazyToRich {
    fn scales(&self) -> Vec<f64> {
        let scales = self.settings.flow.scales.get_ref().iter();
        let mut scales: Vec<f64> = scales.map(|scale| *scale.get_ref()).collect();
        scales.sort_by(f64::total_cmp);
        scales
    }

    fn learn(&self, scale: f64, index: usize) -> Result<Run, FlowError> {
        let network = &self.settings.network;
        let widths = vec![*network.width.get_ref(); *network.depth.get_ref()];
        let deep = DeepNetwork::new(Architecture {
            activation: network.activation,
            sigma_w: *network.sigma_w.get_ref(),
            sigma_b: *network.sigma_b.get_ref(),
            ..Architecture::fully_connected(self.inputs.ncols(), &widths, 1)
        })?;
        let start = deep.initial(network.law, self.seed.wrapping_add(index as u64))?;
        let model = ScaledModel::new(&deep, &start, scale);
        let flow = GradientFlow::new(&model, &self.inputs, &self.targets, Loss::Squared)?;
        let kernel = flow.kernel(&start)?;
        let before = flow.outputs(&start)?;
        let linear = Linearised::new(&kernel, &before, &self.targets)?;
        let unit = 1.0 / linear.rates().max();
        let end = *self.settings.flow.t_end.get_ref();
        // Evenly in the logarithm from a tenth of the fastest time.
        let times: Vec<f64> = (0..SAMPLES)
            .map(|i| 0.1 * (10.0 * end).powf(i as f64 / (SAMPLES - 1) as f64))
            .map(|time| time.min(end))
            .collect();
        let tolerance = *self.settings.flow.tolerance.get_ref();
        let options = Options {
            absolute_tolerance: 1e-2 * tolerance,
            ..Options::with_tolerance(tolerance)
        };
        let save = Save::At(times.iter().map(|time| time * unit).collect());
        let method = self.settings.flow.method;
        let run = follow(&flow, &start, end * unit, method, &options, &save)?;

        let first = linear.loss(0.0);
        let mut losses = [Vec::new(), Vec::new(), Vec::new()];
        let mut nonlinear = 0.0_f64;
        for (index, time) in times.iter().enumerate() {
            let outputs = flow.outputs(run.state(index))?;
            losses[0].push(Loss::Squared.value(&outputs, &self.targets) / first);
            losses[1].push(linear.loss(time * unit) / first);
            let away = (outputs - linear.outputs(time * unit)).norm() / self.targets.norm();
            nonlinear = nonlinear.max(away);
        }
        let rate = *self.settings.flow.rate.get_ref();
        let mut parameters = start.clone();
        let steps = (end / rate) as usize + 1;
        let rule = Descent::Plain { rate: rate * unit };
        let descended = descend(&flow, &mut parameters, rule, Schedule::steps(steps), |_| {
            Ok(())
        })?;
        losses[2].extend(
            times
                .iter()
                .map(|time| descended[(time / rate) as usize] / first),
        );

        let last = run.last();
        let drift = relative_distance(&flow.kernel(last)?, &kernel);
        let norm = |x: &mut dyn Iterator<Item = f64>| x.map(|x| x * x).sum::<f64>().sqrt();
        let moved = norm(&mut last.iter().zip(&start).map(|(a, b)| a - b));
        let cross = model.ntk(&start, &self.test_inputs, Some(&self.inputs))?;
        let test_before = model.outputs(&start, &self.test_inputs)?;
        let coefficients = linear.coefficients(end * unit);
        let predicted = linear.predict(&cross, &test_before, &coefficients)?;
        let found = model.outputs(last, &self.test_inputs)?;
        let root = (self.test_targets.len() as f64).sqrt();
        let error = |outputs: &DMatrix<f64>| (outputs - &self.test_targets).norm() / root;
        Ok(Run {
            drift,
            moved: moved / norm(&mut start.iter().copied()),
            nonlinear,
            test: [error(&found), error(&predicted)],
            times,
            losses,
        })
    }

    fn subtitle(&self) -> String {
        let network = &self.settings.network;
        let activation = format!("{:?}", network.activation).to_lowercase();
        format!(
            "{activation}, L = {}, width {}; {} points; {} networks",
            network.depth,
            network.width,
            self.inputs.nrows(),
            network.networks
        )
    }

    /// Loss against time at one scale, of the first network.
    fn losses(&self, scale: f64, run: &Run) -> Lines {
        let names = ["flow", "linearised flow", "gradient descent"];
        let series = names.iter().zip(&run.losses).map(|(name, losses)| {
            let points = run
                .times
                .iter()
                .zip(losses)
                .map(|(t, l)| (*t, l.max(1e-12)));
            Series::new(*name, points.collect(), Look::Line)
        });
        Lines {
            title: format!("Loss along the flow, outputs scaled by {scale}"),
            subtitle: self.subtitle(),
            x: Axis::logarithmic("time, in units of 1/λ_max of the kernel at the start"),
            y: Axis::logarithmic("loss / loss at the start"),
            series: series.collect(),
            ..Lines::default()
        }
    }
}

impl Experiment for LazyToRich {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair("points", self.inputs.nrows().to_string()),
            pair("tests", self.test_inputs.nrows().to_string()),
            pair("scales", format!("{:?}", self.scales())),
            pair("networks", self.settings.network.networks.to_string()),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let scales = self.scales();
        let networks = *self.settings.network.networks.get_ref();
        let jobs: Vec<(f64, usize)> = scales
            .iter()
            .flat_map(|scale| (0..networks).map(|index| (*scale, index)))
            .collect();
        let names: Vec<String> = jobs
            .iter()
            .map(|(scale, index)| format!("lazy-{scale:e}-{index}"))
            .collect();
        progress.begin("flows", jobs.len() as u64);
        let runs = ensemble(progress, &names, |job| {
            let (scale, index) = jobs[job];
            self.learn(scale, index).map_err(RunError::numerical)
        })?;
        let select = |get: &dyn Fn(&Run) -> f64| -> Vec<Vec<f64>> {
            let groups = runs.chunks(networks);
            groups.map(|runs| runs.iter().map(get).collect()).collect()
        };
        let quantities: [(&str, Vec<Vec<f64>>); 5] = [
            ("kernel drift", select(&|run| run.drift)),
            ("weights moved", select(&|run| run.moved)),
            ("distance from linearised", select(&|run| run.nonlinear)),
            ("test error, flow", select(&|run| run.test[0])),
            ("test error, linearised", select(&|run| run.test[1])),
        ];
        let mut table = Table::new(["scale", "quantity", "mean", "error"]);
        for (name, values) in &quantities {
            for (scale, values) in scales.iter().zip(values) {
                let spread = Spread::of(values);
                table.push([
                    (*scale).into(),
                    (*name).into(),
                    spread.mean.into(),
                    Some(spread.error).filter(|error| error.is_finite()).into(),
                ]);
            }
        }
        let by_scale = |title: &str, y: &str, chosen: &[usize]| Lines {
            title: title.into(),
            subtitle: format!("{}; bars: standard errors", self.subtitle()),
            x: Axis::logarithmic("scale α of the outputs"),
            y: Axis::logarithmic(y),
            series: chosen
                .iter()
                .map(|index| curve(quantities[*index].0, &scales, &quantities[*index].1))
                .collect(),
            ..Lines::default()
        };
        let mut figures = vec![drawing(
            "regimes",
            by_scale("From rich to lazy learning", "relative change", &[0, 1, 2]),
        )];
        for (name, place) in [("loss-rich", 0), ("loss-lazy", scales.len() - 1)] {
            let figure = self.losses(scales[place], &runs[place * networks]);
            figures.push(drawing(name, figure));
        }
        let title = "What the moving kernel is good for";
        figures.push(drawing(
            "tests",
            by_scale(title, "root mean squared error on tests", &[3, 4]),
        ));
        let report = json!({
            "scales": scales,
            "quantities": quantities.iter().map(|(name, values)| json!({
                "quantity": name, "values": values,
            })).collect::<Vec<_>>(),
        });
        Ok(Outcome {
            report,
            summary: vec![Block::Table(table.clone())],
            tables: vec![("regimes".into(), table)],
            figures,
            ..Outcome::default()
        })
    }
}
