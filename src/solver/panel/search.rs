//! The passages of steep gates, which pass through their thresholds between two stages: found on the
//! polynomial itself, and from samples of it where the stages leave a doubt.

use super::collocation::{Collocation, POINTS, STAGES};
use super::passage::{Passage, nearest_pole};
use crate::numerics::root::bracketed_root;

/// Samples a component is searched at.
const SAMPLES: usize = 4 * STAGES;
/// Samples to a panel.
const RATE: f64 = SAMPLES as f64;
/// Part of its width to which a passage is found: chosen, the width itself is no better known.
const PRECISION: f64 = 0.02;

/// Steps of the secant method before a bracket is shrunk: chosen, three or four are the rule.
const SECANTS: usize = 8;

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
        let outside = |k: usize| points[k].abs() > self.band;
        if outside(0) && outside(STAGES) && goes_one_way(points) {
            // nothing but a crossing is possible, between two points
            if let Some(stage) = (0..STAGES).find(|k| differ(points[*k], points[k + 1])) {
                let method = Collocation::get();
                let ends = [stage, stage + 1].map(|k| (method.point(k), points[k]));
                let [_, bend] = beside(points, stage);
                found.push(self.crossing(points, ends, bend));
            }
            return;
        }
        let mut values = [0.0; SAMPLES + 1];
        for (weights, point) in self.weights.iter().zip(points) {
            for (value, weight) in values.iter_mut().zip(weights) {
                *value += weight * point;
            }
        }
        for sample in 1..=SAMPLES {
            let [earlier, later] = [sample - 1, sample].map(|k| (place(k), values[k]));
            if differ(earlier.1, later.1) {
                let [_, _, bend] = parabola(&values, sample.min(SAMPLES - 1));
                found.push(self.crossing(points, [earlier, later], bend));
            }
        }
        for sample in 1..SAMPLES {
            let three = &values[sample - 1..=sample + 1];
            if three.iter().all(|x| *x >= 0.0) || three.iter().all(|x| *x <= 0.0) {
                self.turn(parabola(&values, sample), sample, found);
            }
        }
    }

    /// The passage between two places at which states of different sign stand, about which the second derivative
    /// is `bend`.
    fn crossing(
        &self,
        points: &[f64; POINTS],
        [earlier, later]: [(f64, f64); 2],
        bend: f64,
    ) -> Passage {
        let method = Collocation::get();
        let sum = |weights: [f64; POINTS]| {
            let products = weights.iter().zip(points).map(|(weight, x)| weight * x);
            products.sum::<f64>()
        };
        let at = |place: f64| sum(method.weights(place));
        let passage = |place: f64, slope: f64| {
            let [_, width] = nearest_pole([0.0, slope, bend], self.level);
            Passage::at(place, width)
        };
        let (mut before, mut last) = (earlier, later);
        for _ in 0..SECANTS {
            let slope = (last.1 - before.1) / (last.0 - before.0);
            let root = last.0 - last.1 / slope;
            if last.1.abs() <= PRECISION * self.level {
                // from that of the chord, which is as steep as the state half way
                return passage(root, slope + bend * (root - 0.5 * (before.0 + last.0)));
            }
            if !(earlier.0..=later.0).contains(&root) {
                break;
            }
            (before, last) = (last, (root, at(root)));
        }
        let fast = (later.1 - earlier.1).abs() / (later.0 - earlier.0);
        let root = bracketed_root(at, earlier, later, PRECISION * self.level / fast);
        passage(root, sum(method.slope_weights(root)))
    }

    /// Appends the two poles beside a turn of the state about a sample if it comes near the threshold, or
    /// passes it there and back between two samples.
    fn turn(&self, parabola: [f64; 3], sample: usize, found: &mut Vec<Passage>) {
        let [x, slope, bend] = parabola;
        let turn = -slope / bend;
        let beyond = 0.5 * slope * turn;
        // half way to its neighbours, but at an end a little beyond it, as a turn may lie where two panels meet
        let samples = match sample {
            1 => -1.5..=0.5,
            _ if sample == SAMPLES - 1 => -0.5..=1.5,
            _ => -0.5..=0.5,
        };
        let is_here = samples.contains(&(turn * RATE)) && x * bend >= 0.0;
        if is_here && ((x + beyond).abs() < self.band || x * (x + beyond) < 0.0) {
            let [offset, width] = nearest_pole(parabola, self.level);
            if offset.is_finite() {
                let place = place(sample);
                found.push(Passage::at(place + offset, width));
                found.push(Passage::at(place + 2.0 * turn - offset, width));
            }
        }
    }
}

/// Whether the states lie on different sides of the threshold.
fn differ(one: f64, other: f64) -> bool {
    (one > 0.0) != (other > 0.0)
}

/// Whether a component only rises over a panel, or only falls, as far as its points tell and the parabolas beside both
/// ends.
fn goes_one_way(points: &[f64; POINTS]) -> bool {
    let method = Collocation::get();
    let [slope, bend] = beside(points, 0);
    let slopes = [
        slope - bend * method.point(1),
        beside(points, STAGES - 1)[0],
    ];
    let mut pairs = points.iter().zip(&points[1..]);
    match slopes {
        [first, last] if first > 0.0 && last > 0.0 => pairs.all(|(one, other)| one < other),
        [first, last] if first < 0.0 && last < 0.0 => pairs.all(|(one, other)| one > other),
        _ => false,
    }
}

/// Slope and second derivative at a stage, of the parabola through the points beside it.
fn beside(points: &[f64; POINTS], stage: usize) -> [f64; 2] {
    let first = stage.min(STAGES - 2);
    Collocation::get().parabolas[stage].map(|weights| {
        let products = weights.iter().zip(&points[first..]);
        products.map(|(weight, x)| weight * x).sum()
    })
}

/// The state at a sample with its slope and second derivative, by the samples beside it.
fn parabola(values: &[f64; SAMPLES + 1], sample: usize) -> [f64; 3] {
    let [left, here, right] = [sample - 1, sample, sample + 1].map(|k| values[k]);
    let slope = 0.5 * (right - left) * RATE;
    [here, slope, (left - 2.0 * here + right) * RATE * RATE]
}

/// Where a sample lies.
fn place(sample: usize) -> f64 {
    sample as f64 / RATE
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
            // slope 8 (0.777 - 0.111) at both
            assert!(
                (passage.width / (level / 5.328) - 1.0).abs() < 1e-4,
                "{passage:?}"
            );
        }
    }

    /// By secants from two stages, for states that go one way, bent or not; the slope counts, not a chord.
    #[test]
    fn crossings_of_what_goes_one_way_are_found_without_samples() {
        for level in [1e-3, 1e-6, 1e-9] {
            for place in [0.02, 0.3, 0.5001, 0.97] {
                for (sign, bend) in [(1.0, 0.0), (1.0, 3.0), (-1.0, 0.8)] {
                    let state = |t: f64| sign * ((t - place) + bend * (t - place).powi(3));
                    let points = points(state);
                    assert!(goes_one_way(&points));
                    let mut found = Vec::new();
                    Search::new(level, 6.0 * level).passages(&points, &mut found);
                    assert_eq!(found.len(), 1);
                    let Passage { first, width, .. } = found[0];
                    // the slope is one there
                    assert!(
                        (first - place).abs() < 0.02 * level,
                        "{level} {place} {first}"
                    );
                    assert!(
                        (width / level - 1.0).abs() < 0.05,
                        "{level} {place} {width}"
                    );
                }
            }
        }
    }

    /// Between two samples, on one, and where two panels meet; from above and from below.
    #[test]
    fn touches_are_found_wherever_they_are() {
        let level = 1e-4;
        let search = Search::new(level, 6.0 * level);
        // of the order of the root of level over half the second derivative
        let scale = (level / 5.0).sqrt();
        for place in [0.0, 0.01, 0.5, 0.51, 0.99, 1.0] {
            for (side, depth) in [(1.0, -1e-4), (1.0, 0.0), (-1.0, 0.0), (-1.0, 1e-4)] {
                let state = |t: f64| side * (depth + 5.0 * (t - place) * (t - place));
                let mut found = Vec::new();
                search.passages(&points(state), &mut found);
                let is_it = |passage: &Passage| {
                    (passage.first - place).abs() < 0.01
                        && passage.width > 0.4 * scale
                        && passage.width < 1.1 * scale
                };
                assert!(found.iter().any(is_it), "{place} {side} {depth}: {found:?}");
            }
        }
        let mut found = Vec::new();
        let away = |t: f64| 0.01 + 5.0 * (t - 0.51) * (t - 0.51);
        search.passages(&points(away), &mut found);
        assert!(found.is_empty());
    }
}
