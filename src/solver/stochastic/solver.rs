//! The engine of equations with noise.

use serde::{Deserialize, Serialize};

use super::corners;
use super::grid::{Grid, LagInSteps, steps_of};
use super::line::Line;
use super::method::SECOND_STAGE;
use super::{BrownianPath, Increments, LEAST_REFINED, Noise, StochasticField, StochasticMethod};
use crate::solver::{Delayed, Engine, EventMemory, History, Piece, SolverError, Statistics};

/// Step, method, and which path.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StochasticOptions {
    /// Longest step: the steps are the longest ones up to it that divide all lags.
    pub step: f64,
    /// That step is halved so often; the path of the noise stays what it is. At most 20.
    pub halvings: u32,
    /// The method; if none is named, that of the highest order which the noise takes, and Euler-Maruyama where the lags
    /// have no common step.
    pub method: Option<StochasticMethod>,
    /// Seed of all paths,
    pub seed: u64,
    /// and which of them.
    pub path: u64,
}

impl StochasticOptions {
    /// The first path of seed 0, in steps up to `step`.
    #[must_use]
    pub fn with_step(step: f64) -> Self {
        Self {
            step,
            halvings: 0,
            method: None,
            seed: 0,
            path: 0,
        }
    }
}

/// Integrates one path of an equation with noise, in equal steps.
///
/// The state between two steps is a straight line, on which events are found: a threshold that is passed and passed
/// back within a step is not seen, as if it stood higher by 0.58 standard deviations of a step (M. Broadie, P. Glasserman, S. Kou,
/// Math. Finance 7, 325-349 (1997), doi:10.1111/1467-9965.00035). At an event the state may jump; the rest of the step then has the drift of the new state and the noise it had. A
/// step costs one or two evaluations of `f` and `g`; kept are the states of the longest lag.
///
/// Where the drift jumps or bends because time says so ([`DelayField::next_break`](crate::solver::DelayField)), a step is
/// put together from parts, so that nothing is lost that is shorter than a step. Where the state says so (switches) no
/// step ends but by chance. The order falls to 1/2 in both.
/// Pulses cannot be sent. After an error the engine stays where it was and repeats it.
pub struct StochasticSolver<'a, F: ?Sized> {
    field: &'a F,
    method: StochasticMethod,
    lags: Vec<LagInSteps>,
    grid: Grid,
    path: BrownianPath,
    begin: f64,
    /// The next time at which the drift jumps or bends by itself.
    next_break: f64,
    line: Line,
    time: f64,
    state: Vec<f64>,
    work: Work,
    statistics: Statistics,
    /// A step that has failed has used up its noise: there is no second attempt.
    failed: Option<SolverError>,
    /// What the last run has left of its events.
    event_memory: EventMemory,
}

/// What a step writes on.
pub(super) struct Work {
    pub(super) late: Vec<f64>,
    pub(super) slope: Vec<f64>,
    pub(super) second: Vec<f64>,
    pub(super) stage: Vec<f64>,
    pub(super) g: Vec<f64>,
    pub(super) other: Vec<f64>,
}

impl<'a, F: StochasticField + ?Sized> StochasticSolver<'a, F> {
    /// Starts from `history` at `begin`.
    ///
    /// # Errors
    /// [`SolverError::InvalidArgument`] for a step that is not positive, lags without a common step, a method that does
    /// not take the noise, and for drifts whose lags vary or that are neutral; the errors of the history.
    pub fn new(
        field: &'a F,
        history: &History<'_>,
        begin: f64,
        options: StochasticOptions,
    ) -> Result<Self, SolverError> {
        let refuse = |name, value, requirement| {
            Err(SolverError::InvalidArgument {
                name,
                value,
                requirement,
            })
        };
        let drift = field.drift();
        let noise = field.noise();
        let method = options.method.unwrap_or_else(|| {
            match steps_of(drift.lags(), options.step, false) {
                Ok(_) => StochasticMethod::of(noise),
                // only it interpolates between steps
                Err(_) => StochasticMethod::EulerMaruyama,
            }
        });
        if !method.takes(noise) {
            return Err(SolverError::NoiseNotTaken {
                method: method.name(),
            });
        }
        if drift.varying_lags() > 0 || drift.is_neutral() {
            let requirement = "with noise, lags are constant and no slope is delayed";
            return refuse("varying lags", drift.varying_lags() as f64, requirement);
        }
        if options.halvings > LEAST_REFINED {
            return refuse(
                "halvings",
                f64::from(options.halvings),
                "a step is halved 20 times at most",
            );
        }
        if !begin.is_finite() {
            return refuse("begin", begin, "a run begins at a finite time");
        }
        let any = method == StochasticMethod::EulerMaruyama;
        let (first, _) = steps_of(drift.lags(), options.step, any)?;
        let step = first / f64::from(1_u32 << options.halvings);
        let (_, lags) = steps_of(drift.lags(), step, any)?;
        let dimension = drift.dimension();
        let (processes, intensities) = match noise {
            Noise::General(processes) => (processes, processes * dimension),
            _ => (dimension, dimension),
        };
        let two_stages = method == StochasticMethod::AdditiveRungeKutta;
        let second_stage = two_stages.then_some(SECOND_STAGE);
        let grid = Grid::new(drift, history, (begin, step), &lags, second_stage)?;
        let next_break = corners::first_break(drift, begin, step);
        let state = grid.state(0).to_vec();
        let empty = || vec![0.0; dimension];
        Ok(Self {
            field,
            method,
            grid,
            path: BrownianPath::new(
                options.seed,
                options.path,
                processes,
                first,
                options.halvings,
            ),
            begin,
            next_break,
            line: Line {
                first: begin,
                last: begin,
                start: (begin, state.clone()),
                end: (begin, state.clone()),
            },
            time: begin,
            state,
            work: Work {
                late: vec![0.0; lags.len() * dimension],
                slope: empty(),
                second: empty(),
                stage: empty(),
                g: vec![0.0; intensities],
                other: empty(),
            },
            lags,
            statistics: Statistics::default(),
            failed: None,
            event_memory: EventMemory::default(),
        })
    }

    /// How steps are taken.
    #[must_use]
    pub fn method(&self) -> StochasticMethod {
        self.method
    }

    /// Length of the steps.
    #[must_use]
    pub fn step(&self) -> f64 {
        self.path.step()
    }

    /// Computes the next step.
    fn take(&mut self) -> Result<(), SolverError> {
        let h = self.path.step();
        let time = self.line.end.0;
        let cuts = corners::within(self.field.drift(), &mut self.next_break, (time, h));
        let Work {
            late,
            slope,
            second,
            stage,
            g,
            other,
        } = &mut self.work;
        let drift = self.field.drift();
        let motion = self.path.next_step();
        self.line.start.0 = time;
        self.line.start.1.copy_from_slice(&self.line.end.1);
        let (start, end) = (&self.line.start.1, &mut self.line.end.1);
        self.grid.read(0, &self.lags, late);
        let delayed = Delayed::new(late, start.len()).reading(drift.reads());
        if !cuts.is_empty() {
            let evaluations =
                corners::step(self.field, &mut self.work, (time, h), &cuts, (motion, end));
            self.statistics.evaluations += evaluations - 1;
            if self.method == StochasticMethod::AdditiveRungeKutta {
                self.grid.keep_stage(&self.work.stage);
            }
            return self.end_step(time, h);
        }
        drift.derivative(time, start, delayed, slope);
        match self.method {
            StochasticMethod::EulerMaruyama => {
                self.field.intensity(time, start, delayed, g);
                for (end, slope) in end.iter_mut().zip(&*slope) {
                    *end += h * slope;
                }
                add_noise(self.field.noise(), g, motion, end);
            }
            StochasticMethod::Milstein => {
                self.field.intensity(time, start, delayed, g);
                for (j, stage) in stage.iter_mut().enumerate() {
                    *stage = start[j] + h * slope[j] + h.sqrt() * g[j];
                }
                self.field.intensity(time, stage, delayed, other);
                for (j, Increments { w, .. }) in motion.iter().enumerate() {
                    let bend = (other[j] - g[j]) * (w * w - h) / (2.0 * h.sqrt());
                    end[j] += h * slope[j] + g[j] * w + bend;
                }
            }
            StochasticMethod::AdditiveRungeKutta => {
                self.field.intensity(time, start, delayed, other);
                self.field.intensity(time + h, start, delayed, g);
                for (j, Increments { z, .. }) in motion.iter().enumerate() {
                    stage[j] = start[j] + SECOND_STAGE * h * slope[j] + 1.5 * g[j] * z / h;
                }
                self.grid.keep_stage(stage);
                self.grid.read_stages(&self.lags, late);
                let delayed = Delayed::new(late, stage.len()).reading(drift.reads());
                drift.derivative(time + SECOND_STAGE * h, stage, delayed, second);
                self.statistics.evaluations += 1;
                for (j, Increments { w, z }) in motion.iter().enumerate() {
                    end[j] += h * (slope[j] + 2.0 * second[j]) / 3.0
                        + g[j] * w
                        + (other[j] - g[j]) * z / h;
                }
            }
        }
        self.end_step(time, h)
    }

    /// Counts a step whose end is known, and keeps it.
    fn end_step(&mut self, time: f64, h: f64) -> Result<(), SolverError> {
        let end = &self.line.end.1;
        self.statistics.evaluations += 1;
        self.statistics.steps += 1;
        self.line.end.0 = self.begin + self.statistics.steps as f64 * h;
        if let Some(component) = end.iter().position(|value| !value.is_finite()) {
            return Err(SolverError::NotFinite {
                quantity: "state",
                component,
                value: end[component],
                time,
            });
        }
        self.grid.push(end);
        Ok(())
    }
}

/// Adds `g dW`.
pub(super) fn add_noise(noise: Noise, g: &[f64], motion: &[Increments], end: &mut [f64]) {
    if let Noise::General(_) = noise {
        for (column, motion) in g.chunks(end.len().max(1)).zip(motion) {
            for (end, g) in end.iter_mut().zip(column) {
                *end += g * motion.w;
            }
        }
    } else {
        for ((end, g), motion) in end.iter_mut().zip(g).zip(motion) {
            *end += g * motion.w;
        }
    }
}

impl<F: StochasticField + ?Sized> Engine for StochasticSolver<'_, F> {
    fn name(&self) -> &'static str {
        "stochastic"
    }

    fn time(&self) -> f64 {
        self.time
    }

    fn state(&self) -> &[f64] {
        &self.state
    }

    fn advance(&mut self, limit: f64) -> Result<&dyn Piece, SolverError> {
        if self.failed.is_none() && self.time >= self.line.end.0 {
            self.failed = self.take().err();
        }
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.line.first = self.time;
        self.time = limit.min(self.line.end.0).max(self.time);
        self.line.last = self.time;
        self.line.write(self.time, &mut self.state);
        Ok(&self.line)
    }

    fn jump(&mut self, time: f64, state: &[f64]) -> Result<(), SolverError> {
        if state.len() != self.state.len() {
            return Err(SolverError::WrongLength {
                name: "the state after a jump",
                found: state.len(),
                expected: self.state.len(),
            });
        }
        if let Some(component) = state.iter().position(|value| !value.is_finite()) {
            return Err(SolverError::NotFinite {
                quantity: "state",
                component,
                value: state[component],
                time,
            });
        }
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.go_back(time)?;
        let late = self.time < self.line.end.0;
        if late {
            let drift = self.field.drift();
            let late = &mut self.work.late;
            self.grid.read(1, &self.lags, late);
            let present = self.lags.iter().zip(late.chunks_mut(state.len().max(1)));
            for (_, late) in present.filter(|(lag, _)| lag.whole == 0) {
                late.copy_from_slice(state);
            }
            let delayed = Delayed::new(late, state.len()).reading(drift.reads());
            drift.derivative(time, state, delayed, &mut self.work.second);
            self.statistics.evaluations += 1;
        }
        let rest = self.line.end.0 - time;
        let Work {
            slope,
            second,
            stage,
            ..
        } = &mut self.work;
        for (j, change) in stage.iter_mut().enumerate() {
            *change = state[j] - self.state[j];
            if late {
                *change += rest * (second[j] - slope[j]);
            }
            self.line.end.1[j] += *change;
        }
        if late {
            slope.copy_from_slice(second);
        }
        self.grid.shift(stage);
        self.line.start.0 = time;
        self.line.start.1.copy_from_slice(state);
        self.state.copy_from_slice(state);
        Ok(())
    }

    fn go_back(&mut self, time: f64) -> Result<(), SolverError> {
        if !(self.line.first <= time && time <= self.time) {
            return Err(SolverError::InvalidArgument {
                name: "time",
                value: time,
                requirement: "one goes back into the newest piece only",
            });
        }
        self.time = time;
        self.line.write(time, &mut self.state);
        Ok(())
    }

    fn event_memory(&mut self) -> Option<&mut EventMemory> {
        Some(&mut self.event_memory)
    }

    fn statistics(&self) -> Statistics {
        self.statistics
    }
}
