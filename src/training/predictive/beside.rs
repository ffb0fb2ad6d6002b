//! Predictive coding and backpropagation from the same weights, side by side.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::{LearningFlow, Rule};
use crate::networks::deep::{DeepNetwork, DifferentiableModel};
use crate::networks::predictive::{Dynamics, PredictiveNetwork, RelaxOptions, one_hot};
use crate::networks::{Activation, NetworkError};
use crate::solver::{Options, OrdinaryMethod, Save, solve_ordinary};
use crate::training::flow::{FlowError, FlowMethod, GradientFlow, Squared, follow};

/// Both flows of one network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BesideBackpropagation {
    /// Mean of `1/2 |f - y|^2` of the predicted classes: backpropagation, predictive coding.
    pub losses: [Vec<f64>; 2],
    /// Equilibrated energy along the flow of predictive coding.
    pub energy: Vec<f64>,
    /// Distance of the two lists of weights over that which backpropagation has gone.
    pub apart: Vec<f64>,
    /// Share of the tests that is classified right, at the end.
    pub right: [f64; 2],
}

/// The predictive-coding network that computes the same classes as a deep tanh network without biases.
///
/// # Errors
/// If the layers do not make one.
pub fn as_predictive(
    deep: &DeepNetwork,
    parameters: &[f64],
) -> Result<PredictiveNetwork, NetworkError> {
    let layers = deep.layers().iter().rev();
    let matrices = layers.map(|layer| layer.weight_matrix(parameters).into_owned());
    let matrices: Vec<DMatrix<f64>> = matrices.collect();
    let mut activations = vec![Activation::Tanh; matrices.len()];
    if let Some(image) = activations.last_mut() {
        *image = Activation::Identity;
    }
    PredictiveNetwork::from_matrices(matrices, activations)
}

/// Images, one column each, and their classes.
pub type Labelled<'a> = (&'a DMatrix<f64>, &'a [usize]);

/// Follows both flows of a deep tanh network through `times`, ascending, from the same weights `start`.
///
/// # Errors
/// Those of the flows and of the relaxation.
pub fn beside_backpropagation(
    deep: &DeepNetwork,
    start: &[f64],
    classes: usize,
    train: Labelled<'_>,
    test: Labelled<'_>,
    times: &[f64],
    tolerance: f64,
) -> Result<BesideBackpropagation, FlowError> {
    let examples = train.1.len() as f64;
    let class = one_hot(train.1, classes)?;
    let (inputs, targets) = (train.0.transpose(), class.transpose());
    let end = times.last().copied().unwrap_or(0.0);
    let options = Options {
        absolute_tolerance: 1e-2 * tolerance,
        ..Options::with_tolerance(tolerance)
    };

    // The energy is a mean over the batch, the loss of a gradient flow a sum: its time runs as many
    // times slower as there are examples.
    let flow = GradientFlow::new(deep, &inputs, &targets, &Squared)?;
    let save = Save::At(times.iter().map(|time| time / examples).collect());
    let back = follow(
        &flow,
        start,
        end / examples,
        FlowMethod::Dopri5,
        &options,
        &save,
    )?;

    // The error of an equilibrium must not be seen in that of a step.
    let relax = RelaxOptions {
        tolerance: 1e-2 * tolerance,
        ..RelaxOptions::default()
    };
    let coding = LearningFlow::new(
        as_predictive(deep, start)?,
        Rule::Equilibrium(relax),
        Dynamics::default(),
        train.0,
        &class,
    )?;
    let (method, save) = (OrdinaryMethod::Dopri5, Save::At(times.to_vec()));
    let coded = solve_ordinary(&coding, start, (0.0, end), method, &options, &save)?;

    let mut found = BesideBackpropagation {
        losses: [Vec::new(), Vec::new()],
        energy: Vec::new(),
        apart: Vec::new(),
        right: [0.0; 2],
    };
    let distance = |a: &[f64], b: &[f64]| {
        let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
        squares.sum::<f64>().sqrt()
    };
    for index in 0..times.len() {
        let states = [back.state(index), coded.state(index)];
        for (losses, state) in found.losses.iter_mut().zip(states) {
            let outputs = deep.outputs(state, &inputs)?;
            losses.push(flow.loss().value(&outputs, &targets) / examples);
        }
        found.energy.push(coding.outcome(states[1])?.energy);
        let gone = distance(states[0], start).max(f64::MIN_POSITIVE);
        found.apart.push(distance(states[0], states[1]) / gone);
    }
    let tests = test.0.transpose();
    for (right, state) in found.right.iter_mut().zip([back.last(), coded.last()]) {
        let outputs = deep.outputs(state, &tests)?;
        let rows = outputs.row_iter().zip(test.1);
        let hits = rows
            .filter(|(row, label)| row.transpose().imax() == **label)
            .count();
        *right = hits as f64 / tests.nrows() as f64;
    }
    Ok(found)
}
