//! Lists of settings.

use std::fmt;
use std::ops::Deref;

use toml_edit::{Array, Item};

use super::{Count, Given, Mistakes, Place, Placed, Setting, require};

/// A list with at least one entry and no entry twice, with its place: what a study does for each.
#[derive(Clone, PartialEq)]
pub struct NonEmpty<T> {
    entries: Vec<T>,
    place: Place,
}

impl<T: fmt::Debug> fmt::Debug for NonEmpty<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.fmt(formatter)
    }
}

impl<T> Deref for NonEmpty<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.entries
    }
}

impl<T, const N: usize> From<[T; N]> for NonEmpty<T> {
    fn from(entries: [T; N]) -> Self {
        Self {
            entries: entries.into(),
            place: Place::NOWHERE,
        }
    }
}

impl<T> Placed for NonEmpty<T> {
    fn place(&self) -> Place {
        self.place
    }
}

impl<T: Setting + PartialEq> Setting for NonEmpty<T> {
    fn expected() -> String {
        Vec::<T>::expected()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "array", "items": T::schema(), "minItems": 1, "uniqueItems": true })
    }

    fn rule() -> Option<&'static str> {
        T::rule()
    }

    fn inner() -> Vec<super::KeyAbout> {
        T::inner()
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let (entries, place) = some(given, mistakes)?;
        let key = given.key();
        let twice = (1..entries.len()).find(|&n| entries[..n].contains(&entries[n]));
        let second = twice.and_then(|n| given.list()?.get(n).map(Given::place));
        mistakes.note(require(
            &second.unwrap_or(place),
            twice.is_none(),
            format!("`{key}` holds an entry twice"),
            "the same again",
            "keep one of the two",
        ))?;
        Some(Self { entries, place })
    }

    fn write(&self) -> Item {
        self.entries.write()
    }
}

/// A list with at least one entry, and its place.
fn some<T: Setting>(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<(Vec<T>, Place)> {
    let (entries, place): (Vec<T>, _) = (Vec::read(given, mistakes)?, given.place());
    let key = given.key();
    mistakes.note(require(
        &place,
        !entries.is_empty(),
        format!("`{key}` is empty"),
        "nothing to do",
        format!("give `{key}` at least one entry, as in [...]"),
    ))?;
    Some((entries, place))
}

/// Units of the hidden layers of a network, from the input on: at least one layer, and layers may be equal.
#[derive(Debug, Clone, PartialEq)]
pub struct Layers {
    units: Vec<Count>,
    place: Place,
}

impl Deref for Layers {
    type Target = [Count];

    fn deref(&self) -> &[Count] {
        &self.units
    }
}

impl Placed for Layers {
    fn place(&self) -> Place {
        self.place
    }
}

impl Setting for Layers {
    fn expected() -> String {
        Vec::<Count>::expected()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "array", "items": <Count>::schema(), "minItems": 1 })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        some(given, mistakes).map(|(units, place)| Self { units, place })
    }

    fn write(&self) -> Item {
        self.units.write()
    }
}

impl<T: Setting> Setting for Vec<T> {
    fn expected() -> String {
        format!("a list, each entry {}", T::expected())
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "array", "items": T::schema() })
    }

    fn rule() -> Option<&'static str> {
        T::rule()
    }

    fn inner() -> Vec<super::KeyAbout> {
        T::inner()
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let entries = given.expect(given.list(), &Self::expected(), mistakes)?;
        // Every entry is read before the first mistake ends the list.
        let read: Vec<Option<T>> = entries
            .iter()
            .map(|entry| T::read(entry, mistakes))
            .collect();
        read.into_iter().collect()
    }

    fn write(&self) -> Item {
        let entries = self
            .iter()
            .filter_map(|entry| entry.write().into_value().ok());
        Item::Value(entries.collect::<Array>().into())
    }
}

/// One value, or a list of values as a [`NonEmpty`] is: what a study may vary.
#[derive(Debug, Clone, PartialEq)]
pub struct OneOrMore<T>(NonEmpty<T>);

impl<T> Deref for OneOrMore<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> Placed for OneOrMore<T> {
    fn place(&self) -> Place {
        self.0.place
    }
}

impl<T: Setting + PartialEq> Setting for OneOrMore<T> {
    fn expected() -> String {
        format!("{}, or a list of them", T::expected())
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "anyOf": [T::schema(), NonEmpty::<T>::schema()] })
    }

    fn rule() -> Option<&'static str> {
        T::rule()
    }

    fn inner() -> Vec<super::KeyAbout> {
        T::inner()
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        if given.list().is_some() {
            return NonEmpty::read(given, mistakes).map(Self);
        }
        let (entries, place) = (vec![T::read(given, mistakes)?], given.place());
        Some(Self(NonEmpty { entries, place }))
    }

    fn write(&self) -> Item {
        match &self.0.entries[..] {
            [one] => one.write(),
            _ => self.0.write(),
        }
    }
}
