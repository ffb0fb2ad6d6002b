//! The methods of the general engine: their coefficients, and what the engine must know of them.

use serde::{Deserialize, Serialize};

pub(super) mod dormand_prince;
pub(super) mod radau;
pub(super) mod tsitouras;

#[cfg(test)]
mod trees;

/// Method of the general engine. Each has an interpolant that keeps its order on delay equations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Explicit, order 5, interpolant of order 4, seven evaluations a step: for most equations.
    #[default]
    Tsit5,
    /// Explicit, order 8, interpolant of order 7, seventeen evaluations a step: for smooth equations
    /// below tolerances of about 1e-8.
    Dop853,
    /// Implicit, order 5, interpolant of order 4: for stiff equations, also those that are stiff in
    /// a delayed state. Jacobians are taken by differences; a step factors a matrix of three times
    /// the dimension.
    Radau5,
}

impl Method {
    /// Order of the values at mesh times: breaks of higher derivatives need no mesh point.
    pub(super) fn order(self) -> u32 {
        match self {
            Self::Tsit5 | Self::Radau5 => 5,
            Self::Dop853 => 8,
        }
    }

    /// Power of the step that the error estimate goes with.
    pub(super) fn error_order(self) -> u32 {
        match self {
            Self::Tsit5 => 5,
            Self::Dop853 => 8,
            Self::Radau5 => 4,
        }
    }

    /// Product of step and eigenvalue near which stability sets the step; of the implicit method
    /// there is none.
    pub(super) fn nearly_unstable(self) -> f64 {
        match self {
            Self::Tsit5 => 2.5,
            Self::Dop853 => 5.0,
            Self::Radau5 => f64::INFINITY,
        }
    }

    /// Rows of derivatives that a step holds; the first is that at its start.
    pub(super) fn rows(self) -> usize {
        match self {
            Self::Tsit5 => tsitouras::STAGES,
            Self::Dop853 => dormand_prince::STAGES,
            Self::Radau5 => 1 + radau::STAGES,
        }
    }

    /// The row that holds the derivative at the end of a step.
    pub(super) fn last_row(self) -> usize {
        match self {
            Self::Tsit5 => tsitouras::STAGES - 1,
            Self::Dop853 => dormand_prince::SOLUTION,
            Self::Radau5 => radau::STAGES,
        }
    }

    /// Time of a row, in units of the step.
    pub(super) fn row_time(self, row: usize) -> f64 {
        match self {
            Self::Tsit5 => tsitouras::C[row],
            Self::Dop853 => dormand_prince::C[row],
            Self::Radau5 => row.checked_sub(1).map_or(0.0, |stage| radau::C[stage]),
        }
    }

    /// Coefficients of an interpolant, from the constant upwards.
    pub(super) fn terms(self) -> usize {
        match self {
            Self::Tsit5 => tsitouras::TERMS,
            Self::Dop853 => dormand_prince::TERMS,
            Self::Radau5 => radau::TERMS,
        }
    }
}
