//! Pictures of the kind `one-shot`.

use super::fit::Point;
use super::one_shot_findings::{Draw, Findings};
use super::one_shot_settings::Settings;
use crate::experiment::Drawing;
use crate::experiment::ensemble::curve;
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series};

/// The sweep first, then the path of ridges and the flow.
pub(super) fn all(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
    let subtitle = format!(
        "{}, {} to learn, {} tests; {} draws of the features, bars: standard errors",
        settings.data.images.name(),
        findings.training,
        findings.tests,
        settings.features.seeds
    );
    let mut drawings = vec![Drawing::of("neurons", neurons(findings, &subtitle))];
    if let Some(path) = path(findings, &subtitle) {
        drawings.push(Drawing::of("ridge", path));
    }
    if let Some(flow) = flow(settings, findings) {
        drawings.push(Drawing::of("flow", flow));
    }
    drawings
}

/// The point that leave-one-out chooses among the ridges above 0 of a draw.
fn with_ridge(draw: &Draw) -> Option<&Point> {
    let square = |point: &&Point| point.leave_one_out_square.unwrap_or(f64::INFINITY);
    let ridged = draw.points.iter().filter(|point| point.ridge > 0.0);
    ridged.min_by(|a, b| square(a).total_cmp(&square(b)))
}

fn without_ridge(draw: &Draw) -> Option<&Point> {
    draw.points.iter().find(|point| point.ridge == 0.0)
}

type Pick = fn(&Draw) -> Option<&Point>;

type Get = fn(&Point) -> Option<f64>;

fn neurons(findings: &Findings, subtitle: &str) -> Lines {
    let forms: [(&str, Pick); 2] = [
        ("without ridge", without_ridge),
        ("ridge by leave-one-out", with_ridge),
    ];
    let groups = findings.groups();
    let mut laws: Vec<_> = groups.iter().map(|group| group[0].law).collect();
    laws.dedup();
    let mut series = Vec::new();
    for law in laws {
        for (label, pick) in forms {
            let own = groups.iter().filter(|group| group[0].law == law);
            let values = own.filter_map(|group| {
                let picked: Option<Vec<f64>> = group
                    .iter()
                    .map(|draw| Some(100.0 * pick(draw)?.test_accuracy))
                    .collect();
                Some((group[0].neurons as f64, picked?))
            });
            let mut values: Vec<(f64, Vec<f64>)> = values.collect();
            values.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (places, values): (Vec<f64>, Vec<Vec<f64>>) = values.into_iter().unzip();
            if !places.is_empty() {
                series.push(curve(format!("{}, {label}", law.name()), &places, &values));
            }
        }
    }
    let horizontal = |label: &str, share: f64| Reference {
        label: label.into(),
        at: 100.0 * share,
        direction: Direction::Horizontal,
    };
    let mut references = vec![Reference {
        label: "L = N".into(),
        at: findings.training as f64,
        direction: Direction::Vertical,
    }];
    if findings
        .sweep
        .iter()
        .all(|draw| draw.neurons < findings.training / 4)
    {
        references.clear();
    }
    let kernel = findings.kernel.as_ref();
    references.extend(kernel.map(|found| horizontal("L = ∞", found.test_accuracy)));
    let network = findings.network.as_ref();
    references.extend(network.map(|found| horizontal("by steps", found.test_accuracy)));
    Lines {
        title: "Accuracy against the number of features, in one solve".into(),
        subtitle: subtitle.into(),
        x: Axis::logarithmic("features L"),
        y: Axis::linear("tests right (%)"),
        series,
        references,
        ..Lines::default()
    }
}

/// The paths of the chosen number of features, and of the one nearest to that of the images.
fn path(findings: &Findings, subtitle: &str) -> Option<Lines> {
    let groups = findings.groups();
    let own: Vec<_> = groups
        .iter()
        .filter(|group| group[0].law == findings.law)
        .collect();
    let distance = |count: usize| count.abs_diff(findings.training);
    let nearest = own.iter().map(|group| group[0].neurons);
    let nearest = nearest.min_by_key(|count| distance(*count))?;
    let mut shown = vec![findings.neurons, nearest];
    shown.dedup();
    let mut series = Vec::new();
    for neurons in shown {
        let group = own.iter().find(|group| group[0].neurons == neurons)?;
        let curves: [(&str, Get); 2] = [
            ("tests", |point| Some(point.test_accuracy)),
            ("left out", |point| point.leave_one_out),
        ];
        for (label, get) in curves {
            let mut values: Vec<(f64, Vec<f64>)> = Vec::new();
            for (index, point) in group[0].points.iter().enumerate() {
                let draws = group.iter();
                let wrong = draws.map(|draw| Some(100.0 * (1.0 - get(&draw.points[index])?)));
                if let (true, Some(wrong)) = (point.ridge > 0.0, wrong.collect()) {
                    values.push((point.ridge, wrong));
                }
            }
            values.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (places, values): (Vec<f64>, Vec<Vec<f64>>) = values.into_iter().unzip();
            if places.len() < 2 {
                return None;
            }
            series.push(curve(format!("L = {neurons}, {label}"), &places, &values));
        }
    }
    let chosen = Reference {
        label: "chosen".into(),
        at: findings.ridge,
        direction: Direction::Vertical,
    };
    Some(Lines {
        title: format!("Errors along the ridge, {} features", findings.law.name()),
        subtitle: subtitle.into(),
        x: Axis::logarithmic("ridge λ"),
        y: Axis::linear("images wrong (%)"),
        series,
        // a logarithmic axis has no 0
        references: (findings.ridge > 0.0)
            .then_some(chosen)
            .into_iter()
            .collect(),
        ..Lines::default()
    })
}

fn flow(settings: &Settings, findings: &Findings) -> Option<Lines> {
    let flow = findings.flow.as_ref()?;
    let line = |label: String, errors: &[f64]| {
        let points = flow.times.iter().zip(errors);
        let points = points.map(|(time, error)| (*time, 100.0 * error)).collect();
        Series::new(label, points, Look::Line)
    };
    Some(Lines {
        title: "Gradient flow, and the same features solved at once".into(),
        subtitle: format!(
            "{}, {} to learn, {} tests; Gaussian features; ridge {:e} by leave-one-out",
            settings.data.images.name(),
            findings.training,
            findings.tests,
            flow.ridge
        ),
        x: Axis::logarithmic("time of the flow of f = Σ B h / √L"),
        y: Axis::linear("tests wrong (%)"),
        series: vec![
            line(
                format!("read-out of {} features", flow.neurons),
                &flow.readout,
            ),
            line("read-out, L = ∞".into(), &flow.infinite),
            line("all layers, L = ∞".into(), &flow.all_layers),
        ],
        references: vec![Reference {
            label: "one solve".into(),
            at: 100.0 * flow.solved,
            direction: Direction::Horizontal,
        }],
        ..Lines::default()
    })
}
