//! Monitors along a whole course of learning.

use serde::{Deserialize, Serialize};

use super::{
    Descent, FlowError, FlowMethod, GradientFlow, Reading, Schedule, descend, follow, read,
};
use crate::solver::{Options, Save};

/// What was read along a flow, or along the descent beside it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Readings {
    /// Times of the flow, from 0; a step of descent goes by its rate.
    pub times: Vec<f64>,
    /// What was read then.
    pub readings: Vec<Reading>,
}

/// Reads a flow at its start and at `looks` more equidistant times up to `end`.
///
/// # Errors
/// Those of [`follow`] and [`read`].
pub fn read_flow(
    flow: &GradientFlow<'_>,
    parameters: &[f64],
    end: f64,
    looks: usize,
    method: FlowMethod,
    options: &Options,
) -> Result<Readings, FlowError> {
    let times: Vec<f64> = (0..=looks).map(|k| end * k as f64 / looks as f64).collect();
    let save = Save::At(times.clone());
    let run = follow(flow, parameters, end, method, options, &save)?;
    let readings = (0..times.len()).map(|index| read(flow, run.state(index)));
    Ok(Readings {
        readings: readings.collect::<Result<_, _>>()?,
        times,
    })
}

/// Reads gradient descent at a rate, at its start and then at most `looks` times up to the time `end`
/// of the flow.
///
/// # Errors
/// Those of [`descend`] and [`read`].
pub fn read_descent(
    flow: &GradientFlow<'_>,
    parameters: &[f64],
    end: f64,
    looks: usize,
    rate: f64,
) -> Result<Readings, FlowError> {
    let steps = (end / rate).ceil() as usize;
    let every = steps.div_ceil(looks.max(1)).max(1);
    let mut found = Readings::default();
    let mut parameters = parameters.to_vec();
    let schedule = Schedule::steps(steps + 1);
    descend(
        flow,
        &mut parameters,
        Descent::Plain { rate },
        schedule,
        |glance| {
            if glance.step % every == 0 {
                found.times.push(glance.step as f64 * rate);
                found.readings.push(read(flow, glance.parameters)?);
            }
            Ok(())
        },
    )?;
    Ok(found)
}

impl Readings {
    /// Mean sharpness over the last quarter of the looks: what descent at the edge hovers at, without
    /// the transient (a quarter is chosen: the shipped models are at the edge by half of their time).
    #[must_use]
    pub fn late_sharpness(&self) -> f64 {
        let late = &self.readings[self.readings.len() * 3 / 4..];
        late.iter().map(|reading| reading.sharpness).sum::<f64>() / late.len() as f64
    }
}
