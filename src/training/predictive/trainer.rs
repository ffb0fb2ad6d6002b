//! Mini-batches, epochs, checkpoints.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::backup::Backup;
use super::{Incremental, Optimiser, Rule, RuleOutcome, Stepper, incremental, proximal};
use crate::networks::NetworkError;
use crate::networks::predictive::network::check_shape;
use crate::networks::predictive::{Dynamics, Feedback, PredictiveNetwork};
use crate::numerics::worst::worst;
use crate::training::DIVERGED;
use crate::training::order::{SAMPLES, shuffled};

/// How a network learns from a set of pairs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TrainingOptions {
    /// From a batch to directions.
    pub rule: Rule,
    /// From directions to steps.
    pub optimiser: Optimiser,
    /// Weight decay `lambda_w` on all matrices.
    pub weight_decay: f64,
    /// Constants of the flow; only the decay of values matters here.
    pub dynamics: Dynamics,
    /// Samples in a mini-batch.
    pub batch: usize,
    /// Passes through the data.
    pub epochs: usize,
    /// Rate of the last epoch over that of the first; the schedule is geometric.
    pub final_rate: f64,
    /// Whether biases learn.
    pub biases: bool,
    /// Whether every epoch has an order of its own.
    pub shuffle: bool,
    /// Seed of the order.
    pub seed: u64,
}

impl Default for TrainingOptions {
    /// Equilibrium rule at tolerance `1e-4`, Adam at `1e-3`, no decay, batches of 100, 10 epochs.
    fn default() -> Self {
        use crate::networks::predictive::RelaxOptions;
        Self {
            rule: Rule::Equilibrium(RelaxOptions {
                tolerance: 1e-4,
                ..RelaxOptions::default()
            }),
            optimiser: Optimiser::adam(1e-3),
            weight_decay: 0.0,
            dynamics: Dynamics::default(),
            batch: 100,
            epochs: 10,
            final_rate: 1.0,
            biases: false,
            shuffle: true,
            seed: 1,
        }
    }
}

/// What an epoch came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// Number of the epoch, from 0.
    pub epoch: usize,
    /// Mean energy over its batches, each before its step.
    pub energy: f64,
    /// Evaluations of the flow, summed over its batches.
    pub evaluations: u64,
    /// Largest residual of any sample.
    pub residual: f64,
    /// Batches.
    pub batches: usize,
}

/// A network in training. Saved with serde between any two batches, it goes on as if nothing had
/// happened, bit for bit, on any number of threads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trainer {
    network: PredictiveNetwork,
    options: TrainingOptions,
    stepper: Stepper,
    epoch: usize,
    /// Samples of the present epoch that are done.
    done: usize,
    current: EpochReport,
    reports: Vec<EpochReport>,
    /// Loss of the forward pass before the first step.
    #[serde(default)]
    start: Option<f64>,
    #[serde(skip)]
    backup: Backup,
}

/// Weights below this are set to zero after every epoch, before they become denormal numbers.
const FLOOR: f64 = 1e-30;

impl Trainer {
    /// A training that has not begun.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for options out of their range.
    pub fn new(network: PredictiveNetwork, options: TrainingOptions) -> Result<Self, NetworkError> {
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
        let batch = options.batch as f64;
        rule("batch", batch, options.batch > 0, "at least one sample")?;
        options.rule.check()?;
        options.optimiser.check()?;
        let decay = options.weight_decay;
        let holds = decay >= 0.0 && decay.is_finite();
        rule("weight_decay", decay, holds, "finite, not negative")?;
        let factor = options.final_rate;
        let holds = factor > 0.0 && factor.is_finite();
        rule("final_rate", factor, holds, "positive and finite")?;
        if matches!(options.optimiser, Optimiser::Proximal { .. }) {
            let relaxes = matches!(options.rule, Rule::Equilibrium(_) | Rule::Steps { .. });
            let tied = network.feedback_kind() == Feedback::Tied;
            if !relaxes || !tied || options.biases {
                return Err(NetworkError::Contradiction {
                    first: "the proximal step",
                    second: "free feedback, learning biases or a rule that does not relax",
                    reason: "it is a regression on the values of the batch for `W = M^T` alone",
                });
            }
        }
        Ok(Self {
            network,
            stepper: Stepper::new(options.optimiser),
            options,
            epoch: 0,
            done: 0,
            current: EpochReport::default(),
            reports: Vec::new(),
            start: None,
            backup: Backup::default(),
        })
    }

    /// The network as trained so far.
    #[must_use]
    pub fn network(&self) -> &PredictiveNetwork {
        &self.network
    }

    /// The network, at the end.
    #[must_use]
    pub fn into_network(self) -> PredictiveNetwork {
        self.network
    }

    /// Finished epochs.
    #[must_use]
    pub fn reports(&self) -> &[EpochReport] {
        &self.reports
    }

    /// Whether all epochs are done.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.epoch >= self.options.epochs
    }

    /// The order of the samples in the present epoch.
    fn order(&self, samples: usize) -> Vec<usize> {
        if self.options.shuffle {
            shuffled((self.options.seed, SAMPLES), self.epoch as u64, samples)
        } else {
            (0..samples).collect()
        }
    }

    /// Learns one mini-batch of `image` (`n_L x N`) and `class` (`n_0 x N`); does nothing once
    /// finished. The last batch of an epoch may be smaller.
    ///
    /// # Errors
    /// Shapes that do not fit, a relaxation that fails, or [`NetworkError::LearningDiverges`] if the
    /// step has made the loss of the forward pass on its batch `1e4` times that of the start; the
    /// trainer stays where it was.
    pub fn step(&mut self, image: &DMatrix<f64>, class: &DMatrix<f64>) -> Result<(), NetworkError> {
        let samples = image.ncols();
        if samples == 0 {
            return Err(NetworkError::Empty);
        }
        let expected = (self.network.class_size(), samples);
        check_shape("class", 0, class, expected)?;
        if self.is_finished() {
            return Ok(());
        }
        let options = self.options;
        let order = self.order(samples);
        let end = (self.done + options.batch).min(samples);
        let chosen = &order[self.done.min(end)..end];
        let (image, class) = (image.select_columns(chosen), class.select_columns(chosen));
        let last = options.epochs.saturating_sub(1).max(1) as f64;
        let factor = options.final_rate.powf(self.epoch as f64 / last);
        self.backup.keep(&self.network, &self.stepper);
        let start = match self.start {
            Some(start) => start,
            None => forward_loss(&self.network, &image, &class)?,
        };
        let learned = self.learn(&image, &class, factor).and_then(|found| {
            self.judge(&image, &class, start)?;
            Ok(found)
        });
        let found = match learned {
            Ok(found) => found,
            Err(error) => {
                self.backup.restore(&mut self.network, &mut self.stepper);
                return Err(error);
            }
        };
        self.start = Some(start);
        self.current.epoch = self.epoch;
        self.current.energy += found.energy;
        self.current.evaluations += found.evaluations;
        self.current.residual = worst([self.current.residual, found.residual]);
        self.current.batches += 1;
        self.done = end;
        if end == samples {
            self.network.flush(FLOOR);
            self.current.energy /= self.current.batches as f64;
            self.reports.push(std::mem::take(&mut self.current));
            self.epoch += 1;
            self.done = 0;
        }
        Ok(())
    }

    /// Refuses weights that have made the forward pass worse than any answer near zero.
    fn judge(
        &self,
        image: &DMatrix<f64>,
        class: &DMatrix<f64>,
        start: f64,
    ) -> Result<(), NetworkError> {
        let loss = forward_loss(&self.network, image, class).unwrap_or(f64::INFINITY);
        let zeros = 0.5 * class.norm_squared() / (self.network.variance(0) * class.ncols() as f64);
        if loss <= DIVERGED * start.max(zeros) {
            return Ok(());
        }
        let finished: usize = self.reports.iter().map(|report| report.batches).sum();
        Err(NetworkError::LearningDiverges {
            start,
            loss,
            batches: finished + self.current.batches + 1,
            rate: self.options.optimiser.rate(),
        })
    }

    /// One batch, with the rates of the weights scaled by `factor`.
    fn learn(
        &mut self,
        image: &DMatrix<f64>,
        class: &DMatrix<f64>,
        factor: f64,
    ) -> Result<RuleOutcome, NetworkError> {
        let options = self.options;
        let decay = options.weight_decay;
        if let Rule::Incremental { steps, rate } = options.rule {
            let constants = Incremental {
                steps,
                rate,
                weight_decay: decay,
                factor,
                biases: options.biases,
            };
            let dynamics = options.dynamics;
            return incremental(
                &mut self.network,
                &mut self.stepper,
                image,
                class,
                dynamics,
                constants,
            );
        }
        let (dynamics, biases) = (options.dynamics, options.biases);
        let found = options
            .rule
            .apply(&self.network, image, class, dynamics, biases)?;
        if let Optimiser::Proximal { rate } = options.optimiser {
            proximal::step(&mut self.network, &found.values, decay, rate * factor)?;
        } else {
            self.stepper
                .step(&mut self.network, &found.gradient, decay, factor);
        }
        Ok(found)
    }

    /// Learns until the end; `watch` sees the trainer after every epoch.
    ///
    /// # Errors
    /// As [`Trainer::step`].
    pub fn run(
        &mut self,
        image: &DMatrix<f64>,
        class: &DMatrix<f64>,
        mut watch: impl FnMut(&Self),
    ) -> Result<(), NetworkError> {
        let mut seen = self.epoch;
        while !self.is_finished() {
            self.step(image, class)?;
            if self.epoch > seen {
                seen = self.epoch;
                watch(self);
            }
        }
        Ok(())
    }
}

/// `|v_0 - mu_0|^2 / (2 Sigma_0)` of the forward pass, the mean over the batch.
fn forward_loss(
    network: &PredictiveNetwork,
    image: &DMatrix<f64>,
    class: &DMatrix<f64>,
) -> Result<f64, NetworkError> {
    let values = network.forward(image)?;
    let output = class - &values[0];
    Ok(0.5 * output.norm_squared() / (network.variance(0) * image.ncols() as f64))
}
