//! Rules that settings must obey: one line each where a kind of experiment validates.
//!
//! ```
//! use pulsatrix::experiment::rules::{positive, require};
//! use serde_spanned::Spanned;
//!
//! let (lag, t_end) = (Spanned::new(6..10, 12.5), 10.0);
//! assert!(positive("lag", &lag).is_ok());
//! let found = require(
//!     &lag,
//!     *lag.get_ref() < t_end,
//!     format!("`lag` {} is longer than the time span {t_end}", lag.get_ref()),
//!     "this lag",
//!     "choose `t_end` > `lag`",
//! );
//! assert_eq!(found.unwrap_err().span, Some(6..10));
//! ```

use std::ops::Range;

use serde_spanned::Spanned;

use super::Diagnostic;

/// Anything that has a place in the model text.
pub trait Placed {
    /// Bytes of the model text; empty for a default that was written nowhere.
    fn place(&self) -> Range<usize>;
}

impl<T> Placed for Spanned<T> {
    fn place(&self) -> Range<usize> {
        self.span()
    }
}

impl Placed for Range<usize> {
    fn place(&self) -> Range<usize> {
        self.clone()
    }
}

/// A setting that holds numbers, each with its place.
pub trait Numbers {
    /// Every number with its place.
    fn numbers(&self) -> Vec<(Range<usize>, f64)>;
}

impl Numbers for Spanned<f64> {
    fn numbers(&self) -> Vec<(Range<usize>, f64)> {
        vec![(self.span(), *self.get_ref())]
    }
}

impl<T: Numbers> Numbers for Option<T> {
    fn numbers(&self) -> Vec<(Range<usize>, f64)> {
        self.as_ref().map(Numbers::numbers).unwrap_or_default()
    }
}

impl<T: Numbers> Numbers for [T] {
    fn numbers(&self) -> Vec<(Range<usize>, f64)> {
        self.iter().flat_map(Numbers::numbers).collect()
    }
}

impl<T: Numbers> Numbers for Vec<T> {
    fn numbers(&self) -> Vec<(Range<usize>, f64)> {
        self.as_slice().numbers()
    }
}

/// A default in a settings struct: a value that was written nowhere.
#[must_use]
pub fn unwritten<T>(value: T) -> Spanned<T> {
    Spanned::new(0..0, value)
}

/// A rule of the kind's own.
///
/// # Errors
/// The message, label and remedy at the place of the setting, if `condition` is false.
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
        .at(setting.place())
        .label(label)
        .help(help))
}

/// Every number obeys `condition`, which `requirement` says in words ("must be ...").
///
/// # Errors
/// At the first number that does not.
pub fn each(
    name: &str,
    setting: &(impl Numbers + ?Sized),
    requirement: &str,
    condition: impl Fn(f64) -> bool,
) -> Result<(), Diagnostic> {
    for (place, value) in setting.numbers() {
        require(
            &place,
            condition(value),
            format!("`{name}` is {value}, but must be {requirement}"),
            format!("must be {requirement}"),
            format!("give `{name}` a value that is {requirement}"),
        )?;
    }
    Ok(())
}

/// Greater than zero and finite.
///
/// # Errors
/// At the first number that is not.
pub fn positive(name: &str, setting: &(impl Numbers + ?Sized)) -> Result<(), Diagnostic> {
    each(name, setting, "positive and finite", |value| {
        value > 0.0 && value.is_finite()
    })
}

/// Zero or more, and finite.
///
/// # Errors
/// At the first number that is not.
pub fn non_negative(name: &str, setting: &(impl Numbers + ?Sized)) -> Result<(), Diagnostic> {
    each(name, setting, "zero or more, and finite", |value| {
        value >= 0.0 && value.is_finite()
    })
}

/// Neither infinite nor NaN.
///
/// # Errors
/// At the first number that is not.
pub fn finite(name: &str, setting: &(impl Numbers + ?Sized)) -> Result<(), Diagnostic> {
    each(name, setting, "finite", f64::is_finite)
}

/// In the closed interval from `low` to `high`.
///
/// # Errors
/// At the first number that is not.
pub fn between(
    name: &str,
    setting: &(impl Numbers + ?Sized),
    low: f64,
    high: f64,
) -> Result<(), Diagnostic> {
    each(name, setting, &format!("from {low} to {high}"), |value| {
        (low..=high).contains(&value)
    })
}

/// A count of at least `minimum`.
///
/// # Errors
/// If it is smaller.
pub fn at_least(name: &str, setting: &Spanned<usize>, minimum: usize) -> Result<(), Diagnostic> {
    require(
        setting,
        *setting.get_ref() >= minimum,
        format!(
            "`{name}` is {}, but must be at least {minimum}",
            setting.get_ref()
        ),
        format!("must be at least {minimum}"),
        format!("give `{name}` a value of {minimum} or more"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_names_setting_value_and_place() {
        let found = positive("tolerance", &Spanned::new(3..7, -1.0)).unwrap_err();
        assert_eq!(
            found.message,
            "`tolerance` is -1, but must be positive and finite"
        );
        assert_eq!(found.span, Some(3..7));
        assert!(positive("tolerance", &Spanned::new(3..7, f64::INFINITY)).is_err());
        assert!(non_negative("b", &Spanned::new(0..1, 0.0)).is_ok());
        assert!(finite("c", &Spanned::new(0..1, f64::NEG_INFINITY)).is_err());
        assert!(between("p", &Spanned::new(0..1, 1.1), 0.0, 1.0).is_err());
        assert!(at_least("neurons", &Spanned::new(0..1, 1), 2).is_err());
    }

    #[test]
    fn what_is_not_given_obeys_every_rule() {
        assert!(positive("step", &None::<Spanned<f64>>).is_ok());
    }
}
