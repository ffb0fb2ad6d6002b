//! Cycles of relay networks by Newton's method on the return map, with exact multipliers.
//!
//! A cycle is a state `z` (components and times left of the switches under way) and a period `T` with
//! `Phi_T(z) = z`. Newton's method solves that together with a phase condition; the derivative of
//! `Phi_T` is carried along exactly ([`RelayTangent`]), so its eigenvalues are the Floquet
//! multipliers. Ours.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use crate::analysis::Activity;
use crate::networks::{ImpulseNetwork, Pattern};
use crate::numerics::matrix::{MatrixError, eigenvalues};
use crate::numerics::worst::worst;
use crate::solver::{
    CollocationError, Engine, RelayField, RelaySolver, RelayState, RelayTangent, SolverError,
};

/// Most Newton steps.
const MOST_STEPS: usize = 12;

/// Largest change of any coordinate over the period of a certified cycle.
const CLOSED: f64 = 1e-10;

/// How close to 1 a multiplier may be in modulus before stability cannot be told from it.
const MARGIN: f64 = 1e-9;

/// What its multipliers, in floating point, say of a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stability {
    /// All multipliers but the trivial one lie inside the unit circle.
    Stable,
    /// At least one lies outside.
    Unstable,
    /// One lies on the circle to rounding: a family of cycles, or a bifurcation.
    Neutral,
}

impl Stability {
    /// The name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Unstable => "unstable",
            Self::Neutral => "neutral",
        }
    }
}

/// A cycle with the numerical evidence of what it is.
///
/// Strong, but no theorem: for that see [`proof`](crate::analysis::proof).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// Whether it attracts.
    pub stability: Stability,
    /// The neurons that fire.
    pub pattern: Pattern,
    /// Impulses of each neuron per period.
    pub impulses_per_period: Vec<usize>,
    /// Onset of each neuron after its longest pause, the first of a packet of impulses, from the beginning of the cycle,
    /// which lies where the network pauses longest; `None` for a silent neuron.
    pub onsets: Vec<Option<f64>>,
    /// Shortest time that holds an onset of every neuron that fires.
    pub onset_spread: f64,
    /// Its period.
    pub period: f64,
    /// Largest change of any coordinate over one period.
    pub residual: f64,
    /// Newton steps taken.
    pub newton_steps: usize,
    /// Floquet multipliers `(re, im)`, the largest in modulus first, the trivial one removed.
    pub multipliers: Vec<(f64, f64)>,
    /// The multiplier of a shift in time; 1 but for rounding.
    pub trivial: f64,
    /// Modulus of the largest multiplier but the trivial one.
    pub leading: f64,
    /// How far the highest silent neuron stays below the threshold; `None` if all fire.
    pub silent_margin: Option<f64>,
    /// Smallest slope at which a neuron passes the threshold.
    pub crossing_margin: f64,
}

impl Certificate {
    /// Whether this is a k-dominance cycle of `network`: every active neuron fires once a period, and
    /// all within `synchrony`; of neurons that are not alike, and so cannot fire at one time,
    /// within the delay 1 of a neuron, so that their impulses overlap.
    #[must_use]
    pub fn is_dominance(&self, network: &ImpulseNetwork, synchrony: f64) -> bool {
        let allowed = if network.is_uniform() { synchrony } else { 1.0 };
        self.impulses_per_period.iter().all(|count| *count <= 1) && self.onset_spread <= allowed
    }
}

/// Shortest stretch of a period that holds all of the onsets.
pub(super) fn onset_spread(onsets: impl IntoIterator<Item = f64>, period: f64) -> f64 {
    let mut phases: Vec<f64> = onsets.into_iter().map(|t| t.rem_euclid(period)).collect();
    phases.sort_by(f64::total_cmp);
    let (Some(first), Some(last)) = (phases.first(), phases.last()) else {
        return 0.0;
    };
    let around = first + period - last;
    let gap = phases.windows(2).map(|pair| pair[1] - pair[0]);
    (period - gap.fold(around, f64::max)).max(0.0)
}

/// Of the onsets of one period, in order, the one after the longest pause; the first of several.
fn after_longest_pause(onsets: &[f64], period: f64) -> Option<f64> {
    let last = onsets.last()?;
    let before = std::iter::once(last - period).chain(onsets.iter().copied());
    let pauses = onsets
        .iter()
        .zip(before)
        .map(|(onset, before)| (onset - before, *onset));
    let longest = pauses.reduce(|best, other| if other.0 > best.0 { other } else { best });
    longest.map(|(_, onset)| onset)
}

/// Why there is no certificate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NotCertified {
    /// The trajectory does not fire, so that there is no return.
    #[error("no neuron of the pattern has fired again by t = {time}")]
    NoReturn {
        /// Time reached.
        time: f64,
    },
    /// Signs or the order of switches do not come back.
    #[error("signs and order of switches do not come back after one period")]
    OtherOrder,
    /// Newton's method does not close the cycle.
    #[error("the cycle does not close: residual {residual:e} after {steps} Newton steps")]
    Open {
        /// Change over one period.
        residual: f64,
        /// Newton steps taken.
        steps: usize,
    },
    /// The trajectory cannot be followed.
    #[error(transparent)]
    Solver(#[from] SolverError),
    /// The multipliers cannot be computed.
    #[error(transparent)]
    Multipliers(#[from] MatrixError),
    /// No periodic orbit is found at a finite lambda.
    #[error(transparent)]
    Orbit(#[from] CollocationError),
}

/// Follows the relay `network` from the constant history `state` for `returns` returns, then closes the
/// cycle by Newton's method and certifies it.
///
/// An unstable cycle is found as well if the trajectory passes close by: start it on the symmetry
/// that it has (equal values for a synchronous group), and take few returns.
///
/// Cost: the way there, then about four periods, each `O(N D)` an event, and the eigenvalues of a
/// `D x D` matrix for `D` coordinates.
///
/// # Errors
/// [`NotCertified`], with what was missing.
///
/// ```
/// use pulsatrix::analysis::{Stability, certify};
/// use pulsatrix::networks::{ImpulseNetwork, ImpulseParameters};
///
/// let network = ImpulseNetwork::new(ImpulseParameters::homogeneous(3, 1.0, 0.5, -44.0, 3.3))?;
/// let found = certify(&network, &[-1.0, -1.1, -40.0], 4)?;
/// assert_eq!((found.stability, found.pattern), (Stability::Stable, "110".parse()?));
/// assert!((found.multipliers[0].0 + 0.264_241_1).abs() < 1e-6); // mu_2
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn certify(
    network: &ImpulseNetwork,
    state: &[f64],
    returns: usize,
) -> Result<Certificate, NotCertified> {
    let solver = RelaySolver::new(network, state, 0.0)?;
    Ok(close(network, approach(network, solver, returns)?)?.certificate)
}

/// The same for any relay equation, whose neurons fire packets of at most `most` impulses: a return is a packet. `patience` is
/// the longest time in which a neuron of a periodic mode fires.
///
/// # Errors
/// [`NotCertified`], with what was missing.
pub fn certify_relays<F: RelayField>(
    field: &F,
    state: &[f64],
    patience: f64,
    returns: usize,
    most: usize,
) -> Result<Certificate, NotCertified> {
    let solver = RelaySolver::new(field, state, 0.0)?;
    let approached = come_near(solver, patience, returns, most.max(1))?;
    Ok(close(field, approached)?.certificate)
}

/// Closes the cycle of a relay equation that a state on it, or close by, belongs to, and certifies it; `period` is near its
/// own. The neuron whose level stays fixed meanwhile is the first one.
///
/// For cycles that are known in another way, also such that no constant history leads to.
///
/// # Errors
/// [`NotCertified`], with what was missing.
pub fn certify_from<F: RelayField>(
    field: &F,
    start: RelayState,
    period: f64,
) -> Result<Certificate, NotCertified> {
    let approached = Approached {
        start,
        period,
        section: 0,
    };
    Ok(close(field, approached)?.certificate)
}

/// Closes a cycle by Newton's method from where it was approached, and certifies it.
pub(in crate::analysis) fn close<F: RelayField>(
    field: &F,
    approached: Approached,
) -> Result<Closed, NotCertified> {
    let Approached {
        mut start,
        mut period,
        section,
    } = approached;
    // A step that doubles the period has left the cycle, and could lead anywhere.
    let longest = 2.0 * period;
    let mut residual = f64::INFINITY;
    for steps in 0..=MOST_STEPS {
        let mut tangent = RelayTangent::new(field, &start)?;
        tangent.advance_to(period)?;
        let (end, derivative) = tangent.reached();
        if !end.is_like(&start) {
            return Err(NotCertified::OtherOrder);
        }
        let gap = end.coordinates() - start.coordinates();
        let before = residual;
        residual = worst(gap.iter().map(|gap| gap.abs()));
        // Once closed, go on while that still pays: the last digits are free.
        if residual < CLOSED && residual > 0.1 * before || residual == 0.0 {
            let certificate = describe(field, &start, period, residual, steps, &derivative)?;
            let cycle = Approached {
                start,
                period,
                section,
            };
            return Ok(Closed { cycle, certificate });
        }
        let velocity = tangent.velocity()?;
        let Some(step) = newton_step(&derivative, &velocity, &gap, section) else {
            return Err(NotCertified::Open { residual, steps });
        };
        let dimension = gap.len();
        start = start.at(&(start.coordinates() + step.rows(0, dimension)));
        period += step[dimension];
        let sound = period > 0.0
            && period < longest
            && start.coordinates().iter().all(|value| value.is_finite());
        let in_order = start.pending.iter().all(|queue| {
            queue.iter().all(|(wait, _)| *wait > 0.0) && queue.is_sorted_by(|a, b| a.0 <= b.0)
        });
        if !(sound && in_order) {
            return Err(NotCertified::Open { residual, steps });
        }
    }
    Err(NotCertified::Open {
        residual,
        steps: MOST_STEPS,
    })
}

/// Solves `[M - 1, v; e^T, 0] (dz, dT) = (-gap, 0)`, `e` the coordinate of the section neuron, which
/// stays where it is; least squares where the matrix is singular, as it is for a family of cycles.
fn newton_step(
    derivative: &DMatrix<f64>,
    velocity: &DVector<f64>,
    gap: &DVector<f64>,
    section: usize,
) -> Option<DVector<f64>> {
    let dimension = gap.len();
    let mut matrix = DMatrix::zeros(dimension + 1, dimension + 1);
    matrix
        .view_mut((0, 0), (dimension, dimension))
        .copy_from(&(derivative - DMatrix::identity(dimension, dimension)));
    matrix
        .view_mut((0, dimension), (dimension, 1))
        .copy_from(velocity);
    matrix[(dimension, section)] = 1.0;
    let mut right = DVector::zeros(dimension + 1);
    right.rows_mut(0, dimension).copy_from(&-gap);
    let direct = matrix.clone().lu().solve(&right);
    let usable = |step: &DVector<f64>| step.amax() < 1e3 * gap.amax() + 1e-6;
    direct
        .filter(usable)
        .or_else(|| matrix.svd(true, true).solve(&right, 1e-9).ok())
}

/// Where Newton's method starts.
#[derive(Debug, Clone)]
pub(in crate::analysis) struct Approached {
    /// A state in the longest pause between two events.
    pub start: RelayState,
    /// The last return time.
    pub period: f64,
    /// The neuron whose onsets are the returns.
    pub section: usize,
}

/// A closed cycle.
#[derive(Debug, Clone)]
pub(in crate::analysis) struct Closed {
    /// Where it starts, and its period.
    pub cycle: Approached,
    /// What it is.
    pub certificate: Certificate,
}

/// Time in which a neuron of a periodic mode fires: a free one needs its period, an inhibited one at
/// most its recovery from `c`.
pub(super) fn patience(network: &ImpulseNetwork) -> f64 {
    let parameters = network.parameters();
    let deepest = parameters.c.iter().fold(0.0_f64, |low, c| low.min(*c));
    10.0 + 2.0 * (parameters.h - deepest)
}

/// The neuron that has fired most often, the first of several: its onsets are the returns.
pub(super) fn most_active(activity: &Activity) -> usize {
    let neurons = 0..activity.neurons();
    neurons
        .max_by_key(|j| (activity.impulses(*j).len(), usize::MAX - j))
        .unwrap_or(0)
}

/// Follows the trajectory for some returns.
pub(in crate::analysis) fn approach(
    network: &ImpulseNetwork,
    solver: RelaySolver<'_, ImpulseNetwork>,
    returns: usize,
) -> Result<Approached, NotCertified> {
    come_near(solver, patience(network), returns, 1)
}

/// Distance between the pauses of one packet and of the one before, in those of a period, up to which they are the same:
/// the trajectory is still on its way (chosen).
const ALIKE: f64 = 0.05;

/// The least number of impulses, up to `most`, after which all pauses come again; `most` where none does.
fn packet(onsets: &[f64], most: usize) -> usize {
    let pauses: Vec<f64> = onsets.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let comes_again = |count: &usize| {
        let (earlier, later) = (&pauses[..], &pauses[*count..]);
        let period: f64 = later.iter().rev().take(*count).sum();
        let mut off = earlier.iter().zip(later).map(|(a, b)| (a - b).abs());
        off.all(|off| off < ALIKE * period)
    };
    (1..most).find(comes_again).unwrap_or(most)
}

/// Follows a trajectory for some returns, each a packet of at most `most` impulses of the most active neuron.
fn come_near<F: RelayField>(
    mut solver: RelaySolver<'_, F>,
    patience: f64,
    returns: usize,
    most: usize,
) -> Result<Approached, NotCertified> {
    let mut activity = Activity::new(solver.time(), solver.state());
    let limit = patience * (returns + 2) as f64;
    // Two packets at least, or two returns of single impulses.
    let least = if most == 1 { 2 } else { 2 * most + 1 };
    let (section, period) = loop {
        let neuron = most_active(&activity);
        let impulses = activity.impulses(neuron);
        if impulses.len() >= returns.max(least) {
            let recent = impulses[impulses.len() - least..].iter();
            let onsets: Vec<f64> = recent.map(|impulse| impulse.onset).collect();
            let count = packet(&onsets, most);
            if impulses.len() >= returns * count {
                break (neuron, onsets[least - 1] - onsets[least - 1 - count]);
            }
        }
        if solver.time() >= limit {
            return Err(NotCertified::NoReturn {
                time: solver.time(),
            });
        }
        activity.watch(solver.advance(limit)?);
    };
    let begin = solver.time();
    let mut pause = (begin, begin);
    while solver.time() < begin + period {
        let (from, to) = solver.advance(begin + period)?.span();
        if to - from > pause.1 - pause.0 {
            pause = (from, to);
        }
    }
    let middle = 0.5 * (pause.0 + pause.1) + period;
    while solver.time() < middle {
        solver.advance(middle)?;
    }
    Ok(Approached {
        start: solver.snapshot(),
        period,
        section,
    })
}

/// Multipliers with the trivial one set apart.
pub(super) struct Judged {
    pub stability: Stability,
    pub multipliers: Vec<(f64, f64)>,
    pub trivial: f64,
    pub leading: f64,
}

/// Takes the multiplier nearest to 1 for the trivial one and judges by the others, which are told
/// from the unit circle at a distance of `margin`.
pub(super) fn judge(mut multipliers: Vec<(f64, f64)>, margin: f64) -> Judged {
    let nearest_to_one = |(_, a): &(usize, (f64, f64)), (_, b): &(usize, (f64, f64))| {
        (a.0 - 1.0).hypot(a.1).total_cmp(&(b.0 - 1.0).hypot(b.1))
    };
    let trivial = multipliers
        .iter()
        .copied()
        .enumerate()
        .min_by(nearest_to_one);
    let trivial = trivial.map_or(f64::NAN, |(index, _)| multipliers.remove(index).0);
    multipliers.sort_by(|a, b| b.0.hypot(b.1).total_cmp(&a.0.hypot(a.1)));
    let leading = multipliers.first().map_or(0.0, |mu| mu.0.hypot(mu.1));
    let stability = if leading < 1.0 - margin {
        Stability::Stable
    } else if leading > 1.0 + margin {
        Stability::Unstable
    } else {
        Stability::Neutral
    };
    Judged {
        stability,
        multipliers,
        trivial,
        leading,
    }
}

/// Walks the closed cycle once more and puts together what it shows.
fn describe<F: RelayField>(
    field: &F,
    start: &RelayState,
    period: f64,
    residual: f64,
    newton_steps: usize,
    derivative: &DMatrix<f64>,
) -> Result<Certificate, NotCertified> {
    let mut solver = RelaySolver::resume(field, start, 0.0)?;
    let neurons = start.state.len();
    let mut highest = start.state.clone();
    let mut crossing_margin = f64::INFINITY;
    let mut crossings = vec![0; neurons];
    let mut onsets: Vec<Vec<f64>> = vec![Vec::new(); neurons];
    while solver.time() < period {
        let piece = solver.advance(period)?;
        let (_, end) = piece.span();
        for (j, top) in highest.iter_mut().enumerate() {
            *top = top.max(piece.value(j, end));
        }
        let touching: Vec<f64> = (0..neurons).map(|j| piece.slope(j, end)).collect();
        for (j, slope) in touching.into_iter().enumerate() {
            if solver.state()[j] == 0.0 {
                crossing_margin = crossing_margin.min(slope.abs());
                crossings[j] += 1;
                if slope > 0.0 {
                    onsets[j].push(end);
                }
            }
        }
    }
    let onsets: Vec<Option<f64>> = onsets
        .iter()
        .map(|onsets| after_longest_pause(onsets, period))
        .collect();
    let impulses_per_period: Vec<usize> = crossings.iter().map(|count| count / 2).collect();
    let pattern: Pattern = impulses_per_period.iter().map(|count| *count > 0).collect();
    let silent = (0..neurons).filter(|j| !pattern[*j]).map(|j| highest[j]);
    let top = silent.reduce(f64::max);
    let Judged {
        stability,
        multipliers,
        trivial,
        leading,
    } = judge(eigenvalues(derivative)?, MARGIN);
    Ok(Certificate {
        stability,
        pattern,
        impulses_per_period,
        onset_spread: onset_spread(onsets.iter().copied().flatten(), period),
        onsets,
        period,
        residual,
        newton_steps,
        multipliers,
        trivial,
        leading,
        silent_margin: top.map(|top| -top),
        crossing_margin,
    })
}
