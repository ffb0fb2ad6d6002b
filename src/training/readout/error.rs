//! Why there is no read-out.

use nalgebra::DMatrix;
use thiserror::Error;

use crate::networks::NetworkError;
use crate::numerics::matrix::MatrixError;
use crate::training::{KERNEL_ROUNDING, asymmetry};

/// Features or targets from which no read-out follows.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ReadoutError {
    /// Matrices that do not fit each other, or are empty.
    #[error("{name} is {} x {}, but must be {} x {}", found.0, found.1, expected.0, expected.1)]
    Shape {
        /// What was measured.
        name: &'static str,
        /// Rows and columns found.
        found: (usize, usize),
        /// Rows and columns needed.
        expected: (usize, usize),
    },
    /// NaN or infinity where numbers must be.
    #[error(
        "{name} holds {value} at row {row}, column {column} (from 0); every entry must be finite"
    )]
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
    /// Features that are zero, all of them, for every example.
    #[error(
        "all {features} features are zero for all {examples} examples: the feature layer is dead, and every \
         answer would be 0; choose another scale, bias or activation"
    )]
    DeadFeatures {
        /// Examples.
        examples: usize,
        /// Features.
        features: usize,
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
    /// A kernel that is no kernel: an example has a negative square.
    #[error(
        "entry ({row}, {row}) of the kernel is {value}: that of an example with itself is a square, and not negative"
    )]
    NegativeSquare {
        /// The example.
        row: usize,
        /// The entry.
        value: f64,
    },
    /// A kernel that is no kernel: it is indefinite.
    #[error(
        "the kernel has the eigenvalue {value:.3e}, which rounding at its largest one {top:.3e} does not explain; a \
         kernel is positive semidefinite; look for entries of another kernel or sign, or, where single precision has made it, \
         choose a ridge above {:.1e}",
        -value
    )]
    NegativeEigenvalue {
        /// Its smallest eigenvalue.
        value: f64,
        /// Its largest eigenvalue.
        top: f64,
    },
    /// A kernel of nothing but zeros.
    #[error(
        "the kernel of all {examples} examples is zero, and every answer would be 0; choose another scale or activation"
    )]
    ZeroKernel {
        /// Examples.
        examples: usize,
    },
    /// Labels of a single class.
    #[error(
        "all {examples} labels are {class}: there is nothing to tell apart; give examples of two classes"
    )]
    OneClass {
        /// Examples.
        examples: usize,
        /// Their label.
        class: usize,
    },
    /// A label beyond the number of classes.
    #[error(
        "label {label} of example {row} (from 0) is not below the number of classes, {classes}"
    )]
    Label {
        /// The example.
        row: usize,
        /// Its label.
        label: usize,
        /// Number of classes.
        classes: usize,
    },
    /// An answer that hangs on one example alone.
    #[error(
        "without example {row} (from 0) a direction of the features is lost, so that its leave-one-out \
         error is not defined; choose a ridge above 0"
    )]
    Leverage {
        /// The example.
        row: usize,
    },
    /// An answer that hangs on modes that rounding has taken.
    #[error(
        "{rank} of {examples} modes of the examples are above rounding: without an example others would be, so that \
         its leave-one-out error is not defined; choose a larger ridge"
    )]
    Lost {
        /// Modes that are left.
        rank: usize,
        /// Examples.
        examples: usize,
    },
    /// The leave-one-out error of a flow that has not ended.
    #[error(
        "a flow up to a time has no leave-one-out error in closed form: leaving an example out changes its modes; \
         ask for a ridge, or for the pseudo-inverse"
    )]
    NoClosedForm,
    /// Weights of a read-out that was made from a kernel.
    #[error("a read-out made from a kernel has no weights of features; ask for its coefficients")]
    KernelOnly,
    /// A matrix could not be decomposed.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// The features refused.
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// Refuses NaN and infinities, by name.
pub(super) fn all_finite(name: &'static str, matrix: &DMatrix<f64>) -> Result<(), ReadoutError> {
    let rows = matrix.nrows().max(1);
    let broken = matrix.iter().position(|value| !value.is_finite());
    broken.map_or(Ok(()), |place| {
        Err(ReadoutError::NotFinite {
            name,
            row: place % rows,
            column: place / rows,
            value: matrix[place],
        })
    })
}

/// Refuses features and targets that no read-out can be made of.
pub(super) fn check(features: &DMatrix<f64>, targets: &DMatrix<f64>) -> Result<(), ReadoutError> {
    check_shapes(features, targets)?;
    all_finite("the matrix of features", features)?;
    all_finite("the matrix of targets", targets)?;
    if features.iter().all(|value| *value == 0.0) {
        return Err(ReadoutError::DeadFeatures {
            examples: features.nrows(),
            features: features.ncols(),
        });
    }
    Ok(())
}

/// Refuses kernels that are none, and targets that are not of the same examples.
pub(super) fn check_kernel(
    kernel: &DMatrix<f64>,
    targets: &DMatrix<f64>,
) -> Result<(), ReadoutError> {
    let examples = targets.nrows().max(1);
    let wanted = [
        ("the kernel", kernel.shape(), (examples, examples)),
        (
            "the matrix of targets",
            targets.shape(),
            (examples, targets.ncols().max(1)),
        ),
    ];
    for (name, found, expected) in wanted {
        if found != expected {
            return Err(ReadoutError::Shape {
                name,
                found,
                expected,
            });
        }
    }
    all_finite("the kernel", kernel)?;
    all_finite("the matrix of targets", targets)?;
    if kernel.iter().all(|value| *value == 0.0) {
        return Err(ReadoutError::ZeroKernel { examples });
    }
    if let Some(([row, column], difference)) = asymmetry(kernel) {
        return Err(ReadoutError::Asymmetric {
            row,
            column,
            difference,
        });
    }
    let least = -KERNEL_ROUNDING * kernel.amax();
    let negative = kernel.diagonal().iter().position(|square| *square < least);
    negative.map_or(Ok(()), |row| {
        Err(ReadoutError::NegativeSquare {
            row,
            value: kernel[(row, row)],
        })
    })
}

/// Refuses matrices that are empty, or not of the same examples.
pub(super) fn check_shapes(
    features: &DMatrix<f64>,
    targets: &DMatrix<f64>,
) -> Result<(), ReadoutError> {
    let shape = |name, found, expected| {
        Err(ReadoutError::Shape {
            name,
            found,
            expected,
        })
    };
    let (rows, columns) = features.shape();
    if rows == 0 || columns == 0 {
        let least = (rows.max(1), columns.max(1));
        return shape("the matrix of features", (rows, columns), least);
    }
    if targets.nrows() != rows || targets.ncols() == 0 {
        let expected = (rows, targets.ncols().max(1));
        return shape("the matrix of targets", targets.shape(), expected);
    }
    Ok(())
}

/// Refuses a ridge that is none.
pub(super) fn check_ridge(ridge: f64) -> Result<(), ReadoutError> {
    if ridge >= 0.0 && ridge.is_finite() {
        return Ok(());
    }
    Err(ReadoutError::OutOfRange {
        name: "ridge",
        value: ridge,
        requirement: "finite and not negative",
    })
}
