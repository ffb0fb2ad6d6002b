//! Pictures of the kind `ntk-drift`: drifts and motions by width, kernels along the training.

use super::ntk_drift::{Findings, KERNEL_DRIFT, Quantity, Runs, Settings, WEIGHTS_OF};
use super::ntk_width::law_name;
use super::power_series::{MARKS, power_series};
use crate::experiment::Drawing;
use crate::figures::{Axis, Lines, Look, Series};

/// Drifts and motions by width, and the kernel along the training.
pub(super) fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
    let Settings {
        network, training, ..
    } = &settings;
    let subtitle = format!(
        "{}, L = {}; {}; {} steps at {}/λₘₐₓ; {} networks a point",
        network.unit.activation_name(),
        network.depth,
        findings.inputs,
        training.steps,
        training.rate,
        settings.study.networks,
    );
    let by_width = |title: &str, y: &str, series: Vec<Series>| Lines {
        title: title.into(),
        subtitle: format!("{subtitle}; {MARKS}"),
        x: Axis::logarithmic("width n"),
        y: Axis::logarithmic(y),
        series,
        ..Lines::default()
    };
    let curve = |(style, (label, found)): (usize, (&str, &Quantity))| {
        let sizes: Vec<f64> = found.widths.iter().map(|n| *n as f64).collect();
        power_series(label, style, &sizes, &found.values, found.power.as_ref())
    };
    let quantities = findings.quantities.iter();
    let of_kernels = quantities.clone().filter(|q| q.quantity == KERNEL_DRIFT);
    let of_kernels = of_kernels.map(|found| (law_name(found.law), found));
    let drift = by_width(
        "Kernels move less in wider networks",
        "drift of the kernel, |Θ(end) − Θ(0)| / |Θ(0)|",
        of_kernels.enumerate().flat_map(curve).collect(),
    );
    let first = *settings.study.laws[0];
    let of_weights = quantities.filter(|q| q.law == first);
    let of_weights =
        of_weights.filter_map(|found| Some((found.quantity.strip_prefix(WEIGHTS_OF)?, found)));
    let weights = by_width(
        &format!("How far weights move ({} start)", law_name(first)),
        "|W(end) − W(0)| / |W(0)|",
        of_weights.enumerate().flat_map(curve).collect(),
    );
    let path = Lines {
        title: "Kernels along the training".into(),
        subtitle: subtitle.clone(),
        x: Axis::linear("step"),
        y: Axis::logarithmic("|Θ − Θ(0)| / |Θ(0)|"),
        series: paths(settings, findings),
        ..Lines::default()
    };
    vec![
        Drawing::of("drift", drift),
        Drawing::of("weights", weights),
        Drawing::of("path", path),
    ]
}

/// The kernel of the first network of the narrowest and the widest, along the training.
fn paths(settings: &Settings, findings: &Findings) -> Vec<Series> {
    let widths = settings.network.widths.iter().map(|width| **width);
    let ends = [widths.clone().min(), widths.max()];
    let shown = findings.runs.iter();
    let shown = shown.filter(|runs| ends.contains(&Some(runs.width)));
    let path = |runs: &Runs| {
        let label = format!("{}, n = {}", law_name(runs.law), runs.width);
        let path = runs.networks[0].path.iter().skip(1);
        let points = path.map(|(step, distance)| (*step as f64, *distance));
        Series::new(label, points.collect(), Look::LineAndMarkers)
    };
    shown.map(path).collect()
}
