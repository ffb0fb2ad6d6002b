//! Waves of very many neurons: followed by the engine for mean fields, and held against theory.

use rand::RngExt;
use rand::seq::index::sample;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::wave::Wave;
use super::waves::best_wave;
use super::{CoexistingWave, WaveNetwork};
use crate::networks::ImpulseNetwork;
use crate::numerics::matrix::MatrixError;
use crate::numerics::random::stream;
use crate::solver::{MeanFieldSolver, SolverError, Switch};

/// Deviations between which the rate of their decay is read: below, times of some hundred have a rounding of 1e-13;
/// above, the decay is not yet that of the leading multiplier (chosen).
const LINEAR: (f64, f64) = (1e-10, 1e-4);

/// A start near a wave of groups.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LargeStart {
    /// Groups that fire one after the other; neuron `j` belongs to group `j mod groups`.
    pub groups: usize,
    /// Level of the first group.
    pub first: f64,
    /// Neurons, chosen at random, that start off their group,
    pub kicked: usize,
    /// by up to so much.
    pub kick: f64,
    /// Onsets of every neuron that are followed.
    pub returns: usize,
    /// Seed of the kicks.
    pub seed: u64,
}

/// How a start near a wave goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LargeWave {
    /// Number of neurons.
    pub neurons: usize,
    /// Neurons that started off their group.
    pub kicked: usize,
    /// The wave by theory,
    pub theory: Wave,
    /// and the modulus of its leading multiplier.
    pub leading_multiplier: f64,
    /// The last period that was followed.
    pub period: f64,
    /// Largest `|m Delta - T|` of it, over the distances between groups that follow each other.
    pub closing: f64,
    /// At every onset, the largest distance of a neuron from the first one of its group.
    pub within: Vec<f64>,
    /// At every onset, the largest deviation of a group from its place behind the first one.
    pub between: Vec<f64>,
    /// Factor by which the larger of both shrinks in a period, fitted from 1e-4 to 1e-10; `None` where it does not.
    pub rate: Option<f64>,
    /// Crossings and switches that were felt, of clusters of neurons.
    pub events: u64,
}

/// Why a wave is not followed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LargeWaveError {
    /// There is another network.
    #[error(
        "waves of groups are followed among equal relay neurons, all coupled to all without self-term"
    )]
    OtherNetwork,
    /// Groups of unequal size.
    #[error("{neurons} neurons do not make {groups} groups of equal size")]
    Unequal {
        /// Neurons.
        neurons: usize,
        /// Groups.
        groups: usize,
    },
    /// Theory has no wave.
    #[error("there is no wave of {groups} groups of {size} neurons")]
    NoWave {
        /// Groups.
        groups: usize,
        /// Neurons of each.
        size: usize,
    },
    /// A neuron that falls silent.
    #[error(
        "neuron {neuron} has fired only {found} of {returns} times by t = {time}: the wave is lost"
    )]
    Lost {
        /// The neuron, from 1.
        neuron: usize,
        /// Its onsets.
        found: usize,
        /// What was asked for.
        returns: usize,
        /// When it was given up.
        time: f64,
    },
    /// The engine fails.
    #[error(transparent)]
    Solver(#[from] SolverError),
    /// The multipliers cannot be computed.
    #[error(transparent)]
    Multipliers(#[from] MatrixError),
}

/// Starts the groups of a mean field one after the other and follows every neuron for some returns.
///
/// Cost: the events of [`MeanFieldSolver`], and `O(N)` a period to look at every neuron. Ours.
///
/// # Errors
/// [`LargeWaveError`]: where there is no such wave, and where the start does not lead to it.
pub fn follow_large_wave(
    network: &ImpulseNetwork,
    start: LargeStart,
) -> Result<LargeWave, LargeWaveError> {
    let neurons = network.neurons();
    let LargeStart {
        groups, returns, ..
    } = start;
    let theory = WaveNetwork::of(network).ok_or(LargeWaveError::OtherNetwork)?;
    let field = network.mean_field().ok_or(LargeWaveError::OtherNetwork)?;
    if groups == 0 || !neurons.is_multiple_of(groups) {
        return Err(LargeWaveError::Unequal { neurons, groups });
    }
    let size = neurons / groups;
    let found = best_wave(&theory, groups, size, neurons)?;
    let CoexistingWave {
        wave,
        leading_multiplier,
        ..
    } = found.ok_or(LargeWaveError::NoWave { groups, size })?;
    let state = started(&wave, start, neurons);
    let mut solver = MeanFieldSolver::new(&field, &state, 0.0)?;

    // The earliest and the latest onset of each group, return by return.
    let mut spans = vec![vec![(f64::INFINITY, f64::NEG_INFINITY); groups]; returns];
    let mut counts = vec![0_usize; neurons];
    let mut waiting = neurons;
    let mut events = 0;
    // On the wave the last onset comes before; a start that is late by two periods has lost it.
    let limit = wave.period * (returns + 3) as f64 - start.first;
    while waiting > 0 {
        let Some(event) = solver.advance_event(limit)? else {
            let lost = counts.iter().position(|count| *count < returns);
            let neuron = lost.unwrap_or(0);
            return Err(LargeWaveError::Lost {
                neuron: neuron + 1,
                found: counts[neuron],
                returns,
                time: limit,
            });
        };
        events += 1;
        if event.switch != Switch::Up {
            continue;
        }
        for neuron in solver.members(event.source) {
            if let Some(spans) = spans.get_mut(counts[neuron]) {
                let (early, late) = &mut spans[neuron % groups];
                *early = early.min(event.time);
                *late = late.max(event.time);
            }
            counts[neuron] += 1;
            waiting -= usize::from(counts[neuron] == returns);
        }
    }

    let spacing = wave.spacing();
    let within = spans.iter().map(|groups| {
        let spreads = groups.iter().map(|(early, late)| late - early);
        spreads.fold(0.0, f64::max)
    });
    let between = spans.iter().map(|groups| {
        let off = |(group, (early, _)): (usize, &(f64, f64))| {
            (early - groups[0].0 - group as f64 * spacing).abs()
        };
        groups.iter().enumerate().map(off).fold(0.0, f64::max)
    });
    let (within, between): (Vec<f64>, Vec<f64>) = (within.collect(), between.collect());
    let first = |place: usize, group: usize| spans[place][group].0;
    let period = first(returns - 1, 0) - first(returns - 2, 0);
    let mut places: Vec<f64> = (0..groups).map(|group| first(returns - 2, group)).collect();
    places.push(first(returns - 1, 0));
    let off = |pair: &[f64]| (groups as f64 * (pair[1] - pair[0]) - period).abs();
    let closing = places.windows(2).map(off).fold(0.0, f64::max);
    let rate = rate(&within, &between);
    Ok(LargeWave {
        neurons,
        kicked: start.kicked.min(neurons),
        theory: wave,
        leading_multiplier,
        period,
        closing,
        within,
        between,
        rate,
        events,
    })
}

/// The levels at the start: group after group, some neurons off theirs.
fn started(wave: &Wave, start: LargeStart, neurons: usize) -> Vec<f64> {
    let mut random = stream(start.seed, "kicks of a large wave", 0);
    let level = |neuron: usize| start.first - wave.spacing() * (neuron % start.groups) as f64;
    let mut state: Vec<f64> = (0..neurons).map(level).collect();
    for neuron in sample(&mut random, neurons, start.kicked.min(neurons)) {
        state[neuron] += start.kick * random.random_range(-1.0..=1.0);
    }
    state
}

/// The factor by which deviations shrink, by least squares over their logarithms.
fn rate(within: &[f64], between: &[f64]) -> Option<f64> {
    let all = within
        .iter()
        .zip(between)
        .map(|(one, other)| one.max(*other));
    let points: Vec<(f64, f64)> = all
        .enumerate()
        .skip_while(|(_, size)| *size > LINEAR.1)
        .take_while(|(_, size)| *size > LINEAR.0)
        .map(|(n, size)| (n as f64, size.ln()))
        .collect();
    if points.len() < 4 {
        return None;
    }
    let count = points.len() as f64;
    let mean = |value: fn(&(f64, f64)) -> f64| points.iter().map(value).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let product: f64 = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum();
    let square: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    Some((product / square).exp())
}
