//! Events of a system: conditions, changes of state, pulses.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::graph::{Graph, Id, Read, When};
use super::history::moments;
use super::lowering::Lowering;
use super::program::Program;
use super::run::{Scratch, Source};
use crate::solver::{Direction, Event, Moment, Past};

/// When an event happens.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Trigger {
    Condition(String),
    At(Vec<f64>),
    Every { first: f64, period: f64 },
}

/// An event as text.
///
/// ```
/// use pulsatrix::language::{EventText, SystemText};
/// use pulsatrix::solver::{Options, Save, integrate};
///
/// // two leaky neurons; a spike of one lifts the other by 0.1 after 0.37
/// let spike = EventText::when("spike[i]", "V[i] = 1 rising")
///     .set("V[i]", "0")
///     .emit("V[1 - i]", "0.37", "0.1");
/// let text = SystemText::new()
///     .size("N", 2)
///     .equation("V[i]", "1.5 - 0.2*i - V[i]")
///     .start("V[i]", "0.3*i")
///     .event(spike);
/// let system = text.compile()?;
/// let (field, history, events) = (system.field(), system.history(0.0), system.events());
/// let options = Options::with_tolerance(1e-9);
/// let run = integrate(&field, history, (0.0, 5.0), options, &Save::Last, &events)?;
/// assert!((run.events[2].time - 2.083787533).abs() < 1e-8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct EventText {
    pub(super) name: String,
    pub(super) trigger: Trigger,
    pub(super) set: Vec<(String, String)>,
    pub(super) emit: Vec<[String; 3]>,
    pub(super) refractory: f64,
    pub(super) stop_after: Option<usize>,
}

impl EventText {
    fn new(name: &str, trigger: Trigger) -> Self {
        Self {
            name: name.to_owned(),
            trigger,
            set: Vec::new(),
            emit: Vec::new(),
            refractory: 0.0,
            stop_after: None,
        }
    }

    /// An event where `x = 1` (`x = 1 rising`, `x = 1 falling`), or where `x > 1` becomes true. The name may have
    /// an index, `spike[i]`: then there is one such event for each of its values.
    ///
    /// Where the two sides move in jumps, as in `floor(x) = 2 rising`, rising is where the left one comes up to the
    /// right one, falling where it comes down to it.
    #[must_use]
    pub fn when(name: &str, condition: &str) -> Self {
        Self::new(name, Trigger::Condition(condition.to_owned()))
    }

    /// An event at each of the times, ascending.
    #[must_use]
    pub fn at(name: &str, times: &[f64]) -> Self {
        Self::new(name, Trigger::At(times.to_vec()))
    }

    /// An event at `first`, `first + period`, and so on.
    #[must_use]
    pub fn every(name: &str, first: f64, period: f64) -> Self {
        Self::new(name, Trigger::Every { first, period })
    }

    /// Sets a component to the value of a formula of the state before the event, or a parameter: then the
    /// parameter is a component of its own, behind those of the equations, which nothing else changes.
    #[must_use]
    pub fn set(mut self, target: &str, formula: &str) -> Self {
        self.set.push((target.to_owned(), formula.to_owned()));
        self
    }

    /// Adds `change` to `target` after the time `after`. An index of the target that the event does not have
    /// runs over all its values; where the change is the number zero, nothing is sent.
    #[must_use]
    pub fn emit(mut self, target: &str, after: &str, change: &str) -> Self {
        self.emit.push([target, after, change].map(str::to_owned));
        self
    }

    /// Keeps the event from happening for a while after it has happened.
    #[must_use]
    pub fn refractory(mut self, duration: f64) -> Self {
        self.refractory = duration;
        self
    }

    /// Ends the run when the event happens for the `count`-th time.
    #[must_use]
    pub fn stop_after(mut self, count: usize) -> Self {
        self.stop_after = Some(count);
        self
    }
}

impl EventText {
    /// All formulas.
    pub(super) fn formulas(&self) -> impl Iterator<Item = &str> {
        let condition = match &self.trigger {
            Trigger::Condition(text) => Some(text),
            _ => None,
        };
        let set = self.set.iter().map(|(_, formula)| formula);
        let all = condition
            .into_iter()
            .chain(set)
            .chain(self.emit.iter().flatten());
        all.map(String::as_str)
    }
}

/// A program of an event, with the lags that it reads.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    pub(super) program: Program,
    pub(super) lags: Vec<f64>,
    /// Times at which it jumps or bends.
    pub(super) corners: Vec<f64>,
}

/// What an event does.
#[derive(Debug, Clone)]
pub(super) struct Effects {
    pub(super) reader: Reader,
    /// Components that the first results are written to.
    pub(super) targets: Vec<usize>,
    /// Component and lane of every pulse of a list; its results are time and change.
    pub(super) pulses: Vec<Vec<(usize, usize)>>,
}

/// An event of one value of its index.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) name: String,
    pub(super) trigger: Trigger,
    pub(super) condition: Option<(Reader, Direction)>,
    pub(super) effects: Option<Effects>,
    pub(super) refractory: f64,
    pub(super) stop_after: Option<usize>,
}

/// State and past at the time of an event.
struct Reading<'a> {
    time: f64,
    state: &'a [f64],
    past: Past<'a>,
    lags: &'a [f64],
}

impl Source for Reading<'_> {
    fn value(&self, read: Read) -> f64 {
        let component = read.component as usize;
        match read.when {
            When::Present => self.state[component],
            When::Lag(lag) => self
                .past
                .value(component, self.time - self.lags[lag as usize]),
            When::Varying(_) => f64::NAN,
        }
    }
}

/// Present state alone.
struct Present<'a>(&'a [f64]);

impl Source for Present<'_> {
    fn value(&self, read: Read) -> f64 {
        self.0[read.component as usize]
    }
}

impl Reader {
    pub(super) fn new(graph: &Graph, roots: &[Id]) -> Self {
        Self {
            program: Program::new(graph, roots),
            lags: graph.lags.clone(),
            corners: Vec::new(),
        }
    }

    /// The same with the times at which it jumps or bends: inputs, and comparisons of time.
    pub(super) fn cornered(mut self, lowering: &Lowering<'_>) -> Self {
        let inputs = lowering.corners.iter().map(|(time, _)| *time);
        let switches = lowering.switches.iter();
        let compared = switches.filter_map(|id| moments(&lowering.graph, *id));
        self.corners = inputs.chain(compared.flatten()).collect();
        self
    }

    fn value(&self, time: f64, source: &impl Source, scratch: &Mutex<Scratch>) -> f64 {
        locked(scratch, |scratch| {
            self.program.run(time, source, scratch);
            self.program.result_at(0, 0, scratch)
        })
    }
}

fn locked<T>(scratch: &Mutex<Scratch>, act: impl FnOnce(&mut Scratch) -> T) -> T {
    act(&mut unpoisoned(scratch))
}

/// The lock of what a run writes before it reads it: nothing is left of one that has panicked.
pub(super) fn unpoisoned<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Compiled {
    /// Times at which its condition jumps or bends: steps that end there see what lasts shorter than they do.
    pub(super) fn corners(&self) -> impl Iterator<Item = f64> + '_ {
        let conditions = self.condition.iter();
        conditions.flat_map(|(reader, _)| reader.corners.iter().copied())
    }

    /// How far it looks back.
    pub(super) fn longest_lag(&self) -> f64 {
        let condition = self.condition.iter().map(|(reader, _)| reader);
        let effects = self.effects.iter().map(|effects| &effects.reader);
        let lags = condition.chain(effects).flat_map(|reader| &reader.lags);
        lags.copied().fold(0.0, f64::max)
    }

    /// The event as the solver takes it.
    pub(super) fn event(&self) -> Event<'_> {
        let mut event = match (&self.trigger, &self.condition) {
            (Trigger::At(times), _) => Event::at(times),
            (Trigger::Every { first, period }, _) => Event::every(*first, *period),
            (Trigger::Condition(_), condition) => condition.as_ref().map_or_else(
                || Event::at(&[]),
                |(reader, direction)| crossing(reader, *direction),
            ),
        };
        event = event.refractory(self.refractory);
        if let Some(count) = self.stop_after {
            event = event.stop_after(count);
        }
        let Some(effects) = &self.effects else {
            return event;
        };
        let scratch = Mutex::new(effects.reader.program.scratch());
        event.changing(move |moment| locked(&scratch, |scratch| effects.happen(moment, scratch)))
    }
}

fn crossing(reader: &Reader, direction: Direction) -> Event<'_> {
    let scratch = Mutex::new(reader.program.scratch());
    let event = if reader.lags.is_empty() {
        Event::new(move |time, state| reader.value(time, &Present(state), &scratch))
    } else {
        Event::with_past(move |time, state, past| {
            let reading = Reading {
                time,
                state,
                past,
                lags: &reader.lags,
            };
            reader.value(time, &reading, &scratch)
        })
    };
    match direction {
        Direction::Rising => event.rising(),
        Direction::Falling => event.falling(),
        Direction::Either => event,
    }
}

impl Effects {
    fn happen(&self, moment: &mut Moment<'_>, scratch: &mut Scratch) {
        let Reader { program, lags, .. } = &self.reader;
        let reading = Reading {
            time: moment.time,
            state: moment.state,
            past: moment.pasts(),
            lags,
        };
        program.run(moment.time, &reading, scratch);
        for (result, component) in self.targets.iter().enumerate() {
            moment.state[*component] = program.result_at(result, 0, scratch);
        }
        for (list, pulses) in self.pulses.iter().enumerate() {
            let result = self.targets.len() + 2 * list;
            for (component, lane) in pulses {
                let after = program.result_at(result, *lane, scratch);
                let change = program.result_at(result + 1, *lane, scratch);
                moment.emit(*component, after, change);
            }
        }
    }
}
