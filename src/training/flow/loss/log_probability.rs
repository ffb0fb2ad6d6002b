//! Cross-entropy of outputs that are probabilities already.

use nalgebra::DMatrix;

use super::{BinaryCrossEntropy, CrossEntropy, Curvature, Loss};
use crate::training::flow::FlowError;

/// `-sum y ln f` for outputs `f` that are probabilities of classes, and targets `y` as those of [`CrossEntropy`]; of
/// one output `-y ln f - (1 - y) ln(1 - f)`, with targets as those of [`BinaryCrossEntropy`].
///
/// For models that end in a mean of probabilities, whose logarithm is no mean of logarithms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogProbability;

/// What a probability counts as at least: its square is above the smallest number, so that value, slope and
/// curvature are finite.
const LEAST: f64 = 1e-150;

fn entries(
    outputs: &DMatrix<f64>,
    targets: &DMatrix<f64>,
    of: fn(f64, f64) -> f64,
) -> DMatrix<f64> {
    outputs.zip_map(targets, |f, y| {
        // a class that is not the target adds nothing, whatever its probability
        if y == 0.0 { 0.0 } else { of(f.max(LEAST), y) }
    })
}

/// A function of a probability and its target, with that of the other class if it is the only output; `sign` is that
/// of its derivative by the other probability.
fn both(
    outputs: &DMatrix<f64>,
    targets: &DMatrix<f64>,
    sign: f64,
    of: fn(f64, f64) -> f64,
) -> DMatrix<f64> {
    let found = entries(outputs, targets, of);
    if outputs.ncols() > 1 {
        return found;
    }
    let rest = |matrix: &DMatrix<f64>| matrix.map(|share| 1.0 - share);
    found + entries(&rest(outputs), &rest(targets), of) * sign
}

impl Loss for LogProbability {
    fn value(&self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> f64 {
        both(outputs, targets, 1.0, |f, y| -y * f.ln()).sum()
    }

    fn slope(&self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> DMatrix<f64> {
        both(outputs, targets, -1.0, |f, y| -y / f)
    }

    fn curvature(&self, outputs: &DMatrix<f64>, targets: &DMatrix<f64>) -> Curvature {
        Curvature::Diagonal(both(outputs, targets, 1.0, |f, y| y / (f * f)))
    }

    fn check(&self, targets: &DMatrix<f64>) -> Result<(), FlowError> {
        if targets.ncols() == 1 {
            BinaryCrossEntropy.check(targets)
        } else {
            CrossEntropy.check(targets)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against differences of the value, for one output and for several.
    #[test]
    fn slope_and_curvature_are_those_of_the_value() {
        for columns in [1, 3] {
            let outputs = DMatrix::from_fn(4, columns, |i, j| 0.1 + 0.2 * ((i + 2 * j) % 4) as f64);
            let targets =
                DMatrix::from_fn(4, columns, |i, j| if i % columns == j { 1.0 } else { 0.0 });
            let change =
                DMatrix::from_fn(4, columns, |i, j| (1.0 + i as f64 + 3.0 * j as f64).sin());
            let step = 1e-5;
            let (high, low) = (&outputs + &change * step, &outputs - &change * step);
            let rise = LogProbability.value(&high, &targets) - LogProbability.value(&low, &targets);
            let slope = LogProbability.slope(&outputs, &targets);
            assert!((rise / (2.0 * step) - slope.dot(&change)).abs() < 1e-7);
            let bend = LogProbability.slope(&high, &targets) - LogProbability.slope(&low, &targets);
            let found = LogProbability.slope_change(&outputs, &targets, &change);
            assert!((bend / (2.0 * step) - found).amax() < 1e-5);
        }
    }

    #[test]
    fn a_probability_of_zero_keeps_everything_finite() {
        let (outputs, targets) = (
            DMatrix::from_row_slice(1, 2, &[0.0, 1.0]),
            DMatrix::from_row_slice(1, 2, &[1.0, 0.0]),
        );
        assert!(
            (LogProbability.value(&outputs, &targets) - 150.0 * std::f64::consts::LN_10).abs()
                < 1e-9
        );
        assert!(
            LogProbability
                .slope(&outputs, &targets)
                .iter()
                .all(|slope| slope.is_finite())
        );
    }
}
