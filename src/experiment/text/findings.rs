//! What the kind `text` finds.

use serde::{Deserialize, Serialize};

use super::rivals::{NETWORKS, REGRESSION};
use crate::analysis::Spread;

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Texts that were learnt or held out, and tests.
    pub texts: [usize; 2],
    /// Words that are told apart, padding and unknown ones included.
    pub vocabulary: usize,
    /// Words of a test, on average, cut at `length`.
    pub words: f64,
    /// Tests that are training texts as well.
    pub shared: usize,
    /// The tasks.
    pub tasks: Vec<TaskFindings>,
    /// Every model, those of one task and one kind together.
    pub models: Vec<Model>,
    /// What the first separable network says at every position of the first test that is shown.
    pub positions: Positions,
}

/// One task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TaskFindings {
    /// Name of the column.
    pub label: String,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// Share of the tests in their largest class.
    pub majority: f64,
}

/// One model that has learnt.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Model {
    /// Index of its task.
    pub task: usize,
    /// Its kind in words.
    pub name: String,
    /// Number of its parameters.
    pub parameters: usize,
    /// Those without the embedding; of the regression all of them.
    pub own_parameters: usize,
    /// Multiplications, each with an addition, for a text of the mean length.
    pub multiply_adds: usize,
    /// Share of the tests that it gets right.
    pub accuracy: f64,
    /// The epoch whose weights were taken, from 1, or 0 if none was better than the start; none of the regression.
    pub epoch: Option<usize>,
    /// Mean loss of the training texts in every epoch, in nats.
    pub training_loss: Vec<f64>,
    /// That of the texts held out.
    pub held_out_loss: Vec<f64>,
    /// Probabilities at the positions of the text that is shown, of the first separable network.
    pub positions: Option<Positions>,
}

/// Probabilities over a text.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Positions {
    /// The words.
    pub words: Vec<String>,
    /// The class of the text.
    pub class: String,
    /// Words that share a position, by the poolings.
    pub stride: usize,
    /// Probability of that class at every position.
    pub probabilities: Vec<f64>,
}

impl Findings {
    /// The models of one kind on one task.
    pub(super) fn group<'a>(&'a self, task: usize, name: &str) -> Vec<&'a Model> {
        let all = self.models.iter();
        all.filter(|model| model.task == task && model.name == name)
            .collect()
    }

    /// Accuracies of one kind on one task: mean and standard deviation.
    pub(super) fn accuracy(&self, task: usize, name: &str) -> [Option<f64>; 2] {
        let all: Vec<f64> = self
            .group(task, name)
            .iter()
            .map(|model| model.accuracy)
            .collect();
        if all.is_empty() {
            return [None, None];
        }
        let spread = Spread::of(&all);
        [spread.mean, spread.deviation].map(|value| value.is_finite().then_some(value))
    }
}

/// All kinds of models, in the order of tables and figures.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NETWORKS.into_iter().chain([REGRESSION])
}
