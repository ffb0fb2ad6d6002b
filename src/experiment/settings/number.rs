//! Numbers and counts that refuse what no experiment can use.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use toml_edit::Item;

use super::bounds::bounds;
use super::written::number;
use crate::solver::LEAST_LAG;

use super::{Given, Mistakes, Place, Placed, Setting};

/// Which numbers a setting admits.
pub trait Rule {
    /// The rule in words, as in "must be ...".
    const WORDS: &'static str;

    /// Whether a number obeys it.
    fn admits(value: f64) -> bool;
}

/// A number that obeys a rule, with its place.
///
/// ```
/// use pulsatrix::experiment::settings::Positive;
///
/// let step = Positive::from(0.1); // a default, written nowhere
/// assert_eq!(2.0 * *step, 0.2);
/// ```
pub struct Number<R> {
    value: f64,
    place: Place,
    rule: PhantomData<fn() -> R>,
}

/// Declares rules: `Alias = Name, "words", |value| condition;`.
macro_rules! rules {
    ($($(#[$meta:meta])* $alias:ident = $rule:ident, $words:literal, |$value:ident| $holds:expr;)*) => {$(
        $(#[$meta])*
        pub type $alias = $crate::experiment::settings::Number<$rule>;

        #[doc = concat!("Numbers that are ", $words, ".")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $rule {}

        impl $crate::experiment::settings::Rule for $rule {
            const WORDS: &'static str = $words;

            fn admits($value: f64) -> bool {
                $holds
            }
        }
    )*};
}
pub(crate) use rules;

rules! {
    /// Any number.
    Real = Finite, "finite", |x| x.is_finite();
    /// A number above zero.
    Positive = AboveZero, "positive and finite", |x| x > 0.0 && x.is_finite();
    /// Zero, or a number above it.
    NonNegative = NotBelowZero, "zero or more, and finite", |x| x >= 0.0 && x.is_finite();
    /// A synaptic delay: shorter ones than [`LEAST_LAG`] are lost in the rounding of time.
    Delay = NoneOrResolved, "0 or at least 1e-9, and finite", |x| {
        x == 0.0 || (x >= LEAST_LAG && x.is_finite())
    };
    /// A share, both ends included.
    UnitInterval = ZeroToOne, "from 0 to 1", |x| (0.0..=1.0).contains(&x);
    /// A share that leaves something.
    Fraction = BelowOne, "from 0 to 0.99", |x| (0.0..=0.99).contains(&x);
    /// An error that an algorithm keeps to. The lower end is a few hundred roundings, below which none
    /// can; the upper end is where a result says nothing any more.
    Tolerance = WithinReach, "from 1e-13 to 0.1", |x| (1e-13..=0.1).contains(&x);
}

impl<R> Clone for Number<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Number<R> {}

impl<R> PartialEq for Number<R> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<R> fmt::Debug for Number<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(formatter)
    }
}

impl<R> fmt::Display for Number<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(formatter)
    }
}

impl<R> Deref for Number<R> {
    type Target = f64;

    fn deref(&self) -> &f64 {
        &self.value
    }
}

impl<R> From<f64> for Number<R> {
    fn from(value: f64) -> Self {
        Self {
            value,
            place: Place::NOWHERE,
            rule: PhantomData,
        }
    }
}

impl<R> Placed for Number<R> {
    fn place(&self) -> Place {
        self.place
    }
}

impl<R: Rule> Setting for Number<R> {
    fn expected() -> String {
        "a number".into()
    }

    fn schema() -> serde_json::Value {
        let mut schema = bounds(R::admits);
        schema.insert("type".into(), "number".into());
        schema.into()
    }

    fn rule() -> Option<&'static str> {
        Some(R::WORDS)
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let value = given.expect(given.number(), "a number", mistakes)?;
        let value = given.obey(value, R::admits(value), R::WORDS, mistakes)?;
        Some(Self {
            place: given.place(),
            ..Self::from(value)
        })
    }

    fn write(&self) -> Item {
        number(self.value).into()
    }
}

/// The largest count that is believed: beyond it, none of the crate's loops would end in a lifetime
/// and none of its arrays would fit (chosen).
pub const LARGEST_COUNT: usize = 1_000_000_000;

/// A whole number of at least `LEAST`, with its place.
#[derive(Clone, Copy)]
pub struct Count<const LEAST: usize = 1> {
    value: usize,
    place: Place,
}

impl<const LEAST: usize> PartialEq for Count<LEAST> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<const LEAST: usize> fmt::Debug for Count<LEAST> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(formatter)
    }
}

impl<const LEAST: usize> fmt::Display for Count<LEAST> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(formatter)
    }
}

impl<const LEAST: usize> Deref for Count<LEAST> {
    type Target = usize;

    fn deref(&self) -> &usize {
        &self.value
    }
}

impl<const LEAST: usize> From<usize> for Count<LEAST> {
    fn from(value: usize) -> Self {
        let place = Place::NOWHERE;
        Self { value, place }
    }
}

impl<const LEAST: usize> Placed for Count<LEAST> {
    fn place(&self) -> Place {
        self.place
    }
}

impl<const LEAST: usize> Setting for Count<LEAST> {
    fn expected() -> String {
        "a whole number".into()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "integer", "minimum": LEAST, "maximum": LARGEST_COUNT })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let whole = given.expect(given.whole(), "a whole number", mistakes)?;
        let value = usize::try_from(whole).ok();
        let enough = value.is_some_and(|value| value >= LEAST);
        given.obey((), enough, &format!("at least {LEAST}"), mistakes)?;
        let value = value.filter(|value| *value <= LARGEST_COUNT);
        let most = format!("at most {LARGEST_COUNT}");
        given.obey((), value.is_some(), &most, mistakes)?;
        Some(Self {
            value: value?,
            place: given.place(),
        })
    }

    fn write(&self) -> Item {
        toml_edit::value(self.value as i64)
    }
}

impl Setting for u64 {
    fn expected() -> String {
        "a whole number, zero or more".into()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "integer", "minimum": 0 })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let whole = given.whole().and_then(|whole| Self::try_from(whole).ok());
        given.expect(whole, &Self::expected(), mistakes)
    }

    fn write(&self) -> Item {
        // What was read came from an i64.
        toml_edit::value(*self as i64)
    }
}
