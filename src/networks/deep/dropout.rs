//! Dropout: the thinned networks that training sees, and evaluation does not.

use nalgebra::DMatrix;
use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::{DeepNetwork, DifferentiableModel, LossSlope, Pass};
use crate::networks::NetworkError;
use crate::numerics::matrix::Real;
use crate::numerics::random::stream;

/// How many activations a step of training leaves out. Those that stay are divided by their share, so
/// that every mean is that of the whole network, which evaluation takes as it is.
///
/// N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov, JMLR 15, 1929-1958 (2014),
/// in the inverted form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropout {
    /// Share of the activations of fully connected hidden layers that is dropped, from 0, below 1.
    pub dense: f64,
    /// The same for convolutions, every pixel of every channel by itself, before a pooling.
    #[serde(default)]
    pub convolutions: f64,
    /// The same for whole words of a text, of models that read texts.
    #[serde(default)]
    pub words: f64,
    /// Seed of the masks.
    #[serde(default)]
    pub seed: u64,
}

impl Dropout {
    /// Whether every share is one.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for the first that is not.
    pub fn check(&self) -> Result<(), NetworkError> {
        for value in [self.dense, self.convolutions, self.words] {
            if !(0.0..1.0).contains(&value) {
                return Err(NetworkError::OutOfRange {
                    name: "share of a dropout",
                    value,
                    requirement: "it is at least 0 and below 1",
                });
            }
        }
        Ok(())
    }
}

/// The network that one step of training with [`Dropout`] sees: the same masks in all its derivatives.
///
/// The mask of an example belongs to its row of the batch.
#[derive(Debug, Clone, Copy)]
pub struct Thinned<'a> {
    network: &'a DeepNetwork,
    dropout: Dropout,
    step: u64,
}

impl<'a> Thinned<'a> {
    /// The network of step `step`.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for a share that is none.
    pub fn new(
        network: &'a DeepNetwork,
        dropout: Dropout,
        step: u64,
    ) -> Result<Self, NetworkError> {
        dropout.check()?;
        Ok(Self {
            network,
            dropout,
            step,
        })
    }

    /// One forward pass with the masks of this step; otherwise as [`DeepNetwork::pass`].
    ///
    /// # Errors
    /// Those of [`DeepNetwork::pass`].
    pub fn pass<'p, T: Real>(
        &'p self,
        parameters: &'p [T],
        inputs: &DMatrix<T>,
    ) -> Result<Pass<'p, T>, NetworkError> {
        let mut random = stream(self.dropout.seed, "dropout", self.step);
        let depth = self.network.architecture().depth();
        let hidden = self.network.layers()[..depth].iter();
        let masks = hidden.map(|layer| {
            let share = match layer.pixels {
                1 => self.dropout.dense,
                _ => self.dropout.convolutions,
            };
            let kept = T::from_double(1.0 / (1.0 - share));
            (share > 0.0).then(|| {
                let (rows, columns) = (inputs.nrows() * layer.pixels, layer.outputs);
                DMatrix::from_fn(rows, columns, |_, _| {
                    if random.random::<f64>() < share {
                        T::zero()
                    } else {
                        kept
                    }
                })
            })
        });
        Pass::new(self.network, parameters, inputs, masks.collect())
    }
}

impl DifferentiableModel for Thinned<'_> {
    fn parameter_count(&self) -> usize {
        self.network.parameter_count()
    }

    fn output_count(&self) -> usize {
        self.network.output_count()
    }

    fn outputs(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
    ) -> Result<DMatrix<f64>, NetworkError> {
        Ok(self.pass(parameters, inputs)?.into_outputs())
    }

    fn jvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
    ) -> Result<DMatrix<f64>, NetworkError> {
        self.pass(parameters, inputs)?.jvp(direction)
    }

    fn vjp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        cotangent: &DMatrix<f64>,
    ) -> Result<Vec<f64>, NetworkError> {
        self.pass(parameters, inputs)?.vjp(cotangent)
    }

    fn gradient(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        loss: &dyn Fn(&DMatrix<f64>) -> DMatrix<f64>,
    ) -> Result<(DMatrix<f64>, Vec<f64>), NetworkError> {
        self.pass(parameters, inputs)?.gradient(loss)
    }

    fn hvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
        loss: &LossSlope<'_>,
    ) -> Result<Vec<f64>, NetworkError> {
        self.pass(parameters, inputs)?.hvp(direction, loss)
    }
}
