//! `simulate explain [KIND] [KEY]`: what a key of a model file means.

use clap::Args;
use pulsatrix::experiment::settings::KeyAbout;
use pulsatrix::experiment::{Kind, ModelFile, kinds, nearest, shipped_models};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::options::{Format, FormatOption};
use crate::terminal;

/// Shipped models that are shown as examples of a key.
const EXAMPLES: usize = 3;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Kind of experiment (see `simulate explain`), or a key such as `network.h`
    kind_or_key: Option<String>,
    /// Key of that kind, such as `network.h`
    key: Option<String>,
    #[command(flatten)]
    format: FormatOption,
}

impl Arguments {
    pub fn format(&self) -> Format {
        self.format.format()
    }
}

/// The kind of a name.
pub fn kind(name: &str) -> Result<&'static Kind, Failure> {
    kinds()
        .iter()
        .find(|kind| kind.name == name)
        .ok_or_else(|| {
            Failure::Usage(
                format!("there is no kind `{name}`"),
                match nearest(
                    name,
                    &kinds().iter().map(|kind| kind.name).collect::<Vec<_>>(),
                ) {
                    Some(near) => {
                        format!("did you mean `{near}`? `simulate explain` lists all kinds")
                    }
                    None => "`simulate explain` lists all kinds".into(),
                },
            )
        })
}

/// A key with the path to it.
struct Found {
    path: String,
    key: KeyAbout,
    kinds: Vec<&'static str>,
}

/// All keys of a kind, sections before what stands in them.
fn all(keys: &[KeyAbout], before: &str, kind: &'static str, into: &mut Vec<Found>) {
    for key in keys {
        let path = format!("{before}{}", key.name);
        into.push(Found {
            path: path.clone(),
            key: key.clone(),
            kinds: vec![kind],
        });
        all(&key.inner, &format!("{path}."), kind, into);
    }
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let named = arguments.kind_or_key.as_deref();
    let Some(named) = named else {
        return print_kinds(arguments.format());
    };
    let one = kinds().iter().find(|kind| kind.name == named);
    let (chosen, wanted) = match (one, arguments.key.as_deref()) {
        (Some(one), wanted) => (vec![one], wanted),
        (None, Some(wanted)) => (vec![kind(named)?], Some(wanted)),
        (None, None) => (kinds().iter().collect(), Some(named)),
    };
    let mut found = Vec::new();
    for kind in chosen {
        all(&kind.keys(), "", kind.name, &mut found);
    }
    if let Some(wanted) = wanted {
        let names: Vec<String> = found.iter().map(|found| found.path.clone()).collect();
        let below = format!("{wanted}.");
        let exact = found
            .iter()
            .any(|found| found.path == wanted && found.key.inner.is_empty());
        found.retain(|found| found.path == wanted || (!exact && found.path.starts_with(&below)));
        if found.is_empty() {
            return Err(unknown(named, wanted, &names));
        }
    }
    let found = together(found);
    let text = match arguments.format() {
        Format::Text => found.iter().map(words).collect::<Vec<_>>().join("\n"),
        Format::Json => {
            let all: Vec<Value> = found.iter().map(described).collect();
            format!("{:#}\n", Value::from(all))
        }
    };
    terminal::print(&text)
}

/// Keys that mean the same in several kinds stand once.
fn together(all: Vec<Found>) -> Vec<Found> {
    let mut once: Vec<Found> = Vec::new();
    for found in all {
        let same = once.iter_mut().find(|other| {
            other.path == found.path
                && other.key.about == found.key.about
                && other.key.schema == found.key.schema
                && other.key.default_text() == found.key.default_text()
        });
        match same {
            Some(same) => same.kinds.extend(found.kinds),
            None => once.push(found),
        }
    }
    once
}

fn unknown(named: &str, wanted: &str, names: &[String]) -> Failure {
    let last = wanted.rsplit('.').next().unwrap_or(wanted);
    let mut near: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| name.rsplit('.').next() == Some(last))
        .collect();
    near.sort_unstable();
    near.dedup();
    let help = if near.is_empty() {
        "`simulate explain KIND` shows all keys of a kind, `simulate explain` all kinds".to_owned()
    } else {
        format!("did you mean {}?", near.join(" or "))
    };
    let place = if named == wanted {
        String::new()
    } else {
        format!(" in the kind `{named}`")
    };
    Failure::Usage(format!("there is no key `{wanted}`{place}"), help)
}

fn print_kinds(format: Format) -> Result<(), Failure> {
    let text = match format {
        Format::Text => {
            let width = kinds()
                .iter()
                .map(|kind| kind.name.len())
                .max()
                .unwrap_or(0);
            let lines = kinds()
                .iter()
                .map(|kind| format!("{:width$}  {}\n", kind.name, kind.summary));
            lines.collect()
        }
        Format::Json => {
            let all = kinds()
                .iter()
                .map(|kind| json!({ "kind": kind.name, "summary": kind.summary }));
            format!("{:#}\n", Value::from(all.collect::<Vec<_>>()))
        }
    };
    terminal::print(&text)
}

/// The range of a key, as its schema says it.
fn range(schema: &Value) -> Option<String> {
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        let words: Vec<String> = words.iter().map(Value::to_string).collect();
        return Some(words.join(", "));
    }
    let end = |inclusive: &str, exclusive: &str, signs: [&str; 2]| {
        let shown = |key: &str, sign: &str| schema.get(key).map(|end| format!("{sign} {end}"));
        shown(inclusive, signs[0]).or_else(|| shown(exclusive, signs[1]))
    };
    let ends = [
        end("minimum", "exclusiveMinimum", ["at least", "above"]),
        end("maximum", "exclusiveMaximum", ["at most", "below"]),
    ];
    let ends: Vec<String> = ends.into_iter().flatten().collect();
    (!ends.is_empty()).then(|| ends.join(", "))
}

/// Shipped models that write a key: name, value, and where the numbers are from.
fn examples(found: &Found) -> Vec<(String, String, String)> {
    let value = |name: &&str| {
        let model = ModelFile::open_shipped(name).ok()?;
        let header = model.header().ok()?;
        if !found.kinds.contains(&&*header.experiment) {
            return None;
        }
        let text = model.value(&found.path)?;
        let source = header
            .source
            .map(|source| source.to_string())
            .unwrap_or_default();
        Some(((*name).to_owned(), text, source))
    };
    shipped_models()
        .iter()
        .filter_map(value)
        .take(EXAMPLES)
        .collect()
}

fn words(found: &Found) -> String {
    let Found { path, key, kinds } = found;
    let mut lines = vec![format!("{path}")];
    let mut line = |name: &str, text: String| lines.push(format!("  {name:8} {text}"));
    line("meaning", key.about.clone());
    line("write", key.expected.clone());
    let rule = key.rule.map(|rule| format!("must be {rule}"));
    let range = [range(&key.schema), rule]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    if !range.is_empty() {
        line("range", range.join("; "));
    }
    line(
        "default",
        match (key.needed, key.default_text()) {
            (true, _) => "none: it must be given".into(),
            (false, Some(text)) => text,
            (false, None) => "may be left out".into(),
        },
    );
    if key.inner.is_empty() {
        for (name, value, source) in examples(found) {
            let source = if source.is_empty() {
                source
            } else {
                format!("  ({source})")
            };
            line("example", format!("{value} in `{name}`{source}"));
        }
    }
    line("kinds", kinds.join(", "));
    lines.join("\n") + "\n"
}

fn described(found: &Found) -> Value {
    let Found { path, key, kinds } = found;
    json!({
        "key": path,
        "meaning": key.about,
        "write": key.expected,
        "rule": key.rule,
        "schema": key.schema,
        "default": key.default_text(),
        "needed": key.needed,
        "kinds": kinds,
    })
}
