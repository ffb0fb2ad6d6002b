//! What the kind `drift` finds.

use serde::{Deserialize, Serialize};

use super::drift_settings::Learns;
use crate::experiment::Array;
use crate::networks::recurrent::Gradient;

/// What is found. Mean squares are those of one-step predictions of the tests, from the second reading on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Whether the readings were simulated; else they are those of a file.
    pub simulated: bool,
    /// Sequences that were learnt, and tests.
    pub sequences: [usize; 2],
    /// Mean square error of every method.
    pub mse: Methods,
    /// That of the Kalman filter with the true coefficients and noises, on the same tests; of a simulation.
    pub bound: Option<f64>,
    /// What the bound is in expectation, from an endless past.
    pub bound_expected: Option<f64>,
    /// The same of sequences as short as these, which begin with what is known of a first bias and walk.
    pub bound_of_sequences: Option<f64>,
    /// Mean square errors over the bound.
    pub ratio_to_bound: Option<Methods>,
    /// Coefficients of the terms.
    pub coefficients: Vec<Coefficient>,
    /// Coefficient of the regression of what least squares leave on what they left before.
    pub autoregression: f64,
    /// Every form of network; the first is `elman` in `mse`.
    pub networks: Vec<FormFindings>,
    /// Allan deviation: time, deviation, and the expected one (NaN where it is not known). Of a simulation that of a
    /// long series of its noises, of a file that of what least squares leave, mean over the sequences.
    pub allan: Array,
    /// The first test: time, reading, and what was predicted by the first network, by least squares with
    /// autoregression, and by the Kalman filter (NaN where there is none).
    pub example: Array,
}

/// A number for every method.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Methods {
    /// The reading before.
    pub persistence: f64,
    /// Least squares.
    pub least_squares: f64,
    /// Least squares, and autoregression of what they leave.
    pub least_squares_ar1: f64,
    /// Networks of the first form, mean over their seeds.
    pub elman: f64,
    /// Kalman filter with the coefficients of least squares and the true noises.
    pub kalman_least_squares: Option<f64>,
    /// Kalman filter with coefficients that it has estimated itself on the sequences that were learnt.
    pub kalman_joint: Option<f64>,
    /// Kalman filter with the true coefficients and noises.
    pub kalman: Option<f64>,
}

/// One term.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Coefficient {
    /// Its name.
    pub term: String,
    /// The true coefficient, of a simulation.
    pub truth: Option<f64>,
    /// By least squares.
    pub least_squares: f64,
    /// By the filter, with its own standard deviation.
    pub joint: Option<[f64; 2]>,
}

/// One form of network.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FormFindings {
    /// In words.
    pub name: String,
    /// How far errors were followed.
    pub gradient: Gradient,
    /// What was learnt.
    pub learns: Learns,
    /// Weights of a network.
    pub weights: usize,
    /// Mean square error of the tests, one a network.
    pub mse: Vec<f64>,
    /// The same of the sequences that were learnt.
    pub training_mse: Vec<f64>,
    /// Epochs of the looks.
    pub epochs: Vec<usize>,
    /// Mean square error of the tests at the looks, by the best weights so far: one row a network.
    pub course: Array,
}

impl Methods {
    pub(super) fn over(&self, bound: f64) -> Self {
        let ratio = |value: f64| value / bound;
        Self {
            persistence: ratio(self.persistence),
            least_squares: ratio(self.least_squares),
            least_squares_ar1: ratio(self.least_squares_ar1),
            elman: ratio(self.elman),
            kalman_least_squares: self.kalman_least_squares.map(ratio),
            kalman_joint: self.kalman_joint.map(ratio),
            kalman: self.kalman.map(ratio),
        }
    }

    pub(super) fn named(&self) -> [(&'static str, Option<f64>); 7] {
        [
            ("persistence", Some(self.persistence)),
            ("least squares", Some(self.least_squares)),
            ("least squares + AR(1)", Some(self.least_squares_ar1)),
            ("Elman", Some(self.elman)),
            (
                "Kalman, coefficients of least squares",
                self.kalman_least_squares,
            ),
            ("Kalman, coefficients of its own", self.kalman_joint),
            ("Kalman, true coefficients", self.kalman),
        ]
    }
}
