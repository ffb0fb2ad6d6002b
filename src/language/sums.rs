//! Sums laid out: over all values of an index, but for those of weight zero.

use super::function::Binary;
use super::indices::Axes;
use super::lowering::{Lowered, Lowering, Value, fail};
use super::mistake::Mistake;
use super::scope::{Meaning, Scope};
use super::syntax::{Expression, Kind};

impl Lowering<'_> {
    pub(super) fn sum(
        &mut self,
        mean: bool,
        over: &Expression,
        body: &Expression,
    ) -> Lowered<Value> {
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
        weights_of(body, self.scope, &mut weights);
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
        let from = if thinned {
            value.axes | all
        } else {
            value.axes
        };
        let to = from & !own;
        let id = self.spread(value, from)?;
        let (source, target) = (self.rows(from)?, self.rows(to)?);
        let map = self.indices.projection(to, from, &mut self.graph);
        let map = map.map_err(|mistake| (None, body.span.clone(), mistake))?;
        let id = self.graph.sum(id, source.space, map, target.space);
        Ok(self.value(id, to))
    }
}

/// The factors of a product that may be constant: vectors, matrices, and functions.
fn weights_of<'e>(expression: &'e Expression, scope: &Scope, into: &mut Vec<&'e Expression>) {
    match &expression.kind {
        Kind::Binary(Binary::Multiply, left, right) => {
            weights_of(left, scope, into);
            weights_of(right, scope, into);
        }
        Kind::Binary(Binary::Divide, left, _) => weights_of(left, scope, into),
        Kind::Minus(inner) => weights_of(inner, scope, into),
        Kind::Reference(reference) => {
            let meaning = scope.get(&reference.name);
            if matches!(meaning, Some(Meaning::Data(_) | Meaning::Function(_))) {
                into.push(expression);
            }
        }
        _ => {}
    }
}
