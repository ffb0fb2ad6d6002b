//! Pictures of the kind `recall`: curves of recall, and pictures that were recalled.

use nalgebra::DMatrix;

use super::Cell;
use crate::analysis::{Corruption, RecallPoint};
use crate::figures::{Axis, ColourMap, GreyImage, ImageGrid, Lines, Look, Series};

/// Recall probability against corruption, with Wilson intervals drawn as bars around their centres.
pub(super) fn curves(
    curves: &[(String, Vec<RecallPoint>)],
    corruption: Corruption,
    patterns: usize,
) -> Lines {
    let middle = 0.5 * (curves.len() as f64 - 1.0);
    let series = curves.iter().enumerate().map(|(n, (name, points))| {
        let centre = |p: &RecallPoint| (p.amount, 0.5 * (p.interval.0 + p.interval.1));
        Series {
            errors: points
                .iter()
                .map(|p| 0.5 * (p.interval.1 - p.interval.0))
                .collect(),
            shift: 5.0 * (n as f64 - middle),
            ..Series::new(
                name,
                points.iter().map(centre).collect(),
                Look::LineAndMarkers,
            )
        }
    });
    let amount = match corruption {
        Corruption::Flipped => "flipped bits of the cue",
        Corruption::Missing => "missing bits of the cue",
        Corruption::Occluded => "bits of the cue that are covered, from its end",
        Corruption::Noise => "standard deviation of the noise on levels of ±1",
        Corruption::Phase => "width of the start phases (delays of a neuron)",
    };
    let cues = curves
        .first()
        .and_then(|(_, points)| points.first())
        .map_or(0, |p| p.cues);
    Lines {
        title: format!("Recall of {patterns} patterns by {} memories", curves.len()),
        subtitle: format!("{cues} cues a point; bars: 95 % intervals (Wilson) and their centres"),
        x: Axis::linear(amount),
        y: Axis {
            range: Some((0.0, 1.0)),
            ..Axis::linear("recall probability")
        },
        series: series.collect(),
        ..Lines::default()
    }
}

/// The columns of a table of recall.
pub(super) const COLUMNS: [&str; 12] = [
    "memory",
    "amount",
    "cues",
    "recalled",
    "confused",
    "spurious",
    "unsettled",
    "probability",
    "low",
    "high",
    "mean_time",
    "time_unit",
];

/// One row of it.
pub(super) fn row(memory: &str, point: &RecallPoint, time_unit: &str) -> [Cell; 12] {
    [
        memory.into(),
        point.amount.into(),
        point.cues.into(),
        point.recalled.into(),
        point.confused.into(),
        point.spurious.into(),
        point.unsettled.into(),
        point.probability.into(),
        point.interval.0.into(),
        point.interval.1.into(),
        point.mean_time.into(),
        time_unit.into(),
    ]
}

/// One stored pattern, its cue, and the answers of the memories.
type Row = (Vec<bool>, Vec<f64>, Vec<Option<Vec<bool>>>);

/// Stored, cue, recalled: one row a pattern.
pub(super) struct Rows {
    pub width: usize,
    pub amount: f64,
    pub rows: Vec<Row>,
}

impl Rows {
    /// The grid of pictures; a cue without an answer is grey.
    pub fn grid(&self, memories: &[&str]) -> ImageGrid {
        let picture = |caption: &str, levels: &[f64]| GreyImage {
            caption: caption.to_owned(),
            pixels: DMatrix::from_row_slice(levels.len() / self.width, self.width, levels),
        };
        let levels = |pattern: &[bool]| -> Vec<f64> {
            pattern
                .iter()
                .map(|on| if *on { 1.0 } else { -1.0 })
                .collect()
        };
        let mut images = Vec::new();
        for (stored, cue, answers) in &self.rows {
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
            .chain(memories.iter().copied());
        ImageGrid {
            title: format!(
                "{} pictures, remembered by {} memories",
                self.rows.len(),
                memories.len()
            ),
            subtitle: format!("amount of corruption {}", self.amount),
            images,
            columns: 2 + memories.len(),
            column_titles: names
                .map(|name| name.trim_start_matches("Hopfield, ").to_owned())
                .collect(),
            row_titles: Vec::new(),
            range: (-1.0, 1.0),
            colours: ColourMap::Ink,
        }
    }
}
