//! Kind `system`: one trajectory of one's own equations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::diagnose::mistakes;
use super::figures::figures;
use super::settings::Settings;
use crate::analysis::{CharacteristicRoot, rightmost_roots};
use crate::experiment::data::files::checksum;
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{Mistakes, require};
use crate::experiment::{Array, Block, Drawing, Header, Progress, RunError, Study, Table, part};
use crate::language::{Data, System};
use crate::solver::{DelaySolver, Options, Save, Statistics, Termination, Trajectory, solve};

/// Events that the table and the report hold one by one; arrays hold all of them.
const SHOWN: usize = 1000;

/// A trajectory of one's own system.
pub struct SystemRun {
    settings: Settings,
    system: System,
    /// What was read from files.
    read: Vec<Data>,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Names of the components.
    pub components: Vec<String>,
    /// Components that each variable has, in the order of the equations; none for one without index.
    pub variables: Vec<(String, Option<usize>)>,
    /// Constant lags that are read.
    pub lags: usize,
    /// Time at the end of the run.
    pub end: f64,
    /// The event that ended it, if one did.
    pub ended_by: Option<String>,
    /// State at the end.
    #[serde(rename = "final")]
    pub last: Vec<f64>,
    /// Course of each component and observable in a few numbers: all, or if they are many those without
    /// an index.
    pub courses: BTreeMap<String, Course>,
    /// Number of events of each name.
    pub events: Vec<EventCount>,
    /// Times of all events.
    pub event_times: Array,
    /// Number of the event at each of these times.
    pub event_numbers: Array,
    /// The steady state near the end of the run, if it was asked for.
    pub steady_state: Option<SteadyState>,
    /// Saved times.
    pub t: Array,
    /// The solution then: a row a time, a column a component.
    pub x: Array,
    /// Names of the observables.
    pub observables: Vec<String>,
    /// The observables at the saved times.
    pub observed: Array,
    /// Cost.
    pub statistics: Statistics,
}

/// A course over the later half of the saved times, and its end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Course {
    /// At the end.
    pub end: f64,
    /// Least value.
    pub minimum: f64,
    /// Largest value.
    pub maximum: f64,
    /// Mean over the saved times.
    pub mean: f64,
}

/// Courses of the columns of an array with these names.
fn courses(names: &[String], values: &[f64], into: &mut BTreeMap<String, Course>) {
    /// Rows of a sweep should not be longer (chosen).
    const MOST: usize = 24;
    let width = names.len();
    let rows = values.len() / width.max(1);
    for (column, name) in names.iter().enumerate() {
        if rows == 0 || (width > MOST && name.ends_with(']')) {
            continue;
        }
        let late = || (rows / 2..rows).map(|row| values[row * width + column]);
        let count = late().count() as f64;
        let course = Course {
            end: values[(rows - 1) * width + column],
            minimum: late().fold(f64::INFINITY, f64::min),
            maximum: late().fold(f64::NEG_INFINITY, f64::max),
            mean: late().sum::<f64>() / count,
        };
        into.insert(name.clone(), course);
    }
}

/// How often an event has happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EventCount {
    /// Its name.
    pub name: String,
    /// How often.
    pub count: usize,
}

/// A steady state and how it is left.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SteadyState {
    /// The state; empty if none was found.
    pub state: Vec<f64>,
    /// Its rightmost characteristic roots.
    pub roots: Vec<CharacteristicRoot>,
    /// Why there is none.
    pub failure: Option<String>,
}

impl SystemRun {
    fn options(&self) -> Options {
        let solver = &self.settings.solver;
        Options {
            method: solver.method.map(|method| *method),
            maximum_steps: *solver.maximum_steps as u64,
            ..Options::with_tolerance(*solver.tolerance)
        }
    }

    fn trajectory(&self) -> Result<Trajectory, RunError> {
        let solver = &self.settings.solver;
        let (begin, end) = (*solver.t_begin, *solver.t_end);
        let count = *self.settings.output.samples;
        let step = (end - begin) / (count - 1) as f64;
        let last = count - 1;
        let time = |k: usize| {
            if k == last {
                end
            } else {
                begin + k as f64 * step
            }
        };
        let field = self.system.field();
        let history = self.system.history(begin);
        let mut engine = DelaySolver::new(&field, history, begin, self.options())?;
        let save = Save::At((0..count).map(time).collect());
        Ok(solve(&mut engine, end, &save, &self.system.events())?)
    }

    /// The steady state by Newton's method: from the end of the run, from the mean over its later half,
    /// which a cycle goes round, and from between that mean and states of the cycle.
    fn steady_state(&self, run: &Trajectory, last: &[f64], count: usize) -> SteadyState {
        /// States of the cycle that are tried (chosen: some lie on every side of it).
        const TRIED: usize = 16;
        let field = self.system.field();
        let late = run.times.len() / 2..run.times.len();
        let share = 1.0 / late.len().max(1) as f64;
        let mut mean = vec![0.0; run.dimension];
        for row in late.clone() {
            for (mean, value) in mean.iter_mut().zip(run.state(row)) {
                *mean += share * value;
            }
        }
        let every = late.len().div_ceil(TRIED).max(1);
        let halves = late.step_by(every).map(|row| {
            let pairs = run.state(row).iter().zip(&mean);
            pairs.map(|(value, mean)| 0.5 * (value + mean)).collect()
        });
        let guesses = [last.to_vec(), mean.clone()].into_iter().chain(halves);
        let mut failure = None;
        for guess in guesses {
            match rightmost_roots(&field, &guess, count) {
                Ok((state, roots)) => {
                    let failure = None;
                    return SteadyState {
                        state,
                        roots,
                        failure,
                    };
                }
                Err(error) => {
                    failure.get_or_insert(error.to_string());
                }
            }
        }
        SteadyState {
            state: Vec::new(),
            roots: Vec::new(),
            failure,
        }
    }
}

impl Study for SystemRun {
    const NAME: &'static str = "system";
    const SUMMARY: &'static str =
        "one trajectory of your own equations: delays, families, events, written as formulas";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, _: &Header) -> Result<Self, Mistakes> {
        let (begin, end) = (&settings.solver.t_begin, &settings.solver.t_end);
        require(
            end,
            **end > **begin,
            format!("the run ends at {end}, which is not after its begin {begin}"),
            "this end",
            "choose `t_end` > `t_begin`",
        )?;
        let (text, read) = settings.text()?;
        let system = text
            .compile()
            .map_err(|errors| mistakes(&settings, &errors))?;
        let columns = 1 + system.dimension() + system.observables().len();
        let samples = settings.output.samples;
        let saved = NUMBER * columns as f64 * *samples as f64;
        require_memory(&samples, "the samples", saved)?;
        Ok(Self {
            settings,
            system,
            read,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let solver = &self.settings.solver;
        let equations = self.settings.system.equations.0.iter();
        let mut plan: Vec<(String, String)> = equations
            .map(|formula| (format!("{}'", &*formula.key), formula.text.to_string()))
            .collect();
        let lags = self.system.lags();
        let longest = lags.iter().copied().fold(0.0, f64::max);
        plan.extend([
            ("components".into(), self.system.dimension().to_string()),
            (
                "constant lags".into(),
                match lags.len() {
                    0 => "none".into(),
                    count => format!("{count}, the longest {longest}"),
                },
            ),
            ("events".into(), self.system.event_names().len().to_string()),
            (
                "time span".into(),
                format!("{} to {}", solver.t_begin, solver.t_end),
            ),
            ("tolerance".into(), format!("{:e}", *solver.tolerance)),
            ("samples".into(), self.settings.output.samples.to_string()),
        ]);
        plan
    }

    fn data(&self) -> Option<u32> {
        let numbers = self.read.iter().flat_map(|data| &data.values);
        (!self.read.is_empty()).then(|| checksum(numbers))
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        progress.begin("integrating", 1);
        let run: Trajectory = part(progress, "trajectory", || self.trajectory())?;
        progress.advance(1);
        let names = self.system.event_names();
        let count = |number: usize| {
            run.events
                .iter()
                .filter(|event| event.event == number)
                .count()
        };
        let counts = names.iter().enumerate().map(|(number, name)| EventCount {
            name: (*name).to_owned(),
            count: count(number),
        });
        let ended_by = match run.termination {
            Termination::Event(number) => names.get(number).map(|name| (*name).to_owned()),
            Termination::End => None,
        };
        let end = match (&ended_by, run.events.last()) {
            (Some(_), Some(event)) => event.time,
            _ => *self.settings.solver.t_end,
        };
        let last = match (&ended_by, run.events.last()) {
            (Some(_), Some(event)) => event.state.clone(),
            _ => run.last().to_vec(),
        };
        let variables = self.system.variables().into_iter();
        let roots = self.settings.analysis.roots;
        let observables = self.system.observables();
        let observed = self.system.observe(&run);
        let components = self.system.components();
        let mut all = BTreeMap::new();
        courses(&components, &run.states, &mut all);
        courses(&observables, &observed, &mut all);
        Ok(Findings {
            components,
            courses: all,
            variables: variables
                .map(|(name, length)| (name.to_owned(), length))
                .collect(),
            lags: self.system.lags().len(),
            end,
            ended_by,
            events: counts.collect(),
            event_times: Array::list(
                "event_times",
                run.events.iter().map(|event| event.time).collect(),
            )
            .along(["event"], "time in the system's unit"),
            event_numbers: Array::list(
                "event_numbers",
                run.events.iter().map(|event| event.event as f64).collect(),
            )
            .along(["event"], "which event, from 0"),
            steady_state: roots.map(|count| self.steady_state(&run, &last, *count)),
            last,
            observed: Array::rows("observed", observables.len(), observed).along(
                ["sample, at the times of t", "observable"],
                "in the system's units",
            ),
            observables,
            x: Array::rows("x", run.dimension, run.states).along(
                ["sample, at the times of t", "component"],
                "in the system's units",
            ),
            t: Array::list("t", run.times).along(["sample"], "time in the system's unit"),
            statistics: run.statistics,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let columns = ["t"].into_iter().map(str::to_owned);
        let names = findings
            .components
            .iter()
            .chain(&findings.observables)
            .cloned();
        let mut trajectory = Table::new(columns.chain(names));
        for (row, time) in findings.t.values.iter().enumerate() {
            let part = |array: &Array, columns: usize| {
                array.values[row * columns..(row + 1) * columns].to_vec()
            };
            let state = part(&findings.x, findings.components.len());
            let observed = part(&findings.observed, findings.observables.len());
            let numbers = [*time].into_iter().chain(state).chain(observed);
            trajectory.push(numbers.map(Into::into));
        }
        let mut events = Table::new(["t", "event"]);
        let times = findings.event_times.values.iter();
        for (time, number) in times.zip(&findings.event_numbers.values).take(SHOWN) {
            let name = findings.events.get(*number as usize);
            let name = name.map_or("", |event| event.name.as_str());
            events.push([(*time).into(), name.into()]);
        }
        let mut tables = vec![("trajectory".into(), trajectory), ("events".into(), events)];
        if let Some(steady) = &findings.steady_state {
            let mut roots = Table::new(["re", "im", "error"]);
            for root in &steady.roots {
                roots.push([root.re.into(), root.im.into(), root.error.into()]);
            }
            tables.push(("roots".into(), roots));
        }
        tables
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        /// Lines that a screen holds beside the rest.
        const MOST: usize = 12;
        let mut table = Table::new(["component", "at the end"]);
        let last = findings.components.iter().zip(&findings.last);
        for (name, value) in last.take(MOST) {
            table.push([name.as_str().into(), (*value).into()]);
        }
        let rest = findings.components.len().saturating_sub(MOST);
        let mut blocks = vec![Block::Table(table)];
        let mut line = |text: String| blocks.push(Block::Line(text));
        if rest > 0 {
            line(format!("and {rest} more, in x.npy"));
        }
        if let Some(name) = &findings.ended_by {
            line(format!("ended at t = {} by the event {name}", findings.end));
        }
        let events = findings.event_times.values.len();
        if !findings.events.is_empty() {
            line(format!(
                "{events} events of {} kinds",
                findings.events.len()
            ));
        }
        if let Some(steady) = &findings.steady_state {
            line(match (&steady.failure, steady.roots.first()) {
                (Some(failure), _) => format!("no steady state: {failure}"),
                (None, Some(root)) => {
                    let word = if root.re < 0.0 { "stable" } else { "unstable" };
                    let im = root.im.abs();
                    format!(
                        "a {word} steady state, rightmost root {:.6} ± {im:.6} i",
                        root.re
                    )
                }
                (None, None) => "a steady state".into(),
            });
        }
        blocks
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        figures(settings, findings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::{ModelFile, Problem, Silent, read};

    const TEXT: &str = r#"
title = "A chain of two"
experiment = "system"

[system]
equations = { x = "-a*x(t - tau)", "y[i]" = "w[i]*x - y[i]" }
parameters = { a = 1.0, tau = 1.0 }
sizes = { N = 2 }
data = { w = [1.0, 2.0] }

[history]
x = 1.0
"y[i]" = "0"

[solver]
tolerance = 1e-9
t_end = 5.0

[output]
samples = 6
"#;

    fn model(text: &str) -> ModelFile {
        ModelFile::from_text("own", "own.toml", text.to_owned()).unwrap()
    }

    #[test]
    fn a_system_of_a_model_file_runs() {
        let found = model(TEXT)
            .study::<SystemRun>()
            .unwrap()
            .find(&Silent)
            .unwrap();
        assert_eq!(found.components, ["x", "y[0]", "y[1]"]);
        assert_eq!(found.x.shape, [6, 3]);
        assert!((found.last[0] - 19.0 / 120.0).abs() < 1e-8);
        assert!((found.last[2] - 2.0 * found.last[1]).abs() < 1e-8);
    }

    #[test]
    fn mistakes_in_formulas_stand_at_their_column() {
        let place = |from: &str, to: &str, words: &str| {
            let text = TEXT.replace(from, to);
            let error = read(&model(&text)).err().unwrap();
            let meant = |problem: &&Problem| problem.diagnostic.message.contains(words);
            let problem = error.problems.iter().find(meant).unwrap();
            let (line, column) = error.line_column(problem).unwrap();
            let line = text.lines().nth(line - 1).unwrap();
            let rest: String = line.chars().skip(column - 1).collect();
            (rest, problem.diagnostic.clone())
        };
        let (rest, found) = place("w[i]*x - y", "w[i]*xx - y", "nothing is called `xx`");
        assert!(rest.starts_with("xx - y"), "{rest}");
        assert_eq!(found.help, "did you mean `x`?");
        assert_eq!(found.label, "column 6 of the formula");
        let history = "\"y[i]\" = \"0\"";
        let (rest, _) = place(history, "\"z[i]\" = \"0\"", "nothing is called `z`");
        assert!(rest.starts_with("z[i]"), "{rest}");
        let (rest, _) = place(history, "", "the history of `y` is missing");
        assert!(rest.starts_with("\"y[i]\" = \"w"), "{rest}");
        let (rest, _) = place("w = [1.0, 2.0]", "w = [1.0]", "has entries 0 to 0");
        assert!(rest.starts_with("i]*x"), "{rest}");
        let (rest, _) = place("a = 1.0,", "a = 1.0, aa = 2,", "no formula reads");
        assert!(rest.starts_with("aa = 2"), "{rest}");
    }

    fn shipped(name: &str, set: &[&str]) -> Findings {
        let mut model = ModelFile::open_shipped(name).unwrap();
        for assignment in set {
            model.set(assignment).unwrap();
        }
        model.study::<SystemRun>().unwrap().find(&Silent).unwrap()
    }

    #[test]
    fn the_shipped_neurons_fire_at_the_known_times() {
        let found = shipped("integrate-and-fire", &[]);
        let times = &found.event_times.values;
        for (time, known) in times
            .iter()
            .zip([1.098612289, 1.203972804, 2.083787533, 2.453787533])
        {
            assert!((time - known).abs() < 1e-8, "{time} for {known}");
        }
    }

    #[test]
    fn the_shipped_ring_reaches_its_wave() {
        let found = shipped("stuart-landau", &["solver.t_end=300"]);
        let (lambda, omega, k, tau) = (1.0, 2.0, 0.8, 0.6);
        let phi = std::f64::consts::TAU / 12.0;
        let mut turn: f64 = omega;
        for _ in 0..50 {
            let miss = turn - omega - k * (phi - turn * tau).sin();
            turn -= miss / (1.0 + k * tau * (phi - turn * tau).cos());
        }
        let radius = (lambda - k + k * (phi - turn * tau).cos()).sqrt();
        for i in 0..12 {
            let found = found.last[i].hypot(found.last[12 + i]);
            assert!((found - radius).abs() < 5e-6, "{i}: {found} for {radius}");
        }
    }

    #[test]
    fn a_cycle_goes_round_an_unstable_steady_state() {
        let found = shipped("wilson-cowan", &[]).steady_state.unwrap();
        assert_eq!(found.failure, None);
        let [e, i] = found.state[..] else {
            panic!("{:?}", found.state);
        };
        let s = |x: f64| 1.0 / (1.0 + (-x).exp());
        assert!((e - s(16.0 * e - 12.0 * i - 1.0)).abs() < 1e-12);
        assert!((i - s(15.0 * e - 3.0 * i - 4.0)).abs() < 1e-12);
        assert!(found.roots[0].re > 0.0 && found.roots[0].im > 0.0);
    }
}
