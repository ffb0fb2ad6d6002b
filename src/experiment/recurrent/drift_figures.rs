//! Pictures of the kind `drift`.

use super::drift_findings::{Findings, FormFindings};
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
        Drawing::of("allan", allan(settings, findings, &source)),
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

/// A form in few words.
fn short(form: &FormFindings) -> String {
    match form.name.strip_prefix("least squares + Elman") {
        Some(rest) => format!("residual{rest}"),
        None => form.name.replace("Elman", "drift"),
    }
}

fn learning(settings: &Settings, findings: &Findings, source: &str) -> Lines {
    let course = |form: &FormFindings| {
        let places: Vec<f64> = form.epochs.iter().map(|epoch| *epoch as f64).collect();
        let values: Vec<Vec<f64>> = (0..places.len())
            .map(|look| column(&form.course, look))
            .collect();
        Series {
            look: Look::Line,
            bars: Vec::new(),
            ..curve(short(form), &places, &values)
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
    let courses = findings
        .networks
        .iter()
        .flat_map(|form| &form.course.values);
    let bound = findings.bound.unwrap_or(f64::INFINITY);
    let least = courses
        .copied()
        .fold(bound.min(findings.mse.least_squares_ar1), f64::min);
    let top = findings.mse.least_squares_ar1;
    Lines {
        title: "Elman networks learn to predict a drift".into(),
        subtitle: format!(
            "{source}; mean of {} networks, best weights so far; the bound is that of the Kalman filter",
            settings.network.networks
        ),
        x: Axis::logarithmic("epoch"),
        y: Axis {
            // The beginning, where nothing is learnt yet, would press the end flat.
            range: Some((0.98 * least, 1.5 * top)),
            ..Axis::linear("mean square error of the tests")
        },
        series: findings.networks.iter().map(course).collect(),
        references,
        ..Lines::default()
    }
}

fn example(findings: &Findings, source: &str) -> Lines {
    let array = &findings.example;
    let times = column(array, 0);
    let series = |index: usize, label: &str, look: Look, style: usize| {
        let values = column(array, index);
        let points: Vec<(f64, f64)> = times
            .iter()
            .copied()
            .zip(values)
            .skip(1)
            .take(SHOWN)
            .collect();
        let known = points.iter().all(|point| point.1.is_finite());
        known.then(|| Series {
            style: Some(style),
            ..Series::new(label, points, look)
        })
    };
    let name = &findings.networks[0].name;
    let all = [
        series(1, "reading", Look::Markers, 6),
        series(3, "least squares + AR(1)", Look::Line, 1),
        series(2, name, Look::Line, 0),
        series(4, "Kalman, true coefficients", Look::Line, 2),
    ];
    Lines {
        title: "A test, predicted one reading ahead".into(),
        subtitle: format!("{source}; the first readings of the first test"),
        x: Axis::linear("time (in the unit of the readings)"),
        y: Axis::linear("drift (in the unit of the readings)"),
        series: all.into_iter().flatten().collect(),
        ..Lines::default()
    }
}

fn allan(settings: &Settings, findings: &Findings, source: &str) -> Lines {
    let (times, found) = (column(&findings.allan, 0), column(&findings.allan, 1));
    let expected = column(&findings.allan, 2);
    let pairs = |values: &[f64]| times.iter().copied().zip(values.iter().copied()).collect();
    let mut series = vec![Series::new("measured", pairs(&found), Look::Markers)];
    if expected.iter().all(|value| value.is_finite()) {
        series.push(Series::new("expected", pairs(&expected), Look::Line));
    }
    let low = 0.6 * found.iter().copied().fold(f64::INFINITY, f64::min);
    let high = 1.3 * found.iter().copied().fold(0.0, f64::max);
    let mut law = |label: &str, at_one: f64, slope: f64| {
        let points = times
            .iter()
            .map(|time| (*time, at_one * libm::pow(*time, slope)));
        let near: Vec<(f64, f64)> = points
            .filter(|point| (low..high).contains(&point.1))
            .collect();
        if near.len() > 1 {
            series.push(Series::new(label, near, Look::FineLine));
        }
    };
    law("white noise: slope -1/2", found[0] * times[0].sqrt(), -0.5);
    if let Some(drift) = &settings.drift {
        let (sigma, tau) = (*drift.bias, *drift.correlation_time);
        let pace = (2.0 * sigma * sigma / tau + drift.walk.powi(2)) / 3.0;
        law("bias, short: slope +1/2", pace.sqrt(), 0.5);
        law("bias, long: slope -1/2", sigma * (2.0 * tau).sqrt(), -0.5);
    }
    Lines {
        title: "Allan deviation of the drift".into(),
        subtitle: if findings.simulated {
            "one long series of the simulated noises; the deviation is flat where the slope changes its sign".into()
        } else {
            format!("{source}; what least squares leave, mean over the sequences that are learnt")
        },
        x: Axis::logarithmic("averaging time (in the unit of the readings)"),
        y: Axis::logarithmic("Allan deviation (in the unit of the readings)"),
        series,
        ..Lines::default()
    }
}
