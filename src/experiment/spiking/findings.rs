//! What a run finds.

use serde::{Deserialize, Serialize};

use super::settings::{Settings, SpikingEngine};
use crate::analysis::{Firing, intervals, population_rate, synchrony};
use crate::experiment::Array;
use crate::networks::{Spike, SpikingNetwork};

/// Neurons and spikes of each that stand in the report itself; arrays hold all of them.
const SHOWN: usize = 20;

/// What is found. Neurons are counted from 0.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// The engine that has run.
    pub engine: SpikingEngine,
    /// Number of synapses.
    pub synapses: usize,
    /// Number of spikes.
    pub spikes: usize,
    /// Neurons that have fired after the transient.
    pub firing_neurons: usize,
    /// Mean over the neurons of their rates after the transient, spikes per unit of time.
    pub mean_rate: f64,
    /// Mean of the coefficients of variation, over the neurons that have one.
    pub mean_cv: Option<f64>,
    /// Synchrony of the sampled potentials after the transient: 1 where all move as one, about one over the root of
    /// the number of neurons where each moves for itself.
    pub synchrony: Option<f64>,
    /// First spikes of the first neurons, a list a neuron.
    pub first_spikes: Vec<Vec<f64>>,
    /// Times of all spikes, in their order.
    pub spike_times: Array,
    /// The neuron of each.
    pub spike_neurons: Array,
    /// Times between neighbouring spikes of one neuron, neuron after neuron.
    pub intervals: Array,
    /// The neuron of each.
    pub interval_neurons: Array,
    /// Rate of each neuron after the transient.
    pub rates: Array,
    /// Mean interval of each neuron after the transient.
    pub mean_intervals: Array,
    /// Coefficient of variation of the intervals of each neuron after the transient.
    pub cvs: Array,
    /// Whether each neuron excites: none of its synapses has a negative weight.
    pub excitatory: Array,
    /// Middle of every part of the time span in which spikes are counted.
    pub rate_t: Array,
    /// Spikes per neuron and unit of time in it.
    pub population_rate: Array,
    /// Times at which the potentials are saved.
    pub t: Array,
    /// The potentials then.
    pub potentials: Array,
}

/// What a run leaves.
#[derive(Serialize, Deserialize)]
pub(super) struct Course {
    pub(super) spikes: Vec<Spike>,
    /// Potentials at the saved times, a row a time.
    pub(super) potentials: Vec<f64>,
}

impl Findings {
    /// All that a run says of its network; `times` are the saved ones.
    pub(super) fn of(
        settings: &Settings,
        network: &SpikingNetwork,
        times: Vec<f64>,
        course: Course,
    ) -> Self {
        let Course { spikes, potentials } = course;
        let neurons = network.neurons();
        let (end, bins) = (*settings.simulation.t_end, *settings.analysis.bins);
        let discard = *settings.analysis.discard;
        let mut trains = vec![Vec::new(); neurons];
        for spike in &spikes {
            trains[spike.neuron].push(spike.time);
        }
        let firing: Vec<Firing> = trains
            .iter()
            .map(|train| Firing::of(train, (discard, end)))
            .collect();
        let each = |of: &dyn Fn(&Firing) -> f64| firing.iter().map(of).collect::<Vec<f64>>();
        let between: Vec<Vec<f64>> = trains.iter().map(|train| intervals(train)).collect();
        let numbers = between.iter().enumerate();
        let numbers = numbers.flat_map(|(neuron, list)| vec![neuron as f64; list.len()]);
        let cvs: Vec<f64> = firing.iter().filter_map(|firing| firing.cv).collect();
        let outgoing = |neuron| network.outgoing(neuron);
        let excites = |neuron| outgoing(neuron).iter().all(|synapse| synapse.weight >= 0.0);
        let late = times.iter().position(|time| *time >= discard).unwrap_or(0);
        let middle = |bin: usize| (bin as f64 + 0.5) * end / bins as f64;
        let first = trains.iter().take(SHOWN);
        let first = first.map(|train| train.iter().copied().take(SHOWN).collect());
        Self {
            engine: *settings.simulation.engine,
            synapses: (0..neurons).map(|neuron| outgoing(neuron).len()).sum(),
            spikes: spikes.len(),
            firing_neurons: firing.iter().filter(|firing| firing.spikes > 0).count(),
            mean_rate: firing.iter().map(|firing| firing.rate).sum::<f64>() / neurons as f64,
            mean_cv: (!cvs.is_empty()).then(|| cvs.iter().sum::<f64>() / cvs.len() as f64),
            synchrony: synchrony(&potentials[late * neurons..], neurons),
            first_spikes: first.collect(),
            spike_times: Array::list(
                "spike_times",
                spikes.iter().map(|spike| spike.time).collect(),
            )
            .along(["spike, in order of time"], "time in the unit of tau"),
            spike_neurons: Array::list(
                "spike_neurons",
                spikes.iter().map(|spike| spike.neuron as f64).collect(),
            )
            .along(["spike, in order of time"], "which neuron, from 0"),
            interval_neurons: Array::list("interval_neurons", numbers.collect())
                .along(["interval, neuron after neuron"], "which neuron, from 0"),
            intervals: Array::list("intervals", between.concat())
                .along(["interval, neuron after neuron"], "time in the unit of tau"),
            rates: Array::list("rates", each(&|firing| firing.rate))
                .along(["neuron"], "spikes per unit of time after the transient"),
            mean_intervals: Array::list(
                "mean_intervals",
                each(&|firing| firing.mean_interval.unwrap_or(f64::NAN)),
            )
            .along(
                ["neuron"],
                "time in the unit of tau; NaN with fewer than two spikes",
            ),
            cvs: Array::list("cvs", each(&|firing| firing.cv.unwrap_or(f64::NAN))).along(
                ["neuron"],
                "standard deviation of the intervals by their mean; NaN with fewer than two",
            ),
            excitatory: Array::list(
                "excitatory",
                (0..neurons)
                    .map(|neuron| f64::from(u8::from(excites(neuron))))
                    .collect(),
            )
            .along(
                ["neuron"],
                "1 if no synapse of it has a negative weight, else 0",
            ),
            rate_t: Array::list("rate_t", (0..bins).map(middle).collect())
                .along(["part of the time span"], "its middle, in the unit of tau"),
            population_rate: Array::list(
                "population_rate",
                population_rate(&spikes, neurons, end, bins),
            )
            .along(
                ["part of the time span"],
                "spikes per neuron and unit of time",
            ),
            t: Array::list("t", times).along(["sample"], "time in the unit of tau"),
            potentials: Array::rows("potentials", neurons, potentials).along(
                ["sample, at the times of t", "neuron"],
                "potential, behind spikes and pulses",
            ),
        }
    }
}
