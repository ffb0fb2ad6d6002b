//! Pictures of paths, of a steady state along a parameter, and of a cycle.

use super::cycle::CycleFound;
use super::findings::Findings;
use super::path_events::{Happened, PathEvents, times_between};
use super::paths::Paths;
use super::steady::Branch;
use crate::experiment::Drawing;
use crate::figures::{Axis, Band, Direction, Lines, Look, Reference, Series};

/// Components that are drawn one by one.
const MOST: usize = 6;

/// Mean, bands of quantiles and the first path, a picture for each of the first components.
pub(super) fn ensemble(findings: &Findings, paths: &Paths, subtitle: &str) -> Vec<Drawing> {
    let (rows, width) = (findings.t.values.len(), findings.components.len());
    let times = &findings.t.values;
    let picture = |(column, name): (usize, &String)| {
        let quantile = |level: usize, row: usize| {
            paths.quantiles.values[(level * rows + row) * width + column]
        };
        let last = paths.levels.len() - 1;
        let band = |level: usize| Band {
            label: format!(
                "{:.0} % of the paths",
                100.0 * (paths.levels[last - level] - paths.levels[level])
            ),
            points: (0..rows)
                .map(|row| {
                    (
                        times[row],
                        quantile(level, row),
                        quantile(last - level, row),
                    )
                })
                .collect(),
        };
        let curve = |values: &[f64]| -> Vec<(f64, f64)> {
            let column = values.iter().skip(column).step_by(width);
            times.iter().copied().zip(column.copied()).collect()
        };
        let lines = Lines {
            title: format!("{} paths of {name}", paths.count),
            subtitle: subtitle.to_owned(),
            x: Axis::linear("time t"),
            y: Axis::linear(name.clone()),
            series: vec![
                Series::new("mean", curve(&paths.mean.values), Look::Line),
                Series::new("the first path", curve(&findings.x.values), Look::FineLine),
            ],
            bands: (0..paths.levels.len() / 2).map(band).collect(),
            ..Lines::default()
        };
        Drawing::of(format!("paths-{name}"), lines)
    };
    let shown = findings.components.iter().take(MOST).enumerate();
    shown.map(picture).collect()
}

/// Events of which the times between are drawn.
const MOST_EVENTS: usize = 6;

/// Points of a curve of waiting times, and longest times that are all drawn: as many as the eye tells apart (chosen).
const MOST_POINTS: usize = 400;
const TAIL: usize = 100;

/// The share of the times between two events that is longer, for the first events; none if hardly any happen.
pub(super) fn waiting(findings: &Findings, paths: &Paths, subtitle: &str) -> Option<Drawing> {
    let times = &findings.t.values;
    let middle = 0.5 * (times.first()? + times.last()?);
    let mut by_path: Vec<Happened> = vec![Happened::new(); paths.count];
    let happened = paths
        .event_times
        .values
        .iter()
        .zip(&paths.event_numbers.values);
    for ((time, number), path) in happened.zip(&paths.event_paths.values) {
        by_path[*path as usize].push((*number as usize, *time));
    }
    let by_path: Vec<&Happened> = by_path.iter().collect();
    let curve = |(number, event): (usize, &PathEvents)| {
        let mut between = times_between(&by_path, number, middle);
        between.sort_by(f64::total_cmp);
        let all = between.len();
        let every = all.div_ceil(MOST_POINTS).max(1);
        let drawn = |(place, _): &(usize, &f64)| all - place <= TAIL || place % every == 0;
        let longer = |(place, time): (usize, &f64)| (*time, (all - place) as f64 / all as f64);
        let points = between.iter().enumerate().filter(drawn).map(longer);
        (all > 1).then(|| Series::new(event.event.clone(), points.collect(), Look::Line))
    };
    let series: Vec<Series> = paths
        .events
        .iter()
        .take(MOST_EVENTS)
        .enumerate()
        .filter_map(curve)
        .collect();
    (!series.is_empty()).then(|| {
        let lines = Lines {
            title: "Waiting for the next event".into(),
            subtitle: subtitle.to_owned(),
            x: Axis::linear("time between two events"),
            y: Axis::logarithmic("share that is longer"),
            series,
            ..Lines::default()
        };
        Drawing::of("waiting", lines)
    })
}

/// How fast the steady state is left along the parameter, and the state itself.
pub(super) fn continuation(findings: &Findings, branch: &Branch, subtitle: &str) -> [Drawing; 2] {
    let values = branch.values.values.iter().copied();
    let rates = branch.roots.values.iter().step_by(2).copied();
    let leaving = Series::new(
        "rightmost root, real part",
        values.clone().zip(rates).collect(),
        Look::Line,
    );
    // parameters that events change are no components here
    let width = branch.states.shape.get(1).copied().unwrap_or(0);
    let shown = findings.components.iter().take(width.min(MOST)).enumerate();
    let states = shown.map(|(column, name)| {
        let states = branch.states.values.iter().skip(column).step_by(width);
        let points = values.clone().zip(states.copied()).collect();
        Series::new(name.clone(), points, Look::Line)
    });
    let zero = Reference {
        label: "stable below".into(),
        at: 0.0,
        direction: Direction::Horizontal,
    };
    let crossings = branch.crossings.iter().map(|crossing| Reference {
        label: match crossing.frequency {
            0.0 => format!("zero root, {:.5}", crossing.value),
            frequency => format!(
                "Hopf, {:.5}, frequency {:.5}",
                crossing.value,
                frequency.abs()
            ),
        },
        at: crossing.value,
        direction: Direction::Vertical,
    });
    let crossings: Vec<Reference> = crossings.collect();
    let part = |title: &str, y: &str, series: Vec<Series>, references: Vec<Reference>| Lines {
        title: format!("{title} along {}", branch.parameter),
        subtitle: subtitle.to_owned(),
        x: Axis::linear(branch.parameter.clone()),
        y: Axis::linear(y),
        series,
        references,
        ..Lines::default()
    };
    let references = std::iter::once(zero).chain(crossings.iter().cloned());
    [
        Drawing::of(
            "continuation",
            part(
                "How fast the steady state is left",
                "rate per unit of time",
                vec![leaving],
                references.collect(),
            ),
        ),
        Drawing::of(
            "continuation-state",
            part("The steady state", "state", states.collect(), crossings),
        ),
    ]
}

/// One period of a cycle, if there is one.
pub(super) fn cycle(findings: &Findings, cycle: &CycleFound, subtitle: &str) -> Option<Drawing> {
    let period = cycle.period?;
    let width = cycle.x.shape.get(1).copied().unwrap_or(0);
    let series = findings.components.iter().take(width.min(MOST)).enumerate();
    let series = series.map(|(column, name)| {
        let states = cycle.x.values.iter().skip(column).step_by(width);
        let times = cycle.t.values.iter().copied();
        Series::new(
            name.clone(),
            times.zip(states.copied()).collect(),
            Look::Line,
        )
    });
    let word = if cycle.stable == Some(true) {
        "stable"
    } else {
        "not stable"
    };
    let lines = Lines {
        title: format!("One period of the cycle: {period:.6}, {word}"),
        subtitle: subtitle.to_owned(),
        x: Axis::linear("time t"),
        y: Axis::linear("state"),
        series: series.collect(),
        ..Lines::default()
    };
    Some(Drawing::of("cycle", lines))
}
