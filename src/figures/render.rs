//! The one brush behind SVG and PNG: marks of a scene to calls of a plotters back end.

use plotters::backend::DrawingBackend;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontTransform, RGBColor, ShapeStyle, TextStyle};

use super::FigureError;
use super::lettering::Lettering;
use super::scene::{Anchor, Mark, Point, Scene, Text};
use super::style::Colour;

/// Size of the page in cells of a grid `factor` times finer than its units.
pub(super) fn fine_size(scene: &Scene, factor: u32) -> (u32, u32) {
    let fine = |length: f64| (length.ceil().max(1.0) as u32) * factor;
    (fine(scene.width), fine(scene.height))
}

pub(super) fn drawing(error: &dyn std::error::Error) -> FigureError {
    FigureError::Drawing {
        reason: error.to_string(),
    }
}

/// A back end with the scale of its grid.
pub(super) struct Brush<'a, B> {
    pub backend: B,
    pub lettering: &'a Lettering,
    pub scale: f64,
    /// Whether the back end paints pixels. Then lines are drawn segment by segment, as plotters
    /// fills the outline of a thick polyline as one polygon, which tears where a curve folds back
    /// on itself; and text is painted here.
    pub by_pixels: bool,
}

impl<B: DrawingBackend> Brush<'_, B> {
    /// Draws all marks in order.
    pub fn draw(&mut self, marks: &[Mark]) -> Result<(), FigureError> {
        for mark in marks {
            match mark {
                Mark::Path(points, stroke) => self.path(points, stroke.colour, stroke.width)?,
                Mark::Area(points, colour) => {
                    let points: Vec<_> = points.iter().map(|&p| self.place(p)).collect();
                    let style = filled(*colour);
                    self.done(|b| b.fill_polygon(points, &style))?;
                }
                Mark::Rectangle(at, size, colour) => self.rectangle(*at, *size, *colour)?,
                Mark::Disc(at, radius, colour) => {
                    let (at, radius) = (self.place(*at), self.length(*radius));
                    let style = filled(*colour);
                    self.done(|b| b.draw_circle(at, radius, &style, true))?;
                }
                Mark::Text(text) => self.text(text)?,
            }
        }
        self.done(DrawingBackend::present)
    }

    fn path(&mut self, points: &[Point], colour: Colour, width: f64) -> Result<(), FigureError> {
        let width = self.length(width);
        let style = filled(colour).stroke_width(width);
        let mut points: Vec<_> = points.iter().map(|&p| self.place(p)).collect();
        points.dedup();
        if !self.by_pixels {
            return self.done(|b| b.draw_path(points, &style));
        }
        for (index, pair) in points.windows(2).enumerate() {
            self.done(|b| b.draw_path(pair.iter().copied(), &style))?;
            if index > 0 && width > 3 {
                self.done(|b| b.draw_circle(pair[0], width / 2, &style, true))?;
            }
        }
        Ok(())
    }

    /// Draws a filled rectangle.
    pub fn rectangle(
        &mut self,
        at: Point,
        size: (f64, f64),
        colour: Colour,
    ) -> Result<(), FigureError> {
        let from = self.place(at);
        let to = self.place((at.0 + size.0, at.1 + size.1));
        let style = filled(colour);
        self.done(|b| b.draw_rect(from, to, &style, true))
    }

    fn text(&mut self, text: &Text) -> Result<(), FigureError> {
        if self.by_pixels {
            self.painted_text(text)
        } else {
            self.named_text(text)
        }
    }

    /// Text as words, for viewers to set. plotters writes the size divided by 1.24 and puts the
    /// base line 0.76 em below the top.
    fn named_text(&mut self, text: &Text) -> Result<(), FigureError> {
        let em = text.size * self.scale;
        let (x, y) = (text.at.0 * self.scale, text.at.1 * self.scale);
        let (x, y, turn) = if text.upwards {
            (x - 0.76 * em, y, FontTransform::Rotate270)
        } else {
            (x, y - 0.76 * em, FontTransform::None)
        };
        let horizontal = match text.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let colour = rgb(text.colour);
        let style = TextStyle::from(self.lettering.named(text.weight, 1.24 * em).transform(turn))
            .color(&colour)
            .pos(Pos::new(horizontal, VPos::Top));
        let at = (x.round() as i32, y.round() as i32);
        self.done(|b| b.draw_text(&text.words, &style, at))
    }

    /// Text as pixels. Not by plotters, which drops the side bearings of the glyphs, so that
    /// letters and digits stand unevenly.
    fn painted_text(&mut self, text: &Text) -> Result<(), FigureError> {
        let em = text.size * self.scale;
        let length = self.lettering.width(&text.words, em, text.weight)?;
        let start = match text.anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -0.5 * length,
            Anchor::End => -length,
        }
        .round() as i32;
        let (x, y) = self.place(text.at);
        let (columns, rows) = self.backend.get_size();
        let page = (0..columns as i32, 0..rows as i32);
        let colour = rgb(text.colour);
        let lettering = self.lettering;
        lettering.rasterised(&text.words, em, text.weight, |dx, dy, coverage| {
            let at = if text.upwards {
                (x + dy, y - start - dx)
            } else {
                (x + start + dx, y + dy)
            };
            if !(page.0.contains(&at.0) && page.1.contains(&at.1)) {
                return Ok(());
            }
            let colour = colour.mix(coverage).to_backend_color();
            self.done(|b| b.draw_pixel(at, colour))
        })
    }

    fn place(&self, (x, y): Point) -> (i32, i32) {
        (
            (x * self.scale).round() as i32,
            (y * self.scale).round() as i32,
        )
    }

    fn length(&self, length: f64) -> u32 {
        (length * self.scale).round().max(1.0) as u32
    }

    fn done<E: std::error::Error>(
        &mut self,
        action: impl FnOnce(&mut B) -> Result<(), E>,
    ) -> Result<(), FigureError> {
        action(&mut self.backend).map_err(|error| drawing(&error))
    }
}

fn rgb(colour: Colour) -> RGBColor {
    RGBColor(colour.0, colour.1, colour.2)
}

fn filled(colour: Colour) -> ShapeStyle {
    ShapeStyle::from(&rgb(colour)).filled()
}
