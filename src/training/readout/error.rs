//! Why there is no read-out.

use nalgebra::DMatrix;
use thiserror::Error;

use crate::networks::NetworkError;
use crate::numerics::matrix::MatrixError;

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
