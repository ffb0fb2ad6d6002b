//! Events: times at which a function of time and state passes through zero.

use serde::{Deserialize, Serialize};

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

type Reset<'a> = Box<dyn Fn(f64, &mut [f64]) + Send + Sync + 'a>;
type Function<'a> = Box<dyn Fn(f64, &[f64], &[f64]) -> f64 + Send + Sync + 'a>;

/// A function `g(t, y)` or `g(t, y, y')` whose zeros along a trajectory are recorded.
///
/// A trajectory that starts on a zero is on its negative side there. A function that touches zero
/// between two samples (four a step, twelve a panel) and turns back goes unseen.
///
/// ```
/// use pulsatrix::solver::Event;
///
/// let fourth_rise = Event::new(|_, y| y[0] - 0.5).rising().stop_after(4);
/// # let _ = fourth_rise;
/// ```
pub struct Event<'a> {
    pub(super) function: Function<'a>,
    pub(super) needs_slope: bool,
    pub(super) direction: Direction,
    pub(super) stop_after: Option<usize>,
    pub(super) reset: Option<Reset<'a>>,
}

impl<'a> Event<'a> {
    /// An event at every sign change of `function(time, state)`.
    #[must_use]
    pub fn new(function: impl Fn(f64, &[f64]) -> f64 + Send + Sync + 'a) -> Self {
        Self {
            function: Box::new(move |time, state, _| function(time, state)),
            needs_slope: false,
            direction: Direction::Either,
            stop_after: None,
            reset: None,
        }
    }

    /// An event at every sign change of `function(time, state, slope)`.
    #[must_use]
    pub fn with_slope(function: impl Fn(f64, &[f64], &[f64]) -> f64 + Send + Sync + 'a) -> Self {
        Self {
            function: Box::new(function),
            needs_slope: true,
            direction: Direction::Either,
            stop_after: None,
            reset: None,
        }
    }

    /// An event at every local maximum of a component.
    #[must_use]
    pub fn maximum(component: usize) -> Self {
        Self::with_slope(move |_, _, slope| slope[component]).falling()
    }

    /// An event at every local minimum of a component.
    #[must_use]
    pub fn minimum(component: usize) -> Self {
        Self::with_slope(move |_, _, slope| slope[component]).rising()
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

    /// Changes the state at the event: `change(time, state)` turns the state before into the one
    /// after. The solution jumps, delayed terms read the proper side of the jump, and steps end
    /// where the lags carry it. The last event of a trajectory that [stops](Self::stop_after) there
    /// changes nothing.
    ///
    /// The general engine only; name a [`method`](super::Options::method) to get it. Where events come ever faster (a ball that bounces to rest), the
    /// trajectory goes through the state at which they accumulate.
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
    pub fn resetting(mut self, change: impl Fn(f64, &mut [f64]) + Send + Sync + 'a) -> Self {
        self.reset = Some(Box::new(change));
        self
    }

    /// Ends the trajectory at event number `count`, counted from one.
    #[must_use]
    pub fn stop_after(mut self, count: usize) -> Self {
        self.stop_after = Some(count);
        self
    }
}

impl std::fmt::Debug for Event<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Event")
            .field("direction", &self.direction)
            .field("stop_after", &self.stop_after)
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
    /// Whether the function was rising there.
    pub rising: bool,
}
