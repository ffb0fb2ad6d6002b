//! A finished trajectory, and the loop over an engine that makes it.

use serde::{Deserialize, Serialize};

use super::instant::Instant;
use super::search::Grain;
use super::watch::Watch;
use super::{
    DelayField, Dense, Engine, Event, EventMemory, History, Occurrence, Options, SolverError,
    Statistics,
};

/// Interruptions at one and the same time after which a run is given up.
const MOST_CHANGES: usize = 100;

/// What to keep of a trajectory.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Save {
    /// The last state only.
    #[default]
    Last,
    /// The first state and the end of every step.
    EveryStep,
    /// The states at these times, ascending, from the interpolant of the solver.
    At(Vec<f64>),
}

/// Why a trajectory ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Termination {
    /// The end that was asked for.
    End,
    /// The terminal event of this index.
    Event(usize),
}

/// Times and states along a solution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trajectory {
    /// Saved times, ascending.
    pub times: Vec<f64>,
    /// Saved states, one after the other: `states[i * dimension + j]` is component `j` at
    /// `times[i]`.
    pub states: Vec<f64>,
    /// Number of components.
    pub dimension: usize,
    /// Events in order of time.
    pub events: Vec<Occurrence>,
    /// Why it ended.
    pub termination: Termination,
    /// Name of the engine that has run.
    pub engine: String,
    /// What it has cost since the engine was made.
    pub statistics: Statistics,
    /// The interpolants, if the engine was told to [keep](super::DelaySolver::keep) them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dense: Option<Dense>,
}

impl Trajectory {
    /// The saved state number `index`, of length `dimension`.
    ///
    /// # Panics
    /// If fewer states were saved.
    #[must_use]
    pub fn state(&self, index: usize) -> &[f64] {
        &self.states[index * self.dimension..(index + 1) * self.dimension]
    }

    /// The last saved state; empty if none was.
    #[must_use]
    pub fn last(&self) -> &[f64] {
        &self.states[self.states.len().saturating_sub(self.dimension)..]
    }

    /// The state at any time of a trajectory that was [kept whole](super::DelaySolver::keep): the
    /// components kept, in their order. None outside of it, or if nothing was kept.
    ///
    /// ```
    /// use pulsatrix::solver::{DelaySolver, History, Options, Save, closure_field, solve};
    ///
    /// let lag = std::f64::consts::FRAC_PI_2;
    /// let field = closure_field(1, &[lag], |_, _, delayed, dy| dy[0] = -delayed.state(0)[0]);
    /// let history = History::function(1, |t, y| y[0] = t.sin());
    /// let mut solver = DelaySolver::new(&field, history, 0.0, Options::with_tolerance(1e-9))?;
    /// solver.keep(&[0])?;
    /// let trajectory = solve(&mut solver, 10.0, &Save::Last, &[])?;
    /// assert!((trajectory.at(3.21).unwrap()[0] - 3.21_f64.sin()).abs() < 1e-8);
    /// assert!((trajectory.slope_at(3.21).unwrap()[0] - 3.21_f64.cos()).abs() < 1e-6);
    /// assert_eq!(trajectory.at(10.1), None);
    /// # Ok::<(), pulsatrix::solver::SolverError>(())
    /// ```
    #[must_use]
    pub fn at(&self, time: f64) -> Option<Vec<f64>> {
        self.dense.as_ref()?.state(time)
    }

    /// The time derivative of the interpolant at any time; see [`at`](Self::at).
    #[must_use]
    pub fn slope_at(&self, time: f64) -> Option<Vec<f64>> {
        let dense = self.dense.as_ref()?;
        let components = dense.components().iter();
        components
            .map(|component| dense.slope(*component, time))
            .collect()
    }

    pub(crate) fn empty(dimension: usize, engine: &str) -> Self {
        Self {
            times: Vec::new(),
            states: Vec::new(),
            dimension,
            events: Vec::new(),
            termination: Termination::End,
            engine: engine.to_owned(),
            statistics: Statistics::default(),
            dense: None,
        }
    }

    /// The same with no states.
    pub(super) fn without_states(&self) -> Self {
        Self {
            times: self.times.clone(),
            states: Vec::new(),
            engine: self.engine.clone(),
            events: self.events.clone(),
            dense: None,
            ..*self
        }
    }

    pub(crate) fn push(&mut self, time: f64, state: &[f64]) {
        self.times.push(time);
        self.states.extend_from_slice(state);
    }
}

/// Solves a delay equation from `history` at `begin` up to `end`: the one entry point.
///
/// The engine is the one that the field offers, [`DelayField::engine`]: the panel engine or a relay
/// engine where the field has their structure, the general one otherwise and wherever
/// [`Options::method`] names a method of it. [`Trajectory::engine`]
/// says which one has run. Everything else as in [`solve`].
///
/// # Errors
/// Those of the engine and of [`solve`].
///
/// ```
/// use pulsatrix::networks::MackeyGlass;
/// use pulsatrix::solver::{History, Options, Save, closure_field, integrate};
///
/// let own = closure_field(1, &[17.0], |_, y, delayed, dy| {
///     let past = delayed.state(0)[0];
///     dy[0] = 0.2 * past / (1.0 + past.powi(10)) - 0.1 * y[0];
/// });
/// let history = || History::constant(&[0.5]);
/// let options = Options::with_tolerance(1e-8);
/// let by_general = integrate(&own, history(), (0.0, 300.0), options, &Save::Last, &[])?;
/// let structured = MackeyGlass::new(0.2, 0.1, 10.0, 17.0)?;
/// let by_panel = integrate(&structured, history(), (0.0, 300.0), options, &Save::Last, &[])?;
/// assert_eq!((&by_general.engine[..], &by_panel.engine[..]), ("general", "panel"));
/// assert!((by_general.last()[0] - by_panel.last()[0]).abs() < 1e-7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn integrate<F: DelayField + ?Sized>(
    field: &F,
    history: History<'_>,
    (begin, end): (f64, f64),
    options: Options,
    save: &Save,
    events: &[Event<'_>],
) -> Result<Trajectory, SolverError> {
    let mut engine = field.engine(history, begin, options)?;
    solve(engine.as_mut(), end, save, events)
}

/// Runs an engine up to `end` or to a terminal event.
///
/// The trajectory starts where the engine stands. Events are zeros on the engine's interpolant;
/// after a terminal event the trajectory ends there, and the engine stands at the end of the piece
/// in which it lies, unless the event is [in place](Event::in_place) or others have changed the
/// state at its time. At an event that [changes the state](Event::resetting) both the state before
/// and the one after are saved with [`Save::EveryStep`], the one before with [`Save::At`].
///
/// Listed times and pulses at `end` are left to the next call; refractory times, counts and the
/// side of a threshold on which a function stands are those of one call. A right-hand side may
/// change between two calls, where the engine [takes note](Engine::renew) of it.
///
/// # Errors
/// What the engine reports; [`SolverError::NotFinite`] for an event function that is not finite;
/// [`SolverError::EndlessCascade`] and [`SolverError::EventsPileUp`] for events without an end;
/// [`SolverError::InvalidArgument`] for an event or a pulse that says nothing sound;
/// [`SolverError::InvalidArgument`] for save times that are not ascending or that lie outside
/// `[engine.time(), end]`. The engine then stays where it was, ready for another attempt.
///
/// ```
/// use pulsatrix::solver::{closure_field, solve, DelaySolver, Event, History, Options, Save};
///
/// // y' = -y(t - pi/2) continues the sine; find the second time at which it rises through 1/2
/// let lag = std::f64::consts::FRAC_PI_2;
/// let field = closure_field(1, &[lag], |_, _, delayed, dy| dy[0] = -delayed.state(0)[0]);
/// let history = History::function(1, |t, y| y[0] = t.sin());
/// let mut solver = DelaySolver::new(&field, history, 0.0, Options::with_tolerance(1e-10))?;
/// let event = Event::new(|_, y| y[0] - 0.5).rising().stop_after(2);
/// let trajectory = solve(&mut solver, 100.0, &Save::At(vec![1.0, 2.0]), &[event])?;
/// assert!((trajectory.events[1].time - 13.0 * std::f64::consts::PI / 6.0).abs() < 1e-8);
/// assert!((trajectory.state(1)[0] - 2f64.sin()).abs() < 1e-8);
/// # Ok::<(), pulsatrix::solver::SolverError>(())
/// ```
pub fn solve(
    engine: &mut dyn Engine,
    end: f64,
    save: &Save,
    events: &[Event<'_>],
) -> Result<Trajectory, SolverError> {
    let dimension = engine.state().len();
    let wanted: &[f64] = match save {
        Save::At(times) => times,
        _ => &[],
    };
    check_times(wanted, engine.time(), end)?;
    engine.renew()?;
    let mut next = wanted.iter().copied().peekable();
    let mut watch = Watch::new(events, dimension, engine.time())?;
    let (begin, start) = (engine.time(), engine.state().to_vec());
    if let Some(memory) = engine.event_memory() {
        memory.recall(events, &mut watch.marks, begin, &start);
    }
    let mut trajectory = Trajectory::empty(dimension, engine.name());
    while next.next_if(|time| *time <= engine.time()).is_some() {
        trajectory.push(engine.time(), engine.state());
    }
    let every_step = *save == Save::EveryStep;
    if every_step {
        trajectory.push(engine.time(), engine.state());
    }
    let mut state = vec![0.0; dimension];
    let mut stopped = None;
    let (mut latest, mut pile) = (f64::NEG_INFINITY, 0);
    // what can only be brought about by events costs nothing without them
    let eventful = !events.is_empty() || engine.pulses().is_some_and(|pulses| !pulses.is_empty());
    while engine.time() < end && stopped.is_none() {
        if !eventful {
            let piece = engine.advance(end)?;
            let last = piece.span().1;
            while let Some(time) = next.next_if(|time| *time <= last) {
                piece.state(time, &mut state);
                trajectory.push(time, &state);
            }
            if every_step {
                trajectory.push(engine.time(), engine.state());
            }
            continue;
        }
        let grain = Grain::of(engine);
        let window = grain.window;
        let found = &mut trajectory.events;
        let until = (engine.time() + window).min(end.next_down());
        let due = watch.happen_now(engine, until, window, found)?;
        let comes_now = due.is_some();
        let instant = match due {
            Some(instant) => Some(instant),
            None => {
                let landing = engine.pulses().and_then(|pulses| pulses.next_time());
                let limit = landing.map_or(end, |time| time.min(end));
                let advanced = engine.advance(limit.min(watch.next_listed()));
                let piece = advanced.map_err(|error| crowded(error, found))?;
                let instant = watch.look(piece, grain, found)?;
                let last = instant.as_ref().map_or(piece.span().1, |now| now.time);
                while let Some(time) = next.next_if(|time| *time <= last) {
                    piece.state(time, &mut state);
                    trajectory.push(time, &state);
                }
                instant
            }
        };
        let Some(instant) = instant else {
            if every_step {
                trajectory.push(engine.time(), engine.state());
            }
            continue;
        };
        pile = if instant.time > latest + window {
            0
        } else {
            pile + 1
        };
        latest = latest.max(instant.time);
        if pile >= MOST_CHANGES {
            return Err(SolverError::EventsPileUp {
                event: trajectory.events.last().map_or(0, |event| event.event),
                time: instant.time,
                count: pile,
            });
        }
        if every_step && instant.ended.is_none() && !comes_now {
            trajectory.push(instant.time, &instant.before);
        }
        carry_out(engine, &instant, instant.ended.map(|event| &events[event]))?;
        if every_step && instant.ended.is_none() && instant.changed {
            trajectory.push(engine.time(), engine.state());
        }
        if let Some(event) = instant.ended {
            trajectory.termination = Termination::Event(event);
            stopped = Some(instant);
        }
    }
    if !events.is_empty() {
        let ended = stopped.as_ref().and_then(|instant| instant.ended);
        let left = EventMemory::of(events, &watch.marks, ended, engine);
        if let Some(memory) = engine.event_memory() {
            *memory = left;
        }
    }
    let closes = !matches!(save, Save::At(_));
    match stopped {
        Some(instant) if closes => trajectory.push(instant.time, &instant.state),
        None if *save == Save::Last => trajectory.push(engine.time(), engine.state()),
        _ => {}
    }
    trajectory.dense = engine.take_dense();
    trajectory.statistics = engine.statistics();
    trajectory.statistics.events += trajectory.events.len() as u64;
    Ok(trajectory)
}

/// Too many steps, if events that change the state have cut a good part of them, is a matter of these events.
fn crowded(error: SolverError, found: &[Occurrence]) -> SolverError {
    /// Part of all steps that events have cut (chosen: a step up to an event and one after it take some four).
    const PART: u64 = 10;
    let SolverError::TooManySteps { time, limit } = error else {
        return error;
    };
    let changing = || found.iter().rev().filter(|event| event.after.is_some());
    let (count, last) = (changing().count(), changing().next());
    match last {
        Some(last) if count as u64 > limit / PART => SolverError::EventsAccumulate {
            event: last.event,
            count,
            time,
            limit,
        },
        _ => SolverError::TooManySteps { time, limit },
    }
}

/// Does to the engine what has happened at an instant; `last` is the event that ends the run.
fn carry_out(
    engine: &mut dyn Engine,
    instant: &Instant,
    last: Option<&Event<'_>>,
) -> Result<(), SolverError> {
    if instant.changed {
        engine.jump(instant.time, &instant.state)?;
    } else if last.is_some_and(|event| event.in_place) {
        engine.go_back(instant.time)?;
    } else if last.is_none() {
        // a listed time that may have changed a parameter
        engine.renew()?;
    }
    if instant.pulses.is_empty() {
        return Ok(());
    }
    let name = engine.name();
    let Some(pulses) = engine.pulses() else {
        return Err(SolverError::CannotJump { engine: name });
    };
    for pulse in &instant.pulses {
        pulses.send(*pulse);
    }
    Ok(())
}

/// Refuses an end before the beginning, and save times out of order or range.
pub(super) fn check_times(times: &[f64], begin: f64, end: f64) -> Result<(), SolverError> {
    let refuse = |name, value, requirement| {
        Err(SolverError::InvalidArgument {
            name,
            value,
            requirement,
        })
    };
    if !(end >= begin && end.is_finite()) {
        return refuse(
            "end",
            end,
            "it must be finite and not before the time reached",
        );
    }
    let mut earliest = begin;
    for time in times {
        if !(*time >= earliest && *time <= end) {
            let requirement = "save times must ascend, from the time reached to the end";
            return refuse("save time", *time, requirement);
        }
        earliest = *time;
    }
    Ok(())
}
