//! Kinds about predictive coding, and what they share: how to relax, and how to say what came of it.

mod capacity;
mod figures;
mod generation;
pub(super) mod images;
mod images_figures;
mod images_settings;
pub(super) mod memory;
pub(super) mod minimum_norm;
pub(super) mod toy;
mod toy_figures;
mod toy_settings;

use nalgebra::{DMatrix, DVectorView};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use serde_spanned::Spanned;

use crate::experiment::rules::{at_least, between, unwritten};
use crate::experiment::{Diagnostic, RunError};
use crate::networks::NetworkError;
use crate::networks::predictive::{RelaxOptions, Relaxation};
use crate::numerics::matrix::{View, gram, symmetric_spectrum};

impl From<NetworkError> for RunError {
    fn from(error: NetworkError) -> Self {
        Self::numerical(error)
    }
}

/// Section `[relaxation]`: when a sample counts as being at equilibrium.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RelaxationSettings {
    /// Largest Euclidean norm of `tau v'`.
    tolerance: Spanned<f64>,
    /// Evaluations after which a sample is given up.
    maximum_evaluations: Spanned<usize>,
}

impl Default for RelaxationSettings {
    fn default() -> Self {
        Self {
            tolerance: unwritten(1e-8),
            maximum_evaluations: unwritten(20_000),
        }
    }
}

impl RelaxationSettings {
    /// The options; what has not converged is flagged, and reported as such.
    pub fn options(&self) -> Result<RelaxOptions, Diagnostic> {
        between("tolerance", &self.tolerance, 1e-14, 1.0)?;
        at_least("maximum_evaluations", &self.maximum_evaluations, 1)?;
        Ok(RelaxOptions {
            tolerance: *self.tolerance.get_ref(),
            maximum_evaluations: *self.maximum_evaluations.get_ref() as u64,
            keep_unconverged: true,
            ..RelaxOptions::default()
        })
    }
}

/// What came of the relaxation of some samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Reached {
    pub samples: usize,
    pub converged: usize,
    pub residual: f64,
    pub evaluations: u64,
}

impl Reached {
    pub fn of(found: &Relaxation) -> Self {
        Self {
            samples: found.samples.len(),
            converged: found.samples.iter().filter(|s| s.converged).count(),
            residual: found.residual(),
            evaluations: found.evaluations,
        }
    }

    /// Both together: the worst residual and the most evaluations of a batch.
    pub fn and(self, other: Self) -> Self {
        Self {
            samples: self.samples + other.samples,
            converged: self.converged + other.converged,
            residual: self.residual.max(other.residual),
            evaluations: self.evaluations.max(other.evaluations),
        }
    }

    /// "converged, residual r, n evaluations", or how many did not.
    pub fn words(&self) -> String {
        let Self {
            samples,
            converged,
            residual,
            evaluations,
        } = self;
        let verdict = if converged == samples {
            "converged".to_owned()
        } else {
            format!("{} of {samples} NOT converged", samples - converged)
        };
        format!("{verdict}, residual {residual:.1e}, {evaluations} evaluations")
    }

    pub fn report(&self) -> Value {
        json!({
            "converged": self.converged == self.samples,
            "samples": self.samples,
            "samples_converged": self.converged,
            "residual": self.residual,
            "evaluations": self.evaluations,
        })
    }
}

/// Rows and columns above which singular values come from the Gram matrix: many times faster, but
/// those below about `1e-8` of the largest are rounding.
const LARGE: usize = 200;

/// Singular values, largest first.
pub(super) fn singular_values(matrix: &DMatrix<f64>) -> Result<Vec<f64>, RunError> {
    let mut values = if matrix.nrows().min(matrix.ncols()) > LARGE {
        let view = View::from(matrix);
        let tall = matrix.nrows() > matrix.ncols();
        let spectrum = symmetric_spectrum(&gram(1.0, if tall { view.transposed() } else { view }));
        let squares = spectrum.map_err(RunError::numerical)?.values;
        squares
            .iter()
            .map(|square| square.max(0.0).sqrt())
            .collect()
    } else {
        matrix.singular_values().as_slice().to_vec()
    };
    values.sort_by(|a, b| b.total_cmp(a));
    Ok(values)
}

/// Cosine of the angle between two vectors, 0 if one of them vanishes.
pub(super) fn cosine(a: DVectorView<'_, f64>, b: DVectorView<'_, f64>) -> f64 {
    let lengths = a.norm() * b.norm();
    if lengths == 0.0 {
        0.0
    } else {
        a.dot(&b) / lengths
    }
}

/// Share of labels that a classification hits.
pub(super) fn accuracy(found: &[usize], labels: &[usize]) -> f64 {
    let right = found.iter().zip(labels).filter(|(a, b)| a == b).count();
    right as f64 / labels.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_not_converged_is_counted() {
        let all = Reached {
            samples: 3,
            converged: 3,
            residual: 2e-9,
            evaluations: 40,
        };
        assert_eq!(all.words(), "converged, residual 2.0e-9, 40 evaluations");
        let some = all.and(Reached {
            samples: 2,
            converged: 1,
            residual: 0.5,
            evaluations: 7,
        });
        assert_eq!(
            some.words(),
            "1 of 5 NOT converged, residual 5.0e-1, 40 evaluations"
        );
        assert_eq!(some.report()["converged"], false);
    }
}
