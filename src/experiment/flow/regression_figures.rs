//! Pictures of the kind `kernel-regression`.

use super::kernel_regression::Findings;
use super::ntk_figures::{heat_map, spectra};
use super::regression_settings::Settings;
use crate::experiment::Drawing;
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series};

/// Examples up to which a kernel is drawn square by square.
const MOST_OF_A_MOSAIC: usize = 120;

/// All pictures, the course first.
pub(super) fn all(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
    let subtitle = format!("{}; rank {}", findings.of, findings.rank);
    let mut figures = vec![Drawing::of("course", course(settings, findings, &subtitle))];
    let shown = std::slice::from_ref(&findings.kernel);
    let spectrum = Lines {
        title: "Spectrum of the kernel".into(),
        ..spectra(shown, &subtitle)
    };
    figures.push(Drawing::of("spectrum", spectrum));
    if findings.examples <= MOST_OF_A_MOSAIC {
        figures.push(Drawing::of("kernel", heat_map(&findings.kernel, &subtitle)));
    }
    figures
}

/// Errors over the time of learning, with those of the ridges as levels.
fn course(settings: &Settings, findings: &Findings, subtitle: &str) -> Lines {
    let series = |label: &str, errors: &[f64]| {
        let points = findings
            .course_times
            .iter()
            .copied()
            .zip(errors.iter().copied());
        // a logarithmic axis has no zero
        let points = points.filter(|(_, error)| *error > 0.0).collect();
        Series::new(label, points, Look::Line)
    };
    let mut all = vec![series("examples", &findings.course_training)];
    if !findings.course_tests.is_empty() {
        all.push(series("tests", &findings.course_tests));
    }
    let ridges = findings.predictions.iter().filter_map(|prediction| {
        let ridge = prediction.ridge.filter(|ridge| *ridge > 0.0)?;
        let label = format!("ridge {}", crate::experiment::settings::short(ridge));
        Some(Reference {
            label,
            at: prediction.test_error?,
            direction: Direction::Horizontal,
        })
    });
    Lines {
        title: "What a kernel has learnt at a time".into(),
        subtitle: match settings.network {
            Some(ref network) => format!(
                "{subtitle}; {}",
                network.unit.describe(network.convolution.as_ref())
            ),
            None => subtitle.to_owned(),
        },
        x: Axis::logarithmic("time t in units of 1 / largest eigenvalue"),
        y: Axis::logarithmic("mean squared error of a target"),
        series: all,
        references: ridges.collect(),
        ..Lines::default()
    }
}
