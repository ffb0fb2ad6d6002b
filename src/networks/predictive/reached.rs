//! What came of a relaxation, in a line.

use serde::{Deserialize, Serialize};

use super::Relaxation;
use crate::numerics::worst::worst;

/// What came of the relaxation of some samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reached {
    /// Whether every sample is at equilibrium.
    pub converged: bool,
    /// Samples that were relaxed.
    pub samples: usize,
    /// Those of them that are at equilibrium.
    pub samples_converged: usize,
    /// Largest residual.
    pub residual: f64,
    /// Evaluations of energy and gradient.
    pub evaluations: u64,
}

impl Default for Reached {
    /// Of no samples.
    fn default() -> Self {
        Self::exact(0)
    }
}

impl Reached {
    /// What a relaxation has reached.
    #[must_use]
    pub fn of(found: &Relaxation) -> Self {
        let converged = found
            .samples
            .iter()
            .filter(|sample| sample.converged)
            .count();
        Self {
            converged: converged == found.samples.len(),
            samples: found.samples.len(),
            samples_converged: converged,
            residual: found.residual(),
            evaluations: found.evaluations,
        }
    }

    /// The verdict of a closed form.
    #[must_use]
    pub fn exact(samples: usize) -> Self {
        Self {
            converged: true,
            samples,
            samples_converged: samples,
            residual: 0.0,
            evaluations: 0,
        }
    }

    /// Both together: the worst residual and the most evaluations of a batch.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            converged: self.converged && other.converged,
            samples: self.samples + other.samples,
            samples_converged: self.samples_converged + other.samples_converged,
            residual: worst([self.residual, other.residual]),
            evaluations: self.evaluations.max(other.evaluations),
        }
    }

    /// "converged, residual r, n evaluations", or how many did not.
    #[must_use]
    pub fn words(&self) -> String {
        let Self {
            samples,
            residual,
            evaluations,
            ..
        } = self;
        let verdict = if self.converged {
            "converged".to_owned()
        } else {
            let open = samples - self.samples_converged;
            format!("{open} of {samples} NOT converged")
        };
        format!("{verdict}, residual {residual:.1e}, {evaluations} evaluations")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_not_converged_is_counted() {
        let all = Reached {
            residual: 2e-9,
            evaluations: 40,
            ..Reached::exact(3)
        };
        assert_eq!(all.words(), "converged, residual 2.0e-9, 40 evaluations");
        let some = all.and(Reached {
            converged: false,
            samples: 2,
            samples_converged: 1,
            residual: 0.5,
            evaluations: 7,
        });
        assert_eq!(
            some.words(),
            "1 of 5 NOT converged, residual 5.0e-1, 40 evaluations"
        );
        assert!(!some.converged);
    }
}
