//! Pictures of the kind `text`.

use super::findings::{Findings, names};
use super::rivals::NETWORKS;
use super::settings::Settings;
use crate::experiment::Drawing;
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series};

fn horizontal(label: String, at: f64) -> Reference {
    Reference {
        label,
        at,
        direction: Direction::Horizontal,
    }
}

/// Accuracy over cost first, then courses, then a text.
pub(super) fn all(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
    let subtitle = format!(
        "{}: {} texts to learn, {} tests; {} networks each",
        &*settings.data.train, findings.texts[0], findings.texts[1], settings.network.networks
    );
    vec![
        Drawing::of("accuracy", accuracy(&subtitle, findings)),
        Drawing::of("courses", courses(&subtitle, findings)),
        Drawing::of("positions", positions(findings)),
    ]
}

/// Every kind of model over its multiplications; a kind has one marker for each task.
fn accuracy(subtitle: &str, findings: &Findings) -> Lines {
    let series = names().map(|name| {
        let mut points = Vec::new();
        let mut errors = Vec::new();
        for task in 0..findings.tasks.len() {
            let [mean, deviation] = findings.accuracy(task, name);
            let group = findings.group(task, name);
            if let (Some(mean), Some(first)) = (mean, group.first()) {
                points.push((first.multiply_adds as f64, mean));
                errors.push(deviation.unwrap_or(0.0));
            }
        }
        Series::new(name, points, Look::Markers).with_errors(errors)
    });
    let tasks = findings.tasks.iter();
    Lines {
        title: "Classifiers of texts: accuracy over cost, at equal parameters".into(),
        subtitle: format!("{subtitle}; bars: standard deviations"),
        x: Axis::logarithmic("multiply-adds a text"),
        y: Axis::linear("share of the tests that is right"),
        series: series.collect(),
        references: tasks
            .map(|task| horizontal(format!("{}: largest class", task.label), task.majority))
            .collect(),
        ..Lines::default()
    }
}

/// Losses of the first network of each kind on the last task.
fn courses(subtitle: &str, findings: &Findings) -> Lines {
    let task = findings.tasks.len().saturating_sub(1);
    let mut series = Vec::new();
    for (style, name) in NETWORKS.into_iter().enumerate() {
        let Some(model) = findings.group(task, name).first().copied() else {
            continue;
        };
        let over = |losses: &[f64]| {
            let points = losses.iter().enumerate();
            points
                .map(|(epoch, loss)| ((epoch + 1) as f64, *loss))
                .collect()
        };
        series.push(Series {
            style: Some(style),
            ..Series::new(name, over(&model.held_out_loss), Look::Line)
        });
    }
    let label = findings.tasks.last().map_or("", |task| &task.label);
    Lines {
        title: format!("Loss of texts held out, task {label}"),
        subtitle: format!("{subtitle}; the first of each"),
        x: Axis::linear("epoch"),
        y: Axis::linear("mean loss (nats)"),
        series,
        ..Lines::default()
    }
}

/// What every position of a text says.
fn positions(findings: &Findings) -> Lines {
    let found = &findings.positions;
    let places = found.probabilities.iter().enumerate();
    // the middle of the words that share a position
    let middle = (found.stride.max(1) - 1) as f64 / 2.0;
    let points: Vec<(f64, f64)> = places
        .map(|(place, share)| ((place * found.stride) as f64 + middle + 1.0, *share))
        .collect();
    let mean = points.iter().map(|point| point.1).sum::<f64>() / points.len().max(1) as f64;
    let opening: Vec<&str> = found.words.iter().take(12).map(String::as_str).collect();
    Lines {
        title: format!(
            "Every position votes: probability of the true class {}",
            found.class
        ),
        subtitle: format!("the first test, \u{201c}{} ...\u{201d}", opening.join(" ")),
        x: Axis::linear("word of the text"),
        y: Axis::linear("probability at the position"),
        series: vec![Series::new("separable", points, Look::LineAndMarkers)],
        references: vec![horizontal("mean".into(), mean)],
        ..Lines::default()
    }
}
