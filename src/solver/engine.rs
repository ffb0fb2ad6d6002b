//! What every engine has in common: it advances by one smooth piece of trajectory at a time.

use serde::{Deserialize, Serialize};

use super::{Dense, EventMemory, Pulses, SolverError};

/// Times closer than this part of their size are one time: what a few operations on them round away,
/// some hundred units in the last place (chosen).
pub(super) const RESOLUTION: f64 = 32.0 * f64::EPSILON;

/// One smooth stretch of a trajectory, between two neighbouring mesh times.
pub trait Piece {
    /// First and last time of the stretch.
    fn span(&self) -> (f64, f64);

    /// Number of components of the state.
    fn dimension(&self) -> usize;

    /// Value of one component at a time inside the span.
    fn value(&self, component: usize, time: f64) -> f64;

    /// Time derivative of one component at a time inside the span.
    fn slope(&self, component: usize, time: f64) -> f64;

    /// Whether every component is monotone over the span, so that its end values bound it.
    fn is_monotone(&self) -> bool {
        false
    }

    /// Parts of equal length in each of which a component is expected to turn once at most; those
    /// who watch for events look at each of them.
    fn stretches(&self) -> u32 {
        1
    }

    /// A component at a time up to the end of the span that the lags of the engine still reach; NaN
    /// at any other, and by default.
    fn past(&self, component: usize, time: f64) -> f64 {
        let _ = (component, time);
        f64::NAN
    }

    /// The whole state at a time inside the span, into `state` of length `dimension()`.
    fn state(&self, time: f64, state: &mut [f64]) {
        for (component, value) in state.iter_mut().enumerate() {
            *value = self.value(component, time);
        }
    }
}

/// An initial-value problem on its way: the caller owns time.
pub trait Engine {
    /// Short name for reports: `"general"`, `"panel"`, `"relay"`, ...
    fn name(&self) -> &'static str;

    /// Time reached so far.
    fn time(&self) -> f64;

    /// State reached so far.
    fn state(&self) -> &[f64];

    /// Advances by one piece, never past `limit`, and shows that piece.
    ///
    /// # Errors
    /// Whatever stops the engine, with time, component and remedy; the engine then stays at the
    /// last time that it reached soundly.
    fn advance(&mut self, limit: f64) -> Result<&dyn Piece, SolverError>;

    /// Goes back to `time`, inside the newest piece or at its end, and on from there with another
    /// state: the solution jumps. Refused by default.
    ///
    /// # Errors
    /// [`SolverError::CannotJump`] if the engine has no such thing;
    /// [`SolverError::InvalidArgument`], [`SolverError::WrongLength`] or [`SolverError::NotFinite`]
    /// for a time outside the newest piece or a state that does not fit.
    fn jump(&mut self, time: f64, state: &[f64]) -> Result<(), SolverError> {
        let _ = (time, state);
        Err(SolverError::CannotJump {
            engine: self.name(),
        })
    }

    /// Goes back to `time`, inside the newest piece or at its end, and on from there as if it had
    /// never been left. Refused by default.
    ///
    /// # Errors
    /// [`SolverError::CannotJump`] if the engine has no such thing;
    /// [`SolverError::InvalidArgument`] for a time outside the newest piece.
    fn go_back(&mut self, time: f64) -> Result<(), SolverError> {
        let _ = time;
        Err(SolverError::CannotJump {
            engine: self.name(),
        })
    }

    /// [`Piece::past`], of the state that the engine has reached.
    fn past(&self, component: usize, time: f64) -> f64 {
        let _ = (component, time);
        f64::NAN
    }

    /// The pulses on their way; none if the engine cannot jump. An engine that has them never steps
    /// over one: those that are due land at the start of [`advance`](Self::advance), unless they
    /// were taken before.
    fn pulses(&mut self) -> Option<&mut Pulses> {
        None
    }

    /// What it remembers of the events of its last run; none by default, and a run then knows nothing of the one before.
    fn event_memory(&mut self) -> Option<&mut EventMemory> {
        None
    }

    /// Hands over the interpolants kept so far, if the engine was told to keep them;
    /// [`solve`](super::solve) puts them into its trajectory. None by default.
    fn take_dense(&mut self) -> Option<Dense> {
        None
    }

    /// Times closer than this are one time to the engine.
    fn resolution(&self) -> f64 {
        RESOLUTION * self.time().abs()
    }

    /// Absolute and relative tolerance: a turn of a component that moves it over a piece by less is
    /// not told from an error. Zero by default, for what is exact.
    fn tolerances(&self) -> (f64, f64) {
        (0.0, 0.0)
    }

    /// Takes note that the equation may have changed since the last piece (a parameter behind a
    /// cell, say): the next piece starts with a slope of its own. [`solve`](super::solve) says so at
    /// its start; engines that compute ahead of the limit do not listen.
    ///
    /// # Errors
    /// [`SolverError::NotFinite`] if the slope is not finite.
    fn renew(&mut self) -> Result<(), SolverError> {
        Ok(())
    }

    /// Work done so far.
    fn statistics(&self) -> Statistics;
}

/// What a trajectory has cost so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// Accepted steps (for the relay engine: pieces between events).
    pub steps: u64,
    /// Steps rejected by the error estimate.
    pub rejected: u64,
    /// Evaluations of the right-hand side.
    pub evaluations: u64,
    /// Events handled.
    pub events: u64,
    /// Breaking points that a step was made to end at.
    pub breaking_points: u64,
}

impl std::iter::Sum for Statistics {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |sum, part| Self {
            steps: sum.steps + part.steps,
            rejected: sum.rejected + part.rejected,
            evaluations: sum.evaluations + part.evaluations,
            events: sum.events + part.events,
            breaking_points: sum.breaking_points + part.breaking_points,
        })
    }
}
