//! From a text to the numbers of its words.

use std::collections::BTreeMap;

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

use crate::networks::NetworkError;

/// Number of what stands behind the end of a text.
pub const PADDING: usize = 0;

/// Number of every word that a vocabulary does not have.
pub const UNKNOWN: usize = 1;

/// The words of a text in lower case, by the word boundaries of Unicode (Standard Annex 29): letters and digits with
/// the apostrophes and points inside them, without white space and punctuation. The typographic apostrophe counts as
/// the plain one.
///
/// ```
/// use pulsatrix::networks::text::words;
///
/// assert_eq!(words("Don’t STOP: 3.5 % of Čapek's!"), ["don't", "stop", "3.5", "of", "čapek's"]);
/// assert!(words(" -- … ").is_empty());
/// ```
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let words = text.unicode_words();
    words
        .map(|word| word.to_lowercase().replace('\u{2019}', "'"))
        .collect()
}

/// The words that are told apart: [`PADDING`], [`UNKNOWN`], then words by how often they stand in the texts that were
/// learnt, equally frequent ones in the order of their letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vocabulary {
    words: Vec<String>,
    numbers: BTreeMap<String, usize>,
}

impl Vocabulary {
    /// The words that stand at least `least` times in the texts, the most frequent if there are more than `most`.
    pub fn learn<'a>(texts: impl IntoIterator<Item = &'a str>, least: usize, most: usize) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for word in texts.into_iter().flat_map(words) {
            *counts.entry(word).or_default() += 1;
        }
        let mut kept: Vec<(String, usize)> = counts.into_iter().collect();
        kept.retain(|(_, count)| *count >= least);
        // a stable sort keeps the order of letters
        kept.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        kept.truncate(most);
        let words: Vec<String> = kept.into_iter().map(|(word, _)| word).collect();
        let numbers = words.iter().enumerate();
        let numbers = numbers.map(|(index, word)| (word.clone(), index + 2));
        Self {
            numbers: numbers.collect(),
            words,
        }
    }

    /// Numbers that words can have: one more than the largest.
    #[must_use]
    pub fn size(&self) -> usize {
        self.words.len() + 2
    }

    /// The word of a number; none for padding and the unknown word.
    #[must_use]
    pub fn word(&self, number: usize) -> Option<&str> {
        let index = number.checked_sub(2)?;
        self.words.get(index).map(String::as_str)
    }

    /// The numbers of the words of a text.
    ///
    /// ```
    /// use pulsatrix::networks::text::{UNKNOWN, Vocabulary};
    ///
    /// let vocabulary = Vocabulary::learn(["to be or not to be"], 2, 100);
    /// assert_eq!((vocabulary.size(), vocabulary.word(2)), (4, Some("be")));
    /// assert_eq!(vocabulary.numbers("Be to me"), [2, 3, UNKNOWN]);
    /// ```
    #[must_use]
    pub fn numbers(&self, text: &str) -> Vec<usize> {
        let numbers = words(text).into_iter();
        numbers
            .map(|word| self.numbers.get(&word).copied().unwrap_or(UNKNOWN))
            .collect()
    }

    /// One row a text: the numbers of its first `length` words, then padding.
    pub fn rows<'a>(
        &self,
        texts: impl IntoIterator<Item = &'a str>,
        length: usize,
    ) -> DMatrix<f64> {
        let rows: Vec<Vec<usize>> = texts.into_iter().map(|text| self.numbers(text)).collect();
        DMatrix::from_fn(rows.len(), length, |text, position| {
            rows[text]
                .get(position)
                .map_or(PADDING as f64, |word| *word as f64)
        })
    }
}

/// Rows of numbers of words below the size of a vocabulary.
pub(super) fn word_numbers(
    inputs: &DMatrix<f64>,
    vocabulary: usize,
) -> Result<Vec<Vec<usize>>, NetworkError> {
    let most = vocabulary as f64;
    let bad = inputs
        .iter()
        .find(|number| !(**number >= 0.0 && **number < most && number.fract() == 0.0));
    if let Some(&value) = bad {
        return Err(NetworkError::OutOfRange {
            name: "number of a word",
            value,
            requirement: "it is a whole number from 0, below the size of the vocabulary",
        });
    }
    let rows = inputs.row_iter();
    Ok(rows
        .map(|row| row.iter().map(|number| *number as usize).collect())
        .collect())
}
