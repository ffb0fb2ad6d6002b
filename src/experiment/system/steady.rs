//! The steady state near a trajectory.

use super::findings::SteadyState;
use crate::analysis::rightmost_roots;
use crate::solver::{DelayField, Trajectory};

/// The steady state by Newton's method: from the end of the run, from the mean over its later half,
/// which a cycle goes round, and from between that mean and states of the cycle.
pub(super) fn steady_state(
    field: &dyn DelayField,
    run: &Trajectory,
    last: &[f64],
    count: usize,
) -> SteadyState {
    /// States of the cycle that are tried (chosen: some lie on every side of it).
    const TRIED: usize = 16;
    let late = run.times.len() / 2..run.times.len();
    let share = 1.0 / late.len().max(1) as f64;
    // parameters that events change stand behind the others
    let mut mean = vec![0.0; field.dimension()];
    for row in late.clone() {
        for (mean, value) in mean.iter_mut().zip(run.state(row)) {
            *mean += share * value;
        }
    }
    let every = late.len().div_ceil(TRIED).max(1);
    let halves = late.step_by(every).map(|row| {
        let pairs = run.state(row).iter().zip(&mean);
        pairs.map(|(value, mean)| 0.5 * (value + mean)).collect()
    });
    let guesses = [last[..mean.len()].to_vec(), mean.clone()]
        .into_iter()
        .chain(halves);
    let mut failure = None;
    for guess in guesses {
        match rightmost_roots(field, &guess, count) {
            Ok((state, roots)) => {
                let failure = None;
                return SteadyState {
                    state,
                    roots,
                    failure,
                };
            }
            Err(error) => {
                failure.get_or_insert(error.to_string());
            }
        }
    }
    SteadyState {
        state: Vec::new(),
        roots: Vec::new(),
        failure,
    }
}
