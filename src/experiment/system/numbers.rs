//! Settings that are numbers by name: parameters and sizes.

use toml_edit::{Item, Table};

use super::formulas::key;
use crate::experiment::settings::{Count, Given, Mistakes, Real, Setting, Words};

/// Settings of one kind by name, in the order of the file.
#[derive(Debug, Clone)]
pub struct Named<T>(pub(super) Vec<(Words, T)>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Setting> Setting for Named<T> {
    fn expected() -> String {
        format!("a section, each key {}", T::expected())
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "object", "additionalProperties": T::schema() })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let table = given.expect(given.section(), "a section", mistakes)?;
        let read = |(name, item): (&str, &Item)| {
            let value = T::read(&Given::new(name, item), mistakes)?;
            Some((key(table, name), value))
        };
        let all: Vec<Option<(Words, T)>> = table.iter().map(read).collect();
        all.into_iter().collect::<Option<_>>().map(Self)
    }

    fn write(&self) -> Item {
        let mut table = Table::new();
        for (key, value) in &self.0 {
            table.insert(key, value.write());
        }
        Item::Table(table)
    }

    fn absent() -> Option<Self> {
        Some(Self::default())
    }
}

/// Parameters.
pub type Parameters = Named<Real>;
/// Sizes that indices run over.
pub type Sizes = Named<Count>;
