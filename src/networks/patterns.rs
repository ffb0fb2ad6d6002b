//! Binary patterns: drawn at random, read from text.

use rand::RngExt;

use crate::numerics::random::stream;

/// `count` patterns of `neurons` bits, each active with probability `activity`, independent; the
/// same for the same seed.
#[must_use]
pub fn random_patterns(neurons: usize, count: usize, activity: f64, seed: u64) -> Vec<Vec<bool>> {
    (0..count)
        .map(|index| {
            let mut random = stream(seed, "pattern", index as u64);
            (0..neurons)
                .map(|_| random.random::<f64>() < activity)
                .collect()
        })
        .collect()
}

/// `count` patterns of `neurons` bits with exactly `active` active ones, all sets equally likely;
/// the same for the same seed. With `active > neurons` all are active.
#[must_use]
pub fn sparse_patterns(neurons: usize, count: usize, active: usize, seed: u64) -> Vec<Vec<bool>> {
    (0..count)
        .map(|index| {
            let mut random = stream(seed, "sparse pattern", index as u64);
            let mut left = active.min(neurons);
            (0..neurons)
                .map(|j| {
                    let chosen = random.random::<f64>() * ((neurons - j) as f64) < left as f64;
                    left -= usize::from(chosen);
                    chosen
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparse_patterns_have_their_number_of_active_neurons() {
        for pattern in sparse_patterns(20, 50, 5, 1) {
            assert_eq!(pattern.iter().filter(|on| **on).count(), 5);
        }
        assert_eq!(sparse_patterns(3, 1, 9, 1), [vec![true; 3]]);
    }
}
