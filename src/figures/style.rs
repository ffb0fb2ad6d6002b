//! One look for all figures: sizes, colours, dash patterns and marker shapes.
//!
//! Series differ in colour, in dash pattern and in marker at once, so that a figure can be read
//! in black and white. Colours: M. Okabe, K. Ito, "Color universal design" (2008), ordered by
//! contrast on white; maps: the anchors of viridis (S. van der Walt, N. Smith, 2015) and a
//! blue-white-orange scale of equal lightness on both sides (ours).

use super::scene::{Mark, Point, Scene, Stroke};

/// An RGB colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

/// Width of a page.
pub(super) const WIDTH: f64 = 720.0;
/// Width of a page with little on it; titles need some room.
pub(super) const NARROWEST: f64 = 440.0;
/// Distance of everything from the edge of the page.
pub(super) const MARGIN: f64 = 16.0;
/// Size of titles.
pub(super) const TITLE_SIZE: f64 = 17.0;
/// Size of labels.
pub(super) const TEXT_SIZE: f64 = 13.5;
/// Size of tick labels, and the smallest text of all.
pub(super) const TICK_SIZE: f64 = 12.5;
/// Thickness of curves.
pub(super) const CURVE: f64 = 1.8;

/// Text and axes.
pub(super) const INK: Colour = Colour(0x1a, 0x1a, 0x1a);
/// Subtitles, thresholds, silent neurons.
pub(super) const MUTED: Colour = Colour(0x59, 0x59, 0x59);
/// Grid lines.
pub(super) const GRID: Colour = Colour(0xe2, 0xe2, 0xe2);
/// The paper.
pub(super) const PAPER: Colour = Colour(0xff, 0xff, 0xff);
/// Active neurons, stable cycles.
pub(super) const BLUE: Colour = Colour(0x00, 0x72, 0xb2);
/// Impulses behind curves.
pub(super) const PALE_BLUE: Colour = Colour(0xcf, 0xe3, 0xf0);
/// Warnings: unstable, unwanted.
pub(super) const VERMILLION: Colour = Colour(0xd5, 0x5e, 0x00);
/// Stripes behind the rows of tables.
pub(super) const STRIPE: Colour = Colour(0xf4, 0xf4, 0xf4);

const SERIES: [Colour; 7] = [
    BLUE,
    VERMILLION,
    Colour(0x00, 0x9e, 0x73),
    Colour(0xcc, 0x79, 0xa7),
    Colour(0xe6, 0x9f, 0x00),
    Colour(0x56, 0xb4, 0xe9),
    INK,
];

/// Number of the style of closed forms: solid ink, round marks.
pub(super) const CLOSED_FORM: usize = usize::MAX;

const DASHES: [&[f64]; 6] = [
    &[],
    &[7.0, 3.5],
    &[2.2, 2.6],
    &[9.0, 3.0, 2.2, 3.0],
    &[13.0, 4.0],
    &[7.0, 2.5, 2.0, 2.5, 2.0, 2.5],
];

const SHAPES: [Shape; 7] = [
    Shape::Disc,
    Shape::Square,
    Shape::Triangle,
    Shape::Diamond,
    Shape::Cross,
    Shape::Plus,
    Shape::Wedge,
];

/// Colour of the series with a number.
pub(super) fn series_colour(number: usize) -> Colour {
    if number == CLOSED_FORM {
        INK
    } else {
        SERIES[number % SERIES.len()]
    }
}

/// Line of the series with a number.
pub(super) fn series_stroke(number: usize) -> Stroke {
    Stroke {
        colour: series_colour(number),
        width: CURVE,
        dashes: if number == CLOSED_FORM {
            &[]
        } else {
            DASHES[number % DASHES.len()]
        },
    }
}

/// Marker of the series with a number.
pub(super) fn series_shape(number: usize) -> Shape {
    if number == CLOSED_FORM {
        Shape::Disc
    } else {
        SHAPES[number % SHAPES.len()]
    }
}

/// Shape of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Round.
    Disc,
    /// Square.
    Square,
    /// Triangle, point up.
    Triangle,
    /// Square on its corner.
    Diamond,
    /// Two diagonal strokes.
    Cross,
    /// Two upright strokes.
    Plus,
    /// Triangle, point down.
    Wedge,
}

impl Shape {
    /// Corners of the shape around a centre; strokes for cross and plus come as two pairs.
    fn corners(self, (x, y): Point, r: f64) -> Vec<Point> {
        let at = |list: &[(f64, f64)]| {
            list.iter()
                .map(|(dx, dy)| (x + r * dx, y + r * dy))
                .collect()
        };
        match self {
            Self::Disc => (0..28)
                .map(|i| f64::from(i) * std::f64::consts::TAU / 28.0)
                .map(|angle| (x + r * angle.cos(), y + r * angle.sin()))
                .collect(),
            Self::Square => at(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            Self::Triangle => at(&[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)]),
            Self::Wedge => at(&[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)]),
            Self::Diamond => at(&[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)]),
            Self::Cross => at(&[(-1.0, -1.0), (1.0, 1.0), (-1.0, 1.0), (1.0, -1.0)]),
            Self::Plus => at(&[(-1.2, 0.0), (1.2, 0.0), (0.0, -1.2), (0.0, 1.2)]),
        }
    }
}

/// Draws a marker of radius `r`; hollow ones show the paper inside.
pub(super) fn marker(
    scene: &mut Scene,
    shape: Shape,
    at: Point,
    r: f64,
    colour: Colour,
    hollow: bool,
) {
    let corners = shape.corners(at, r);
    let stroke = Stroke::solid(colour, if hollow { 1.6 } else { 1.0 });
    match shape {
        Shape::Cross | Shape::Plus => {
            let stroke = Stroke::solid(colour, 2.0);
            for pair in corners.chunks(2) {
                scene.path(pair.to_vec(), stroke);
            }
        }
        Shape::Disc if !hollow => scene.marks.push(Mark::Disc(at, r, colour)),
        _ => {
            let fill = if hollow { PAPER } else { colour };
            scene.marks.push(Mark::Area(corners.clone(), fill));
            if hollow {
                let last = corners[corners.len() - 1];
                let middle = (0.5 * (corners[0].0 + last.0), 0.5 * (corners[0].1 + last.1));
                let closed = [middle].into_iter().chain(corners).chain([middle]);
                scene.path(closed.collect(), stroke);
            }
        }
    }
}

/// How numbers become colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColourMap {
    /// Viridis: dark for low, bright for high, evenly in lightness.
    #[default]
    Sequential,
    /// Blue below the middle of the range, white at it, orange above.
    Diverging,
    /// Black for low, white for high.
    Grey,
    /// White for low, black for high, as ink on paper.
    Ink,
}

const VIRIDIS: [Colour; 9] = [
    Colour(0x44, 0x01, 0x54),
    Colour(0x47, 0x2d, 0x7b),
    Colour(0x3b, 0x52, 0x8b),
    Colour(0x2c, 0x72, 0x8e),
    Colour(0x21, 0x91, 0x8c),
    Colour(0x28, 0xae, 0x80),
    Colour(0x5e, 0xc9, 0x62),
    Colour(0xad, 0xdc, 0x30),
    Colour(0xfd, 0xe7, 0x25),
];
const TWO_SIDED: [Colour; 5] = [
    Colour(0x08, 0x45, 0x8a),
    Colour(0x6c, 0xaa, 0xd6),
    Colour(0xff, 0xff, 0xff),
    Colour(0xee, 0x9d, 0x57),
    Colour(0x9c, 0x42, 0x03),
];

impl ColourMap {
    /// Colour of a share between 0 and 1; shares outside are taken as the nearer end.
    #[must_use]
    pub fn colour(self, share: f64) -> Colour {
        let share = share.clamp(0.0, 1.0);
        match self {
            Self::Sequential => between(&VIRIDIS, share),
            Self::Diverging => between(&TWO_SIDED, share),
            Self::Grey => between(&[Colour(0, 0, 0), PAPER], share),
            Self::Ink => between(&[PAPER, Colour(0, 0, 0)], share),
        }
    }
}

/// Linear interpolation between anchors at equal distances.
fn between(anchors: &[Colour], share: f64) -> Colour {
    let place = share * (anchors.len() - 1) as f64;
    let index = (place as usize).min(anchors.len() - 2);
    let (low, high) = (anchors[index], anchors[index + 1]);
    let part = place - index as f64;
    let mix = |a: u8, b: u8| (f64::from(a) + part * (f64::from(b) - f64::from(a))).round() as u8;
    Colour(mix(low.0, high.0), mix(low.1, high.1), mix(low.2, high.2))
}
