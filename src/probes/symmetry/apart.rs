//! How far apart two networks are, in every sense of this room.

use serde::{Deserialize, Serialize};

use super::{SymmetryError, TwoLayerNetwork, compare, orbit_distance};

/// Three distances of two networks: what a probe of two runs of learning looks at.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Apart {
    /// Of the functions, see [`compare`].
    pub functions: f64,
    /// Of the weights as they stand, Euclidean.
    pub weights: f64,
    /// Of the weights up to permutations and scales, see [`orbit_distance`].
    pub orbits: f64,
}

impl Apart {
    /// The distances of two networks; kinks that agree within `tolerance` are one.
    ///
    /// # Errors
    /// Those of [`compare`] and [`orbit_distance`].
    pub fn new(
        first: &TwoLayerNetwork,
        second: &TwoLayerNetwork,
        tolerance: f64,
    ) -> Result<Self, SymmetryError> {
        Ok(Self {
            functions: compare(first, second, tolerance)?.distance,
            weights: first.layered().parameter_distance(second.layered())?,
            orbits: orbit_distance(first, second)?,
        })
    }
}
