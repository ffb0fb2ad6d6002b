//! Pairs of samples, and an estimate of what one side says about the other.

use nalgebra::{DMatrix, DVectorView};
use serde::{Deserialize, Serialize};

use super::InformationError;

/// An estimate of a mutual information in nats.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate; it may come out below 0 where there is nothing to find.
    pub nats: f64,
    /// Its standard error by the scatter of the samples' own terms; a bias is not in it.
    pub standard_error: f64,
}

impl Estimate {
    /// Mean of terms, one for each sample, and the standard error of that mean.
    pub(super) fn of_terms(terms: &[f64]) -> Self {
        let count = terms.len() as f64;
        let nats = terms.iter().sum::<f64>() / count;
        let scatter: f64 = terms.iter().map(|term| (term - nats).powi(2)).sum();
        Self {
            nats,
            standard_error: (scatter / (count * (count - 1.0))).sqrt(),
        }
    }
}

/// Checks pairs of samples, one a row.
pub(super) fn check_pairs(x: &DMatrix<f64>, y: &DMatrix<f64>) -> Result<(), InformationError> {
    if x.nrows() != y.nrows() {
        return Err(InformationError::Unpaired {
            x: x.nrows(),
            y: y.nrows(),
        });
    }
    for (name, side) in [("x", x), ("y", y)] {
        if side.ncols() == 0 {
            return Err(InformationError::Constant { name });
        }
        if let Some(place) = side.iter().position(|value| !value.is_finite()) {
            return Err(InformationError::NotFinite {
                name,
                row: place % side.nrows(),
                column: place / side.nrows(),
                value: side[place],
            });
        }
    }
    Ok(())
}

/// Whether a column has two different numbers; its deviation alone would be misled by the rounding of the mean.
pub(super) fn varies(column: &DVectorView<'_, f64>) -> bool {
    column.iter().any(|value| *value != column[0])
}

/// The power of two just below a number: divided by it, numbers keep their bits, and their squares neither
/// overflow nor vanish.
pub(super) fn power_of_two(size: f64) -> f64 {
    const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
    f64::from_bits(size.to_bits() & EXPONENT).max(f64::MIN_POSITIVE)
}

/// Every column with mean 0 and variance 1, which changes no mutual information; columns that never
/// vary say nothing and are left out.
pub(super) fn standardised(
    name: &'static str,
    side: &DMatrix<f64>,
) -> Result<DMatrix<f64>, InformationError> {
    let rows = side.nrows() as f64;
    let scaled = side.column_iter().filter(varies).filter_map(|column| {
        let column = column / power_of_two(column.amax());
        let mean = column.sum() / rows;
        let centred = column.add_scalar(-mean);
        let deviation = (centred.norm_squared() / rows).sqrt();
        (deviation > 0.0).then(|| centred / deviation)
    });
    let columns: Vec<_> = scaled.collect();
    if columns.is_empty() {
        return Err(InformationError::Constant { name });
    }
    Ok(DMatrix::from_columns(&columns))
}
