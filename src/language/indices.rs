//! Indices and the spaces that their combinations span.

use std::collections::HashMap;

use super::graph::{Graph, Map, Space};
use super::mistake::Mistake;

/// A set of indices, a bit each, the outermost lowest.
pub(super) type Axes = u32;

/// Combinations of indices that one value may have (chosen: matrices of two thousand rows, which take a
/// second and some hundred megabytes to lay out).
pub(super) const MOST_LANES: usize = 4_000_000;

/// Indices within each other.
const MOST_AXES: usize = 16;

#[derive(Debug, Clone)]
struct Axis {
    name: String,
    length: usize,
    /// Number of the function in which it is written.
    frame: usize,
}

/// The combinations of a set of indices.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) space: Space,
    /// Values of each index, from the outermost.
    pub(super) columns: Vec<Map>,
    pub(super) lanes: usize,
}

/// The indices that are open.
#[derive(Debug, Clone, Default)]
pub(super) struct Indices {
    axes: Vec<Axis>,
    rows: HashMap<Axes, Rows>,
    /// Ways from a set of indices to a larger one.
    projections: HashMap<(Axes, Axes), Map>,
}

impl Indices {
    /// Opens an index within all others; its number.
    pub(super) fn push(&mut self, name: &str, length: usize, frame: usize) -> usize {
        self.axes.push(Axis {
            name: name.to_owned(),
            length,
            frame,
        });
        self.axes.len() - 1
    }

    /// Closes the innermost index.
    pub(super) fn pop(&mut self) {
        self.axes.pop();
        let open: Axes = (1 << self.axes.len()) - 1;
        self.rows.retain(|axes, _| axes & !open == 0);
        self.projections.retain(|(_, axes), _| axes & !open == 0);
    }

    /// The innermost index of this name that a function can see.
    pub(super) fn find(&self, name: &str, frame: usize) -> Option<usize> {
        let seen = |axis: &Axis| axis.name == name && axis.frame == frame;
        self.axes.iter().rposition(seen)
    }

    pub(super) fn names(&self, frame: usize) -> Vec<String> {
        let seen = self.axes.iter().filter(|axis| axis.frame == frame);
        seen.map(|axis| axis.name.clone()).collect()
    }

    /// The combinations of these indices: all, but for those that were thinned out.
    pub(super) fn rows(&mut self, axes: Axes, graph: &mut Graph) -> Result<Rows, Mistake> {
        if axes == 0 {
            return Ok(Rows {
                space: Space::SCALAR,
                columns: Vec::new(),
                lanes: 1,
            });
        }
        if let Some(rows) = self.rows.get(&axes) {
            return Ok(rows.clone());
        }
        let last = axes.ilog2() as usize;
        let length = self.axes[last].length;
        let base = self.rows(axes & !(1 << last), graph)?;
        let terms = base.lanes as f64 * length as f64;
        if terms > MOST_LANES as f64 || self.axes.len() > MOST_AXES {
            let most = MOST_LANES;
            return Err(Mistake::TooMany { terms, most });
        }
        let lanes = base.lanes * length;
        let mut columns = Vec::new();
        for column in base.columns {
            let outer = graph.entries(column);
            let each = outer
                .iter()
                .flat_map(|index| std::iter::repeat_n(*index, length));
            columns.push(graph.map(each.collect()));
        }
        let inner = (0..base.lanes).flat_map(|_| 0..length as u32);
        columns.push(graph.map(inner.collect()));
        let space = graph.space(&columns, lanes);
        let rows = Rows {
            space,
            columns,
            lanes,
        };
        self.rows.insert(axes, rows.clone());
        Ok(rows)
    }

    /// Leaves out combinations.
    pub(super) fn thin(
        &mut self,
        axes: Axes,
        keep: &[bool],
        graph: &mut Graph,
    ) -> Result<(), Mistake> {
        let whole = self.rows(axes, graph)?;
        let mut columns = Vec::new();
        for column in whole.columns {
            let entries = graph.entries(column);
            let kept = entries.iter().zip(keep).filter(|(_, keep)| **keep);
            columns.push(graph.map(kept.map(|(index, _)| *index).collect()));
        }
        let lanes = keep.iter().filter(|keep| **keep).count();
        let space = graph.space(&columns, lanes);
        let rows = Rows {
            space,
            columns,
            lanes,
        };
        self.rows.insert(axes, rows);
        self.projections
            .retain(|(from, to), _| *from != axes && *to != axes);
        Ok(())
    }

    /// For every combination of the indices `to` the lane of that of fewer indices, `from`.
    pub(super) fn projection(
        &mut self,
        from: Axes,
        to: Axes,
        graph: &mut Graph,
    ) -> Result<Map, Mistake> {
        if let Some(map) = self.projections.get(&(from, to)) {
            return Ok(*map);
        }
        let (small, large) = (self.rows(from, graph)?, self.rows(to, graph)?);
        let columns = |axes: Axes| {
            let all = 0..self.axes.len();
            all.filter(move |axis| axes >> axis & 1 == 1)
        };
        let shared = columns(to)
            .zip(&large.columns)
            .filter(|(axis, _)| from >> axis & 1 == 1);
        let shared: Vec<_> = shared.map(|(_, map)| graph.entries(*map)).collect();
        let own: Vec<_> = small
            .columns
            .iter()
            .map(|map| graph.entries(*map))
            .collect();
        let lengths: Vec<u64> = columns(from)
            .map(|axis| self.axes[axis].length as u64)
            .collect();
        let rank = |columns: &[std::sync::Arc<[u32]>], lane: usize| {
            let digits = columns.iter().zip(&lengths);
            digits.fold(0u64, |rank, (column, length)| {
                rank * length + u64::from(column[lane])
            })
        };
        let entries: Vec<u32> = if lengths.iter().product::<u64>() == small.lanes as u64 {
            (0..large.lanes)
                .map(|lane| rank(&shared, lane) as u32)
                .collect()
        } else {
            let known: HashMap<u64, u32> = (0..small.lanes)
                .map(|lane| (rank(&own, lane), lane as u32))
                .collect();
            let lane = |lane| known.get(&rank(&shared, lane)).copied().unwrap_or(0);
            (0..large.lanes).map(lane).collect()
        };
        let map = graph.map(entries);
        self.projections.insert((from, to), map);
        Ok(map)
    }
}
