//! What an engine remembers of events from one run to the next.

use serde::{Deserialize, Serialize};

use super::event::{Direction, Trigger};
use super::watch::Mark;
use super::{Engine, Event};

/// How often each event of the last run has happened, and how long it stays silent; with the time and the state at
/// which that run was left. [`solve`](super::solve) keeps it with its engine, so that a run in pieces is the run in
/// one: a count goes on until it has ended a run, and so does a refractory time.
///
/// Events are known again by their place in the list, their direction, count and refractory time: another list has
/// nothing behind it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EventMemory {
    time: f64,
    state: Vec<f64>,
    events: Vec<Remembered>,
}

/// An event.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Remembered {
    kind: Kind,
    count: usize,
    /// End of the refractory time; none before the event has happened.
    silent_until: Option<f64>,
    /// Value and sign of its function, where they hold beyond the end of the run.
    side: Option<(f64, bool)>,
}

/// What an event is known by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Kind {
    direction: Direction,
    stop_after: Option<usize>,
    refractory: f64,
    /// The component whose turns it is.
    extremum: Option<usize>,
    listed: bool,
}

impl Kind {
    fn of(event: &Event<'_>) -> Self {
        Self {
            direction: event.direction,
            stop_after: event.stop_after,
            refractory: event.refractory,
            extremum: match event.trigger {
                Trigger::Extremum(component) => Some(component),
                _ => None,
            },
            listed: event.is_listed(),
        }
    }
}

impl EventMemory {
    /// What is left of a run; `ended` is the event that has ended it.
    pub(super) fn of(
        events: &[Event<'_>],
        marks: &[Mark],
        ended: Option<usize>,
        engine: &dyn Engine,
    ) -> Self {
        let remember = |(index, (event, mark)): (usize, (&Event<'_>, &Mark))| Remembered {
            kind: Kind::of(event),
            // what has ended a run is counted anew
            count: if ended == Some(index) { 0 } else { mark.count },
            silent_until: mark.silent_until.is_finite().then_some(mark.silent_until),
            side: (mark.known && ended.is_none()).then_some((mark.value, mark.positive)),
        };
        let pairs = events.iter().zip(marks).enumerate();
        Self {
            time: engine.time(),
            state: engine.state().to_vec(),
            events: pairs.map(remember).collect(),
        }
    }

    /// Hands on what is remembered, if the events are those of the last run.
    pub(super) fn recall(
        &self,
        events: &[Event<'_>],
        marks: &mut [Mark],
        time: f64,
        state: &[f64],
    ) {
        let known = self.events.iter().map(|remembered| remembered.kind);
        if !known.eq(events.iter().map(Kind::of)) {
            return;
        }
        let untouched = self.time == time && self.state == state;
        for (mark, remembered) in marks.iter_mut().zip(&self.events) {
            mark.count = remembered.count;
            mark.silent_until = remembered.silent_until.unwrap_or(f64::NEG_INFINITY);
            // a sign that the state at the start does not show: of an event that is silent, or of a slope
            // that is lost in the errors
            let hidden = mark.silent_until > time || remembered.kind.extremum.is_some();
            if let (true, Some((value, positive))) = (untouched && hidden, remembered.side) {
                (mark.known, mark.value, mark.positive) = (true, value, positive);
            }
        }
    }
}
