//! What a model file may say: values that check themselves while they are read.
//!
//! A section of a model file is a struct of [`Setting`]s, declared by the macro `settings!` with its defaults.
//! Every value knows its place in the text and refuses what no experiment can use ([`Positive`],
//! [`Tolerance`], [`Count`], [`NonEmpty`], ...), and reading goes on after a mistake, so that all
//! mistakes of a file are reported at once. That is why the TOML is read here and not by serde, which stops
//! at the first mistake.
//!
//! What depends on more than one key is said by the study that reads them, with [`require`].

mod about;
mod bounds;
mod choice;
mod given;
mod lambda;
mod list;
mod mistakes;
mod neurons;
mod number;
pub(crate) mod section;
mod written;

pub use self::section::{Field, Flat, Opened, Section};
pub use about::{KeyAbout, table_schema};
pub use choice::{Choice, Words};
pub use given::Given;
pub use lambda::Lambda;
pub use list::{Layers, NonEmpty, OneOrMore};
pub use mistakes::{Mistakes, Place, Placed, require};
pub use neurons::{Interval, PerNeuron, Rows};
pub(crate) use number::rules;
pub use number::{
    AboveZero, Count, Delay, Finite, Fraction, NonNegative, NotBelowZero, Number, Positive, Real,
    Rule, Tolerance, UnitInterval,
};
pub(crate) use written::short;

use serde_json::{Value, json};
use toml_edit::Item;

/// A value of a model file.
pub trait Setting: Sized {
    /// What a reader is told to write here: "a number", "a list of numbers".
    fn expected() -> String;

    /// Reads what stands under a key. What is wrong is added to `mistakes`, and nothing comes back.
    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self>;

    /// As it stands in a resolved model; [`Item::None`] leaves the key out.
    fn write(&self) -> Item;

    /// What it means that the key is not there, if it means anything.
    fn absent() -> Option<Self> {
        None
    }

    /// JSON schema of what may stand here; it admits at least what [`read`](Setting::read) does.
    fn schema() -> Value {
        json!({})
    }

    /// The rule that its numbers obey, as in "must be ...".
    fn rule() -> Option<&'static str> {
        None
    }

    /// The keys, if this is a section or a list of them.
    fn inner() -> Vec<KeyAbout> {
        Vec::new()
    }
}

impl<T: Setting> Setting for Option<T> {
    fn expected() -> String {
        T::expected()
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        T::read(given, mistakes).map(Some)
    }

    fn write(&self) -> Item {
        self.as_ref().map_or(Item::None, Setting::write)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn schema() -> Value {
        T::schema()
    }

    fn rule() -> Option<&'static str> {
        T::rule()
    }

    fn inner() -> Vec<KeyAbout> {
        T::inner()
    }
}

pub(crate) use self::section::settings;
