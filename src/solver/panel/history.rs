//! The panels that the lags still reach, in tiles.

use std::collections::VecDeque;

use super::collocation::{POINTS, STAGES};
use super::layout::Layout;
use super::numbers::{Block, Precision};
use super::standing::OPEN;

/// Blocks of a tile: a panel of a tile stays in the innermost cache.
pub(super) const TILE: usize = 32;

/// A finished panel: its stretch in ticks, and the states of its stages.
#[derive(Debug, Clone, Default)]
pub(super) struct Panel {
    pub(super) begin: i64,
    pub(super) end: i64,
    /// A row a stage.
    pub(super) states: Vec<f64>,
    pub(super) precision: Precision,
    /// Where the gate of each component stands over the panel, in the words of `standing`.
    pub(super) stands: Vec<u8>,
}

impl Panel {
    /// The states of a block, if components lie in blocks, in a network that needs at least this precision.
    #[inline(always)]
    pub(super) fn block(&self, least: Precision, number: usize) -> Block<'_> {
        let precision = match least {
            Precision::Double => Precision::Double,
            Precision::Single => self.precision,
        };
        precision.block(&self.states, number)
    }

    /// Where the gates of a block stand.
    #[inline(always)]
    pub(super) fn word(&self, block: usize) -> u64 {
        u64::from_le_bytes(self.stands.as_chunks().0[block])
    }

    /// Where the moment `on` ticks after tick `from` lies, from 0 to 1.
    #[inline]
    pub(super) fn place(&self, from: i64, on: f64) -> f64 {
        ((from - self.begin) as f64 + on) / (self.end - self.begin) as f64
    }
}

/// Panels without gaps, the oldest first. Before the first of them stands the initial state.
#[derive(Debug, Clone)]
pub(super) struct Panels {
    panels: VecDeque<Panel>,
    /// Number of the oldest panel kept.
    first: usize,
    spare: Vec<Panel>,
    layout: Layout,
    /// The least precision that a panel may have.
    precision: Precision,
}

impl Panels {
    /// Before the first panel the initial state, for as long as anyone may ask; `bound` is the state beyond which a
    /// gate stands.
    pub(super) fn new(initial: &[f64], bound: f64, precision: Precision) -> Self {
        let layout = Layout::new(initial.len());
        let mut panels = Self {
            panels: VecDeque::new(),
            first: 0,
            spare: Vec::new(),
            layout,
            precision,
        };
        let mut start = panels.spare(precision);
        precision.fill(layout, &mut start.states, initial);
        for (place, stand) in start.stands.iter_mut().enumerate() {
            let state = initial[layout.filled(place)];
            if state.abs() >= bound {
                *stand = u8::from(state > 0.0);
            }
        }
        panels.panels.push_back(start);
        panels
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    pub(super) fn precision(&self) -> Precision {
        self.precision
    }

    /// A panel to be filled.
    pub(super) fn spare(&mut self, precision: Precision) -> Panel {
        let places = self.layout.places();
        let fresh = || Panel {
            precision,
            states: vec![0.0; precision.room(STAGES * places)],
            stands: vec![OPEN; places],
            ..Panel::default()
        };
        let mut spare = self.spare.iter();
        let found = spare.position(|panel| panel.precision == precision);
        found.map_or_else(fresh, |place| self.spare.swap_remove(place))
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

    /// The oldest panel kept; the initial state, while a lag reaches beyond the initial time.
    #[inline]
    pub(super) fn oldest(&self) -> &Panel {
        &self.panels[0]
    }

    #[inline]
    pub(super) fn panel(&self, number: usize) -> &Panel {
        &self.panels[number - self.first]
    }

    /// State at a place at a stage of a panel.
    #[inline]
    pub(super) fn stage(&self, number: usize, place: usize, stage: usize) -> f64 {
        let (panel, index) = (self.panel(number), self.layout.index(STAGES, stage, place));
        panel.precision.get(&panel.states, index)
    }

    /// Values at a place at the points of a panel.
    #[inline]
    pub(super) fn points(&self, number: usize, place: usize) -> [f64; POINTS] {
        let mut points = [self.stage(number - 1, place, STAGES - 1); POINTS];
        for i in 0..STAGES {
            points[i + 1] = self.stage(number, place, i);
        }
        points
    }

    /// Value at a place on a panel, by the weights of its points.
    pub(super) fn value(&self, number: usize, place: usize, weights: &[f64; POINTS]) -> f64 {
        let points = self.points(number, place).into_iter();
        points.zip(weights).map(|(x, weight)| weight * x).sum()
    }

    /// The first component of a panel, if any, that is not finite at some stage.
    pub(super) fn not_finite(&self, panel: &Panel) -> Option<usize> {
        (0..self.layout.places())
            .map(|place| self.layout.filled(place))
            .find(|place| {
                let index = |stage: usize| self.layout.index(STAGES, stage, *place);
                let state = |stage: usize| panel.precision.get(&panel.states, index(stage));
                (0..STAGES).any(|stage| !state(stage).is_finite())
            })
    }

    /// Rearranges the components on all panels.
    pub(super) fn rearrange(&mut self, from: &[usize]) {
        let layout = self.layout;
        for k in 0..self.panels.len() {
            let mut new = self.spare(self.panels[k].precision);
            let panel = &mut self.panels[k];
            let states = (&panel.states[..], &mut new.states[..]);
            new.precision.rearrange(layout, states, from);
            layout.rearrange((&panel.stands, &mut new.stands), 1, from);
            (new.begin, new.end) = (panel.begin, panel.end);
            let old = std::mem::replace(panel, new);
            self.give_back(old);
        }
    }

    /// Number of panels kept.
    pub(super) fn len(&self) -> usize {
        self.panels.len() - 1
    }

    /// Bytes reserved for states.
    pub(super) fn bytes(&self) -> usize {
        let panels = self.panels.iter().chain(&self.spare);
        let bytes = panels.map(|panel| size_of_val(&panel.states[..]) + panel.stands.len());
        bytes.sum()
    }
}
