//! Least squares that name the column at fault, and the autoregression of what is left.

use nalgebra::{DMatrix, DVector};

use super::DriftError;

/// Share of a column's length that must be left beside those before it: well above the rounding of a thousand
/// rows, well below any design that is meant. Chosen.
const RANK: f64 = 1e-10;

/// A fit of least squares.
#[derive(Debug, Clone, PartialEq)]
pub struct LeastSquares {
    /// One coefficient a column.
    pub coefficients: DVector<f64>,
    /// Their standard deviations where readings have independent errors of variance 1: the roots of the diagonal of
    /// `(X^T X)^-1`.
    pub deviations: DVector<f64>,
    /// What is left, one number a row.
    pub residuals: DVector<f64>,
}

impl LeastSquares {
    /// Mean square of what is left.
    #[must_use]
    pub fn mean_square(&self) -> f64 {
        self.residuals.norm_squared() / self.residuals.len() as f64
    }
}

/// The coefficients that make `|y - X c|^2` least, by Gram-Schmidt orthogonalisation, twice for every column
/// (A. Björck, "Numerical Methods for Least Squares Problems", SIAM 1996, section 2.4), in the order of the
/// columns, so that the first one that others already say can be named.
///
/// # Errors
/// [`DriftError::Dependent`] with the first such column and the rank; [`DriftError::TooFew`] for fewer rows than
/// columns; [`DriftError::Length`] and [`DriftError::NotFinite`].
///
/// ```
/// use nalgebra::{dmatrix, dvector};
/// use pulsatrix::analysis::least_squares;
///
/// let design = dmatrix![1.0, 0.0; 1.0, 1.0; 1.0, 2.0];
/// let fit = least_squares(&design, &["1", "t"], &dvector![1.0, 3.0, 5.0])?;
/// assert!((fit.coefficients - dvector![1.0, 2.0]).norm() < 1e-14);
/// # Ok::<(), pulsatrix::analysis::DriftError>(())
/// ```
pub fn least_squares<N: AsRef<str>>(
    design: &DMatrix<f64>,
    names: &[N],
    right: &DVector<f64>,
) -> Result<LeastSquares, DriftError> {
    let (rows, columns) = design.shape();
    let length = |what, found, expected| match found == expected {
        true => Ok(()),
        false => Err(DriftError::Length {
            what,
            found,
            expected,
        }),
    };
    length("the list of names", names.len(), columns)?;
    length("the right side", right.len(), rows)?;
    if rows < columns || columns == 0 {
        return Err(DriftError::TooFew {
            what: "least squares",
            found: rows,
            needed: columns.max(1),
        });
    }
    for (what, values) in [
        ("the design", design.as_slice()),
        ("the right side", right.as_slice()),
    ] {
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(DriftError::NotFinite { what, index });
        }
    }
    // Columns in units of their largest number, whose squares neither overflow nor vanish.
    let sizes: Vec<f64> = design.column_iter().map(|column| column.amax()).collect();
    let mut q = design.clone();
    for (mut column, size) in q
        .column_iter_mut()
        .zip(&sizes)
        .filter(|(_, size)| **size > 0.0)
    {
        column.iter_mut().for_each(|value| *value /= size);
    }
    let mut r = DMatrix::zeros(columns, columns);
    let mut dependent = Vec::new();
    for column in 0..columns {
        let mut left = q.column(column).into_owned();
        let whole = left.norm();
        for _ in 0..2 {
            for before in (0..column).filter(|before| !dependent.contains(before)) {
                let share = q.column(before).dot(&left);
                r[(before, column)] += share;
                left.axpy(-share, &q.column(before), 1.0);
            }
        }
        let norm = left.norm();
        if norm <= RANK * whole {
            dependent.push(column);
            continue;
        }
        r[(column, column)] = norm;
        q.set_column(column, &(left / norm));
    }
    if let Some(first) = dependent.first() {
        return Err(DriftError::Dependent {
            column: names[*first].as_ref().to_owned(),
            rank: columns - dependent.len(),
            columns,
        });
    }
    let mut residuals = right.clone();
    let mut coefficients = DVector::zeros(columns);
    for column in 0..columns {
        let share = q.column(column).dot(&residuals);
        coefficients[column] = share;
        residuals.axpy(-share, &q.column(column), 1.0);
    }
    for column in (0..columns).rev() {
        let mut value = coefficients[column];
        for behind in column + 1..columns {
            value -= r[(column, behind)] * coefficients[behind];
        }
        coefficients[column] = value / r[(column, column)];
    }
    let identity = DMatrix::identity(columns, columns);
    let inverse = r.solve_upper_triangular(&identity).unwrap_or(identity);
    let mut deviations = DVector::from_fn(columns, |column, _| inverse.row(column).norm());
    for (column, size) in sizes.iter().enumerate() {
        coefficients[column] /= size;
        deviations[column] /= size;
    }
    Ok(LeastSquares {
        coefficients,
        deviations,
        residuals,
    })
}

/// The coefficient of the regression of every number on the one before it, over several sequences: `sum r_k
/// r_{k-1} / sum r_{k-1}^2`.
///
/// # Errors
/// [`DriftError::TooFew`] without a pair, and if all numbers are 0.
pub fn autoregression(sequences: &[&[f64]]) -> Result<f64, DriftError> {
    let pairs = || sequences.iter().flat_map(|sequence| sequence.windows(2));
    let squares: f64 = pairs().map(|pair| pair[0] * pair[0]).sum();
    if squares == 0.0 {
        return Err(DriftError::TooFew {
            what: "an autoregression on numbers other than 0",
            found: sequences.iter().map(|sequence| sequence.len()).sum(),
            needed: 2,
        });
    }
    Ok(pairs().map(|pair| pair[1] * pair[0]).sum::<f64>() / squares)
}
