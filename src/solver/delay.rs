//! The general engine: delay equations with constant lags and any right-hand side.

use super::breaking::BreakingPoints;
use super::control::Controller;
use super::memory::Memory;
use super::step::Attempt;
use super::tableau::{ORDER, STAGES};
use super::{DelayField, Engine, History, Options, Piece, SolverError, Statistics};

/// Explicit continuous Runge-Kutta method of order 5(4) for `y'(t) = f(t, y(t), y(t - lag), ...)`.
///
/// **Method.** The pair of Tsitouras (2011) with its free interpolant of order 4, which keeps the
/// values at mesh times at order 5; steps by a proportional-integral controller. Steps end on the
/// breaking points that the initial time and the history send through the lags, followed up to the
/// fifth derivative, and on every sign change of a [switch](DelayField::switches). A step longer
/// than the shortest lag is iterated with its own interpolant until it agrees with itself to 2 % of
/// the tolerance, or is halved. Without lags this is a solver of ordinary equations.
///
/// **Cost** a step: six evaluations of the right-hand side (times the iterations, two or three,
/// where it overlaps with a lag) and `O(dimension (lags + 40))` flops. **Memory**: the pieces that
/// the longest lag reaches, `40 dimension` bytes each, however long the run; no heap allocation
/// once that many have been made.
///
/// **Accuracy.** Tolerances bound the error of one step, as usual. What becomes of it is up to the
/// equation: a stable one forgets it, a chaotic one multiplies it. Each step uses a tenth of the
/// tolerance, so that on every known-answer problem of the tests, the chaotic Mackey-Glass equation
/// over 1000 units included, the final error is below ten tolerances.
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
#[derive(Debug)]
pub struct DelaySolver<'a, F: DelayField + ?Sized> {
    pub(super) field: &'a F,
    pub(super) options: Options,
    pub(super) dimension: usize,
    pub(super) time: f64,
    pub(super) state: Vec<f64>,
    pub(super) memory: Memory<'a>,
    breaking_points: BreakingPoints,
    controller: Option<Controller>,
    pub(super) statistics: Statistics,
    /// Derivatives of the stages, one after the other.
    pub(super) stages: Vec<f64>,
    /// State of a stage; after a step the new state.
    pub(super) trial: Vec<f64>,
    /// Delayed states of a stage, one lag after the other.
    pub(super) delayed: Vec<f64>,
    /// State at which the switches are probed.
    pub(super) probe_state: Vec<f64>,
    /// Values of the switches, see `switch`.
    pub(super) switches: [Vec<f64>; 4],
    /// Whether the last step was made to end at a sign change of a switch.
    pub(super) at_switch: bool,
    /// Whether the first stage holds the derivative at the present time.
    slope_known: bool,
}

/// Two neighbouring times between which a switch changes sign.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crossing {
    pub(super) before: f64,
    pub(super) after: f64,
}

impl<'a, F: DelayField + ?Sized> DelaySolver<'a, F> {
    /// An engine at time `begin` that has not moved yet.
    ///
    /// # Errors
    /// [`SolverError::InvalidArgument`] for a lag that is not positive and finite, an initial time
    /// that is not finite, a breaking point of the history after it, or options out of range;
    /// [`SolverError::WrongLength`] if history and field differ in dimension;
    /// [`SolverError::NotFinite`] if the initial state is not finite.
    pub fn new(
        field: &'a F,
        history: History<'a>,
        begin: f64,
        options: Options,
    ) -> Result<Self, SolverError> {
        options.validate()?;
        let refuse = |name, value, requirement| SolverError::InvalidArgument {
            name,
            value,
            requirement,
        };
        if !begin.is_finite() {
            return Err(refuse("initial time", begin, "it must be finite"));
        }
        let lags = field.lags();
        if let Some(lag) = lags.iter().find(|lag| !(**lag > 0.0 && lag.is_finite())) {
            return Err(refuse("lag", *lag, "lags must be positive and finite"));
        }
        let dimension = field.dimension();
        let state = history.initial_state(begin, dimension)?;
        let memory = Memory::new(history, lags, dimension, begin);
        let mut breaking_points = BreakingPoints::new(ORDER);
        let merge = 0.5 * memory.rounding;
        let order = u32::from(!memory.history.jumps());
        breaking_points.spread(begin, order, lags, begin, merge);
        for point in memory.history.breaking_points() {
            if *point > begin {
                let requirement = "breaking points of the history must not lie after its end";
                return Err(refuse("breaking point", *point, requirement));
            }
            breaking_points.spread(*point, 0, lags, begin, merge);
        }
        Ok(Self {
            field,
            options,
            dimension,
            time: begin,
            trial: state.clone(),
            state,
            memory,
            breaking_points,
            controller: None,
            statistics: Statistics::default(),
            stages: vec![0.0; STAGES * dimension],
            delayed: vec![0.0; lags.len() * dimension],
            probe_state: vec![0.0; dimension],
            switches: std::array::from_fn(|_| vec![0.0; field.switch_count()]),
            at_switch: false,
            slope_known: false,
        })
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

    /// Where the next step should end: a breaking point, the limit, or one step on.
    fn choose_end(&self, limit: f64, step: f64) -> f64 {
        let mut step = step.min(self.options.maximum_step.unwrap_or(f64::INFINITY));
        if !self.switches[0].is_empty() {
            // a switch that reads an unfinished piece could not be located
            step = step.min(self.memory.shortest_lag());
        }
        let target = self
            .breaking_points
            .next()
            .map_or(limit, |point| point.min(limit));
        let distance = target - self.time;
        if 1.01 * step >= distance {
            target
        } else if 2.0 * step > distance {
            // two equal steps rather than a long one and a splinter
            self.time + 0.5 * distance
        } else {
            self.time + step
        }
    }

    /// One accepted step, for a dimension `N` known at compile time or zero.
    fn step<const N: usize>(&mut self, limit: f64) -> Result<(), SolverError> {
        if limit.is_nan() || limit <= self.time {
            return Err(SolverError::InvalidArgument {
                name: "limit",
                value: limit,
                requirement: "it must lie after the time reached",
            });
        }
        let shortest = 2.0 * self.memory.rounding.max(f64::MIN_POSITIVE);
        let has_switches = !self.switches[0].is_empty();
        if has_switches {
            self.pass_switches::<N>(shortest);
            self.start::<N>(shortest)?;
        } else if !self.slope_known {
            self.start::<N>(0.0)?;
        }
        self.slope_known = true;
        let mut controller = match self.controller {
            Some(controller) => controller,
            None => Controller::new(self.initial_step::<N>(limit)),
        };
        let mut crossing: Option<Crossing> = None;
        loop {
            if self.statistics.steps + self.statistics.rejected >= self.options.maximum_steps {
                return Err(SolverError::TooManySteps {
                    time: self.time,
                    limit: self.options.maximum_steps,
                });
            }
            let at_switch = crossing.is_some();
            let (end, last) = match crossing.take() {
                Some(crossing) => (crossing.after, crossing.before),
                None => {
                    let end = self.choose_end(limit, controller.step);
                    (end, end)
                }
            };
            let step = end - self.time;
            let attempt = self.attempt::<N>(end, last);
            if let Attempt::Done { error } = attempt {
                if has_switches && !at_switch {
                    self.interpolate::<N>(step);
                    crossing = self.first_crossing::<N>(end, shortest);
                    if crossing.is_some() {
                        continue;
                    }
                }
                if error <= 1.0 {
                    if !self.memory.overlapping && (at_switch || !has_switches) {
                        self.interpolate::<N>(step);
                    }
                    controller.accept(step, error, step < controller.step);
                    self.controller = Some(controller);
                    self.accept(end, at_switch);
                    return Ok(());
                }
                controller.reject(step, error);
            } else {
                controller.cut(step, 0.4);
            }
            self.statistics.rejected += 1;
            self.controller = Some(controller);
            if controller.step < shortest {
                return Err(match attempt {
                    Attempt::NotFinite => self.what_is_not_finite(step),
                    _ => SolverError::StepTooSmall {
                        time: self.time,
                        step: controller.step,
                        component: self.worst_component(step),
                    },
                });
            }
        }
    }

    /// Takes note of a switch at the present time: the slope jumps here.
    pub(super) fn note_switch(&mut self) {
        let (time, merge) = (self.time, 0.5 * self.memory.rounding);
        self.breaking_points
            .spread(time, 1, &self.memory.lags, time, merge);
        self.statistics.events += 1;
    }

    /// Moves to the end of a good step, whose interpolant stands in the open piece.
    fn accept(&mut self, end: f64, at_switch: bool) {
        self.memory.record.commit();
        self.time = end;
        std::mem::swap(&mut self.state, &mut self.trial);
        let last = (STAGES - 1) * self.dimension;
        self.stages.copy_within(last.., 0);
        self.statistics.steps += 1;
        self.memory.move_to(end);
        self.at_switch = at_switch;
        let merge = 0.5 * self.memory.rounding;
        if self
            .breaking_points
            .next()
            .is_some_and(|point| point <= end + merge)
        {
            let order = self.breaking_points.pass(end, &self.memory.lags, merge);
            self.statistics.breaking_points += 1;
            // where the slope jumps, the last stage is not the first of the next step
            self.slope_known &= order.is_none_or(|order| order > 1);
        }
    }
}

impl<F: DelayField + ?Sized> Engine for DelaySolver<'_, F> {
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
        match self.dimension {
            1 => self.step::<1>(limit)?,
            2 => self.step::<2>(limit)?,
            3 => self.step::<3>(limit)?,
            _ => self.step::<0>(limit)?,
        }
        Ok(&self.memory.record)
    }

    fn statistics(&self) -> Statistics {
        self.statistics
    }
}
