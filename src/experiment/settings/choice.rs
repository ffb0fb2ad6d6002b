//! Words of a model file: one of several choices, or a text.

use std::fmt;
use std::ops::Deref;

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml_edit::{Array, InlineTable, Item, Value};

use super::written::number;
use super::{Given, Mistakes, Place, Placed, Setting};
use crate::experiment::Diagnostic;

/// One of the choices that an enumeration of another room offers, written as serde names it.
#[derive(Debug, Clone, Copy)]
pub struct Choice<T> {
    value: T,
    place: Place,
}

impl<T: PartialEq> PartialEq for Choice<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> Deref for Choice<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> From<T> for Choice<T> {
    fn from(value: T) -> Self {
        let place = Place::NOWHERE;
        Self { value, place }
    }
}

impl<T> Placed for Choice<T> {
    fn place(&self) -> Place {
        self.place
    }
}

impl<T: Serialize + DeserializeOwned> Setting for Choice<T> {
    fn expected() -> String {
        "a choice in quotes".into()
    }

    fn schema() -> serde_json::Value {
        variants(|value| {
            serde_json::from_value::<T>(value)
                .map(drop)
                .map_err(|error| error.to_string())
        })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let place = given.place();
        let json = given.expect(given.json(), &Self::expected(), mistakes)?;
        let read = serde_json::from_value(json);
        let value = mistakes.note(read.map_err(|error| refusal(given, &error.to_string())))?;
        Some(Self { value, place })
    }

    fn write(&self) -> Item {
        let json = serde_json::to_value(&self.value).unwrap_or_default();
        toml(&json).map_or(Item::None, Item::Value)
    }
}

/// The words of serde, with the choices that there are.
fn refusal(given: &Given<'_>, message: &str) -> Diagnostic {
    let words: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    if let (true, [word, allowed @ ..]) = (message.starts_with("unknown variant"), &words[..]) {
        return Diagnostic::unknown("choice", word, given.place().bytes(), allowed);
    }
    Diagnostic::new(format!("`{}`: {message}", given.key()))
        .at(given.place().bytes())
        .label("no choice that there is")
        .help("write one of the choices in quotes")
}

/// The choices that serde knows: words, or a section under a word where a choice has numbers of its own. What it does not
/// list may be anything. `ask` tells what it says of a value.
fn variants(ask: fn(serde_json::Value) -> Result<(), String>) -> serde_json::Value {
    // no choice has this name
    let message = ask("\u{1}".into()).err().unwrap_or_default();
    if !message.starts_with("unknown variant") {
        return serde_json::json!({});
    }
    let names: Vec<&str> = message.split('`').skip(3).step_by(2).collect();
    let plain = |name: &&&str| ask(serde_json::json!(name)).is_ok();
    let words: Vec<&&str> = names.iter().filter(plain).collect();
    let sections = names.iter().filter(|name| !plain(name));
    let sections = sections.map(|name| {
        serde_json::json!({ "type": "object", "required": [name], "properties": { *name: {} }, "additionalProperties": false })
    });
    let sections: Vec<serde_json::Value> = sections.collect();
    let words = serde_json::json!({ "enum": words });
    match sections.is_empty() {
        true => words,
        false => {
            let all = [vec![words], sections].concat();
            serde_json::json!({ "anyOf": all })
        }
    }
}

fn toml(json: &serde_json::Value) -> Option<Value> {
    Some(match json {
        serde_json::Value::Null => return None,
        serde_json::Value::Bool(truth) => (*truth).into(),
        serde_json::Value::Number(value) => match value.as_i64() {
            Some(whole) => whole.into(),
            None => number(value.as_f64()?),
        },
        serde_json::Value::String(text) => text.into(),
        serde_json::Value::Array(list) => list.iter().filter_map(toml).collect::<Array>().into(),
        serde_json::Value::Object(entries) => {
            let entries = entries.iter();
            let entries = entries.filter_map(|(key, value)| Some((key, toml(value)?)));
            entries.collect::<InlineTable>().into()
        }
    })
}

/// A text, with its place, by which texts do not differ.
#[derive(Debug, Clone)]
pub struct Words {
    text: String,
    place: Place,
}

impl Words {
    /// A text that stands at a place.
    #[must_use]
    pub fn placed(text: &str, place: Place) -> Self {
        Self {
            text: text.to_owned(),
            place,
        }
    }
}

impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Deref for Words {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Words {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(formatter)
    }
}

impl From<&str> for Words {
    fn from(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            place: Place::NOWHERE,
        }
    }
}

impl Placed for Words {
    fn place(&self) -> Place {
        self.place
    }
}

impl Setting for Words {
    fn expected() -> String {
        "a text in quotes".into()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "string" })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let text = given.expect(given.text(), &Self::expected(), mistakes)?;
        Some(Self {
            place: given.place(),
            ..Self::from(text)
        })
    }

    fn write(&self) -> Item {
        toml_edit::value(self.text.as_str())
    }
}

impl Setting for bool {
    fn expected() -> String {
        "true or false".into()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "type": "boolean" })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        given.expect(given.truth(), &Self::expected(), mistakes)
    }

    fn write(&self) -> Item {
        toml_edit::value(*self)
    }
}
