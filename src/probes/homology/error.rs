//! What stands in the way of a filtered complex or a distance of diagrams.

use thiserror::Error;

/// Data that are no filtered complex.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum HomologyError {
    /// Nothing to look at.
    #[error("{what}: at least {least} are needed, {found} are there")]
    TooFew {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are needed.
        least: usize,
    },
    /// More than the dense table of edges or the packed names of simplices hold.
    #[error(
        "{found} vertices are more than the {most} that fit; give fewer points, or landmarks of them"
    )]
    TooMany {
        /// Vertices found.
        found: usize,
        /// Vertices allowed.
        most: usize,
    },
    /// A number that is none.
    #[error("{name} holds {value} in row {row}, column {column} (counted from 0)")]
    NotFinite {
        /// Which matrix.
        name: String,
        /// Row.
        row: usize,
        /// Column.
        column: usize,
        /// What stands there.
        value: f64,
    },
    /// A matrix of distances or weights of a graph that is not square.
    #[error("{name} is {rows} x {columns}, but must be square")]
    NotSquare {
        /// Which matrix.
        name: &'static str,
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
    /// A matrix of distances or weights of a graph that differs from its transpose.
    #[error(
        "{name} is not symmetric: {value} in row {row}, column {column} (counted from 0), but \
         {other} across; give (D + D^T)/2 if the two are the same up to rounding"
    )]
    NotSymmetric {
        /// Which matrix.
        name: &'static str,
        /// Row.
        row: usize,
        /// Column.
        column: usize,
        /// What stands there.
        value: f64,
        /// What stands across.
        other: f64,
    },
    /// A distance below zero, or of a point to itself.
    #[error(
        "distance {value} in row {row}, column {column} (counted from 0): distances are not \
         negative, and 0 on the diagonal"
    )]
    NoDistance {
        /// Row.
        row: usize,
        /// Column.
        column: usize,
        /// What stands there.
        value: f64,
    },
    /// Layers whose widths do not meet.
    #[error(
        "weights of layer {layer} (counted from 1) are {rows} x {columns}, but the layer before has \
         {before} units: give every layer as outputs x inputs"
    )]
    Unchained {
        /// The layer, from 1.
        layer: usize,
        /// Rows of its weights.
        rows: usize,
        /// Columns of its weights.
        columns: usize,
        /// Units of the layer before.
        before: usize,
    },
    /// A class that cannot be.
    #[error(
        "a class of the {diagram} diagram is born at {birth} and dies at {death}: a birth is finite, and a death is not \
         before it"
    )]
    NoClass {
        /// Which diagram.
        diagram: &'static str,
        /// Birth.
        birth: f64,
        /// Death.
        death: f64,
    },
    /// A simplex that enters before one of its faces, or has no such face.
    #[error("simplex {simplex} of dimension {dimension}: {problem}")]
    NoSimplex {
        /// Dimension.
        dimension: usize,
        /// Its place in the list given.
        simplex: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// A setting out of its range.
    #[error("{name} = {value} is not allowed: {requirement}")]
    OutOfRange {
        /// Name of the setting.
        name: &'static str,
        /// The value given.
        value: f64,
        /// What it must satisfy.
        requirement: &'static str,
    },
}
