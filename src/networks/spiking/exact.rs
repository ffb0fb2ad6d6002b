//! The network from spike to spike, in closed form.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use serde::{Deserialize, Serialize};

use super::network::SpikingNetwork;
use crate::solver::{Pulse, Pulses, SolverError};

/// Times closer than this part of their size are one time, as for the engines of the solver.
const RESOLUTION: f64 = 32.0 * f64::EPSILON;
/// Spikes of one neuron at one time after which a run is given up, as for events of the solver.
const MOST_REPEATS: u32 = 100;

/// Spikes after which [`SpikingNetwork::spikes`] is given up: 160 MB of them (chosen).
const MOST_SPIKES: usize = 10_000_000;

/// A spike.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spike {
    /// When.
    pub time: f64,
    /// Which neuron fired.
    pub neuron: usize,
}

/// The spikes of a run in order of time, and the potentials at its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpikeTrain {
    /// The spikes; those of one time in the order in which they came about.
    pub spikes: Vec<Spike>,
    /// Potentials at the end.
    pub potentials: Vec<f64>,
}

impl SpikeTrain {
    /// The times at which one neuron fired.
    #[must_use]
    pub fn of(&self, neuron: usize) -> Vec<f64> {
        let own = self.spikes.iter().filter(|spike| spike.neuron == neuron);
        own.map(|spike| spike.time).collect()
    }
}

/// When a neuron will fire if no pulse comes before.
#[derive(Debug, Clone, Copy)]
struct Foreseen {
    time: f64,
    neuron: usize,
    /// Changes of the neuron when it was foreseen; more of them make it void.
    change: u64,
}

impl Ord for Foreseen {
    fn cmp(&self, other: &Self) -> Ordering {
        let times = self.time.total_cmp(&other.time);
        times.then(self.neuron.cmp(&other.neuron))
    }
}

impl PartialOrd for Foreseen {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Foreseen {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Foreseen {}

/// A neuron where it was changed last.
#[derive(Debug, Clone, Copy)]
struct Place {
    time: f64,
    potential: f64,
    changes: u64,
    /// Spikes at the present time.
    tally: u32,
}

struct Run<'a> {
    network: &'a SpikingNetwork,
    places: Vec<Place>,
    foreseen: BinaryHeap<Reverse<Foreseen>>,
    pulses: Pulses,
    spikes: Vec<Spike>,
}

impl SpikingNetwork {
    /// All spikes from the potentials `start` at time 0 up to before `end`.
    ///
    /// Potentials move in closed form, each only when its own neuron fires or a pulse reaches it:
    /// the cost of a spike is its synapses times the logarithm of the pulses on their way, however
    /// many neurons there are. At one time (to [rounding](crate::solver::Engine::resolution)) foreseen
    /// spikes come first, by neuron, then pulses land, then those fire that the pulses have carried
    /// over their thresholds, until none is left.
    ///
    /// # Errors
    /// [`SolverError::WrongLength`], [`SolverError::NotFinite`] and [`SolverError::InvalidArgument`]
    /// for a start or an end that is none; [`SolverError::EndlessCascade`] for neurons that fire each
    /// other without end at one time; [`SolverError::TooManySpikes`] beyond ten million.
    pub fn spikes(&self, start: &[f64], end: f64) -> Result<SpikeTrain, SolverError> {
        self.spikes_up_to(start, end, MOST_SPIKES)
    }

    /// [`spikes`](Self::spikes) with a bound of one's own on their number, 16 bytes each.
    ///
    /// # Errors
    /// Those of [`spikes`](Self::spikes).
    pub fn spikes_up_to(
        &self,
        start: &[f64],
        end: f64,
        limit: usize,
    ) -> Result<SpikeTrain, SolverError> {
        if start.len() != self.neurons() {
            return Err(SolverError::WrongLength {
                name: "the list of potentials",
                found: start.len(),
                expected: self.neurons(),
            });
        }
        if !(end >= 0.0 && end.is_finite()) {
            return Err(SolverError::InvalidArgument {
                name: "end",
                value: end,
                requirement: "it must be finite and not before the start at 0",
            });
        }
        let thresholds = &self.parameters.thresholds;
        let mut pairs = start.iter().zip(thresholds);
        if let Some((&value, _)) = pairs.find(|(start, threshold)| start > threshold) {
            return Err(SolverError::InvalidArgument {
                name: "potential at the start",
                value,
                requirement: "it must not lie above the threshold of its neuron",
            });
        }
        let place = |potential: &f64| Place {
            time: 0.0,
            potential: *potential,
            changes: 0,
            tally: 0,
        };
        let mut run = Run {
            network: self,
            places: start.iter().map(place).collect(),
            foreseen: BinaryHeap::new(),
            pulses: Pulses::default(),
            spikes: Vec::new(),
        };
        for neuron in 0..self.neurons() {
            run.check(neuron)?;
            run.foresee(neuron);
        }
        while let Some(time) = run.next_time().filter(|time| *time < end) {
            run.happen(time)?;
            if run.spikes.len() > limit {
                return Err(SolverError::TooManySpikes { time, limit });
            }
        }
        for neuron in 0..self.neurons() {
            run.move_to(neuron, end);
        }
        let potentials = run.places.iter().map(|place| place.potential).collect();
        Ok(SpikeTrain {
            spikes: run.spikes,
            potentials,
        })
    }
}

impl Run<'_> {
    /// When something happens next.
    fn next_time(&mut self) -> Option<f64> {
        while let Some(Reverse(first)) = self.foreseen.peek()
            && first.change != self.places[first.neuron].changes
        {
            self.foreseen.pop();
        }
        let spike = self.foreseen.peek().map(|first| first.0.time);
        match (spike, self.pulses.next_time()) {
            (Some(spike), Some(pulse)) => Some(spike.min(pulse)),
            (spike, pulse) => spike.or(pulse),
        }
    }

    /// All that happens at one time.
    fn happen(&mut self, time: f64) -> Result<(), SolverError> {
        let until = time * (1.0 + RESOLUTION);
        let first = self.spikes.len();
        let mut firing = Vec::new();
        while let Some(Reverse(next)) = self.foreseen.peek().copied()
            && next.time <= until
        {
            self.foreseen.pop();
            if next.change == self.places[next.neuron].changes {
                firing.push(next.neuron);
            }
        }
        firing.sort_unstable();
        loop {
            for neuron in firing.drain(..) {
                self.fire(neuron, time)?;
            }
            let mut touched = Vec::new();
            while let Some(pulse) = self.pulses.land(until) {
                self.move_to(pulse.target, time);
                self.places[pulse.target].potential += pulse.change;
                touched.push(pulse.target);
            }
            touched.sort_unstable();
            touched.dedup();
            for neuron in touched {
                self.check(neuron)?;
                let place = &mut self.places[neuron];
                place.changes += 1;
                if place.potential > self.network.parameters.thresholds[neuron] {
                    firing.push(neuron);
                } else {
                    self.foresee(neuron);
                }
            }
            if firing.is_empty() {
                break;
            }
        }
        for spike in &self.spikes[first..] {
            self.places[spike.neuron].tally = 0;
        }
        Ok(())
    }

    fn fire(&mut self, neuron: usize, time: f64) -> Result<(), SolverError> {
        let place = &mut self.places[neuron];
        place.time = time;
        place.potential = self.network.parameters.resets[neuron];
        place.changes += 1;
        place.tally += 1;
        if place.tally > MOST_REPEATS {
            let often = |neuron: &usize| 2 * self.places[*neuron].tally > MOST_REPEATS;
            return Err(SolverError::EndlessCascade {
                events: (0..self.places.len()).filter(often).collect(),
                time,
                count: MOST_REPEATS,
            });
        }
        self.spikes.push(Spike { time, neuron });
        for synapse in self.network.outgoing(neuron) {
            self.pulses.send(Pulse {
                time: time + synapse.delay,
                target: synapse.target,
                change: synapse.weight,
            });
        }
        self.foresee(neuron);
        Ok(())
    }

    /// Moves the potential of a neuron on to `time`.
    fn move_to(&mut self, neuron: usize, time: f64) {
        let parameters = &self.network.parameters;
        let place = &mut self.places[neuron];
        let duration = (time - place.time) / parameters.time_constants[neuron];
        if duration > 0.0 {
            let input = parameters.inputs[neuron];
            place.potential = parameters
                .neuron
                .potential(place.potential, input, duration);
            place.time = time;
        }
    }

    /// Foresees the next spike of a neuron.
    fn foresee(&mut self, neuron: usize) {
        let parameters = &self.network.parameters;
        let place = self.places[neuron];
        let (input, threshold) = (parameters.inputs[neuron], parameters.thresholds[neuron]);
        let wait = parameters
            .neuron
            .time_to_spike(place.potential, input, threshold);
        if wait.is_finite() {
            self.foreseen.push(Reverse(Foreseen {
                time: place.time + parameters.time_constants[neuron] * wait,
                neuron,
                change: place.changes,
            }));
        }
    }

    fn check(&self, neuron: usize) -> Result<(), SolverError> {
        let place = self.places[neuron];
        if place.potential.is_finite() {
            return Ok(());
        }
        Err(SolverError::NotFinite {
            quantity: "state",
            component: neuron,
            value: place.potential,
            time: place.time,
        })
    }
}
