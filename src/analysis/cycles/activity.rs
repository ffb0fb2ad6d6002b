//! Impulses and maxima of every neuron, collected from the pieces of a trajectory.

use serde::{Deserialize, Serialize};

use crate::numerics::root::bracketed_root;
use crate::solver::Piece;

/// One impulse: the stretch over which a neuron is above the threshold `x = 0` (`u = 1`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Impulse {
    /// Time of the upward crossing.
    pub onset: f64,
    /// Time of the downward crossing.
    pub offset: f64,
}

/// What the neurons have done so far.
///
/// Feed it every piece of a trajectory in order. It keeps the complete impulses and the local
/// maxima of each neuron, not the trajectory.
#[derive(Debug, Clone)]
pub struct Activity {
    time: f64,
    impulses: Vec<Vec<Impulse>>,
    maxima: Vec<Vec<(f64, f64)>>,
    /// Onset of the impulse under way; NaN where it was under way from the start.
    open: Vec<Option<f64>>,
    rising: Vec<bool>,
}

impl Activity {
    /// Starts at `time` from `state`.
    ///
    /// An impulse already under way has no onset: it is not counted, but its end is awaited.
    #[must_use]
    pub fn new(time: f64, state: &[f64]) -> Self {
        let open = state
            .iter()
            .map(|x| (*x > 0.0).then_some(f64::NAN))
            .collect();
        let neurons = state.len();
        Self {
            time,
            impulses: vec![Vec::new(); neurons],
            maxima: vec![Vec::new(); neurons],
            open,
            rising: vec![false; neurons],
        }
    }

    /// Number of neurons watched.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.impulses.len()
    }

    /// Time watched so far.
    #[must_use]
    pub fn time(&self) -> f64 {
        self.time
    }

    /// Complete impulses of a neuron, in order.
    #[must_use]
    pub fn impulses(&self, neuron: usize) -> &[Impulse] {
        &self.impulses[neuron]
    }

    /// Local maxima `(time, value)` of a neuron, in order.
    #[must_use]
    pub fn maxima(&self, neuron: usize) -> &[(f64, f64)] {
        &self.maxima[neuron]
    }

    /// Largest local maximum of a neuron in `(from, to]`.
    #[must_use]
    pub fn maximum(&self, neuron: usize, from: f64, to: f64) -> Option<f64> {
        let first = self.maxima[neuron].partition_point(|(time, _)| *time <= from);
        let inside = self.maxima[neuron][first..]
            .iter()
            .take_while(|(time, _)| *time <= to);
        inside.map(|(_, value)| *value).reduce(f64::max)
    }

    /// Takes in the next piece of the trajectory.
    ///
    /// Cost: two evaluations per neuron and stretch, and a root where one crosses the threshold or turns.
    pub fn watch(&mut self, piece: &dyn Piece) {
        let (start, end) = piece.span();
        self.time = end;
        if end <= start {
            return;
        }
        let stretches = piece.stretches();
        for stretch in 0..stretches {
            let at = |part: u32| {
                if part == stretches {
                    end
                } else {
                    start + (end - start) * f64::from(part) / f64::from(stretches)
                }
            };
            self.watch_stretch(piece, at(stretch), at(stretch + 1));
        }
    }

    /// The same for a stretch of it in which a neuron turns once at most.
    fn watch_stretch(&mut self, piece: &dyn Piece, start: f64, end: f64) {
        for neuron in 0..self.impulses.len() {
            let (before, after) = (piece.value(neuron, start), piece.value(neuron, end));
            if piece.is_monotone() {
                self.turn(neuron, after > before, start, before);
                self.cross(piece, neuron, (start, before), (end, after));
                continue;
            }
            let (first, last) = (piece.slope(neuron, start), piece.slope(neuron, end));
            self.turn(neuron, first > 0.0, start, before);
            if first > 0.0 && last <= 0.0 {
                let top = bracketed_root(
                    |time| piece.slope(neuron, time),
                    (start, first),
                    (end, last),
                    0.0,
                );
                let value = piece.value(neuron, top);
                self.cross(piece, neuron, (start, before), (top, value));
                self.cross(piece, neuron, (top, value), (end, after));
                self.maxima[neuron].push((top, value));
                self.rising[neuron] = false;
            } else {
                self.cross(piece, neuron, (start, before), (end, after));
                self.rising[neuron] = last > 0.0;
            }
        }
    }

    /// Notes a maximum where a neuron stops rising between two pieces.
    fn turn(&mut self, neuron: usize, rising: bool, time: f64, value: f64) {
        if self.rising[neuron] && !rising {
            self.maxima[neuron].push((time, value));
        }
        self.rising[neuron] = rising;
    }

    /// Notes a crossing of the threshold on a stretch where the neuron is monotone.
    fn cross(&mut self, piece: &dyn Piece, neuron: usize, from: (f64, f64), to: (f64, f64)) {
        let above = to.1 > 0.0;
        if above == self.open[neuron].is_some() {
            return;
        }
        let brackets = (from.1 > 0.0) != above;
        let time = if brackets {
            bracketed_root(|time| piece.value(neuron, time), from, to, 0.0)
        } else {
            from.0
        };
        match self.open[neuron].take() {
            None => self.open[neuron] = Some(time),
            Some(onset) if onset.is_nan() => {}
            Some(onset) => self.impulses[neuron].push(Impulse {
                onset,
                offset: time,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `sin(t)`, cut into pieces of a given length.
    struct Sine(f64, f64);

    impl Piece for Sine {
        fn span(&self) -> (f64, f64) {
            (self.0, self.1)
        }
        fn dimension(&self) -> usize {
            1
        }
        fn value(&self, _: usize, time: f64) -> f64 {
            time.sin()
        }
        fn slope(&self, _: usize, time: f64) -> f64 {
            time.cos()
        }
    }

    #[test]
    fn impulses_and_maxima_of_a_sine() {
        use std::f64::consts::PI;
        for length in [0.1, 0.7, 3.0] {
            let mut activity = Activity::new(-0.5, &[(-0.5f64).sin()]);
            let mut time = -0.5;
            while time < 20.0 {
                activity.watch(&Sine(time, time + length));
                time += length;
            }
            let impulses = activity.impulses(0);
            assert!(impulses.len() >= 3);
            for (n, impulse) in impulses.iter().enumerate() {
                let start = 2.0 * PI * n as f64;
                assert!((impulse.onset - start).abs() < 1e-14 * (1.0 + start));
                assert!((impulse.offset - start - PI).abs() < 1e-14 * (1.0 + start + PI));
            }
            for (n, (time, value)) in activity.maxima(0).iter().enumerate() {
                assert!((time - PI * (0.5 + 2.0 * n as f64)).abs() < 1e-13);
                assert!((value - 1.0).abs() < 1e-15);
            }
            assert_eq!(activity.maximum(0, 0.0, 2.0), Some(1.0));
            assert_eq!(activity.maximum(0, 2.0, 4.0), None);
        }
    }
}
