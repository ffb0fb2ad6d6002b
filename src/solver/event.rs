//! Events: times at which a function of time and state passes through zero.

use serde::{Deserialize, Serialize};

use super::{Piece, SolverError};
use crate::numerics::root::bracketed_root;

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

type Function<'a> = Box<dyn Fn(f64, &[f64]) -> f64 + Send + Sync + 'a>;

/// A function `g(t, y)` whose zeros along a trajectory are recorded.
///
/// ```
/// use pulsatrix::solver::Event;
///
/// let fourth_rise = Event::new(|_, y| y[0] - 0.5).rising().stop_after(4);
/// # let _ = fourth_rise;
/// ```
pub struct Event<'a> {
    pub(super) function: Function<'a>,
    pub(super) direction: Direction,
    pub(super) stop_after: Option<usize>,
}

impl<'a> Event<'a> {
    /// An event at every sign change of `function(time, state)`.
    #[must_use]
    pub fn new(function: impl Fn(f64, &[f64]) -> f64 + Send + Sync + 'a) -> Self {
        Self {
            function: Box::new(function),
            direction: Direction::Either,
            stop_after: None,
        }
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
    /// State at that time.
    pub state: Vec<f64>,
    /// Whether the function was rising there.
    pub rising: bool,
}

/// Watches pieces for events, one after the other.
pub(super) struct Watch<'e, 'a> {
    events: &'e [Event<'a>],
    /// Value of each function at the end of the last piece.
    values: Vec<f64>,
    counts: Vec<usize>,
    state: Vec<f64>,
    found: Vec<Occurrence>,
}

impl<'e, 'a> Watch<'e, 'a> {
    /// A step is searched at this many samples.
    const SAMPLES: u32 = 4;

    pub(super) fn new(
        events: &'e [Event<'a>],
        time: f64,
        state: &[f64],
    ) -> Result<Self, SolverError> {
        let mut values = vec![0.0; events.len()];
        for (index, event) in events.iter().enumerate() {
            values[index] = finite(index, time, (event.function)(time, state))?;
        }
        Ok(Self {
            events,
            values,
            counts: vec![0; events.len()],
            state: state.to_vec(),
            found: Vec::new(),
        })
    }

    /// Appends the events on a piece, in order of time; returns the terminal one, after which
    /// nothing is appended.
    pub(super) fn look(
        &mut self,
        piece: &dyn Piece,
        occurrences: &mut Vec<Occurrence>,
    ) -> Result<Option<Occurrence>, SolverError> {
        if self.events.is_empty() {
            return Ok(None);
        }
        let (begin, end) = piece.span();
        let mut earlier = begin;
        for sample in 1..=Self::SAMPLES {
            let part = f64::from(sample) / f64::from(Self::SAMPLES);
            let later = if sample == Self::SAMPLES {
                end
            } else {
                begin + part * (end - begin)
            };
            for (index, event) in self.events.iter().enumerate() {
                piece.state(later, &mut self.state);
                let old = self.values[index];
                let new = finite(index, later, (event.function)(later, &self.state))?;
                self.values[index] = new;
                let rising = new > 0.0;
                let wanted = match event.direction {
                    Direction::Rising => rising,
                    Direction::Falling => !rising,
                    Direction::Either => true,
                };
                if (old > 0.0) == rising || !wanted {
                    continue;
                }
                let state = &mut self.state;
                let function = |time: f64| {
                    piece.state(time, state);
                    (event.function)(time, state)
                };
                let time = bracketed_root(function, (earlier, old), (later, new), 0.0);
                piece.state(time, &mut self.state);
                self.found.push(Occurrence {
                    event: index,
                    time,
                    state: self.state.clone(),
                    rising,
                });
            }
            self.found.sort_by(|a, b| a.time.total_cmp(&b.time));
            for occurrence in self.found.drain(..) {
                let index = occurrence.event;
                self.counts[index] += 1;
                let last = self.events[index].stop_after == Some(self.counts[index]);
                occurrences.push(occurrence);
                if last {
                    return Ok(occurrences.last().cloned());
                }
            }
            earlier = later;
        }
        Ok(None)
    }
}

fn finite(index: usize, time: f64, value: f64) -> Result<f64, SolverError> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(SolverError::NotFinite {
        quantity: "event function",
        component: index,
        value,
        time,
    })
}
