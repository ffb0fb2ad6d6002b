//! The section of a model file that lists binary patterns.

use super::settings::{Mistakes, Place, Placed, Words, require, settings};
use super::{Diagnostic, LabelledImages};
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
        /// Pixels in a row, where the patterns are pictures.
        pub width: Option<Count>,
    }
}

impl PatternSettings {
    /// Where the patterns are given.
    pub fn place(&self) -> Place {
        let stored = self.stored.iter().flatten().map(Placed::place);
        let digits = self.digits.iter().flatten().map(Placed::place);
        stored.chain(digits).next().unwrap_or(Place::NOWHERE)
    }

    /// Pixels in a row, where the patterns are pictures.
    pub fn width(&self) -> Option<usize> {
        let digits = self.digits.as_ref().map(|_| DIGIT_WIDTH);
        self.width.map(|width| *width).or(digits)
    }

    /// The patterns, at least one, all of equal length.
    pub fn patterns(&self) -> Result<Vec<Pattern>, Mistakes> {
        let patterns = match (&self.stored, &self.digits) {
            (Some(list), None) => listed(list)?,
            (None, Some(list)) => digits(list)?,
            _ => {
                let twice = Diagnostic::new("the patterns are given not at all, or twice");
                let twice = twice.at(self.place().bytes()).label("one of two ways");
                return Err(twice.help("give one of `stored` and `digits`").into());
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
