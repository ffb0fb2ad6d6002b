//! Incremental predictive coding: weights learn at every step of the values.

use nalgebra::DMatrix;

use super::{Gradient, RuleOutcome, Stepper};
use crate::networks::NetworkError;
use crate::networks::predictive::{
    Clamp, Dynamics, ErrorNodes, PredictiveFlow, PredictiveNetwork, Scheme, State, stable_step,
};

/// Constants of [`incremental`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Incremental {
    /// Steps of values and weights.
    pub steps: usize,
    /// Size of a step of the values, in the unit of `tau`.
    pub rate: f64,
    /// Weight decay.
    pub weight_decay: f64,
    /// Factor of the rate of the weights.
    pub factor: f64,
    /// Whether biases learn.
    pub biases: bool,
}

/// Takes `steps` Euler steps of the values from the forward pass, and a step of the weights after
/// each of them instead of one at the end. With weights that do not move this is the rule of fixed
/// steps, [`Rule::Steps`](super::Rule::Steps).
///
/// T. Salvatori, Y. Song, Y. Yordanov, B. Millidge, Z. Xu, L. Sha, C. Emde, R. Bogacz, T. Lukasiewicz,
/// "A stable, fast, and fully automatic learning algorithm for predictive coding networks", ICLR 2024,
/// arXiv:2212.00720.
///
/// # Errors
/// Shapes that do not fit; [`NetworkError::UnstableStep`] if values leave the finite numbers.
pub fn incremental(
    network: &mut PredictiveNetwork,
    stepper: &mut Stepper,
    image: &DMatrix<f64>,
    class: &DMatrix<f64>,
    dynamics: Dynamics,
    constants: Incremental,
) -> Result<RuleOutcome, NetworkError> {
    // the step is in units of tau, and the errors follow the values at once
    let dynamics = Dynamics {
        tau: 1.0,
        errors: ErrorNodes::Instantaneous,
        ..dynamics
    };
    let forward = State::forward(network, image)?;
    let mut state = forward.clone().with_class(class)?;
    let mut gradient = Gradient::empty();
    let (mut energy, mut residual) = (0.0, 0.0);
    for step in 1..=constants.steps {
        let clamp = Clamp::learn(network);
        let flow = PredictiveFlow::new(network, clamp, dynamics, image.clone())?;
        Scheme::Euler.step(&flow, &mut state, constants.rate);
        flow.settle_errors(&mut state);
        gradient = Gradient::hebbian(network, &state.values, &state.errors, constants.biases);
        if step == constants.steps {
            energy = flow.energy(&state).iter().sum::<f64>() / image.ncols() as f64;
            residual = flow.residual(&state).into_iter().fold(0.0, f64::max);
        }
        if !gradient.norm().is_finite() {
            return Err(NetworkError::UnstableStep {
                scheme: Scheme::Euler.name(),
                step: constants.rate,
                limit: stable_step(&flow, &forward, Scheme::Euler),
            });
        }
        stepper.step(network, &gradient, constants.weight_decay, constants.factor);
    }
    Ok(RuleOutcome {
        gradient,
        energy,
        evaluations: constants.steps as u64,
        residual,
        values: state.values,
    })
}
