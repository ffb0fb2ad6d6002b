//! Tables and words on what was found.

use super::analyses;
use super::findings::Findings;
use crate::experiment::{Array, Block, Table};

/// Events that the table holds; arrays hold all of them.
const SHOWN: usize = 1000;

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
    let mut tables = vec![("trajectory".into(), trajectory)];
    if findings.event_times.is_some() {
        let mut events = Table::new(["t", "event"]);
        for (time, number) in findings.occurrences().take(SHOWN) {
            let name = findings.events.get(number);
            let name = name.map_or("", |event| event.name.as_str());
            events.push([time.into(), name.into()]);
        }
        tables.push(("events".into(), events));
    }
    if let Some(steady) = &findings.steady_state {
        let mut roots = Table::new(["re", "im", "error"]);
        for root in &steady.roots {
            roots.push([root.re.into(), root.im.into(), root.error.into()]);
        }
        tables.push(("roots".into(), roots));
    }
    tables.extend(analyses::tables(findings));
    tables.extend(findings.paths.iter().map(|paths| {
        let times = &findings.t.values;
        ("paths".into(), paths.table(times, &findings.components))
    }));
    tables
}

pub(super) fn summary(findings: &Findings) -> Vec<Block> {
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
    let events = findings.occurrences().count();
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
    for words in analyses::words(findings) {
        line(words);
    }
    if let Some(paths) = &findings.paths {
        blocks.push(Block::Table(paths.ends()));
    }
    blocks
}
