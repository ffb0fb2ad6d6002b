//! Pairs whose mutual information is known, and noise that makes it finite.

use nalgebra::DMatrix;
use rand::RngExt;
use rand_distr::StandardNormal;

use super::InformationError;
use super::estimate::power_of_two;
use crate::numerics::random::stream;

/// `samples` pairs of standard normal numbers, one pair a row, with `correlation` between the two sides in
/// every one of `columns` columns and none between columns.
///
/// # Errors
/// [`InformationError::OutOfRange`] for a correlation outside of -1 to 1, both excluded.
///
/// ```
/// use pulsatrix::probes::information::{gaussian_information, gaussian_pairs, ksg};
///
/// let (x, y) = gaussian_pairs(0.9, 1, 1000, 1)?;
/// let truth = gaussian_information(0.9, 1);
/// assert!((ksg(&x, &y, 3)?.nats - truth).abs() < 0.1);
/// # Ok::<(), pulsatrix::probes::information::InformationError>(())
/// ```
pub fn gaussian_pairs(
    correlation: f64,
    columns: usize,
    samples: usize,
    seed: u64,
) -> Result<(DMatrix<f64>, DMatrix<f64>), InformationError> {
    if correlation.is_nan() || correlation.abs() >= 1.0 {
        return Err(InformationError::OutOfRange {
            name: "correlation",
            value: correlation,
            requirement: "it lies between -1 and 1, where the information is finite",
        });
    }
    let [x, noise] = [0, 1].map(|side| normal(samples, columns, seed, "gaussian pairs", side));
    let y = correlation * &x + (1.0 - correlation * correlation).sqrt() * noise;
    Ok((x, y))
}

/// The mutual information of such a pair, `-(columns / 2) ln(1 - correlation^2)`, in nats.
#[must_use]
pub fn gaussian_information(correlation: f64, columns: usize) -> f64 {
    // ln_1p: 1 - rho^2 would round a small correlation away.
    -0.5 * columns as f64 * (-correlation * correlation).ln_1p()
}

/// Samples, one a row, with independent normal noise on every number: `sigma` times the standard deviation of
/// its column, whatever that is; a column that never varies stays as it is.
///
/// What a continuous function without noise says about its argument is infinite, and with this noise it is
/// not: how much is then known depends on `sigma`, which has to be said beside every number.
#[must_use]
pub fn with_noise(samples: &DMatrix<f64>, sigma: f64, seed: u64) -> DMatrix<f64> {
    let mut noise = normal(samples.nrows(), samples.ncols(), seed, "noise", 0);
    for (mut noise, column) in noise.column_iter_mut().zip(samples.column_iter()) {
        let size = power_of_two(column.amax());
        noise *= sigma * (column / size).variance().sqrt() * size;
    }
    samples + noise
}

/// Standard normal numbers.
fn normal(rows: usize, columns: usize, seed: u64, purpose: &str, index: u64) -> DMatrix<f64> {
    let mut random = stream(seed, purpose, index);
    DMatrix::from_fn(rows, columns, |_, _| random.sample(StandardNormal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pair_has_the_correlation_and_the_noise_the_deviation_that_were_asked_for() {
        let (x, y) = gaussian_pairs(0.6, 2, 20_000, 1).unwrap();
        for column in 0..2 {
            let product = x.column(column).dot(&y.column(column)) / 20_000.0;
            // four standard errors of a mean of products
            assert!((product - 0.6).abs() < 4.0 * 1.17 / 20_000_f64.sqrt());
        }
        assert!(x.column(0).dot(&y.column(1)).abs() / 20_000.0 < 0.03);
        let scaled = 5.0 * &x;
        let noise = with_noise(&scaled, 0.5, 2) - &scaled;
        assert!((noise.column(1).variance().sqrt() - 2.5).abs() < 0.05);
        assert_eq!(with_noise(&x, 0.0, 2), x);
        assert!(gaussian_pairs(1.0, 1, 10, 1).is_err());
        assert!((gaussian_information(1e-9, 2) - 1e-18).abs() < 1e-30);
    }
}
