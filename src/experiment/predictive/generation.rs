//! Images that a network generates from its classes, and how they compare with what it was shown.

use nalgebra::{DMatrix, DVector, DVectorView};
use serde::{Deserialize, Serialize};

use super::cosine;
use super::figures::{Descent, FLOOR};
use crate::experiment::{Array, RunError, Table};
use crate::figures::{Axis, Lines, Look, Series};
use crate::networks::predictive::{
    Clamp, Dynamics, ErrorNodes, PredictiveFlow, PredictiveNetwork, Reached, RelaxOptions, State,
    relax, time_course,
};
use crate::numerics::quasi_newton::Round;
use crate::numerics::worst::worst;
use crate::solver::{Options, OrdinaryMethod};

/// Times at which a course is kept: enough for a curve.
const SAMPLES: usize = 60;

/// One image a class, generated at equilibrium.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Picture {
    /// Decay of the values.
    pub value_decay: f64,
    /// What came of the relaxation.
    pub equilibrium: Reached,
    /// Energy of every image.
    pub energies: Vec<f64>,
    /// Euclidean norm of every image.
    pub norms: Vec<f64>,
    /// Correlation of every image with the mean of its class.
    pub correlations: Vec<f64>,
    /// Images that correlate best with the mean of their own class.
    pub best_match: usize,
    /// Images that the network itself gives their class.
    pub classified: usize,
    /// One row an image.
    pub images: Array,
    /// The relaxation, round by round.
    pub history: Vec<Round>,
}

/// Generates an image of every class: from the state zero with value decay, where the equilibrium is
/// found from anywhere, and from a random state without, where it remembers its start.
pub(super) fn generate(
    name: String,
    network: &PredictiveNetwork,
    dynamics: Dynamics,
    options: &RelaxOptions,
    means: &DMatrix<f64>,
    seed: u64,
) -> Result<Picture, RunError> {
    let classes = network.class_size();
    let start = if dynamics.value_decay > 0.0 {
        State::zero(network, classes)
    } else {
        State::random(network, classes, 0.5, seed)
    };
    let mut state = start.with_class(&DMatrix::identity(classes, classes))?;
    let blank = DMatrix::zeros(network.image_size(), classes);
    let flow = PredictiveFlow::new(network, Clamp::generate(network), dynamics, blank)?;
    let found = relax(&flow, &mut state, options)?;
    let images = &state.values[network.last()];
    let correlations = DMatrix::from_fn(classes, means.ncols(), |k, mean| {
        correlation(images.column(k), means.column(mean))
    });
    let best = correlations.row_iter().enumerate();
    let own = network.classify(images)?;
    Ok(Picture {
        value_decay: dynamics.value_decay,
        equilibrium: Reached::of(&found),
        energies: found.samples.iter().map(|sample| sample.energy).collect(),
        norms: images.column_iter().map(|image| image.norm()).collect(),
        best_match: best
            .filter(|(k, row)| row.transpose().argmax().0 == *k)
            .count(),
        classified: own.iter().enumerate().filter(|(k, own)| k == *own).count(),
        correlations: correlations.diagonal().as_slice().to_vec(),
        images: columns(name, images).along(
            ["class", "pixel, row by row"],
            "grey level, as the images were scaled",
        ),
        history: found.history,
    })
}

/// The columns of a matrix as the rows of an array.
pub(super) fn columns(name: String, matrix: &DMatrix<f64>) -> Array {
    Array::rows(name, matrix.nrows(), matrix.as_slice().to_vec())
}

fn correlation(a: DVectorView<'_, f64>, b: DVectorView<'_, f64>) -> f64 {
    let centred = |x: DVectorView<'_, f64>| -> DVector<f64> { x.add_scalar(-x.mean()) };
    cosine(centred(a).column(0), centred(b).column(0))
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

impl Picture {
    /// Mean correlation with the own class mean.
    pub fn correlation(&self) -> f64 {
        mean(&self.correlations)
    }

    /// Mean energy.
    pub fn energy(&self) -> f64 {
        mean(&self.energies)
    }

    /// One column an image.
    pub fn columns(&self) -> DMatrix<f64> {
        let pixels = self.images.shape.get(1).copied().unwrap_or(1);
        DMatrix::from_column_slice(
            pixels,
            self.images.values.len() / pixels,
            &self.images.values,
        )
    }
}

/// The published way to the same images: error nodes with dynamics, from the state zero, for a time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Course {
    /// Seconds.
    pub duration: f64,
    /// Distance from the equilibrium over its size at the end, for every class.
    pub away_from_equilibrium: Vec<f64>,
    /// Evaluations of the flow.
    pub evaluations: u64,
    /// Times at which it is looked at.
    pub times: Vec<f64>,
    /// Mean energy then.
    pub energy: Vec<f64>,
    /// Largest residual then.
    pub residual: Vec<f64>,
    /// Mean weighted squared error of every layer then.
    pub errors_by_layer: Vec<Vec<f64>>,
}

/// Follows the flow to `duration` with error control, and measures how far from `rest` it ends.
pub(super) fn course(
    network: &PredictiveNetwork,
    dynamics: Dynamics,
    tau: f64,
    duration: f64,
    rest: &Picture,
) -> Result<Course, RunError> {
    let classes = network.class_size();
    let dynamics = Dynamics {
        tau,
        errors: ErrorNodes::Dynamic,
        ..dynamics
    };
    let blank = DMatrix::zeros(network.image_size(), classes);
    let flow = PredictiveFlow::new(network, Clamp::generate(network), dynamics, blank)?;
    let zero = State::zero(network, classes).with_class(&DMatrix::identity(classes, classes))?;
    let time = |k: usize| duration * k as f64 / SAMPLES as f64;
    let times: Vec<f64> = (1..=SAMPLES).map(time).collect();
    let options = Options::with_tolerance(1e-4);
    let found = time_course(&flow, &zero, &times, OrdinaryMethod::Dopri5, &options)?;
    let (states, rest) = (&found.states, rest.columns());
    let end = states.last().unwrap_or(&zero);
    let pairs = end.values[network.last()]
        .column_iter()
        .zip(rest.column_iter());
    Ok(Course {
        duration,
        away_from_equilibrium: pairs
            .map(|(end, rest)| (end - rest).norm() / rest.norm())
            .collect(),
        evaluations: found.statistics.evaluations,
        energy: states
            .iter()
            .map(|state| mean(&flow.energy(state)))
            .collect(),
        residual: states
            .iter()
            .map(|state| worst(flow.residual(state)))
            .collect(),
        errors_by_layer: states
            .iter()
            .map(|state| flow.errors_by_layer(state))
            .collect(),
        times,
    })
}

impl Course {
    /// How far it has come.
    pub fn words(&self) -> String {
        let away = &self.away_from_equilibrium;
        let least = away.iter().copied().fold(f64::INFINITY, f64::min);
        let most = away.iter().copied().fold(0.0, f64::max);
        format!(
            "after {} s from the state zero the images are {:.1} to {:.1} % away from equilibrium ({} evaluations)",
            self.duration,
            100.0 * least,
            100.0 * most,
            self.evaluations
        )
    }

    /// Energy, residual, and the energy that sits in the errors of every layer, against time.
    pub fn table(&self) -> Table {
        let layers = self.errors_by_layer.first().map_or(0, Vec::len);
        let columns = ["t", "energy", "residual"].map(str::to_owned);
        let more = (0..layers).map(|layer| format!("errors_{layer}"));
        let mut table = Table::new(columns.into_iter().chain(more));
        for (k, layers) in self.errors_by_layer.iter().enumerate() {
            let row = [self.times[k], self.energy[k], self.residual[k]];
            table.push(row.iter().chain(layers).map(|x| (*x).into()));
        }
        table
    }

    /// Energy and residual against time.
    pub(super) fn descent(&self) -> Descent {
        Descent {
            label: String::new(),
            at: self.times.clone(),
            energy: self.energy.clone(),
            residual: self.residual.clone(),
        }
    }

    /// The errors of every layer against time.
    pub fn errors(&self) -> Lines {
        let layers = self.errors_by_layer.first().map_or(0, Vec::len);
        let series = (0..layers).filter_map(|layer| {
            let points = self.times.iter().zip(&self.errors_by_layer);
            let points = points.map(|(t, layers)| (*t, layers[layer]));
            let points: Vec<(f64, f64)> = points.filter(|(_, error)| *error > FLOOR).collect();
            let label = format!("layer {layer}");
            (!points.is_empty()).then(|| Series::new(label, points, Look::Line))
        });
        Lines {
            title: "Where the energy sits while the first network generates".into(),
            subtitle: "layer 0 is the class, the last one the image; mean over the classes".into(),
            x: Axis::linear("time t (s)"),
            y: Axis::logarithmic("energy in the errors of a layer"),
            series: series.collect(),
            ..Lines::default()
        }
    }
}
