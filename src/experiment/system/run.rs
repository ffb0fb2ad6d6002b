//! Kind `system`: trajectories of one's own equations.

use std::collections::BTreeMap;

use super::cycle::{CycleFound, cycle};
use super::diagnose::mistakes;
use super::exponents::{Exponents, exponents};
use super::figures::figures;
use super::findings::{Driven, EventCount, Findings, courses};
use super::late::{Late, restless};
use super::path_events::Happened;
use super::paths::{Paths, happened, paths};
use super::settings::Settings;
use super::steady::{Branch, SteadyState, follow, steady_state};
use super::{checks, shown};
use crate::experiment::data::files::checksum;
use crate::experiment::settings::Mistakes;
use crate::experiment::{Array, Block, Drawing, Header, Progress, RunError, Study, Table, part};
use crate::language::{Data, System, SystemText};
use crate::solver::{DelaySolver, Options, Save, Termination, Trajectory, solve};

/// Trajectories of one's own system.
pub struct SystemRun {
    pub(super) settings: Settings,
    pub(super) system: System,
    /// The equations as text, as they are long after the beginning.
    pub(super) smooth: SystemText,
    /// The system along paths of noise.
    noisy: Option<System>,
    /// Value of the parameter that is varied.
    from: f64,
    /// Seed of the model.
    seed: u64,
    /// What the model shows.
    title: String,
    /// What was read from files.
    read: Vec<Data>,
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

    pub(super) fn span(&self) -> (f64, f64) {
        let solver = &self.settings.solver;
        (*solver.t_begin, *solver.t_end)
    }

    /// Times at which the solution is saved.
    fn times(&self) -> Vec<f64> {
        let (begin, end) = self.span();
        let last = *self.settings.output.samples - 1;
        let step = (end - begin) / last as f64;
        let time = |k: usize| {
            if k == last {
                end
            } else {
                begin + k as f64 * step
            }
        };
        (0..=last).map(time).collect()
    }

    fn trajectory(&self) -> Result<Trajectory, RunError> {
        let (begin, end) = self.span();
        let field = self.system.field();
        let history = self.system.history(begin);
        let mut engine = DelaySolver::new(&field, history, begin, self.options())?;
        let save = Save::At(self.times());
        Ok(solve(&mut engine, end, &save, &self.system.events())?)
    }

    /// The inputs at the saved times.
    fn driven(&self, times: &[f64]) -> Result<Option<Driven>, RunError> {
        let (mut names, mut courses) = (Vec::new(), Vec::new());
        for (name, input) in &self.settings.system.inputs.0 {
            let course = input.course().map_err(|_| RunError::DataChanged)?.0;
            let columns = course.columns();
            names.extend((0..columns).map(|column| match columns {
                1 => name.to_string(),
                _ => format!("{}[{column}]", &**name),
            }));
            courses.push(course);
        }
        let row = |time: f64| {
            let courses = courses.iter();
            courses.flat_map(move |course| {
                (0..course.columns()).map(move |column| course.at(column, time))
            })
        };
        let values = times.iter().flat_map(|time| row(*time)).collect();
        let axes = ["sample, at the times of t", "input"];
        Ok((!names.is_empty()).then(|| Driven {
            values: Array::rows("inputs", names.len(), values).along(axes, "in the system's units"),
            names,
        }))
    }

    /// The same, kept as a whole.
    pub(super) fn kept(&self) -> Result<Trajectory, RunError> {
        let (begin, end) = self.span();
        let field = self.system.field();
        let history = self.system.history(begin);
        let mut engine = DelaySolver::new(&field, history, begin, self.options())?;
        engine.keep(&[])?;
        Ok(solve(&mut engine, end, &Save::Last, &self.system.events())?)
    }

    /// The system as it is long after the beginning.
    fn smooth(&self) -> Result<System, RunError> {
        self.smooth.compile().map_err(RunError::numerical)
    }

    /// The trajectory and its events, or with noise those of the first path and what all have in common.
    fn course(&self, progress: &dyn Progress) -> Result<Course, RunError> {
        let (Some(settings), Some(noisy)) = (&self.settings.paths, &self.noisy) else {
            progress.begin("integrating", 1);
            let run = part(progress, "trajectory", || self.trajectory())?;
            progress.advance(1);
            let events = happened(&run);
            return Ok((run, events, None));
        };
        let seed = settings.seed.unwrap_or(self.seed);
        let (span, times) = (self.span(), self.times());
        let (first, events, all) = paths(noisy, settings, seed, span, &times, progress)?;
        Ok((first, events, Some(all)))
    }
}

/// A trajectory, its events, and the paths of which it is the first.
type Course = (Trajectory, Happened, Option<Paths>);

/// What is asked of the equations at the end of a run.
#[derive(Default)]
struct Analysed {
    steady: Option<SteadyState>,
    branch: Option<Branch>,
    cycle: Option<CycleFound>,
    exponents: Option<Exponents>,
}

impl SystemRun {
    /// Steady state, branch, cycle and exponents, as far as they are asked for.
    fn analysed(
        &self,
        (run, events): (&Trajectory, &[(usize, f64)]),
        last: &[f64],
        end: f64,
        progress: &dyn Progress,
    ) -> Result<Analysed, RunError> {
        let mut found = Analysed::default();
        if !checks::is_analysis_asked(&self.settings) {
            return Ok(found);
        }
        let asked = &self.settings.analysis;
        let names = self.system.event_names();
        let happened = events.iter().map(|(event, time)| {
            let name = names.get(*event).copied().unwrap_or_default();
            (name.to_owned(), *time)
        });
        let asks_steady = asked.roots.is_some() || asked.continuation.is_some();
        if let Some(why) = restless(&self.settings, happened) {
            let dimension = self.smooth()?.dimension();
            found.steady = asks_steady.then(|| SteadyState::failed(why.clone()));
            let cycle = asked.cycle.as_ref();
            found.cycle = cycle.map(|_| CycleFound::failed(dimension, why.clone()));
            found.exponents = asked.lyapunov.map(|_| Exponents::failed(why));
            return Ok(found);
        }
        let late = Late::of(self, last, end)?;
        if asks_steady {
            let roots = asked.roots.map_or(1, |count| *count);
            found.steady = Some(steady_state(&late, run, last, roots));
        }
        if let (Some(settings), Some(steady)) = (&asked.continuation, &found.steady)
            && steady.failure.is_none()
        {
            progress.begin("continuation", 1);
            let names = self.system.components();
            let changed = names.iter().position(|name| *name == *settings.parameter);
            let from = changed.map_or(self.from, |place| last[place]);
            let follow = || follow(&late.text, from, &steady.state, settings);
            found.branch = Some(part(progress, "continuation", follow)?);
            progress.advance(1);
        }
        if let Some(settings) = &asked.cycle {
            progress.begin("cycle", 1);
            let close = || Ok(cycle(&late, self.options(), settings)?);
            found.cycle = Some(part(progress, "cycle", close)?);
            progress.advance(1);
        }
        if let Some(count) = asked.lyapunov {
            progress.begin("exponents", 1);
            let find = || Ok(exponents(&late, &self.settings, *count, self.options()));
            found.exponents = Some(part(progress, "exponents", find)?);
            progress.advance(1);
        }
        Ok(found)
    }
}

impl Study for SystemRun {
    const NAME: &'static str = "system";
    const SUMMARY: &'static str = "your own equations, written as formulas: delays, families, events, inputs, noise; \
        cycles, stability, exponents";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        checks::span(&settings)?;
        checks::what_is_analysed(&settings)?;
        let (text, read) = settings.text()?;
        let compiled = |text: &SystemText| {
            let system = text.compile();
            system.map_err(|errors| mistakes(&settings, &errors))
        };
        let system = compiled(&text)?;
        let noisy = match settings.paths {
            Some(_) => Some(compiled(&text.clone().whole_windows())?),
            None => None,
        };
        if let Some(noisy) = &noisy {
            checks::noise(&settings, noisy)?;
        }
        let smooth = text.smooth();
        if checks::is_analysis_asked(&settings) {
            checks::analysis(&settings, &compiled(&smooth)?)?;
        }
        checks::size(&settings, &system)?;
        let from = checks::start_of_continuation(&settings)?;
        Ok(Self {
            settings,
            system,
            smooth,
            noisy,
            from,
            seed: header.seed,
            title: header.title.to_string(),
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
        let noise = self.settings.noise.0.iter();
        plan.extend(noise.map(|formula| {
            let name = format!("noise of {}", &*formula.key);
            (name, formula.text.to_string())
        }));
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
            match &self.settings.paths {
                None => ("tolerance".into(), format!("{:e}", *solver.tolerance)),
                Some(paths) => (
                    "paths".into(),
                    format!("{}, in steps up to {}", paths.count, paths.step),
                ),
            },
            ("samples".into(), self.settings.output.samples.to_string()),
        ]);
        let notes = shown::never(&self.settings).into_iter();
        plan.extend(notes.map(|note| ("note".into(), note)));
        plan
    }

    fn data(&self) -> Option<u32> {
        let numbers = self.read.iter().flat_map(|data| &data.values);
        (!self.read.is_empty()).then(|| checksum(numbers))
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        let (run, events, paths) = self.course(progress)?;
        let names = self.system.event_names();
        let count = |number: usize| events.iter().filter(|(event, _)| *event == number).count();
        let counts = names.iter().enumerate().map(|(number, name)| EventCount {
            name: (*name).to_owned(),
            count: count(number),
        });
        let ended_by = match run.termination {
            Termination::Event(number) => names.get(number).map(|name| (*name).to_owned()),
            Termination::End => None,
        };
        let (end, last) = match (&ended_by, run.events.last()) {
            (Some(_), Some(event)) => (event.time, event.state.clone()),
            _ => (*self.settings.solver.t_end, run.last().to_vec()),
        };
        let Analysed {
            steady,
            branch,
            cycle,
            exponents,
        } = self.analysed((&run, &events), &last, end, progress)?;
        let observables = self.system.observables();
        let observed = self.system.observe(&run);
        let components = self.system.components();
        let mut all = BTreeMap::new();
        courses(&components, &run.states, &mut all);
        courses(&observables, &observed, &mut all);
        let variables = self.system.variables().into_iter();
        let times = events.iter().map(|(_, time)| *time);
        let numbers = events.iter().map(|(event, _)| *event as f64);
        let at_samples = "sample, at the times of t";
        let units = "in the system's units";
        let driven = self.driven(&run.times)?;
        Ok(Findings {
            shows: self.title.clone(),
            components,
            courses: all,
            variables: variables
                .map(|(name, length)| (name.to_owned(), length))
                .collect(),
            lags: self.system.lags().len(),
            end,
            ended_by,
            events: counts.collect(),
            event_times: Array::list("event_times", times.collect())
                .along(["event"], "time in the system's unit"),
            event_numbers: Array::list("event_numbers", numbers.collect())
                .along(["event"], "which event, from 0"),
            paths,
            steady_state: steady,
            branch,
            cycle,
            exponents,
            last,
            observed: Array::rows("observed", observables.len(), observed)
                .along([at_samples, "observable"], units),
            observables,
            x: Array::rows("x", run.dimension, run.states).along([at_samples, "component"], units),
            driven,
            t: Array::list("t", run.times).along(["sample"], "time in the system's unit"),
            statistics: run.statistics,
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        shown::tables(findings)
    }

    fn summary(settings: &Settings, findings: &Findings) -> Vec<Block> {
        let notes = shown::never(settings).into_iter().map(Block::Line);
        shown::summary(findings).into_iter().chain(notes).collect()
    }

    fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
        figures(settings, findings)
    }
}
