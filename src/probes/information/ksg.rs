//! Mutual information by nearest neighbours.

use std::cmp::Ordering;

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::InformationError;
use super::estimate::{Estimate, check_pairs, standardised};
use crate::numerics::in_order::in_order;

/// The first estimator of A. Kraskov, H. Stögbauer, P. Grassberger, "Estimating mutual information",
/// Physical Review E 69, 066138 (2004), eq. 8:
///
/// ```text
/// I = psi(k) + psi(N) - < psi(n_x + 1) + psi(n_y + 1) >
/// ```
///
/// where `n_x` counts the samples nearer in `x` than the `k`-th neighbour is in the larger of both
/// distances. `x` and `y` have one sample a row; columns are brought to variance 1 first, and distances are
/// those of the largest coordinate. The standard error is that of the mean of the samples' own terms,
/// which are not quite independent. A small `k` has little bias and more scatter; 3 is usual.
///
/// Cost: `N^2` distances, on all threads.
///
/// # Errors
/// [`InformationError`] for unpaired samples, numbers that are none, no more samples than neighbours, or
/// samples that coincide.
///
/// ```
/// use nalgebra::DMatrix;
/// use pulsatrix::probes::information::ksg;
///
/// // y = x: the finer the distances, the more is known; nothing ends the growth but the samples.
/// let x = DMatrix::from_fn(500, 1, |i, _| (i as f64 * 0.618).fract());
/// assert!(ksg(&x, &x, 3)?.nats > 4.0);
/// # Ok::<(), pulsatrix::probes::information::InformationError>(())
/// ```
pub fn ksg(
    x: &DMatrix<f64>,
    y: &DMatrix<f64>,
    neighbours: usize,
) -> Result<Estimate, InformationError> {
    check_pairs(x, y)?;
    let count = x.nrows();
    check_neighbours(neighbours, count)?;
    // Samples as columns: the numbers of one stand together.
    let x = standardised("x", x)?.transpose();
    let y = standardised("y", y)?.transpose();
    let psi = digammas(count);
    let term = |sample: usize| {
        let (x, y) = (distances(&x, sample), distances(&y, sample));
        let mut both: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x.max(*y)).collect();
        both[sample] = f64::INFINITY;
        let (_, reach, _) = both.select_nth_unstable_by(neighbours - 1, f64::total_cmp);
        let reach = *reach;
        if reach == 0.0 {
            return Err(InformationError::Coincide {
                row: sample,
                neighbours,
            });
        }
        // The sample itself, at distance 0, is the one that is added to the neighbours.
        Ok(psi[neighbours] + psi[count] - psi[within(&x, reach)] - psi[within(&y, reach)])
    };
    let terms = in_order((0..count).into_par_iter().map(term))?;
    Ok(Estimate::of_terms(&terms))
}

/// The mutual information of samples `x`, one a row, and their labels: nearest neighbours for a side that is
/// discrete. B. C. Ross, "Mutual information between discrete and continuous data sets", PLoS ONE 9(2),
/// e87357 (2014), doi:10.1371/journal.pone.0087357:
///
/// ```text
/// I = psi(N) + < psi(k) - psi(N_label) - psi(m) >
/// ```
///
/// where `m` counts the samples of any label that are nearer than the `k`-th neighbour of the own label,
/// itself included. A label of fewer samples than neighbours looks at all that it has; one with a single
/// sample is left out, as in the paper. Scales, distances and cost are those of [`ksg`].
///
/// # Errors
/// Those of [`ksg`]; [`InformationError::TooFew`] if no label has two samples.
pub fn ksg_labels(
    x: &DMatrix<f64>,
    labels: &[usize],
    neighbours: usize,
) -> Result<Estimate, InformationError> {
    let column = DMatrix::from_fn(labels.len(), 1, |row, _| labels[row] as f64);
    check_pairs(x, &column)?;
    check_neighbours(neighbours, x.nrows())?;
    let x = standardised("x", x)?.transpose();
    let all = |label: usize| labels.iter().filter(|other| **other == label).count();
    let kept: Vec<usize> = (0..labels.len())
        .filter(|row| all(labels[*row]) > 1)
        .collect();
    if kept.len() < 2 {
        return Err(InformationError::TooFew {
            estimator: "ksg with labels",
            found: kept.len(),
            least: 2,
            remedy: "look at fewer labels: every one here has a single sample",
        });
    }
    let (x, labels) = (
        x.select_columns(&kept),
        kept.iter().map(|row| labels[*row]).collect::<Vec<_>>(),
    );
    let psi = digammas(labels.len());
    let term = |sample: usize| {
        let x = distances(&x, sample);
        let alike = |other: &usize| *other != sample && labels[*other] == labels[sample];
        let mut own: Vec<f64> = (0..labels.len())
            .filter(alike)
            .map(|other| x[other])
            .collect();
        let (neighbours, of_label) = (neighbours.min(own.len()), own.len() + 1);
        let (_, reach, _) = own.select_nth_unstable_by(neighbours - 1, f64::total_cmp);
        let reach = *reach;
        if reach == 0.0 {
            return Err(InformationError::Coincide {
                row: kept[sample],
                neighbours,
            });
        }
        let near = within(&x, reach);
        Ok(psi[neighbours] + psi[labels.len()] - psi[of_label] - psi[near])
    };
    let terms = in_order((0..labels.len()).into_par_iter().map(term))?;
    Ok(Estimate::of_terms(&terms))
}

pub(super) fn check_neighbours(neighbours: usize, count: usize) -> Result<(), InformationError> {
    if neighbours == 0 {
        return Err(InformationError::OutOfRange {
            name: "neighbours",
            value: 0.0,
            requirement: "at least one is needed",
        });
    }
    if count <= neighbours {
        return Err(InformationError::TooFew {
            estimator: "ksg",
            found: count,
            least: neighbours.saturating_add(1),
            remedy: "look at fewer neighbours",
        });
    }
    Ok(())
}

/// Distances from one sample to all, one a column, by the largest coordinate.
fn distances(side: &DMatrix<f64>, sample: usize) -> Vec<f64> {
    let here = side.column(sample);
    let distance = |there: nalgebra::DVectorView<'_, f64>| {
        let steps = here.iter().zip(there.iter()).map(|(a, b)| (a - b).abs());
        steps.fold(0.0, f64::max)
    };
    side.column_iter().map(distance).collect()
}

/// How many are nearer than `reach`.
fn within(distances: &[f64], reach: f64) -> usize {
    distances
        .iter()
        .filter(|distance| **distance < reach)
        .count()
}

/// Refuses samples of which more than `neighbours` share a place: they have no distance. Every other set of
/// samples has an estimate.
pub(super) fn check_distinct(
    x: &DMatrix<f64>,
    y: &DMatrix<f64>,
    neighbours: usize,
) -> Result<(), InformationError> {
    let numbers = |row: usize| {
        x.row(row)
            .into_iter()
            .chain(y.row(row).iter())
            .copied()
            .collect::<Vec<f64>>()
    };
    let pairs: Vec<Vec<f64>> = (0..x.nrows()).map(numbers).collect();
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    order.sort_by(|a, b| pairs[*a].partial_cmp(&pairs[*b]).unwrap_or(Ordering::Equal));
    let crowds = order.chunk_by(|a, b| pairs[*a] == pairs[*b]);
    let rows = crowds.filter(|crowd| crowd.len() > neighbours).flatten();
    match rows.min() {
        Some(row) => Err(InformationError::Coincide {
            row: *row,
            neighbours,
        }),
        None => Ok(()),
    }
}

/// `psi(n)` for `n` from 1.
pub(super) fn digamma(n: usize) -> f64 {
    digammas(n)[n.max(1)]
}

/// `psi(n)` for `n` up to `count`: `-gamma + 1 + 1/2 + ... + 1/(n-1)`; nothing at 0.
fn digammas(count: usize) -> Vec<f64> {
    const EULER: f64 = 0.577_215_664_901_532_9;
    let mut psi = vec![f64::NAN, -EULER];
    for n in 1..count {
        psi.push(psi[n] + 1.0 / n as f64);
    }
    psi
}
