//! Relay equations in which a component is heard by few others.

use std::borrow::Cow;

use super::mean_field::check_lags;
use super::unit::RelayUnit;
use super::{Positive, RelayField};
use crate::solver::SolverError;

/// The relay equation of components with weighted connections:
///
/// ```text
/// x_j' = drive_j + strength_j (level_j - x_j) S_j,    S_j = sum of w_ji over i with x_i(t - lag_1) > 0
/// ```
///
/// with the drive of the [`RelayUnit`] of `j`, set by the sign of `x_j(t - lag_0)`.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseRelay {
    units: Vec<RelayUnit>,
    /// Where the listeners of each component start in `listeners`; one entry more than components.
    starts: Vec<usize>,
    listeners: Vec<(u32, f64)>,
    lags: [f64; 2],
}

impl SparseRelay {
    /// The equation with one unit a component and the connections `(j, i, w_ji)`: `j` hears `i` with
    /// that weight. Connections given twice add up.
    ///
    /// # Errors
    /// [`SolverError::InvalidArgument`] for a lag that is negative or not finite, a parameter or a
    /// weight that is not finite, and a connection of a component that does not exist.
    pub fn new(
        units: Vec<RelayUnit>,
        connections: impl IntoIterator<Item = (usize, usize, f64)>,
        lags: [f64; 2],
    ) -> Result<Self, SolverError> {
        check_lags(&lags)?;
        let refuse = |name, value, requirement| {
            Err(SolverError::InvalidArgument {
                name,
                value,
                requirement,
            })
        };
        if let Some(unit) = units.iter().find(|unit| !unit.is_finite()) {
            let value = unit.drive[0] + unit.drive[1] + unit.strength + unit.level;
            return refuse("relay unit", value, "every parameter is finite");
        }
        let mut sorted: Vec<(u32, u32, f64)> = Vec::new();
        for (listener, source, weight) in connections {
            let last = listener.max(source);
            if last >= units.len() || last >= u32::MAX as usize {
                return refuse("component", last as f64, "both ends of a connection exist");
            }
            if !weight.is_finite() {
                return refuse("weight", weight, "every weight is finite");
            }
            if weight != 0.0 {
                sorted.push((source as u32, listener as u32, weight));
            }
        }
        sorted.sort_by_key(|(source, listener, _)| (*source, *listener));
        let mut starts = vec![0; units.len() + 1];
        for (source, _, _) in &sorted {
            starts[*source as usize + 1] += 1;
        }
        for source in 0..units.len() {
            starts[source + 1] += starts[source];
        }
        let listeners = sorted
            .into_iter()
            .map(|(_, listener, weight)| (listener, weight))
            .collect();
        Ok(Self {
            units,
            starts,
            listeners,
            lags,
        })
    }

    /// The parameters of each component.
    #[must_use]
    pub fn units(&self) -> &[RelayUnit] {
        &self.units
    }

    /// Who hears a component, and with which weight.
    #[inline]
    #[must_use]
    pub fn listeners(&self, source: usize) -> &[(u32, f64)] {
        &self.listeners[self.starts[source]..self.starts[source + 1]]
    }

    /// Number of connections.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.listeners.len()
    }

    pub(super) fn delays(&self) -> [f64; 2] {
        self.lags
    }
}

impl From<SparseRelay> for Cow<'_, SparseRelay> {
    fn from(field: SparseRelay) -> Self {
        Self::Owned(field)
    }
}

impl<'f> From<&'f SparseRelay> for Cow<'f, SparseRelay> {
    fn from(field: &'f SparseRelay) -> Self {
        Self::Borrowed(field)
    }
}

impl RelayField for SparseRelay {
    fn dimension(&self) -> usize {
        self.units.len()
    }

    fn lags(&self) -> &[f64] {
        &self.lags
    }

    fn coefficients(&self, positive: Positive<'_>, constant: &mut [f64], rate: &mut [f64]) {
        rate.fill(0.0);
        for (source, _) in positive.at(1).iter().enumerate().filter(|(_, on)| **on) {
            for (listener, weight) in self.listeners(source) {
                rate[*listener as usize] += weight;
            }
        }
        for (j, unit) in self.units.iter().enumerate() {
            rate[j] *= unit.strength;
            constant[j] = unit.drive[usize::from(positive.at(0)[j])] + rate[j] * unit.level;
        }
    }
}
