//! Mutual information by nearest neighbours.

use nalgebra::DMatrix;
use rayon::prelude::*;

use super::InformationError;
use super::estimate::{Estimate, check_pairs, standardised};

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
    // Samples as columns: the numbers of one stand together.
    let x = standardised("x", x)?.transpose();
    let y = standardised("y", y)?.transpose();
    let psi = digammas(count);
    let term = |sample: usize| {
        let from = |side: &DMatrix<f64>| {
            let here = side.column(sample);
            let distance = |there: nalgebra::DVectorView<'_, f64>| {
                let steps = here.iter().zip(there.iter()).map(|(a, b)| (a - b).abs());
                steps.fold(0.0, f64::max)
            };
            side.column_iter().map(distance).collect::<Vec<f64>>()
        };
        let (x, y) = (from(&x), from(&y));
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
        let within = |side: &[f64]| side.iter().filter(|distance| **distance < reach).count();
        Ok(psi[neighbours] + psi[count] - psi[within(&x)] - psi[within(&y)])
    };
    let terms: Result<Vec<f64>, _> = (0..count).into_par_iter().map(term).collect();
    Ok(Estimate::of_terms(&terms?))
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
