//! Values and errors of a batch.

use nalgebra::DMatrix;
use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::PredictiveNetwork;
use crate::networks::NetworkError;
use crate::numerics::random::stream;

/// Values `v_l` and errors `e_l` of every layer, class first; a column is a sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// `v_l`, `n_l x B`.
    pub values: Vec<DMatrix<f64>>,
    /// `e_l`, `n_l x B`.
    pub errors: Vec<DMatrix<f64>>,
}

impl State {
    /// All zero.
    #[must_use]
    pub fn zero(network: &PredictiveNetwork, samples: usize) -> Self {
        let zeros: Vec<_> = network
            .sizes()
            .iter()
            .map(|n| DMatrix::zeros(*n, samples))
            .collect();
        Self {
            values: zeros.clone(),
            errors: zeros,
        }
    }

    /// Values drawn from `N(0, scale^2)`, one stream for every layer; errors zero.
    #[must_use]
    pub fn random(network: &PredictiveNetwork, samples: usize, scale: f64, seed: u64) -> Self {
        let mut state = Self::zero(network, samples);
        for (layer, values) in state.values.iter_mut().enumerate() {
            let mut random = stream(seed, "predictive state", layer as u64);
            for value in values.iter_mut() {
                *value = scale * random.sample::<f64, _>(StandardNormal);
            }
        }
        state
    }

    /// The forward pass from a batch of images; errors zero, as they are there.
    ///
    /// # Errors
    /// [`NetworkError::MatrixShape`] if the images do not fit.
    pub fn forward(
        network: &PredictiveNetwork,
        image: &DMatrix<f64>,
    ) -> Result<Self, NetworkError> {
        Ok(Self {
            values: network.forward(image)?,
            ..Self::zero(network, image.ncols())
        })
    }

    /// The same state with other class values (`n_0 x B`), as a clamp holds them.
    ///
    /// # Errors
    /// [`NetworkError::MatrixShape`] if they do not fit.
    pub fn with_class(mut self, class: &DMatrix<f64>) -> Result<Self, NetworkError> {
        let Some(values) = self.values.first_mut() else {
            return Err(NetworkError::Empty);
        };
        super::network::check_shape("class", 0, class, values.shape())?;
        values.copy_from(class);
        Ok(self)
    }

    /// Number of samples.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.values.first().map_or(0, DMatrix::ncols)
    }

    /// `self += step * other`.
    pub fn add(&mut self, step: f64, other: &Self) {
        let pairs = self.values.iter_mut().zip(&other.values);
        for (x, y) in pairs.chain(self.errors.iter_mut().zip(&other.errors)) {
            for (x, y) in x.as_mut_slice().iter_mut().zip(y.as_slice()) {
                *x += step * y;
            }
        }
    }
}

/// One-hot columns for a list of classes.
///
/// # Errors
/// [`NetworkError::OutOfRange`] for a label that is not below `classes`.
///
/// ```
/// use pulsatrix::networks::predictive::one_hot;
///
/// let class = one_hot(&[2, 0], 3)?;
/// assert_eq!(class.as_slice(), [0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
/// # Ok::<(), pulsatrix::networks::NetworkError>(())
/// ```
pub fn one_hot(labels: &[usize], classes: usize) -> Result<DMatrix<f64>, NetworkError> {
    let mut class = DMatrix::zeros(classes, labels.len());
    for (sample, &label) in labels.iter().enumerate() {
        if label >= classes {
            return Err(NetworkError::OutOfRange {
                name: "label",
                value: label as f64,
                requirement: "a label is below the number of classes",
            });
        }
        class[(label, sample)] = 1.0;
    }
    Ok(class)
}
