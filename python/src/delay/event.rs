//! Events as Python describes them.

use pulsatrix::language::EventText;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// An event of equations as text.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct EventArguments {
    name: String,
    when: Option<String>,
    at: Option<Vec<f64>>,
    every: Option<(f64, f64)>,
    set: Vec<(String, String)>,
    emit: Vec<(String, String, String)>,
    refractory: f64,
    stop_after: Option<usize>,
}

impl EventArguments {
    pub fn text(&self) -> PyResult<EventText> {
        let name = &self.name;
        let mut text = match (&self.when, &self.at, self.every) {
            (Some(condition), None, None) => EventText::when(name, condition),
            (None, Some(times), None) => EventText::at(name, times),
            (None, None, Some((first, period))) => EventText::every(name, first, period),
            _ => {
                return Err(PyValueError::new_err(format!(
                    "events: `{name}` needs one of `when`, `at` and `every`"
                )));
            }
        };
        for (target, formula) in &self.set {
            text = text.set(target, formula);
        }
        for (target, after, change) in &self.emit {
            text = text.emit(target, after, change);
        }
        if let Some(count) = self.stop_after {
            text = text.stop_after(count);
        }
        Ok(text.refractory(self.refractory))
    }
}
