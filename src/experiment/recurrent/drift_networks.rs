//! What a network of the kind `drift` sees and says.

use super::drift_data::Sequence;
use super::drift_methods::{Predictions, residuals};
use super::drift_settings::Learns;
use crate::experiment::RunError;
use crate::networks::recurrent::{ElmanNetwork, Sequences};
use crate::training::recurrent::{SequenceOptions, SequenceTask};

/// What is smaller than this beside the numbers that it was made of is the rounding of sums: a regressor that does not
/// change, or readings of which least squares leave nothing. Chosen.
pub(super) const ROUNDING: f64 = 1e-12;

/// Mean and standard deviation of the sequences that are learnt.
#[derive(Debug, Clone, Copy)]
struct Scale {
    mean: f64,
    deviation: f64,
}

impl Scale {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let count = values.clone().count() as f64;
        let mean = values.clone().sum::<f64>() / count;
        let squares: f64 = values.map(|x| (x - mean).powi(2)).sum();
        Self {
            mean,
            deviation: (squares / count).sqrt(),
        }
    }

    fn apply(self, value: f64) -> f64 {
        (value - self.mean) / self.deviation
    }
}

/// How numbers become inputs and targets: all of mean 0 and variance 1 on the sequences that are learnt.
pub(super) struct Encoding {
    learns: Learns,
    target: Scale,
    /// Regressors that change, with their columns.
    regressors: Vec<(usize, Scale)>,
}

impl Encoding {
    /// From the sequences that are learnt and what least squares say of them.
    pub fn of(learns: Learns, training: &[Sequence], explained: &[Vec<f64>]) -> Self {
        match learns {
            Learns::Residual => {
                let left = residuals(training, explained);
                Self {
                    learns,
                    target: Scale {
                        mean: 0.0,
                        ..Scale::of(left.iter().flatten().copied())
                    },
                    regressors: Vec::new(),
                }
            }
            Learns::Drift => {
                let drift = training
                    .iter()
                    .flat_map(|sequence| sequence.drift.iter().copied());
                let columns = training[0].regressors.ncols();
                let regressors = (0..columns).map(|column| {
                    let rows = 0..training[0].regressors.nrows();
                    let all = training.iter().flat_map(|sequence| {
                        let numbers = &sequence.regressors;
                        rows.clone().map(move |row| numbers[(row, column)])
                    });
                    (column, Scale::of(all))
                });
                Self {
                    learns,
                    target: Scale::of(drift),
                    regressors: regressors
                        .filter(|(_, scale)| scale.deviation > ROUNDING * scale.mean.abs())
                        .collect(),
                }
            }
        }
    }

    /// Numbers that the network sees at a step.
    pub fn inputs(&self) -> usize {
        self.regressors.len() + 1
    }

    /// From mean squares of the task to those of readings.
    pub fn square(&self) -> f64 {
        self.target.deviation * self.target.deviation
    }

    /// Inputs and targets: regressors of the step and the reading before it, which is the mean at first; errors
    /// count from the second step on.
    pub fn task(&self, sequences: &[Sequence], explained: &[Vec<f64>]) -> SequenceTask {
        let (count, steps) = (sequences.len(), sequences[0].drift.len());
        let target = |step: usize, s: usize| {
            let drift = sequences[s].drift[step];
            self.target.apply(match self.learns {
                Learns::Drift => drift,
                Learns::Residual => drift - explained[s][step],
            })
        };
        let last = self.regressors.len();
        let inputs = Sequences::from_fn(self.inputs(), steps, count, |row, step, s| {
            if row < last {
                let (column, scale) = self.regressors[row];
                scale.apply(sequences[s].regressors[(step, column)])
            } else if step == 0 {
                0.0
            } else {
                target(step - 1, s)
            }
        });
        SequenceTask {
            inputs,
            targets: Sequences::from_fn(1, steps, count, |_, step, s| target(step, s)),
            skip: 1,
        }
    }

    /// What a network says of all readings.
    pub fn predictions(
        &self,
        (network, options): (&ElmanNetwork, &SequenceOptions),
        parameters: &[f64],
        task: &SequenceTask,
        explained: &[Vec<f64>],
    ) -> Result<Predictions, RunError> {
        let outputs = options.outputs(network, parameters, &task.inputs)?;
        let said = |s: usize| {
            let steps = 0..outputs.steps();
            let each = steps.map(|step| {
                let value = self.target.mean + self.target.deviation * outputs.at(0, step, s);
                match self.learns {
                    Learns::Drift => value,
                    Learns::Residual => value + explained[s][step],
                }
            });
            each.collect()
        };
        Ok((0..outputs.count()).map(said).collect())
    }
}
