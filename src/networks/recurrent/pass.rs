//! A run of all sequences, and what it leaves behind for derivatives.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::node::Shapes;
use super::spare::Spare;
use super::{ElmanNetwork, ElmanShape, Sequences};
use crate::networks::NetworkError;
use crate::numerics::matrix::{View, gemm, gemm_into};

/// What a network carries from one step to the next, one column a sequence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ElmanState {
    /// `x`.
    pub activation: DMatrix<f64>,
    /// `c`, what the step that gave `x` has read.
    pub context: DMatrix<f64>,
}

impl ElmanState {
    /// Nothing has been seen yet.
    #[must_use]
    pub fn zeros(hidden: usize, sequences: usize) -> Self {
        Self {
            activation: DMatrix::zeros(hidden, sequences),
            context: DMatrix::zeros(hidden, sequences),
        }
    }
}

/// A network that has run through a batch of sequences. Matrices have one column a sequence and step, as
/// [`Sequences`].
#[derive(Debug, Clone)]
pub struct ElmanPass<'a> {
    pub(super) network: &'a ElmanNetwork,
    pub(super) parameters: &'a [f64],
    pub(super) inputs: &'a Sequences,
    /// What every step reads of the past.
    pub(super) contexts: Spare,
    /// What the hidden units see.
    pub(super) sums: Spare,
    /// `x` of every step.
    pub(super) states: Sequences,
    outputs: Sequences,
}

/// Writes `bias` into every column.
pub(super) fn spread(bias: &[f64], columns: &mut DMatrix<f64>) {
    for column in columns.as_mut_slice().chunks_mut(bias.len().max(1)) {
        column.copy_from_slice(bias);
    }
}

/// `matrix` times the columns of a step, added to what stands in `sums`.
pub(super) fn add_product(matrix: View<'_, f64>, step: &[f64], sums: &mut [f64]) {
    let (rows, inner) = (matrix.rows(), matrix.columns());
    let count = sums.len() / rows;
    let columns = View::column_major(step, inner, count);
    gemm_into(1.0, matrix, columns, 1.0, sums);
}

pub(super) fn check_length(
    network: &ElmanNetwork,
    name: &'static str,
    found: &[f64],
) -> Result<(), NetworkError> {
    let expected = network.parameter_count();
    if found.len() == expected {
        return Ok(());
    }
    Err(NetworkError::ParameterCount {
        name,
        found: found.len(),
        expected,
    })
}

fn check_finite(name: &'static str, values: &DMatrix<f64>) -> Result<(), NetworkError> {
    if values.iter().all(|value| value.is_finite()) {
        return Ok(());
    }
    Err(NetworkError::NotFinite { name })
}

fn check_batch(
    name: &'static str,
    found: &DMatrix<f64>,
    expected: (usize, usize),
) -> Result<(), NetworkError> {
    if found.shape() == expected {
        return Ok(());
    }
    Err(NetworkError::BatchShape {
        name,
        found: found.shape(),
        expected,
    })
}

impl<'a> ElmanPass<'a> {
    pub(super) fn new(
        network: &'a ElmanNetwork,
        parameters: &'a [f64],
        inputs: &'a Sequences,
        start: Option<&ElmanState>,
    ) -> Result<Self, NetworkError> {
        check_length(network, "parameters", parameters)?;
        let ElmanShape {
            inputs: numbers,
            hidden,
            outputs,
            node,
            context,
            leak,
        } = *network.shape();
        let (columns, count) = (inputs.values().ncols(), inputs.count());
        check_batch("inputs", inputs.values(), (numbers, columns))?;
        check_finite("inputs", inputs.values())?;
        let mut before = match start {
            Some(start) => start.clone(),
            None => ElmanState::zeros(hidden, count),
        };
        check_batch("state", &before.activation, (hidden, count))?;
        check_batch("context", &before.context, (hidden, count))?;

        let places = network.places();
        let shapes = &parameters[places.node];
        let mut sums = Spare::zeros(hidden, columns);
        spread(&parameters[places.bias], &mut sums);
        let weights = network.input_weights(parameters);
        gemm(1.0, weights, View::from(inputs.values()), 1.0, &mut sums);
        let weights = network.context_weights(parameters);
        let mut contexts = Spare::zeros(hidden, columns);
        let mut states = DMatrix::zeros(hidden, columns);
        let width = hidden * count;
        let steps = contexts.as_mut_slice().chunks_mut(width);
        let steps = steps.zip(sums.as_mut_slice().chunks_mut(width));
        let steps = steps.zip(states.as_mut_slice().chunks_mut(width));
        for ((read, sums), state) in steps {
            if context == 0.0 {
                read.copy_from_slice(before.activation.as_slice());
            } else {
                let past = before.context.iter().zip(&before.activation);
                for (place, (c, x)) in read.iter_mut().zip(past) {
                    *place = context * c + x;
                }
            }
            add_product(weights, read, sums);
            node.value(shapes, sums, state);
            if leak != 1.0 {
                for (x, old) in state.iter_mut().zip(&before.activation) {
                    *x = (1.0 - leak) * old + leak * *x;
                }
            }
            before.activation.copy_from_slice(state);
            before.context.copy_from_slice(read);
        }
        let mut given = DMatrix::zeros(outputs, columns);
        spread(&parameters[places.offset], &mut given);
        let weights = network.output_weights(parameters);
        gemm(1.0, weights, View::from(&states), 1.0, &mut given);
        check_finite("outputs", &given)?;
        Ok(Self {
            network,
            parameters,
            inputs,
            contexts,
            sums,
            states: Sequences::new(states, count)?,
            outputs: Sequences::new(given, count)?,
        })
    }

    /// The outputs of all steps.
    #[must_use]
    pub fn outputs(&self) -> &Sequences {
        &self.outputs
    }

    /// The activations `x` of all steps.
    #[must_use]
    pub fn states(&self) -> &Sequences {
        &self.states
    }

    /// What the last step hands on.
    #[must_use]
    pub fn last(&self) -> ElmanState {
        let count = self.inputs.count();
        let from = self.contexts.ncols() - count;
        ElmanState {
            activation: self.states.values().columns(from, count).into_owned(),
            context: self.contexts.columns(from, count).into_owned(),
        }
    }

    /// Numbers of the hidden units at one step.
    pub(super) fn width(&self) -> usize {
        self.contexts.nrows() * self.inputs.count()
    }

    /// The units' own weights in a list of parameters.
    pub(super) fn shapes<'p>(&self, parameters: &'p [f64]) -> Shapes<'p> {
        &parameters[self.network.places().node]
    }

    pub(super) fn check_outputs(
        &self,
        name: &'static str,
        found: &DMatrix<f64>,
    ) -> Result<(), NetworkError> {
        check_batch(name, found, self.outputs.values().shape())
    }
}
