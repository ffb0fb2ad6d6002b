//! A trajectory at given times.

use crate::solver::Piece;

/// States at given times, collected from the pieces of a trajectory.
#[derive(Debug, Clone)]
pub struct Samples {
    times: Vec<f64>,
    dimension: usize,
    values: Vec<f64>,
}

impl Samples {
    /// Will collect states of `dimension` components at `times`, which ascend; those that lie before
    /// the first piece watched are not found.
    #[must_use]
    pub fn new(times: Vec<f64>, dimension: usize) -> Self {
        Self {
            values: Vec::with_capacity(times.len() * dimension),
            times,
            dimension,
        }
    }

    /// `count >= 2` equidistant times from `start` to `end`.
    #[must_use]
    pub fn equidistant(start: f64, end: f64, count: usize, dimension: usize) -> Self {
        let last = count.saturating_sub(1).max(1) as f64;
        let times = (0..count)
            .map(|n| start + (end - start) * (n as f64 / last))
            .collect();
        Self::new(times, dimension)
    }

    /// All times, collected at or not.
    #[must_use]
    pub fn awaited(&self) -> &[f64] {
        &self.times
    }

    /// Takes in the next piece of the trajectory.
    pub fn watch(&mut self, piece: &dyn Piece) {
        let (_, end) = piece.span();
        while let Some(&time) = self.times.get(self.len())
            && time <= end
        {
            for component in 0..self.dimension {
                self.values.push(piece.value(component, time));
            }
        }
    }

    /// Number of states collected so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() / self.dimension.max(1)
    }

    /// Whether nothing has been collected yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The times at which states have been collected.
    #[must_use]
    pub fn times(&self) -> &[f64] {
        &self.times[..self.len()]
    }

    /// The states, one after the other: `values()[n * dimension + component]`.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The course of one component.
    #[must_use]
    pub fn component(&self, component: usize) -> Vec<f64> {
        self.values
            .iter()
            .skip(component)
            .step_by(self.dimension.max(1))
            .copied()
            .collect()
    }
}
