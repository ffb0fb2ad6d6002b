//! A recurrent network over a fixed number of steps as a function of its weights.

use nalgebra::{DMatrix, DVector};

use super::{ElmanNetwork, Gradient, Sequences};
use crate::networks::NetworkError;
use crate::networks::deep::{DifferentiableModel, HiddenLayers, LayerWeights, LossSlope};
use crate::numerics::matrix::View;

/// An [`ElmanNetwork`] unrolled over a number of steps, from the state zero. An example is a sequence: one row
/// of inputs, step after step, and one row of outputs, a column a step and output.
///
/// Derivatives are exact, through all steps; the tangent kernel comes column by column, at the cost of two
/// runs for each of the steps and outputs of every sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Unrolled {
    network: ElmanNetwork,
    steps: usize,
}

impl Unrolled {
    /// A network over so many steps.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] without a step.
    pub fn new(network: ElmanNetwork, steps: usize) -> Result<Self, NetworkError> {
        if steps == 0 {
            return Err(NetworkError::OutOfRange {
                name: "steps",
                value: 0.0,
                requirement: "at least one",
            });
        }
        Ok(Self { network, steps })
    }

    /// The network of one step.
    #[must_use]
    pub fn network(&self) -> &ElmanNetwork {
        &self.network
    }

    fn sequences(&self, inputs: &DMatrix<f64>) -> Result<Sequences, NetworkError> {
        let numbers = self.network.shape().inputs;
        let expected = (inputs.nrows(), numbers * self.steps);
        if inputs.shape() != expected {
            return Err(NetworkError::BatchShape {
                name: "inputs",
                found: inputs.shape(),
                expected,
            });
        }
        Sequences::from_rows(inputs, numbers)
    }

    fn rows(&self, values: DMatrix<f64>, count: usize) -> Result<DMatrix<f64>, NetworkError> {
        Ok(Sequences::new(values, count)?.to_rows())
    }

    fn columns(&self, rows: &DMatrix<f64>) -> Result<Sequences, NetworkError> {
        let outputs = self.network.shape().outputs;
        let expected = (rows.nrows(), outputs * self.steps);
        if rows.shape() != expected {
            return Err(NetworkError::BatchShape {
                name: "cotangent",
                found: rows.shape(),
                expected,
            });
        }
        Sequences::from_rows(rows, outputs)
    }
}

impl DifferentiableModel for Unrolled {
    fn parameter_count(&self) -> usize {
        self.network.parameter_count()
    }

    fn output_count(&self) -> usize {
        self.network.shape().outputs * self.steps
    }

    fn outputs(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
    ) -> Result<DMatrix<f64>, NetworkError> {
        let inputs = self.sequences(inputs)?;
        let pass = self.network.pass(parameters, &inputs, None)?;
        Ok(pass.outputs().to_rows())
    }

    fn jvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
    ) -> Result<DMatrix<f64>, NetworkError> {
        let inputs = self.sequences(inputs)?;
        let pass = self.network.pass(parameters, &inputs, None)?;
        self.rows(pass.jvp(direction)?, inputs.count())
    }

    fn vjp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        cotangent: &DMatrix<f64>,
    ) -> Result<Vec<f64>, NetworkError> {
        let inputs = self.sequences(inputs)?;
        let pass = self.network.pass(parameters, &inputs, None)?;
        pass.gradient(self.columns(cotangent)?.values(), Gradient::Full)
    }

    fn gradient(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        loss: &dyn Fn(&DMatrix<f64>) -> DMatrix<f64>,
    ) -> Result<(DMatrix<f64>, Vec<f64>), NetworkError> {
        let inputs = self.sequences(inputs)?;
        let pass = self.network.pass(parameters, &inputs, None)?;
        let outputs = pass.outputs().to_rows();
        let slopes = self.columns(&loss(&outputs))?;
        Ok((outputs, pass.gradient(slopes.values(), Gradient::Full)?))
    }

    fn hvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
        loss: &LossSlope<'_>,
    ) -> Result<Vec<f64>, NetworkError> {
        let inputs = self.sequences(inputs)?;
        let (count, outputs) = (inputs.count(), self.network.shape().outputs);
        let pass = self.network.pass(parameters, &inputs, None)?;
        let rows = |values: &DMatrix<f64>| {
            let steps = values.ncols() / count;
            DMatrix::from_fn(count, steps * outputs, |s, column| {
                values[(column % outputs, column / outputs * count + s)]
            })
        };
        let columns = |rows: &DMatrix<f64>| {
            let (found, steps) = (rows.nrows().max(1), rows.ncols() / outputs);
            DMatrix::from_fn(outputs, steps * found, |row, column| {
                rows[(column % found, column / found * outputs + row)]
            })
        };
        pass.hvp(direction, &|values, changes| {
            let (slopes, slope_changes) = loss(&rows(values), &rows(changes));
            (columns(&slopes), columns(&slope_changes))
        })
    }

    fn hidden_layers(&self) -> Option<&dyn HiddenLayers> {
        Some(self)
    }
}

impl HiddenLayers for Unrolled {
    /// As one layer, the activations of all steps: a column a step and unit.
    fn activations(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
    ) -> Result<Vec<DMatrix<f64>>, NetworkError> {
        let sequences = self.sequences(inputs)?;
        let pass = self.network.pass(parameters, &sequences, None)?;
        Ok(vec![pass.states().to_rows()])
    }

    /// Those of one step: `[W_i W_c]` with `b`, and `W_o` with `d`.
    fn layer_weights(&self, parameters: &[f64]) -> Result<Vec<LayerWeights>, NetworkError> {
        super::pass::check_length(&self.network, "parameters", parameters)?;
        let places = self.network.places();
        let owned = |view: View<'_, f64>| {
            DMatrix::from_fn(view.rows(), view.columns(), |row, column| {
                view.at(row, column)
            })
        };
        let shape = self.network.shape();
        let mut first = DMatrix::zeros(shape.hidden, shape.inputs + shape.hidden);
        let input = owned(self.network.input_weights(parameters));
        let context = owned(self.network.context_weights(parameters));
        first.columns_mut(0, shape.inputs).copy_from(&input);
        first
            .columns_mut(shape.inputs, shape.hidden)
            .copy_from(&context);
        let bias = |place| Some(DVector::from_column_slice(&parameters[place]));
        Ok(vec![
            LayerWeights {
                matrix: first,
                bias: bias(places.bias),
            },
            LayerWeights {
                matrix: owned(self.network.output_weights(parameters)),
                bias: bias(places.offset),
            },
        ])
    }
}
