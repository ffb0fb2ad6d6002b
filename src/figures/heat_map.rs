//! A matrix as a mosaic of colours with a colour bar: kernels, weights, basins over two settings.

use nalgebra::DMatrix;

use super::axes::{FOOT, GAP, SPINE, extent};
use super::error::{FigureError, require_finite, require_length};
use super::lettering::{LEAST, Lettering};
use super::scene::{Anchor, LINE, Mosaic, Point, Scene, Stroke};
use super::style::{Colour, ColourMap, GRID, INK, MARGIN, NARROWEST, TEXT_SIZE, TICK_SIZE};
use super::typeface::Weight;
use super::{Axis, Figure};

/// A matrix of numbers, drawn with row 0 at the top.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatMap {
    /// Title.
    pub title: String,
    /// Subtitle; may be empty.
    pub subtitle: String,
    /// What the columns are.
    pub column_axis: String,
    /// What the rows are.
    pub row_axis: String,
    /// What the colours are, with unit.
    pub value_axis: String,
    /// The numbers.
    pub values: DMatrix<f64>,
    /// Labels of the columns, one each; empty for their numbers from 1.
    pub column_labels: Vec<String>,
    /// Numbers at the left and the right end of the columns, where these are places on an axis; then they have no labels.
    pub column_span: Option<(f64, f64)>,
    /// Labels of the rows, one each; empty for their numbers from 1.
    pub row_labels: Vec<String>,
    /// Numbers at the two ends of the colours; by default those of the data, and for diverging
    /// colours the same on both sides of zero.
    pub range: Option<(f64, f64)>,
    /// The colours.
    pub colours: ColourMap,
    /// Whether NaN is a cell without a number, left grey; otherwise it is refused.
    pub gaps: bool,
}

/// Cells without a number.
const GAP_COLOUR: Colour = GRID;

const BAR: f64 = 18.0;
/// Room that a number below wants, as under lines.
const TICK_ROOM: f64 = 85.0;
const TALLEST: f64 = 520.0;
/// A map is flat if it has so many times more columns than rows; and the least height of a row then. Chosen: two lines.
const FLAT: usize = 3;
const ROW: f64 = 34.0;

impl HeatMap {
    fn check(&self) -> Result<(), FigureError> {
        let (rows, columns) = self.values.shape();
        if rows == 0 || columns == 0 {
            return Err(FigureError::Empty {
                what: "the matrix".to_owned(),
            });
        }
        let known = || {
            self.values
                .iter()
                .copied()
                .filter(|value| !self.gaps || !value.is_nan())
        };
        if known().next().is_none() {
            return Err(FigureError::Empty {
                what: "the numbers of the matrix".to_owned(),
            });
        }
        require_finite("the matrix", known())?;
        for (what, labels, count) in [
            ("the list of column labels", &self.column_labels, columns),
            ("the list of row labels", &self.row_labels, rows),
        ] {
            if !labels.is_empty() {
                require_length(what, labels.len(), count)?;
            }
        }
        Ok(())
    }

    fn colour_range(&self) -> (f64, f64) {
        let (low, high) = self.range.unwrap_or_else(|| {
            let (low, high) = extent(self.values.iter().copied());
            if self.colours == ColourMap::Diverging {
                let reach = low.abs().max(high.abs());
                (-reach, reach)
            } else {
                (low, high)
            }
        });
        if high > low {
            (low, high)
        } else {
            (low - 0.5, low + 0.5)
        }
    }
}

/// The labels that find room beside each other, with their indices: every first, second, fifth...
fn shown_labels(labels: &[String], count: usize, pitch: f64, room: f64) -> Vec<(usize, String)> {
    let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
    let fits = steps.into_iter().find(|step| *step as f64 * pitch >= room);
    let step = fits.unwrap_or(count.max(1));
    let label = |i: usize| {
        labels
            .get(i)
            .cloned()
            .unwrap_or_else(|| (i + 1).to_string())
    };
    // Numbers are shown at 5, 10, 15; names at the first, sixth, eleventh.
    let first = if labels.is_empty() { step - 1 } else { 0 };
    (first..count)
        .step_by(step)
        .map(|i| (i, label(i)))
        .collect()
}

impl Figure for HeatMap {
    fn scene_in(&self, lettering: &Lettering) -> Result<Scene, FigureError> {
        self.check()?;
        let (rows, columns) = self.values.shape();
        let (low, high) = self.colour_range();
        let bar_axis = Axis {
            range: Some((low, high)),
            ..Axis::linear(self.value_axis.clone())
        };
        let row_names = shown_labels(&self.row_labels, rows, 1.0, 0.0);
        let beside = lettering.widest(
            row_names.iter().map(|(_, n)| n.as_str()),
            TICK_SIZE,
            Weight::Regular,
        )?;
        let wanted = bar_axis.ruler((low, high), lettering.drawn(TALLEST), 46.0, 0.0)?;
        let numbers = wanted.label_width(lettering)?;
        let bar_room = BAR + 18.0 + (numbers + 8.0).max(60.0) + SPINE;
        let left = MARGIN + SPINE + beside + GAP;
        let tallest = lettering.drawn(TALLEST);
        let widest_page = lettering.page(left + MARGIN + bar_room);
        let cell = ((widest_page - left - MARGIN - bar_room) / columns as f64)
            .min(tallest / rows as f64)
            .min(lettering.drawn(72.0));
        // A flat map is stretched upwards, so that its rows can be named.
        let height = if FLAT * rows < columns {
            cell.max(ROW.min(tallest / rows as f64))
        } else {
            cell
        };
        let size = (cell * columns as f64, height * rows as f64);
        // labels of several lines make the page wider, as the map is fixed now
        let bar_height = size.1.max(lettering.drawn(160.0).max(LEAST));
        let more = |lines: &[String]| LINE * lines.len().saturating_sub(1) as f64;
        let row_lines = lettering.label(&self.row_axis, size.1.max(LEAST) + FOOT)?;
        let bar_lines = lettering.label(&self.value_axis, bar_height + FOOT)?;
        let left = left + more(&row_lines);
        let page = left + size.0 + bar_room + more(&bar_lines) + MARGIN;
        let widest_page = widest_page + more(&row_lines) + more(&bar_lines);
        let narrowest = lettering.drawn(NARROWEST).min(widest_page);
        let mut scene = Scene::lettered(page.clamp(narrowest, widest_page), lettering);
        let top = scene.heading(&self.title, &self.subtitle)? + 4.0;
        let at = (left, top);
        let share = |value: f64| (value - low) / (high - low);
        let cells = (0..rows)
            .flat_map(|i| (0..columns).map(move |j| (i, j)))
            .map(|index| match self.values[index] {
                value if value.is_nan() => GAP_COLOUR,
                value => self.colours.colour(share(value)),
            })
            .collect();
        scene.mosaics.push(Mosaic {
            at,
            size,
            columns,
            cells,
        });
        scene.outline(at, size, Stroke::solid(INK, 1.0));
        self.label_cells(&mut scene, at, size, (cell, height))?;
        let spine = MARGIN + TEXT_SIZE - 2.0 + more(&row_lines);
        scene.beside(&row_lines, (spine, at.1 + 0.5 * size.1));
        let ruler = bar_axis.ruler((low, high), bar_height, 46.0, 0.0)?;
        let bar_left = at.0 + size.0 + 18.0;
        scene.mosaics.push(Mosaic {
            at: (bar_left, top),
            size: (BAR, bar_height),
            columns: 1,
            cells: (0..128)
                .map(|i| self.colours.colour(1.0 - (f64::from(i) + 0.5) / 128.0))
                .collect(),
        });
        scene.outline((bar_left, top), (BAR, bar_height), Stroke::solid(INK, 1.0));
        for (value, label) in &ruler.ticks {
            let y = top + (1.0 - ruler.share(*value)) * bar_height;
            let x = bar_left + BAR;
            scene.path(vec![(x, y), (x + 4.0, y)], Stroke::solid(INK, 1.0));
            scene.text(
                label,
                (x + 8.0, y + 0.36 * TICK_SIZE),
                TICK_SIZE,
                Anchor::Start,
            );
        }
        let spine = bar_left + BAR + 8.0 + ruler.label_width(lettering)? + 20.0;
        let spine = (spine + more(&bar_lines), top + 0.5 * bar_height);
        scene.beside(&bar_lines, spine);
        let foot = FOOT + 4.0 + scene.more_below(&self.column_axis, at.0 + 0.5 * size.0)?;
        scene.height = (top + size.1 + foot).max(top + bar_height + MARGIN);
        Ok(scene)
    }
}

impl HeatMap {
    fn label_cells(
        &self,
        scene: &mut Scene,
        at: Point,
        size: (f64, f64),
        (cell, cell_height): (f64, f64),
    ) -> Result<(), FigureError> {
        let (rows, columns) = self.values.shape();
        let bottom = at.1 + size.1;
        let below = |scene: &mut Scene, x: f64, name: &str| {
            scene.path(
                vec![(x, bottom), (x, bottom + 4.0)],
                Stroke::solid(INK, 1.0),
            );
            scene.text(name, (x, bottom + 17.5), TICK_SIZE, Anchor::Middle);
        };
        let all = shown_labels(&self.column_labels, columns, 1.0, 0.0);
        let widest_name = scene.lettering.widest(
            all.iter().map(|(_, n)| n.as_str()),
            TICK_SIZE,
            Weight::Regular,
        )?;
        let room = widest_name + 8.0;
        if let Some(span) = self.column_span {
            let axis = Axis {
                range: Some(span),
                ..Axis::linear(self.column_axis.clone())
            };
            let ruler = axis.ruler_across(span, size.0, TICK_ROOM, 0.0, &scene.lettering)?;
            for (value, name) in &ruler.ticks {
                below(scene, at.0 + ruler.share(*value) * size.0, name);
            }
        } else {
            for (index, name) in shown_labels(&self.column_labels, columns, cell, room) {
                below(scene, at.0 + (index as f64 + 0.5) * cell, &name);
            }
        }
        // Numbers go in the same steps both ways.
        let row_room = if self.row_labels.is_empty() {
            room.max(1.2 * TICK_SIZE)
        } else {
            1.2 * TICK_SIZE
        };
        for (index, name) in shown_labels(&self.row_labels, rows, cell_height, row_room) {
            let y = at.1 + (index as f64 + 0.5) * cell_height;
            scene.path(vec![(at.0 - 4.0, y), (at.0, y)], Stroke::solid(INK, 1.0));
            let place = (at.0 - GAP, y + 0.36 * TICK_SIZE);
            scene.text(&name, place, TICK_SIZE, Anchor::End);
        }
        let middle = (at.0 + 0.5 * size.0, bottom + 38.0);
        scene.below(&self.column_axis, middle)
    }
}
