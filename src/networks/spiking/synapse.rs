//! Synapses, by who sends.

use serde::{Deserialize, Serialize};

/// A connection of two neurons: a spike of `sender` adds `weight` to the potential of `target` after `delay`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Synapse {
    /// Who fires.
    pub sender: usize,
    /// Who hears it.
    pub target: usize,
    /// What is added.
    pub weight: f64,
    /// How much later.
    pub delay: f64,
}

/// All synapses, sender after sender: one entry each, found in no time.
#[derive(Debug, Clone)]
pub(super) struct Synapses {
    /// Where those of each sender begin, and behind them the end.
    first: Vec<usize>,
    all: Vec<Synapse>,
}

impl Synapses {
    /// In the order of senders, and for each in the order given.
    pub(super) fn new(neurons: usize, synapses: impl Iterator<Item = Synapse>) -> Self {
        let mut all: Vec<Synapse> = synapses.collect();
        all.sort_by_key(|synapse| synapse.sender);
        let first = |sender| all.partition_point(|synapse| synapse.sender < sender);
        Self {
            first: (0..=neurons).map(first).collect(),
            all,
        }
    }

    /// Those of one sender.
    pub(super) fn of(&self, sender: usize) -> &[Synapse] {
        &self.all[self.first[sender]..self.first[sender + 1]]
    }
}
