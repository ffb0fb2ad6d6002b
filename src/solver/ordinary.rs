//! Ordinary equations that are smooth and not stiff, through `ode_solvers`.

use std::cell::Cell;

use nalgebra::DVector;
use ode_solvers::dop_shared::IntegrationError;
use ode_solvers::{Dop853, Dopri5, OutputType, System};
use serde::{Deserialize, Serialize};

use super::options::SHARE;
use super::trajectory::check_times;
use super::{Options, OrdinaryField, Save, SolverError, Trajectory};

/// Method for a smooth ordinary equation that is not stiff.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrdinaryMethod {
    /// Dormand and Prince, order 5(4), seven stages: for tolerances above about 1e-6.
    Dopri5,
    /// Dormand and Prince, order 8(5,3), twelve stages: for all others.
    #[default]
    Dop853,
}

/// Runs an ordinary equation over `span = (begin, end)` from `state`, forwards in time.
///
/// The steppers are those of `ode_solvers`, after E. Hairer, S. P. Nørsett, G. Wanner, "Solving
/// Ordinary Differential Equations I", Springer 1993, doi:10.1007/978-3-540-78862-1. They have no
/// interpolant that could be trusted at given times, so each time of [`Save::At`] ends a step.
/// There are no events: wrap the field in [`WithoutLags`](super::WithoutLags) and run the general engine for those.
///
/// **Cost** a step: 6 (Dopri5) or 11 (Dop853) evaluations and some 40 or 110 heap allocations;
/// memory grows with the steps between two saved times.
///
/// # Errors
/// [`SolverError::WrongLength`] or [`SolverError::InvalidArgument`] for arguments that do not fit;
/// [`SolverError::NotFinite`] with time and component if the right-hand side is NaN or infinite
/// however short the step; [`SolverError::StepTooSmall`] and [`SolverError::TooManySteps`] as named.
///
/// ```
/// use pulsatrix::solver::{ordinary_field, solve_ordinary, Options, OrdinaryMethod, Save};
///
/// let decay = ordinary_field(1, |_, y, dy| dy[0] = -y[0]);
/// let save = Save::At(vec![1.0, 2.0]);
/// let options = Options::with_tolerance(1e-10);
/// let trajectory =
///     solve_ordinary(&decay, &[1.0], (0.0, 2.0), OrdinaryMethod::Dop853, &options, &save)?;
/// assert!((trajectory.state(0)[0] - (-1.0_f64).exp()).abs() < 1e-10);
/// assert!((trajectory.state(1)[0] - (-2.0_f64).exp()).abs() < 1e-10);
/// # Ok::<(), pulsatrix::solver::SolverError>(())
/// ```
pub fn solve_ordinary(
    field: &dyn OrdinaryField,
    state: &[f64],
    span: (f64, f64),
    method: OrdinaryMethod,
    options: &Options,
    save: &Save,
) -> Result<Trajectory, SolverError> {
    options.validate()?;
    let dimension = field.dimension();
    if state.len() != dimension {
        return Err(SolverError::WrongLength {
            name: "the initial state",
            found: state.len(),
            expected: dimension,
        });
    }
    let (begin, end) = span;
    if !begin.is_finite() {
        return Err(SolverError::InvalidArgument {
            name: "initial time",
            value: begin,
            requirement: "it must be finite",
        });
    }
    if let Some(component) = state.iter().position(|value| !value.is_finite()) {
        return Err(not_finite("state", component, state[component], begin));
    }
    let wanted: &[f64] = match save {
        Save::At(times) => times,
        _ => &[],
    };
    check_times(wanted, begin, end)?;
    let mut trajectory = Trajectory::empty(dimension, "ordinary");
    let mut run = Run {
        watched: Watched {
            field,
            culprit: &Cell::new(None),
            evaluations: &Cell::new(0),
        },
        method,
        options,
        time: begin,
        state: DVector::from_column_slice(state),
        step: options.initial_step.unwrap_or(0.0),
    };
    if *save == Save::EveryStep {
        trajectory.push(begin, state);
    }
    let every_step = *save == Save::EveryStep;
    for time in wanted.iter().copied() {
        run.to(time, every_step, &mut trajectory)?;
        trajectory.push(time, run.state.as_slice());
    }
    if !matches!(save, Save::At(_)) {
        run.to(end, every_step, &mut trajectory)?;
    }
    if *save == Save::Last {
        trajectory.push(end, run.state.as_slice());
    }
    trajectory.statistics.evaluations = run.watched.evaluations.get();
    Ok(trajectory)
}

/// A non-finite derivative: component, value, time.
type Culprit = Option<(usize, f64, f64)>;

/// The field as `ode_solvers` wants it; remembers the last non-finite derivative.
#[derive(Clone, Copy)]
struct Watched<'a> {
    field: &'a dyn OrdinaryField,
    culprit: &'a Cell<Culprit>,
    evaluations: &'a Cell<u64>,
}

impl System<f64, DVector<f64>> for Watched<'_> {
    fn system(&self, time: f64, state: &DVector<f64>, derivative: &mut DVector<f64>) {
        let derivative = derivative.as_mut_slice();
        self.field.derivative(time, state.as_slice(), derivative);
        self.evaluations.set(self.evaluations.get() + 1);
        if let Some(component) = derivative.iter().position(|slope| !slope.is_finite()) {
            self.culprit
                .set(Some((component, derivative[component], time)));
        }
    }
}

/// A run of an `ode_solvers` stepper from saved time to saved time.
struct Run<'a> {
    watched: Watched<'a>,
    method: OrdinaryMethod,
    options: &'a Options,
    time: f64,
    state: DVector<f64>,
    /// First step to try; zero leaves it to the stepper.
    step: f64,
}

/// Runs one of the two steppers, which share a constructor but no trait, to `$end`. `Sparse` output,
/// because `Dense` output stops on a sample instead of the state; no test of stiffness, because it
/// gives up early.
macro_rules! integrate {
    ($stepper:ident, $run:expr, $end:expr, $limit:expr, $beta:expr, $factors:expr) => {{
        let (slowest, fastest) = $factors;
        let mut stepper = $stepper::from_param(
            $run.watched,
            $run.time,
            $end,
            0.0,
            $run.state.clone(),
            SHARE * $run.options.relative_tolerance,
            SHARE * $run.options.absolute_tolerance,
            0.9,
            $beta,
            slowest,
            fastest,
            $run.options.maximum_step.unwrap_or($end - $run.time),
            $run.step,
            $limit,
            u32::MAX,
            OutputType::Sparse,
        );
        let outcome = stepper.integrate();
        (outcome, stepper.results().clone())
    }};
}

impl Run<'_> {
    /// Integrates to `end`; appends every step to the trajectory if asked.
    fn to(
        &mut self,
        end: f64,
        every_step: bool,
        trajectory: &mut Trajectory,
    ) -> Result<(), SolverError> {
        if end <= self.time {
            return Ok(());
        }
        let statistics = &mut trajectory.statistics;
        let done = statistics.steps + statistics.rejected;
        let allowed = self.options.maximum_steps.saturating_sub(done);
        let limit = u32::try_from(allowed).unwrap_or(u32::MAX);
        self.watched.culprit.set(None);
        let (outcome, results) = match self.method {
            OrdinaryMethod::Dopri5 => integrate!(Dopri5, self, end, limit, 0.04, (0.2, 10.0)),
            OrdinaryMethod::Dop853 => integrate!(Dop853, self, end, limit, 0.0, (0.333, 6.0)),
        };
        let work = outcome.map_err(|error| self.explain(&error))?;
        statistics.steps += u64::from(work.accepted_steps);
        statistics.rejected += u64::from(work.rejected_steps);
        let (times, states) = results.get();
        if every_step {
            for (time, state) in times.iter().zip(states).skip(1) {
                trajectory.push(*time, state.as_slice());
            }
        }
        if let Some(state) = states.last() {
            self.state.copy_from(state);
        }
        if let Some(component) = self.state.iter().position(|value| !value.is_finite()) {
            return Err(not_finite("state", component, self.state[component], end));
        }
        // the last step was cut to fit, so the one before it may be the better guess
        let longest = times.windows(2).rev().take(2).map(|pair| pair[1] - pair[0]);
        self.step = longest.fold(0.0, f64::max);
        self.time = end;
        Ok(())
    }

    fn explain(&self, error: &IntegrationError) -> SolverError {
        match (error, self.watched.culprit.get()) {
            (IntegrationError::MaxNumStepReached { x, .. }, _) => SolverError::TooManySteps {
                time: *x,
                limit: self.options.maximum_steps,
            },
            (_, Some((component, value, time))) => not_finite("derivative", component, value, time),
            (
                IntegrationError::StepSizeUnderflow { x }
                | IntegrationError::StiffnessDetected { x },
                None,
            ) => SolverError::StepTooSmall {
                time: *x,
                step: 10.0 * f64::EPSILON * x.abs(),
                component: 0,
            },
        }
    }
}

fn not_finite(quantity: &'static str, component: usize, value: f64, time: f64) -> SolverError {
    SolverError::NotFinite {
        quantity,
        component,
        value,
        time,
    }
}
