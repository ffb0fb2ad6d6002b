//! Discrete companions of the flow: gradient descent, momentum, Adam.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::monitor::sharpness;
use super::{FlowError, GradientFlow};
use crate::training::DIVERGED;
use crate::training::adam::Adam;

/// A rule that takes steps instead of flowing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Descent {
    /// `theta <- theta - rate grad L`: the flow by Euler's method, `rate` of its time a step.
    Plain {
        /// Step size; stable below `2 / sharpness`.
        rate: f64,
    },
    /// `v <- momentum v - rate grad L`, `theta <- theta + v`; slow motion is that of the flow at
    /// `rate / (1 - momentum)` of its time a step.
    Momentum {
        /// Step size; stable below `2 (1 + momentum) / sharpness`.
        rate: f64,
        /// Share of the last step that is kept, below 1.
        momentum: f64,
    },
    /// D. P. Kingma, J. Ba, arXiv:1412.6980, with 0.9, 0.999 and 1e-8.
    Adam {
        /// Step size.
        rate: f64,
    },
}

impl Descent {
    /// Time of the flow that goes by in one step, where the two can be compared.
    #[must_use]
    pub fn time_step(self) -> Option<f64> {
        match self {
            Self::Plain { rate } => Some(rate),
            Self::Momentum { rate, momentum } => Some(rate / (1.0 - momentum)),
            Self::Adam { .. } => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Plain { .. } => "gradient descent",
            Self::Momentum { .. } => "momentum",
            Self::Adam { .. } => "Adam",
        }
    }

    pub(super) fn rate(self) -> f64 {
        match self {
            Self::Plain { rate } | Self::Momentum { rate, .. } | Self::Adam { rate } => rate,
        }
    }

    /// Product of the largest stable rate and the sharpness on a quadratic loss; Adam has a limit in
    /// its preconditioned sharpness instead (J. M. Cohen et al., arXiv:2207.14484).
    fn stability(self) -> Option<f64> {
        match self {
            Self::Plain { .. } => Some(2.0),
            Self::Momentum { momentum, .. } => Some(2.0 * (1.0 + momentum)),
            Self::Adam { .. } => None,
        }
    }

    /// Whether the constants are in their ranges.
    ///
    /// # Errors
    /// [`FlowError::OutOfRange`] for the first that is not.
    pub fn check(self) -> Result<(), FlowError> {
        let refuse = |name, value, requirement| {
            Err(FlowError::OutOfRange {
                name,
                value,
                requirement,
            })
        };
        let rate = self.rate();
        if !(rate > 0.0 && rate.is_finite()) {
            return refuse("rate", rate, "positive and finite");
        }
        match self {
            Self::Momentum { momentum, .. } if !(0.0..1.0).contains(&momentum) => {
                refuse("momentum", momentum, "at least 0 and below 1")
            }
            _ => Ok(()),
        }
    }
}

/// A rule with its memory of the steps before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Mover {
    rule: Descent,
    steps: u64,
    /// Velocity, or mean of the gradients; empty before the first step.
    first: Vec<f64>,
    /// Mean of their squares, for Adam alone.
    second: Vec<f64>,
}

impl Mover {
    /// A rule that has taken no step.
    pub fn new(rule: Descent) -> Result<Self, FlowError> {
        rule.check()?;
        Ok(Self {
            rule,
            steps: 0,
            first: Vec::new(),
            second: Vec::new(),
        })
    }

    /// The rule.
    pub fn rule(&self) -> Descent {
        self.rule
    }

    /// Steps taken so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Takes one step down a gradient.
    pub fn step(&mut self, parameters: &mut [f64], gradient: &[f64]) {
        self.steps += 1;
        self.first.resize(parameters.len(), 0.0);
        match self.rule {
            Descent::Plain { rate } => {
                for (weight, g) in parameters.iter_mut().zip(gradient) {
                    *weight -= rate * g;
                }
            }
            Descent::Momentum { rate, momentum } => {
                let moving = parameters.iter_mut().zip(&mut self.first);
                for ((weight, velocity), g) in moving.zip(gradient) {
                    *velocity = momentum * *velocity - rate * g;
                    *weight += *velocity;
                }
            }
            Descent::Adam { rate } => {
                self.second.resize(parameters.len(), 0.0);
                let moments = (&mut self.first[..], &mut self.second[..]);
                let slope = |index: usize, _: f64| gradient[index];
                Adam::new(rate).step(self.steps, parameters, slope, moments);
            }
        }
    }
}

/// How long to descend, and what to watch on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// Number of steps.
    pub steps: usize,
    /// Steps from one tangent kernel to the next; `None` for no kernels. At every step they cost
    /// little more than their Gram matrices, since the gradient has done the rest.
    pub kernel_every: Option<usize>,
}

impl Schedule {
    /// That many steps without kernels.
    #[must_use]
    pub fn steps(steps: usize) -> Self {
        Self {
            steps,
            kernel_every: None,
        }
    }
}

/// What can be seen before a step.
#[derive(Debug, Clone, Copy)]
pub struct Glance<'a> {
    /// Number of the step, from 0.
    pub step: usize,
    /// The weights.
    pub parameters: &'a [f64],
    /// The loss.
    pub loss: f64,
    /// The tangent kernel, where the schedule asks for it.
    pub kernel: Option<&'a DMatrix<f64>>,
}

/// Takes the steps of a schedule from `parameters`, in place; `watch` looks before every step, and may
/// stop by an error, [`FlowError::Stopped`] if it has none of its own.
///
/// Returns the loss before every step.
///
/// # Errors
/// [`FlowError::Diverges`] with the stability limit at the start, found from the sharpness there
/// ([`FlowError::AdamDiverges`] without);
/// [`FlowError::OutOfRange`] for rates that are none; those of the model and of `watch`.
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::networks::deep::{Architecture, DeepNetwork, Initialisation};
/// use pulsatrix::training::flow::{Descent, FlowError, GradientFlow, Squared, Schedule, descend};
///
/// let network = DeepNetwork::new(Architecture::fully_connected(2, &[8], 1))?;
/// let mut weights = network.initial(Initialisation::Gaussian, 1)?;
/// let (inputs, targets) = (dmatrix![1.0, 0.5; -0.5, 1.0], dmatrix![1.0; -1.0]);
/// let flow = GradientFlow::new(&network, &inputs, &targets, &Squared)?;
/// let schedule = Schedule::steps(50);
/// let losses = descend(&flow, &mut weights, Descent::Plain { rate: 0.1 }, schedule, |_| Ok(()))?;
/// assert!(losses[49] < 0.1 * losses[0]);
/// let wild = descend(&flow, &mut weights, Descent::Plain { rate: 1e3 }, schedule, |_| Ok(()));
/// assert!(matches!(wild, Err(FlowError::Diverges { .. })));
/// # Ok::<(), FlowError>(())
/// ```
pub fn descend(
    flow: &GradientFlow<'_>,
    parameters: &mut [f64],
    rule: Descent,
    schedule: Schedule,
    mut watch: impl FnMut(Glance<'_>) -> Result<(), FlowError>,
) -> Result<Vec<f64>, FlowError> {
    let start = parameters.to_vec();
    let mut losses: Vec<f64> = Vec::with_capacity(schedule.steps);
    let mut mover = Mover::new(rule)?;
    for step in 0..schedule.steps {
        let diverged = |loss: f64| {
            let begin = losses.first().copied().unwrap_or(loss);
            let rate = rule.rate();
            let Some(constant) = rule.stability() else {
                return Err(FlowError::AdamDiverges {
                    rate,
                    steps: step,
                    start: begin,
                    loss,
                });
            };
            // that the run diverges is the news, even where its limit cannot be told
            let top = sharpness(flow, &start).unwrap_or(f64::NAN);
            Err(FlowError::Diverges {
                method: rule.name(),
                rate,
                steps: step,
                start: begin,
                loss,
                limit: constant / top,
                constant,
            })
        };
        let due = schedule
            .kernel_every
            .is_some_and(|every| every > 0 && step % every == 0);
        let found = if due {
            let found = flow.gradient_and_kernel(parameters);
            found.map(|(loss, gradient, kernel)| (loss, gradient, Some(kernel)))
        } else {
            let found = flow.gradient(parameters);
            found.map(|(loss, gradient)| (loss, gradient, None))
        };
        let (loss, gradient, kernel) = match found {
            // Outputs that overflow, after a sound start.
            Err(FlowError::Network(_)) if step > 0 => return diverged(f64::INFINITY),
            found => found?,
        };
        if !loss.is_finite() || loss > DIVERGED * losses.first().copied().unwrap_or(loss) {
            return diverged(loss);
        }
        watch(Glance {
            step,
            parameters,
            loss,
            kernel: kernel.as_ref(),
        })?;
        losses.push(loss);
        mover.step(parameters, &gradient);
    }
    Ok(losses)
}
