//! What the keys of a model do not allow together.

use super::settings::Settings;
use crate::experiment::Diagnostic;
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{Mistakes, Place, Placed, require};
use crate::language::System;
use crate::solver::{
    CollocationOptions, DelayField, StochasticField, StochasticMethod, common_step,
};

/// The time span, and that noise and paths go together and with nothing that paths do not know.
pub(super) fn span(settings: &Settings) -> Result<(), Mistakes> {
    let (begin, end) = (&settings.solver.t_begin, &settings.solver.t_end);
    let mut mistakes = Mistakes::default();
    mistakes.note(require(
        end,
        **end > **begin,
        format!("the run ends at {end}, which is not after its begin {begin}"),
        "this end",
        "choose `t_end` > `t_begin`",
    ));
    let noise = settings.noise.0.first().map(|formula| &formula.text);
    match (noise, &settings.paths) {
        (Some(noise), None) => mistakes.add(
            Diagnostic::new("a system with noise runs along paths")
                .at(noise.place().bytes())
                .label("this noise")
                .help("add a section `[paths]` with `step = ...`, and `count`"),
        ),
        (None, Some(paths)) => mistakes.add(
            Diagnostic::new("without noise all paths are one")
                .at(paths.step.place().bytes())
                .label("these paths")
                .help("add a section `[noise]`, as in `x = \"0.1\"`, or leave `[paths]` out"),
        ),
        _ => {}
    }
    for (name, event) in settings.events.0.iter().filter(|_| noise.is_some()) {
        let refused = [
            (
                !event.emit.is_empty(),
                "along paths of noise no pulses are sent",
                "change the state at once, by `set`, or leave out the noise",
            ),
            (
                event.stop_after.is_some(),
                "a path of noise is not ended by an event",
                "leave out `stop_after`: the report tells when each event happens first",
            ),
        ];
        for (_, what, remedy) in refused.into_iter().filter(|(is, ..)| *is) {
            mistakes.add(
                Diagnostic::new(what)
                    .at(name.place().bytes())
                    .label("this event")
                    .help(remedy),
            );
        }
    }
    mistakes.end()
}

/// Refuses to look for what only equations have that run on undisturbed: steady states, cycles and exponents know
/// nothing of jumps of the state, nor cycles and exponents of noise.
pub(super) fn what_is_analysed(settings: &Settings) -> Result<(), Mistakes> {
    let asked = &settings.analysis;
    let names = [
        (asked.roots.is_some(), "roots"),
        (asked.continuation.is_some(), "continuation"),
        (asked.cycle.is_some(), "cycle"),
        (asked.lyapunov.is_some(), "lyapunov"),
    ];
    let asked: Vec<&str> = names
        .iter()
        .filter(|(asked, _)| *asked)
        .map(|(_, name)| *name)
        .collect();
    let Some(first) = asked.first() else {
        return Ok(());
    };
    let mut mistakes = Mistakes::default();
    let parameters = &settings.system.parameters.0;
    let is_parameter = |target: &str| parameters.iter().any(|(name, _)| **name == *target.trim());
    for (name, event) in &settings.events.0 {
        let set = event.set.0.iter().map(|formula| &formula.key);
        let emit = event.emit.iter().map(|pulse| &pulse.target);
        if let Some(target) = set.chain(emit).find(|target| !is_parameter(target)) {
            mistakes.add(
                Diagnostic::new(format!(
                    "`analysis.{first}` looks at the equations alone, but the event `{}` changes `{}`",
                    &**name, &**target
                ))
                .at(target.place().bytes())
                .label("this jump of the state")
                .help(format!(
                    "leave out the event, or `{}` of `[analysis]`; events that change parameters alone may stay",
                    asked.join("`, `")
                )),
            );
        } else if let (Some(every), Some(changed)) = (&event.every, event.set.0.first()) {
            mistakes.add(
                Diagnostic::new(format!(
                    "`analysis.{first}` looks at equations with fixed parameters, but the event `{}` changes `{}` \
                     without end",
                    &**name, &*changed.key
                ))
                .at(every.period.place().bytes())
                .label("again and again")
                .help("let it happen at times that are over before `t_end`, `at = [...]`, or leave it out"),
            );
        }
    }
    let noise = settings.noise.0.first();
    let runs = asked
        .iter()
        .find(|name| matches!(**name, "cycle" | "lyapunov"));
    if let (Some(noise), Some(name)) = (noise, runs) {
        mistakes.add(
            Diagnostic::new(format!("`analysis.{name}` does not know of noise"))
                .at(noise.text.place().bytes())
                .label("this noise")
                .help(format!(
                    "leave `{name}` out of `[analysis]`, or the sections `[noise]` and `[paths]`"
                )),
        );
    }
    mistakes.end()
}

/// Whether steady state, cycle or exponents are asked for.
pub(super) fn is_analysis_asked(settings: &Settings) -> bool {
    let asked = &settings.analysis;
    asked.roots.is_some()
        || asked.continuation.is_some()
        || asked.cycle.is_some()
        || asked.lyapunov.is_some()
}

/// Refuses what the methods for equations with noise cannot do.
pub(super) fn noise(settings: &Settings, system: &System) -> Result<(), Mistakes> {
    let (Some(paths), Some(noise)) = (&settings.paths, settings.noise.0.first()) else {
        return Ok(());
    };
    let mut mistakes = Mistakes::default();
    let field = system.field();
    if field.varying_lags() > 0 || field.is_neutral() {
        let what = if field.is_neutral() {
            "read delayed slopes"
        } else {
            "read the past at times that vary"
        };
        mistakes.add(
            Diagnostic::new(format!("equations with noise cannot {what}"))
                .at(noise.text.place().bytes())
                .label("this noise")
                .help("read the past at `t` less a number, as in `x(t - 2)`, or leave out `[noise]` and `[paths]`"),
        );
        return mistakes.end();
    }
    if let Some((name, _)) = settings.events.0.first()
        && field.remembered() > 0.0
    {
        mistakes.add(
            Diagnostic::new("along paths of noise events do not read the past")
                .at(name.place().bytes())
                .label("this event, or one after it")
                .help("write its formulas with the present state, `x` instead of `x(t - 1)`"),
        );
    }
    let (Some(chosen), Some(noisy)) = (&paths.method, system.noisy()) else {
        return mistakes.end();
    };
    let (method, name) = (**chosen, chosen.name());
    mistakes.note(require(
        chosen,
        method.takes(noisy.noise()),
        format!("the method `{name}` does not take this noise"),
        "this method",
        "leave the method out, or choose `euler-maruyama`; `milstein` takes strengths that depend on time and on the \
         variable itself, `additive-runge-kutta` such as depend on time alone",
    ));
    let lags = system.lags();
    let any = method == StochasticMethod::EulerMaruyama;
    mistakes.note(require(
        chosen,
        any || common_step(lags, *paths.step).is_ok(),
        format!("the lags have no common step near {}, which `{name}` needs", paths.step),
        "this method",
        "leave the method out, or choose `euler-maruyama`, which interpolates; or make the lags multiples of each other",
    ));
    mistakes.end()
}

/// Refuses to look for what only equations that are the same at all times have.
pub(super) fn analysis(settings: &Settings, system: &System) -> Result<(), Mistakes> {
    let asked = &settings.analysis;
    let places = [
        asked.roots.as_ref().map(Placed::place),
        asked.continuation.as_ref().map(|way| way.parameter.place()),
        asked.lyapunov.as_ref().map(Placed::place),
        asked.cycle.as_ref().map(|cycle| cycle.tolerance.place()),
    ];
    let place = places
        .into_iter()
        .flatten()
        .next()
        .unwrap_or(Place::NOWHERE);
    require(
        &place,
        !is_analysis_asked(settings) || system.is_autonomous(),
        "the equations depend on time: they have no steady state, and no cycle of their own",
        "asked for here",
        "leave this out of `[analysis]`, or time out of the equations",
    )?;
    Ok(())
}

/// The value of the parameter that is varied, 0 if none is.
pub(super) fn start_of_continuation(settings: &Settings) -> Result<f64, Mistakes> {
    let Some(way) = &settings.analysis.continuation else {
        return Ok(0.0);
    };
    let known = &settings.system.parameters.0;
    let found = known.iter().find(|(name, _)| *name == way.parameter);
    let from = found.map(|(_, value)| **value).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|(name, _)| &**name).collect();
        let place = way.parameter.place().bytes();
        Diagnostic::unknown("parameter", &way.parameter, place, &names)
    })?;
    require(
        &way.to,
        *way.to != from,
        format!(
            "the way of `{}` ends where it begins, at {from}",
            &*way.parameter
        ),
        "this end",
        "choose another `to`",
    )?;
    Ok(from)
}

/// What is saved must fit into memory, and what is computed must end.
pub(super) fn size(settings: &Settings, system: &System) -> Result<(), Mistakes> {
    let dimension = system.dimension() as f64;
    let columns = 1.0 + dimension + system.observables().len() as f64;
    let samples = settings.output.samples;
    let mut mistakes = Mistakes::default();
    let saved = NUMBER * columns * *samples as f64;
    mistakes.note(require_memory(&samples, "the samples", saved));
    if let Some(paths) = &settings.paths {
        let saved = NUMBER * dimension * *samples as f64 * *paths.count as f64;
        mistakes.note(require_memory(&paths.count, "the paths", saved));
        let steps = (*settings.solver.t_end - *settings.solver.t_begin) / *paths.step;
        let most = settings.solver.maximum_steps;
        mistakes.note(require(
            &paths.step,
            steps <= *most as f64,
            format!("{steps:.1e} steps to `t_end`"),
            "too short for this time span",
            format!("choose a longer step, or raise `solver.maximum_steps` above {most}"),
        ));
    }
    let asked = &settings.analysis;
    if let Some(count) = &asked.lyapunov {
        // every pair of disturbances is made orthogonal
        let bytes = NUMBER * (**count as f64).powi(2);
        mistakes.note(require_memory(count, "the disturbances", bytes));
    }
    if let Some(way) = &asked.continuation {
        let bytes = NUMBER * (3.0 + dimension) * *way.points as f64;
        mistakes.note(require_memory(&way.points, "the way", bytes));
    }
    if let Some(cycle) = &asked.cycle {
        let most = CollocationOptions::default().most_intervals;
        mistakes.note(require(
            &cycle.intervals,
            *cycle.intervals <= most,
            format!("{} intervals for a first mesh", cycle.intervals),
            "these intervals",
            format!("choose {most} at most; those that are too coarse are halved"),
        ));
    }
    mistakes.end()
}
