//! What a run of one's own system finds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cycle::CycleFound;
use super::exponents::Exponents;
use super::paths::Paths;
use super::steady::{Branch, SteadyState};
use crate::experiment::Array;
use crate::solver::Statistics;

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// What the model shows, for the pictures.
    #[serde(default)]
    pub shows: String,
    /// Names of the components.
    pub components: Vec<String>,
    /// Components that each variable has, in the order of the equations; none for one without index.
    pub variables: Vec<(String, Option<usize>)>,
    /// Constant lags that are read.
    pub lags: usize,
    /// Time at the end of the run.
    pub end: f64,
    /// The event that ended it, if one did.
    pub ended_by: Option<String>,
    /// State at the end.
    #[serde(rename = "final")]
    pub last: Vec<f64>,
    /// Course of each component and observable in a few numbers: all, or if they are many those without
    /// an index.
    pub courses: BTreeMap<String, Course>,
    /// Number of events of each name.
    pub events: Vec<EventCount>,
    /// Times of all events.
    pub event_times: Array,
    /// Number of the event at each of these times.
    pub event_numbers: Array,
    /// The paths of a system with noise; `t` and `x` are those of the first of them.
    pub paths: Option<Paths>,
    /// The steady state near the end of the run, if it was asked for.
    pub steady_state: Option<SteadyState>,
    /// The steady state along a parameter, if it was asked for.
    pub branch: Option<Branch>,
    /// The cycle that the run leads to, if it was asked for.
    pub cycle: Option<CycleFound>,
    /// Lyapunov exponents, if they were asked for.
    pub exponents: Option<Exponents>,
    /// Saved times.
    pub t: Array,
    /// The solution then: a row a time, a column a component.
    pub x: Array,
    /// Names of the observables.
    pub observables: Vec<String>,
    /// The observables at the saved times.
    pub observed: Array,
    /// The inputs, if there are any.
    pub driven: Option<Driven>,
    /// Cost.
    pub statistics: Statistics,
}

/// What drives the system from outside.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Driven {
    /// Names of the inputs, with an index for each value that one has at a time.
    pub names: Vec<String>,
    /// Their values at the saved times: a row a time.
    pub values: Array,
}

/// A course over the later half of the saved times, and its end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Course {
    /// At the end.
    pub end: f64,
    /// Least value.
    pub minimum: f64,
    /// Largest value.
    pub maximum: f64,
    /// Mean over the saved times.
    pub mean: f64,
}

/// Courses of the columns of an array with these names.
pub(super) fn courses(names: &[String], values: &[f64], into: &mut BTreeMap<String, Course>) {
    /// Rows of a sweep should not be longer (chosen).
    const MOST: usize = 24;
    let width = names.len();
    let rows = values.len() / width.max(1);
    for (column, name) in names.iter().enumerate() {
        if rows == 0 || (width > MOST && name.ends_with(']')) {
            continue;
        }
        let late = || (rows / 2..rows).map(|row| values[row * width + column]);
        let count = late().count() as f64;
        let course = Course {
            end: values[(rows - 1) * width + column],
            minimum: late().fold(f64::INFINITY, f64::min),
            maximum: late().fold(f64::NEG_INFINITY, f64::max),
            mean: late().sum::<f64>() / count,
        };
        into.insert(name.clone(), course);
    }
}

/// How often an event has happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EventCount {
    /// Its name.
    pub name: String,
    /// How often.
    pub count: usize,
}
