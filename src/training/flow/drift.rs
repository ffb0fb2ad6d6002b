//! How far kernel and weights move while a network learns.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::{Descent, FlowError, GradientFlow, Linearised, Schedule, descend};
use crate::networks::deep::DeepNetwork;
use crate::numerics::matrix::relative_distance;
use crate::numerics::worst::worst;

/// What one training run came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KernelDrift {
    /// Steps of descent, and the relative distance of the kernel from the first one then.
    pub path: Vec<(usize, f64)>,
    /// The same at the end.
    pub drift: f64,
    /// `|W(end) - W(0)| / |W(0)|` of every layer.
    pub moves: Vec<f64>,
    /// Largest distance of the outputs from those of the linearised network along the run, over
    /// `|f_0 - y|`.
    pub nonlinear: f64,
    /// Loss at the end over that of the start.
    pub loss: f64,
}

/// Descends on the squared loss of `flow`, which must be that of `network`, at `rate` in units of
/// `1 / lambda_max` of the first kernel, and records the kernel about `records` times.
///
/// Cost: a gradient a step, a kernel a record.
///
/// # Errors
/// Those of the model, and of [`descend`].
pub fn kernel_drift(
    network: &DeepNetwork,
    flow: &GradientFlow<'_>,
    start: &[f64],
    rate: f64,
    steps: usize,
    records: usize,
) -> Result<KernelDrift, FlowError> {
    let (before, kernel) = (flow.outputs(start)?, flow.kernel(start)?);
    let linear = Linearised::new(&kernel, &before, flow.targets())?;
    let rate = rate / linear.rates().max();
    let schedule = Schedule {
        steps,
        kernel_every: Some((steps / records).max(1)),
    };
    let (mut path, mut distances) = (Vec::new(), Vec::new());
    let scale = (&before - flow.targets()).norm();
    let away = |step: usize, outputs: &DMatrix<f64>| {
        let count = u32::try_from(step).unwrap_or(u32::MAX);
        let distance = (outputs - linear.descended(rate, count)?).norm() / scale;
        Ok::<_, FlowError>(distance)
    };
    let mut parameters = start.to_vec();
    let rule = Descent::Plain { rate };
    let losses = descend(flow, &mut parameters, rule, schedule, |glance| {
        if let Some(now) = glance.kernel {
            path.push((glance.step, relative_distance(now, &kernel)));
            distances.push(away(glance.step, &flow.outputs(glance.parameters)?)?);
        }
        Ok(())
    })?;
    let drift = relative_distance(&flow.kernel(&parameters)?, &kernel);
    path.push((steps, drift));
    let moves = network.layers().iter().map(|layer| {
        let old = layer.weight_matrix(start);
        let new = layer.weight_matrix(&parameters);
        (new - old).norm() / old.norm()
    });
    let outputs = flow.outputs(&parameters)?;
    distances.push(away(steps, &outputs)?);
    let loss = flow.loss().value(&outputs, flow.targets());
    Ok(KernelDrift {
        path,
        drift,
        moves: moves.collect(),
        nonlinear: worst(distances),
        loss: loss / losses.first().copied().unwrap_or(loss),
    })
}
