//! A grid of small grey-level pictures with captions: cues, recalled patterns, receptive fields.

use nalgebra::DMatrix;

use super::Figure;
use super::error::{FigureError, require_finite, require_some};
use super::lettering::Lettering;
use super::scene::{Anchor, Mosaic, Scene, Stroke};
use super::style::{ColourMap, MARGIN, MUTED, NARROWEST, TEXT_SIZE, TICK_SIZE, WIDTH};
use super::typeface::Weight;

/// A grey-level picture.
#[derive(Debug, Clone, PartialEq)]
pub struct GreyImage {
    /// Words below; may be empty.
    pub caption: String,
    /// Grey levels, row 0 at the top.
    pub pixels: DMatrix<f64>,
}

/// Pictures row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageGrid {
    /// Title.
    pub title: String,
    /// Subtitle; may be empty.
    pub subtitle: String,
    /// The pictures, row by row.
    pub images: Vec<GreyImage>,
    /// Number of pictures in a row.
    pub columns: usize,
    /// Words above the columns, as in `"cue"`, `"recalled"`; may be empty.
    pub column_titles: Vec<String>,
    /// Words above the rows, from the left edge; may be empty.
    pub row_titles: Vec<String>,
    /// Grey levels of the two ends.
    pub range: (f64, f64),
    /// [`ColourMap::Grey`] for light, [`ColourMap::Ink`] for ink.
    pub colours: ColourMap,
}

/// Distance of two lines of a title.
const LINE: f64 = 1.2 * TEXT_SIZE;

/// A title that may be broken once, after a blank or a hyphen, where it is too long for one line.
fn on_two_lines(title: &str, room: f64, lettering: &Lettering) -> Result<Vec<String>, FigureError> {
    let wide = |words: &str| lettering.width(words, TEXT_SIZE, Weight::Regular);
    if wide(title)? <= room {
        return Ok(vec![title.to_owned()]);
    }
    let mut best: Option<(f64, [&str; 2])> = None;
    for (place, _) in title.match_indices([' ', '-']) {
        let (one, other) = title.split_at(place + 1);
        let parts = [one.trim_end(), other];
        let widest = wide(parts[0])?.max(wide(parts[1])?);
        if best.is_none_or(|(least, _)| widest < least) {
            best = Some((widest, parts));
        }
    }
    let parts = best.map_or_else(|| vec![title], |(_, parts)| parts.to_vec());
    let fitted = |words: &str| lettering.fitted(words, TEXT_SIZE, room);
    parts.into_iter().map(fitted).collect()
}

impl ImageGrid {
    /// The least distance of columns at which words are whole that are whole in the usual lettering.
    fn least_pitch(
        &self,
        columns: usize,
        gap: f64,
        lettering: &Lettering,
    ) -> Result<f64, FigureError> {
        let usual = Lettering::default();
        if *lettering == usual {
            return Ok(0.0);
        }
        let room = (WIDTH - 2.0 * MARGIN + gap) / columns as f64;
        let room = room.clamp(8.0 + gap, 150.0 + gap) - 4.0;
        let mut least: f64 = 0.0;
        for title in self.column_titles.iter().take(columns) {
            for line in on_two_lines(title, room, &usual)? {
                least = least.max(lettering.width(&line, TEXT_SIZE, Weight::Regular)?);
            }
        }
        for image in &self.images {
            let caption = usual.fitted(&image.caption, TICK_SIZE, room)?;
            least = least.max(lettering.width(&caption, TICK_SIZE, Weight::Regular)?);
        }
        Ok(least + 4.0)
    }
}

impl Figure for ImageGrid {
    fn scene_in(&self, lettering: &Lettering) -> Result<Scene, FigureError> {
        require_some("the list of images", &self.images)?;
        let (low, high) = self.range;
        if !(low < high && low.is_finite() && high.is_finite()) {
            return Err(FigureError::InvalidRange {
                what: "the grey levels".to_owned(),
                low,
                high,
            });
        }
        let columns = self.columns.clamp(1, self.images.len());
        let gap = 14.0;
        let (smallest, largest) = (lettering.drawn(8.0), lettering.drawn(150.0));
        let room = lettering.drawn(WIDTH) - 2.0 * MARGIN + gap;
        let side = (room / columns as f64 - gap).clamp(smallest, largest);
        let pitch = (side + gap).max(self.least_pitch(columns, gap, lettering)?);
        let page = 2.0 * MARGIN + pitch * columns as f64 - gap;
        let wide = lettering.drawn(WIDTH).max(page);
        let page_width = page.clamp(lettering.drawn(NARROWEST), wide);
        let mut scene = Scene::lettered(page_width, lettering);
        let mut top = scene.heading(&self.title, &self.subtitle)? + 4.0;
        let left = |column: usize| MARGIN + pitch * column as f64 + 0.5 * (pitch - gap - side);
        let titles = self.column_titles.iter().take(columns);
        let titles: Vec<Vec<String>> = titles
            .map(|title| on_two_lines(title, pitch - 4.0, lettering))
            .collect::<Result<_, _>>()?;
        let lines = titles.iter().map(Vec::len).max().unwrap_or(0);
        for (column, title) in titles.iter().enumerate() {
            // The last lines stand next to the pictures.
            for (line, words) in title.iter().rev().enumerate() {
                let line = (lines - line) as f64;
                let at = (
                    left(column) + 0.5 * side,
                    top + line * LINE - (LINE - TEXT_SIZE),
                );
                scene.text(words, at, TEXT_SIZE, Anchor::Middle);
            }
        }
        if lines > 0 {
            top += 1.6 * TEXT_SIZE + (lines - 1) as f64 * LINE;
        }
        for (index, row) in self.images.chunks(columns).enumerate() {
            if let Some(title) = self.row_titles.get(index) {
                let title = lettering.fitted(title, TICK_SIZE, page - 2.0 * MARGIN)?;
                scene.text(&title, (MARGIN, top + TICK_SIZE), TICK_SIZE, Anchor::Start);
                top += 1.6 * TICK_SIZE;
            }
            let mut tallest: f64 = 0.0;
            for (column, image) in row.iter().enumerate() {
                let name = match image.caption.as_str() {
                    "" => format!("image in column {}", column + 1),
                    caption => caption.to_owned(),
                };
                let (rows, across) = image.pixels.shape();
                if rows == 0 || across == 0 {
                    return Err(FigureError::Empty { what: name });
                }
                require_finite(&name, image.pixels.iter().copied())?;
                let cell = side / across.max(rows) as f64;
                let size = (cell * across as f64, cell * rows as f64);
                let at = (left(column) + 0.5 * (side - size.0), top);
                let level = |value: f64| self.colours.colour((value - low) / (high - low));
                scene.mosaics.push(Mosaic {
                    at,
                    size,
                    columns: across,
                    cells: image.pixels.transpose().iter().map(|v| level(*v)).collect(),
                });
                scene.outline(at, size, Stroke::solid(MUTED, 0.8));
                tallest = tallest.max(size.1);
            }
            let has_captions = row.iter().any(|image| !image.caption.is_empty());
            for (column, image) in row.iter().enumerate() {
                let caption = lettering.fitted(&image.caption, TICK_SIZE, pitch - 4.0)?;
                let at = (left(column) + 0.5 * side, top + tallest + 1.25 * TICK_SIZE);
                scene.text(&caption, at, TICK_SIZE, Anchor::Middle);
            }
            top += tallest + gap + if has_captions { 1.4 * TICK_SIZE } else { 0.0 };
        }
        scene.height = top - gap + MARGIN;
        Ok(scene)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_titles_are_broken_before_they_are_cut() {
        let lines = |title, room| on_two_lines(title, room, &Lettering::default()).unwrap();
        assert_eq!(lines("cue", 80.0), ["cue"]);
        assert_eq!(lines("modern Hopfield", 80.0), ["modern", "Hopfield"]);
        assert_eq!(lines("pseudo-inverse", 80.0), ["pseudo-", "inverse"]);
        assert!(lines("unbreakable", 40.0)[0].ends_with('…'));
    }
}
