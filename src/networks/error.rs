//! What makes a network impossible to build.

use thiserror::Error;

/// A parameter that does not make a network.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// A network has at least one neuron.
    #[error("a network needs at least one neuron")]
    Empty,
    /// A parameter is out of its range.
    #[error("{name} = {value} is not allowed: {requirement}")]
    OutOfRange {
        /// Name of the parameter, as in the equations.
        name: &'static str,
        /// The value given.
        value: f64,
        /// What it must satisfy.
        requirement: &'static str,
    },
    /// A list that must have one entry per neuron has not.
    #[error("{name} has {found} entries for {neurons} neurons")]
    WrongLength {
        /// What the list holds.
        name: &'static str,
        /// Entries found.
        found: usize,
        /// Neurons of the network.
        neurons: usize,
    },
    /// The weight matrix does not fit the network.
    #[error("the weight matrix is {rows} x {columns} for {neurons} neurons; it must be square")]
    WeightShape {
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
        /// Neurons of the network.
        neurons: usize,
    },
    /// Two settings exclude each other.
    #[error("{first} cannot be combined with {second}: {reason}")]
    Contradiction {
        /// The first setting.
        first: &'static str,
        /// The second setting.
        second: &'static str,
        /// Why not.
        reason: &'static str,
    },
}
