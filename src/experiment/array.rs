//! Numbers on a grid, in files of their own beside the report.

use std::fs::{self, File};
use std::path::Path;

use nalgebra::DMatrix;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::{DataError, npy};

/// Numbers on a grid, the last index fastest.
///
/// In a run directory the numbers stand in `<name>.npy`, and the report says so in their place:
/// `{"array": "x", "shape": [1001, 3]}`. An array of NaN alone has no file: `"file": false`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Array {
    /// Name of the file, without its extension.
    #[serde(rename = "array")]
    pub name: String,
    /// Length of every axis.
    pub shape: Vec<usize>,
    /// What every axis counts; in `arrays.json` of a run directory.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub axes: Vec<String>,
    /// What the numbers are, with their unit; there, too.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub holds: String,
    /// The numbers.
    #[serde(serialize_with = "write", deserialize_with = "read")]
    pub values: Vec<f64>,
}

impl Array {
    /// A list of numbers.
    pub fn list(name: impl Into<String>, values: Vec<f64>) -> Self {
        Self {
            name: name.into(),
            axes: Vec::new(),
            holds: String::new(),
            shape: vec![values.len()],
            values,
        }
    }

    /// The same array, with what every axis counts and what the numbers are, unit and all.
    #[must_use]
    pub fn along<const N: usize>(self, axes: [&str; N], holds: &str) -> Self {
        Self {
            axes: axes.map(str::to_owned).to_vec(),
            holds: holds.to_owned(),
            ..self
        }
    }

    /// What `arrays.json` says of it.
    pub(super) fn description(&self) -> Value {
        let axes = self.shape.iter().enumerate().map(|(place, length)| {
            let name = self.axes.get(place).map_or("index", String::as_str);
            json!({ "name": name, "length": length })
        });
        let axes: Vec<Value> = axes.collect();
        json!({ "file": format!("{}.npy", self.name), "axes": axes, "holds": self.holds })
    }

    /// Rows of equal length, one after the other.
    pub fn rows(name: impl Into<String>, columns: usize, values: Vec<f64>) -> Self {
        Self {
            name: name.into(),
            axes: Vec::new(),
            holds: String::new(),
            shape: vec![values.len() / columns.max(1), columns],
            values,
        }
    }

    /// A matrix, row after row.
    pub fn matrix(name: impl Into<String>, matrix: &DMatrix<f64>) -> Self {
        Self {
            name: name.into(),
            axes: Vec::new(),
            holds: String::new(),
            shape: vec![matrix.nrows(), matrix.ncols()],
            values: matrix.transpose().as_slice().to_vec(),
        }
    }
}

/// JSON has no numbers that are not finite: those are words.
fn write<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    let word = |value: &f64| match *value {
        value if value.is_finite() => json!(value),
        value => json!(value.to_string()),
    };
    serializer.collect_seq(values.iter().map(word))
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    let values = Vec::<Value>::deserialize(deserializer)?;
    Ok(values.iter().map(number).collect())
}

fn number(value: &Value) -> f64 {
    let word = || value.as_str().and_then(|word| word.parse().ok());
    value.as_f64().or_else(word).unwrap_or(f64::NAN)
}

/// Takes the arrays out of a report; their names and shapes stay behind.
pub(super) fn take_out(report: &mut Value) -> Vec<Array> {
    let mut arrays = Vec::new();
    visit(report, &mut |entries| {
        if let (Some(Value::String(name)), Some(shape), Some(Value::Array(_))) = (
            entries.get("array"),
            entries.get("shape"),
            entries.get("values"),
        ) {
            let shape = serde_json::from_value(shape.clone()).unwrap_or_default();
            let name = name.clone();
            let axes = entries.remove("axes").map(serde_json::from_value);
            let holds = entries.remove("holds").map(serde_json::from_value);
            let Some(Value::Array(values)) = entries.remove("values") else {
                return;
            };
            let values: Vec<f64> = values.iter().map(number).collect();
            if !values.is_empty() && values.iter().all(|value| value.is_nan()) {
                entries.insert("file".into(), false.into());
                return;
            }
            arrays.push(Array {
                name,
                shape,
                axes: axes.and_then(Result::ok).unwrap_or_default(),
                holds: holds.and_then(Result::ok).unwrap_or_default(),
                values,
            });
        }
    });
    arrays
}

/// Puts the arrays of a run directory back where its report names them.
///
/// # Errors
/// If a file is missing, damaged, or of another shape than the report says.
pub(super) fn put_back(report: &mut Value, folder: &Path) -> Result<(), DataError> {
    let mut failure = None;
    visit(report, &mut |entries| {
        let Some(Value::String(name)) = entries.get("array") else {
            return;
        };
        let name = name.clone();
        let path = folder.join(format!("{name}.npy"));
        let shape: Vec<usize> = entries
            .get("shape")
            .and_then(|shape| serde_json::from_value(shape.clone()).ok())
            .unwrap_or_default();
        if entries.remove("file").is_some() {
            let count = shape.iter().product();
            entries.insert("values".into(), vec!["NaN"; count].into());
            return;
        }
        let file = File::open(&path).map_err(|source| DataError::Unreadable {
            path: path.clone(),
            source,
            remedy: "this run is not complete",
        });
        let read = file.and_then(|file| {
            let malformed = |problem: String| DataError::Malformed {
                path: path.clone(),
                problem,
            };
            let (found, values) = npy::read(file).map_err(|error| malformed(error.to_string()))?;
            if found != shape {
                return Err(malformed(format!(
                    "shape {found:?} where the report says {shape:?}"
                )));
            }
            Ok(values)
        });
        match read {
            Ok(values) => {
                let array = json!(Array {
                    name,
                    shape,
                    axes: Vec::new(),
                    holds: String::new(),
                    values
                });
                if let Some(values) = array.get("values") {
                    entries.insert("values".into(), values.clone());
                }
            }
            Err(error) => failure = Some(error),
        }
    });
    failure.map_or(Ok(()), Err)
}

/// Says of the arrays of a run directory what its `arrays.json` says, if there is one.
pub(super) fn describe(arrays: &mut [Array], folder: &Path) {
    let text = fs::read_to_string(folder.join("arrays.json")).ok();
    let Some(all) = text.and_then(|text| serde_json::from_str::<Value>(&text).ok()) else {
        return;
    };
    for array in arrays {
        let of = &all[&array.name];
        let axes = of["axes"].as_array().into_iter().flatten();
        let axes = axes.filter_map(|axis| axis["name"].as_str());
        array.axes = axes.map(str::to_owned).collect();
        of["holds"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut array.holds);
    }
}

/// Visits every object of a report, outermost first.
fn visit(value: &mut Value, act: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(entries) => {
            act(entries);
            entries.values_mut().for_each(|value| visit(value, act));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| visit(value, act)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_leave_a_report_and_come_back_bit_for_bit() {
        let values = vec![
            0.1,
            -0.0,
            f64::INFINITY,
            f64::NAN,
            1e-300,
            f64::NEG_INFINITY,
        ];
        let array = Array::rows("x", 3, values.clone());
        let whole = json!({ "title": "t", "inner": [{ "course": array }] });
        let mut report = whole.clone();
        let arrays = take_out(&mut report);
        assert_eq!(
            report,
            json!({ "title": "t", "inner": [{ "course": { "array": "x", "shape": [2, 3] } }] })
        );
        let bits = |values: &[f64]| {
            values
                .iter()
                .map(|value| value.to_bits())
                .collect::<Vec<_>>()
        };
        assert_eq!(bits(&arrays[0].values), bits(&values));

        let nothing = json!(Array::list("none", vec![f64::NAN; 2]));
        let mut unwritten = nothing.clone();
        assert!(take_out(&mut unwritten).is_empty());
        assert_eq!(
            unwritten,
            json!({ "array": "none", "shape": [2], "file": false })
        );
        put_back(&mut unwritten, Path::new("nowhere")).unwrap();
        assert_eq!(unwritten, nothing);

        let folder = tempfile::tempdir().unwrap();
        assert!(put_back(&mut report.clone(), folder.path()).is_err());
        let file = File::create(folder.path().join("x.npy")).unwrap();
        npy::write(file, &arrays[0].shape, &arrays[0].values).unwrap();
        put_back(&mut report, folder.path()).unwrap();
        assert_eq!(report, whole);
    }
}
