//! Formulas made into values: names looked up, functions put in place, sums laid out.
//!
//! Every value carries the indices that it depends on and lives in the space of just these, so that
//! `sin(theta[j])` in the midst of a double sum is computed once for every `j`.

use std::collections::HashMap;
use std::ops::Range;

use super::bends::Windows;
use super::function::{Binary, Unary};
use super::graph::{Graph, Id, Space};
use super::indices::{Axes, Indices, Rows};
use super::mistake::Mistake;
use super::parser::HIGHEST;
use super::scope::{Meaning, Scope};
use super::syntax::{Expression, Kind, Reference};

/// A mistake and the function in whose text it is; none for the formula itself.
pub(super) type Failure = (Option<usize>, Range<usize>, Mistake);
pub(super) type Lowered<T> = Result<T, Failure>;

/// A value and the indices that it depends on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Value {
    pub(super) id: Id,
    pub(super) axes: Axes,
}

/// What a formula may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// State, past and slopes.
    All,
    /// State and past.
    NoSlopes,
    /// The present state.
    Present,
    /// Time alone; the words say what is being computed.
    Time(&'static str),
}

/// Formulas being made into values.
pub(super) struct Lowering<'s> {
    pub(super) scope: &'s Scope,
    pub(super) graph: Graph,
    pub(super) indices: Indices,
    /// Values with names, of the formula and of every function that is being put in place.
    pub(super) frames: Vec<HashMap<String, Value>>,
    pub(super) calling: Vec<String>,
    pub(super) calls: usize,
    /// Parts within parts that are being made into values.
    depth: usize,
    pub(super) reads: Reads,
    /// Values at whose sign changes others jump or bend.
    pub(super) switches: Vec<Id>,
    pub(super) lag_numbers: HashMap<u64, u32>,
    pub(super) varying_numbers: HashMap<(Id, u32), u32>,
    pub(super) reads_slopes: bool,
    pub(super) windows: Windows,
    /// Times at which inputs jump or bend, each with whether it jumps.
    pub(super) corners: Vec<(f64, bool)>,
    /// Inputs that are read, with the first and the last time at which they are known.
    pub(super) spans: Vec<(String, f64, f64)>,
}

pub(super) fn fail<T>(span: &Range<usize>, mistake: Mistake) -> Lowered<T> {
    Err((None, span.clone(), mistake))
}

impl<'s> Lowering<'s> {
    pub(super) fn new(scope: &'s Scope, reads: Reads) -> Self {
        Self {
            scope,
            graph: Graph::new(),
            indices: Indices::default(),
            frames: vec![HashMap::new()],
            calling: Vec::new(),
            calls: 0,
            depth: 0,
            reads,
            switches: Vec::new(),
            lag_numbers: HashMap::new(),
            varying_numbers: HashMap::new(),
            reads_slopes: false,
            windows: Windows::default(),
            corners: Vec::new(),
            spans: Vec::new(),
        }
    }

    /// The value of a formula for every `index` of a family, or for one without an index; `fixed` are names
    /// of indices that have one value.
    pub(super) fn formula(
        &mut self,
        formula: &Expression,
        index: Option<(&str, usize)>,
        fixed: &[(String, usize)],
    ) -> Lowered<Id> {
        (self.calls, self.depth) = (0, 0);
        for (name, at) in fixed {
            let id = self.graph.number(*at as f64);
            self.frames[0].insert(name.clone(), Value { id, axes: 0 });
        }
        if let Some((name, length)) = index {
            self.indices.push(name, length, 0);
        }
        let value = self.lower(formula);
        if index.is_some() {
            self.indices.pop();
        }
        self.frames[0].clear();
        Ok(value?.id)
    }

    /// A value; one without lanes of its own depends on no index.
    pub(super) fn value(&self, id: Id, axes: Axes) -> Value {
        let scalar = self.graph.space_of(id) == Space::SCALAR;
        let axes = if scalar { 0 } else { axes };
        Value { id, axes }
    }

    /// Values in the space of all their indices.
    pub(super) fn together<const N: usize>(
        &mut self,
        values: [Value; N],
    ) -> Lowered<([Id; N], Axes)> {
        let axes = values.iter().fold(0, |axes, value| axes | value.axes);
        let mut ids = values.map(|value| value.id);
        for (id, value) in ids.iter_mut().zip(values) {
            *id = self.spread(value, axes)?;
        }
        Ok((ids, axes))
    }

    pub(super) fn spread(&mut self, value: Value, axes: Axes) -> Lowered<Id> {
        if value.axes == axes || value.axes == 0 {
            return Ok(value.id);
        }
        let rows = self.rows(axes)?;
        let map = self.indices.projection(value.axes, axes, &mut self.graph);
        let map = map.map_err(|mistake| (None, 0..0, mistake))?;
        Ok(self.graph.spread(value.id, map, rows.space))
    }

    pub(super) fn rows(&mut self, axes: Axes) -> Lowered<Rows> {
        let rows = self.indices.rows(axes, &mut self.graph);
        rows.map_err(|mistake| (None, 0..0, mistake))
    }

    pub(super) fn unary(&mut self, function: Unary, value: Value) -> Value {
        match function {
            Unary::Abs | Unary::Sign => self.switch(value.id),
            Unary::Floor => self.whole_numbers(value.id),
            _ => {}
        }
        let id = self.graph.unary(function, value.id);
        self.value(id, value.axes)
    }

    pub(super) fn binary(&mut self, function: Binary, a: Value, b: Value) -> Lowered<Value> {
        let ([a, b], axes) = self.together([a, b])?;
        match function {
            Binary::Less
            | Binary::LessOrEqual
            | Binary::Equal
            | Binary::Minimum
            | Binary::Maximum => {
                let difference = self.graph.binary(Binary::Subtract, a, b);
                self.switch(difference);
            }
            Binary::Modulo => {
                let quotient = self.graph.binary(Binary::Divide, a, b);
                self.whole_numbers(quotient);
            }
            _ => {}
        }
        let id = self.graph.binary(function, a, b);
        Ok(self.value(id, axes))
    }

    /// Takes note that something jumps or bends where this changes sign.
    fn switch(&mut self, id: Id) {
        if self.graph.numbers(id).is_none() && !self.switches.contains(&id) {
            self.switches.push(id);
        }
    }

    /// Takes note that something jumps where this is a whole number.
    fn whole_numbers(&mut self, id: Id) {
        let pi = self.graph.number(std::f64::consts::PI);
        let angle = self.graph.binary(Binary::Multiply, pi, id);
        let sine = self.graph.unary(Unary::Sin, angle);
        self.switch(sine);
    }

    pub(super) fn lower(&mut self, expression: &Expression) -> Lowered<Value> {
        self.depth += 1;
        if self.depth > 2 * HIGHEST {
            // functions put in place may be high one within another
            return fail(&expression.span, Mistake::TooLong { most: HIGHEST });
        }
        let lowered = self.part(expression);
        self.depth -= 1;
        // a mistake of the layout has no place yet
        lowered.map_err(|(text, span, mistake)| {
            let nowhere = text.is_none() && span == (0..0);
            (
                text,
                if nowhere {
                    expression.span.clone()
                } else {
                    span
                },
                mistake,
            )
        })
    }

    fn part(&mut self, expression: &Expression) -> Lowered<Value> {
        match &expression.kind {
            Kind::Number(value) => {
                let id = self.graph.number(*value);
                Ok(Value { id, axes: 0 })
            }
            Kind::Minus(inner) => {
                let value = self.lower(inner)?;
                Ok(self.unary(Unary::Minus, value))
            }
            Kind::Not(inner) => {
                let value = self.lower(inner)?;
                Ok(self.unary(Unary::Not, value))
            }
            Kind::Binary(operator, left, right) => {
                let (left, right) = (self.lower(left)?, self.lower(right)?);
                self.binary(*operator, left, right)
            }
            Kind::Over { index, size } => fail(
                &expression.span,
                Mistake::OverOutsideSum {
                    index: index.clone(),
                    size: size.clone(),
                },
            ),
            Kind::Reference(reference) => self.reference(reference, &expression.span),
        }
    }

    fn reference(&mut self, reference: &Reference, span: &Range<usize>) -> Lowered<Value> {
        let name = reference.name.as_str();
        let frame = self.frames.len() - 1;
        if let Some(value) = self.frames[frame].get(name).copied() {
            return self.bare(reference, value, "an argument or an index");
        }
        if let Some(axis) = self.indices.find(name, frame) {
            let axes = 1 << axis;
            let rows = self.rows(axes)?;
            let column = self.graph.entries(rows.columns[0]);
            let numbers = column.iter().map(|index| f64::from(*index)).collect();
            let id = self.graph.table(numbers, rows.space);
            let value = self.value(id, axes);
            return self.bare(reference, value, "an index");
        }
        if let Some(arguments) = &reference.arguments
            && let Some(value) = self.built_in(name, arguments, span)
        {
            return value;
        }
        match name {
            "t" => {
                let id = self.graph.time();
                return self.bare(reference, Value { id, axes: 0 }, "the time");
            }
            "pi" => {
                let id = self.graph.number(std::f64::consts::PI);
                return self.bare(reference, Value { id, axes: 0 }, "a number");
            }
            _ => {}
        }
        let scope = self.scope;
        match scope.get(name) {
            Some(Meaning::Parameter(value)) => {
                let id = self.graph.number(*value);
                self.bare(reference, Value { id, axes: 0 }, "a parameter")
            }
            Some(Meaning::Size(length)) => {
                let id = self.graph.number(*length as f64);
                self.bare(reference, Value { id, axes: 0 }, "a size")
            }
            Some(Meaning::Data(data)) => self.data(data, reference),
            Some(Meaning::Function(function)) => self.call(function, reference, span),
            Some(Meaning::Input(course)) => self.input(course, reference),
            // a history is older than all changes
            Some(Meaning::Changing(value, _)) if matches!(self.reads, Reads::Time(_)) => {
                let id = self.graph.number(*value);
                self.bare(reference, Value { id, axes: 0 }, "a parameter")
            }
            Some(Meaning::Variable(variable) | Meaning::Changing(_, variable)) => {
                self.variable(variable, reference)
            }
            None if super::function::names().any(|own| own == name) => fail(
                &reference.place,
                Mistake::FunctionWithoutArguments {
                    name: name.to_owned(),
                },
            ),
            None => {
                let mut local = self.indices.names(frame);
                let mut names: Vec<String> = self.frames[frame].keys().cloned().collect();
                names.sort();
                local.extend(names);
                fail(&reference.place, scope.unknown(name, &local))
            }
        }
    }

    /// The value of a name behind which nothing may stand.
    fn bare(&self, reference: &Reference, value: Value, as_what: &'static str) -> Lowered<Value> {
        let name = reference.name.clone();
        if reference.arguments.is_some() || reference.slope {
            return fail(&reference.place, Mistake::NotAFunction { name, as_what });
        }
        self.index_count(reference, 0)?;
        Ok(value)
    }

    pub(super) fn index_count(&self, reference: &Reference, expected: usize) -> Lowered<()> {
        let found = reference.indices.len();
        if found == expected {
            return Ok(());
        }
        let name = reference.name.clone();
        fail(
            &reference.place,
            Mistake::WrongIndices {
                name,
                expected,
                found,
            },
        )
    }
}
