//! Sections of a model file that describe an impulse network, and what each of them makes.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use crate::analysis::{Criteria, Settling};
use crate::experiment::rules::{
    at_least, between, each, finite, non_negative, positive, require, unwritten,
};
use crate::experiment::{Diagnostic, Lambda, PerNeuron, WrittenPattern};
use crate::networks::{Coupling, Cue, Feedback, ImpulseNetwork, ImpulseParameters, Normalisation};
use crate::solver::Options;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::experiment) struct Settings {
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
    pub dominance: DominanceSettings,
    #[serde(default)]
    pub output: OutputSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::experiment) struct NetworkSettings {
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
    /// Relative half-width of a seeded uniform spread of every `a`, `b` and `c`.
    #[serde(default = "nothing")]
    mismatch: Spanned<f64>,
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

/// The rows of a matrix, with the places of its numbers.
type Rows = Spanned<Vec<Spanned<Vec<Spanned<f64>>>>>;

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::experiment) struct CouplingSettings {
    topology: Topology,
    /// Whether a neuron hears itself; all-to-all only.
    self_term: bool,
    normalisation: Normalisation,
    /// Row `j` holds the weights with which neuron `j` hears the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<Rows>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::experiment) struct HistorySettings {
    /// A binary pattern as a cue, or
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Spanned<WrittenPattern>>,
    /// constants, or
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constants: Option<PerNeuron>,
    /// a range to draw from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random: Option<Spanned<(f64, f64)>>,
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
pub(in crate::experiment) struct SolverSettings {
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
pub(in crate::experiment) struct AnalysisSettings {
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
pub(in crate::experiment) struct AtlasSettings {
    /// Whether a network of finite lambda is followed in the relay limit as well.
    pub relay: bool,
    /// Whether cycles are certified by their Floquet multipliers instead of being waited for: by
    /// Newton's method on the return map in the relay limit, by collocation at a finite lambda.
    pub certify: bool,
}

impl Default for AtlasSettings {
    fn default() -> Self {
        Self {
            relay: true,
            certify: false,
        }
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::experiment) struct DominanceSettings {
    /// Whether the cycle that is settled on is certified as well: by Newton's method on the return
    /// map in the relay limit, by collocation at a finite lambda.
    pub certify: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(in crate::experiment) struct OutputSettings {
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

impl HistorySettings {
    /// How the patterns are written.
    pub fn cue(&self) -> Result<Cue, Diagnostic> {
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
    /// The network; `seed` is that of its mismatch.
    pub fn network(&self, seed: u64) -> Result<ImpulseNetwork, Diagnostic> {
        let mut parameters = self.network.parameters(&self.coupling)?;
        parameters.spread(self.network.mismatch(), seed);
        let place = self.network.neurons.span();
        ImpulseNetwork::new(parameters)
            .map_err(|error| Diagnostic::new(error.to_string()).at(place))
    }
}

impl NetworkSettings {
    /// What defines the network, before its mismatch.
    pub fn parameters(&self, coupling: &CouplingSettings) -> Result<ImpulseParameters, Diagnostic> {
        let Self {
            neurons,
            a,
            b,
            c,
            h,
            lambda,
            feedback,
            ..
        } = self;
        at_least("neurons", neurons, 1)?;
        positive("a", a)?;
        finite("b", b)?;
        finite("c", c)?;
        non_negative("h", h)?;
        positive("synapse_exponent", &self.synapse_exponent)?;
        non_negative("electrical", &self.electrical)?;
        each(
            "electrical",
            &self.electrical,
            "zero in the relay limit",
            |d| d == 0.0 || !lambda.is_relay(),
        )?;
        let count = *neurons.get_ref();
        between("mismatch", &self.mismatch, 0.0, 0.99)?;
        Ok(ImpulseParameters {
            a: a.values("a", count)?,
            b: b.values("b", count)?,
            c: c.values("c", count)?,
            h: *h.get_ref(),
            lambda: lambda.value(),
            feedback: *feedback,
            synapse_exponent: *self.synapse_exponent.get_ref(),
            coupling: coupling.build(neurons)?,
            normalisation: coupling.normalisation,
            electrical: *self.electrical.get_ref(),
        })
    }

    /// Relative half-width of the spread of every `a`, `b` and `c`.
    pub fn mismatch(&self) -> f64 {
        *self.mismatch.get_ref()
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

fn weight_matrix(rows: &Rows, neurons: usize) -> Result<DMatrix<f64>, Diagnostic> {
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
