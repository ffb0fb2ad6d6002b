//! What of a drift can be told from the accelerations and the temperature.

use serde::{Deserialize, Serialize};

/// What a gyroscope feels at one time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Conditions {
    /// Acceleration along the input axis, in g.
    pub input: f64,
    /// The same along the output axis.
    pub output: f64,
    /// The same along the spin axis.
    pub spin: f64,
    /// Temperature over the reference.
    pub temperature: f64,
}

/// A platform that turns about its output axis in the field of the earth: `a_I = cos`, `a_S = sin`.
///
/// The squares of the two add up to 1, so that of `1`, `a_I^2` and `a_S^2` one must be left out of a fit.
#[must_use]
pub fn tumble(angle: f64, temperature: f64) -> Conditions {
    Conditions {
        input: libm::cos(angle),
        output: 0.0,
        spin: libm::sin(angle),
        temperature,
    }
}

/// A term of the drift, without its coefficient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftTerm {
    /// 1.
    Fixed,
    /// `a_I`.
    Input,
    /// `a_O`.
    Output,
    /// `a_S`.
    Spin,
    /// `a_I^2`.
    InputSquared,
    /// `a_S^2`.
    SpinSquared,
    /// `a_I a_S`.
    InputSpin,
    /// `a_I a_O`.
    InputOutput,
    /// `a_O a_S`.
    OutputSpin,
    /// `T - T_0`.
    Temperature,
}

impl DriftTerm {
    /// Its value under conditions.
    #[must_use]
    pub fn value(self, at: &Conditions) -> f64 {
        match self {
            Self::Fixed => 1.0,
            Self::Input => at.input,
            Self::Output => at.output,
            Self::Spin => at.spin,
            Self::InputSquared => at.input * at.input,
            Self::SpinSquared => at.spin * at.spin,
            Self::InputSpin => at.input * at.spin,
            Self::InputOutput => at.input * at.output,
            Self::OutputSpin => at.output * at.spin,
            Self::Temperature => at.temperature,
        }
    }

    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fixed => "1",
            Self::Input => "a_I",
            Self::Output => "a_O",
            Self::Spin => "a_S",
            Self::InputSquared => "a_I^2",
            Self::SpinSquared => "a_S^2",
            Self::InputSpin => "a_I a_S",
            Self::InputOutput => "a_I a_O",
            Self::OutputSpin => "a_O a_S",
            Self::Temperature => "T - T_0",
        }
    }
}
