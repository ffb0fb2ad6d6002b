//! The order in which an epoch visits its samples.

use rand::RngExt;

use crate::numerics::random::stream;

/// What the order of an epoch is for.
pub const SAMPLES: &str = "order of samples";

/// All numbers below `samples` in a random order of the epoch's own (R. A. Fisher, F. Yates), by a seed and what the
/// order is for.
pub fn shuffled((seed, purpose): (u64, &str), epoch: u64, samples: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..samples).collect();
    let mut random = stream(seed, purpose, epoch);
    for last in (1..samples).rev() {
        order.swap(last, random.random_range(0..=last));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_visited_once_in_an_order_of_the_epoch() {
        let first = shuffled((1, "order"), 0, 50);
        let mut sorted = first.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..50).collect::<Vec<_>>());
        assert_eq!(first, shuffled((1, "order"), 0, 50));
        assert_ne!(first, shuffled((1, "order"), 1, 50));
        assert!(shuffled((1, "order"), 0, 0).is_empty());
    }
}
