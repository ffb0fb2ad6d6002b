//! Settings that are formulas, and places within them.

use std::ops::Range;

use toml_edit::{Item, Table};

use crate::experiment::settings::{Given, Mistakes, Place, Placed, Setting, Words};

/// Formulas by their keys, in the order of the file, and where they stand.
#[derive(Debug, Clone, Default)]
pub struct Formulas(pub(super) Vec<Formula>, pub(super) Place);

/// A formula under a key.
#[derive(Debug, Clone)]
pub(super) struct Formula {
    pub(super) key: Words,
    pub(super) text: Words,
}

/// A key of a section, with its place.
pub(super) fn key(table: &dyn toml_edit::TableLike, name: &str) -> Words {
    let place = table.key(name).and_then(toml_edit::Key::span).into();
    Words::placed(name, place)
}

impl Setting for Formulas {
    fn expected() -> String {
        "a section of formulas in quotes".into()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "object", "additionalProperties": { "type": ["string", "number"] } })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let table = given.expect(given.section(), "a section of formulas", mistakes)?;
        let read = |(name, item): (&str, &Item)| {
            let given = Given::new(name, item);
            // a number is a formula, too
            let text = match given.number() {
                Some(number) => Words::placed(&number.to_string(), given.place()),
                None => Words::read(&given, mistakes)?,
            };
            Some(Formula {
                key: key(table, name),
                text,
            })
        };
        let all: Vec<Option<Formula>> = table.iter().map(read).collect();
        let place = given.place();
        let all = all.into_iter().collect::<Option<_>>();
        all.map(|all| Self(all, place))
    }

    fn write(&self) -> Item {
        let mut table = Table::new();
        for Formula { key, text } in &self.0 {
            table.insert(key, text.write());
        }
        Item::Table(table)
    }

    fn absent() -> Option<Self> {
        Some(Self::default())
    }
}

/// Bytes of the file for bytes of a text in it: exact where the text is written as it is, the whole
/// of it where the file writes some of its signs by others.
pub(super) fn within(words: &Words, span: &Range<usize>) -> Range<usize> {
    let place: Place = words.place();
    let bytes = place.bytes();
    let quotes = bytes.len().checked_sub(words.len());
    let begin = match quotes {
        Some(0) => 0,
        Some(2) => 1,
        Some(6) => 3,
        _ => return bytes,
    };
    let start = bytes.start + begin + span.start;
    let end = bytes.start + begin + span.end;
    // the end of a formula is shown at its quote
    start..end.max(start + 1).min(bytes.end.max(start + 1))
}
