//! The section of a model file that lists binary patterns.

use super::settings::{Mistakes, Place, Placed, Words, require, settings};
use super::{Diagnostic, LabelledImages};
use crate::experiment::data::files::refuse_file;
use crate::experiment::data::formats::bit_rows;
use crate::experiment::settings::Count;
use crate::networks::Pattern;

/// Pixels in a row of the shipped digits.
const DIGIT_WIDTH: usize = 8;

/// Grey level from which a pixel of a digit is active: half of its range.
const HALF: f64 = 0.5;

settings! {
    /// Binary patterns, written out or taken from the digits that ship.
    pub struct PatternSettings {
        /// Patterns of equal length: `1` or `#` active, `0` or `.` silent; blanks do not count.
        pub stored: Option<Vec<Words>>,
        /// Instead: numbers, from 0, of the shipped 8 x 8 digits.
        pub digits: Option<Vec<Count<0>>>,
        /// Instead: a file with one pattern a line, in the same letters, or an array of 0 and 1 (.npy).
        pub file: Option<Words>,
        /// Pixels in a row, where the patterns are pictures.
        pub width: Option<Count>,
    }
}

impl PatternSettings {
    /// Where the patterns are given.
    pub fn place(&self) -> Place {
        let stored = self.stored.iter().flatten().map(Placed::place);
        let digits = self.digits.iter().flatten().map(Placed::place);
        let file = self.file.iter().map(Placed::place);
        stored
            .chain(digits)
            .chain(file)
            .next()
            .unwrap_or(Place::NOWHERE)
    }

    /// Pixels in a row, where the patterns are pictures.
    pub fn width(&self) -> Option<usize> {
        let digits = self.digits.as_ref().map(|_| DIGIT_WIDTH);
        self.width.map(|width| *width).or(digits)
    }

    /// The patterns, at least one, all of equal length.
    pub fn patterns(&self) -> Result<Vec<Pattern>, Mistakes> {
        let patterns = match (&self.stored, &self.digits, &self.file) {
            (Some(list), None, None) => listed(list)?,
            (None, Some(list), None) => digits(list)?,
            (None, None, Some(file)) => in_file(file)?,
            _ => {
                let twice = Diagnostic::new("the patterns are given not at all, or twice");
                let twice = twice.at(self.place().bytes()).label("one of two ways");
                return Err(twice
                    .help("give one of `stored`, `digits` and `file`")
                    .into());
            }
        };
        require(
            &self.place(),
            !patterns.is_empty(),
            "there are no patterns",
            "no patterns",
            "list at least one, as in [\"1100\", \"0110\"]",
        )?;
        if let Some(width) = &self.width {
            let neurons = patterns[0].len();
            require(
                width,
                neurons.is_multiple_of(**width),
                format!("{neurons} bits do not make rows of {width}"),
                "this width",
                "choose a divisor of the number of bits",
            )?;
        }
        Ok(patterns)
    }
}

fn listed(list: &[Words]) -> Result<Vec<Pattern>, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut patterns: Vec<Pattern> = Vec::new();
    for text in list {
        let Some(bits) = mistakes.note(bits(text)) else {
            continue;
        };
        let neurons = patterns.first().map_or(bits.len(), Pattern::len);
        mistakes.note(require(
            text,
            bits.len() == neurons,
            format!(
                "a pattern of {} bits among patterns of {neurons}",
                bits.len()
            ),
            "this pattern",
            format!("give {neurons} bits"),
        ));
        mistakes.note(require(
            text,
            !patterns.contains(&bits),
            "a pattern stands twice",
            "again",
            "leave it out: it would count as two memories",
        ));
        patterns.push(bits);
    }
    mistakes.end().map(|()| patterns)
}

/// The patterns of a file.
fn in_file(file: &Words) -> Result<Vec<Pattern>, Mistakes> {
    let rows = bit_rows(file)?;
    let mut patterns: Vec<Pattern> = Vec::new();
    for (index, row) in rows.row_iter().enumerate() {
        let bits: Pattern = row.iter().map(|bit| *bit == 1.0).collect();
        let before = patterns.iter().position(|pattern| *pattern == bits);
        if let Some(before) = before {
            let problem = format!("patterns {} and {} (from 1) are one", before + 1, index + 1);
            let help = "leave one out: it would count as two memories";
            return Err(refuse_file(file, &problem, help).into());
        }
        patterns.push(bits);
    }
    Ok(patterns)
}

fn digits(list: &[Count<0>]) -> Result<Vec<Pattern>, Mistakes> {
    let pictures = LabelledImages::digits();
    let pictures = pictures.map_err(|error| Diagnostic::new(error.to_string()))?;
    let mut mistakes = Mistakes::default();
    let mut patterns = Vec::new();
    for number in list {
        let found = mistakes.note(require(
            number,
            **number < pictures.len(),
            format!("there is no digit number {number}"),
            "this digit",
            format!("give a number below {}", pictures.len()),
        ));
        let pixels = found.map(|()| pictures.images.column(**number));
        patterns.extend(pixels.map(|pixels| pixels.iter().map(|level| *level >= HALF).collect()));
    }
    mistakes.end().map(|()| patterns)
}

fn bits(text: &Words) -> Result<Pattern, Diagnostic> {
    let bits = text.chars().filter(|c| !c.is_whitespace());
    let bit = |c| match c {
        '1' | '#' => Some(true),
        '0' | '.' => Some(false),
        _ => None,
    };
    let bits: Option<Pattern> = bits.map(bit).collect();
    bits.filter(|bits| !bits.is_empty()).ok_or_else(|| {
        Diagnostic::new("a pattern that is not binary")
            .at(text.place().bytes())
            .label("this pattern")
            .help("write 1 or # for an active neuron, 0 or . for a silent one")
    })
}
