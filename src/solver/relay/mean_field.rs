//! Relay equations in which all components hear one common sum.

use std::collections::BTreeMap;

use super::unit::RelayUnit;
use super::{LEAST_LAG, Positive, RelayField};
use crate::solver::SolverError;

/// The relay equation of groups of equal components, all coupled to all:
///
/// ```text
/// x_j' = drive_j + strength_j (level_j - x_j) S_j,    S_j = number of i != j with x_i(t - lag_1) > 0
/// ```
///
/// with the drive of the [`RelayUnit`] of `j`, set by the sign of `x_j(t - lag_0)`. With a self-term
/// `S_j` counts `j` too.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanField {
    groups: Vec<RelayUnit>,
    group_of: Vec<u32>,
    lags: [f64; 2],
    self_term: bool,
}

impl MeanField {
    /// The equation of `group_of.len()` components; component `j` has the parameters
    /// `groups[group_of[j]]`.
    ///
    /// # Errors
    /// [`SolverError::InvalidArgument`] for a lag that is negative or not finite, a parameter that is
    /// not finite, a strength below zero (use [`RelaySolver`](super::RelaySolver)), a group that does
    /// not exist, or more than `2^32 - 1` components.
    pub fn new(
        groups: Vec<RelayUnit>,
        group_of: Vec<u32>,
        lags: [f64; 2],
        self_term: bool,
    ) -> Result<Self, SolverError> {
        check_lags(&lags)?;
        let refuse = |name, value, requirement| {
            Err(SolverError::InvalidArgument {
                name,
                value,
                requirement,
            })
        };
        if let Some(unit) = groups.iter().find(|unit| !unit.is_finite()) {
            let value = unit.drive[0] + unit.drive[1] + unit.strength + unit.level;
            return refuse("relay unit", value, "every parameter is finite");
        }
        if let Some(unit) = groups.iter().find(|unit| unit.strength < 0.0) {
            let requirement = "a mean field attracts; use the engine for any relay field";
            return refuse("strength", unit.strength, requirement);
        }
        if let Some(group) = group_of
            .iter()
            .find(|group| **group as usize >= groups.len())
        {
            return refuse(
                "group",
                f64::from(*group),
                "the group of a component exists",
            );
        }
        if group_of.len() >= u32::MAX as usize {
            let requirement = "at most 2^32 - 2 components";
            return refuse("components", group_of.len() as f64, requirement);
        }
        Ok(Self {
            groups,
            group_of,
            lags,
            self_term,
        })
    }

    /// The equation of the given components, one unit each; equal units become one group.
    ///
    /// Cost `O(N log G)`.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn from_units(
        units: &[RelayUnit],
        lags: [f64; 2],
        self_term: bool,
    ) -> Result<Self, SolverError> {
        let mut groups = Vec::new();
        let mut known = BTreeMap::new();
        let group_of = units
            .iter()
            .map(|unit| {
                let [below, above] = unit.drive;
                let key = [below, above, unit.strength, unit.level].map(f64::to_bits);
                *known.entry(key).or_insert_with(|| {
                    groups.push(*unit);
                    groups.len() as u32 - 1
                })
            })
            .collect();
        Self::new(groups, group_of, lags, self_term)
    }

    /// The parameters of each group.
    #[must_use]
    pub fn groups(&self) -> &[RelayUnit] {
        &self.groups
    }

    /// The group of each component.
    #[must_use]
    pub fn group_of(&self) -> &[u32] {
        &self.group_of
    }

    /// Whether a component hears itself.
    #[must_use]
    pub fn self_term(&self) -> bool {
        self.self_term
    }

    pub(super) fn delays(&self) -> [f64; 2] {
        self.lags
    }
}

/// Refuses a lag that is negative, not finite, or too short to be told from none.
pub(super) fn check_lags(lags: &[f64]) -> Result<(), SolverError> {
    let sound = |lag: f64| lag == 0.0 || (lag >= LEAST_LAG && lag.is_finite());
    match lags.iter().find(|lag| !sound(**lag)) {
        None => Ok(()),
        Some(value) => Err(SolverError::InvalidArgument {
            name: "lag",
            value: *value,
            requirement: "a lag is 0, or finite and at least 1e-9: shorter ones are lost in the rounding \
                          of time",
        }),
    }
}

/// Refuses a state of the wrong length or with an entry that is not finite.
pub(super) fn check_state(state: &[f64], expected: usize, time: f64) -> Result<(), SolverError> {
    if state.len() != expected {
        return Err(SolverError::WrongLength {
            name: "initial state",
            found: state.len(),
            expected,
        });
    }
    match state.iter().position(|x| !x.is_finite()) {
        None => Ok(()),
        Some(component) => Err(SolverError::NotFinite {
            quantity: "history",
            component,
            value: state[component],
            time,
        }),
    }
}

impl RelayField for MeanField {
    fn dimension(&self) -> usize {
        self.group_of.len()
    }

    fn lags(&self) -> &[f64] {
        &self.lags
    }

    fn coefficients(&self, positive: Positive<'_>, constant: &mut [f64], rate: &mut [f64]) {
        let heard = positive.at(1);
        let open = heard.iter().filter(|on| **on).count();
        for (j, group) in self.group_of.iter().enumerate() {
            let unit = &self.groups[*group as usize];
            let own = usize::from(heard[j] && !self.self_term);
            rate[j] = unit.strength * (open - own) as f64;
            constant[j] = unit.drive[usize::from(positive.at(0)[j])] + rate[j] * unit.level;
        }
    }
}
