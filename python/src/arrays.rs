//! NumPy arrays as matrices, and back. The Python half has checked shapes and made them float64 in C order.

use nalgebra::DMatrix;
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::exceptions::{PyMemoryError, PyValueError};
use pyo3::prelude::*;

/// Bytes of one number.
const NUMBER: f64 = 8.0;

/// Refuses work that needs room for so many numbers at a time, where the system does not give it: a failed allocation inside of
/// the crate would end the interpreter. The room is asked for and given back untouched; that it is looked at keeps the compiler from
/// leaving it out.
pub fn require_memory(what: &str, numbers: f64) -> PyResult<()> {
    let mut room: Vec<f64> = Vec::new();
    // what overflows a usize becomes its maximum, which no system has
    room.try_reserve_exact(numbers as usize).map_err(|_| {
        PyMemoryError::new_err(format!(
            "{what} would take {:.3} GB of memory, which is not to be had; give fewer or smaller ones",
            NUMBER * numbers / 1e9
        ))
    })?;
    std::hint::black_box(&room);
    Ok(())
}

/// A list of numbers that comes in.
pub type Vector<'py> = PyReadonlyArray1<'py, f64>;
/// A table of numbers that comes in, row after row.
pub type Table<'py> = PyReadonlyArray2<'py, f64>;

/// The numbers of a list.
pub fn list(array: &Vector<'_>) -> PyResult<Vec<f64>> {
    Ok(array.as_slice()?.to_vec())
}

/// A matrix as it stands.
pub fn matrix(array: &Table<'_>) -> PyResult<DMatrix<f64>> {
    let (rows, columns) = shape(array);
    Ok(DMatrix::from_row_slice(rows, columns, array.as_slice()?))
}

/// Samples that stand in rows, as columns.
pub fn columns(array: &Table<'_>) -> PyResult<DMatrix<f64>> {
    let (rows, columns) = shape(array);
    Ok(DMatrix::from_column_slice(columns, rows, array.as_slice()?))
}

fn shape(array: &Table<'_>) -> (usize, usize) {
    let view = array.as_array();
    let shape = view.shape();
    (shape[0], shape[1])
}

/// Numbers that stand row after row, as an array.
pub fn table<'py>(
    py: Python<'py>,
    values: Vec<f64>,
    shape: [usize; 2],
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    PyArray1::from_vec(py, values).reshape(shape)
}

/// A matrix as an array of the same shape.
pub fn from_matrix<'py>(
    py: Python<'py>,
    matrix: &DMatrix<f64>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let shape = [matrix.nrows(), matrix.ncols()];
    table(py, matrix.transpose().data.into(), shape)
}

/// Samples that stand in columns, as rows of an array.
pub fn from_columns<'py>(
    py: Python<'py>,
    matrix: &DMatrix<f64>,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let shape = [matrix.ncols(), matrix.nrows()];
    table(py, matrix.as_slice().to_vec(), shape)
}

/// The value that a word of the crate's files stands for.
pub fn word<T: serde::de::DeserializeOwned>(name: &str, word: &str) -> PyResult<T> {
    serde_json::from_value(serde_json::Value::from(word)).map_err(|error| {
        let allowed = error.to_string().replace("unknown variant ", "");
        PyValueError::new_err(format!("{name}: {allowed}"))
    })
}
