//! The way from text to a [`System`].

use std::collections::HashSet;

use super::equations::Equations;
use super::event::{Compiled, EventText};
use super::event_compiler;
use super::history::{Past, Written};
use super::indices::MOST_LANES;
use super::lowering::Failure;
use super::mistake::{Mistake, Source, TextError, TextErrors, nearest};
use super::scope::{Meaning, Scope, Variable};
use super::system::{Parts, System};
use super::text::{SystemText, head};
use super::token::{Token, tokens};
use super::written::function;

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
        // said behind what is wrong with the equations
        let mut late = Vec::new();
        let history = self.past("history", &self.history, &scope, &mut late);
        let start = self.past("start", &self.start, &scope, &mut late);
        let names = self.equations.iter().filter_map(|(key, _)| head(key).ok());
        for name in names.map(|head| head.name) {
            let name = &name;
            let given = |list: &[Written]| list.iter().any(|written| written.name == *name);
            if !given(&history) && !given(&start) {
                let what = format!("the history of `{name}`");
                let error = ((0..0), Mistake::Missing { what });
                late.push(Source::new("history", name, "").error(error));
            }
        }
        let error = |formula: &Source, failure| self.error(formula, failure);
        let (changing, settings) = self.changing(&scope);
        let past: Vec<f64> = history.iter().flat_map(Written::bends).collect();
        let equations = self.laid_out(&scope, &past, &mut errors);
        errors.append(&mut late);
        let mut events = Vec::new();
        let happening = if self.eventless {
            &[][..]
        } else {
            &self.events
        };
        for event in happening {
            events.extend(event_compiler::compile(event, &scope, &error, &mut errors));
        }
        let observables = self.observed(&scope, &mut errors);
        self.unread(&mut errors);
        if !errors.is_empty() {
            return Err(TextErrors(errors));
        }
        let Equations {
            mut variables,
            mut roots,
            noise,
            mut lowering,
        } = equations;
        let (mut history, mut start) = (history, start);
        for (name, variable) in changing {
            // it keeps its value until an event changes it
            roots.push(lowering.graph.number(0.0));
            variables.push((name, variable));
        }
        history.extend(settings.iter().cloned());
        start.extend(settings);
        let windows = &lowering.windows;
        let longest = if windows.others_vary {
            f64::INFINITY
        } else {
            windows.farthest()
        };
        let corners = lowering.corners.iter().map(|(time, _)| *time);
        let cuts = windows.cuts.iter().flatten().copied();
        let seen = events.iter().flat_map(Compiled::corners);
        let corners = corners.chain(cuts).chain(seen).collect();
        let remembered = events.iter().map(Compiled::longest_lag);
        let remembered = remembered.fold(0.0, f64::max);
        Ok(System::new(Parts {
            events,
            observables,
            neutral: lowering.reads_slopes,
            switches: lowering.switches,
            corners,
            spans: lowering.spans,
            longest,
            remembered,
            noise,
            graph: lowering.graph,
            past: Past::new(&variables, history, start),
            variables,
            roots,
        }))
    }

    /// A failure in a formula or in a function that it calls.
    pub(super) fn error(&self, source: &Source, (function, span, mistake): Failure) -> TextError {
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
        for (key, course) in &self.inputs {
            define("inputs", key, key, Meaning::Input(course.clone()));
        }
        if self.equations.is_empty() {
            let what = "an equation".to_owned();
            values.push(Source::new("equations", "", "").error((0..0, Mistake::Missing { what })));
        }
        errors.extend(values);
        let first = self.variables(&mut scope, errors);
        self.let_change(&mut scope, first);
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

    /// Gives the variables their meaning; how many components they have.
    fn variables(&self, scope: &mut Scope, errors: &mut Vec<TextError>) -> usize {
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
                    return first;
                }
                Ok(length) => first += length,
                Err(error) => errors.push(source.error(error)),
            }
        }
        first
    }

    /// Parameters that no formula reads: most likely a slip, in a formula or in the parameter.
    fn unread(&self, errors: &mut Vec<TextError>) {
        let pairs = [
            &self.equations,
            &self.functions,
            &self.history,
            &self.start,
            &self.observables,
            &self.noise,
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
}
