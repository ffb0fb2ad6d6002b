//! The watch over a trajectory for events.

use super::instant::Instant;
use super::moment::{Missed, Past};
use super::search::{Found, Grain, Sample, checked};
use super::{Engine, Event, Occurrence, Piece, SolverError};

/// Times that a stretch is cut at the first event in it, until no earlier one shows.
const MOST_CUTS: usize = 60;

/// What is known of an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// Whether its function has been looked at since the solution jumped last.
    pub(super) known: bool,
    pub(super) value: f64,
    pub(super) positive: bool,
    /// How often it has happened.
    pub(super) count: usize,
    /// How often at the present time.
    pub(super) tally: u32,
    /// End of the refractory time.
    pub(super) silent_until: f64,
    /// Next listed time.
    pub(super) listed: f64,
}

/// Watches a trajectory for events.
pub(super) struct Watch<'e, 'a> {
    pub(super) events: &'e [Event<'a>],
    pub(super) marks: Vec<Mark>,
    /// Value of each function at the end of the stretch that is searched, and its sign.
    pub(super) fresh: Vec<(f64, bool)>,
    pub(super) sample: Sample,
    /// What a stretch holds.
    pub(super) found: Vec<Found>,
    /// Next listed time of any event.
    listed: f64,
}

impl<'e, 'a> Watch<'e, 'a> {
    /// A stretch of a piece is searched at this many samples.
    const SAMPLES: u32 = 4;

    /// A watch over a trajectory that starts at `begin`.
    pub(super) fn new(
        events: &'e [Event<'a>],
        dimension: usize,
        begin: f64,
    ) -> Result<Self, SolverError> {
        for event in events {
            event.check(dimension)?;
        }
        let marks: Vec<Mark> = events
            .iter()
            .map(|event| Mark {
                known: false,
                value: 0.0,
                positive: false,
                count: 0,
                tally: 0,
                silent_until: f64::NEG_INFINITY,
                listed: event
                    .listed_after(begin.next_down())
                    .unwrap_or(f64::INFINITY),
            })
            .collect();
        Ok(Self {
            events,
            fresh: vec![(0.0, false); events.len()],
            listed: marks
                .iter()
                .map(|mark| mark.listed)
                .fold(f64::INFINITY, f64::min),
            marks,
            sample: Sample {
                time: f64::NAN,
                state: vec![0.0; dimension],
                slope: vec![0.0; dimension],
                has_slope: events.iter().any(Event::needs_slope),
            },
            found: Vec::new(),
        })
    }

    /// The next listed time.
    pub(super) fn next_listed(&self) -> f64 {
        self.listed
    }

    /// What is due at the time that the engine has reached: pulses that land up to `until`, listed
    /// events, and what follows from them.
    pub(super) fn happen_now(
        &mut self,
        engine: &mut dyn Engine,
        until: f64,
        window: f64,
        occurrences: &mut Vec<Occurrence>,
    ) -> Result<Option<Instant>, SolverError> {
        let landing = engine.pulses().and_then(|pulses| pulses.next_time());
        if self.listed > until && landing.is_none_or(|time| time > until) {
            return Ok(None);
        }
        let mut instant = Instant::new(engine.time(), engine.state().to_vec(), window);
        if let Some(pulses) = engine.pulses() {
            while let Some(pulse) = pulses.land(until) {
                instant.add(pulse);
            }
        }
        let mut due = Vec::new();
        if self.listed <= until {
            for (index, (mark, event)) in self.marks.iter_mut().zip(self.events).enumerate() {
                if mark.listed <= until {
                    due.push(index);
                    mark.listed = event.listed_after(mark.listed).unwrap_or(f64::INFINITY);
                }
            }
            let times = self.marks.iter().map(|mark| mark.listed);
            self.listed = times.fold(f64::INFINITY, f64::min);
        }
        let (missed, past) = (Missed::default(), |component, time| {
            engine.past(component, time)
        });
        let past = Past::new(&past, &missed);
        let before = instant.before.clone();
        self.know(instant.time, &before, past)?;
        self.cascade(&mut instant, due, past, occurrences)?;
        Ok(Some(instant))
    }

    /// Searches a piece. Appends the events on it, in order of time, up to the first time at which
    /// one ends the trajectory or changes the state, which is returned.
    pub(super) fn look(
        &mut self,
        piece: &dyn Piece,
        grain: Grain,
        occurrences: &mut Vec<Occurrence>,
    ) -> Result<Option<Instant>, SolverError> {
        if self.events.iter().all(Event::is_listed) {
            return Ok(None);
        }
        let (missed, past) = (Missed::default(), |component, time| {
            piece.past(component, time)
        });
        let past = Past::new(&past, &missed);
        let (begin, end) = piece.span();
        if self.marks.iter().any(|mark| !mark.known) {
            self.sample.take(piece, begin);
            for (index, event) in self.events.iter().enumerate() {
                if !self.marks[index].known {
                    let value = checked(index, self.sample.value(event, past), begin, past)?;
                    let mark = &mut self.marks[index];
                    (mark.known, mark.value, mark.positive) = (true, value, value > 0.0);
                }
            }
        }
        let window = grain.window;
        let samples = Self::SAMPLES * piece.stretches();
        let (mut earlier, mut sample, mut cuts) = (begin, 1, 0);
        while sample <= samples {
            let part = f64::from(sample) / f64::from(samples);
            let mut later = if sample == samples {
                end
            } else {
                begin + part * (end - begin)
            };
            let whole = later;
            loop {
                self.search(piece, (earlier, later), grain)?;
                let first = self.found.iter().find(|found| self.interrupts(found.index));
                let Some(first) = first.map(|found| found.time) else {
                    break;
                };
                self.found.truncate(
                    self.found
                        .partition_point(|found| found.time <= first + window),
                );
                let last = self.found.last().map_or(first, |found| found.time);
                if last <= earlier {
                    return self.interrupt(piece, (first, earlier), window, occurrences);
                }
                if last >= later - window || cuts >= MOST_CUTS {
                    self.take_over(later);
                    return self.interrupt(piece, (first, later), window, occurrences);
                }
                // once more up to there: something may have come and gone before it
                cuts += 1;
                later = last;
            }
            for found in std::mem::take(&mut self.found) {
                self.record(piece, found, occurrences);
            }
            self.take_over(later);
            earlier = later;
            if later >= whole {
                sample += 1;
            }
        }
        Ok(None)
    }

    /// Whether an event, if it happens, ends the trajectory or changes the state.
    pub(super) fn interrupts(&self, index: usize) -> bool {
        let event = &self.events[index];
        event.change.is_some() || event.stop_after == Some(self.marks[index].count + 1)
    }
    /// The signs at the end of a stretch become those known; in its refractory time an event keeps
    /// the old one.
    fn take_over(&mut self, later: f64) {
        for (mark, fresh) in self.marks.iter_mut().zip(&self.fresh) {
            mark.value = fresh.0;
            if mark.silent_until < later {
                mark.positive = fresh.1;
            }
        }
    }

    /// Takes note of an event that changes nothing.
    fn record(&mut self, piece: &dyn Piece, found: Found, occurrences: &mut Vec<Occurrence>) {
        let Found {
            time,
            index,
            rising,
        } = found;
        let mut state = vec![0.0; self.sample.state.len()];
        piece.state(time, &mut state);
        let mark = &mut self.marks[index];
        mark.count += 1;
        mark.silent_until = silence(&self.events[index], time);
        mark.positive = rising;
        occurrences.push(Occurrence {
            event: index,
            time,
            state,
            after: None,
            rising,
        });
    }

    /// Lets everything found happen at `time`, but that before which `first` is later by more than
    /// the window, which comes on its own.
    fn interrupt(
        &mut self,
        piece: &dyn Piece,
        (first, time): (f64, f64),
        window: f64,
        occurrences: &mut Vec<Occurrence>,
    ) -> Result<Option<Instant>, SolverError> {
        let mut round = Vec::new();
        for found in std::mem::take(&mut self.found) {
            if found.time < first - window {
                self.record(piece, found, occurrences);
            } else {
                self.marks[found.index].positive = found.rising;
                round.push(found.index);
            }
        }
        let mut state = vec![0.0; self.sample.state.len()];
        piece.state(time, &mut state);
        let mut instant = Instant::new(time, state, window);
        let (missed, past) = (Missed::default(), |component, time| {
            piece.past(component, time)
        });
        self.cascade(&mut instant, round, Past::new(&past, &missed), occurrences)?;
        Ok(Some(instant))
    }
}

/// End of the refractory time of an event that happens now.
pub(super) fn silence(event: &Event<'_>, time: f64) -> f64 {
    if event.refractory > 0.0 {
        time + event.refractory
    } else {
        f64::NEG_INFINITY
    }
}
