//! Logistic regression on the words of a text, whatever their order.

use nalgebra::DMatrix;

use super::UNKNOWN;
use super::number::{Dual, Number};
use super::read_out::{probabilities, probabilities_back};
use super::signal::{Segments, Signal};
use super::tokens::word_numbers;
use crate::networks::NetworkError;
use crate::networks::deep::{DifferentiableModel, LossSlope};

/// `y = softmax(W x + b)` (the logistic function, for one output) of the tf-idf vector `x` of a text:
/// `x_w = n_w (1 + ln((1 + N) / (1 + N_w)))` over its length, with `n_w` the times that the word stands in the text
/// and `N_w` the texts of `N` learnt ones that have it (the smoothed form of K. Sparck Jones, J. Documentation 28,
/// 11-21, 1972). Padding and unknown words are left out.
///
/// Inputs are those of a [`TextNetwork`](super::TextNetwork). Parameters: the outputs of a word together, word after
/// word; then `b`. Its negative log likelihood with a penalty has one minimum.
#[derive(Debug, Clone, PartialEq)]
pub struct BagOfWords {
    /// Weight of every word of the vocabulary.
    weights: Vec<f64>,
    outputs: usize,
}

impl BagOfWords {
    /// With the weights of words that the texts of `inputs` give.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for numbers that are no words, and without outputs.
    pub fn learn(
        inputs: &DMatrix<f64>,
        vocabulary: usize,
        outputs: usize,
    ) -> Result<Self, NetworkError> {
        if outputs == 0 {
            return Err(NetworkError::OutOfRange {
                name: "outputs",
                value: 0.0,
                requirement: "at least one is needed",
            });
        }
        let mut bag = Self {
            weights: vec![1.0; vocabulary],
            outputs,
        };
        let mut texts = vec![0_usize; vocabulary];
        for row in bag.features(inputs)? {
            row.iter().for_each(|(word, _)| texts[*word] += 1);
        }
        let all = 1.0 + inputs.nrows() as f64;
        for (weight, texts) in bag.weights.iter_mut().zip(texts) {
            *weight = 1.0 + libm::log(all / (1.0 + texts as f64));
        }
        Ok(bag)
    }

    /// The entries of every text's vector, by rising number of the word.
    fn features(&self, inputs: &DMatrix<f64>) -> Result<Vec<Vec<(usize, f64)>>, NetworkError> {
        let rows = word_numbers(inputs, self.weights.len())?;
        let rows = rows.into_iter().map(|mut numbers| {
            numbers.retain(|word| *word > UNKNOWN);
            numbers.sort_unstable();
            let runs = numbers.chunk_by(|one, next| one == next);
            let mut entries: Vec<(usize, f64)> = runs
                .map(|run| (run[0], run.len() as f64 * self.weights[run[0]]))
                .collect();
            let length = entries.iter().map(|(_, x)| x * x).sum::<f64>().sqrt();
            // a text without a known word keeps a vector of zeros
            entries.iter_mut().for_each(|(_, x)| *x /= length);
            entries
        });
        Ok(rows.collect())
    }

    fn forward<T: Number>(&self, parameters: &[T], rows: &[Vec<(usize, f64)>]) -> Signal<T> {
        let biases = &parameters[self.weights.len() * self.outputs..];
        let mut sums = Signal::zeros(self.outputs, Segments::new(rows.iter().map(|_| 1)));
        for (text, row) in rows.iter().enumerate() {
            let sums = sums.at_mut(text);
            sums.copy_from_slice(biases);
            for (word, x) in row {
                let own = &parameters[word * self.outputs..];
                for (sum, weight) in sums.iter_mut().zip(own) {
                    *sum += *weight * *x;
                }
            }
        }
        probabilities(sums)
    }

    fn backward<T: Number>(
        &self,
        parameters: &[T],
        rows: &[Vec<(usize, f64)>],
        cotangent: Vec<T>,
    ) -> Vec<T> {
        let found = self.forward(parameters, rows);
        let mut slope = Signal {
            numbers: cotangent,
            ..found.clone()
        };
        probabilities_back(&found, &mut slope);
        let mut gradient = vec![T::default(); parameters.len()];
        let (weights, biases) = gradient.split_at_mut(self.weights.len() * self.outputs);
        for (text, row) in rows.iter().enumerate() {
            for (bias, slope) in biases.iter_mut().zip(slope.at(text)) {
                *bias += *slope;
            }
            for (word, x) in row {
                let own = &mut weights[word * self.outputs..];
                for (sum, slope) in own.iter_mut().zip(slope.at(text)) {
                    *sum += *slope * *x;
                }
            }
        }
        gradient
    }

    fn check(&self, parameters: &[f64]) -> Result<(), NetworkError> {
        let expected = self.parameter_count();
        if parameters.len() == expected {
            return Ok(());
        }
        Err(NetworkError::ParameterCount {
            name: "parameters",
            found: parameters.len(),
            expected,
        })
    }
}

fn by_text(numbers: &[f64], outputs: usize) -> DMatrix<f64> {
    DMatrix::from_row_slice(numbers.len() / outputs, outputs, numbers)
}

impl DifferentiableModel for BagOfWords {
    fn parameter_count(&self) -> usize {
        (self.weights.len() + 1) * self.outputs
    }

    fn output_count(&self) -> usize {
        self.outputs
    }

    fn outputs(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
    ) -> Result<DMatrix<f64>, NetworkError> {
        self.check(parameters)?;
        let found = self.forward(parameters, &self.features(inputs)?);
        if found.numbers.iter().any(|number| !number.is_finite()) {
            return Err(NetworkError::NotFinite { name: "outputs" });
        }
        Ok(by_text(&found.numbers, self.outputs))
    }

    fn jvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
    ) -> Result<DMatrix<f64>, NetworkError> {
        self.check(parameters)?;
        self.check(direction)?;
        let parameters = Dual::pair(parameters, direction);
        let found = self.forward(&parameters, &self.features(inputs)?);
        Ok(by_text(&Dual::split(&found.numbers).1, self.outputs))
    }

    fn vjp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        cotangent: &DMatrix<f64>,
    ) -> Result<Vec<f64>, NetworkError> {
        self.check(parameters)?;
        let expected = (inputs.nrows(), self.outputs);
        if cotangent.shape() != expected {
            return Err(NetworkError::BatchShape {
                name: "cotangents",
                found: cotangent.shape(),
                expected,
            });
        }
        let slope = cotangent.transpose().as_slice().to_vec();
        Ok(self.backward(parameters, &self.features(inputs)?, slope))
    }

    fn hvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
        loss: &LossSlope<'_>,
    ) -> Result<Vec<f64>, NetworkError> {
        let (values, changes) = (
            self.outputs(parameters, inputs)?,
            self.jvp(parameters, inputs, direction)?,
        );
        let (slope, change) = loss(&values, &changes);
        let slope = Dual::pair(slope.transpose().as_slice(), change.transpose().as_slice());
        let parameters = Dual::pair(parameters, direction);
        let found = self.backward(&parameters, &self.features(inputs)?, slope);
        Ok(Dual::split(&found).1)
    }
}
