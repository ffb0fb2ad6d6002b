//! Tables of results: for readers, and column by column for programs.

use numpy::PyArray1;
use pulsatrix::experiment::{Cell, Table};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// A table for readers: the heads, then every row.
pub fn words<'py>(py: Python<'py>, table: &Table) -> PyResult<Bound<'py, PyAny>> {
    let rows = table.rows().iter().map(|row| {
        let cells = row.iter().map(|cell| entry(py, cell));
        PyList::new(py, cells.collect::<PyResult<Vec<_>>>()?)
    });
    let rows = PyList::new(py, rows.collect::<PyResult<Vec<_>>>()?)?;
    (table.columns().to_vec(), rows).into_bound_py_any(py)
}

fn entry<'py>(py: Python<'py>, cell: &Cell) -> PyResult<Bound<'py, PyAny>> {
    match cell {
        Cell::Empty => py.None().into_bound_py_any(py),
        Cell::Text(text) => text.into_bound_py_any(py),
        Cell::Integer(count) => count.into_bound_py_any(py),
        Cell::Number(value) => value.into_bound_py_any(py),
    }
}

/// A table for programs: a column of numbers or of truth is an array, any other a list.
pub fn columns<'py>(py: Python<'py>, table: &Table) -> PyResult<Bound<'py, PyDict>> {
    let found = PyDict::new(py);
    for (place, name) in table.columns().iter().enumerate() {
        let cells: Vec<&Cell> = table.rows().iter().map(|row| &row[place]).collect();
        found.set_item(name, column(py, &cells)?)?;
    }
    Ok(found)
}

fn column<'py>(py: Python<'py>, cells: &[&Cell]) -> PyResult<Bound<'py, PyAny>> {
    let whole = |cell: &&Cell| match cell {
        Cell::Integer(count) => i64::try_from(*count).ok(),
        _ => None,
    };
    if let Some(counts) = cells.iter().map(whole).collect::<Option<Vec<i64>>>() {
        return PyArray1::from_vec(py, counts).into_bound_py_any(py);
    }
    let truth = |cell: &&Cell| match cell {
        Cell::Text(text) if text == "true" => Some(true),
        Cell::Text(text) if text == "false" => Some(false),
        _ => None,
    };
    if let Some(truths) = cells.iter().map(truth).collect::<Option<Vec<bool>>>() {
        return PyArray1::from_vec(py, truths).into_bound_py_any(py);
    }
    // What is empty in a column of numbers is no number.
    let number = |cell: &&Cell| match cell {
        Cell::Number(value) => Some(*value),
        Cell::Integer(count) => Some(*count as f64),
        Cell::Empty => Some(f64::NAN),
        Cell::Text(_) => None,
    };
    if let Some(numbers) = cells.iter().map(number).collect::<Option<Vec<f64>>>() {
        return PyArray1::from_vec(py, numbers).into_bound_py_any(py);
    }
    let any = cells.iter().map(|cell| entry(py, cell));
    PyList::new(py, any.collect::<PyResult<Vec<_>>>()?)?.into_bound_py_any(py)
}
