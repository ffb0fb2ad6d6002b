//! Small predictive-coding problems that several tests share.

use nalgebra::{DMatrix, dmatrix};
use pulsatrix::networks::predictive::*;

/// The three matrices that several known answers share, from the image side to the class side.
pub fn three(activation: Activation) -> PredictiveNetwork {
    let w1 = dmatrix![1.0, 2.0; 0.0, -1.0; 0.5, 0.5];
    let w2 = dmatrix![1.0, 0.0, -1.0; 0.5, 1.0, 0.0];
    let w3 = dmatrix![1.0, -1.0; 2.0, 0.5];
    PredictiveNetwork::from_matrices(vec![w3, w2, w1], vec![activation; 3]).unwrap()
}

pub fn x() -> DMatrix<f64> {
    dmatrix![1.0; -1.0]
}

pub fn y() -> DMatrix<f64> {
    dmatrix![0.5; -1.0]
}

pub fn chain(weights: &[f64]) -> PredictiveNetwork {
    let matrices: Vec<_> = weights.iter().map(|w| dmatrix![*w]).collect();
    let activations = vec![Activation::Identity; weights.len()];
    PredictiveNetwork::from_matrices(matrices, activations).unwrap()
}

pub fn dynamic() -> Dynamics {
    Dynamics {
        errors: ErrorNodes::Dynamic,
        ..Dynamics::default()
    }
}

pub fn tight(method: Method) -> RelaxOptions {
    RelaxOptions {
        tolerance: 1e-12,
        method,
        ..RelaxOptions::default()
    }
}

/// A learning flow from the forward pass, relaxed.
pub fn learn(
    network: &PredictiveNetwork,
    image: &DMatrix<f64>,
    class: &DMatrix<f64>,
    options: &RelaxOptions,
) -> (State, Relaxation) {
    let clamp = Clamp::learn(network);
    let flow = PredictiveFlow::new(network, clamp, Dynamics::default(), image.clone()).unwrap();
    let start = State::forward(network, image).unwrap();
    let mut state = start.with_class(class).unwrap();
    let found = relax(&flow, &mut state, options).unwrap();
    (state, found)
}

pub fn at_rest<'a>(
    network: &'a PredictiveNetwork,
    image: &DMatrix<f64>,
    clamp: Clamp,
    dynamics: Dynamics,
) -> (PredictiveFlow<'a>, State) {
    let flow = PredictiveFlow::new(network, clamp, dynamics, image.clone()).unwrap();
    let state = State::zero(network, image.ncols());
    (flow, state)
}

pub fn minimum_norm_inputs() -> DMatrix<f64> {
    DMatrix::from_row_slice(
        2,
        3,
        &[
            -0.668_920_751_432_983_8,
            0.100_208_732_044_212_21,
            0.721_743_604_222_115_7,
            0.235_867_447_877_988_08,
            0.892_492_774_227_876_3,
            0.121_715_943_076_722_51,
        ],
    )
    .transpose()
}
