//! How a run tells how far it is. The library itself prints nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::cluster::Crew;

/// Someone who watches a run; called from any thread.
pub trait Progress: Sync {
    /// A stage of `total` items begins; the one before is over.
    fn begin(&self, what: &str, total: u64);

    /// `items` more of the stage are done; none of them, if long work says no more than that it can be stopped here.
    fn advance(&self, items: u64);

    /// A line for whoever wants to know more.
    fn message(&self, line: &str);

    /// Something took so many seconds; times are no result, and go to `run.json`.
    fn took(&self, what: &str, seconds: f64) {
        self.message(&format!("{what}: {seconds:.3} s"));
    }

    /// Folder in which long work keeps its finished [parts](super::part), if there is one.
    fn checkpoint(&self) -> Option<&Path> {
        None
    }

    /// The ranks that compute this run together, if there are several: they share out its parts.
    fn crew(&self) -> Option<&Crew> {
        None
    }
}

/// Nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _what: &str, _total: u64) {}

    fn advance(&self, _items: u64) {}

    fn message(&self, _line: &str) {}
}

/// How long things took, by name: as often as there were some.
pub type Times = BTreeMap<String, Vec<f64>>;

/// Hands on what it is told, and collects times.
pub(super) struct Timed<'a> {
    progress: &'a dyn Progress,
    times: Mutex<Times>,
}

impl<'a> Timed<'a> {
    pub fn new(progress: &'a dyn Progress) -> Self {
        Self {
            progress,
            times: Mutex::default(),
        }
    }

    pub fn times(self) -> Times {
        self.times
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Timed<'_> {
    fn begin(&self, what: &str, total: u64) {
        self.progress.begin(what, total);
    }

    fn advance(&self, items: u64) {
        self.progress.advance(items);
    }

    fn message(&self, line: &str) {
        self.progress.message(line);
    }

    fn took(&self, what: &str, seconds: f64) {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        times.entry(what.to_owned()).or_default().push(seconds);
        self.progress.took(what, seconds);
    }

    fn checkpoint(&self) -> Option<&Path> {
        self.progress.checkpoint()
    }

    fn crew(&self) -> Option<&Crew> {
        self.progress.crew()
    }
}
