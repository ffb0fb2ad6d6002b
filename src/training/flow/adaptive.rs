//! Steps of our own methods, as long as their error allows.

use super::{FlowError, GradientFlow};
use crate::solver::{Options, Save, SolverError, Statistics, Trajectory};

/// A step that was tried.
pub(super) struct Attempt {
    pub parameters: Vec<f64>,
    /// Estimate of its error, in the 2-norm.
    pub error: f64,
}

/// A one-step method for a gradient flow.
pub(super) trait Scheme<'f> {
    /// Its name, as [`Trajectory::engine`] tells it.
    fn name(&self) -> &'static str;

    /// Power of the step with which the estimated error grows.
    fn error_order(&self) -> f64;

    /// Whatever steps from this place need; done once until a step is accepted. Returns the
    /// fastest rate of the linearised flow there.
    fn begin(&mut self, flow: &'f GradientFlow<'f>, parameters: &[f64]) -> Result<f64, FlowError>;

    /// The longest step from the place where it has begun.
    fn longest(&self) -> f64 {
        f64::INFINITY
    }

    /// Tries a step of length `h` from the place where it has begun.
    fn attempt(
        &mut self,
        flow: &'f GradientFlow<'f>,
        origin: &[f64],
        h: f64,
    ) -> Result<Attempt, FlowError>;

    /// The last attempt was good; the next begin is at its end.
    fn accepted(&mut self);

    /// The last attempt was not; the next begin is at the same place.
    fn rejected(&mut self) {}
}

/// Follows a flow, as [`solve_ordinary`](crate::solver::solve_ordinary) does.
///
/// The estimated error of a step is kept below `absolute_tolerance sqrt(P) + relative_tolerance
/// |theta|` in the 2-norm: a gradient flow forgets more errors than it multiplies, so a step may use
/// the whole tolerance.
pub(super) fn integrate<'f>(
    scheme: &mut dyn Scheme<'f>,
    flow: &'f GradientFlow<'f>,
    start: &[f64],
    (begin, end): (f64, f64),
    options: &Options,
    save: &Save,
) -> Result<Trajectory, FlowError> {
    let mut trajectory = Trajectory::empty(start.len(), scheme.name());
    let mut statistics = Statistics::default();
    let stops: Vec<f64> = match save {
        Save::At(times) => times.clone(),
        _ => vec![end],
    };
    if *save == Save::EveryStep {
        trajectory.push(begin, start);
    }
    let (mut time, mut state) = (begin, start.to_vec());
    let mut step = options.initial_step;
    let before = flow.work().gradient_equivalents();
    for stop in stops {
        while time < stop {
            if statistics.steps + statistics.rejected >= options.maximum_steps {
                let limit = options.maximum_steps;
                return Err(SolverError::TooManySteps { time, limit }.into());
            }
            let fastest = scheme.begin(flow, &state)?;
            let wanted = step.unwrap_or_else(|| 1.0 / fastest.max(1e-3 / (end - begin)));
            let allowed = wanted
                .min(options.maximum_step.unwrap_or(f64::INFINITY))
                .min(scheme.longest());
            // No crumb of a step is left before a stop.
            let left = stop - time;
            let h = if allowed >= left {
                left
            } else if allowed > 0.5 * left {
                0.5 * left
            } else {
                allowed
            };
            if h < 8.0 * f64::EPSILON * time.abs().max(end - begin) {
                let step = h;
                let component = 0;
                return Err(SolverError::StepTooSmall {
                    time,
                    step,
                    component,
                }
                .into());
            }
            let size = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
            let outcome = match scheme.attempt(flow, &state, h) {
                Ok(attempt) if attempt.parameters.iter().all(|x| x.is_finite()) => {
                    let scale = options.absolute_tolerance * (state.len() as f64).sqrt()
                        + options.relative_tolerance * size(&state).max(size(&attempt.parameters));
                    Some((attempt.error / scale, attempt.parameters))
                }
                // Weights that overflow, or at which the outputs do, are a step that was too long.
                Ok(_) | Err(FlowError::Network(_)) => None,
                Err(error) => return Err(error),
            };
            let power = 1.0 / scheme.error_order();
            match outcome {
                Some((error, next)) if error <= 1.0 => {
                    let factor = (0.9 * error.max(1e-12).powf(-power)).clamp(0.2, 5.0);
                    let next_step = h * factor;
                    // A step that a stop has shortened says nothing against a longer one.
                    step = Some(if h < allowed {
                        next_step.max(wanted)
                    } else {
                        next_step
                    });
                    time = if h == left { stop } else { time + h };
                    state = next;
                    scheme.accepted();
                    statistics.steps += 1;
                    if *save == Save::EveryStep {
                        trajectory.push(time, &state);
                    }
                }
                failed => {
                    let error = failed.map_or(f64::INFINITY, |(error, _)| error);
                    let factor = if error.is_finite() {
                        (0.9 * error.powf(-power)).clamp(0.1, 0.8)
                    } else {
                        0.1
                    };
                    step = Some(h * factor);
                    scheme.rejected();
                    statistics.rejected += 1;
                }
            }
        }
        if *save != Save::EveryStep {
            trajectory.push(time, &state);
        }
    }
    statistics.evaluations = (flow.work().gradient_equivalents() - before).ceil() as u64;
    trajectory.statistics = statistics;
    Ok(trajectory)
}
