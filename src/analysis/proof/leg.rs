//! The way of one neuron between two times, over all switches that it feels meanwhile.

use super::NotProved;
use super::equation::{Equation, Unit};
use crate::numerics::interval::Interval;

/// Exponents below which the slope is taken for the whole way, which rounds the change of the level alone; beyond, the
/// distance to the level that it is pulled to, which widens less.
const SHORT: f64 = 0.1;

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
    /// The highest and the lowest level where switches are felt; in between it is monotone. `None` without any.
    pub highest: Option<Interval>,
    pub lowest: Option<Interval>,
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
struct Coefficients<'u> {
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
    fn change(&self, felt: &Felt) -> (Interval, Interval) {
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

/// `(1 - exp(-z)) / z`, also around 0.
fn mean_decay(z: Interval, decay: Interval) -> Interval {
    let size = z.magnitude();
    if size > 0.05 {
        return (Interval::ONE - decay) / z;
    }
    // 1 - z/2 (1 - z/3 (... (1 - z/9 q))), |q - 1| <= |z|
    (2..10).rev().fold(Interval::around(1.0, size), |p, n| {
        Interval::ONE - z * p / Interval::point(f64::from(n))
    })
}

/// Follows unit `number` from the level `from` at `start` to `end`; `felt` are all crossings as they are felt, in the order
/// of their earliest times, and reach far enough back.
pub(super) fn follow(
    equation: &Equation,
    number: usize,
    (start, end): (Interval, Interval),
    from: Interval,
    felt: &[Felt],
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
    for (after, event, back, jump) in walk.jumps.iter().rev() {
        while left > *after {
            left -= 1;
            decay = decay * walk.decays[left];
        }
        shifts.push((*event, *back, *jump * decay));
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
        highest: walk.highest,
        lowest: walk.lowest,
    })
}

/// The level on its way, and what perturbs it.
struct Walk {
    /// The level to which synapses pull.
    pull: Interval,
    level: Interval,
    /// Factors by which a perturbation decays from step to step.
    decays: Vec<Interval>,
    /// Number of factors before it, crossing, periods ago, jump per time.
    jumps: Vec<(usize, usize, usize, Interval)>,
    highest: Option<Interval>,
    lowest: Option<Interval>,
}

impl Walk {
    /// The closed form with constant coefficients.
    fn flow(&mut self, constant: Interval, rate: Interval, elapsed: Interval) {
        if rate == Interval::ZERO {
            self.level += constant * elapsed;
            return;
        }
        let exponent = rate * elapsed;
        let decay = (-exponent).exp();
        let lasting = elapsed * mean_decay(exponent, decay);
        self.level = if exponent.magnitude() < SHORT {
            self.level + (constant + rate * (self.pull - self.level)) * lasting
        } else {
            self.pull + (self.level - self.pull) * decay + constant * lasting
        };
        self.decays.push(decay);
    }

    /// Over switches in any order between `low` and `high`; `None` if the window is too wide.
    fn window(
        &mut self,
        (constant, rate): (Interval, Interval),
        (low, high): (f64, f64),
        switches: &[Felt],
        now: &Coefficients<'_>,
    ) -> Option<()> {
        let end = Interval::point(high);
        let width = end - Interval::point(low);
        let (mut constants, mut rates) = (constant, rate);
        let (mut driven, mut damped) = (constant * width, rate * width);
        for felt in switches {
            let (more, faster) = now.change(felt);
            let left = end - felt.time;
            constants += more.hull(Interval::ZERO);
            rates += faster.hull(Interval::ZERO);
            driven += more * left;
            damped += faster * left;
        }
        let start = self.level;
        let longest = width.magnitude();
        // Picard: a level that stays within `reach` while its slope is bounded there.
        let moved = |reach: f64| {
            let level = start + Interval::around(0.0, reach);
            let slope = constants + rates * (self.pull - level);
            (slope * Interval::new(0.0, longest)).magnitude()
        };
        let mut reach = 2.0 * moved(0.0) + f64::MIN_POSITIVE;
        let mut tries = 0;
        let stays = |reach: f64| moved(reach) <= reach;
        while !stays(reach) {
            reach *= 2.0;
            tries += 1;
            if tries > 8 || !reach.is_finite() {
                return None;
            }
        }
        let range = start + Interval::around(0.0, reach);
        // int r over any part of the window
        let most = (Interval::point(rates.magnitude()) * Interval::point(longest)).high();
        if most.is_nan() || most > 0.5 {
            return None;
        }
        let error = (Interval::point(most) * Interval::point(reach)).high();
        // |exp(-v) - 1| <= 2 |v| for |v| <= 1
        let part = Interval::around(1.0, 2.0 * most);
        for felt in switches {
            let (more, faster) = now.change(felt);
            let jump = (faster * (range - self.pull) - more) * part;
            self.jumps
                .push((self.decays.len() + 1, felt.event, felt.back, jump));
        }
        let moved = (self.pull - start) * damped + driven + Interval::around(0.0, error);
        self.level = start + moved;
        // exp(-v) = 1 - v + [0, v^2] for |v| <= 1/2
        let square = Interval::new(0.0, damped.square().high());
        self.decays.push(Interval::ONE - damped + square);
        let range = range.hull(self.level);
        let top = |known: Interval| {
            Interval::new(known.low().max(range.low()), known.high().max(range.high()))
        };
        let bottom = |known: Interval| {
            Interval::new(known.low().min(range.low()), known.high().min(range.high()))
        };
        self.highest = Some(self.highest.map_or(range, top));
        self.lowest = Some(self.lowest.map_or(range, bottom));
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mean decay at 0.01 and at 1, from its series and from its quotient.
    #[test]
    fn the_mean_decay_is_enclosed() {
        for (z, expected) in [
            (0.01, 0.995_016_625_083_194_6),
            (1.0, 0.632_120_558_828_557_7),
            (-0.02, 1.010_067_001_337_790_5),
        ] {
            let z = Interval::point(z);
            let found = mean_decay(z, (-z).exp());
            assert!(found.inflated(1.0).contains(expected), "{found} {expected}");
            assert!(found.width() < 1e-14);
        }
        let around = Interval::new(-1e-3, 1e-3);
        assert!(mean_decay(around, around.exp()).contains(1.0));
    }
}
