//! The embedded typeface, so that no font need be installed.
//!
//! DejaVu Sans and its bold, reduced to Latin, Greek, Cyrillic, arrows, operators, superscripts and
//! subscripts; the licence stands beside the files.

use std::sync::OnceLock;

use ab_glyph::{Font, FontRef, GlyphId, PxScale, ScaleFont, point};
use plotters::style::{FontDesc, FontFamily, FontStyle};

use super::FigureError;

static REGULAR: &[u8] = include_bytes!("DejaVuSans-subset.ttf");
static BOLD: &[u8] = include_bytes!("DejaVuSans-Bold-subset.ttf");

/// What SVG files ask for: the embedded face, or one of the same widths, or any without serifs.
pub(super) const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// Height of a line (ascent and descent) of DejaVu Sans in units of its em.
const LINE_PER_EM: f32 = 2384.0 / UNITS_PER_EM;

/// Units of the font in an em.
const UNITS_PER_EM: f32 = 2048.0;

/// Weight of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weight {
    /// Normal strokes.
    #[default]
    Regular,
    /// Bold strokes, for titles and active neurons.
    Bold,
}

/// The embedded face of a weight, read once.
fn face(weight: Weight) -> Result<&'static FontRef<'static>, FigureError> {
    static FACES: [OnceLock<Option<FontRef<'static>>>; 2] = [OnceLock::new(), OnceLock::new()];
    let (slot, bytes) = match weight {
        Weight::Regular => (&FACES[0], REGULAR),
        Weight::Bold => (&FACES[1], BOLD),
    };
    slot.get_or_init(|| FontRef::try_from_slice(bytes).ok())
        .as_ref()
        .ok_or_else(|| FigureError::Font {
            reason: format!("the {weight:?} face of DejaVu Sans is damaged"),
        })
}

/// A weight of the typeface as a document holds it. Lengths in thousandths of the em.
pub(super) struct Typeface {
    /// Its name.
    pub name: &'static str,
    /// The file.
    pub file: &'static [u8],
    /// Left, lower, right and upper bound of all glyphs.
    pub bounds: [f32; 4],
    /// Height above the base line.
    pub ascent: f32,
    /// Depth below the base line, negative.
    pub descent: f32,
    /// Height of capital letters.
    pub capitals: f32,
    /// Thickness of upright stems.
    pub stem: f32,
    font: &'static FontRef<'static>,
}

impl Typeface {
    /// The face of a weight, with the numbers that its tables hold.
    ///
    /// # Errors
    /// [`FigureError::Font`] if the embedded font cannot be used.
    pub fn of(weight: Weight) -> Result<Self, FigureError> {
        let thousandths = |units: f32| units / UNITS_PER_EM * 1000.0;
        let (name, file, bounds, stem) = match weight {
            Weight::Regular => (
                "DejaVuSans",
                REGULAR,
                [-2090.0, -948.0, 3673.0, 2524.0],
                184.0,
            ),
            Weight::Bold => (
                "DejaVuSans-Bold",
                BOLD,
                [-2190.0, -850.0, 4045.0, 2407.0],
                360.0,
            ),
        };
        Ok(Self {
            name,
            file,
            bounds: bounds.map(thousandths),
            ascent: thousandths(1901.0),
            descent: thousandths(-483.0),
            capitals: thousandths(1493.0),
            stem: thousandths(stem),
            font: face(weight)?,
        })
    }

    /// How far a glyph moves the pen.
    pub fn advance(&self, glyph: u16) -> f32 {
        self.font.h_advance_unscaled(GlyphId(glyph)) / UNITS_PER_EM * 1000.0
    }
}

/// The name of a weight at a size for the SVG back end, which leaves the shapes to the viewer.
pub(super) fn named(weight: Weight, size: f64) -> FontDesc<'static> {
    let style = match weight {
        Weight::Regular => FontStyle::Normal,
        Weight::Bold => FontStyle::Bold,
    };
    FontDesc::new(FontFamily::Name(FAMILY), size, style)
}

/// Glyphs of a text with their places along the base line, and the width of the whole.
pub(super) fn laid_out(
    text: &str,
    size: f64,
    weight: Weight,
) -> Result<(Vec<(GlyphId, f32)>, f32), FigureError> {
    let font = face(weight)?.as_scaled(PxScale::from(size as f32 * LINE_PER_EM));
    let (mut x, mut last) = (0.0, None);
    let mut glyphs = Vec::new();
    for character in text.chars() {
        let glyph = font.glyph_id(character);
        if let Some(last) = last {
            x += font.kern(last, glyph);
        }
        glyphs.push((glyph, x));
        x += font.h_advance(glyph);
        last = Some(glyph);
    }
    Ok((glyphs, x))
}

/// Width of a text whose em is `size`.
///
/// # Errors
/// [`FigureError::Font`] if the embedded font cannot be used.
pub(super) fn width(text: &str, size: f64, weight: Weight) -> Result<f64, FigureError> {
    Ok(f64::from(laid_out(text, size, weight)?.1))
}

/// Calls `paint(x, y, coverage)` for the pixels of a text that starts at the origin of its base
/// line, with y growing downwards.
///
/// # Errors
/// [`FigureError::Font`] if the embedded font cannot be used, and those of `paint`.
pub(super) fn rasterised(
    text: &str,
    size: f64,
    weight: Weight,
    mut paint: impl FnMut(i32, i32, f64) -> Result<(), FigureError>,
) -> Result<(), FigureError> {
    let font = face(weight)?;
    let scale = PxScale::from(size as f32 * LINE_PER_EM);
    for (glyph, x) in laid_out(text, size, weight)?.0 {
        let glyph = glyph.with_scale_and_position(scale, point(x, 0.0));
        let Some(outline) = font.outline_glyph(glyph) else {
            continue;
        };
        let corner = outline.px_bounds().min;
        let mut result = Ok(());
        outline.draw(|dx, dy, coverage| {
            if coverage > 0.0 && result.is_ok() {
                let (x, y) = (corner.x as i32 + dx as i32, corner.y as i32 + dy as i32);
                result = paint(x, y, f64::from(coverage.min(1.0)));
            }
        });
        result?;
    }
    Ok(())
}

/// Greatest width of several texts.
pub(super) fn widest<'a>(
    texts: impl IntoIterator<Item = &'a str>,
    size: f64,
    weight: Weight,
) -> Result<f64, FigureError> {
    texts.into_iter().try_fold(0.0, |widest: f64, text| {
        Ok(widest.max(width(text, size, weight)?))
    })
}

/// Breaks a text into lines no wider than `limit`, at spaces and at its own line ends.
pub(super) fn wrap(
    text: &str,
    size: f64,
    weight: Weight,
    limit: f64,
) -> Result<Vec<String>, FigureError> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let longer = if line.is_empty() {
                word.to_owned()
            } else {
                format!("{line} {word}")
            };
            if line.is_empty() || width(&longer, size, weight)? <= limit {
                line = longer;
            } else {
                lines.push(std::mem::replace(&mut line, word.to_owned()));
            }
        }
        lines.push(line);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_dejavu_sans() {
        // Advance of "n" is 1298 of 2048 units, bold 1458.
        let n = width("n", 2048.0, Weight::Regular).unwrap();
        assert!((n - 1298.0).abs() < 3.0, "{n}");
        let bold = width("n", 2048.0, Weight::Bold).unwrap();
        assert!((bold - 1458.0).abs() < 3.0, "{bold}");
    }

    #[test]
    fn lines_break_at_spaces_only_when_needed() {
        let lines = wrap("one two three", 10.0, Weight::Regular, 45.0).unwrap();
        assert_eq!(lines, ["one two", "three"]);
        assert!(wrap("", 10.0, Weight::Regular, 45.0).unwrap().is_empty());
    }
}
