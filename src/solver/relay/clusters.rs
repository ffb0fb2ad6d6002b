//! Components that have become one: equal value, equal parameters, equal pending switches.

use super::flow::Label;

/// Components that move as one from now on. 32 bytes, two to a cache line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cluster {
    mantissa: f64,
    epoch: u32,
    /// Counts the moves between sets; entries of a set with an older stamp are void.
    pub(super) stamp: u32,
    pub(super) group: u32,
    /// Number of components; zero once absorbed by another cluster.
    pub(super) multiplicity: u32,
    /// One of the components; the absorbing cluster once absorbed.
    first: u32,
    /// Switches still to be felt; sticks at its largest value, beyond which nothing is absorbed.
    pending: u16,
    pub(super) bits: u8,
}

impl Cluster {
    #[inline]
    pub(super) fn label(&self) -> Label {
        Label {
            mantissa: self.mantissa,
            epoch: self.epoch,
        }
    }

    #[inline]
    pub(super) fn set_label(&mut self, label: Label) {
        (self.mantissa, self.epoch) = (label.mantissa, label.epoch);
    }

    #[inline]
    pub(super) fn expect(&mut self, switches: u16) {
        self.pending = self.pending.saturating_add(switches);
    }

    #[inline]
    pub(super) fn felt(&mut self) {
        if self.pending < u16::MAX {
            self.pending -= 1;
        }
    }

    #[inline]
    pub(super) fn pending(&self) -> u16 {
        self.pending
    }
}

/// All clusters, and who belongs to which.
#[derive(Debug, Default)]
pub(super) struct Clusters {
    pub(super) list: Vec<Cluster>,
    /// Per component its first cluster.
    home: Vec<u32>,
    /// Per component the next one in the same cluster, in a circle.
    next: Vec<u32>,
}

impl Clusters {
    /// No cluster yet, for a number of components.
    pub(super) fn new(components: usize) -> Self {
        Self {
            list: Vec::with_capacity(components),
            home: vec![0; components],
            next: (0..components as u32).collect(),
        }
    }

    /// A new cluster of one component.
    pub(super) fn found(&mut self, component: u32, group: u32, bits: u8, label: Label) -> u32 {
        let id = self.list.len() as u32;
        self.list.push(Cluster {
            mantissa: label.mantissa,
            epoch: label.epoch,
            stamp: 0,
            group,
            multiplicity: 1,
            first: component,
            pending: 0,
            bits,
        });
        self.home[component as usize] = id;
        id
    }

    /// Puts a component into the cluster `id` from the start.
    pub(super) fn join(&mut self, component: u32, id: u32) {
        let cluster = &mut self.list[id as usize];
        cluster.multiplicity += 1;
        self.home[component as usize] = id;
        self.next.swap(cluster.first as usize, component as usize);
    }

    /// Makes one cluster of two; the larger one absorbs the other and is returned.
    pub(super) fn merge(&mut self, one: u32, other: u32) -> u32 {
        let size = |id: u32| self.list[id as usize].multiplicity;
        let (into, from) = if size(one) >= size(other) {
            (one, other)
        } else {
            (other, one)
        };
        let absorbed = &mut self.list[from as usize];
        let (size, member) = (absorbed.multiplicity, absorbed.first);
        absorbed.multiplicity = 0;
        absorbed.first = into;
        let cluster = &mut self.list[into as usize];
        cluster.multiplicity += size;
        self.next.swap(cluster.first as usize, member as usize);
        into
    }

    /// The cluster of a component.
    #[inline]
    pub(super) fn of(&self, component: usize) -> &Cluster {
        let mut cluster = &self.list[self.home[component] as usize];
        while cluster.multiplicity == 0 {
            cluster = &self.list[cluster.first as usize];
        }
        cluster
    }

    /// The components of a cluster that has not been absorbed.
    pub(super) fn members(&self, id: usize) -> impl Iterator<Item = usize> + '_ {
        let Cluster {
            first,
            multiplicity,
            ..
        } = self.list[id];
        let following = |component: &u32| Some(self.next[*component as usize]);
        std::iter::successors(Some(first), following)
            .take(multiplicity as usize)
            .map(|component| component as usize)
    }

    /// Heap memory held, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.list.capacity() * size_of::<Cluster>()
            + (self.home.capacity() + self.next.capacity()) * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_clusters_keep_all_their_members() {
        assert_eq!(size_of::<Cluster>(), 32);
        let mut clusters = Clusters::new(6);
        let label = Label {
            mantissa: 0.0,
            epoch: 0,
        };
        let first = clusters.found(4, 0, 0, label);
        clusters.join(1, first);
        clusters.join(0, first);
        let second = clusters.found(2, 0, 0, label);
        clusters.join(3, second);
        let third = clusters.found(5, 0, 0, label);
        let merged = clusters.merge(second, first);
        let merged = clusters.merge(third, merged);
        assert_eq!(merged, first);
        let mut members: Vec<_> = clusters.members(merged as usize).collect();
        members.sort_unstable();
        assert_eq!(members, [0, 1, 2, 3, 4, 5]);
        assert!((0..6).all(|j| clusters.of(j).multiplicity == 6));
    }
}
