//! What stands under a key of a model file.

use toml_edit::{Item, TableLike, Value};

use super::{Mistakes, Place};
use crate::experiment::Diagnostic;

/// A value as it was written, with its key and its place.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    key: &'a str,
    node: Node<'a>,
}

#[derive(Clone, Copy)]
enum Node<'a> {
    Item(&'a Item),
    Value(&'a Value),
}

impl<'a> Given<'a> {
    /// What stands under `key`.
    #[must_use]
    pub fn new(key: &'a str, item: &'a Item) -> Self {
        let node = Node::Item(item);
        Self { key, node }
    }

    /// Its key, which an entry of a list shares with the list.
    #[must_use]
    pub fn key(&self) -> &'a str {
        self.key
    }

    /// Where it stands.
    #[must_use]
    pub fn place(&self) -> Place {
        match self.node {
            Node::Item(item) => item.span().into(),
            Node::Value(value) => value.span().into(),
        }
    }

    fn value(&self) -> Option<&'a Value> {
        match self.node {
            Node::Item(item) => item.as_value(),
            Node::Value(value) => Some(value),
        }
    }

    /// As a number, whole or not.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self.value()? {
            Value::Integer(whole) => Some(*whole.value() as f64),
            Value::Float(number) => Some(*number.value()),
            _ => None,
        }
    }

    /// As a whole number.
    #[must_use]
    pub fn whole(&self) -> Option<i64> {
        self.value()?.as_integer()
    }

    /// As a text.
    #[must_use]
    pub fn text(&self) -> Option<&'a str> {
        self.value()?.as_str()
    }

    /// As true or false.
    #[must_use]
    pub fn truth(&self) -> Option<bool> {
        self.value()?.as_bool()
    }

    /// The entries of a list.
    #[must_use]
    pub fn list(&self) -> Option<Vec<Self>> {
        let entries = self.value()?.as_array()?.iter();
        let entry = |value| Self {
            key: self.key,
            node: Node::Value(value),
        };
        Some(entries.map(entry).collect())
    }

    /// As a section.
    #[must_use]
    pub fn section(&self) -> Option<&'a dyn TableLike> {
        match self.node {
            Node::Item(item) => item.as_table_like(),
            Node::Value(Value::InlineTable(table)) => Some(table),
            Node::Value(_) => None,
        }
    }

    /// The same for the reader of enumerations; `None` for what no enumeration holds.
    pub(in crate::experiment) fn json(&self) -> Option<serde_json::Value> {
        if let Some(section) = self.section() {
            let entries = section.iter();
            let entry = |(key, item)| Some((String::from(key), Given::new(key, item).json()?));
            return entries
                .map(entry)
                .collect::<Option<_>>()
                .map(serde_json::Value::Object);
        }
        if let Some(list) = self.list() {
            return list
                .iter()
                .map(Given::json)
                .collect::<Option<_>>()
                .map(serde_json::Value::Array);
        }
        Some(match self.value()? {
            Value::String(text) => text.value().as_str().into(),
            Value::Integer(whole) => (*whole.value()).into(),
            Value::Float(number) => (*number.value()).into(),
            Value::Boolean(truth) => (*truth.value()).into(),
            _ => return None,
        })
    }

    /// What was found, in words.
    fn found(&self) -> String {
        let Some(value) = self.value() else {
            return "a section".into();
        };
        match value {
            Value::String(text) => format!("the text {:?}", text.value()),
            Value::Integer(whole) => format!("{}", whole.value()),
            Value::Float(number) => format!("{}", number.value()),
            Value::Boolean(truth) => format!("{}", truth.value()),
            Value::Datetime(date) => format!("the date {}", date.value()),
            Value::Array(_) => "a list".into(),
            Value::InlineTable(_) => "a section".into(),
        }
    }

    /// The value that was `read`, or the mistake that something else stands here.
    pub fn expect<T>(&self, read: Option<T>, expected: &str, mistakes: &mut Mistakes) -> Option<T> {
        if read.is_none() {
            let message = format!(
                "`{}`: expected {expected}, found {}",
                self.key,
                self.found()
            );
            mistakes.add(
                Diagnostic::new(message)
                    .at(self.place().bytes())
                    .label(format!("not {expected}"))
                    .help(format!("write {expected} here")),
            );
        }
        read
    }

    /// The value, if it obeys a rule that `requirement` puts in words ("must be ...").
    pub fn obey<T>(
        &self,
        value: T,
        holds: bool,
        requirement: &str,
        mistakes: &mut Mistakes,
    ) -> Option<T> {
        if holds {
            return Some(value);
        }
        let key = self.key;
        let message = format!("`{key}` is {}, but must be {requirement}", self.found());
        mistakes.add(
            Diagnostic::new(message)
                .at(self.place().bytes())
                .label(format!("must be {requirement}"))
                .help(format!("give `{key}` a value that is {requirement}")),
        );
        None
    }
}
