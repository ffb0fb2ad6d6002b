//! The steepness of sigmoids, which may be infinite.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use toml_edit::Item;

use super::written::number;
use super::{Given, Mistakes, Setting};

/// The steepness of the sigmoids: a positive number, or infinity for the relay limit.
///
/// Written `20`, `20.0`, `inf` or `"infinity"`; saved as a number or as `"infinity"`, so that JSON
/// can hold it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lambda(f64);

impl Lambda {
    /// The relay limit.
    pub const INFINITY: Self = Self(f64::INFINITY);

    /// A steepness, if it is positive; infinity is the relay limit.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (value > 0.0).then_some(Self(value))
    }

    /// The number, which may be infinite.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }

    /// Whether this is the relay limit.
    #[must_use]
    pub fn is_relay(self) -> bool {
        self.0.is_infinite()
    }
}

impl fmt::Display for Lambda {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_relay() {
            formatter.write_str("infinity")
        } else {
            self.0.fmt(formatter)
        }
    }
}

impl Setting for Lambda {
    fn expected() -> String {
        "a positive number or \"infinity\"".into()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({ "anyOf": [{ "type": "number", "exclusiveMinimum": 0.0 }, { "enum": ["infinity", "inf", "infinite"] }] })
    }

    fn read(given: &Given<'_>, mistakes: &mut Mistakes) -> Option<Self> {
        let word = given
            .text()
            .filter(|word| matches!(*word, "infinity" | "inf" | "infinite"));
        let value = given.number().or(word.map(|_| f64::INFINITY));
        given.expect(value.and_then(Self::new), &Self::expected(), mistakes)
    }

    fn write(&self) -> Item {
        if self.is_relay() {
            toml_edit::value("infinity")
        } else {
            number(self.0).into()
        }
    }
}

impl Serialize for Lambda {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.is_relay() {
            serializer.serialize_str("infinity")
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Lambda {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = serde_json::Value::deserialize(deserializer)?;
        let word = (written == "infinity").then_some(f64::INFINITY);
        let value = written.as_f64().or(word).and_then(Self::new);
        value.ok_or_else(|| serde::de::Error::custom("expected a positive number or \"infinity\""))
    }
}
