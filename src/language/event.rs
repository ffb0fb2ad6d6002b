//! Events of a system: conditions, changes of state, pulses.

use std::sync::{Mutex, PoisonError};

use super::function::Binary;
use super::graph::{Graph, Id, Read, When};
use super::lowering::{Failure, Lowering, Reads};
use super::mistake::{Mistake, Source as Formula, TextError};
use super::parser::{Parser, parse};
use super::program::Program;
use super::run::{Scratch, Source};
use super::scope::{Meaning, Scope};
use super::syntax::{Expression, Kind, Reference};
use super::text::{Head, head};
use crate::solver::{Direction, Event, Moment, Past};

/// When an event happens.
#[derive(Debug, Clone, PartialEq)]
enum Trigger {
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
    name: String,
    trigger: Trigger,
    set: Vec<(String, String)>,
    emit: Vec<[String; 3]>,
    refractory: f64,
    stop_after: Option<usize>,
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

    /// Sets a component to the value of a formula of the state before the event.
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

/// A program of an event, with the lags that it reads.
#[derive(Debug, Clone)]
struct Reader {
    program: Program,
    lags: Vec<f64>,
}

/// What an event does.
#[derive(Debug, Clone)]
struct Effects {
    reader: Reader,
    /// Components that the first results are written to.
    targets: Vec<usize>,
    /// Component and lane of every pulse of a list; its results are time and change.
    pulses: Vec<Vec<(usize, usize)>>,
}

/// An event of one value of its index.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) name: String,
    trigger: Trigger,
    condition: Option<(Reader, Direction)>,
    effects: Option<Effects>,
    refractory: f64,
    stop_after: Option<usize>,
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
            When::Lag(lag) => self.past.value(component, self.time - self.lags[lag as usize]),
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
    fn new(graph: &Graph, roots: &[Id]) -> Self {
        Self {
            program: Program::new(graph, roots),
            lags: graph.lags.clone(),
        }
    }

    fn value(&self, time: f64, source: &impl Source, scratch: &Mutex<Scratch>) -> f64 {
        locked(scratch, |scratch| {
            self.program.run(time, source, scratch);
            self.program.result_at(0, 0, scratch)
        })
    }
}

fn locked<T>(scratch: &Mutex<Scratch>, act: impl FnOnce(&mut Scratch) -> T) -> T {
    // a run writes all that it reads, so that nothing is left of one that has panicked
    act(&mut scratch.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Compiled {
    /// The event as the solver takes it.
    pub(super) fn event(&self) -> Event<'_> {
        let mut event = match (&self.trigger, &self.condition) {
            (Trigger::At(times), _) => Event::at(times),
            (Trigger::Every { first, period }, _) => Event::every(*first, *period),
            (Trigger::Condition(_), condition) => condition
                .as_ref()
                .map_or_else(|| Event::at(&[]), |(reader, direction)| crossing(reader, *direction)),
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
        let Reader { program, lags } = &self.reader;
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

/// A failure and the formula that it is in.
type Wrong = (Formula, Failure);

/// Makes an event ready for every value of its index.
pub(super) fn compile(
    event: &EventText,
    scope: &Scope,
    error: &dyn Fn(&Formula, Failure) -> TextError,
    errors: &mut Vec<TextError>,
) -> Vec<Compiled> {
    let of_key = Formula::new("events", &event.name, &event.name);
    let whole = |mistake| of_key.error((0..event.name.len(), mistake));
    let Head { name, index } = match head(&event.name) {
        Ok(head) => head,
        Err(found) => {
            errors.push(of_key.error(found));
            return Vec::new();
        }
    };
    let members: Vec<Option<(String, usize)>> = match index {
        None => vec![None],
        Some((index, size)) => match scope.size(&index, size.as_deref()) {
            Ok(length) => (0..length).map(|at| Some((index.clone(), at))).collect(),
            Err(mistake) => {
                errors.push(whole(mistake));
                return Vec::new();
            }
        },
    };
    let mut all = Vec::new();
    for member in members {
        let made = Maker {
            event,
            scope,
            fixed: member.iter().cloned().collect(),
        }
        .make(&name);
        match made {
            Ok(compiled) => all.push(compiled),
            Err((formula, failure)) => {
                // the same again for the other members
                errors.push(error(&formula, failure));
                break;
            }
        }
    }
    all
}

/// One event being made.
struct Maker<'a> {
    event: &'a EventText,
    scope: &'a Scope,
    fixed: Vec<(String, usize)>,
}

impl Maker<'_> {
    fn make(&self, name: &str) -> Result<Compiled, Wrong> {
        let name = match self.fixed.first() {
            Some((_, at)) => format!("{name}[{at}]"),
            None => name.to_owned(),
        };
        let condition = match &self.event.trigger {
            Trigger::Condition(text) => {
                let formula = Formula::new("events.when", &self.event.name, text);
                Some(self.condition(text).map_err(|failure| (formula, failure))?)
            }
            _ => None,
        };
        Ok(Compiled {
            name,
            trigger: self.event.trigger.clone(),
            condition,
            effects: self.effects()?,
            refractory: self.event.refractory,
            stop_after: self.event.stop_after,
        })
    }

    fn condition(&self, text: &str) -> Result<(Reader, Direction), Failure> {
        let plain = |(span, mistake)| (None, span, mistake);
        let mut parser = Parser::new(text).map_err(plain)?;
        let left = parser.expression().map_err(plain)?;
        let span = left.span.clone();
        let subtract = |a, b| Expression {
            kind: Kind::Binary(Binary::Subtract, a, b),
            span: span.clone(),
        };
        let (function, mut direction) = match left.kind {
            Kind::Binary(Binary::Equal, a, b) => (subtract(a, b), Direction::Either),
            // true where the second is larger
            Kind::Binary(Binary::Less | Binary::LessOrEqual, a, b) => {
                (subtract(b, a), Direction::Rising)
            }
            _ if parser.accept("=") => {
                let right = parser.expression().map_err(plain)?;
                (subtract(Box::new(left), Box::new(right)), Direction::Either)
            }
            _ => (left, Direction::Either),
        };
        if let Some((word, span)) = parser.name() {
            direction = match word.as_str() {
                "rising" => Direction::Rising,
                "falling" => Direction::Falling,
                "crossing" => Direction::Either,
                _ => {
                    let found = format!("`{word}`");
                    let expected = "`rising`, `falling`, `crossing` or the end";
                    return Err((None, span, Mistake::Unexpected { found, expected }));
                }
            };
        }
        parser.end().map_err(plain)?;
        let mut lowering = Lowering::new(self.scope, Reads::NoSlopes);
        let root = lowering.formula(&function, None, &self.fixed)?;
        constant_lags(&lowering.graph, &function)?;
        Ok((Reader::new(&lowering.graph, &[root]), direction))
    }

    fn effects(&self) -> Result<Option<Effects>, Wrong> {
        if self.event.set.is_empty() && self.event.emit.is_empty() {
            return Ok(None);
        }
        let mut lowering = Lowering::new(self.scope, Reads::NoSlopes);
        let (mut targets, mut pulses, mut roots) = (Vec::new(), Vec::new(), Vec::new());
        for (target, text) in &self.event.set {
            let at = |text: &str| Formula::new("events.set", &self.event.name, text);
            let found = self.target(&mut lowering, target);
            let (components, _) = found.map_err(|failure| (at(target), failure))?;
            targets.push(components[0]);
            let root = self.value(&mut lowering, text, None);
            roots.push(root.map_err(|failure| (at(text), failure))?);
        }
        for [target, after, change] in &self.event.emit {
            let at = |text: &str| Formula::new("events.emit", &self.event.name, text);
            let found = self.target(&mut lowering, target);
            let (components, index) = found.map_err(|failure| (at(target), failure))?;
            let index = index.as_deref().map(|index| (index, components.len()));
            for text in [after, change] {
                let root = self.value(&mut lowering, text, index);
                roots.push(root.map_err(|failure| (at(text), failure))?);
            }
            let sent = roots.last().and_then(|change| lowering.graph.numbers(*change));
            let sends = |lane: usize| {
                let change = sent.as_ref().map(|sent| sent[lane.min(sent.len() - 1)]);
                change != Some(0.0)
            };
            let lanes = (0..components.len()).filter(|lane| sends(*lane));
            pulses.push(lanes.map(|lane| (components[lane], lane)).collect());
        }
        Ok(Some(Effects {
            reader: Reader::new(&lowering.graph, &roots),
            targets,
            pulses,
        }))
    }

    fn value(
        &self,
        lowering: &mut Lowering<'_>,
        text: &str,
        index: Option<(&str, usize)>,
    ) -> Result<Id, Failure> {
        let parsed = parse(text).map_err(|(span, mistake)| (None, span, mistake))?;
        let root = lowering.formula(&parsed, index, &self.fixed)?;
        constant_lags(&lowering.graph, &parsed)?;
        Ok(root)
    }

    /// The components that a target names, and the index that runs over them.
    fn target(
        &self,
        lowering: &mut Lowering<'_>,
        text: &str,
    ) -> Result<(Vec<usize>, Option<String>), Failure> {
        let parsed = parse(text).map_err(|(span, mistake)| (None, span, mistake))?;
        let bad = || {
            let (expected, example) = ("a component of the state", "V[j]");
            (None, 0..text.len(), Mistake::BadHead { expected, example })
        };
        let Kind::Reference(Reference { name, indices, .. }) = &parsed.kind else {
            return Err(bad());
        };
        let Some(Meaning::Variable(variable)) = self.scope.get(name) else {
            return Err((None, parsed.span.clone(), self.scope.unknown(name, &[])));
        };
        let length = variable.length();
        match (&indices[..], variable.family.is_some()) {
            ([], false) => Ok((vec![variable.first], None)),
            ([index], true) => {
                let open = |index: &&str| {
                    let fixed = self.fixed.iter().any(|(name, _)| name == index);
                    !fixed && self.scope.get(index).is_none()
                };
                if let Some(index) = index.as_name().filter(open) {
                    let all = variable.first..variable.first + length;
                    return Ok((all.collect(), Some(index.to_owned())));
                }
                let root = lowering.formula(index, None, &self.fixed)?;
                let fits = |at: &f64| at.fract() == 0.0 && *at >= 0.0 && *at < length as f64;
                match lowering.graph.as_number(root) {
                    Some(at) if fits(&at) => Ok((vec![variable.first + at as usize], None)),
                    Some(value) => {
                        let name = name.clone();
                        let mistake = Mistake::IndexOutOfRange {
                            name,
                            index: value,
                            length,
                        };
                        Err((None, index.span.clone(), mistake))
                    }
                    None => Err((None, index.span.clone(), Mistake::VaryingIndex)),
                }
            }
            (found, family) => {
                let mistake = Mistake::WrongIndices {
                    name: name.clone(),
                    expected: usize::from(family),
                    found: found.len(),
                };
                Err((None, parsed.span.clone(), mistake))
            }
        }
    }
}

/// Refuses delayed times that vary: the past of an event is read at constant lags.
fn constant_lags(graph: &Graph, formula: &Expression) -> Result<(), Failure> {
    if graph.varying.is_empty() {
        return Ok(());
    }
    Err((None, formula.span.clone(), Mistake::VaryingLagInEvent))
}
