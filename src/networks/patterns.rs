//! Lists of patterns: drawn at random, or all of one size.

use rand::{Rng, RngExt};

use crate::networks::Pattern;
use crate::numerics::random::stream;

/// `count` patterns of `neurons` bits, each active with probability `activity`, independent; the
/// same for the same seed.
#[must_use]
pub fn random_patterns(neurons: usize, count: usize, activity: f64, seed: u64) -> Vec<Pattern> {
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
pub fn sparse_patterns(neurons: usize, count: usize, active: usize, seed: u64) -> Vec<Pattern> {
    (0..count)
        .map(|index| {
            let mut random = stream(seed, "sparse pattern", index as u64);
            of_size(neurons, active.min(neurons), &mut random)
        })
        .collect()
}

/// Patterns of `neurons` bits with exactly `k` active ones, without repetition: all of them if there
/// are at most `most`, in the order of their binary numbers ([`Pattern::code`]), else that many drawn
/// at random; the same for the same seed. None with `k > neurons`. Any number of neurons.
#[must_use]
pub fn patterns_of_size(neurons: usize, k: usize, most: usize, seed: u64) -> Vec<Pattern> {
    if k > neurons {
        return Vec::new();
    }
    let first: Pattern = (0..neurons).map(|neuron| neuron < k).collect();
    // One more than wanted tells that there are too many, however many there are.
    let ascending = std::iter::successors(Some(first), next_of_size);
    let all: Vec<Pattern> = ascending.take(most.saturating_add(1)).collect();
    if all.len() <= most {
        return all;
    }
    let mut random = stream(seed, "pattern of a size", k as u64);
    let mut chosen: Vec<Pattern> = Vec::new();
    while chosen.len() < most {
        let pattern = of_size(neurons, k, &mut random);
        if !chosen.contains(&pattern) {
            chosen.push(pattern);
        }
    }
    chosen
}

/// One of the patterns with `active <= neurons` active neurons, all equally likely.
fn of_size(neurons: usize, active: usize, random: &mut impl Rng) -> Pattern {
    let mut left = active;
    (0..neurons)
        .map(|neuron| {
            let chosen = random.random::<f64>() * ((neurons - neuron) as f64) < left as f64;
            left -= usize::from(chosen);
            chosen
        })
        .collect()
}

/// The pattern with the next larger binary number and as many active neurons; `None` after the last.
///
/// The lowest active neuron whose upper neighbour is silent moves up, and the active ones below it,
/// which stand right beneath it, fall to the bottom.
fn next_of_size(pattern: &Pattern) -> Option<Pattern> {
    let mut bits = pattern.bits().to_vec();
    let up = (1..bits.len()).find(|upper| bits[upper - 1] && !bits[*upper])?;
    bits.swap(up - 1, up);
    bits[..up - 1].reverse();
    Some(bits.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn sparse_patterns_have_their_number_of_active_neurons() {
        for pattern in sparse_patterns(20, 50, 5, 1) {
            assert_eq!(pattern.k(), 5);
        }
        assert_eq!(sparse_patterns(3, 1, 9, 1), [Pattern::all(3)]);
    }

    #[test]
    fn patterns_of_a_size_are_all_or_a_choice_without_repetition() {
        let all = patterns_of_size(5, 2, 10, 1);
        assert_eq!(all.len(), 10);
        let some = patterns_of_size(12, 6, 40, 1);
        for (list, k) in [(&all, 2), (&some, 6)] {
            let distinct: BTreeSet<_> = list.iter().collect();
            assert_eq!(distinct.len(), list.len());
            assert!(list.iter().all(|pattern| pattern.k() == k));
        }
        assert_eq!(some.len(), 40);
        assert_eq!(patterns_of_size(4, 4, 3, 1), [Pattern::all(4)]);
        assert_eq!(patterns_of_size(4, 5, 3, 1), []);
    }

    #[test]
    fn all_patterns_of_a_size_come_in_the_order_of_their_numbers() {
        for k in 0..=7 {
            let of_size = |code: &u64| code.count_ones() == k;
            let expected: Vec<Pattern> = (0..1 << 7)
                .filter(of_size)
                .map(|code| Pattern::from_code(code, 7))
                .collect();
            assert_eq!(patterns_of_size(7, k as usize, 1000, 1), expected);
        }
    }

    /// Where the number of a pattern, or the number of patterns, is beyond 64 bits.
    #[test]
    fn patterns_of_a_size_know_no_largest_network() {
        for neurons in [63, 64, 65, 784] {
            let single = patterns_of_size(neurons, 1, neurons, 1);
            let active: Vec<usize> = single.iter().flat_map(Pattern::active).collect();
            assert!(active.into_iter().eq(0..neurons), "{neurons}");
            assert_eq!(
                patterns_of_size(neurons, neurons, 5, 1),
                [Pattern::all(neurons)]
            );
            let half = patterns_of_size(neurons, neurons / 2, 20, 1);
            let distinct: BTreeSet<_> = half.iter().collect();
            assert_eq!(distinct.len(), 20);
            assert!(half.iter().all(|pattern| pattern.k() == neurons / 2));
        }
    }
}
