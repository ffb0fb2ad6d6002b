//! Raster of activity: one row a neuron, one bar an impulse.

use super::Figure;
use super::axes::{Axis, Frame, GAP, Ruler, SPINE, extent};
use super::error::{FigureError, require_finite, require_intervals, require_some};
use super::legend::{Sample, legend};
use super::lettering::Lettering;
use super::reduce::{clipped, reduced};
use super::scene::{Anchor, Point, Scene, Stroke};
use super::style::{BLUE, GRID, INK, MARGIN, MUTED, STRIPE, TEXT_SIZE, TICK_SIZE, VERMILLION};
use super::time_courses::activity_mark;
use super::typeface::Weight;

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
#[derive(Debug, Clone, PartialEq)]
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
    /// What the bars of active rows are called, and those of the others.
    pub legend: (&'static str, &'static str),
    /// A curve below them over the same time.
    pub below: Option<RasterCurve>,
}

impl Default for Raster {
    fn default() -> Self {
        Self {
            title: String::new(),
            subtitle: String::new(),
            time_axis: String::new(),
            span: (0.0, 1.0),
            rows: Vec::new(),
            legend: ("impulse of an active neuron", "impulse of another neuron"),
            below: None,
        }
    }
}

/// A curve below a raster.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RasterCurve {
    /// Label of its axis, with unit.
    pub axis: String,
    /// Times and values, in order of time.
    pub points: Vec<(f64, f64)>,
}

/// Height of the curve below a raster, and the gap above it.
const BELOW: (f64, f64) = (110.0, 14.0);
/// Least height of a curve, whatever the size of words: three numbers beside it.
const LOWEST: f64 = 60.0;

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

impl RasterCurve {
    fn ruler(&self, height: f64) -> Result<Ruler, FigureError> {
        require_some("the curve below", &self.points)?;
        let numbers = self.points.iter().flat_map(|(time, value)| [*time, *value]);
        require_finite("the curve below", numbers)?;
        let (low, high) = extent(self.points.iter().map(|(_, value)| *value));
        Axis::linear(self.axis.clone()).ruler((low.min(0.0), high), height, 30.0, 0.05)
    }

    fn draw(&self, scene: &mut Scene, frame: &Frame) -> Result<(), FigureError> {
        frame.grid(scene);
        let points = self.points.iter().map(|point| frame.place(*point));
        let points: Vec<Point> = points.collect();
        for piece in clipped(&points, frame.at, frame.end()) {
            scene.path(reduced(&piece), Stroke::solid(BLUE, 1.5));
        }
        frame.finish(scene)
    }
}

impl Figure for Raster {
    fn scene_in(&self, lettering: &Lettering) -> Result<Scene, FigureError> {
        require_some("the list of rows", &self.rows)?;
        require_finite("the span of time", [self.span.0, self.span.1])?;
        for row in &self.rows {
            require_intervals(&row.label, &row.impulses)?;
        }
        let fires = |active: bool| {
            let mut rows = self.rows.iter();
            rows.any(|row| row.active == active && !row.impulses.is_empty())
        };
        let name = |active: bool, words: &'static str| if fires(active) { words } else { "" };
        let entries = [
            (Sample::Swatch(BLUE, None), name(true, self.legend.0)),
            (Sample::Hollow(VERMILLION), name(false, self.legend.1)),
        ];
        let count = self.rows.len();
        let pitch = (lettering.drawn(480.0) / count as f64).clamp(3.0, 24.0);
        let every = (1.15 * TICK_SIZE / pitch).ceil().max(1.0) as usize;
        let size = TEXT_SIZE.min(0.87 * pitch * every as f64);
        let names = self.rows.iter().map(|row| row.label.as_str());
        let beside = lettering.widest(names, size, Weight::Bold)?;
        let height = lettering.drawn(BELOW.0).max(LOWEST);
        let below = self.below.as_ref();
        let ruler = below.map(|curve| curve.ruler(height)).transpose()?;
        let numbers = ruler.as_ref().map_or(Ok(0.0), |ruler| {
            let more = ruler.more_beside(lettering, height)?;
            Ok::<f64, FigureError>(ruler.label_width(lettering)? + SPINE + more)
        })?;
        let left = MARGIN + numbers.max(18.0 + beside) + GAP;
        let page = lettering.page(left + MARGIN + 6.0);
        let across = page - left - MARGIN - 6.0;
        let mut scene = Scene::lettered(page, lettering);
        let top = scene.heading(&self.title, &self.subtitle)?;
        let top = legend(&mut scene, top, &entries)?;
        let x = Axis {
            range: Some(self.span),
            ..Axis::linear(self.time_axis.clone())
        }
        .ruler_across(self.span, across, 70.0, 0.0, lettering)?;
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
        let mut last = frame;
        if let (Some(curve), Some(ruler)) = (&self.below, ruler) {
            last.at.1 = last.end().1 + BELOW.1;
            last.size.1 = height;
            last.y = ruler;
            curve.draw(&mut scene, &last)?;
        } else {
            last.bottom_axis(&mut scene)?;
        }
        scene.height = last.page_height(&scene)?;
        Ok(scene)
    }
}
