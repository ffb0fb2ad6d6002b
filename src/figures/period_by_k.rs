//! Periods of the dominance cycles against the size of the group, measured beside closed form.

use super::style::CLOSED_FORM;
use super::{Axis, Figure, FigureError, Lettering, Lines, Look, Scene, Series};

/// Measured periods of one engine or one `lambda`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MeasuredPeriods {
    /// Words in the legend, as in `"relay"` or `"λ = 50"`.
    pub label: String,
    /// Size of the group and period; several patterns of a size may each bring a point.
    pub points: Vec<(usize, f64)>,
}

/// Period against the number of active neurons.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PeriodByK {
    /// Title.
    pub title: String,
    /// Subtitle; may be empty.
    pub subtitle: String,
    /// Size of the group and period by the closed form; may be empty.
    pub closed_form: Vec<(usize, f64)>,
    /// Measurements.
    pub measured: Vec<MeasuredPeriods>,
}

/// Marks that can be told apart along the axis of periods.
const MARKS: f64 = 500.0;

/// One point of those of one size that lie nearer than `distance`: an atlas may hold a million.
fn apart(points: &[(usize, f64)], distance: f64) -> Vec<(usize, f64)> {
    let mut points = points.to_vec();
    points.sort_by(|p, q| p.0.cmp(&q.0).then(p.1.total_cmp(&q.1)));
    points.dedup_by(|next, kept| next.0 == kept.0 && next.1 - kept.1 <= distance);
    points
}

impl Figure for PeriodByK {
    /// The closed form as a line with large hollow marks, the measurements as small filled ones
    /// beside each other, so that equal periods do not hide each other.
    fn scene_in(&self, lettering: &Lettering) -> Result<Scene, FigureError> {
        let points = |list: &[(usize, f64)]| list.iter().map(|&(k, t)| (k as f64, t)).collect();
        let mut series = Vec::new();
        if !self.closed_form.is_empty() {
            series.push(Series {
                style: Some(CLOSED_FORM),
                ..Series::new(
                    "closed form",
                    points(&self.closed_form),
                    Look::LineAndHollowMarkers,
                )
            });
        }
        let periods = self.measured.iter().flat_map(|m| &m.points).map(|p| p.1);
        let (low, high) = periods.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), t| {
            (low.min(t), high.max(t))
        });
        let shown = self.measured.iter().filter(|m| !m.points.is_empty());
        let count = shown.clone().count();
        for (index, measured) in shown.enumerate() {
            series.push(Series {
                style: Some(index),
                shift: 12.0 * (index as f64 - 0.5 * (count as f64 - 1.0)),
                ..Series::new(
                    &measured.label,
                    points(&apart(&measured.points, (high - low) / MARKS)),
                    Look::Markers,
                )
            });
        }
        Lines {
            title: self.title.clone(),
            subtitle: self.subtitle.clone(),
            x: Axis {
                whole: true,
                ..Axis::linear("number of active neurons k")
            },
            y: Axis::linear("period T (in units of the lag)"),
            series,
            ..Lines::default()
        }
        .scene_in(lettering)
    }
}
