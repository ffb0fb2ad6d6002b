//! What the kind `kernel-regression` finds.

use serde::{Deserialize, Serialize};

use super::ntk_findings::ShownKernel;
use crate::experiment::Array;

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Whose kernel it is, and of which inputs.
    pub of: String,
    /// Examples that are learnt.
    pub examples: usize,
    /// Tests.
    pub tests: usize,
    /// Modes of the kernel among the examples that learn; the others stand still for ever.
    pub rank: usize,
    /// Modes that stand still: equal inputs, and what rounding leaves of zero.
    pub null_modes: usize,
    /// The eigenvalue up to which a mode counts as one of these.
    pub rank_tolerance: f64,
    /// Largest eigenvalue, one over which is the unit of time.
    pub largest_eigenvalue: f64,
    /// Mean of the diagonal, which is the unit of ridges.
    pub mean_diagonal: f64,
    /// Mean squared error of a target that no time removes: the part of the targets in modes that stand still.
    pub never_learnt: f64,
    /// What a reader should know.
    pub notes: Vec<String>,
    /// The predictions, times first.
    pub predictions: Vec<Prediction>,
    /// Times of the course, in units of one over the largest eigenvalue.
    pub course_times: Vec<f64>,
    /// Mean squared errors on the examples along it.
    pub course_training: Vec<f64>,
    /// The same on the tests; empty where their targets are not known.
    pub course_tests: Vec<f64>,
    /// The kernel among the examples, and its eigenvalues.
    pub kernel: ShownKernel,
    /// The kernel between tests and examples: one row a test.
    pub kernel_cross: Array,
    /// The kernel among the tests, where it is that of a network.
    pub kernel_test: Option<Array>,
    /// Inputs as they were learnt, one row an example, and those of the tests; none beside a given kernel.
    pub inputs: Vec<Array>,
    /// Targets, one row an example.
    pub targets: Array,
    /// Weights of the network that was drawn.
    pub weights: Option<Array>,
}

/// One prediction.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Prediction {
    /// In words.
    pub name: String,
    /// Time in units of one over the largest eigenvalue; `None` for the end, or with a ridge.
    pub time: Option<f64>,
    /// The ridge in units of the mean of the diagonal, if this is a prediction with one.
    pub ridge: Option<f64>,
    /// Mean squared error of a target on the examples.
    pub training_error: f64,
    /// The same on the tests, where their targets are known.
    pub test_error: Option<f64>,
    /// Share of the examples in their own class, where targets are classes.
    pub training_right: Option<f64>,
    /// The same of the tests.
    pub test_right: Option<f64>,
    /// Predictions for the tests, one row a test.
    pub outputs: Array,
    /// Predictions for the examples.
    pub fitted: Array,
    /// What the kernel functions of the examples are multiplied by, one row an example: a prediction is `kernel(x, X)` times this.
    pub coefficients: Array,
}
