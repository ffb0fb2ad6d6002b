//! The search of a piece for the zeros of event functions.

use super::event::Trigger;
use super::moment::{Missed, Past};
use super::watch::Watch;
use super::{Engine, Event, Piece, SolverError};
use crate::numerics::root::edge_of_positive;

/// Attempts to get behind the zero of an event that interrupts the trajectory, each twice as far as
/// the one before.
const PUSHES: i32 = 40;
/// Change of a component over a piece, relative to it, below which its slope is lost in rounding:
/// the few terms of a right-hand side and of an interpolant round it by some ten units.
const LOST: f64 = 64.0 * f64::EPSILON;

/// What an engine cannot tell apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grain {
    /// Times closer than this are one time.
    pub(super) window: f64,
    /// Absolute and relative tolerance.
    tolerances: (f64, f64),
}

impl Grain {
    pub(super) fn of(engine: &dyn Engine) -> Self {
        Self {
            window: engine.resolution(),
            tolerances: engine.tolerances(),
        }
    }
}

/// An event that a stretch holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) time: f64,
    pub(super) index: usize,
    pub(super) rising: bool,
}

/// State and slope at a time of a piece.
pub(super) struct Sample {
    pub(super) time: f64,
    pub(super) state: Vec<f64>,
    pub(super) slope: Vec<f64>,
    pub(super) has_slope: bool,
}

impl Sample {
    pub(super) fn take(&mut self, piece: &dyn Piece, time: f64) {
        self.time = time;
        piece.state(time, &mut self.state);
        if self.has_slope {
            for (component, slope) in self.slope.iter_mut().enumerate() {
                *slope = piece.slope(component, time);
            }
        }
    }

    pub(super) fn value(&self, event: &Event<'_>, past: Past<'_>) -> f64 {
        match &event.trigger {
            Trigger::State(function) => function(self.time, &self.state),
            Trigger::Slope(function) => function(self.time, &self.state, &self.slope),
            Trigger::Extremum(component) => self.slope[*component],
            Trigger::Past(function) => function(self.time, &self.state, past),
            Trigger::Times(_) | Trigger::Every { .. } => 0.0,
        }
    }

    /// Whether the slope that an event asks for is lost in the errors of a piece of this length.
    fn is_lost(&self, event: &Event<'_>, length: f64, grain: Grain) -> bool {
        let (absolute, relative) = grain.tolerances;
        match event.trigger {
            Trigger::Extremum(component) => {
                let size = self.state[component].abs();
                let lost = absolute + relative.max(LOST) * size;
                length * self.slope[component].abs() <= lost
            }
            _ => false,
        }
    }
}

/// The value of an event function, refused if it has read what is not kept, is NaN or infinite.
pub(super) fn checked(
    index: usize,
    value: f64,
    time: f64,
    past: Past<'_>,
) -> Result<f64, SolverError> {
    past.check(time)?;
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

impl Watch<'_, '_> {
    /// Finds the events between two times of a piece, in order of time.
    pub(super) fn search(
        &mut self,
        piece: &dyn Piece,
        (earlier, later): (f64, f64),
        grain: Grain,
    ) -> Result<(), SolverError> {
        let (missed, past) = (Missed::default(), |component, time| {
            piece.past(component, time)
        });
        let past = Past::new(&past, &missed);
        let (begin, end) = piece.span();
        self.found.clear();
        self.sample.take(piece, later);
        for (index, event) in self.events.iter().enumerate() {
            let value = checked(index, self.sample.value(event, past), later, past)?;
            let lost = self.sample.is_lost(event, end - begin, grain);
            let positive = if lost {
                self.marks[index].positive
            } else {
                value > 0.0
            };
            self.fresh[index] = (value, positive);
        }
        for (index, event) in self.events.iter().enumerate() {
            let mark = self.marks[index];
            if event.is_listed() || mark.silent_until >= later {
                continue;
            }
            let (new, positive) = self.fresh[index];
            let (mut from, mut old, mut side) = (earlier, mark.value, mark.positive);
            if mark.silent_until > earlier {
                from = mark.silent_until;
                self.sample.take(piece, from);
                old = checked(index, self.sample.value(event, past), from, past)?;
                if (old > 0.0) != side {
                    side = !side;
                    if event.direction.counts(side) {
                        self.found.push(Found {
                            time: from,
                            index,
                            rising: side,
                        });
                        continue;
                    }
                }
            }
            if positive != side && event.direction.counts(positive) {
                let time = self.locate(piece, past, index, (from, old), (later, new));
                past.check(time)?;
                self.found.push(Found {
                    time,
                    index,
                    rising: positive,
                });
            }
        }
        self.found
            .sort_by(|a, b| a.time.total_cmp(&b.time).then(a.index.cmp(&b.index)));
        Ok(())
    }

    /// The zero of event `index` between two samples that differ in sign.
    fn locate(
        &mut self,
        piece: &dyn Piece,
        past: Past<'_>,
        index: usize,
        old: (f64, f64),
        new: (f64, f64),
    ) -> f64 {
        let rising = new.1 > 0.0;
        if (old.1 > 0.0) == rising {
            // lost in errors where it changed its sign
            return old.0;
        }
        let interrupts = self.interrupts(index);
        let event = &self.events[index];
        let sample = &mut self.sample;
        let mut value = |time: f64| {
            sample.take(piece, time);
            sample.value(event, past)
        };
        let root = edge_of_positive(&mut value, old, new);
        let mut time = root;
        if interrupts {
            // behind the zero, or the event would come again at once
            let ulp = f64::EPSILON * root.abs().max(new.0 - old.0);
            for push in 0..PUSHES {
                if (value(time) > 0.0) == rising {
                    break;
                }
                time = (root + ulp * 2_f64.powi(push)).min(new.0);
            }
        }
        time
    }
}
