//! The courses of all neurons, one panel each, over a common time axis.
//!
//! Active neurons: thick blue line, filled square before a bold name, impulses as shaded bands
//! with a bar on top. Silent neurons: thin grey line, open square. The two differ without colour.

use super::Figure;
use super::axes::{Axis, FOOT, Frame, GAP, SPINE, extent};
use super::error::{FigureError, require_finite, require_intervals, require_length, require_some};
use super::legend::{Sample, legend};
use super::lettering::Lettering;
use super::reduce::{clipped, reduced};
use super::scene::{Anchor, LINE, Point, Scene, Stroke};
use super::style::{BLUE, INK, MARGIN, MUTED, PALE_BLUE, TEXT_SIZE};
use super::typeface::Weight;

/// Least height of a panel, whatever the size of words: two numbers beside it.
const LOWEST: f64 = 44.0;

/// One neuron in a panel of its own.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NeuronCourse {
    /// Name.
    pub label: String,
    /// Values at the common times.
    pub values: Vec<f64>,
    /// Beginning and end of each impulse.
    pub impulses: Vec<(f64, f64)>,
    /// Whether it belongs to the dominant group.
    pub active: bool,
}

/// The courses of several neurons, stacked.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeCourses {
    /// Title.
    pub title: String,
    /// Subtitle; may be empty.
    pub subtitle: String,
    /// Label of the time axis, with unit.
    pub time_axis: String,
    /// Label of the values, as in `"x = ln u / λ"`.
    pub value_axis: String,
    /// The common times, in order.
    pub times: Vec<f64>,
    /// The neurons, from the top.
    pub neurons: Vec<NeuronCourse>,
    /// Value above which a neuron fires, drawn as a thin line and taken into the range.
    pub threshold: Option<f64>,
    /// Words for an active neuron, for another one, and for an impulse.
    pub legend: [&'static str; 3],
}

impl Default for TimeCourses {
    fn default() -> Self {
        Self {
            title: String::new(),
            subtitle: String::new(),
            time_axis: String::new(),
            value_axis: String::new(),
            times: Vec::new(),
            neurons: Vec::new(),
            threshold: None,
            legend: ["active neuron", "silent neuron", "impulse"],
        }
    }
}

impl TimeCourses {
    fn check(&self) -> Result<(), FigureError> {
        require_some("the list of times", &self.times)?;
        require_some("the list of neurons", &self.neurons)?;
        require_finite("the list of times", self.times.iter().copied())?;
        require_finite("the threshold", self.threshold)?;
        for neuron in &self.neurons {
            require_length(&neuron.label, neuron.values.len(), self.times.len())?;
            require_finite(&neuron.label, neuron.values.iter().copied())?;
            require_intervals(&neuron.label, &neuron.impulses)?;
        }
        Ok(())
    }

    fn entries(&self) -> Vec<(Sample, &'static str)> {
        let any = |active: bool| self.neurons.iter().any(|n| n.active == active);
        let name = |shown: bool, words| if shown { words } else { "" };
        let [active, other, impulse] = self.legend;
        let fires = self.neurons.iter().any(|n| !n.impulses.is_empty());
        vec![
            (Sample::Line(active_stroke()), name(any(true), active)),
            (Sample::Line(silent_stroke()), name(any(false), other)),
            (Sample::Swatch(PALE_BLUE, Some(INK)), name(fires, impulse)),
            (
                Sample::Line(threshold_stroke()),
                name(self.threshold.is_some(), "threshold"),
            ),
        ]
    }
}

fn active_stroke() -> Stroke {
    Stroke::solid(BLUE, 2.2)
}

fn silent_stroke() -> Stroke {
    Stroke::solid(MUTED, 1.1)
}

fn threshold_stroke() -> Stroke {
    Stroke {
        colour: INK,
        width: 0.9,
        dashes: &[7.0, 6.0],
    }
}

/// Square before a name: filled for active, open for silent neurons.
pub(super) fn activity_mark(scene: &mut Scene, at: Point, active: bool) {
    let (corner, size) = ((at.0, at.1 - 4.5), (9.0, 9.0));
    if active {
        scene.rectangle(corner, size, BLUE);
    }
    let colour = if active { BLUE } else { MUTED };
    scene.outline(corner, size, Stroke::solid(colour, 1.2));
}

fn draw_panel(scene: &mut Scene, frame: &Frame, courses: &TimeCourses, neuron: &NeuronCourse) {
    let (low, high) = (frame.at, frame.end());
    for &(begin, end) in &neuron.impulses {
        let [from, to] = [begin, end].map(|t| frame.across(t).clamp(low.0, high.0));
        if to > from {
            scene.rectangle((from, low.1), (to - from, frame.size.1), PALE_BLUE);
            scene.rectangle((from, low.1), (to - from, 4.0), INK);
        }
    }
    if let Some(threshold) = courses.threshold {
        let y = frame.down(threshold);
        scene.path(vec![(low.0, y), (high.0, y)], threshold_stroke());
    }
    let pairs = courses.times.iter().zip(&neuron.values);
    let points: Vec<Point> = pairs.map(|(t, v)| frame.place((*t, *v))).collect();
    let stroke = if neuron.active {
        active_stroke()
    } else {
        silent_stroke()
    };
    for piece in clipped(&points, low, high) {
        scene.path(reduced(&piece), stroke);
    }
    scene.outline(frame.at, frame.size, Stroke::solid(MUTED, 0.8));
    frame.left_axis(scene);
}

impl Figure for TimeCourses {
    fn scene_in(&self, lettering: &Lettering) -> Result<Scene, FigureError> {
        self.check()?;
        let count = self.neurons.len();
        let (height, gap) = match count {
            1 => (220.0, 0.0),
            2..=4 => (104.0, 9.0),
            5..=8 => (68.0, 8.0),
            _ => (44.0, 7.0),
        };
        let height = lettering.drawn(height).max(LOWEST);
        let values = self.neurons.iter().flat_map(|n| n.values.iter().copied());
        let range = extent(values.chain(self.threshold));
        let every = if count > 8 { 22.0 } else { 30.0 };
        let padding = if count > 8 { 0.14 } else { 0.09 };
        let y = Axis::default().ruler(range, height, every, padding)?;
        let names = || self.neurons.iter().map(|n| n.label.as_str());
        let beside = lettering.widest(names(), TEXT_SIZE, Weight::Bold)?;
        let stack = height * count as f64 + gap * (count - 1) as f64;
        let lines = lettering.label(&self.value_axis, stack + FOOT)?;
        let first = MARGIN + SPINE - 4.0 + LINE * lines.len().saturating_sub(1) as f64;
        let left = first + 15.0 + beside + 12.0 + y.label_width(lettering)? + GAP;
        let page = lettering.page(left + MARGIN + 6.0);
        let across = page - left - MARGIN - 6.0;
        let mut scene = Scene::lettered(page, lettering);
        let top = scene.heading(&self.title, &self.subtitle)?;
        let top = legend(&mut scene, top, &self.entries())?;
        let span = extent(self.times.iter().copied());
        let x = Axis {
            range: Some(span),
            ..Axis::linear(self.time_axis.clone())
        }
        .ruler_across(span, across, 70.0, 0.0, lettering)?;
        let mut frame = Frame {
            at: (left, top + 2.0),
            size: (across, height),
            x,
            y,
        };
        for neuron in &self.neurons {
            draw_panel(&mut scene, &frame, self, neuron);
            let middle = frame.at.1 + 0.5 * height;
            activity_mark(&mut scene, (first, middle), neuron.active);
            let (weight, colour) = if neuron.active {
                (Weight::Bold, INK)
            } else {
                (Weight::Regular, MUTED)
            };
            let at = (first + 15.0, middle + 0.36 * TEXT_SIZE);
            scene.styled(&neuron.label, at, TEXT_SIZE, Anchor::Start, weight, colour);
            frame.at.1 += height + gap;
        }
        frame.at.1 -= height + gap;
        frame.bottom_axis(&mut scene)?;
        let bottom = frame.end().1;
        let spine = (first - SPINE + TEXT_SIZE, 0.5 * (top + bottom));
        scene.beside(&lines, spine);
        scene.height = frame.page_height(&scene)?;
        Ok(scene)
    }
}
