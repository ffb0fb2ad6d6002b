//! A deep network as an associative memory: its outputs fed back to its inputs.

use nalgebra::DMatrix;

use super::recall::{Answer, AssociativeMemory, CueLevels};
use crate::networks::deep::{DeepNetwork, DifferentiableModel};
use crate::networks::{NetworkError, Pattern};
use crate::numerics::worst::worst;

/// The map `x <- f(theta, x)` of a network with as many outputs as inputs, iterated to rest.
///
/// A network trained to return its inputs holds them as attractors: A. Radhakrishnan, M. Belkin, C.
/// Uhler, PNAS 117(44), 27162-27170 (2020), doi:10.1073/pnas.2005013117. Levels are `+-1`; the answer
/// is the pattern of signs where every level comes within a fifth of `+-1`.
#[derive(Debug, Clone)]
pub struct IteratedNetwork<'a> {
    network: &'a DeepNetwork,
    parameters: &'a [f64],
}

/// Most iterations.
const MOST: usize = 2000;
/// Change of a level at which the map counts as at rest.
const REST: f64 = 1e-6;

impl<'a> IteratedNetwork<'a> {
    /// The map of a network at given weights.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] unless it has as many outputs as inputs,
    /// [`NetworkError::ParameterCount`] for weights of another network.
    pub fn new(network: &'a DeepNetwork, parameters: &'a [f64]) -> Result<Self, NetworkError> {
        let inputs = network.architecture().input.numbers();
        if network.output_count() != inputs {
            return Err(NetworkError::OutOfRange {
                name: "outputs",
                value: network.output_count() as f64,
                requirement: "as many as inputs, to feed them back",
            });
        }
        if parameters.len() != network.parameter_count() {
            return Err(NetworkError::ParameterCount {
                name: "parameters",
                found: parameters.len(),
                expected: network.parameter_count(),
            });
        }
        Ok(Self {
            network,
            parameters,
        })
    }
}

impl AssociativeMemory for IteratedNetwork<'_> {
    fn neurons(&self) -> usize {
        self.network.output_count()
    }

    fn time_unit(&self) -> &'static str {
        "iterations"
    }

    fn answer(&self, cue: &CueLevels) -> Answer {
        let mut state = DMatrix::from_row_slice(1, cue.levels.len(), &cue.levels);
        for iteration in 1..=MOST {
            let Ok(next) = self.network.outputs(self.parameters, &state) else {
                break;
            };
            let change = worst(next.iter().zip(&state).map(|(a, b)| (a - b).abs()));
            state = next;
            if change < REST {
                let clear = state.iter().all(|x| (x.abs() - 1.0).abs() < 0.2);
                return Answer {
                    pattern: clear.then(|| Pattern::from_levels(state.as_slice())),
                    time: iteration as f64,
                };
            }
        }
        Answer {
            pattern: None,
            time: MOST as f64,
        }
    }
}
