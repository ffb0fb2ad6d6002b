//! The components on one side of zero that share a flow, in order, so that the next one to cross
//! is at one end.
//!
//! A flow keeps order, and the components that come through one lag come in order too, so nearly
//! all enter at an end of one of two double-ended queues (one for each lag, as it were); a heap holds
//! the few others. Leaving is lazy: the cluster moves on with a new stamp and its entry here is void.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use super::clusters::Cluster;
use super::flow::Label;

/// Queues in a set.
const LINES: usize = 2;

/// Membership of a cluster, void if the cluster has moved on.
#[derive(Debug, Clone, Copy)]
struct Entry {
    id: u32,
    stamp: u32,
}

impl Entry {
    #[inline]
    fn holds(self, clusters: &[Cluster]) -> bool {
        clusters[self.id as usize].stamp == self.stamp
    }
}

/// A member that came out of order; the nearest to zero is the greatest.
#[derive(Debug, Clone, Copy)]
struct Stray {
    label: Label,
    entry: Entry,
    /// Whether the set is the positive one.
    positive: bool,
}

impl Ord for Stray {
    fn cmp(&self, other: &Self) -> Ordering {
        let (near, far) = if self.positive {
            (other, self)
        } else {
            (self, other)
        };
        if near.label.below(far.label) {
            Ordering::Less
        } else if far.label.below(near.label) {
            Ordering::Greater
        } else {
            self.entry.id.cmp(&other.entry.id)
        }
    }
}

impl PartialOrd for Stray {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Stray {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Stray {}

/// One ordered set; labels are those of its flow.
#[derive(Debug, Default)]
pub(super) struct Ordered {
    /// Each ascending.
    lines: [VecDeque<Entry>; LINES],
    strays: BinaryHeap<Stray>,
    live: usize,
}

impl Ordered {
    /// Adds a cluster that already carries its stamp and its label. `O(1)` at an end, else
    /// `O(log N)`.
    #[inline]
    pub(super) fn insert(&mut self, id: u32, positive: bool, clusters: &[Cluster]) {
        let label = clusters[id as usize].label();
        let entry = Entry {
            id,
            stamp: clusters[id as usize].stamp,
        };
        self.live += 1;
        if self.entries() > 2 * self.live + 64 {
            self.sweep(clusters);
        }
        for line in &mut self.lines {
            while line.pop_back_if(|e| !e.holds(clusters)).is_some() {}
            let Some(back) = line.back() else {
                line.push_back(entry);
                return;
            };
            if !label.below(clusters[back.id as usize].label()) {
                line.push_back(entry);
                return;
            }
            while line.pop_front_if(|e| !e.holds(clusters)).is_some() {}
            let front = line.front().map(|e| clusters[e.id as usize].label());
            if front.is_none_or(|front| !front.below(label)) {
                line.push_front(entry);
                return;
            }
        }
        self.strays.push(Stray {
            label,
            entry,
            positive,
        });
    }

    fn entries(&self) -> usize {
        let lines: usize = self.lines.iter().map(VecDeque::len).sum();
        lines + self.strays.len()
    }

    /// Drops the void entries, once they are the majority.
    #[cold]
    fn sweep(&mut self, clusters: &[Cluster]) {
        for line in &mut self.lines {
            line.retain(|e| e.holds(clusters));
        }
        self.strays.retain(|stray| stray.entry.holds(clusters));
    }

    /// Whether there is no member, void entries apart.
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// A cluster has moved on.
    #[inline]
    pub(super) fn leave(&mut self) {
        self.live -= 1;
    }

    /// The member that is nearest to zero.
    #[inline]
    pub(super) fn nearest(&mut self, positive: bool, clusters: &[Cluster]) -> Option<(Label, u32)> {
        let gone = |e: &mut Entry| !e.holds(clusters);
        let closer = |one: Label, two: Label| {
            if positive {
                one.below(two)
            } else {
                two.below(one)
            }
        };
        let mut nearest: Option<(Label, u32)> = None;
        for line in &mut self.lines {
            let end = if positive {
                while line.pop_front_if(gone).is_some() {}
                line.front()
            } else {
                while line.pop_back_if(gone).is_some() {}
                line.back()
            };
            if let Some(end) = end {
                let label = clusters[end.id as usize].label();
                if nearest.is_none_or(|(best, _)| closer(label, best)) {
                    nearest = Some((label, end.id));
                }
            }
        }
        while self.strays.peek().is_some_and(|s| !s.entry.holds(clusters)) {
            self.strays.pop();
        }
        if let Some(stray) = self.strays.peek()
            && nearest.is_none_or(|(best, _)| closer(stray.label, best))
        {
            return Some((stray.label, stray.entry.id));
        }
        nearest
    }

    /// Heap memory held, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.lines.iter().map(VecDeque::capacity).sum::<usize>() * size_of::<Entry>()
            + self.strays.capacity() * size_of::<Stray>()
    }
}

#[cfg(test)]
mod tests {
    use super::super::clusters::Clusters;
    use super::*;

    /// Members arrive in any order and leave from anywhere; the nearest is always the right one.
    #[test]
    fn the_nearest_member_is_found_in_any_order_of_arrival() {
        for positive in [false, true] {
            let mut clusters = Clusters::new(500);
            let mut set = Ordered::default();
            let mut inside: Vec<(f64, u32)> = Vec::new();
            let mut random = 12345_u64;
            for component in 0..500_u32 {
                random = random
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                let mantissa = (random >> 40) as f64;
                let id = clusters.found(component, 0, 0, Label { mantissa, epoch: 3 });
                set.insert(id, positive, &clusters.list);
                inside.push((mantissa, id));
                if random.is_multiple_of(3) {
                    let (_, gone) = inside.swap_remove((random >> 13) as usize % inside.len());
                    clusters.list[gone as usize].stamp += 1;
                    set.leave();
                }
                let ends = inside.iter().map(|(value, _)| *value);
                let expected = if positive {
                    ends.fold(f64::INFINITY, f64::min)
                } else {
                    ends.fold(f64::NEG_INFINITY, f64::max)
                };
                let found = set.nearest(positive, &clusters.list);
                match found {
                    None => assert!(inside.is_empty()),
                    Some((label, _)) => assert_eq!(label.mantissa, expected),
                }
            }
            assert!(set.entries() <= 2 * set.live + 65);
        }
    }
}
