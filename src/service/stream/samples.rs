//! The curves of a run, sampled.

use super::StreamSlice;
use crate::solver::Piece;

/// Distance of the samples of a curve in time: twenty a delay, forty an impulse. Chosen.
pub(super) const SPACING: f64 = 0.05;

/// Points of the curves since the last slice.
pub(super) struct Samples {
    next: u64,
    t: Vec<f64>,
    x: Vec<Vec<f64>>,
    state: Vec<f64>,
}

impl Samples {
    pub fn new(state: &[f64]) -> Self {
        Self {
            next: 1,
            t: vec![0.0],
            x: state.iter().map(|x| vec![*x]).collect(),
            state: state.to_vec(),
        }
    }

    pub fn take(&mut self, piece: &dyn Piece) {
        let (_, end) = piece.span();
        while self.next as f64 * SPACING <= end {
            let time = self.next as f64 * SPACING;
            piece.state(time, &mut self.state);
            self.t.push((time * 1e4).round() / 1e4);
            for (curve, x) in self.x.iter_mut().zip(&self.state) {
                curve.push((x * 1e4).round() / 1e4);
            }
            self.next += 1;
        }
    }

    /// What has come since the last one; none if that is nothing.
    pub fn slice(&mut self) -> Option<StreamSlice> {
        let fresh = || vec![Vec::new(); self.x.len()];
        let empty = fresh();
        let slice = StreamSlice {
            t: std::mem::take(&mut self.t),
            x: std::mem::replace(&mut self.x, empty),
        };
        (!slice.t.is_empty()).then_some(slice)
    }
}
