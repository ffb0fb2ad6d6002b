//! The way of one neuron between two times, over all switches that it feels meanwhile.

use super::NotProved;
use super::equation::{Equation, Unit};
use super::walk::Walk;
use crate::numerics::interval::Interval;

/// A crossing as it is felt through a lag.
#[derive(Debug, Clone, Copy)]
pub(super) struct Felt {
    pub time: Interval,
    /// The crossing, and how many periods ago.
    pub event: usize,
    pub back: usize,
    /// Whose it is.
    pub unit: usize,
    pub lag: usize,
    pub up: bool,
}

/// What is known at the end of the way.
#[derive(Debug, Clone)]
pub(super) struct Leg {
    /// Level at the end.
    pub end: Interval,
    /// Slopes at the beginning and at the end.
    pub start_slope: Interval,
    pub end_slope: Interval,
    /// Slope at the end if it is on the threshold there.
    pub crossing_slope: Interval,
    /// Derivative of `end` by the level at the beginning.
    pub decay: Interval,
    /// Derivatives of `end` by the time of a crossing so many periods ago.
    pub shifts: Vec<(usize, usize, Interval)>,
    /// Impulses that are heard from their onset to their end, if they were asked for.
    pub pulses: Vec<Pulse>,
    /// The highest and the lowest level where switches are felt; in between it is monotone. `None` without any.
    pub highest: Option<Interval>,
    pub lowest: Option<Interval>,
}

/// An impulse that is heard as a whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pulse {
    /// Its onset and its end, by their places in [`Leg::shifts`]: a crossing may be felt through both lags.
    pub onset: usize,
    pub end: usize,
    /// The derivative of the level at the end of the way by a shift of both.
    ///
    /// Those by a shift of either are large and of opposite signs, in proportion to the distance from the level that synapses pull to.
    /// That distance drops out of the sum: with `F' = R - r F`, `F = 0` at the onset, it is `-share F` at the end of the impulse.
    pub joint: Interval,
}

/// Whether a crossing is felt by a unit with that number.
fn feels(unit: &Unit, number: usize, felt: &Felt) -> bool {
    let own = felt.unit == number;
    if felt.lag == 0 {
        own
    } else {
        own && unit.recovery.is_some() || unit.heard.iter().any(|(source, _)| *source == felt.unit)
    }
}

/// Signs that a unit feels, and the coefficients for them.
pub(super) struct Coefficients<'u> {
    unit: &'u Unit,
    number: usize,
    own: bool,
    open: Vec<bool>,
}

impl Coefficients<'_> {
    fn switch(&mut self, felt: &Felt) {
        if felt.lag == 0 {
            self.own = felt.up;
        } else {
            self.open[felt.unit] = felt.up;
        }
    }

    fn constant(&self) -> Interval {
        self.unit.constant(self.own, self.open[self.number])
    }

    /// What a switch adds to `R` and to `r`, whatever happens beside it.
    pub fn change(&self, felt: &Felt) -> (Interval, Interval) {
        let signed = |value: Interval| if felt.up { value } else { -value };
        let [below, above] = self.unit.drive;
        if felt.lag == 0 {
            return (signed(above - below), Interval::ZERO);
        }
        let recovery = self.unit.recovery.filter(|_| felt.unit == self.number);
        let weight = self
            .unit
            .heard
            .iter()
            .find(|(source, _)| *source == felt.unit);
        let rate = weight.map_or(Interval::ZERO, |(_, weight)| self.unit.share(*weight));
        (signed(recovery.unwrap_or(Interval::ZERO)), signed(rate))
    }
}

/// Follows unit `number` from the level `from` at `start` to `end`; `felt` are all crossings as they are felt, in the order
/// of their earliest times, and reach far enough back.
pub(super) fn follow(
    equation: &Equation,
    number: usize,
    span: (Interval, Interval),
    from: Interval,
    felt: &[Felt],
) -> Result<Leg, NotProved> {
    go(equation, number, span, from, felt, false)
}

/// The same, with the impulses that are heard as a whole.
pub(super) fn follow_pulses(
    equation: &Equation,
    number: usize,
    span: (Interval, Interval),
    from: Interval,
    felt: &[Felt],
) -> Result<Leg, NotProved> {
    go(equation, number, span, from, felt, true)
}

fn go(
    equation: &Equation,
    number: usize,
    (start, end): (Interval, Interval),
    from: Interval,
    felt: &[Felt],
    pulses: bool,
) -> Result<Leg, NotProved> {
    let unit = &equation.units[number];
    if !start.is_before(end) {
        return Err(NotProved::Order {
            neuron: number + 1,
            first: start,
            second: end,
        });
    }
    let mut now = Coefficients {
        unit,
        number,
        own: false,
        open: vec![false; equation.units.len()],
    };
    let mut inside: Vec<Felt> = Vec::new();
    for felt in felt.iter().filter(|felt| feels(unit, number, felt)) {
        let place = |time| NotProved::Coincidence {
            neuron: number + 1,
            time,
            source_neuron: felt.unit + 1,
            felt: felt.time,
        };
        if felt.time.is_before(start) {
            now.switch(felt);
        } else if !start.is_before(felt.time) {
            return Err(place(start));
        } else if felt.time.is_before(end) {
            inside.push(*felt);
        } else if !end.is_before(felt.time) {
            return Err(place(end));
        }
    }

    let (mut constant, mut rate) = (now.constant(), unit.rate(&now.open));
    let start_slope = constant + rate * (unit.level - from);
    let mut walk = Walk {
        pull: unit.level,
        level: from,
        decays: Vec::with_capacity(2 * inside.len() + 1),
        jumps: Vec::with_capacity(inside.len()),
        heard: pulses.then(Vec::new),
        highest: None,
        lowest: None,
    };
    let mut time = start;
    let mut rest = &inside[..];
    while let Some(first) = rest.first() {
        let (low, mut high, mut count) = (first.time.low(), first.time.high(), 1);
        while let Some(next) = rest.get(count)
            && next.time.low() <= high
        {
            high = high.max(next.time.high());
            count += 1;
        }
        let (window, later) = rest.split_at(count);
        walk.flow(constant, rate, Interval::point(low) - time);
        walk.window((constant, rate), (low, high), window, &now)
            .ok_or(NotProved::TooWide {
                neuron: number + 1,
                width: high - low,
            })?;
        window.iter().for_each(|felt| now.switch(felt));
        (constant, rate) = (now.constant(), unit.rate(&now.open));
        (time, rest) = (Interval::point(high), later);
    }
    walk.flow(constant, rate, end - time);
    let end_slope = constant + rate * (unit.level - walk.level);
    let mut decay = Interval::ONE;
    let mut left = walk.decays.len();
    let mut shifts = Vec::with_capacity(walk.jumps.len());
    let mut pulses = Vec::new();
    let last = walk.jumps.len().saturating_sub(1);
    for (place, jump) in walk.jumps.iter().rev().enumerate() {
        while left > jump.after {
            left -= 1;
            decay = decay * walk.decays[left];
        }
        shifts.push((jump.crossing.0, jump.crossing.1, jump.by_time * decay));
        pulses.extend(jump.ends.map(|(onset, joint)| Pulse {
            onset: last - onset,
            end: place,
            joint: joint * decay,
        }));
    }
    while left > 0 {
        left -= 1;
        decay = decay * walk.decays[left];
    }
    Ok(Leg {
        end: walk.level,
        start_slope,
        end_slope,
        crossing_slope: constant + rate * unit.level,
        decay,
        shifts,
        pulses,
        highest: walk.highest,
        lowest: walk.lowest,
    })
}
