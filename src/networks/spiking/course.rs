//! The motion of a spiking network from one event to the next.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::exact::Spike;
use super::network::SpikingNetwork;
use crate::solver::{Pulse, Pulses, SolverError};

/// Times closer than this part of their size are one time, as for the engines of the solver.
const RESOLUTION: f64 = 32.0 * f64::EPSILON;
/// Spikes of one neuron at one time after which a run is given up, as for events of the solver.
const MOST_REPEATS: u32 = 100;

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

/// A neuron where it was changed last, or where it will be free again.
#[derive(Debug, Clone, Copy)]
struct Place {
    time: f64,
    potential: f64,
    /// End of the refractory time; pulses up to it are lost.
    held: f64,
    changes: u64,
    /// Time of its last spike, and its spikes at that time.
    fired: f64,
    tally: u32,
}

/// A run under way.
pub(super) struct Run<'a> {
    network: &'a SpikingNetwork,
    places: Vec<Place>,
    foreseen: BinaryHeap<Reverse<Foreseen>>,
    pulses: Pulses,
    pub(super) spikes: Vec<Spike>,
}

impl<'a> Run<'a> {
    /// From the potentials at time 0.
    pub(super) fn new(network: &'a SpikingNetwork, start: &[f64]) -> Result<Self, SolverError> {
        let place = |potential: &f64| Place {
            time: 0.0,
            potential: *potential,
            held: f64::NEG_INFINITY,
            changes: 0,
            fired: f64::NEG_INFINITY,
            tally: 0,
        };
        let mut run = Run {
            network,
            places: start.iter().map(place).collect(),
            foreseen: BinaryHeap::new(),
            pulses: Pulses::default(),
            spikes: Vec::new(),
        };
        for neuron in 0..start.len() {
            run.check(neuron)?;
            run.foresee(neuron);
        }
        Ok(run)
    }

    /// The potentials at a time at which nothing has happened since.
    pub(super) fn potentials(&self, time: f64) -> impl Iterator<Item = f64> {
        (0..self.places.len()).map(move |neuron| self.potential(neuron, time))
    }

    /// When something happens next.
    pub(super) fn next_time(&mut self) -> Option<f64> {
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
    pub(super) fn happen(&mut self, time: f64) -> Result<(), SolverError> {
        let until = time * (1.0 + RESOLUTION);
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
                if self.places[pulse.target].held * (1.0 + RESOLUTION) >= time {
                    continue;
                }
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
        Ok(())
    }

    fn fire(&mut self, neuron: usize, time: f64) -> Result<(), SolverError> {
        let refractory = self.network.parameters.refractory[neuron];
        let place = &mut self.places[neuron];
        place.time = time + refractory;
        if refractory > 0.0 {
            place.held = place.time;
        }
        place.potential = self.network.parameters.resets[neuron];
        place.changes += 1;
        let again = place.fired * (1.0 + RESOLUTION) >= time;
        place.tally = if again { place.tally + 1 } else { 1 };
        place.fired = time;
        if place.tally > MOST_REPEATS {
            let often = |neuron: &usize| {
                let place = &self.places[*neuron];
                place.fired * (1.0 + RESOLUTION) >= time && 2 * place.tally > MOST_REPEATS
            };
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

    /// The potential of a neuron at `time`, if nothing happens before.
    fn potential(&self, neuron: usize, time: f64) -> f64 {
        let parameters = &self.network.parameters;
        let place = &self.places[neuron];
        let duration = (time - place.time) / parameters.time_constants[neuron];
        if duration <= 0.0 {
            return place.potential;
        }
        let input = parameters.inputs[neuron];
        parameters
            .neuron
            .potential(place.potential, input, duration)
    }

    /// Moves the potential of a neuron on to `time`.
    fn move_to(&mut self, neuron: usize, time: f64) {
        let potential = self.potential(neuron, time);
        let place = &mut self.places[neuron];
        place.potential = potential;
        place.time = place.time.max(time);
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
