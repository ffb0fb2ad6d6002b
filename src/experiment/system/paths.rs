//! Many paths of a system with noise.

use serde::{Deserialize, Serialize};

use super::path_events::{Happened, PathEvents, path_events};
use super::settings::PathSettings;
use crate::analysis::Spread;
use crate::experiment::ensemble::ensemble;
use crate::experiment::{Array, Progress, RunError};
use crate::language::System;
use crate::solver::{
    Save, SolverError, Statistics, StochasticMethod, StochasticOptions, StochasticSolver,
    Trajectory, solve,
};

/// Paths that one task computes: few enough that all cores have some, many enough that a task is worth keeping
/// (chosen).
const TOGETHER: usize = 20;

/// Shares of the paths below the quantiles.
const LEVELS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Components whose moments the report holds; arrays hold all.
pub(super) const SHOWN: usize = 24;

/// Mean and variance of a component over the paths and the later half of the saved times. The standard errors are those
/// of the paths, which know nothing of each other.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Moments {
    /// The component.
    pub component: String,
    /// Mean,
    pub mean: f64,
    /// and its standard error.
    pub mean_error: f64,
    /// Variance,
    pub variance: f64,
    /// and its standard error.
    pub variance_error: f64,
}

/// What the paths have in common.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Paths {
    /// Number of paths.
    pub count: usize,
    /// Length of their steps.
    pub step: f64,
    /// How steps are taken.
    pub method: StochasticMethod,
    /// Moments of each component, of the first ones if they are many.
    pub moments: Vec<Moments>,
    /// The events along them, the first ones if they are many.
    pub events: Vec<PathEvents>,
    /// Times of the events of all paths, one path after the other,
    pub event_times: Array,
    /// which event happened,
    pub event_numbers: Array,
    /// and on which path.
    pub event_paths: Array,
    /// Shares of the paths that lie below the quantiles.
    pub levels: Vec<f64>,
    /// Mean over the paths.
    pub mean: Array,
    /// Standard deviation over the paths.
    pub deviation: Array,
    /// Quantiles of the paths.
    pub quantiles: Array,
}

/// Some paths.
#[derive(Serialize, Deserialize)]
struct Share {
    step: f64,
    method: StochasticMethod,
    /// Saved states of each.
    states: Vec<Vec<f64>>,
    /// Events of each.
    events: Vec<Happened>,
    statistics: Statistics,
}

/// The events of a trajectory.
pub(super) fn happened(run: &Trajectory) -> Happened {
    let events = run.events.iter();
    events.map(|event| (event.event, event.time)).collect()
}

/// All paths at the given times: the first of them with its events, and what they have in common.
pub(super) fn paths(
    system: &System,
    settings: &PathSettings,
    seed: u64,
    (begin, end): (f64, f64),
    times: &[f64],
    progress: &dyn Progress,
) -> Result<(Trajectory, Happened, Paths), RunError> {
    let count = *settings.count;
    let tasks = count.div_ceil(TOGETHER);
    progress.begin("paths", tasks as u64);
    let names: Vec<String> = (0..tasks).map(|task| format!("paths-{task}")).collect();
    let some = |task: usize| {
        let numbers = task * TOGETHER..count.min((task + 1) * TOGETHER);
        some_paths(system, settings, seed, (begin, end), times, numbers)
    };
    let all: Vec<Share> = ensemble(progress, &names, some)?;
    let states: Vec<&Vec<f64>> = all.iter().flat_map(|some| &some.states).collect();
    let events: Vec<&Happened> = all.iter().flat_map(|some| &some.events).collect();
    let list = |name: &str, holds: &str, of: fn(usize, &(usize, f64)) -> f64| {
        let values = events.iter().enumerate();
        let values =
            values.flat_map(|(path, events)| events.iter().map(move |event| of(path, event)));
        Array::list(name, values.collect()).along(["event"], holds)
    };
    let first = Trajectory {
        times: times.to_vec(),
        states: states[0].clone(),
        statistics: all.iter().map(|some| some.statistics).sum(),
        ..Trajectory::empty(system.dimension(), "stochastic")
    };
    let components = system.components();
    let (mean, deviation, quantiles) = over_paths(&states);
    let (rows, width) = (times.len(), components.len());
    let shown = components.iter().take(SHOWN).enumerate();
    let moments = shown.map(|(column, name)| moments(&states, name, column, rows, width));
    let along = ["sample, at the times of t", "component"];
    let units = "in the system's units";
    let quantiles = Array {
        name: "path_quantiles".into(),
        shape: vec![LEVELS.len(), rows, width],
        axes: Vec::new(),
        holds: String::new(),
        values: quantiles,
    };
    let found = Paths {
        count,
        step: all[0].step,
        method: all[0].method,
        moments: moments.collect(),
        events: path_events(&system.event_names(), &events, (begin, end)),
        event_times: list(
            "path_event_times",
            "time in the system's unit",
            |_, event| event.1,
        ),
        event_numbers: list("path_event_numbers", "which event, from 0", |_, event| {
            event.0 as f64
        }),
        event_paths: list("path_event_paths", "which path, from 0", |path, _| {
            path as f64
        }),
        levels: LEVELS.to_vec(),
        mean: Array::rows("path_mean", width, mean).along(along, units),
        deviation: Array::rows("path_deviation", width, deviation).along(along, units),
        quantiles: quantiles.along(["level", along[0], along[1]], units),
    };
    Ok((first, events[0].clone(), found))
}

fn some_paths(
    system: &System,
    settings: &PathSettings,
    seed: u64,
    (begin, end): (f64, f64),
    times: &[f64],
    numbers: std::ops::Range<usize>,
) -> Result<Share, RunError> {
    let field = system.noisy().ok_or(SolverError::InvalidArgument {
        name: "noise",
        value: 0.0,
        requirement: "a system with paths has noise",
    })?;
    let save = Save::At(times.to_vec());
    let history = system.history(begin);
    let solver = |path: usize| {
        let options = StochasticOptions {
            method: settings.method.map(|method| *method),
            seed,
            path: path as u64,
            ..StochasticOptions::with_step(*settings.step)
        };
        StochasticSolver::new(&field, &history, begin, options)
    };
    let first = solver(numbers.start)?;
    let mut share = Share {
        step: first.step(),
        method: first.method(),
        states: Vec::new(),
        events: Vec::new(),
        statistics: Statistics::default(),
    };
    for path in numbers {
        let run = solve(&mut solver(path)?, end, &save, &system.events())?;
        share.events.push(happened(&run));
        share.states.push(run.states);
        share.statistics = [share.statistics, run.statistics].into_iter().sum();
    }
    Ok(share)
}

/// Mean and standard deviation of every saved number over the paths, and its quantiles, level after level.
fn over_paths(states: &[&Vec<f64>]) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let length = states[0].len();
    let (mut mean, mut deviation) = (vec![0.0; length], vec![0.0; length]);
    let mut quantiles = vec![0.0; LEVELS.len() * length];
    let mut values = vec![0.0; states.len()];
    for place in 0..length {
        for (value, states) in values.iter_mut().zip(states) {
            *value = states[place];
        }
        values.sort_by(f64::total_cmp);
        let spread = Spread::of(&values);
        mean[place] = spread.mean;
        deviation[place] = spread.deviation;
        for (level, share) in LEVELS.iter().enumerate() {
            quantiles[level * length + place] = quantile(&values, *share);
        }
    }
    (mean, deviation, quantiles)
}

/// The value below which a share of sorted values lies, by a straight line between neighbours (type 7 of R. J. Hyndman,
/// Y. Fan, Am. Stat. 50(4), 361-365 (1996), doi:10.1080/00031305.1996.10473566).
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let below = (place.floor() as usize).min(sorted.len() - 1);
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

fn moments(states: &[&Vec<f64>], name: &str, column: usize, rows: usize, width: usize) -> Moments {
    let late = rows / 2..rows;
    let over_time = |path: &Vec<f64>, of: &dyn Fn(f64) -> f64| {
        let values = late.clone().map(|row| of(path[row * width + column]));
        values.sum::<f64>() / late.len() as f64
    };
    let means: Vec<f64> = states.iter().map(|path| over_time(path, &|x| x)).collect();
    let mean = Spread::of(&means);
    let squares = |path: &&Vec<f64>| over_time(path, &|x| (x - mean.mean).powi(2));
    let squares: Vec<f64> = states.iter().map(squares).collect();
    let variance = Spread::of(&squares);
    Moments {
        component: name.to_owned(),
        mean: mean.mean,
        mean_error: mean.error,
        variance: variance.mean,
        variance_error: variance.error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_moments_are_those_of_the_paths() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.5), 2.0);
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), 3.0);
        let paths = [vec![9.0, 1.0], vec![9.0, 3.0]];
        let found = moments(&[&paths[0], &paths[1]], "x", 0, 2, 1);
        assert_eq!((found.mean, found.mean_error), (2.0, 1.0));
        assert_eq!((found.variance, found.variance_error), (1.0, 0.0));
    }
}
