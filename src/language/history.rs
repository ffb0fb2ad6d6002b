//! What a system remembers before it starts, from formulas of time.

use std::sync::Mutex;

use super::derivative::Derivatives;
use super::function::Binary;
use super::graph::{Graph, Id, Node};
use super::program::Program;
use super::run::{Nothing, Scratch};
use super::scope::Variable;
use crate::solver::History;

/// A formula of time for a variable.
#[derive(Clone)]
pub(super) struct Written {
    pub(super) name: String,
    pub(super) first: usize,
    pub(super) length: usize,
    pub(super) graph: Graph,
    pub(super) switches: Vec<Id>,
    pub(super) root: Id,
}

impl Written {
    /// A number at all times.
    pub(super) fn constant(name: &str, component: usize, value: f64) -> Self {
        let mut graph = Graph::new();
        Self {
            name: name.to_owned(),
            first: component,
            length: 1,
            root: graph.number(value),
            graph,
            switches: Vec::new(),
        }
    }

    /// The times at which it jumps or bends.
    pub(super) fn bends(&self) -> Vec<f64> {
        let all = self.switches.iter();
        all.filter_map(|id| moments(&self.graph, *id))
            .flatten()
            .collect()
    }
}

/// The program of a variable's history or start.
#[derive(Debug, Clone)]
struct Part {
    first: usize,
    length: usize,
    /// Value, and slope.
    program: Program,
    constant: bool,
    breaks: Vec<f64>,
}

/// The past of all variables.
#[derive(Debug, Clone)]
pub(super) struct Past {
    dimension: usize,
    history: Vec<Part>,
    start: Vec<Part>,
}

impl Past {
    pub(super) fn new(
        variables: &[(String, Variable)],
        history: Vec<Written>,
        start: Vec<Written>,
    ) -> Self {
        let dimension = variables
            .iter()
            .map(|(_, variable)| variable.length())
            .sum();
        let start: Vec<Part> = start.into_iter().map(Part::new).collect();
        let mut history: Vec<Part> = history.into_iter().map(Part::new).collect();
        for part in &start {
            if history.iter().all(|other| other.first != part.first) {
                history.push(part.clone());
            }
        }
        Self {
            dimension,
            history,
            start,
        }
    }

    /// The state at which a run begins.
    pub(super) fn state(&self, begin: f64) -> Vec<f64> {
        let mut state = vec![0.0; self.dimension];
        for parts in [&self.history, &self.start] {
            write(parts, 0, begin, &mut state, &mut scratches(parts));
        }
        state
    }

    /// The history of a run that begins at a time.
    pub(super) fn history(&self, begin: f64) -> History<'_> {
        let mut state = vec![0.0; self.dimension];
        let parts = &self.history;
        write(parts, 0, begin, &mut state, &mut scratches(parts));
        let starts = !self.start.is_empty();
        let history = if self.history.iter().all(|part| part.constant) {
            History::constant(&state)
        } else {
            let value = self.function(0);
            let slope = self.function(1);
            let breaks: Vec<f64> = self
                .history
                .iter()
                .flat_map(|part| part.breaks.iter().copied())
                .filter(|time| *time < begin)
                .collect();
            History::function(self.dimension, value)
                .with_slope(slope)
                .with_breaking_points(&breaks)
        };
        if starts {
            history.starting_at(&self.state(begin))
        } else {
            history
        }
    }

    /// Value (0) or slope (1) of the history as a function.
    fn function(&self, which: usize) -> impl Fn(f64, &mut [f64]) + Send + Sync + '_ {
        let scratch = Mutex::new(scratches(&self.history));
        move |time, state| {
            // a panic elsewhere leaves nothing that the next run would not write anew
            let mut scratch = scratch
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            write(&self.history, which, time, state, &mut scratch);
        }
    }
}

fn scratches(parts: &[Part]) -> Vec<Scratch> {
    parts.iter().map(|part| part.program.scratch()).collect()
}

fn write(parts: &[Part], which: usize, time: f64, state: &mut [f64], scratch: &mut [Scratch]) {
    for (part, scratch) in parts.iter().zip(scratch) {
        part.program.run(time, &Nothing, scratch);
        let target = &mut state[part.first..part.first + part.length];
        part.program.result(which, scratch, target);
    }
}

impl Part {
    fn new(mut written: Written) -> Self {
        let breaks = written.bends();
        let graph = &mut written.graph;
        let constant = graph.numbers(written.root).is_some();
        // time is all that a history reads, so that every lane of a term belongs to itself but for sums
        let mut derivatives = Derivatives::new(graph);
        let terms = derivatives.of(written.root);
        let space = graph.space_of(written.root);
        let mut slope = graph.number(0.0);
        for term in terms.iter() {
            let part = match term.rows {
                None => term.coefficient,
                Some(rows) => graph.sum(term.coefficient, term.space, rows, space),
            };
            slope = graph.binary(Binary::Add, slope, part);
        }
        Self {
            first: written.first,
            length: written.length,
            program: Program::new(graph, &[written.root, slope]),
            constant,
            breaks,
        }
    }
}

/// The times at which `t - constant` or `constant - t` changes sign; none of anything else.
pub(super) fn moments(graph: &Graph, id: Id) -> Option<Vec<f64>> {
    let Node::Binary(operation, a, b) = graph.node(id) else {
        return (graph.node(id) == Node::Time).then(|| vec![0.0]);
    };
    let is_time = |id: Id| graph.node(id) == Node::Time;
    let other = match operation {
        Binary::Subtract | Binary::Add if is_time(a) => b,
        Binary::Subtract | Binary::Add if is_time(b) => a,
        _ => return None,
    };
    let sign = if operation == Binary::Add { -1.0 } else { 1.0 };
    let numbers = graph.numbers(other)?;
    Some(numbers.iter().map(|number| sign * number).collect())
}
