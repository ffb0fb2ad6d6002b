//! Training on sequences, epoch by epoch.

use serde::{Deserialize, Serialize};

use super::{RateState, SequenceOptions, SequenceRule, SequenceTask};
use crate::networks::NetworkError;
use crate::networks::recurrent::ElmanNetwork;
use crate::training::DIVERGED;
use crate::training::adam::Adam;
use crate::training::flow::FlowError;

/// A network in training, with all that it takes to go on bit for bit after it was stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SequenceTrainer {
    options: SequenceOptions,
    parameters: Vec<f64>,
    losses: Vec<f64>,
    rate: Option<RateState>,
    moments: (Vec<f64>, Vec<f64>),
    /// The weights before the last step of Adam, which is taken back if it turns out to diverge.
    before: Vec<f64>,
    /// Loss before the first step of Adam.
    start: Option<f64>,
    /// Least loss so far, and the weights that have it.
    best: Option<(f64, Vec<f64>)>,
}

/// A loss and its gradient, if a training can start there.
fn finite((loss, gradient): (f64, Vec<f64>)) -> Result<(f64, Vec<f64>), NetworkError> {
    if loss.is_finite() && gradient.iter().all(|g| g.is_finite()) {
        return Ok((loss, gradient));
    }
    let name = "the loss at the start of a training";
    Err(NetworkError::NotFinite { name })
}

impl SequenceTrainer {
    /// A training that has not begun.
    ///
    /// # Errors
    /// [`FlowError::OutOfRange`] for options that are none.
    pub fn new(parameters: Vec<f64>, options: SequenceOptions) -> Result<Self, FlowError> {
        options.check()?;
        Ok(Self {
            options,
            moments: (vec![0.0; parameters.len()], vec![0.0; parameters.len()]),
            before: parameters.clone(),
            parameters,
            losses: Vec::new(),
            rate: None,
            start: None,
            best: None,
        })
    }

    /// The weights now.
    #[must_use]
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// Mean square of the errors of every epoch: after the step, and before it with Adam, which does not look
    /// again.
    #[must_use]
    pub fn losses(&self) -> &[f64] {
        &self.losses
    }

    /// The weights of the least loss so far. An alterable rate keeps steps that harm a little, so that the last
    /// weights are not the best.
    #[must_use]
    pub fn best(&self) -> &[f64] {
        self.best.as_ref().map_or(&self.parameters, |best| &best.1)
    }

    fn note(&mut self, loss: f64) {
        self.losses.push(loss);
        if self.best.as_ref().is_none_or(|best| loss < best.0) {
            self.best = Some((loss, self.parameters.clone()));
        }
    }

    /// Finished epochs.
    #[must_use]
    pub fn epochs(&self) -> usize {
        self.losses.len()
    }

    /// One step by the gradient of all sequences. Cost: one run and one backward pass.
    ///
    /// # Errors
    /// [`NetworkError::NotFinite`] if there is no finite loss at the start, [`NetworkError::LearningDiverges`] if Adam has made the loss `1e4` times that of the start; those of the
    /// network and task.
    pub fn epoch(&mut self, network: &ElmanNetwork, task: &SequenceTask) -> Result<(), FlowError> {
        let options = self.options;
        let evaluate = |parameters: &[f64]| options.gradient(network, parameters, task);
        match options.rule {
            SequenceRule::AlterableRate(rule) => {
                let state = match &mut self.rate {
                    Some(state) => state,
                    none => {
                        let (loss, gradient) = finite(evaluate(&self.parameters)?)?;
                        none.insert(rule.begin(loss, gradient))
                    }
                };
                let tried = |parameters: &[f64]| match evaluate(parameters) {
                    // weights that make the outputs overflow are taken back like any that harm
                    Err(FlowError::Network(NetworkError::NotFinite { .. })) => {
                        Ok((f64::INFINITY, Vec::new()))
                    }
                    found => found,
                };
                rule.step(state, &mut self.parameters, tried)?;
                let loss = state.performance();
                self.note(loss);
            }
            SequenceRule::Adam { rate } => {
                let found = match evaluate(&self.parameters) {
                    // outputs that overflow, after a sound start
                    Err(FlowError::Network(NetworkError::NotFinite { .. }))
                        if self.start.is_some() =>
                    {
                        (f64::INFINITY, Vec::new())
                    }
                    found => found?,
                };
                if self.start.is_none() {
                    self.start = Some(finite(found.clone())?.0);
                }
                let (loss, gradient) = found;
                let start = self.start.unwrap_or(loss);
                if !loss.is_finite() || loss > DIVERGED * start {
                    self.parameters.copy_from_slice(&self.before);
                    return Err(NetworkError::LearningDiverges {
                        start,
                        loss,
                        batches: self.losses.len(),
                        rate,
                    }
                    .into());
                }
                self.note(loss);
                self.before.copy_from_slice(&self.parameters);
                let count = self.losses.len() as u64;
                let (first, second) = &mut self.moments;
                let slope = |index: usize, _: f64| gradient[index];
                Adam::new(rate).step(count, &mut self.parameters, slope, (first, second));
            }
        }
        Ok(())
    }
}
