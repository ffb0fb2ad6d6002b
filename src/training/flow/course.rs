//! How fast a network learns, and how far its kernel moves meanwhile.

use serde::{Deserialize, Serialize};

use super::{Descent, FlowError, GradientFlow, Schedule, descend};
use crate::numerics::matrix::relative_distance;

/// One course of gradient descent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LearningCourse {
    /// Losses per example at the steps that were asked for.
    pub losses: Vec<f64>,
    /// `|Theta(end) - Theta(0)| / |Theta(0)|` on the first examples: small where learning is lazy.
    pub kernel_change: f64,
}

/// Descends from `start` at a rate up to the last of `steps`, ascending, and measures the change of the
/// tangent kernel on the first `probes` examples, or on all if there are fewer.
///
/// Cost: a gradient a step, and two kernels of `probes` examples.
///
/// # Errors
/// [`FlowError::Diverges`] where the loss does, and those of the model.
pub fn learning_course(
    flow: &GradientFlow<'_>,
    start: &[f64],
    rate: f64,
    steps: &[usize],
    probes: usize,
) -> Result<LearningCourse, FlowError> {
    let probes = probes.min(flow.inputs().nrows());
    let probes = flow.inputs().rows(0, probes).into_owned();
    let kernel = |parameters: &[f64]| flow.model().ntk(parameters, &probes, None);
    let before = kernel(start)?;
    let mut parameters = start.to_vec();
    let schedule = Schedule::steps(steps.last().map_or(0, |last| last + 1));
    let rule = Descent::Plain { rate };
    let losses = descend(flow, &mut parameters, rule, schedule, |_| Ok(()))?;
    let examples = flow.targets().nrows() as f64;
    Ok(LearningCourse {
        losses: steps.iter().map(|step| losses[*step] / examples).collect(),
        kernel_change: relative_distance(&kernel(&parameters)?, &before),
    })
}
