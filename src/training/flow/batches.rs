//! Training by mini-batches: the stochastic companions of descent.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::descent::Mover;
use super::{Descent, FlowError, GradientFlow};
use crate::networks::NetworkError;
use crate::networks::deep::Dropout;
use crate::training::DIVERGED;
use crate::training::order::{SAMPLES, shuffled};

/// How a model learns by mini-batches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BatchOptions {
    /// From the gradient of a batch, a mean over its examples, to a step.
    pub rule: Descent,
    /// Examples in a batch; the last of an epoch may be smaller.
    pub batch: usize,
    /// Seed of the order of the examples, which every epoch draws anew.
    pub seed: u64,
    /// Activations that training leaves out, if any; evaluation never does.
    pub dropout: Option<Dropout>,
}

impl Default for BatchOptions {
    /// Adam at `1e-3`, batches of 32, no dropout.
    fn default() -> Self {
        Self {
            rule: Descent::Adam { rate: 1e-3 },
            batch: 32,
            seed: 1,
            dropout: None,
        }
    }
}

/// Outputs of a batch and the gradient by the weights, from weights, inputs, targets and the slope of the loss by the
/// outputs, all means over the batch.
pub type BatchGradient<'a> = dyn FnMut(
        &[f64],
        &DMatrix<f64>,
        &DMatrix<f64>,
        &dyn Fn(&DMatrix<f64>) -> DMatrix<f64>,
    ) -> Result<(DMatrix<f64>, Vec<f64>), FlowError>
    + 'a;

/// A model in training on the data of a [`GradientFlow`].
///
/// Step `k` takes the rule along the mean gradient of the next batch; a sum over all examples, as
/// [`descend`](super::descend) takes it, is `N` times as long. The caller owns time: [`Self::step`] and
/// [`Self::epoch`] go on, and between any two of them the weights can be looked at. The same options
/// give the same weights, bit for bit, on any number of threads.
///
/// Cost of a step: a gradient of the batch, one matrix product a layer and direction, and a few
/// operations a weight.
///
/// ```
/// use nalgebra::DMatrix;
/// use pulsatrix::networks::deep::{Architecture, DeepNetwork, Initialisation};
/// use pulsatrix::training::flow::{BatchOptions, CrossEntropy, FlowError, GradientFlow, MiniBatches};
///
/// // the class of a point on the circle is its quadrant
/// let angle = |i: usize| 0.05 + 0.1 * i as f64;
/// let inputs = DMatrix::from_fn(62, 2, |i, j| [angle(i).cos(), angle(i).sin()][j]);
/// let quadrant = |i: usize| (angle(i) / std::f64::consts::FRAC_PI_2) as usize;
/// let targets = DMatrix::from_fn(62, 4, |i, class| f64::from(u8::from(quadrant(i) == class)));
///
/// let network = DeepNetwork::new(Architecture::fully_connected(2, &[32], 4))?;
/// let flow = GradientFlow::new(&network, &inputs, &targets, &CrossEntropy)?;
/// let options = BatchOptions {
///     rule: pulsatrix::training::flow::Descent::Adam { rate: 0.05 },
///     ..BatchOptions::default()
/// };
/// let start = network.initial(Initialisation::Gaussian, 1)?;
/// let mut training = MiniBatches::new(&flow, start, options)?;
/// while training.epochs() < 100 {
///     training.epoch()?;
/// }
/// assert!(flow.gradient(training.parameters())?.0 / 62.0 < 0.1);
/// # Ok::<(), FlowError>(())
/// ```
#[derive(Clone)]
pub struct MiniBatches<'a> {
    flow: &'a GradientFlow<'a>,
    options: BatchOptions,
    state: BatchState,
    /// The weights before the last step, to go back to.
    before: Vec<f64>,
    order: Vec<usize>,
}

/// How far a training has come: kept with serde, it goes on bit for bit ([`MiniBatches::resume`]).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchState {
    parameters: Vec<f64>,
    mover: Mover,
    epochs: usize,
    /// Examples of the present epoch that are done.
    done: usize,
    /// Loss of the first batch before its step, or of outputs of zero if that is larger.
    start: Option<f64>,
}

impl<'a> MiniBatches<'a> {
    /// A training that has not begun, from `parameters`.
    ///
    /// # Errors
    /// [`FlowError::OutOfRange`] for a rule or batch that is none, [`FlowError::Shape`] for a flow
    /// without examples or parameters that do not fit, and those of dropout.
    pub fn new(
        flow: &'a GradientFlow<'a>,
        parameters: Vec<f64>,
        options: BatchOptions,
    ) -> Result<Self, FlowError> {
        let state = BatchState {
            parameters,
            mover: Mover::new(options.rule)?,
            epochs: 0,
            done: 0,
            start: None,
        };
        Self::resume(flow, state, options)
    }

    /// A training that goes on from where it was, with the options it had.
    ///
    /// # Errors
    /// Those of [`MiniBatches::new`]; [`NetworkError::Contradiction`] for another rule than it had.
    pub fn resume(
        flow: &'a GradientFlow<'a>,
        state: BatchState,
        options: BatchOptions,
    ) -> Result<Self, FlowError> {
        let model = flow.model();
        let shape = |name, found, expected| FlowError::Shape {
            name,
            found: (found, 1),
            expected: (expected, 1),
        };
        if options.batch == 0 {
            return Err(FlowError::OutOfRange {
                name: "batch",
                value: 0.0,
                requirement: "at least one example",
            });
        }
        if flow.inputs().nrows() == 0 {
            return Err(shape("the list of examples", 0, 1));
        }
        let expected = model.parameter_count();
        if state.parameters.len() != expected {
            let name = "the list of parameters";
            return Err(shape(name, state.parameters.len(), expected));
        }
        if state.mover.rule() != options.rule {
            let error = NetworkError::Contradiction {
                first: "a training that goes on",
                second: "another rule of descent",
                reason: "its velocities belong to the rule that it began with",
            };
            return Err(error.into());
        }
        if let Some(dropout) = options.dropout {
            model.thinned(dropout, 0)?;
        }
        Ok(Self {
            flow,
            options,
            before: state.parameters.clone(),
            state,
            order: Vec::new(),
        })
    }

    /// How far it has come.
    #[must_use]
    pub fn state(&self) -> &BatchState {
        &self.state
    }

    /// The weights as trained so far.
    #[must_use]
    pub fn parameters(&self) -> &[f64] {
        &self.state.parameters
    }

    /// The flow whose data are learnt.
    #[must_use]
    pub fn flow(&self) -> &'a GradientFlow<'a> {
        self.flow
    }

    /// Finished epochs.
    #[must_use]
    pub fn epochs(&self) -> usize {
        self.state.epochs
    }

    /// Steps taken so far.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.state.mover.steps()
    }

    /// Learns one batch, and returns its loss before the step, the mean over its examples (with
    /// dropout, that of the thinned network).
    ///
    /// # Errors
    /// [`NetworkError::LearningDiverges`] if the last step has made the loss `1e4` times that of the
    /// start, or no number: the weights are then those before that step. Those of the model.
    pub fn step(&mut self) -> Result<f64, FlowError> {
        let (model, dropout, step) = (self.flow.model(), self.options.dropout, self.steps());
        self.step_by(&mut |parameters, inputs, _, slope| {
            Ok(match dropout {
                Some(dropout) => {
                    let thinned = model.thinned(dropout, step)?;
                    thinned.gradient(parameters, inputs, slope)
                }
                None => model.gradient(parameters, inputs, slope),
            }?)
        })
    }

    /// One step as [`MiniBatches::step`], with outputs and gradient found by `gradient`, which may add terms that
    /// the loss of the outputs does not have. The loss that is returned, and watched for divergence, is that
    /// of the outputs.
    ///
    /// # Errors
    /// Those of [`MiniBatches::step`] and of `gradient`.
    pub fn step_by(&mut self, gradient: &mut BatchGradient<'_>) -> Result<f64, FlowError> {
        let examples = self.flow.inputs().nrows();
        if self.state.done == 0 || self.order.is_empty() {
            self.order = shuffled(
                (self.options.seed, SAMPLES),
                self.state.epochs as u64,
                examples,
            );
        }
        let end = (self.state.done + self.options.batch).min(examples);
        let chosen = &self.order[self.state.done..end];
        let inputs = self.flow.inputs().select_rows(chosen);
        let targets = self.flow.targets().select_rows(chosen);
        let share = 1.0 / chosen.len() as f64;
        let loss = self.flow.loss();
        let slope = |outputs: &DMatrix<f64>| loss.slope(outputs, &targets) * share;
        let found = gradient(&self.state.parameters, &inputs, &targets, &slope);
        let (outputs, gradient) = match found {
            // outputs that overflow, after a sound start
            Err(FlowError::Network(NetworkError::NotFinite { .. })) if self.steps() > 0 => {
                return Err(self.diverged(f64::INFINITY));
            }
            found => found?,
        };
        let value = loss.value(&outputs, &targets) * share;
        let start = self.state.start.unwrap_or_else(|| {
            let zeros = DMatrix::zeros(outputs.nrows(), outputs.ncols());
            value.max(loss.value(&zeros, &targets) * share)
        });
        if value.is_nan() || value > DIVERGED * start {
            return Err(self.diverged(value));
        }
        self.state.start = Some(start);
        self.before.copy_from_slice(&self.state.parameters);
        self.state.mover.step(&mut self.state.parameters, &gradient);
        self.state.done = end;
        if end == examples {
            self.state.done = 0;
            self.state.epochs += 1;
        }
        Ok(value)
    }

    /// Goes on to the end of the epoch, and returns the mean loss of its examples, each before the
    /// step of its batch.
    ///
    /// # Errors
    /// Those of [`MiniBatches::step`]; also if the last step has left the finite numbers.
    pub fn epoch(&mut self) -> Result<f64, FlowError> {
        self.epoch_by(Self::step)
    }

    /// An epoch whose steps are taken by `step`.
    ///
    /// # Errors
    /// Those of `step`; also if the last step has left the finite numbers.
    pub fn epoch_by(
        &mut self,
        mut step: impl FnMut(&mut Self) -> Result<f64, FlowError>,
    ) -> Result<f64, FlowError> {
        let (epoch, first) = (self.state.epochs, self.state.done);
        let examples = self.flow.inputs().nrows();
        let mut sum = 0.0;
        while self.state.epochs == epoch {
            let from = self.state.done;
            let value = step(self)?;
            let to = if self.state.done == 0 {
                examples
            } else {
                self.state.done
            };
            sum += value * (to - from) as f64;
        }
        if !self
            .state
            .parameters
            .iter()
            .all(|weight| weight.is_finite())
        {
            return Err(self.diverged(f64::INFINITY));
        }
        Ok(sum / (examples - first) as f64)
    }

    /// Takes the last step back.
    fn diverged(&mut self, loss: f64) -> FlowError {
        self.state.parameters.copy_from_slice(&self.before);
        let error = NetworkError::LearningDiverges {
            start: self.state.start.unwrap_or(loss),
            loss,
            batches: usize::try_from(self.steps()).unwrap_or(usize::MAX),
            rate: self.options.rule.rate(),
        };
        error.into()
    }
}
