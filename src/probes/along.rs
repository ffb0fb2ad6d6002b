//! Probes along a course of learning: one function for every way to train.

use nalgebra::DMatrix;

use super::{At, Probe, ProbeError};
use crate::solver::{Options, OrdinaryMethod, Save, solve_ordinary};
use crate::training::flow::{
    Descent, FlowError, FlowMethod, GradientFlow, MiniBatches, Schedule, descend, follow,
};
use crate::training::predictive::{LearningFlow, Trainer};

/// What a probe finds at `times`, ascending from 0 on, of a gradient flow from `parameters`.
///
/// # Errors
/// Those of [`follow`] and of the probe.
pub fn along_flow<P: Probe>(
    flow: &GradientFlow<'_>,
    parameters: &[f64],
    times: &[f64],
    method: FlowMethod,
    options: &Options,
    probe: &P,
) -> Result<Vec<(f64, P::Finding)>, ProbeError> {
    let end = times.last().copied().unwrap_or(0.0);
    let save = Save::At(times.to_vec());
    let run = follow(flow, parameters, end, method, options, &save)?;
    let find = |(index, time): (usize, &f64)| {
        let snapshot = At {
            model: flow.model(),
            parameters: run.state(index),
        };
        Ok((*time, probe.find(&snapshot)?))
    };
    times.iter().enumerate().map(find).collect()
}

/// What a probe finds before every `every`-th of so many steps of descent, from the first, beside the
/// number of steps taken; `parameters` are those of the end.
///
/// # Errors
/// Those of [`descend`] and of the probe, which stops the descent.
pub fn along_descent<P: Probe>(
    flow: &GradientFlow<'_>,
    parameters: &mut [f64],
    rule: Descent,
    (steps, every): (usize, usize),
    probe: &P,
) -> Result<Vec<(usize, P::Finding)>, ProbeError> {
    let mut seen = Vec::new();
    let mut failure = None;
    let descended = descend(flow, parameters, rule, Schedule::steps(steps), |glance| {
        let step = glance.step;
        if step.is_multiple_of(every.max(1)) {
            let snapshot = At {
                model: flow.model(),
                parameters: glance.parameters,
            };
            match probe.find(&snapshot) {
                Ok(found) => seen.push((step, found)),
                Err(error) => {
                    failure = Some(error);
                    return Err(FlowError::Stopped { step });
                }
            }
        }
        Ok(())
    });
    match failure {
        Some(error) => Err(error),
        None => Ok(descended.map(|_| seen)?),
    }
}

/// What a probe finds after each of the next `epochs` of a training by mini-batches, beside the number
/// of epochs done.
///
/// # Errors
/// Those of [`MiniBatches::epoch`] and of the probe.
pub fn along_batches<P: Probe>(
    training: &mut MiniBatches<'_>,
    epochs: usize,
    probe: &P,
) -> Result<Vec<(usize, P::Finding)>, ProbeError> {
    let mut seen = Vec::with_capacity(epochs);
    for _ in 0..epochs {
        training.epoch()?;
        let snapshot = At {
            model: training.flow().model(),
            parameters: training.parameters(),
        };
        seen.push((training.epochs(), probe.find(&snapshot)?));
    }
    Ok(seen)
}

/// What a probe finds after every epoch that is left of a predictive-coding training on `image` and
/// `class`, one column a sample, beside the number of epochs done.
///
/// # Errors
/// Those of [`Trainer::step`] and of the probe.
pub fn along_learning<P: Probe>(
    trainer: &mut Trainer,
    (image, class): (&DMatrix<f64>, &DMatrix<f64>),
    probe: &P,
) -> Result<Vec<(usize, P::Finding)>, ProbeError> {
    let mut seen = Vec::new();
    while !trainer.is_finished() {
        let epochs = trainer.reports().len();
        trainer.step(image, class)?;
        if trainer.reports().len() > epochs {
            seen.push((epochs + 1, probe.find(trainer.network())?));
        }
    }
    Ok(seen)
}

/// What a probe finds at `times`, ascending from 0 on, of the flow of a predictive-coding rule from the
/// weights `state`.
///
/// # Errors
/// Those of the solver and of the probe.
pub fn along_learning_flow<P: Probe>(
    flow: &LearningFlow<'_>,
    state: &[f64],
    times: &[f64],
    method: OrdinaryMethod,
    options: &Options,
    probe: &P,
) -> Result<Vec<(f64, P::Finding)>, ProbeError> {
    let end = times.last().copied().unwrap_or(0.0);
    let save = Save::At(times.to_vec());
    let run = solve_ordinary(flow, state, (0.0, end), method, options, &save)?;
    let find = |(index, time): (usize, &f64)| {
        let network = flow.network(run.state(index));
        Ok((*time, probe.find(&network)?))
    };
    times.iter().enumerate().map(find).collect()
}
