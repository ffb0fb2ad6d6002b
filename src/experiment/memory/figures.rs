//! Pictures of the kind `recall`: curves of recall, and pictures that were recalled.

use nalgebra::DMatrix;

use super::curves::{Answered, Basins, Gallery, RecallCurve};
use crate::analysis::{Corruption, NORMAL_95, RecallPoint, wilson_interval};
use crate::figures::{Axis, ColourMap, GreyImage, ImageGrid, Lines, Look, Series};
use crate::networks::Pattern;

/// What the horizontal axis counts.
fn amount(corruption: Corruption) -> Axis {
    Axis::linear(match corruption {
        Corruption::Flipped => "flipped bits of the cue",
        Corruption::Missing => "missing bits of the cue",
        Corruption::Hidden => "bits of the cue hidden from its end",
        Corruption::Noise => "standard deviation of the noise on levels of ±1",
        Corruption::Phase => "width of the start phases (delays of a neuron)",
    })
}

fn share(label: &str) -> Axis {
    Axis {
        range: Some((0.0, 1.0)),
        ..Axis::linear(label)
    }
}

/// The share of the cues that `count` counts against corruption, with Wilson intervals as bars.
fn shares(curves: &[RecallCurve], count: fn(&RecallPoint) -> usize) -> Vec<Series> {
    let middle = 0.5 * (curves.len() as f64 - 1.0);
    let series = curves.iter().enumerate().map(|(n, curve)| {
        let points = curve.points.iter();
        let share = |p: &RecallPoint| (p.amount, count(p) as f64 / p.cues.max(1) as f64);
        let interval = |p: &RecallPoint| wilson_interval(count(p), p.cues, NORMAL_95);
        Series {
            bars: points.clone().map(interval).collect(),
            shift: 5.0 * (n as f64 - middle),
            ..Series::new(
                &curve.memory,
                points.map(share).collect(),
                Look::LineAndMarkers,
            )
        }
    });
    series.collect()
}

fn cues(curves: &[RecallCurve]) -> String {
    let first = curves.first().and_then(|curve| curve.points.first());
    format!(
        "{} cues a point; bars: 95 % intervals (Wilson)",
        first.map_or(0, |point| point.cues)
    )
}

/// Recall probability against corruption.
pub(in crate::experiment) fn curves(
    curves: &[RecallCurve],
    corruption: Corruption,
    patterns: usize,
) -> Lines {
    Lines {
        title: format!("Recall of {patterns} patterns by {} memories", curves.len()),
        subtitle: cues(curves),
        x: amount(corruption),
        y: share("recall probability"),
        series: shares(curves, |point| point.recalled),
        ..Lines::default()
    }
}

/// Share of the cues that end on a pattern never stored, against corruption.
pub(super) fn spurious(curves: &[RecallCurve], corruption: Corruption) -> Lines {
    Lines {
        title: "Cues that end on a pattern never stored".into(),
        subtitle: cues(curves),
        x: amount(corruption),
        y: share("share of spurious answers"),
        series: shares(curves, |point| point.spurious),
        ..Lines::default()
    }
}

/// Mean time to settle of the recalled cues; `None` if none was.
pub(super) fn times(curves: &[RecallCurve], corruption: Corruption) -> Option<Lines> {
    let series = curves.iter().enumerate().map(|(n, curve)| {
        let known = curve
            .points
            .iter()
            .filter_map(|p| Some((p.amount, p.mean_time?)));
        Series {
            style: Some(n),
            ..Series::new(
                format!("{} ({})", curve.memory, curve.time_unit),
                known.collect(),
                Look::LineAndMarkers,
            )
        }
    });
    let series: Vec<Series> = series.filter(|series| !series.points.is_empty()).collect();
    (!series.is_empty()).then(|| Lines {
        title: "How long recall takes".into(),
        subtitle: "mean over the recalled cues, each memory in its own unit".into(),
        x: amount(corruption),
        y: Axis::linear("time to settle"),
        series,
        ..Lines::default()
    })
}

/// Volumes of the basins, largest first: stored patterns in full, the others hollow.
pub(super) fn volumes(volumes: &[Basins], stored: &[Pattern]) -> Lines {
    let mut series = Vec::new();
    for (style, Basins { memory, basins, .. }) in volumes.iter().enumerate() {
        for right in [true, false] {
            let ranked = basins.iter().enumerate().filter(|(_, basin)| {
                let found = basin.pattern.as_ref();
                found.is_some_and(|found| stored.contains(found) == right)
            });
            let points: Vec<(f64, f64)> = ranked
                .map(|(rank, basin)| ((rank + 1) as f64, basin.volume))
                .collect();
            if points.is_empty() {
                continue;
            }
            let (kind, look) = if right {
                ("stored", Look::Markers)
            } else {
                ("spurious", Look::HollowMarkers)
            };
            series.push(Series {
                style: Some(style),
                ..Series::new(format!("{memory}: {kind}"), points, look)
            });
        }
    }
    if series.is_empty() {
        series.push(Series::new(
            "no start settles",
            vec![(1.0, 1.0)],
            Look::Markers,
        ));
    }
    Lines {
        title: "Basins of attraction".into(),
        subtitle: "share of random starts that come to rest on a pattern".into(),
        x: Axis {
            whole: true,
            ..Axis::logarithmic("rank of the basin")
        },
        y: Axis::logarithmic("volume"),
        series,
        ..Lines::default()
    }
}

impl Gallery {
    /// The grid of pictures; a cue without an answer is grey.
    pub(in crate::experiment) fn grid(&self) -> ImageGrid {
        let picture = |caption: &str, levels: &[f64]| GreyImage {
            caption: caption.to_owned(),
            pixels: DMatrix::from_row_slice(levels.len() / self.width, self.width, levels),
        };
        let levels = |pattern: &Pattern| -> Vec<f64> { pattern.levels().collect() };
        let mut images = Vec::new();
        for Answered {
            stored,
            cue,
            answers,
        } in &self.rows
        {
            images.push(picture("", &levels(stored)));
            images.push(picture("", cue));
            for answer in answers {
                let (words, levels) = match answer {
                    None => ("unsettled", vec![0.0; stored.len()]),
                    Some(found) if found == stored => ("right", levels(found)),
                    Some(found) => ("wrong", levels(found)),
                };
                images.push(picture(words, &levels));
            }
        }
        let names = ["stored", "cue"]
            .into_iter()
            .chain(self.memories.iter().map(String::as_str));
        ImageGrid {
            title: format!(
                "{} pictures, remembered by {} memories",
                self.rows.len(),
                self.memories.len()
            ),
            subtitle: format!("amount of corruption {}", self.amount),
            images,
            columns: 2 + self.memories.len(),
            column_titles: names
                .map(|name| name.trim_start_matches("Hopfield, ").to_owned())
                .collect(),
            row_titles: Vec::new(),
            range: (-1.0, 1.0),
            colours: ColourMap::Ink,
        }
    }
}
