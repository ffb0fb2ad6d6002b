//! A neighbourhood of a cycle in which every trajectory comes closer to it.

use super::NotProved;
use super::leg::{Felt, Leg, follow, follow_pulses};
use super::orbit::{Orbit, Period};
use super::recursion::{Recursion, contraction};
use super::shifts::check;
use crate::numerics::interval::Interval;

/// Radii that are tried, each half of the one before (chosen: down to 1e-4 of the first).
const RADII: usize = 14;

/// The first of them, in delays of a neuron: windows of switches are enclosed while the synapses that are on pull by
/// less than one half meanwhile, so that hardly more can succeed.
const WIDEST: f64 = 0.25;

/// Share of the radius that crossings use, so that they lie strictly inside their intervals.
const STRICTLY: f64 = 0.99;

/// Trajectories whose last crossings are those of the cycle, but for shifts that lie within `width` of each other, and whose silent
/// neurons are below `tops` when a period begins: they fall to the cycle.
#[derive(Debug, Clone)]
pub(super) struct Neighbourhood {
    pub width: f64,
    /// Periods of which the crossings must be known.
    pub depth: usize,
    /// After this many periods the shifts lie within `contraction` times the width of each other.
    pub periods: usize,
    pub contraction: f64,
    /// For each silent neuron, by number: a level that it does not exceed at the section.
    pub tops: Vec<(usize, f64)>,
}

impl Neighbourhood {
    /// The widest of those tried.
    pub fn of(orbit: &Orbit<'_>, found: &Period) -> Result<Self, NotProved> {
        let mut radius = WIDEST;
        let mut failure = None;
        for _ in 0..RADII {
            match Self::within(orbit, found, radius) {
                Ok(neighbourhood) => return Ok(neighbourhood),
                Err(reason) => failure = Some(reason),
            }
            radius *= 0.5;
        }
        Err(failure.unwrap_or(NotProved::NoContraction { radius }))
    }

    fn within(orbit: &Orbit<'_>, found: &Period, radius: f64) -> Result<Self, NotProved> {
        // A crossing of the next period must not be felt in this one.
        let lags = orbit.equation.lags.iter().map(|lag| lag.low());
        if lags.fold(f64::INFINITY, f64::min) <= 2.0 * radius {
            return Err(NotProved::NoContraction { radius });
        }
        let around = Interval::around(0.0, radius);
        let times: Vec<Interval> = found.times.iter().map(|time| *time + around).collect();
        let felt = felt(orbit, &times, found.period)?;
        let legs = legs(orbit, &times, found.period, &felt)?;
        let recursion = Recursion::new(orbit, &times, &legs);
        let (periods, contraction, growth) =
            contraction(&recursion).ok_or(NotProved::NoContraction { radius })?;
        Ok(Self {
            width: STRICTLY * radius / growth,
            depth: recursion.depth,
            periods,
            contraction,
            tops: tops(orbit, found, around, &felt)?,
        })
    }
}

/// All crossings as they are felt in a period, and in the one before.
fn felt(orbit: &Orbit<'_>, times: &[Interval], period: Interval) -> Result<Vec<Felt>, NotProved> {
    let mut all = Vec::new();
    // The earliest way begins a period before the first crossing.
    let earliest = Interval::point(orbit.section) - period;
    for (lag, length) in orbit.equation.lags.iter().enumerate() {
        let backs = (length.high() / period.low()).floor().clamp(0.0, 1e4) as usize + 4;
        for (event, time) in times.iter().enumerate() {
            let unit = orbit.events[event].unit;
            for back in 0..=backs {
                let time = *time + *length - period.scaled(back as f64);
                all.push(Felt {
                    time,
                    event,
                    back,
                    unit,
                    lag,
                    up: orbit.events[event].up,
                });
                if back == backs && !time.is_before(earliest) {
                    return Err(NotProved::Coincidence {
                        neuron: unit + 1,
                        time: earliest,
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

/// For every crossing the way there from the neuron's crossing before.
fn legs(
    orbit: &Orbit<'_>,
    times: &[Interval],
    period: Interval,
    felt: &[Felt],
) -> Result<Vec<Leg>, NotProved> {
    let mut legs: Vec<Option<Leg>> = vec![None; times.len()];
    for (unit, own) in orbit.of_unit.iter().enumerate() {
        for (place, event) in own.iter().enumerate() {
            let start = match place {
                0 => times[own[own.len() - 1]] - period,
                _ => times[own[place - 1]],
            };
            let span = (start, times[*event]);
            let leg = follow_pulses(orbit.equation, unit, span, Interval::ZERO, felt)?;
            check(&leg, !orbit.events[*event].up, true, (unit, times[*event]))?;
            legs[*event] = Some(leg);
        }
    }
    Ok(legs.into_iter().flatten().collect())
}

/// Levels of the silent neurons at the section that no period leads beyond, and from which they stay below the threshold.
fn tops(
    orbit: &Orbit<'_>,
    found: &Period,
    around: Interval,
    felt: &[Felt],
) -> Result<Vec<(usize, f64)>, NotProved> {
    let (begin, end) = orbit.span(found.period);
    let span = (begin + around, end + around);
    let silent = orbit
        .of_unit
        .iter()
        .enumerate()
        .filter(|(_, own)| own.is_empty());
    silent
        .map(|(unit, _)| {
            let walk = |from| follow(orbit.equation, unit, span, from, felt);
            let neuron = unit + 1;
            let from_zero = walk(Interval::ZERO)?;
            let rest = Interval::ONE - from_zero.decay;
            if !rest.is_positive() {
                let multiplier = from_zero.decay;
                return Err(NotProved::Silent { neuron, multiplier });
            }
            // y <= M and (1 - decay) M >= what is added: then y stays below M.
            let top = Interval::point((from_zero.end / rest).high());
            let way = walk(top)?;
            let highest = way.highest.map_or(top, |level| level.hull(top));
            if !(highest.is_negative() && way.end.is_negative()) {
                return Err(NotProved::Threshold {
                    neuron,
                    level: highest,
                });
            }
            Ok((unit, top.high()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::cycles::{approach, close};
    use crate::analysis::proof::Provable;
    use crate::analysis::proof::theorem::prove_recorded;
    use crate::networks::{Coupling, ImpulseNetwork, ImpulseParameters};
    use crate::solver::RelaySolver;
    use nalgebra::DMatrix;

    /// Close to the cycle of a pair the distance of its onsets shrinks by the synchrony multiplier, -0.2642411 and 0.6774878.
    #[test]
    fn the_contraction_of_a_pair_is_its_multiplier() {
        for ((a, b, c, h), expected) in [
            ((1.0, 0.5, -44.0, 3.3), 0.264_241_1),
            ((1.0, 0.4, -12.5, 2.1), 0.677_487_8),
        ] {
            let parameters = ImpulseParameters::homogeneous(3, a, b, c, h);
            let network = ImpulseNetwork::new(parameters).unwrap();
            let solver = RelaySolver::new(&network, &[-1.0, -1.0, 0.8 * c], 0.0).unwrap();
            let approached = approach(&network, solver, 4).unwrap();
            let cycle = close(&network, approached).unwrap().cycle;
            let equation = network.equation().unwrap();
            let orbit = Orbit::record(&network, &equation, &cycle.start, cycle.period).unwrap();
            let (_, found) = prove_recorded(&orbit).unwrap();
            let near = Neighbourhood::within(&orbit, &found, 1e-9).unwrap();
            assert_eq!(near.periods, 1);
            assert!(
                (near.contraction - expected).abs() < 1e-6,
                "{}",
                near.contraction
            );
            assert!(near.tops[0].1 < 0.0);
        }
    }
    /// A trajectory may be shifted as a whole, so that the coefficients of every row sum to 1: with neurons that hear themselves
    /// (through both lags at once), with weights, and where neurons differ.
    #[test]
    fn the_coefficients_of_every_row_sum_to_one() {
        let even = |neurons: usize| ImpulseParameters::homogeneous(neurons, 1.0, 0.07, -71.3, 2.4);
        let uneven = |mut parameters: ImpulseParameters| {
            parameters.spread(0.001, 3);
            parameters
        };
        let weights = DMatrix::from_fn(4, 4, |j, s| {
            f64::from(u8::from(j != s)) * (1.0 + 0.002 * (j + 2 * s) as f64)
        });
        let with = |coupling, parameters| ImpulseParameters {
            coupling,
            ..parameters
        };
        let own = Coupling::AllToAll { self_term: true };
        for (parameters, firing) in [
            (even(4), 3),
            (with(own.clone(), even(4)), 3),
            (with(own, uneven(even(4))), 2),
            (with(Coupling::Weights(weights), uneven(even(4))), 3),
            (uneven(even(6)), 6),
        ] {
            let network = ImpulseNetwork::new(parameters).unwrap();
            let start = |j| if j < firing { -1.0 } else { -60.0 };
            let state: Vec<f64> = (0..network.neurons()).map(start).collect();
            let solver = RelaySolver::new(&network, &state, 0.0).unwrap();
            let cycle = close(&network, approach(&network, solver, 30).unwrap());
            let cycle = cycle.unwrap().cycle;
            let equation = network.equation().unwrap();
            let orbit = Orbit::record(&network, &equation, &cycle.start, cycle.period).unwrap();
            let (_, found) = prove_recorded(&orbit).unwrap();
            let around = Interval::around(0.0, 1e-7);
            let times: Vec<Interval> = found.times.iter().map(|time| *time + around).collect();
            let felt = felt(&orbit, &times, found.period).unwrap();
            let legs = legs(&orbit, &times, found.period, &felt).unwrap();
            let recursion = Recursion::new(&orbit, &times, &legs);
            let mut known = recursion.start();
            for period in 1..4 {
                known.push_front(recursion.next(&known, 100 * period));
                known.pop_back();
                for one in known.iter().flatten() {
                    let sum = one.row.iter().fold(Interval::ZERO, |sum, by| sum + *by);
                    assert!(sum.contains(1.0) && sum.width() < 0.1, "{firing}: {sum}");
                }
            }
        }
    }
}
