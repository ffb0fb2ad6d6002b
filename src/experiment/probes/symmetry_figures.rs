//! Pictures of the kinds on symmetries.

use super::relu_symmetries::{Findings, SymmetricRun};
use crate::experiment::Drawing;
use crate::figures::{Axis, Direction, Lines, Look, Reference, Series};
use crate::probes::symmetry::{Apart, Transformation};
use crate::training::flow::BalanceDrift;

/// Below this an axis of distances is not drawn: a tenth of the rounding of a number near 1, so that
/// an exact zero has a place.
const FLOOR: f64 = 1e-17;

/// The scale of every hidden neuron, on which side it is.
pub(super) fn scales(map: &Transformation, subtitle: &str) -> Drawing {
    let series = |label: &str, flipped: bool| {
        let all = map.permutation.iter().zip(&map.scales);
        let chosen = all.filter(|(i, _)| map.flips.binary_search(i).is_ok() == flipped);
        let points = chosen.map(|(i, scale)| (*i as f64, *scale)).collect();
        Series::new(label, points, Look::Markers)
    };
    let all = [series("same side", false), series("flipped", true)];
    Drawing::of(
        "scales",
        Lines {
            title: "What takes each neuron of the first network to the second".into(),
            subtitle: subtitle.into(),
            x: Axis {
                whole: true,
                ..Axis::linear("neuron of the first network")
            },
            y: Axis::logarithmic("scale |w′| / |w|"),
            series: all.into_iter().filter(|s| !s.points.is_empty()).collect(),
            ..Lines::default()
        },
    )
}

/// The jumps of both networks at every hyperplane of either; none without hyperplanes.
pub(super) fn jumps(pairs: Vec<(f64, f64)>, subtitle: &str) -> Option<Drawing> {
    let largest = pairs
        .iter()
        .fold(0.0, |most, (a, b)| f64::max(most, a.max(*b)));
    let (common, single): (Vec<_>, Vec<_>) =
        pairs.into_iter().partition(|(a, b)| *a > 0.0 && *b > 0.0);
    let marked = [
        ("hyperplanes of both", common),
        ("hyperplanes of one alone", single),
    ];
    let marked = marked.into_iter().filter(|(_, points)| !points.is_empty());
    let diagonal = Series::new(
        "equal",
        vec![(0.0, 0.0), (largest, largest)],
        Look::FineLine,
    );
    let points = marked.map(|(label, points)| Series::new(label, points, Look::HollowMarkers));
    (largest > 0.0).then(|| {
        Drawing::of(
            "jumps",
            Lines {
                title: "Jumps of the slope at the hyperplanes of two networks".into(),
                subtitle: subtitle.into(),
                x: Axis::linear("jump |J| of the first network"),
                y: Axis::linear("jump |J| of the second network"),
                series: points.chain([diagonal]).collect(),
                square: true,
                ..Lines::default()
            },
        )
    })
}

/// How two runs part in one sense, over time.
fn course(times: &[f64], run: &SymmetricRun, label: String, get: fn(&Apart) -> f64) -> Series {
    let points = times.iter().zip(&run.apart);
    let points = points.map(|(time, apart)| (*time, get(apart).max(FLOOR)));
    Series::new(label, points.collect(), Look::Line)
}

/// The functions of symmetric starts over time.
pub(super) fn functions(findings: &Findings, subtitle: &str) -> Drawing {
    let of = |run: &SymmetricRun| {
        course(&findings.times, run, run.start.name().into(), |apart| {
            apart.functions
        })
    };
    Drawing::of(
        "functions",
        Lines {
            title: "Permuted starts stay one function; rescaled and flipped ones part".into(),
            subtitle: subtitle.into(),
            x: Axis::linear("time t of the flow"),
            y: Axis::logarithmic("distance of the functions from the first run"),
            series: findings.runs.iter().map(of).collect(),
            ..Lines::default()
        },
    )
}

/// The weights of symmetric starts over time, before and after the canonical form.
pub(super) fn weights(findings: &Findings, subtitle: &str) -> Drawing {
    let pair = |run: &SymmetricRun| {
        let name = run.start.name();
        [
            course(
                &findings.times,
                run,
                format!("{name}: as they stand"),
                |apart| apart.weights,
            ),
            course(
                &findings.times,
                run,
                format!("{name}: canonical"),
                |apart| apart.orbits,
            ),
        ]
    };
    Drawing::of(
        "weights",
        Lines {
            title: "Weights of two runs, before and after the canonical form".into(),
            subtitle: subtitle.into(),
            x: Axis::linear("time t of the flow"),
            y: Axis::logarithmic("distance of the weights from the first run"),
            series: findings.runs.iter().flat_map(pair).collect(),
            ..Lines::default()
        },
    )
}

/// What Euler steps of several sizes do to what the flow conserves.
pub(super) fn balance(findings: &Findings, subtitle: &str) -> Drawing {
    let points = |get: fn(&BalanceDrift) -> f64| {
        let all = findings.descent.iter();
        all.map(|drift| (drift.rate, get(drift).max(FLOOR)))
            .collect()
    };
    let label = |name: &str, order: Option<f64>| match order {
        Some(order) => format!("{name}, order {order:.3}"),
        None => name.into(),
    };
    let orders = &findings.orders;
    let series = vec![
        Series::new(
            label("at the end", orders.end),
            points(|drift| drift.last),
            Look::LineAndMarkers,
        ),
        Series::new(
            label("after one step", orders.one_step),
            points(|drift| drift.first),
            Look::LineAndHollowMarkers,
        ),
    ];
    let flow = Reference {
        label: "flow".into(),
        at: findings.flow_drift.max(FLOOR),
        direction: Direction::Horizontal,
    };
    Drawing::of(
        "balance",
        Lines {
            title: "Euler steps leave what the flow conserves".into(),
            subtitle: subtitle.into(),
            x: Axis::logarithmic("rate of descent = size of a step"),
            y: Axis::logarithmic("largest change of |w|² + b² − |a|²"),
            series,
            references: vec![flow],
            ..Lines::default()
        },
    )
}

/// The losses of all runs over time.
pub(super) fn losses(findings: &Findings, subtitle: &str) -> Drawing {
    let series = |name: &str, losses: &[f64]| {
        let points = findings
            .times
            .iter()
            .copied()
            .zip(losses.iter().map(|loss| loss.max(FLOOR)));
        Series::new(name, points.collect(), Look::Line)
    };
    let others = findings
        .runs
        .iter()
        .map(|run| series(run.start.name(), &run.losses));
    Drawing::of(
        "losses",
        Lines {
            title: "Starts of one function learn at different speeds".into(),
            subtitle: subtitle.into(),
            x: Axis::linear("time t of the flow"),
            y: Axis::logarithmic("loss"),
            series: [series("first run", &findings.losses)]
                .into_iter()
                .chain(others)
                .collect(),
            ..Lines::default()
        },
    )
}
