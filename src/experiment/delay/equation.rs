//! Kind `equation`: one trajectory of a scalar delay equation, its extremes and its period.

use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_spanned::Spanned;

use super::scalar::{Equation, EquationSettings, Field};
use crate::analysis::{Period, Samples, Turn, Turns};
use crate::experiment::course::drawing;
use crate::experiment::rules::{at_least, finite, non_negative, positive, require, unwritten};
use crate::experiment::{
    Array, Block, Diagnostic, Drawing, Experiment, Kind, ModelFile, Outcome, Progress, RunError,
    Table,
};
use crate::figures::{Axis, DelayPortrait, Lines, Look, Series};
use crate::solver::{History, Method, Options};

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "equation",
    summary: "one trajectory of a scalar delay equation, its extremes and its period",
    read: |model| Ok(read(model)?),
    show: None,
};

/// Stages that progress is shown in.
const STAGES: u64 = 100;

/// Extremes and heights closer than this, relative to the range, count as equal.
const TOLERANCE: f64 = 1e-4;

/// Periods of a cycle that the time course shows.
const PERIODS: f64 = 12.0;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    equation: EquationSettings,
    history: HistorySettings,
    solver: SolverSettings,
    #[serde(default)]
    analysis: AnalysisSettings,
    #[serde(default)]
    output: OutputSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HistorySettings {
    /// `y(t)` for `t <= 0`.
    value: Spanned<f64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SolverSettings {
    #[serde(default = "default_tolerance")]
    tolerance: Spanned<f64>,
    t_end: Spanned<f64>,
    /// `tsit5`, `dop853` or `radau5` of the general engine; absent, the engine that suits the equation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<Method>,
    /// Steps after which the run is given up.
    #[serde(default = "default_steps")]
    maximum_steps: Spanned<usize>,
}

fn default_steps() -> Spanned<usize> {
    unwritten(10_000_000)
}

fn default_tolerance() -> Spanned<f64> {
    unwritten(1e-8)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct AnalysisSettings {
    /// Transient that extremes and period leave out.
    discard: Spanned<f64>,
}

impl Default for AnalysisSettings {
    fn default() -> Self {
        Self {
            discard: unwritten(0.0),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OutputSettings {
    /// Equidistant times from 0 to `t_end` at which the solution is saved.
    samples: Spanned<usize>,
}

impl Default for OutputSettings {
    fn default() -> Self {
        Self {
            samples: unwritten(1001),
        }
    }
}

struct ScalarRun {
    settings: Settings,
    equation: &'static Equation,
    field: Field,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let (equation, parameters) = settings.equation.resolve()?;
    let (t_end, discard) = (&settings.solver.t_end, &settings.analysis.discard);
    non_negative("value", &settings.history.value)?;
    positive("tolerance", &settings.solver.tolerance)?;
    positive("t_end", t_end)?;
    finite("discard", discard)?;
    non_negative("discard", discard)?;
    at_least("maximum_steps", &settings.solver.maximum_steps, 1)?;
    at_least("samples", &settings.output.samples, 2)?;
    require(
        discard,
        discard.get_ref() < t_end.get_ref(),
        format!("`discard` {discard} leaves nothing of the time span {t_end}"),
        "this transient",
        "choose `discard` < `t_end`",
    )?;
    let field = settings.equation.field(equation, &parameters)?;
    Ok(Box::new(ScalarRun {
        settings,
        equation,
        field,
    }))
}

impl Experiment for ScalarRun {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let parameters = self.settings.equation.parameters.iter();
        let parameters: Vec<String> = parameters
            .map(|(key, value)| format!("{} = {}", key.get_ref(), value.get_ref()))
            .collect();
        let solver = &self.settings.solver;
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair("equation", self.equation.formula.to_owned()),
            pair("parameters", parameters.join(", ")),
            pair("history", format!("y = {}", self.settings.history.value)),
            pair("time span", format!("0 to {}", solver.t_end)),
            pair("tolerance", format!("{:e}", solver.tolerance.get_ref())),
            pair("samples", self.settings.output.samples.to_string()),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        let end = *self.settings.solver.t_end.get_ref();
        let discard = *self.settings.analysis.discard.get_ref();
        let history = History::constant(&[*self.settings.history.value.get_ref()]);
        let options = Options {
            method: self.settings.solver.method,
            maximum_steps: *self.settings.solver.maximum_steps.get_ref() as u64,
            ..Options::with_tolerance(*self.settings.solver.tolerance.get_ref())
        };
        let mut solver = self.field.engine(history, 0.0, options)?;

        let count = *self.settings.output.samples.get_ref();
        let mut samples = Samples::equidistant(0.0, end, count, 1);
        let lag = self.field.lags()[0];
        let mut present = Samples::equidistant(discard.max(lag).min(end), end, count, 1);
        let delayed = present.awaited().iter().map(|time| time - lag).collect();
        let mut delayed = Samples::new(delayed, 1);
        let mut turns = Turns::new(0);
        progress.begin("integrating", STAGES);
        let mut shown = 0;
        while solver.time() < end {
            let piece = solver.advance(end)?;
            let (_, reached) = piece.span();
            turns.watch(piece);
            samples.watch(piece);
            present.watch(piece);
            delayed.watch(piece);
            let stage = (STAGES as f64 * reached / end) as u64;
            progress.advance(stage - shown);
            shown = stage;
        }

        let last = Turn {
            time: solver.time(),
            value: solver.state()[0],
        };
        let late = |turns: &[Turn]| -> Vec<Turn> {
            let late = turns.iter().filter(|turn| turn.time >= discard);
            late.copied().collect()
        };
        let (maxima, minima) = (late(turns.maxima()), late(turns.minima()));
        let by_value = |a: &&Turn, b: &&Turn| a.value.total_cmp(&b.value);
        let highest = maxima.iter().max_by(by_value);
        let lowest = minima.iter().min_by(by_value);
        let period = turns.period(discard, TOLERANCE);
        let statistics = serde_json::to_value(solver.statistics())?;
        let report = json!({
            "equation": self.equation.name,
            "formula": self.equation.formula,
            "engine": solver.name(),
            "parameters": self.settings.equation.parameters,
            "final": last,
            "discarded_until": discard,
            "maximum": highest,
            "minimum": lowest,
            "maxima": maxima.len(),
            "period": period,
        });

        let mut summary = Table::new(["quantity", "value", "time"]);
        let mut row = |name: &str, turn: Option<&Turn>| {
            let value = turn.map(|turn| turn.value);
            summary.push([name.into(), value.into(), turn.map(|turn| turn.time).into()]);
        };
        row("final value", Some(&last));
        row("highest maximum", highest);
        row("lowest minimum", lowest);
        let verdict = match period {
            Some(period) => format!(
                "periodic: period {:.7} +- {:.1e}, maxima in it {}, repeated {} times",
                period.value, period.spread, period.maxima, period.repetitions
            ),
            None => format!(
                "no period found among {} maxima after t = {discard}",
                maxima.len()
            ),
        };
        let mut trajectory = Table::new(["t", "y"]);
        for (time, value) in samples.times().iter().zip(samples.values()) {
            trajectory.push([(*time).into(), (*value).into()]);
        }
        let mut extremes = Table::new(["kind", "t", "y"]);
        for (kind, turns) in [("maximum", turns.maxima()), ("minimum", turns.minima())] {
            for turn in turns {
                extremes.push([kind.into(), turn.time.into(), turn.value.into()]);
            }
        }
        let array = |values: &[f64]| Array {
            name: String::new(),
            shape: vec![values.len()],
            values: values.to_vec(),
        };
        let mut figures = vec![drawing("time-course", self.time_course(&samples, period))];
        let pairs = present.values().iter().copied();
        let pairs: Vec<_> = pairs.zip(delayed.values().iter().copied()).collect();
        if lag < end {
            figures.push(self.portrait(lag, pairs));
        }
        Ok(Outcome {
            report,
            summary: vec![Block::Table(summary), Block::Line(verdict)],
            tables: vec![
                ("trajectory".into(), trajectory),
                ("extremes".into(), extremes),
            ],
            arrays: crate::experiment::array::named(vec![
                ("t".into(), array(samples.times())),
                ("y".into(), array(samples.values())),
            ]),
            figures,
            statistics,
        })
    }
}

impl ScalarRun {
    /// The solution from its start: all of it, or as many periods as can be told apart.
    fn time_course(&self, samples: &Samples, period: Option<Period>) -> Lines {
        let end = period.map_or(f64::INFINITY, |period| PERIODS * period.value);
        let points = samples.times().iter().copied();
        let points = points.zip(samples.values().iter().copied());
        let points = points.take_while(|(time, _)| *time <= end).collect();
        Lines {
            title: self.title(),
            subtitle: self.subtitle(),
            x: Axis::linear("time t"),
            y: Axis::linear("y(t)"),
            series: vec![Series::new("", points, Look::Line)],
            ..Lines::default()
        }
    }

    /// What is left after the transient, in the plane of `y(t)` and `y(t - lag)`.
    fn portrait(&self, lag: f64, points: Vec<(f64, f64)>) -> Drawing {
        let portrait = DelayPortrait {
            title: self.title(),
            subtitle: self.subtitle(),
            present_axis: "y(t)".into(),
            delayed_axis: format!("y(t − {lag})"),
            points,
        };
        drawing("delay-portrait", portrait)
    }

    fn title(&self) -> String {
        self.equation.formula.replace('-', "−")
    }

    fn subtitle(&self) -> String {
        self.settings.equation.subtitle(self.equation, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{Silent, read};

    fn report(model: &str, set: &[&str]) -> serde_json::Value {
        let mut model = ModelFile::open_shipped(model).unwrap();
        for assignment in set {
            model.set(assignment).unwrap();
        }
        let prepared = read(&model).unwrap();
        prepared.experiment().run(&Silent).unwrap().report
    }

    /// Period and ratio maximum/minimum of the cycle by another method, which shares nothing with
    /// the solver: the method of steps on `ln y`, whose derivative `r (1 - y(t - 1))` is known one
    /// lag ahead, by Simpson's rule with `2 n` steps a lag.
    fn by_simpson(r: f64, n: usize) -> (f64, f64) {
        let (steps, h) = (2 * n, 0.5 / n as f64);
        let mut log = vec![0.5_f64.ln(); steps + 1];
        while log.len() < 120 * steps {
            let base = log.len() - 1;
            let slope = |i: usize| r * (1.0 - log[base - steps + i].exp());
            let (f, start) = ([slope(0), slope(1), slope(2)], log[base]);
            log.push(start + h / 12.0 * (5.0 * f[0] + 8.0 * f[1] - f[2]));
            log.push(start + h / 3.0 * (f[0] + 4.0 * f[1] + f[2]));
        }
        // Extremes lie one lag after y = 1, where the slope of ln y vanishes.
        let mut rises = Vec::new();
        let mut extremes = (f64::MAX, f64::MIN);
        for i in 60 * steps..log.len() - 1 {
            extremes = (extremes.0.min(log[i]), extremes.1.max(log[i]));
            if log[i] < 0.0 && log[i + 1] >= 0.0 {
                rises.push((i as f64 + log[i] / (log[i] - log[i + 1])) * h);
            }
        }
        let period = (rises[rises.len() - 1] - rises[0]) / (rises.len() - 1) as f64;
        (period, (extremes.1 - extremes.0).exp())
    }

    #[test]
    fn hutchinson_cycles_are_those_of_another_integrator() {
        for r in [2.1, 2.5] {
            let (period, ratio) = by_simpson(r, 1000);
            let set = format!("equation.parameters.r={r}");
            let found = report("hutchinson", &[&set]);
            let measured = found["period"]["value"].as_f64().unwrap();
            assert!((measured - period).abs() < 1e-6, "{measured} {period}");
            let high = found["maximum"]["value"].as_f64().unwrap();
            let low = found["minimum"]["value"].as_f64().unwrap();
            let measured = high / low;
            assert!((measured / ratio - 1.0).abs() < 1e-5, "{measured} {ratio}");
        }
    }

    #[test]
    fn below_the_threshold_the_population_settles() {
        let found = report("hutchinson", &["equation.parameters.r=1"]);
        assert!((found["final"]["value"].as_f64().unwrap() - 1.0).abs() < 1e-6);
    }

    #[test]
    fn every_method_finds_the_same_cycle() {
        let measured = |method: &str| {
            let set = format!("solver.method={method}");
            let tolerance = "solver.tolerance=1e-7";
            report("hutchinson", &[&set, tolerance])["period"]["value"]
                .as_f64()
                .unwrap()
        };
        let period = measured("tsit5");
        for method in ["dop853", "radau5"] {
            assert!((measured(method) - period).abs() < 1e-5, "{method}");
        }
    }

    #[test]
    fn a_parameter_of_another_equation_is_refused() {
        let mut model = ModelFile::open_shipped("hutchinson").unwrap();
        model.set("equation.parameters.beta=1").unwrap();
        let error = read(&model).err().unwrap();
        assert!(error.to_string().contains("unknown parameter `beta`"));
        assert_eq!(error.set.as_deref(), Some("equation.parameters.beta=1"));
        model.set("equation.name=mackey-glass").unwrap();
        assert!(read(&model).is_err());
    }
}
