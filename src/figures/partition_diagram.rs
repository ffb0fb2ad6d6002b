//! A partition plan: layers across, ranks down, and what travels between them.

use super::Figure;
use super::error::{FigureError, require_finite, require_length, require_some};
use super::legend::{Sample, legend};
use super::lettering::Lettering;
use super::scene::{Anchor, Scene, Stroke};
use super::style::{
    Colour, GRID, INK, MARGIN, MUTED, NARROWEST, TEXT_SIZE, TICK_SIZE, WIDTH, series_colour,
};
use super::typeface::Weight;

/// One layer of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionColumn {
    /// What it is, in short.
    pub name: String,
    /// `o`, `i`, `f`, `s`, `w`, `t` or `.`.
    pub letter: char,
    /// What it sends, in megabytes.
    pub megabytes: f64,
}

/// A partition plan as a diagram. Rank 0 is at the top; an arrow down is what it sends, an arrow up what it collects, and
/// a bar between two cells what stays where it is made.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PartitionDiagram {
    /// Title.
    pub title: String,
    /// Subtitle; may be empty.
    pub subtitle: String,
    /// The layers.
    pub columns: Vec<PartitionColumn>,
    /// How many ranks there are.
    pub ranks: usize,
}

/// Height of a cell, and most rows that are drawn; further ranks do what the last one does.
const CELL: f64 = 24.0;
const MOST_ROWS: usize = 8;
/// Megabytes below which a plan is told in kilobytes (chosen: two digits are left).
const SMALL: f64 = 0.1;

/// The letters with their words and the number of their colour.
const CUTS: [(char, &str, usize); 6] = [
    ('o', "o: slices of outputs", 0),
    ('i', "i: slices of inputs, sums on rank 0", 1),
    ('f', "f: outputs that stay where they are made", 2),
    ('s', "s: summed from what has stayed", 3),
    ('w', "w: whole on rank 0", 4),
    ('t', "t: tiles", 5),
];

fn colour(letter: char) -> Colour {
    let known = CUTS.iter().find(|(own, _, _)| *own == letter);
    known.map_or(Colour(0xb8, 0xb8, 0xb8), |(_, _, number)| {
        series_colour(*number)
    })
}

impl Figure for PartitionDiagram {
    fn scene_in(&self, lettering: &Lettering) -> Result<Scene, FigureError> {
        require_some("the list of layers", &self.columns)?;
        require_length("the list of ranks", self.ranks.min(1), 1)?;
        require_finite(
            "megabytes",
            self.columns.iter().map(|column| column.megabytes),
        )?;
        let rows = self.ranks.min(MOST_ROWS);
        let rank_names: Vec<String> = (0..rows)
            .map(|row| match row {
                _ if row + 1 == rows && rows < self.ranks => format!("to {}", self.ranks - 1),
                _ => format!("rank {row}"),
            })
            .collect();
        let beside = lettering.widest(
            rank_names.iter().map(String::as_str),
            TICK_SIZE,
            Weight::Regular,
        )?;
        let left = MARGIN + beside + 10.0;
        let count = self.columns.len() as f64;
        // at least a line of text, as names and amounts stand upright
        let room = (lettering.drawn(WIDTH) - left - MARGIN) / count;
        let pitch = room.min(lettering.drawn(64.0)).max(1.15 * TICK_SIZE);
        let page = (left + pitch * count + MARGIN).max(lettering.drawn(NARROWEST));
        let mut scene = Scene::lettered(page, lettering);
        let top = scene.heading(&self.title, &self.subtitle)?;
        let used = |letter: &char| self.columns.iter().any(|column| column.letter == *letter);
        let entries: Vec<(Sample, &str)> = CUTS
            .iter()
            .filter(|(letter, _, _)| used(letter))
            .map(|(letter, words, _)| (Sample::Swatch(colour(*letter), None), *words))
            .chain(used(&'.').then(|| (Sample::Swatch(colour('.'), None), ".: no weights")))
            .collect();
        let top = legend(&mut scene, top, &entries)? + 6.0;
        let sent = self.columns.iter().map(|c| c.megabytes);
        let most = sent.clone().fold(0.0, f64::max);
        let (unit, scale) = if most < SMALL {
            ("kB sent", 1e3)
        } else {
            ("MB sent", 1.0)
        };
        let amounts: Vec<String> = sent.map(|megabytes| amount(scale * megabytes)).collect();
        let above = lettering.widest(
            amounts.iter().map(String::as_str),
            TICK_SIZE,
            Weight::Regular,
        )?;
        let names = self.columns.iter().map(|column| column.name.as_str());
        let below = lettering.widest(names, TICK_SIZE, Weight::Regular)?;
        let first = top + above + 12.0;
        let bottom = first + CELL * rows as f64;
        scene.styled(
            unit,
            (MARGIN, first - 8.0),
            TICK_SIZE,
            Anchor::Start,
            Weight::Regular,
            MUTED,
        );
        for (row, name) in rank_names.iter().enumerate() {
            let y = first + CELL * (row as f64 + 0.5) + 0.36 * TICK_SIZE;
            scene.text(name, (left - 10.0, y), TICK_SIZE, Anchor::End);
            let line = first + CELL * row as f64;
            let grid = Stroke::solid(GRID, 0.8);
            scene.path(vec![(left, line), (left + pitch * count, line)], grid);
        }
        for (index, column) in self.columns.iter().enumerate() {
            let x = left + pitch * index as f64;
            let middle = x + 0.5 * pitch;
            let before = index
                .checked_sub(1)
                .map(|before| self.columns[before].letter);
            let next = self.columns.get(index + 1).map(|next| next.letter);
            let inset = (0.2 * pitch).min(8.0);
            let shared = !matches!(column.letter, '.' | 'w');
            for row in 0..if shared { rows } else { 1 } {
                let y = first + CELL * row as f64 + 4.0;
                scene.rectangle(
                    (x + inset, y),
                    (pitch - 2.0 * inset, CELL - 8.0),
                    colour(column.letter),
                );
                if column.letter == 's' && before == Some('f') {
                    // What stays: a bar from the cell before.
                    let y = y + 0.5 * (CELL - 8.0);
                    let stays = Stroke::solid(colour('f'), 2.5);
                    scene.path(vec![(x - inset, y), (x + inset, y)], stays);
                }
            }
            if rows > 1 && shared {
                let width = 0.7 + 2.3 * (column.megabytes / most.max(f64::MIN_POSITIVE)).sqrt();
                let reused = |letter, next| letter == Some('o') && matches!(next, 'o' | 'f');
                let ends = (first + 0.5 * CELL, bottom - 0.4 * CELL);
                if column.letter != 's' && !reused(before, column.letter) {
                    arrow(&mut scene, x + 0.5 * inset, ends, width);
                }
                if column.letter != 'f' {
                    let x = x + pitch - 0.5 * inset;
                    arrow(&mut scene, x, (ends.1, ends.0), width);
                    if next.is_some_and(|next| reused(Some(column.letter), next)) {
                        arrow(&mut scene, x, ends, width);
                    }
                }
            }
            if column.megabytes > 0.0 {
                let y = first - 6.0 - 0.5 * above;
                scene.upwards(&amounts[index], (middle + 0.36 * TICK_SIZE, y), TICK_SIZE);
            }
            let letter = column.letter.to_string();
            scene.styled(
                &letter,
                (middle, bottom + 15.0),
                TEXT_SIZE,
                Anchor::Middle,
                Weight::Bold,
                INK,
            );
            let y = bottom + 24.0 + 0.5 * below;
            scene.upwards(&column.name, (middle + 0.36 * TICK_SIZE, y), TICK_SIZE);
        }
        scene.height = bottom + 24.0 + below + MARGIN;
        Ok(scene)
    }
}

/// Three digits are enough.
fn amount(sent: f64) -> String {
    match sent {
        m if m >= 10.0 => format!("{m:.0}"),
        m if m >= 0.1 => format!("{m:.1}"),
        m if m >= 0.01 => format!("{m:.2}"),
        m => format!("{m:.0e}"),
    }
}

/// A vertical arrow.
fn arrow(scene: &mut Scene, x: f64, (from, to): (f64, f64), width: f64) {
    let stroke = Stroke::solid(MUTED, width);
    let back = if to > from { -5.0 } else { 5.0 };
    scene.path(vec![(x, from), (x, to)], stroke);
    scene.path(
        vec![(x - 2.5, to + back), (x, to), (x + 2.5, to + back)],
        Stroke::solid(MUTED, 1.2),
    );
}
