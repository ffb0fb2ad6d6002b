//! Storing images in a predictive memory: values and weights in turn, each to its minimum.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::proximal;
use crate::networks::NetworkError;
use crate::networks::predictive::memory::{memory_flow, suggest};
use crate::networks::predictive::{
    Clamp, Feedback, PredictiveMemory, PredictiveNetwork, RelaxOptions, relax,
};
use crate::numerics::worst::worst;

/// How images are stored.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreOptions {
    /// Steps of the weights, each after the values have come to rest.
    pub steps: usize,
    /// Size of an implicit step, in units of `gamma`.
    pub rate: f64,
    /// Weight decay `lambda_w`.
    pub weight_decay: f64,
    /// Mean squared error of a pixel at which the images count as stored and the steps end.
    pub enough: f64,
    /// Most rounds when a cue is cleaned of noise.
    pub rounds: usize,
    /// How values come to rest.
    pub relaxation: RelaxOptions,
}

impl Default for StoreOptions {
    /// 300 steps of rate 10 without decay, enough at `1e-5`, 30 rounds, residual `1e-6`.
    fn default() -> Self {
        Self {
            steps: 300,
            rate: 10.0,
            weight_decay: 0.0,
            enough: 1e-5,
            rounds: 30,
            relaxation: RelaxOptions {
                tolerance: 1e-6,
                ..RelaxOptions::default()
            },
        }
    }
}

/// What came of storing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// Mean squared difference between images and their predictions.
    pub error: f64,
    /// Steps taken.
    pub steps: usize,
    /// Evaluations of energy and gradient.
    pub evaluations: u64,
    /// Largest residual at which weights have taken a step.
    pub residual: f64,
}

/// Stores images (`pixels x N`) in a network whose layer 0 has one neuron a pixel and whose feedback
/// is tied: the bias of layer 0 becomes their mean, and the weights descend the equilibrated energy of
/// the whole set by implicit steps, so that the energy falls at every step.
///
/// # Errors
/// Shapes and options that do not fit, free feedback, or values that do not come to rest within the
/// tolerance.
pub fn store(
    network: PredictiveNetwork,
    images: &DMatrix<f64>,
    options: &StoreOptions,
) -> Result<(PredictiveMemory, Stored), NetworkError> {
    if network.feedback_kind() == Feedback::Free {
        return Err(NetworkError::Contradiction {
            first: "storing images",
            second: "free feedback",
            reason: "the weights descend an energy only for `W = M^T`",
        });
    }
    let (pixels, samples) = images.shape();
    if samples == 0 {
        return Err(NetworkError::Empty);
    }
    for (name, value, holds) in [
        ("rate", options.rate, options.rate > 0.0),
        (
            "weight_decay",
            options.weight_decay,
            options.weight_decay >= 0.0,
        ),
        ("enough", options.enough, options.enough >= 0.0),
    ] {
        if !(holds && value.is_finite()) {
            return Err(NetworkError::OutOfRange {
                name,
                value,
                requirement: "finite, and positive (a rate) or not negative",
            });
        }
    }
    let mut bias: Vec<DVector<f64>> = (0..network.last())
        .map(|l| network.bias(l).clone())
        .collect();
    bias[0] = images.column_mean();
    let mut network = network.with_bias(bias)?;
    let mut clamp = Clamp::free(&network);
    clamp.beta[0] = vec![0.0; pixels];
    let mut state = suggest(&network, images)?;
    let mut stored = Stored {
        error: f64::INFINITY,
        steps: 0,
        evaluations: 0,
        residual: 0.0,
    };
    loop {
        let flow = memory_flow(&network, clamp.clone(), samples)?;
        let found = relax(&flow, &mut state, &options.relaxation)?;
        stored.evaluations += found.evaluations;
        stored.residual = worst([stored.residual, found.residual()]);
        // Errors are left settled: over the variance they are what the prediction misses.
        let missed = state.errors[0].norm() * network.variance(0);
        stored.error = missed * missed / images.len() as f64;
        if stored.error <= options.enough || stored.steps == options.steps {
            let memory = PredictiveMemory::new(network, options.relaxation, options.rounds);
            return Ok((memory, stored));
        }
        proximal::step(
            &mut network,
            &state.values,
            options.weight_decay,
            options.rate,
        )?;
        stored.steps += 1;
    }
}
