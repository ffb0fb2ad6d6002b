//! Kinds about predictive coding, and what they share: how to relax, and some numbers.

mod capacity;
mod figures;
mod generation;
pub mod images;
mod images_figures;
mod images_settings;
mod kept_memory;
pub mod memory;
pub mod minimum_norm;
pub mod toy;
mod toy_figures;
mod toy_samples;
mod toy_settings;

use nalgebra::{DMatrix, DVectorView};

use crate::experiment::RunError;
use crate::experiment::settings::{Count, Tolerance, settings};
use crate::networks::NetworkError;
use crate::networks::predictive::RelaxOptions;
use crate::numerics::matrix::{View, gram, symmetric_spectrum};

impl From<NetworkError> for RunError {
    fn from(error: NetworkError) -> Self {
        Self::numerical(error)
    }
}

settings! {
    /// Section `[relaxation]`: when a sample counts as being at equilibrium.
    pub struct RelaxationSettings {
        /// Largest Euclidean norm of `tau v'`.
        pub tolerance: Tolerance = 1e-8,
        /// Evaluations after which a sample is given up: a hundred times what shipped models need.
        pub maximum_evaluations: Count = 20_000,
    }
}

impl RelaxationSettings {
    /// The options; what has not converged is flagged, and reported as such.
    pub fn options(&self) -> RelaxOptions {
        RelaxOptions {
            tolerance: *self.tolerance,
            maximum_evaluations: *self.maximum_evaluations as u64,
            keep_unconverged: true,
            ..RelaxOptions::default()
        }
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
        let roots = squares.iter().map(|square| square.max(0.0).sqrt());
        roots.collect()
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

/// Share of labels that a classification hits; `None` where there are no labels.
pub(super) fn accuracy(found: &[usize], labels: &[usize]) -> Option<f64> {
    let right = found.iter().zip(labels).filter(|(a, b)| a == b).count();
    (!labels.is_empty()).then(|| right as f64 / labels.len() as f64)
}
