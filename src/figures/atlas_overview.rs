//! The atlas of a large network: one cell a pattern, grouped by size, coloured by period.

use super::Figure;
use super::axes::{Axis, GAP, Ruler, extent};
use super::error::{FigureError, require_finite, require_some};
use super::legend::{Sample, legend};
use super::lettering::{LEAST, Lettering};
use super::scene::{Anchor, Mosaic, Point, Scene, Stroke};
use super::style::{
    Colour, ColourMap, INK, MARGIN, MUTED, PAPER, Shape, TEXT_SIZE, TICK_SIZE, WIDTH, marker,
};
use super::ticks::grouped;
use super::typeface::Weight;
use crate::analysis::Fate;

/// One pattern of a large atlas.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtlasCell {
    /// Number of active neurons.
    pub k: usize,
    /// Period; shown for stable cycles.
    pub period: Option<f64>,
    /// What became of it.
    pub fate: Fate,
}

/// All patterns of a network at once, up to 2^16 - 1 of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AtlasOverview {
    /// Title.
    pub title: String,
    /// Subtitle; may be empty.
    pub subtitle: String,
    /// The patterns; within a size they are shown in this order.
    pub cells: Vec<AtlasCell>,
}

const BAR: f64 = 16.0;
const UNSTABLE: Colour = Colour(0, 0, 0);

/// Colours of periods: the middle of viridis, so that black and white keep their meaning.
fn tone(share: f64) -> Colour {
    ColourMap::Sequential.colour(0.12 + 0.83 * share)
}

/// Patterns of one size.
struct Block {
    k: usize,
    cells: Vec<AtlasCell>,
}

impl AtlasOverview {
    fn blocks(&self) -> Vec<Block> {
        let largest = self.cells.iter().map(|c| c.k).max().unwrap_or(0);
        let of_size = |k: usize| Block {
            k,
            cells: self.cells.iter().filter(|c| c.k == k).copied().collect(),
        };
        let blocks = (0..=largest).map(of_size);
        blocks.filter(|block| !block.cells.is_empty()).collect()
    }

    fn entries(&self) -> Vec<(Sample, String)> {
        let count = |holds: fn(Fate) -> bool| self.cells.iter().filter(|c| holds(c.fate)).count();
        let (memories, all) = (count(|fate| fate == Fate::Memory), self.cells.len());
        let words = format!("memory: {} of {}", grouped(memories), grouped(all));
        let mut entries = vec![(Sample::Swatch(tone(0.5), None), words)];
        let (repelling, elsewhere) = (count(Fate::has_cycle), all - memories);
        for (words, number, colour) in [
            ("cycle that is not shown to attract", repelling, UNSTABLE),
            ("no cycle of its own", elsewhere - repelling, PAPER),
        ] {
            if number > 0 {
                let words = format!("{words}: {}", grouped(number));
                entries.push((Sample::Swatch(colour, None), words));
            }
        }
        entries
    }
}

/// The largest cell with which all blocks stay below a height.
fn cell_size(blocks: &[Block], lettering: &Lettering, room: f64) -> (f64, usize) {
    let (height, least) = (lettering.drawn(560.0), lettering.drawn(2.0));
    for size in [
        16.0, 14.0, 12.0, 10.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.5, 2.0,
    ] {
        let size = lettering.drawn(size);
        let columns = (room / size) as usize;
        let rows: usize = blocks.iter().map(|b| b.cells.len().div_ceil(columns)).sum();
        if rows as f64 * size <= height || size <= least {
            return (size, columns.max(1));
        }
    }
    (least, (room / least) as usize)
}

impl Figure for AtlasOverview {
    fn scene_in(&self, lettering: &Lettering) -> Result<Scene, FigureError> {
        require_some("the list of patterns", &self.cells)?;
        require_finite("periods", self.cells.iter().filter_map(|c| c.period))?;
        let blocks = self.blocks();
        let names: Vec<[String; 2]> = blocks
            .iter()
            .map(|b| {
                let stable = b.cells.iter().filter(|c| c.fate == Fate::Memory).count();
                [
                    format!("k = {}", b.k),
                    format!("{stable} / {}", b.cells.len()),
                ]
            })
            .collect();
        let first = lettering.widest(
            names.iter().map(|n| n[0].as_str()),
            TICK_SIZE,
            Weight::Regular,
        )?;
        let second = lettering.widest(
            names.iter().map(|n| n[1].as_str()),
            TICK_SIZE,
            Weight::Regular,
        )?;
        let left = MARGIN + first + 14.0 + second + GAP + 4.0;
        let periods = extent(
            self.cells
                .iter()
                .filter(|c| c.fate == Fate::Memory)
                .filter_map(|c| c.period),
        );
        let numbers = if periods.0 <= periods.1 {
            let ruler = Axis::default().ruler(periods, 300.0, 40.0, 0.0)?;
            ruler.label_width(lettering)?
        } else {
            0.0
        };
        let bar_room = 18.0 + BAR + (numbers + 26.0).max(60.0) + TEXT_SIZE;
        let page = lettering.drawn(WIDTH).max(left + bar_room + MARGIN + LEAST);
        let room = page - left - bar_room - MARGIN;
        let (size, columns) = cell_size(&blocks, lettering, room);
        let longest = blocks.iter().map(|b| b.cells.len()).max().unwrap_or(1);
        let columns = columns.min(longest);
        let mut scene = Scene::lettered(page, lettering);
        let top = scene.heading(&self.title, &self.subtitle)?;
        let entries = self.entries();
        let entries: Vec<_> = entries
            .iter()
            .map(|(s, w)| (s.clone(), w.as_str()))
            .collect();
        let top = legend(&mut scene, top, &entries)?;
        let block_height = |block: &Block| block.cells.len().div_ceil(columns) as f64 * size;
        let pitch = |block: &Block| block_height(block).max(TICK_SIZE + 1.0) + 8.0;
        let total: f64 = blocks.iter().map(pitch).sum();
        let bar_height = (total - 8.0).clamp(130.0, 300.0);
        let ruler = if periods.0 <= periods.1 {
            Some(Axis::default().ruler(periods, bar_height, 40.0, 0.0)?)
        } else {
            None
        };
        let mut y = top + 4.0;
        let start = y;
        for (block, [name, count]) in blocks.iter().zip(&names) {
            draw_block(&mut scene, block, (left, y), size, columns, ruler.as_ref());
            let base = y + 0.5 * size + 0.36 * TICK_SIZE;
            let base = base.max(y + 0.72 * TICK_SIZE);
            scene.text(name, (MARGIN, base), TICK_SIZE, Anchor::Start);
            let at = (left - GAP - 4.0, base);
            scene.styled(count, at, TICK_SIZE, Anchor::End, Weight::Regular, MUTED);
            y += pitch(block);
        }
        let bar_left = left + columns as f64 * size + 18.0;
        let mut end = start;
        if let Some(ruler) = &ruler {
            draw_bar(&mut scene, (bar_left, start), bar_height, ruler)?;
            end += bar_height;
        }
        scene.height = y.max(end + 8.0) - 8.0 + MARGIN;
        Ok(scene)
    }
}

fn draw_block(
    scene: &mut Scene,
    block: &Block,
    at: Point,
    size: f64,
    columns: usize,
    periods: Option<&Ruler>,
) {
    let colour = |cell: &AtlasCell| match (cell.fate, cell.period) {
        (Fate::Memory, Some(period)) => tone(periods.map_or(0.5, |ruler| ruler.share(period))),
        (Fate::Memory, None) => tone(0.5),
        (fate, _) if fate.has_cycle() => UNSTABLE,
        _ => PAPER,
    };
    // Full rows and the last, shorter one are two mosaics, so that nothing is drawn beyond.
    let full = block.cells.len() / columns * columns;
    let (body, rest) = block.cells.split_at(full);
    let mut y = at.1;
    for part in [body, rest].into_iter().filter(|part| !part.is_empty()) {
        let across = part.len().min(columns);
        let extent = (
            across as f64 * size,
            part.len().div_ceil(columns) as f64 * size,
        );
        scene.mosaics.push(Mosaic {
            at: (at.0, y),
            size: extent,
            columns: across,
            cells: part.iter().map(colour).collect(),
        });
        if size >= 5.0 {
            let line = Stroke::solid(PAPER, 1.0);
            for i in 1..across {
                let x = at.0 + i as f64 * size;
                scene.path(vec![(x, y), (x, y + extent.1)], line);
            }
            for j in 1..part.len().div_ceil(columns) {
                let y = y + j as f64 * size;
                scene.path(vec![(at.0, y), (at.0 + extent.0, y)], line);
            }
        }
        y += extent.1;
        if size >= 5.0 && !rest.is_empty() && full > 0 {
            let end = at.0 + rest.len() as f64 * size;
            let seam = at.1 + (full / columns) as f64 * size;
            scene.path(vec![(at.0, seam), (end, seam)], Stroke::solid(PAPER, 1.0));
        }
    }
    if size >= 8.0 {
        let lost = block.cells.iter().enumerate();
        for (index, _) in
            lost.filter(|(_, cell)| cell.fate != Fate::Memory && !cell.fate.has_cycle())
        {
            let centre = |i: usize, start: f64| start + (i as f64 + 0.5) * size;
            let place = (centre(index % columns, at.0), centre(index / columns, at.1));
            marker(scene, Shape::Cross, place, 0.22 * size, INK, false);
        }
    }
    outline_cells(scene, at, size, columns, block.cells.len());
}

/// The outline of all cells of a block: a rectangle, with a step where the last row ends.
fn outline_cells(scene: &mut Scene, (x, y): Point, size: f64, columns: usize, count: usize) {
    let (full, rest) = (count / columns, count % columns);
    let right = x + size * columns.min(count) as f64;
    let step = y + size * full as f64;
    let mut points = vec![(x + 0.5 * size, y), (right, y)];
    if rest > 0 && full > 0 {
        let inner = x + size * rest as f64;
        points.extend([
            (right, step),
            (inner, step),
            (inner, step + size),
            (x, step + size),
        ]);
    } else {
        let bottom = if rest > 0 { step + size } else { step };
        points.extend([(right, bottom), (x, bottom)]);
    }
    points.extend([(x, y), (x + 0.5 * size, y)]);
    scene.path(points, Stroke::solid(MUTED, 0.8));
}

/// The scale of periods beside the cells.
fn draw_bar(
    scene: &mut Scene,
    (x, y): Point,
    height: f64,
    ruler: &Ruler,
) -> Result<(), FigureError> {
    scene.mosaics.push(Mosaic {
        at: (x, y),
        size: (BAR, height),
        columns: 1,
        cells: (0..96)
            .map(|i| tone(1.0 - (f64::from(i) + 0.5) / 96.0))
            .collect(),
    });
    scene.outline((x, y), (BAR, height), Stroke::solid(INK, 1.0));
    for (value, label) in &ruler.ticks {
        let at = y + (1.0 - ruler.share(*value)) * height;
        scene.path(
            vec![(x + BAR, at), (x + BAR + 4.0, at)],
            Stroke::solid(INK, 1.0),
        );
        let place = (x + BAR + 8.0, at + 0.36 * TICK_SIZE);
        scene.text(label, place, TICK_SIZE, Anchor::Start);
    }
    let spine = x + BAR + 8.0 + ruler.label_width(&scene.lettering)? + 18.0;
    scene.upwards("period T", (spine, y + 0.5 * height), TEXT_SIZE);
    Ok(())
}
