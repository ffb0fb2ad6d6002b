//! Events made ready, one for every value of their index.

use super::event::{Compiled, Effects, EventText, Reader, Trigger};
use super::function::Binary;
use super::graph::{Graph, Id};
use super::lowering::{Failure, Lowering, Reads};
use super::mistake::{Mistake, Source as Formula, TextError, nearest};
use super::parser::{Parser, parse};
use super::scope::{Meaning, Scope};
use super::syntax::{Expression, Kind, Reference};
use super::text::{Head, head};
use crate::solver::Direction;

/// A failure and the formula that it is in.
type Wrong = Box<(Formula, Failure)>;

/// Values of the index of an event (chosen: every one is asked along every step).
const MOST_EVENTS: usize = 10_000;

/// Makes an event ready for every value of its index.
pub(super) fn compile(
    event: &EventText,
    scope: &Scope,
    error: &dyn Fn(&Formula, Failure) -> TextError,
    errors: &mut Vec<TextError>,
) -> Vec<Compiled> {
    let of_key = Formula::new("events", &event.name, &event.name);
    let whole = |mistake| of_key.error((0..event.name.len(), mistake));
    let Head { name, index } = match head(&event.name) {
        Ok(head) => head,
        Err(found) => {
            errors.push(of_key.error(found));
            return Vec::new();
        }
    };
    let members: Vec<Option<(String, usize)>> = match index {
        None => vec![None],
        Some((index, size)) => match scope.size(&index, size.as_deref()) {
            Ok(length) if length > MOST_EVENTS => {
                let (terms, most) = (length as f64, MOST_EVENTS);
                errors.push(whole(Mistake::TooMany { terms, most }));
                return Vec::new();
            }
            Ok(length) => (0..length).map(|at| Some((index.clone(), at))).collect(),
            Err(mistake) => {
                errors.push(whole(mistake));
                return Vec::new();
            }
        },
    };
    let mut all = Vec::new();
    for member in members {
        let made = Maker {
            event,
            scope,
            fixed: member.iter().cloned().collect(),
        }
        .make(&name);
        match made {
            Ok(compiled) => all.push(compiled),
            Err(wrong) => {
                let (formula, failure) = *wrong;
                // the same again for the other members
                errors.push(error(&formula, failure));
                break;
            }
        }
    }
    all
}

/// One event being made.
struct Maker<'a> {
    event: &'a EventText,
    scope: &'a Scope,
    fixed: Vec<(String, usize)>,
}

impl Maker<'_> {
    fn make(&self, name: &str) -> Result<Compiled, Wrong> {
        let name = match self.fixed.first() {
            Some((_, at)) => format!("{name}[{at}]"),
            None => name.to_owned(),
        };
        let condition = match &self.event.trigger {
            Trigger::Condition(text) => {
                let formula = Formula::new("events.when", &self.event.name, text);
                Some(
                    self.condition(text)
                        .map_err(|failure| Box::new((formula, failure)))?,
                )
            }
            _ => None,
        };
        Ok(Compiled {
            name,
            trigger: self.event.trigger.clone(),
            condition,
            effects: self.effects()?,
            refractory: self.event.refractory,
            stop_after: self.event.stop_after,
        })
    }

    fn condition(&self, text: &str) -> Result<(Reader, Direction), Failure> {
        let plain = |(span, mistake)| (None, span, mistake);
        let mut parser = Parser::new(text).map_err(plain)?;
        let left = parser.expression().map_err(plain)?;
        let span = left.span.clone();
        let subtract = |a, b| Expression {
            kind: Kind::Binary(Binary::Subtract, a, b),
            span: span.clone(),
        };
        let (function, mut direction, is_equation) = match left.kind {
            Kind::Binary(Binary::Equal, a, b) => (subtract(a, b), Direction::Either, true),
            // true where the second is larger
            Kind::Binary(Binary::Less | Binary::LessOrEqual, a, b) => {
                (subtract(b, a), Direction::Rising, false)
            }
            _ if parser.accept("=") => {
                let right = parser.expression().map_err(plain)?;
                let difference = subtract(Box::new(left), Box::new(right));
                (difference, Direction::Either, true)
            }
            _ => (left, Direction::Either, false),
        };
        if let Some((word, span)) = parser.name() {
            direction = match word.as_str() {
                "rising" => Direction::Rising,
                "falling" => Direction::Falling,
                "crossing" => Direction::Either,
                _ => {
                    let near = nearest(&word, ["rising", "falling", "crossing"].into_iter());
                    return Err((None, span, Mistake::UnknownDirection { word, near }));
                }
            };
        }
        parser.end().map_err(plain)?;
        let mut lowering = Lowering::new(self.scope, Reads::NoSlopes);
        let mut root = lowering.formula(&function, None, &self.fixed)?;
        constant_lags(&lowering.graph, &function)?;
        if direction == Direction::Rising && is_equation && lowering.graph.is_stepwise(root) {
            // it may stand at zero, which counts as negative, for long
            let zero = lowering.graph.number(0.0);
            root = lowering.graph.binary(Binary::LessOrEqual, zero, root);
        }
        let reader = Reader::new(&lowering.graph, &[root]).cornered(&lowering);
        Ok((reader, direction))
    }

    fn effects(&self) -> Result<Option<Effects>, Wrong> {
        if self.event.set.is_empty() && self.event.emit.is_empty() {
            return Ok(None);
        }
        let mut lowering = Lowering::new(self.scope, Reads::NoSlopes);
        let (mut targets, mut pulses, mut roots) = (Vec::new(), Vec::new(), Vec::new());
        for (target, text) in &self.event.set {
            let at = |text: &str| Formula::new("events.set", &self.event.name, text);
            let found = self.target(&mut lowering, target);
            let (components, _) = found.map_err(|failure| Box::new((at(target), failure)))?;
            targets.push(components[0]);
            let root = self.value(&mut lowering, text, None);
            roots.push(root.map_err(|failure| Box::new((at(text), failure)))?);
        }
        for [target, after, change] in &self.event.emit {
            let at = |text: &str| Formula::new("events.emit", &self.event.name, text);
            let found = self.target(&mut lowering, target);
            let (components, index) = found.map_err(|failure| Box::new((at(target), failure)))?;
            let index = index.as_deref().map(|index| (index, components.len()));
            let mut later = |text: &str| {
                let root = self.value(&mut lowering, text, index);
                root.map_err(|failure| Box::new((at(text), failure)))
            };
            let (time, change) = (later(after)?, later(change)?);
            let known = lowering.graph.numbers(time);
            let wrong = |time: &&f64| !(**time >= 0.0 && time.is_finite());
            if let Some(value) = known.as_deref().unwrap_or_default().iter().find(wrong) {
                let mistake = Mistake::InvalidValue {
                    what: "the time after which the pulse lands".into(),
                    value: *value,
                    requirement: "finite and not negative",
                };
                return Err(Box::new((at(after), (None, 0..after.len(), mistake))));
            }
            roots.extend([time, change]);
            let sent = roots
                .last()
                .and_then(|change| lowering.graph.numbers(*change));
            let sends = |lane: usize| {
                let change = sent.as_ref().map(|sent| sent[lane.min(sent.len() - 1)]);
                change != Some(0.0)
            };
            let lanes = (0..components.len()).filter(|lane| sends(*lane));
            pulses.push(lanes.map(|lane| (components[lane], lane)).collect());
        }
        Ok(Some(Effects {
            reader: Reader::new(&lowering.graph, &roots),
            targets,
            pulses,
        }))
    }

    fn value(
        &self,
        lowering: &mut Lowering<'_>,
        text: &str,
        index: Option<(&str, usize)>,
    ) -> Result<Id, Failure> {
        let parsed = parse(text).map_err(|(span, mistake)| (None, span, mistake))?;
        let root = lowering.formula(&parsed, index, &self.fixed)?;
        constant_lags(&lowering.graph, &parsed)?;
        Ok(root)
    }

    /// The components that a target names, and the index that runs over them.
    fn target(
        &self,
        lowering: &mut Lowering<'_>,
        text: &str,
    ) -> Result<(Vec<usize>, Option<String>), Failure> {
        let parsed = parse(text).map_err(|(span, mistake)| (None, span, mistake))?;
        let bad = || {
            let (expected, example) = ("a component of the state", "V[j]");
            (None, 0..text.len(), Mistake::BadHead { expected, example })
        };
        let Kind::Reference(Reference { name, indices, .. }) = &parsed.kind else {
            return Err(bad());
        };
        let Some(Meaning::Variable(variable) | Meaning::Changing(_, variable)) =
            self.scope.get(name)
        else {
            return Err((None, parsed.span.clone(), self.scope.unknown(name, &[])));
        };
        let length = variable.length();
        match (&indices[..], variable.family.is_some()) {
            ([], false) => Ok((vec![variable.first], None)),
            ([index], true) => {
                let open = |index: &&str| {
                    let fixed = self.fixed.iter().any(|(name, _)| name == index);
                    !fixed && self.scope.get(index).is_none()
                };
                if let Some(index) = index.as_name().filter(open) {
                    let all = variable.first..variable.first + length;
                    return Ok((all.collect(), Some(index.to_owned())));
                }
                let root = lowering.formula(index, None, &self.fixed)?;
                let fits = |at: &f64| at.fract() == 0.0 && *at >= 0.0 && *at < length as f64;
                match lowering.graph.as_number(root) {
                    Some(at) if fits(&at) => Ok((vec![variable.first + at as usize], None)),
                    Some(value) => {
                        let name = name.clone();
                        let mistake = Mistake::IndexOutOfRange {
                            name,
                            index: value,
                            length,
                        };
                        Err((None, index.span.clone(), mistake))
                    }
                    None => Err((None, index.span.clone(), Mistake::VaryingIndex)),
                }
            }
            (found, family) => {
                let mistake = Mistake::WrongIndices {
                    name: name.clone(),
                    expected: usize::from(family),
                    found: found.len(),
                };
                Err((None, parsed.span.clone(), mistake))
            }
        }
    }
}

/// Refuses delayed times that vary: the past of an event is read at constant lags.
fn constant_lags(graph: &Graph, formula: &Expression) -> Result<(), Failure> {
    if graph.varying.is_empty() {
        return Ok(());
    }
    Err((None, formula.span.clone(), Mistake::VaryingLagInEvent))
}
