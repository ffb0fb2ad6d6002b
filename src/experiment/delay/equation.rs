//! Kind `equation`: one trajectory of a scalar delay equation, its extremes and its period.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::scalar::{EquationSettings, ScalarField};
use crate::analysis::{Period, Samples, Turn, Turns};
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonNegative, Placed, Positive, Tolerance, require, settings,
};
use crate::experiment::{Array, Block, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, DelayPortrait, Lines, Look, Series, significant};
use crate::solver::{History, Method, Options, Statistics};

/// Stages that progress is shown in.
const STAGES: u64 = 100;

/// Extremes and heights closer than this, relative to the range, count as equal: far above the error
/// of a solver at its default tolerance, far below the distance of different extremes.
const TOLERANCE: f64 = 1e-4;

/// Periods of a cycle that the time course shows.
const PERIODS: f64 = 12.0;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The equation.
        pub equation: EquationSettings,
        /// Its past.
        pub history: HistorySettings,
        /// How it is integrated.
        pub solver: SolverSettings,
        /// What is left out of the analysis.
        pub analysis: AnalysisSettings,
        /// What is saved.
        pub output: OutputSettings,
    }

    /// Section `[history]`.
    pub struct HistorySettings {
        /// `y(t)` for `t <= 0`.
        pub value: NonNegative,
    }

    /// Section `[solver]`.
    pub struct SolverSettings {
        /// Relative and absolute tolerance: period and extremes come out to six digits.
        pub tolerance: Tolerance = 1e-8,
        /// Time at the end.
        pub t_end: Positive,
        /// `tsit5`, `dop853` or `radau5` of the general engine; absent, the engine that suits the
        /// equation.
        pub method: Option<Choice<Method>>,
        /// Steps after which the run is given up: minutes of work.
        pub maximum_steps: Count = 10_000_000,
    }

    /// Section `[analysis]`.
    pub struct AnalysisSettings {
        /// Transient that extremes and period leave out.
        pub discard: NonNegative = 0.0,
    }

    /// Section `[output]`.
    pub struct OutputSettings {
        /// Equidistant times from 0 to `t_end` at which the solution is saved.
        pub samples: Count<2> = 1001,
    }
}

/// One trajectory.
pub struct ScalarRun {
    settings: Settings,
    field: ScalarField,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Name of the equation.
    pub equation: String,
    /// The equation itself.
    pub formula: String,
    /// The engine that has run.
    pub engine: String,
    /// Its parameters.
    pub parameters: BTreeMap<String, f64>,
    /// The lag.
    pub lag: f64,
    /// State at the end.
    #[serde(rename = "final")]
    pub last: Turn,
    /// Time from which extremes and period count.
    pub discarded_until: f64,
    /// Highest maximum after that.
    pub maximum: Option<Turn>,
    /// Lowest minimum after that.
    pub minimum: Option<Turn>,
    /// Number of maxima after that.
    pub maxima: usize,
    /// The period, if there is one.
    pub period: Option<Period>,
    /// Saved times.
    pub t: Array,
    /// The solution then.
    pub y: Array,
    /// After the transient: pairs of `y(t)` and `y(t - lag)`.
    pub portrait: Array,
    /// All maxima: times and values.
    pub all_maxima: Array,
    /// All minima: times and values.
    pub all_minima: Array,
    /// Cost.
    pub statistics: Statistics,
}

impl ScalarRun {
    fn options(&self) -> Options {
        let solver = &self.settings.solver;
        Options {
            method: solver.method.map(|method| *method),
            maximum_steps: *solver.maximum_steps as u64,
            ..Options::with_tolerance(*solver.tolerance)
        }
    }
}

/// Times and values of extremes as pairs.
fn pairs(name: &str, turns: &[Turn]) -> Array {
    let values = turns.iter().flat_map(|turn| [turn.time, turn.value]);
    Array::rows(name, 2, values.collect())
        .along(["extreme", "time, value"], "in the equation's units")
}

impl Study for ScalarRun {
    const NAME: &'static str = "equation";
    const SUMMARY: &'static str =
        "one trajectory of a scalar delay equation, its extremes and its period";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, _: &Header) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::default();
        let (t_end, discard) = (settings.solver.t_end, &settings.analysis.discard);
        mistakes.note(require(
            discard,
            **discard < *t_end,
            format!("`discard` {discard} leaves nothing of the time span {t_end}"),
            "this transient",
            "choose `discard` < `t_end`",
        ));
        let samples = settings.output.samples;
        // Time and value.
        let saved = 2.0 * NUMBER * *samples as f64;
        mistakes.note(require_memory(&samples, "the samples", saved));
        let resolved = mistakes.note(settings.equation.resolve());
        let lags = |parameters: &Vec<f64>| *t_end / parameters.last().copied().unwrap_or(1.0);
        if let Some((_, parameters)) = &resolved {
            let (needed, steps) = (lags(parameters), settings.solver.maximum_steps);
            mistakes.note(require(
                &t_end.place(),
                needed <= *steps as f64,
                format!("{needed:.1e} lags to `t_end`, each of them a step at least"),
                "too far for this lag",
                format!("lower `t_end`, or raise `maximum_steps` above {steps}"),
            ));
        }
        mistakes.end()?;
        let Some((equation, parameters)) = resolved else {
            return Err(Mistakes::default());
        };
        Ok(Self {
            field: settings.equation.field(equation, &parameters)?,
            settings,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let Settings {
            equation,
            history,
            solver,
            output,
            ..
        } = &self.settings;
        vec![
            ("equation".into(), equation.equation().formula.to_owned()),
            ("parameters".into(), equation.subtitle("")),
            ("history".into(), format!("y = {}", history.value)),
            ("time span".into(), format!("0 to {}", solver.t_end)),
            ("tolerance".into(), format!("{:e}", *solver.tolerance)),
            ("samples".into(), output.samples.to_string()),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let Settings {
            equation,
            history,
            solver: SolverSettings { t_end, .. },
            analysis,
            output,
        } = &self.settings;
        let (end, discard) = (**t_end, *analysis.discard);
        let history = History::constant(&[*history.value]);
        let mut solver = self.field.engine(history, 0.0, self.options())?;

        let count = *output.samples;
        let mut samples = Samples::equidistant(0.0, end, count, 1);
        let lag = self.field.lags()[0];
        let mut present = Samples::equidistant(discard.max(lag).min(end), end, count, 1);
        let delayed = present.awaited().iter().map(|time| time - lag).collect();
        let mut delayed = Samples::new(delayed, 1);
        let mut turns = Turns::beyond(0, solver.tolerances());
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

        let late = |turns: &[Turn]| -> Vec<Turn> {
            let late = turns.iter().filter(|turn| turn.time >= discard);
            late.copied().collect()
        };
        let (maxima, minima) = (late(turns.maxima()), late(turns.minima()));
        let by_value = |a: &Turn, b: &Turn| a.value.total_cmp(&b.value);
        let portrait = present.values().iter().zip(delayed.values());
        let portrait = portrait.flat_map(|(now, then)| [*now, *then]).collect();
        let named = equation.named().into_iter();
        Ok(Findings {
            equation: equation.equation().name.to_owned(),
            formula: equation.equation().formula.to_owned(),
            engine: solver.name().to_owned(),
            parameters: named
                .map(|parameter| (parameter.name, parameter.value))
                .collect(),
            lag,
            last: Turn {
                time: solver.time(),
                value: solver.state()[0],
            },
            discarded_until: discard,
            maxima: maxima.len(),
            maximum: maxima.into_iter().max_by(by_value),
            minimum: minima.into_iter().min_by(by_value),
            period: turns.period(discard, TOLERANCE),
            t: Array::list("t", samples.times().to_vec())
                .along(["sample"], "time in the equation's unit"),
            y: Array::list("y", samples.values().to_vec())
                .along(["sample, at the times of t"], "y in the equation's unit"),
            portrait: Array::rows("portrait", 2, portrait)
                .along(["sample", "y(t), y(t - lag)"], "y in the equation's unit"),
            all_maxima: pairs("maxima", turns.maxima()),
            all_minima: pairs("minima", turns.minima()),
            statistics: solver.statistics(),
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut trajectory = Table::new(["t", "y"]);
        for (time, value) in findings.t.values.iter().zip(&findings.y.values) {
            trajectory.push([(*time).into(), (*value).into()]);
        }
        let mut extremes = Table::new(["kind", "t", "y"]);
        for (kind, turns) in [
            ("maximum", &findings.all_maxima),
            ("minimum", &findings.all_minima),
        ] {
            for turn in turns.values.chunks(2) {
                extremes.push([kind.into(), turn[0].into(), turn[1].into()]);
            }
        }
        vec![
            ("trajectory".into(), trajectory),
            ("extremes".into(), extremes),
        ]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let mut table = Table::new(["quantity", "value", "time"]);
        for (name, turn) in [
            ("final value", Some(findings.last)),
            ("highest maximum", findings.maximum),
            ("lowest minimum", findings.minimum),
        ] {
            let (value, time) = (turn.map(|turn| turn.value), turn.map(|turn| turn.time));
            table.push([name.into(), value.into(), time.into()]);
        }
        let verdict = match findings.period {
            Some(period) => format!(
                "periodic: period {:.7} +- {:.1e}, maxima in it {}, repeated {} times",
                period.value, period.spread, period.maxima, period.repetitions
            ),
            None => format!(
                "no period found among {} maxima after t = {}",
                findings.maxima, findings.discarded_until
            ),
        };
        vec![Block::Table(table), Block::Line(verdict)]
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        let title = findings.formula.replace('-', "−");
        let subtitle = settings.equation.subtitle("");
        // All of the solution, or as many periods as can be told apart.
        let period = findings.period;
        let end = period.map_or(f64::INFINITY, |period| PERIODS * period.value);
        let points = findings.t.values.iter().zip(&findings.y.values);
        let points = points.map(|(time, value)| (*time, *value));
        let points = points.take_while(|(time, _)| *time <= end).collect();
        let all = *settings.solver.t_end;
        let part = if end < all {
            format!(
                "; the first {PERIODS} periods, to t = {} of {all}",
                significant(end, 3)
            )
        } else {
            String::new()
        };
        let course = Lines {
            title: title.clone(),
            subtitle: format!("{subtitle}{part}"),
            x: Axis::linear("time t"),
            y: Axis::linear("y(t)"),
            series: vec![Series::new("", points, Look::Line)],
            ..Lines::default()
        };
        let mut figures = vec![Drawing::of("time-course", course)];
        if findings.lag < *settings.solver.t_end {
            let pairs = findings.portrait.values.chunks(2);
            let portrait = DelayPortrait {
                title,
                subtitle,
                present_axis: "y(t)".into(),
                delayed_axis: format!("y(t − {})", findings.lag),
                points: pairs.map(|pair| (pair[0], pair[1])).collect(),
            };
            figures.push(Drawing::of("delay-portrait", portrait));
        }
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{ModelFile, Silent, read};

    fn findings(model: &str, set: &[&str]) -> Findings {
        let mut model = ModelFile::open_shipped(model).unwrap();
        for assignment in set {
            model.set(assignment).unwrap();
        }
        model.study::<ScalarRun>().unwrap().find(&Silent).unwrap()
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
            let found = findings("hutchinson", &[&set]);
            let measured = found.period.unwrap().value;
            assert!((measured - period).abs() < 1e-6, "{measured} {period}");
            let high = found.maximum.unwrap().value;
            let low = found.minimum.unwrap().value;
            let measured = high / low;
            assert!((measured / ratio - 1.0).abs() < 1e-5, "{measured} {ratio}");
        }
    }

    #[test]
    fn below_the_threshold_the_population_settles() {
        let found = findings("hutchinson", &["equation.parameters.r=1"]);
        assert!((found.last.value - 1.0).abs() < 1e-6);
    }

    #[test]
    fn every_method_finds_the_same_cycle() {
        let measured = |method: &str| {
            let set = format!("solver.method={method}");
            let tolerance = "solver.tolerance=1e-7";
            findings("hutchinson", &[&set, tolerance])
                .period
                .unwrap()
                .value
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
        assert_eq!(
            error.problems[0].set.as_deref(),
            Some("equation.parameters.beta=1")
        );
        model.set("equation.name=mackey-glass").unwrap();
        assert!(read(&model).is_err());
    }
}
