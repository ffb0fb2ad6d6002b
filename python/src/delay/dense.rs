//! The solution between its steps.

use numpy::PyArray2;
use pulsatrix::solver;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::arrays::{Vector, table};
use crate::errors;

/// Interpolants of a whole trajectory.
#[pyclass(module = "pulsatrix._native", frozen)]
pub struct Dense(pub solver::Dense);

impl Dense {
    fn rows<'py>(
        &self,
        py: Python<'py>,
        times: &Vector<'py>,
        value: impl Fn(usize, f64) -> Option<f64>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let times = times.as_slice()?;
        let components = self.0.components();
        let mut values = Vec::with_capacity(components.len() * times.len());
        for component in components {
            for time in times {
                values.push(value(*component, *time).ok_or_else(|| self.outside(*time))?);
            }
        }
        table(py, values, [components.len(), times.len()])
    }

    fn outside(&self, time: f64) -> PyErr {
        let (begin, end) = self.0.span().unwrap_or((f64::NAN, f64::NAN));
        PyValueError::new_err(format!(
            "t = {time} lies outside of the solution, from {begin} to {end}"
        ))
    }
}

#[pymethods]
impl Dense {
    /// Values at times, components in rows.
    fn values<'py>(
        &self,
        py: Python<'py>,
        times: Vector<'py>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        self.rows(py, &times, |component, time| self.0.value(component, time))
    }

    /// Slopes at times, components in rows.
    fn slopes<'py>(
        &self,
        py: Python<'py>,
        times: Vector<'py>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        self.rows(py, &times, |component, time| self.0.slope(component, time))
    }

    /// First and last time.
    #[getter]
    fn span(&self) -> Option<(f64, f64)> {
        self.0.span()
    }

    /// From the text of a pickle.
    #[staticmethod]
    fn from_text(text: &str) -> PyResult<Self> {
        let dense = serde_json::from_str(text);
        dense.map(Self).map_err(|error| errors::value(&error))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        let py = slf.py();
        let text = serde_json::to_string(&slf.get().0).map_err(|error| errors::value(&error))?;
        let class: Bound<'py, PyType> = py.get_type::<Self>();
        Ok((class.getattr("from_text")?, (text,)))
    }
}
