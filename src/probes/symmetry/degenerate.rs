//! What makes weights degenerate.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A reason why a two-layer network has other symmetries than permutations and positive scales.
/// Neurons are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "case", rename_all = "kebab-case")]
pub enum Degeneracy {
    /// `a = 0`: nobody hears the neuron, and its `w` and `b` are free.
    Dead {
        /// The neuron.
        neuron: usize,
    },
    /// `w = 0`: the neuron is a constant, which `c` could hold as well.
    Constant {
        /// The neuron.
        neuron: usize,
    },
    /// Several neurons with one hyperplane, active on one side: their jumps can be split among them at will.
    SameSide {
        /// The neurons.
        neurons: Vec<usize>,
    },
    /// Several neurons with one hyperplane, active on both sides: `relu(z) - relu(-z) = z` is affine, so
    /// that weight can pass from this pair into other such pairs.
    OppositeSides {
        /// The neurons.
        neurons: Vec<usize>,
    },
    /// Several neurons with one hyperplane whose jumps cancel: together they are affine.
    CancellingJumps {
        /// The neurons.
        neurons: Vec<usize>,
    },
    /// Neurons with `sum a_i w_i^T = 0`: all of them can change sides at once, `(w_i, b_i) -> -(w_i, b_i)`
    /// with `c -> c + sum a_i b_i`. No reduction removes it: it needs no zero and no common hyperplane.
    FlipSet {
        /// The neurons.
        neurons: Vec<usize>,
    },
}

impl fmt::Display for Degeneracy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dead { neuron } => write!(formatter, "neuron {neuron} is dead: a = 0"),
            Self::Constant { neuron } => write!(formatter, "neuron {neuron} is constant: w = 0"),
            Self::SameSide { neurons } => {
                write!(
                    formatter,
                    "neurons {neurons:?} share a hyperplane, on one side"
                )
            }
            Self::OppositeSides { neurons } => {
                write!(
                    formatter,
                    "neurons {neurons:?} share a hyperplane, on both sides"
                )
            }
            Self::CancellingJumps { neurons } => {
                write!(formatter, "the jumps of neurons {neurons:?} cancel")
            }
            Self::FlipSet { neurons } => {
                write!(
                    formatter,
                    "neurons {neurons:?} can be flipped together: sum a wᵀ = 0"
                )
            }
        }
    }
}
