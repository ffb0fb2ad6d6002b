//! Kind `electrical`: phases of electrically coupled neurons, by their limit map and at finite lambda.

use serde::{Deserialize, Serialize};

use crate::analysis::ElectricalLimit;
use crate::experiment::sections::SolverSettings;
use crate::experiment::settings::{
    Count, Lambda, Mistakes, NonNegative, Placed, Positive, Rows, require, settings,
};
use crate::experiment::{Block, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series};

/// Points of the curve of the map: one for every pixel.
const CURVE: usize = 801;

/// The curve reaches so far beyond what the runs have visited.
const BEYOND: f64 = 1.15;

/// Reach of the curve if every run has stayed at synchrony.
const LEAST_REACH: f64 = 0.1;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The neurons.
        pub network: NetworkSettings,
        /// Where they begin.
        pub start: StartSettings,
        /// How far they are followed.
        pub analysis: AnalysisSettings,
        /// How the finite network is integrated.
        pub solver: SolverSettings,
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// Depth of the after-hyperpolarisation.
        pub a: Positive,
        /// Strength of the electrical coupling.
        pub d: NonNegative,
        /// Finite steepnesses at which the whole network is followed as well.
        pub lambda: Vec<Positive>,
    }

    /// Section `[start]`.
    pub struct StartSettings {
        /// For each start, `ln(u_j / u_1)` of every neuron one time unit before the first impulse.
        pub differences: Rows,
    }

    /// Section `[analysis]`.
    pub struct AnalysisSettings {
        /// Impulses of neuron 1 that are followed.
        pub impulses: Count<2>,
    }
}

/// Phases from several starts.
pub struct Electrical {
    settings: Settings,
    limit: ElectricalLimit,
    starts: Vec<Vec<f64>>,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Depth of the after-hyperpolarisation.
    pub a: f64,
    /// Strength of the coupling.
    pub d: f64,
    /// Number of neurons.
    pub neurons: usize,
    /// Period of the synchronous cycle in closed form.
    pub period_formula: f64,
    /// Its multiplier in closed form.
    pub synchrony_multiplier_formula: f64,
    /// Every start by the map, then by each network.
    pub runs: Vec<Run>,
    /// Of two neurons: a difference at an impulse, and its change in one period by the map.
    pub return_map: Vec<(f64, f64)>,
}

/// One start, followed by the map or by a network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// Number of the start, from 1.
    pub number: usize,
    /// The differences that it began with.
    pub start: Vec<f64>,
    /// Steepness of the network; infinity for the map.
    pub lambda: Lambda,
    /// Differences at every impulse of neuron 1.
    pub phases: Vec<Vec<f64>>,
}

impl Run {
    fn name(&self) -> String {
        if self.lambda.is_relay() {
            "limit map".into()
        } else {
            format!("λ = {}", self.lambda)
        }
    }
}

impl Electrical {
    /// Change of the difference of two neurons in one period, as far as the runs have reached.
    fn return_map(&self, runs: &[Run]) -> Result<Vec<(f64, f64)>, RunError> {
        let visited = runs
            .iter()
            .flat_map(|run| run.phases.iter().map(|y| y[1].abs()));
        let reach = BEYOND * visited.fold(LEAST_REACH, f64::max);
        let point = |n: usize| {
            let y = reach * (2.0 * n as f64 / (CURVE - 1) as f64 - 1.0);
            let next = self.limit.map(&[0.0, y]).map_err(RunError::numerical)?;
            Ok((y, next[1] - y))
        };
        (0..CURVE).map(point).collect()
    }
}

impl Study for Electrical {
    const NAME: &'static str = "electrical";
    const SUMMARY: &'static str =
        "phases of electrically coupled impulse neurons: limit map and finite lambda";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, _: &Header) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let starts: Vec<_> = settings.start.differences.iter().collect();
        let neurons = starts.first().map_or(0, |(_, start)| start.len());
        mistakes.note(require(
            &settings.start.differences,
            neurons >= 2,
            "there is no start of two or more neurons",
            "no start",
            "list one as in [[0.0, 0.5]]",
        ));
        for (place, start) in &starts {
            mistakes.note(require(
                &place.place(),
                start.len() == neurons && start.first() == Some(&0.0),
                format!("a start must have {neurons} differences, of which the first is 0"),
                "this start",
                "differences are those to neuron 1",
            ));
        }
        mistakes.end()?;
        Ok(Self {
            limit: ElectricalLimit {
                a: *settings.network.a,
                d: *settings.network.d,
            },
            starts: starts.into_iter().map(|(_, start)| start).collect(),
            settings,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let NetworkSettings { a, d, lambda } = &self.settings.network;
        vec![
            ("neurons".into(), self.starts[0].len().to_string()),
            ("a".into(), a.to_string()),
            ("d".into(), d.to_string()),
            ("lambda".into(), format!("{lambda:?}, and the limit")),
            ("starts".into(), self.starts.len().to_string()),
            (
                "impulses".into(),
                self.settings.analysis.impulses.to_string(),
            ),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let (limit, neurons) = (self.limit, self.starts[0].len());
        let impulses = *self.settings.analysis.impulses;
        let options = self.settings.solver.options();
        let finite = self.settings.network.lambda.iter().map(|lambda| **lambda);
        let lambdas: Vec<f64> = [f64::INFINITY].into_iter().chain(finite).collect();
        progress.begin(
            "following phases",
            (self.starts.len() * lambdas.len()) as u64,
        );
        let mut runs = Vec::new();
        for (index, start) in self.starts.iter().enumerate() {
            for lambda in lambdas.iter().filter_map(|lambda| Lambda::new(*lambda)) {
                let phases = if lambda.is_relay() {
                    limit.phases(start, impulses).map_err(RunError::numerical)?
                } else {
                    limit.network_phases(lambda.value(), start, impulses, options)?
                };
                runs.push(Run {
                    number: index + 1,
                    start: start.clone(),
                    lambda,
                    phases,
                });
                progress.advance(1);
            }
        }
        let pair = neurons == 2;
        Ok(Findings {
            a: limit.a,
            d: limit.d,
            neurons,
            period_formula: 2.0 + limit.a + 1.0 / limit.a,
            synchrony_multiplier_formula: limit.synchrony_multiplier(neurons),
            return_map: if pair {
                self.return_map(&runs)?
            } else {
                Vec::new()
            },
            runs,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let first = ["start", "by", "impulse"].map(String::from).into_iter();
        let mut table = Table::new(first.chain(heads(findings)));
        for run in &findings.runs {
            for (n, y) in run.phases.iter().enumerate() {
                let name = [run.number.into(), run.name().into(), (n + 1).into()];
                table.push(name.into_iter().chain(y.iter().map(|y| (*y).into())));
            }
        }
        vec![("phases".into(), table)]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let first = ["start", "by"].map(String::from).into_iter();
        let mut ends = Table::new(first.chain(heads(findings)));
        for run in &findings.runs {
            let last = run.phases.last().into_iter().flatten();
            let name = [run.number.into(), run.name().into()];
            ends.push(name.into_iter().chain(last.map(|y| (*y).into())));
        }
        let multiplier = findings.synchrony_multiplier_formula;
        let line = format!("multiplier of synchrony, in closed form: {multiplier:.7}");
        vec![Block::Line(line), Block::Table(ends)]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let Findings { a, d, neurons, .. } = findings;
        let subtitle = format!("{neurons} neurons, a = {a}, d = {d}");
        let mut figures = vec![Drawing::of(
            "phases",
            by_impulse(settings, findings, &subtitle),
        )];
        if !findings.return_map.is_empty() {
            let map = return_map(settings, findings, &subtitle);
            figures.insert(0, Drawing::of("return-map", map));
        }
        figures
    }
}

/// Names of the differences, neuron 1 first.
fn heads(findings: &Findings) -> impl Iterator<Item = String> {
    (1..=findings.neurons).map(|j| format!("y{j}"))
}

/// Change of the difference of two neurons in one period, over that difference.
fn return_map(settings: &Settings, findings: &Findings, subtitle: &str) -> Lines {
    let mut series = vec![Series::new(
        "limit map",
        findings.return_map.clone(),
        Look::Line,
    )];
    for lambda in &settings.network.lambda {
        let runs = findings
            .runs
            .iter()
            .filter(|run| run.lambda.value() == **lambda);
        let points = runs.flat_map(|run| {
            let pairs = run.phases.windows(2);
            pairs.map(|y| (y[0][1], y[1][1] - y[0][1]))
        });
        let name = format!("network, λ = {lambda}");
        series.push(Series::new(name, points.collect(), Look::Markers));
    }
    Lines {
        title: "Two neurons with electrical coupling keep one of several phases".into(),
        subtitle: subtitle.into(),
        x: Axis::linear("difference y = ln(u₂/u₁) at an impulse"),
        y: Axis::linear("its change in one period"),
        series,
        references: vec![Reference {
            label: "no change".into(),
            at: 0.0,
            direction: Direction::Horizontal,
        }],
        ..Lines::default()
    }
}

/// Every difference by the number of the impulse.
fn by_impulse(settings: &Settings, findings: &Findings, subtitle: &str) -> Lines {
    let lambdas = &settings.network.lambda;
    let of_run = |run: &Run| {
        let place = lambdas
            .iter()
            .position(|lambda| **lambda == run.lambda.value());
        let look = if place.is_some() {
            Look::Markers
        } else {
            Look::Line
        };
        let (phases, name) = (run.phases.clone(), run.name());
        let first = run.number == 1;
        (1..findings.neurons).map(move |j| {
            let points = phases.iter().enumerate();
            let points = points.map(|(n, y)| ((n + 1) as f64, y[j])).collect();
            // One entry of the legend for each way of following.
            let label = if first && j == 1 {
                name.clone()
            } else {
                String::new()
            };
            Series {
                style: Some(place.map_or(0, |place| place + 1)),
                ..Series::new(label, points, look)
            }
        })
    };
    Lines {
        title: "Phases of electrically coupled neurons".into(),
        subtitle: subtitle.into(),
        x: Axis::linear("impulse of neuron 1"),
        y: Axis::linear("differences ln(u_j/u₁)"),
        series: findings.runs.iter().flat_map(of_run).collect(),
        ..Lines::default()
    }
}
