//! A cycle as a system of equations for the times of its crossings.

use nalgebra::DMatrix;

use super::NotProved;
use super::equation::Equation;
use super::leg::{Felt, Leg, follow};
use crate::analysis::NotCertified;
use crate::numerics::interval::{Evaluation, Interval, System};
use crate::solver::{Engine, RelayField, RelaySolver, RelayState};

/// One crossing of the threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Event {
    pub time: f64,
    pub unit: usize,
    pub up: bool,
}

/// The crossings of one period, in order; the first one is at time 0, where it stays.
///
/// The unknowns are the period, then the times of all crossings but the first. A period begins at the *section*, a fixed
/// time at which nothing happens.
#[derive(Debug)]
pub(super) struct Orbit<'e> {
    pub equation: &'e Equation,
    pub events: Vec<Event>,
    /// The crossings of each neuron, in order.
    pub of_unit: Vec<Vec<usize>>,
    pub section: f64,
    /// Approximately.
    pub period: f64,
}

/// The crossings of a trajectory up to a time.
pub(super) fn crossings<F: RelayField>(
    mut solver: RelaySolver<'_, F>,
    until: f64,
) -> Result<Vec<Event>, NotProved> {
    let mut events = Vec::new();
    let mut signs = solver.snapshot().positive;
    while solver.time() < until {
        solver.advance(until).map_err(NotCertified::Solver)?;
        let now = solver.snapshot().positive;
        for (unit, (before, up)) in signs.iter().zip(&now).enumerate() {
            if before != up {
                let (time, up) = (solver.time(), *up);
                events.push(Event { time, unit, up });
            }
        }
        signs = now;
    }
    Ok(events)
}

/// The ways of a neuron that fires: from the section to its first crossing, from one to the next, and from the last to
/// the next section.
#[derive(Debug)]
pub(super) struct Course {
    pub unit: usize,
    pub legs: Vec<Leg>,
}

/// Everything that happens in one period.
#[derive(Debug)]
pub(super) struct Period {
    pub times: Vec<Interval>,
    pub period: Interval,
    pub felt: Vec<Felt>,
    pub courses: Vec<Course>,
}

impl<'e> Orbit<'e> {
    /// The crossings of the trajectory of `field` from `start` over one `period`.
    pub(super) fn record<F: RelayField>(
        field: &F,
        equation: &'e Equation,
        start: &RelayState,
        period: f64,
    ) -> Result<Self, NotProved> {
        let solver = RelaySolver::resume(field, start, 0.0).map_err(NotCertified::Solver)?;
        let mut events = crossings(solver, period)?;
        let first = events.first().map_or(0.0, |event| event.time);
        events.iter_mut().for_each(|event| event.time -= first);
        let mut of_unit = vec![Vec::new(); equation.units.len()];
        for (number, event) in events.iter().enumerate() {
            of_unit[event.unit].push(number);
        }
        for (unit, own) in of_unit.iter().enumerate() {
            let signs: Vec<bool> = own.iter().map(|event| events[*event].up).collect();
            if signs.len() % 2 == 1 || signs.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(NotProved::NotAlternating { neuron: unit + 1 });
            }
        }
        Ok(Self {
            equation,
            events,
            of_unit,
            section: -first,
            period,
        })
    }

    /// The approximate unknowns.
    pub(super) fn guess(&self) -> Vec<f64> {
        let times = self.events.iter().skip(1).map(|event| event.time);
        std::iter::once(self.period).chain(times).collect()
    }

    /// The begin and the end of the period.
    pub(super) fn span(&self, period: Interval) -> (Interval, Interval) {
        let section = Interval::point(self.section);
        (section, section + period)
    }

    /// All crossings as they are felt in the period that begins at the section, and before.
    fn felt(&self, times: &[Interval], period: Interval) -> Result<Vec<Felt>, NotProved> {
        let mut all = Vec::new();
        let (section, _) = self.span(period);
        for (lag, length) in self.equation.lags.iter().enumerate() {
            // One period more than that of the latest switch which every neuron feels before the section.
            let backs = (length.high() / period.low()).floor().clamp(0.0, 1e4) as usize + 3;
            for (event, time) in times.iter().enumerate() {
                let Event { unit, up, .. } = self.events[event];
                for back in 0..=backs {
                    let shift = period.scaled(back as f64);
                    let time = *time + *length - shift;
                    all.push(Felt {
                        time,
                        event,
                        back,
                        unit,
                        lag,
                        up,
                    });
                    if back == backs && !time.is_before(section) {
                        return Err(NotProved::Coincidence {
                            neuron: unit + 1,
                            time: section,
                            source_neuron: unit + 1,
                            felt: time,
                        });
                    }
                }
            }
        }
        all.sort_by(|a, b| a.time.low().total_cmp(&b.time.low()));
        Ok(all)
    }

    /// Follows every neuron that fires through the period.
    pub(super) fn period(&self, at: &[Interval]) -> Result<Period, NotProved> {
        let period = at[0];
        let mut times = at.to_vec();
        times[0] = Interval::ZERO;
        let felt = self.felt(&times, period)?;
        let (begin, end) = self.span(period);
        let mut courses = Vec::new();
        for (unit, own) in self.of_unit.iter().enumerate() {
            if own.is_empty() {
                continue;
            }
            let walk = |span, from| follow(self.equation, unit, span, from, &felt);
            let mut legs = Vec::with_capacity(own.len() + 1);
            for pair in own.windows(2) {
                legs.push(walk((times[pair[0]], times[pair[1]]), Interval::ZERO)?);
            }
            let last = walk((times[own[own.len() - 1]], end), Interval::ZERO)?;
            let first = walk((begin, times[own[0]]), last.end)?;
            legs.insert(0, first);
            legs.push(last);
            courses.push(Course { unit, legs });
        }
        Ok(Period {
            times,
            period,
            felt,
            courses,
        })
    }
}

impl System for Orbit<'_> {
    type Failure = NotProved;

    fn evaluate(&self, at: &[Interval]) -> Result<Evaluation, NotProved> {
        let found = self.period(at)?;
        let size = at.len();
        let mut values = vec![Interval::ZERO; size];
        let mut derivative = DMatrix::from_element(size, size, Interval::ZERO);
        for Course { unit, legs } in &found.courses {
            let own = &self.of_unit[*unit];
            let last = &legs[own.len()];
            for (place, event) in own.iter().enumerate() {
                let leg = &legs[place];
                values[*event] = leg.end;
                let mut add = |unknown: usize, value: Interval| {
                    derivative[(*event, unknown)] += value;
                };
                let mut by_time = |event: usize, back: usize, value: Interval| {
                    // The first crossing stays where it is: its column is that of the period.
                    if event > 0 {
                        add(event, value);
                    }
                    if back > 0 {
                        add(0, -value.scaled(back as f64));
                    }
                };
                by_time(*event, 0, leg.end_slope);
                for (event, back, shift) in &leg.shifts {
                    by_time(*event, *back, *shift);
                }
                if place > 0 {
                    by_time(own[place - 1], 0, -leg.start_slope * leg.decay);
                    continue;
                }
                // Through the section from the last crossing of the period before.
                let carried = leg.decay;
                by_time(
                    own[own.len() - 1],
                    0,
                    -last.start_slope * last.decay * carried,
                );
                for (event, back, shift) in &last.shifts {
                    by_time(*event, *back, *shift * carried);
                }
                add(0, last.end_slope * carried);
            }
        }
        Ok((values, derivative))
    }
}
