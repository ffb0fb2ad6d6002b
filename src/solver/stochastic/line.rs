//! What lies between two steps.

use crate::solver::Piece;

/// The straight line of a step, and the part of it that was shown last.
pub(super) struct Line {
    pub first: f64,
    pub last: f64,
    pub start: (f64, Vec<f64>),
    pub end: (f64, Vec<f64>),
}

impl Line {
    /// Writes the state at a time on the line.
    pub(super) fn write(&self, time: f64, state: &mut [f64]) {
        for (component, value) in state.iter_mut().enumerate() {
            *value = self.value(component, time);
        }
    }
}

impl Piece for Line {
    fn span(&self) -> (f64, f64) {
        (self.first, self.last)
    }

    fn dimension(&self) -> usize {
        self.end.1.len()
    }

    fn value(&self, component: usize, time: f64) -> f64 {
        let (start, end) = (self.start.1[component], self.end.1[component]);
        if time >= self.end.0 {
            return end;
        }
        start + (end - start) * (time - self.start.0) / (self.end.0 - self.start.0)
    }

    fn slope(&self, component: usize, _: f64) -> f64 {
        let rise = self.end.1[component] - self.start.1[component];
        rise / (self.end.0 - self.start.0).max(f64::MIN_POSITIVE)
    }

    fn is_monotone(&self) -> bool {
        true
    }
}
