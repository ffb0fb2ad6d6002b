//! Which channels of a layer are whose.

use std::ops::Range;

/// So many channels shared out in order. Equal shares get `length / ranks` each, and the last rank what remains, as in the
/// source; unequal ones the whole part of their share, and what remains goes one by one to the largest fractions, the
/// first of equals.
///
/// ```
/// use pulsatrix::partition::slices;
///
/// assert_eq!(slices(10, &[1.0, 1.0, 1.0]), [0..3, 3..6, 6..10]);
/// assert_eq!(slices(10, &[3.0, 1.0]), [0..8, 8..10]);
/// ```
#[must_use]
pub fn slices(length: usize, shares: &[f64]) -> Vec<Range<usize>> {
    let total: f64 = shares.iter().sum();
    let equal = shares.iter().all(|share| *share == shares[0]);
    let mut counts: Vec<usize>;
    if equal {
        counts = vec![length / shares.len().max(1); shares.len()];
        if let Some(last) = counts.last_mut() {
            *last += length % shares.len();
        }
    } else {
        let exact = |share: &f64| length as f64 * share / total;
        counts = shares.iter().map(|share| exact(share) as usize).collect();
        let mut order: Vec<usize> = (0..shares.len()).collect();
        let fraction = |rank: usize| exact(&shares[rank]).fract();
        order.sort_by(|a, b| fraction(*b).total_cmp(&fraction(*a)));
        let left = length.saturating_sub(counts.iter().sum());
        for rank in order.into_iter().cycle().take(left) {
            counts[rank] += 1;
        }
    }
    let mut start = 0;
    let range = |count: usize| {
        start += count;
        start - count..start
    };
    counts.into_iter().map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_belongs_to_one_rank() {
        for shares in [vec![1.0; 6], vec![0.75, 0.25], vec![5.0, 3.0, 1.0, 1.0]] {
            for length in [0, 1, 7, 425, 1024] {
                let found = slices(length, &shares);
                assert_eq!(found.len(), shares.len());
                let mut next = 0;
                for slice in found {
                    assert_eq!(slice.start, next);
                    next = slice.end;
                }
                assert_eq!(next, length);
            }
        }
        // 425 channels of YOLOv2 on six devices: the last one gets the remainder
        let lengths: Vec<usize> = slices(425, &[1.0; 6]).iter().map(Range::len).collect();
        assert_eq!(lengths, [70, 70, 70, 70, 70, 75]);
    }
}
