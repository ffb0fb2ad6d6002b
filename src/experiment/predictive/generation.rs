//! Images that a network generates from its classes, and how they compare with what it was shown.

use nalgebra::{DMatrix, DVector, DVectorView};
use serde_json::{Value, json};

use super::figures::{Descent, FLOOR};
use super::{Reached, cosine};
use crate::experiment::RunError;
use crate::experiment::table::Table;
use crate::figures::{Axis, Lines, Look, Series};
use crate::networks::predictive::{
    Clamp, Dynamics, ErrorNodes, PredictiveFlow, PredictiveNetwork, RelaxOptions, State, relax,
    time_course,
};
use crate::numerics::quasi_newton::Round;
use crate::solver::{Options, OrdinaryMethod};

/// Times at which a course is kept.
const SAMPLES: usize = 60;

/// One image a class, generated at equilibrium.
pub(super) struct Picture {
    pub value_decay: f64,
    /// One column a class.
    pub images: DMatrix<f64>,
    energies: Vec<f64>,
    /// What the network itself sees in every image.
    own: Vec<usize>,
    /// Correlation of every image (rows) with every class mean (columns).
    correlations: DMatrix<f64>,
    pub reached: Reached,
    pub history: Vec<Round>,
}

/// Generates an image of every class: from the state zero with value decay, where the equilibrium is
/// found from anywhere, and from a random state without, where it remembers its start.
pub(super) fn generate(
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
    let images = state.values[network.last()].clone();
    Ok(Picture {
        value_decay: dynamics.value_decay,
        own: network.classify(&images)?,
        correlations: DMatrix::from_fn(classes, means.ncols(), |k, mean| {
            correlation(images.column(k), means.column(mean))
        }),
        images,
        energies: found.samples.iter().map(|sample| sample.energy).collect(),
        reached: Reached::of(&found),
        history: found.history,
    })
}

fn correlation(a: DVectorView<'_, f64>, b: DVectorView<'_, f64>) -> f64 {
    let centred = |x: DVectorView<'_, f64>| -> DVector<f64> { x.add_scalar(-x.mean()) };
    cosine(centred(a).column(0), centred(b).column(0))
}

impl Picture {
    /// Images that the network itself gives their class.
    pub fn classified(&self) -> usize {
        self.own
            .iter()
            .enumerate()
            .filter(|(k, own)| k == *own)
            .count()
    }

    /// Images that correlate best with the mean of their own class.
    pub fn matched(&self) -> usize {
        let rows = self.correlations.row_iter().enumerate();
        rows.filter(|(k, row)| row.transpose().argmax().0 == *k)
            .count()
    }

    /// Mean correlation with the own class mean.
    pub fn correlation(&self) -> f64 {
        self.correlations.diagonal().mean()
    }

    /// Mean energy.
    pub fn energy(&self) -> f64 {
        self.energies.iter().sum::<f64>() / self.energies.len().max(1) as f64
    }

    pub fn report(&self) -> Value {
        json!({
            "value_decay": self.value_decay,
            "equilibrium": self.reached.report(),
            "energies": self.energies,
            "norms": self.images.column_iter().map(|image| image.norm()).collect::<Vec<_>>(),
            "correlations": self.correlations.diagonal().as_slice(),
            "best_match": self.matched(),
            "classified": self.classified(),
        })
    }
}

/// The published way to the same images: error nodes with dynamics, from the state zero, for a time.
pub(super) struct Course {
    duration: f64,
    /// Distance from the equilibrium over its size at the end, for every class.
    away: Vec<f64>,
    evaluations: u64,
    pub descent: Descent,
    /// Mean weighted squared error of every layer at the times of the descent.
    layers: Vec<Vec<f64>>,
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
    let times: Vec<f64> = (1..=SAMPLES)
        .map(|k| duration * k as f64 / SAMPLES as f64)
        .collect();
    let options = Options::with_tolerance(1e-4);
    let found = time_course(&flow, &zero, &times, OrdinaryMethod::Dopri5, &options)?;
    let end = found.states.last().unwrap_or(&zero);
    let image = network.last();
    let pairs = end.values[image]
        .column_iter()
        .zip(rest.images.column_iter());
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / classes as f64;
    let largest = |values: Vec<f64>| values.into_iter().fold(0.0, f64::max);
    Ok(Course {
        duration,
        away: pairs
            .map(|(end, rest)| (end - rest).norm() / rest.norm())
            .collect(),
        evaluations: found.statistics.evaluations,
        layers: found
            .states
            .iter()
            .map(|s| flow.errors_by_layer(s))
            .collect(),
        descent: Descent {
            label: String::new(),
            energy: found.states.iter().map(|s| mean(flow.energy(s))).collect(),
            residual: found
                .states
                .iter()
                .map(|s| largest(flow.residual(s)))
                .collect(),
            at: times,
        },
    })
}

impl Course {
    pub fn words(&self) -> String {
        let least = self.away.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.away.iter().copied().fold(0.0, f64::max);
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
        let layers = self.layers.first().map_or(0, Vec::len);
        let columns = ["t", "energy", "residual"].map(str::to_owned);
        let more = (0..layers).map(|layer| format!("errors_{layer}"));
        let mut table = Table::new(columns.into_iter().chain(more));
        let descent = &self.descent;
        for (k, layers) in self.layers.iter().enumerate() {
            let row = [descent.at[k], descent.energy[k], descent.residual[k]];
            table.push(row.iter().chain(layers).map(|x| (*x).into()));
        }
        table
    }

    /// The errors of every layer against time.
    pub fn errors(&self) -> Lines {
        let layers = self.layers.first().map_or(0, Vec::len);
        let series = (0..layers).filter_map(|layer| {
            let points = self.descent.at.iter().zip(&self.layers);
            let points: Vec<(f64, f64)> = points
                .map(|(t, layers)| (*t, layers[layer]))
                .filter(|(_, error)| *error > FLOOR)
                .collect();
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

    pub fn report(&self) -> Value {
        json!({
            "duration": self.duration,
            "away_from_equilibrium": self.away,
            "evaluations": self.evaluations,
            "energy": self.descent.energy.last(),
            "residual": self.descent.residual.last(),
        })
    }
}
