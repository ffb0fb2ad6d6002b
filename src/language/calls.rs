//! Functions called: those of the language, and those of the system put in place.

use std::collections::HashMap;
use std::ops::Range;

use super::function::{BINARY, Binary, UNARY};
use super::lowering::{Lowered, Lowering, Value, fail};
use super::mistake::Mistake;
use super::scope::Function;
use super::syntax::{Expression, Reference};

/// Function calls that a formula may lead to (chosen: functions of functions double them).
const MOST_CALLS: usize = 1_000_000;

impl Lowering<'_> {
    /// A function of the language; none if there is no such one.
    pub(super) fn built_in(
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
            let words = if several {
                "two or more arguments"
            } else {
                "two arguments"
            };
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
            "if" => count(
                "three arguments: if(condition, value, other value)",
                arguments.len() == 3,
            )
            .and_then(|()| {
                let condition = self.lower(&arguments[0])?;
                let (yes, no) = (self.lower(&arguments[1])?, self.lower(&arguments[2])?);
                let ([condition, yes, no], axes) = self.together([condition, yes, no])?;
                let id = self.graph.select(condition, yes, no);
                Ok(self.value(id, axes))
            }),
            "sum" | "mean" => count("two arguments: sum(j, terms) or sum(j in N, terms)", two)
                .and_then(|()| self.sum(name == "mean", &arguments[0], &arguments[1])),
            "average" => count(
                "three arguments, average(x, from, to), and perhaps a number of parts",
                matches!(arguments.len(), 3 | 4),
            )
            .and_then(|()| self.average(arguments, span)),
            "integral" => count(
                "four arguments, integral(s, formula, from, to), and perhaps a number of parts",
                matches!(arguments.len(), 4 | 5),
            )
            .and_then(|()| self.integral(arguments, span)),
            _ => return None,
        };
        Some(value)
    }

    pub(super) fn call(
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
            let most = MOST_CALLS;
            return fail(&reference.place, Mistake::TooManyCalls { most });
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
