//! Means over repetitions, and powers of a size, with their errors.

use serde::{Deserialize, Serialize};

/// Mean of repeated measurements.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Standard deviation of one measurement (with `n - 1`); NaN for a single one.
    pub deviation: f64,
    /// Standard error of the mean; NaN for a single one.
    pub error: f64,
}

impl Spread {
    /// Of a list of measurements.
    ///
    /// ```
    /// use pulsatrix::analysis::Spread;
    ///
    /// let spread = Spread::of(&[1.0, 2.0, 3.0, 6.0]);
    /// assert_eq!(spread.mean, 3.0);
    /// assert!((spread.error - (14.0_f64 / 12.0).sqrt()).abs() < 1e-15);
    /// ```
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|x| (x - mean).powi(2)).sum();
        let deviation = (squares / (count - 1.0)).sqrt();
        Self {
            mean,
            deviation,
            error: deviation / count.sqrt(),
        }
    }
}

/// Logarithm to base 2 of the ratio of the geometric means of two lists of measurements, and its
/// standard error; NaN for a single measurement.
///
/// ```
/// use pulsatrix::analysis::log2_ratio;
///
/// let (ratio, error) = log2_ratio(&[8.0, 32.0], &[4.0, 4.0]);
/// assert_eq!((ratio, error), (2.0, 1.0));
/// ```
#[must_use]
pub fn log2_ratio(first: &[f64], second: &[f64]) -> (f64, f64) {
    let [first, second] = [first, second].map(|values| {
        let logarithms: Vec<f64> = values.iter().map(|value| value.log2()).collect();
        Spread::of(&logarithms)
    });
    (first.mean - second.mean, first.error.hypot(second.error))
}

/// The power `y ~ x^exponent` that repeated measurements follow.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PowerLaw {
    /// Mean over the repetitions of the slope of `ln y` against `ln x`, by least squares.
    pub exponent: f64,
    /// Standard error of that mean, from the repetitions; NaN for a single one.
    pub error: f64,
    /// `y` of the fit at `x = 1`, geometric mean over the repetitions.
    pub prefactor: f64,
}

impl PowerLaw {
    /// Fits every repetition by itself, so that the error needs no model of the noise: row `s` of
    /// `measured` holds what repetition `s` gave at every size. `None` for fewer than two different
    /// sizes, for numbers that are not positive, or without repetitions.
    ///
    /// # Panics
    /// If a repetition has not one number for every size.
    ///
    /// ```
    /// use pulsatrix::analysis::PowerLaw;
    ///
    /// let law = PowerLaw::fit(&[1.0, 4.0, 16.0], &[vec![8.0, 4.0, 2.0], vec![2.0, 1.0, 0.5]]);
    /// let law = law.expect("positive numbers at three sizes");
    /// assert!((law.exponent + 0.5).abs() < 1e-14 && law.error < 1e-14);
    /// assert!((law.prefactor - 4.0).abs() < 1e-13);
    /// ```
    #[must_use]
    pub fn fit(sizes: &[f64], measured: &[Vec<f64>]) -> Option<Self> {
        let positive = |values: &[f64]| values.iter().all(|x| *x > 0.0 && x.is_finite());
        if !positive(sizes) || measured.is_empty() || !measured.iter().all(|y| positive(y)) {
            return None;
        }
        let x: Vec<f64> = sizes.iter().map(|x| x.ln()).collect();
        let mean_x = Spread::of(&x).mean;
        let square: f64 = x.iter().map(|x| (x - mean_x).powi(2)).sum();
        if square <= 0.0 {
            return None;
        }
        let (mut slopes, mut levels) = (Vec::new(), Vec::new());
        for values in measured {
            assert_eq!(values.len(), x.len(), "one number for every size");
            let y: Vec<f64> = values.iter().map(|y| y.ln()).collect();
            let mean_y = Spread::of(&y).mean;
            let product: f64 = x
                .iter()
                .zip(&y)
                .map(|(x, y)| (x - mean_x) * (y - mean_y))
                .sum();
            slopes.push(product / square);
            levels.push(mean_y - product / square * mean_x);
        }
        let slope = Spread::of(&slopes);
        Some(Self {
            exponent: slope.mean,
            error: slope.error,
            prefactor: Spread::of(&levels).mean.exp(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_no_power_is_refused() {
        assert!(PowerLaw::fit(&[2.0, 2.0], &[vec![1.0, 3.0]]).is_none());
        assert!(PowerLaw::fit(&[1.0, 2.0], &[vec![1.0, 0.0]]).is_none());
        assert!(PowerLaw::fit(&[1.0, 2.0], &[]).is_none());
        let single = PowerLaw::fit(&[1.0, 2.0], &[vec![1.0, 2.0]]).unwrap();
        assert!((single.exponent - 1.0).abs() < 1e-15 && single.error.is_nan());
    }
}
