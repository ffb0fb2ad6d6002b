//! What an event sees and does when it happens.

use std::cell::Cell;

use super::SolverError;
use super::pulses::Pulse;

/// What was read of a past and is not there: the component and the time read last.
#[derive(Debug, Default)]
pub(super) struct Missed(Cell<Option<(usize, f64)>>);

/// Past states of a trajectory.
#[derive(Clone, Copy)]
pub struct Past<'a> {
    read: &'a dyn Fn(usize, f64) -> f64,
    missed: &'a Missed,
}

impl<'a> Past<'a> {
    pub(super) fn new(read: &'a dyn Fn(usize, f64) -> f64, missed: &'a Missed) -> Self {
        Self { read, missed }
    }

    /// The value of a component at a time up to the present that the longest lag of the field, or what
    /// it [asks to be remembered](super::DelayField::remembered), still reaches. Where the solution jumps,
    /// the value before the jump. Cost: a binary search.
    ///
    /// At any other time, and where the engine keeps no past (all but the general one), the value is
    /// NaN, and [`solve`](super::solve) ends with [`SolverError::PastNotKept`] whatever the event makes
    /// of it.
    #[must_use]
    pub fn value(self, component: usize, time: f64) -> f64 {
        let value = (self.read)(component, time);
        if value.is_nan() {
            self.missed.0.set(Some((component, time)));
        }
        value
    }

    /// Refuses what an event has read at `time` if some of it was not there.
    pub(super) fn check(self, time: f64) -> Result<(), SolverError> {
        match self.missed.0.take() {
            None => Ok(()),
            Some((component, argument)) => Err(SolverError::PastNotKept {
                component,
                argument,
                time,
            }),
        }
    }
}

impl std::fmt::Debug for Past<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Past")
    }
}

/// The moment of an event: time, state to be changed, past, and pulses to be sent.
///
/// ```
/// use pulsatrix::solver::{closure_field, solve, DelaySolver, Event, History, Options, Save};
///
/// // two integrators; a spike of the first lifts the second by 0.1 after 0.25
/// let field = closure_field(2, &[], |_, _, _, dx| dx.copy_from_slice(&[1.0, 0.0]));
/// let history = History::constant(&[0.0, 0.0]);
/// let mut solver = DelaySolver::new(&field, history, 0.0, Options::default())?;
/// let spike = Event::new(|_, x| x[0] - 1.0).rising().changing(|moment| {
///     moment.state[0] = 0.0;
///     moment.emit(1, 0.25, 0.1);
/// });
/// let trajectory = solve(&mut solver, 3.2, &Save::Last, &[spike])?;
/// assert!((trajectory.last()[1] - 0.2).abs() < 1e-15); // the third is on its way
/// # Ok::<(), pulsatrix::solver::SolverError>(())
/// ```
#[derive(Debug)]
pub struct Moment<'a> {
    /// Present time.
    pub time: f64,
    /// Present state, to be changed at will.
    pub state: &'a mut [f64],
    pub(super) past: Past<'a>,
    pub(super) pulses: &'a mut Vec<Pulse>,
}

impl Moment<'_> {
    /// [`Past::value`].
    #[must_use]
    pub fn past(&self, component: usize, time: f64) -> f64 {
        self.past.value(component, time)
    }

    /// All past states, to be read while the state is being changed.
    #[must_use]
    pub fn pasts(&self) -> Past<'_> {
        self.past
    }

    /// Sends a pulse: after the time `after`, zero included, `change` is added to component
    /// `target`. It lands exactly then: the step ends, the solution jumps, thresholds are looked at.
    /// The engine keeps it from one call of [`solve`](super::solve) to the next, and in a saved run.
    /// Cost: the logarithm of the number of pulses on their way.
    ///
    /// [`solve`](super::solve) refuses a time or change that is not finite or a target that is not
    /// there, and engines that cannot jump refuse all pulses.
    pub fn emit(&mut self, target: usize, after: f64, change: f64) {
        self.pulses.push(Pulse {
            time: self.time + after,
            target,
            change,
        });
    }
}

/// Refuses pulses that cannot land.
pub(super) fn check(pulses: &[Pulse], now: f64, dimension: usize) -> Result<(), SolverError> {
    let refuse = |name, value, requirement| {
        Err(SolverError::InvalidArgument {
            name,
            value,
            requirement,
        })
    };
    for pulse in pulses {
        if pulse.target >= dimension {
            let requirement = "it must be the number of a component, counted from 0";
            return refuse("target of a pulse", pulse.target as f64, requirement);
        }
        if !(pulse.time >= now && pulse.time.is_finite()) {
            let requirement = "it must be finite and not lie in the past";
            return refuse("time of a pulse", pulse.time, requirement);
        }
        if !pulse.change.is_finite() {
            return refuse("change by a pulse", pulse.change, "it must be finite");
        }
    }
    Ok(())
}
