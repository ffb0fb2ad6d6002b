//! Errors of a model file, with the place and the remedy.

use std::fmt;
use std::ops::Range;

use serde_json::{Value, json};

/// What is wrong with a model, where, and what to do.
///
/// Built in the order in which it is read:
///
/// ```
/// use pulsatrix::experiment::Diagnostic;
///
/// let problem = Diagnostic::new("`lag` 12.5 is longer than the time span 10")
///     .at(30..34)
///     .label("this lag")
///     .help("choose `t_end` > `lag`");
/// assert_eq!(problem.span, Some(30..34));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, in words and numbers.
    pub message: String,
    /// Bytes of the model text that are at fault; `None` if it is no single place.
    pub span: Option<Range<usize>>,
    /// What the place is, shown under it.
    pub label: String,
    /// What to do.
    pub help: String,
}

impl Diagnostic {
    /// A diagnostic without a place, a label or a remedy yet.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            span: None,
            label: String::new(),
            help: String::new(),
        }
    }

    /// The place in the model text. An empty span (a default, written nowhere) is no place.
    #[must_use]
    pub fn at(mut self, span: Range<usize>) -> Self {
        self.span = (!span.is_empty()).then_some(span);
        self
    }

    /// What the place is.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// What to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// A word that is not among the allowed ones: lists them, nearest first as "did you mean".
    ///
    /// `what` names the word's role, for example `"key"` or `"experiment"`.
    #[must_use]
    pub fn unknown(what: &str, word: &str, span: Range<usize>, allowed: &[&str]) -> Self {
        let list = quoted_list(allowed);
        let help = match nearest(word, allowed) {
            Some(near) => format!("did you mean `{near}`? Allowed: {list}"),
            None if allowed.is_empty() => format!("no {what} is allowed here; remove it"),
            None => format!("allowed: {list}"),
        };
        Self::new(format!("unknown {what} `{word}`"))
            .at(span)
            .label(format!("no such {what}"))
            .help(help)
    }
}

/// `` `a`, `b`, `c` ``.
pub(super) fn quoted_list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

/// The allowed word that a typing error most likely meant; none if all are far.
///
/// ```
/// use pulsatrix::experiment::nearest;
///
/// assert_eq!(nearest("equatoin", &["edge", "equation"]), Some("equation"));
/// assert_eq!(nearest("x", &["edge", "equation"]), None);
/// ```
#[must_use]
pub fn nearest<'a>(word: &str, allowed: &[&'a str]) -> Option<&'a str> {
    let score = |candidate: &str| strsim::jaro_winkler(&word.to_lowercase(), candidate);
    allowed
        .iter()
        .copied()
        .filter(|candidate| score(candidate) > 0.75)
        .max_by(|left, right| score(left).total_cmp(&score(right)))
}

/// Everything that is wrong with a model, together with the text that it speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelError {
    /// What the model is called in messages: a path, or where else it came from.
    pub origin: String,
    /// The model text, overrides applied; the spans of the problems count its bytes.
    pub text: String,
    /// What is wrong: at least one problem.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub diagnostic: Diagnostic,
    /// The `--set` argument that put the faulty value there, if one did.
    pub set: Option<String>,
}

impl Problem {
    /// Where an overridden value came from, in words.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let set = self.set.as_ref()?;
        Some(format!("this value came from `--set {set}`"))
    }
}

impl ModelError {
    /// Line and column of a problem, both from 1, the column in characters.
    #[must_use]
    pub fn line_column(&self, problem: &Problem) -> Option<(usize, usize)> {
        let start = problem.diagnostic.span.as_ref()?.start;
        let before = self.text.get(..start)?;
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        Some((line, column))
    }

    /// `file:line:column`, or the file alone if there is no place.
    #[must_use]
    pub fn place(&self, problem: &Problem) -> String {
        match self.line_column(problem) {
            Some((line, column)) => format!("{}:{line}:{column}", self.origin),
            None => self.origin.clone(),
        }
    }

    /// The same for programs: `message`, `file`, `line`, `column`, `label`, `help` and `set` of the first
    /// problem, and the others, in the same form, as `others`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let problem = |problem: &Problem| {
            let place = self.line_column(problem);
            json!({
                "message": problem.diagnostic.message,
                "file": self.origin,
                "line": place.map(|(line, _)| line),
                "column": place.map(|(_, column)| column),
                "label": problem.diagnostic.label,
                "help": problem.diagnostic.help,
                "set": problem.set,
            })
        };
        let mut all = self.problems.iter().map(problem);
        let mut first = all.next().unwrap_or_default();
        first["others"] = all.collect();
        first
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.problems.iter().enumerate() {
            let start = if n == 0 { "" } else { "\n" };
            let message = &problem.diagnostic.message;
            write!(formatter, "{start}{}: {message}", self.place(problem))?;
            if let Some(note) = problem.note() {
                write!(formatter, " ({note})")?;
            }
            if !problem.diagnostic.help.is_empty() {
                write!(formatter, "; {}", problem.diagnostic.help)?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for ModelError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str, diagnostic: Diagnostic) -> ModelError {
        ModelError {
            origin: "model.toml".into(),
            text: text.into(),
            problems: vec![Problem {
                diagnostic,
                set: None,
            }],
        }
    }

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let text = "a = 1\n# λ\nλ = bad\n";
        let start = text.find("bad").unwrap();
        let error = error(text, Diagnostic::new("wrong").at(start..start + 3));
        assert_eq!(error.line_column(&error.problems[0]), Some((3, 5)));
        assert_eq!(error.place(&error.problems[0]), "model.toml:3:5");
    }

    #[test]
    fn a_default_has_no_place() {
        let error = error("a = 1", Diagnostic::new("wrong").at(0..0).help("do this"));
        assert_eq!(error.to_string(), "model.toml: wrong; do this");
    }

    #[test]
    fn unknown_words_suggest_the_nearest() {
        let found = Diagnostic::unknown("key", "neuron", 0..1, &["lambda", "neurons"]);
        assert_eq!(
            found.help,
            "did you mean `neurons`? Allowed: `lambda`, `neurons`"
        );
        let found = Diagnostic::unknown("key", "zzz", 0..1, &["lambda", "neurons"]);
        assert_eq!(found.help, "allowed: `lambda`, `neurons`");
    }
}
