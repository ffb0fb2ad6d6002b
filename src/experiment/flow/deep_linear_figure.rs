//! The picture of the kind `deep-linear`: modes over time, beside their closed form.

use super::deep_linear::{Findings, Settings};
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series, significant};
use crate::training::flow::LinearModes;

/// Every so many of the samples are drawn as rings, so that the line can be seen between them.
const RINGS: usize = 6;

/// A singular value as it was written; of one's own data to six digits.
fn name(value: f64) -> String {
    let written = value.to_string();
    if written.len() <= 8 {
        written
    } else {
        significant(value, 6)
    }
}

pub(super) fn figure(settings: &Settings, findings: &Findings, modes: &LinearModes) -> Lines {
    let course = |rows: &[Vec<f64>], mode: usize, every: usize| -> Vec<(f64, f64)> {
        let points = findings.times.iter().zip(rows).step_by(every);
        points.map(|(t, row)| (*t, row[mode])).collect()
    };
    let of_mode = |(mode, value): (usize, &f64)| {
        let exact = course(&modes.exact, mode, 1);
        let measured = course(&modes.measured, mode, RINGS);
        let line = Series::new(format!("s = {}", name(*value)), exact, Look::Line);
        let rings = Series::new("", measured, Look::HollowMarkers);
        [line, rings].map(|series| Series {
            style: Some(mode),
            ..series
        })
    };
    let reference = |value: &f64| Reference {
        label: name(*value),
        at: *value,
        direction: Direction::Horizontal,
    };
    let start = settings.network.start;
    let values = &findings.singular_values;
    Lines {
        title: match modes.layers {
            1 => "A linear network of one layer learns mode by mode".into(),
            layers => format!("A linear network of {layers} layers learns mode by mode"),
        },
        subtitle: format!(
            "lines: u' = L u^(2−2/L) (s − u), u(0) = {start}; rings: the network under gradient flow"
        ),
        x: Axis::linear("time t"),
        y: Axis::linear("strength u of a mode"),
        series: values.iter().enumerate().flat_map(of_mode).collect(),
        references: values.iter().map(reference).collect(),
        ..Lines::default()
    }
}
