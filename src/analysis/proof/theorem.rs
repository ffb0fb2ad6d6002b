//! From an approximate cycle to a theorem.

use super::leg::{Leg, follow};
use super::monodromy::transverse;
use super::orbit::{Orbit, Period};
use super::symmetry::narrow;
use super::{Equation, NotProved, Provable};
use crate::analysis::cycles::{Approached, Closed, approach, close};
use crate::analysis::{Certificate, NotCertified};
use crate::networks::{ImpulseNetwork, Pattern};
use crate::numerics::interval::{Disc, Interval, krawczyk, spectrum};
use crate::solver::{RelaySolver, RelayState};

/// What is proved of the stability of a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proved {
    /// All multipliers but the trivial one lie strictly inside the unit circle.
    Stable,
    /// One lies strictly outside.
    Unstable,
}

/// A cycle that exists, with intervals that hold its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// Whether it attracts.
    pub stability: Proved,
    /// The neurons that fire.
    pub pattern: Pattern,
    /// Impulses of each neuron per period.
    pub impulses_per_period: Vec<usize>,
    /// Its period.
    pub period: Interval,
    /// An upper bound of the time from the first onset of a neuron to the last, in the period that begins at the longest
    /// pause.
    pub onset_spread: f64,
    /// Highest level of the silent neurons; `None` if all fire.
    pub silent_maximum: Option<Interval>,
    /// Smallest slope at which a neuron passes the threshold.
    pub crossing_margin: Interval,
    /// Largest modulus of a multiplier but the trivial one.
    pub leading: Interval,
    /// Discs around the multipliers of the neurons that fire, the trivial one left out.
    pub multipliers: Vec<Disc>,
    /// Largest multiplier of a silent neuron; `None` if all fire.
    pub silent_multiplier: Option<Interval>,
}

impl Proof {
    /// Whether this is a k-dominance cycle in the sense of
    /// [`Certificate::is_dominance`](crate::analysis::Certificate::is_dominance).
    #[must_use]
    pub fn is_dominance(&self, network: &ImpulseNetwork, synchrony: f64) -> bool {
        let allowed = if network.is_uniform() { synchrony } else { 1.0 };
        self.impulses_per_period.iter().all(|count| *count <= 1) && self.onset_spread <= allowed
    }
}

/// Follows the relay `network` from the constant history `state` for `returns` returns, closes the cycle by Newton's method
/// and proves it: see [`certify`](crate::analysis::certify) for the way there, and the [module](super) for the theorem.
///
/// Cost: the certificate, then `O(k N log N + k^3)` interval operations for `k` crossings.
///
/// # Errors
/// [`NotProved`]: where, and why.
///
/// ```
/// use pulsatrix::analysis::{Proved, prove};
/// use pulsatrix::networks::{ImpulseNetwork, ImpulseParameters};
///
/// let network = ImpulseNetwork::new(ImpulseParameters::homogeneous(3, 1.0, 0.5, -44.0, 3.3))?;
/// let proof = prove(&network, &[-1.0, -1.0, -40.0], 4)?;
/// assert_eq!((proof.stability, proof.pattern), (Proved::Stable, "110".parse()?));
/// assert!((proof.period.middle() - 32.10658).abs() < 1e-5 && proof.period.width() < 1e-10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn prove(network: &ImpulseNetwork, state: &[f64], returns: usize) -> Result<Proof, NotProved> {
    certify_and_prove(network, state, returns)?.1
}

/// The same, with the certificate of the cycle that the proof begins with.
///
/// # Errors
/// [`NotCertified`] if there is no approximate cycle.
pub fn certify_and_prove(
    network: &ImpulseNetwork,
    state: &[f64],
    returns: usize,
) -> Result<(Certificate, Result<Proof, NotProved>), NotCertified> {
    let solver = RelaySolver::new(network, state, 0.0)?;
    let Closed { cycle, certificate } = close(network, approach(network, solver, returns)?)?;
    let Approached { start, period, .. } = cycle;
    Ok((certificate, prove_orbit(network, &start, period)))
}

/// Proves the cycle that `start` lies on, or close by, and whose period is about `period`.
///
/// Nothing may happen at `start`: neither a crossing nor a switch that is felt.
///
/// # Errors
/// [`NotProved`]: where, and why.
pub fn prove_orbit<F: Provable>(
    field: &F,
    start: &RelayState,
    period: f64,
) -> Result<Proof, NotProved> {
    let equation = field.equation().ok_or(NotProved::Smooth)?;
    let orbit = Orbit::record(field, &equation, start, period)?;
    Ok(prove_recorded(&orbit)?.0)
}

/// The same for crossings that are recorded, with what was found of them.
pub(super) fn prove_recorded(orbit: &Orbit<'_>) -> Result<(Proof, Period), NotProved> {
    let (equation, period) = (orbit.equation, orbit.period);
    if orbit.events.is_empty() {
        return Err(NotProved::NoCycle(NotCertified::NoReturn { time: period }));
    }
    let verified = krawczyk(orbit, orbit.guess());
    let verified = verified.map_err(|failure| NotProved::verification(failure, period))?;
    let found = orbit.period(&narrow(orbit, &verified))?;
    let crossing_margin = check_crossings(orbit, &found)?;
    let silent = Silent::of(equation, orbit, &found)?;

    let active = spectrum(&transverse(orbit, &found));
    let largest = |one: Interval, other: Interval| {
        Interval::new(one.low().max(other.low()), one.high().max(other.high()))
    };
    let silent_multiplier = silent
        .iter()
        .map(|silent| silent.multiplier)
        .reduce(largest);
    let leading = silent_multiplier.map_or(active.radius, |other| largest(active.radius, other));
    let stability = if leading.is_before(Interval::ONE) {
        Proved::Stable
    } else if Interval::ONE.is_before(leading) {
        Proved::Unstable
    } else {
        return Err(NotProved::Circle { leading });
    };
    let impulses_per_period: Vec<usize> = orbit.of_unit.iter().map(|own| own.len() / 2).collect();
    let ups = orbit.of_unit.iter().filter_map(|own| {
        let first = own.iter().find(|event| orbit.events[**event].up)?;
        Some(found.times[*first])
    });
    let all = ups.reduce(Interval::hull).unwrap_or(Interval::ZERO);
    let proof = Proof {
        stability,
        pattern: impulses_per_period.iter().map(|count| *count > 0).collect(),
        impulses_per_period,
        period: found.period,
        onset_spread: all.width(),
        silent_maximum: silent.iter().map(|silent| silent.maximum).reduce(largest),
        crossing_margin,
        leading,
        multipliers: active.discs,
        silent_multiplier,
    };
    Ok((proof, found))
}

/// That every neuron is strictly on its side between its crossings, and passes with a slope; the smallest.
fn check_crossings(orbit: &Orbit<'_>, found: &Period) -> Result<Interval, NotProved> {
    let mut margin: Option<Interval> = None;
    let smaller = |one: Interval, other: Interval| {
        Interval::new(one.low().min(other.low()), one.high().min(other.high()))
    };
    for course in &found.courses {
        let own = &orbit.of_unit[course.unit];
        let neuron = course.unit + 1;
        let first_up = orbit.events[own[0]].up;
        for (place, leg) in course.legs.iter().enumerate() {
            // Below before an onset, above after it.
            let above = (place % 2 == 0) != first_up;
            let strict = |level: Interval| {
                let sound = if above {
                    level.is_positive()
                } else {
                    level.is_negative()
                };
                if sound {
                    Ok(())
                } else {
                    Err(NotProved::Threshold { neuron, level })
                }
            };
            strict_all(leg, above).into_iter().try_for_each(strict)?;
            let mut crosses = |event: usize, slope: Interval, up: bool| {
                let sound = if up {
                    slope.is_positive()
                } else {
                    slope.is_negative()
                };
                let time = found.times[event];
                if !sound {
                    return Err(NotProved::NotTransversal {
                        neuron,
                        time,
                        slope,
                    });
                }
                let size = slope.abs();
                margin = Some(margin.map_or(size, |margin| smaller(margin, size)));
                Ok(())
            };
            if let Some(event) = own.get(place) {
                crosses(*event, leg.crossing_slope, !above)?;
            } else {
                // The level at the section.
                strict(leg.end)?;
            }
            if place > 0 {
                crosses(own[place - 1], leg.start_slope, above)?;
            }
        }
    }
    Ok(margin.unwrap_or(Interval::ZERO))
}

/// The extreme levels of a leg on the way to the threshold, if it feels any switch.
fn strict_all(leg: &Leg, above: bool) -> Option<Interval> {
    if above { leg.lowest } else { leg.highest }
}

/// What is proved of a silent neuron.
struct Silent {
    maximum: Interval,
    multiplier: Interval,
}

impl Silent {
    /// All silent neurons: the periodic solution of each, strictly below the threshold.
    fn of(equation: &Equation, orbit: &Orbit<'_>, found: &Period) -> Result<Vec<Self>, NotProved> {
        let span = orbit.span(found.period);
        let silent = orbit
            .of_unit
            .iter()
            .enumerate()
            .filter(|(_, own)| own.is_empty());
        silent
            .map(|(unit, _)| {
                let walk = |from| follow(equation, unit, span, from, &found.felt);
                let neuron = unit + 1;
                let from_zero = walk(Interval::ZERO)?;
                let multiplier = from_zero.decay;
                let rest = Interval::ONE - multiplier;
                if rest.contains(0.0) {
                    return Err(NotProved::Silent { neuron, multiplier });
                }
                let periodic = walk(from_zero.end / rest)?;
                let end = periodic.end;
                let top = periodic.highest.unwrap_or(end);
                let maximum = Interval::new(top.low().max(end.low()), top.high().max(end.high()));
                if !maximum.is_negative() {
                    return Err(NotProved::Threshold {
                        neuron,
                        level: maximum,
                    });
                }
                Ok(Self {
                    maximum,
                    multiplier,
                })
            })
            .collect()
    }
}
