//! Persistence diagrams and what is read off them.

use serde::{Deserialize, Serialize};

/// A class of homology: born at one level, dead at another, or never (`f64::INFINITY`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Level at which the class appears.
    pub birth: f64,
    /// Level at which it becomes a boundary.
    pub death: f64,
}

impl Interval {
    /// How long it lives; infinite for a class that never dies.
    #[must_use]
    pub fn persistence(self) -> f64 {
        self.death - self.birth
    }

    /// Whether it never dies.
    #[must_use]
    pub fn is_essential(self) -> bool {
        self.death == f64::INFINITY
    }
}

/// All classes of one dimension with a persistence above 0, ordered by birth, then by death.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Diagram {
    /// Dimension of the homology: 0 components, 1 loops, 2 voids.
    pub dimension: usize,
    /// The classes.
    pub intervals: Vec<Interval>,
}

impl Diagram {
    /// Orders the classes, and leaves out those that die at the level of their birth.
    pub(super) fn new(dimension: usize, mut intervals: Vec<Interval>) -> Self {
        intervals.retain(|class| class.death > class.birth);
        let key = |class: &Interval| (class.birth, class.death);
        intervals.sort_unstable_by(|a, b| {
            let (a, b) = (key(a), key(b));
            a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        Self {
            dimension,
            intervals,
        }
    }

    /// Classes that never die: the Betti number of the last complex.
    #[must_use]
    pub fn betti(&self) -> usize {
        let essential = self.intervals.iter().filter(|class| class.is_essential());
        essential.count()
    }

    /// Classes alive at a level: born at it or before, not dead at it.
    #[must_use]
    pub fn betti_at(&self, level: f64) -> usize {
        let alive = |class: &&Interval| class.birth <= level && level < class.death;
        self.intervals.iter().filter(alive).count()
    }

    /// The curve of Betti numbers, one for every level.
    #[must_use]
    pub fn betti_curve(&self, levels: &[f64]) -> Vec<usize> {
        levels.iter().map(|level| self.betti_at(*level)).collect()
    }

    /// Sum of the persistences of all classes that die, each to the given power.
    #[must_use]
    pub fn total_persistence(&self, power: f64) -> f64 {
        let finite = self.intervals.iter().filter(|class| !class.is_essential());
        finite.map(|class| class.persistence().powf(power)).sum()
    }

    /// The class that lives longest, and how many times longer than the next; infinite without a next,
    /// `None` for an empty diagram.
    #[must_use]
    pub fn longest(&self) -> Option<(Interval, f64)> {
        let mut classes = self.intervals.clone();
        classes.sort_by(|a, b| b.persistence().total_cmp(&a.persistence()));
        let first = *classes.first()?;
        let next = classes.get(1).map_or(0.0, |class| class.persistence());
        Some((first, first.persistence() / next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curve_persistence_and_longest_are_read_off() {
        let interval = |birth, death| Interval { birth, death };
        let diagram = Diagram::new(
            1,
            vec![interval(1.0, 3.0), interval(2.0, 2.0), interval(0.0, 8.0)],
        );
        assert_eq!(diagram.intervals.len(), 2);
        assert_eq!(diagram.betti_curve(&[0.0, 1.0, 3.0, 8.0]), [1, 2, 1, 0]);
        assert_eq!(diagram.total_persistence(1.0), 10.0);
        assert_eq!(diagram.total_persistence(2.0), 68.0);
        assert_eq!(diagram.longest(), Some((interval(0.0, 8.0), 4.0)));
        assert_eq!(diagram.betti(), 0);
    }
}
