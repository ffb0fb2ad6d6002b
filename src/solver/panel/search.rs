//! The passages of steep gates, which pass through their thresholds between two stages: found on the
//! polynomial itself.

use super::collocation::{Collocation, POINTS, STAGES};
use super::passage::{Passage, nearest_pole};
use crate::numerics::root::bracketed_root;

/// Samples a component is searched at.
const SAMPLES: usize = 4 * STAGES;
/// Samples to a panel.
const RATE: f64 = SAMPLES as f64;
/// Part of its width to which a passage is found: chosen, the width itself is no better known.
const PRECISION: f64 = 0.02;

/// Searches components of panels.
#[derive(Debug, Clone)]
pub(super) struct Search {
    /// The state of the poles, `pi` over the steepness.
    level: f64,
    /// State beyond which a gate stands.
    band: f64,
    /// The weights of each point in all samples.
    weights: [[f64; SAMPLES + 1]; POINTS],
}

impl Search {
    pub(super) fn new(level: f64, band: f64) -> Self {
        let mut weights = [[0.0; SAMPLES + 1]; POINTS];
        for sample in 0..=SAMPLES {
            let of_points = Collocation::get().weights(place(sample));
            for (row, weight) in weights.iter_mut().zip(of_points) {
                row[sample] = weight;
            }
        }
        Self {
            level,
            band,
            weights,
        }
    }

    /// Whether a component passes through a range of more than `range` over the panel, and comes near
    /// its threshold.
    pub(super) fn concerns(&self, points: &[f64; POINTS], range: f64) -> bool {
        let (mut low, mut high, mut nearest) = (f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY);
        for x in *points {
            (low, high, nearest) = (low.min(x), high.max(x), nearest.min(x.abs()));
        }
        high - low > range && nearest < self.band + 0.5 * (high - low)
    }

    /// Appends the passages of a component with these values at the points of a panel.
    pub(super) fn passages(&self, points: &[f64; POINTS], found: &mut Vec<Passage>) {
        let method = Collocation::get();
        let mut values = [0.0; SAMPLES + 1];
        for (weights, point) in self.weights.iter().zip(points) {
            for (value, weight) in values.iter_mut().zip(weights) {
                *value += weight * point;
            }
        }
        for sample in 1..=SAMPLES {
            let [earlier, later] = [sample - 1, sample].map(|k| (place(k), values[k]));
            // three samples, the later in the middle where there is one on either side
            let first = (sample - 1).min(SAMPLES - 2);
            let three = [values[first], values[first + 1], values[first + 2]];
            let bend = (three[0] - 2.0 * three[1] + three[2]) * RATE * RATE;
            if (earlier.1 > 0.0) != (later.1 > 0.0) {
                let value = |place: f64| {
                    let weights = method.weights(place);
                    weights
                        .iter()
                        .zip(points)
                        .map(|(weight, x)| weight * x)
                        .sum()
                };
                let slope = (later.1 - earlier.1) * RATE;
                let [_, width] = nearest_pole([0.0, slope, bend], self.level);
                let place = bracketed_root(value, earlier, later, PRECISION * width);
                found.push(Passage::at(place, width));
            } else if sample < SAMPLES && turns(&three) {
                let slope = 0.5 * (three[2] - three[0]) * RATE;
                self.turn([later.1, slope, bend], later.0, found);
            }
        }
    }

    /// Appends the two poles beside a turn of the state about `place` if it comes near the threshold, or
    /// passes it there and back between two samples.
    fn turn(&self, parabola: [f64; 3], place: f64, found: &mut Vec<Passage>) {
        let [x, slope, bend] = parabola;
        let turn = -slope / bend;
        let beyond = 0.5 * slope * turn;
        if (x + beyond).abs() < self.band || x * (x + beyond) < 0.0 {
            let [offset, width] = nearest_pole(parabola, self.level);
            if offset.is_finite() {
                found.push(Passage::at(place + offset, width));
                found.push(Passage::at(place + 2.0 * turn - offset, width));
            }
        }
    }
}

/// Where a sample lies.
fn place(sample: usize) -> f64 {
    sample as f64 / RATE
}

/// Whether the second of three values is nearest to zero, and none lies on the other side of it.
fn turns(values: &[f64; 3]) -> bool {
    let [left, here, right] = values.map(|value| value * values[1].signum());
    here <= left && here <= right && here >= 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(state: impl Fn(f64) -> f64) -> [f64; POINTS] {
        let mut points = [state(0.0); POINTS];
        for (point, node) in points[1..].iter_mut().zip(Collocation::get().nodes) {
            *point = state(node);
        }
        points
    }

    #[test]
    fn crossings_are_found_where_they_are() {
        let level = 1e-5;
        let state = |t: f64| 8.0 * (t - 0.111) * (t - 0.777);
        let mut found = Vec::new();
        Search::new(level, 6.0 * level).passages(&points(state), &mut found);
        assert_eq!(found.len(), 2);
        for (passage, place) in found.iter().zip([0.111, 0.777]) {
            assert!(
                (passage.first - place).abs() < 0.02 * passage.width,
                "{passage:?}"
            );
            // slope 8 (0.777 - 0.111) at both, as good as between two samples
            assert!(
                (passage.width / (level / 5.328) - 1.0).abs() < 0.05,
                "{passage:?}"
            );
        }
    }

    #[test]
    fn a_touch_between_two_samples_is_found() {
        let level = 1e-4;
        let search = Search::new(level, 6.0 * level);
        for depth in [-1e-4, 1e-4] {
            let state = |t: f64| depth + 5.0 * (t - 0.51) * (t - 0.51);
            let mut found = Vec::new();
            search.passages(&points(state), &mut found);
            assert_eq!(found.len(), 2, "{depth}");
            for passage in &found {
                assert!((passage.first - 0.51).abs() < 0.01, "{passage:?}");
                // of the order of the root of level over half the second derivative
                let scale = (level / 5.0).sqrt();
                assert!(passage.width > 0.4 * scale && passage.width < 1.1 * scale);
            }
        }
        let mut found = Vec::new();
        search.passages(
            &points(|t| 0.01 + 5.0 * (t - 0.51) * (t - 0.51)),
            &mut found,
        );
        assert!(found.is_empty());
    }
}
