//! What a read-out has learnt of every mode.

use serde::{Deserialize, Serialize};

/// The share of the targets that a mode of the features with singular value `s` has learnt.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpectralFilter {
    /// Gradient flow of the read-out alone on `1/2 |H B - T|^2`, from 0 to a time: `1 - e^(-t s^2)`;
    /// `f64::INFINITY` is a time.
    Flow {
        /// The time.
        time: f64,
    },
    /// Ridge regression: `s^2 / (s^2 + ridge)`.
    Ridge {
        /// Penalty of the squared weights; at 0 the pseudo-inverse.
        ridge: f64,
    },
    /// All of it: the solution of least norm.
    PseudoInverse,
}

impl SpectralFilter {
    /// The share that is learnt at the eigenvalue `s^2` above 0 of `H H^T`.
    ///
    /// ```
    /// use pulsatrix::training::readout::SpectralFilter;
    ///
    /// assert_eq!(SpectralFilter::Ridge { ridge: 1.0 }.learnt(3.0), 0.75);
    /// assert_eq!(SpectralFilter::PseudoInverse.learnt(1e-9), 1.0);
    /// ```
    #[must_use]
    pub fn learnt(self, square: f64) -> f64 {
        match self {
            Self::Flow { time } => -(-time * square).exp_m1(),
            Self::Ridge { ridge } => square / (square + ridge),
            Self::PseudoInverse => 1.0,
        }
    }

    /// The share that is left, `1 - learnt`, without cancellation.
    #[must_use]
    pub fn left(self, square: f64) -> f64 {
        match self {
            Self::Flow { time } => (-time * square).exp(),
            Self::Ridge { ridge } => ridge / (square + ridge),
            Self::PseudoInverse => 0.0,
        }
    }

    /// The penalty of the squared weights; 0 where there is none.
    #[must_use]
    pub fn ridge(self) -> f64 {
        match self {
            Self::Ridge { ridge } => ridge,
            Self::Flow { .. } | Self::PseudoInverse => 0.0,
        }
    }
}
