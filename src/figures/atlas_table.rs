//! The atlas of memories as a table: pattern, size, periods, closed forms, fate.

use super::Figure;
use super::error::{FigureError, require_finite, require_length, require_some};
use super::lettering::Lettering;
use super::scene::{Anchor, Point, Scene, Stroke};
use super::style::{
    BLUE, INK, MARGIN, MUTED, PAPER, STRIPE, Shape, TEXT_SIZE, TICK_SIZE, VERMILLION, WIDTH, marker,
};
use super::ticks::significant;
use super::typeface::Weight;
use crate::analysis::Fate;
use crate::networks::Pattern;

/// Memories are filled discs, cycles that do not attract hollow triangles, all else crosses.
fn mark(fate: Fate, scene: &mut Scene, at: Point) {
    let (shape, colour, hollow) = match fate {
        Fate::Memory => (Shape::Disc, BLUE, false),
        fate if fate.has_cycle() => (Shape::Triangle, VERMILLION, true),
        _ => (Shape::Cross, INK, false),
    };
    marker(scene, shape, at, 4.3, colour, hollow);
}

/// One pattern; what is not known stays empty and is shown as a dash.
#[derive(Debug, Clone, PartialEq)]
pub struct AtlasRow {
    /// The pattern.
    pub pattern: Pattern,
    /// Periods measured, one for each column of the table.
    pub periods: Vec<Option<f64>>,
    /// Period by the closed form.
    pub closed_form: Option<f64>,
    /// Greatest value of a silent neuron.
    pub silent_maximum: Option<f64>,
    /// Synchrony multiplier.
    pub multiplier: Option<f64>,
    /// What became of it.
    pub fate: Fate,
}

/// All patterns of a network with what is known of their cycles.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AtlasTable {
    /// Title.
    pub title: String,
    /// Subtitle; may be empty.
    pub subtitle: String,
    /// Heads of the columns of measured periods, as in `"relay"` or `"λ = 50"`.
    pub period_columns: Vec<String>,
    /// The patterns; neighbours of equal size share a stripe.
    pub rows: Vec<AtlasRow>,
}

const ROW: f64 = 21.0;
const SPACE: f64 = 20.0;
const DIGITS: usize = 7;

/// A column of the table: head, texts, and where their decimal points or ends line up.
struct Column {
    head: Vec<String>,
    texts: Vec<String>,
    width: f64,
}

impl Column {
    fn new(head: &str, texts: Vec<String>, lettering: &Lettering) -> Result<Self, FigureError> {
        let head: Vec<String> = head.lines().map(str::to_owned).collect();
        let mut widest: f64 = 0.0;
        for text in head.iter().chain(&texts) {
            widest = widest.max(lettering.width(text, TICK_SIZE, Weight::Regular)?);
        }
        Ok(Self {
            head,
            texts,
            width: widest,
        })
    }
}

/// A number aligned with its neighbours: as many decimals as the largest of them can carry.
fn aligned(values: &[Option<f64>]) -> Vec<String> {
    let largest = values.iter().flatten().fold(0.0_f64, |m, v| m.max(v.abs()));
    let whole = (largest.max(1.0).log10().floor() as usize) + 1;
    let decimals = DIGITS.saturating_sub(whole);
    let show = |v: f64| {
        if largest >= 1e7 {
            significant(v, DIGITS)
        } else {
            super::ticks::fixed(v, decimals)
        }
    };
    let texts = values
        .iter()
        .map(|v| v.map_or_else(|| "–".to_owned(), show));
    texts.collect()
}

impl AtlasTable {
    fn check(&self) -> Result<(), FigureError> {
        require_some("the list of patterns", &self.rows)?;
        let neurons = self.rows[0].pattern.len();
        require_some("the first pattern", self.rows[0].pattern.bits())?;
        for (index, row) in self.rows.iter().enumerate() {
            let name = format!("pattern {}", index + 1);
            require_length(&name, row.pattern.len(), neurons)?;
            let what = format!("{name} (periods)");
            require_length(&what, row.periods.len(), self.period_columns.len())?;
            let known = [row.closed_form, row.silent_maximum, row.multiplier];
            require_finite(&name, row.periods.iter().copied().chain(known).flatten())?;
        }
        Ok(())
    }

    fn columns(&self, lettering: &Lettering) -> Result<Vec<Column>, FigureError> {
        let sizes = self.rows.iter().map(|row| row.pattern.k().to_string());
        let mut columns = vec![Column::new("k", sizes.collect(), lettering)?];
        let mut add = |head: &str, values: Vec<Option<f64>>| {
            if values.iter().any(Option::is_some) || head.starts_with("period") {
                columns.push(Column::new(head, aligned(&values), lettering)?);
            }
            Ok::<(), FigureError>(())
        };
        for (index, name) in self.period_columns.iter().enumerate() {
            let values = self.rows.iter().map(|row| row.periods[index]);
            add(&format!("period\n{name}"), values.collect())?;
        }
        let rows = || self.rows.iter();
        add(
            "period\nclosed form",
            rows().map(|r| r.closed_form).collect(),
        )?;
        add(
            "silent\nmaximum",
            rows().map(|r| r.silent_maximum).collect(),
        )?;
        add(
            "synchrony\nmultiplier",
            rows().map(|r| r.multiplier).collect(),
        )?;
        Ok(columns)
    }
}

impl Figure for AtlasTable {
    fn scene_in(&self, lettering: &Lettering) -> Result<Scene, FigureError> {
        self.check()?;
        let columns = self.columns(lettering)?;
        let neurons = self.rows[0].pattern.len();
        let pitch = if neurons > 10 { 11.0 } else { 15.0 };
        let wide = |words| lettering.width(words, TICK_SIZE, Weight::Regular);
        let squares = (pitch * neurons as f64).max(52.0).max(wide("pattern")?);
        let verdict = 12.0 + wide("not settled")? + 6.0;
        let numbers: f64 = columns.iter().map(|c| c.width).sum();
        let gaps = SPACE * (columns.len() + 1) as f64;
        let used = squares + numbers + gaps + verdict;
        // Wide tables make a wider page, narrow ones spread over the usual one.
        let page = lettering.drawn(WIDTH).max(used + 2.0 * MARGIN);
        let spread = ((page - 2.0 * MARGIN - used) / (columns.len() + 1) as f64).min(24.0);
        let right = MARGIN + used + spread * (columns.len() + 1) as f64;
        let mut scene = Scene::lettered(page, lettering);
        let top = scene.heading(&self.title, &self.subtitle)? + 2.0;
        let rule = |scene: &mut Scene, y: f64, thickness| {
            let line = vec![(MARGIN, y), (right, y)];
            scene.path(line, Stroke::solid(INK, thickness));
        };
        rule(&mut scene, top, 1.6);
        let body = top + 40.0;
        let head = |scene: &mut Scene, lines: &[String], x: f64, anchor| {
            for (index, line) in lines.iter().rev().enumerate() {
                let y = body - 9.0 - 15.0 * index as f64;
                scene.styled(line, (x, y), TICK_SIZE, anchor, Weight::Regular, MUTED);
            }
        };
        head(
            &mut scene,
            &["pattern".to_owned()],
            MARGIN + 4.0,
            Anchor::Start,
        );
        let mut shaded = false;
        for (index, row) in self.rows.iter().enumerate() {
            let y = body + ROW * index as f64;
            if index > 0 && row.pattern.k() != self.rows[index - 1].pattern.k() {
                shaded = !shaded;
            }
            if shaded {
                scene.rectangle((MARGIN, y), (right - MARGIN, ROW), STRIPE);
            }
            for (neuron, active) in row.pattern.iter().enumerate() {
                let side = pitch - 4.0;
                let x = MARGIN + 4.0 + pitch * neuron as f64;
                let corner = (x, y + 0.5 * (ROW - side));
                scene.rectangle(corner, (side, side), if active { INK } else { PAPER });
                let colour = if active { INK } else { MUTED };
                scene.outline(corner, (side, side), Stroke::solid(colour, 0.9));
            }
        }
        let base = 0.5 * ROW + 0.36 * TICK_SIZE;
        let mut x = MARGIN + squares;
        for column in &columns {
            x += SPACE + spread + column.width;
            head(&mut scene, &column.head, x, Anchor::End);
            for (index, text) in column.texts.iter().enumerate() {
                let at = (x, body + ROW * index as f64 + base);
                scene.text(text, at, TICK_SIZE, Anchor::End);
            }
        }
        x += SPACE + spread;
        head(&mut scene, &["fate".to_owned()], x, Anchor::Start);
        for (index, row) in self.rows.iter().enumerate() {
            let y = body + ROW * index as f64;
            mark(row.fate, &mut scene, (x + 5.0, y + 0.5 * ROW));
            let at = (x + 16.0, y + base);
            scene.text(row.fate.word(), at, TICK_SIZE, Anchor::Start);
        }
        let bottom = body + ROW * self.rows.len() as f64;
        rule(&mut scene, body, 0.9);
        rule(&mut scene, bottom, 1.6);
        let stable = self.rows.iter().filter(|r| r.fate == Fate::Memory).count();
        let sum = format!("{stable} of {} patterns are memories", self.rows.len());
        scene.text(&sum, (MARGIN, bottom + 20.0), TEXT_SIZE, Anchor::Start);
        scene.height = bottom + 20.0 + MARGIN;
        Ok(scene)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_column_line_up() {
        let values = [Some(4.0), Some(32.106_583), None, Some(-0.5)];
        assert_eq!(aligned(&values), ["4.00000", "32.10658", "–", "−0.50000"]);
    }
}
