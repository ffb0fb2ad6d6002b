//! Words of a figure: in which typeface, of which size beside the drawing, how wide they are and how they become pixels.

use ab_glyph::{Font, GlyphId, PxScale, ScaleFont, point};
use plotters::style::{FontDesc, FontFamily, FontStyle};

use super::FigureError;
use super::style::{TEXT_SIZE, WIDTH};
use super::typeface::{FAMILY, Face, Typeface, Weight};

/// Points (1/72 inch) in a unit of the page, of which an inch has 96, as in SVG.
pub(super) const POINT: f64 = 0.75;

/// Least width of a drawing in units of the layout (chosen: two numbers find room below it).
pub(super) const LEAST: f64 = 150.0;

/// Typeface and size of the words of a figure.
///
/// The page keeps its width, 720 units or 540 points (7.5 inches) as a rule. A figure is laid out in units in which words have their usual sizes, on a
/// page that is narrower by as much as they shall be larger, and then enlarged: so lines, markers and margins grow with the
/// words, legends and labels break into lines where they must, and ticks thin out.
#[derive(Debug, Clone, PartialEq)]
pub struct Lettering {
    /// The typeface.
    pub typeface: Typeface,
    /// Size of labels and legends in points, on a page of its natural width; titles and numbers keep their ratio to them.
    pub size: f64,
}

impl Default for Lettering {
    fn default() -> Self {
        Self {
            typeface: Typeface::default(),
            size: Self::USUAL,
        }
    }
}

/// A glyph of a line of text.
pub(super) struct Glyph {
    /// Its number in its face.
    pub id: GlyphId,
    /// Whether its face is the embedded one, for want of a glyph in the chosen one.
    pub borrowed: bool,
    /// Its place along the base line.
    pub x: f32,
    /// How much of the way from the last glyph is kerning.
    pub kern: f32,
}

impl Lettering {
    /// The usual size of labels in points.
    pub const USUAL: f64 = TEXT_SIZE * POINT;

    /// How many times the words are larger than usual beside the drawing.
    pub(super) fn enlargement(&self) -> f64 {
        self.size / Self::USUAL
    }

    /// A length of the drawing in the units of the layout.
    pub(super) fn drawn(&self, length: f64) -> f64 {
        length / self.enlargement()
    }

    /// The width of a page on which so much is beside the drawing: the usual one, or a wider one if the drawing would have no room.
    pub(super) fn page(&self, beside: f64) -> f64 {
        self.drawn(WIDTH).max(beside + LEAST)
    }

    /// The face of a glyph.
    pub(super) fn face(&self, weight: Weight, borrowed: bool) -> Result<&Face, FigureError> {
        if borrowed && self.typeface.has_bold() {
            Face::embedded(weight)
        } else if borrowed {
            Face::embedded(Weight::Regular)
        } else {
            self.typeface.face(weight)
        }
    }

    /// The name of a weight at a size for the SVG back end, which leaves the shapes to the viewer.
    pub(super) fn named(&self, weight: Weight, size: f64) -> FontDesc<'static> {
        let style = match weight {
            Weight::Bold if self.typeface.has_bold() => FontStyle::Bold,
            _ => FontStyle::Normal,
        };
        FontDesc::new(FontFamily::Name(FAMILY), size, style)
    }

    /// Glyphs of a text with their places along the base line, and the width of the whole.
    ///
    /// # Errors
    /// [`FigureError::Font`] if the embedded font cannot be used.
    pub(super) fn laid_out(
        &self,
        text: &str,
        size: f64,
        weight: Weight,
    ) -> Result<(Vec<Glyph>, f32), FigureError> {
        let (own, other) = (self.face(weight, false)?, self.face(weight, true)?);
        let scaled = |face: &'_ Face| scale(face, size);
        let fonts = [
            own.font.as_scaled(scaled(own)),
            other.font.as_scaled(scaled(other)),
        ];
        let (mut x, mut last) = (0.0, None);
        let mut glyphs = Vec::new();
        for character in text.chars() {
            let borrowed = !own.has(character) && other.has(character);
            let font = &fonts[usize::from(borrowed)];
            let id = font.glyph_id(character);
            let kern = match last {
                Some((last, same)) if same == borrowed => font.kern(last, id),
                _ => 0.0,
            };
            x += kern;
            glyphs.push(Glyph {
                id,
                borrowed,
                x,
                kern,
            });
            x += font.h_advance(id);
            last = Some((id, borrowed));
        }
        Ok((glyphs, x))
    }

    /// Width of a text whose em is `size`.
    ///
    /// # Errors
    /// [`FigureError::Font`] if the embedded font cannot be used.
    pub(super) fn width(&self, text: &str, size: f64, weight: Weight) -> Result<f64, FigureError> {
        Ok(f64::from(self.laid_out(text, size, weight)?.1))
    }

    /// Calls `paint(x, y, coverage)` for the pixels of a text that starts at the origin of its base
    /// line, with y growing downwards.
    ///
    /// # Errors
    /// [`FigureError::Font`] if the embedded font cannot be used, and those of `paint`.
    pub(super) fn rasterised(
        &self,
        text: &str,
        size: f64,
        weight: Weight,
        mut paint: impl FnMut(i32, i32, f64) -> Result<(), FigureError>,
    ) -> Result<(), FigureError> {
        for glyph in self.laid_out(text, size, weight)?.0 {
            let face = self.face(weight, glyph.borrowed)?;
            let placed = glyph
                .id
                .with_scale_and_position(scale(face, size), point(glyph.x, 0.0));
            let Some(outline) = face.font.outline_glyph(placed) else {
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
        &self,
        texts: impl IntoIterator<Item = &'a str>,
        size: f64,
        weight: Weight,
    ) -> Result<f64, FigureError> {
        texts.into_iter().try_fold(0.0, |widest: f64, text| {
            Ok(widest.max(self.width(text, size, weight)?))
        })
    }

    /// Breaks a text into lines no wider than `limit`, at spaces and at its own line ends.
    pub(super) fn wrap(
        &self,
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
                if line.is_empty() || self.width(&longer, size, weight)? <= limit {
                    line = longer;
                } else {
                    lines.push(std::mem::replace(&mut line, word.to_owned()));
                }
            }
            lines.push(line);
        }
        Ok(lines)
    }

    /// A label as it is where it is short enough, and in several lines where it is not.
    pub(super) fn label(&self, text: &str, limit: f64) -> Result<Vec<String>, FigureError> {
        if self.width(text, TEXT_SIZE, Weight::Regular)? <= limit {
            Ok(vec![text.to_owned()])
        } else {
            self.wrap(text, TEXT_SIZE, Weight::Regular, limit)
        }
    }

    /// Shortens a text with an ellipsis until it fits.
    pub(super) fn fitted(&self, words: &str, size: f64, room: f64) -> Result<String, FigureError> {
        let mut shown = words.to_owned();
        while self.width(&shown, size, Weight::Regular)? > room && shown.chars().count() > 2 {
            let kept = shown.chars().count() - 2;
            shown = shown.chars().take(kept).chain(['…']).collect();
        }
        Ok(shown)
    }
}

/// The scale of a face at which its em has a size: `ab_glyph` counts from the lowest descent to the highest ascent.
fn scale(face: &Face, size: f64) -> PxScale {
    PxScale::from(size as f32 * (face.font.height_unscaled() / face.units()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_dejavu_sans() {
        // Advance of "n" is 1298 of 2048 units, bold 1458.
        let n = Lettering::default()
            .width("n", 2048.0, Weight::Regular)
            .unwrap();
        assert!((n - 1298.0).abs() < 3.0, "{n}");
        let bold = Lettering::default()
            .width("n", 2048.0, Weight::Bold)
            .unwrap();
        assert!((bold - 1458.0).abs() < 3.0, "{bold}");
    }

    #[test]
    fn lines_break_at_spaces_only_when_needed() {
        let lines = Lettering::default()
            .wrap("one two three", 10.0, Weight::Regular, 45.0)
            .unwrap();
        assert_eq!(lines, ["one two", "three"]);
        assert!(
            Lettering::default()
                .wrap("", 10.0, Weight::Regular, 45.0)
                .unwrap()
                .is_empty()
        );
    }
}
