//! JSON schemas (draft 7, which editors read) of model files and of reports, made from the types that read and write them.

use serde_json::{Map, Value, json};

use super::model_file::Header;
use super::settings::{KeyAbout, Section, table_schema};
use super::{Kind, kinds};

const DRAFT: &str = "http://json-schema.org/draft-07/schema#";

impl Kind {
    /// All keys of its model files: those that all kinds share, then its sections.
    #[must_use]
    pub fn keys(&self) -> Vec<KeyAbout> {
        let mut keys = Header::about();
        keys.extend((self.about)());
        keys
    }

    /// Schema of its model files.
    #[must_use]
    pub fn model_schema(&self) -> Value {
        let mut schema = table_schema(&self.keys());
        schema["description"] = self.summary.into();
        schema["properties"]["experiment"] =
            json!({ "const": self.name, "description": self.summary });
        schema
    }

    /// Schema of its `report.json`.
    #[must_use]
    pub fn report_schema(&self) -> Value {
        let mut schema = (self.findings)();
        let head = json!({
            "title": { "type": "string", "description": "one line on what the model shows" },
            "experiment": { "const": self.name },
            "seed": { "type": "integer", "minimum": 0 },
            "data_read": {
                "type": "object",
                "description": "where data came from, how they were split and what they were divided by",
            },
        });
        match (
            schema.get_mut("properties").and_then(Value::as_object_mut),
            head,
        ) {
            (Some(properties), Value::Object(head)) => {
                for (name, about) in head {
                    properties.entry(name).or_insert(about);
                }
            }
            (_, head) => schema = json!({ "type": "object", "properties": head }),
        }
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name != "title" && name != "experiment" && name != "seed");
            required.extend(["title", "experiment", "seed"].map(Value::from));
        }
        schema["description"] = self.summary.into();
        schema
    }
}

/// The schema of model files of every kind: the key `experiment` says which applies.
#[must_use]
pub fn model_schema() -> Value {
    every("A model file of `simulate`", Kind::model_schema)
}

/// The schema of `report.json` of every kind.
#[must_use]
pub fn report_schema() -> Value {
    every("The report of a run of `simulate`", Kind::report_schema)
}

/// The schema of one kind as a document of its own.
#[must_use]
pub fn document(schema: Value) -> Value {
    let mut whole = Map::from_iter([("$schema".to_owned(), json!(DRAFT))]);
    if let Value::Object(entries) = schema {
        whole.extend(entries);
    }
    whole.into()
}

fn every(title: &str, of: fn(&Kind) -> Value) -> Value {
    let names: Vec<&str> = kinds().iter().map(|kind| kind.name).collect();
    let choices = kinds().iter().map(|kind| {
        json!({
            "if": { "properties": { "experiment": { "const": kind.name } }, "required": ["experiment"] },
            "then": { "$ref": format!("#/definitions/{}", kind.name) },
        })
    });
    let choices: Vec<Value> = choices.collect();
    let definitions: Map<String, Value> = kinds()
        .iter()
        .map(|kind| (kind.name.to_owned(), of(kind)))
        .collect();
    document(json!({
        "title": title,
        "type": "object",
        "properties": { "experiment": { "enum": names } },
        "required": ["experiment"],
        "allOf": choices,
        "definitions": definitions,
    }))
}
