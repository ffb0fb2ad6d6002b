//! The Allan deviation.

use super::DriftError;

/// The overlapping Allan variance of rates over averages of `size` readings,
///
/// ```text
/// 1 / (2 m^2 (M - 2m + 1)) sum_j (sum_{i=j}^{j+m-1} (y_{i+m} - y_i))^2
/// ```
///
/// D. W. Allan, Proc. IEEE 54, 221-230 (1966), doi:10.1109/PROC.1966.4634; all overlapping pairs as in IEEE Std
/// 952. Cost `O(M)`.
///
/// # Errors
/// [`DriftError::TooFew`] for fewer than `2 size` readings or a size of 0.
///
/// ```
/// use pulsatrix::analysis::allan_variance;
///
/// // a ramp of slope R: R^2 t^2 / 2
/// let ramp: Vec<f64> = (0..50).map(|k| 0.5 * f64::from(k)).collect();
/// assert!((allan_variance(&ramp, 4)? - 2.0).abs() < 1e-12);
/// # Ok::<(), pulsatrix::analysis::DriftError>(())
/// ```
pub fn allan_variance(rates: &[f64], size: usize) -> Result<f64, DriftError> {
    let needed = 2 * size.max(1);
    if size == 0 || rates.len() < needed {
        return Err(DriftError::TooFew {
            what: "an Allan variance over averages of that size",
            found: rates.len(),
            needed,
        });
    }
    // The sum of the first difference of averages, then one more reading at each end.
    let (early, late) = (&rates[..size], &rates[size..2 * size]);
    let mut difference: f64 = late.iter().zip(early).map(|(b, a)| b - a).sum();
    let mut sum = difference * difference;
    for first in 0..rates.len() - 2 * size {
        let (out, middle, new) = (first, first + size, first + 2 * size);
        difference += rates[new] - 2.0 * rates[middle] + rates[out];
        sum += difference * difference;
    }
    let pairs = (rates.len() - 2 * size + 1) as f64;
    Ok(sum / (2.0 * (size * size) as f64 * pairs))
}

/// Allan deviations at averaging times of 1, 2, 4, ... readings, as pairs of time and deviation, up to a
/// quarter of the readings.
#[must_use]
pub fn allan_deviations(rates: &[f64], interval: f64) -> Vec<(f64, f64)> {
    let sizes = std::iter::successors(Some(1_usize), |size| Some(2 * size));
    let sizes = sizes.take_while(|size| 4 * size <= rates.len());
    sizes
        .filter_map(|size| {
            let variance = allan_variance(rates, size).ok()?;
            Some((size as f64 * interval, variance.sqrt()))
        })
        .collect()
}

/// The Allan variance that a stationary process has in expectation, from its covariance at a lag of so many
/// readings; exact for readings that are samples. Cost `O(size)`.
///
/// White noise of variance `v` gives `v / size`, the slope -1/2 of the deviation; a Gauss-Markov process is
/// flat near 1.89 correlation times.
pub fn expected_allan_variance(size: usize, covariance: impl Fn(usize) -> f64) -> f64 {
    let m = size as f64;
    // Sums over all pairs of readings of one average, and of two neighbouring ones.
    let mut within = m * covariance(0);
    let mut between = m * covariance(size);
    for lag in 1..size {
        let pairs = (size - lag) as f64;
        within += 2.0 * pairs * covariance(lag);
        between += pairs * (covariance(size + lag) + covariance(size - lag));
    }
    (within - between) / (m * m)
}

/// The same for a random walk whose steps have a variance: `v (2 m^2 + 1) / (6 m)`, that is `K^2 t / 3` for long
/// averages, the slope 1/2 of the deviation.
#[must_use]
pub fn walk_allan_variance(size: usize, variance: f64) -> f64 {
    let m = size as f64;
    variance * (2.0 * m * m + 1.0) / (6.0 * m)
}
