//! Windows over the past: `average(x, from, to)` and `integral(s, formula, from, to)`.
//!
//! A window is laid out as a Gauss rule over delayed times, as a
//! [`DistributedLag`](crate::solver::DistributedLag) is. A rule must not see a bend, so along a trajectory
//! the window is cut at the times at which the solution bends, and its points move with the time. What has gone
//! on for ever, a steady state or a cycle, has no bends: there the points are constant lags.

use std::ops::Range;

use super::function::Binary;
use super::lowering::{Lowered, Lowering, Reads, Value, fail};
use super::mistake::Mistake;
use super::scope::Meaning;
use super::syntax::{Expression, Kind, Reference};
use crate::solver::gauss_rule;

/// Points of a rule between two cuts. Over a sine that turns once in the window the error is 1e-10 (the remainder of the
/// rule: `(8!)^4 (2 pi)^16 / (17 (16!)^3)`).
const POINTS: usize = 8;

/// Name of the time inside an average, which no formula can write.
const INNER: &str = "\u{0}s";

/// Where a window begins and ends.
struct Window {
    far: Value,
    near: Value,
    parts: usize,
}

impl Lowering<'_> {
    /// `average(x, from, to)`, and into how many parts the window is cut.
    pub(super) fn average(
        &mut self,
        arguments: &[Expression],
        span: &Range<usize>,
    ) -> Lowered<Value> {
        let of = &arguments[0];
        let variable = match &of.kind {
            Kind::Reference(reference) if reference.arguments.is_none() && !reference.slope => {
                let known = self.scope.get(&reference.name);
                matches!(known, Some(Meaning::Variable(_))).then_some(reference)
            }
            _ => None,
        };
        let Some(variable) = variable else {
            let (expected, example) = (
                "a variable; of a formula take an integral",
                "integral(s, x(s)^2, t - 1, t)",
            );
            return fail(&of.span, Mistake::BadHead { expected, example });
        };
        let inner = Expression {
            kind: Kind::Reference(Reference {
                name: INNER.to_owned(),
                place: of.span.clone(),
                indices: Vec::new(),
                slope: false,
                arguments: None,
            }),
            span: of.span.clone(),
        };
        let body = Expression {
            kind: Kind::Reference(Reference {
                arguments: Some(vec![inner]),
                ..variable.clone()
            }),
            span: of.span.clone(),
        };
        let window = self.window(&arguments[1..], span)?;
        let length = self.binary(Binary::Subtract, window.far, window.near)?;
        let value = self.laid_out(INNER, &body, &window)?;
        self.binary(Binary::Divide, value, length)
    }

    /// `integral(s, formula, from, to)`, and into how many parts the window is cut.
    pub(super) fn integral(
        &mut self,
        arguments: &[Expression],
        span: &Range<usize>,
    ) -> Lowered<Value> {
        let of = &arguments[0];
        let Some(name) = of.as_name() else {
            let (expected, example) = (
                "a name for the time in the window",
                "integral(s, x(s), t - 1, t)",
            );
            return fail(&of.span, Mistake::BadHead { expected, example });
        };
        let taken = self.scope.get(name).map(Meaning::in_words);
        let own = super::function::is_reserved(name).then_some("part of the language");
        if let Some(as_what) = taken.or(own) {
            let name = name.to_owned();
            return fail(&of.span, Mistake::NameTaken { name, as_what });
        }
        let window = self.window(&arguments[2..], span)?;
        self.laid_out(name, &arguments[1], &window)
    }

    fn window(&mut self, arguments: &[Expression], span: &Range<usize>) -> Lowered<Window> {
        if self.reads != Reads::All {
            return fail(span, Mistake::PastNotAllowed);
        }
        if self.windows.point.is_some() {
            return fail(span, Mistake::WindowWithin);
        }
        let (far, near) = (self.edge(&arguments[0])?, self.edge(&arguments[1])?);
        let ([first, last], _) = self.together([far, near])?;
        let pairs = (self.graph.numbers(first), self.graph.numbers(last));
        let (Some(fars), Some(nears)) = pairs else {
            return fail(&arguments[0].span, Mistake::WindowEdge);
        };
        for lane in 0..fars.len().max(nears.len()) {
            let at = |numbers: &[f64]| numbers[lane.min(numbers.len() - 1)];
            let (far, near) = (at(&fars), at(&nears));
            if !(far.is_finite() && near >= 0.0 && far > near) {
                let from = arguments[0].span.start..arguments[1].span.end;
                return fail(&from, Mistake::BadWindow { far, near });
            }
            for edge in [far, near] {
                if !self.windows.edges.contains(&edge) {
                    self.windows.edges.push(edge);
                }
            }
        }
        let parts = match arguments.get(2) {
            None => 1,
            Some(count) => {
                let value = self.lower(count)?;
                match self.graph.as_number(value.id) {
                    Some(parts) if parts.fract() == 0.0 && (1.0..=64.0).contains(&parts) => {
                        parts as usize
                    }
                    other => {
                        let mistake = Mistake::InvalidValue {
                            what: "the number of parts of a window".into(),
                            value: other.unwrap_or(f64::NAN),
                            requirement: "a whole number from 1 to 64",
                        };
                        return fail(&count.span, mistake);
                    }
                }
            }
        };
        Ok(Window { far, near, parts })
    }

    /// The lag of an edge.
    fn edge(&mut self, edge: &Expression) -> Lowered<Value> {
        match self.constant_lag(edge)? {
            Some(lag) => Ok(lag),
            None => fail(&edge.span, Mistake::WindowEdge),
        }
    }

    /// The integral of a formula in which `name` is the time in the window.
    fn laid_out(&mut self, name: &str, body: &Expression, window: &Window) -> Lowered<Value> {
        let stretches = self.stretches(window)?;
        let rule = gauss_rule(POINTS);
        let frame = self.frames.len() - 1;
        let zero = self.graph.number(0.0);
        let mut sum = Value { id: zero, axes: 0 };
        for (start, step) in stretches {
            for part in 0..window.parts {
                for (place, weight) in &rule {
                    let along = self.constant((part as f64 + place) / window.parts as f64);
                    let point = self.binary(Binary::Multiply, along, step)?;
                    let point = self.binary(Binary::Add, start, point)?;
                    // of constant lags, which are counted backwards
                    let point = if self.windows.cuts.is_none() {
                        let time = self.graph.time();
                        self.binary(Binary::Subtract, Value { id: time, axes: 0 }, point)?
                    } else {
                        point
                    };
                    let before = self.frames[frame].insert(name.to_owned(), point);
                    self.windows.point = Some(point.id);
                    let value = self.lower(body);
                    self.windows.point = None;
                    match before {
                        Some(before) => self.frames[frame].insert(name.to_owned(), before),
                        None => self.frames[frame].remove(name),
                    };
                    let weight = self.constant(weight / window.parts as f64);
                    let weight = self.binary(Binary::Multiply, weight, step)?;
                    let term = self.binary(Binary::Multiply, weight, value?)?;
                    sum = self.binary(Binary::Add, sum, term)?;
                }
            }
        }
        if self.windows.cuts.is_none() {
            sum = self.unary(super::function::Unary::Minus, sum);
        }
        Ok(sum)
    }

    fn constant(&mut self, value: f64) -> Value {
        let id = self.graph.number(value);
        Value { id, axes: 0 }
    }

    /// Start and length of the stretches between cuts: times, or lags with a negative length.
    fn stretches(&mut self, window: &Window) -> Lowered<Vec<(Value, Value)>> {
        let Some(cuts) = self.windows.cuts.clone() else {
            let length = self.binary(Binary::Subtract, window.near, window.far)?;
            return Ok(vec![(window.far, length)]);
        };
        let time = self.graph.time();
        let time = Value { id: time, axes: 0 };
        let low = self.binary(Binary::Subtract, time, window.far)?;
        let high = self.binary(Binary::Subtract, time, window.near)?;
        let mut all = Vec::new();
        let mut from = low;
        for cut in cuts {
            let cut = self.constant(cut);
            // the bends of these are where the solution bends, where a step ends anyway
            let above = self.quietly(Binary::Maximum, cut, low)?;
            let to = self.quietly(Binary::Minimum, above, high)?;
            let length = self.binary(Binary::Subtract, to, from)?;
            all.push((from, length));
            from = to;
        }
        let length = self.binary(Binary::Subtract, high, from)?;
        all.push((from, length));
        Ok(all)
    }

    /// An operation of which the solver is not told that it bends.
    fn quietly(&mut self, function: Binary, a: Value, b: Value) -> Lowered<Value> {
        let ([a, b], axes) = self.together([a, b])?;
        let id = self.graph.binary(function, a, b);
        Ok(self.value(id, axes))
    }
}
