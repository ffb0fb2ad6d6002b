//! The network from spike to spike, in closed form.

use serde::{Deserialize, Serialize};

use super::course::Run;
use super::network::SpikingNetwork;
use crate::solver::SolverError;

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
        let (train, _) = self.sampled_spikes(start, end, limit, &[])?;
        Ok(train)
    }

    /// The same, and the potentials at `times`, which ascend from 0 to `end`: a row a time, a column a neuron. At the
    /// time of a spike or a pulse they are those behind it.
    ///
    /// # Errors
    /// Those of [`spikes`](Self::spikes), and [`SolverError::InvalidArgument`] for times that do not ascend within
    /// the run.
    ///
    /// ```
    /// # use nalgebra::DMatrix;
    /// # use pulsatrix::networks::{SpikingNetwork, SpikingNeuron, SpikingParameters};
    /// let network = SpikingNetwork::new(SpikingParameters {
    ///     neuron: SpikingNeuron::Leaky,
    ///     time_constants: vec![1.0],
    ///     inputs: vec![2.0],
    ///     thresholds: vec![1.0],
    ///     resets: vec![0.0],
    ///     refractory: vec![0.5],
    ///     weights: DMatrix::zeros(1, 1),
    ///     delays: DMatrix::zeros(1, 1),
    /// })?;
    /// // ln 2 to the threshold, and half a unit of rest
    /// let (train, potentials) = network.sampled_spikes(&[0.0], 3.0, 10, &[0.5, 1.0, 1.5])?;
    /// let first = 2f64.ln();
    /// assert!((train.of(0)[1] - (2.0 * first + 0.5)).abs() < 1e-14);
    /// let exact = [2.0 - 2.0 * (-0.5f64).exp(), 0.0, 2.0 - 2.0 * (first - 1.0).exp()];
    /// assert!(potentials.iter().zip(exact).all(|(found, exact)| (found - exact).abs() < 1e-14));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sampled_spikes(
        &self,
        start: &[f64],
        end: f64,
        limit: usize,
        times: &[f64],
    ) -> Result<(SpikeTrain, Vec<f64>), SolverError> {
        self.check_run(start, end, times)?;
        let mut run = Run::new(self, start)?;
        let mut sampled = Vec::with_capacity(times.len() * start.len());
        let mut times = times.iter().copied().peekable();
        while let Some(time) = run.next_time().filter(|time| *time < end) {
            while let Some(at) = times.next_if(|at| *at < time) {
                sampled.extend(run.potentials(at));
            }
            run.happen(time)?;
            if run.spikes.len() > limit {
                return Err(SolverError::TooManySpikes { time, limit });
            }
        }
        for at in times {
            sampled.extend(run.potentials(at));
        }
        let potentials = run.potentials(end).collect();
        let train = SpikeTrain {
            spikes: run.spikes,
            potentials,
        };
        Ok((train, sampled))
    }

    /// Refuses what is no start, no end or no list of times.
    fn check_run(&self, start: &[f64], end: f64, times: &[f64]) -> Result<(), SolverError> {
        let refuse = |name, value, requirement| {
            Err(SolverError::InvalidArgument {
                name,
                value,
                requirement,
            })
        };
        if start.len() != self.neurons() {
            return Err(SolverError::WrongLength {
                name: "the list of potentials",
                found: start.len(),
                expected: self.neurons(),
            });
        }
        if !(end >= 0.0 && end.is_finite()) {
            let requirement = "it must be finite and not before the start at 0";
            return refuse("end", end, requirement);
        }
        let mut before = 0.0;
        for time in times {
            if !(before..=end).contains(time) {
                let requirement = "times ascend from 0 to the end";
                return refuse("time of a sample", *time, requirement);
            }
            before = *time;
        }
        let thresholds = &self.parameters.thresholds;
        let mut pairs = start.iter().zip(thresholds);
        match pairs.find(|(start, threshold)| start > threshold) {
            None => Ok(()),
            Some((&value, _)) => {
                let requirement = "it must not lie above the threshold of its neuron";
                refuse("potential at the start", value, requirement)
            }
        }
    }
}
