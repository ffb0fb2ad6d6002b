//! Learning while a pair is held: values, errors and weights as one flow.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::Gradient;
use crate::networks::NetworkError;
use crate::networks::predictive::{
    Clamp, Dynamics, ErrorNodes, PredictiveFlow, PredictiveNetwork, Scheme, State, stable_step,
};

/// Constants of continuous learning, after Sun and Orchard 2020.
///
/// ```text
/// gamma M_l' = 1/B e_l sigma(v_{l+1})^T - lambda_w M_l       (W_l the transposed term)
/// ```
///
/// during every hold, after its blackout. Values and errors go on from where the last hold left
/// them. Forward Euler, as published, but for the decay: over a step it is the exact exponential,
/// so that unused weights follow `exp(-lambda_w t / gamma)` to the last digit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Hold {
    /// Time constant of values and errors.
    pub tau: f64,
    /// Time constant of the weights.
    pub gamma: f64,
    /// Step of the integration.
    pub step: f64,
    /// Duration of a hold.
    pub duration: f64,
    /// Time at the start of each hold in which the weights rest.
    pub blackout: f64,
    /// Weight decay `lambda_w`.
    pub weight_decay: f64,
    /// Value decay `lambda_v`.
    pub value_decay: f64,
    /// Whether biases learn.
    pub biases: bool,
}

impl Default for Hold {
    /// The toy of the paper: tau 0.02, gamma 0.1, step 0.001, hold 5, blackout 2, decay 0.05.
    fn default() -> Self {
        Self {
            tau: 0.02,
            gamma: 0.1,
            step: 0.001,
            duration: 5.0,
            blackout: 2.0,
            weight_decay: 0.05,
            value_decay: 0.0,
            biases: false,
        }
    }
}

/// Most steps of a hold: hours of the smallest network.
const MOST_STEPS: f64 = 1e9;

/// Values this many times the data are taken for an instability: chosen, far above the values at rest
/// and far below the largest number.
const GROWN: f64 = 1e6;

/// Whether values and errors have stayed below `largest`. Weights show in the errors of what they predict,
/// also where no value feels them.
fn bounded(network: &PredictiveNetwork, state: &State, largest: f64) -> bool {
    let values = state.values.iter().flatten().all(|v| v.abs() <= largest);
    let mut errors = state.errors.iter().enumerate();
    values
        && errors.all(|(layer, e)| {
            e.iter()
                .all(|e| (e * network.variance(layer)).abs() <= largest)
        })
}

impl Hold {
    /// Holds a batch of pairs on a network: advances `state` and the weights by `duration`.
    ///
    /// # Errors
    /// Shapes and constants that do not fit; [`NetworkError::UnstableStep`] if values or errors grow beyond
    /// a million times the data, [`NetworkError::UnstableWeights`] if the step is not to blame for it.
    /// Network and state stay as they were then.
    pub fn run(
        &self,
        network: &mut PredictiveNetwork,
        state: &mut State,
        image: &DMatrix<f64>,
        class: &DMatrix<f64>,
    ) -> Result<(), NetworkError> {
        let (mut learning, mut moving) = (network.clone(), state.clone());
        self.advance(&mut learning, &mut moving, image, class)?;
        (*network, *state) = (learning, moving);
        Ok(())
    }

    /// Whether the constants are in their ranges, and the numbers of steps and of those at rest.
    fn steps(&self) -> Result<(usize, usize), NetworkError> {
        let refuse = |name, value, requirement| {
            Err(NetworkError::OutOfRange {
                name,
                value,
                requirement,
            })
        };
        for (name, value) in [
            ("tau", self.tau),
            ("gamma", self.gamma),
            ("step", self.step),
        ] {
            if !(value > 0.0 && value.is_finite()) {
                return refuse(name, value, "it is positive and finite");
            }
        }
        for (name, value) in [
            ("duration", self.duration),
            ("blackout", self.blackout),
            ("weight_decay", self.weight_decay),
            ("value_decay", self.value_decay),
        ] {
            if !(value >= 0.0 && value.is_finite()) {
                return refuse(name, value, "it is finite and not negative");
            }
        }
        let steps = (self.duration / self.step).round();
        if steps > MOST_STEPS {
            return refuse("step", self.step, "a hold takes at most 1e9 steps");
        }
        let rest = (self.blackout / self.step).round();
        Ok((steps as usize, rest.min(MOST_STEPS) as usize))
    }

    fn advance(
        &self,
        network: &mut PredictiveNetwork,
        state: &mut State,
        image: &DMatrix<f64>,
        class: &DMatrix<f64>,
    ) -> Result<(), NetworkError> {
        let (steps, rest) = self.steps()?;
        if state.samples() != image.ncols() {
            *state = State::zero(network, image.ncols());
        }
        let held = std::mem::replace(state, State::zero(network, 0));
        *state = held.with_class(class)?;
        let dynamics = Dynamics {
            tau: self.tau,
            value_decay: self.value_decay,
            errors: ErrorNodes::Dynamic,
            ..Dynamics::default()
        };
        let ratio = self.step / self.gamma;
        let keep = (-self.weight_decay * ratio).exp();
        // Integral of the decay over a step; the limit is the step itself.
        let rate = if self.weight_decay == 0.0 {
            ratio
        } else {
            -(-self.weight_decay * ratio).exp_m1() / self.weight_decay
        };
        let limit = {
            // Once values have left the finite numbers, so have the weights: the limit is that of
            // the network as it was.
            let clamp = Clamp::learn(network);
            let flow = PredictiveFlow::new(network, clamp, dynamics, image.clone())?;
            flow.check(state)?;
            stable_step(&flow, &State::zero(network, image.ncols()), Scheme::Euler)
        };
        let largest = GROWN * image.amax().max(class.amax()).max(1.0);
        let mut slope = state.clone();
        for step in 0..steps {
            // All increments come from the old state, as published.
            let learns = step >= rest;
            let gradient = learns
                .then(|| Gradient::hebbian(network, &state.values, &state.errors, self.biases));
            {
                let clamp = Clamp::learn(network);
                let flow = PredictiveFlow::new(network, clamp, dynamics, image.clone())?;
                flow.derivative(state, &mut slope);
                state.add(self.step, &slope);
                let watched = step % 100 == 99 || step + 1 == steps;
                if watched && !bounded(network, state, largest) {
                    return Err(if self.step < limit {
                        NetworkError::UnstableWeights { gamma: self.gamma }
                    } else {
                        NetworkError::UnstableStep {
                            scheme: Scheme::Euler.name(),
                            step: self.step,
                            limit,
                        }
                    });
                }
            }
            if let Some(gradient) = gradient {
                for layer in 0..network.last() {
                    network.update(layer, |m, w, b| {
                        *m *= keep;
                        *m += &gradient.prediction[layer] * rate;
                        if let Some(term) = gradient.feedback.get(layer) {
                            *w *= keep;
                            *w += term * rate;
                        }
                        if let Some(term) = gradient.bias.get(layer) {
                            *b += term * ratio;
                        }
                    });
                }
            }
        }
        Ok(())
    }
}
