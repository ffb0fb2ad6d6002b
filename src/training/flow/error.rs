//! What can go wrong along a gradient flow.

use thiserror::Error;

use crate::networks::NetworkError;
use crate::numerics::matrix::MatrixError;
use crate::solver::SolverError;

/// A flow or a descent that cannot go on, or a kernel that cannot be inverted.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum FlowError {
    /// Targets, times or parameters that do not fit the model.
    #[error("{name} is {} x {}, but must be {} x {}", found.0, found.1, expected.0, expected.1)]
    Shape {
        /// What was measured.
        name: &'static str,
        /// Rows and columns found.
        found: (usize, usize),
        /// Rows and columns needed.
        expected: (usize, usize),
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
    /// A loss that grows instead of falling, as it does beyond the stability limit of a rate.
    #[error(
        "the loss rose from {start:.3e} to {loss:.3e} within {steps} steps at the rate {rate:e}; \
         {method} is stable at the start for rates below {limit:.3e} ({constant} / sharpness): \
         choose a smaller rate"
    )]
    Diverges {
        /// Name of the method.
        method: &'static str,
        /// Its rate.
        rate: f64,
        /// Steps until it was noticed.
        steps: usize,
        /// Loss at the start.
        start: f64,
        /// Loss reached; may be infinite.
        loss: f64,
        /// The largest rate that is stable at the start.
        limit: f64,
        /// Product of that rate and the sharpness.
        constant: f64,
    },
    /// The same for Adam, whose limit is not one of the sharpness alone.
    #[error(
        "the loss rose from {start:.3e} to {loss:.3e} within {steps} steps of Adam at the rate \
         {rate:e}; choose a smaller rate (its limit follows from the preconditioned sharpness)"
    )]
    AdamDiverges {
        /// Its rate.
        rate: f64,
        /// Steps until it was noticed.
        steps: usize,
        /// Loss at the start.
        start: f64,
        /// Loss reached; may be infinite.
        loss: f64,
    },
    /// What watched a descent had it stop.
    #[error("the descent was stopped before step {step} by what watched it")]
    Stopped {
        /// The step that was not taken.
        step: usize,
    },
    /// A linearised flow of another loss than the squared one.
    #[error("only the squared loss has a linear flow; linearise a flow with `Squared`")]
    NotLinear,
    /// Cross-entropy of a single class.
    #[error(
        "the softmax of one output is always 1, so that cross-entropy has nothing to learn; use \
         `BinaryCrossEntropy` for yes and no, or two outputs"
    )]
    OneClass,
    /// A target that a loss is not defined for.
    #[error("the targets of example {row} come to {value}: {requirement}")]
    Target {
        /// Index of the example.
        row: usize,
        /// The target, or the sum of several.
        value: f64,
        /// What it must satisfy.
        requirement: &'static str,
    },
    /// NaN or infinity where numbers must be.
    #[error("{name} holds {value} at row {row}, column {column}; every entry must be finite")]
    NotFinite {
        /// What holds the numbers.
        name: &'static str,
        /// Row of the first such entry.
        row: usize,
        /// Its column.
        column: usize,
        /// The entry.
        value: f64,
    },
    /// A kernel that is no kernel: it differs from its transpose.
    #[error(
        "the kernel is not symmetric: its entries ({row}, {column}) and ({column}, {row}) differ by \
         {difference:.3e}; if they are meant to be equal, take the mean of it and its transpose"
    )]
    Asymmetric {
        /// Row of the entry that differs most.
        row: usize,
        /// Its column.
        column: usize,
        /// By how much.
        difference: f64,
    },
    /// A kernel that is no kernel: the flow would leave the targets along one of its modes.
    #[error(
        "the kernel has the eigenvalue {value:.3e}, which rounding at its largest one {top:.3e} does \
         not explain; a kernel is positive semidefinite"
    )]
    NegativeEigenvalue {
        /// Its smallest eigenvalue.
        value: f64,
        /// Its largest eigenvalue.
        top: f64,
    },
    /// A kernel without an inverse.
    #[error(
        "the {size} x {size} kernel is singular: {null} of its eigenvalues are below {threshold:.1e}, \
         and the targets have a part there that no weights can reach; add a ridge of about \
         {ridge:.1e}, or remove equal inputs"
    )]
    SingularKernel {
        /// Rows of the kernel.
        size: usize,
        /// Eigenvalues that are zero to rounding.
        null: usize,
        /// Below which an eigenvalue counts as zero.
        threshold: f64,
        /// A ridge that would help.
        ridge: f64,
    },
    /// The network refused.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The solver underneath gave up.
    #[error(transparent)]
    Solver(#[from] SolverError),
    /// A matrix could not be decomposed.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
}
