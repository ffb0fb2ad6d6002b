//! An atlas of orders as pictures.

use super::atlas::Findings;
use crate::analysis::{Fate, OrderRecord};
use crate::experiment::Drawing;
use crate::figures::{
    Axis, Lines, Look, PhaseCircle, PhaseCircles, Raster, RasterRow, Series, grouped,
};

/// Most circles on a page.
const CIRCLES: usize = 24;

/// Relative spread of periods above which they are worth a picture: unequal neurons.
const SPREAD: f64 = 1e-6;

/// Circles of phases, the raster of the drawn order, and periods against multipliers where orders differ.
pub(super) fn figures(findings: &Findings, subtitle: &str) -> Vec<Drawing> {
    let (found, all) = (grouped(findings.memories), grouped(findings.orders));
    let title = format!("{found} of {all} orders are memories");
    let mut figures = Vec::new();
    let listed: Vec<&OrderRecord> = if findings.records.len() <= CIRCLES {
        findings.records.iter().collect()
    } else {
        vec![&findings.drawn]
    };
    let circles: Vec<PhaseCircle> = listed.into_iter().filter_map(circle).collect();
    if !circles.is_empty() {
        let figure = PhaseCircles {
            title: title.clone(),
            subtitle: format!("{subtitle}; clockwise as they fire, lines from 1 to 2 to 3 ..."),
            circles,
        };
        figures.push(Drawing::of("orders", figure));
    }
    figures.push(Drawing::of("raster", raster(findings, subtitle)));
    figures.extend(periods(findings, title, subtitle));
    figures
}

/// The phases of a cycle in which all neurons fire once, from neuron 1.
fn circle(record: &OrderRecord) -> Option<PhaseCircle> {
    let period = record.period.filter(|_| record.settles_in.is_some())?;
    let onsets: Vec<f64> = record.onsets.iter().copied().collect::<Option<_>>()?;
    let phase = |onset: &f64| ((onset - onsets[0]) / period).rem_euclid(1.0);
    let caption = match (&record.settles_in, record.fate) {
        (Some(order), Fate::Lost) => format!("{} to {order}", record.order),
        _ => record.order.to_string(),
    };
    Some(PhaseCircle {
        caption,
        phases: onsets.iter().map(phase).collect(),
        stable: record.fate == Fate::Memory,
    })
}

/// The drawn order, its neurons from the top as they fire.
fn raster(findings: &Findings, subtitle: &str) -> Raster {
    let order = &findings.drawn.order;
    let row = |neuron: &usize| RasterRow {
        label: (neuron + 1).to_string(),
        impulses: findings.course.impulses[*neuron]
            .iter()
            .map(|impulse| (impulse.onset, impulse.offset))
            .collect(),
        active: findings.course.active[*neuron],
    };
    Raster {
        title: format!("The order {order}"),
        subtitle: subtitle.to_owned(),
        time_axis: "time t (delays of a neuron)".into(),
        span: (0.0, findings.course.end),
        rows: order.neurons().iter().map(row).collect(),
        ..Raster::default()
    }
}

/// Period and leading multiplier of every memory, where orders are not all alike.
fn periods(findings: &Findings, title: String, subtitle: &str) -> Option<Drawing> {
    let memories = (0..findings.orders)
        .filter(|n| findings.fate.values[*n] as usize == Fate::Memory.number())
        .map(|n| {
            (
                findings.period.values[n],
                findings.leading_multiplier.values[n],
            )
        });
    let points: Vec<(f64, f64)> = memories.collect();
    let (low, high) = points
        .iter()
        .fold((f64::INFINITY, 0.0_f64), |(low, high), point| {
            (low.min(point.0), high.max(point.0))
        });
    if points.len() < 2 || high - low < SPREAD * high {
        return None;
    }
    let figure = Lines {
        title,
        subtitle: subtitle.to_owned(),
        x: Axis::linear("period T"),
        y: Axis::linear("modulus of the leading multiplier"),
        series: vec![Series::new("a memory", points, Look::Markers)],
        ..Lines::default()
    };
    Some(Drawing::of("periods", figure))
}
