//! Periodic modes in the activity of a network, by its return map.
//!
//! The Poincaré section is the onset of one neuron's impulse. A mode of period `p` returns is
//! accepted when all onsets, offsets and maxima of the last `p` returns repeat those of the `p`
//! before within a tolerance.

use serde::{Deserialize, Serialize};

use crate::analysis::{Activity, Impulse};
use crate::networks::Pattern;
use crate::numerics::worst::worst;

/// Most impulses of the reference neuron that one period may hold.
const LONGEST_PERIOD: usize = 12;

/// Part of a quiet stretch before the edge in it: the golden section, because in symmetric modes the
/// maxima of other neurons lie at simple fractions.
const EDGE: f64 = 0.618_033_988_749_895;

/// Tolerances within which a period counts as about to be reached.
const ALMOST: f64 = 100.0;

/// When a mode counts as periodic and as synchronous.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Criteria {
    /// Largest change of any onset, offset or maximum from one period to the next.
    pub tolerance: f64,
    /// Largest distance between the onsets of a synchronous group.
    pub synchrony: f64,
}

/// The kind of a periodic mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Exactly `k` neurons fire one synchronous impulse a period, all others are silent.
    #[serde(rename = "k-dominance cycle")]
    Dominance,
    /// Some neuron fires several impulses a period.
    #[serde(rename = "bursting")]
    Bursting,
    /// The active neurons fire one after the other at equal distances.
    #[serde(rename = "travelling wave")]
    TravellingWave,
    /// Any other phase relation.
    #[serde(rename = "other periodic mode")]
    Other,
}

impl Mode {
    /// The name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dominance => "k-dominance cycle",
            Self::Bursting => "bursting",
            Self::TravellingWave => "travelling wave",
            Self::Other => "other periodic mode",
        }
    }
}

/// A periodic mode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cycle {
    /// Its kind.
    pub mode: Mode,
    /// Its period.
    pub period: f64,
    /// Estimated error of the period: its last change, with the geometric tail still to come.
    pub period_error: f64,
    /// The neurons that fire.
    pub pattern: Pattern,
    /// Impulses of each neuron per period.
    pub impulses_per_period: Vec<usize>,
    /// First onset of each active neuron in the period, relative to the earliest one.
    pub phases: Vec<Option<f64>>,
    /// Distance between the first and the last onset of the active group.
    pub spread: f64,
    /// Largest maximum of a silent neuron over the last period; `None` if all are active.
    pub silent_maximum: Option<f64>,
    /// Measured factor by which differences between the active onsets shrink in one period; `None`
    /// where there was nothing to measure.
    pub synchrony_multiplier: Option<f64>,
    /// Largest change over the last period.
    pub residual: f64,
}

impl Cycle {
    /// Number of active neurons.
    #[must_use]
    pub fn k(&self) -> usize {
        self.pattern.k()
    }

    /// Periods that fit into a time.
    #[must_use]
    pub fn period_count(&self, time: f64) -> usize {
        (time / self.period) as usize
    }

    /// Whether two trajectories have settled on one cycle: period, maxima and phases agree within a
    /// tolerance.
    #[must_use]
    pub fn is_same(&self, other: &Self, tolerance: f64) -> bool {
        let close = |a: f64, b: f64| (a - b).abs() <= tolerance;
        let both = |a: &Option<f64>, b: &Option<f64>| match (a, b) {
            (Some(a), Some(b)) => close(*a, *b),
            (None, None) => true,
            _ => false,
        };
        let phases = self.phases.iter().zip(&other.phases);
        self.impulses_per_period == other.impulses_per_period
            && close(self.period, other.period)
            && both(&self.silent_maximum, &other.silent_maximum)
            && phases.into_iter().all(|(a, b)| both(a, b))
    }
}

/// Looks for a periodic mode at the end of `activity`.
///
/// # Errors
/// The smallest residual seen, infinite while no two periods can be compared.
pub fn detect(activity: &Activity, criteria: Criteria) -> Result<Cycle, f64> {
    let mut best = f64::INFINITY;
    let Some(section) = Section::of(activity) else {
        return Err(best);
    };
    let rounding = 64.0 * f64::EPSILON * activity.time().abs();
    for returns in 1..=LONGEST_PERIOD.min(section.edges.len().saturating_sub(1) / 2) {
        if !section.repeats_roughly(returns) {
            continue;
        }
        let residual = section.residual(activity, returns);
        if residual <= criteria.tolerance + rounding {
            // A shorter period that all but repeats is the true one, a few returns from settled.
            let almost = ALMOST * criteria.tolerance + rounding;
            if (1..returns).any(|shorter| section.residual(activity, shorter) <= almost) {
                break;
            }
            return Ok(section.cycle(activity, returns, residual, criteria));
        }
        best = best.min(residual);
    }
    Err(best)
}

/// The returns of one neuron, with edges between them that lie in its quiet stretches.
struct Section {
    onsets: Vec<f64>,
    edges: Vec<f64>,
}

impl Section {
    /// The section at the neuron that completed an impulse last (the first of several).
    fn of(activity: &Activity) -> Option<Self> {
        let last = |neuron: usize| {
            activity
                .impulses(neuron)
                .last()
                .map(|impulse| impulse.offset)
        };
        let mut reference: Option<(usize, f64)> = None;
        for neuron in 0..activity.neurons() {
            if let Some(offset) = last(neuron)
                && reference.is_none_or(|(_, latest)| offset > latest)
            {
                reference = Some((neuron, offset));
            }
        }
        let impulses = activity.impulses(reference?.0);
        let keep = impulses.len().saturating_sub(2 * LONGEST_PERIOD + 2);
        let recent = &impulses[keep..];
        let edges = recent
            .windows(2)
            .map(|pair| pair[0].offset + EDGE * (pair[1].onset - pair[0].offset))
            .collect();
        Some(Self {
            onsets: recent.iter().skip(1).map(|impulse| impulse.onset).collect(),
            edges,
        })
    }

    /// Whether the last intervals between returns repeat after `returns` of them, within a twentieth
    /// of the period, over more intervals than any burst of equal ones can hold.
    fn repeats_roughly(&self, returns: usize) -> bool {
        let needed = LONGEST_PERIOD + returns + 1;
        let Some(first) = self.onsets.len().checked_sub(needed) else {
            return false;
        };
        let recent = &self.onsets[first..];
        let intervals: Vec<f64> = recent.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let period: f64 = intervals[..returns].iter().sum();
        let pairs = intervals.iter().zip(&intervals[returns..]);
        pairs
            .into_iter()
            .all(|(earlier, later)| (earlier - later).abs() < 0.05 * period)
    }

    /// Start, end and section time of the window `back` windows of `returns` returns ago.
    fn window(&self, returns: usize, back: usize) -> (f64, f64, f64) {
        let end = self.edges.len() - 1 - returns * back;
        (self.edges[end - returns], self.edges[end], self.onsets[end])
    }

    /// Largest change between the last two windows; infinite where their impulses do not match.
    fn residual(&self, activity: &Activity, returns: usize) -> f64 {
        let (from, to, at) = self.window(returns, 0);
        let (from_before, to_before, at_before) = self.window(returns, 1);
        let period_before = at_before - self.onsets[self.edges.len() - 1 - 2 * returns];
        let mut residual = ((at - at_before) - period_before).abs();
        for neuron in 0..activity.neurons() {
            let now = inside(activity.impulses(neuron), from, to);
            let before = inside(activity.impulses(neuron), from_before, to_before);
            if now.len() != before.len() {
                return f64::INFINITY;
            }
            for (now, before) in now.iter().zip(before) {
                let onset = (now.onset - at) - (before.onset - at_before);
                let offset = (now.offset - at) - (before.offset - at_before);
                residual = worst([residual, onset.abs(), offset.abs()]);
            }
            let top = activity.maximum(neuron, from, to);
            let top_before = activity.maximum(neuron, from_before, to_before);
            residual = match (top, top_before) {
                (Some(top), Some(before)) => worst([residual, (top - before).abs()]),
                (None, None) => residual,
                _ => return f64::INFINITY,
            };
        }
        residual
    }

    /// The mode in the last window.
    fn cycle(
        &self,
        activity: &Activity,
        returns: usize,
        residual: f64,
        criteria: Criteria,
    ) -> Cycle {
        let (from, to, at) = self.window(returns, 0);
        let period = at - self.window(returns, 1).2;
        let neurons = 0..activity.neurons();
        let impulses_per_period: Vec<usize> = neurons
            .clone()
            .map(|j| inside(activity.impulses(j), from, to).len())
            .collect();
        let pattern: Pattern = impulses_per_period.iter().map(|count| *count > 0).collect();
        let onset = |j: usize| {
            inside(activity.impulses(j), from, to)
                .first()
                .map(|i| i.onset)
        };
        let onsets: Vec<Option<f64>> = neurons.clone().map(onset).collect();
        let earliest = onsets
            .iter()
            .flatten()
            .copied()
            .fold(f64::INFINITY, f64::min);
        let phases: Vec<Option<f64>> = onsets.iter().map(|o| o.map(|o| o - earliest)).collect();
        let spread = phases.iter().flatten().copied().fold(0.0, f64::max);
        let silent = neurons.filter(|j| !pattern[*j]);
        let silent_maximum = silent
            .filter_map(|j| activity.maximum(j, from, to))
            .reduce(f64::max);

        let single = impulses_per_period.iter().all(|count| *count <= 1);
        let mode = if !single {
            Mode::Bursting
        } else if spread <= criteria.synchrony {
            Mode::Dominance
        } else if equally_spaced(&phases, period) {
            Mode::TravellingWave
        } else {
            Mode::Other
        };
        let synchrony_multiplier = if single {
            contraction(
                &pattern
                    .active()
                    .map(|j| upto(activity.impulses(j), to))
                    .collect::<Vec<_>>(),
                period,
                criteria.tolerance.sqrt(),
            )
        } else {
            None
        };
        let tail = synchrony_multiplier.map_or(1.0, |mu| 1.0 - mu.abs());
        let period_error = residual / tail.max(0.01) + 4.0 * f64::EPSILON * at.abs();
        Cycle {
            mode,
            period,
            period_error,
            pattern,
            impulses_per_period,
            phases,
            spread,
            silent_maximum,
            synchrony_multiplier,
            residual,
        }
    }
}

/// The impulses with an onset in `[from, to)`.
fn inside(impulses: &[Impulse], from: f64, to: f64) -> &[Impulse] {
    let first = impulses.partition_point(|impulse| impulse.onset < from);
    &upto(impulses, to)[first..]
}

/// The impulses with an onset before `to`.
fn upto(impulses: &[Impulse], to: f64) -> &[Impulse] {
    &impulses[..impulses.partition_point(|impulse| impulse.onset < to)]
}

/// Whether the phases are those of a wave: neighbours `period / k` apart within a thousandth.
fn equally_spaced(phases: &[Option<f64>], period: f64) -> bool {
    let mut sorted: Vec<f64> = phases.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let step = period / sorted.len() as f64;
    sorted.len() > 1
        && sorted
            .iter()
            .enumerate()
            .all(|(n, p)| (p - n as f64 * step).abs() < 1e-3 * period)
}

/// Factor by which the onset differences of the active group shrink in one period.
///
/// With `e_n` the change of the deviations from the mean onset between the periods `n` and `n + 1`,
/// it is `<e_{n+1}, e_n> / <e_n, e_n>` at the last `n` where `|e_n|` is at least `floor`: late enough
/// to be linear, early enough to stand above rounding.
fn contraction(active: &[&[Impulse]], period: f64, floor: f64) -> Option<f64> {
    if active.len() < 2 {
        return None;
    }
    let length = active.iter().map(|impulses| impulses.len()).min()?;
    let deviations = |back: usize| -> Option<Vec<f64>> {
        let onsets: Vec<f64> = active
            .iter()
            .map(|impulses| impulses[impulses.len() - 1 - back].onset)
            .collect();
        let mean = onsets.iter().sum::<f64>() / onsets.len() as f64;
        let together = onsets
            .iter()
            .all(|onset| (onset - mean).abs() < 0.5 * period);
        together.then(|| onsets.iter().map(|onset| onset - mean).collect())
    };
    let difference = |new: &[f64], old: &[f64]| -> Vec<f64> {
        new.iter().zip(old).map(|(n, o)| n - o).collect()
    };
    let product = |x: &[f64], y: &[f64]| -> f64 { x.iter().zip(y).map(|(x, y)| x * y).sum() };
    let mut newer = deviations(0)?;
    let mut newer_change: Option<Vec<f64>> = None;
    for back in 1..length {
        let older = deviations(back)?;
        let change = difference(&newer, &older);
        let size = product(&change, &change);
        if let Some(newer_change) = &newer_change
            && size >= floor * floor
        {
            return Some(product(newer_change, &change) / size);
        }
        (newer, newer_change) = (older, Some(change));
    }
    None
}
