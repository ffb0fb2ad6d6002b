//! The way from text to a [`System`].

use std::collections::HashSet;

use super::event::EventText;
use super::event_compiler;
use super::graph::Id;
use super::history::{Past, Written};
use super::indices::MOST_LANES;
use super::lowering::{Failure, Lowering, Reads};
use super::mistake::{Mistake, Source, TextError, TextErrors, nearest};
use super::parser::{Parser, parse};
use super::program::Program;
use super::scope::{Function, Meaning, Scope, Variable};
use super::syntax::Expression;
use super::system::{Observables, Parts, System};
use super::text::{Head, SystemText, head};
use super::token::{Token, tokens};

impl SystemText {
    /// Makes programs of all formulas.
    ///
    /// # Errors
    /// All mistakes that are found, each with the formula, its column, and where possible a
    /// suggestion.
    pub fn compile(&self) -> Result<System, TextErrors> {
        let mut errors = Vec::new();
        let scope = self.scope(&mut errors);
        if !errors.is_empty() {
            return Err(TextErrors(errors));
        }
        let mut lowering = Lowering::new(&scope, Reads::All);
        let mut roots: Vec<Id> = Vec::new();
        let mut variables: Vec<(String, Variable)> = Vec::new();
        for (key, formula) in &self.equations {
            let source = Source::new("equations", key, formula);
            let Ok(Head { name, .. }) = head(key) else {
                continue;
            };
            let Some(Meaning::Variable(variable)) = scope.get(&name) else {
                continue;
            };
            let index = variable
                .family
                .as_ref()
                .map(|(length, index)| (index.as_str(), *length));
            let parsed = parse(formula).map_err(|(span, mistake)| (None, span, mistake));
            match parsed.and_then(|parsed| lowering.formula(&parsed, index, &[])) {
                Ok(root) => roots.push(root),
                Err(failure) => errors.push(self.error(&source, failure)),
            }
            variables.push((name, variable.clone()));
        }
        let history = self.past("history", &self.history, &scope, &mut errors);
        let start = self.past("start", &self.start, &scope, &mut errors);
        for (name, _) in &variables {
            let given = |list: &[Written]| list.iter().any(|written| written.name == *name);
            if !given(&history) && !given(&start) {
                let what = format!("the history of `{name}`");
                let error = ((0..0), Mistake::Missing { what });
                errors.push(Source::new("history", name, "").error(error));
            }
        }
        let error = |formula: &Source, failure| self.error(formula, failure);
        let mut events = Vec::new();
        for event in &self.events {
            events.extend(event_compiler::compile(event, &scope, &error, &mut errors));
        }
        let observables = self.observed(&scope, &mut errors);
        self.unread(&mut errors);
        if !errors.is_empty() {
            return Err(TextErrors(errors));
        }
        let Lowering {
            graph,
            switches,
            reads_slopes: neutral,
            ..
        } = lowering;
        Ok(System::new(Parts {
            events,
            observables,
            neutral,
            graph,
            switches,
            past: Past::new(&variables, history, start),
            variables,
            roots,
        }))
    }

    /// A failure in a formula or in a function that it calls.
    fn error(&self, source: &Source, (function, span, mistake): Failure) -> TextError {
        let source = match function.and_then(|number| self.functions.get(number)) {
            Some((key, text)) => Source::new("functions", key, text),
            None => source.clone(),
        };
        source.error((span, mistake))
    }

    /// All names.
    fn scope(&self, errors: &mut Vec<TextError>) -> Scope {
        let mut scope = Scope::default();
        let mut define = |part, key: &str, name: &str, meaning| {
            if let Err(mistake) = scope.define(name, meaning) {
                errors.push(Source::new(part, key, key).error((0..key.len(), mistake)));
            }
        };
        let wrong = |part, key: &str, value: f64, requirement| {
            let what = format!("`{key}`");
            let mistake = Mistake::InvalidValue {
                what,
                value,
                requirement,
            };
            Source::new(part, key, key).error((0..key.len(), mistake))
        };
        let mut values = Vec::new();
        for (key, value) in &self.parameters {
            define("parameters", key, key, Meaning::Parameter(*value));
            if !value.is_finite() {
                values.push(wrong("parameters", key, *value, "finite"));
            }
        }
        for (key, length) in &self.sizes {
            define("sizes", key, key, Meaning::Size(*length));
            if *length == 0 {
                values.push(wrong("sizes", key, 0.0, "at least 1"));
            }
        }
        for (key, data) in &self.data {
            define("data", key, key, Meaning::Data(data.clone()));
            let not_finite = data.values.iter().find(|value| !value.is_finite());
            if let Some(value) = not_finite {
                values.push(wrong("data", key, *value, "finite in every entry"));
            }
        }
        if self.equations.is_empty() {
            let what = "an equation".to_owned();
            values.push(Source::new("equations", "", "").error((0..0, Mistake::Missing { what })));
        }
        errors.extend(values);
        self.variables(&mut scope, errors);
        for (text, (key, formula)) in self.functions.iter().enumerate() {
            let source = Source::new("functions", key, formula);
            match function(formula, text) {
                Err(error) => errors.push(source.error(error)),
                Ok((name, _)) if name != *key => {
                    let what = format!("a function `{key}(...) = ...` under the key `{key}`");
                    let error = (0..formula.len(), Mistake::Missing { what });
                    errors.push(source.error(error));
                }
                Ok((name, function)) => {
                    if let Err(mistake) = scope.define(&name, Meaning::Function(function)) {
                        errors.push(source.error((0..name.len(), mistake)));
                    }
                }
            }
        }
        scope
    }

    fn variables(&self, scope: &mut Scope, errors: &mut Vec<TextError>) {
        let mut first = 0;
        for (key, _) in &self.equations {
            let source = Source::new("equations", key, key);
            let whole = |mistake| (0..key.len(), mistake);
            let defined = head(key).and_then(|head| {
                let family = match &head.index {
                    None => None,
                    Some((index, size)) => {
                        let length = scope.size(index, size.as_deref()).map_err(whole)?;
                        Some((length, index.clone()))
                    }
                };
                let variable = Variable { first, family };
                let length = variable.length();
                let meaning = Meaning::Variable(variable);
                scope.define(&head.name, meaning).map_err(whole)?;
                Ok(length)
            });
            match defined {
                Ok(length) if first + length > MOST_LANES => {
                    let (terms, most) = ((first + length) as f64, MOST_LANES);
                    errors.push(source.error(whole(Mistake::TooMany { terms, most })));
                    return;
                }
                Ok(length) => first += length,
                Err(error) => errors.push(source.error(error)),
            }
        }
    }

    /// Parameters that no formula reads: most likely a slip, in a formula or in the parameter.
    fn unread(&self, errors: &mut Vec<TextError>) {
        let pairs = [
            &self.equations,
            &self.functions,
            &self.history,
            &self.start,
            &self.observables,
        ];
        let formulas = pairs
            .into_iter()
            .flatten()
            .map(|(_, formula)| formula.as_str());
        let events = self.events.iter().flat_map(EventText::formulas);
        let mut names = HashSet::new();
        for formula in formulas.chain(events) {
            for placed in tokens(formula).unwrap_or_default() {
                if let Token::Name(name) = placed.token {
                    names.insert(name);
                }
            }
        }
        let known = || self.parameters.iter().map(|(name, _)| name.as_str());
        for name in known().filter(|name| !names.contains(*name)) {
            let near = nearest(name, known().filter(|other| *other != name));
            let name = name.to_owned();
            let source = Source::new("parameters", &name, &name);
            errors.push(source.error((0..name.len(), Mistake::Unread { name, near })));
        }
    }

    /// What is to be looked at.
    fn observed(&self, scope: &Scope, errors: &mut Vec<TextError>) -> Observables {
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
    fn past(
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
            let whole = |mistake| of_key.error((0..key.len(), mistake));
            let head = match head(key) {
                Ok(head) => head,
                Err(error) => {
                    errors.push(of_key.error(error));
                    continue;
                }
            };
            let name = head.name;
            let Some(Meaning::Variable(variable)) = scope.get(&name) else {
                errors.push(whole(scope.unknown(&name, &[])));
                continue;
            };
            if all.iter().any(|written| written.name == name) {
                let as_what = "given";
                errors.push(whole(Mistake::NameTaken { name, as_what }));
                continue;
            }
            let index = match (&variable.family, &head.index) {
                (Some((length, _)), Some((index, _))) => Some((index.as_str(), *length)),
                (None, Some(_)) => {
                    let (expected, found) = (0, 1);
                    errors.push(whole(Mistake::WrongIndices {
                        name,
                        expected,
                        found,
                    }));
                    continue;
                }
                (_, None) => None,
            };
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

/// A function from its text.
fn function(
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
