//! Whether an observable tells when a network begins to overfit.

use serde::{Deserialize, Serialize};

use crate::analysis::{pearson, spearman};

/// How an observable goes with the test loss, look by look.
///
/// Both may grow late in training for no common reason, which makes any two levels correlate; increments
/// from one look to the next are free of such a trend. `None` where there is no correlation to speak of:
/// too few looks, or a course that is constant. Ours.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Pearson's correlation of the levels.
    pub pearson: Option<f64>,
    /// Spearman's correlation of the levels.
    pub spearman: Option<f64>,
    /// Pearson's correlation of the increments.
    pub pearson_increments: Option<f64>,
    /// Spearman's correlation of the increments.
    pub spearman_increments: Option<f64>,
}

impl Agreement {
    /// Of two courses with one number a look.
    ///
    /// # Panics
    /// If the courses differ in length.
    ///
    /// ```
    /// use pulsatrix::probes::Agreement;
    ///
    /// // two that grow together, and whose steps go against each other
    /// let found = Agreement::of(&[0.0, 2.0, 3.0, 5.0], &[0.0, 1.0, 3.0, 4.0]);
    /// assert!(found.pearson.unwrap() > 0.9);
    /// assert!((found.pearson_increments.unwrap() + 1.0).abs() < 1e-15);
    /// ```
    #[must_use]
    pub fn of(observable: &[f64], loss: &[f64]) -> Self {
        let steps = |course: &[f64]| -> Vec<f64> {
            course.windows(2).map(|pair| pair[1] - pair[0]).collect()
        };
        let (observable_steps, loss_steps) = (steps(observable), steps(loss));
        Self {
            pearson: pearson(observable, loss),
            spearman: spearman(observable, loss),
            pearson_increments: pearson(&observable_steps, &loss_steps),
            spearman_increments: spearman(&observable_steps, &loss_steps),
        }
    }
}

/// Early stopping without a validation set: the look at which an observable is least, and what the test
/// loss is there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stopping {
    /// Index of the look at which the observable is least, the first of equal ones.
    pub chosen: usize,
    /// Index of the look at which the test loss is least.
    pub best: usize,
    /// Test loss at the chosen look.
    pub loss_chosen: f64,
    /// The least test loss, which takes a test set to find.
    pub loss_best: f64,
    /// Test loss at the last look, where training without any stopping ends.
    pub loss_last: f64,
}

impl Stopping {
    /// At the minimum of an observable along a course of the test loss; `None` for empty courses, or
    /// ones with a number that is not finite.
    ///
    /// # Panics
    /// If the courses differ in length.
    ///
    /// ```
    /// use pulsatrix::probes::Stopping;
    ///
    /// let stopping = Stopping::at_minimum(&[3.0, 1.0, 2.0], &[0.9, 0.5, 0.4]).unwrap();
    /// assert_eq!((stopping.chosen, stopping.best), (1, 2));
    /// assert_eq!((stopping.loss_chosen, stopping.loss_last), (0.5, 0.4));
    /// ```
    #[must_use]
    pub fn at_minimum(observable: &[f64], loss: &[f64]) -> Option<Self> {
        assert_eq!(observable.len(), loss.len(), "one loss for every look");
        let least = |course: &[f64]| {
            let finite = course.iter().all(|value| value.is_finite());
            let numbered = course.iter().enumerate();
            let first = numbered.min_by(|a, b| a.1.total_cmp(b.1));
            first.filter(|_| finite).map(|(index, _)| index)
        };
        let (chosen, best) = (least(observable)?, least(loss)?);
        Some(Self {
            chosen,
            best,
            loss_chosen: loss[chosen],
            loss_best: loss[best],
            loss_last: loss[loss.len() - 1],
        })
    }

    /// Share of what stopping at the best look would gain over the last one that the chosen look gains:
    /// 1 is as good as a test set, 0 no stopping at all, below 0 worse than none. `None` where there is
    /// nothing to gain.
    #[must_use]
    pub fn gain(&self) -> Option<f64> {
        let possible = self.loss_last - self.loss_best;
        (possible > 0.0).then(|| (self.loss_last - self.loss_chosen) / possible)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_correlates_levels_and_not_increments() {
        // both grow; their ripples are a quarter of a period apart
        let course = |phase: f64| -> Vec<f64> {
            let ripple = |i: usize| (0.5 * std::f64::consts::PI * (i as f64 + phase)).sin();
            (0..81).map(|i| i as f64 + ripple(i)).collect()
        };
        let found = Agreement::of(&course(0.0), &course(1.0));
        assert!(found.pearson.unwrap() > 0.99 && found.spearman.unwrap() > 0.99);
        assert!(found.pearson_increments.unwrap().abs() < 1e-12);
        let constant = Agreement::of(&[1.0; 5], &[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(constant.pearson, None);
    }

    #[test]
    fn gains_are_shares_of_what_a_test_set_would_gain() {
        let loss = [1.0, 0.4, 0.6, 0.8];
        let gain = |observable: [f64; 4]| {
            Stopping::at_minimum(&observable, &loss).and_then(|stopping| stopping.gain())
        };
        assert_eq!(gain([9.0, 1.0, 9.0, 9.0]), Some(1.0));
        assert!((gain([9.0, 9.0, 1.0, 9.0]).unwrap() - 0.5).abs() < 1e-15);
        assert_eq!(gain([9.0, 9.0, 9.0, 1.0]), Some(0.0));
        assert!((gain([1.0, 9.0, 9.0, 9.0]).unwrap() + 0.5).abs() < 1e-15);
        assert!(Stopping::at_minimum(&[], &[]).is_none());
        assert!(Stopping::at_minimum(&[f64::NAN], &[1.0]).is_none());
        let falling = Stopping::at_minimum(&[1.0, 2.0], &[2.0, 1.0]).unwrap();
        assert_eq!(falling.gain(), None);
    }
}
