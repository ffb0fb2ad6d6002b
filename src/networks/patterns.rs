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

/// Patterns of `neurons` bits with exactly `k` active ones, without repetition: all of them if there are
/// at most `most`, in the order of their binary numbers, else that many drawn at random; the same for
/// the same seed. At most 63 neurons.
#[must_use]
pub fn patterns_of_size(neurons: usize, k: usize, most: usize, seed: u64) -> Vec<Vec<bool>> {
    let flags = |code: u64| (0..neurons).map(|j| code >> j & 1 == 1).collect();
    let mut codes: Vec<u64> = Vec::new();
    if k > neurons {
        return Vec::new();
    }
    // Next larger number with as many bits, until there are more than wanted.
    let mut code: u64 = (1 << k) - 1;
    while code < 1 << neurons && codes.len() <= most {
        codes.push(code);
        if code == 0 {
            break;
        }
        let low = code & code.wrapping_neg();
        let ripple = code + low;
        code = ripple | (((code ^ ripple) / low) >> 2);
    }
    if codes.len() <= most {
        return codes.into_iter().map(flags).collect();
    }
    let mut random = stream(seed, "pattern of a size", k as u64);
    let mut chosen: Vec<Vec<bool>> = Vec::new();
    while chosen.len() < most {
        let mut left = k;
        let pattern: Vec<bool> = (0..neurons)
            .map(|j| {
                let active = random.random::<f64>() * ((neurons - j) as f64) < left as f64;
                left -= usize::from(active);
                active
            })
            .collect();
        if !chosen.contains(&pattern) {
            chosen.push(pattern);
        }
    }
    chosen
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

    #[test]
    fn patterns_of_a_size_are_all_or_a_choice_without_repetition() {
        let all = patterns_of_size(5, 2, 10, 1);
        assert_eq!(all.len(), 10);
        let some = patterns_of_size(12, 6, 40, 1);
        for list in [&all, &some] {
            let distinct: std::collections::BTreeSet<_> = list.iter().collect();
            assert_eq!(distinct.len(), list.len());
            let active = list[0].iter().filter(|on| **on).count();
            assert!(
                list.iter()
                    .all(|p| p.iter().filter(|on| **on).count() == active)
            );
        }
        assert_eq!(some.len(), 40);
        assert_eq!(patterns_of_size(4, 4, 3, 1), [vec![true; 4]]);
    }
}
