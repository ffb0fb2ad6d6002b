//! Pictures of the kind `orthogonal-speed`: maps of the gain, losses, and the gain over the weights.

use nalgebra::DMatrix;

use super::ntk_width::law_name;
use super::orthogonal_speed::{Findings, Point, Settings};
use crate::experiment::Drawing;
use crate::experiment::ensemble::curve;
use crate::figures::{Axis, ColourMap, HeatMap, Lines, Look, Series};
use crate::networks::deep::Initialisation;

/// A map for every `sigma_w`, losses at its deepest networks, and the gain over `sigma_w`.
pub(super) fn figures(settings: &Settings, findings: &Findings) -> Vec<Drawing> {
    let (network, training) = (&settings.network, &settings.training);
    let subtitle = |sigma_w: Option<f64>| {
        let activation = format!("{:?}", *network.activation).to_lowercase();
        let weights = sigma_w.map(|sigma_w| format!(", weights σ² = {:.3}", sigma_w.powi(2)));
        format!(
            "{} {}, {activation}, width {}{}; {} steps; {} networks of each law",
            settings.data.examples,
            settings.data.noun(),
            network.width,
            weights.unwrap_or_default(),
            training.steps,
            training.networks,
        )
    };
    let mut figures = Vec::new();
    let several = network.sigma_w.len() > 1;
    if several {
        figures.push(Drawing::of("gain", by_weights(findings, &subtitle(None))));
        figures.push(Drawing::of(
            "kernel-change",
            kernel_change(findings, &subtitle(None)),
        ));
    }
    let (depths, rates) = (network.depths.len(), training.rates.len());
    for points in findings.points.chunks(depths * rates) {
        let sigma_w = points[0].sigma_w;
        let name = |name: &str| {
            if several {
                format!("{name}-{sigma_w}")
            } else {
                name.into()
            }
        };
        let subtitle = subtitle(Some(sigma_w));
        if points.len() > 1 {
            figures.push(Drawing::of(name("map"), map(points, rates, &subtitle)));
        }
        // The deepest networks at the fastest rate that they survive, and at the slowest.
        let deepest = &points[points.len() - rates..];
        let sound = |point: &&Point| point.log2_gain.is_some();
        let fastest = deepest.iter().rfind(sound);
        for (what, point) in [
            ("losses-fast", fastest),
            ("losses-slow", deepest.first().filter(sound)),
        ] {
            let laws = settings.laws();
            let losses = point.map(|point| losses(findings, laws, point, &subtitle));
            figures.extend(losses.map(|losses| Drawing::of(name(what), losses)));
        }
    }
    figures
}

fn map(points: &[Point], rates: usize, subtitle: &str) -> HeatMap {
    let depths = points.len() / rates;
    let gain = |i: usize, j: usize| points[i * rates + j].log2_gain.unwrap_or(0.0);
    let diverged = points.iter().any(|point| point.log2_gain.is_none());
    let remark = if diverged {
        "; white where runs diverge"
    } else {
        ""
    };
    HeatMap {
        title: "Where orthogonal weights learn faster".into(),
        subtitle: format!("{subtitle}{remark}"),
        column_axis: "rate of gradient descent".into(),
        row_axis: "hidden layers".into(),
        value_axis: "log₂ of loss, Gaussian / orthogonal".into(),
        values: DMatrix::from_fn(depths, rates, gain),
        column_span: None,
        column_labels: points[..rates]
            .iter()
            .map(|point| format!("{:e}", point.rate))
            .collect(),
        row_labels: points
            .iter()
            .step_by(rates)
            .map(|point| point.depth.to_string())
            .collect(),
        range: None,
        colours: ColourMap::Diverging,
        gaps: false,
    }
}

fn losses(findings: &Findings, laws: [Initialisation; 2], point: &Point, subtitle: &str) -> Lines {
    let steps: Vec<f64> = findings.steps.iter().map(|step| *step as f64).collect();
    let runs = laws.iter().zip([&point.gaussian, &point.orthogonal]);
    let series = runs.map(|(law, runs)| {
        let at = |step: usize| runs.losses.iter().map(|losses| losses[step]).collect();
        let values: Vec<Vec<f64>> = (0..steps.len()).map(at).collect();
        Series {
            look: Look::Line,
            ..curve(law_name(*law), &steps, &values)
        }
    });
    Lines {
        title: format!("{} hidden layers at the rate {:e}", point.depth, point.rate),
        subtitle: format!("{subtitle}; bars: standard errors"),
        x: Axis::linear("step"),
        y: Axis::logarithmic("loss per example"),
        series: series.collect(),
        ..Lines::default()
    }
}

/// Every depth and rate, in the order of the points.
fn groups(findings: &Findings) -> Vec<(usize, f64)> {
    let mut groups = Vec::new();
    for point in &findings.points {
        if !groups.contains(&(point.depth, point.rate)) {
            groups.push((point.depth, point.rate));
        }
    }
    groups
}

/// The gain over the weights: the claim needs them near the linear regime.
fn by_weights(findings: &Findings, subtitle: &str) -> Lines {
    let series = groups(findings).into_iter().map(|(depth, rate)| {
        let here = |point: &&Point| point.depth == depth && point.rate == rate;
        let sound = findings
            .points
            .iter()
            .filter(here)
            .filter(|p| p.log2_gain.is_some());
        let gain = |point: &Point| (point.sigma_w, point.log2_gain.unwrap_or(0.0));
        let label = format!("L = {depth}, rate {rate:e}");
        let errors = sound.clone();
        let errors = errors.map(|point| point.log2_gain_error.unwrap_or(f64::NAN));
        Series::new(label, sound.map(gain).collect(), Look::LineAndMarkers).with_errors(errors)
    });
    Lines {
        title: "The gain of orthogonal weights over their size".into(),
        subtitle: format!("{subtitle}; bars: standard errors"),
        x: Axis::linear("standard deviation σ of the weights"),
        y: Axis::linear("log₂ of loss, Gaussian / orthogonal"),
        series: series.collect(),
        ..Lines::default()
    }
}

/// How far from lazy the same runs are.
fn kernel_change(findings: &Findings, subtitle: &str) -> Lines {
    let series = groups(findings).into_iter().map(|(depth, rate)| {
        let here = |point: &&Point| point.depth == depth && point.rate == rate;
        let points = findings.points.iter().filter(here);
        let points = points.filter_map(|point| Some((point.sigma_w, point.kernel_change()?)));
        let label = format!("L = {depth}, rate {rate:e}");
        Series::new(label, points.collect(), Look::LineAndMarkers)
    });
    Lines {
        title: "How far the kernel moves in the same runs".into(),
        subtitle: subtitle.into(),
        x: Axis::linear("standard deviation σ of the weights"),
        y: Axis::logarithmic("|Θ(end) − Θ(0)| / |Θ(0)|"),
        series: series.collect(),
        ..Lines::default()
    }
}
