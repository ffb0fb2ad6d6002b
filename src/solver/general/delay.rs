//! The general engine: delay equations with any right-hand side.

use std::fmt;

use super::branch::{Branches, Passage};
use super::breaking::BreakingPoints;
use super::control::Controller;
use super::jacobian::Implicit;
use super::judged::Judged;
use super::memory::Memory;
use super::reading::check_reads;
use crate::solver::{
    DelayField, Dense, Engine, EventMemory, History, Options, Piece, Pulses, SolverError,
    Statistics,
};

/// Continuous Runge-Kutta methods for
/// `y'(t) = f(t, y(t), y(t - lag), ..., y(alpha(t, y(t))), ..., y'(t - lag), ...)`.
///
/// **Method.** [`Options::method`] selects it: the pair of Tsitouras (2011) with its free
/// interpolant of order 4, which keeps the values at mesh times at order 5; the method of order 8 of
/// Dormand and Prince with its interpolant of order 7; or Radau IIA of order 5 for stiff equations.
/// Steps are the smaller of what a proportional-integral and a predictive controller propose. They end on the
/// breaking points that the initial time and the history send through the lags, followed up to the
/// derivative of the method's order or, of more than four lags, as far as they can
/// [still be felt](crate::solver::BreakTracking), and on every sign change of a [switch](DelayField::switches). A step longer
/// than the shortest lag is iterated with its own interpolant until it agrees with itself to 2 % of
/// the tolerance, or is shortened. Steps also end where a varying delayed time passes a breaking point;
/// until then it reads the smooth continuation of the stretch that it is in. Of a neutral equation
/// the breaks are followed for ever, and the defect of the interpolant is held to the tolerance,
/// because its slope is what comes back. Without lags this is a solver of ordinary equations.
///
/// **Cost** a step of order 5, in brackets of order 8: seven (17) evaluations of the right-hand side,
/// times the iterations, two or three, where it overlaps with a lag; the last of them see switches
/// that fall between the stages. **Memory**: the pieces that the longest lag reaches, 40 (64) bytes
/// a component each, however long the run; no heap allocation
/// once that many have been made. A varying lag without a declared bound keeps the whole trajectory.
///
/// **Accuracy.** Tolerances bound the error of one step, as usual. What becomes of it is up to the
/// equation: a stable one forgets it, a chaotic one multiplies it. Each step uses a tenth of the
/// tolerance, so that on every known-answer problem of the tests, the chaotic Mackey-Glass equation
/// over 1000 units included, the final error is below ten tolerances.
///
/// **Jumps and restart.** [`jump`](Engine::jump) changes the state, at an
/// [event](crate::solver::Event::resetting) for instance; delayed terms read either side of it.
/// [`save`](Self::save) and [`resume`](Self::resume) interrupt a run without changing a bit of it,
/// [pulses](crate::solver::Moment::emit) on their way included.
///
/// ```
/// use pulsatrix::solver::{closure_field, DelaySolver, Engine, History, Options};
///
/// // y' = -y(t - 1), y = 1 for t <= 0
/// let field = closure_field(1, &[1.0], |_, _, delayed, dy| dy[0] = -delayed.state(0)[0]);
/// let history = History::constant(&[1.0]);
/// let mut solver = DelaySolver::new(&field, history, 0.0, Options::with_tolerance(1e-9))?;
/// while solver.time() < 5.0 {
///     let piece = solver.advance(5.0)?;
///     let (begin, end) = piece.span();
///     assert!(piece.value(0, 0.5 * (begin + end)).abs() <= 1.0);
/// }
/// assert!((solver.state()[0] - 19.0 / 120.0).abs() < 1e-8);
/// # Ok::<(), pulsatrix::solver::SolverError>(())
/// ```
pub struct DelaySolver<'a> {
    pub(super) field: &'a (dyn DelayField + 'a),
    pub(super) options: Options,
    pub(super) dimension: usize,
    pub(super) time: f64,
    pub(super) state: Vec<f64>,
    pub(super) memory: Memory<'a>,
    pub(super) breaking_points: BreakingPoints,
    /// The breaking points of a field whose points are judged; the other list is then empty.
    pub(super) judged: Option<Judged>,
    pub(super) branches: Branches,
    pub(super) controller: Option<Controller>,
    pub(super) statistics: Statistics,
    /// Derivatives of the stages, one after the other.
    pub(super) stages: Vec<f64>,
    /// What the error estimate says of each component.
    pub(super) errors: Vec<f64>,
    /// Part of the tolerance that the error estimate of a step may reach.
    pub(super) share: f64,
    /// Steps in a row that stability kept short.
    pub(super) stiff_steps: u64,
    /// What an implicit method keeps.
    pub(super) implicit: Implicit,
    /// State of a stage; after a step the new state.
    pub(super) trial: Vec<f64>,
    /// Delayed states of a stage, one lag after the other.
    pub(super) delayed: Vec<f64>,
    /// State at which the switches are probed.
    pub(super) probe_state: Vec<f64>,
    /// Slopes of field and interpolant where the defect is taken.
    pub(super) probe_slopes: Vec<f64>,
    /// Values of the switches, see `switch`.
    pub(super) switches: [Vec<f64>; 4],
    /// Whether the last step was made to end at a sign change of a switch.
    pub(super) at_switch: bool,
    /// The next time at which the field says that it jumps, infinite if there is none.
    pub(super) next_break: f64,
    /// Whether the last step ended at such a time.
    pub(super) at_break: bool,
    /// Whether the first stage holds the derivative at the present time.
    pub(super) slope_known: bool,
    /// Whether the solution goes on smoothly from the step before.
    pub(super) continues: bool,
    /// A delayed time that reached the end of its stretch with the last step.
    pub(super) passage: Option<Passage>,
    /// Passages since time passed last.
    pub(super) passages: usize,
    /// Changes of the state on their way.
    pub(super) pulses: Pulses,
    /// What the last run has left of its events.
    pub(super) event_memory: EventMemory,
    /// Interpolants to be evaluated later.
    pub(super) dense: Option<Dense>,
}

impl fmt::Debug for DelaySolver<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("DelaySolver");
        shown.field("time", &self.time).field("state", &self.state);
        shown.finish_non_exhaustive()
    }
}

impl<'a> DelaySolver<'a> {
    /// An engine at time `begin` that has not moved yet.
    ///
    /// # Errors
    /// [`SolverError::LagBelowResolution`] for a lag that rounding of `begin` swallows;
    /// [`SolverError::InvalidArgument`] for a lag that is not positive and finite, an initial time
    /// that is not finite, a breaking point of the history after it, or options out of range;
    /// [`SolverError::WrongLength`] if history and field differ in dimension;
    /// [`SolverError::MissingSlope`] if the field is neutral and the history has no slope;
    /// [`SolverError::NotFinite`] if the initial state is not finite.
    pub fn new(
        field: &'a (dyn DelayField + 'a),
        history: History<'a>,
        begin: f64,
        options: Options,
    ) -> Result<Self, SolverError> {
        let lags = field.lags();
        check_reads(field)?;
        let late: Vec<f64> = lags.iter().copied().filter(|lag| *lag != 0.0).collect();
        options.validate_start(begin, &late)?;
        let refuse = |name, value, requirement| SolverError::InvalidArgument {
            name,
            value,
            requirement,
        };
        let dimension = field.dimension();
        let state = history.initial_state(begin, dimension)?;
        if field.is_neutral() && !history.has_slope() {
            return Err(SolverError::MissingSlope);
        }
        if field.is_neutral() && late.len() < lags.len() {
            return Err(refuse(
                "lag",
                0.0,
                "a neutral equation cannot read its slope at the present time",
            ));
        }
        let mut memory = Memory::new(history, field, begin, options.general_method().terms());
        let mut breaking_points =
            BreakingPoints::new(options.general_method().order(), field.is_neutral());
        let mut branches = Branches::new(field);
        let merge = 0.5 * memory.rounding;
        for point in memory.history.breaking_points() {
            if *point > begin {
                let requirement = "breaking points of the history must not lie after its end";
                return Err(refuse("breaking point", *point, requirement));
            }
            breaking_points.spread(*point, 0, lags, begin, merge);
            branches.note(*point, 0, memory.rounding);
        }
        let order = u32::from(!memory.history.jumps());
        breaking_points.spread(begin, order, lags, begin, merge);
        branches.note(begin, order, memory.rounding);
        field.delayed_times(begin, &state, &mut memory.arguments);
        branches.place(&memory.arguments, memory.rounding);
        let buffer = memory.numbers_shown();
        let mut solver = Self {
            field,
            options,
            dimension,
            time: begin,
            trial: state.clone(),
            state,
            memory,
            breaking_points,
            judged: None,
            branches,
            controller: None,
            statistics: Statistics::default(),
            stages: vec![0.0; options.general_method().rows() * dimension],
            errors: vec![0.0; dimension],
            share: options.share(),
            stiff_steps: 0,
            implicit: Implicit::default(),
            delayed: vec![0.0; buffer],
            probe_state: vec![0.0; dimension],
            probe_slopes: vec![0.0; 2 * dimension],
            switches: std::array::from_fn(|_| vec![0.0; field.switch_count()]),
            at_switch: false,
            next_break: field.next_break(begin).unwrap_or(f64::INFINITY),
            at_break: false,
            slope_known: false,
            continues: false,
            passage: None,
            passages: 0,
            pulses: Pulses::default(),
            event_memory: EventMemory::default(),
            dense: None,
        };
        solver.judged = solver.judge();
        if solver.judged.is_some() {
            solver.breaking_points.clear();
        }
        Ok(solver)
    }

    /// Keeps the interpolants of these components from now on, of all if none is named, so that the
    /// [trajectory](crate::solver::Trajectory::at) can be evaluated anywhere later.
    ///
    /// Memory: 32 bytes a step and 40 (order 8: 64) a step and component, [growing](Dense::bytes)
    /// with the run. Each call of [`solve`](crate::solver::solve) hands over its own part. A saved
    /// run does not hold them.
    ///
    /// # Errors
    /// [`SolverError::InvalidArgument`] for a component that is not there.
    pub fn keep(&mut self, components: &[usize]) -> Result<(), SolverError> {
        let terms = self.options.general_method().terms();
        self.dense = Some(Dense::new(components, self.dimension, terms)?);
        Ok(())
    }

    /// Writes the state at a past time that a lag still reaches.
    pub(crate) fn recall(&self, time: f64, state: &mut [f64]) {
        let record = &self.memory.record;
        record.read::<0>(record.find(time), time, state);
    }

    /// Applies a linear map to the solution, its past included. The history before the initial time
    /// stays as it is: no lag may reach it any more.
    pub(crate) fn mix(&mut self, mut map: impl FnMut(&mut [f64])) {
        self.memory.record.for_each_row(&mut map);
        map(&mut self.state);
        map(&mut self.stages[..self.dimension]);
        self.implicit = Implicit::default();
    }

    /// Number of polynomial pieces held for the lags.
    #[must_use]
    pub fn history_len(&self) -> usize {
        self.memory.record.len()
    }

    /// Bytes reserved for the pieces of [`history_len`](Self::history_len), spare room included.
    #[must_use]
    pub fn history_bytes(&self) -> usize {
        self.memory.record.bytes()
    }
}

impl Engine for DelaySolver<'_> {
    fn name(&self) -> &'static str {
        "general"
    }

    fn time(&self) -> f64 {
        self.time
    }

    fn state(&self) -> &[f64] {
        &self.state
    }

    fn advance(&mut self, limit: f64) -> Result<&dyn Piece, SolverError> {
        let limit = self.land_pulses(limit)?;
        match self.dimension {
            1 => self.step::<1>(limit)?,
            2 => self.step::<2>(limit)?,
            3 => self.step::<3>(limit)?,
            _ => self.step::<0>(limit)?,
        }
        Ok(&self.memory)
    }

    fn jump(&mut self, time: f64, state: &[f64]) -> Result<(), SolverError> {
        self.jump_to(time, state)
    }

    fn go_back(&mut self, time: f64) -> Result<(), SolverError> {
        self.return_to(time)
    }

    fn past(&self, component: usize, time: f64) -> f64 {
        self.memory.past(component, time)
    }

    fn pulses(&mut self) -> Option<&mut Pulses> {
        Some(&mut self.pulses)
    }

    fn event_memory(&mut self) -> Option<&mut EventMemory> {
        Some(&mut self.event_memory)
    }

    fn take_dense(&mut self) -> Option<Dense> {
        let kept = self.dense.take()?;
        let terms = self.options.general_method().terms();
        self.dense = Dense::new(kept.components(), self.dimension, terms).ok();
        Some(kept)
    }

    fn resolution(&self) -> f64 {
        self.memory.rounding
    }

    fn renew(&mut self) -> Result<(), SolverError> {
        self.renew_slope()
    }

    fn tolerances(&self) -> (f64, f64) {
        (
            self.options.absolute_tolerance,
            self.options.relative_tolerance,
        )
    }

    fn statistics(&self) -> Statistics {
        self.statistics
    }
}
