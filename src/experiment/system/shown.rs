//! Tables and summary of a run.

use super::cycle::CycleFound;
use super::findings::{EventCount, Findings};
use super::paths::Paths;
use super::settings::Settings;
use super::steady::Branch;
use crate::experiment::{Array, Block, Table};

/// Events that the table holds one by one; arrays hold all of them.
const SHOWN: usize = 1000;

/// Real parts of roots below this, relative to `1 + |im|`, count as zero: what a conserved quantity leaves of one
/// (chosen, above the square root of rounding that a double root is known to).
const NEUTRAL: f64 = 1e-7;

pub(super) fn tables(findings: &Findings) -> Vec<(String, Table)> {
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
    if let Some(paths) = &findings.paths {
        tables.push(("moments".into(), moments(paths)));
        if !paths.events.is_empty() {
            tables.push(("path_events".into(), path_events(paths)));
        }
    }
    tables.extend(
        findings
            .branch
            .as_ref()
            .map(|branch| ("continuation".to_owned(), continuation(findings, branch))),
    );
    tables.extend(
        findings
            .cycle
            .as_ref()
            .map(|cycle| ("multipliers".to_owned(), multipliers(cycle))),
    );
    if let Some(spectrum) = findings
        .exponents
        .as_ref()
        .and_then(|found| found.spectrum.as_ref())
    {
        let mut table = Table::new(["number", "exponent", "error"]);
        let pairs = spectrum.exponents.iter().zip(&spectrum.errors);
        for (number, (exponent, error)) in pairs.enumerate() {
            table.push([(number + 1).into(), (*exponent).into(), (*error).into()]);
        }
        tables.push(("exponents".into(), table));
    }
    tables
}

fn moments(paths: &Paths) -> Table {
    let mut table = Table::new([
        "component",
        "mean",
        "error",
        "variance",
        "error of variance",
    ]);
    for found in &paths.moments {
        table.push([
            found.component.as_str().into(),
            found.mean.into(),
            found.mean_error.into(),
            found.variance.into(),
            found.variance_error.into(),
        ]);
    }
    table
}

fn path_events(paths: &Paths) -> Table {
    let mut table = Table::new([
        "event",
        "count",
        "rate",
        "error",
        "mean interval",
        "cv",
        "share of paths",
        "first time",
        "error of first time",
    ]);
    for found in &paths.events {
        table.push([
            found.event.as_str().into(),
            found.count.into(),
            found.rate.into(),
            found.rate_error.into(),
            found.mean_interval.into(),
            found.cv.into(),
            found.share.into(),
            found.first.into(),
            found.first_error.into(),
        ]);
    }
    table
}

fn continuation(findings: &Findings, branch: &Branch) -> Table {
    let names = [branch.parameter.clone(), "root re".into(), "root im".into()];
    // parameters that events change are no components here
    let width = branch.states.shape.get(1).copied().unwrap_or(0).max(1);
    let components = findings.components.iter().take(width).cloned();
    let mut table = Table::new(names.into_iter().chain(components));
    let states = branch.states.values.chunks(width);
    let rows = branch
        .values
        .values
        .iter()
        .zip(branch.roots.values.chunks(2));
    for ((value, root), state) in rows.zip(states) {
        let numbers = std::iter::once(value).chain(root).chain(state);
        table.push(numbers.map(|number| (*number).into()));
    }
    table
}

fn multipliers(cycle: &CycleFound) -> Table {
    let mut table = Table::new(["re", "im", "modulus"]);
    for (re, im) in &cycle.multipliers {
        table.push([(*re).into(), (*im).into(), re.hypot(*im).into()]);
    }
    table
}

/// Events that are listed at times which the run does not come to.
pub(super) fn never(settings: &Settings) -> Vec<String> {
    /// Times that a line holds (chosen).
    const MOST: usize = 5;
    let (begin, end) = (*settings.solver.t_begin, *settings.solver.t_end);
    let mut notes = Vec::new();
    for (name, event) in &settings.events.0 {
        let listed = event.at.iter().flatten().map(|time| **time);
        // one without end comes to the run if it begins early enough
        let first = event.every.iter().map(|every| *every.first);
        let first = first.filter(|time| *time >= end);
        let outside: Vec<f64> = listed
            .chain(first)
            .filter(|time| !(begin..end).contains(time))
            .collect();
        if outside.is_empty() {
            continue;
        }
        let shown: Vec<String> = outside.iter().take(MOST).map(f64::to_string).collect();
        let more = if outside.len() > MOST { ", ..." } else { "" };
        notes.push(format!(
            "the event {} does not happen at {}{more}: the run goes from {begin} to {end}, without its end",
            &**name,
            shown.join(", ")
        ));
    }
    notes
}

pub(super) fn summary(findings: &Findings) -> Vec<Block> {
    /// Lines that a screen holds beside the rest.
    const MOST: usize = 12;
    let end = match findings.paths {
        Some(_) => "at the end of the first path",
        None => "at the end",
    };
    let mut table = Table::new(["component", end]);
    // what was asked for comes first
    let width = findings.observables.len();
    let values = &findings.observed.values;
    let observed = &values[values.len().saturating_sub(width)..];
    let observed = findings.observables.iter().zip(observed);
    let last = findings.components.iter().zip(&findings.last);
    for (name, value) in observed.take(MOST).chain(last.take(MOST)) {
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
    if !findings.events.is_empty() {
        let times = |event: &EventCount| format!("{} {}", event.name, event.count);
        let counts: Vec<String> = findings.events.iter().take(MOST).map(times).collect();
        let more = match findings.events.len().saturating_sub(MOST) {
            0 => String::new(),
            more => format!(", and {more} more, in events.csv"),
        };
        let on = match findings.paths {
            Some(_) => " on the first path",
            None => "",
        };
        line(format!("events{on}: {}{more}", counts.join(", ")));
    }
    if let Some(steady) = &findings.steady_state {
        line(match (&steady.failure, steady.roots.first()) {
            (Some(failure), _) => format!("no steady state: {failure}"),
            (None, Some(root)) => {
                let word = if root.re.abs() <= NEUTRAL * (1.0 + root.im.abs()) {
                    "a neutral"
                } else if root.re < 0.0 {
                    "a stable"
                } else {
                    "an unstable"
                };
                let im = match root.im.abs() {
                    0.0 => String::new(),
                    im => format!(" ± {im:.6} i"),
                };
                format!("{word} steady state, rightmost root {:.6}{im}", root.re)
            }
            (None, None) => "a steady state".into(),
        });
    }
    blocks.extend(analysed(findings));
    blocks
}

/// What was asked of paths, branch, cycle and exponents.
fn analysed(findings: &Findings) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(paths) = &findings.paths {
        let Paths {
            count,
            step,
            method,
            ..
        } = paths;
        if !paths.events.is_empty() {
            blocks.push(Block::Table(path_events(paths)));
            let more = match findings.events.len() - paths.events.len() {
                0 => String::new(),
                more => format!("; {more} more events stand in path_event_times.npy"),
            };
            blocks.push(Block::Line(format!(
                "events of {count} paths: rates and intervals over the later half of the time span; first times on the \
                 paths on which the event happens{more}"
            )));
        }
        blocks.push(Block::Table(moments(paths)));
        blocks.push(Block::Line(format!(
            "moments of {count} paths over the later half of the time span, standard errors beside them; steps of \
             {step}, {}",
            serde_json::to_value(method).unwrap_or_default().as_str().unwrap_or_default()
        )));
    }
    let mut line = |text: String| blocks.push(Block::Line(text));
    if let Some(branch) = &findings.branch {
        let name = &branch.parameter;
        for crossing in &branch.crossings {
            line(match crossing.frequency {
                0.0 => format!("a real root passes zero at {name} = {:.8}", crossing.value),
                frequency => format!(
                    "Hopf point at {name} = {:.8}, frequency {:.8}, period {:.6}",
                    crossing.value,
                    frequency.abs(),
                    std::f64::consts::TAU / frequency.abs()
                ),
            });
        }
        if branch.crossings.is_empty() {
            let unstable = branch.roots.values.iter().step_by(2).any(|re| *re > 0.0);
            line(if unstable {
                format!(
                    "the rightmost root does not pass the imaginary axis along {name}: the steady state is unstable \
                     all along, and what other roots do is not watched"
                )
            } else {
                format!("no root passes the imaginary axis along {name}")
            });
        }
        if let Some(reason) = &branch.ended {
            line(format!(
                "the steady state is not followed further: {reason}"
            ));
        }
    }
    if let Some(cycle) = &findings.cycle {
        line(match (&cycle.failure, cycle.period) {
            (None, Some(period)) => {
                let word = if cycle.stable == Some(true) {
                    "stable"
                } else {
                    "not stable"
                };
                let moduli = cycle.multipliers.iter().map(|(re, im)| re.hypot(*im));
                let moduli: Vec<String> = moduli.take(4).map(|size| format!("{size:.6}")).collect();
                format!(
                    "a cycle of period {period:.8}, {word}; multipliers {}",
                    moduli.join(", ")
                )
            }
            (failure, _) => format!("no cycle: {}", failure.as_deref().unwrap_or("")),
        });
    }
    if let Some(found) = &findings.exponents {
        line(match (&found.spectrum, &found.failure) {
            (Some(spectrum), _) => {
                let pairs = spectrum.exponents.iter().zip(&spectrum.errors);
                let words = pairs.map(|(exponent, error)| format!("{exponent:.5} +- {error:.5}"));
                let words: Vec<String> = words.collect();
                let dimension = spectrum.dimension.map_or(String::new(), |dimension| {
                    format!("; dimension {dimension:.3}")
                });
                format!("Lyapunov exponents {}{dimension}", words.join(", "))
            }
            (None, failure) => format!("no exponents: {}", failure.as_deref().unwrap_or("")),
        });
    }
    blocks
}
