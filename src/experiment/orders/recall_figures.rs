//! Recall of orders as pictures.

use super::recall::{Curve, Findings, Settings, word};
use crate::analysis::{OrderCorruption, OrderRecall};
use crate::experiment::Drawing;
use crate::figures::{Axis, Lines, Look, Series, grouped};

/// A picture for every way to spoil an order.
pub(super) fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
    let subtitle = settings.network.describe(&[]);
    let draw = |curve: &Curve| {
        let points = curve
            .points
            .iter()
            .map(|point| (point.strength, point.share));
        let recalled = Series {
            bars: curve.points.iter().map(|point| point.interval).collect(),
            ..Series::new(
                "the order that was meant",
                points.collect(),
                Look::LineAndMarkers,
            )
        };
        let part = |label: &str, count: fn(&OrderRecall) -> usize| {
            let at =
                |point: &OrderRecall| (point.strength, count(point) as f64 / point.trials as f64);
            Series::new(
                label,
                curve.points.iter().map(at).collect(),
                Look::LineAndMarkers,
            )
        };
        let figure = Lines {
            title: format!("Recall of {} orders", grouped(findings.orders as usize)),
            subtitle: subtitle.clone(),
            x: Axis::linear(curve.corruption.label()),
            y: Axis {
                range: Some((0.0, 1.0)),
                ..Axis::linear("share of the starts that end in")
            },
            series: vec![
                recalled,
                match curve.corruption {
                    OrderCorruption::Displaced => part("another order", in_another),
                    _ => part("the order of the spoilt start", |point| point.as_started),
                },
                part("no order of all neurons", |point| point.lost),
            ],
            ..Lines::default()
        };
        Drawing::of(word(curve.corruption), figure)
    };
    findings.curves.iter().map(draw).collect()
}

/// Starts that end in an order which is neither the one that was meant nor the one that was begun.
fn in_another(point: &OrderRecall) -> usize {
    point.trials - point.recalled - point.as_started - point.lost
}
