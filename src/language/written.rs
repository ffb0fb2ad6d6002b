//! Formulas beside the equations: observables, the past of variables, functions.

use super::history::Written;
use super::lowering::{Lowering, Reads};
use super::mistake::{Mistake, Source, TextError};
use super::parser::{Parser, parse};
use super::program::Program;
use super::scope::{Function, Meaning, Scope, Variable};
use super::syntax::Expression;
use super::system::Observables;
use super::text::{SystemText, head};

impl SystemText {
    /// What is to be looked at.
    pub(super) fn observed(&self, scope: &Scope, errors: &mut Vec<TextError>) -> Observables {
        let mut lowering = Lowering::new(scope, Reads::Present);
        let (mut names, mut roots) = (Vec::new(), Vec::new());
        for (key, formula) in &self.observables {
            let of_key = Source::new("observables", key, key);
            let length = |index: &(String, Option<String>)| {
                let length = scope.size(&index.0, index.1.as_deref());
                length.map_err(|mistake| (0..key.len(), mistake))
            };
            let found = head(key).and_then(|head| match &head.index {
                Some(index) => Ok((head.name.clone(), Some((index.0.clone(), length(index)?)))),
                None => Ok((head.name, None)),
            });
            let (name, index) = match found {
                Ok(found) => found,
                Err(error) => {
                    errors.push(of_key.error(error));
                    continue;
                }
            };
            let named = index
                .as_ref()
                .map(|(index, length)| (index.as_str(), *length));
            let parsed = parse(formula).map_err(|(span, mistake)| (None, span, mistake));
            match parsed.and_then(|parsed| lowering.formula(&parsed, named, &[])) {
                Ok(root) => roots.push(root),
                Err(failure) => {
                    errors.push(self.error(&Source::new("observables", key, formula), failure));
                }
            }
            names.push((name, index.map(|(_, length)| length)));
        }
        Observables {
            program: Program::new(&lowering.graph, &roots),
            names,
        }
    }

    /// Formulas of time for variables.
    pub(super) fn past(
        &self,
        part: &'static str,
        list: &[(String, String)],
        scope: &Scope,
        errors: &mut Vec<TextError>,
    ) -> Vec<Written> {
        let mut all: Vec<Written> = Vec::new();
        for (key, formula) in list {
            let source = Source::new(part, key, formula);
            let of_key = Source::new(part, key, key);
            let given = all.iter().map(|written| written.first);
            let Some(named) = of_variable(&of_key, scope, given, errors) else {
                continue;
            };
            let (name, variable, index) = (named.name, named.variable, named.index.as_ref());
            let index = index.map(|(index, length)| (index.as_str(), *length));
            let mut lowering = Lowering::new(scope, Reads::Time(part));
            let parsed = parse(formula).map_err(|(span, mistake)| (None, span, mistake));
            match parsed.and_then(|parsed| lowering.formula(&parsed, index, &[])) {
                Err(failure) => errors.push(self.error(&source, failure)),
                Ok(root) => all.push(Written {
                    name,
                    first: variable.first,
                    length: variable.length(),
                    graph: lowering.graph,
                    switches: lowering.switches,
                    root,
                }),
            }
        }
        all
    }
}

/// A variable that a key names.
pub(super) struct Named<'s> {
    pub(super) name: String,
    pub(super) variable: &'s Variable,
    /// Name of the index and size of a family.
    pub(super) index: Option<(String, usize)>,
}

/// The variable that a key names; `given` are the first components of those that have been named before. A mistake goes into `errors`.
pub(super) fn of_variable<'s>(
    key: &Source,
    scope: &'s Scope,
    mut given: impl Iterator<Item = usize>,
    errors: &mut Vec<TextError>,
) -> Option<Named<'s>> {
    let whole = |mistake| key.error((0..key.text.len(), mistake));
    let head = head(&key.text)
        .map_err(|error| errors.push(key.error(error)))
        .ok()?;
    let name = head.name;
    let Some(Meaning::Variable(variable)) = scope.get(&name) else {
        errors.push(whole(scope.unknown(&name, &[])));
        return None;
    };
    if given.any(|first| first == variable.first) {
        let as_what = "given";
        errors.push(whole(Mistake::NameTaken { name, as_what }));
        return None;
    }
    let index = match (&variable.family, head.index) {
        (Some((length, _)), Some((index, _))) => Some((index, *length)),
        (None, Some(_)) => {
            let (expected, found) = (0, 1);
            errors.push(whole(Mistake::WrongIndices {
                name,
                expected,
                found,
            }));
            return None;
        }
        (_, None) => None,
    };
    Some(Named {
        name,
        variable,
        index,
    })
}

/// A function from its text.
pub(super) fn function(
    text: &str,
    number: usize,
) -> Result<(String, Function), (std::ops::Range<usize>, Mistake)> {
    let bad = || {
        let expected = "a function";
        let example = "S(x) = 1/(1 + exp(-x))";
        (0..text.len(), Mistake::BadHead { expected, example })
    };
    let mut parser = Parser::new(text)?;
    let (name, _) = parser.name().ok_or_else(bad)?;
    if !parser.accept("(") {
        return Err(bad());
    }
    let mut arguments = Vec::new();
    while let Some((argument, span)) = parser.name() {
        if super::function::is_reserved(&argument) || arguments.contains(&argument) {
            let as_what = if arguments.contains(&argument) {
                "an argument"
            } else {
                "part of the language"
            };
            let name = argument;
            return Err((span, Mistake::NameTaken { name, as_what }));
        }
        arguments.push(argument);
        if !parser.accept(",") {
            break;
        }
    }
    if !parser.accept(")") || !parser.accept("=") {
        return Err(bad());
    }
    let body: Expression = parser.expression()?;
    parser.end()?;
    let function = Function {
        arguments,
        body,
        text: number,
    };
    Ok((name, function))
}
