//! Places in a model text, and what is wrong there.

use std::ops::Range;

use crate::experiment::Diagnostic;

/// Bytes of the model text; none for a default that was written nowhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    start: usize,
    end: usize,
}

impl Place {
    /// No place: a value that was written nowhere.
    pub const NOWHERE: Self = Self { start: 0, end: 0 };

    /// The bytes; an empty range for a value that was written nowhere.
    #[must_use]
    pub fn bytes(self) -> Range<usize> {
        self.start..self.end
    }
}

impl From<Option<Range<usize>>> for Place {
    fn from(span: Option<Range<usize>>) -> Self {
        let span = span.unwrap_or_default();
        Self {
            start: span.start,
            end: span.end,
        }
    }
}

/// Anything that has a place in the model text.
pub trait Placed {
    /// Where it stands.
    fn place(&self) -> Place;
}

impl Placed for Place {
    fn place(&self) -> Place {
        *self
    }
}

impl<T: Placed> Placed for Option<T> {
    fn place(&self) -> Place {
        self.as_ref().map_or(Place::NOWHERE, Placed::place)
    }
}

/// Everything that is wrong with a model, in the order in which it was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mistakes(Vec<Diagnostic>);

impl Mistakes {
    /// Adds a mistake.
    pub fn add(&mut self, mistake: Diagnostic) {
        self.0.push(mistake);
    }

    /// The value, or `None` and one mistake more.
    pub fn note<T>(&mut self, result: Result<T, impl Into<Self>>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(mistakes) => {
                self.0.extend(mistakes.into().0);
                None
            }
        }
    }

    /// Whether a key that is written wrongly was most likely meant to be `name`: then that is the mistake,
    /// and not that `name` is missing.
    pub(super) fn suggest(&self, name: &str) -> bool {
        let meant = format!("did you mean `{name}`?");
        self.0
            .iter()
            .any(|mistake| mistake.help.starts_with(&meant))
    }

    /// All of them, if there are any.
    ///
    /// # Errors
    /// The mistakes themselves.
    pub fn end(self) -> Result<(), Self> {
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }

    /// One by one.
    #[must_use]
    pub fn into_list(self) -> Vec<Diagnostic> {
        self.0
    }
}

impl From<Diagnostic> for Mistakes {
    fn from(mistake: Diagnostic) -> Self {
        Self(vec![mistake])
    }
}

/// A rule of the study's own: message, label and remedy at the place of a setting.
///
/// ```
/// use pulsatrix::experiment::settings::{Place, require};
///
/// let (lag, t_end) = (12.5, 10.0);
/// let found = require(
///     &Place::NOWHERE,
///     lag < t_end,
///     format!("`lag` {lag} is longer than the time span {t_end}"),
///     "this lag",
///     "choose `t_end` > `lag`",
/// );
/// assert_eq!(found.unwrap_err().help, "choose `t_end` > `lag`");
/// ```
///
/// # Errors
/// If `condition` is false.
pub fn require(
    setting: &impl Placed,
    condition: bool,
    message: impl Into<String>,
    label: impl Into<String>,
    help: impl Into<String>,
) -> Result<(), Diagnostic> {
    if condition {
        return Ok(());
    }
    Err(Diagnostic::new(message)
        .at(setting.place().bytes())
        .label(label)
        .help(help))
}
