//! The section of a model file that lists binary patterns.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use super::rules::require;
use super::{Diagnostic, LabelledImages};
use crate::networks::Pattern;

/// Pixels in a row of the shipped digits.
const DIGIT_WIDTH: usize = 8;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PatternSettings {
    /// Binary patterns of equal length: `1` or `#` active, `0` or `.` silent; blanks do not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stored: Option<Spanned<Vec<Spanned<String>>>>,
    /// Instead: numbers, from 0, of the shipped 8 x 8 digits; a pixel is active from half its range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    digits: Option<Spanned<Vec<Spanned<usize>>>>,
    /// Pixels in a row, where the patterns are pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    width: Option<Spanned<usize>>,
}

impl PatternSettings {
    /// Where the patterns are given.
    pub fn place(&self) -> Range<usize> {
        let given = [
            self.stored.as_ref().map(Spanned::span),
            self.digits.as_ref().map(Spanned::span),
        ];
        given.into_iter().flatten().next().unwrap_or(0..0)
    }

    /// Pixels in a row, where the patterns are pictures.
    pub fn width(&self) -> Option<usize> {
        let digits = self.digits.as_ref().map(|_| DIGIT_WIDTH);
        self.width.as_ref().map(|width| *width.get_ref()).or(digits)
    }

    /// The patterns, at least one, all of equal length.
    pub fn patterns(&self) -> Result<Vec<Pattern>, Diagnostic> {
        let patterns = match (&self.stored, &self.digits) {
            (Some(list), None) => listed(list)?,
            (None, Some(list)) => digits(list)?,
            _ => {
                return Err(
                    Diagnostic::new("the patterns are given not at all, or twice")
                        .at(self.place())
                        .label("one of two ways")
                        .help("give one of `stored` and `digits`"),
                );
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
                *width.get_ref() > 0 && neurons.is_multiple_of(*width.get_ref()),
                format!("{neurons} bits do not make rows of {width}"),
                "this width",
                "choose a divisor of the number of bits",
            )?;
        }
        Ok(patterns)
    }
}

fn listed(list: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<Pattern>, Diagnostic> {
    let mut patterns: Vec<Pattern> = Vec::new();
    for text in list.get_ref() {
        let bits = bits(text)?;
        let neurons = patterns.first().map_or(bits.len(), Pattern::len);
        let message = format!(
            "a pattern of {} bits among patterns of {neurons}",
            bits.len()
        );
        let help = format!("give {neurons} bits");
        require(text, bits.len() == neurons, message, "this pattern", help)?;
        patterns.push(bits);
    }
    Ok(patterns)
}

fn digits(list: &Spanned<Vec<Spanned<usize>>>) -> Result<Vec<Pattern>, Diagnostic> {
    let pictures = LabelledImages::digits()
        .map_err(|error| Diagnostic::new(error.to_string()).at(list.span()))?;
    let mut patterns = Vec::new();
    for number in list.get_ref() {
        let index = *number.get_ref();
        require(
            number,
            index < pictures.len(),
            format!("there is no digit number {index}"),
            "this digit",
            format!("give a number below {}", pictures.len()),
        )?;
        let pixels = pictures.images.column(index);
        patterns.push(pixels.iter().map(|level| *level >= 0.5).collect());
    }
    Ok(patterns)
}

fn bits(text: &Spanned<String>) -> Result<Pattern, Diagnostic> {
    let bits = text.get_ref().chars().filter(|c| !c.is_whitespace());
    let bits: Option<Pattern> = bits
        .map(|c| match c {
            '1' | '#' => Some(true),
            '0' | '.' => Some(false),
            _ => None,
        })
        .collect();
    bits.filter(|bits| !bits.is_empty()).ok_or_else(|| {
        Diagnostic::new("a pattern that is not binary")
            .at(text.span())
            .label("this pattern")
            .help("write 1 or # for an active neuron, 0 or . for a silent one")
    })
}
