//! The section of a model file that lists binary patterns.

use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use super::Diagnostic;
use super::rules::require;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PatternSettings {
    /// Binary patterns of equal length: `1` or `#` active, `0` or `.` silent; blanks do not count.
    pub stored: Spanned<Vec<Spanned<String>>>,
    /// Pixels in a row, where the patterns are pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<Spanned<usize>>,
}

impl PatternSettings {
    /// The patterns, one flag a neuron, at least one, all of equal length.
    pub fn patterns(&self) -> Result<Vec<Vec<bool>>, Diagnostic> {
        let list = self.stored.get_ref();
        require(
            &self.stored,
            !list.is_empty(),
            "there are no patterns",
            "no patterns",
            "list at least one, as in [\"1100\", \"0110\"]",
        )?;
        let mut patterns: Vec<Vec<bool>> = Vec::new();
        for text in list {
            let bits = bits(text)?;
            let neurons = patterns.first().map_or(bits.len(), Vec::len);
            let message = format!(
                "a pattern of {} bits among patterns of {neurons}",
                bits.len()
            );
            let help = format!("give {neurons} bits");
            require(text, bits.len() == neurons, message, "this pattern", help)?;
            patterns.push(bits);
        }
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

fn bits(text: &Spanned<String>) -> Result<Vec<bool>, Diagnostic> {
    let bits = text.get_ref().chars().filter(|c| !c.is_whitespace());
    let bits: Option<Vec<bool>> = bits
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
