//! What a point has found: the scalars of its report.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::experiment::diagnostic::{nearest, quoted_list};
use crate::experiment::{Cell, Table};

/// Longest word that counts as a scalar: a verdict does, a sentence does not.
const LONGEST: usize = 60;

/// Scalars that are drawn if none is named.
const DRAWN: usize = 3;

/// One row of a sweep without its keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Scalars by their names in the report, sections joined by dots.
    scalars: Map<String, Value>,
    /// Names of what this report has no value for, and others may.
    #[serde(default)]
    empty: Vec<String>,
    /// Why there is no result.
    pub error: Option<String>,
}

impl Row {
    /// The scalars of a report: numbers, truth values, short words. Lists and arrays are left out.
    pub fn of(report: &Value) -> Self {
        let (mut scalars, mut empty) = (Map::new(), Vec::new());
        collect(report, "", &mut scalars, &mut empty);
        Self {
            scalars,
            empty,
            error: None,
        }
    }

    /// No result.
    pub fn failed(error: &str) -> Self {
        Self {
            scalars: Map::new(),
            empty: Vec::new(),
            error: Some(error.replace(['\n', '\r'], "; ")),
        }
    }

    /// Names of its scalars, in the order of the report.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.scalars.keys().map(String::as_str)
    }

    fn cell(&self, name: &str) -> Cell {
        match self.scalars.get(name) {
            Some(Value::Bool(truth)) => (*truth).into(),
            Some(Value::String(word)) => word.as_str().into(),
            Some(Value::Number(number)) => match (number.as_u64(), number.as_i64()) {
                (Some(count), _) => count.into(),
                (_, Some(count)) => count.into(),
                _ => number.as_f64().into(),
            },
            _ => Cell::Empty,
        }
    }

    /// A scalar that is a number.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.scalars.get(name)?.as_f64()
    }

    /// The first of these names that is no number of a report like this one, and what is to be said of it; the row of a
    /// point without a result says nothing about names.
    pub fn unknown(&self, wanted: &[String]) -> Option<String> {
        let may_be = |name: &String| {
            let empty = |none: &String| {
                let rest = name.strip_prefix(none.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            };
            self.number(name).is_some() || self.empty.iter().any(empty)
        };
        let unknown = wanted.iter().find(|name| !may_be(name))?;
        let known = self.names().filter(|name| self.number(name).is_some());
        let known: Vec<&str> = known.collect();
        self.error.is_none().then(|| no_number(unknown, &known))
    }

    /// The whole row.
    pub fn cells(&self, point: usize, at: &[f64], names: &[String]) -> Vec<Cell> {
        let mut cells = vec![point.into()];
        cells.extend(at.iter().map(|value| Cell::from(*value)));
        cells.extend(names.iter().map(|name| self.cell(name)));
        cells.push(self.error.clone().into());
        cells
    }
}

/// That there is no number of this name, with the near ones.
fn no_number(name: &str, known: &[&str]) -> String {
    let near = nearest(name, known).map(|near| format!("did you mean `{near}`? "));
    format!(
        "no number `{name}` is in the reports; {}there are {}",
        near.unwrap_or_default(),
        quoted_list(known)
    )
}

fn collect(value: &Value, name: &str, scalars: &mut Map<String, Value>, empty: &mut Vec<String>) {
    match value {
        Value::Object(entries)
            if entries.contains_key("array") && entries.contains_key("shape") => {}
        Value::Object(entries) => {
            for (key, value) in entries {
                let name = if name.is_empty() {
                    key.clone()
                } else {
                    format!("{name}.{key}")
                };
                collect(value, &name, scalars, empty);
            }
        }
        Value::String(word) if word.chars().count() > LONGEST || word.contains(['\n', '\r']) => {}
        Value::Number(_) | Value::Bool(_) | Value::String(_) => {
            scalars.insert(name.to_owned(), value.clone());
        }
        Value::Null => empty.push(name.to_owned()),
        Value::Array(_) => {}
    }
}

/// Rows by their points, with the values of the keys.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// The keys.
    pub keys: Vec<String>,
    /// The rows.
    pub rows: BTreeMap<usize, (Vec<f64>, Row)>,
}

impl Rows {
    /// Names of all scalars: those of the first point first.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (_, row) in self.rows.values() {
            // Rows mostly have the same names in the same order.
            if row.scalars.len() == names.len() && row.names().eq(names.iter().map(String::as_str))
            {
                continue;
            }
            for name in row.names() {
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
        names
    }

    /// Heads of a table with these scalars; a scalar that is called like a key says where it comes from.
    pub fn heads(keys: &[String], names: &[String]) -> Vec<String> {
        let scalars = names.iter().map(|name| {
            if keys.contains(name) || ["point", "error"].contains(&name.as_str()) {
                format!("report.{name}")
            } else {
                name.clone()
            }
        });
        let first = ["point".to_owned()].into_iter();
        first
            .chain(keys.iter().cloned())
            .chain(scalars)
            .chain(["error".to_owned()])
            .collect()
    }

    /// All rows in the order of the points.
    pub fn table(&self) -> Table {
        self.table_of(&self.names())
    }

    fn table_of(&self, names: &[String]) -> Table {
        let mut table = Table::new(Self::heads(&self.keys, names));
        for (point, (at, row)) in &self.rows {
            table.push(row.cells(*point, at, names));
        }
        table
    }

    /// The keys and some scalars, for a terminal; long errors are cut, and stand whole in the table of all.
    pub fn short_table(&self, names: &[String]) -> Table {
        let mut short = self.clone();
        for (_, row) in short.rows.values_mut() {
            if let Some(error) = &mut row.error
                && error.chars().count() > LONGEST
            {
                *error = error.chars().take(LONGEST - 1).chain(['…']).collect();
            }
        }
        short.table_of(names)
    }

    /// The scalars to draw, and what is to be said of those that there are not.
    pub fn chosen(&self, wanted: &[String]) -> (Vec<String>, Vec<String>) {
        let numbers = |name: &str| -> Vec<f64> {
            let rows = self.rows.values();
            rows.filter_map(|(_, row)| row.number(name)).collect()
        };
        let all: Vec<String> = self.names();
        let numeric = all.into_iter().filter(|name| !numbers(name).is_empty());
        let numeric: Vec<String> = numeric.collect();
        let (mut chosen, mut notes) = (Vec::new(), Vec::new());
        for name in wanted {
            if numeric.contains(name) {
                chosen.push(name.clone());
                continue;
            }
            let known: Vec<&str> = numeric.iter().map(String::as_str).collect();
            notes.push(no_number(name, &known));
        }
        if chosen.is_empty() {
            let results = numeric.into_iter();
            let results: Vec<String> = results
                .filter(|name| !name.starts_with("statistics."))
                .collect();
            let varies = |name: &&String| {
                let found = numbers(name);
                found.iter().any(|value| *value != found[0])
            };
            chosen = results.iter().filter(varies).take(DRAWN).cloned().collect();
            if chosen.is_empty() {
                chosen = results.into_iter().take(DRAWN).collect();
            }
        }
        (chosen, notes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn scalars_are_taken_from_all_depths_and_lists_are_not() {
        let row = Row::of(&json!({
            "period": {"value": 4.5, "error": null},
            "x": {"array": "x", "shape": [3]},
            "list": [1, 2],
            "memory": true,
            "verdict": "cycle",
            "formula": "y".repeat(100),
        }));
        assert_eq!(
            row.names().collect::<Vec<_>>(),
            ["period.value", "memory", "verdict"]
        );
        let text = serde_json::to_string(&row).unwrap();
        assert_eq!(serde_json::from_str::<Row>(&text).unwrap(), row);
        // what is not there this time may be there at another point; a word and a list are no numbers
        let unknown = |name: &str| row.unknown(&[name.to_owned()]);
        for name in ["period.value", "period.error", "period.error.size"] {
            assert_eq!(unknown(name), None, "{name}");
        }
        for name in ["verdict", "list", "perio", "period.errors"] {
            let said = unknown(name).unwrap();
            assert!(said.contains("there are `period.value`"), "{said}");
        }
        assert_eq!(Row::failed("no").unknown(&["perio".into()]), None);
    }

    #[test]
    fn rows_of_different_reports_share_a_table() {
        let rows = [
            Row::of(&json!({"a": 1, "b": 0.5})),
            Row::failed("no\nconvergence"),
            Row::of(&json!({"a": 2, "c": "x, y", "k": -1})),
        ];
        let at = |point: usize| vec![point as f64 / 2.0];
        let rows = Rows {
            keys: vec!["k".into()],
            rows: rows
                .into_iter()
                .enumerate()
                .map(|(n, row)| (n, (at(n), row)))
                .collect(),
        };
        assert_eq!(
            rows.table().to_csv(),
            "point,k,a,b,c,report.k,error\n0,0.0,1,0.5,,,\n1,0.5,,,,,no; convergence\n2,1.0,2,,\"x, y\",-1,\n"
        );
        let (chosen, notes) = rows.chosen(&["aa".into()]);
        assert_eq!(chosen, ["a"]);
        assert!(notes[0].contains("there are `a`"), "{notes:?}");
    }
}
