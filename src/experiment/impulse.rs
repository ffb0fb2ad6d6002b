//! Settings of an impulse network, shared by the kinds `dominance` and `atlas`.

use std::ops::Range;

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use super::rules::{at_least, between, each, finite, non_negative, positive, require, unwritten};
use super::{Diagnostic, Lambda, ModelFile, PerNeuron};
use crate::analysis::{Criteria, Settling};
use crate::networks::{
    Coupling, Cue, Feedback, ImpulseNetwork, ImpulseParameters, Normalisation, random_state,
};
use crate::solver::Options;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub network: NetworkSettings,
    #[serde(default)]
    pub coupling: CouplingSettings,
    #[serde(default)]
    pub history: HistorySettings,
    #[serde(default)]
    pub solver: SolverSettings,
    #[serde(default)]
    pub analysis: AnalysisSettings,
    #[serde(default)]
    pub atlas: AtlasSettings,
    #[serde(default)]
    pub output: OutputSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworkSettings {
    pub neurons: Spanned<usize>,
    a: PerNeuron,
    b: PerNeuron,
    c: PerNeuron,
    h: Spanned<f64>,
    pub lambda: Lambda,
    #[serde(default)]
    feedback: Feedback,
    #[serde(default = "one")]
    synapse_exponent: Spanned<f64>,
    #[serde(default = "nothing")]
    electrical: Spanned<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Topology {
    #[default]
    AllToAll,
    Ring,
    Weights,
    None,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CouplingSettings {
    topology: Topology,
    /// Whether a neuron hears itself; all-to-all only.
    self_term: bool,
    normalisation: Normalisation,
    /// Row `j` holds the weights with which neuron `j` hears the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<Spanned<Vec<Spanned<Vec<Spanned<f64>>>>>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HistorySettings {
    /// A binary pattern as a cue, or
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Spanned<String>>,
    /// constants, or
    #[serde(skip_serializing_if = "Option::is_none")]
    constants: Option<PerNeuron>,
    /// a range to draw from.
    #[serde(skip_serializing_if = "Option::is_none")]
    random: Option<Spanned<(f64, f64)>>,
    active: Spanned<f64>,
    spread: Spanned<f64>,
    silent: Spanned<(f64, f64)>,
}

impl Default for HistorySettings {
    fn default() -> Self {
        let cue = Cue::default();
        Self {
            pattern: None,
            constants: None,
            random: None,
            active: unwritten(cue.active),
            spread: unwritten(cue.spread),
            silent: unwritten(cue.silent),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SolverSettings {
    /// Relative and absolute tolerance of the general engine; the relay engine is exact.
    pub tolerance: Spanned<f64>,
}

impl Default for SolverSettings {
    fn default() -> Self {
        Self {
            tolerance: unwritten(1e-9),
        }
    }
}

impl SolverSettings {
    /// Refuses a tolerance that the general engine cannot honour.
    pub fn options(&self) -> Result<Options, Diagnostic> {
        between("tolerance", &self.tolerance, 1e-13, 1e-2)?;
        Ok(Options::with_tolerance(*self.tolerance.get_ref()))
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AnalysisSettings {
    /// Largest change from period to period of a settled mode; by default 1e-11 for the relay engine
    /// and a thousand times the solver's tolerance otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    tolerance: Option<Spanned<f64>>,
    /// Largest distance between the onsets of a synchronous group; by default 1e-4 where all neurons
    /// are alike and half a free impulse where they are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    synchrony: Option<Spanned<f64>>,
    /// Time after which to give up.
    maximum_time: Spanned<f64>,
}

impl Default for AnalysisSettings {
    fn default() -> Self {
        Self {
            tolerance: None,
            synchrony: None,
            maximum_time: unwritten(10_000.0),
        }
    }
}

impl AnalysisSettings {
    /// When a trajectory counts as settled, with the defaults for an engine that is exact or runs at
    /// `solver_tolerance`.
    pub fn settling(
        &self,
        exact: bool,
        solver_tolerance: f64,
        default_synchrony: f64,
    ) -> Result<Settling, Diagnostic> {
        positive("tolerance", &self.tolerance)?;
        positive("synchrony", &self.synchrony)?;
        positive("maximum_time", &self.maximum_time)?;
        let default_tolerance = if exact { 1e-11 } else { 1e3 * solver_tolerance };
        let or = |given: &Option<Spanned<f64>>, default: f64| {
            given.as_ref().map_or(default, |value| *value.get_ref())
        };
        Ok(Settling {
            criteria: Criteria {
                tolerance: or(&self.tolerance, default_tolerance),
                synchrony: or(&self.synchrony, default_synchrony),
            },
            maximum_time: *self.maximum_time.get_ref(),
        })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AtlasSettings {
    /// Whether a network of finite lambda is followed in the relay limit as well.
    pub relay: bool,
}

impl Default for AtlasSettings {
    fn default() -> Self {
        Self { relay: true }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct OutputSettings {
    /// Time span of the trajectory that is saved and drawn; chosen from the period if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub t_end: Option<Spanned<f64>>,
    /// Equidistant times at which it is saved.
    pub samples: Spanned<usize>,
}

impl Default for OutputSettings {
    fn default() -> Self {
        Self {
            t_end: None,
            samples: unwritten(2001),
        }
    }
}

fn one() -> Spanned<f64> {
    unwritten(1.0)
}

fn nothing() -> Spanned<f64> {
    unwritten(0.0)
}

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
        let network = settings.network()?;
        let cue = settings.history.cue()?;
        let options = settings.solver.options()?;
        positive("t_end", &settings.output.t_end)?;
        at_least("samples", &settings.output.samples, 2)?;
        let seed = model.header()?.seed;
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
    pub fn pattern(&self) -> Result<Option<Vec<bool>>, Diagnostic> {
        let Some(pattern) = &self.settings.history.pattern else {
            return Ok(None);
        };
        let text = pattern.get_ref();
        let neurons = self.network.neurons();
        let binary = text.len() == neurons && text.bytes().all(|bit| matches!(bit, b'0' | b'1'));
        require(
            pattern,
            binary,
            format!("`pattern` {text:?} is not a binary pattern of {neurons} neurons"),
            "this pattern",
            format!("write {neurons} digits, 1 for an active neuron and 0 for a silent one"),
        )?;
        Ok(Some(text.bytes().map(|bit| bit == b'1').collect()))
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
            constants.as_ref().map(super::rules::Placed::place),
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
        let pattern = self.pattern()?.unwrap_or_else(|| vec![true; neurons]);
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
            format!(
                "{lambda} (general engine, tolerance {})",
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

impl HistorySettings {
    fn cue(&self) -> Result<Cue, Diagnostic> {
        let (low, high) = *self.silent.get_ref();
        finite("active", &self.active)?;
        non_negative("spread", &self.spread)?;
        let ordered = low <= high && low.is_finite() && high.is_finite();
        let message = format!("`silent` is [{low}, {high}], which is not a range");
        require(
            &self.silent,
            ordered,
            message,
            "this range",
            "write [low, high], fractions of c",
        )?;
        let silent = (low, high);
        Ok(Cue {
            active: *self.active.get_ref(),
            spread: *self.spread.get_ref(),
            silent,
        })
    }
}

impl Settings {
    fn network(&self) -> Result<ImpulseNetwork, Diagnostic> {
        let NetworkSettings {
            neurons,
            a,
            b,
            c,
            h,
            lambda,
            feedback,
            ..
        } = &self.network;
        at_least("neurons", neurons, 1)?;
        positive("a", a)?;
        finite("b", b)?;
        finite("c", c)?;
        non_negative("h", h)?;
        positive("synapse_exponent", &self.network.synapse_exponent)?;
        non_negative("electrical", &self.network.electrical)?;
        each(
            "electrical",
            &self.network.electrical,
            "zero in the relay limit",
            |d| d == 0.0 || !lambda.is_relay(),
        )?;
        let count = *neurons.get_ref();
        let parameters = ImpulseParameters {
            a: a.values("a", count)?,
            b: b.values("b", count)?,
            c: c.values("c", count)?,
            h: *h.get_ref(),
            lambda: lambda.value(),
            feedback: *feedback,
            synapse_exponent: *self.network.synapse_exponent.get_ref(),
            coupling: self.coupling.build(neurons)?,
            normalisation: self.coupling.normalisation,
            electrical: *self.network.electrical.get_ref(),
        };
        ImpulseNetwork::new(parameters)
            .map_err(|error| Diagnostic::new(error.to_string()).at(neurons.span()))
    }
}

impl CouplingSettings {
    fn build(&self, neurons: &Spanned<usize>) -> Result<Coupling, Diagnostic> {
        match (self.topology, &self.weights) {
            (Topology::Weights, Some(rows)) => {
                weight_matrix(rows, *neurons.get_ref()).map(Coupling::Weights)
            }
            (Topology::Weights, None) => Err(Diagnostic::new("`weights` is missing")
                .at(neurons.span())
                .label("neurons to be coupled by weights")
                .help("add `weights = [[...], ...]` to [coupling], row j for neuron j")),
            (_, Some(rows)) => Err(Diagnostic::new("`weights` has no effect here")
                .at(rows.span())
                .label("these weights")
                .help("set `topology = \"weights\"` in [coupling], or remove them")),
            (Topology::AllToAll, None) => Ok(Coupling::AllToAll {
                self_term: self.self_term,
            }),
            (Topology::Ring, None) => Ok(Coupling::Ring),
            (Topology::None, None) => Ok(Coupling::None),
        }
    }
}

fn weight_matrix(
    rows: &Spanned<Vec<Spanned<Vec<Spanned<f64>>>>>,
    neurons: usize,
) -> Result<DMatrix<f64>, Diagnostic> {
    let help = format!("give {neurons} rows of {neurons} numbers");
    let count = rows.get_ref().len();
    let message = format!("`weights` has {count} rows for {neurons} neurons");
    require(
        rows,
        count == neurons,
        message,
        format!("{count} rows"),
        help.as_str(),
    )?;
    for row in rows.get_ref() {
        let length = row.get_ref().len();
        let message = format!("a row of `weights` has {length} numbers for {neurons} neurons");
        require(
            row,
            length == neurons,
            message,
            format!("{length} numbers"),
            help.as_str(),
        )?;
        finite("weights", row.get_ref())?;
    }
    Ok(DMatrix::from_fn(neurons, neurons, |j, s| {
        *rows.get_ref()[j].get_ref()[s].get_ref()
    }))
}
