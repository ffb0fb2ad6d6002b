//! What is no network, or no symmetry of one.

use thiserror::Error;

/// Weights that make no network, or two networks that cannot be compared.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SymmetryError {
    /// A network without layers, inputs, hidden units or outputs.
    #[error("{what} is zero; a network needs at least one")]
    Empty {
        /// What there is none of.
        what: &'static str,
    },
    /// Weights or biases that do not fit the layer before, or their own layer.
    #[error(
        "{} is {} x {}, but must be {} x {}: every layer has as many columns as the layer before has rows, \
         and a bias for each of its rows",
        array_name(*array), found.0, found.1, expected.0, expected.1
    )]
    Shape {
        /// Place in the list `W1, b1, W2, b2, ...`, from 0.
        array: usize,
        /// Rows and columns found; a list of biases is one column.
        found: (usize, usize),
        /// Rows and columns needed.
        expected: (usize, usize),
    },
    /// NaN or infinity among the weights.
    #[error(
        "{} holds {value} at row {row}, column {column} (counted from 0); every weight must be finite",
        array_name(*array)
    )]
    NotFinite {
        /// Place in the list `W1, b1, W2, b2, ...`, from 0.
        array: usize,
        /// Row of the first such entry.
        row: usize,
        /// Its column.
        column: usize,
        /// The entry.
        value: f64,
    },
    /// A network of another depth where two layers are needed.
    #[error("the network has {layers} layers of weights, but a two-layer network has 2")]
    Depth {
        /// Layers of weights found.
        layers: usize,
    },
    /// Two networks of different shapes.
    #[error(
        "the first network has {first} {what}, the second has {second}; compare networks of equal {what}"
    )]
    Unlike {
        /// What they differ in.
        what: &'static str,
        /// Of the first.
        first: usize,
        /// Of the second.
        second: usize,
    },
    /// Weights whose products exceed the largest number.
    #[error("products of the weights overflow; divide the weights by a common factor")]
    Overflow,
    /// A tolerance that separates nothing.
    #[error("the tolerance {value} is not allowed: it is above 0 and at most 0.1")]
    Tolerance {
        /// The value given.
        value: f64,
    },
    /// A model that is no fully connected rectifier network.
    #[error("this network {reason}; the symmetries are those of fully connected rectifiers")]
    NoRectifier {
        /// What it has instead.
        reason: &'static str,
    },
    /// A permutation, scales or flips that do not fit the network.
    #[error("{what} for {neurons} hidden neurons")]
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// Hidden neurons of the network.
        neurons: usize,
    },
    /// Neurons that cannot be flipped together: the function would change.
    #[error(
        "these neurons cannot be flipped together: the norm of the sum of their a w^T is {residual:.3e}, \
         but must be 0 (at most {allowed:.1e} to rounding)"
    )]
    NoFlipSet {
        /// Norm of `sum a_i w_i^T` over them.
        residual: f64,
        /// What counts as zero.
        allowed: f64,
    },
}

/// `W1`, `b1`, `W2`, ... by the place in the list.
fn array_name(array: usize) -> String {
    let kind = if array.is_multiple_of(2) { "W" } else { "b" };
    format!("{kind}{}", array / 2 + 1)
}
