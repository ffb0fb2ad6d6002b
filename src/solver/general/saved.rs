//! An interrupted run, to be taken up again elsewhere.

use serde::{Deserialize, Serialize};

use super::branch::{Branches, Passage};
use super::breaking::BreakingPoints;
use super::control::Controller;
use super::judged::Judged;
use super::record::Pieces;
use crate::solver::{
    DelayField, DelaySolver, EventMemory, History, Options, Pulse, SolverError, Statistics,
};

/// Format of saved runs; it grows with every change of what they hold.
const FORMAT: u32 = 4;
/// Part of itself by which the slope at the start may differ: elementary functions differ by a few
/// units in the last place from machine to machine, equations by more.
const SAME: f64 = 1e-9;

/// Everything that the general engine needs to go on from where it was saved, but the field and the
/// history, which are code.
///
/// A resumed run repeats the bits of the uninterrupted one. In JSON that asks for a reader and a
/// writer that keep every bit of a number (the feature `float_roundtrip` of `serde_json`).
///
/// ```
/// use pulsatrix::solver::{closure_field, DelaySolver, Engine, History, Options, SavedRun};
///
/// let field = closure_field(1, &[1.0], |_, _, delayed, dy| dy[0] = -delayed.state(0)[0]);
/// let history = || History::constant(&[1.0]);
/// let mut solver = DelaySolver::new(&field, history(), 0.0, Options::default())?;
/// solver.advance(10.0)?;
/// let saved: SavedRun = solver.save();
/// solver.advance(10.0)?;
///
/// let mut resumed = DelaySolver::resume(&field, history(), &saved)?;
/// resumed.advance(10.0)?;
/// assert_eq!(resumed.state(), solver.state());
/// # Ok::<(), pulsatrix::solver::SolverError>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SavedRun {
    /// Absent before there was one.
    #[serde(default)]
    format: u32,
    options: Options,
    begin: f64,
    /// Fingerprint of the history.
    history: u64,
    /// What the right-hand side says of the history at the initial time.
    #[serde(default)]
    first_slope: Vec<f64>,
    time: f64,
    rounding: f64,
    state: Vec<f64>,
    slope: Vec<f64>,
    lags: Vec<f64>,
    pieces: Pieces,
    anchors: Vec<u64>,
    breaking_points: BreakingPoints,
    #[serde(default)]
    judged: Option<Judged>,
    branches: Branches,
    controller: Option<Controller>,
    statistics: Statistics,
    switches: Vec<f64>,
    jacobians: Vec<Vec<f64>>,
    at_switch: bool,
    at_break: bool,
    slope_known: bool,
    continues: bool,
    passage: Option<Passage>,
    passages: usize,
    stiff_steps: u64,
    pulses: Vec<Pulse>,
    #[serde(default)]
    event_memory: EventMemory,
}

impl SavedRun {
    /// Time at which the run was saved.
    #[must_use]
    pub fn time(&self) -> f64 {
        self.time
    }

    /// State at that time.
    #[must_use]
    pub fn state(&self) -> &[f64] {
        &self.state
    }
}

impl<'a> DelaySolver<'a> {
    /// The run as it stands. Cost: a copy of the history that the longest lag reaches.
    #[must_use]
    pub fn save(&self) -> SavedRun {
        SavedRun {
            format: FORMAT,
            options: self.options,
            begin: self.memory.begin(),
            history: self.fingerprint(),
            first_slope: self.first_slope(),
            time: self.time,
            rounding: self.memory.rounding,
            state: self.state.clone(),
            slope: self.stages[..self.dimension].to_vec(),
            lags: self.memory.lags.clone(),
            pieces: self.memory.record.pieces(),
            anchors: self.memory.anchors().to_vec(),
            breaking_points: self.breaking_points.clone(),
            judged: self.judged.clone(),
            branches: self.branches.clone(),
            controller: self.controller,
            statistics: self.statistics,
            switches: self.switches[super::switch::EARLIER].clone(),
            jacobians: self.implicit.saved(),
            at_switch: self.at_switch,
            at_break: self.at_break,
            slope_known: self.slope_known,
            continues: self.continues,
            passage: self.passage,
            passages: self.passages,
            stiff_steps: self.stiff_steps,
            pulses: self.pulses.list(),
            event_memory: self.event_memory.clone(),
        }
    }

    /// [`resume`](Self::resume) with other tolerances and bounds; the method, the tracking of breaking
    /// points, and the past with its errors stay.
    ///
    /// # Errors
    /// Those of [`resume`](Self::resume); [`SolverError::AnotherRun`] if the options name another
    /// method; [`SolverError::InvalidArgument`] for options out of range.
    pub fn resume_with(
        field: &'a (dyn DelayField + 'a),
        history: History<'a>,
        saved: &SavedRun,
        options: Options,
    ) -> Result<Self, SolverError> {
        options.validate()?;
        let old = saved.options;
        if options.general_method() != old.general_method() {
            return Err(SolverError::AnotherRun { what: "method" });
        }
        let mut solver = Self::resume(field, history, saved)?;
        let before = solver.allowed(1.0);
        solver.options = Options {
            break_tracking: old.break_tracking,
            ..options
        };
        solver.share = options.share();
        let ratio = before / solver.allowed(1.0);
        if let Some(judged) = &mut solver.judged {
            judged.rescale(ratio);
        }
        if solver.options != old {
            // the step is chosen anew
            solver.controller = None;
        }
        Ok(solver)
    }

    /// Takes up a saved run of the same field and history.
    ///
    /// # Errors
    /// [`SolverError::AnotherRun`] if the saved run has another format, if dimension, lags, switches
    /// or method of it are not those of the field, if the right-hand side says something else of the
    /// history at the initial time, or if the history differs from the old one at its end or one of the times
    /// in the reach of the lags at which they are compared, and what [`new`](Self::new) refuses.
    pub fn resume(
        field: &'a (dyn DelayField + 'a),
        history: History<'a>,
        saved: &SavedRun,
    ) -> Result<Self, SolverError> {
        let differs = |what| Err(SolverError::AnotherRun { what });
        if saved.format != FORMAT {
            return differs("format");
        }
        let mut solver = Self::new(field, history, saved.begin, saved.options)?;
        let n = solver.dimension;
        if saved.state.len() != n || saved.slope.len() != n {
            return differs("dimension");
        }
        if saved.history != solver.fingerprint() {
            return differs("history");
        }
        let lags = solver.lag_count();
        if saved.lags != solver.memory.lags || saved.anchors.len() != lags {
            return differs("lags");
        }
        let slopes = saved.first_slope.iter().zip(solver.first_slope());
        let same = |a: f64, b: f64| (a - b).abs() <= SAME * (a.abs() + b.abs());
        if saved.first_slope.len() != n || slopes.into_iter().any(|(a, b)| !same(*a, b)) {
            return differs("right-hand side at the initial time");
        }
        if saved.switches.len() != field.switch_count() {
            return differs("number of switches");
        }
        let reads = field.reads().len();
        let (parts, width) = if reads > 0 {
            (1, reads)
        } else {
            (lags * (1 + usize::from(field.is_neutral())), n)
        };
        let counts = [0, 1, 1 + parts];
        let widths = std::iter::once(n).chain(std::iter::repeat(width));
        let mut sizes = saved.jacobians.iter().zip(widths);
        if !counts.contains(&saved.jacobians.len())
            || sizes.any(|(values, width)| values.len() != n * width)
        {
            return differs("number or dimension of the Jacobians");
        }
        if !saved.branches.fits(field) {
            return differs("number of varying lags");
        }
        if !solver
            .memory
            .restore(&saved.pieces, &saved.anchors, saved.rounding)
        {
            return differs("method");
        }
        solver.time = saved.time;
        solver.state.copy_from_slice(&saved.state);
        solver.stages[..n].copy_from_slice(&saved.slope);
        solver.breaking_points = saved.breaking_points.clone();
        solver.judged = saved.judged.clone();
        solver.branches = saved.branches.clone();
        solver.controller = saved.controller;
        solver.statistics = saved.statistics;
        solver.switches[super::switch::EARLIER].copy_from_slice(&saved.switches);
        solver.implicit.restore(&saved.jacobians, n);
        solver.at_switch = saved.at_switch;
        solver.at_break = saved.at_break;
        solver.next_break = solver.break_after(saved.time);
        solver.slope_known = saved.slope_known;
        solver.continues = saved.continues;
        solver.passage = saved.passage;
        solver.passages = saved.passages;
        solver.stiff_steps = saved.stiff_steps;
        solver.event_memory = saved.event_memory.clone();
        if saved.pulses.iter().any(|pulse| pulse.target >= n) {
            return differs("target of a pulse");
        }
        for pulse in &saved.pulses {
            solver.pulses.send(*pulse);
        }
        Ok(solver)
    }
}
