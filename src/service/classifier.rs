//! A read-out that classifies one image after the other.

use nalgebra::DMatrix;

use crate::experiment::readout::Machine;
use crate::experiment::{LabelledImages, RunError};

/// Share of the tests that lie on the usual side of a threshold: beyond it a drawing counts as unlike any digit. Chosen;
/// one digit in a hundred is called unlike by each threshold.
pub(super) const USUAL: f64 = 0.99;

/// A read-out that was solved at once, and what its scores are for images that it has not seen.
pub struct Classifier {
    machine: Machine,
    usual_score: f64,
    usual_ink: [f64; 2],
}

impl Classifier {
    /// The classifier of a machine.
    ///
    /// # Errors
    /// If the machine does not fit its own tests.
    pub fn new(machine: Machine) -> Result<Self, RunError> {
        let scores = machine.scores(&machine.tests.images)?;
        let best: Vec<f64> = scores.row_iter().map(|row| row.max()).collect();
        let ink = machine.tests.images.column_iter();
        let ink: Vec<f64> = ink.map(|image| image.mean() / machine.ink).collect();
        let outside = 0.5 * (1.0 - USUAL);
        Ok(Self {
            usual_ink: [outside, 1.0 - outside].map(|share| quantile(ink.clone(), share)),
            usual_score: -quantile(best.into_iter().map(|score| -score).collect(), USUAL),
            machine,
        })
    }

    /// Pixels of an image.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.machine.tests.images.nrows()
    }

    /// What it was made from.
    #[must_use]
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Images that the read-out has seen.
    #[must_use]
    pub fn training(&self) -> &LabelledImages {
        &self.machine.training
    }

    /// The best score that 99 % of the tests reach.
    #[must_use]
    pub fn usual_score(&self) -> f64 {
        self.usual_score
    }

    /// The least and the most ink, as a mean grey level, between which 99 % of the tests lie.
    #[must_use]
    pub fn usual_ink(&self) -> [f64; 2] {
        self.usual_ink
    }

    /// The class of one image of grey levels from 0 to 1, and a score for every class.
    ///
    /// # Errors
    /// For another number of pixels.
    pub fn classify(&self, image: &[f64]) -> Result<(usize, Vec<f64>), RunError> {
        let levels = image.iter().map(|level| level * self.machine.ink);
        let image = DMatrix::from_iterator(image.len(), 1, levels);
        let scores: Vec<f64> = self.machine.scores(&image)?.iter().copied().collect();
        Ok((largest(&scores), scores))
    }
}

/// Place of the largest score, the first of equal ones.
pub(super) fn largest(scores: &[f64]) -> usize {
    let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    scores.iter().position(|score| *score == best).unwrap_or(0)
}

/// The value that a share of a list does not exceed.
pub(super) fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let place = (share * last as f64).ceil() as usize;
    values
        .get(place.min(last))
        .copied()
        .unwrap_or(f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_largest_scores() {
        let values: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        assert_eq!(quantile(values.clone(), 0.99), 99.0);
        assert_eq!(quantile(values, 1.0), 100.0);
        assert_eq!(quantile(vec![], 0.5), f64::INFINITY);
        assert_eq!(largest(&[-1.0, 0.5, 0.5]), 1);
        assert_eq!(largest(&[-3.0, -2.0]), 1);
    }
}
