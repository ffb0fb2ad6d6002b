//! Many paths of one equation.

use rayon::prelude::*;

use super::{StochasticField, StochasticOptions, StochasticSolver};
use crate::solver::{History, Save, SolverError, Trajectory, solve};

/// The paths `0..paths` of an equation from `begin` to `end`, on all cores. The paths
/// are the same for any number of threads; [`StochasticOptions::path`] is the number of the first.
///
/// # Errors
/// Those of [`StochasticSolver::new`] and of [`solve`], of the first path that has any.
pub fn stochastic_paths<F: StochasticField + ?Sized>(
    field: &F,
    history: &History<'_>,
    (begin, end): (f64, f64),
    save: &Save,
    options: StochasticOptions,
    paths: usize,
) -> Result<Vec<Trajectory>, SolverError> {
    let one = |path: usize| {
        let options = StochasticOptions {
            path: options.path + path as u64,
            ..options
        };
        solve(
            &mut StochasticSolver::new(field, history, begin, options)?,
            end,
            save,
            &[],
        )
    };
    let found: Vec<_> = (0..paths).into_par_iter().map(one).collect();
    found.into_iter().collect()
}
