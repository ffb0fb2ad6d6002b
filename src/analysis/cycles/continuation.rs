//! A cycle of a relay network followed through a parameter, to where it is lost.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::certificate::{Approached, Closed, approach, close};
use crate::analysis::{Certificate, NotCertified, Stability};
use crate::networks::{ImpulseNetwork, NetworkError, Pattern};
use crate::solver::{RelaySolver, RelayState};

/// Returns before the first cycle is closed, and before one whose order of events has changed.
const RETURNS: usize = 30;

/// Margin at a boundary below which it counts as gone; boundaries are found far more sharply.
const GONE: f64 = 1e-6;

/// Change of the onset spread, as a share of the period, that no step makes: neurons that fired one by one fire together
/// (chosen: a spread runs from 0 to `1 - 1/m`).
const JUMP: f64 = 0.1;

/// How a cycle is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// A silent neuron reaches the threshold.
    SilentNeuronFires,
    /// A multiplier leaves the unit circle: the active neurons no longer stay together.
    SynchronyLost,
    /// The cycle was not stable, and becomes so.
    StabilityGained,
    /// No such cycle is found beyond: the order of events changes, as where an active neuron fires
    /// while it is still inhibited.
    OrderChanges,
}

impl Ending {
    /// The name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SilentNeuronFires => "silent neuron fires",
            Self::SynchronyLost => "synchrony lost",
            Self::StabilityGained => "stability gained",
            Self::OrderChanges => "order of events changes",
        }
    }
}

/// Where a cycle is lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Boundary {
    /// Last value of the parameter at which the cycle is there,
    pub value: f64,
    /// and how far beyond it it is gone.
    pub width: f64,
    /// How.
    pub ending: Ending,
}

/// A cycle along a parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Continuation {
    /// The parameter and the certified cycle there, in the order of the way.
    pub points: Vec<(f64, Certificate)>,
    /// Where it is lost; `None` if it is there all the way.
    pub boundary: Option<Boundary>,
}

/// Why a cycle cannot be followed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ContinuationError {
    /// There is no network at a value of the parameter.
    #[error("no network at the parameter {value}: {reason}")]
    Network {
        /// The value.
        value: f64,
        /// What is wrong with it.
        reason: NetworkError,
    },
    /// The state leads to a cycle of another pattern.
    #[error("the cue of {wanted} leads to {found}: start where {wanted} is a memory")]
    OtherPattern {
        /// The pattern asked for.
        wanted: Pattern,
        /// The one found.
        found: Pattern,
    },
    /// There is no cycle to start from.
    #[error("no cycle to start from: {0}")]
    Start(#[from] NotCertified),
}

/// Follows the cycle that the constant history `state` leads to at `from`, in equal `steps`, to the
/// parameter `to` or to where it is lost, and finds that boundary to `tolerance`.
///
/// `family` gives the network at each value. The cycle counts as kept while its pattern and its
/// stability are those of the start; every point is closed by Newton's method from the one before,
/// or, where the order of events has changed, after a few returns. The boundary is found by
/// bisection between the last point and the first one beyond: about `log2(step / tolerance)` more
/// certificates. Ours.
///
/// # Errors
/// [`ContinuationError`] without a network or without a cycle to start from.
///
/// ```
/// use pulsatrix::analysis::{Ending, continue_cycle};
/// use pulsatrix::networks::{ImpulseNetwork, ImpulseParameters};
///
/// // The memory 110 of three neurons fades as inhibition weakens.
/// let family = |c| ImpulseNetwork::new(ImpulseParameters::homogeneous(3, 1.0, 0.5, c, 3.3));
/// let found = continue_cycle(&family, &[-1.0, -1.0, -44.0], (-44.0, -5.0), 10, 1e-10)?;
/// let boundary = found.boundary.expect("weak inhibition cannot keep a neuron silent");
/// assert_eq!(boundary.ending, Ending::SilentNeuronFires);
/// # Ok::<(), pulsatrix::analysis::ContinuationError>(())
/// ```
pub fn continue_cycle(
    family: &dyn Fn(f64) -> Result<ImpulseNetwork, NetworkError>,
    state: &[f64],
    (from, to): (f64, f64),
    steps: usize,
    tolerance: f64,
) -> Result<Continuation, ContinuationError> {
    let network =
        |value: f64| family(value).map_err(|reason| ContinuationError::Network { value, reason });
    let first = network(from)?;
    let solver = RelaySolver::new(&first, state, 0.0).map_err(NotCertified::from)?;
    let mut kept = close(&first, approach(&first, solver, RETURNS)?)?;
    let mut points = vec![(from, kept.certificate.clone())];
    let first_stability = kept.certificate.stability;
    let mut at = from;
    'way: for n in 1..=steps {
        let next = from + (to - from) * n as f64 / steps as f64;
        match follow(&network(next)?, &kept) {
            Ok(closed) => {
                points.push((next, closed.certificate.clone()));
                (kept, at) = (closed, next);
            }
            Err(_) => {
                let mut beyond = next;
                let destabilised = loop {
                    while (beyond - at).abs() > tolerance {
                        let middle = 0.5 * (at + beyond);
                        if middle == at || middle == beyond {
                            break;
                        }
                        match follow(&network(middle)?, &kept) {
                            Ok(closed) => (kept, at) = (closed, middle),
                            Err(_) => beyond = middle,
                        }
                    }
                    // the far end was tried from further away: it counts only if lost from here
                    match follow(&network(beyond)?, &kept) {
                        Ok(closed) => (kept, at) = (closed, beyond),
                        Err(how) => break how,
                    }
                    if at == next {
                        points.push((at, kept.certificate.clone()));
                        continue 'way;
                    }
                    beyond = next;
                };
                points.push((at, kept.certificate.clone()));
                let silent = kept.certificate.silent_margin;
                let ending = if destabilised && first_stability != Stability::Stable {
                    Ending::StabilityGained
                } else if destabilised {
                    Ending::SynchronyLost
                } else if silent.is_some_and(|margin| margin < GONE) {
                    Ending::SilentNeuronFires
                } else {
                    Ending::OrderChanges
                };
                let boundary = Some(Boundary {
                    value: at,
                    width: (beyond - at).abs(),
                    ending,
                });
                return Ok(Continuation { points, boundary });
            }
        }
    }
    Ok(Continuation {
        points,
        boundary: None,
    })
}

/// The cycle of a neighbouring network; an error if it is not the same any more, with whether it is
/// still there and has only changed its stability.
fn follow(network: &ImpulseNetwork, from: &Closed) -> Result<Closed, bool> {
    let directly = close(network, from.cycle.clone());
    let spread = |closed: &Closed| closed.certificate.onset_spread / closed.certificate.period;
    let same = |closed: &Closed| {
        closed.certificate.pattern == from.certificate.pattern
            && closed.certificate.impulses_per_period == from.certificate.impulses_per_period
            && (spread(closed) - spread(from)).abs() < JUMP
    };
    let found = match directly {
        Ok(closed) if same(&closed) => Some(closed),
        _ => again(network, &from.cycle.start).ok().filter(same),
    };
    let found = found.ok_or(false)?;
    let stable = |closed: &Closed| closed.certificate.stability == Stability::Stable;
    if stable(&found) == stable(from) {
        Ok(found)
    } else {
        Err(true)
    }
}

/// The cycle that a state leads to after a few returns.
fn again(network: &ImpulseNetwork, start: &RelayState) -> Result<Closed, NotCertified> {
    let solver = RelaySolver::resume(network, start, 0.0)?;
    let approached: Approached = approach(network, solver, RETURNS)?;
    close(network, approached)
}
