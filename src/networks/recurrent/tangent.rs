//! How a run changes along a direction of the weights.

use nalgebra::DMatrix;

use super::ElmanPass;
use super::pass::{add_product, check_length, spread};
use crate::networks::NetworkError;
use crate::numerics::matrix::{View, gemm};

/// Changes of everything that a run computes, one column a sequence and step.
pub(super) struct Tangent {
    pub contexts: DMatrix<f64>,
    pub sums: DMatrix<f64>,
    pub states: DMatrix<f64>,
    pub outputs: DMatrix<f64>,
}

impl ElmanPass<'_> {
    /// `J v`: how the outputs change along a direction of the parameters, shaped as their values. The start
    /// does not change. Cost: two runs.
    ///
    /// # Errors
    /// [`NetworkError::ParameterCount`] if the direction is not as long as the parameters.
    pub fn jvp(&self, direction: &[f64]) -> Result<DMatrix<f64>, NetworkError> {
        Ok(self.tangent(direction)?.outputs)
    }

    pub(super) fn tangent(&self, direction: &[f64]) -> Result<Tangent, NetworkError> {
        let network = self.network;
        check_length(network, "components of the direction", direction)?;
        let shape = network.shape();
        let (context, leak, node) = (shape.context, shape.leak, shape.node);
        let places = network.places();
        let (shapes, shape_changes) = (self.shapes(self.parameters), self.shapes(direction));
        let columns = self.contexts.ncols();

        let mut sums = DMatrix::zeros(shape.hidden, columns);
        spread(&direction[places.bias], &mut sums);
        for (weights, read) in [
            (network.input_weights(direction), self.inputs.values()),
            (network.context_weights(direction), &self.contexts),
        ] {
            gemm(1.0, weights, View::from(read), 1.0, &mut sums);
        }
        let weights = network.context_weights(self.parameters);
        let width = self.width();
        let mut contexts = DMatrix::zeros(shape.hidden, columns);
        let mut states = DMatrix::zeros(shape.hidden, columns);
        let (mut context_before, mut state_before) = (vec![0.0; width], vec![0.0; width]);
        let steps = contexts.as_mut_slice().chunks_mut(width);
        let steps = steps.zip(sums.as_mut_slice().chunks_mut(width));
        let steps = steps.zip(states.as_mut_slice().chunks_mut(width));
        let steps = steps.zip(self.sums.as_slice().chunks(width));
        for (((read, sums), state), seen) in steps {
            let past = context_before.iter().zip(&state_before);
            for (place, (c, x)) in read.iter_mut().zip(past) {
                *place = context * c + x;
            }
            add_product(weights, read, sums);
            state.copy_from_slice(sums);
            node.tangent(shapes, shape_changes, seen, state);
            if leak != 1.0 {
                for (x, old) in state.iter_mut().zip(&state_before) {
                    *x = (1.0 - leak) * old + leak * *x;
                }
            }
            state_before.copy_from_slice(state);
            context_before.copy_from_slice(read);
        }
        let mut outputs = DMatrix::zeros(shape.outputs, columns);
        spread(&direction[places.offset], &mut outputs);
        let states_now = self.states().values();
        for (weights, read) in [
            (network.output_weights(direction), states_now),
            (network.output_weights(self.parameters), &states),
        ] {
            gemm(1.0, weights, View::from(read), 1.0, &mut outputs);
        }
        Ok(Tangent {
            contexts,
            sums,
            states,
            outputs,
        })
    }
}
