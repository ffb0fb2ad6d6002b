//! The capacity of programmed orders as pictures.

use super::capacity::{Findings, Settings};
use crate::analysis::{OrderCapacity, OrderProgramme};
use crate::experiment::Drawing;
use crate::figures::{Axis, Lines, Look, Series, grouped};

/// Shares of the stored orders that are memories, and other memories, against the number of stored ones.
pub(super) fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
    let x = || Axis {
        whole: true,
        ..Axis::linear("orders stored at once")
    };
    let programmes = settings.capacity.programmes();
    let of = |programme: OrderProgramme| {
        let points = findings.points.iter();
        points.filter(move |point| point.programme == programme)
    };
    let series = |n: usize, value: fn(&OrderCapacity) -> f64| {
        let points = of(programmes[n]).map(|point| (point.stored as f64, value(point)));
        Series {
            style: Some(n),
            ..Series::new(label(programmes[n]), points.collect(), Look::LineAndMarkers)
        }
    };
    let mut held: Vec<Series> = (0..programmes.len())
        .map(|n| Series {
            bars: of(programmes[n]).map(|point| point.interval).collect(),
            ..series(n, |point| point.share)
        })
        .collect();
    // The same orders whatever they are written into.
    held.push(Series {
        label: "asymmetric Hopfield network".into(),
        look: Look::LineAndHollowMarkers,
        style: Some(programmes.len()),
        ..series(0, |point| point.hopfield)
    });
    let others = (0..programmes.len()).map(|n| series(n, |point| point.others));
    let subtitle = settings.network.describe(&[]);
    let capacity = Lines {
        title: "Stored orders that are memories".into(),
        subtitle: subtitle.clone(),
        x: x(),
        y: Axis {
            range: Some((0.0, 1.0)),
            ..Axis::linear("share of the stored orders")
        },
        series: held,
        ..Lines::default()
    };
    let spurious = Lines {
        title: format!(
            "Other memories among {} orders",
            grouped(findings.orders as usize)
        ),
        subtitle,
        x: x(),
        y: Axis::linear("orders that nobody has stored"),
        series: others.collect(),
        ..Lines::default()
    };
    vec![
        Drawing::of("held", capacity),
        Drawing::of("others", spurious),
    ]
}

/// What orders are written into.
fn label(programme: OrderProgramme) -> String {
    match programme {
        OrderProgramme::Weights { contrast } => format!("contrast {contrast}"),
        OrderProgramme::Delays { shift } if shift < 0.0 => {
            format!("delays, {} earlier", -shift)
        }
        OrderProgramme::Delays { shift } => format!("delays, {shift} later"),
    }
}
