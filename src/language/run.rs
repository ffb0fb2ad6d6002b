//! Programs being run.

use pulp::{Arch, NullaryFnOnce};

use super::function::{Binary, Unary, sign, whole_power};
use super::graph::Read;
use super::program::{Action, Load, Operand, PIECE, Place, Program, Stage, Step};
use super::runs::each as each_run;
use crate::numerics::elementary::{self, single};

/// What a program reads.
pub(super) trait Source {
    /// One component.
    fn value(&self, read: Read) -> f64;

    /// Neighbouring components from `first` on.
    fn row(&self, first: Read, offset: usize, into: &mut [f64]) {
        for (at, value) in into.iter_mut().enumerate() {
            let component = first.component + (offset + at) as u32;
            *value = self.value(Read { component, ..first });
        }
    }
}

/// Nothing to read: of histories and constants.
pub(super) struct Nothing;

impl Source for Nothing {
    fn value(&self, _: Read) -> f64 {
        f64::NAN
    }
}

/// What a program writes on its way.
#[derive(Debug, Clone, Default)]
pub(super) struct Scratch {
    numbers: Vec<f64>,
    vectors: Vec<Vec<f64>>,
}

impl Program {
    /// Room for one run at a time.
    pub(super) fn scratch(&self) -> Scratch {
        let vectors = self.vectors.iter().map(|length| vec![0.0; *length]);
        Scratch {
            numbers: self.numbers.clone(),
            vectors: vectors.collect(),
        }
    }

    /// Computes all values at a time.
    #[inline]
    pub(super) fn run(&self, time: f64, source: &impl Source, scratch: &mut Scratch) {
        scratch.numbers[0] = time;
        for place in &self.zeroed {
            match place {
                Place::Number(at) => scratch.numbers[*at as usize] = 0.0,
                Place::Vector(at) => scratch.vectors[*at as usize].fill(0.0),
                Place::Table(_) => {}
            }
        }
        let arch = Arch::new();
        arch.dispatch(Stages {
            fused: !matches!(arch, Arch::Scalar),
            program: self,
            source,
            scratch,
        });
    }

    /// Result number `index`, one number a lane into `into`.
    #[inline]
    pub(super) fn result(&self, index: usize, scratch: &Scratch, into: &mut [f64]) {
        match self.results[index] {
            Place::Number(at) => into.fill(scratch.numbers[at as usize]),
            Place::Vector(at) => into.copy_from_slice(&scratch.vectors[at as usize]),
            Place::Table(at) => into.copy_from_slice(&self.tables[at as usize]),
        }
    }

    /// One lane of a result.
    #[inline]
    pub(super) fn result_at(&self, index: usize, lane: usize, scratch: &Scratch) -> f64 {
        match self.results[index] {
            Place::Number(at) => scratch.numbers[at as usize],
            Place::Vector(at) => scratch.vectors[at as usize][lane],
            Place::Table(at) => self.tables[at as usize][lane],
        }
    }
}

/// All stages of a program.
struct Stages<'a, S> {
    /// Whether the registers have fused multiply-adds.
    fused: bool,
    program: &'a Program,
    source: &'a S,
    scratch: &'a mut Scratch,
}

impl<S: Source> NullaryFnOnce for Stages<'_, S> {
    type Output = ();

    // all that is called here is compiled for the registers of this machine
    #[inline(always)]
    fn call(self) {
        for stage in &self.program.stages {
            match stage {
                Stage::Numbers(actions) => numbers(
                    self.program,
                    actions,
                    self.source,
                    &mut self.scratch.numbers,
                    self.fused,
                ),
                Stage::Lanes { lanes, steps } => {
                    let mut begin = 0;
                    while begin < *lanes {
                        let span = (begin, (*lanes).min(begin + PIECE));
                        for step in steps {
                            piece(step, span, *lanes, self.program, self.source, self.scratch);
                        }
                        begin = span.1;
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn numbers(
    program: &Program,
    actions: &[(u32, Action)],
    source: &impl Source,
    numbers: &mut [f64],
    fused: bool,
) {
    for (to, action) in actions {
        let at = |place: u32| numbers[place as usize];
        let value = match *action {
            Action::Load(read) => source.value(read),
            Action::Input(course, column) => {
                program.courses[course as usize].at(column as usize, numbers[0])
            }
            Action::Unary(function, a) => single_value(function, at(a), fused),
            Action::Binary(function, a, b) => function.value(at(a), at(b)),
            Action::Select(condition, yes, no) => {
                if at(condition) != 0.0 {
                    at(yes)
                } else {
                    at(no)
                }
            }
        };
        numbers[*to as usize] = value;
    }
}

#[inline(always)]
fn single_value(function: Unary, x: f64, fused: bool) -> f64 {
    match function {
        Unary::Exp => single::exp(x, fused),
        Unary::Sin => single::sin(x, fused),
        Unary::Cos => single::cos(x, fused),
        Unary::Tanh => single::tanh(x, fused),
        Unary::Logistic => single::logistic(x, fused),
        other => other.value(x),
    }
}

/// An operand over the lanes of a piece.
#[derive(Clone, Copy)]
enum View<'a> {
    Number(f64),
    Lanes(&'a [f64]),
}

/// The part of a vector that a piece reads or writes: registers hold nothing but the piece.
#[inline(always)]
fn window(length: usize, lanes: usize, (begin, end): (usize, usize)) -> std::ops::Range<usize> {
    if length == lanes {
        begin..end
    } else {
        0..end - begin
    }
}

#[inline(always)]
fn piece(
    step: &Step,
    span: (usize, usize),
    lanes: usize,
    program: &Program,
    source: &impl Source,
    scratch: &mut Scratch,
) {
    let Scratch { numbers, vectors } = scratch;
    let (begin, end) = span;
    match step {
        Step::AddUp { to, a } => {
            let sum = match view(*a, span, lanes, program, numbers, vectors) {
                View::Number(value) => value * (end - begin) as f64,
                View::Lanes(values) => total(values),
            };
            numbers[*to as usize] += sum;
        }
        Step::Add { to, a, map } => {
            let mut target = std::mem::take(&mut vectors[*to as usize]);
            let map = &map[begin..end];
            if let View::Lanes(values) = view(*a, span, lanes, program, numbers, vectors) {
                let mut from = 0;
                while from < map.len() {
                    let row = map[from];
                    let same = map[from..]
                        .iter()
                        .take_while(|other| **other == row)
                        .count();
                    target[row as usize] += total(&values[from..from + same]);
                    from += same;
                }
            }
            vectors[*to as usize] = target;
        }
        Step::Load { to, load } => {
            let target = &mut vectors[*to as usize];
            let window = window(target.len(), lanes, span);
            let target = &mut target[window];
            match load {
                Load::Row(first) => source.row(*first, begin, target),
                Load::Runs(runs) => each_run(runs, span, |places, first, stays| {
                    if stays {
                        target[places].fill(source.value(first));
                    } else {
                        source.row(first, 0, &mut target[places]);
                    }
                }),
                Load::List(reads) => {
                    for (value, read) in target.iter_mut().zip(&reads[begin..end]) {
                        *value = source.value(*read);
                    }
                }
            }
        }
        Step::Input {
            to,
            course,
            columns,
        } => {
            let target = &mut vectors[*to as usize];
            let window = window(target.len(), lanes, span);
            let course = &program.courses[*course as usize];
            for (value, column) in target[window].iter_mut().zip(&columns[begin..end]) {
                *value = course.at(*column as usize, numbers[0]);
            }
        }
        Step::Spread { to, from, map } => {
            let mut whole = std::mem::take(&mut vectors[*to as usize]);
            let window = window(whole.len(), lanes, span);
            let from = &vectors[*from as usize];
            for (value, lane) in whole[window].iter_mut().zip(&map[begin..end]) {
                *value = from[*lane as usize];
            }
            vectors[*to as usize] = whole;
        }
        Step::SpreadRuns { to, from, runs } => {
            let mut whole = std::mem::take(&mut vectors[*to as usize]);
            let window = window(whole.len(), lanes, span);
            let target = &mut whole[window];
            let from = &vectors[*from as usize];
            each_run(runs, span, |places, first, stays| {
                let first = first as usize;
                if stays {
                    target[places].fill(from[first]);
                } else {
                    let length = places.len();
                    target[places].copy_from_slice(&from[first..first + length]);
                }
            });
            vectors[*to as usize] = whole;
        }
        Step::Unary { function, to, a } => {
            let mut whole = std::mem::take(&mut vectors[*to as usize]);
            let window = window(whole.len(), lanes, span);
            let a = view(*a, span, lanes, program, numbers, vectors);
            unary(*function, &mut whole[window], a);
            vectors[*to as usize] = whole;
        }
        Step::Binary { function, to, a, b } => {
            let mut whole = std::mem::take(&mut vectors[*to as usize]);
            let window = window(whole.len(), lanes, span);
            let a = view(*a, span, lanes, program, numbers, vectors);
            let b = view(*b, span, lanes, program, numbers, vectors);
            binary(*function, &mut whole[window], a, b);
            vectors[*to as usize] = whole;
        }
        Step::Select {
            to,
            condition,
            yes,
            no,
        } => {
            let mut whole = std::mem::take(&mut vectors[*to as usize]);
            let window = window(whole.len(), lanes, span);
            let [condition, yes, no] = [condition, yes, no]
                .map(|part| view(*part, span, lanes, program, numbers, vectors));
            for (at, value) in whole[window].iter_mut().enumerate() {
                *value = if condition.at(at) != 0.0 {
                    yes.at(at)
                } else {
                    no.at(at)
                };
            }
            vectors[*to as usize] = whole;
        }
    }
}

impl View<'_> {
    #[inline(always)]
    fn at(&self, lane: usize) -> f64 {
        match self {
            Self::Number(value) => *value,
            Self::Lanes(values) => values[lane],
        }
    }
}

#[inline(always)]
fn view<'a>(
    operand: Operand,
    span: (usize, usize),
    lanes: usize,
    program: &'a Program,
    numbers: &[f64],
    vectors: &'a [Vec<f64>],
) -> View<'a> {
    match operand {
        Operand::Number(at) => View::Number(numbers[at as usize]),
        Operand::Table(at) => View::Lanes(&program.tables[at as usize][span.0..span.1]),
        Operand::Vector(at) => {
            let whole = &vectors[at as usize];
            View::Lanes(&whole[window(whole.len(), lanes, span)])
        }
    }
}

/// The sum, always in the same order: eight partial sums, so that additions need not wait for each other.
#[inline(always)]
fn total(values: &[f64]) -> f64 {
    let (rows, rest) = values.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for row in rows {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    let whole = ((a + e) + (c + g)) + ((b + f) + (d + h));
    rest.iter().fold(whole, |sum, value| sum + value)
}

#[inline(always)]
fn each(target: &mut [f64], a: View<'_>, function: impl Fn(f64) -> f64) {
    match a {
        View::Number(x) => target.fill(function(x)),
        View::Lanes(x) => {
            for (value, x) in target.iter_mut().zip(x) {
                *value = function(*x);
            }
        }
    }
}

#[inline(always)]
fn each_pair(target: &mut [f64], a: View<'_>, b: View<'_>, function: impl Fn(f64, f64) -> f64) {
    match (a, b) {
        (View::Lanes(x), View::Lanes(y)) => {
            for (value, (x, y)) in target.iter_mut().zip(x.iter().zip(y)) {
                *value = function(*x, *y);
            }
        }
        (View::Lanes(x), View::Number(y)) => {
            for (value, x) in target.iter_mut().zip(x) {
                *value = function(*x, y);
            }
        }
        (View::Number(x), View::Lanes(y)) => {
            for (value, y) in target.iter_mut().zip(y) {
                *value = function(x, *y);
            }
        }
        (View::Number(x), View::Number(y)) => target.fill(function(x, y)),
    }
}

#[inline(always)]
fn unary(function: Unary, target: &mut [f64], a: View<'_>) {
    let mut whole = |function: fn(&mut [f64])| {
        each(target, a, |x| x);
        function(target);
    };
    match function {
        Unary::Exp => whole(elementary::exp),
        Unary::Sin => whole(elementary::sin),
        Unary::Cos => whole(elementary::cos),
        Unary::Tanh => whole(elementary::tanh),
        Unary::Logistic => whole(elementary::logistic),
        Unary::Minus => each(target, a, |x| -x),
        Unary::Sqrt => each(target, a, f64::sqrt),
        Unary::Abs => each(target, a, f64::abs),
        Unary::Sign => each(target, a, sign),
        // the exponents that formulas have; with the exponent known a power is a few products
        Unary::Power(2) => each(target, a, |x| x * x),
        Unary::Power(3) => each(target, a, |x| whole_power(x, 3)),
        Unary::Power(4) => each(target, a, |x| whole_power(x, 4)),
        Unary::Power(10) => each(target, a, |x| whole_power(x, 10)),
        other => each(target, a, |x| other.value(x)),
    }
}

#[inline(always)]
fn binary(function: Binary, target: &mut [f64], a: View<'_>, b: View<'_>) {
    match function {
        Binary::Add => each_pair(target, a, b, |x, y| x + y),
        Binary::Subtract => each_pair(target, a, b, |x, y| x - y),
        Binary::Multiply => each_pair(target, a, b, |x, y| x * y),
        Binary::Divide => each_pair(target, a, b, |x, y| x / y),
        Binary::Minimum => each_pair(target, a, b, |x, y| Binary::Minimum.value(x, y)),
        Binary::Maximum => each_pair(target, a, b, |x, y| Binary::Maximum.value(x, y)),
        Binary::Less => each_pair(target, a, b, |x, y| Binary::Less.value(x, y)),
        other => each_pair(target, a, b, |x, y| other.value(x, y)),
    }
}
