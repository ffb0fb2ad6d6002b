//! Events along many paths of noise: rates, intervals, first times.

use serde::{Deserialize, Serialize};

use super::paths::SHOWN;
use crate::analysis::{Spread, intervals};

/// Number and time of the events of a trajectory, in order.
pub(super) type Happened = Vec<(usize, f64)>;

/// An event along the paths. Standard errors are those of the paths, which know nothing of each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathEvents {
    /// Its name.
    pub event: String,
    /// How often it happened on all paths together.
    pub count: usize,
    /// How often a unit of time over the later half of the time span,
    pub rate: f64,
    /// and its standard error.
    pub rate_error: f64,
    /// Mean time between two of them on a path, both in the later half; none if no path has two there. Long times find less
    /// room there than short ones, so that it lies below `1/rate`, the less the more of them fit.
    pub mean_interval: Option<f64>,
    /// Coefficient of variation of these times: 0 for a clock, 1 for a Poisson process.
    pub cv: Option<f64>,
    /// Share of the paths on which it happened at all.
    pub share: f64,
    /// Mean of the times of those at which it happened first,
    pub first: Option<f64>,
    /// and its standard error; none if that is a single path.
    pub first_error: Option<f64>,
}

/// Times between two neighbouring events of a number on each path, from a time on.
pub(super) fn times_between(paths: &[&Happened], number: usize, from: f64) -> Vec<f64> {
    let own = |path: &&Happened| -> Vec<f64> {
        let late = path
            .iter()
            .filter(|(event, time)| *event == number && *time >= from);
        late.map(|(_, time)| *time).collect()
    };
    paths
        .iter()
        .flat_map(|path| intervals(&own(path)))
        .collect()
}

/// What the paths, lists of the number and time of events, say of each event.
pub(super) fn path_events(
    names: &[&str],
    paths: &[&Happened],
    (begin, end): (f64, f64),
) -> Vec<PathEvents> {
    let middle = 0.5 * (begin + end);
    let of = |(number, name): (usize, &&str)| {
        let own = |path: &&Happened, from: f64| {
            let events = path.iter();
            events
                .filter(|(event, time)| *event == number && *time >= from)
                .count()
        };
        let rates = paths
            .iter()
            .map(|path| own(path, middle) as f64 / (end - middle));
        let rate = Spread::of(&rates.collect::<Vec<_>>());
        let first = |path: &&Happened| {
            let first = path.iter().find(|(event, _)| *event == number);
            first.map(|(_, time)| *time)
        };
        let firsts: Vec<f64> = paths.iter().filter_map(first).collect();
        let first = Spread::of(&firsts);
        let between = Spread::of(&times_between(paths, number, middle));
        let known = |value: f64| value.is_finite().then_some(value);
        PathEvents {
            event: (*name).to_owned(),
            count: paths.iter().map(|path| own(path, begin)).sum(),
            rate: rate.mean,
            rate_error: rate.error,
            mean_interval: known(between.mean),
            cv: known(between.deviation / between.mean),
            share: firsts.len() as f64 / paths.len() as f64,
            first: known(first.mean),
            first_error: known(first.error),
        }
    };
    names.iter().take(SHOWN).enumerate().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_intervals_and_first_times_are_those_of_the_paths() {
        let paths = [
            vec![(0, 1.0), (1, 3.0), (0, 6.0), (0, 8.0)],
            vec![(0, 7.0), (0, 8.0)],
            vec![],
        ];
        let paths: Vec<&Happened> = paths.iter().collect();
        let found = path_events(&["a", "b", "c"], &paths, (0.0, 10.0));
        let [a, b, c] = &found[..] else {
            panic!("three events");
        };
        assert_eq!((a.count, a.share), (5, 2.0 / 3.0));
        // 2, 2 and 0 of them in five units of time
        assert!((a.rate - 4.0 / 15.0).abs() < 1e-15);
        assert!((a.rate_error - 2.0 / 15.0).abs() < 1e-15);
        // intervals 2 and 1
        assert_eq!(a.mean_interval, Some(1.5));
        assert!((a.cv.unwrap() - 0.5_f64.sqrt() / 1.5).abs() < 1e-15);
        assert_eq!(a.first, Some(4.0));
        assert!((a.first_error.unwrap() - 3.0).abs() < 1e-12);
        assert_eq!((b.count, b.rate, b.first), (1, 0.0, Some(3.0)));
        assert_eq!((b.mean_interval, b.cv, b.first_error), (None, None, None));
        assert_eq!((c.count, c.share, c.first), (0, 0.0, None));
    }
}
