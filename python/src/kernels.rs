//! Tangent kernels of networks, their limits, and regression on kernels.

use nalgebra::DMatrix;
use numpy::PyArray2;
use pulsatrix::networks::deep::{Architecture, DeepNetwork, Initialisation, KernelOptions};
use pulsatrix::networks::kernels::LimitKernel;
use pulsatrix::networks::{Activation, NetworkError};
use pulsatrix::training::readout::KernelReadout;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::arrays::{Table, Vector, from_matrix, list, matrix, require_memory, word};
use crate::errors;
use crate::watch::watched;

/// What a fully connected network looks like beside its widths.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Form {
    activation: String,
    /// Slope below 0 of the leaky rectifier.
    leak: f64,
    parameterisation: String,
    sigma_w: f64,
    sigma_b: f64,
}

impl Form {
    fn architecture(&self, sizes: &[usize]) -> PyResult<Architecture> {
        let (inputs, rest) = sizes.split_first().ok_or_else(nothing)?;
        let (outputs, widths) = rest.split_last().ok_or_else(nothing)?;
        Ok(Architecture {
            activation: activation(&self.activation, self.leak)?,
            parameterisation: word("parameterisation", &self.parameterisation)?,
            sigma_w: self.sigma_w,
            sigma_b: self.sigma_b,
            ..Architecture::fully_connected(*inputs, widths, *outputs)
        })
    }
}

fn nothing() -> PyErr {
    PyValueError::new_err("weights: a network needs one matrix at least")
}

/// The activation of a name.
pub fn activation(name: &str, leak: f64) -> PyResult<Activation> {
    match name {
        "leaky-relu" => Ok(Activation::LeakyRelu(leak)),
        _ => word("activation", name),
    }
}

/// `J(x) J(x')^T` of a fully connected network, all pairs of outputs.
#[pyfunction]
pub fn empirical_ntk<'py>(
    py: Python<'py>,
    weights: Vec<Table<'py>>,
    biases: Vec<Vector<'py>>,
    x: Table<'py>,
    other: Option<Table<'py>>,
    form: Form,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let matrices = weights.iter().map(matrix);
    let matrices: Vec<DMatrix<f64>> = matrices.collect::<PyResult<_>>()?;
    let mut sizes: Vec<usize> = matrices.first().map(DMatrix::ncols).into_iter().collect();
    sizes.extend(matrices.iter().map(DMatrix::nrows));
    let architecture = form.architecture(&sizes)?;
    // One list, layer after layer: the weights of a layer column after column, then its biases.
    let mut parameters = Vec::new();
    for (layer, weights) in matrices.iter().enumerate() {
        parameters.extend_from_slice(weights.as_slice());
        if let Some(bias) = biases.get(layer) {
            parameters.extend(list(bias)?);
        }
    }
    let (x, other) = (matrix(&x)?, other.as_ref().map(matrix).transpose()?);
    let examples = x.nrows() as f64 * sizes.last().map_or(1, |outputs| *outputs) as f64;
    let others = other.as_ref().map_or(examples, |other| {
        examples / x.nrows().max(1) as f64 * other.nrows() as f64
    });
    // the kernel of a layer, their sum, and what goes out
    require_memory("a kernel of so many examples", 3.0 * examples * others)?;
    let kernel = watched(py, None, move |_| -> Result<DMatrix<f64>, NetworkError> {
        let network = DeepNetwork::new(architecture)?;
        network.tangent_kernel(&parameters, &x, other.as_ref(), KernelOptions::default())
    })?;
    from_matrix(py, &kernel.map_err(|error| errors::network(&error))?)
}

/// A covariance and a tangent kernel.
type Pair<'py> = (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray2<f64>>);

/// The covariance and the tangent kernel at infinite width.
#[pyfunction]
pub fn limit_kernels<'py>(
    py: Python<'py>,
    x: Table<'py>,
    other: Option<Table<'py>>,
    depth: usize,
    form: Form,
) -> PyResult<Pair<'py>> {
    let (x, other) = (matrix(&x)?, other.as_ref().map(matrix).transpose()?);
    let others = other.as_ref().map_or(x.nrows(), DMatrix::nrows);
    // two kernels, and one more while each of them goes out
    let numbers = 3.0 * x.nrows() as f64 * others as f64;
    require_memory("kernels of so many examples", numbers)?;
    // The limit does not know widths: any number stands for infinity.
    let sizes = [vec![x.ncols()], vec![1; depth + 1]].concat();
    let architecture = form.architecture(&sizes)?;
    let pair = watched(py, None, move |_| {
        let kernel = LimitKernel::of(&architecture, Initialisation::Gaussian)?;
        match &other {
            None => kernel.train(&x),
            Some(other) => kernel.cross(&x, other),
        }
    })?;
    let pair = pair.map_err(|error: NetworkError| errors::network(&error))?;
    Ok((from_matrix(py, &pair.nngp)?, from_matrix(py, &pair.ntk)?))
}

/// `k(x, X) (K + ridge)^-1 T`.
#[pyfunction]
pub fn kernel_regression<'py>(
    py: Python<'py>,
    kernel: Table<'py>,
    targets: Table<'py>,
    cross: Table<'py>,
    ridge: f64,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let examples = kernel.as_array().nrows() as f64;
    // the kernel, and the factor or the eigenvectors with what they are made in
    require_memory("a regression on so many examples", 4.0 * examples.powi(2))?;
    let (kernel, targets, cross) = (matrix(&kernel)?, matrix(&targets)?, matrix(&cross)?);
    let outputs = watched(py, None, move |_| {
        KernelReadout::new(&kernel, &targets, ridge)?.outputs(&cross)
    })?;
    from_matrix(py, &outputs.map_err(|error| errors::value(&error))?)
}
