//! Mutual information of binned samples.

use std::collections::BTreeMap;

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::InformationError;
use super::estimate::{Estimate, check_pairs};

/// Where the borders of bins lie.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bins {
    /// At equal distances from the smallest to the largest number of a column.
    #[default]
    EqualWidth,
    /// So that every bin has as many samples as the next, but for equal numbers, which stay together.
    EqualCount,
}

/// The mutual information of samples whose columns are cut into `bins` each, with the correction of
/// G. A. Miller (1955) for the bias of counted frequencies:
///
/// ```text
/// I = sum p(x, y) ln p(x, y) / (p(x) p(y)) + (m_x + m_y - m_xy - 1) / (2 N)
/// ```
///
/// with `m` the numbers of cells that are not empty. A row of several columns is one symbol. Data that are
/// symbols already keep theirs, as equal numbers share a bin.
///
/// If all `N` samples are in cells of their own the estimate is `ln N`, whatever they are: the correction is
/// `(N - 1) / (2 N)` then, and is left out, as it is wherever most cells have one sample.
///
/// # Errors
/// [`InformationError`] for unpaired samples, numbers that are none, fewer than 2 samples or bins.
pub fn binned(
    x: &DMatrix<f64>,
    y: &DMatrix<f64>,
    bins: usize,
    borders: Bins,
) -> Result<Estimate, InformationError> {
    check_pairs(x, y)?;
    if bins < 2 {
        return Err(InformationError::OutOfRange {
            name: "bins",
            value: bins as f64,
            requirement: "one bin says nothing; at least 2 are needed",
        });
    }
    if x.nrows() < 2 {
        return Err(InformationError::TooFew {
            estimator: "binning",
            found: x.nrows(),
            least: 2,
            remedy: "look at data with more",
        });
    }
    let (x, y) = (symbols(x, bins, borders), symbols(y, bins, borders));
    Ok(of_symbols(&x, &y))
}

/// Number of cells of both sides together that hold a sample: where it is more than half of the samples,
/// [`binned`] tells how fine the bins are, not what one side says about the other.
#[must_use]
pub fn occupied_cells(x: &DMatrix<f64>, y: &DMatrix<f64>, bins: usize, borders: Bins) -> usize {
    let (x, y) = (symbols(x, bins, borders), symbols(y, bins, borders));
    let pairs: Vec<(usize, usize)> = x.into_iter().zip(y).collect();
    counts(&pairs).len()
}

/// The plug-in estimate for symbols, with the correction.
fn of_symbols(x: &[usize], y: &[usize]) -> Estimate {
    let pairs: Vec<(usize, usize)> = x.iter().copied().zip(y.iter().copied()).collect();
    let (of_x, of_y, of_pairs) = (counts(x), counts(y), counts(&pairs));
    let count = pairs.len() as f64;
    let term = |pair: &(usize, usize)| {
        let joint = of_pairs[pair] as f64;
        (joint * count / (of_x[&pair.0] as f64 * of_y[&pair.1] as f64)).ln()
    };
    let terms: Vec<f64> = pairs.iter().map(term).collect();
    let mut estimate = Estimate::of_terms(&terms);
    let cells = of_pairs.len() as f64;
    // Frequencies of cells with one sample say nothing that a correction could start from.
    if 2.0 * cells <= count {
        let freedom = of_x.len() as f64 + of_y.len() as f64 - cells - 1.0;
        estimate.nats += freedom / (2.0 * count);
    }
    estimate
}

fn counts<S: Ord + Copy>(symbols: &[S]) -> BTreeMap<S, usize> {
    let mut counts = BTreeMap::new();
    for symbol in symbols {
        *counts.entry(*symbol).or_insert(0) += 1;
    }
    counts
}

/// A number for every different row of bins, in the order in which they appear.
fn symbols(side: &DMatrix<f64>, bins: usize, borders: Bins) -> Vec<usize> {
    let columns: Vec<Vec<usize>> = side
        .column_iter()
        .map(|column| {
            let column: Vec<f64> = column.iter().copied().collect();
            match borders {
                Bins::EqualWidth => equal_width(&column, bins),
                Bins::EqualCount => equal_count(&column, bins),
            }
        })
        .collect();
    let mut known: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
    let rows = 0..side.nrows();
    rows.map(|row| {
        let cell: Vec<usize> = columns.iter().map(|column| column[row]).collect();
        let next = known.len();
        *known.entry(cell).or_insert(next)
    })
    .collect()
}

fn equal_width(column: &[f64], bins: usize) -> Vec<usize> {
    let least = column.iter().copied().fold(f64::INFINITY, f64::min);
    let largest = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // Halves, because the range itself may be beyond the largest number.
    let range = 0.5 * largest - 0.5 * least;
    let bin = |value: &f64| {
        let share = if range > 0.0 {
            (0.5 * value - 0.5 * least) / range
        } else {
            0.0
        };
        ((share * bins as f64) as usize).min(bins - 1)
    };
    column.iter().map(bin).collect()
}

/// By the mean rank of all that share a number, so that equal numbers stay together and a column of few
/// different numbers is cut between them.
fn equal_count(column: &[f64], bins: usize) -> Vec<usize> {
    let mut sorted = column.to_vec();
    sorted.sort_by(f64::total_cmp);
    let bin = |value: &f64| {
        let below = sorted.partition_point(|other| other < value);
        let upto = sorted.partition_point(|other| other <= value);
        // Twice the mean rank, which is below twice the number of samples.
        ((below + upto) as u128 * bins as u128 / (2 * sorted.len() as u128)) as usize
    };
    column.iter().map(bin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_of_both_kinds_are_those_by_hand() {
        let column = [0.0, 0.1, 0.2, 0.9, 1.0];
        assert_eq!(equal_width(&column, 2), [0, 0, 0, 1, 1]);
        assert_eq!(equal_count(&column, 2), [0, 0, 1, 1, 1]);
        assert_eq!(equal_count(&[4.0, 3.0, 2.0, 1.0], 2), [1, 1, 0, 0]);
        assert_eq!(equal_width(&[3.0; 3], 4), [0, 0, 0]);
        assert_eq!(equal_count(&[3.0; 3], 4), [2, 2, 2]);
        assert_eq!(
            equal_count(&[0.0, 1.0], usize::MAX)[1],
            usize::MAX / 4 * 3 + 2
        );
        assert_eq!(equal_count(&[1.0, 1.0, 1.0, 2.0], 2), [0, 0, 0, 1]);
        assert_eq!(equal_width(&[-f64::MAX, f64::MAX], 2), [0, 1]);
    }
}
