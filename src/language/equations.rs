//! The equations themselves, laid out: windows cut where the solution bends, parameters that events change, noise.

use super::graph::Id;
use super::history::{Written, moments};
use super::lowering::{Lowering, Reads};
use super::mistake::{Mistake, Source, TextError};
use super::noise::Written as WrittenNoise;
use super::parser::parse;
use super::scope::{Meaning, Scope, Variable};
use super::text::{Head, SystemText, head};

/// Equations as values.
pub(super) struct Equations<'s> {
    pub(super) variables: Vec<(String, Variable)>,
    pub(super) roots: Vec<Id>,
    pub(super) noise: Vec<WrittenNoise>,
    pub(super) lowering: Lowering<'s>,
}

impl SystemText {
    /// Lays out all equations and noises; `past` are the times at which the history bends.
    pub(super) fn laid_out<'s>(
        &self,
        scope: &'s Scope,
        past: &[f64],
        errors: &mut Vec<TextError>,
    ) -> Equations<'s> {
        let before = errors.len();
        let plain = self.lowered(scope, None, errors);
        let windowed = !plain.lowering.windows.edges.is_empty();
        if self.whole_windows || !windowed || errors.len() > before {
            return plain;
        }
        let source = self.first_window();
        let mut wrong = |mistake| errors.push(source.error((0..source.text.len(), mistake)));
        let lowering = &plain.lowering;
        if let Some(what) = self.unforeseen(lowering) {
            wrong(Mistake::WindowOfBends { what });
            return plain;
        }
        let first = u32::from(self.start.is_empty());
        let begin = std::iter::once((self.begin, first));
        let past = past.iter().map(|time| (*time, 0));
        let switches = lowering.switches.iter();
        let times = switches.filter_map(|id| moments(&lowering.graph, *id));
        let times = times.flatten().map(|time| (time, 1));
        let corners = lowering.corners.iter();
        let corners = corners.map(|(time, jumps)| (*time, if *jumps { 1 } else { 2 }));
        let origins: Vec<(f64, u32)> = begin.chain(past).chain(times).chain(corners).collect();
        match lowering.windows.bends(&origins) {
            Ok(cuts) => self.lowered(scope, Some(cuts), errors),
            Err((times, most)) => {
                wrong(Mistake::TooManyBends { times, most });
                plain
            }
        }
    }

    /// Why the solution bends at times that are not known before.
    fn unforeseen(&self, lowering: &Lowering<'_>) -> Option<&'static str> {
        let graph = &lowering.graph;
        let unknown = |id: &Id| moments(graph, *id).is_none();
        if lowering.switches.iter().any(unknown) {
            return Some("a formula bends with the state");
        }
        if lowering.windows.others_vary {
            return Some("a delayed time varies");
        }
        if lowering.reads_slopes {
            return Some("slopes are delayed");
        }
        let acts = |event: &super::EventText| !event.set.is_empty() || !event.emit.is_empty();
        let acting = self.events.iter().any(acts);
        acting.then_some("events change the state")
    }

    /// The first equation that holds a window.
    fn first_window(&self) -> Source {
        let holds = |text: &str| text.contains("average") || text.contains("integral");
        let found = self.equations.iter().find(|(_, formula)| holds(formula));
        let found = found.or(self.equations.first());
        found.map_or_else(
            || Source::new("equations", "", ""),
            |(key, formula)| Source::new("equations", key, formula),
        )
    }

    fn lowered<'s>(
        &self,
        scope: &'s Scope,
        cuts: Option<Vec<f64>>,
        errors: &mut Vec<TextError>,
    ) -> Equations<'s> {
        let mut lowering = Lowering::new(scope, Reads::All);
        lowering.windows.cuts = cuts;
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
            let family = variable.family.as_ref();
            let index = family.map(|(length, index)| (index.as_str(), *length));
            let parsed = parse(formula).map_err(|(span, mistake)| (None, span, mistake));
            match parsed.and_then(|parsed| lowering.formula(&parsed, index, &[])) {
                Ok(root) => roots.push(root),
                Err(failure) => errors.push(self.error(&source, failure)),
            }
            variables.push((name, variable.clone()));
        }
        let noise = self.noises(&mut lowering, errors);
        Equations {
            variables,
            roots,
            noise,
            lowering,
        }
    }

    /// Names of the parameters that events change.
    fn changed(&self) -> impl Iterator<Item = &str> {
        let events = self.events.iter().filter(|_| !self.eventless);
        let targets: Vec<&str> = events
            .flat_map(|event| event.set.iter().map(|(target, _)| target.trim()))
            .collect();
        let names = self.parameters.iter().map(|(name, _)| name.as_str());
        names.filter(move |name| targets.contains(name))
    }

    /// Makes components of the parameters that events change, from number `first` on.
    pub(super) fn let_change(&self, scope: &mut Scope, first: usize) {
        let mut component = first;
        for name in self.changed() {
            component += usize::from(scope.let_change(name, component));
        }
    }

    /// The parameters that events change, and their values before.
    pub(super) fn changing(&self, scope: &Scope) -> (Vec<(String, Variable)>, Vec<Written>) {
        let (mut variables, mut values) = (Vec::new(), Vec::new());
        for name in self.changed() {
            if let Some(Meaning::Changing(value, variable)) = scope.get(name) {
                values.push(Written::constant(name, variable.first, *value));
                variables.push((name.to_owned(), variable.clone()));
            }
        }
        (variables, values)
    }
}
