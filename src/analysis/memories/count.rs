//! How many patterns of each size are memories of a relay network.

use serde::{Deserialize, Serialize};

use crate::analysis::{ReferenceNetwork, Stability, certify};
use crate::networks::{Cue, ImpulseNetwork, patterns_of_size};

/// Returns of a trajectory before its cycle is closed by Newton's method: enough for silent neurons to
/// come to their course, few enough to stay beside a cycle that repels (chosen).
const RETURNS: usize = 4;

/// Time within which neurons that are alike fire together: far above rounding, far below a delay.
const SYNCHRONY: f64 = 1e-6;

/// The patterns of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeCount {
    /// Active neurons of a pattern.
    pub k: usize,
    /// Patterns of this size that were certified.
    pub certified: usize,
    /// Those of them that are stable cycles of their own pattern.
    pub stable: usize,
    /// Those of them whose trajectory could not be closed to any cycle, of which nothing is known.
    pub open: usize,
    /// Whether those certified stand for all: by symmetry, or because they are all.
    pub exact: bool,
    /// What the closed form expects of all patterns of the size, where there is one.
    pub formula: Option<bool>,
}

impl SizeCount {
    /// Memories among all patterns of the size of a network of so many neurons: exact, or estimated by
    /// the share of those certified.
    #[must_use]
    pub fn memories(&self, neurons: usize) -> f64 {
        binomial(neurons, self.k) * self.stable as f64 / self.certified.max(1) as f64
    }
}

/// Number of patterns of `neurons` neurons with `k` active ones.
fn binomial(neurons: usize, k: usize) -> f64 {
    let factor = |count: f64, j: usize| count * (neurons - j) as f64 / (j + 1) as f64;
    (0..k).fold(1.0, factor)
}

/// Counts the memories of a relay network by size, `k` from 1: the patterns of a size are closed by
/// Newton's method and certified, one where neurons can be exchanged without changing the network, else
/// at most `most`, drawn by `seed` where there are more. Ours.
///
/// Cost: [`certify`] for each pattern.
///
/// ```
/// use pulsatrix::analysis::count_memories;
/// use pulsatrix::networks::{ImpulseNetwork, ImpulseParameters};
///
/// let network = ImpulseNetwork::new(ImpulseParameters::homogeneous(4, 1.0, 0.5, -44.0, 3.3))?;
/// let sizes = count_memories(&network, 1, 1);
/// let memories: f64 = sizes.iter().map(|size| size.memories(4)).sum();
/// assert_eq!(memories, 15.0);
/// # Ok::<(), pulsatrix::networks::NetworkError>(())
/// ```
#[must_use]
pub fn count_memories(network: &ImpulseNetwork, most: usize, seed: u64) -> Vec<SizeCount> {
    let neurons = network.neurons();
    let alike = network.is_exchangeable();
    let most = if alike { 1 } else { most };
    // Silent neurons that start at their lowest stay below their course on the cycle.
    let cue = Cue {
        spread: 0.0,
        silent: (1.0, 1.0),
        ..Cue::default()
    };
    let size = |k: usize| {
        let patterns = patterns_of_size(neurons, k, most, seed);
        let (mut stable, mut open) = (0, 0);
        for pattern in &patterns {
            let state = cue.state(pattern, &network.parameters().c, seed, 0);
            match certify(network, &state, RETURNS) {
                Ok(found) => {
                    let holds = found.stability == Stability::Stable
                        && found.pattern == *pattern
                        && found.is_dominance(network, SYNCHRONY);
                    stable += usize::from(holds);
                }
                Err(_) => open += 1,
            }
        }
        SizeCount {
            k,
            stable,
            open,
            certified: patterns.len(),
            exact: alike || patterns.len() as f64 == binomial(neurons, k),
            formula: size_margin(network, k).map(|margin| margin > 0.0),
        }
    };
    (1..=neurons).map(size).collect()
}

/// How far, in closed form, a homogeneous network is from losing its patterns of size `k`: below zero
/// they are lost. `None` where there is no closed form.
#[must_use]
pub fn size_margin(network: &ImpulseNetwork, k: usize) -> Option<f64> {
    let (a, b, c, h) = network.as_homogeneous()?;
    ReferenceNetwork::new(a, b, c, h)?.margin(k, network.neurons())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::{Coupling, ImpulseParameters};

    #[test]
    fn a_ring_is_counted_pattern_by_pattern() {
        let parameters = ImpulseParameters {
            coupling: Coupling::Ring,
            ..ImpulseParameters::homogeneous(4, 1.0, 0.5, -44.0, 3.3)
        };
        let network = ImpulseNetwork::new(parameters).unwrap();
        let sizes = count_memories(&network, 100, 1);
        let certified: Vec<usize> = sizes.iter().map(|size| size.certified).collect();
        assert_eq!(certified, [4, 6, 4, 1]);
        assert!(sizes.iter().all(|size| size.exact));
        assert!(!count_memories(&network, 2, 1)[1].exact);
    }
    /// Neurons that hear nobody keep the distances that they start with: no return map closes on one cycle.
    #[test]
    fn what_is_not_closed_is_open() {
        let parameters = ImpulseParameters {
            coupling: Coupling::None,
            ..ImpulseParameters::homogeneous(3, 1.0, 0.5, -44.0, 3.3)
        };
        let network = ImpulseNetwork::new(parameters).unwrap();
        for size in count_memories(&network, 100, 1) {
            assert!(size.stable == 0 && size.open <= size.certified, "{size:?}");
        }
        // Between the boundaries of two sizes the trajectory of a single winner has not come to rest.
        let weak = ImpulseParameters::homogeneous(4, 2.0, 0.3, -10.0, 1.9);
        let sizes = count_memories(&ImpulseNetwork::new(weak).unwrap(), 1, 1);
        assert!(sizes.iter().any(|size| size.open > 0), "{sizes:?}");
    }
}
