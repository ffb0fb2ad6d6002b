//! What a report says about the data of a run.

use serde::{Deserialize, Serialize};

use super::Scaling;

/// Where the data of a run came from, and what was done to them: `data_read` of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataStatement {
    /// The inputs: a file, a shipped set, or that they are written out in the model.
    pub inputs: String,
    /// The targets or labels.
    pub targets: String,
    /// Shape of one input.
    pub shape: Vec<usize>,
    /// Names of the columns of inputs, where the file has them.
    pub columns: Vec<String>,
    /// Names of the classes, where targets are classes.
    pub classes: Vec<String>,
    /// Examples for training.
    pub training: usize,
    /// Examples for tests.
    pub tests: usize,
    /// How they were told apart.
    pub split: String,
    /// What inputs were divided by.
    pub divided_by: f64,
    /// How they were scaled then.
    pub scaling: Scaling,
    /// What tells these numbers from others.
    pub checksum: u32,
}
