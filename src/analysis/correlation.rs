//! Whether two lists of numbers go together.

/// Pearson's correlation of pairs `(x_i, y_i)`: `cov(x, y) / (s_x s_y)`, between -1 and 1.
///
/// `None` for fewer than two pairs, for a list that is constant, or one that holds NaN or infinity.
///
/// # Panics
/// If the lists differ in length.
///
/// ```
/// use pulsatrix::analysis::pearson;
///
/// let opposite = pearson(&[1.0, 2.0, 3.0], &[5.0, 4.0, 3.0]);
/// assert!(opposite.is_some_and(|r| (r + 1.0).abs() < 1e-15));
/// assert_eq!(pearson(&[1.0, 2.0], &[5.0, 5.0]), None);
/// ```
#[must_use]
pub fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    assert_eq!(x.len(), y.len(), "one y for every x");
    let (x, y) = (standardised(x)?, standardised(y)?);
    let products = x.iter().zip(&y).map(|(x, y)| x * y);
    // The product of two unit vectors is beyond 1 by rounding at most.
    Some(products.sum::<f64>().clamp(-1.0, 1.0))
}

/// Spearman's rank correlation: [`pearson`] of the ranks, where equal numbers share the mean of their
/// ranks.
///
/// C. Spearman, Am. J. Psychol. 15, 72-101 (1904), doi:10.2307/1412159; ties by M. G. Kendall, Biometrika
/// 33, 239-251 (1945), doi:10.1093/biomet/33.3.239. `None` as for [`pearson`].
///
/// # Panics
/// If the lists differ in length.
///
/// ```
/// use pulsatrix::analysis::spearman;
///
/// let ascending = spearman(&[1.0, 2.0, 3.0], &[1.0, 1e3, 1e6]);
/// assert!(ascending.is_some_and(|r| (r - 1.0).abs() < 1e-15));
/// ```
#[must_use]
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    let finite = |list: &[f64]| list.iter().all(|x| x.is_finite());
    if !(finite(x) && finite(y)) {
        return None;
    }
    pearson(&ranks(x), &ranks(y))
}

/// A list about its mean, of length 1.
fn standardised(x: &[f64]) -> Option<Vec<f64>> {
    let count = x.len() as f64;
    let mean = x.iter().sum::<f64>() / count;
    let centred: Vec<f64> = x.iter().map(|x| x - mean).collect();
    // Scaled first, so that no square over- or underflows.
    let largest = centred.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    let constant = x.iter().all(|value| *value == x[0]);
    if x.len() < 2 || constant || !mean.is_finite() || largest <= 0.0 {
        return None;
    }
    let scaled = centred.iter().map(|x| x / largest);
    let norm = scaled.clone().map(|x| x * x).sum::<f64>().sqrt();
    Some(scaled.map(|x| x / norm).collect())
}

/// Ranks from 1; equal numbers share the mean of theirs.
fn ranks(x: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|a, b| x[*a].total_cmp(&x[*b]));
    let mut ranks = vec![0.0; x.len()];
    let mut before = 0;
    for equal in order.chunk_by(|a, b| x[*a] == x[*b]) {
        let shared = before as f64 + 0.5 * (equal.len() + 1) as f64;
        for index in equal {
            ranks[*index] = shared;
        }
        before += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlations_of_known_pairs() {
        // Anscombe's first set (Am. Stat. 27, 17-21, 1973): 0.81642
        let x = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
        let y = [
            8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68,
        ];
        assert!((pearson(&x, &y).unwrap() - 0.816_420_516_344_840_2).abs() < 1e-14);
        // without ties 1 - 6 sum d^2 / (n (n^2 - 1)), where sum d^2 = 40 and n = 11
        let expected = 1.0 - 6.0 * 40.0 / (11.0 * 120.0);
        assert!((spearman(&x, &y).unwrap() - expected).abs() < 1e-14);
    }

    #[test]
    fn equal_numbers_share_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0, 3.0]), [4.0, 1.0, 4.0, 2.0, 4.0]);
        assert_eq!(ranks(&[0.0, -0.0]), [1.5, 1.5]);
        // ranks 1.5, 1.5, 3 and 1, 2, 3: 1.5 / sqrt(1.5 * 2)
        let found = spearman(&[0.0, 0.0, 1.0], &[1.0, 2.0, 3.0]).unwrap();
        assert!((found - 0.75_f64.sqrt()).abs() < 1e-15);
    }

    #[test]
    fn what_has_no_correlation_has_none() {
        assert_eq!(pearson(&[], &[]), None);
        assert_eq!(pearson(&[1.0], &[1.0]), None);
        assert_eq!(
            pearson(&[0.1; 7], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]),
            None
        );
        assert_eq!(spearman(&[1.0, f64::NAN], &[1.0, 2.0]), None);
        assert_eq!(pearson(&[1.0, f64::INFINITY], &[1.0, 2.0]), None);
        // neither tiny nor huge numbers over- or underflow
        for scale in [1e-200, 1e200] {
            let x = [scale, 2.0 * scale, 4.0 * scale];
            assert!((pearson(&x, &x).unwrap() - 1.0).abs() < 1e-15);
        }
    }
}
