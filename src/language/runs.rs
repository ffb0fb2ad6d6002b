//! Long lists of numbers that go on by ones, or stay: the rows of a table of pairs. They are copied and filled in whole,
//! where others are looked up one by one.

use std::ops::Range;

use super::graph::Read;

/// Lanes that a run must have on average to be worth it: below, one lookup a lane is as fast (chosen).
const LEAST: usize = 8;

/// Neighbouring lanes of which each takes what stands next to what the one before takes, or all the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run<T> {
    /// Its first lane.
    begin: usize,
    /// What that lane takes.
    first: T,
    /// Whether all lanes take it.
    stays: bool,
}

/// What has neighbours.
pub(super) trait Neighbours: Copy + PartialEq {
    /// What stands so many places further.
    fn further(self, by: usize) -> Self;
}

impl Neighbours for u32 {
    fn further(self, by: usize) -> Self {
        self + by as u32
    }
}

impl Neighbours for Read {
    fn further(self, by: usize) -> Self {
        Self {
            component: self.component + by as u32,
            ..self
        }
    }
}

/// The runs of a list; none if they are too short.
pub(super) fn runs<T: Neighbours>(list: &[T]) -> Option<Vec<Run<T>>> {
    let most = list.len() / LEAST;
    let mut all = Vec::new();
    let mut begin = 0;
    while begin < list.len() {
        if all.len() == most {
            return None;
        }
        let first = list[begin];
        let rest = || list[begin..].iter().enumerate();
        let same = rest().take_while(|(_, value)| **value == first).count();
        let next = rest().take_while(|(by, value)| **value == first.further(*by));
        let next = next.count();
        let stays = same > next;
        all.push(Run {
            begin,
            first,
            stays,
        });
        begin += same.max(next);
    }
    Some(all)
}

/// Shows the runs in a piece of the lanes: places in the piece, what the first of them takes, and whether all do.
#[inline(always)]
pub(super) fn each<T: Neighbours>(
    runs: &[Run<T>],
    (begin, end): (usize, usize),
    mut show: impl FnMut(Range<usize>, T, bool),
) {
    let mut number = runs.partition_point(|run| run.begin <= begin).max(1) - 1;
    let mut from = begin;
    while from < end {
        let Run {
            begin: start,
            first,
            stays,
        } = runs[number];
        let next = runs.get(number + 1).map_or(end, |run| run.begin).min(end);
        let first = if stays {
            first
        } else {
            first.further(from - start)
        };
        show(from - begin..next - begin, first, stays);
        (from, number) = (next, number + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_give_back_every_piece_of_their_list() {
        // two rows of nine, a value that stays, and a stretch in between
        let mut list: Vec<u32> = (0..9).chain(3..12).collect();
        list.extend([7; 12]);
        list.extend(20..31);
        let runs = runs(&list).unwrap();
        assert_eq!(runs.len(), 4);
        for begin in 0..list.len() {
            for end in begin + 1..=list.len() {
                let mut found = vec![0; end - begin];
                each(&runs, (begin, end), |places, first, stays| {
                    for (by, value) in found[places].iter_mut().enumerate() {
                        *value = if stays { first } else { first + by as u32 };
                    }
                });
                assert_eq!(found, list[begin..end]);
            }
        }
        assert_eq!(super::runs(&[1_u32, 5, 2, 9, 4, 4, 8, 1, 3, 0]), None);
    }
}
