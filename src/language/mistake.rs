//! What is wrong with a formula, and where.

use std::fmt;
use std::ops::Range;

use thiserror::Error;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Mistake {
    /// A sign that the language does not have.
    #[error("the sign `{found}` means nothing here")]
    UnknownSign {
        /// The sign.
        found: char,
    },
    /// A number that cannot be read.
    #[error("`{found}` is no number")]
    NotANumber {
        /// What stands there.
        found: String,
    },
    /// Something else was expected.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What stands there.
        found: String,
        /// What could stand there.
        expected: &'static str,
    },
    /// A word behind a condition that is none of those that may stand there.
    #[error(
        "expected `rising`, `falling`, `crossing` or the end, found `{word}`{}",
        did_you_mean(.near.as_deref())
    )]
    UnknownDirection {
        /// The word.
        word: String,
        /// The one that was meant.
        near: Option<String>,
    },
    /// Two values side by side.
    #[error("an operator is missing before {found}: write `*` for a product")]
    MissingOperator {
        /// The second value.
        found: String,
    },
    /// A power as some other languages write it.
    #[error("write a power as `x^2`")]
    PowerSign,
    /// A bracket that is never closed.
    #[error("this bracket is never closed with `{with}`")]
    NotClosed {
        /// What would close it.
        with: &'static str,
    },
    /// Too many brackets within brackets.
    #[error("more than {most} brackets within brackets: give the inner part a name in `functions`")]
    TooDeep {
        /// How many are read.
        most: usize,
    },
    /// Too many operations one within another.
    #[error(
        "more than {most} operations one within another: give parts of the formula names in `functions`, or write \
         the terms as a sum over an index, `sum(j, ...)`"
    )]
    TooLong {
        /// How many are read.
        most: usize,
    },
    /// A name that nobody has defined.
    #[error("nothing is called `{name}`{}", did_you_mean(.near.as_deref()))]
    UnknownName {
        /// The name.
        name: String,
        /// The nearest one that there is.
        near: Option<String>,
    },
    /// A name that something already has.
    #[error("`{name}` is already {as_what}: choose another name")]
    NameTaken {
        /// The name.
        name: String,
        /// What has the name.
        as_what: &'static str,
    },
    /// A left-hand side that cannot be one.
    #[error("expected {expected}, as in `{example}`")]
    BadHead {
        /// What is expected.
        expected: &'static str,
        /// An example.
        example: &'static str,
    },
    /// A function with too many or too few arguments.
    #[error("`{name}` takes {expected}, but is given {found}")]
    WrongArguments {
        /// The function.
        name: String,
        /// How many it takes, in words.
        expected: String,
        /// How many stand there.
        found: usize,
    },
    /// A function without its arguments.
    #[error("`{name}` is a function: write `{name}(...)`")]
    FunctionWithoutArguments {
        /// The function.
        name: String,
    },
    /// Arguments of something that is no function.
    #[error("`{name}` is {as_what} and takes no arguments: write `{name}*(...)` for a product")]
    NotAFunction {
        /// The name.
        name: String,
        /// What it is.
        as_what: &'static str,
    },
    /// The wrong number of indices.
    #[error("`{name}` takes {expected} indices in [ ], but is given {found}")]
    WrongIndices {
        /// The family, vector or matrix.
        name: String,
        /// How many it takes.
        expected: usize,
        /// How many stand there.
        found: usize,
    },
    /// An index that depends on time or state.
    #[error("an index must not depend on time or state")]
    VaryingIndex,
    /// An index that is no number of an entry.
    #[error("`{name}` has entries 0 to {}, but the index takes the value {index}", .length - 1)]
    IndexOutOfRange {
        /// The family, vector or matrix.
        name: String,
        /// The value.
        index: f64,
        /// Number of entries along this axis.
        length: usize,
    },
    /// An index over nobody knows which size.
    #[error("over which size does `{index}` run? Write `{index} in {}`", .sizes.first().map_or("N", String::as_str))]
    WhichSize {
        /// The index.
        index: String,
        /// The sizes that there are.
        sizes: Vec<String>,
    },
    /// More combinations of indices than memory should hold.
    #[error("this is there {terms} times, for all values of its indices: more than {most}")]
    TooMany {
        /// How many.
        terms: f64,
        /// How many are allowed.
        most: usize,
    },
    /// Functions of functions that call each other too often.
    #[error("this leads to more than {most} calls of functions")]
    TooManyCalls {
        /// How many are allowed.
        most: usize,
    },
    /// A lag below zero.
    #[error("the lag is {lag}: a delayed value lies in the past")]
    NegativeLag {
        /// The lag.
        lag: f64,
    },
    /// A lag that is not finite.
    #[error("the lag is {lag}: it must be finite")]
    LagNotFinite {
        /// The lag.
        lag: f64,
    },
    /// A delayed time that depends on a delayed value.
    #[error("a delayed time may depend on time and on the present state, not on delayed values")]
    DelayedTimeOfDelayed,
    /// A delayed time of an event that varies.
    #[error("in an event a lag must be constant")]
    VaryingLagInEvent,
    /// An input read at a time that is none.
    #[error("`{name}` is an input: read it at a time that is `t` less a constant, `{name}(t)`")]
    InputTime {
        /// The input.
        name: String,
    },
    /// The edge of a window that moves against the time.
    #[error("the edge of a window is `t` less a constant, as in `t - tau`")]
    WindowEdge,
    /// A window that is none.
    #[error(
        "this window reaches from t - {far} to t - {near}: it must begin before it ends, and not end in the future"
    )]
    BadWindow {
        /// Lag of its begin.
        far: f64,
        /// Lag of its end.
        near: f64,
    },
    /// A window in a window.
    #[error("a window cannot stand in another one: give the inner one an equation of its own")]
    WindowWithin,
    /// A delayed time in a window that is not that of the window.
    #[error("in a window the past is read at the time of the window itself, `x(s)`")]
    WindowReading,
    /// A window over a solution that bends at times that nobody knows before.
    #[error(
        "a window is not exact where {what}: give the integral an equation of its own, `A' = x(t - near) - x(t - far)`"
    )]
    WindowOfBends {
        /// Why it bends.
        what: &'static str,
    },
    /// A window with too many cuts.
    #[error(
        "lags and windows make the solution bend at {times} times that are felt in windows: more than {most}"
    )]
    TooManyBends {
        /// How many.
        times: usize,
        /// How many are allowed.
        most: usize,
    },
    /// The derivative at the present.
    #[error("a derivative can be read in the past only: write `{name}'(t - tau)`")]
    PresentSlope {
        /// The variable.
        name: String,
    },
    /// A variable where there is none yet.
    #[error("`{name}` cannot be read here: {what} may depend on `t` and parameters only")]
    StateNotAllowed {
        /// The variable.
        name: String,
        /// What is being computed.
        what: &'static str,
    },
    /// The past where only the present is known.
    #[error("the past cannot be read here")]
    PastNotAllowed,
    /// A derivative where none is known.
    #[error("derivatives cannot be read here")]
    SlopeNotAllowed,
    /// A function that calls itself.
    #[error("the function `{name}` calls itself")]
    Recursive {
        /// The function.
        name: String,
    },
    /// `j in N` outside of a sum.
    #[error("`{index} in {size}` may stand at the start of a sum only")]
    OverOutsideSum {
        /// The index.
        index: String,
        /// The size.
        size: String,
    },
    /// A part that is needed.
    #[error("{what} is missing")]
    Missing {
        /// What is missing.
        what: String,
    },
    /// A parameter that nothing reads.
    #[error("no formula reads the parameter `{name}`{}", did_you_mean(.near.as_deref()))]
    Unread {
        /// The parameter.
        name: String,
        /// The nearest other one.
        near: Option<String>,
    },
    /// A value that is not allowed.
    #[error("{what} is {value}, but must be {requirement}")]
    InvalidValue {
        /// What it is.
        what: String,
        /// Its value.
        value: f64,
        /// What it must be.
        requirement: &'static str,
    },
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// A part of a system that is written as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it belongs: `equations`, `functions`, `history`, ...
    pub part: &'static str,
    /// Its key there.
    pub key: String,
    /// The text.
    pub text: String,
}

impl Source {
    pub(super) fn new(part: &'static str, key: &str, text: &str) -> Self {
        Self {
            part,
            key: key.to_owned(),
            text: text.to_owned(),
        }
    }

    pub(super) fn error(&self, (span, mistake): (Range<usize>, Mistake)) -> TextError {
        TextError {
            source: self.clone(),
            span,
            mistake,
        }
    }
}

/// A mistake in a formula, with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct TextError {
    /// The formula.
    pub source: Source,
    /// The bytes at fault.
    pub span: Range<usize>,
    /// What is wrong with them.
    pub mistake: Mistake,
}

impl TextError {
    /// Line and column in the formula, both from 1, the column in characters.
    #[must_use]
    pub fn line_column(&self) -> (usize, usize) {
        let before = self.source.text.get(..self.span.start).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        (line, column)
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_column();
        let Source { part, key, .. } = &self.source;
        write!(formatter, "{part}.{key}, ")?;
        if self.source.text.contains('\n') {
            write!(formatter, "line {line}, ")?;
        }
        write!(formatter, "column {column}: {}", self.mistake)
    }
}

/// All that is wrong with a system.
#[derive(Debug, Clone, PartialEq)]
pub struct TextErrors(pub Vec<TextError>);

impl fmt::Display for TextErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, error) in self.0.iter().enumerate() {
            let between = if number == 0 { "" } else { "\n" };
            write!(formatter, "{between}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for TextErrors {}

/// The name that a slip most likely meant: the fewest letters to change, at most a third of them.
pub(super) fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let length = word.chars().count();
    let scored = names.map(|name| (distance(word, name), name));
    // of single letters every one is near every other
    let most = if length < 3 { 1 } else { length.div_ceil(3) };
    let close = scored.filter(|(distance, name)| {
        let shared = name
            .chars()
            .any(|c| word.to_lowercase().contains(c.to_ascii_lowercase()));
        *distance <= most && shared
    });
    close
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name.to_owned())
}

/// Letters to insert, remove, replace or exchange with the next; a letter of the other case counts half and
/// is rounded down. After F. J. Damerau, CACM 7(3), 171-176 (1964), doi:10.1145/363958.363994.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=right.len()).map(|j| 2 * j).collect()];
    for i in 1..=left.len() {
        let mut row = vec![2 * i];
        for j in 1..=right.len() {
            let (a, b) = (left[i - 1], right[j - 1]);
            let cost = if a == b {
                0
            } else if a.to_lowercase().eq(b.to_lowercase()) {
                1
            } else {
                2
            };
            let mut best = (rows[i - 1][j - 1] + cost)
                .min(rows[i - 1][j] + 2)
                .min(row[j - 1] + 2);
            if i > 1 && j > 1 && a == right[j - 2] && left[i - 2] == b {
                best = best.min(rows[i - 2][j - 2] + 2);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()] / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_the_name_that_was_meant() {
        let near = |word| nearest(word, ["theta", "omega", "tau1", "sin", "S"].into_iter());
        for (word, meant) in [
            ("teta", Some("theta")),
            ("thtea", Some("theta")),
            ("Omega", Some("omega")),
            ("tau", Some("tau1")),
            ("s", Some("S")),
            ("sni", Some("sin")),
            ("weight", None),
        ] {
            assert_eq!(near(word).as_deref(), meant, "{word}");
        }
    }
}
