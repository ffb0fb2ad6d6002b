//! The level of a neuron over one stretch after the other, and what perturbs it.

use super::leg::{Coefficients, Felt};
use crate::numerics::interval::Interval;

/// Exponents below which the slope is taken for the whole way, which rounds the change of the level alone; beyond, the
/// distance to the level that it is pulled to, which widens less.
const SHORT: f64 = 0.1;

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

/// The level on its way, and what perturbs it.
pub(super) struct Walk {
    /// The level to which synapses pull.
    pub pull: Interval,
    pub level: Interval,
    /// Factors by which a perturbation decays from step to step.
    pub decays: Vec<Interval>,
    pub jumps: Vec<Jump>,
    /// Impulses that are being heard, if they are asked for.
    pub heard: Option<Vec<Heard>>,
    pub highest: Option<Interval>,
    pub lowest: Option<Interval>,
}

/// What a shift of a felt crossing does.
pub(super) struct Jump {
    /// Number of factors of decay before it.
    pub after: usize,
    /// Its number, and how many periods ago.
    pub crossing: (usize, usize),
    /// Change of the level right after it, per time.
    pub by_time: Interval,
    /// The place among the jumps of the onset of the impulse that it ends, and what a shift of both does.
    pub ends: Option<(usize, Interval)>,
}

/// An impulse that is being heard.
pub(super) struct Heard {
    pub source: usize,
    /// Place of its onset among the jumps.
    pub onset: usize,
    /// What it adds to `r`.
    pub share: Interval,
    /// `F` of [`Pulse::joint`].
    pub forced: Interval,
}

impl Walk {
    /// The closed form with constant coefficients.
    pub fn flow(&mut self, constant: Interval, rate: Interval, elapsed: Interval) {
        if rate == Interval::ZERO {
            self.level += constant * elapsed;
            for heard in self.heard.iter_mut().flatten() {
                heard.forced += constant * elapsed;
            }
            return;
        }
        let exponent = rate * elapsed;
        let decay = (-exponent).exp();
        let lasting = elapsed * mean_decay(exponent, decay);
        for heard in self.heard.iter_mut().flatten() {
            heard.forced = heard.forced * decay + constant * lasting;
        }
        self.level = if exponent.magnitude() < SHORT {
            self.level + (constant + rate * (self.pull - self.level)) * lasting
        } else {
            self.pull + (self.level - self.pull) * decay + constant * lasting
        };
        self.decays.push(decay);
    }

    /// What a window does to the impulses that are being heard: those that begin in it and those that end. Of each switch, from the last to
    /// the first, the place of the onset of the impulse that it ends, and what a shift of both does.
    fn hear(
        &mut self,
        switches: &[Felt],
        now: &Coefficients<'_>,
        (constants, rates): (Interval, Interval),
        (driven, damped): (Interval, Interval),
        longest: f64,
    ) -> Vec<Option<(usize, Interval)>> {
        let Some(all) = &mut self.heard else {
            return Vec::new();
        };
        let longest = Interval::point(longest);
        // `F` moves by less than twice its first step, as `int r` is at most one half.
        let reach = |forced: Interval| {
            let slope = constants.abs() + rates.abs() * forced.abs();
            (Interval::point(2.0) * slope * longest).high()
        };
        let most = (rates.abs() * longest).high();
        let mut ends = vec![None; switches.len()];
        for (felt, ends) in switches.iter().rev().zip(&mut ends) {
            let known = all.iter().position(|heard| heard.source == felt.unit);
            if let Some(known) = known.filter(|_| felt.lag == 1 && !felt.up) {
                let heard = all.swap_remove(known);
                let there = heard.forced + Interval::around(0.0, reach(heard.forced));
                *ends = Some((heard.onset, -(heard.share * there)));
            }
        }
        for heard in &mut *all {
            let error = Interval::around(0.0, most * reach(heard.forced)).inflated(1e-9);
            heard.forced = heard.forced - heard.forced * damped + driven + error;
        }
        let begun = self.jumps.len();
        for (place, felt) in (begun..).zip(switches) {
            if felt.lag == 0 || !felt.up {
                continue;
            }
            let (more, share) = now.change(felt);
            if more == Interval::ZERO && share != Interval::ZERO {
                all.push(Heard {
                    source: felt.unit,
                    onset: place,
                    share,
                    forced: Interval::around(0.0, reach(Interval::ZERO)),
                });
            }
        }
        ends
    }

    /// Over switches in any order between `low` and `high`; `None` if the window is too wide.
    pub fn window(
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
        // Picard: levels that are mapped into themselves, and then by how much they move.
        let reached = |range: Interval| {
            start + (constants + rates * (self.pull - range)) * Interval::new(0.0, longest)
        };
        let mut tried = reached(start).inflated(1.0);
        let mut tries = 0;
        let range = loop {
            let image = reached(tried);
            if image.is_inside(tried) {
                break reached(image);
            }
            tries += 1;
            if tries > 8 || !image.is_finite() {
                return None;
            }
            tried = tried.hull(image).inflated(1.0);
        };
        let reach = (range - start).magnitude();
        // int r over any part of the window
        let most = (Interval::point(rates.magnitude()) * Interval::point(longest)).high();
        if most.is_nan() || most > 0.5 {
            return None;
        }
        let error = (Interval::point(most) * Interval::point(reach)).high();
        // |exp(-v) - 1| <= 2 |v| for |v| <= 1
        let part = Interval::around(1.0, 2.0 * most);
        let mut ends = self.hear(switches, now, (constants, rates), (driven, damped), longest);
        for felt in switches {
            let (more, faster) = now.change(felt);
            self.jumps.push(Jump {
                after: self.decays.len() + 1,
                crossing: (felt.event, felt.back),
                by_time: (faster * (range - self.pull) - more) * part,
                ends: ends
                    .pop()
                    .flatten()
                    .map(|(onset, joint)| (onset, joint * part)),
            });
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
