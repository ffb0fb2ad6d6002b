//! Raster of activity: one row a neuron, one bar an impulse.

use super::Figure;
use super::axes::{Axis, FOOT, Frame, GAP};
use super::error::{FigureError, require_finite, require_intervals, require_some};
use super::font::{Weight, widest};
use super::legend::{Sample, legend};
use super::scene::{Anchor, Scene, Stroke};
use super::style::{
    BLUE, GRID, INK, MARGIN, MUTED, STRIPE, TEXT_SIZE, TICK_SIZE, VERMILLION, WIDTH,
};
use super::time_courses::activity_mark;

/// One neuron of a raster.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RasterRow {
    /// Name.
    pub label: String,
    /// Beginning and end of each impulse.
    pub impulses: Vec<(f64, f64)>,
    /// Whether it belongs to the dominant group; impulses of the others are drawn open.
    pub active: bool,
}

/// When which neuron fires.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Raster {
    /// Title.
    pub title: String,
    /// Subtitle; may be empty.
    pub subtitle: String,
    /// Label of the time axis, with unit.
    pub time_axis: String,
    /// First and last time shown.
    pub span: (f64, f64),
    /// The neurons, from the top.
    pub rows: Vec<RasterRow>,
}

impl Raster {
    fn draw_row(&self, scene: &mut Scene, frame: &Frame, index: usize, pitch: f64) {
        let row = &self.rows[index];
        let (low, high) = (frame.at, frame.end());
        let top = low.1 + pitch * index as f64;
        let bar = (0.66 * pitch).max(1.0);
        for &(begin, end) in &row.impulses {
            let [from, to] = [begin, end].map(|t| frame.across(t).clamp(low.0, high.0));
            if frame.across(end) < low.0 || frame.across(begin) > high.0 {
                continue;
            }
            let corner = (from, top + 0.5 * (pitch - bar));
            let size = ((to - from).max(1.0), bar);
            if row.active {
                scene.rectangle(corner, size, BLUE);
            } else if bar > 5.0 && size.0 > 5.0 {
                let inner = (corner.0 + 0.8, corner.1 + 0.8);
                let size = (size.0 - 1.6, size.1 - 1.6);
                scene.outline(inner, size, Stroke::solid(VERMILLION, 1.6));
            } else {
                scene.rectangle(corner, size, VERMILLION);
            }
        }
    }
}

impl Figure for Raster {
    fn scene(&self) -> Result<Scene, FigureError> {
        require_some("the list of rows", &self.rows)?;
        require_finite("the span of time", [self.span.0, self.span.1])?;
        for row in &self.rows {
            require_intervals(&row.label, &row.impulses)?;
        }
        let mut scene = Scene::new(WIDTH);
        let top = scene.heading(&self.title, &self.subtitle)?;
        let fires = |active: bool| {
            let mut rows = self.rows.iter();
            rows.any(|row| row.active == active && !row.impulses.is_empty())
        };
        let name = |active: bool, words| if fires(active) { words } else { "" };
        let entries = [
            (
                Sample::Swatch(BLUE, None),
                name(true, "impulse of an active neuron"),
            ),
            (
                Sample::Hollow(VERMILLION),
                name(false, "impulse of another neuron"),
            ),
        ];
        let top = legend(&mut scene, top, &entries)?;
        let count = self.rows.len();
        let pitch = (480.0 / count as f64).clamp(3.0, 24.0);
        let every = (1.15 * TICK_SIZE / pitch).ceil().max(1.0) as usize;
        let size = TEXT_SIZE.min(0.87 * pitch * every as f64);
        let names = self.rows.iter().map(|row| row.label.as_str());
        let beside = widest(names, size, Weight::Bold)?;
        let left = MARGIN + 18.0 + beside + GAP;
        let across = WIDTH - left - MARGIN - 6.0;
        let x = Axis {
            range: Some(self.span),
            ..Axis::linear(self.time_axis.clone())
        }
        .ruler(self.span, across, 70.0, 0.0)?;
        let mut y = Axis::default().ruler((0.0, 1.0), 100.0, 50.0, 0.0)?;
        y.ticks.clear();
        let frame = Frame {
            at: (left, top + 2.0),
            size: (across, pitch * count as f64),
            x,
            y,
        };
        for index in (1..count).step_by(2).filter(|_| pitch >= 8.0) {
            let stripe = (left, frame.at.1 + pitch * index as f64);
            scene.rectangle(stripe, (across, pitch), STRIPE);
        }
        for (value, _) in &frame.x.ticks {
            let at = frame.across(*value);
            let line = vec![(at, frame.at.1), (at, frame.end().1)];
            scene.path(line, Stroke::solid(GRID, 0.8));
        }
        for (index, row) in self.rows.iter().enumerate() {
            self.draw_row(&mut scene, &frame, index, pitch);
            if index % every == 0 {
                let middle = frame.at.1 + pitch * (index as f64 + 0.5);
                if pitch * every as f64 >= 12.0 {
                    activity_mark(&mut scene, (MARGIN, middle), row.active);
                }
                let (weight, colour) = if row.active {
                    (Weight::Bold, INK)
                } else {
                    (Weight::Regular, MUTED)
                };
                let at = (left - GAP, middle + 0.36 * size);
                scene.styled(&row.label, at, size, Anchor::End, weight, colour);
            }
        }
        scene.outline(frame.at, frame.size, Stroke::solid(INK, 1.0));
        frame.bottom_axis(&mut scene);
        scene.height = frame.end().1 + FOOT + 4.0;
        Ok(scene)
    }
}
