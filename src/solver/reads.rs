//! Single components read at lags: what a network with a delay for every connection needs.

use serde::{Deserialize, Serialize};

/// One delayed value that a field reads: `y_component(t - lags()[lag])`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Read {
    /// Which of the constant lags, counted from 0.
    pub lag: usize,
    /// Which component of the state.
    pub component: usize,
}

/// The distinct lags of a list of delayed values, and the list in terms of them.
///
/// Equal delays become one lag, so that a matrix of equal entries is the equation with one lag.
///
/// ```
/// use pulsatrix::solver::DelayTable;
///
/// // three units hear component 0 after 0.5, component 1 after 0.5 and component 2 after 1.5
/// let table = DelayTable::new([(0.5, 0), (0.5, 1), (1.5, 2)]);
/// assert_eq!(table.lags(), [0.5, 1.5]);
/// assert_eq!(table.reads()[2].lag, 1);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DelayTable {
    lags: Vec<f64>,
    reads: Vec<Read>,
}

impl DelayTable {
    /// The table of pairs `(delay, component)`, in their order. Cost: a sort.
    #[must_use]
    pub fn new(pairs: impl IntoIterator<Item = (f64, usize)>) -> Self {
        let pairs: Vec<(f64, usize)> = pairs.into_iter().collect();
        // adding zero makes one zero of two
        let mut lags: Vec<f64> = pairs.iter().map(|(delay, _)| delay + 0.0).collect();
        lags.sort_by(f64::total_cmp);
        lags.dedup();
        let read = |&(delay, component): &(f64, usize)| Read {
            lag: lags.partition_point(|lag| lag.total_cmp(&(delay + 0.0)).is_lt()),
            component,
        };
        let reads = pairs.iter().map(read).collect();
        Self { lags, reads }
    }

    /// The distinct delays, ascending: the lags of the field.
    #[must_use]
    pub fn lags(&self) -> &[f64] {
        &self.lags
    }

    /// What is read, in the order of the pairs: the reads of the field.
    #[must_use]
    pub fn reads(&self) -> &[Read] {
        &self.reads
    }
}
