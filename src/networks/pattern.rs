//! A binary pattern: which neurons are active.

use std::fmt;
use std::ops::Index;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A binary pattern: one bit a neuron, neuron 1 first, 1 for active and 0 for silent.
///
/// It is written and read as text (`"101"`), numbered as in the atlas ([`Pattern::code`]), and ordered
/// like its text. Indices start at 0: `pattern[0]` is neuron 1.
///
/// ```
/// use pulsatrix::networks::Pattern;
///
/// let pattern: Pattern = "1101".parse()?;
/// assert_eq!(pattern, Pattern::from([true, true, false, true]));
/// assert_eq!((pattern.len(), pattern.k(), pattern[2]), (4, 3, false));
/// assert_eq!(pattern.active().collect::<Vec<_>>(), [0, 1, 3]);
/// assert_eq!(pattern.code(), Some(0b1011)); // neuron 1 is the lowest bit
/// assert_eq!(pattern.distance(&Pattern::all(4)), 1);
/// assert_eq!(pattern.to_string(), "1101");
/// # Ok::<(), pulsatrix::networks::PatternError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern(Vec<bool>);

/// A text that is no binary pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("`{character}` at place {place} is no bit: write 1 for active and 0 for silent, as in 101")]
pub struct PatternError {
    /// The first character that is neither 0 nor 1.
    pub character: char,
    /// Its place, from 1: the neuron that it was to describe.
    pub place: usize,
}

impl Pattern {
    /// All of `neurons` neurons active.
    #[must_use]
    pub fn all(neurons: usize) -> Self {
        Self(vec![true; neurons])
    }

    /// The pattern with the binary number `code`, of which neuron 1 is the lowest bit: the inverse of
    /// [`Pattern::code`]. Bits beyond the last neuron do not count, neurons beyond the 64th are silent.
    #[must_use]
    pub fn from_code(code: u64, neurons: usize) -> Self {
        let bit = |neuron: usize| neuron < 64 && code >> neuron & 1 == 1;
        (0..neurons).map(bit).collect()
    }

    /// The signs of some levels: active above zero.
    #[must_use]
    pub fn from_levels(levels: &[f64]) -> Self {
        levels.iter().map(|level| *level > 0.0).collect()
    }

    /// Number of neurons.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no neuron, which no network accepts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of active neurons.
    #[must_use]
    pub fn k(&self) -> usize {
        self.active().count()
    }

    /// The binary number of which neuron 1 is the lowest bit, as patterns are numbered in an atlas;
    /// `None` if a neuron beyond the 64th is active.
    #[must_use]
    pub fn code(&self) -> Option<u64> {
        self.active().try_fold(0, |code, neuron| {
            (neuron < 64).then(|| code | 1_u64 << neuron)
        })
    }

    /// The bits, neuron 1 first.
    #[must_use]
    pub fn bits(&self) -> &[bool] {
        &self.0
    }

    /// Each bit in turn, neuron 1 first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = bool> + ExactSizeIterator + Clone {
        self.0.iter().copied()
    }

    /// Indices of the active neurons, ascending from 0.
    pub fn active(&self) -> impl DoubleEndedIterator<Item = usize> + Clone {
        (0..self.0.len()).filter(|neuron| self.0[*neuron])
    }

    /// The pattern as the states of a Hopfield network: 1 for active, -1 for silent.
    pub fn levels(&self) -> impl DoubleEndedIterator<Item = f64> + ExactSizeIterator + Clone {
        self.0.iter().map(|on| if *on { 1.0 } else { -1.0 })
    }

    /// Number of neurons in which two patterns differ (Hamming).
    ///
    /// # Panics
    /// If they are of different length.
    #[must_use]
    pub fn distance(&self, other: &Self) -> usize {
        assert_eq!(self.len(), other.len(), "patterns of one length");
        let pairs = self.iter().zip(other.iter());
        pairs.filter(|(here, there)| here != there).count()
    }
}

impl From<Vec<bool>> for Pattern {
    fn from(bits: Vec<bool>) -> Self {
        Self(bits)
    }
}

impl From<&[bool]> for Pattern {
    fn from(bits: &[bool]) -> Self {
        Self(bits.to_vec())
    }
}

impl<const N: usize> From<[bool; N]> for Pattern {
    fn from(bits: [bool; N]) -> Self {
        Self(bits.to_vec())
    }
}

impl FromIterator<bool> for Pattern {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Self {
        Self(bits.into_iter().collect())
    }
}

impl Index<usize> for Pattern {
    type Output = bool;

    /// Whether the neuron with that index, from 0, is active.
    fn index(&self, neuron: usize) -> &bool {
        &self.0[neuron]
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let bit = |(index, character)| match character {
            '0' => Ok(false),
            '1' => Ok(true),
            _ => Err(PatternError {
                character,
                place: index + 1,
            }),
        };
        text.chars().enumerate().map(bit).collect()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = self.iter().map(|on| if on { '1' } else { '0' }).collect();
        formatter.pad(&text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_code_and_bits_are_one_pattern() {
        for code in 0..32 {
            let pattern = Pattern::from_code(code, 5);
            assert_eq!(pattern.code(), Some(code));
            assert_eq!(pattern.to_string().parse(), Ok(pattern.clone()));
            assert_eq!(Pattern::from(pattern.bits()), pattern);
            assert_eq!(pattern.k() as u32, code.count_ones());
            let levels: Vec<f64> = pattern.levels().collect();
            assert_eq!(Pattern::from_levels(&levels), pattern);
        }
        assert_eq!(Pattern::from_code(0b110, 4).to_string(), "0110");
        assert_eq!(format!("{:?}", Some(Pattern::all(3))), "Some(111)");
        assert_eq!(format!("{:>5}|", Pattern::all(3)), "  111|");
    }

    /// A number holds 64 neurons; what it cannot hold is never lost in silence.
    #[test]
    fn codes_end_at_64_neurons() {
        let wide = Pattern::from_code(u64::MAX, 70);
        assert_eq!((wide.len(), wide.k()), (70, 64));
        assert_eq!(wide.code(), Some(u64::MAX));
        assert_eq!(Pattern::all(64).code(), Some(u64::MAX));
        assert_eq!(Pattern::all(65).code(), None);
    }

    #[test]
    fn a_character_that_is_no_bit_is_named_with_its_place() {
        let error = "01x1".parse::<Pattern>().unwrap_err();
        assert_eq!((error.character, error.place), ('x', 3));
        assert!(error.to_string().contains("`x` at place 3"), "{error}");
        // places count characters, not bytes
        assert_eq!("λ1".parse::<Pattern>().unwrap_err().place, 1);
        assert_eq!("1λ2".parse::<Pattern>().unwrap_err().place, 2);
        assert!("".parse::<Pattern>().unwrap().is_empty());
    }

    #[test]
    fn patterns_are_ordered_like_their_texts() {
        let mut patterns: Vec<Pattern> = (0..16).map(|code| Pattern::from_code(code, 4)).collect();
        patterns.sort();
        let texts: Vec<String> = patterns.iter().map(ToString::to_string).collect();
        assert!(texts.is_sorted());
        assert_eq!((texts[1].as_str(), texts[8].as_str()), ("0001", "1000"));
    }

    #[test]
    fn a_distance_counts_the_neurons_that_differ() {
        let pattern = |text: &str| text.parse::<Pattern>().unwrap();
        assert_eq!(pattern("1100").distance(&pattern("1010")), 2);
        assert_eq!(pattern("1100").distance(&pattern("0011")), 4);
        assert_eq!(pattern("1100").distance(&pattern("1100")), 0);
    }

    #[test]
    #[should_panic(expected = "patterns of one length")]
    fn patterns_of_different_length_have_no_distance() {
        let _ = Pattern::all(2).distance(&Pattern::all(3));
    }

    #[test]
    fn serde_writes_and_reads_the_text() {
        let pattern = Pattern::from([false, true, true]);
        assert_eq!(serde_json::to_string(&pattern).unwrap(), "\"011\"");
        assert_eq!(serde_json::from_str::<Pattern>("\"011\"").unwrap(), pattern);
        let error = serde_json::from_str::<Pattern>("\"012\"").unwrap_err();
        assert!(error.to_string().contains("`2` at place 3"), "{error}");
    }
}
