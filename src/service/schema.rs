//! Types of the endpoints, with their schemas: one declaration makes both, so that they cannot part.

use serde_json::{Map, Value, json};

/// A type that a JSON schema (2020-12) describes.
pub(super) trait Schema {
    /// The schema where the type is used: a reference, for a type with a name.
    fn schema() -> Value;

    /// Whether a field of the type must be given.
    const REQUIRED: bool = true;

    /// Writes the definitions of all named types on which it depends, its own too.
    fn define(_: &mut Map<String, Value>) {}
}

/// A type with named fields.
pub(super) trait Fields: Schema {
    /// Name, description, schema and whether it must be given, of every field.
    fn fields() -> Vec<(&'static str, String, Value, bool)>;
}

macro_rules! plain {
    ($($type:ty => $schema:tt),* $(,)?) => {$(
        impl Schema for $type {
            fn schema() -> Value {
                json!($schema)
            }
        }
    )*};
}

plain! {
    f64 => { "type": "number" },
    bool => { "type": "boolean" },
    usize => { "type": "integer", "minimum": 0 },
    u64 => { "type": "integer", "minimum": 0 },
    String => { "type": "string" },
}

impl<T: Schema> Schema for Vec<T> {
    fn schema() -> Value {
        json!({ "type": "array", "items": T::schema() })
    }

    fn define(into: &mut Map<String, Value>) {
        T::define(into);
    }
}

impl<T: Schema> Schema for Option<T> {
    const REQUIRED: bool = false;

    fn schema() -> Value {
        json!({ "anyOf": [T::schema(), { "type": "null" }] })
    }

    fn define(into: &mut Map<String, Value>) {
        T::define(into);
    }
}

/// The words of a doc comment, as one paragraph.
pub(super) fn sentence(lines: &[&str]) -> String {
    let words: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    words.join(" ")
}

/// Declares a type of an endpoint: its fields with their doc comments, serde in both directions without unknown
/// fields, and its schema.
macro_rules! api {
    ($($(#[doc = $about:literal])+ pub struct $name:ident { $($(#[doc = $doc:literal])+ pub $field:ident: $type:ty,)* })+) => {$(
        $(#[doc = $about])+
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $field: $type,)*
        }

        impl $crate::service::schema::Schema for $name {
            fn schema() -> serde_json::Value {
                serde_json::json!({ "$ref": concat!("#/components/schemas/", stringify!($name)) })
            }

            fn define(into: &mut serde_json::Map<String, serde_json::Value>) {
                use $crate::service::schema::{Fields, sentence};
                if into.contains_key(stringify!($name)) {
                    return;
                }
                into.insert(stringify!($name).to_owned(), serde_json::Value::Null);
                let mut properties = serde_json::Map::new();
                let mut required = Vec::new();
                for (field, about, mut schema, needed) in Self::fields() {
                    if let Some(entries) = schema.as_object_mut() {
                        entries.insert("description".to_owned(), about.into());
                    }
                    properties.insert(field.to_owned(), schema);
                    if needed {
                        required.push(field);
                    }
                }
                let schema = serde_json::json!({
                    "type": "object",
                    "description": sentence(&[$($about),+]),
                    "properties": properties,
                    "required": required,
                    "additionalProperties": false,
                });
                into.insert(stringify!($name).to_owned(), schema);
                $(<$type as $crate::service::schema::Schema>::define(into);)*
            }
        }

        impl $crate::service::schema::Fields for $name {
            fn fields() -> Vec<(&'static str, String, serde_json::Value, bool)> {
                use $crate::service::schema::{Schema, sentence};
                vec![$((
                    stringify!($field),
                    sentence(&[$($doc),+]),
                    <$type as Schema>::schema(),
                    <$type as Schema>::REQUIRED,
                )),*]
            }
        }
    )+};
}

pub(super) use api;
