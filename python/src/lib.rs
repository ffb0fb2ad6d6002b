//! The native half of the Python package: what the functions in `pulsatrix/*.py` call.
//!
//! One file for each room of the crate that is shown. Nothing is computed here: arguments come in, work
//! goes to the crate on a thread of its own ([`watch`]), and results go out as arrays and dictionaries.

mod arrays;
mod delay;
mod errors;
mod experiment;
mod hopfield;
mod impulse;
mod kernels;
mod predictive;
mod probes;
mod tables;
mod values;
mod watch;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::delay::{Dense, solve_callable, solve_text};
    #[pymodule_export]
    use crate::errors::{ModelError, NumericalError};
    #[pymodule_export]
    use crate::experiment::{check, models, resume, run, sweep};
    #[pymodule_export]
    use crate::hopfield::{
        classical_energy, classical_recall, classical_weights, dense_energy, dense_recall,
        modern_energy, modern_recall,
    };
    #[pymodule_export]
    use crate::impulse::{
        atlas, certify, closed_form, cue_state, impulse_recall, settle_on, simulate,
    };
    #[pymodule_export]
    use crate::kernels::{empirical_ntk, kernel_regression, limit_kernels};
    #[pymodule_export]
    use crate::predictive::PredictiveNetwork;
    #[pymodule_export]
    use crate::probes::{diagram_distance, mutual_information, persistent_homology, veca};

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
