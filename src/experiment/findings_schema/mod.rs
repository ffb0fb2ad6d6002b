//! JSON schema of what a study finds, read off the type itself: serde is asked to deserialise it, and what it asks for is
//! written down. Only tests do so; the schemas are shipped in `schemas/report.json`.
//!
//! A type that checks what it reads may refuse an answer; then the last answer is changed and the question begins anew. What refuses
//! all of them, or asks for anything whatever, has the schema of anything; so have the entries of a list around it.

mod access;
mod asked;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Kind;
use super::schema::every;
use asked::Asked;

/// Questions that may be begun anew before a type is given up.
const MOST_QUESTIONS: usize = 2000;

/// What has been answered, by the place of the question.
#[derive(Default)]
struct Answers {
    /// Which answer is given at a place.
    chosen: BTreeMap<String, usize>,
    /// Which variant is shown of the enumeration at a place, and how many there are.
    variants: BTreeMap<String, (usize, usize)>,
    /// Schemas of the variants that were shown.
    shown: BTreeMap<(String, usize), Value>,
    /// Places of lists and options, which may be empty.
    open: BTreeSet<String>,
    /// Those of them that are, since no answer to a question within them will do.
    empty: BTreeSet<String>,
    /// The question that was answered last, and how many answers there are to it.
    last: (String, usize),
}

impl Answers {
    /// Leaves the narrowest list or option around a place empty; false if there is none.
    fn give_up(&mut self, place: &str) -> bool {
        let around = |open: &&String| {
            let rest = place.strip_prefix(open.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let left = self.open.difference(&self.empty).filter(around);
        let narrowest = left.max_by_key(|open| open.len()).cloned();
        narrowest.is_some_and(|narrowest| self.empty.insert(narrowest))
    }
}

/// The schema of the reports of every kind, as the types say it.
pub(super) fn report_schema() -> Value {
    every("The report of a run of `simulate`", of_reports)
}

/// The schema of the reports of a kind: what it finds, and what stands in every report.
fn of_reports(kind: &Kind) -> Value {
    let mut schema = (kind.findings)();
    let head = json!({
        "title": { "type": "string", "description": "one line on what the model shows" },
        "experiment": { "const": kind.name },
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
    schema["description"] = kind.summary.into();
    schema
}

/// The schema of a type.
pub(super) fn findings_schema<T: DeserializeOwned>() -> Value {
    let answers = RefCell::new(Answers::default());
    for _ in 0..MOST_QUESTIONS {
        let mut schema = json!({});
        let asked = T::deserialize(Asked {
            answers: &answers,
            place: String::new(),
            depth: 0,
            schema: &mut schema,
        });
        let mut answers = answers.borrow_mut();
        if asked.is_ok() {
            let more = answers
                .variants
                .values_mut()
                .find(|(shown, all)| shown + 1 < *all);
            match more {
                Some((shown, _)) => *shown += 1,
                None => return schema,
            }
            continue;
        }
        let (place, count) = answers.last.clone();
        let chosen = answers.chosen.entry(place.clone()).or_default();
        *chosen += 1;
        if *chosen >= count && !answers.give_up(&place) {
            return json!({});
        }
    }
    json!({})
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::asked::array;
    use super::*;
    use crate::experiment::Array;
    use crate::experiment::settings::Lambda;

    #[derive(Serialize, Deserialize)]
    struct Found {
        count: usize,
        level: Option<f64>,
        kinds: Vec<Kind>,
        numbers: Array,
        pair: (f64, bool),
        steepness: Lambda,
        inside: Option<Box<Found>>,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Kind {
        Plain,
        OtherPlain,
        Of(f64),
        With { name: String },
    }

    #[test]
    fn a_type_is_described_by_what_it_asks_for() {
        let schema = findings_schema::<Found>();
        let properties = &schema["properties"];
        assert_eq!(
            properties["count"],
            json!({ "type": "integer", "minimum": 0 })
        );
        assert_eq!(
            properties["level"],
            json!({ "anyOf": [{ "type": "number" }, { "type": "null" }] })
        );
        assert_eq!(properties["numbers"], array());
        assert_eq!(properties["steepness"], json!({}));
        assert_eq!(
            properties["pair"]["items"],
            json!([{ "type": "number" }, { "type": "boolean" }])
        );
        assert_eq!(
            schema["required"],
            json!(["count", "kinds", "numbers", "pair"])
        );
        let kinds = &properties["kinds"]["items"]["anyOf"];
        assert_eq!(kinds[0], json!({ "enum": ["plain", "other-plain"] }));
        assert_eq!(kinds[1]["properties"]["of"], json!({ "type": "number" }));
        assert_eq!(kinds[2]["properties"]["with"]["required"], json!(["name"]));
        assert_eq!(
            properties["inside"]["anyOf"][0]["properties"]["count"]["type"],
            "integer"
        );
    }
}
