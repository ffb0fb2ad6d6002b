//! Predictive-coding networks: trained, relaxed, asked. Samples stand in rows.

use std::sync::{Arc, PoisonError, RwLock};

use nalgebra::DMatrix;
use numpy::{PyArray1, PyArray2};
use pulsatrix::networks::predictive::{
    Clamp, Dynamics, Feedback, PredictiveFlow, PredictiveNetwork as Network, RelaxOptions,
    Relaxation, State, relax,
};
use pulsatrix::networks::{Activation, NetworkError};
use pulsatrix::training::predictive::{EpochReport, Optimiser, Rule, Trainer, TrainingOptions};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};
use serde_json::json;

use crate::arrays::{
    Table, Vector, columns, from_columns, from_matrix, list, matrix, require_memory, word,
};
use crate::errors;
use crate::kernels::activation;
use crate::values::python;
use crate::watch::watched;

/// A network, class layer first.
#[pyclass(module = "pulsatrix._native", frozen)]
pub struct PredictiveNetwork(RwLock<Arc<Network>>);

/// How a network learns.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Learning {
    rule: String,
    /// Steps of a rule that takes a fixed number, and their size.
    steps: usize,
    step: f64,
    tolerance: f64,
    optimiser: String,
    rate: f64,
    final_rate: f64,
    weight_decay: f64,
    value_decay: f64,
    batch: usize,
    epochs: usize,
    biases: bool,
    shuffle: bool,
    seed: u64,
}

impl Learning {
    fn options(&self) -> PyResult<TrainingOptions> {
        let (steps, rate) = (self.steps, self.step);
        let rule = match self.rule.as_str() {
            "equilibrium" => Rule::Equilibrium(RelaxOptions {
                tolerance: self.tolerance,
                ..RelaxOptions::default()
            }),
            "steps" => Rule::Steps { steps, rate },
            "incremental" => Rule::Incremental { steps, rate },
            "zero-inference" => Rule::ZeroInference,
            "fixed-prediction" => Rule::FixedPrediction,
            "backpropagation" => Rule::Backpropagation,
            other => {
                return Err(PyValueError::new_err(format!(
                    "rule: `{other}`, expected one of `equilibrium`, `steps`, `incremental`, \
                     `zero-inference`, `fixed-prediction`, `backpropagation`"
                )));
            }
        };
        let rate = self.rate;
        let optimiser = match self.optimiser.as_str() {
            "adam" => Optimiser::adam(rate),
            "descent" => Optimiser::Descent { rate },
            "proximal" => Optimiser::Proximal { rate },
            other => {
                return Err(PyValueError::new_err(format!(
                    "optimiser: `{other}`, expected one of `adam`, `descent`, `proximal`"
                )));
            }
        };
        Ok(TrainingOptions {
            rule,
            optimiser,
            weight_decay: self.weight_decay,
            dynamics: dynamics(self.value_decay),
            batch: self.batch,
            epochs: self.epochs,
            final_rate: self.final_rate,
            biases: self.biases,
            shuffle: self.shuffle,
            seed: self.seed,
        })
    }
}

fn dynamics(value_decay: f64) -> Dynamics {
    Dynamics {
        value_decay,
        ..Dynamics::default()
    }
}

/// What is held while a network relaxes, from where, and how far.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Held<'py> {
    /// Images that are pulled to, or expected.
    images: Option<Table<'py>>,
    classes: Option<Table<'py>>,
    /// Which pixels are known.
    known: Option<Vec<bool>>,
    samples: usize,
    tolerance: f64,
    most: u64,
    method: String,
    value_decay: f64,
    keep_unconverged: bool,
}

impl PredictiveNetwork {
    fn network(&self) -> Arc<Network> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn new(network: Network) -> Self {
        Self(RwLock::new(Arc::new(network)))
    }
}

#[pymethods]
impl PredictiveNetwork {
    /// Random matrices.
    #[staticmethod]
    fn random(sizes: Vec<usize>, name: &str, feedback: &str, seed: u64) -> PyResult<Self> {
        let feedback: Feedback = word("feedback", feedback)?;
        let pairs = sizes.windows(2).map(|pair| pair[0] as f64 * pair[1] as f64);
        // matrices for both ways, and drawn ones for the way back
        require_memory("the matrices between such layers", 3.0 * pairs.sum::<f64>())?;
        let network = Network::random(&sizes, activation(name, 0.01)?, feedback, seed);
        network
            .map(Self::new)
            .map_err(|error| errors::network(&error))
    }

    /// From matrices of one's own; errors travel back through `feedback` if it is given.
    #[staticmethod]
    fn from_matrices(
        prediction: Vec<Table<'_>>,
        names: Vec<String>,
        feedback: Option<Vec<Table<'_>>>,
        biases: Option<Vec<Vector<'_>>>,
        variances: Option<Vec<f64>>,
    ) -> PyResult<Self> {
        let matrices = |all: &[Table<'_>]| all.iter().map(matrix).collect::<PyResult<Vec<_>>>();
        let activations = names.iter().map(|name| activation(name, 0.01));
        let activations: Vec<Activation> = activations.collect::<PyResult<_>>()?;
        let failed = |error: NetworkError| errors::network(&error);
        let mut network =
            Network::from_matrices(matrices(&prediction)?, activations).map_err(failed)?;
        if let Some(feedback) = feedback {
            network = network
                .with_feedback(matrices(&feedback)?)
                .map_err(failed)?;
        }
        if let Some(biases) = biases {
            let biases = biases.iter().map(|bias| Ok(list(bias)?.into()));
            let biases = biases.collect::<PyResult<Vec<_>>>()?;
            network = network.with_bias(biases).map_err(failed)?;
        }
        if let Some(variances) = variances {
            network = network.with_variances(&variances).map_err(failed)?;
        }
        Ok(Self::new(network))
    }

    /// Neurons in every layer, class first.
    #[getter]
    fn sizes(&self) -> Vec<usize> {
        self.network().sizes().to_vec()
    }

    /// The prediction matrices, class side first.
    #[getter]
    fn prediction<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyArray2<f64>>>> {
        let network = self.network();
        let all = 0..network.last();
        all.map(|layer| from_matrix(py, network.prediction(layer)))
            .collect()
    }

    /// The matrices through which errors travel back.
    #[getter]
    fn feedback<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyArray2<f64>>>> {
        let network = self.network();
        let all = 0..network.last();
        all.map(|layer| from_matrix(py, network.feedback(layer)))
            .collect()
    }

    /// The biases of every layer but the image.
    #[getter]
    fn biases<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyArray1<f64>>> {
        let network = self.network();
        let all = 0..network.last();
        all.map(|layer| PyArray1::from_slice(py, network.bias(layer).as_slice()))
            .collect()
    }

    /// Learns pairs of images and classes; gives the course by epochs.
    fn train<'py>(
        &self,
        py: Python<'py>,
        images: Table<'py>,
        classes: Table<'py>,
        learning: Learning,
        progress: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (images, classes) = (columns(&images)?, columns(&classes)?);
        let options = learning.options()?;
        let network = Network::clone(&self.network());
        let learnt = watched(py, progress.as_ref(), move |watch| {
            let mut trainer = Trainer::new(network, options)?;
            let batches = images.ncols().div_ceil(options.batch.max(1));
            watch.begin("batches", (batches * options.epochs) as u64);
            while !trainer.is_finished() {
                trainer.step(&images, &classes)?;
                watch.advance(1);
            }
            let reports: Vec<EpochReport> = trainer.reports().to_vec();
            Ok((trainer.into_network(), reports))
        })?;
        let (network, reports) = learnt.map_err(|error: NetworkError| errors::network(&error))?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(network);
        python(py, &json!(reports))
    }

    /// The class layer of a forward pass.
    fn outputs<'py>(
        &self,
        py: Python<'py>,
        images: Table<'py>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (network, images) = (self.network(), columns(&images)?);
        let values = watched(py, None, move |_| network.forward(&images))?;
        let values = values.map_err(|error| errors::network(&error))?;
        from_columns(py, &values[0])
    }

    /// Relaxes to equilibrium: values of every layer, and a verdict for every sample.
    fn relax<'py>(&self, py: Python<'py>, held: Held<'py>) -> PyResult<Bound<'py, PyDict>> {
        let network = self.network();
        let images = held.images.as_ref().map(columns).transpose()?;
        let classes = held.classes.as_ref().map(columns).transpose()?;
        let options = RelaxOptions {
            tolerance: held.tolerance,
            maximum_evaluations: held.most,
            method: word("method", &held.method)?,
            keep_unconverged: held.keep_unconverged,
            ..RelaxOptions::default()
        };
        let (known, samples, decay) = (held.known, held.samples, held.value_decay);
        let relaxed = watched(
            py,
            None,
            move |_| -> Result<(State, Relaxation), NetworkError> {
                let clamp = match (&known, &images, &classes) {
                    (Some(known), ..) => Clamp::complete(&network, known)?,
                    (None, Some(_), Some(_)) => Clamp::learn(&network),
                    (None, Some(_), None) => Clamp::classify(&network),
                    (None, None, Some(_)) => Clamp::generate(&network),
                    (None, None, None) => Clamp::free(&network),
                };
                let mut state = match &images {
                    Some(images) => State::forward(&network, images)?,
                    None => State::zero(&network, samples),
                };
                let image = images.unwrap_or_else(|| DMatrix::zeros(network.image_size(), samples));
                if let Some(classes) = &classes {
                    state = state.with_class(classes)?;
                }
                let flow = PredictiveFlow::new(&network, clamp, dynamics(decay), image)?;
                let relaxation = relax(&flow, &mut state, &options)?;
                Ok((state, relaxation))
            },
        )?;
        let (state, relaxation) = relaxed.map_err(|error| errors::network(&error))?;
        let found = PyDict::new(py);
        let values = state.values.iter().map(|layer| from_columns(py, layer));
        found.set_item("values", values.collect::<PyResult<Vec<_>>>()?)?;
        let errors = state.errors.iter().map(|layer| from_columns(py, layer));
        found.set_item("errors", errors.collect::<PyResult<Vec<_>>>()?)?;
        let samples = &relaxation.samples;
        let numbers = |of: fn(&pulsatrix::networks::predictive::Equilibrium) -> f64| {
            PyArray1::from_vec(py, samples.iter().map(of).collect())
        };
        found.set_item("energy", numbers(|sample| sample.energy))?;
        found.set_item("residual", numbers(|sample| sample.residual))?;
        let converged = samples.iter().map(|sample| sample.converged).collect();
        found.set_item("converged", PyArray1::<bool>::from_vec(py, converged))?;
        let evaluations = samples.iter().map(|sample| sample.evaluations).collect();
        found.set_item("evaluations", PyArray1::<u64>::from_vec(py, evaluations))?;
        found.set_item("method", python(py, &json!(relaxation.method))?)?;
        Ok(found)
    }

    /// From the text of a pickle.
    #[staticmethod]
    fn from_text(text: &str) -> PyResult<Self> {
        let network = serde_json::from_str(text);
        network
            .map(Self::new)
            .map_err(|error| errors::value(&error))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        let text = serde_json::to_string(&*slf.get().network());
        let text = text.map_err(|error| errors::value(&error))?;
        let class: Bound<'py, PyType> = slf.py().get_type::<Self>();
        Ok((class.getattr("from_text")?, (text,)))
    }
}
