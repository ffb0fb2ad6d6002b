//! Pictures of the kind `memory-lifetime`: the law of the barrier, and the share of memories still there.

use super::lifetime::{Findings, LifetimeFindings, MemoryFindings};
use crate::experiment::Drawing;
use crate::figures::{Axis, Lines, Look, Series};

pub(super) fn draw(subtitle: &str, findings: &Findings) -> Vec<Drawing> {
    let lifetimes = Lines {
        title: "How long memories last under noise".into(),
        subtitle: subtitle.to_owned(),
        x: Axis::linear("1 / σ² of the noise"),
        y: Axis::logarithmic("mean lifetime (in delays)"),
        series: each(findings, law),
        ..Lines::default()
    };
    let survival = Lines {
        title: "Memories that are still there".into(),
        subtitle: subtitle.to_owned(),
        x: Axis::linear("time (in delays)"),
        y: Axis::logarithmic("share of the paths"),
        series: each(findings, survival),
        ..Lines::default()
    };
    [("lifetimes", lifetimes), ("survival", survival)]
        .into_iter()
        .filter(|(_, figure)| !figure.series.is_empty())
        .map(|(name, figure)| Drawing::of(name, figure))
        .collect()
}

/// The series of every memory, in a style of its own.
fn each(findings: &Findings, series: impl Fn(&MemoryFindings) -> Vec<Series>) -> Vec<Series> {
    let memories = findings.memories.iter().enumerate();
    let styled = memories.flat_map(|(number, memory)| {
        series(memory).into_iter().map(move |series| Series {
            style: Some(number),
            ..series
        })
    });
    styled.collect()
}

/// Escapes from which a lifetime is drawn: with fewer its interval is wider than the picture (chosen, as for the
/// barrier).
const LEAST: usize = 10;

/// Measured lifetimes, and the line of the barrier through them.
fn law(memory: &MemoryFindings) -> Vec<Series> {
    let drawn = |found: &&LifetimeFindings| found.lifetime.escapes >= LEAST;
    let known = memory.lifetimes.iter().filter(drawn).filter_map(|found| {
        let ends = (found.lifetime.interval.0, found.lifetime.interval.1?);
        Some(((found.noise.powi(-2), found.lifetime.mean?), ends))
    });
    let (points, bars): (Vec<_>, Vec<_>) = known.unzip();
    let Some(weakest) = points.first().copied() else {
        return Vec::new();
    };
    let line = memory.barrier.map(|law| {
        let at = |x: f64| (x, (law.constant + law.barrier * x).exp());
        Series::new("", vec![at(0.0), at(weakest.0)], Look::FineLine)
    });
    let markers = Series {
        bars,
        ..Series::new(memory.pattern.to_string(), points, Look::Markers)
    };
    line.into_iter().chain([markers]).collect()
}

/// The share of paths that still hold the memory, at the weakest noise at which all have lost it in the end, and the
/// exponential law after the least time.
fn survival(memory: &MemoryFindings) -> Vec<Series> {
    let all_lost = |found: &&LifetimeFindings| found.lifetime.distance.is_some();
    let Some(found) = memory.lifetimes.iter().find(all_lost) else {
        return Vec::new();
    };
    let n = found.times.len() as f64;
    let steps = found.times.iter().enumerate();
    let points = steps.map(|(lost, time)| (*time, 1.0 - lost as f64 / n));
    let label = format!("{}, noise {}", memory.pattern, found.noise);
    let measured = Series::new(label, points.collect(), Look::Markers);
    let law = found
        .lifetime
        .mean
        .zip(found.times.last())
        .map(|(mean, last)| {
            let least = found.times[0];
            let line = vec![
                (least, 1.0),
                (*last, (-(last - least) / (mean - least)).exp()),
            ];
            Series::new("", line, Look::FineLine)
        });
    law.into_iter().chain([measured]).collect()
}
