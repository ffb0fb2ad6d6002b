//! All trajectories from a box of cues, crossing by crossing.

use super::NotProved;
use super::equation::Equation;
use super::leg::{Felt, Leg, follow, follow_pulses};
use super::orbit::Event;
use super::shifts::{Begin, Known, check, known};
use crate::numerics::interval::Interval;

/// Widths that are tried around a crossing, each twice the one before (chosen).
const TRIES: usize = 6;

/// One crossing of all trajectories.
#[derive(Debug, Clone)]
pub(super) struct Crossing {
    pub time: Interval,
    /// Its shift as a linear function of the levels at the beginning.
    pub shift: Known,
}

/// What all trajectories that begin in a box do.
pub(super) struct Flow<'e> {
    equation: &'e Equation,
    felt: Vec<Felt>,
    pub crossings: Vec<Crossing>,
    /// Why no more crossings are known.
    pub failure: Option<NotProved>,
}

impl<'e> Flow<'e> {
    /// Follows the constant histories whose levels lie within `widths` around `centre`, as long as they are seen to cross as `events`
    /// do; `middle` is the flow from the centre alone, where that is known.
    pub fn along(
        equation: &'e Equation,
        (centre, widths): (&[f64], &[Interval]),
        events: &[Event],
        middle: Option<&[Crossing]>,
    ) -> Self {
        let mut flow = Self {
            equation,
            felt: Vec::new(),
            crossings: Vec::with_capacity(events.len()),
            failure: None,
        };
        let mut last: Vec<Option<usize>> = vec![None; centre.len()];
        let mut latest = f64::NEG_INFINITY;
        for (number, event) in events.iter().enumerate() {
            let level = Interval::point(centre[event.unit]) + widths[event.unit];
            let before = last[event.unit];
            let known = middle.map(|middle| middle.get(number));
            let crossed = match known {
                Some(None) => break,
                Some(Some(middle)) => flow.next(*event, before, level, (Some(middle), widths)),
                None => flow.next(*event, before, level, (None, widths)),
            };
            let felt = crossed.and_then(|crossing| {
                latest = crossing.time.high().max(latest);
                flow.feel(number, *event, crossing.time, latest)?;
                flow.crossings.push(crossing);
                Ok(())
            });
            if let Err(failure) = felt {
                flow.failure = Some(failure);
                break;
            }
            last[event.unit] = Some(number);
        }
        flow
    }

    /// The next crossing of a neuron after its last one, or from its level at the beginning.
    fn next(
        &self,
        event: Event,
        before: Option<usize>,
        level: Interval,
        (middle, widths): (Option<&Crossing>, &[Interval]),
    ) -> Result<Crossing, NotProved> {
        let unit = event.unit;
        let before = before.map(|before| &self.crossings[before]);
        let (start, from) = match before {
            Some(before) => (before.time, Interval::ZERO),
            None => (Interval::ZERO, level),
        };
        if before.is_none() && !level.is_negative() {
            let neuron = unit + 1;
            return Err(NotProved::Threshold { neuron, level });
        }
        let guess = middle.map_or(event.time, |middle| middle.time.middle());
        let (mut time, leg) = self.crossing(unit, (start, guess), from)?;
        check(&leg, !event.up, before.is_some(), (unit, time))?;
        let begin = match before {
            Some(before) => Begin::Crossing(&before.shift),
            None => Begin::Level(unit),
        };
        let name = (self.crossings.len(), widths.len());
        let shift = known(&leg, begin, name, |event, _| &self.crossings[event].shift);
        if let Some(middle) = middle {
            let moved = shift.row.iter().zip(widths);
            let moved = moved.fold(middle.time, |sum, (by, width)| sum + *by * *width);
            time = time.meet(moved);
        }
        Ok(Crossing { time, shift })
    }

    /// A crossing is felt through both lags, after all crossings so far: they were followed without it.
    fn feel(
        &mut self,
        event: usize,
        Event { unit, up, .. }: Event,
        time: Interval,
        latest: f64,
    ) -> Result<(), NotProved> {
        for (lag, length) in self.equation.lags.iter().enumerate() {
            let felt = Felt {
                time: time + *length,
                event,
                back: 0,
                unit,
                lag,
                up,
            };
            if felt.time.low() <= latest {
                return Err(NotProved::Coincidence {
                    neuron: unit + 1,
                    time: Interval::point(latest),
                    source_neuron: unit + 1,
                    felt: felt.time,
                });
            }
            let place = self
                .felt
                .partition_point(|other| other.time.low() <= felt.time.low());
            self.felt.insert(place, felt);
        }
        Ok(())
    }

    /// The time near `guess` at which a neuron that starts `from` a level is at the threshold, by the interval Newton method.
    fn crossing(
        &self,
        unit: usize,
        (start, guess): (Interval, f64),
        from: Interval,
    ) -> Result<(Interval, Leg), NotProved> {
        let at = |end| follow_pulses(self.equation, unit, (start, end), from, &self.felt);
        let near = at(Interval::point(guess))?;
        let mut radius = 1.5 * (near.end / near.end_slope).magnitude() + f64::EPSILON * guess.abs();
        for _ in 0..TRIES {
            if !radius.is_finite() {
                break;
            }
            let tried = Interval::around(guess, radius);
            let slope = at(tried)?.end_slope;
            let found = Interval::point(guess) - near.end / slope;
            if found.is_inside(tried) {
                return Ok((found, at(found)?));
            }
            radius *= 2.0;
        }
        Err(NotProved::TooWide {
            neuron: unit + 1,
            width: 2.0 * radius,
        })
    }

    /// The highest level of a neuron that never crosses, and its level at `end`.
    pub fn silent(
        &self,
        unit: usize,
        from: Interval,
        end: Interval,
    ) -> Result<(Interval, Interval), NotProved> {
        let leg = follow(self.equation, unit, (Interval::ZERO, end), from, &self.felt)?;
        let highest = leg.highest.map_or(from, |level| level.hull(from));
        Ok((highest.hull(leg.end), leg.end))
    }
}
