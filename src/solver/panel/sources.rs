//! Where the delayed states of a panel are found: panels of the past, and their weights.

use std::ops::Range;

use super::collocation::{Collocation, POINTS, STAGES};
use super::history::{Panel, Panels};
use super::numbers::Precision;
use super::standing;
use crate::numerics::lanes::{Kernel, Register};

/// Weights of the points of a panel in the states at all stages: point, then stage.
type Weights = [[f64; STAGES]; POINTS];

/// Stages whose delayed states stand in the past, each at its own place of a panel.
#[derive(Debug, Clone, Copy, Default)]
enum Own {
    #[default]
    None,
    /// All, on the panel of this number.
    All(usize),
    /// Those before that of the first panel, before the initial time.
    First,
}

/// Where the delayed states of one lag are found.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    own: Own,
    /// Panels by number, and the first stage whose state lies on each.
    panels: [(usize, usize); STAGES],
    /// How many of them there are.
    count: usize,
    /// Weights of the points of its panel in the state at each stage.
    weights: Weights,
}

/// Numbers of the stages.
const NUMBERS: [f64; STAGES] = {
    let mut numbers = [0.0; STAGES];
    let mut stage = 0;
    while stage < STAGES {
        numbers[stage] = stage as f64;
        stage += 1;
    }
    numbers
};

/// Finds the states that a lag reaches from the stages of a panel.
pub(super) struct Finding<'t> {
    pub(super) sources: &'t mut Sources,
    /// The past, which those from `number` on hold.
    pub(super) panels: &'t Panels,
    pub(super) number: usize,
    /// The panel begins so many ticks after this one of the past.
    pub(super) from: (i64, f64),
    /// Its length in ticks.
    pub(super) length: i64,
}

impl Kernel for Finding<'_> {
    type Output = ();

    #[inline(always)]
    fn run<R: Register>(self, token: R::Token) {
        let Self {
            sources,
            panels,
            mut number,
            from: (from, rest),
            length,
        } = self;
        sources.count = 0;
        if rest == 0.0 && from >= 0 {
            let panel = panels.panel(number);
            if (panel.begin, panel.end - from) == (from, length) {
                sources.own = Own::All(number);
                return;
            }
        }
        let method = Collocation::get();
        let on = method.nodes.map(|node| node * length as f64 - rest);
        let mut first = on.iter().filter(|on| from as f64 + **on <= 0.0).count();
        sources.own = match first {
            0 => Own::None,
            _ => Own::First,
        };
        // the place of each stage on its panel
        let mut places = [0.0; STAGES];
        while first < STAGES {
            let end = |number: usize| (panels.panel(number).end - from) as f64;
            while number < panels.newest() && on[first] > end(number) {
                number += 1;
            }
            let panel = panels.panel(number);
            let begin = (from - panel.begin) as f64;
            let scale = 1.0 / (panel.end - panel.begin) as f64;
            for at in (0..STAGES).step_by(R::WIDTH) {
                let place = (R::load(token, &on[at..]) + begin) * scale;
                let places = &mut places[at..][..R::WIDTH];
                from_on(token, (at, first), place, R::load(token, places)).store(places);
            }
            sources.panels[sources.count] = (number, first);
            sources.count += 1;
            if number == panels.newest() {
                break;
            }
            let end = end(number);
            while first < STAGES && on[first] <= end {
                first += 1;
            }
        }
        for at in (0..STAGES).step_by(R::WIDTH) {
            let weights = method.weights(R::load(token, &places[at..]));
            for (row, weight) in sources.weights.iter_mut().zip(weights) {
                weight.store(&mut row[at..][..R::WIDTH]);
            }
        }
    }
}

impl Sources {
    /// The sources: panels by number, and the stages that lie on each.
    #[inline(always)]
    fn panels(&self) -> impl Iterator<Item = (usize, Range<usize>)> {
        (0..self.count).map(|k| {
            let (number, first) = self.panels[k];
            let last = if k + 1 < self.count {
                self.panels[k + 1].1
            } else {
                STAGES
            };
            (number, first..last)
        })
    }

    /// Where the gates of a block stand over the panel.
    #[inline(always)]
    pub(super) fn word(&self, panels: &Panels, past: &Panel, block: usize) -> u64 {
        let mut word = match self.own {
            Own::All(number) => panels.panel(number).word(block),
            Own::First => past.word(block),
            Own::None => panels.panel(self.panels[0].0).word(block),
        };
        for (number, _) in &self.panels[..self.count] {
            word = standing::both(word, panels.panel(*number).word(block));
        }
        word
    }

    /// The delayed states, at all stages, of a part of a block: from lane `lane` on.
    #[inline(always)]
    pub(super) fn block<R: Register>(
        &self,
        token: R::Token,
        (panels, precision): (&Panels, Precision),
        past: &Panel,
        (block, lane): (usize, usize),
    ) -> [R; STAGES] {
        let mut states = [R::splat(token, 0.0); STAGES];
        let own = match self.own {
            Own::None => None,
            Own::All(number) => Some(panels.panel(number)),
            Own::First => Some(past),
        };
        if let Some(own) = own {
            // those that lie elsewhere come after
            states = own.block(precision, block).rows(token, (0, lane));
        }
        for (number, stages) in self.panels() {
            let panel = panels.panel(number).block(precision, block);
            let before = panels.panel(number - 1).block(precision, block);
            let mut points = [before.end::<R>(token, lane); POINTS];
            points[1..].copy_from_slice(&panel.rows::<R, STAGES>(token, (0, lane)));
            for stage in stages {
                // three sums, so that fewer additions wait for each other
                let mut sums = [R::splat(token, 0.0); 3];
                for k in 0..POINTS {
                    let weight = R::splat(token, self.weights[k][stage]);
                    sums[k % 3] = points[k].mul_add(weight, sums[k % 3]);
                }
                states[stage] = sums[0] + sums[1] + sums[2];
            }
        }
        states
    }

    /// The delayed states of a single component at the stages from `at` on, a stage a lane.
    #[inline(always)]
    pub(super) fn along<R: Register>(
        &self,
        token: R::Token,
        panels: &Panels,
        past: &Panel,
        at: usize,
    ) -> R {
        if let Own::All(number) = self.own {
            return R::load(token, &panels.panel(number).states[at..]);
        }
        let mut states = R::load(token, &past.states[at..]);
        for (number, stages) in self.panels() {
            let before = panels.panel(number - 1).states[STAGES - 1];
            let points = &panels.panel(number).states[..STAGES];
            // two sums, so that half as many additions wait for each other
            let mut sums = [R::splat(token, 0.0); 2];
            for k in 0..POINTS {
                let value = if k == 0 { before } else { points[k - 1] };
                let weight = R::load(token, &self.weights[k][at..]);
                sums[k % 2] = weight.mul_add(R::splat(token, value), sums[k % 2]);
            }
            states = from_on(token, (at, stages.start), sums[0] + sums[1], states);
        }
        states
    }
}

/// Stages from `at` on, a stage a lane: those from `first` on of `later`, the others of `former`.
#[inline(always)]
fn from_on<R: Register>(token: R::Token, (at, first): (usize, usize), later: R, former: R) -> R {
    let numbers = R::load(token, &NUMBERS[at..]);
    numbers.choose(R::splat(token, first as f64 - 0.5), later, former)
}
