//! Kind `hopfield`: graded Hopfield neurons with a delay, at rest on a pattern or oscillating.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_spanned::Spanned;

use crate::analysis::{Period, Samples, Turns};
use crate::experiment::course::drawing;
use crate::experiment::impulse::settings::SolverSettings;
use crate::experiment::pattern_settings::PatternSettings;
use crate::experiment::rules::{finite, non_negative, positive, require};
use crate::experiment::{
    Block, Diagnostic, Experiment, Kind, ModelFile, Outcome, Progress, RunError, Table,
};
use crate::figures::{Axis, Lines, Look, Series};
use crate::networks::{DelayedHopfield, DelayedHopfieldParameters, Hopfield, Pattern};
use crate::solver::{DelayField, History, Options};

pub(in crate::experiment) const KIND: Kind = Kind {
    name: "hopfield",
    summary: "graded Hopfield neurons with a delay: at rest on a pattern, or oscillating",
    read: |model| Ok(read(model)?),
    show: None,
};

/// Slope of any component below which the network counts as at rest.
const REST: f64 = 1e-6;

/// How much periods and heights of an oscillation may differ.
const TOLERANCE: f64 = 1e-4;

/// Times at which the overlaps are kept.
const SAMPLES: usize = 2001;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    patterns: PatternSettings,
    network: NetworkSettings,
    history: HistorySettings,
    #[serde(default)]
    solver: SolverSettings,
    output: OutputSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkSettings {
    /// Time constant of every neuron.
    tau: Spanned<f64>,
    gain: Spanned<f64>,
    /// Inhibition of all by all: every weight is lowered by this over the number of neurons.
    inhibition: Spanned<f64>,
    /// Delays to compare, each common to all synapses.
    delays: Spanned<Vec<Spanned<f64>>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HistorySettings {
    /// `x_j(t)` for `t <= 0` is `common + cue` where the first pattern is active, else `common - cue`.
    common: Spanned<f64>,
    cue: Spanned<f64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OutputSettings {
    t_end: Spanned<f64>,
}

struct DelayedRecall {
    settings: Settings,
    stored: Vec<Pattern>,
    networks: Vec<DelayedHopfield>,
    start: Vec<f64>,
    options: Options,
}

fn read(model: &ModelFile) -> Result<Box<dyn Experiment>, Diagnostic> {
    let settings: Settings = model.settings()?;
    let stored = settings.patterns.patterns()?;
    let NetworkSettings {
        tau,
        gain,
        inhibition,
        delays,
    } = &settings.network;
    positive("tau", tau)?;
    positive("gain", gain)?;
    non_negative("inhibition", inhibition)?;
    non_negative("delays", delays.get_ref())?;
    require(
        delays,
        !delays.get_ref().is_empty(),
        "there are no delays",
        "no delays",
        "list at least one, as in [0.5]",
    )?;
    finite("common", &settings.history.common)?;
    finite("cue", &settings.history.cue)?;
    positive("t_end", &settings.output.t_end)?;
    let refuse = |error: crate::networks::NetworkError| {
        Diagnostic::new(error.to_string()).at(settings.patterns.place())
    };
    let hebb = Hopfield::hebb(&stored).map_err(refuse)?;
    let neurons = hebb.neurons();
    let weights = hebb
        .weights()
        .map(|weight| weight - inhibition.get_ref() / neurons as f64);
    let network = |delay: &Spanned<f64>| {
        DelayedHopfield::new(DelayedHopfieldParameters {
            time_constants: vec![*tau.get_ref(); neurons],
            weights: weights.clone(),
            delays: DMatrix::from_element(neurons, neurons, *delay.get_ref()),
            gain: *gain.get_ref(),
            inputs: vec![0.0; neurons],
        })
    };
    let networks = delays.get_ref().iter().map(network);
    let networks = networks.collect::<Result<_, _>>().map_err(refuse)?;
    let (common, cue) = (
        *settings.history.common.get_ref(),
        *settings.history.cue.get_ref(),
    );
    let start = stored[0]
        .iter()
        .map(|on| if on { common + cue } else { common - cue })
        .collect();
    let options = settings.solver.options()?;
    Ok(Box::new(DelayedRecall {
        settings,
        stored,
        networks,
        start,
        options,
    }))
}

/// What one delay makes of the cue.
struct Fate {
    delay: f64,
    verdict: String,
    period: Option<Period>,
    /// Overlap with the first pattern at each time.
    overlap: Vec<(f64, f64)>,
    last_overlap: f64,
}

impl DelayedRecall {
    fn follow(&self, network: &DelayedHopfield, delay: f64) -> Result<Fate, RunError> {
        let end = *self.settings.output.t_end.get_ref();
        let history = History::constant(&self.start);
        let mut solver = network.engine(history, 0.0, self.options)?;
        let neurons = self.start.len();
        let mut samples = Samples::equidistant(0.0, end, SAMPLES, neurons);
        let mut turns = Turns::new(0);
        let mut steepest = 0.0_f64;
        while solver.time() < end {
            let piece = solver.advance(end)?;
            turns.watch(piece);
            samples.watch(piece);
            let (_, reached) = piece.span();
            steepest = (0..neurons)
                .map(|j| piece.slope(j, reached).abs())
                .fold(0.0, f64::max);
        }
        let gain = *self.settings.network.gain.get_ref();
        let overlap = |state: &[f64]| {
            let pairs = state.iter().zip(self.stored[0].levels());
            let sum: f64 = pairs.map(|(x, level)| (gain * x).tanh() * level).sum();
            sum / neurons as f64
        };
        let period = turns.period(0.5 * end, TOLERANCE);
        let shown = Pattern::from_levels(solver.state());
        let verdict = match (
            steepest < REST,
            self.stored.iter().position(|p| *p == shown),
        ) {
            (true, Some(n)) => format!("at rest on pattern {}", n + 1),
            (true, None) => format!("at rest on {shown}"),
            _ if period.is_some() => "oscillates".to_owned(),
            _ => "not settled".to_owned(),
        };
        let times = samples.times().iter().copied();
        Ok(Fate {
            delay,
            verdict,
            period: period.filter(|_| steepest >= REST),
            overlap: times
                .zip(samples.values().chunks(neurons).map(overlap))
                .collect(),
            last_overlap: overlap(solver.state()),
        })
    }
}

impl Experiment for DelayedRecall {
    fn resolved(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(&self.settings)
    }

    fn plan(&self) -> Vec<(String, String)> {
        let NetworkSettings {
            tau,
            gain,
            inhibition,
            delays,
        } = &self.settings.network;
        let delays: Vec<String> = delays.get_ref().iter().map(ToString::to_string).collect();
        let pair = |name: &str, value: String| (name.to_owned(), value);
        vec![
            pair("neurons", self.start.len().to_string()),
            pair("patterns", self.stored.len().to_string()),
            pair("tau", tau.to_string()),
            pair("gain", gain.to_string()),
            pair("inhibition", inhibition.to_string()),
            pair("delays", delays.join(", ")),
            pair("time span", format!("0 to {}", self.settings.output.t_end)),
        ]
    }

    fn run(&self, progress: &dyn Progress) -> Result<Outcome, RunError> {
        progress.begin("following delays", self.networks.len() as u64);
        let mut fates = Vec::new();
        for (network, delay) in self
            .networks
            .iter()
            .zip(self.settings.network.delays.get_ref())
        {
            fates.push(self.follow(network, *delay.get_ref())?);
            progress.advance(1);
        }
        let onset = self.networks[0].oscillation_onset();
        let mut table = Table::new(["delay", "fate", "period", "overlap"]);
        let mut course = Table::new(["delay", "t", "overlap"]);
        for fate in &fates {
            table.push([
                fate.delay.into(),
                fate.verdict.as_str().into(),
                fate.period.map(|period| period.value).into(),
                fate.last_overlap.into(),
            ]);
            for (time, overlap) in &fate.overlap {
                course.push([fate.delay.into(), (*time).into(), (*overlap).into()]);
            }
        }
        let report = json!({
            "oscillation_onset": onset,
            "delays": fates.iter().map(|fate| json!({
                "delay": fate.delay,
                "verdict": fate.verdict,
                "period": fate.period,
                "overlap": fate.last_overlap,
            })).collect::<Vec<_>>(),
        });
        let line = match onset {
            Some(onset) => format!(
                "beyond the delay {:.6} the unbiased state oscillates, at first with the period {:.6}",
                onset.delay, onset.period
            ),
            None => "no delay makes the inhibited direction oscillate".to_owned(),
        };
        let series = fates.iter().map(|fate| {
            let label = format!("delay {}: {}", fate.delay, fate.verdict);
            Series::new(label, fate.overlap.clone(), Look::Line)
        });
        let figure = Lines {
            title: "Recall by graded neurons that hear each other late".into(),
            subtitle: line.clone(),
            x: Axis::linear("time t"),
            y: Axis::linear("overlap with the pattern shown"),
            series: series.collect(),
            ..Lines::default()
        };
        Ok(Outcome {
            report,
            summary: vec![Block::Line(line), Block::Table(table)],
            tables: vec![("overlap".into(), course)],
            figures: vec![drawing("overlap", figure)],
            ..Outcome::default()
        })
    }
}
