//! Training on sequences, epoch by epoch.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::{AlterableRate, RateState};
use crate::networks::NetworkError;
use crate::networks::recurrent::{ElmanNetwork, ElmanState, Gradient, Sequences};
use crate::training::DIVERGED;
use crate::training::adam::Adam;
use crate::training::flow::FlowError;

/// What is learnt: outputs for inputs, from a step on.
#[derive(Debug, Clone, PartialEq)]
pub struct SequenceTask {
    /// What the network sees.
    pub inputs: Sequences,
    /// What it should say.
    pub targets: Sequences,
    /// Steps at the beginning that no error counts of.
    pub skip: usize,
}

/// What becomes of the state between two pieces of a sequence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateRule {
    /// It goes on: values know the whole past, gradients that of their piece.
    #[default]
    Carry,
    /// It is set to zero.
    Reset,
}

/// From a gradient of an epoch to a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SequenceRule {
    /// Momentum with an alterable rate.
    AlterableRate(AlterableRate),
    /// Adam.
    Adam {
        /// Step size.
        rate: f64,
    },
}

impl Default for SequenceRule {
    fn default() -> Self {
        Self::AlterableRate(AlterableRate::default())
    }
}

/// How a network learns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SequenceOptions {
    /// How far errors are followed into the past.
    pub gradient: Gradient,
    /// Steps of the pieces that sequences are cut into; whole sequences if none.
    pub piece: Option<usize>,
    /// What becomes of the state between pieces.
    pub state: StateRule,
    /// From gradients to steps.
    pub rule: SequenceRule,
}

/// A network in training, with all that it takes to go on bit for bit after it was stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SequenceTrainer {
    options: SequenceOptions,
    parameters: Vec<f64>,
    losses: Vec<f64>,
    rate: Option<RateState>,
    moments: (Vec<f64>, Vec<f64>),
    /// Loss before the first step of Adam.
    start: Option<f64>,
    /// Least loss so far, and the weights that have it.
    best: Option<(f64, Vec<f64>)>,
}

impl SequenceTask {
    /// Errors that count.
    fn weight(&self) -> f64 {
        let steps = self.targets.steps().saturating_sub(self.skip);
        (steps * self.targets.count() * self.targets.numbers()) as f64
    }

    fn check(&self) -> Result<(), FlowError> {
        let (inputs, targets) = (&self.inputs, &self.targets);
        if (inputs.steps(), inputs.count()) != (targets.steps(), targets.count()) {
            return Err(FlowError::Shape {
                name: "the targets of all sequences and steps",
                found: (targets.count(), targets.steps()),
                expected: (inputs.count(), inputs.steps()),
            });
        }
        if self.skip >= inputs.steps() {
            return Err(FlowError::OutOfRange {
                name: "skip",
                value: self.skip as f64,
                requirement: "below the number of steps, so that an error is left",
            });
        }
        Ok(())
    }
}

impl SequenceOptions {
    /// Mean square of the errors that count, and its gradient as far as the options follow it.
    ///
    /// # Errors
    /// Those of the network, and for a task or options that do not fit.
    pub fn gradient(
        &self,
        network: &ElmanNetwork,
        parameters: &[f64],
        task: &SequenceTask,
    ) -> Result<(f64, Vec<f64>), FlowError> {
        let mut gradient = vec![0.0; parameters.len()];
        let loss = self.over_pieces(network, parameters, task, |pass, slopes| {
            let piece = pass.gradient(slopes, self.gradient)?;
            for (sum, g) in gradient.iter_mut().zip(piece) {
                *sum += g;
            }
            Ok(())
        })?;
        Ok((loss, gradient))
    }

    /// Mean square of the errors that count.
    ///
    /// # Errors
    /// As [`SequenceOptions::gradient`].
    pub fn loss(
        &self,
        network: &ElmanNetwork,
        parameters: &[f64],
        task: &SequenceTask,
    ) -> Result<f64, FlowError> {
        self.over_pieces(network, parameters, task, |_, _| Ok(()))
    }

    /// Whether the options are in their ranges.
    ///
    /// # Errors
    /// [`FlowError::OutOfRange`] for the first that is not.
    pub fn check(&self) -> Result<(), FlowError> {
        self.gradient.check()?;
        if self.piece == Some(0) {
            return Err(FlowError::OutOfRange {
                name: "piece",
                value: 0.0,
                requirement: "at least one step",
            });
        }
        match self.rule {
            SequenceRule::AlterableRate(rule) => rule.check(),
            SequenceRule::Adam { rate } if rate > 0.0 && rate.is_finite() => Ok(()),
            SequenceRule::Adam { rate } => Err(FlowError::OutOfRange {
                name: "rate",
                value: rate,
                requirement: "positive and finite",
            }),
        }
    }

    fn over_pieces(
        &self,
        network: &ElmanNetwork,
        parameters: &[f64],
        task: &SequenceTask,
        mut visit: impl FnMut(
            &crate::networks::recurrent::ElmanPass<'_>,
            &DMatrix<f64>,
        ) -> Result<(), NetworkError>,
    ) -> Result<f64, FlowError> {
        task.check()?;
        let steps = task.inputs.steps();
        let piece = self.piece.unwrap_or(steps).clamp(1, steps);
        let weight = task.weight();
        let mut sum = 0.0;
        let mut state: Option<ElmanState> = None;
        for from in (0..steps).step_by(piece) {
            let to = (from + piece).min(steps);
            let whole = piece == steps;
            let cut = (!whole).then(|| task.inputs.part(from, to));
            let inputs = cut.as_ref().unwrap_or(&task.inputs);
            let pass = network.pass(parameters, inputs, state.as_ref())?;
            let count = inputs.count();
            let columns = (from * count, (to - from) * count);
            let mut errors =
                pass.outputs().values() - task.targets.values().columns(columns.0, columns.1);
            let unseen = task.skip.saturating_sub(from).min(to - from) * count;
            errors.columns_mut(0, unseen).fill(0.0);
            sum += errors.norm_squared();
            visit(&pass, &(errors * (2.0 / weight)))?;
            state = (self.state == StateRule::Carry).then(|| pass.last());
        }
        Ok(sum / weight)
    }
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
    /// [`NetworkError::LearningDiverges`] if Adam has made the loss `1e4` times that of the start; those of the
    /// network and task.
    pub fn epoch(&mut self, network: &ElmanNetwork, task: &SequenceTask) -> Result<(), FlowError> {
        let options = self.options;
        let evaluate = |parameters: &[f64]| options.gradient(network, parameters, task);
        match options.rule {
            SequenceRule::AlterableRate(rule) => {
                let state = match &mut self.rate {
                    Some(state) => state,
                    none => {
                        let (loss, gradient) = evaluate(&self.parameters)?;
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
                let (loss, gradient) = evaluate(&self.parameters)?;
                let start = *self.start.get_or_insert(loss);
                if loss.is_nan() || loss > DIVERGED * start {
                    return Err(NetworkError::LearningDiverges {
                        start,
                        loss,
                        batches: self.losses.len(),
                        rate,
                    }
                    .into());
                }
                self.note(loss);
                let count = self.losses.len() as u64;
                let (first, second) = &mut self.moments;
                let slope = |index: usize, _: f64| gradient[index];
                Adam::new(rate).step(count, &mut self.parameters, slope, (first, second));
            }
        }
        Ok(())
    }
}
