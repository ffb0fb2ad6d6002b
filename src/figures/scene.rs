//! A drawing as a list of marks in natural units (1 unit = 1 pixel on a plain screen).
//!
//! Figures lay out a scene; [`Figure::save`](super::Figure::save) turns it into SVG, PNG and PDF. So each figure is
//! written once and all files show the same thing.

use std::ops::Range;

use super::FigureError;
use super::lettering::Lettering;
use super::style::{Colour, INK, MARGIN, MUTED, TEXT_SIZE, TITLE_SIZE};
use super::typeface::Weight;

/// Distance of two lines of a label.
pub(super) const LINE: f64 = 1.2 * TEXT_SIZE;

/// A position: distance from the left and from the top.
pub type Point = (f64, f64);

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    /// Colour.
    pub colour: Colour,
    /// Thickness.
    pub width: f64,
    /// Lengths of dashes and gaps in turn; empty for a solid line.
    pub dashes: &'static [f64],
}

impl Stroke {
    /// A solid line.
    #[must_use]
    pub fn solid(colour: Colour, width: f64) -> Self {
        Self {
            colour,
            width,
            dashes: &[],
        }
    }
}

/// Which point of a text its position means; vertically it is always the base line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The left end.
    Start,
    /// The middle.
    Middle,
    /// The right end.
    End,
}

/// A line of text.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// The words.
    pub words: String,
    /// Where the anchor sits on the base line.
    pub at: Point,
    /// Size of the em.
    pub size: f64,
    /// Weight.
    pub weight: Weight,
    /// Colour.
    pub colour: Colour,
    /// Which point of the text sits there.
    pub anchor: Anchor,
    /// Whether it reads upwards.
    pub upwards: bool,
}

/// A mosaic of equal cells, row by row from the top left.
#[derive(Debug, Clone, PartialEq)]
pub struct Mosaic {
    /// Top left corner.
    pub at: Point,
    /// Width and height on the page.
    pub size: (f64, f64),
    /// Number of cells in a row.
    pub columns: usize,
    /// Colours, row by row.
    pub cells: Vec<Colour>,
}

/// One thing on the page.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// An open line through points.
    Path(Vec<Point>, Stroke),
    /// A filled polygon (convex or at least simple).
    Area(Vec<Point>, Colour),
    /// A filled rectangle: top left corner, then width and height.
    Rectangle(Point, (f64, f64), Colour),
    /// A filled disc: centre and radius.
    Disc(Point, f64, Colour),
    /// A line of text.
    Text(Text),
}

impl Mark {
    /// Becomes larger, with the page.
    fn enlarge(&mut self, factor: f64) {
        match self {
            Self::Path(points, stroke) => {
                points.iter_mut().for_each(|point| enlarge(point, factor));
                stroke.width *= factor;
            }
            Self::Area(points, _) => points.iter_mut().for_each(|point| enlarge(point, factor)),
            Self::Rectangle(at, size, _) => {
                enlarge(at, factor);
                enlarge(size, factor);
            }
            Self::Disc(at, radius, _) => {
                enlarge(at, factor);
                *radius *= factor;
            }
            Self::Text(text) => {
                enlarge(&mut text.at, factor);
                text.size *= factor;
            }
        }
    }

    /// Moves up.
    fn rise(&mut self, height: f64) {
        match self {
            Self::Path(points, _) | Self::Area(points, _) => {
                points.iter_mut().for_each(|point| point.1 -= height);
            }
            Self::Rectangle(at, ..) | Self::Disc(at, ..) | Self::Text(Text { at, .. }) => {
                at.1 -= height;
            }
        }
    }
}

fn enlarge(pair: &mut (f64, f64), factor: f64) {
    *pair = (pair.0 * factor, pair.1 * factor);
}

/// A page with its marks, drawn in order; mosaics lie under all marks.
#[derive(Debug, Clone, PartialEq)]
pub struct Scene {
    /// Width of the page.
    pub width: f64,
    /// Height of the page.
    pub height: f64,
    /// What is drawn.
    pub marks: Vec<Mark>,
    /// Mosaics of cells, under the marks.
    pub mosaics: Vec<Mosaic>,
    /// Typeface and size of its words.
    pub(super) lettering: Lettering,
    /// The marks of title and subtitle, and the height that they take.
    heading: Option<(Range<usize>, f64)>,
}

impl Scene {
    /// An empty page; figures set the height when they know it.
    #[must_use]
    pub fn new(width: f64) -> Self {
        Self::lettered(width, &Lettering::default())
    }

    /// An empty page for words in a typeface of a size.
    #[must_use]
    pub fn lettered(width: f64, lettering: &Lettering) -> Self {
        Self {
            width,
            height: 0.0,
            marks: Vec::new(),
            mosaics: Vec::new(),
            lettering: lettering.clone(),
            heading: None,
        }
    }

    /// Draws a line; dashes are cut here, so that all back ends show the same ones.
    pub fn path(&mut self, points: Vec<Point>, stroke: Stroke) {
        if stroke.dashes.is_empty() {
            self.marks.push(Mark::Path(points, stroke));
        } else {
            let solid = Stroke::solid(stroke.colour, stroke.width);
            for dash in cut(&points, stroke.dashes) {
                self.marks.push(Mark::Path(dash, solid));
            }
        }
    }

    /// Draws a filled rectangle.
    pub fn rectangle(&mut self, at: Point, size: (f64, f64), colour: Colour) {
        self.marks.push(Mark::Rectangle(at, size, colour));
    }

    /// Draws the outline of a rectangle.
    pub fn outline(&mut self, (x, y): Point, (w, h): (f64, f64), stroke: Stroke) {
        // Starting in the middle of a side closes the corners.
        let middle = (x + 0.5 * w, y);
        let corners = [(x + w, y), (x + w, y + h), (x, y + h), (x, y)];
        let mut points = vec![middle];
        points.extend(corners);
        points.push(middle);
        self.path(points, stroke);
    }

    /// Writes a line of regular text.
    pub fn text(&mut self, words: &str, at: Point, size: f64, anchor: Anchor) {
        self.styled(words, at, size, anchor, Weight::Regular, INK);
    }

    /// Writes a line of text in a given weight and colour.
    pub fn styled(
        &mut self,
        words: &str,
        at: Point,
        size: f64,
        anchor: Anchor,
        weight: Weight,
        colour: Colour,
    ) {
        if !words.is_empty() {
            self.marks.push(Mark::Text(Text {
                words: words.to_owned(),
                at,
                size,
                weight,
                colour,
                anchor,
                upwards: false,
            }));
        }
    }

    /// Writes a line of text that reads upwards, centred at a height.
    pub fn upwards(&mut self, words: &str, at: Point, size: f64) {
        if !words.is_empty() {
            self.marks.push(Mark::Text(Text {
                words: words.to_owned(),
                at,
                size,
                weight: Weight::Regular,
                colour: INK,
                anchor: Anchor::Middle,
                upwards: true,
            }));
        }
    }

    /// Writes title and subtitle at the top left, broken into lines, and returns the height below
    /// them at which the drawing may start.
    pub fn heading(&mut self, title: &str, subtitle: &str) -> Result<f64, FigureError> {
        let room = self.width - 2.0 * MARGIN;
        let (mut y, first) = (MARGIN, self.marks.len());
        for (words, size, weight, colour) in [
            (title, TITLE_SIZE, Weight::Bold, INK),
            (subtitle, TEXT_SIZE, Weight::Regular, MUTED),
        ] {
            for line in self.lettering.wrap(words, size, weight, room)? {
                y += 1.3 * size;
                let at = (MARGIN, y - 0.3 * size);
                self.styled(&line, at, size, Anchor::Start, weight, colour);
            }
        }
        self.heading = Some((first..self.marks.len(), y - MARGIN));
        Ok(y + 8.0)
    }

    /// The same page without title and subtitle, and without the room for them: for a paper, whose caption says it all.
    #[must_use]
    pub fn without_heading(mut self) -> Self {
        if let Some((marks, height)) = self.heading.take() {
            self.marks.drain(marks);
            self.marks.iter_mut().for_each(|mark| mark.rise(height));
            self.mosaics
                .iter_mut()
                .for_each(|mosaic| mosaic.at.1 -= height);
            self.height -= height;
        }
        self
    }

    /// The page with everything on it larger, as its lettering asks for.
    #[must_use]
    pub(super) fn enlarged(mut self) -> Self {
        let factor = self.lettering.enlargement();
        if factor != 1.0 {
            self.marks.iter_mut().for_each(|mark| mark.enlarge(factor));
            for mosaic in &mut self.mosaics {
                enlarge(&mut mosaic.at, factor);
                enlarge(&mut mosaic.size, factor);
            }
            self.width *= factor;
            self.height *= factor;
        }
        self
    }

    /// Writes a label around the middle of an axis below it, in lines from `at` downwards that fit between the edges of the page.
    pub(super) fn below(&mut self, label: &str, at: Point) -> Result<(), FigureError> {
        for (line, words) in self.lines_below(label, at.0)?.iter().enumerate() {
            let at = (at.0, at.1 + LINE * line as f64);
            self.text(words, at, TEXT_SIZE, Anchor::Middle);
        }
        Ok(())
    }

    /// The height that [`Scene::below`] takes beyond that of one line.
    pub(super) fn more_below(&self, label: &str, middle: f64) -> Result<f64, FigureError> {
        let lines = self.lines_below(label, middle)?;
        Ok(LINE * lines.len().saturating_sub(1) as f64)
    }

    fn lines_below(&self, label: &str, middle: f64) -> Result<Vec<String>, FigureError> {
        let room = 2.0 * middle.min(self.width - middle) - MARGIN;
        self.lettering.label(label, room)
    }

    /// Writes the lines of a label that read upwards from left to right, the last of them at `at`.
    pub(super) fn beside(&mut self, lines: &[String], at: Point) {
        for (line, words) in lines.iter().rev().enumerate() {
            self.upwards(words, (at.0 - LINE * line as f64, at.1), TEXT_SIZE);
        }
    }
}

/// Cuts a polyline into dashes along its length.
fn cut(points: &[Point], dashes: &[f64]) -> Vec<Vec<Point>> {
    let mut pieces = Vec::new();
    let (mut index, mut left, mut drawing) = (0, dashes[0], true);
    let mut piece: Vec<Point> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let share = done / length;
            let at = (
                from.0 + share * (to.0 - from.0),
                from.1 + share * (to.1 - from.1),
            );
            if drawing {
                piece.push(at);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![at];
            }
            drawing = !drawing;
            index = (index + 1) % dashes.len();
            left = dashes[index];
        }
        left -= length - done;
        if drawing {
            piece.push(to);
        }
    }
    if drawing && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_run_on_around_corners() {
        let pieces = cut(&[(0.0, 0.0), (3.0, 0.0), (3.0, 5.0)], &[4.0, 2.0]);
        assert_eq!(
            pieces,
            [
                vec![(0.0, 0.0), (3.0, 0.0), (3.0, 1.0)],
                vec![(3.0, 3.0), (3.0, 5.0)],
            ]
        );
    }
}
