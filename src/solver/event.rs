//! Events: what happens along a trajectory, where a function passes through zero or at given times.

use serde::{Deserialize, Serialize};

use super::closure::next_of;
use super::moment::{Moment, Past};

/// Sign changes that count as an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From negative or zero to positive.
    Rising,
    /// From positive to negative or zero.
    Falling,
    /// Any change of sign.
    #[default]
    Either,
}

impl Direction {
    /// Whether a change to this sign counts.
    pub(super) fn counts(self, rising: bool) -> bool {
        match self {
            Self::Rising => rising,
            Self::Falling => !rising,
            Self::Either => true,
        }
    }
}

type Change<'a> = Box<dyn Fn(&mut Moment<'_>) + Send + Sync + 'a>;
type OfState<'a> = Box<dyn Fn(f64, &[f64]) -> f64 + Send + Sync + 'a>;
type OfSlope<'a> = Box<dyn Fn(f64, &[f64], &[f64]) -> f64 + Send + Sync + 'a>;
type OfPast<'a> = Box<dyn Fn(f64, &[f64], Past<'_>) -> f64 + Send + Sync + 'a>;

/// What makes an event happen.
pub(super) enum Trigger<'a> {
    State(OfState<'a>),
    Slope(OfSlope<'a>),
    /// The slope of one component; keeps its sign where it is lost in the errors.
    Extremum(usize),
    Past(OfPast<'a>),
    Times(Vec<f64>),
    Every {
        first: f64,
        period: f64,
    },
}

/// A function along a trajectory whose sign changes are recorded, or times at which something is
/// done; either may [change the state](Self::resetting).
///
/// **What is found.** A function that touches zero between two samples (four a step, twelve a panel)
/// and turns back goes unseen. Zero counts as negative. A trajectory that starts beyond a threshold
/// is beyond it: nothing happens until the function has come back and passes anew.
///
/// **One time.** Events closer than the [resolution](super::Engine::resolution) of time happen at
/// one time, in rounds. The first round are those that the trajectory itself, a listed time or a
/// pulse has brought about, in the order of the list, the one that ends the trajectory last; each
/// starts from the state that the one before it has left. After every round the functions are looked
/// at again, and those that the new state has carried over zero are the next round, until there is
/// none: a jump over a threshold is an event. An event does not answer to its own change. Functions
/// of the slope are not asked in between. A round without an end is
/// [`SolverError::EndlessCascade`](super::SolverError::EndlessCascade).
///
/// ```
/// use pulsatrix::solver::Event;
///
/// let fourth_rise = Event::new(|_, y| y[0] - 0.5).rising().stop_after(4);
/// # let _ = fourth_rise;
/// ```
pub struct Event<'a> {
    pub(super) trigger: Trigger<'a>,
    pub(super) direction: Direction,
    pub(super) stop_after: Option<usize>,
    pub(super) change: Option<Change<'a>>,
    pub(super) refractory: f64,
    pub(super) in_place: bool,
}

impl<'a> Event<'a> {
    fn triggered(trigger: Trigger<'a>) -> Self {
        Self {
            trigger,
            direction: Direction::Either,
            stop_after: None,
            change: None,
            refractory: 0.0,
            in_place: false,
        }
    }

    /// An event at every sign change of `function(time, state)`.
    #[must_use]
    pub fn new(function: impl Fn(f64, &[f64]) -> f64 + Send + Sync + 'a) -> Self {
        Self::triggered(Trigger::State(Box::new(function)))
    }

    /// An event at every sign change of `function(time, state, slope)`.
    #[must_use]
    pub fn with_slope(function: impl Fn(f64, &[f64], &[f64]) -> f64 + Send + Sync + 'a) -> Self {
        Self::triggered(Trigger::Slope(Box::new(function)))
    }

    /// An event at every sign change of `function(time, state, past)`, which reads
    /// [past states](Past).
    ///
    /// ```
    /// use pulsatrix::solver::{closure_field, solve, DelaySolver, Event, History, Options, Save};
    ///
    /// // y' = -y(t - pi/2) continues the sine: where does it meet itself one lag ago?
    /// let lag = std::f64::consts::FRAC_PI_2;
    /// let field = closure_field(1, &[lag], |_, _, delayed, dy| dy[0] = -delayed.state(0)[0]);
    /// let history = History::function(1, |t, y| y[0] = t.sin());
    /// let mut solver = DelaySolver::new(&field, history, 0.0, Options::with_tolerance(1e-9))?;
    /// let meets = Event::with_past(move |t, y, past| y[0] - past.value(0, t - lag));
    /// let trajectory = solve(&mut solver, 6.0, &Save::Last, &[meets])?;
    /// // sin t = -cos t
    /// assert!((trajectory.events[0].time - 1.5 * lag).abs() < 1e-7);
    /// # Ok::<(), pulsatrix::solver::SolverError>(())
    /// ```
    #[must_use]
    pub fn with_past(function: impl Fn(f64, &[f64], Past<'_>) -> f64 + Send + Sync + 'a) -> Self {
        Self::triggered(Trigger::Past(Box::new(function)))
    }

    /// An event at every local maximum of a component. Turns that move it over a piece by less than
    /// the tolerance of the engine, around a steady state, are none.
    #[must_use]
    pub fn maximum(component: usize) -> Self {
        Self::triggered(Trigger::Extremum(component)).falling()
    }

    /// An event at every local minimum of a component; see [`maximum`](Self::maximum).
    #[must_use]
    pub fn minimum(component: usize) -> Self {
        Self::triggered(Trigger::Extremum(component)).rising()
    }

    /// An event at each of the times, ascending: doses, stimuli, changes of a parameter. Steps end
    /// there, and the right-hand side may jump there.
    ///
    /// A time at which the trajectory starts counts, one at which it ends is left to the next.
    ///
    /// ```
    /// use pulsatrix::solver::{closure_field, solve, DelaySolver, Event, History, Options, Save};
    ///
    /// let field = closure_field(1, &[], |_, y, _, dy| dy[0] = -y[0]);
    /// let history = History::constant(&[0.0]);
    /// let mut solver = DelaySolver::new(&field, history, 0.0, Options::with_tolerance(1e-9))?;
    /// let doses = Event::at(&[0.0, 1.0, 2.5]).resetting(|_, y| y[0] += 1.0);
    /// let trajectory = solve(&mut solver, 3.0, &Save::Last, &[doses])?;
    /// let exact = (-3f64).exp() + (-2f64).exp() + (-0.5f64).exp();
    /// assert!((trajectory.last()[0] - exact).abs() < 1e-9);
    /// # Ok::<(), pulsatrix::solver::SolverError>(())
    /// ```
    #[must_use]
    pub fn at(times: &[f64]) -> Self {
        Self::triggered(Trigger::Times(times.to_vec()))
    }

    /// The same at the times `first`, `first + period`, and so on for ever.
    #[must_use]
    pub fn every(first: f64, period: f64) -> Self {
        Self::triggered(Trigger::Every { first, period })
    }

    /// Counts changes from negative or zero to positive only.
    #[must_use]
    pub fn rising(mut self) -> Self {
        self.direction = Direction::Rising;
        self
    }

    /// Counts changes from positive to negative or zero only.
    #[must_use]
    pub fn falling(mut self) -> Self {
        self.direction = Direction::Falling;
        self
    }

    /// Ends the trajectory at the first event.
    #[must_use]
    pub fn terminal(self) -> Self {
        self.stop_after(1)
    }

    /// Leaves the engine at the event that ends the trajectory, rather than at the end of the piece
    /// in which it lies: the next run starts there. General and panel engine.
    #[must_use]
    pub fn in_place(mut self) -> Self {
        self.in_place = true;
        self
    }

    /// Keeps the event from happening for `duration` after it has happened. What then stands beyond
    /// the threshold happens when the time is over; also in the next run of the same engine, see
    /// [`EventMemory`](super::EventMemory).
    #[must_use]
    pub fn refractory(mut self, duration: f64) -> Self {
        self.refractory = duration;
        self
    }

    /// Changes the state at the event: `change(time, state)` turns the state before into the one
    /// after. The solution jumps, delayed terms read the proper side of the jump, and steps end
    /// where the lags carry it. The last event of a trajectory that [stops](Self::stop_after) there
    /// changes nothing.
    ///
    /// The general engine only; name a [`method`](super::Options::method) to get it. Where events
    /// come ever faster (a ball that bounces to rest), the trajectory goes through the state at
    /// which they accumulate, unless each of them puts it back onto the threshold: then they use up the steps, which is
    /// [`SolverError::EventsAccumulate`](super::SolverError::EventsAccumulate).
    ///
    /// ```
    /// use pulsatrix::solver::{closure_field, solve, DelaySolver, Event, History, Options, Save};
    ///
    /// // an integrator with a threshold: x' = 1, and at 1 back to 0
    /// let field = closure_field(1, &[], |_, _, _, dx| dx[0] = 1.0);
    /// let history = History::constant(&[0.0]);
    /// let mut solver = DelaySolver::new(&field, history, 0.0, Options::default())?;
    /// let spike = Event::new(|_, x| x[0] - 1.0).rising().resetting(|_, x| x[0] = 0.0);
    /// let trajectory = solve(&mut solver, 3.25, &Save::Last, &[spike])?;
    /// assert_eq!(trajectory.events.len(), 3);
    /// assert!((trajectory.last()[0] - 0.25).abs() < 1e-12);
    /// # Ok::<(), pulsatrix::solver::SolverError>(())
    /// ```
    #[must_use]
    pub fn resetting(self, change: impl Fn(f64, &mut [f64]) + Send + Sync + 'a) -> Self {
        self.changing(move |moment| change(moment.time, moment.state))
    }

    /// Changes the state as [`resetting`](Self::resetting) does, with all that a [`Moment`] offers:
    /// past states, and pulses that land later.
    #[must_use]
    pub fn changing(mut self, change: impl Fn(&mut Moment<'_>) + Send + Sync + 'a) -> Self {
        self.change = Some(Box::new(change));
        self
    }

    /// Ends the trajectory at event number `count`, counted from one. If the end comes before, the next run of the same
    /// engine counts on, see [`EventMemory`](super::EventMemory).
    #[must_use]
    pub fn stop_after(mut self, count: usize) -> Self {
        self.stop_after = Some(count);
        self
    }

    /// The first listed time after `after`; none of a function.
    pub(super) fn listed_after(&self, after: f64) -> Option<f64> {
        match &self.trigger {
            Trigger::Times(times) => {
                let next = times.partition_point(|time| *time <= after);
                times.get(next).copied()
            }
            Trigger::Every { first, period } => next_of(*first, *period, after),
            _ => None,
        }
    }

    /// Whether the event is one at listed times.
    pub(super) fn is_listed(&self) -> bool {
        matches!(self.trigger, Trigger::Times(_) | Trigger::Every { .. })
    }

    /// Whether the function reads slopes.
    pub(super) fn needs_slope(&self) -> bool {
        matches!(self.trigger, Trigger::Slope(_) | Trigger::Extremum(_))
    }
}

impl std::fmt::Debug for Event<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Event")
            .field("direction", &self.direction)
            .field("stop_after", &self.stop_after)
            .field("refractory", &self.refractory)
            .finish_non_exhaustive()
    }
}

/// An event that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Occurrence {
    /// Index of the event in the list that was asked for.
    pub event: usize,
    /// Time of the zero, to rounding on the interpolant of the solver.
    pub time: f64,
    /// State at that time, before a change of it.
    pub state: Vec<f64>,
    /// State after a change by [`Event::resetting`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Vec<f64>>,
    /// Whether the function was rising there; true of a listed time.
    pub rising: bool,
}
