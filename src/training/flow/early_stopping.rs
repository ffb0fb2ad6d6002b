//! Training that ends when examples held out are learnt no better, and the minimum of a loss with a penalty.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::{FlowError, GradientFlow, MiniBatches};
use crate::networks::NetworkError;
use crate::networks::deep::Dropout;
use crate::numerics::quasi_newton::{EnergyBatch, QuasiNewton, minimise};

/// When a training ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EarlyStopping {
    /// Epochs at most.
    pub epochs: usize,
    /// Epochs without a smaller loss of what is held out after which it ends.
    pub patience: usize,
    /// `penalty / 2` times the sum of the squared parameters is added to the mean loss of a batch.
    pub penalty: f64,
    /// Activations that a step leaves out; that of [`MiniBatches`] itself is not used.
    pub dropout: Option<Dropout>,
}

/// A training that ends when what is held out is learnt no better: the best of its parameters so far, and its losses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EarlyStopped {
    /// The parameters with the least loss of what is held out.
    pub parameters: Vec<f64>,
    /// The epoch of these parameters, from 1; 0 if no epoch was better than the start.
    pub epoch: usize,
    /// Their loss.
    pub least: f64,
    /// Mean loss of the training examples in every epoch, each before the step of its batch.
    pub training_loss: Vec<f64>,
    /// Mean loss of what is held out after every epoch.
    pub held_out_loss: Vec<f64>,
}

/// Mean loss of the examples of a flow.
fn mean_loss(flow: &GradientFlow<'_>, parameters: &[f64]) -> Result<f64, FlowError> {
    let examples = flow.inputs().nrows().max(1) as f64;
    let outputs = flow.outputs(parameters)?;
    Ok(flow.loss().value(&outputs, flow.targets()) / examples)
}

impl EarlyStopped {
    /// A training that has taken no step; `held_out` is a flow of the same model.
    ///
    /// # Errors
    /// Those of the model.
    pub fn begin(
        batches: &MiniBatches<'_>,
        held_out: &GradientFlow<'_>,
    ) -> Result<Self, FlowError> {
        Ok(Self {
            parameters: batches.parameters().to_vec(),
            epoch: 0,
            least: mean_loss(held_out, batches.parameters())?,
            training_loss: Vec::new(),
            held_out_loss: Vec::new(),
        })
    }

    /// Whether it has ended.
    #[must_use]
    pub fn is_over(&self, options: EarlyStopping) -> bool {
        let epochs = self.held_out_loss.len();
        epochs >= options.epochs || (epochs > self.epoch && epochs >= self.epoch + options.patience)
    }

    /// Goes on by an epoch of the same training.
    ///
    /// # Errors
    /// Those of [`MiniBatches::epoch`] and of the model.
    pub fn advance(
        &mut self,
        batches: &mut MiniBatches<'_>,
        held_out: &GradientFlow<'_>,
        options: EarlyStopping,
    ) -> Result<(), FlowError> {
        let model = batches.flow().model();
        let loss = batches.epoch_by(|batches| {
            let step = batches.steps();
            batches.step_by(&mut |parameters, inputs, _, slope| {
                let (outputs, mut gradient) = match options.dropout {
                    Some(dropout) => {
                        let thinned = model.thinned(dropout, step)?;
                        thinned.gradient(parameters, inputs, slope)?
                    }
                    None => model.gradient(parameters, inputs, slope)?,
                };
                if options.penalty > 0.0 {
                    for (slope, weight) in gradient.iter_mut().zip(parameters) {
                        *slope += options.penalty * weight;
                    }
                }
                Ok((outputs, gradient))
            })
        })?;
        let value = mean_loss(held_out, batches.parameters())?;
        self.training_loss.push(loss);
        self.held_out_loss.push(value);
        if value < self.least {
            self.least = value;
            self.epoch = self.held_out_loss.len();
            self.parameters.copy_from_slice(batches.parameters());
        }
        Ok(())
    }
}

/// Loss of a flow with a penalty, as the one sample of a batch of energies.
struct Penalised<'a> {
    flow: &'a GradientFlow<'a>,
    penalty: f64,
}

impl EnergyBatch for Penalised<'_> {
    fn dimension(&self) -> usize {
        self.flow.model().parameter_count()
    }

    fn evaluate(
        &mut self,
        _: &[usize],
        points: &[f64],
        energies: &mut [f64],
        gradients: &mut [f64],
    ) {
        let Ok((loss, gradient)) = self.flow.gradient(points) else {
            energies.fill(f64::NAN);
            return;
        };
        let squares: f64 = points.iter().map(|weight| weight * weight).sum();
        energies[0] = loss + 0.5 * self.penalty * squares;
        for ((into, slope), weight) in gradients.iter_mut().zip(gradient).zip(points) {
            *into = slope + self.penalty * weight;
        }
    }
}

/// Parameters where the loss of the whole batch (a sum over its examples) and `penalty / 2` times the sum of their
/// squares is least, from zeros: for models in which that has one minimum. By limited-memory quasi-Newton steps until
/// the gradient is below `1e-5` an example.
///
/// # Errors
/// [`NetworkError::NotConverged`] after a thousand evaluations; those of the model at the start.
pub fn penalised_minimum(flow: &GradientFlow<'_>, penalty: f64) -> Result<Vec<f64>, FlowError> {
    let mut parameters = vec![0.0; flow.model().parameter_count()];
    let examples = flow.inputs().nrows();
    let options = QuasiNewton {
        tolerance: 1e-5 * examples as f64,
        maximum_evaluations: 1000,
        ..QuasiNewton::default()
    };
    let mut problem = Penalised { flow, penalty };
    let found =
        minimise(&mut problem, &mut parameters, options, |_| ()).map_err(NetworkError::from)?;
    match found.first() {
        Some(minimum) if !minimum.converged => Err(NetworkError::NotConverged {
            samples: 1,
            batch: 1,
            evaluations: minimum.evaluations,
            residual: minimum.residual,
            tolerance: options.tolerance,
        }
        .into()),
        _ => Ok(parameters),
    }
}

/// The class of every row of probabilities: the largest; of one column, whether it is above a half.
#[must_use]
pub fn decided(outputs: &DMatrix<f64>) -> Vec<usize> {
    let rows = outputs.row_iter();
    rows.map(|row| match row.len() {
        1 => usize::from(row[0] > 0.5),
        _ => row.transpose().imax(),
    })
    .collect()
}
