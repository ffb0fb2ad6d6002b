//! Pictures of the kind `ntk-width`: distances by width and depth, kernels and their spectra.

use nalgebra::DMatrix;

use super::ntk_findings::{Findings, Point, ShownKernel, groups};
use super::ntk_width::law_name;
use super::power_series::{MARKS, power_series};
use crate::figures::{Axis, HeatMap, Lines, Look, Series};
use crate::networks::deep::Initialisation;

/// Distance from the limit against the width, with standard errors.
pub(super) fn by_width(findings: &Findings, title: &str, subtitle: &str) -> Lines {
    let (points, slopes) = (&findings.points, &findings.slopes);
    let series = groups(points).into_iter().enumerate();
    let series = series.flat_map(|(style, (depth, law))| {
        let here = points
            .iter()
            .filter(|point| point.depth == depth && point.law == law);
        let sizes: Vec<f64> = here.clone().map(|point| point.width as f64).collect();
        let distances: Vec<Vec<f64>> = here.map(|point| point.distances.clone()).collect();
        let slope = slopes.iter().find(|s| s.depth == depth && s.law == law);
        let label = format!("{}, L = {depth}", law_name(law));
        let law = slope.map(|slope| &slope.power);
        power_series(&label, style, &sizes, &distances, law)
    });
    Lines {
        title: title.to_owned(),
        subtitle: format!("{subtitle}; {MARKS}"),
        x: Axis::logarithmic("width n"),
        y: Axis::logarithmic("distance from the limit, |Θ − Θ∞| / |Θ∞|"),
        series: series.collect(),
        ..Lines::default()
    }
}

/// Relative deviation of the diagonal over networks, against the depth, at every width.
pub(super) fn by_depth(findings: &Findings, title: &str, subtitle: &str) -> Lines {
    let points = &findings.points;
    let mut kinds: Vec<(usize, Initialisation)> = Vec::new();
    for point in points {
        if !kinds.contains(&(point.width, point.law)) {
            kinds.push((point.width, point.law));
        }
    }
    let series = kinds.into_iter().map(|(width, law)| {
        let here = points.iter().filter(|p| p.width == width && p.law == law);
        let values: Vec<(f64, f64)> = here
            .clone()
            .map(|point| (point.depth as f64, point.variation))
            .collect();
        // Of a deviation estimated from n networks.
        let share = |point: &Point| {
            let count = point.distances.len() as f64;
            1.0 / (2.0 * (count - 1.0)).sqrt()
        };
        let errors = here
            .zip(&values)
            .map(|(point, (_, value))| value * share(point));
        let label = format!("{}, n = {width}", law_name(law));
        let errors: Vec<f64> = errors.collect();
        Series::new(label, values, Look::LineAndMarkers).with_errors(errors)
    });
    Lines {
        title: title.to_owned(),
        subtitle: format!("{subtitle}; bars: standard errors"),
        x: Axis::logarithmic("hidden layers L"),
        y: Axis::logarithmic("standard deviation of Θ(x, x) / its mean"),
        series: series.collect(),
        ..Lines::default()
    }
}

/// What a kernel is of.
pub(super) fn kernel_title(name: &str, depth: usize, width: usize) -> String {
    match name {
        "limit" => format!("infinite width, {depth} hidden layers"),
        "delta-limit" => format!("infinite width, delta filters, {depth} hidden layers"),
        // as in the table, though the name of a file is in small letters
        "gaussian" => kernel_title(law_name(Initialisation::Gaussian), depth, width),
        law => format!("{law} weights, {depth} hidden layers of {width}"),
    }
}

/// A kernel as a mosaic.
pub(super) fn heat_map(shown: &ShownKernel, subtitle: &str) -> HeatMap {
    let size = shown.spectrum.len();
    HeatMap {
        title: format!("Tangent kernel: {}", shown.title),
        subtitle: subtitle.to_owned(),
        column_axis: "example".into(),
        row_axis: "example".into(),
        value_axis: "Θ".into(),
        values: DMatrix::from_row_slice(size, size, &shown.kernel.values),
        column_span: None,
        column_labels: Vec::new(),
        row_labels: Vec::new(),
        range: None,
        colours: crate::figures::ColourMap::Sequential,
        gaps: false,
    }
}

/// Eigenvalues of kernels, largest first; what rounding has made of zero is left out.
pub(super) fn spectra(kernels: &[ShownKernel], subtitle: &str) -> Lines {
    let series = kernels.iter().map(|shown| {
        let values = &shown.spectrum;
        let largest = values.iter().copied().fold(0.0, f64::max);
        let seen = values
            .iter()
            .rev()
            .filter(|value| **value > 1e-13 * largest);
        let points = seen.enumerate().map(|(i, value)| ((i + 1) as f64, *value));
        Series::new(shown.title.clone(), points.collect(), Look::LineAndMarkers)
    });
    Lines {
        title: "Spectra of tangent kernels".into(),
        subtitle: subtitle.to_owned(),
        x: Axis::linear("number of the eigenvalue"),
        y: Axis::logarithmic("eigenvalue of Θ"),
        series: series.collect(),
        ..Lines::default()
    }
}
