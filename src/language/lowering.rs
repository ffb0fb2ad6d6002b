//! Formulas made into values: names looked up, functions put in place, sums laid out.
//!
//! Every value carries the indices that it depends on and lives in the space of just these, so that
//! `sin(theta[j])` in the midst of a double sum is computed once for every `j`.

use std::collections::HashMap;
use std::ops::Range;

use super::function::{BINARY, Binary, UNARY, Unary};
use super::graph::{Graph, Id, Node, Read, When};
use super::indices::{Axes, Indices};
use super::mistake::Mistake;
use super::scope::{Data, Function, Meaning, Scope, Variable};
use super::syntax::{Expression, Kind, Reference};

/// A mistake and the function in whose text it is; none for the formula itself.
pub(super) type Failure = (Option<usize>, Range<usize>, Mistake);
type Lowered<T> = Result<T, Failure>;

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

/// Function calls that a formula may lead to (chosen: functions of functions double them).
const MOST_CALLS: usize = 1_000_000;

/// Formulas being made into values.
pub(super) struct Lowering<'s> {
    scope: &'s Scope,
    pub(super) graph: Graph,
    pub(super) indices: Indices,
    /// Values with names, of the formula and of every function that is being put in place.
    frames: Vec<HashMap<String, Value>>,
    calling: Vec<String>,
    calls: usize,
    reads: Reads,
    /// Values at whose sign changes others jump or bend.
    pub(super) switches: Vec<Id>,
    lag_numbers: HashMap<u64, u32>,
    varying_numbers: HashMap<(Id, u32), u32>,
    pub(super) reads_slopes: bool,
}

/// When a variable is read.
enum Moment {
    Present,
    Lag(Value),
    At(Value),
}

fn fail<T>(span: &Range<usize>, mistake: Mistake) -> Lowered<T> {
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
            reads,
            switches: Vec::new(),
            lag_numbers: HashMap::new(),
            varying_numbers: HashMap::new(),
            reads_slopes: false,
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
        self.calls = 0;
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
    fn value(&self, id: Id, axes: Axes) -> Value {
        let scalar = self.graph.space_of(id) == super::graph::Space::SCALAR;
        let axes = if scalar { 0 } else { axes };
        Value { id, axes }
    }

    /// Values in the space of all their indices.
    fn together<const N: usize>(&mut self, values: [Value; N]) -> Lowered<([Id; N], Axes)> {
        let axes = values.iter().fold(0, |axes, value| axes | value.axes);
        let mut ids = values.map(|value| value.id);
        for (id, value) in ids.iter_mut().zip(values) {
            *id = self.spread(value, axes)?;
        }
        Ok((ids, axes))
    }

    fn spread(&mut self, value: Value, axes: Axes) -> Lowered<Id> {
        if value.axes == axes || value.axes == 0 {
            return Ok(value.id);
        }
        let rows = self.rows(axes)?;
        let map = self.indices.projection(value.axes, axes, &mut self.graph);
        let map = map.map_err(|mistake| (None, 0..0, mistake))?;
        Ok(self.graph.spread(value.id, map, rows.space))
    }

    fn rows(&mut self, axes: Axes) -> Lowered<super::indices::Rows> {
        let rows = self.indices.rows(axes, &mut self.graph);
        rows.map_err(|mistake| (None, 0..0, mistake))
    }

    fn unary(&mut self, function: Unary, value: Value) -> Value {
        match function {
            Unary::Abs | Unary::Sign => self.switch(value.id),
            Unary::Floor => self.whole_numbers(value.id),
            _ => {}
        }
        let id = self.graph.unary(function, value.id);
        self.value(id, value.axes)
    }

    fn binary(&mut self, function: Binary, a: Value, b: Value) -> Lowered<Value> {
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

    fn lower(&mut self, expression: &Expression) -> Lowered<Value> {
        let lowered = self.part(expression);
        // a mistake of the layout has no place yet
        lowered.map_err(|(text, span, mistake)| {
            let nowhere = text.is_none() && span == (0..0);
            (text, if nowhere { expression.span.clone() } else { span }, mistake)
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
            Some(Meaning::Variable(variable)) => self.variable(variable, reference),
            Some(Meaning::Function(function)) => self.call(function, reference, span),
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

    fn index_count(&self, reference: &Reference, expected: usize) -> Lowered<()> {
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

    /// A function of the language; none if there is no such one.
    fn built_in(
        &mut self,
        name: &str,
        arguments: &[Expression],
        span: &Range<usize>,
    ) -> Option<Lowered<Value>> {
        let count = |expected: &str, holds: bool| {
            if holds {
                return Ok(());
            }
            let name = name.to_owned();
            let (expected, found) = (expected.to_owned(), arguments.len());
            fail(
                span,
                Mistake::WrongArguments {
                    name,
                    expected,
                    found,
                },
            )
        };
        let (one, two) = (arguments.len() == 1, arguments.len() == 2);
        if let Some((_, function)) = UNARY.iter().find(|(known, _)| *known == name) {
            return Some(count("one argument", one).and_then(|()| {
                let value = self.lower(&arguments[0])?;
                Ok(self.unary(*function, value))
            }));
        }
        if let Some((_, function)) = BINARY.iter().find(|(known, _)| *known == name) {
            let several = matches!(function, Binary::Minimum | Binary::Maximum);
            let enough = two || (several && arguments.len() > 2);
            let words = if several { "two or more arguments" } else { "two arguments" };
            return Some(count(words, enough).and_then(|()| {
                let mut value = self.lower(&arguments[0])?;
                for argument in &arguments[1..] {
                    let next = self.lower(argument)?;
                    value = self.binary(*function, value, next)?;
                }
                Ok(value)
            }));
        }
        let value = match name {
            "heaviside" => count("one argument", one).and_then(|()| {
                let value = self.lower(&arguments[0])?;
                let id = self.graph.number(0.0);
                self.binary(Binary::Less, Value { id, axes: 0 }, value)
            }),
            "if" => count("three arguments: if(condition, value, other value)", arguments.len() == 3)
                .and_then(|()| {
                    let condition = self.lower(&arguments[0])?;
                    let (yes, no) = (self.lower(&arguments[1])?, self.lower(&arguments[2])?);
                    let ([condition, yes, no], axes) = self.together([condition, yes, no])?;
                    let id = self.graph.select(condition, yes, no);
                    Ok(self.value(id, axes))
                }),
            "sum" | "mean" => count("two arguments: sum(j, terms) or sum(j in N, terms)", two)
                .and_then(|()| self.sum(name == "mean", &arguments[0], &arguments[1])),
            _ => return None,
        };
        Some(value)
    }

    fn sum(&mut self, mean: bool, over: &Expression, body: &Expression) -> Lowered<Value> {
        let (index, size) = match &over.kind {
            Kind::Over { index, size } => (index.as_str(), Some(size.as_str())),
            _ => match over.as_name() {
                Some(index) => (index, None),
                None => {
                    let (expected, example) = ("an index to sum over", "sum(j, x[j])");
                    return fail(&over.span, Mistake::BadHead { expected, example });
                }
            },
        };
        let length = self.scope.size(index, size);
        let length = length.map_err(|mistake| (None, over.span.clone(), mistake))?;
        let axis = self.indices.push(index, length, self.frames.len() - 1);
        let value = self.terms(axis, length, body);
        self.indices.pop();
        let value = value?;
        if !mean {
            return Ok(value);
        }
        let id = self.graph.number(length as f64);
        self.binary(Binary::Divide, value, Value { id, axes: 0 })
    }

    /// The sum over the innermost axis.
    fn terms(&mut self, axis: usize, length: usize, body: &Expression) -> Lowered<Value> {
        let own: Axes = 1 << axis;
        let all: Axes = (own << 1) - 1;
        let mut weights = Vec::new();
        weights_of(body, &mut weights);
        let mut keep: Option<Vec<bool>> = None;
        for weight in weights {
            let value = self.lower(weight)?;
            if value.axes != all && value.axes != own {
                continue;
            }
            let id = self.spread(value, all)?;
            if let Some(numbers) = self.graph.numbers(id) {
                let keep = keep.get_or_insert_with(|| vec![true; numbers.len()]);
                for (keep, number) in keep.iter_mut().zip(numbers.iter()) {
                    *keep &= *number != 0.0;
                }
            }
        }
        let keep = keep.filter(|keep| !keep.iter().all(|keep| *keep));
        let thinned = match keep {
            None => false,
            Some(keep) if !keep.contains(&true) => {
                let id = self.graph.number(0.0);
                return Ok(Value { id, axes: 0 });
            }
            Some(keep) => {
                let thinned = self.indices.thin(all, &keep, &mut self.graph);
                thinned.map_err(|mistake| (None, body.span.clone(), mistake))?;
                true
            }
        };
        let value = self.lower(body)?;
        if value.axes & own == 0 && !thinned {
            let id = self.graph.number(length as f64);
            return self.binary(Binary::Multiply, value, Value { id, axes: 0 });
        }
        let from = if thinned { value.axes | all } else { value.axes };
        let to = from & !own;
        let id = self.spread(value, from)?;
        let (source, target) = (self.rows(from)?, self.rows(to)?);
        let map = self.indices.projection(to, from, &mut self.graph);
        let map = map.map_err(|mistake| (None, body.span.clone(), mistake))?;
        let id = self.graph.sum(id, source.space, map, target.space);
        Ok(self.value(id, to))
    }

    /// The values of an index for the lanes of `axes`.
    fn index_numbers(
        &mut self,
        name: &str,
        index: &Expression,
        length: usize,
    ) -> Lowered<(Vec<u32>, Axes)> {
        let value = self.lower(index)?;
        let Some(numbers) = self.graph.numbers(value.id) else {
            return fail(&index.span, Mistake::VaryingIndex);
        };
        let wrong = |index: &&f64| !(index.fract() == 0.0 && **index >= 0.0 && **index < length as f64);
        if let Some(wrong) = numbers.iter().find(wrong) {
            let mistake = Mistake::IndexOutOfRange {
                name: name.to_owned(),
                index: *wrong,
                length,
            };
            return fail(&index.span, mistake);
        }
        Ok((numbers.iter().map(|index| *index as u32).collect(), value.axes))
    }

    /// Numbers of a constant, one for every lane of `axes`.
    fn lanes_of(&mut self, value: Value, axes: Axes) -> Lowered<Option<Vec<f64>>> {
        let id = self.spread(value, axes)?;
        let lanes = self.rows(axes)?.lanes;
        Ok(self.graph.numbers(id).map(|numbers| match numbers[..] {
            [one] => vec![one; lanes],
            _ => numbers.to_vec(),
        }))
    }

    /// Whole numbers as a value, to be spread.
    fn as_value(&mut self, numbers: &[u32], axes: Axes) -> Lowered<Value> {
        let space = self.rows(axes)?.space;
        let numbers = numbers.iter().map(|number| f64::from(*number)).collect();
        let id = self.graph.table(numbers, space);
        Ok(self.value(id, axes))
    }

    fn data(&mut self, data: &Data, reference: &Reference) -> Lowered<Value> {
        if reference.arguments.is_some() || reference.slope {
            let name = reference.name.clone();
            let as_what = "a vector or matrix";
            return fail(&reference.place, Mistake::NotAFunction { name, as_what });
        }
        self.index_count(reference, data.shape.len())?;
        let mut place = {
            let id = self.graph.number(0.0);
            Value { id, axes: 0 }
        };
        for (index, length) in reference.indices.iter().zip(&data.shape) {
            let (numbers, axes) = self.index_numbers(&reference.name, index, *length)?;
            let index = self.as_value(&numbers, axes)?;
            let stride = self.graph.number(*length as f64);
            let stride = Value { id: stride, axes: 0 };
            place = self.binary(Binary::Multiply, place, stride)?;
            place = self.binary(Binary::Add, place, index)?;
        }
        let axes = place.axes;
        let places = self.lanes_of(place, axes)?.unwrap_or_default();
        let values = places.iter().map(|place| data.values[*place as usize]).collect();
        let space = self.rows(axes)?.space;
        let id = self.graph.table(values, space);
        Ok(self.value(id, axes))
    }

    fn variable(&mut self, variable: &Variable, reference: &Reference) -> Lowered<Value> {
        let name = &reference.name;
        if let Reads::Time(what) = self.reads {
            let name = name.clone();
            return fail(&reference.place, Mistake::StateNotAllowed { name, what });
        }
        self.index_count(reference, usize::from(variable.family.is_some()))?;
        let (offsets, mut axes) = match reference.indices.first() {
            Some(index) => self.index_numbers(name, index, variable.length())?,
            None => (vec![0], 0),
        };
        let offsets = self.as_value(&offsets, axes)?;
        let moment = match &reference.arguments {
            None if reference.slope => {
                let name = name.clone();
                return fail(&reference.place, Mistake::PresentSlope { name });
            }
            None => Moment::Present,
            Some(arguments) => match &arguments[..] {
                [time] => self.moment(time)?,
                _ => {
                    let mistake = Mistake::WrongArguments {
                        name: name.clone(),
                        expected: "one time, as in x(t - tau)".into(),
                        found: arguments.len(),
                    };
                    return fail(&reference.place, mistake);
                }
            },
        };
        if self.reads == Reads::Present && !matches!(moment, Moment::Present) {
            return fail(&reference.place, Mistake::PastNotAllowed);
        }
        if reference.slope {
            if self.reads != Reads::All {
                return fail(&reference.place, Mistake::SlopeNotAllowed);
            }
            self.reads_slopes = true;
        }
        if let Moment::Lag(value) | Moment::At(value) = &moment {
            axes |= value.axes;
        }
        let lanes = self.rows(axes)?.lanes;
        let offsets = self.lanes_of(offsets, axes)?.unwrap_or_default();
        let whens: Vec<When> = match moment {
            Moment::Present => vec![When::Present; lanes],
            Moment::Lag(lag) => {
                let lags = self.lanes_of(lag, axes)?.unwrap_or_default();
                lags.into_iter().map(|lag| self.lag(lag)).collect()
            }
            Moment::At(time) => {
                let id = self.spread(time, axes)?;
                let own = self.graph.space_of(id) != super::graph::Space::SCALAR;
                let lanes = 0..lanes as u32;
                lanes
                    .map(|lane| self.varying(id, if own { lane } else { 0 }))
                    .collect()
            }
        };
        if reference.slope && whens.contains(&When::Present) {
            let name = name.clone();
            return fail(&reference.place, Mistake::PresentSlope { name });
        }
        let reads = offsets.iter().zip(whens).map(|(offset, when)| Read {
            component: (variable.first + *offset as usize) as u32,
            when,
            slope: reference.slope,
        });
        let reads: Vec<Read> = reads.collect();
        let reads = reads.into_iter().map(|read| self.graph.number_of(read));
        let reads = reads.collect();
        let space = self.rows(axes)?.space;
        let id = self.graph.load(reads, space);
        Ok(self.value(id, axes))
    }

    fn lag(&mut self, lag: f64) -> When {
        if lag == 0.0 {
            return When::Present;
        }
        let lags = &mut self.graph.lags;
        let number = *self.lag_numbers.entry(lag.to_bits()).or_insert_with(|| {
            lags.push(lag);
            lags.len() as u32 - 1
        });
        When::Lag(number)
    }

    fn varying(&mut self, id: Id, lane: u32) -> When {
        let varying = &mut self.graph.varying;
        let number = *self.varying_numbers.entry((id, lane)).or_insert_with(|| {
            varying.push((id, lane));
            varying.len() as u32 - 1
        });
        When::Varying(number)
    }

    /// The time at which a variable is read.
    fn moment(&mut self, time: &Expression) -> Lowered<Moment> {
        let (mut count, mut rest) = (0, Vec::new());
        time_and_rest(time, false, &mut count, &mut rest);
        if count == 1 {
            if rest.is_empty() {
                return Ok(Moment::Present);
            }
            let zero = self.graph.number(0.0);
            let mut lag = Value { id: zero, axes: 0 };
            for (negative, part) in &rest {
                let part = self.lower(part)?;
                let sign = if *negative { Binary::Add } else { Binary::Subtract };
                lag = self.binary(sign, lag, part)?;
            }
            if let Some(lags) = self.graph.numbers(lag.id) {
                if let Some(lag) = lags.iter().copied().find(|lag| !lag.is_finite()) {
                    return fail(&time.span, Mistake::LagNotFinite { lag });
                }
                if let Some(lag) = lags.iter().copied().find(|lag| *lag < 0.0) {
                    return fail(&time.span, Mistake::NegativeLag { lag });
                }
                return Ok(Moment::Lag(lag));
            }
        }
        let value = self.lower(time)?;
        for id in self.graph.needed([value.id]) {
            let Node::Load(reads) = self.graph.node(id) else {
                continue;
            };
            let reads = self.graph.entries(reads);
            let late = |read: &u32| self.graph.read(*read).when != When::Present;
            if reads.iter().any(late) {
                return fail(&time.span, Mistake::DelayedTimeOfDelayed);
            }
        }
        Ok(Moment::At(value))
    }

    fn call(
        &mut self,
        function: &Function,
        reference: &Reference,
        span: &Range<usize>,
    ) -> Lowered<Value> {
        let name = reference.name.clone();
        let Some(arguments) = &reference.arguments else {
            return fail(&reference.place, Mistake::FunctionWithoutArguments { name });
        };
        self.index_count(reference, 0)?;
        if arguments.len() != function.arguments.len() {
            let expected = match function.arguments.len() {
                1 => "one argument".into(),
                several => format!("{several} arguments"),
            };
            let found = arguments.len();
            return fail(
                span,
                Mistake::WrongArguments {
                    name,
                    expected,
                    found,
                },
            );
        }
        if self.calling.contains(&name) {
            return fail(&reference.place, Mistake::Recursive { name });
        }
        self.calls += 1;
        if self.calls > MOST_CALLS {
            let terms = self.calls as f64;
            let most = MOST_CALLS;
            return fail(&reference.place, Mistake::TooMany { terms, most });
        }
        let mut frame = HashMap::new();
        for (argument, name) in arguments.iter().zip(&function.arguments) {
            frame.insert(name.clone(), self.lower(argument)?);
        }
        self.frames.push(frame);
        self.calling.push(name);
        let value = self.lower(&function.body);
        self.calling.pop();
        self.frames.pop();
        value.map_err(|(text, span, mistake)| (text.or(Some(function.text)), span, mistake))
    }
}

/// The vectors and matrices that a product has as factors.
fn weights_of<'e>(expression: &'e Expression, into: &mut Vec<&'e Expression>) {
    match &expression.kind {
        Kind::Binary(Binary::Multiply, left, right) => {
            weights_of(left, into);
            weights_of(right, into);
        }
        Kind::Binary(Binary::Divide, left, _) => weights_of(left, into),
        Kind::Minus(inner) => weights_of(inner, into),
        Kind::Reference(reference) if !reference.indices.is_empty() && reference.arguments.is_none() => {
            into.push(expression);
        }
        _ => {}
    }
}

/// How often a sum holds `t`, counted with its sign, and its other terms, each with whether it is
/// subtracted.
fn time_and_rest<'e>(
    expression: &'e Expression,
    negative: bool,
    count: &mut i32,
    rest: &mut Vec<(bool, &'e Expression)>,
) {
    match &expression.kind {
        Kind::Binary(Binary::Add, left, right) => {
            time_and_rest(left, negative, count, rest);
            time_and_rest(right, negative, count, rest);
        }
        Kind::Binary(Binary::Subtract, left, right) => {
            time_and_rest(left, negative, count, rest);
            time_and_rest(right, !negative, count, rest);
        }
        Kind::Minus(inner) => time_and_rest(inner, !negative, count, rest),
        _ if expression.as_name() == Some("t") => *count += if negative { -1 } else { 1 },
        _ => rest.push((negative, expression)),
    }
}
