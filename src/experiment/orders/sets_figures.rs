//! Sets and orders over two parameters as maps.

use nalgebra::DMatrix;

use super::sets::{Findings, Settings};
use crate::experiment::{Array, Drawing};
use crate::figures::{Axis, Look, MapKey, RegionMap, Series, grouped};

/// A map of the stable sets and one of the stable orders, both with the boundaries of theory.
pub(super) fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
    let (horizontal, vertical) = (&settings.region.horizontal, &settings.region.vertical);
    let subtitle = settings
        .network
        .describe(&[*horizontal.parameter, *vertical.parameter]);
    let subtitle = format!("{subtitle}; lines: where theory loses them");
    let curves: Vec<Series> = curves(findings);
    let map = |title: String, values: &Array, most: f64, label: &str| RegionMap {
        title,
        subtitle: subtitle.clone(),
        curves: curves.clone(),
        x: Axis::linear(horizontal.label()),
        y: Axis::linear(vertical.label()),
        centres: [horizontal, vertical].map(|axis| (*axis.from, *axis.to)),
        values: DMatrix::from_row_slice(*vertical.points, *horizontal.points, &values.values),
        key: MapKey::Scale(Axis {
            range: Some((0.0, most)),
            ..Axis::linear(label)
        }),
    };
    let (sets, orders) = (
        grouped(findings.sets as usize),
        grouped(findings.orders as usize),
    );
    vec![
        Drawing::of(
            "orders",
            map(
                format!("Where the {orders} orders are memories"),
                &findings.stable_orders,
                findings.orders,
                "stable orders",
            ),
        ),
        Drawing::of(
            "sets",
            map(
                format!("Where the {sets} sets are memories"),
                &findings.stable_sets,
                findings.sets,
                "stable sets",
            ),
        ),
    ]
}

/// The boundaries: those of the orders first, then those of the sets by size.
fn curves(findings: &Findings) -> Vec<Series> {
    let mut named = vec![false; findings.neurons + 1];
    let curve = |boundary: &super::sets::Boundary| {
        let words = match boundary.k {
            0 => "orders".to_owned(),
            k => format!("sets, k = {k}"),
        };
        // A boundary in several pieces is named once.
        let label = if std::mem::replace(&mut named[boundary.k], true) {
            String::new()
        } else {
            words
        };
        Series {
            style: Some(boundary.k),
            ..Series::new(label, boundary.points.clone(), Look::Line)
        }
    };
    findings.boundaries.iter().map(curve).collect()
}
