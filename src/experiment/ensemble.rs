//! Many independent networks, side by side, each computed once.

use rayon::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::shared::{crew, share};
use super::{Progress, RunError, part};
use crate::analysis::Spread;
use crate::figures::{Look, Series};

/// Computes every job, in parallel and on all ranks, as a [`part`] of the run; results in the order of the names.
pub(super) fn ensemble<T: Serialize + DeserializeOwned + Send>(
    progress: &dyn Progress,
    names: &[String],
    compute: impl Fn(usize) -> Result<T, RunError> + Sync,
) -> Result<Vec<T>, RunError> {
    each(progress, names, compute, |_, _| {
        progress.advance(1);
        Ok(())
    })
}

/// The same; `finished` sees every result as it comes, in no order, also those that an earlier run has kept.
pub(super) fn each<T: Serialize + DeserializeOwned + Send>(
    progress: &dyn Progress,
    names: &[String],
    compute: impl Fn(usize) -> Result<T, RunError> + Sync,
    finished: impl Fn(usize, &T) -> Result<(), RunError> + Sync,
) -> Result<Vec<T>, RunError> {
    if let Some(crew) = crew(progress) {
        let slots = rayon::current_num_threads();
        return share(crew, progress, names, slots, compute, finished);
    }
    let one = |(index, name): (usize, &String)| {
        let result = part(progress, name, || compute(index))?;
        finished(index, &result)?;
        Ok(result)
    };
    names.par_iter().enumerate().map(one).collect()
}

/// The same for jobs that are parallel in themselves or large: one after the other on each rank.
pub(super) fn in_turn<T: Serialize + DeserializeOwned>(
    progress: &dyn Progress,
    names: &[String],
    compute: impl Fn(usize) -> Result<T, RunError> + Sync,
) -> Result<Vec<T>, RunError> {
    if let Some(crew) = crew(progress) {
        return share(crew, progress, names, 1, compute, |_, _| {
            progress.advance(1);
            Ok(())
        });
    }
    let one = |(index, name): (usize, &String)| {
        let result = part(progress, name, || compute(index));
        progress.advance(1);
        result
    };
    names.iter().enumerate().map(one).collect()
}

/// Means and standard errors of `values[place][network]` as a curve.
pub(super) fn curve(label: impl Into<String>, places: &[f64], values: &[Vec<f64>]) -> Series {
    let spreads: Vec<Spread> = values.iter().map(|v| Spread::of(v)).collect();
    let points = places.iter().zip(&spreads).map(|(x, s)| (*x, s.mean));
    Series::new(label, points.collect(), Look::LineAndMarkers)
        .with_errors(spreads.iter().map(|s| s.error))
}

/// Mean over the networks that have the number, and its standard error.
pub(in crate::experiment) fn spread(values: impl Iterator<Item = Option<f64>>) -> [Option<f64>; 2] {
    let values: Vec<f64> = values.flatten().collect();
    if values.is_empty() {
        return [None, None];
    }
    let spread = Spread::of(&values);
    [spread.mean, spread.error].map(|value| value.is_finite().then_some(value))
}
