//! Portrait of a delay equation in the plane of `y(t)` and `y(t - lag)`.

use super::{Axis, Figure, FigureError, Lettering, Lines, Look, Scene, Series};

/// A trajectory in the plane of present and delayed value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DelayPortrait {
    /// Title.
    pub title: String,
    /// Subtitle; may be empty.
    pub subtitle: String,
    /// Label of the present value, as in `"y(t)"`.
    pub present_axis: String,
    /// Label of the delayed value, as in `"y(t − 17)"`.
    pub delayed_axis: String,
    /// Present and delayed value, in order of time.
    pub points: Vec<(f64, f64)>,
}

impl Figure for DelayPortrait {
    fn scene_in(&self, lettering: &Lettering) -> Result<Scene, FigureError> {
        Lines {
            title: self.title.clone(),
            subtitle: self.subtitle.clone(),
            x: Axis::linear(&self.present_axis),
            y: Axis::linear(&self.delayed_axis),
            series: vec![Series::new("", self.points.clone(), Look::FineLine)],
            square: true,
            ..Lines::default()
        }
        .scene_in(lettering)
    }
}
