//! Initial histories: a binary pattern shown to a network, or chance.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use crate::networks::Pattern;
use crate::numerics::random::stream;

/// How a binary pattern is written into the constant history of a network.
///
/// A wanted neuron starts uniformly within `active -+ spread / 2`; any other one between
/// `silent.0 * c_j` and `silent.1 * c_j`, uniformly, where `c_j` is its own resting level.
///
/// Keep `|lambda x|` of the wanted neurons well above 1: at lambda = 20 a start at x = -0.05
/// half-opens every synapse and loses patterns that a start at -1 keeps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cue {
    /// Level of the wanted neurons, in units of `x = ln(u) / lambda`.
    pub active: f64,
    /// Width of the range that the wanted neurons are spread over.
    pub spread: f64,
    /// Range of the others, as fractions of `c_j`.
    pub silent: (f64, f64),
}

impl Default for Cue {
    /// Levels -1 with a spread of 0.3, others from `0.6 c` to `c`.
    fn default() -> Self {
        Self {
            active: -1.0,
            spread: 0.3,
            silent: (0.6, 1.0),
        }
    }
}

impl Cue {
    /// The initial state for `pattern` given the resting levels `c`, one for each neuron.
    ///
    /// The same `(seed, index)` always gives the same state.
    #[must_use]
    pub fn state(&self, pattern: &Pattern, c: &[f64], seed: u64, index: u64) -> Vec<f64> {
        let mut random = stream(seed, "cue", index);
        let (low, high) = self.silent;
        let level = |(wanted, c): (bool, &f64)| {
            let u: f64 = random.random();
            if wanted {
                self.active + self.spread * (u - 0.5)
            } else {
                c * (low + (high - low) * u)
            }
        };
        pattern.iter().zip(c).map(level).collect()
    }
}

/// A state drawn uniformly from `[low, high]`, the same for the same `(seed, index)`.
#[must_use]
pub fn random_state(neurons: usize, low: f64, high: f64, seed: u64, index: u64) -> Vec<f64> {
    let mut random = stream(seed, "random state", index);
    (0..neurons)
        .map(|_| low + (high - low) * random.random::<f64>())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cue_keeps_its_levels_and_repeats() {
        let pattern = Pattern::from([true, false, true, false]);
        let state = Cue::default().state(&pattern, &[-44.0; 4], 1, 0);
        for (x, wanted) in state.iter().zip(pattern.iter()) {
            let range = if wanted { -1.15..=-0.85 } else { -44.0..=-26.4 };
            assert!(range.contains(x), "{x}");
        }
        assert_eq!(state, Cue::default().state(&pattern, &[-44.0; 4], 1, 0));
        assert_ne!(state, Cue::default().state(&pattern, &[-44.0; 4], 1, 1));
    }
}
