//! Where over a panel a steep gate switches: found when the panel is made, one lag before it acts.

use super::calendar::Layer;
use super::collocation::{Collocation, POINTS, STAGES};
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
    pub(super) fn concerns(&self, points: &[f64; POINTS], range: f64) -> bool {
        let (mut low, mut high, mut nearest) = (f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY);
        for x in *points {
            (low, high, nearest) = (low.min(x), high.max(x), nearest.min(x.abs()));
        }
        high - low > range && nearest < self.band + 0.5 * (high - low)
    }

    /// Appends the layers of a component with these values at the points of the panel of ticks
    /// `begin` to `end`.
    pub(super) fn layers(
        &self,
        (begin, end): (i64, i64),
        points: &[f64; POINTS],
        layers: &mut Vec<Layer>,
    ) {
        let tick = |place: f64| (place * (end - begin) as f64) as i64;
        let mut push = |from: f64, to: f64| {
            let (from, to) = (begin + tick(from), begin + tick(to) + 1);
            let widen = (SHORTEST - (to - from)).max(0) / 2;
            layers.push(Layer {
                begin: from - widen,
                end: to + widen,
            });
        };
        let mut values = [0.0; SAMPLES + 1];
        for (value, (_, weights)) in values.iter_mut().zip(&self.samples) {
            *value = product(weights, points);
        }
        let method = Collocation::get();
        let mut entered = (values[0].abs() < self.band).then_some(0.0);
        for sample in 1..=SAMPLES {
            let [earlier, later] = [sample - 1, sample].map(|k| (self.samples[k].0, values[k]));
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
                let root = |place: f64| product(&method.weights(place), points) - edge;
                let place = bracketed_root(root, (earlier.0, old), (later.0, new), 1e-9);
                match entered.take() {
                    Some(from) => push(from, place),
                    None => entered = Some(place),
                }
            }
        }
        if let Some(from) = entered {
            push(from, 1.0);
        }
        self.touches(&values, &mut push);
    }

    /// A band that is touched between two samples without a sample inside.
    fn touches(&self, values: &[f64; SAMPLES + 1], push: &mut impl FnMut(f64, f64)) {
        for middle in 1..SAMPLES {
            let [left, here, right] = [middle - 1, middle, middle + 1].map(|k| values[k]);
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

/// Value of the polynomial through the points, by their weights.
fn product(weights: &[f64; POINTS], points: &[f64; POINTS]) -> f64 {
    let products = weights.iter().zip(points).map(|(weight, x)| weight * x);
    products.sum()
}
