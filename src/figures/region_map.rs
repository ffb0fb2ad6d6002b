//! Where something exists over two parameters: coloured cells with boundary curves over them.

use nalgebra::DMatrix;

use super::axes::{Axis, Frame, GAP, Ruler, SPINE, extent};
use super::error::{FigureError, require_finite, require_some};
use super::legend::{Sample, legend};
use super::lettering::Lettering;
use super::reduce::{clipped, reduced};
use super::scene::{Anchor, Mosaic, Point, Scene, Stroke};
use super::style::{CURVE, Colour, ColourMap, INK, MARGIN, PAPER, TICK_SIZE, series_stroke};
use super::{Figure, Series};

/// A quantity over a grid of two parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionMap {
    /// Title.
    pub title: String,
    /// Subtitle; may be empty.
    pub subtitle: String,
    /// Horizontal parameter; its range is that of the cell centres.
    pub x: Axis,
    /// Vertical parameter, the same.
    pub y: Axis,
    /// First and last cell centre along both.
    pub centres: [(f64, f64); 2],
    /// One number a cell; row 0 is the lowest.
    pub values: DMatrix<f64>,
    /// What the numbers are.
    pub key: MapKey,
    /// Curves over the cells; series without label share the style of the one before.
    pub curves: Vec<Series>,
}

/// What the numbers of a map are.
#[derive(Debug, Clone, PartialEq)]
pub enum MapKey {
    /// A quantity, shown by a colour bar.
    Scale(Axis),
    /// The number of a class, from 0: words and colour of each. Curves over classes are thin, as cells along them say something.
    Classes(Vec<(String, Colour)>),
}

const HEIGHT: f64 = 380.0;
const BAR: f64 = 18.0;
/// Width of the light edge that keeps curves visible on any colour.
const HALO: f64 = 4.5;
/// Width of curves over classes.
const THIN: f64 = 0.9;

impl RegionMap {
    fn check(&self) -> Result<(), FigureError> {
        if self.values.is_empty() {
            return Err(FigureError::Empty {
                what: "the region".to_owned(),
            });
        }
        require_finite("the region", self.values.iter().copied())?;
        for curve in &self.curves {
            require_some("a curve", &curve.points)?;
            require_finite("a curve", curve.points.iter().flat_map(|p| [p.0, p.1]))?;
        }
        Ok(())
    }

    /// From the outer edge of the first cell to that of the last.
    fn edges(&self, axis: usize) -> (f64, f64) {
        let (first, last) = self.centres[axis];
        let cells = [self.values.ncols(), self.values.nrows()][axis];
        let half = 0.5 * (last - first) / (cells.max(2) - 1) as f64;
        (first - half, last + half)
    }

    /// The number of the style of each curve.
    fn styles(&self) -> Vec<usize> {
        let mut next = 0;
        let style = |curve: &Series| {
            next += usize::from(!curve.label.is_empty());
            curve.style.unwrap_or(next.max(1) - 1)
        };
        self.curves.iter().map(style).collect()
    }
}

/// The colour bar of a quantity: its ruler, and the room that it needs beside the map.
fn bar(
    axis: &Axis,
    values: &DMatrix<f64>,
    lettering: &Lettering,
) -> Result<(Ruler, f64), FigureError> {
    let range = axis.range.unwrap_or_else(|| extent(values.iter().copied()));
    let bar = Axis {
        range: Some(range),
        ..axis.clone()
    };
    let height = lettering.drawn(HEIGHT);
    let bar = bar.ruler(range, height, 46.0, 0.0)?;
    let more = bar.more_beside(lettering, height)?;
    let room = 18.0 + BAR + 8.0 + bar.label_width(lettering)? + SPINE + more;
    Ok((bar, room))
}

/// Draws it from `at` downwards.
fn draw_bar(scene: &mut Scene, bar: &Ruler, at: Point) -> Result<(), FigureError> {
    let height = scene.lettering.drawn(HEIGHT);
    scene.mosaics.push(Mosaic {
        at,
        size: (BAR, height),
        columns: 1,
        cells: (0..128)
            .map(|i| ColourMap::Sequential.colour(1.0 - (f64::from(i) + 0.5) / 128.0))
            .collect(),
    });
    scene.outline(at, (BAR, height), Stroke::solid(INK, 1.0));
    for (value, label) in &bar.ticks {
        let y = at.1 + (1.0 - bar.share(*value)) * height;
        let x = at.0 + BAR;
        scene.path(vec![(x, y), (x + 4.0, y)], Stroke::solid(INK, 1.0));
        let place = (x + 8.0, y + 0.36 * TICK_SIZE);
        scene.text(label, place, TICK_SIZE, Anchor::Start);
    }
    let spine = at.0 + BAR + 8.0 + bar.label_width(&scene.lettering)? + 20.0;
    let spine = spine + bar.more_beside(&scene.lettering, height)?;
    let lines = bar.lines(&scene.lettering, height)?;
    scene.beside(&lines, (spine, at.1 + 0.5 * height));
    Ok(())
}

impl Figure for RegionMap {
    fn scene_in(&self, lettering: &Lettering) -> Result<Scene, FigureError> {
        self.check()?;
        let styles = self.styles();
        let (scale, classes) = match &self.key {
            MapKey::Scale(axis) => (Some(bar(axis, &self.values, lettering)?), &[][..]),
            MapKey::Classes(classes) => (None, &classes[..]),
        };
        let stroke = |style: usize| Stroke {
            width: if scale.is_some() { CURVE } else { THIN },
            ..series_stroke(style)
        };
        let ranged = |axis: &Axis, range| Axis {
            range: Some(range),
            ..axis.clone()
        };
        let height = lettering.drawn(HEIGHT);
        let y = ranged(&self.y, self.edges(1)).ruler(self.edges(1), height, 52.0, 0.0)?;
        let more = y.more_beside(lettering, height)?;
        let left = MARGIN + SPINE + y.label_width(lettering)? + GAP + more;
        let beside = scale.as_ref().map_or(0.0, |(_, room)| *room);
        let page = lettering.page(left + MARGIN + beside);
        let across = page - left - MARGIN - beside;
        let mut scene = Scene::lettered(page, lettering);
        let top = scene.heading(&self.title, &self.subtitle)?;
        let swatch =
            |(words, colour): &'_ (String, Colour)| (Sample::Swatch(*colour, None), words.clone());
        let line =
            |(curve, style): (&Series, &usize)| (Sample::Line(stroke(*style)), curve.label.clone());
        let entries: Vec<(Sample, String)> = classes
            .iter()
            .map(swatch)
            .chain(self.curves.iter().zip(&styles).map(line))
            .collect();
        let entries: Vec<(Sample, &str)> = entries
            .iter()
            .map(|(sample, words)| (sample.clone(), words.as_str()))
            .collect();
        let top = legend(&mut scene, top, &entries)? + 4.0;
        let x = ranged(&self.x, self.edges(0));
        let x = x.ruler_across(self.edges(0), across, 85.0, 0.0, lettering)?;
        let frame = Frame {
            at: (left, top),
            size: (across, height),
            x,
            y,
        };
        let colour = |value: f64| match &scale {
            Some((bar, _)) => ColourMap::Sequential.colour(bar.share(value)),
            None => classes.get(value as usize).map_or(PAPER, |class| class.1),
        };
        let (rows, columns) = self.values.shape();
        let cells = (0..rows)
            .rev()
            .flat_map(|row| (0..columns).map(move |column| (row, column)))
            .map(|cell| colour(self.values[cell]))
            .collect();
        scene.mosaics.push(Mosaic {
            at: frame.at,
            size: frame.size,
            columns,
            cells,
        });
        let layers: &[bool] = if scale.is_some() {
            &[true, false]
        } else {
            &[false]
        };
        for halo in layers {
            for (curve, style) in self.curves.iter().zip(&styles) {
                let points: Vec<Point> = curve.points.iter().map(|p| frame.place(*p)).collect();
                let stroke = if *halo {
                    Stroke::solid(PAPER, HALO)
                } else {
                    stroke(*style)
                };
                for piece in clipped(&points, frame.at, frame.end()) {
                    scene.path(reduced(&piece), stroke);
                }
            }
        }
        frame.finish(&mut scene)?;
        if let Some((bar, _)) = &scale {
            draw_bar(&mut scene, bar, (frame.end().0 + 18.0, top))?;
        }
        scene.height = frame.page_height(&scene)?;
        Ok(scene)
    }
}
