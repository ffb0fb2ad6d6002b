//! The equations as they are at the end of a run: with the parameters that events have left.

use super::run::SystemRun;
use super::settings::Settings;
use crate::experiment::RunError;
use crate::language::{System, SystemText};
use crate::solver::{Dense, History};

/// The equations at the end of a run, without events.
pub(super) struct Late<'r> {
    /// As text, for other values of its parameters,
    pub(super) text: SystemText,
    /// and compiled.
    pub(super) system: System,
    run: &'r SystemRun,
    /// The run, if events have changed parameters on the way.
    changed: Option<Course>,
}

/// A run that went through changes of parameters.
struct Course {
    dense: Dense,
    end: f64,
    /// Times of events.
    bends: Vec<f64>,
}

impl<'r> Late<'r> {
    /// The equations with the values that the parameters among the components of `last` have at `end`.
    pub(super) fn of(run: &'r SystemRun, last: &[f64], end: f64) -> Result<Self, RunError> {
        let mut text = run.smooth.clone();
        let names = run.system.components();
        let compile = |text: &SystemText| text.compile().map_err(RunError::numerical);
        let mut system = compile(&text)?;
        // parameters that events change stand behind the variables
        let own = system.dimension();
        let changes = names.len() > own;
        for (name, value) in names.iter().zip(last).skip(own) {
            text = text.parameter(name, *value);
        }
        let asked = &run.settings.analysis;
        let mut changed = None;
        if changes {
            system = compile(&text)?;
            if asked.cycle.is_some() || asked.lyapunov.is_some() {
                let kept = run.kept()?;
                let bends = kept.events.iter().map(|event| event.time - end);
                changed = kept.dense.map(|dense| Course {
                    dense,
                    end,
                    bends: bends.filter(|time| *time < 0.0).collect(),
                });
            }
        }
        Ok(Self {
            text,
            system,
            run,
            changed,
        })
    }

    /// The values of the variables among all components of a state.
    pub(super) fn own<'s>(&self, state: &'s [f64]) -> &'s [f64] {
        &state[..self.system.dimension()]
    }

    /// From when to when the equations are followed: where they have been the same all along as the run was, else
    /// from its end, which becomes time 0, and as long.
    pub(super) fn span(&self) -> (f64, f64) {
        let (begin, end) = self.run.span();
        match self.changed {
            None => (begin, end),
            Some(_) => (0.0, end - begin),
        }
    }

    /// The past of what is followed from time `begin` on.
    pub(super) fn history(&self, begin: f64) -> History<'_> {
        let Some(Course { dense, end, bends }) = &self.changed else {
            return self.system.history(begin);
        };
        let own = self.system.dimension();
        let (first, _) = self.run.span();
        let earlier = self.run.system.history(first);
        let all = self.run.system.dimension();
        let value = move |time: f64, state: &mut [f64]| {
            let time = (end + time).min(*end);
            if let Some(known) = dense.state(time) {
                state.copy_from_slice(&known[..own]);
            } else {
                let mut known = vec![0.0; all];
                earlier.evaluate(time, &mut known);
                state.copy_from_slice(&known[..own]);
            }
        };
        let mut bends = bends.clone();
        bends.push(first - end);
        bends.sort_by(f64::total_cmp);
        bends.dedup();
        History::function(own, value).with_breaking_points(&bends)
    }
}

/// Why there is no steady state, cycle or exponent: an event that waits for a condition has changed parameters over
/// the later half of the run, and may do so again.
pub(super) fn restless(
    settings: &Settings,
    happened: impl Iterator<Item = (String, f64)>,
) -> Option<String> {
    let half = 0.5 * (*settings.solver.t_begin + *settings.solver.t_end);
    let waits = |name: &str| {
        let base = name.split('[').next().unwrap_or(name);
        let mut all = settings.events.0.iter();
        all.any(|(key, event)| {
            let known = key.split('[').next().unwrap_or(key).trim();
            known == base && event.when.is_some() && !event.set.0.is_empty()
        })
    };
    let (name, time) = happened
        .filter(|(name, time)| *time > half && waits(name))
        .last()?;
    Some(format!(
        "the event {name} has changed parameters as late as t = {time}: the equations are not the same over the \
         later half of the run; choose a later `t_end`, or let the event happen at times, `at = [...]`"
    ))
}
