//! Where the delayed states of a panel are found: panels of the past, and their weights.

use super::collocation::{Collocation, POINTS, STAGES};
use super::history::{Panel, Panels};
use super::standing;
use crate::numerics::lanes::Register;

/// Weights of the points of a panel in the states at all stages: point, then stage.
pub(super) type Weights = [[f64; STAGES]; POINTS];

/// Stages whose delayed states stand in the past, each at its own place of a panel.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Own {
    #[default]
    None,
    /// All, on the panel of this number.
    All(usize),
    /// The first ones, as many as this, before the initial time.
    First(usize),
}

/// Where the delayed states of one lag are found.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    own: Own,
    /// Panels by number, and their part in the other states: zero weights where a state does not
    /// lie on this panel.
    points: [(usize, Weights); STAGES],
    /// How many of them there are.
    panels: usize,
}

impl Sources {
    /// Finds the states that a lag reaches from the stages of a panel of `length` ticks: the panel
    /// begins `rest` ticks after tick `from` of the past, which the panels from `number` on hold.
    pub(super) fn find(
        &mut self,
        panels: &Panels,
        mut number: usize,
        (from, rest): (i64, f64),
        length: i64,
    ) {
        self.panels = 0;
        if rest == 0.0 && from >= 0 {
            let panel = panels.panel(number);
            if (panel.begin, panel.end - from) == (from, length) {
                self.own = Own::All(number);
                return;
            }
        }
        let method = Collocation::get();
        let on = method.nodes.map(|node| node * length as f64 - rest);
        let mut first = on.iter().filter(|on| from as f64 + **on <= 0.0).count();
        self.own = match first {
            0 => Own::None,
            _ => Own::First(first),
        };
        while first < STAGES {
            let end = |number: usize| (panels.panel(number).end - from) as f64;
            while number < panels.newest() && on[first] > end(number) {
                number += 1;
            }
            let last = match on.iter().position(|on| *on > end(number)) {
                Some(last) if number < panels.newest() => last,
                _ => STAGES,
            };
            let panel = panels.panel(number);
            let (begin, scale) = (
                (from - panel.begin) as f64,
                1.0 / (panel.end - panel.begin) as f64,
            );
            let places = on.map(|on| (begin + on) * scale);
            let (source, weights) = &mut self.points[self.panels];
            *source = number;
            method.write_weights(places, weights);
            if first > 0 || last < STAGES {
                for row in weights {
                    row[..first].fill(0.0);
                    row[last..].fill(0.0);
                }
            }
            self.panels += 1;
            first = last;
        }
    }

    /// The rows of one tile.
    #[inline(always)]
    pub(super) fn reached<'p>(
        &'p self,
        panels: &'p Panels,
        past: &'p Panel,
        tile: usize,
    ) -> Reached<'p> {
        let (own, count) = match self.own {
            Own::None => (None, 0),
            Own::All(number) => (Some(panels.panel(number)), STAGES),
            Own::First(count) => (Some(past), count),
        };
        Reached {
            own: own.map(|panel| Rows::new(panel, tile)),
            count,
            points: &self.points[..self.panels],
            panels,
            tile,
        }
    }
}

/// The states of one panel on one tile, and where their gates stand.
#[derive(Clone, Copy)]
struct Rows<'p> {
    states: &'p [f64],
    length: usize,
    stands: &'p [u8],
}

impl<'p> Rows<'p> {
    #[inline(always)]
    fn new(panel: &'p Panel, tile: usize) -> Self {
        let states = panel.tile(tile);
        Self {
            states,
            length: states.len() / STAGES,
            stands: panel.stands(tile),
        }
    }

    #[inline(always)]
    fn load<R: Register>(&self, token: R::Token, stage: usize, at: usize) -> R {
        R::load(
            token,
            &self.states[stage * self.length + at..(stage + 1) * self.length],
        )
    }
}

/// The delayed states of one lag, on one tile.
pub(super) struct Reached<'p> {
    /// Rows in which the first stages are found at their own place, and how many they are.
    own: Option<Rows<'p>>,
    count: usize,
    /// What makes the others.
    points: &'p [(usize, Weights)],
    panels: &'p Panels,
    tile: usize,
}

impl Reached<'_> {
    /// Where the gates of a block stand over the panel.
    #[inline(always)]
    pub(super) fn stands(&self, at: usize) -> u64 {
        let mut stands = match &self.own {
            Some(rows) => standing::read(rows.stands, at),
            None => standing::read(self.rows(self.points[0].0).stands, at),
        };
        for (number, _) in self.points {
            stands = standing::both(stands, standing::read(self.rows(*number).stands, at));
        }
        stands
    }

    #[inline(always)]
    fn rows(&self, number: usize) -> Rows<'_> {
        Rows::new(self.panels.panel(number), self.tile)
    }

    /// The states of a block at all stages.
    #[inline(always)]
    pub(super) fn block<R: Register>(&self, token: R::Token, at: usize) -> [R; STAGES] {
        let mut states = [R::splat(token, 0.0); STAGES];
        for (number, weights) in self.points {
            let rows = self.rows(*number);
            let before = self.panels.panel(*number - 1).row(self.tile, STAGES - 1);
            for k in 0..POINTS {
                let value: R = match k {
                    0 => R::load(token, &before[at..]),
                    _ => rows.load(token, k - 1, at),
                };
                for stage in 0..STAGES {
                    let weight = R::splat(token, weights[k][stage]);
                    states[stage] = weight.mul_add(value, states[stage]);
                }
            }
        }
        if let Some(rows) = &self.own {
            for stage in 0..STAGES {
                if stage < self.count {
                    states[stage] = rows.load(token, stage, at);
                }
            }
        }
        states
    }
}
