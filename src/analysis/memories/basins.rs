//! Basin volumes: how often random starts come to rest on which pattern.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::recall::{AssociativeMemory, CueLevels, NORMAL_95, wilson_interval};
use crate::networks::{Pattern, random_state};

/// Share of random starts that one pattern attracts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Basin {
    /// The pattern; `None` collects the starts that did not settle.
    pub pattern: Option<Pattern>,
    /// Starts that ended there.
    pub starts: usize,
    /// Their share,
    pub volume: f64,
    /// with its 95 % interval after Wilson.
    pub interval: (f64, f64),
}

/// Follows `starts` random cues, each level uniform in `[-1, 1]`; the largest basin comes first.
///
/// Parallel; the same for any number of threads. Basins of impulse networks are very unequal, so
/// what this does not find may still be stable: that takes cues, see [`Atlas`](super::Atlas).
#[must_use]
pub fn basins(memory: &dyn AssociativeMemory, starts: usize, seed: u64) -> Vec<Basin> {
    let neurons = memory.neurons();
    let ends: Vec<Option<Pattern>> = (0..starts)
        .into_par_iter()
        .map(|n| {
            let cue = CueLevels {
                levels: random_state(neurons, -1.0, 1.0, seed, n as u64),
                delays: vec![0.0; neurons],
            };
            memory.answer(&cue).pattern
        })
        .collect();
    let mut counts: BTreeMap<Option<Pattern>, usize> = BTreeMap::new();
    for end in ends {
        *counts.entry(end).or_default() += 1;
    }
    let mut basins: Vec<Basin> = counts
        .into_iter()
        .map(|(pattern, count)| Basin {
            pattern,
            starts: count,
            volume: count as f64 / starts as f64,
            interval: wilson_interval(count, starts, NORMAL_95),
        })
        .collect();
    basins.sort_by_key(|basin| std::cmp::Reverse(basin.starts));
    basins
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::Hopfield;

    /// One stored pattern: it and its negative share the space in halves.
    #[test]
    fn a_pattern_and_its_negative_have_half_the_space_each() {
        let pattern: Pattern = "11010".parse().unwrap();
        let network = Hopfield::hebb(std::slice::from_ref(&pattern)).unwrap();
        let found = basins(&network, 2000, 1);
        assert_eq!(found.len(), 2);
        for basin in found {
            let negative: Pattern = pattern.iter().map(|on| !on).collect();
            assert!([Some(pattern.clone()), Some(negative)].contains(&basin.pattern));
            assert!(basin.interval.0 < 0.5 && 0.5 < basin.interval.1);
        }
    }
}
