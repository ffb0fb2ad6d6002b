//! Legends: one or more rows between heading and drawing, so that they never cover data.

use super::FigureError;
use super::scene::{Anchor, LINE, Point, Scene, Stroke};
use super::style::{Colour, INK, MARGIN, Shape, TEXT_SIZE, marker};
use super::typeface::Weight;

/// The sample in front of a legend entry.
#[derive(Debug, Clone)]
pub(super) enum Sample {
    /// A stretch of line.
    Line(Stroke),
    /// A marker: shape, radius, colour, hollow or filled.
    Marker(Shape, f64, Colour, bool),
    /// A marker on a stretch of line.
    Both(Stroke, Shape, f64, bool),
    /// A filled swatch, perhaps with a bar along its top.
    Swatch(Colour, Option<Colour>),
    /// A swatch with an outline only.
    Hollow(Colour),
}

const SAMPLE: f64 = 30.0;
const ROW: f64 = 21.0;

/// Draws the entries from `top` on and returns the height below them; entries without words are
/// left out.
pub(super) fn legend(
    scene: &mut Scene,
    top: f64,
    entries: &[(Sample, &str)],
) -> Result<f64, FigureError> {
    let right = scene.width - MARGIN;
    let (mut x, mut y) = (MARGIN, top);
    let mut drawn = false;
    for (sample, words) in entries.iter().filter(|(_, words)| !words.is_empty()) {
        let lines = scene
            .lettering
            .label(words, right - MARGIN - SAMPLE - 7.0)?;
        let longest = lines.iter().map(String::as_str);
        let longest = scene
            .lettering
            .widest(longest, TEXT_SIZE, Weight::Regular)?;
        let room = SAMPLE + 7.0 + longest;
        if drawn && x + room > right {
            (x, y) = (MARGIN, y + ROW);
        }
        draw_sample(scene, sample, (x, y + 0.5 * ROW));
        for (number, line) in lines.iter().enumerate() {
            y += if number > 0 { LINE } else { 0.0 };
            let at = (x + SAMPLE + 7.0, y + 0.5 * ROW + 0.36 * TEXT_SIZE);
            scene.text(line, at, TEXT_SIZE, Anchor::Start);
        }
        x += room + 22.0;
        drawn = true;
    }
    Ok(if drawn { y + ROW + 7.0 } else { top })
}

fn draw_sample(scene: &mut Scene, sample: &Sample, (x, y): Point) {
    let line = vec![(x, y), (x + SAMPLE, y)];
    let middle = (x + 0.5 * SAMPLE, y);
    let (corner, size) = ((x + 2.0, y - 6.5), (SAMPLE - 4.0, 13.0));
    match sample {
        Sample::Line(stroke) => scene.path(line, *stroke),
        Sample::Marker(shape, radius, colour, hollow) => {
            marker(scene, *shape, middle, *radius, *colour, *hollow);
        }
        Sample::Both(stroke, shape, radius, hollow) => {
            scene.path(line, *stroke);
            marker(scene, *shape, middle, *radius, stroke.colour, *hollow);
        }
        Sample::Swatch(colour, bar) => {
            scene.rectangle(corner, size, *colour);
            if let Some(bar) = bar {
                scene.rectangle(corner, (size.0, 4.0), *bar);
            }
            if super::style::PAPER == *colour {
                scene.outline(corner, size, Stroke::solid(INK, 0.8));
            }
        }
        Sample::Hollow(colour) => scene.outline(corner, size, Stroke::solid(*colour, 1.6)),
    }
}
