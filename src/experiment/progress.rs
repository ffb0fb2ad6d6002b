//! How a run tells how far it is. The library itself prints nothing.

use std::path::Path;

use crate::cluster::Crew;

/// Someone who watches a run; called from any thread.
pub trait Progress: Sync {
    /// A stage of `total` items begins; the one before is over.
    fn begin(&self, what: &str, total: u64);

    /// `items` more of the stage are done.
    fn advance(&self, items: u64);

    /// A line for whoever wants to know more.
    fn message(&self, line: &str);

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
