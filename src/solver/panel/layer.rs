//! Where over a panel a steep gate switches: found when the panel is made, one lag before it acts.

use super::calendar::Layer;
use super::collocation::{Collocation, POINTS, STAGES};
use super::history::Panels;
use crate::numerics::root::bracketed_root;

/// Samples a component is searched at.
const SAMPLES: usize = 4 * STAGES;
/// Shortest layer, in ticks.
const SHORTEST: i64 = 8;

/// Searches components of panels for stretches in which `|x| < band`.
#[derive(Debug, Clone)]
pub(super) struct Search {
    band: f64,
    /// Places of the samples and the weights of the points there.
    samples: Vec<(f64, [f64; POINTS])>,
}

impl Search {
    pub(super) fn new(band: f64) -> Self {
        let place = |sample: usize| sample as f64 / SAMPLES as f64;
        let weights = Collocation::get();
        Self {
            band,
            samples: (0..=SAMPLES)
                .map(|sample| (place(sample), weights.weights(place(sample))))
                .collect(),
        }
    }

    /// States at which a gate counts as switching.
    pub(super) fn band(&self) -> f64 {
        self.band
    }

    /// Whether a component, over the panel, comes near the band by more than `range`.
    pub(super) fn concerns(&self, states: impl Iterator<Item = f64>, range: f64) -> bool {
        let (mut low, mut high, mut nearest) = (f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY);
        for x in states {
            (low, high, nearest) = (low.min(x), high.max(x), nearest.min(x.abs()));
        }
        high - low > range && nearest < self.band + 0.5 * (high - low)
    }

    /// Appends the layers of `component` on panel `number`.
    pub(super) fn layers(
        &self,
        panels: &Panels,
        number: usize,
        component: usize,
        layers: &mut Vec<Layer>,
    ) {
        let panel = panels.panel(number);
        let (begin, length) = (panel.begin, panel.end - panel.begin);
        let method = Collocation::get();
        let value = |place: f64| panels.value(number, component, &method.weights(place));
        let tick = |place: f64| (place * length as f64) as i64;
        let mut push = |from: f64, to: f64| {
            let (from, to) = (begin + tick(from), begin + tick(to) + 1);
            let widen = (SHORTEST - (to - from)).max(0) / 2;
            layers.push(Layer {
                begin: from - widen,
                end: to + widen,
            });
        };
        let mut earlier = (0.0, panels.value(number, component, &self.samples[0].1));
        let mut entered = (earlier.1.abs() < self.band).then_some(0.0);
        for window in self.samples.windows(2) {
            let later = (window[1].0, panels.value(number, component, &window[1].1));
            // the edges of the band in the order in which they are met
            let rising = later.1 > earlier.1;
            let edges = if rising {
                [-self.band, self.band]
            } else {
                [self.band, -self.band]
            };
            for edge in edges {
                let (old, new) = (earlier.1 - edge, later.1 - edge);
                if (old > 0.0) == (new > 0.0) {
                    continue;
                }
                let root = |place: f64| value(place) - edge;
                let place = bracketed_root(root, (earlier.0, old), (later.0, new), 1e-9);
                match entered.take() {
                    Some(from) => push(from, place),
                    None => entered = Some(place),
                }
            }
            earlier = later;
        }
        if let Some(from) = entered {
            push(from, 1.0);
        }
        self.touches(panels, number, component, &mut push);
    }

    /// A band that is touched between two samples without a sample inside.
    fn touches(
        &self,
        panels: &Panels,
        number: usize,
        component: usize,
        push: &mut impl FnMut(f64, f64),
    ) {
        let value = |sample: usize| panels.value(number, component, &self.samples[sample].1);
        for middle in 1..SAMPLES {
            let [left, here, right] = [middle - 1, middle, middle + 1].map(value);
            let turns = (here.abs() <= left.abs()) && (here.abs() <= right.abs());
            let outside = here.abs() >= self.band && left * here > 0.0 && right * here > 0.0;
            let bend = left - 2.0 * here + right;
            if turns && outside && bend != 0.0 {
                // height of the parabola through the three samples
                let turn = here - (right - left) * (right - left) / (8.0 * bend);
                if turn.abs() < self.band || turn * here < 0.0 {
                    push(self.samples[middle - 1].0, self.samples[middle + 1].0);
                }
            }
        }
    }
}
