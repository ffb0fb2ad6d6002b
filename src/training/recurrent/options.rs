//! What is learnt, and how: pieces of sequences, and the gradient of their errors.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::AlterableRate;
use crate::networks::NetworkError;
use crate::networks::recurrent::{ElmanNetwork, ElmanPass, ElmanState, Gradient, Sequences};
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
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
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

    /// What the network says along the same pieces, with the same rule of the state between them.
    ///
    /// # Errors
    /// Those of the network.
    pub fn outputs(
        &self,
        network: &ElmanNetwork,
        parameters: &[f64],
        inputs: &Sequences,
    ) -> Result<Sequences, NetworkError> {
        let mut said = Vec::new();
        self.each_piece(network, parameters, inputs, |_, pass| {
            said.extend_from_slice(pass.outputs().values().as_slice());
            Ok(())
        })?;
        let columns = inputs.values().ncols();
        let values = DMatrix::from_vec(said.len() / columns, columns, said);
        Sequences::new(values, inputs.count())
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
        mut visit: impl FnMut(&ElmanPass<'_>, &DMatrix<f64>) -> Result<(), NetworkError>,
    ) -> Result<f64, FlowError> {
        task.check()?;
        let weight = task.weight();
        let mut sum = 0.0;
        self.each_piece(network, parameters, &task.inputs, |from, pass| {
            let outputs = pass.outputs();
            let (count, steps) = (outputs.count(), outputs.steps());
            let targets = task.targets.values();
            let mut errors = outputs.values() - targets.columns(from * count, steps * count);
            let unseen = task.skip.saturating_sub(from).min(steps) * count;
            errors.columns_mut(0, unseen).fill(0.0);
            sum += errors.norm_squared();
            visit(pass, &(errors * (2.0 / weight)))
        })?;
        Ok(sum / weight)
    }

    /// Runs the network piece by piece; `visit` is told the first step of each.
    fn each_piece(
        &self,
        network: &ElmanNetwork,
        parameters: &[f64],
        inputs: &Sequences,
        mut visit: impl FnMut(usize, &ElmanPass<'_>) -> Result<(), NetworkError>,
    ) -> Result<(), NetworkError> {
        let steps = inputs.steps();
        let piece = self.piece.unwrap_or(steps).clamp(1, steps);
        let mut state: Option<ElmanState> = None;
        for from in (0..steps).step_by(piece) {
            let whole = piece == steps;
            let cut = (!whole).then(|| inputs.part(from, (from + piece).min(steps)));
            let pass = network.pass(parameters, cut.as_ref().unwrap_or(inputs), state.as_ref())?;
            visit(from, &pass)?;
            state = (self.state == StateRule::Carry).then(|| pass.last());
        }
        Ok(())
    }
}
