//! Learning rules: from a batch to directions for the weights.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::Gradient;
use crate::networks::NetworkError;
use crate::networks::predictive::product::multiply;
use crate::networks::predictive::{
    Clamp, Dynamics, ErrorNodes, PredictiveFlow, PredictiveNetwork, RelaxOptions, Scheme, State,
    relax,
};
use crate::numerics::worst::worst;

/// How a batch of pairs becomes directions for the weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Values at equilibrium: the exact gradient of the equilibrated energy.
    Equilibrium(RelaxOptions),
    /// A fixed number of Euler steps from the forward pass, as in most of the literature.
    Steps {
        /// Number of steps.
        steps: usize,
        /// Size of a step, in the unit of `tau`.
        rate: f64,
    },
    /// As `Steps`, but the weights learn after every one of them: [`incremental`](super::incremental).
    Incremental {
        /// Number of steps of values and weights.
        steps: usize,
        /// Size of a step of the values, in the unit of `tau`.
        rate: f64,
    },
    /// Z-IL: steps of `Sigma_l` from the forward pass, without decay, layer `l` learning at step `l`:
    /// the first step that reaches a layer makes its error what backpropagation sends there. Equal to
    /// backpropagation: Y. Song, T. Lukasiewicz, Z. Xu, R. Bogacz, `NeurIPS` 33, 22566 (2020), for
    /// unit variances, where all steps are 1.
    ZeroInference,
    /// Predictions and slopes frozen at the forward pass, errors relaxed to their equilibrium.
    /// Equal to backpropagation: B. Millidge, A. Tschantz, C. L. Buckley, Neural Computation 34(6),
    /// 1329-1368 (2022), <https://doi.org/10.1162/neco_a_01497>.
    FixedPrediction,
    /// The backward pass itself, for reference: gradient of `|e_0|^2 / (2 Sigma_0)`.
    Backpropagation,
}

/// What a rule makes of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleOutcome {
    /// Directions for the weights.
    pub gradient: Gradient,
    /// Mean energy of the batch that the directions lower.
    pub energy: f64,
    /// Evaluations of the flow.
    pub evaluations: u64,
    /// Largest residual of the batch, 0 where a rule does not relax.
    pub residual: f64,
    /// Values that the rule has relaxed, class first; empty where it does not relax.
    pub values: Vec<DMatrix<f64>>,
}

impl Rule {
    /// Whether the constants are in their ranges.
    pub(super) fn check(&self) -> Result<(), NetworkError> {
        let refuse = |name, value, requirement| {
            Err(NetworkError::OutOfRange {
                name,
                value,
                requirement,
            })
        };
        match *self {
            Self::Steps { rate, .. } | Self::Incremental { rate, .. }
                if !(rate > 0.0 && rate.is_finite()) =>
            {
                refuse("rate of the values", rate, "it is positive and finite")
            }
            Self::Incremental { steps: 0, .. } => {
                refuse("steps", 0.0, "weights learn after a step of the values")
            }
            _ => Ok(()),
        }
    }

    /// Applies the rule to images (`n_L x B`) and their classes (`n_0 x B`); `dynamics` gives the
    /// value decay, and `biases` says whether biases learn.
    ///
    /// # Errors
    /// Shapes that do not fit, or a relaxation that fails: [`NetworkError::UnstableStep`] also where
    /// Euler's steps end above the energy of the forward pass.
    pub fn apply(
        &self,
        network: &PredictiveNetwork,
        image: &DMatrix<f64>,
        class: &DMatrix<f64>,
        dynamics: Dynamics,
        biases: bool,
    ) -> Result<RuleOutcome, NetworkError> {
        self.check()?;
        let mut state = State::forward(network, image)?;
        let predicted = state.values[0].clone();
        state = state.with_class(class)?;
        let instantaneous = Dynamics {
            tau: 1.0,
            errors: ErrorNodes::Instantaneous,
            ..dynamics
        };
        let flow = || {
            let clamp = Clamp::learn(network);
            PredictiveFlow::new(network, clamp, instantaneous, image.clone())
        };
        let output = (class - predicted) / network.variance(0);
        let loss = 0.5 * network.variance(0) * output.norm_squared() / image.ncols() as f64;
        let (gradient, energy, evaluations, residual) = match self {
            Self::Equilibrium(options) => {
                let found = relax(&flow()?, &mut state, options)?;
                let gradient = Gradient::hebbian(network, &state.values, &state.errors, biases);
                (
                    gradient,
                    found.energy(),
                    found.evaluations,
                    found.residual(),
                )
            }
            // Without an optimiser the weights rest, and the two are one.
            Self::Steps { steps, rate } | Self::Incremental { steps, rate } => {
                let flow = flow()?;
                let before = mean(&flow.energy(&state));
                for _ in 0..*steps {
                    Scheme::Euler.step(&flow, &mut state, *rate);
                }
                flow.settle_errors(&mut state);
                let gradient = Gradient::hebbian(network, &state.values, &state.errors, biases);
                let energy = mean(&flow.energy(&state));
                let residual = worst(flow.residual(&state));
                if !(sinks(&flow, before, energy) && residual.is_finite()) {
                    return Err(NetworkError::UnstableStep {
                        scheme: Scheme::Euler.name(),
                        step: *rate,
                        limit: crate::networks::predictive::stable_step(
                            &flow,
                            &State::forward(network, image)?,
                            Scheme::Euler,
                        ),
                    });
                }
                (gradient, energy, *steps as u64, residual)
            }
            Self::ZeroInference => {
                let clamp = Clamp::learn(network);
                let undecayed = Dynamics {
                    value_decay: 0.0,
                    ..instantaneous
                };
                let flow = PredictiveFlow::new(network, clamp, undecayed, image.clone())?;
                let mut slope = State::zero(network, image.ncols());
                let mut gradient = Gradient::empty();
                for layer in 0..network.last() {
                    flow.settle_errors(&mut state);
                    let (errors, above) = (&state.errors[layer], &state.values[layer + 1]);
                    gradient.push_layer(network, layer, errors, above, biases);
                    flow.derivative(&mut state, &mut slope);
                    for (l, values) in state.values.iter_mut().enumerate() {
                        *values += &slope.values[l] * network.variance(l);
                    }
                }
                (gradient, loss, network.last() as u64, 0.0)
            }
            Self::FixedPrediction => {
                let frozen = state.values.clone();
                let (errors, sweeps) = fixed_prediction(network, &frozen, output);
                let gradient = Gradient::hebbian(network, &frozen, &errors, biases);
                (gradient, loss, sweeps, 0.0)
            }
            Self::Backpropagation => {
                let mut errors = vec![output];
                for layer in 1..network.last() {
                    let error = drive(network, layer, &state.values, &errors[layer - 1]);
                    errors.push(error);
                }
                let gradient = Gradient::hebbian(network, &state.values, &errors, biases);
                (gradient, loss, 1, 0.0)
            }
        };
        let values = match self {
            Self::Equilibrium(_) | Self::Steps { .. } => state.values,
            _ => Vec::new(),
        };
        Ok(RuleOutcome {
            gradient,
            energy,
            evaluations,
            residual,
            values,
        })
    }
}

/// Energy that values may gain in Euler's steps where there is none to descend, over that of the
/// start: as in gradient descent, far above what a transient does.
const DIVERGED: f64 = 1e4;

/// Whether relaxing from one energy to another can be right: where values descend an energy a stable
/// step never raises it.
pub(super) fn sinks(flow: &PredictiveFlow<'_>, before: f64, after: f64) -> bool {
    let most = if flow.has_energy() {
        1.0 + 1e-9
    } else {
        DIVERGED
    };
    after <= most * before + f64::MIN_POSITIVE
}

pub(super) fn mean(energies: &[f64]) -> f64 {
    energies.iter().sum::<f64>() / energies.len() as f64
}

/// `sigma'(v_l) o (a W e)_{l-1}`.
fn drive(
    network: &PredictiveNetwork,
    layer: usize,
    values: &[DMatrix<f64>],
    below: &DMatrix<f64>,
) -> DMatrix<f64> {
    let mut activated = values[layer].clone();
    network.activation(layer).apply(&mut activated);
    let mut drive = DMatrix::zeros(values[layer].nrows(), values[layer].ncols());
    multiply(
        network.gain(layer - 1),
        network.feedback(layer - 1),
        below,
        &mut drive,
    );
    let activation = network.activation(layer);
    activation.pull_back(&values[layer], &activated, &mut drive);
    drive
}

/// Relaxes `v_l' = drive_l - e_l` with predictions and slopes frozen, in unit steps, until nothing
/// moves: `e_l = (v_l - frozen_l) / Sigma_l`, so that `L` sweeps reach the equilibrium exactly.
fn fixed_prediction(
    network: &PredictiveNetwork,
    frozen: &[DMatrix<f64>],
    output: DMatrix<f64>,
) -> (Vec<DMatrix<f64>>, u64) {
    let mut errors: Vec<DMatrix<f64>> = frozen[..network.last()]
        .iter()
        .map(|v| DMatrix::zeros(v.nrows(), v.ncols()))
        .collect();
    errors[0] = output;
    let mut sweeps = 0;
    loop {
        sweeps += 1;
        let mut moved = false;
        for layer in (1..network.last()).rev() {
            let target = drive(network, layer, frozen, &errors[layer - 1]);
            moved |= target != errors[layer];
            errors[layer] = target;
        }
        if !moved || sweeps > network.last() as u64 {
            return (errors, sweeps);
        }
    }
}
