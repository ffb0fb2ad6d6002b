//! Pictures of the kind `veca`.

use super::veca::{Course, Findings};
use super::veca_settings::Settings;
use crate::experiment::Drawing;
use crate::experiment::ensemble::curve;
use crate::figures::{Axis, Lines, Look, Series};

type Get = fn(&Course) -> &Vec<f64>;

/// What is drawn over the epochs.
const COURSES: [(&str, Get); 2] = [
    ("test loss", |course| &course.test_loss),
    ("VECA", |course| &course.veca),
];

/// The courses first, then one against the other.
pub(super) fn all(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
    let subtitle = format!(
        "{}, {} to learn, {} tests; last hidden layer on {} images; {} networks each",
        settings.data.images.name(),
        findings.training,
        findings.tests,
        settings.data.subset,
        settings.network.networks
    );
    let groups = findings.groups();
    let mut courses = Vec::new();
    for (name, networks) in &groups {
        let epochs = networks[0].test_loss.len();
        let places: Vec<f64> = (1..=epochs).map(|epoch| epoch as f64).collect();
        for (what, get) in COURSES {
            // Each over its own largest, so that both share an axis.
            let share = |course: &Course, epoch: usize| {
                let largest = get(course).iter().copied().fold(0.0, f64::max);
                get(course)[epoch] / largest.max(f64::MIN_POSITIVE)
            };
            let at = |epoch: usize| networks.iter().map(|course| share(course, epoch)).collect();
            let values: Vec<Vec<f64>> = (0..epochs).map(at).collect();
            courses.push(Series {
                look: Look::Line,
                ..curve(format!("{name}: {what}"), &places, &values)
            });
        }
    }
    let scatter = groups.iter().map(|(name, networks)| {
        let points = networks.iter().flat_map(|course| {
            let pairs = course.veca.iter().zip(&course.test_loss);
            pairs.map(|(veca, loss)| (veca.max(f64::MIN_POSITIVE), *loss))
        });
        Series::new(*name, points.collect(), Look::Markers)
    });
    let scatter = Lines {
        title: "VECA against the test loss, epoch by epoch".into(),
        subtitle: subtitle.clone(),
        x: Axis::logarithmic("VECA: variance of the eigenvalues of the covariance"),
        y: Axis::logarithmic("test loss (nats)"),
        series: scatter.collect(),
        ..Lines::default()
    };
    let courses = Lines {
        title: "VECA and the test loss, through overfitting".into(),
        subtitle: format!("{subtitle}; bars: standard errors"),
        x: Axis::linear("epoch"),
        y: Axis::linear("over the largest of the run"),
        series: courses,
        ..Lines::default()
    };
    vec![
        Drawing::of("courses", courses),
        Drawing::of("scatter", scatter),
    ]
}
