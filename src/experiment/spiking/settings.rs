//! The sections of the kind.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::synapses::SynapseSettings;
use crate::experiment::Diagnostic;
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{
    AboveZero, Choice, Count, Finite, Mistakes, NonNegative, NotBelowZero, PerNeuron, Placed,
    Positive, Tolerance, require, settings,
};
use crate::networks::{NetworkError, SpikingNetwork, SpikingNeuron, SpikingParameters};
use crate::numerics::random::stream;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The neurons.
        pub network: NetworkSettings,
        /// Who sends pulses to whom.
        pub synapses: SynapseSettings,
        /// How long the network runs, and what is saved.
        pub simulation: SimulationSettings,
        /// What the statistics are taken from.
        pub analysis: AnalysisSettings,
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// Number of neurons; they are counted from 0.
        pub neurons: Count,
        /// `leaky`: tau V' = I - V, or `quadratic`: tau V' = V^2 + I.
        pub model: Choice<SpikingNeuron> = SpikingNeuron::Leaky,
        /// Time constants tau.
        pub tau: PerNeuron<AboveZero> = 1.0,
        /// Constant input currents I.
        pub input: PerNeuron<Finite>,
        /// Potential at whose rise a neuron fires.
        pub threshold: PerNeuron<Finite> = 1.0,
        /// Potential, below the threshold, to which a neuron that fires falls back.
        pub reset: PerNeuron<Finite> = 0.0,
        /// Time for which a neuron that has fired stays at its reset; pulses that reach it are lost.
        pub refractory: PerNeuron<NotBelowZero> = 0.0,
        /// Potentials at time 0; absent, each anywhere between reset and threshold, by the seed.
        pub start: Option<PerNeuron<Finite>>,
    }

    /// Section `[simulation]`.
    pub struct SimulationSettings {
        /// Time at the end; the run begins at 0.
        pub t_end: Positive,
        /// Equidistant times at which the potentials are saved.
        pub samples: Count<2> = 1001,
        /// `exact`: from spike to spike in closed form; `general`: by the engine of delay equations, to compare.
        pub engine: Choice<SpikingEngine> = SpikingEngine::Exact,
        /// Tolerance of the engine `general`; the other has no error but rounding.
        pub tolerance: Tolerance = 1e-9,
        /// Spikes after which a run is given up: 16 MB of them.
        pub maximum_spikes: Count = 1_000_000,
    }

    /// Section `[analysis]`.
    pub struct AnalysisSettings {
        /// Time at the start that rates, intervals and synchrony leave out.
        pub discard: NonNegative = 0.0,
        /// Parts of the time span in which the spikes of all neurons are counted for the rate.
        pub bins: Count = 100,
    }
}

/// How the spikes are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpikingEngine {
    /// From spike to spike in closed form.
    Exact,
    /// By the engine of delay equations.
    General,
}

impl Settings {
    /// Refuses what keys do not allow together, and what memory cannot hold.
    pub(super) fn check(&self) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        let (discard, t_end) = (&self.analysis.discard, self.simulation.t_end);
        mistakes.note(require(
            discard,
            **discard < *t_end,
            format!("`discard` {discard} leaves nothing of the time span {t_end}"),
            "this transient",
            "choose `discard` < `t_end`",
        ));
        let samples = self.simulation.samples;
        let neurons = *self.network.neurons as f64;
        let bytes = NUMBER * (neurons + 1.0) * *samples as f64;
        mistakes.note(require_memory(&samples, "the potentials", bytes));
        let bins = self.analysis.bins;
        mistakes.note(require_memory(&bins, "the rates", NUMBER * *bins as f64));
        mistakes.end()
    }
}

impl NetworkSettings {
    /// The network, and its potentials at time 0.
    pub(super) fn network(
        &self,
        synapses: &SynapseSettings,
        seed: u64,
    ) -> Result<(SpikingNetwork, Vec<f64>), Mistakes> {
        let neurons = *self.neurons;
        // parameters and state, at least
        let bytes = 16.0 * NUMBER * neurons as f64;
        require_memory(&self.neurons, "the neurons", bytes)?;
        let mut mistakes = Mistakes::default();
        let tau = mistakes.note(self.tau.values("tau", neurons));
        let inputs = mistakes.note(self.input.values("input", neurons));
        let thresholds = mistakes.note(self.threshold.values("threshold", neurons));
        let resets = mistakes.note(self.reset.values("reset", neurons));
        let refractory = mistakes.note(self.refractory.values("refractory", neurons));
        let synapses = mistakes.note(synapses.list(&self.neurons, seed));
        let (Some(tau), Some(inputs), Some(thresholds), Some(resets)) =
            (tau, inputs, thresholds, resets)
        else {
            return Err(mistakes);
        };
        let start = mistakes.note(self.potentials(&resets, &thresholds, seed));
        mistakes.end()?;
        let (Some(refractory), Some(synapses), Some(start)) = (refractory, synapses, start) else {
            return Err(Mistakes::default());
        };
        let parameters = SpikingParameters {
            neuron: *self.model,
            time_constants: tau,
            inputs,
            thresholds,
            resets,
            refractory,
            weights: nalgebra::DMatrix::zeros(0, 0),
            delays: nalgebra::DMatrix::zeros(0, 0),
        };
        let refused = |error: NetworkError| {
            let place = match &error {
                NetworkError::OutOfRange { name: "r", .. } => self.reset.place(),
                _ => self.neurons.place(),
            };
            Diagnostic::new(error.to_string()).at(place.bytes())
        };
        let network = SpikingNetwork::with_synapses(parameters, synapses).map_err(refused)?;
        Ok((network, start))
    }

    /// Potentials at time 0.
    fn potentials(
        &self,
        resets: &[f64],
        thresholds: &[f64],
        seed: u64,
    ) -> Result<Vec<f64>, Diagnostic> {
        let Some(start) = &self.start else {
            let between = |(neuron, (reset, threshold)): (usize, (&f64, &f64))| {
                let share: f64 = stream(seed, "potentials", neuron as u64).random();
                reset + share * (threshold - reset)
            };
            let pairs = resets.iter().zip(thresholds).enumerate();
            return Ok(pairs.map(between).collect());
        };
        let values = start.values("start", resets.len())?;
        let below = values
            .iter()
            .zip(thresholds)
            .all(|(start, theta)| start <= theta);
        require(
            start,
            below,
            "a neuron starts above its threshold",
            "these potentials",
            "choose `start` at or below `threshold`",
        )?;
        Ok(values)
    }

    /// The neurons in a line.
    pub(super) fn describe(&self) -> String {
        let model = match *self.model {
            SpikingNeuron::Leaky => "leaky",
            SpikingNeuron::Quadratic => "quadratic",
        };
        let neurons = *self.neurons;
        let noun = if neurons == 1 { "neuron" } else { "neurons" };
        let mut parts = vec![
            format!("{neurons} {model} {noun}"),
            self.input.describe("I"),
        ];
        if self.refractory.scalar() != Some(0.0) {
            parts.push(self.refractory.describe("refractory time"));
        }
        parts.join(", ")
    }
}
