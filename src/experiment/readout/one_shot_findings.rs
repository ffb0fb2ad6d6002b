//! What the kind `one-shot` finds.

use serde::{Deserialize, Serialize};

use super::fit::Point;
use super::source::FeatureSource;
use crate::experiment::Array;

/// What is found. The read-out of the report is the one with the least leave-one-out error among those of the first
/// draw of features; no test has a say in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Images that were learnt.
    pub training: usize,
    /// Images that were not.
    pub tests: usize,
    /// Share of the tests that the read-out classifies right.
    pub test_accuracy: f64,
    /// The same of the training images.
    pub train_accuracy: f64,
    /// Law of its features.
    pub law: FeatureSource,
    /// Number of its features.
    pub neurons: usize,
    /// Its ridge.
    pub ridge: f64,
    /// Share of the training images that is classified right by read-outs that have not seen them.
    pub leave_one_out: Option<f64>,
    /// Mean square error of their answers.
    pub leave_one_out_square: Option<f64>,
    /// Directions of the features that were told from zero.
    pub rank: Option<usize>,
    /// Condition number of what was solved.
    pub condition: f64,
    /// Seed from which its features were drawn.
    pub features_seed: u64,
    /// Its weights, a row a feature.
    pub readout: Array,
    /// The class that it gives every test.
    pub predictions: Array,
    /// What the tests themselves would have chosen among the same read-outs.
    pub best_by_test: Best,
    /// All draws of all features, at all ridges.
    pub sweep: Vec<Draw>,
    /// The kernel of infinitely many Gaussian features, if the images are few enough.
    pub kernel: Option<KernelPoint>,
    /// The network that learns by steps.
    pub network: Option<Learnt>,
    /// Test errors over the time of gradient flow.
    pub flow: Option<Flow>,
}

/// A choice of features and ridge.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Best {
    /// Law of the features.
    pub law: FeatureSource,
    /// Their number.
    pub neurons: usize,
    /// The ridge.
    pub ridge: f64,
    /// Accuracy on the tests, by which it was chosen.
    pub test_accuracy: f64,
}

/// One draw of features.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Draw {
    /// Law of the features.
    pub law: FeatureSource,
    /// Their number.
    pub neurons: usize,
    /// Number of the draw, from 1.
    pub seed: usize,
    /// Its read-outs, in the order of the ridges.
    pub points: Vec<Point>,
}

/// The kernel read-out with the least leave-one-out error.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KernelPoint {
    /// Its ridge: that of `L` features over `L`.
    pub ridge: f64,
    /// Accuracy on the tests.
    pub test_accuracy: f64,
    /// Accuracy on training images that were left out.
    pub leave_one_out: f64,
}

/// A network after its last epoch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Learnt {
    /// Units of its hidden layer.
    pub hidden: usize,
    /// Epochs.
    pub epochs: usize,
    /// Accuracy on the training images.
    pub train_accuracy: f64,
    /// Accuracy on the tests.
    pub test_accuracy: f64,
}

/// Shares of the tests that are wrong, at all times.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flow {
    /// Gaussian features of the read-out.
    pub neurons: usize,
    /// The times.
    pub times: Vec<f64>,
    /// The read-out of so many features alone.
    pub readout: Vec<f64>,
    /// The same at infinite width: the covariance kernel.
    pub infinite: Vec<f64>,
    /// All layers at infinite width: the tangent kernel.
    pub all_layers: Vec<f64>,
    /// The same features solved at once, with the ridge that leave-one-out chooses.
    pub solved: f64,
    /// That ridge.
    pub ridge: f64,
}

impl Findings {
    /// The draws of every law and number of features, in the order of the sweep.
    pub(super) fn groups(&self) -> Vec<Vec<&Draw>> {
        let mut groups: Vec<Vec<&Draw>> = Vec::new();
        for draw in &self.sweep {
            match groups.last_mut() {
                Some(group) if (group[0].law, group[0].neurons) == (draw.law, draw.neurons) => {
                    group.push(draw);
                }
                _ => groups.push(vec![draw]),
            }
        }
        groups
    }
}
