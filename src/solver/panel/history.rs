//! The panels that the lags still reach, in tiles.

use std::collections::VecDeque;

use super::LANES;
use super::collocation::{POINTS, STAGES};
use super::order::rearrange;
use super::standing::OPEN;

/// Components of a tile: a panel of a tile stays in the innermost cache.
pub(super) const TILE: usize = 256;

/// A finished panel: its stretch in ticks, and the states of its stages.
///
/// States lie tile after tile; in a tile, stage after stage.
#[derive(Debug, Clone, Default)]
pub(super) struct Panel {
    pub(super) begin: i64,
    pub(super) end: i64,
    pub(super) states: Vec<f64>,
    /// Part of its width that a gate passes through in a tick, at most.
    pub(super) sharpness: f64,
    /// Where the gate of each component stands over the panel, in the words of `standing`; a few
    /// more at the end, so that a block may be read whole.
    pub(super) stands: Vec<u8>,
}

impl Panel {
    /// Where the gates of one tile stand, and what follows.
    #[inline(always)]
    pub(super) fn stands(&self, tile: usize) -> &[u8] {
        &self.stands[tile * TILE..]
    }

    /// The stages of one tile, `STAGES` rows of equal length.
    #[inline(always)]
    pub(super) fn tile(&self, tile: usize) -> &[f64] {
        let rest = &self.states[tile * STAGES * TILE..];
        &rest[..rest.len().min(STAGES * TILE)]
    }

    /// One stage of one tile.
    #[inline(always)]
    pub(super) fn row(&self, tile: usize, stage: usize) -> &[f64] {
        let rows = self.tile(tile);
        let length = rows.len() / STAGES;
        &rows[stage * length..(stage + 1) * length]
    }

    /// Rearranges the components: place `k` gets what is at place `from[k]`.
    fn rearrange(&mut self, from: &[usize]) {
        rearrange(&mut self.states, STAGES, from);
        let old = self.stands.clone();
        for (stand, from) in self.stands.iter_mut().zip(from) {
            *stand = old[*from];
        }
    }

    /// The first place, if any, that is not finite at some stage.
    pub(super) fn not_finite(&self) -> Option<usize> {
        let tiles = self.states.chunks(STAGES * TILE).enumerate();
        tiles
            .filter_map(|(tile, rows)| {
                let length = rows.len() / STAGES;
                let places = (0..rows.len()).filter(|at| !rows[*at].is_finite());
                places.map(|at| tile * TILE + at % length).min()
            })
            .min()
    }

    /// Where the moment `on` ticks after tick `from` lies, from 0 to 1.
    #[inline]
    pub(super) fn place(&self, from: i64, on: f64) -> f64 {
        ((from - self.begin) as f64 + on) / (self.end - self.begin) as f64
    }

    /// State at one place at a stage.
    #[inline]
    fn stage(&self, component: usize, stage: usize) -> f64 {
        self.row(component / TILE, stage)[component % TILE]
    }
}

/// Panels without gaps, the oldest first. Before the first of them stands the initial state.
#[derive(Debug, Clone)]
pub(super) struct Panels {
    panels: VecDeque<Panel>,
    /// Number of the oldest panel kept.
    first: usize,
    spare: Vec<Panel>,
    length: usize,
}

impl Panels {
    pub(super) fn new(initial: &[f64]) -> Self {
        let mut panels = Self {
            panels: VecDeque::new(),
            first: 0,
            spare: Vec::new(),
            length: STAGES * initial.len(),
        };
        let mut start = panels.spare();
        for (states, initial) in start
            .states
            .chunks_mut(STAGES * TILE)
            .zip(initial.chunks(TILE))
        {
            for row in states.chunks_mut(initial.len()) {
                row.copy_from_slice(initial);
            }
        }
        panels.panels.push_back(start);
        panels
    }

    /// A panel to be filled.
    pub(super) fn spare(&mut self) -> Panel {
        let fresh = || Panel {
            states: vec![0.0; self.length],
            stands: vec![OPEN; self.length / STAGES + LANES],
            ..Panel::default()
        };
        self.spare.pop().unwrap_or_else(fresh)
    }

    /// Gives back a panel that is not needed.
    pub(super) fn give_back(&mut self, panel: Panel) {
        self.spare.push(panel);
    }

    pub(super) fn push(&mut self, panel: Panel) {
        self.panels.push_back(panel);
    }

    /// Forgets panels that end at or before `tick`, except the last of them, whose end starts the
    /// next one.
    pub(super) fn forget(&mut self, tick: i64) {
        while self.panels.len() > 2 && self.panels[1].end <= tick {
            self.spare.extend(self.panels.pop_front());
            self.first += 1;
        }
    }

    /// Number of the newest panel.
    #[inline]
    pub(super) fn newest(&self) -> usize {
        self.first + self.panels.len() - 1
    }

    #[inline]
    pub(super) fn panel(&self, number: usize) -> &Panel {
        &self.panels[number - self.first]
    }

    /// Values at a place at the points of a panel.
    pub(super) fn points(&self, number: usize, component: usize) -> impl Iterator<Item = f64> {
        let before = self.panel(number - 1).stage(component, STAGES - 1);
        let panel = self.panel(number);
        std::iter::once(before).chain((0..STAGES).map(move |i| panel.stage(component, i)))
    }

    /// Value at a place on a panel, by the weights of its points.
    pub(super) fn value(&self, number: usize, component: usize, weights: &[f64; POINTS]) -> f64 {
        let before = self.panel(number - 1).stage(component, STAGES - 1);
        let panel = self.panel(number);
        (0..STAGES).fold(weights[0] * before, |sum, i| {
            sum + weights[i + 1] * panel.stage(component, i)
        })
    }

    /// Rearranges the components on all panels.
    pub(super) fn rearrange(&mut self, from: &[usize]) {
        for panel in &mut self.panels {
            panel.rearrange(from);
        }
    }

    /// Number of panels kept.
    pub(super) fn len(&self) -> usize {
        self.panels.len() - 1
    }

    /// Bytes reserved for states.
    pub(super) fn bytes(&self) -> usize {
        let stands = self.length / STAGES + LANES;
        (self.panels.len() + self.spare.len()) * (self.length * size_of::<f64>() + stands)
    }
}
