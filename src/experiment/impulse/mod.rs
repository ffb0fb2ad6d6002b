//! Kinds about impulse networks, and such a network as a model file gives it.

pub(super) mod atlas;
mod atlas_figures;
pub(super) mod atlas_query;
mod atlas_tables;
mod axis;
pub(super) mod boundary;
pub(super) mod bursting;
pub(super) mod dominance;
pub(super) mod electrical;
mod network;
mod parameter;
pub mod region;
pub(super) mod settings;
mod settled;

use std::ops::Range;

use serde_spanned::Spanned;

use self::settings::{HistorySettings, Settings};
use crate::analysis::Settling;
use crate::experiment::rules::{Placed, at_least, finite, positive, require};
use crate::experiment::{Diagnostic, ModelFile};
use crate::networks::{Coupling, Cue, ImpulseNetwork, ImpulseParameters, Pattern, random_state};
use crate::solver::Options;

/// Settings that have been found sound, and what they make.
#[derive(Debug, Clone)]
pub(super) struct Impulse {
    pub settings: Settings,
    pub network: ImpulseNetwork,
    pub cue: Cue,
    pub options: Options,
    pub seed: u64,
}

impl Impulse {
    /// Reads the settings of a model.
    pub fn read(model: &ModelFile) -> Result<Self, Diagnostic> {
        let settings: Settings = model.settings()?;
        let seed = model.seed()?;
        let network = settings.network(seed)?;
        let cue = settings.history.cue()?;
        let options = settings.solver.options()?;
        positive("t_end", &settings.output.t_end)?;
        at_least("samples", &settings.output.samples, 2)?;
        let impulse = Self {
            settings,
            network,
            cue,
            options,
            seed,
        };
        impulse.settling(&impulse.network)?;
        Ok(impulse)
    }

    /// When a trajectory of `network` (this one, or its relay limit) counts as settled.
    pub fn settling(&self, network: &ImpulseNetwork) -> Result<Settling, Diagnostic> {
        let steepest = network.parameters().a.iter().copied().fold(0.0, f64::max);
        let synchrony = if network.is_uniform() {
            1e-4
        } else {
            0.5 * (1.0 + 1.0 / steepest)
        };
        let tolerance = self.options.relative_tolerance;
        self.settings
            .analysis
            .settling(network.is_relay(), tolerance, synchrony)
    }

    /// The pattern that the history names, if it names one.
    pub fn pattern(&self) -> Result<Option<Pattern>, Diagnostic> {
        let Some(written) = &self.settings.history.pattern else {
            return Ok(None);
        };
        let neurons = self.network.neurons();
        let pattern = written.get_ref().pattern(neurons);
        require(
            written,
            pattern.is_some(),
            format!("`pattern` {written} is not a binary pattern of {neurons} neurons"),
            "this pattern",
            format!("write {neurons} digits, 1 for an active neuron and 0 for a silent one"),
        )?;
        Ok(pattern)
    }

    /// The state that the history describes; all neurons as one cue where it says nothing.
    pub fn initial_state(&self) -> Result<Vec<f64>, Diagnostic> {
        let HistorySettings {
            pattern,
            constants,
            random,
            ..
        } = &self.settings.history;
        let neurons = self.network.neurons();
        let places: Vec<Range<usize>> = [
            pattern.as_ref().map(Spanned::span),
            constants.as_ref().map(Placed::place),
            random.as_ref().map(Spanned::span),
        ]
        .into_iter()
        .flatten()
        .collect();
        if let [_, second, ..] = &places[..] {
            return Err(Diagnostic::new("the history is given in two ways")
                .at(second.clone())
                .label("a second history")
                .help("keep one of `pattern`, `constants` and `random`"));
        }
        if let Some(constants) = constants {
            finite("constants", constants)?;
            return constants.values("constants", neurons);
        }
        if let Some(random) = random {
            let (low, high) = *random.get_ref();
            let ordered = low <= high && low.is_finite() && high.is_finite();
            let message = format!("`random` is [{low}, {high}], which is not a range");
            require(
                random,
                ordered,
                message,
                "this range",
                "write [low, high], both finite",
            )?;
            return Ok(random_state(neurons, low, high, self.seed, 0));
        }
        let pattern = self.pattern()?.unwrap_or_else(|| Pattern::all(neurons));
        Ok(self
            .cue
            .state(&pattern, &self.network.parameters().c, self.seed, 0))
    }

    /// The relay limit of the network; `None` if it has none or is one itself.
    pub fn relay_limit(&self) -> Option<ImpulseNetwork> {
        if self.network.is_relay() {
            return None;
        }
        let mut parameters = self.network.parameters().clone();
        parameters.lambda = f64::INFINITY;
        ImpulseNetwork::new(parameters).ok()
    }

    /// What would run, for `check`.
    pub fn plan(&self) -> Vec<(String, String)> {
        let ImpulseParameters {
            a, b, c, h, lambda, ..
        } = self.network.parameters();
        let list = |values: &[f64]| match values {
            [first, rest @ ..] if rest.iter().all(|value| value == first) => first.to_string(),
            values => format!("{values:?}"),
        };
        let steepness = if lambda.is_infinite() {
            "infinity (relay limit, exact)".to_owned()
        } else {
            let engine = if self.network.is_panel() {
                "panel"
            } else {
                "general"
            };
            format!(
                "{lambda} ({engine} engine, tolerance {})",
                self.options.relative_tolerance
            )
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
