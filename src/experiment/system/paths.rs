//! Many paths of a system with noise: their mean, their band, and where they end.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::experiment::{Array, RunError, Table};
use crate::language::System;
use crate::solver::{
    History, Save, StochasticMethod, StochasticOptions, StochasticSolver, Trajectory, solve,
};

/// Shares of the paths below the band and up to its upper edge.
const BAND: [f64; 2] = [0.05, 0.95];

/// What many paths have in common.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Paths {
    /// Number of paths.
    pub count: usize,
    /// Length of the steps.
    pub step: f64,
    /// How they were taken.
    pub method: StochasticMethod,
    /// Mean of the paths: a row a time, a column a component.
    pub mean: Array,
    /// Below this are 5 % of the paths.
    pub low: Array,
    /// Below this are 95 % of the paths.
    pub high: Array,
    /// Each component at the end.
    pub ends: Vec<End>,
}

/// A component at the end of all paths.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct End {
    /// Its name.
    pub component: String,
    /// Mean.
    pub mean: f64,
    /// Standard error of the mean.
    pub mean_error: f64,
    /// Variance.
    pub variance: f64,
    /// Standard error of the variance.
    pub variance_error: f64,
}

/// Follows the paths; the first of them, and what all have in common. Each thread has a field of its own, and
/// paths are the same for any number of threads.
pub(super) fn paths(
    system: &System,
    times: &[f64],
    count: usize,
    options: StochasticOptions,
) -> Result<(Trajectory, Paths), RunError> {
    let (begin, end) = (times[0], times[times.len() - 1]);
    let save = Save::At(times.to_vec());
    let one = |path: usize| {
        let field = system.noisy().ok_or_else(no_noise)?;
        let history: History<'_> = system.history(begin);
        let options = StochasticOptions {
            path: options.path + path as u64,
            ..options
        };
        let mut solver = StochasticSolver::new(&field, &history, begin, options)?;
        let step = solver.step();
        Ok((step, solver.method(), solve(&mut solver, end, &save, &[])?))
    };
    let found: Vec<Result<_, RunError>> = (0..count).into_par_iter().map(one).collect();
    let mut found: Vec<(f64, StochasticMethod, Trajectory)> =
        found.into_iter().collect::<Result<_, _>>()?;
    let (step, method, _) = found[0];
    let runs = || found.iter().map(|(.., run)| run);
    let columns = system.dimension();
    let numbers = times.len() * columns;
    let (mut mean, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
    let mut values = Vec::with_capacity(count);
    for place in 0..numbers {
        values.clear();
        values.extend(runs().map(|run| run.states[place]));
        mean.push(values.iter().sum::<f64>() / count as f64);
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values[(share * (count - 1) as f64).round() as usize];
        low.push(at(BAND[0]));
        high.push(at(BAND[1]));
    }
    let ends = system.components().into_iter().enumerate();
    let ends = ends.map(|(column, name)| {
        let last = numbers - columns + column;
        End::new(
            name,
            &runs().map(|run| run.states[last]).collect::<Vec<f64>>(),
        )
    });
    let common = Paths {
        count,
        step,
        method,
        ends: ends.collect(),
        mean: Array::rows("mean", columns, mean),
        low: Array::rows("low", columns, low),
        high: Array::rows("high", columns, high),
    };
    Ok((found.swap_remove(0).2, common))
}

fn no_noise() -> RunError {
    RunError::numerical(std::io::Error::other("the system has no noise"))
}

impl End {
    fn new(component: String, values: &[f64]) -> Self {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let moment = |power: i32| {
            let all = values.iter().map(|value| (value - mean).powi(power));
            all.sum::<f64>() / count
        };
        let variance = moment(2) * count / (count - 1.0);
        Self {
            component,
            mean,
            mean_error: (variance / count).sqrt(),
            variance,
            // of the second moment, for many paths
            variance_error: ((moment(4) - moment(2).powi(2)).max(0.0) / count).sqrt(),
        }
    }
}

impl Paths {
    /// A row a time: mean and band of every component.
    pub(super) fn table(&self, times: &[f64], components: &[String]) -> Table {
        let each =
            |name: &String| ["mean of ", "5 % of ", "95 % of "].map(|word| format!("{word}{name}"));
        let names = components.iter().flat_map(each);
        let mut table = Table::new(["t".to_owned()].into_iter().chain(names));
        let width = components.len();
        for (row, time) in times.iter().enumerate() {
            let places = row * width..(row + 1) * width;
            let numbers = places.flat_map(|place| {
                [&self.mean, &self.low, &self.high].map(|array| array.values[place])
            });
            let numbers = [*time].into_iter().chain(numbers);
            table.push(numbers.map(Into::into));
        }
        table
    }

    /// Where the paths end.
    pub(super) fn ends(&self) -> Table {
        /// Components that a screen holds.
        const MOST: usize = 12;
        let mut table = Table::new(["at the end", "mean", "± mean", "variance", "± variance"]);
        for end in self.ends.iter().take(MOST) {
            table.push([
                end.component.as_str().into(),
                end.mean.into(),
                end.mean_error.into(),
                end.variance.into(),
                end.variance_error.into(),
            ]);
        }
        table
    }
}
