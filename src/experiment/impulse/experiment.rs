//! The sections that `atlas` and `dominance` share, and what they make.

use super::history::HistorySettings;
use super::network::{CouplingSettings, NetworkSettings};
use crate::analysis::Settling;
use crate::experiment::Header;
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::sections::{OutputSettings, SettlingSettings, SolverSettings};
use crate::experiment::settings::{Mistakes, settings};
use crate::figures::significant;
use crate::networks::{Coupling, ImpulseNetwork, ImpulseParameters};

/// Numbers that `check` writes out; of more it gives the range (chosen: what fits on a line).
const MOST_VALUES: usize = 4;

settings! {
    /// The sections of the kinds `atlas` and `dominance`, so that one model file serves both.
    pub struct Settings {
        /// The neurons and their synapses.
        pub network: NetworkSettings,
        /// Who hears whom.
        pub coupling: CouplingSettings,
        /// How the network begins.
        pub history: HistorySettings,
        /// How it is integrated.
        pub solver: SolverSettings,
        /// When it has settled.
        pub analysis: SettlingSettings,
        /// What the atlas does.
        pub atlas: AtlasSettings,
        /// What the kind `dominance` does.
        pub dominance: DominanceSettings,
        /// What is saved.
        pub output: OutputSettings,
    }

    /// Section `[atlas]`.
    pub struct AtlasSettings {
        /// Whether a network of finite lambda is followed in the relay limit as well.
        pub relay: bool = true,
        /// Whether cycles are certified by their Floquet multipliers instead of being waited for: by
        /// Newton's method on the return map in the relay limit, by collocation at a finite lambda.
        pub certify: bool = false,
        /// Whether the cycles of the relay limit are proved, by interval arithmetic: that they exist, are locally
        /// unique, and attract or repel. Certifies them as well.
        pub prove: bool = false,
        /// Whether a box of cues is proved to fall to each of them, too: how far apart the neurons of the pattern may start, around
        /// levels from which they fire as on the cycle, while all others start anywhere in the range of `[history]`. Proves
        /// the cycles as well.
        pub trap: bool = false,
    }

    /// Section `[dominance]`.
    pub struct DominanceSettings {
        /// Whether the cycle that is settled on is certified as well, in the same way.
        pub certify: bool = false,
    }
}

impl AtlasSettings {
    /// Whether cycles are proved, for themselves or for their cues.
    pub(super) fn proves(&self) -> bool {
        self.prove || self.trap
    }
}

/// A network that begins somewhere.
pub struct Impulse {
    pub settings: Settings,
    pub network: ImpulseNetwork,
    pub seed: u64,
}

impl Impulse {
    /// Builds it, and fills in the criteria of settling, which depend on the network.
    pub fn new(mut settings: Settings, header: &Header) -> Result<Self, Mistakes> {
        let network = settings.network.network(&settings.coupling, header.seed)?;
        let samples = &settings.output.samples;
        let saved = NUMBER * **samples as f64 * network.neurons() as f64;
        require_memory(samples, "the saved trajectory", saved)?;
        if settings.analysis.synchrony.is_none() {
            let steepest = network.parameters().a.iter().copied().fold(0.0, f64::max);
            let free_impulse = 1.0 + 1.0 / steepest;
            let synchrony = if network.is_uniform() {
                1e-4
            } else {
                0.5 * free_impulse
            };
            settings.analysis.synchrony = Some(synchrony.into());
        }
        Ok(Self {
            settings,
            network,
            seed: header.seed,
        })
    }

    /// When a trajectory of `network` (this one, or its relay limit) counts as settled.
    pub fn settling(&self, network: &ImpulseNetwork) -> Settling {
        let tolerance = *self.settings.solver.tolerance;
        self.settings
            .analysis
            .settling(network.is_relay(), tolerance, 1e-4)
    }

    /// The relay limit of the network; `None` if it has none or is one itself.
    pub fn relay_limit(&self) -> Option<ImpulseNetwork> {
        if self.network.is_relay() {
            return None;
        }
        let parameters = ImpulseParameters {
            lambda: f64::INFINITY,
            ..self.network.parameters().clone()
        };
        ImpulseNetwork::new(parameters).ok()
    }

    /// What would run, for `check`.
    pub fn plan(&self) -> Vec<(String, String)> {
        let ImpulseParameters {
            a, b, c, h, lambda, ..
        } = self.network.parameters();
        let list = |values: &[f64]| match values {
            [first, rest @ ..] if rest.iter().all(|value| value == first) => first.to_string(),
            few if few.len() <= MOST_VALUES => format!("{few:?}"),
            many => {
                let ends = [
                    many.iter().copied().reduce(f64::min),
                    many.iter().copied().reduce(f64::max),
                ];
                let [least, most] = ends.map(|end| significant(end.unwrap_or(f64::NAN), 6));
                format!("{least} to {most}, one for each neuron")
            }
        };
        let steepness = if self.network.is_relay() {
            "infinity (relay limit, exact)".to_owned()
        } else {
            let engine = if self.network.is_panel() {
                "panel"
            } else {
                "general"
            };
            let tolerance = self.settings.solver.tolerance;
            format!("{lambda} ({engine} engine, tolerance {tolerance})")
        };
        let coupling = match &self.network.parameters().coupling {
            Coupling::None => "none",
            Coupling::AllToAll { self_term: false } => "all-to-all",
            Coupling::AllToAll { self_term: true } => "all-to-all with self-term",
            Coupling::Ring => "ring",
            Coupling::Weights(_) => "weight matrix",
        };
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair("neurons", self.network.neurons().to_string()),
            pair("coupling", coupling.to_owned()),
            pair("a", list(a)),
            pair("b", list(b)),
            pair("c", list(c)),
            pair("h", h.to_string()),
            pair("lambda", steepness),
        ]
    }
}
