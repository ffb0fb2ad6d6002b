//! How numbers of a user are brought to one size.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

/// What is done to inputs before anything learns them. Columns are scaled by what the training part alone says, and
/// the tests in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scaling {
    /// Nothing.
    #[default]
    None,
    /// Every column to mean 0 and standard deviation 1; a column that never changes to 0.
    Standard,
    /// Every column to the range from 0 to 1; a column that never changes to 0.
    Range,
    /// Every row to a mean square of 1; a row of zeros stays.
    UnitRows,
}

impl Scaling {
    /// Scales both parts, one row an example.
    pub(super) fn apply(self, training: &mut DMatrix<f64>, tests: &mut DMatrix<f64>) {
        match self {
            Self::None => {}
            Self::Standard | Self::Range => {
                for column in 0..training.ncols() {
                    let (shift, size) = self.of(training.column(column).iter().copied());
                    for part in [&mut *training, &mut *tests] {
                        let mut column = part.column_mut(column);
                        column.apply(|value| *value = (*value - shift) / size);
                    }
                }
            }
            Self::UnitRows => {
                for part in [training, tests] {
                    let root = (part.ncols() as f64).sqrt();
                    for mut row in part.row_iter_mut() {
                        let norm = row.norm();
                        if norm > 0.0 {
                            row *= root / norm;
                        }
                    }
                }
            }
        }
    }

    /// What is taken off a column, and what it is divided by.
    fn of(self, column: impl ExactSizeIterator<Item = f64> + Clone) -> (f64, f64) {
        let count = column.len().max(1) as f64;
        let (shift, size) = if self == Self::Range {
            let least = column.clone().fold(f64::INFINITY, f64::min);
            let most = column.fold(f64::NEG_INFINITY, f64::max);
            (least, most - least)
        } else {
            let mean = column.clone().sum::<f64>() / count;
            let square = column
                .map(|value| (value - mean) * (value - mean))
                .sum::<f64>()
                / count;
            (mean, square.sqrt())
        };
        let shift = if shift.is_finite() { shift } else { 0.0 };
        // A column that never changes, but for the rounding of its mean.
        let changes = size.is_finite() && size > 1e-12 * shift.abs();
        (shift, if changes { size } else { f64::INFINITY })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nalgebra::dmatrix;

    #[test]
    fn columns_are_scaled_by_the_training_part() {
        let (training, tests) = (dmatrix![1.0, 7.0; 3.0, 7.0], dmatrix![5.0, 9.0]);
        let scaled = |scaling: Scaling| {
            let (mut a, mut b) = (training.clone(), tests.clone());
            scaling.apply(&mut a, &mut b);
            (a, b)
        };
        assert_eq!(
            scaled(Scaling::Standard),
            (dmatrix![-1.0, 0.0; 1.0, 0.0], dmatrix![3.0, 0.0])
        );
        assert_eq!(
            scaled(Scaling::Range),
            (dmatrix![0.0, 0.0; 1.0, 0.0], dmatrix![2.0, 0.0])
        );
        let (rows, _) = scaled(Scaling::UnitRows);
        assert!(
            rows.row_iter()
                .all(|row| (row.norm_squared() - 2.0).abs() < 1e-14)
        );
        assert_eq!(scaled(Scaling::None).0, training);
    }
}
