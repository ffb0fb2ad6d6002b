//! Changes of the state that are on their way.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

/// A change of one component that lands at a time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pulse {
    /// Time at which it lands.
    pub time: f64,
    /// Component that it is added to.
    pub target: usize,
    /// What is added.
    pub change: f64,
}

/// A pulse and its number in the order of sending.
#[derive(Debug, Clone, Copy)]
struct Sent {
    pulse: Pulse,
    number: u64,
}

impl Sent {
    fn key(&self, other: &Self) -> Ordering {
        // the heap shows its greatest: the earliest pulse, and of equal times the first sent
        let times = other.pulse.time.total_cmp(&self.pulse.time);
        times.then(other.number.cmp(&self.number))
    }
}

impl PartialEq for Sent {
    fn eq(&self, other: &Self) -> bool {
        self.key(other) == Ordering::Equal
    }
}

impl Eq for Sent {}

impl PartialOrd for Sent {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sent {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key(other)
    }
}

/// The pulses on their way, by time; those of one time in the order of sending.
#[derive(Debug, Clone, Default)]
pub struct Pulses {
    heap: BinaryHeap<Sent>,
    sent: u64,
}

impl Pulses {
    /// Sends a pulse.
    pub fn send(&mut self, pulse: Pulse) {
        let number = self.sent;
        self.sent += 1;
        self.heap.push(Sent { pulse, number });
    }

    /// When the next one lands.
    #[must_use]
    pub fn next_time(&self) -> Option<f64> {
        self.heap.peek().map(|sent| sent.pulse.time)
    }

    /// The next one, if it lands up to `time`.
    pub fn land(&mut self, time: f64) -> Option<Pulse> {
        self.next_time().filter(|next| *next <= time)?;
        self.heap.pop().map(|sent| sent.pulse)
    }

    /// Number of pulses on their way.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether none is on its way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// All of them in the order in which they will land.
    pub(super) fn list(&self) -> Vec<Pulse> {
        let mut all: Vec<Sent> = self.heap.iter().copied().collect();
        all.sort_by(|a, b| b.cmp(a));
        all.into_iter().map(|sent| sent.pulse).collect()
    }
}
