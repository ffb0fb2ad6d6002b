//! From directions to steps of the weights.

use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Gradient;
use crate::networks::NetworkError;
use crate::networks::predictive::PredictiveNetwork;
use crate::training::adam::Adam;

/// How weights follow their directions `g`, with weight decay `lambda_w`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Optimiser {
    /// `M <- (M + h g) / (1 + h lambda_w)`: one step `h` of the flow `M' = g - lambda_w M`, the
    /// decay taken implicitly so that it is stable for any `h`.
    Descent {
        /// The step `h`, in units of `gamma`.
        rate: f64,
    },
    /// An implicit step `h` of that flow with the values of the batch held, stable for any `h`: a
    /// ridge regression of the values on what predicts them, kept near the old weights. Needs a rule
    /// that relaxes values and tied feedback; biases keep their values. Ours.
    Proximal {
        /// The step `h`, in units of `gamma`.
        rate: f64,
    },
    /// D. P. Kingma, J. Ba, "Adam", arXiv 1412.6980, on `g - lambda_w M`, so that stationary points
    /// are those of the flow.
    Adam {
        /// Step size.
        rate: f64,
        /// Memory of the mean, 0.9 in the paper.
        beta1: f64,
        /// Memory of the square, 0.999 in the paper.
        beta2: f64,
        /// Floor of the denominator, `1e-8` in the paper.
        epsilon: f64,
    },
}

impl Optimiser {
    /// Step size.
    #[must_use]
    pub fn rate(&self) -> f64 {
        match *self {
            Self::Descent { rate } | Self::Proximal { rate } | Self::Adam { rate, .. } => rate,
        }
    }

    /// Whether the constants are in their ranges.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for the first that is not.
    pub fn check(&self) -> Result<(), NetworkError> {
        let rule = |name, value: f64, holds: bool, requirement| {
            if holds {
                return Ok(());
            }
            Err(NetworkError::OutOfRange {
                name,
                value,
                requirement,
            })
        };
        let rate = self.rate();
        let holds = rate > 0.0 && rate.is_finite();
        rule(
            "rate of the weights",
            rate,
            holds,
            "it is positive and finite",
        )?;
        if let Self::Adam {
            beta1,
            beta2,
            epsilon,
            ..
        } = *self
        {
            for (name, beta) in [("beta1", beta1), ("beta2", beta2)] {
                rule(
                    name,
                    beta,
                    (0.0..1.0).contains(&beta),
                    "at least 0, below 1",
                )?;
            }
            let holds = epsilon > 0.0 && epsilon.is_finite();
            rule("epsilon", epsilon, holds, "it is positive and finite")?;
        }
        Ok(())
    }

    /// Adam with the constants of its paper.
    #[must_use]
    pub fn adam(rate: f64) -> Self {
        let Adam {
            rate,
            beta1,
            beta2,
            epsilon,
        } = Adam::new(rate);
        Self::Adam {
            rate,
            beta1,
            beta2,
            epsilon,
        }
    }
}

/// Weights in one piece of parallel work.
const PIECE: usize = 1 << 14;

/// An optimiser with its memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stepper {
    optimiser: Optimiser,
    steps: u64,
    /// First and second moment of every matrix, in the order in which they are visited.
    moments: Vec<(Vec<f64>, Vec<f64>)>,
}

impl Stepper {
    /// An optimiser that has taken no step.
    #[must_use]
    pub fn new(optimiser: Optimiser) -> Self {
        Self {
            optimiser,
            steps: 0,
            moments: Vec::new(),
        }
    }

    /// Takes over the memory of another optimiser, without new room where there is some.
    pub(super) fn copy_from(&mut self, other: &Self) {
        (self.optimiser, self.steps) = (other.optimiser, other.steps);
        self.moments
            .resize_with(other.moments.len(), Default::default);
        for (to, from) in self.moments.iter_mut().zip(&other.moments) {
            copy(&from.0, &mut to.0);
            copy(&from.1, &mut to.1);
        }
    }

    /// Takes one step; `factor` scales the rate (schedules), `decay` is `lambda_w` on matrices;
    /// biases do not decay.
    ///
    /// # Panics
    /// If the gradient is not that of such a network.
    pub fn step(
        &mut self,
        network: &mut PredictiveNetwork,
        gradient: &Gradient,
        decay: f64,
        factor: f64,
    ) {
        self.steps += 1;
        let mut visited = 0;
        for layer in 0..network.last() {
            network.update(layer, |m, w, b| {
                self.change(
                    &mut visited,
                    m.as_mut_slice(),
                    &gradient.prediction[layer],
                    decay,
                    factor,
                );
                if let Some(term) = gradient.feedback.get(layer) {
                    self.change(&mut visited, w.as_mut_slice(), term, decay, factor);
                }
                if let Some(term) = gradient.bias.get(layer) {
                    let term = DMatrix::from_columns(std::slice::from_ref(term));
                    self.change(&mut visited, b.as_mut_slice(), &term, 0.0, factor);
                }
            });
        }
    }

    fn change(
        &mut self,
        visited: &mut usize,
        weights: &mut [f64],
        term: &DMatrix<f64>,
        decay: f64,
        factor: f64,
    ) {
        assert_eq!(weights.len(), term.len(), "one direction a weight");
        let index = *visited;
        *visited += 1;
        match self.optimiser {
            Optimiser::Descent { rate } => {
                let rate = rate * factor;
                let shrink = 1.0 / (1.0 + rate * decay);
                weights
                    .par_iter_mut()
                    .with_min_len(PIECE)
                    .zip(term.as_slice())
                    .for_each(|(weight, g)| *weight = (*weight + rate * g) * shrink);
            }
            // Taken by the trainer, which has the values.
            Optimiser::Proximal { .. } => {}
            Optimiser::Adam {
                rate,
                beta1,
                beta2,
                epsilon,
            } => {
                if self.moments.len() <= index {
                    let zeros = vec![0.0; weights.len()];
                    self.moments.push((zeros.clone(), zeros));
                }
                let adam = Adam {
                    rate: rate * factor,
                    beta1,
                    beta2,
                    epsilon,
                };
                let term = term.as_slice();
                let slope = |index: usize, weight: f64| decay * weight - term[index];
                let (first, second) = &mut self.moments[index];
                adam.step(self.steps, weights, slope, (first, second));
            }
        }
    }
}

/// Copies a list, on several threads if it is long.
pub(super) fn copy(from: &[f64], to: &mut Vec<f64>) {
    to.resize(from.len(), 0.0);
    to.par_chunks_mut(PIECE)
        .zip(from.par_chunks(PIECE))
        .for_each(|(to, from)| to.copy_from_slice(from));
}
