//! Classes as targets, and back.

use nalgebra::DMatrix;

use super::ReadoutError;

/// Targets `N x C` of labels: 1 for the class of an example and -1 for all others.
///
/// # Errors
/// [`ReadoutError::Label`] for a label beyond the classes, [`ReadoutError::OneClass`] if all are the same.
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::training::readout::class_targets;
///
/// assert_eq!(class_targets(&[1, 0], 2)?, dmatrix![-1.0, 1.0; 1.0, -1.0]);
/// assert!(class_targets(&[1, 1], 2).unwrap_err().to_string().contains("nothing to tell apart"));
/// # Ok::<(), pulsatrix::training::readout::ReadoutError>(())
/// ```
pub fn class_targets(labels: &[usize], classes: usize) -> Result<DMatrix<f64>, ReadoutError> {
    if let Some(row) = labels.iter().position(|label| *label >= classes) {
        let label = labels[row];
        return Err(ReadoutError::Label {
            row,
            label,
            classes,
        });
    }
    if labels.windows(2).all(|two| two[0] == two[1]) {
        return Err(ReadoutError::OneClass {
            examples: labels.len(),
            class: labels.first().copied().unwrap_or(0),
        });
    }
    Ok(coded(labels, classes))
}

/// The same without a look at the labels, of which a batch may hold one class alone.
pub(crate) fn coded(labels: &[usize], classes: usize) -> DMatrix<f64> {
    DMatrix::from_fn(labels.len(), classes, |row, class| {
        if labels[row] == class { 1.0 } else { -1.0 }
    })
}

/// The class with the largest output of every row; the first of several.
#[must_use]
pub fn classes(outputs: &DMatrix<f64>) -> Vec<usize> {
    let largest = |row: usize| {
        let mut best = 0;
        for class in 1..outputs.ncols() {
            if outputs[(row, class)] > outputs[(row, best)] {
                best = class;
            }
        }
        best
    };
    (0..outputs.nrows()).map(largest).collect()
}

/// Share of the rows whose largest output is that of their label.
///
/// # Panics
/// If there is not a label for every row.
#[must_use]
pub fn accuracy(outputs: &DMatrix<f64>, labels: &[usize]) -> f64 {
    assert_eq!(outputs.nrows(), labels.len(), "a label for every row");
    let found = classes(outputs);
    let right = found.iter().zip(labels).filter(|(a, b)| a == b).count();
    right as f64 / labels.len().max(1) as f64
}
