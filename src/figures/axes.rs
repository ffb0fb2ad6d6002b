//! Axes: from numbers to places on the page, with ticks, grid and labels.

use super::FigureError;
use super::lettering::Lettering;
use super::scene::{Anchor, LINE, Point, Scene, Stroke};
use super::style::{GRID, INK, TICK_SIZE};
use super::ticks::{linear_ticks, logarithmic_ticks};
use super::typeface::Weight;

/// How an axis spaces its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// Evenly.
    #[default]
    Linear,
    /// Evenly in the logarithm.
    Logarithmic,
}

/// What the caller wants of an axis.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Axis {
    /// Label with unit, as in `"time t (in units of the lag)"`.
    pub label: String,
    /// Spacing.
    pub scale: Scale,
    /// First and last number shown; by default what the data need.
    pub range: Option<(f64, f64)>,
    /// Whether only whole numbers get a tick.
    pub whole: bool,
}

impl Axis {
    /// A linear axis.
    #[must_use]
    pub fn linear(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            ..Self::default()
        }
    }

    /// A logarithmic axis.
    #[must_use]
    pub fn logarithmic(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            scale: Scale::Logarithmic,
            ..Self::default()
        }
    }

    /// Fixes range and ticks for data between two numbers on an axis of a given length.
    ///
    /// `every` is the room that a tick wants; `padding` the share left free at both ends. There are fewer ticks where numbers, one above the other,
    /// would touch.
    pub(super) fn ruler(
        &self,
        data: (f64, f64),
        length: f64,
        every: f64,
        padding: f64,
    ) -> Result<Ruler, FigureError> {
        let numbers = |_: &str| Ok(HIGH);
        self.thinned(data, length, every, padding, numbers)
    }

    /// The same for an axis along which the numbers stand beside each other.
    pub(super) fn ruler_across(
        &self,
        data: (f64, f64),
        length: f64,
        every: f64,
        padding: f64,
        lettering: &Lettering,
    ) -> Result<Ruler, FigureError> {
        let numbers =
            |number: &str| Ok(lettering.width(number, TICK_SIZE, Weight::Regular)? + APART);
        self.thinned(data, length, every, padding, numbers)
    }

    /// As many ticks as wanted, or fewer, until no number takes the room of its neighbour.
    fn thinned(
        &self,
        data: (f64, f64),
        length: f64,
        every: f64,
        padding: f64,
        room: impl Fn(&str) -> Result<f64, FigureError>,
    ) -> Result<Ruler, FigureError> {
        let mut wanted = ((length / every) as usize).max(2);
        loop {
            let mut ruler = self.ruled(data, wanted, padding)?;
            let mut clear = true;
            for pair in ruler.ticks.windows(2) {
                let [(from, one), (to, other)] = pair else {
                    continue;
                };
                let distance = (ruler.share(*to) - ruler.share(*from)) * length;
                clear &= distance >= 0.5 * (room(one)? + room(other)?);
            }
            if clear {
                return Ok(ruler);
            }
            if wanted == 1 {
                ruler.ticks.truncate(1);
                return Ok(ruler);
            }
            wanted -= 1;
        }
    }

    /// An axis with about so many ticks.
    fn ruled(&self, data: (f64, f64), wanted: usize, padding: f64) -> Result<Ruler, FigureError> {
        let (low, high) = self.range.unwrap_or(data);
        let invalid = || FigureError::InvalidRange {
            what: format!("the axis \"{}\"", self.label),
            low,
            high,
        };
        if !(low.is_finite() && high.is_finite()) || low > high {
            return Err(invalid());
        }
        if self.scale == Scale::Logarithmic && low <= 0.0 {
            return Err(FigureError::NotPositive {
                series: format!("the axis \"{}\"", self.label),
                value: low,
            });
        }
        let warp = |v: f64| match self.scale {
            Scale::Linear => v,
            Scale::Logarithmic => v.log10(),
        };
        let (mut from, mut to) = (warp(low), warp(high));
        // A flat line gets room around it, and a range must be wide enough to have ticks.
        let least = 1e-9 * from.abs().max(to.abs()).max(1e-200);
        if to - from <= least {
            let room = if from == 0.0 { 1.0 } else { 0.1 * from.abs() };
            (from, to) = (from - room, to + room);
        } else if self.range.is_none() {
            let room = padding * (to - from);
            (from, to) = (from - room, to + room);
        }
        let ticks = match self.scale {
            Scale::Linear => linear_ticks(from, to, wanted, self.whole),
            Scale::Logarithmic => logarithmic_ticks(10f64.powf(from), 10f64.powf(to), wanted),
        };
        Ok(Ruler {
            label: self.label.clone(),
            scale: self.scale,
            from,
            to,
            ticks,
            reach: FOOT,
        })
    }
}

/// An axis with range and ticks fixed.
#[derive(Debug, Clone)]
pub(super) struct Ruler {
    pub label: String,
    scale: Scale,
    from: f64,
    to: f64,
    pub ticks: Vec<(f64, String)>,
    /// How much longer than the axis its label may be: it reaches into the room below, and as far above.
    pub reach: f64,
}

impl Ruler {
    /// Share of the axis at which a number lies: 0 at its first end, 1 at its last.
    pub fn share(&self, value: f64) -> f64 {
        let warped = match self.scale {
            Scale::Linear => value,
            Scale::Logarithmic => value.max(f64::MIN_POSITIVE).log10(),
        };
        (warped - self.from) / (self.to - self.from)
    }

    /// Room that the tick labels need beside a vertical axis.
    pub fn label_width(&self, lettering: &Lettering) -> Result<f64, FigureError> {
        let labels = self.ticks.iter().map(|(_, label)| label.as_str());
        lettering.widest(labels, TICK_SIZE, Weight::Regular)
    }

    /// The lines of its label beside an axis of a length.
    pub fn lines(&self, lettering: &Lettering, length: f64) -> Result<Vec<String>, FigureError> {
        lettering.label(&self.label, length + self.reach)
    }

    /// The width that they take beyond that of one line.
    pub fn more_beside(&self, lettering: &Lettering, length: f64) -> Result<f64, FigureError> {
        Ok(LINE * self.lines(lettering, length)?.len().saturating_sub(1) as f64)
    }
}

/// Room that a number takes along a vertical axis.
const HIGH: f64 = 1.1 * TICK_SIZE;
/// Least distance of numbers along a horizontal axis.
const APART: f64 = 6.0;

/// A rectangle on the page with its two axes.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub at: Point,
    pub size: (f64, f64),
    pub x: Ruler,
    pub y: Ruler,
}

/// Room below a frame for tick labels and axis label.
pub(super) const FOOT: f64 = 46.0;
/// Room between the tick labels of a vertical axis and the left edge, for the axis label.
pub(super) const SPINE: f64 = 24.0;
/// Room between tick labels and frame.
pub(super) const GAP: f64 = 8.0;

impl Frame {
    /// Place of a pair of numbers.
    pub fn place(&self, (x, y): (f64, f64)) -> Point {
        (self.across(x), self.down(y))
    }

    /// Horizontal place of a number.
    pub fn across(&self, x: f64) -> f64 {
        self.at.0 + self.x.share(x) * self.size.0
    }

    /// Vertical place of a number.
    pub fn down(&self, y: f64) -> f64 {
        self.at.1 + (1.0 - self.y.share(y)) * self.size.1
    }

    /// Right bottom corner.
    pub fn end(&self) -> Point {
        (self.at.0 + self.size.0, self.at.1 + self.size.1)
    }

    /// Grid lines at the ticks; drawn before the data.
    pub fn grid(&self, scene: &mut Scene) {
        let stroke = Stroke::solid(GRID, 0.8);
        let (right, bottom) = self.end();
        for (value, _) in &self.x.ticks {
            let x = self.across(*value);
            scene.path(vec![(x, self.at.1), (x, bottom)], stroke);
        }
        for (value, _) in &self.y.ticks {
            let y = self.down(*value);
            scene.path(vec![(self.at.0, y), (right, y)], stroke);
        }
    }

    /// Outline, ticks and labels; drawn after the data.
    pub fn finish(&self, scene: &mut Scene) -> Result<(), FigureError> {
        scene.outline(self.at, self.size, Stroke::solid(INK, 1.0));
        self.bottom_axis(scene)?;
        self.upright(scene)
    }

    /// The same without what stands below: for a frame above another one.
    pub fn close(&self, scene: &mut Scene) -> Result<(), FigureError> {
        scene.outline(self.at, self.size, Stroke::solid(INK, 1.0));
        self.upright(scene)
    }

    /// Ticks and label on the left.
    fn upright(&self, scene: &mut Scene) -> Result<(), FigureError> {
        self.left_axis(scene);
        let spine = self.at.0 - GAP - self.y.label_width(&scene.lettering)? - 10.0;
        let lines = self.y.lines(&scene.lettering, self.size.1)?;
        scene.beside(&lines, (spine, self.at.1 + 0.5 * self.size.1));
        Ok(())
    }

    /// Ticks and labels below.
    pub fn bottom_axis(&self, scene: &mut Scene) -> Result<(), FigureError> {
        let bottom = self.end().1;
        for (value, label) in &self.x.ticks {
            let x = self.across(*value);
            scene.path(
                vec![(x, bottom), (x, bottom + 4.0)],
                Stroke::solid(INK, 1.0),
            );
            // the last number may not reach beyond the page
            let half = 0.5 * scene.lettering.width(label, TICK_SIZE, Weight::Regular)?;
            let x = x.min(scene.width - half - 1.0);
            scene.text(label, (x, bottom + 17.5), TICK_SIZE, Anchor::Middle);
        }
        scene.below(&self.x.label, (self.middle(), bottom + 38.0))
    }

    fn middle(&self) -> f64 {
        self.at.0 + 0.5 * self.size.0
    }

    /// The height of a page that ends below this frame.
    pub fn page_height(&self, scene: &Scene) -> Result<f64, FigureError> {
        let more = scene.more_below(&self.x.label, self.middle())?;
        Ok(self.end().1 + FOOT + 4.0 + more)
    }

    /// Ticks and tick labels on the left.
    pub fn left_axis(&self, scene: &mut Scene) {
        for (value, label) in &self.y.ticks {
            let y = self.down(*value);
            let left = self.at.0;
            scene.path(vec![(left - 4.0, y), (left, y)], Stroke::solid(INK, 1.0));
            let at = (left - GAP, y + 0.36 * TICK_SIZE);
            scene.text(label, at, TICK_SIZE, Anchor::End);
        }
    }
}

/// Least and greatest of some numbers.
pub(super) fn extent(values: impl IntoIterator<Item = f64>) -> (f64, f64) {
    values
        .into_iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        })
}
