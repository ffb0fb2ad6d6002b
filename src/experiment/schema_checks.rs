//! Schemas against what they describe: shipped files, shipped models, and reports.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use toml_edit::{DocumentMut, Item};

use super::findings_schema;
use super::schema::{model_schema, report_schema};
use super::settings::{Given, KeyAbout};
use super::{Kind, ModelFile, Silent, kinds, read, shipped_models, shipped_text};

/// What of a value does not obey a schema, with paths: the part of JSON Schema that our schemas use.
fn flaws(value: &Value, schema: &Value, whole: &Value, path: &str, into: &mut Vec<String>) {
    let Some(rules) = schema.as_object() else {
        return;
    };
    let obeys = |schema: &Value| {
        let mut flaws = Vec::new();
        self::flaws(value, schema, whole, path, &mut flaws);
        flaws.is_empty()
    };
    let mut refuse = |problem: String| into.push(format!("{path}: {problem}"));
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("no type {other}"),
    };
    let mut more = Vec::new();
    for (rule, due) in rules {
        let list = || due.as_array().unwrap();
        let number = || due.as_f64().unwrap();
        let holds = match rule.as_str() {
            "type" => due
                .as_str()
                .map_or_else(|| list().iter().any(|kind| is(kind.as_str().unwrap())), is),
            "const" => value == due,
            "enum" => list().contains(value),
            "anyOf" => list().iter().any(obeys),
            "minimum" => value.as_f64().is_none_or(|value| value >= number()),
            "maximum" => value.as_f64().is_none_or(|value| value <= number()),
            "exclusiveMinimum" => value.as_f64().is_none_or(|value| value > number()),
            "exclusiveMaximum" => value.as_f64().is_none_or(|value| value < number()),
            "minItems" => value
                .as_array()
                .is_none_or(|items| items.len() as f64 >= number()),
            "maxItems" => value
                .as_array()
                .is_none_or(|items| items.len() as f64 <= number()),
            "uniqueItems" => value
                .as_array()
                .is_none_or(|items| (1..items.len()).all(|n| !items[..n].contains(&items[n]))),
            "required" => list()
                .iter()
                .all(|name| value.get(name.as_str().unwrap()).is_some()),
            "additionalProperties" => {
                let known = |name: &String| {
                    rules
                        .get("properties")
                        .is_some_and(|all| all.get(name).is_some())
                };
                let mut others = value
                    .as_object()
                    .into_iter()
                    .flatten()
                    .filter(|(name, _)| !known(name));
                match due {
                    Value::Bool(false) => others.next().is_none(),
                    rule => {
                        more.extend(others.map(|(name, value)| (name.clone(), value, rule)));
                        true
                    }
                }
            }
            "properties" => {
                for (name, rule) in due.as_object().unwrap() {
                    more.extend(value.get(name).map(|value| (name.clone(), value, rule)));
                }
                true
            }
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    let rule = due.get(index).filter(|_| due.is_array()).unwrap_or(due);
                    more.push((index.to_string(), item, rule));
                }
                true
            }
            "allOf" => {
                list()
                    .iter()
                    .for_each(|rule| more.push((String::new(), value, rule)));
                true
            }
            "if" => {
                if obeys(due) {
                    more.push((String::new(), value, &rules["then"]));
                }
                true
            }
            "$ref" => {
                let name = due.as_str().unwrap().rsplit('/').next().unwrap();
                more.push((String::new(), value, &whole["definitions"][name]));
                true
            }
            "then" | "title" | "description" | "default" | "definitions" | "$schema" => true,
            other => panic!("no rule {other}"),
        };
        if !holds {
            refuse(format!("{value} breaks {rule} {due}"));
        }
    }
    for (name, value, rule) in more {
        flaws(value, rule, whole, &format!("{path}/{name}"), into);
    }
}

fn check(value: &Value, schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    flaws(value, schema, schema, "", &mut found);
    found
}

/// A model as JSON. JSON has no infinity: a word takes its place, and what a number may be is not asked there.
fn json(text: &str) -> Value {
    let document: DocumentMut = text.parse().unwrap();
    fn of(item: &Item) -> Value {
        if let Some(tables) = item.as_array_of_tables() {
            return tables
                .iter()
                .map(|table| of(&Item::Table(table.clone())))
                .collect();
        }
        match item.as_table_like() {
            Some(table) => {
                let entries = table.iter().map(|(name, item)| (name.to_owned(), of(item)));
                Value::Object(entries.collect())
            }
            None => Given::new("", item).json().unwrap_or_default(),
        }
    }
    of(document.as_item())
}

fn shipped_file(name: &str, generated: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("schemas")
        .join(name);
    let text = format!("{generated:#}\n");
    if std::env::var_os("PULSATRIX_WRITE_SCHEMAS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    let shipped = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        shipped == text,
        "{name} is not what the types say: PULSATRIX_WRITE_SCHEMAS=1 cargo test --lib the_shipped_schemas"
    );
}

#[test]
fn the_shipped_schemas_are_those_of_the_types() {
    shipped_file("model.json", &model_schema());
    shipped_file("report.json", &findings_schema::report_schema());
}

/// Findings say more than that anything will do.
#[test]
fn every_kind_describes_its_findings() {
    let described = |kind: &&Kind| {
        let schema = kind.report_schema();
        // title, experiment, seed and data stand in all
        schema["properties"]
            .as_object()
            .is_some_and(|keys| keys.len() > 4)
    };
    let others = kinds().iter().filter(|kind| !described(kind));
    let others: Vec<&str> = others.map(|kind| kind.name).collect();
    assert!(others.is_empty(), "{others:?}");
}

/// `explain` and `new` print meanings one by one: none goes on in the next.
#[test]
fn every_meaning_is_a_whole_sentence() {
    fn look(keys: &[KeyAbout], of: &str, into: &mut Vec<String>) {
        for key in keys {
            let first = key.about.chars().next();
            let begins = first.is_some_and(|first| first.is_uppercase() || first == '`');
            if !begins || !key.about.ends_with('.') {
                into.push(format!("{of}.{}: {}", key.name, key.about));
            }
            look(&key.inner, &format!("{of}.{}", key.name), into);
        }
    }
    let mut halves = Vec::new();
    for kind in kinds() {
        look(&(kind.about)(), kind.name, &mut halves);
    }
    assert!(halves.is_empty(), "{halves:#?}");
}

#[test]
fn shipped_models_obey_the_schema_and_wrong_ones_do_not() {
    let schema = model_schema();
    for name in shipped_models() {
        let model = json(shipped_text(name).unwrap());
        // an infinite time stands as null in JSON
        let found: Vec<String> = check(&model, &schema)
            .into_iter()
            .filter(|flaw| !flaw.contains("null breaks"))
            .collect();
        assert!(found.is_empty(), "{name}: {found:?}");
        if let Ok(prepared) = read(&ModelFile::open_shipped(name).unwrap()) {
            let found = check(&json(&prepared.resolved()), &schema);
            let found: Vec<String> = found
                .into_iter()
                .filter(|flaw| !flaw.contains("null breaks"))
                .collect();
            assert!(found.is_empty(), "{name}, resolved: {found:?}");
        }
    }
    for (from, to) in [
        ("tolerance = 1e-9", "tolerance = 0.5"),
        ("[solver]", "[solvr]"),
        ("experiment = \"equation\"", "experiment = \"equatoin\""),
        ("value = 0.5", "value = \"half\""),
    ] {
        let text = shipped_text("hutchinson").unwrap();
        let text = if text.contains(from) {
            text.replace(from, to)
        } else {
            format!("{text}\n{to} = 1\n")
        };
        assert!(!check(&json(&text), &schema).is_empty(), "{to}");
    }
}

fn report_of(name: &str, changes: &[&str]) -> (&'static Kind, Value) {
    let mut model = ModelFile::open_shipped(name).unwrap();
    for change in changes {
        model.set(change).unwrap();
    }
    let prepared = read(&model).unwrap();
    let outcome = prepared.experiment().run(&Silent).unwrap();
    (
        prepared.kind(),
        serde_json::from_str(&prepared.report(&outcome)).unwrap(),
    )
}

#[test]
fn reports_obey_their_schema() {
    let whole = report_schema();
    for (name, changes) in [
        (
            "hutchinson",
            &[
                "solver.t_end=40",
                "analysis.discard=20",
                "output.samples=100",
            ][..],
        ),
        ("kernel-regression", &["data.training=40", "data.tests=10"]),
        ("memory-boundary", &["continuation.steps=4"]),
        ("bursting-neuron", &["output.samples=50"]),
        // settled or not, with a certificate
        (
            "impulse-refractory-ring",
            &["output.samples=50", "dominance.certify=true"],
        ),
        (
            "single-neuron",
            &["output.samples=50", "analysis.maximum_time=1"],
        ),
        (
            "pc-digits",
            &["data.training=60", "training.epochs=1", "course.duration=1"],
        ),
        (
            "ntk-width",
            &[
                "network.widths=[4,8]",
                "study.networks=2",
                "data.examples=4",
            ],
        ),
    ] {
        let (kind, report) = report_of(name, changes);
        for schema in [&kind.report_schema(), &whole] {
            let found = check(&report, schema);
            assert!(found.is_empty(), "{name}: {found:?}");
        }
        let mut wrong = report.clone();
        wrong["seed"] = json!(-1);
        assert!(!check(&wrong, &kind.report_schema()).is_empty());
    }
}

/// Minutes in release mode: `cargo test --release --lib -- --ignored every_report`.
#[test]
#[ignore = "runs every shipped model"]
fn every_report_obeys_its_schema() {
    let whole = report_schema();
    for name in shipped_models()
        .into_iter()
        .filter(|name| *name != "pc-mnist")
    {
        let (_, report) = report_of(name, &[]);
        let found = check(&report, &whole);
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}
