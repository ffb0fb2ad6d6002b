//! Exact derivatives of values by the components that they read.
//!
//! Every lane of a value reads components of its own, so a derivative is a list of *terms*: a space, the
//! lane of the value that each of its lanes belongs to, what that lane reads, and the coefficient.
//! A sum keeps the terms of what it sums; only where a sum is itself spread over many lanes
//! are terms multiplied. The work is that of the formula, not that of a matrix of all by all.

use std::collections::HashMap;
use std::sync::Arc;

use super::function::{Binary, Unary};
use super::graph::{Graph, Id, Map, Node, Space};

/// What time is numbered as among the reads.
pub(super) const TIME: u32 = u32::MAX;

/// Part of a derivative.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Term {
    pub(super) space: Space,
    /// Lanes of the value; none where they are those of the term.
    pub(super) rows: Option<Map>,
    /// What each lane reads.
    pub(super) columns: Map,
    pub(super) coefficient: Id,
}

type Terms = Arc<[Term]>;

/// Derivatives of the values of a graph.
pub(super) struct Derivatives<'g> {
    pub(super) graph: &'g mut Graph,
    known: HashMap<Id, Terms>,
}

impl<'g> Derivatives<'g> {
    pub(super) fn new(graph: &'g mut Graph) -> Self {
        Self {
            graph,
            known: HashMap::new(),
        }
    }

    /// The terms of a value. What it is made of comes first, so that no recursion goes deep.
    pub(super) fn of(&mut self, id: Id) -> Terms {
        for part in self.graph.needed([id]) {
            if !self.known.contains_key(&part) {
                let terms = self.terms(part);
                self.known.insert(part, terms.into());
            }
        }
        Arc::clone(&self.known[&id])
    }

    fn terms(&mut self, id: Id) -> Vec<Term> {
        let space = self.graph.space_of(id);
        match self.graph.node(id) {
            // of inputs, which histories do not read, nobody asks the slope
            Node::Number(_) | Node::Table(_) | Node::Input(..) => Vec::new(),
            Node::Time => {
                let columns = self.graph.map(vec![TIME]);
                self.leaf(space, columns)
            }
            Node::Load(reads) => self.leaf(space, reads),
            Node::Unary(function, a) => {
                if self.known[&a].is_empty() {
                    return Vec::new();
                }
                let slope = self.slope(function, a, id);
                self.combined(space, &[(a, slope)])
            }
            Node::Binary(function, a, b) => {
                let (by_a, by_b) = self.slopes(function, a, b, id);
                self.combined(space, &[(a, by_a), (b, by_b)])
            }
            Node::Select(condition, yes, no) => {
                let (one, zero) = (self.graph.number(1.0), self.graph.number(0.0));
                let (by_yes, by_no) = (
                    self.graph.select(condition, one, zero),
                    self.graph.select(condition, zero, one),
                );
                self.combined(space, &[(yes, by_yes), (no, by_no)])
            }
            Node::Spread(inner, map) => self.spread(inner, map, space),
            Node::Sum(inner, map) => {
                let terms = Arc::clone(&self.known[&inner]);
                let follow = |term: &Term| {
                    let rows = match term.rows {
                        None => map,
                        Some(rows) => self.through(map, rows),
                    };
                    Term {
                        rows: Some(rows),
                        ..*term
                    }
                };
                terms.iter().map(follow).collect()
            }
        }
    }

    fn leaf(&mut self, space: Space, columns: Map) -> Vec<Term> {
        let coefficient = self.graph.number(1.0);
        vec![Term {
            space,
            rows: None,
            columns,
            coefficient,
        }]
    }

    /// `outer[inner[lane]]`.
    fn through(&mut self, outer: Map, inner: Map) -> Map {
        let (outer, inner) = (self.graph.entries(outer), self.graph.entries(inner));
        let both = inner.iter().map(|lane| outer[*lane as usize]).collect();
        self.graph.map(both)
    }

    /// The terms of an operation: those of its parts, each times a slope in the space of the
    /// operation.
    fn combined(&mut self, space: Space, parts: &[(Id, Id)]) -> Vec<Term> {
        let mut all: Vec<Term> = Vec::new();
        for (part, slope) in parts {
            if self.graph.as_number(*slope) == Some(0.0) || self.known[part].is_empty() {
                continue;
            }
            let terms = if self.graph.space_of(*part) == space {
                self.known[part].to_vec()
            } else {
                // a value without an index in the midst of values with one
                let all = vec![0; self.graph.lanes(space)];
                let all = self.graph.map(all);
                self.spread(*part, all, space)
            };
            for term in terms {
                let slope = match term.rows {
                    None => *slope,
                    Some(rows) => self.graph.spread(*slope, rows, term.space),
                };
                let coefficient = self.graph.binary(Binary::Multiply, slope, term.coefficient);
                let same = |other: &&mut Term| {
                    (other.space, other.rows, other.columns)
                        == (term.space, term.rows, term.columns)
                };
                match all.iter_mut().find(same) {
                    Some(other) => {
                        other.coefficient =
                            self.graph
                                .binary(Binary::Add, other.coefficient, coefficient);
                    }
                    None => all.push(Term {
                        coefficient,
                        ..term
                    }),
                }
            }
        }
        all.retain(|term| self.graph.as_number(term.coefficient) != Some(0.0));
        all
    }

    /// The terms of a value spread by a map into another space.
    fn spread(&mut self, inner: Id, map: Map, space: Space) -> Vec<Term> {
        let terms = Arc::clone(&self.known[&inner]);
        let lanes = self.graph.entries(map);
        let mut all = Vec::new();
        for term in terms.iter() {
            let Some(rows) = term.rows else {
                let columns = self.through(term.columns, map);
                let coefficient = self.graph.spread(term.coefficient, map, space);
                all.push(Term {
                    space,
                    rows: None,
                    columns,
                    coefficient,
                });
                continue;
            };
            // every lane gets all lanes of the term that belong to the lane that it comes from
            let rows = self.graph.entries(rows);
            let count = rows.iter().copied().max().map_or(0, |row| row as usize + 1);
            let mut members = vec![Vec::new(); count];
            for (lane, row) in (0u32..).zip(rows.iter()) {
                members[*row as usize].push(lane);
            }
            let (mut targets, mut sources) = (Vec::new(), Vec::new());
            for (target, from) in (0u32..).zip(lanes.iter()) {
                for source in members.get(*from as usize).into_iter().flatten() {
                    targets.push(target);
                    sources.push(*source);
                }
            }
            let count = targets.len();
            let (targets, sources) = (self.graph.map(targets), self.graph.map(sources));
            let joined = self.graph.space(&[targets, sources], count);
            let columns = self.through(term.columns, sources);
            let coefficient = self.graph.spread(term.coefficient, sources, joined);
            all.push(Term {
                space: joined,
                rows: Some(targets),
                columns,
                coefficient,
            });
        }
        all
    }

    /// The derivative of a function at `a`, where its value is `value`.
    fn slope(&mut self, function: Unary, a: Id, value: Id) -> Id {
        let graph = &mut *self.graph;
        let one = graph.number(1.0);
        let square = |graph: &mut Graph, id| graph.unary(Unary::Power(2), id);
        match function {
            Unary::Minus => graph.number(-1.0),
            Unary::Not | Unary::Sign | Unary::Floor => graph.number(0.0),
            Unary::Exp => value,
            Unary::Log => graph.binary(Binary::Divide, one, a),
            Unary::Log10 => {
                let scale = graph.number(std::f64::consts::LOG10_E);
                graph.binary(Binary::Divide, scale, a)
            }
            Unary::Sqrt => {
                let half = graph.number(0.5);
                graph.binary(Binary::Divide, half, value)
            }
            Unary::Sin => graph.unary(Unary::Cos, a),
            Unary::Cos => {
                let sine = graph.unary(Unary::Sin, a);
                graph.unary(Unary::Minus, sine)
            }
            Unary::Tan => {
                let squared = square(graph, value);
                graph.binary(Binary::Add, one, squared)
            }
            Unary::Asin | Unary::Acos => {
                let squared = square(graph, a);
                let rest = graph.binary(Binary::Subtract, one, squared);
                let root = graph.unary(Unary::Sqrt, rest);
                let sign = graph.number(if function == Unary::Asin { 1.0 } else { -1.0 });
                graph.binary(Binary::Divide, sign, root)
            }
            Unary::Atan => {
                let squared = square(graph, a);
                let below = graph.binary(Binary::Add, one, squared);
                graph.binary(Binary::Divide, one, below)
            }
            Unary::Sinh => graph.unary(Unary::Cosh, a),
            Unary::Cosh => graph.unary(Unary::Sinh, a),
            Unary::Tanh => {
                let squared = square(graph, value);
                graph.binary(Binary::Subtract, one, squared)
            }
            Unary::Logistic => {
                let rest = graph.binary(Binary::Subtract, one, value);
                graph.binary(Binary::Multiply, value, rest)
            }
            Unary::Erf => {
                let squared = square(graph, a);
                let minus = graph.unary(Unary::Minus, squared);
                let bell = graph.unary(Unary::Exp, minus);
                let scale = graph.number(std::f64::consts::FRAC_2_SQRT_PI);
                graph.binary(Binary::Multiply, scale, bell)
            }
            Unary::Abs => graph.unary(Unary::Sign, a),
            Unary::Power(exponent) => {
                let below = graph.number(f64::from(exponent - 1));
                let power = graph.binary(Binary::Power, a, below);
                let factor = graph.number(f64::from(exponent));
                graph.binary(Binary::Multiply, factor, power)
            }
        }
    }

    /// The derivatives of a function of two numbers by either.
    fn slopes(&mut self, function: Binary, a: Id, b: Id, value: Id) -> (Id, Id) {
        let changes = |id: &Id| !self.known[id].is_empty();
        let (first, second) = (changes(&a), changes(&b));
        let graph = &mut *self.graph;
        let (zero, one) = (graph.number(0.0), graph.number(1.0));
        match function {
            Binary::Add => (one, one),
            Binary::Subtract => (one, graph.number(-1.0)),
            Binary::Multiply => (b, a),
            Binary::Divide => {
                let by_a = graph.binary(Binary::Divide, one, b);
                let quotient = graph.binary(Binary::Divide, value, b);
                (by_a, graph.unary(Unary::Minus, quotient))
            }
            Binary::Power => {
                let by_a = if first {
                    let below = graph.binary(Binary::Subtract, b, one);
                    let power = graph.binary(Binary::Power, a, below);
                    graph.binary(Binary::Multiply, b, power)
                } else {
                    zero
                };
                let by_b = if second {
                    let logarithm = graph.unary(Unary::Log, a);
                    graph.binary(Binary::Multiply, value, logarithm)
                } else {
                    zero
                };
                (by_a, by_b)
            }
            Binary::Atan2 => {
                let (a2, b2) = (
                    graph.unary(Unary::Power(2), a),
                    graph.unary(Unary::Power(2), b),
                );
                let size = graph.binary(Binary::Add, a2, b2);
                let minus = graph.unary(Unary::Minus, a);
                (
                    graph.binary(Binary::Divide, b, size),
                    graph.binary(Binary::Divide, minus, size),
                )
            }
            Binary::Minimum | Binary::Maximum => {
                let less = graph.binary(Binary::Less, a, b);
                let more = graph.unary(Unary::Not, less);
                if function == Binary::Minimum {
                    (less, more)
                } else {
                    (more, less)
                }
            }
            Binary::Modulo => {
                let quotient = graph.binary(Binary::Divide, a, b);
                let whole = graph.unary(Unary::Floor, quotient);
                (one, graph.unary(Unary::Minus, whole))
            }
            Binary::Less | Binary::LessOrEqual | Binary::Equal | Binary::And | Binary::Or => {
                (zero, zero)
            }
        }
    }
}
