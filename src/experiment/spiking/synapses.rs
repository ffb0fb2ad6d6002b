//! Section `[synapses]`: matrices, a list, or chance.

use super::per_pair::PerPair;
use super::random::RandomSettings;
use super::synapse_list::listed;
use crate::experiment::Diagnostic;
use crate::experiment::data::numbers::Numbers;
use crate::experiment::memory_limit::require_memory;
use crate::experiment::settings::{Count, Place, Placed, require, settings};
use crate::networks::Synapse;
use crate::solver::LEAST_LAG;

/// Bytes of a synapse.
pub(super) const SYNAPSE: f64 = 32.0;

settings! {
    /// Section `[synapses]`: one of `weights` with `delays`, `list` and `random`; without any of them no neuron hears
    /// another.
    pub struct SynapseSettings {
        /// What a spike adds to the potentials of others: one number for all pairs of different neurons, or a matrix
        /// (written out, .npy or .csv) whose row j holds what neuron j hears from each.
        pub weights: Option<PerPair>,
        /// How much later: one number, or a matrix like that of the weights.
        pub delays: Option<PerPair>,
        /// A list of synapses with the columns from, to, weight, delay (.csv with or without these names, .npy, or
        /// written out); neurons are counted from 0.
        pub list: Option<Numbers>,
        /// Every pair of different neurons is joined by chance.
        pub random: Option<RandomSettings>,
    }
}

impl SynapseSettings {
    /// All synapses.
    pub(super) fn list(&self, neurons: &Count, seed: u64) -> Result<Vec<Synapse>, Diagnostic> {
        match (&self.weights, &self.delays, &self.list, &self.random) {
            (None, None, None, None) => Ok(Vec::new()),
            (Some(weights), Some(delays), None, None) => matrices(weights, delays, neurons),
            (None, None, Some(list), None) => listed(list, **neurons),
            (None, None, None, Some(random)) => random.draw(neurons, seed),
            (weights, delays, None, None) => {
                let (has, place, misses) = match (weights, delays) {
                    (Some(weights), _) => ("weights", weights.place(), "delays"),
                    (None, delays) => (
                        "delays",
                        delays.as_ref().map_or(Place::NOWHERE, Placed::place),
                        "weights",
                    ),
                };
                Err(Diagnostic::new(format!("`{has}` without `{misses}`"))
                    .at(place.bytes())
                    .label("half of the synapses")
                    .help(format!("add `{misses} = ...`: a number, or a row a neuron")))
            }
            _ => {
                let places = [
                    self.weights.as_ref().map(Placed::place),
                    self.delays.as_ref().map(Placed::place),
                    self.list.as_ref().map(Placed::place),
                ];
                let place = places.into_iter().flatten().next();
                Err(Diagnostic::new("these are no synapses")
                    .at(place.unwrap_or(Place::NOWHERE).bytes())
                    .label("together with what else is given")
                    .help("give `weights` and `delays`, or `list` alone, or `random` alone"))
            }
        }
    }

    /// The synapses in a line.
    pub(super) fn describe(&self) -> String {
        match (&self.weights, &self.delays, &self.list, &self.random) {
            (Some(weights), Some(delays), ..) => {
                let one = |name: &str, numbers: &PerPair| match numbers {
                    PerPair::All(number) => format!("{name} {number}"),
                    PerPair::Each(_) => format!("{name}s per pair"),
                };
                format!("{}, {}", one("weight", weights), one("delay", delays))
            }
            (.., Some(list), _) => format!("synapses listed: {list}"),
            (.., Some(random)) => random.describe(),
            _ => "no synapses".into(),
        }
    }
}

fn matrices(
    weights: &PerPair,
    delays: &PerPair,
    neurons: &Count,
) -> Result<Vec<Synapse>, Diagnostic> {
    let n = **neurons;
    require_memory(neurons, "the synapses", SYNAPSE * (n as f64).powi(2))?;
    let own = weights.is_matrix();
    let (place, delay_place) = (weights, delays);
    let weights = weights.read_off("weights", n)?;
    let delays = delays.read_off("delays", n)?;
    let pairs = (0..n).flat_map(|sender| (0..n).map(move |target| (sender, target)));
    let pairs = pairs.filter(|(sender, target)| own || sender != target);
    let synapse = |(sender, target)| Synapse {
        sender,
        target,
        weight: weights(target, sender),
        delay: delays(target, sender),
    };
    let all: Vec<Synapse> = pairs
        .map(synapse)
        .filter(|found| found.weight != 0.0)
        .collect();
    require(
        place,
        all.iter().all(|synapse| synapse.weight.is_finite()),
        "a weight is not finite",
        "these weights",
        "a weight is a finite number",
    )?;
    let late = |synapse: &Synapse| delay_is_sound(synapse.delay);
    require(
        delay_place,
        all.iter().all(late),
        "a delay is neither 0 nor at least 1e-9",
        "these delays",
        "choose delays of 0, or of at least 1e-9",
    )?;
    Ok(all)
}

/// Shorter delays than [`LEAST_LAG`] are lost in the rounding of time.
pub(super) fn delay_is_sound(delay: f64) -> bool {
    delay == 0.0 || (delay >= LEAST_LAG && delay.is_finite())
}

impl SynapseSettings {
    /// Whether anything is read from a file.
    pub(super) fn reads_files(&self) -> bool {
        let matrices = [&self.weights, &self.delays].into_iter().flatten();
        let mut numbers = matrices.filter_map(|given| match given {
            PerPair::Each(numbers) => Some(numbers),
            PerPair::All(_) => None,
        });
        numbers.any(Numbers::is_file) || self.list.as_ref().is_some_and(Numbers::is_file)
    }
}
