//! Mean and band of the paths of a system with noise.

use super::findings::Findings;
use super::paths::Paths;
use crate::experiment::{Array, Drawing};
use crate::figures::{Axis, Lines, Look, Series};

/// Components that are drawn, the first ones.
const MOST: usize = 6;

/// A picture a component.
pub(super) fn figures(findings: &Findings, paths: &Paths, subtitle: &str) -> Vec<Drawing> {
    let components = findings.components.iter().enumerate().take(MOST);
    let draw = |(column, name): (usize, &String)| {
        let width = findings.components.len();
        let points = |array: &Array| {
            let times = findings.t.values.iter().enumerate();
            let point = |(row, time): (usize, &f64)| (*time, array.values[row * width + column]);
            times.map(point).collect()
        };
        let series = |label: &str, array, look, style| {
            let series = Series::new(label, points(array), look);
            Series {
                style: Some(style),
                ..series
            }
        };
        let lines = Lines {
            title: format!("{name} over {} paths", paths.count),
            subtitle: subtitle.to_owned(),
            x: Axis::linear("time t"),
            y: Axis::linear(name),
            series: vec![
                series("first path", &findings.x, Look::FineLine, 2),
                series("mean", &paths.mean, Look::Line, 0),
                series("5 % and 95 %", &paths.low, Look::Line, 1),
                series("", &paths.high, Look::Line, 1),
            ],
            ..Lines::default()
        };
        let file: String = name
            .chars()
            .filter(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        Drawing::of(format!("paths-{file}"), lines)
    };
    components.map(draw).collect()
}
