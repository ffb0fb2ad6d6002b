//! Texts side by side, and what a layer makes of their positions.

use super::Average;

/// Where the positions of every text lie among those of a batch: text `i` from `starts[i]` to `starts[i + 1]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segments {
    starts: Vec<usize>,
}

impl Segments {
    /// Texts of these lengths.
    pub fn new(lengths: impl Iterator<Item = usize>) -> Self {
        let mut starts = vec![0];
        let mut end = 0;
        for length in lengths {
            end += length;
            starts.push(end);
        }
        Self { starts }
    }

    /// Number of texts.
    pub fn texts(&self) -> usize {
        self.starts.len() - 1
    }

    /// Positions of all texts together.
    pub fn positions(&self) -> usize {
        self.starts[self.texts()]
    }

    /// First position of a text, and the one behind its last.
    pub fn iter(&self) -> impl Iterator<Item = (usize, usize)> + Clone {
        self.starts.windows(2).map(|pair| (pair[0], pair[1]))
    }
}

/// Channels at every position: those of a position together.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal<T> {
    /// Channels of a position.
    pub channels: usize,
    /// `channels` numbers a position.
    pub numbers: Vec<T>,
    /// The texts.
    pub segments: Segments,
}

impl<T: Copy + Default> Signal<T> {
    /// Zeros.
    pub fn zeros(channels: usize, segments: Segments) -> Self {
        Self {
            channels,
            numbers: vec![T::default(); channels * segments.positions()],
            segments,
        }
    }

    /// The channels of a position.
    pub fn at(&self, position: usize) -> &[T] {
        &self.numbers[position * self.channels..][..self.channels]
    }

    /// The channels of a position.
    pub fn at_mut(&mut self, position: usize) -> &mut [T] {
        &mut self.numbers[position * self.channels..][..self.channels]
    }
}

/// The texts of some rows: numbers of the words, padding dropped if it is no position.
///
/// A text without a word is one padding, so that it has a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Number of the word at every position.
    pub numbers: Vec<usize>,
    /// The texts.
    pub segments: Segments,
}

impl Words {
    /// From rows of word numbers.
    pub fn new(rows: &[Vec<usize>], average: Average) -> Self {
        let mut numbers = Vec::new();
        let mut lengths = Vec::with_capacity(rows.len());
        for row in rows {
            let before = numbers.len();
            match average {
                Average::Words => {
                    numbers.extend(row.iter().filter(|word| **word != super::PADDING));
                }
                Average::Positions => numbers.extend(row),
            }
            if numbers.len() == before {
                numbers.push(super::PADDING);
            }
            lengths.push(numbers.len() - before);
        }
        Self {
            numbers,
            segments: Segments::new(lengths.into_iter()),
        }
    }
}
