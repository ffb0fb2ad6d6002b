//! Curves and points over two axes: the plot that most others are made of.

use super::Figure;
use super::axes::{Axis, Frame, GAP, SPINE, Scale, extent};
use super::error::{FigureError, require_finite, require_length, require_some};
use super::legend::{Sample, legend};
use super::lettering::Lettering;
use super::reduce::{clipped, reduced};
use super::scene::{Anchor, Mark, Point, Scene, Stroke};
use super::style::{
    CLOSED_FORM, Colour, MARGIN, MUTED, PALE_BLUE, TICK_SIZE, marker, series_colour, series_shape,
    series_stroke,
};
use super::typeface::Weight;

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Look {
    /// A line through the points.
    #[default]
    Line,
    /// A thin line, for curves that pass the same place many times.
    FineLine,
    /// Filled markers.
    Markers,
    /// Large hollow markers, so that others can sit inside.
    HollowMarkers,
    /// A line with filled markers.
    LineAndMarkers,
    /// A line with large hollow markers.
    LineAndHollowMarkers,
}

impl Look {
    fn has_line(self) -> bool {
        !matches!(self, Self::Markers | Self::HollowMarkers)
    }

    fn has_markers(self) -> bool {
        !matches!(self, Self::Line | Self::FineLine)
    }

    fn is_hollow(self) -> bool {
        matches!(self, Self::HollowMarkers | Self::LineAndHollowMarkers)
    }

    fn stroke(self, style: usize) -> Stroke {
        let stroke = series_stroke(style);
        if self == Self::FineLine {
            Stroke {
                width: 0.8,
                ..stroke
            }
        } else {
            stroke
        }
    }

    fn radius(self) -> f64 {
        if self.is_hollow() { 6.5 } else { 3.6 }
    }
}

/// One curve or set of points.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    /// Words in the legend; none, no entry.
    pub label: String,
    /// The points in drawing order; curves may run in any direction.
    pub points: Vec<(f64, f64)>,
    /// Lower and upper ends of vertical bars, one for each point; empty for none.
    pub bars: Vec<(f64, f64)>,
    /// Line, markers or both.
    pub look: Look,
    /// Number of the colour, dash pattern and marker; by default the place in the list. Series
    /// that belong together can share one.
    pub style: Option<usize>,
    /// Sideways shift on the page in units, to set markers beside each other.
    pub shift: f64,
}

impl Series {
    /// A series with a label and a look.
    #[must_use]
    pub fn new(label: impl Into<String>, points: Vec<(f64, f64)>, look: Look) -> Self {
        Self {
            label: label.into(),
            points,
            look,
            ..Self::default()
        }
    }

    /// The same with bars that reach an error up and down from each point; without any if one of them is not known.
    #[must_use]
    pub fn with_errors(mut self, errors: impl IntoIterator<Item = f64>) -> Self {
        let ends = self.points.iter().zip(errors);
        self.bars = ends.map(|((_, y), e)| (y - e, y + e)).collect();
        if !self.bars.iter().all(|(low, _)| low.is_finite()) {
            self.bars.clear();
        }
        self
    }
}

/// A range of values at every place, shaded below all series.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Band {
    /// Words in the legend; none, no entry.
    pub label: String,
    /// Place, lower and upper end, from left to right.
    pub points: Vec<(f64, f64, f64)>,
}

/// Shades of bands in the order of the list: the later ones lie within the earlier ones.
const SHADES: [Colour; 2] = [PALE_BLUE, Colour(0xa3, 0xc9, 0xe2)];

impl Band {
    fn shade(number: usize) -> Colour {
        SHADES[number.min(SHADES.len() - 1)]
    }

    fn check(&self, number: usize) -> Result<(), FigureError> {
        let name = format!("band {number}");
        require_some(&name, &self.points)?;
        let numbers = self
            .points
            .iter()
            .flat_map(|(x, low, high)| [*x, *low, *high]);
        require_finite(&name, numbers)
    }

    fn draw(&self, number: usize, scene: &mut Scene, frame: &Frame) {
        let (top, bottom) = (frame.at.1, frame.end().1);
        let place = |x: f64, y: f64| {
            let (x, y) = frame.place((x, y));
            (x, y.clamp(top, bottom))
        };
        let lower = self.points.iter().map(|(x, low, _)| place(*x, *low));
        let upper = self
            .points
            .iter()
            .rev()
            .map(|(x, _, high)| place(*x, *high));
        // each side reduced as a curve is
        let mut area = reduced(&lower.collect::<Vec<Point>>());
        let mut upper: Vec<Point> = upper.collect();
        upper.reverse();
        area.extend(reduced(&upper).into_iter().rev());
        scene.marks.push(Mark::Area(area, Self::shade(number)));
    }
}

/// Direction of a reference line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// At a number of the vertical axis.
    Horizontal,
    /// At a number of the horizontal axis.
    Vertical,
}

/// A line across the whole plot, labelled outside of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// Short label.
    pub label: String,
    /// The number at which it lies; the axes reach at least that far.
    pub at: f64,
    /// Its direction.
    pub direction: Direction,
}

/// A low plot above another one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Strip {
    /// Vertical axis.
    pub y: Axis,
    /// What is drawn: one series in black, several in the order of the styles.
    pub series: Vec<Series>,
}

impl Strip {
    /// The number of the style of a series.
    fn style(&self, index: usize) -> usize {
        let alone = self.series.len() == 1;
        let usual = if alone { CLOSED_FORM } else { index };
        self.series[index].style.unwrap_or(usual)
    }

    fn draw(&self, scene: &mut Scene, frame: &Frame) -> Result<(), FigureError> {
        frame.grid(scene);
        for (index, series) in self.series.iter().enumerate() {
            draw_series(scene, frame, series, self.style(index));
        }
        frame.close(scene)
    }
}

/// Curves and points over two axes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lines {
    /// Title.
    pub title: String,
    /// Subtitle: parameters, source; may be empty.
    pub subtitle: String,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
    /// What is drawn, in this order.
    pub series: Vec<Series>,
    /// Ranges that lie under them, the widest first.
    pub bands: Vec<Band>,
    /// Reference lines.
    pub references: Vec<Reference>,
    /// A low plot above it over the same horizontal axis: what drives the curves below.
    pub above: Option<Strip>,
    /// Square plot with the same range on both axes, for phase portraits.
    pub square: bool,
}

/// Height of the plot itself.
const HEIGHT: f64 = 350.0;
/// Height of a plot above it, its least height whatever the size of words, and the gap between.
const STRIP: (f64, f64, f64) = (86.0, 50.0, 14.0);
/// Side of a square plot.
const SIDE: f64 = 470.0;

impl Lines {
    fn check(&self) -> Result<(), FigureError> {
        require_some("the list of series", &self.series)?;
        for (number, band) in self.bands.iter().enumerate() {
            band.check(number + 1)?;
        }
        let above = self.above.iter().flat_map(|strip| &strip.series);
        let own = self.series.iter().zip(std::iter::repeat(&self.y));
        let all = own.chain(above.zip(self.above.iter().map(|strip| &strip.y).cycle()));
        for (index, (series, y)) in all.enumerate() {
            let name = match series.label.as_str() {
                "" => format!("series {}", index + 1),
                label => label.to_owned(),
            };
            require_some(&name, &series.points)?;
            require_finite(
                &format!("{name} (horizontal)"),
                series.points.iter().map(|p| p.0),
            )?;
            require_finite(&name, series.points.iter().map(|p| p.1))?;
            if !series.bars.is_empty() {
                let what = format!("{name} (bars)");
                require_length(&what, series.bars.len(), series.points.len())?;
                let ends = series.bars.iter().flat_map(|(low, high)| [*low, *high]);
                require_finite(&what, ends)?;
            }
            for (axis, value) in [
                (&self.x, extent(series.points.iter().map(|p| p.0)).0),
                (y, extent(series.points.iter().map(|p| p.1)).0),
            ] {
                if axis.scale == Scale::Logarithmic && value <= 0.0 {
                    let series = name.clone();
                    return Err(FigureError::NotPositive { series, value });
                }
            }
        }
        require_finite("reference lines", self.references.iter().map(|r| r.at))
    }

    /// What the data and the reference lines need on both axes.
    fn extents(&self) -> ((f64, f64), (f64, f64)) {
        let along = |wanted: Direction| {
            let lines = self.references.iter();
            lines.filter(move |r| r.direction == wanted).map(|r| r.at)
        };
        let points = || self.series.iter().flat_map(|s| &s.points);
        let above = self.above.iter().flat_map(|strip| &strip.series);
        let above = above.flat_map(|s| &s.points).map(|p| p.0);
        let x = extent(
            points()
                .map(|p| p.0)
                .chain(above)
                .chain(along(Direction::Vertical)),
        );
        let bars = self.series.iter().flat_map(|series| &series.bars);
        let bars = bars.flat_map(|(low, high)| [*low, *high]);
        let logarithmic = self.y.scale == Scale::Logarithmic;
        let bars = bars.filter(|end| !logarithmic || *end > 0.0);
        let ends = self.bands.iter().flat_map(|band| &band.points);
        let ends = ends.flat_map(|(_, low, high)| [*low, *high]);
        let heights = points().map(|p| p.1).chain(bars).chain(ends);
        let y = extent(heights.chain(along(Direction::Horizontal)));
        if self.square {
            let both = (x.0.min(y.0), x.1.max(y.1));
            (both, both)
        } else {
            (x, y)
        }
    }

    fn entries(&self) -> Vec<(Sample, &str)> {
        let bands = self.bands.iter().enumerate();
        let bands = bands.map(|(number, band)| {
            let sample = Sample::Swatch(Band::shade(number), None);
            (sample, band.label.as_str())
        });
        let own = self.series.iter().enumerate();
        let own = own.map(|(index, series)| (series.style.unwrap_or(index), series));
        // one series above is named by its axis
        let above = self.above.iter().filter(|strip| strip.series.len() > 1);
        let above = above.flat_map(|strip| {
            let series = strip.series.iter().enumerate();
            series.map(|(index, series)| (strip.style(index), series))
        });
        above
            .chain(own)
            .map(|(style, series)| {
                let (stroke, shape) = (series.look.stroke(style), series_shape(style));
                let (r, hollow) = (series.look.radius(), series.look.is_hollow());
                let sample = match (series.look.has_line(), series.look.has_markers()) {
                    (true, true) => Sample::Both(stroke, shape, r, hollow),
                    (true, false) => Sample::Line(stroke),
                    _ => Sample::Marker(shape, r, stroke.colour, hollow),
                };
                (sample, series.label.as_str())
            })
            .chain(bands)
            .collect()
    }

    /// Draws the reference lines and their labels, above and to the right of the plot.
    fn draw_references(&self, scene: &mut Scene, frame: &Frame) -> Result<(), FigureError> {
        let stroke = Stroke {
            colour: MUTED,
            width: 1.2,
            dashes: &[4.0, 3.0],
        };
        let (right, bottom) = frame.end();
        let mut lines: Vec<&Reference> = self.references.iter().collect();
        lines.sort_by(|a, b| b.at.total_cmp(&a.at));
        let mut next = frame.at.1 + 0.36 * TICK_SIZE;
        let mut free = f64::INFINITY;
        for line in lines {
            if line.direction == Direction::Horizontal {
                let y = frame.down(line.at);
                scene.path(vec![(frame.at.0, y), (right, y)], stroke);
                // Labels of close lines move down until they are clear of each other.
                let label = (y + 0.36 * TICK_SIZE).max(next);
                next = label + 1.15 * TICK_SIZE;
                scene.text(&line.label, (right + 6.0, label), TICK_SIZE, Anchor::Start);
            } else {
                let x = frame.across(line.at);
                scene.path(vec![(x, frame.at.1), (x, bottom)], stroke);
                let half = 0.5
                    * scene
                        .lettering
                        .width(&line.label, TICK_SIZE, Weight::Regular)?;
                let label = (x.min(free - half)).clamp(MARGIN + half, scene.width - MARGIN - half);
                free = label - half - 8.0;
                scene.text(
                    &line.label,
                    (label, frame.at.1 - 5.0),
                    TICK_SIZE,
                    Anchor::Middle,
                );
            }
        }
        Ok(())
    }
}

fn draw_series(scene: &mut Scene, frame: &Frame, series: &Series, style: usize) {
    let shifted = |p: &(f64, f64)| {
        let (x, y) = frame.place(*p);
        (x + series.shift, y)
    };
    let points: Vec<Point> = series.points.iter().map(shifted).collect();
    let (low, high) = (frame.at, frame.end());
    if series.look.has_line() {
        for piece in clipped(&points, low, high) {
            scene.path(reduced(&piece), series.look.stroke(style));
        }
    }
    let inside = |p: &Point| {
        p.0 >= low.0 - 1.0 && p.0 <= high.0 + 1.0 && p.1 >= low.1 - 1.0 && p.1 <= high.1 + 1.0
    };
    let colour = series_colour(style);
    for (point, (bottom, top)) in points.iter().zip(&series.bars) {
        let [from, to] = [*bottom, *top].map(|y| (point.0, frame.down(y).clamp(low.1, high.1)));
        let stroke = Stroke::solid(colour, 1.2);
        if inside(&(point.0, 0.5 * (low.1 + high.1))) {
            scene.path(vec![from, to], stroke);
            for y in [from.1, to.1] {
                scene.path(vec![(point.0 - 3.0, y), (point.0 + 3.0, y)], stroke);
            }
        }
    }
    if series.look.has_markers() {
        let (shape, r) = (series_shape(style), series.look.radius());
        for point in points.into_iter().filter(inside) {
            marker(scene, shape, point, r, colour, series.look.is_hollow());
        }
    }
}

impl Figure for Lines {
    fn scene_in(&self, lettering: &Lettering) -> Result<Scene, FigureError> {
        self.check()?;
        let labels = |wanted: Direction| {
            let lines = self.references.iter();
            lines
                .filter(move |r| r.direction == wanted)
                .map(|r| r.label.as_str())
        };
        let horizontal = labels(Direction::Horizontal);
        let beside = lettering.widest(horizontal, TICK_SIZE, Weight::Regular)?;
        let (x, y) = self.extents();
        let height = lettering.drawn(if self.square { SIDE } else { HEIGHT });
        let padding = if self.square { 0.04 } else { 0.05 };
        let mut y = self.y.ruler(y, height, 52.0, padding)?;
        if self.above.is_some() {
            y.reach = 0.0;
        }
        let more = y.more_beside(lettering, height)?;
        let strip_height = lettering.drawn(STRIP.0).max(STRIP.1);
        let strip = self.above.as_ref().map(|strip| {
            let values = strip.series.iter().flat_map(|s| &s.points).map(|p| p.1);
            let mut ruler = strip.y.ruler(extent(values), strip_height, 34.0, 0.08)?;
            ruler.reach = 0.0;
            Ok::<_, FigureError>(ruler)
        });
        let strip = strip.transpose()?;
        let (mut numbers, mut more) = (y.label_width(lettering)?, more);
        if let Some(ruler) = &strip {
            numbers = numbers.max(ruler.label_width(lettering)?);
            more = more.max(ruler.more_beside(lettering, strip_height)?);
        }
        let left = MARGIN + SPINE + numbers + GAP - 6.0 + more;
        let right = MARGIN + if beside > 0.0 { beside + 4.0 } else { 6.0 };
        let page = if self.square {
            (height + 110.0).max(left + height + right)
        } else {
            lettering.page(left + right)
        };
        let across = if self.square {
            height
        } else {
            page - left - right
        };
        let mut scene = Scene::lettered(page, lettering);
        let top = scene.heading(&self.title, &self.subtitle)?;
        let mut top = legend(&mut scene, top, &self.entries())?;
        if labels(Direction::Vertical).any(|label| !label.is_empty()) {
            top += 14.0;
        }
        // Room for markers and bars at the ends; plain curves run from edge to edge.
        let mut series = self.series.iter();
        let marked =
            series.clone().all(|s| s.look.has_markers()) || series.any(|s| !s.bars.is_empty());
        let padding = if self.square || marked { 0.04 } else { 0.0 };
        let x = self.x.ruler_across(x, across, 85.0, padding, lettering)?;
        let mut frame = Frame {
            at: (left, top + 2.0),
            size: (across, height),
            x,
            y,
        };
        if let (Some(strip), Some(y)) = (&self.above, strip) {
            let above = Frame {
                size: (across, strip_height),
                y,
                ..frame.clone()
            };
            strip.draw(&mut scene, &above)?;
            frame.at.1 += strip_height + STRIP.2;
        }
        frame.grid(&mut scene);
        for (number, band) in self.bands.iter().enumerate() {
            band.draw(number, &mut scene, &frame);
        }
        for (index, series) in self.series.iter().enumerate() {
            draw_series(&mut scene, &frame, series, series.style.unwrap_or(index));
        }
        self.draw_references(&mut scene, &frame)?;
        frame.finish(&mut scene)?;
        scene.height = frame.page_height(&scene)?;
        Ok(scene)
    }
}
