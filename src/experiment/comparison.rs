//! What differs between two finished runs: their settings, and what they found.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use toml_edit::{DocumentMut, Item};

use super::{KeptRun, KeptRunError};

/// Signs of a value that are shown.
const SHOWN: usize = 40;

/// Something that is not the same in both runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Its path, as in `network.h` or `patterns.0.period`.
    pub key: String,
    /// What the first run says, if it says anything.
    pub first: Option<String>,
    /// What the second one says.
    pub second: Option<String>,
    /// The largest difference of numbers, where both have as many.
    pub largest: Option<f64>,
}

/// Everything that differs.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// Of the resolved models.
    pub settings: Vec<Difference>,
    /// Of the reports, arrays among them.
    pub report: Vec<Difference>,
}

impl Comparison {
    /// Whether the runs are the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty() && self.report.is_empty()
    }
}

/// A value at the end of a path.
#[derive(Debug, Clone, PartialEq)]
enum Leaf {
    /// A word, a truth, or a setting as it is written.
    Word(String),
    /// Numbers; one, or those of a list.
    Numbers(Vec<f64>),
}

/// Compares two finished runs; numbers that differ by no more than the share `tolerance` of the larger one are equal.
///
/// # Errors
/// If one of them is no finished run.
pub fn compare(first: &Path, second: &Path, tolerance: f64) -> Result<Comparison, KeptRunError> {
    let [first, second] = [KeptRun::open(first)?, KeptRun::open(second)?];
    let settings = [&first, &second].map(|run| {
        let mut leaves = BTreeMap::new();
        if let Ok(document) = run.model().text().parse::<DocumentMut>() {
            of_item(document.as_item(), "", &mut leaves);
        }
        leaves
    });
    let reports = [&first, &second].map(|run| {
        let mut leaves = BTreeMap::new();
        of_value(run.report(), "", &mut leaves);
        leaves
    });
    Ok(Comparison {
        settings: differences(&settings, 0.0),
        report: differences(&reports, tolerance),
    })
}

fn of_item(item: &Item, path: &str, into: &mut BTreeMap<String, Leaf>) {
    if let Some(table) = item.as_table() {
        for (name, item) in table {
            of_item(item, &below(path, name), into);
        }
    } else if let Some(list) = item.as_array_of_tables() {
        for (index, table) in list.iter().enumerate() {
            of_item(
                &Item::Table(table.clone()),
                &below(path, &index.to_string()),
                into,
            );
        }
    } else {
        into.insert(
            path.to_owned(),
            Leaf::Word(item.to_string().trim().to_owned()),
        );
    }
}

fn of_value(value: &Value, path: &str, into: &mut BTreeMap<String, Leaf>) {
    match value {
        Value::Object(entries) => {
            for (name, value) in entries {
                of_value(value, &below(path, name), into);
            }
        }
        Value::Array(list) if list.iter().all(is_number) && !list.is_empty() => {
            into.insert(
                path.to_owned(),
                Leaf::Numbers(list.iter().map(number).collect()),
            );
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                of_value(value, &below(path, &index.to_string()), into);
            }
        }
        Value::Number(_) => {
            into.insert(path.to_owned(), Leaf::Numbers(vec![number(value)]));
        }
        Value::String(word) => {
            into.insert(path.to_owned(), Leaf::Word(word.clone()));
        }
        other => {
            into.insert(path.to_owned(), Leaf::Word(other.to_string()));
        }
    }
}

/// Numbers that are not finite are words in an array.
fn is_number(value: &Value) -> bool {
    value.is_number()
        || value
            .as_str()
            .is_some_and(|word| matches!(word, "NaN" | "inf" | "-inf"))
}

fn number(value: &Value) -> f64 {
    let word = || value.as_str().and_then(|word| word.parse().ok());
    value.as_f64().or_else(word).unwrap_or(f64::NAN)
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn differences([first, second]: &[BTreeMap<String, Leaf>; 2], tolerance: f64) -> Vec<Difference> {
    let mut keys: Vec<&String> = first.keys().chain(second.keys()).collect();
    keys.sort();
    keys.dedup();
    let difference = |key: &String| {
        let (a, b) = (first.get(key), second.get(key));
        let largest = match (a, b) {
            (Some(Leaf::Word(a)), Some(Leaf::Word(b))) if a == b => return None,
            (Some(Leaf::Numbers(a)), Some(Leaf::Numbers(b))) if a.len() == b.len() => {
                let same = |(a, b): (&f64, &f64)| {
                    a == b
                        || (a.is_nan() && b.is_nan())
                        || (a - b).abs() <= tolerance * a.abs().max(b.abs())
                };
                if a.iter().zip(b).all(same) {
                    return None;
                }
                let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs());
                Some(apart.filter(|apart| apart.is_finite()).fold(0.0, f64::max))
            }
            _ => None,
        };
        let shown = |leaf: Option<&Leaf>| leaf.map(Leaf::shown);
        Some(Difference {
            key: key.clone(),
            first: shown(a),
            second: shown(b),
            largest,
        })
    };
    keys.into_iter().filter_map(difference).collect()
}

impl Leaf {
    fn shown(&self) -> String {
        match self {
            Self::Word(word) if word.chars().count() > SHOWN => {
                let begin: String = word.chars().take(SHOWN - 1).collect();
                format!("{begin}…")
            }
            Self::Word(word) => word.clone(),
            Self::Numbers(numbers) => match numbers[..] {
                [one] => one.to_string(),
                // a shape, a range, a pair
                [_, _] | [_, _, _] => {
                    let all: Vec<String> = numbers.iter().map(f64::to_string).collect();
                    let all = format!("[{}]", all.join(", "));
                    match all.chars().count() {
                        length if length > SHOWN => format!("{} numbers", numbers.len()),
                        _ => all,
                    }
                }
                _ => format!("{} numbers", numbers.len()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_named_with_its_path() {
        let leaves = [
            json!({ "a": 1.0, "list": [1, 2], "only": true, "inner": [{ "x": "yes" }], "nan": ["NaN", 1] }),
            json!({ "a": 1.0 + 1e-12, "list": [1, 4], "inner": [{ "x": "no" }], "nan": ["NaN", 1] }),
        ];
        let leaves = leaves.map(|report| {
            let mut leaves = BTreeMap::new();
            of_value(&report, "", &mut leaves);
            leaves
        });
        let keys = |tolerance: f64| -> Vec<String> {
            differences(&leaves, tolerance)
                .into_iter()
                .map(|found| found.key)
                .collect()
        };
        assert_eq!(keys(0.0), ["a", "inner.0.x", "list", "only"]);
        assert_eq!(keys(1e-9), ["inner.0.x", "list", "only"]);
        let found = differences(&leaves, 0.0);
        assert_eq!(
            (found[2].largest, found[3].second.as_deref()),
            (Some(2.0), None)
        );
        assert_eq!(
            (found[1].first.as_deref(), found[1].second.as_deref()),
            (Some("yes"), Some("no"))
        );
    }
}
