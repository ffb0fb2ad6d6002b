//! What defines a network of integrate-and-fire neurons.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::neuron::SpikingNeuron;
use crate::networks::NetworkError;

/// What defines a network of integrate-and-fire neurons; lists have one entry per neuron.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpikingParameters {
    /// How the potentials move.
    pub neuron: SpikingNeuron,
    /// Time constants `tau_j > 0`.
    pub time_constants: Vec<f64>,
    /// Constant inputs `I_j`.
    pub inputs: Vec<f64>,
    /// Potentials `theta_j` at whose rise neuron `j` fires,
    pub thresholds: Vec<f64>,
    /// and `r_j < theta_j` to which it falls back.
    pub resets: Vec<f64>,
    /// Times `rho_j >= 0` for which a neuron that has fired stays at its reset and takes no pulse; what arrives until
    /// their end, and at it, is lost.
    pub refractory: Vec<f64>,
    /// A spike of neuron `s` adds `weights[(j, s)]` to the potential of neuron `j`,
    pub weights: DMatrix<f64>,
    /// later by `delays[(j, s)] >= 0`.
    pub delays: DMatrix<f64>,
}

impl SpikingParameters {
    /// Number of neurons, if everything but the synapses is as it must be.
    pub(super) fn check(&self) -> Result<usize, NetworkError> {
        let neurons = self.inputs.len();
        if neurons == 0 {
            return Err(NetworkError::Empty);
        }
        let lists: [List<'_>; 5] = [
            (
                "tau",
                &self.time_constants,
                "a time constant is positive",
                |x| x > 0.0 && x.is_finite(),
            ),
            ("I", &self.inputs, "an input is finite", f64::is_finite),
            (
                "theta",
                &self.thresholds,
                "a threshold is finite",
                f64::is_finite,
            ),
            ("r", &self.resets, "a reset is finite", f64::is_finite),
            (
                "rho",
                &self.refractory,
                "a refractory time is not negative",
                not_negative,
            ),
        ];
        for (name, list, requirement, holds) in lists {
            if list.len() != neurons {
                let found = list.len();
                return Err(NetworkError::WrongLength {
                    name,
                    found,
                    neurons,
                });
            }
            in_range(name, list, requirement, holds)?;
        }
        let pairs = self.resets.iter().zip(&self.thresholds);
        if let Some((&value, _)) = pairs
            .into_iter()
            .find(|(reset, threshold)| reset >= threshold)
        {
            return Err(NetworkError::OutOfRange {
                name: "r",
                value,
                requirement: "a reset lies below its threshold, or the neuron fires for ever",
            });
        }
        Ok(neurons)
    }
}

pub(super) fn not_negative(value: f64) -> bool {
    value >= 0.0 && value.is_finite()
}

/// Name of a parameter, its values, and what they must satisfy.
type List<'a> = (&'static str, &'a [f64], &'static str, fn(f64) -> bool);

/// Refuses the first value that does not hold to its requirement.
pub(super) fn in_range(
    name: &'static str,
    values: &[f64],
    requirement: &'static str,
    holds: fn(f64) -> bool,
) -> Result<(), NetworkError> {
    match values.iter().find(|value| !holds(**value)) {
        None => Ok(()),
        Some(&value) => Err(NetworkError::OutOfRange {
            name,
            value,
            requirement,
        }),
    }
}
