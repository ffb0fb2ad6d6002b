//! What is known of the keys of a section: one source for the schema of model files, for `simulate explain`, for commented
//! models, and for the check, since range and default are those that reading uses.

use serde_json::{Map, Value, json};
use toml_edit::Item;

use super::{Given, Section, Setting};

/// A key of a model file.
#[derive(Debug, Clone)]
pub struct KeyAbout {
    /// Its name.
    pub name: &'static str,
    /// What it means, with unit and source, as declared.
    pub about: String,
    /// What is to be written.
    pub expected: String,
    /// The rule that a number obeys, as in "must be ...".
    pub rule: Option<&'static str>,
    /// JSON schema of what may stand here.
    pub schema: Value,
    /// As it counts if it is left out, if it counts then.
    pub default: Option<Item>,
    /// Whether it must be given.
    pub needed: bool,
    /// The keys of a section, or of each section of a list.
    pub inner: Vec<KeyAbout>,
}

impl KeyAbout {
    /// What is known of a setting.
    pub(super) fn of<T: Setting>(name: &'static str, lines: &[&str], default: Option<T>) -> Self {
        let default = default.or_else(T::absent);
        let needed = default.is_none();
        let default = default.map(|default| default.write());
        Self {
            name,
            about: joined(lines),
            expected: T::expected(),
            rule: T::rule(),
            schema: T::schema(),
            default: default.filter(|default| !default.is_none()),
            needed,
            inner: T::inner(),
        }
    }

    /// The default as TOML; none of a section, whose keys have their own.
    #[must_use]
    pub fn default_text(&self) -> Option<String> {
        let value = self.default.as_ref().filter(|_| self.inner.is_empty())?;
        let text = value.clone().into_value().ok()?.to_string();
        Some(text.trim().to_owned())
    }

    /// The schema of the key, with its meaning and its default.
    fn described(&self) -> Value {
        let mut schema = self.schema.clone();
        if let Some(entries) = schema.as_object_mut() {
            let rule = self
                .rule
                .map(|rule| format!(" (must be {rule})"))
                .unwrap_or_default();
            entries.insert("description".into(), format!("{}{rule}", self.about).into());
            let default = self.default.as_ref().filter(|_| self.inner.is_empty());
            let default = default.and_then(|item| Given::new(self.name, item).json());
            entries.extend(
                default
                    .filter(|json| !json.is_null())
                    .map(|json| ("default".into(), json)),
            );
        }
        schema
    }
}

fn joined(lines: &[&str]) -> String {
    let lines: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    lines.join(" ")
}

/// The schema of a section with such keys and no others.
#[must_use]
pub fn table_schema(keys: &[KeyAbout]) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|key| (key.name.to_owned(), key.described()))
        .collect();
    let needed: Vec<&str> = keys
        .iter()
        .filter(|key| key.needed)
        .map(|key| key.name)
        .collect();
    let mut schema =
        json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if let (Some(entries), false) = (schema.as_object_mut(), needed.is_empty()) {
        entries.insert("required".into(), needed.into());
    }
    schema
}

/// The schema of a section.
pub fn schema<S: Section>() -> Value {
    table_schema(&S::about())
}
