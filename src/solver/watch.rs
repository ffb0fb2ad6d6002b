//! The search of pieces for events.

use super::{Direction, Event, Occurrence, Piece, SolverError};
use crate::numerics::root::bracketed_root;

/// Attempts to get behind the zero of an event that changes the state, each twice as far as the one
/// before.
const PUSHES: i32 = 40;

/// What the last of the events found does to the trajectory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interruption {
    End,
    Change,
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

    /// Takes note that the solution has jumped.
    pub(super) fn restart(&mut self) {
        self.values.clear();
    }

    /// Appends the events on a piece, in order of time, up to the first that ends the trajectory or
    /// changes the state, which is returned.
    pub(super) fn look(
        &mut self,
        piece: &dyn Piece,
        occurrences: &mut Vec<Occurrence>,
    ) -> Result<Option<Interruption>, SolverError> {
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
            for mut occurrence in self.found.drain(..) {
                let event = &self.events[occurrence.event];
                self.counts[occurrence.event] += 1;
                let last = event.stop_after == Some(self.counts[occurrence.event]);
                if let Some(reset) = event.reset.as_ref().filter(|_| !last) {
                    let mut after = occurrence.state.clone();
                    reset(occurrence.time, &mut after);
                    occurrence.after = Some(after);
                }
                let changes = occurrence.after.is_some();
                occurrences.push(occurrence);
                if last {
                    return Ok(Some(Interruption::End));
                }
                if changes {
                    return Ok(Some(Interruption::Change));
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
        let mut time = bracketed_root(value, old, new, 0.0);
        self.sample.take(piece, time);
        if event.reset.is_some() {
            // behind the zero, or the event would come again at once
            let ulp = f64::EPSILON * time.abs().max(f64::MIN_POSITIVE);
            let (root, rising) = (time, new.1 > 0.0);
            for push in 0..PUSHES {
                if (self.sample.value(event) > 0.0) == rising {
                    break;
                }
                time = (root + ulp * 2_f64.powi(push)).min(new.0);
                self.sample.take(piece, time);
            }
        }
        Occurrence {
            event: index,
            time,
            state: self.sample.state.clone(),
            after: None,
            rising: new.1 > 0.0,
        }
    }
}
