//! A box of cues that is proved to fall to one memory.

use super::flow::{Crossing, Flow};
use super::neighbourhood::Neighbourhood;
use super::orbit::{Event, Orbit, Period, crossings};
use super::theorem::prove_recorded;
use super::{NotProved, Provable, Proved};
use crate::analysis::NotCertified;
use crate::analysis::cycles::{approach, close};
use crate::networks::{Cue, ImpulseNetwork, Pattern};
use crate::numerics::interval::Interval;
use crate::solver::RelaySolver;

/// Periods that trajectories from the box are followed: the middle of the box fires as the cycle does, so that two should do
/// (chosen: rounding widens a flow about tenfold a period).
const PERIODS: usize = 8;

/// Widths of the box that are tried, each half of the one before (chosen: down to 1e-4 of the first).
const WIDTHS: usize = 14;

/// Halvings between the width that succeeds and twice that (chosen: the width is known to an eighth).
const REFINED: usize = 3;

/// Cues that are proved to fall to one cycle.
#[derive(Debug, Clone, PartialEq)]
pub struct Trap {
    /// Levels in the middle of the box; of the neurons that fire, such that they fire as they do on the cycle.
    pub centre: Vec<f64>,
    /// The neurons that are to fire start anywhere within `-+ spread / 2` of it, all others anywhere in the range of the
    /// cue that was asked for.
    pub spread: f64,
    /// Periods after which their crossings lie closer to those of the cycle than [`width`](Self::width).
    pub after: usize,
    /// Trajectories whose crossings are those of the cycle but for shifts within this of each other fall to it.
    pub width: f64,
    /// So many periods later the shifts lie within `contraction` times that, and so on.
    pub periods: usize,
    /// Below 1.
    pub contraction: f64,
}

/// Proves that a box of cues falls to the cycle of `pattern`: constant histories, the neurons of the pattern around `cue.active`
/// within a spread, all others in the range of `cue`. The widest spread up to `cue.spread` that succeeds, to an eighth, is an
/// inner estimate of the basin. The cycle is approached for `returns` returns, closed, and proved to attract.
///
/// The crossings of *all* trajectories from the box are enclosed one by one, with their derivatives by the levels at
/// the beginning, until their shifts against those of the cycle lie in a neighbourhood in which shifts come closer to each
/// other from some period to the next; see the [module](super).
///
/// Cost: a [`prove`](super::prove), then some `O(k N^2)` interval operations for `N` crossings of `k` neurons in each of the
/// widths that are tried.
///
/// ```
/// use pulsatrix::analysis::proof::prove_trap;
/// use pulsatrix::networks::{Cue, ImpulseNetwork, ImpulseParameters};
///
/// let network = ImpulseNetwork::new(ImpulseParameters::homogeneous(3, 1.0, 0.5, -44.0, 3.3))?;
/// let trap = prove_trap(&network, &"110".parse()?, &Cue::default(), 4)?;
/// assert!(trap.spread > 0.03 && trap.contraction < 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`NotProved`]: where, and why; for a pattern of another length [`NotProved::OtherPattern`].
pub fn prove_trap(
    network: &ImpulseNetwork,
    pattern: &Pattern,
    cue: &Cue,
    returns: usize,
) -> Result<Trap, NotProved> {
    let equation = network.equation().ok_or(NotProved::Smooth)?;
    let levels = &network.parameters().c;
    if pattern.len() != levels.len() {
        return Err(NotProved::OtherPattern);
    }
    let (low, high) = cue.silent;
    let silent = |c: f64| Interval::point(low * c).hull(Interval::point(high * c));
    let start = |(wanted, c): (bool, &f64)| {
        if wanted {
            cue.active
        } else {
            silent(*c).middle()
        }
    };
    let mut centre: Vec<f64> = pattern.iter().zip(levels).map(start).collect();
    let solver = RelaySolver::new(network, &centre, 0.0).map_err(NotCertified::Solver)?;
    let cycle = close(network, approach(network, solver, returns)?)?.cycle;
    let orbit = Orbit::record(network, &equation, &cycle.start, cycle.period)?;
    let (proof, found) = prove_recorded(&orbit)?;
    if proof.pattern != *pattern {
        return Err(NotProved::OtherPattern);
    }
    if proof.stability != Proved::Stable {
        let leading = proof.leading;
        return Err(NotProved::Circle { leading });
    }
    let near = Neighbourhood::of(&orbit, &found)?;

    // A neuron that hears nothing rises with slope 1.
    for (unit, onset) in onsets(&orbit, &found) {
        centre[unit] -= onset;
    }
    let solver = RelaySolver::new(network, &centre, 0.0).map_err(NotCertified::Solver)?;
    let events = crossings(solver, PERIODS as f64 * orbit.period)?;
    let points = vec![Interval::ZERO; centre.len()];
    let middle = Flow::along(&equation, (&centre, &points), &events, None).crossings;
    let attempt = |spread: f64| {
        let width = |((wanted, c), start): ((bool, &f64), &f64)| {
            if wanted {
                Interval::around(0.0, 0.5 * spread)
            } else {
                silent(*c) - Interval::point(*start)
            }
        };
        let widths: Vec<Interval> = pattern.iter().zip(levels).zip(&centre).map(width).collect();
        let flow = Flow::along(&equation, (&centre, &widths), &events, Some(&middle));
        let search = Search {
            orbit: &orbit,
            found: &found,
            near: &near,
            events: &events,
            middle: &middle,
            flow: &flow,
            start: (&centre, &widths),
        };
        search.arrival().ok_or(flow.failure)
    };
    let mut spread = cue.spread;
    let mut reached = attempt(spread);
    for _ in 1..WIDTHS {
        if reached.is_ok() {
            break;
        }
        spread *= 0.5;
        reached = attempt(spread);
    }
    let mut after =
        reached.map_err(|failure| failure.unwrap_or(NotProved::NotReached { spread }))?;
    if spread < cue.spread {
        let mut step = spread;
        for _ in 0..REFINED {
            step *= 0.5;
            if let Ok(arrival) = attempt(spread + step) {
                (spread, after) = (spread + step, arrival);
            }
        }
    }
    Ok(Trap {
        centre,
        spread,
        after,
        width: near.width,
        periods: near.periods,
        contraction: near.contraction,
    })
}

/// The onsets of the neurons that fire, around the middle of the earliest and the latest.
fn onsets(orbit: &Orbit<'_>, found: &Period) -> Vec<(usize, f64)> {
    let period = found.period.middle();
    let mut all: Vec<(usize, f64)> = Vec::new();
    for (unit, own) in orbit.of_unit.iter().enumerate() {
        if let Some(event) = own.iter().find(|event| orbit.events[**event].up) {
            let time = found.times[*event].middle();
            // The period may begin between them.
            let first = all.first().map_or(time, |(_, first)| *first);
            all.push((unit, time - period * ((time - first) / period).round()));
        }
    }
    let least = all.iter().map(|one| one.1).fold(f64::INFINITY, f64::min);
    let most = all
        .iter()
        .map(|one| one.1)
        .fold(f64::NEG_INFINITY, f64::max);
    for (_, onset) in &mut all {
        *onset -= 0.5 * (least + most);
    }
    all
}

/// Looks for the period after which a flow is in a neighbourhood of the cycle.
struct Search<'s> {
    orbit: &'s Orbit<'s>,
    found: &'s Period,
    near: &'s Neighbourhood,
    events: &'s [Event],
    middle: &'s [Crossing],
    flow: &'s Flow<'s>,
    start: (&'s [f64], &'s [Interval]),
}

impl Search<'_> {
    /// The first period, from 1, whose crossings and those before it are near enough.
    fn arrival(&self) -> Option<usize> {
        let first = self.orbit.events.first()?;
        let known = self.flow.crossings.len();
        let begins = (0..known).filter(|number| {
            let event = self.events[*number];
            (event.unit, event.up) == (first.unit, first.up)
        });
        let arrived = |(_, begin): &(usize, usize)| {
            self.shifts(*begin)
                .is_some_and(|shifts| shifts.width() <= self.near.width)
                && self.silent(*begin).is_some()
        };
        begins
            .enumerate()
            .find(arrived)
            .map(|(period, _)| period + 1)
    }

    /// The shifts of the crossings of the period that begins with crossing number `begin`, and of those before it, against those
    /// of the cycle and that of `begin`.
    fn shifts(&self, begin: usize) -> Option<Interval> {
        let reference = &self.flow.crossings[begin];
        let mut hull = Interval::ZERO;
        for (unit, own) in self
            .orbit
            .of_unit
            .iter()
            .enumerate()
            .filter(|(_, own)| !own.is_empty())
        {
            let crossed: Vec<usize> = (0..self.flow.crossings.len())
                .filter(|number| self.events[*number].unit == unit)
                .collect();
            // The last of the period, by where the cycle has it; those before it follow without a gap.
            let last = own[own.len() - 1];
            let expected = reference.time.middle() + self.found.times[last].middle();
            let distance = |number: usize| (self.events[number].time - expected).abs();
            let place = (0..crossed.len())
                .min_by(|a, b| distance(crossed[*a]).total_cmp(&distance(crossed[*b])))?;
            let wanted = (self.near.depth + 1) * own.len();
            let first = (place + 1).checked_sub(wanted)?;
            for (number, crossing) in crossed[first..=place].iter().enumerate() {
                let event = own[number % own.len()];
                let back = self.near.depth - number / own.len();
                if self.events[*crossing].up != self.orbit.events[event].up {
                    return None;
                }
                let on_cycle = self.found.times[event] - self.found.period.scaled(back as f64);
                let one = &self.flow.crossings[*crossing];
                let rows = one
                    .shift
                    .row
                    .iter()
                    .zip(&reference.shift.row)
                    .zip(self.start.1);
                let apart = rows.fold(Interval::ZERO, |sum, ((by, other), width)| {
                    sum + (*by - *other) * *width
                });
                let middle = self.middle[*crossing].time - self.middle[begin].time;
                hull = hull
                    .hull((middle - on_cycle + apart).meet(one.time - reference.time - on_cycle));
            }
        }
        Some(hull)
    }

    /// That the silent neurons have stayed below the threshold and are low enough when the next period begins.
    fn silent(&self, begin: usize) -> Option<()> {
        let (_, end) = self.orbit.span(self.found.period);
        let end = self.flow.crossings[begin].time + end;
        let (centre, widths) = self.start;
        self.near.tops.iter().try_for_each(|(unit, top)| {
            let from = Interval::point(centre[*unit]) + widths[*unit];
            let (highest, last) = self.flow.silent(*unit, from, end).ok()?;
            (highest.is_negative() && last.high() <= *top).then_some(())
        })
    }
}
