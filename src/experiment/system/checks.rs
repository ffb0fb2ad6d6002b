//! What does not go together in a model file.

use super::settings::Settings;
use crate::experiment::Diagnostic;
use crate::experiment::settings::{Mistakes, Placed, require};
use crate::language::System;

/// Refuses what does not go together.
pub(super) fn check(settings: &Settings, system: &System, smooth: &System) -> Result<(), Mistakes> {
    let mut mistakes = Mistakes::default();
    let (begin, end) = (&settings.solver.t_begin, &settings.solver.t_end);
    for (name, first, last) in system.input_spans() {
        mistakes.note(require(
            begin,
            **begin >= *first,
            format!("the run begins at {begin}, but `{name}` is read from {first} on"),
            "this begin",
            format!("begin at {first} or later, or give the input an earlier row"),
        ));
        mistakes.note(require(
            end,
            **end <= *last,
            format!("the run ends at {end}, but `{name}` is known up to {last} only"),
            "this end",
            format!("end at {last} or before, give the input a later row, or take steps, the last of which has no end"),
        ));
    }
    let noise = settings.system.noise.0.first();
    if let (Some(noise), Some((event, _))) = (noise, settings.events.0.first()) {
        mistakes.note(require(
            event,
            false,
            format!("a system with noise (`{}`) has no events", &*noise.key),
            "this event",
            "leave out the events or the noise",
        ));
    }
    let analysis = &settings.analysis;
    let asked = analysis.roots.is_some()
        || analysis.continuation.is_some()
        || analysis.cycle
        || analysis.lyapunov.is_some();
    if asked && !smooth.is_autonomous() {
        let first = settings.system.equations.0.first();
        let shown = first.map_or(begin.place(), |formula| formula.key.place());
        mistakes.add(
            Diagnostic::new("the equations depend on the time `t`, where steady states, cycles and exponents are asked for")
                .at(shown.bytes())
                .label("the first equation")
                .help("leave out `[analysis]`, or the terms that depend on `t`"),
        );
    }
    if let Some(continuation) = &analysis.continuation {
        let parameter = &continuation.parameter;
        let names = settings.system.parameters.0.iter();
        let names: Vec<&str> = names.map(|(name, _)| &**name).collect();
        if !names.contains(&&**parameter) {
            let place = parameter.place().bytes();
            mistakes.add(Diagnostic::unknown("parameter", parameter, place, &names));
        }
        mistakes.note(require(
            &continuation.to,
            *continuation.to != *continuation.from,
            format!(
                "`{}` is followed from {} to the same value",
                &**parameter, *continuation.from
            ),
            "this value",
            "choose another one",
        ));
    }
    mistakes.end()
}
