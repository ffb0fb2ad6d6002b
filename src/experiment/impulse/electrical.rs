//! Kind `electrical`: phases of electrically coupled neurons, by their limit map and at finite lambda.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use serde_spanned::Spanned;

use super::settings::SolverSettings;
use crate::analysis::{Activity, ElectricalLimit};
use crate::experiment::course::drawing;
use crate::experiment::rules::{at_least, finite, non_negative, positive, require};
use crate::experiment::{
    Block, Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError, Table,
};
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series};
use crate::networks::{Coupling, ImpulseNetwork, ImpulseParameters};
use crate::solver::Options;

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "electrical",
    summary: "phases of electrically coupled impulse neurons: limit map and finite lambda",
    read: |model| Ok(read(model)?),
    show: None,
};

/// Points of the curve of the map.
const CURVE: usize = 801;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    network: NetworkSettings,
    start: StartSettings,
    analysis: AnalysisSettings,
    #[serde(default)]
    solver: SolverSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkSettings {
    a: Spanned<f64>,
    d: Spanned<f64>,
    /// Finite steepnesses at which the whole network is followed as well.
    lambda: Vec<Spanned<f64>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StartSettings {
    /// For each start, `ln(u_j / u_1)` of every neuron one time unit before the first impulse.
    differences: Spanned<Vec<Spanned<Vec<Spanned<f64>>>>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnalysisSettings {
    /// Impulses of neuron 1 that are followed.
    impulses: Spanned<usize>,
}

struct Electrical {
    settings: Settings,
    limit: ElectricalLimit,
    starts: Vec<Vec<f64>>,
    options: Options,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    positive("a", &settings.network.a)?;
    non_negative("d", &settings.network.d)?;
    positive("lambda", &settings.network.lambda)?;
    at_least("impulses", &settings.analysis.impulses, 2)?;
    let list = settings.start.differences.get_ref();
    let neurons = list.first().map_or(0, |start| start.get_ref().len());
    require(
        &settings.start.differences,
        neurons >= 2,
        "there is no start of two or more neurons",
        "no start",
        "list one as in [[0.0, 0.5]]",
    )?;
    for start in list {
        finite("differences", start.get_ref())?;
        let fits = start.get_ref().len() == neurons
            && start.get_ref().first().is_some_and(|y| *y.get_ref() == 0.0);
        require(
            start,
            fits,
            format!("a start must have {neurons} differences, of which the first is 0"),
            "this start",
            "differences are those to neuron 1",
        )?;
    }
    let starts = list
        .iter()
        .map(|start| start.get_ref().iter().map(|y| *y.get_ref()).collect())
        .collect();
    Ok(Box::new(Electrical {
        limit: ElectricalLimit {
            a: *settings.network.a.get_ref(),
            d: *settings.network.d.get_ref(),
        },
        starts,
        options: settings.solver.options()?,
        settings,
    }))
}

/// Differences at the onsets of neuron 1, one list an onset.
type Phases = Vec<Vec<f64>>;

impl Electrical {
    fn impulses(&self) -> usize {
        *self.settings.analysis.impulses.get_ref()
    }

    /// By the limit map.
    fn by_map(&self, start: &[f64]) -> Result<Phases, RunError> {
        let mut phases = vec![self.limit.flow(start, 1.0).map_err(RunError::numerical)?];
        while phases.len() < self.impulses() {
            let last = &phases[phases.len() - 1];
            phases.push(self.limit.map(last).map_err(RunError::numerical)?);
        }
        Ok(phases)
    }

    /// By the network at a finite lambda: a neuron that is ahead by `y` fires earlier by `y / lambda`.
    fn by_network(&self, lambda: f64, start: &[f64]) -> Result<Phases, RunError> {
        let ElectricalLimit { a, d } = self.limit;
        let mut parameters = ImpulseParameters::homogeneous(start.len(), a, 0.0, 0.0, 0.0);
        parameters.coupling = Coupling::None;
        parameters.electrical = d;
        parameters.lambda = lambda;
        let network = ImpulseNetwork::new(parameters).map_err(RunError::numerical)?;
        let state: Vec<f64> = start.iter().map(|y| y / lambda - 1.0).collect();
        let mut engine = network.engine(&state, self.options)?;
        let mut activity = Activity::new(0.0, &state);
        let end = (2.0 + a + 1.0 / a) * (self.impulses() + 1) as f64;
        while engine.time() < end {
            activity.watch(engine.advance(end)?);
        }
        let fired = (0..start.len()).map(|j| activity.impulses(j).len()).min();
        let onset = |j: usize, n: usize| activity.impulses(j)[n].onset;
        let at = |n: usize| -> Vec<f64> {
            let neurons = 0..start.len();
            neurons
                .map(|j| lambda * (onset(0, n) - onset(j, n)))
                .collect()
        };
        Ok((0..fired.unwrap_or(0).min(self.impulses()))
            .map(at)
            .collect())
    }

    /// Change of the difference of two neurons in one period, over that difference.
    fn return_map(&self, runs: &[Run]) -> Result<Lines, RunError> {
        let reach = runs
            .iter()
            .flat_map(|run| run.phases.iter().map(|y| y[1].abs()))
            .fold(0.1, f64::max);
        let mut curve = Vec::with_capacity(CURVE);
        for n in 0..CURVE {
            let y = 1.15 * reach * (2.0 * n as f64 / (CURVE - 1) as f64 - 1.0);
            let next = self.limit.map(&[0.0, y]).map_err(RunError::numerical)?;
            curve.push((y, next[1] - y));
        }
        let mut series = vec![Series::new("limit map", curve, Look::Line)];
        for lambda in &self.settings.network.lambda {
            let lambda = *lambda.get_ref();
            let points = runs
                .iter()
                .filter(|run| run.lambda == Some(lambda))
                .flat_map(|run| run.phases.windows(2).map(|y| (y[0][1], y[1][1] - y[0][1])));
            series.push(Series::new(
                format!("network, λ = {lambda}"),
                points.collect(),
                Look::Markers,
            ));
        }
        Ok(Lines {
            title: "Two neurons with electrical coupling keep one of several phases".into(),
            subtitle: self.subtitle(),
            x: Axis::linear("difference y = ln(u₂/u₁) at an impulse"),
            y: Axis::linear("its change in one period"),
            series,
            references: vec![Reference {
                label: "no change".into(),
                at: 0.0,
                direction: Direction::Horizontal,
            }],
            ..Lines::default()
        })
    }

    /// Every difference by the number of the impulse.
    fn by_impulse(&self, runs: &[Run]) -> Lines {
        let series = runs.iter().flat_map(|run| {
            (1..run.phases[0].len()).map(move |j| {
                let points = run.phases.iter().enumerate();
                let points = points.map(|(n, y)| ((n + 1) as f64, y[j])).collect();
                let label = if run.start == 0 && j == 1 {
                    run.name()
                } else {
                    String::new()
                };
                let place = (self.settings.network.lambda.iter())
                    .position(|lambda| Some(*lambda.get_ref()) == run.lambda);
                let look = if place.is_some() {
                    Look::Markers
                } else {
                    Look::Line
                };
                Series {
                    style: Some(place.map_or(0, |place| place + 1)),
                    ..Series::new(label, points, look)
                }
            })
        });
        Lines {
            title: "Phases of electrically coupled neurons".into(),
            subtitle: self.subtitle(),
            x: Axis::linear("impulse of neuron 1"),
            y: Axis::linear("differences ln(u_j/u₁)"),
            series: series.collect(),
            ..Lines::default()
        }
    }

    fn subtitle(&self) -> String {
        format!(
            "{} neurons, a = {}, d = {}",
            self.starts[0].len(),
            self.limit.a,
            self.limit.d
        )
    }
}

/// One start, followed by the map or by a network.
struct Run {
    start: usize,
    lambda: Option<f64>,
    phases: Phases,
}

impl Run {
    fn name(&self) -> String {
        self.lambda
            .map_or_else(|| "limit map".into(), |lambda| format!("λ = {lambda}"))
    }

    fn last(&self) -> &[f64] {
        self.phases.last().map_or(&[], Vec::as_slice)
    }
}

impl Experiment for Electrical {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let lambdas = self.settings.network.lambda.iter();
        let lambdas: Vec<String> = lambdas.map(ToString::to_string).collect();
        vec![
            pair("neurons", self.starts[0].len().to_string()),
            pair("a", self.limit.a.to_string()),
            pair("d", self.limit.d.to_string()),
            pair("lambda", format!("{}, and the limit", lambdas.join(", "))),
            pair("starts", self.starts.len().to_string()),
            pair("impulses", self.impulses().to_string()),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let lambdas = &self.settings.network.lambda;
        progress.begin(
            "following phases",
            (self.starts.len() * (1 + lambdas.len())) as u64,
        );
        let mut runs = Vec::new();
        for (n, start) in self.starts.iter().enumerate() {
            let mut keep = |lambda, phases| {
                runs.push(Run {
                    start: n,
                    lambda,
                    phases,
                });
                progress.advance(1);
            };
            keep(None, self.by_map(start)?);
            for lambda in lambdas {
                let lambda = *lambda.get_ref();
                keep(Some(lambda), self.by_network(lambda, start)?);
            }
        }

        let neurons = self.starts[0].len();
        let heads = (1..=neurons).map(|j| format!("y{j}"));
        let mut ends = Table::new(
            ["start", "by"]
                .map(String::from)
                .into_iter()
                .chain(heads.clone()),
        );
        let first = ["start", "by", "impulse"].map(String::from);
        let mut all = Table::new(first.into_iter().chain(heads));
        for run in &runs {
            let name = [(run.start + 1).into(), run.name().as_str().into()];
            let values = run.last().iter().map(|y| (*y).into());
            ends.push(name.into_iter().chain(values));
            for (n, y) in run.phases.iter().enumerate() {
                let name = [
                    (run.start + 1).into(),
                    run.name().as_str().into(),
                    (n + 1).into(),
                ];
                all.push(name.into_iter().chain(y.iter().map(|y| (*y).into())));
            }
        }
        let multiplier = self.limit.synchrony_multiplier(neurons);
        let report = json!({
            "a": self.limit.a,
            "d": self.limit.d,
            "period_formula": 2.0 + self.limit.a + 1.0 / self.limit.a,
            "synchrony_multiplier_formula": multiplier,
            "runs": runs.iter().map(|run| json!({
                "start": self.starts[run.start],
                "lambda": run.lambda.map_or_else(|| Value::from("infinity"), Value::from),
                "impulses": run.phases.len(),
                "last": run.last(),
            })).collect::<Vec<_>>(),
        });
        let mut figures = vec![drawing("phases", self.by_impulse(&runs))];
        if neurons == 2 {
            figures.insert(0, drawing("return-map", self.return_map(&runs)?));
        }
        Ok(Outcome {
            report,
            summary: vec![
                Block::Line(format!(
                    "multiplier of synchrony, in closed form: {multiplier:.7}"
                )),
                Block::Table(ends),
            ],
            tables: vec![("phases".into(), all)],
            figures,
            ..Outcome::default()
        })
    }
}
