//! One step of an equation with noise.

use serde::{Deserialize, Serialize};

use super::Noise;

/// How a step is taken. Orders are strong ones: of the mean distance to the solution on the same path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StochasticMethod {
    /// `y + f h + g dW`, G. Maruyama 1955: order 1/2, and 1 for additive noise. Takes any noise and any lags.
    EulerMaruyama,
    /// Milstein's method 1974 in the form without derivatives, E. Platen's (P. E. Kloeden and E. Platen, "Numerical
    /// solution of stochastic differential equations", Springer 1992, 11.1.3): order 1. Takes diagonal noise.
    Milstein,
    /// The two-stage Runge-Kutta method SRA1 of A. Roessler, SIAM J. Numer. Anal. 48(3), 922-952 (2010),
    /// doi:10.1137/09076636X: order 3/2. Takes additive noise.
    AdditiveRungeKutta,
}

impl StochasticMethod {
    /// Its name in model files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EulerMaruyama => "euler-maruyama",
            Self::Milstein => "milstein",
            Self::AdditiveRungeKutta => "additive-runge-kutta",
        }
    }

    /// The method of the highest order that a noise takes.
    #[must_use]
    pub fn of(noise: Noise) -> Self {
        match noise {
            Noise::Additive => Self::AdditiveRungeKutta,
            Noise::Diagonal => Self::Milstein,
            Noise::General(_) => Self::EulerMaruyama,
        }
    }

    /// Whether a noise has the form that the method needs.
    #[must_use]
    pub fn takes(self, noise: Noise) -> bool {
        match self {
            Self::EulerMaruyama => true,
            Self::Milstein => !matches!(noise, Noise::General(_)),
            Self::AdditiveRungeKutta => noise == Noise::Additive,
        }
    }
}

/// Where in a step the second stage of [`StochasticMethod::AdditiveRungeKutta`] lies.
pub(super) const SECOND_STAGE: f64 = 0.75;
