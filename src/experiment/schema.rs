//! JSON schemas (draft 7, which editors read) of model files and of reports, made from the types that read and write them.

use std::sync::LazyLock;

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
        REPORTS["definitions"][self.name].clone()
    }
}

/// Schemas of reports are shipped: to read them off the types takes code for every type that nothing else needs.
static REPORTS: LazyLock<Value> = LazyLock::new(|| {
    let shipped = include_str!("../../schemas/report.json");
    serde_json::from_str(shipped).expect("the shipped schema of reports is JSON")
});

/// The schema of model files of every kind: the key `experiment` says which applies.
#[must_use]
pub fn model_schema() -> Value {
    every("A model file of `simulate`", Kind::model_schema)
}

/// The schema of `report.json` of every kind.
#[must_use]
pub fn report_schema() -> Value {
    REPORTS.clone()
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

/// One schema for all kinds.
pub(super) fn every(title: &str, of: fn(&Kind) -> Value) -> Value {
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
