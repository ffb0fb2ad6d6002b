//! Values of JSON and TOML as Python has them.

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use serde_json::Value;
use toml_edit::Item;

/// A value of JSON.
pub fn python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    match value {
        Value::Null => py.None().into_bound_py_any(py),
        Value::Bool(value) => value.into_bound_py_any(py),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => whole.into_bound_py_any(py),
            (None, Some(whole)) => whole.into_bound_py_any(py),
            (None, None) => number.as_f64().into_bound_py_any(py),
        },
        Value::String(text) => text.into_bound_py_any(py),
        Value::Array(list) => {
            let items = list.iter().map(|value| python(py, value));
            PyList::new(py, items.collect::<PyResult<Vec<_>>>()?)?.into_bound_py_any(py)
        }
        Value::Object(entries) => {
            let dict = PyDict::new(py);
            for (key, value) in entries {
                dict.set_item(key, python(py, value)?)?;
            }
            dict.into_bound_py_any(py)
        }
    }
}

/// Sections and values of a model file.
pub fn settings<'py>(py: Python<'py>, item: &Item) -> PyResult<Bound<'py, PyAny>> {
    if let Some(table) = item.as_table_like() {
        let dict = PyDict::new(py);
        for (key, item) in table.iter() {
            dict.set_item(key, settings(py, item)?)?;
        }
        return dict.into_bound_py_any(py);
    }
    if let Some(tables) = item.as_array_of_tables() {
        let items = tables
            .iter()
            .map(|table| settings(py, &Item::Table(table.clone())));
        let items = items.collect::<PyResult<Vec<_>>>()?;
        return PyList::new(py, items)?.into_bound_py_any(py);
    }
    match item.as_value() {
        Some(value) => plain(py, value),
        None => py.None().into_bound_py_any(py),
    }
}

fn plain<'py>(py: Python<'py>, value: &toml_edit::Value) -> PyResult<Bound<'py, PyAny>> {
    use toml_edit::Value;
    match value {
        Value::String(text) => text.value().into_bound_py_any(py),
        Value::Integer(number) => number.value().into_bound_py_any(py),
        Value::Float(number) => number.value().into_bound_py_any(py),
        Value::Boolean(value) => value.value().into_bound_py_any(py),
        Value::Datetime(time) => time.to_string().into_bound_py_any(py),
        Value::Array(list) => {
            let items = list.iter().map(|value| plain(py, value));
            PyList::new(py, items.collect::<PyResult<Vec<_>>>()?)?.into_bound_py_any(py)
        }
        Value::InlineTable(_) => settings(py, &Item::Value(value.clone())),
    }
}
