//! A compiled system, and the field that the solver follows.

use std::cell::RefCell;
use std::sync::OnceLock;

use super::derivative::Derivatives;
use super::event::Compiled;
use super::graph::{Graph, Id, Node, Read, Space};
use super::history::{Past, moments};
use super::noise::{Strengths, Written as WrittenNoise};
use super::program::Program;
use super::run::{Scratch, Source};
use super::scope::Variable;
use crate::solver::{DelayField, Delayed, Event, History, Trajectory};

/// What a system is made of.
pub(super) struct Parts {
    pub(super) events: Vec<Compiled>,
    pub(super) observables: Observables,
    pub(super) graph: Graph,
    pub(super) switches: Vec<Id>,
    pub(super) neutral: bool,
    pub(super) past: Past,
    /// Times at which inputs jump or bend, and those at which windows are cut.
    pub(super) corners: Vec<f64>,
    /// Inputs with the first and the last time at which they are known.
    pub(super) spans: Vec<(String, f64, f64)>,
    /// The longest lag that varies.
    pub(super) longest: f64,
    /// The longest lag of an event.
    pub(super) remembered: f64,
    pub(super) noise: Vec<WrittenNoise>,
    pub(super) variables: Vec<(String, Variable)>,
    /// Right-hand sides, one a variable or family.
    pub(super) roots: Vec<Id>,
}

/// Formulas of time and present state.
#[derive(Debug)]
pub(super) struct Observables {
    pub(super) program: Program,
    /// Names, and number of members of families.
    pub(super) names: Vec<(String, Option<usize>)>,
}

/// A system of equations, compiled: what [`SystemText::compile`](super::SystemText::compile) makes.
///
/// Threads may share it; each takes a [field](Self::field) of its own.
#[derive(Debug)]
pub struct System {
    events: Vec<Compiled>,
    observables: Observables,
    variables: Vec<(String, Variable)>,
    dimension: usize,
    neutral: bool,
    graph: Graph,
    roots: Vec<Id>,
    derivative: Program,
    times: Program,
    /// Lane of every delayed time that varies.
    time_lanes: Vec<usize>,
    switches: Program,
    /// Result and lane of every switch.
    switch_lanes: Vec<(usize, usize)>,
    breaks: Vec<f64>,
    spans: Vec<(String, f64, f64)>,
    longest: f64,
    remembered: f64,
    pub(super) noise: Option<Strengths>,
    past: Past,
    jacobian: OnceLock<Jacobian>,
}

/// The exact derivatives.
#[derive(Debug)]
struct Jacobian {
    program: Program,
    terms: Vec<Vec<Entry>>,
}

/// Where a lane of a term belongs.
#[derive(Debug, Clone, Copy)]
struct Entry {
    row: usize,
    read: Read,
}

/// `x`, or `x[0]`, `x[1]`, ...
fn members(name: &str, length: Option<usize>) -> Vec<String> {
    match length {
        None => vec![name.to_owned()],
        Some(length) => (0..length).map(|at| format!("{name}[{at}]")).collect(),
    }
}

impl System {
    pub(super) fn new(parts: Parts) -> Self {
        let Parts { graph, roots, .. } = &parts;
        let lane_count = |id: Id| graph.lanes(graph.space_of(id));
        let mut breaks = parts.corners.clone();
        let mut switching = Vec::new();
        for id in &parts.switches {
            match moments(graph, *id) {
                Some(times) => breaks.extend(times),
                None => switching.push(*id),
            }
        }
        breaks.sort_by(f64::total_cmp);
        breaks.dedup();
        let switch_lanes = (0..switching.len())
            .flat_map(|result| (0..lane_count(switching[result])).map(move |lane| (result, lane)))
            .collect();
        let times: Vec<Id> = graph.varying.iter().map(|(id, _)| *id).collect();
        let lengths = parts.variables.iter();
        let dimension = lengths.map(|(_, variable)| variable.length()).sum();
        Self {
            dimension,
            noise: Strengths::new(graph, &parts.noise, dimension),
            longest: parts.longest,
            remembered: parts.remembered,
            neutral: parts.neutral,
            derivative: Program::new(graph, roots),
            times: Program::new(graph, &times),
            time_lanes: graph
                .varying
                .iter()
                .map(|(_, lane)| *lane as usize)
                .collect(),
            switches: Program::new(graph, &switching),
            switch_lanes,
            breaks,
            spans: parts.spans,
            past: parts.past,
            jacobian: OnceLock::new(),
            events: parts.events,
            observables: parts.observables,
            variables: parts.variables,
            graph: parts.graph,
            roots: parts.roots,
        }
    }

    /// Number of components of the state.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Names of the components: `x`, or `x[0]`, `x[1]`, ... of a family.
    #[must_use]
    pub fn components(&self) -> Vec<String> {
        let all = self.variables().into_iter();
        all.flat_map(|(name, length)| members(name, length))
            .collect()
    }

    /// Names of the observables, in the order of the text.
    #[must_use]
    pub fn observables(&self) -> Vec<String> {
        let all = self.observables.names.iter();
        all.flat_map(|(name, length)| members(name, *length))
            .collect()
    }

    /// The inputs that the equations read, each with the first and the last time at which it is known; what is
    /// read later is known later.
    #[must_use]
    pub fn input_spans(&self) -> &[(String, f64, f64)] {
        &self.spans
    }

    /// The observables at every time of a trajectory, one row a time.
    #[must_use]
    pub fn observe(&self, trajectory: &Trajectory) -> Vec<f64> {
        let Observables { program, names } = &self.observables;
        let mut scratch = program.scratch();
        let mut values = Vec::new();
        for (row, time) in trajectory.times.iter().enumerate() {
            let reading = Reading {
                state: trajectory.state(row),
                delayed: Delayed::new(&[], self.dimension),
                lags: 0,
            };
            program.run(*time, &reading, &mut scratch);
            for (result, (_, length)) in names.iter().enumerate() {
                let begin = values.len();
                values.resize(begin + length.unwrap_or(1), 0.0);
                program.result(result, &scratch, &mut values[begin..]);
            }
        }
        values
    }

    /// The variables in the order of the equations, each with the number of its components, none for
    /// one that is no family.
    #[must_use]
    pub fn variables(&self) -> Vec<(&str, Option<usize>)> {
        let each = self.variables.iter();
        let length = |variable: &Variable| variable.family.as_ref().map(|(length, _)| *length);
        each.map(|(name, variable)| (name.as_str(), length(variable)))
            .collect()
    }

    /// The constant lags, each once.
    #[must_use]
    pub fn lags(&self) -> &[f64] {
        &self.graph.lags
    }

    /// Whether the right-hand side is the same at all times.
    #[must_use]
    pub fn is_autonomous(&self) -> bool {
        let roots = self.roots.iter().copied();
        let varying = self.graph.varying.iter().map(|(id, _)| *id);
        let needed = self.graph.needed(roots.chain(varying));
        let timed = |id: &Id| matches!(self.graph.node(*id), Node::Time | Node::Input(..));
        !needed.iter().any(timed)
    }

    /// Whether the right-hand side reads the present alone.
    #[must_use]
    pub fn is_ordinary(&self) -> bool {
        self.graph.lags.is_empty() && self.graph.varying.is_empty()
    }

    /// The history of a run that begins at a time. Without lags it is the initial state.
    #[must_use]
    pub fn history(&self, begin: f64) -> History<'_> {
        self.past.history(begin)
    }

    /// The state of a run that begins at a time.
    #[must_use]
    pub fn initial_state(&self, begin: f64) -> Vec<f64> {
        self.past.state(begin)
    }

    /// The events, in the order of the text, those of an index one after the other.
    #[must_use]
    pub fn events(&self) -> Vec<Event<'_>> {
        self.events.iter().map(Compiled::event).collect()
    }

    /// Names of the events: `spike`, or `spike[0]`, `spike[1]`, ...
    #[must_use]
    pub fn event_names(&self) -> Vec<&str> {
        self.events
            .iter()
            .map(|event| event.name.as_str())
            .collect()
    }

    /// The right-hand side, for one thread at a time.
    #[must_use]
    pub fn field(&self) -> SystemField<'_> {
        SystemField {
            system: self,
            derivative: RefCell::new(self.derivative.scratch()),
            times: RefCell::new(self.times.scratch()),
            switches: RefCell::new(self.switches.scratch()),
            jacobian: RefCell::new(None),
        }
    }

    fn exact_derivatives(&self) -> &Jacobian {
        self.jacobian.get_or_init(|| {
            let mut graph = self.graph.clone();
            let mut derivatives = Derivatives::new(&mut graph);
            let (mut roots, mut terms) = (Vec::new(), Vec::new());
            for ((_, variable), root) in self.variables.iter().zip(&self.roots) {
                let all = derivatives.of(*root);
                let graph = &*derivatives.graph;
                // a family all of whose members have the same right-hand side
                let shared = graph.space_of(*root) == Space::SCALAR;
                for term in all.iter() {
                    let columns = graph.entries(term.columns);
                    let rows = term.rows.map(|rows| graph.entries(rows));
                    let mut entries = Vec::new();
                    for (lane, column) in columns.iter().enumerate() {
                        if *column == super::derivative::TIME {
                            continue;
                        }
                        let read = graph.read(*column);
                        let row = rows.as_ref().map_or(lane, |rows| rows[lane] as usize);
                        let row = variable.first + row;
                        entries.push(Entry { row, read });
                    }
                    if entries.is_empty() {
                        continue;
                    }
                    let members = if shared { variable.length() } else { 1 };
                    for member in 0..members {
                        let mut entries = entries.clone();
                        entries.iter_mut().for_each(|entry| entry.row += member);
                        roots.push(term.coefficient);
                        terms.push(entries);
                    }
                }
            }
            let program = Program::new(derivatives.graph, &roots);
            Jacobian { program, terms }
        })
    }
}

/// The right-hand side of a [`System`], with room to compute it.
#[derive(Debug)]
pub struct SystemField<'s> {
    system: &'s System,
    derivative: RefCell<Scratch>,
    times: RefCell<Scratch>,
    switches: RefCell<Scratch>,
    jacobian: RefCell<Option<Scratch>>,
}

/// Present and delayed states as programs read them.
struct Reading<'a> {
    state: &'a [f64],
    delayed: Delayed<'a>,
    lags: usize,
}

impl<'a> Reading<'a> {
    /// The whole state, or slope, that a component is read from: the one place that knows how.
    #[inline]
    fn whole(&self, read: Read) -> &'a [f64] {
        match read.delayed(self.lags) {
            None => self.state,
            Some(number) if read.slope => self.delayed.slope(number),
            Some(number) => self.delayed.state(number),
        }
    }
}

impl Source for Reading<'_> {
    #[inline]
    fn value(&self, read: Read) -> f64 {
        self.whole(read)[read.component as usize]
    }

    #[inline]
    fn row(&self, first: Read, offset: usize, into: &mut [f64]) {
        let begin = first.component as usize + offset;
        into.copy_from_slice(&self.whole(first)[begin..begin + into.len()]);
    }
}

impl System {
    pub(super) fn reading<'a>(&self, state: &'a [f64], delayed: Delayed<'a>) -> impl Source {
        Reading {
            state,
            delayed,
            lags: self.graph.lags.len(),
        }
    }
}

impl DelayField for SystemField<'_> {
    fn dimension(&self) -> usize {
        self.system.dimension
    }

    fn lags(&self) -> &[f64] {
        &self.system.graph.lags
    }

    fn derivative(&self, time: f64, state: &[f64], delayed: Delayed<'_>, derivative: &mut [f64]) {
        let System {
            derivative: program,
            variables,
            ..
        } = self.system;
        let scratch = &mut *self.derivative.borrow_mut();
        program.run(time, &self.system.reading(state, delayed), scratch);
        for (result, (_, variable)) in variables.iter().enumerate() {
            let first = variable.first;
            match variable.length() {
                1 => derivative[first] = program.result_at(result, 0, scratch),
                length => program.result(result, scratch, &mut derivative[first..first + length]),
            }
        }
    }

    fn jacobian(&self, time: f64, state: &[f64], delayed: Delayed<'_>, jacobian: &mut [f64]) {
        let n = self.system.dimension;
        let exact = self.system.exact_derivatives();
        let mut scratch = self.jacobian.borrow_mut();
        let scratch = scratch.get_or_insert_with(|| exact.program.scratch());
        exact
            .program
            .run(time, &self.system.reading(state, delayed), scratch);
        jacobian.fill(0.0);
        let lags = self.system.graph.lags.len();
        for (result, entries) in exact.terms.iter().enumerate() {
            for (lane, Entry { row, read }) in entries.iter().enumerate() {
                let block = read.delayed(lags).map_or(0, |number| number + 1);
                // of varying lags and slopes nobody asks
                if block > lags || read.slope {
                    continue;
                }
                let column = block * n + read.component as usize;
                jacobian[column * n + row] += exact.program.result_at(result, lane, scratch);
            }
        }
    }

    fn has_exact_jacobian(&self) -> bool {
        true
    }

    fn varying_lags(&self) -> usize {
        self.system.time_lanes.len()
    }

    fn delayed_times(&self, time: f64, state: &[f64], times: &mut [f64]) {
        let program = &self.system.times;
        let scratch = &mut *self.times.borrow_mut();
        program.run(
            time,
            &self.system.reading(state, Delayed::new(&[], 1)),
            scratch,
        );
        for (result, lane) in self.system.time_lanes.iter().enumerate() {
            times[result] = program.result_at(result, *lane, scratch);
        }
    }

    fn passes_breaks(&self) -> bool {
        // windows are cut at the breaks
        self.system.longest == f64::INFINITY
    }

    fn longest_varying_lag(&self) -> f64 {
        self.system.longest
    }

    fn remembered(&self) -> f64 {
        self.system.remembered
    }

    fn is_neutral(&self) -> bool {
        self.system.neutral
    }

    fn switch_count(&self) -> usize {
        self.system.switch_lanes.len()
    }

    fn next_break(&self, after: f64) -> Option<f64> {
        let breaks = &self.system.breaks;
        let next = breaks.partition_point(|time| *time <= after);
        breaks.get(next).copied()
    }

    fn switches(&self, time: f64, state: &[f64], delayed: Delayed<'_>, values: &mut [f64]) {
        let program = &self.system.switches;
        let scratch = &mut *self.switches.borrow_mut();
        program.run(time, &self.system.reading(state, delayed), scratch);
        for (value, (result, lane)) in values.iter_mut().zip(&self.system.switch_lanes) {
            *value = program.result_at(*result, *lane, scratch);
        }
    }
}
