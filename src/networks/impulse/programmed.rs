//! Programmed memories: inhibition that a list of patterns asks for, and the memories it must have.

use nalgebra::DMatrix;

use crate::networks::hopfield::columns;
use crate::networks::{NetworkError, Pattern};

/// Weights of inhibition for an impulse network that is to remember `patterns`. Ours:
///
/// ```text
/// w_js = within   if neurons j and s are active together in some pattern,
///        0        if s is active in no pattern,
///        1        otherwise,          w_jj = 0
/// ```
///
/// With `within = 0` neurons of one pattern do not hear each other, so each fires with its free
/// period at the phase it was given, and silences whoever shares no pattern with it. A set of
/// neurons can then stay active exactly if no two of its members inhibit each other and every other
/// neuron hears one of them: the [`maximal_cliques`] of the graph of co-activity. A small positive
/// `within` pulls the active neurons into synchrony as well.
///
/// The graph is the clipped Hebbian matrix of D. J. Willshaw, O. P. Buneman, H. C. Longuet-Higgins,
/// "Non-holographic associative memory", Nature 222, 960-962 (1969), doi:10.1038/222960a0; turning
/// it into inhibition of impulse neurons is ours.
///
/// # Errors
/// [`NetworkError::Empty`] without patterns, [`NetworkError::WrongLength`] for unequal ones,
/// [`NetworkError::OutOfRange`] unless `within` lies between 0 and 1.
pub fn programmed_weights(patterns: &[Pattern], within: f64) -> Result<DMatrix<f64>, NetworkError> {
    let neurons = columns(patterns)?.nrows();
    if !(0.0..=1.0).contains(&within) {
        return Err(NetworkError::OutOfRange {
            name: "within",
            value: within,
            requirement: "inhibition within a pattern lies between 0 and 1",
        });
    }
    let together = |j: usize, s: usize| patterns.iter().any(|pattern| pattern[j] && pattern[s]);
    Ok(DMatrix::from_fn(neurons, neurons, |j, s| {
        if j == s || !together(s, s) {
            0.0
        } else if together(j, s) {
            within
        } else {
            1.0
        }
    }))
}

/// Whether a stored pattern is one of the [`maximal_cliques`]: no neuron outside shares a pattern
/// with each of its neurons. Cost `O(P N^2)`.
#[must_use]
pub fn is_maximal_clique(patterns: &[Pattern], stored: &Pattern) -> bool {
    let together = |j: usize, s: usize| patterns.iter().any(|pattern| pattern[j] && pattern[s]);
    let joins = |j: usize| stored.active().all(|s| together(j, s));
    stored.k() > 0 && !(0..stored.len()).any(|j| !stored[j] && joins(j))
}

/// The active sets that [`programmed_weights`] with `within = 0` allow: the maximal sets of neurons
/// of which every two are active together in some pattern; in the order of their first neurons.
///
/// Every pattern that is contained in no other set is one of them; all others are spurious. Stops
/// at `most` sets, since there can be exponentially many. C. Bron, J. Kerbosch, "Algorithm 457:
/// finding all cliques of an undirected graph", Commun. ACM 16(9), 575-577 (1973), with a pivot.
///
/// # Errors
/// As [`programmed_weights`].
pub fn maximal_cliques(patterns: &[Pattern], most: usize) -> Result<Vec<Pattern>, NetworkError> {
    let neurons = columns(patterns)?.nrows();
    let together = |j: usize, s: usize| patterns.iter().any(|pattern| pattern[j] && pattern[s]);
    let neighbours: Vec<Vec<bool>> = (0..neurons)
        .map(|j| (0..neurons).map(|s| s != j && together(j, s)).collect())
        .collect();
    let mut search = Search {
        neighbours,
        found: Vec::new(),
        most,
    };
    let candidates = (0..neurons).filter(|j| together(*j, *j)).collect();
    search.extend(&mut vec![false; neurons], candidates, Vec::new());
    search.found.sort_by(|a, b| b.cmp(a));
    Ok(search.found)
}

struct Search {
    neighbours: Vec<Vec<bool>>,
    found: Vec<Pattern>,
    most: usize,
}

impl Search {
    /// All maximal cliques that hold `clique`, some of `candidates` and none of `excluded`.
    fn extend(
        &mut self,
        clique: &mut Vec<bool>,
        mut candidates: Vec<usize>,
        mut excluded: Vec<usize>,
    ) {
        if self.found.len() >= self.most {
            return;
        }
        let degree = |j: usize| {
            candidates
                .iter()
                .filter(|s| self.neighbours[j][**s])
                .count()
        };
        let Some(pivot) = candidates
            .iter()
            .chain(&excluded)
            .copied()
            .max_by_key(|j| degree(*j))
        else {
            self.found.push(clique.clone().into());
            return;
        };
        let branches: Vec<usize> = candidates
            .iter()
            .copied()
            .filter(|j| !self.neighbours[pivot][*j])
            .collect();
        for j in branches {
            let near = |list: &[usize]| -> Vec<usize> {
                list.iter()
                    .copied()
                    .filter(|s| self.neighbours[j][*s])
                    .collect()
            };
            let (inside, outside) = (near(&candidates), near(&excluded));
            clique[j] = true;
            self.extend(clique, inside, outside);
            clique[j] = false;
            candidates.retain(|s| *s != j);
            excluded.push(j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::sparse_patterns;

    fn patterns<const P: usize>(texts: [&str; P]) -> Vec<Pattern> {
        texts.map(|text| text.parse().unwrap()).to_vec()
    }

    #[test]
    fn the_rule_in_a_small_case() {
        let weights = programmed_weights(&patterns(["1100", "0110"]), 0.25).unwrap();
        #[rustfmt::skip]
        let expected = DMatrix::from_row_slice(4, 4, &[
            0.0,  0.25, 1.0,  0.0,
            0.25, 0.0,  0.25, 0.0,
            1.0,  0.25, 0.0,  0.0,
            1.0,  1.0,  1.0,  0.0,
        ]);
        assert_eq!(weights, expected);
    }

    /// Three patterns that overlap in pairs make one spurious set: the majority of the three.
    #[test]
    fn three_overlapping_patterns_have_their_majority_as_a_spurious_memory() {
        let given = patterns(["11110000", "11001100", "10101010"]);
        let found = maximal_cliques(&given, 100).unwrap();
        assert_eq!(
            found,
            patterns(["11110000", "11101000", "11001100", "10101010"])
        );
    }

    /// Against the definition, set by set.
    #[test]
    fn cliques_are_those_of_brute_force() {
        for seed in 0..5 {
            let given = sparse_patterns(9, 4, 4, seed);
            let linked = |j: usize, s: usize| given.iter().any(|p| p[j] && p[s]);
            let clique = |code: u32| {
                (0..9).all(|j| {
                    code >> j & 1 == 0 || (0..9).all(|s| code >> s & 1 == 0 || linked(j, s))
                })
            };
            let maximal = |code: u32| {
                clique(code) && (0..9).all(|j| code >> j & 1 == 1 || !clique(code | 1 << j))
            };
            let mut expected: Vec<Pattern> = (1..512)
                .filter(|code| maximal(*code))
                .map(|code| Pattern::from_code(code.into(), 9))
                .collect();
            expected.sort_by(|a, b| b.cmp(a));
            assert_eq!(maximal_cliques(&given, 1000).unwrap(), expected);
        }
    }
}
