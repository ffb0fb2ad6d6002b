//! Pictures of the kind `drift`.

use super::drift::{Findings, FormFindings};
use super::drift_settings::Settings;
use crate::experiment::ensemble::curve;
use crate::experiment::{Array, Drawing};
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series};

/// Readings of the example that are drawn: more would hide the predictions in the noise.
const SHOWN: usize = 120;

/// The learning curves first, then an example, then the Allan deviation.
pub(super) fn all(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
    let source = match &settings.data.file {
        Some(file) => file.to_string(),
        None => "simulated drift".into(),
    };
    let [learnt, tests] = findings.sequences;
    let steps = settings.data.steps;
    let source = format!("{source}: {learnt} sequences of {steps} readings, {tests} tests");
    vec![
        Drawing::of("learning", learning(settings, findings, &source)),
        Drawing::of("example", example(findings, &source)),
        Drawing::of("allan", allan(findings, &source)),
    ]
}

fn column(array: &Array, index: usize) -> Vec<f64> {
    let columns = array.shape[1];
    array
        .values
        .iter()
        .skip(index)
        .step_by(columns)
        .copied()
        .collect()
}

fn learning(settings: &Settings, findings: &Findings, source: &str) -> Lines {
    let course = |form: &FormFindings| {
        let places: Vec<f64> = form.epochs.iter().map(|epoch| *epoch as f64).collect();
        let values: Vec<Vec<f64>> = (0..places.len())
            .map(|look| column(&form.course, look))
            .collect();
        Series {
            look: Look::Line,
            errors: Vec::new(),
            ..curve(form.name.clone(), &places, &values)
        }
    };
    let mut references = vec![Reference {
        label: "LS + AR(1)".into(),
        at: findings.mse.least_squares_ar1,
        direction: Direction::Horizontal,
    }];
    references.extend(findings.bound.map(|at| Reference {
        label: "bound".into(),
        at,
        direction: Direction::Horizontal,
    }));
    Lines {
        title: "Elman networks learn to predict a drift".into(),
        subtitle: format!(
            "{source}; mean of {} networks, best weights so far; the bound is that of the Kalman filter",
            settings.network.networks
        ),
        x: Axis::logarithmic("epoch"),
        y: Axis::logarithmic("mean square error of the tests"),
        series: findings.networks.iter().map(course).collect(),
        references,
        ..Lines::default()
    }
}

fn example(findings: &Findings, source: &str) -> Lines {
    let array = &findings.example;
    let times = column(array, 0);
    let series = |index: usize, label: &str, look: Look| {
        let values = column(array, index);
        let points: Vec<(f64, f64)> = times
            .iter()
            .copied()
            .zip(values)
            .skip(1)
            .take(SHOWN)
            .collect();
        let known = points.iter().all(|point| point.1.is_finite());
        known.then(|| Series::new(label, points, look))
    };
    let name = &findings.networks[0].name;
    let all = [
        series(1, "reading", Look::Markers),
        series(3, "least squares + AR(1)", Look::Line),
        series(2, name, Look::Line),
        series(4, "Kalman, true coefficients", Look::Line),
    ];
    Lines {
        title: "A test, predicted one reading ahead".into(),
        subtitle: format!("{source}; the first readings of the first test"),
        x: Axis::linear("time"),
        y: Axis::linear("drift"),
        series: all.into_iter().flatten().collect(),
        ..Lines::default()
    }
}

fn allan(findings: &Findings, source: &str) -> Lines {
    let (times, found) = (column(&findings.allan, 0), column(&findings.allan, 1));
    let expected = column(&findings.allan, 2);
    let pairs = |values: &[f64]| times.iter().copied().zip(values.iter().copied()).collect();
    let mut series = vec![Series::new(
        "what the terms do not explain",
        pairs(&found),
        Look::LineAndMarkers,
    )];
    if expected.iter().all(|value| value.is_finite()) {
        series.push(Series::new("expected", pairs(&expected), Look::Line));
    }
    // From the first and the last point on: the slopes of white noise and of a random walk.
    let last = times.len().saturating_sub(1);
    for (label, from, slope) in [("slope -1/2", 0, -0.5), ("slope +1/2", last, 0.5)] {
        let law = |time: f64| found[from] * (time / times[from]).powf(slope);
        let low = found.iter().copied().fold(f64::INFINITY, f64::min);
        let points = times.iter().map(|time| (*time, law(*time)));
        let near: Vec<(f64, f64)> = points.filter(|point| point.1 > 0.6 * low).collect();
        if !near.is_empty() {
            series.push(Series::new(label, near, Look::FineLine));
        }
    }
    Lines {
        title: "Allan deviation of the drift".into(),
        subtitle: format!("{source}; mean over those that are learnt"),
        x: Axis::logarithmic("averaging time"),
        y: Axis::logarithmic("Allan deviation"),
        series,
        ..Lines::default()
    }
}
