//! Kind `hopfield`: graded Hopfield neurons with a delay, at rest on a pattern or oscillating.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::analysis::{Period, Samples, Turns};
use crate::experiment::pattern_settings::PatternSettings;
use crate::experiment::sections::SolverSettings;
use crate::experiment::settings::{Mistakes, NonEmpty, NonNegative, Positive, Real, settings};
use crate::experiment::{Block, Diagnostic, Drawing, Header, Progress, RunError, Study, Table};
use crate::figures::{Axis, Lines, Look, Series};
use crate::networks::{
    DelayedHopfield, DelayedHopfieldParameters, Hopfield, NetworkError, OscillationOnset, Pattern,
};
use crate::solver::{DelayField, History};

/// Slope of any component below which the network counts as at rest: a change that no picture shows
/// in the time that is left.
const REST: f64 = 1e-6;

/// How much periods and heights of an oscillation may differ.
const TOLERANCE: f64 = 1e-4;

/// Change of the overlap below which the curve of an oscillation is flat: the overlap does not see it.
const FLAT: f64 = 1e-3;

/// Times at which the overlaps are kept: one for every pixel.
const SAMPLES: usize = 2001;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// What is stored.
        pub patterns: PatternSettings,
        /// The neurons.
        pub network: NetworkSettings,
        /// How they begin.
        pub history: HistorySettings,
        /// How they are integrated.
        pub solver: SolverSettings,
        /// How far.
        pub output: OutputSettings,
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// Time constant of every neuron.
        pub tau: Positive,
        /// Slope of the sigmoid at zero.
        pub gain: Positive,
        /// Inhibition of all by all: every weight is lowered by this over the number of neurons.
        pub inhibition: NonNegative,
        /// Delays to compare, each common to all synapses.
        pub delays: NonEmpty<NonNegative>,
    }

    /// Section `[history]`: `x_j(t)` for `t <= 0` is `common + cue` where the first pattern is active,
    /// else `common - cue`.
    pub struct HistorySettings {
        /// The level of all.
        pub common: Real,
        /// How far the pattern is lifted out of it.
        pub cue: Real,
    }

    /// Section `[output]`.
    pub struct OutputSettings {
        /// Time at the end.
        pub t_end: Positive,
    }
}

/// Networks that differ by their delay.
pub struct DelayedRecall {
    settings: Settings,
    stored: Vec<Pattern>,
    networks: Vec<DelayedHopfield>,
    start: Vec<f64>,
}

/// What is found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Findings {
    /// Where the unbiased state begins to oscillate.
    pub oscillation_onset: Option<OscillationOnset>,
    /// Every delay.
    pub delays: Vec<Course>,
}

/// What one delay makes of the cue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Course {
    /// The delay.
    pub delay: f64,
    /// Where it ends, in words.
    pub verdict: String,
    /// Period of the first neuron, if it oscillates.
    pub period: Option<Period>,
    /// Overlap with the first pattern at the end.
    pub overlap: f64,
    /// The same along the way: time and overlap.
    pub course: Vec<(f64, f64)>,
}

impl DelayedRecall {
    fn follow(&self, network: &DelayedHopfield, delay: f64) -> Result<Course, RunError> {
        let end = *self.settings.output.t_end;
        let history = History::constant(&self.start);
        let mut solver = network.engine(history, 0.0, self.settings.solver.options())?;
        let neurons = self.start.len();
        let mut samples = Samples::equidistant(0.0, end, SAMPLES, neurons);
        let mut turns = Turns::new(0);
        let mut steepest = 0.0_f64;
        while solver.time() < end {
            let piece = solver.advance(end)?;
            turns.watch(piece);
            samples.watch(piece);
            let (_, reached) = piece.span();
            let slopes = (0..neurons).map(|j| piece.slope(j, reached).abs());
            steepest = slopes.fold(0.0, f64::max);
        }
        let gain = *self.settings.network.gain;
        let overlap = |state: &[f64]| {
            let pairs = state.iter().zip(self.stored[0].levels());
            let sum: f64 = pairs.map(|(x, level)| (gain * x).tanh() * level).sum();
            sum / neurons as f64
        };
        let times = samples.times().iter().copied();
        let overlaps = samples.values().chunks(neurons).map(overlap);
        let course: Vec<(f64, f64)> = times.zip(overlaps).collect();
        let period = turns.period(0.5 * end, TOLERANCE);
        let shown = Pattern::from_levels(solver.state());
        let place = self.stored.iter().position(|pattern| *pattern == shown);
        let late = course
            .iter()
            .filter(|(time, _)| *time > 0.5 * end)
            .map(|(_, overlap)| *overlap);
        let flat = late.clone().fold(f64::MIN, f64::max) - late.fold(f64::MAX, f64::min) < FLAT;
        let verdict = match (steepest < REST, place) {
            (true, Some(n)) => format!("at rest on pattern {}", n + 1),
            (true, None) => format!("at rest on {shown}"),
            _ if period.is_some() && flat => "all neurons oscillate as one".to_owned(),
            _ if period.is_some() => "oscillates".to_owned(),
            _ => "not settled".to_owned(),
        };
        Ok(Course {
            delay,
            verdict,
            period: period.filter(|_| steepest >= REST),
            overlap: overlap(solver.state()),
            course,
        })
    }
}

impl Study for DelayedRecall {
    const NAME: &'static str = "hopfield";
    const SUMMARY: &'static str =
        "graded Hopfield neurons with a delay: at rest on a pattern, or oscillating";
    type Settings = Settings;
    type Findings = Findings;

    fn new(settings: Settings, _: &Header) -> Result<Self, Mistakes> {
        let stored = settings.patterns.patterns()?;
        let NetworkSettings {
            tau,
            gain,
            inhibition,
            delays,
        } = &settings.network;
        let refused = |error: NetworkError| {
            Diagnostic::new(error.to_string()).at(settings.patterns.place().bytes())
        };
        let hebb = Hopfield::hebb(&stored).map_err(refused)?;
        let neurons = hebb.neurons();
        let weights = hebb
            .weights()
            .map(|weight| weight - **inhibition / neurons as f64);
        let network = |delay: &NonNegative| {
            DelayedHopfield::new(DelayedHopfieldParameters {
                time_constants: vec![**tau; neurons],
                weights: weights.clone(),
                delays: DMatrix::from_element(neurons, neurons, **delay),
                gain: **gain,
                inputs: vec![0.0; neurons],
            })
        };
        let networks: Result<Vec<_>, NetworkError> = delays.iter().map(network).collect();
        let (common, cue) = (*settings.history.common, *settings.history.cue);
        let level = |on: bool| if on { common + cue } else { common - cue };
        Ok(Self {
            networks: networks.map_err(refused)?,
            start: stored[0].iter().map(level).collect(),
            stored,
            settings,
        })
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn plan(&self) -> Vec<(String, String)> {
        let NetworkSettings {
            tau,
            gain,
            inhibition,
            delays,
        } = &self.settings.network;
        vec![
            ("neurons".into(), self.start.len().to_string()),
            ("patterns".into(), self.stored.len().to_string()),
            ("tau".into(), tau.to_string()),
            ("gain".into(), gain.to_string()),
            ("inhibition".into(), inhibition.to_string()),
            ("delays".into(), format!("{delays:?}")),
            (
                "time span".into(),
                format!("0 to {}", self.settings.output.t_end),
            ),
        ]
    }

    fn find(&self, progress: &dyn Progress) -> Result<Findings, RunError> {
        progress.begin("following delays", self.networks.len() as u64);
        let pairs = self
            .networks
            .iter()
            .zip(self.settings.network.delays.iter());
        let follow = |(network, delay): (&DelayedHopfield, &NonNegative)| {
            let course = self.follow(network, **delay);
            progress.advance(1);
            course
        };
        Ok(Findings {
            delays: pairs.map(follow).collect::<Result<_, _>>()?,
            oscillation_onset: self.networks[0].oscillation_onset(),
        })
    }

    fn tables(_: &Settings, findings: &Findings) -> Vec<(String, Table)> {
        let mut table = Table::new(["delay", "t", "overlap"]);
        for found in &findings.delays {
            for (time, overlap) in &found.course {
                table.push([found.delay.into(), (*time).into(), (*overlap).into()]);
            }
        }
        vec![("overlap".into(), table)]
    }

    fn summary(_: &Settings, findings: &Findings) -> Vec<Block> {
        let mut table = Table::new(["delay", "fate", "period", "overlap"]);
        for found in &findings.delays {
            table.push([
                found.delay.into(),
                found.verdict.as_str().into(),
                found.period.map(|period| period.value).into(),
                found.overlap.into(),
            ]);
        }
        vec![Block::Line(onset(findings)), Block::Table(table)]
    }

    fn figures(_: &Settings, findings: &Findings) -> Vec<Drawing> {
        let series = findings.delays.iter().map(|found| {
            let label = format!("delay {}: {}", found.delay, found.verdict);
            Series::new(label, found.course.clone(), Look::Line)
        });
        let lines = Lines {
            title: "Recall by graded neurons that hear each other late".into(),
            subtitle: onset(findings),
            x: Axis::linear("time t"),
            y: Axis::linear("overlap with the pattern shown"),
            series: series.collect(),
            ..Lines::default()
        };
        vec![Drawing::of("overlap", lines)]
    }
}

/// Where oscillation begins, in a line.
fn onset(findings: &Findings) -> String {
    match &findings.oscillation_onset {
        Some(onset) => format!(
            "beyond the delay {:.6} the unbiased state oscillates, at first with the period {:.6}",
            onset.delay, onset.period
        ),
        None => "no delay makes the inhibited direction oscillate".to_owned(),
    }
}
