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

type Function<'a> = Box<dyn Fn(f64, &[f64], &[f64]) -> f64 + Send + Sync + 'a>;

/// A function `g(t, y)` or `g(t, y, y')` whose zeros along a trajectory are recorded.
///
/// A trajectory that starts on a zero is on its negative side there. A function that touches zero
/// between two samples (four a step) and turns back goes unseen.
///
/// ```
/// use pulsatrix::solver::Event;
///
/// let fourth_rise = Event::new(|_, y| y[0] - 0.5).rising().stop_after(4);
/// # let _ = fourth_rise;
/// ```
pub struct Event<'a> {
    function: Function<'a>,
    needs_slope: bool,
    direction: Direction,
    stop_after: Option<usize>,
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
    /// Value of each function at the end of the last piece; none before the first.
    values: Vec<f64>,
    counts: Vec<usize>,
    sample: Sample,
    found: Vec<Occurrence>,
}

/// State and slope at a time of a piece.
struct Sample {
    time: f64,
    state: Vec<f64>,
    slope: Vec<f64>,
    has_slope: bool,
}

impl Sample {
    fn take(&mut self, piece: &dyn Piece, time: f64) {
        self.time = time;
        piece.state(time, &mut self.state);
        if self.has_slope {
            for (component, slope) in self.slope.iter_mut().enumerate() {
                *slope = piece.slope(component, time);
            }
        }
    }

    fn value(&self, event: &Event<'_>) -> f64 {
        (event.function)(self.time, &self.state, &self.slope)
    }

    /// The value of event `index`, refused if it is NaN or infinite.
    fn checked(&self, index: usize, event: &Event<'_>) -> Result<f64, SolverError> {
        let value = self.value(event);
        if value.is_finite() {
            return Ok(value);
        }
        Err(SolverError::NotFinite {
            quantity: "event function",
            component: index,
            value,
            time: self.time,
        })
    }
}

impl<'e, 'a> Watch<'e, 'a> {
    /// A stretch of a piece is searched at this many samples.
    const SAMPLES: u32 = 4;

    pub(super) fn new(events: &'e [Event<'a>], dimension: usize) -> Self {
        Self {
            events,
            values: Vec::with_capacity(events.len()),
            counts: vec![0; events.len()],
            sample: Sample {
                time: f64::NAN,
                state: vec![0.0; dimension],
                slope: vec![0.0; dimension],
                has_slope: events.iter().any(|event| event.needs_slope),
            },
            found: Vec::new(),
        }
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
        if self.values.is_empty() {
            self.sample.take(piece, begin);
            for (index, event) in self.events.iter().enumerate() {
                self.values.push(self.sample.checked(index, event)?);
            }
        }
        let mut earlier = begin;
        let samples = Self::SAMPLES * piece.stretches();
        for sample in 1..=samples {
            let part = f64::from(sample) / f64::from(samples);
            let last = sample == samples;
            let later = if last {
                end
            } else {
                begin + part * (end - begin)
            };
            self.sample.take(piece, later);
            for (index, event) in self.events.iter().enumerate() {
                let new = self.sample.checked(index, event)?;
                let old = std::mem::replace(&mut self.values[index], new);
                let rising = new > 0.0;
                let wanted = match event.direction {
                    Direction::Rising => rising,
                    Direction::Falling => !rising,
                    Direction::Either => true,
                };
                if wanted && (old > 0.0) != rising {
                    let occurrence = self.locate(piece, index, (earlier, old), (later, new));
                    self.found.push(occurrence);
                    self.sample.take(piece, later);
                }
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

    /// The zero of event `index` between two samples that differ in sign.
    fn locate(
        &mut self,
        piece: &dyn Piece,
        index: usize,
        old: (f64, f64),
        new: (f64, f64),
    ) -> Occurrence {
        let event = &self.events[index];
        let value = |time: f64| {
            self.sample.take(piece, time);
            self.sample.value(event)
        };
        let time = bracketed_root(value, old, new, 0.0);
        self.sample.take(piece, time);
        Occurrence {
            event: index,
            time,
            state: self.sample.state.clone(),
            rising: new.1 > 0.0,
        }
    }
}
