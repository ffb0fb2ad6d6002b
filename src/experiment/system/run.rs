//! Kind `system`: a trajectory of one's own equations, or many paths of them under noise, and what is asked of steady
//! states, cycles and exponents.

use std::collections::BTreeMap;

use super::checks::check;
use super::continuation::{Continuation, follow};
use super::cycle::cycle;
use super::diagnose::mistakes;
use super::figures::figures;
use super::findings::{EventCount, Findings, SteadyState, courses};
use super::paths::{Paths, paths};
use super::report::{summary, tables};
use super::settings::Settings;
use super::steady::steady_state;
use crate::analysis::{LyapunovSettings, LyapunovSpectrum, lyapunov_exponents};
use crate::experiment::files::checksum;
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{Mistakes, require};
use crate::experiment::{Array, Block, Drawing, Header, Progress, RunError, Study, Table, part};
use crate::language::{Data, System, SystemText};
use crate::solver::{
    DelaySolver, Occurrence, Options, Save, StochasticOptions, Termination, Trajectory, solve,
};

/// A trajectory of one's own system.
pub struct SystemRun {
    settings: Settings,
    system: System,
    /// The system long after its beginning, and its text.
    smooth: System,
    text: SystemText,
    /// What was read from files.
    read: Vec<Data>,
    seed: u64,
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

    /// The times at which the solution is saved.
    fn times(&self) -> Vec<f64> {
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
        (0..count).map(time).collect()
    }

    fn trajectory(&self) -> Result<Trajectory, RunError> {
        let (begin, end) = (*self.settings.solver.t_begin, *self.settings.solver.t_end);
        let field = self.system.field();
        let history = self.system.history(begin);
        let mut engine = DelaySolver::new(&field, history, begin, self.options())?;
        let save = Save::At(self.times());
        Ok(solve(&mut engine, end, &save, &self.system.events())?)
    }

    fn paths(&self) -> Result<(Trajectory, Option<Paths>), RunError> {
        let settings = &self.settings.paths;
        let options = StochasticOptions {
            method: settings.method.map(|method| *method),
            seed: self.seed,
            ..StochasticOptions::with_step(*settings.step)
        };
        let (first, common) = paths(&self.smooth, &self.times(), *settings.count, options)?;
        Ok((first, Some(common)))
    }

    /// The steady state along a parameter.
    fn continuation(&self, steady: &SteadyState) -> Option<Result<Continuation, RunError>> {
        let settings = self.settings.analysis.continuation.as_ref()?;
        let last = (*settings.points - 1) as f64;
        let (from, to) = (*settings.from, *settings.to);
        let value = |k: usize| from + k as f64 / last * (to - from);
        let values: Vec<f64> = (0..*settings.points).map(value).collect();
        let text = self.text.clone().smooth();
        Some(follow(&text, &settings.parameter, &values, &steady.state))
    }

    fn lyapunov(&self) -> Option<Result<LyapunovSpectrum, RunError>> {
        let settings = self.settings.analysis.lyapunov.as_ref()?;
        let settings = LyapunovSettings {
            exponents: *settings.count,
            transient: *settings.transient,
            duration: *settings.duration,
            solver: self.options(),
            ..LyapunovSettings::default()
        };
        let history = self.smooth.history(0.0);
        let found = lyapunov_exponents(&self.smooth.field(), history, &settings);
        Some(found.map_err(RunError::numerical))
    }
}

impl Study for SystemRun {
    const NAME: &'static str = "system";
    const SUMMARY: &'static str =
        "one trajectory of your own equations: delays, families, events, written as formulas";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
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
        let smooth = text
            .clone()
            .smooth()
            .compile()
            .map_err(|errors| mistakes(&settings, &errors))?;
        check(&settings, &system, &smooth)?;
        let noisy = !settings.system.noise.0.is_empty();
        let paths = if noisy { *settings.paths.count } else { 1 };
        let columns = 1 + paths * system.dimension() + system.observables().len();
        let samples = settings.output.samples;
        let saved = NUMBER * columns as f64 * *samples as f64;
        require_memory(&samples, "the samples", saved)?;
        Ok(Self {
            settings,
            system,
            smooth,
            text,
            read,
            seed: header.seed,
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
        let (run, paths): (Trajectory, Option<Paths>) = part(progress, "trajectory", || {
            if self.settings.system.noise.0.is_empty() {
                Ok((self.trajectory()?, None))
            } else {
                self.paths()
            }
        })?;
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
        let analysis = &self.settings.analysis;
        let asked = analysis
            .roots
            .or(analysis.continuation.as_ref().map(|_| 1.into()));
        let field = self.smooth.field();
        let steady = asked.map(|count| steady_state(&field, &run, &last, *count));
        let continuation = steady.as_ref().and_then(|steady| self.continuation(steady));
        let lyapunov = self.lyapunov().transpose()?;
        let happened = !run.events.is_empty();
        let events = |name: &str, number: &dyn Fn(&Occurrence) -> f64| {
            happened.then(|| Array::list(name, run.events.iter().map(number).collect()))
        };
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
            event_times: events("event_times", &|event| event.time),
            event_numbers: events("event_numbers", &|event| event.event as f64),
            continuation: continuation.transpose()?,
            cycle: analysis.cycle.then(|| cycle(&field, &run)),
            lyapunov,
            paths,
            steady_state: steady.filter(|_| analysis.roots.is_some()),
            last,
            observed: Array::rows("observed", observables.len(), observed),
            observables,
            x: Array::rows("x", run.dimension, run.states),
            t: Array::list("t", run.times),
            statistics: run.statistics,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        tables(findings)
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        summary(findings)
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        figures(settings, findings)
    }
}
