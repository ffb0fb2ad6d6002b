//! Incremental predictive coding: weights learn at every step of the values.

use nalgebra::DMatrix;

use super::rule::{mean, sinks};
use super::{Gradient, Rule, RuleOutcome, Stepper};
use crate::networks::NetworkError;
use crate::networks::predictive::{
    Clamp, Dynamics, ErrorNodes, PredictiveFlow, PredictiveNetwork, Scheme, State, stable_step,
};
use crate::numerics::worst::worst;

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
/// Shapes and constants that do not fit; [`NetworkError::UnstableStep`] if values leave the finite
/// numbers, or an energy rises that they should descend. Network and stepper stay as they were then.
pub fn incremental(
    network: &mut PredictiveNetwork,
    stepper: &mut Stepper,
    image: &DMatrix<f64>,
    class: &DMatrix<f64>,
    dynamics: Dynamics,
    constants: Incremental,
) -> Result<RuleOutcome, NetworkError> {
    let Incremental { steps, rate, .. } = constants;
    Rule::Incremental { steps, rate }.check()?;
    let (mut learning, mut moments) = (network.clone(), stepper.clone());
    // the step is in units of tau, and the errors follow the values at once
    let dynamics = Dynamics {
        tau: 1.0,
        errors: ErrorNodes::Instantaneous,
        ..dynamics
    };
    let forward = State::forward(network, image)?;
    let mut state = forward.clone().with_class(class)?;
    let start = {
        let flow = PredictiveFlow::new(network, Clamp::learn(network), dynamics, image.clone())?;
        mean(&flow.energy(&state))
    };
    let mut gradient = Gradient::empty();
    let (mut energy, mut residual) = (0.0, 0.0);
    for step in 1..=steps {
        let clamp = Clamp::learn(&learning);
        let flow = PredictiveFlow::new(&learning, clamp, dynamics, image.clone())?;
        // Weights have moved since the start: only with these may the energy of the values not rise.
        let before = if flow.has_energy() {
            mean(&flow.energy(&state))
        } else {
            start
        };
        Scheme::Euler.step(&flow, &mut state, constants.rate);
        flow.settle_errors(&mut state);
        gradient = Gradient::hebbian(&learning, &state.values, &state.errors, constants.biases);
        energy = mean(&flow.energy(&state));
        if step == steps {
            residual = worst(flow.residual(&state));
        }
        if !(sinks(&flow, before, energy) && gradient.norm().is_finite()) {
            let clamp = Clamp::learn(network);
            let flow = PredictiveFlow::new(network, clamp, dynamics, image.clone())?;
            return Err(NetworkError::UnstableStep {
                scheme: Scheme::Euler.name(),
                step: rate,
                limit: stable_step(&flow, &forward, Scheme::Euler),
            });
        }
        let Incremental {
            weight_decay,
            factor,
            ..
        } = constants;
        moments.step(&mut learning, &gradient, weight_decay, factor);
    }
    (*network, *stepper) = (learning, moments);
    Ok(RuleOutcome {
        gradient,
        energy,
        evaluations: steps as u64,
        residual,
        values: state.values,
    })
}
