//! All that happens at one time.

use super::event::Trigger;
use super::moment::{self, Moment, Past};
use super::pulses::Pulse;
use super::search::checked;
use super::watch::{Watch, silence};
use super::{Occurrence, SolverError};

/// Times that one event may happen at one time (chosen: far more than any order of resets asks for).
const MOST_REPEATS: u32 = 100;

/// A time at which the trajectory is interrupted.
pub(super) struct Instant {
    pub(super) time: f64,
    /// State that the trajectory has led to.
    pub(super) before: Vec<f64>,
    /// State after everything that has happened.
    pub(super) state: Vec<f64>,
    /// Whether something has set the state.
    pub(super) changed: bool,
    /// Pulses sent that land later.
    pub(super) pulses: Vec<Pulse>,
    /// The event that ends the trajectory.
    pub(super) ended: Option<usize>,
    /// What lands up to here lands now.
    until: f64,
}

impl Instant {
    pub(super) fn new(time: f64, state: Vec<f64>, window: f64) -> Self {
        Self {
            time,
            before: state.clone(),
            state,
            changed: false,
            pulses: Vec::new(),
            ended: None,
            until: time + window,
        }
    }

    /// Lets a pulse land.
    pub(super) fn add(&mut self, pulse: Pulse) {
        self.state[pulse.target] += pulse.change;
        self.changed = true;
    }

    /// Lets the pulses land that were sent without a delay.
    fn land(&mut self) {
        let pulses = std::mem::take(&mut self.pulses);
        for pulse in pulses {
            if pulse.time <= self.until {
                self.add(pulse);
            } else {
                self.pulses.push(pulse);
            }
        }
    }

    fn check(&self) -> Result<(), SolverError> {
        match self.state.iter().position(|value| !value.is_finite()) {
            None => Ok(()),
            Some(component) => Err(SolverError::NotFinite {
                quantity: "state",
                component,
                value: self.state[component],
                time: self.time,
            }),
        }
    }
}

impl Watch<'_, '_> {
    /// Looks at the functions of state and past that were not looked at yet.
    pub(super) fn know(
        &mut self,
        time: f64,
        state: &[f64],
        past: Past<'_>,
    ) -> Result<(), SolverError> {
        for index in 0..self.events.len() {
            if !self.marks[index].known
                && let Some(value) = self.value_now(index, time, state, past)?
            {
                let mark = &mut self.marks[index];
                (mark.known, mark.value, mark.positive) = (true, value, value > 0.0);
            }
        }
        Ok(())
    }

    /// The value of a function of state and past; none of any other.
    fn value_now(
        &self,
        index: usize,
        time: f64,
        state: &[f64],
        past: Past<'_>,
    ) -> Result<Option<f64>, SolverError> {
        let value = match &self.events[index].trigger {
            Trigger::State(function) => function(time, state),
            Trigger::Past(function) => function(time, state, past),
            _ => return Ok(None),
        };
        checked(index, value, time, past).map(Some)
    }

    /// Lets the events of the first round happen, and round after round what follows from them.
    pub(super) fn cascade(
        &mut self,
        instant: &mut Instant,
        first: Vec<usize>,
        past: Past<'_>,
        occurrences: &mut Vec<Occurrence>,
    ) -> Result<(), SolverError> {
        let begin = occurrences.len();
        let mut round = first;
        loop {
            let last = |index: &usize| {
                self.events[*index].stop_after == Some(self.marks[*index].count + 1)
            };
            round.sort_by_key(|index| (last(index), *index));
            for index in round {
                self.happen(index, instant, past, occurrences)?;
                if instant.ended.is_some() {
                    break;
                }
            }
            instant.land();
            instant.check()?;
            if instant.ended.is_some() || !instant.changed {
                break;
            }
            round = self.look_again(instant, past)?;
            if round.is_empty() {
                break;
            }
        }
        for occurrence in &occurrences[begin..] {
            self.marks[occurrence.event].tally = 0;
        }
        if instant.changed {
            for (mark, event) in self.marks.iter_mut().zip(self.events) {
                mark.known &= !event.needs_slope();
            }
        }
        Ok(())
    }

    /// Lets one event happen.
    fn happen(
        &mut self,
        index: usize,
        instant: &mut Instant,
        past: Past<'_>,
        occurrences: &mut Vec<Occurrence>,
    ) -> Result<(), SolverError> {
        let event = &self.events[index];
        let mark = &mut self.marks[index];
        mark.count += 1;
        mark.tally += 1;
        mark.silent_until = silence(event, instant.time);
        if mark.tally > MOST_REPEATS {
            return Err(SolverError::EndlessCascade {
                events: self.repeated(),
                time: instant.time,
                count: MOST_REPEATS,
            });
        }
        let rising = event.is_listed() || mark.positive;
        let last = event.stop_after == Some(mark.count);
        let mut occurrence = Occurrence {
            event: index,
            time: instant.time,
            state: instant.state.clone(),
            after: None,
            rising,
        };
        if let Some(change) = event.change.as_ref().filter(|_| !last) {
            let sent = instant.pulses.len();
            change(&mut Moment {
                time: instant.time,
                state: &mut instant.state,
                past,
                pulses: &mut instant.pulses,
            });
            past.check(instant.time)?;
            moment::check(&instant.pulses[sent..], instant.time, instant.state.len())?;
            instant.check()?;
            instant.changed = true;
            occurrence.after = Some(instant.state.clone());
            // its own change is not an event
            if let Some(value) = self.value_now(index, instant.time, &instant.state, past)? {
                self.marks[index].positive = value > 0.0;
            }
        }
        occurrences.push(occurrence);
        instant.ended = last.then_some(index);
        Ok(())
    }

    /// The events whose functions the present state has carried over zero.
    fn look_again(&mut self, instant: &Instant, past: Past<'_>) -> Result<Vec<usize>, SolverError> {
        let mut round = Vec::new();
        for index in 0..self.events.len() {
            let value = self.value_now(index, instant.time, &instant.state, past)?;
            let Some(value) = value else { continue };
            let mark = &mut self.marks[index];
            mark.value = value;
            let positive = value > 0.0;
            if mark.silent_until > instant.time || positive == mark.positive {
                continue;
            }
            mark.positive = positive;
            if self.events[index].direction.counts(positive) {
                round.push(index);
            }
        }
        Ok(round)
    }

    /// The events that have happened again and again at the present time.
    fn repeated(&self) -> Vec<usize> {
        let often = |index: &usize| 2 * self.marks[*index].tally > MOST_REPEATS;
        (0..self.marks.len()).filter(often).collect()
    }
}
