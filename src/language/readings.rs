//! What formulas read: vectors, matrices, and variables now and then.

use super::function::Binary;
use super::graph::{Id, Node, Read, Space, When};
use super::indices::Axes;
use super::lowering::{Lowered, Lowering, Reads, Value, fail};
use super::mistake::Mistake;
use super::scope::{Data, Variable};
use super::syntax::{Expression, Kind, Reference};

/// When a variable is read.
enum Moment {
    Present,
    Lag(Value),
    At(Value),
}

impl Lowering<'_> {
    /// The values of an index for the lanes of `axes`.
    pub(super) fn index_numbers(
        &mut self,
        name: &str,
        index: &Expression,
        length: usize,
    ) -> Lowered<(Vec<u32>, Axes)> {
        let value = self.lower(index)?;
        let Some(numbers) = self.graph.numbers(value.id) else {
            return fail(&index.span, Mistake::VaryingIndex);
        };
        let wrong =
            |index: &&f64| !(index.fract() == 0.0 && **index >= 0.0 && **index < length as f64);
        if let Some(wrong) = numbers.iter().find(wrong) {
            let mistake = Mistake::IndexOutOfRange {
                name: name.to_owned(),
                index: *wrong,
                length,
            };
            return fail(&index.span, mistake);
        }
        Ok((
            numbers.iter().map(|index| *index as u32).collect(),
            value.axes,
        ))
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

    pub(super) fn data(&mut self, data: &Data, reference: &Reference) -> Lowered<Value> {
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
            let stride = Value {
                id: stride,
                axes: 0,
            };
            place = self.binary(Binary::Multiply, place, stride)?;
            place = self.binary(Binary::Add, place, index)?;
        }
        let axes = place.axes;
        let places = self.lanes_of(place, axes)?.unwrap_or_default();
        let values = places
            .iter()
            .map(|place| data.values[*place as usize])
            .collect();
        let space = self.rows(axes)?.space;
        let id = self.graph.table(values, space);
        Ok(self.value(id, axes))
    }

    pub(super) fn variable(
        &mut self,
        variable: &Variable,
        reference: &Reference,
    ) -> Lowered<Value> {
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
            if self.reads != Reads::All || self.windows.point.is_some() {
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
                let own = self.graph.space_of(id) != Space::SCALAR;
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
        if self.windows.point.is_none() && !self.windows.lags.contains(&lag) {
            self.windows.lags.push(lag);
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

    /// The lag of a time `t - constant`, positive or not; none of any other time.
    pub(super) fn constant_lag(&mut self, time: &Expression) -> Lowered<Option<Value>> {
        let (mut count, mut rest) = (0, Vec::new());
        time_and_rest(time, false, &mut count, &mut rest);
        if count != 1 {
            return Ok(None);
        }
        let zero = self.graph.number(0.0);
        let mut lag = Value { id: zero, axes: 0 };
        for (negative, part) in &rest {
            let part = self.lower(part)?;
            let sign = if *negative {
                Binary::Add
            } else {
                Binary::Subtract
            };
            lag = self.binary(sign, lag, part)?;
        }
        let Some(lags) = self.graph.numbers(lag.id) else {
            return Ok(None);
        };
        match lags.iter().copied().find(|lag| !lag.is_finite()) {
            Some(lag) => fail(&time.span, Mistake::LagNotFinite { lag }),
            None => Ok(Some(lag)),
        }
    }

    /// The time at which a variable is read.
    fn moment(&mut self, time: &Expression) -> Lowered<Moment> {
        if time.as_name() == Some("t") {
            return Ok(Moment::Present);
        }
        if let Some(lag) = self.constant_lag(time)? {
            let lags = self.graph.numbers(lag.id).unwrap_or_default();
            if let Some(lag) = lags.iter().copied().find(|lag| *lag < 0.0) {
                return fail(&time.span, Mistake::NegativeLag { lag });
            }
            return Ok(Moment::Lag(lag));
        }
        let value = self.lower(time)?;
        if let Some(point) = self.windows.point {
            if value.id != point {
                return fail(&time.span, Mistake::WindowReading);
            }
            // a point of a window without cuts
            if let Node::Binary(Binary::Subtract, _, id) = self.graph.node(value.id)
                && self.windows.cuts.is_none()
            {
                let axes = value.axes;
                return Ok(Moment::Lag(self.value(id, axes)));
            }
        } else {
            self.windows.others_vary = true;
        }
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
