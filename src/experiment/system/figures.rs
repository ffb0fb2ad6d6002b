//! Pictures of a trajectory.

use nalgebra::DMatrix;

use super::analysis_figures::{continuation, cycle, ensemble, waiting};
use super::findings::{EventCount, Findings};
use super::settings::Settings;
use crate::experiment::{Array, Drawing};
use crate::figures::{Axis, ColourMap, HeatMap, Lines, Look, Raster, RasterRow, Series, Strip};

/// Components that lines are told apart of.
const MOST_LINES: usize = 6;

/// Columns of a heat map: as many as the eye tells apart (chosen).
const MOST_COLUMNS: usize = 400;

/// Width of the bar of an event, as part of the time span.
const BAR: f64 = 1.0 / 800.0;

pub(super) fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
    let named = |varied: Option<&str>| {
        let parameters = settings.system.parameters.0.iter();
        let parameters: Vec<String> = parameters
            .filter(|(name, _)| Some(&**name) != varied)
            .map(|(name, value)| format!("{} = {}", &**name, **value))
            .collect();
        shortened(&parameters.join(", "))
    };
    let subtitle = named(None);
    let mut all = Vec::new();
    let drawn = Drawn {
        findings,
        subtitle: &subtitle,
    };
    if let Some(paths) = &findings.paths {
        all.extend(waiting(findings, paths, &subtitle));
        all.extend(ensemble(findings, paths, &subtitle));
    }
    all.extend(
        findings
            .branch
            .iter()
            .flat_map(|branch| continuation(findings, branch, &named(Some(&branch.parameter)))),
    );
    // what drives the system stands above its answers, and both before what is computed of them
    let observed = observed(&drawn);
    let (before, after) = match findings.driven {
        None => (observed, Vec::new()),
        Some(_) => (Vec::new(), observed),
    };
    all.extend(before);
    all.extend(states(&drawn));
    all.extend(after);
    if !findings.event_times.values.is_empty() {
        all.push(drawn.raster());
    }
    if let Some(found) = &findings.cycle {
        all.extend(cycle(findings, found, &subtitle));
    }
    all
}

/// The observables, a picture for each name.
fn observed(drawn: &Drawn<'_>) -> Vec<Drawing> {
    let (findings, mut all) = (drawn.findings, Vec::new());
    if !findings.observables.is_empty() {
        let names = &findings.observables;
        let families = families(names);
        for (name, columns) in families {
            let file = format!("observed-{name}");
            let values = &findings.observed;
            all.push(drawn.part(&file, &name, values, names, &columns));
        }
    }
    all
}

/// The components: those without an index in one picture, then one for each family.
fn states(drawn: &Drawn<'_>) -> Vec<Drawing> {
    let (findings, mut all) = (drawn.findings, Vec::new());
    let singles: Vec<usize> = (0..findings.components.len())
        .filter(|column| !findings.components[*column].ends_with(']'))
        .collect();
    if !singles.is_empty() {
        let names = &findings.components;
        let shown: Vec<&str> = singles.iter().map(|column| &*names[*column]).collect();
        let shown = shortened(&shown.join(", "));
        all.push(drawn.lines("time-course", &shown, &findings.x, names, &singles));
    }
    let mut first = 0;
    for (name, length) in &findings.variables {
        let columns: Vec<usize> = (first..first + length.unwrap_or(1)).collect();
        first += columns.len();
        if length.is_some() {
            let components = &findings.components;
            all.push(drawn.part(name, name, &findings.x, components, &columns));
        }
    }
    all
}

/// The first words that fit on a line.
fn shortened(words: &str) -> String {
    const MOST: usize = 100;
    if words.chars().count() <= MOST {
        return words.to_owned();
    }
    let cut: String = words.chars().take(MOST).collect();
    let whole = cut
        .rsplit_once(", ")
        .map_or(cut.as_str(), |(whole, _)| whole);
    format!("{whole}, …")
}

/// Columns by the name before their index, in order.
fn families(names: &[String]) -> Vec<(String, Vec<usize>)> {
    let mut all: Vec<(String, Vec<usize>)> = Vec::new();
    for (column, name) in names.iter().enumerate() {
        let name = name.split('[').next().unwrap_or(name).to_owned();
        match all.last_mut() {
            Some((last, columns)) if *last == name => columns.push(column),
            _ => all.push((name, vec![column])),
        }
    }
    all
}

struct Drawn<'a> {
    findings: &'a Findings,
    subtitle: &'a str,
}

impl Drawn<'_> {
    /// Title and subtitle: which model, then what of it, and its parameters.
    fn heading(&self, what: &str) -> (String, String) {
        let what = format!("{what} over time");
        let shows = self.findings.shows.trim();
        let parts = if shows.is_empty() {
            return (what, self.subtitle.to_owned());
        } else if self.subtitle.is_empty() {
            what
        } else {
            format!("{what}; {}", self.subtitle)
        };
        (shows.to_owned(), parts)
    }

    /// The inputs, for above the components.
    fn above(&self, file: &str) -> Option<Strip> {
        let driven = self.findings.driven.as_ref();
        let driven = driven.filter(|_| !file.starts_with("observed-"))?;
        let names = driven.names.iter().take(MOST_LINES).enumerate();
        let series = names.map(|(column, name)| {
            let values = driven.values.values.iter().skip(column);
            let values = values.step_by(driven.names.len());
            let times = self.findings.t.values.iter();
            let points = times.copied().zip(values.copied()).collect();
            Series::new(name.clone(), points, Look::Line)
        });
        let name = match &driven.names[..] {
            [one] => one.as_str(),
            _ => "input",
        };
        Some(Strip {
            y: Axis::linear(name),
            series: series.collect(),
        })
    }

    /// Lines of a few columns, a map of many.
    fn part(
        &self,
        file: &str,
        what: &str,
        values: &Array,
        names: &[String],
        columns: &[usize],
    ) -> Drawing {
        if columns.len() <= MOST_LINES {
            return self.lines(file, what, values, names, columns);
        }
        let times = &self.findings.t.values;
        let every = times.len().div_ceil(MOST_COLUMNS).max(1);
        let rows: Vec<usize> = (0..times.len()).step_by(every).collect();
        let width = names.len();
        let value = |row: usize, column: usize| values.values[rows[column] * width + columns[row]];
        // a column stands around its time
        let (first, last) = (times[rows[0]], times[rows[rows.len() - 1]]);
        let half = 0.5 * (last - first) / (rows.len() - 1).max(1) as f64;
        let (title, subtitle) = self.heading(what);
        let map = HeatMap {
            title,
            subtitle,
            column_axis: "time t".into(),
            row_axis: "member".into(),
            value_axis: file.trim_start_matches("observed-").to_owned(),
            values: DMatrix::from_fn(columns.len(), rows.len(), value),
            column_labels: Vec::new(),
            column_span: (last > first).then_some((first - half, last + half)),
            row_labels: (0..columns.len()).map(|row| row.to_string()).collect(),
            range: None,
            colours: ColourMap::default(),
            gaps: false,
        };
        Drawing::of(file.to_owned(), map)
    }

    fn lines(
        &self,
        file: &str,
        what: &str,
        values: &Array,
        names: &[String],
        columns: &[usize],
    ) -> Drawing {
        let width = names.len();
        let series = columns.iter().take(2 * MOST_LINES).map(|column| {
            let times = self.findings.t.values.iter().enumerate();
            let points = times.map(|(row, time)| (*time, values.values[row * width + column]));
            Series::new(names[*column].clone(), points.collect(), Look::Line)
        });
        // what all of them are called
        let name = |column: &usize| names[*column].split('[').next().unwrap_or("");
        let shared = columns
            .iter()
            .all(|column| name(column) == name(&columns[0]));
        let (title, subtitle) = self.heading(what);
        let lines = Lines {
            title,
            subtitle,
            above: self.above(file),
            x: Axis::linear("time t"),
            y: Axis::linear(if shared { name(&columns[0]) } else { "value" }),
            series: series.collect(),
            ..Lines::default()
        };
        Drawing::of(file.to_owned(), lines)
    }

    fn raster(&self) -> Drawing {
        let findings = self.findings;
        let begin = findings.t.values.first().copied().unwrap_or(0.0);
        let span = (begin, findings.end.max(begin + f64::MIN_POSITIVE));
        let bar = BAR * (span.1 - span.0);
        let row = |(number, event): (usize, &EventCount)| {
            let times = findings.event_times.values.iter();
            let pairs = times.zip(&findings.event_numbers.values);
            let own = pairs.filter(|(_, found)| **found as usize == number);
            RasterRow {
                label: event.name.clone(),
                impulses: own.map(|(time, _)| (*time, time + bar)).collect(),
                active: true,
            }
        };
        let (title, subtitle) = self.heading("events");
        let raster = Raster {
            title,
            subtitle,
            time_axis: "time t".into(),
            span,
            rows: findings.events.iter().enumerate().map(row).collect(),
            legend: ("event", ""),
            ..Raster::default()
        };
        Drawing::of("events", raster)
    }
}
