//! One step of the general engine: its start, its length, and what is wrong with it.

use super::memory::Side;
use super::methods::Method;
use crate::solver::{DelaySolver, Delayed, SolverError};

/// Least first step, in resolutions of time: twice the shortest that may be.
const LEAST_STEP: f64 = 4.0;

/// Outcome of a trial step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Attempt {
    /// All stages are there; the error is in units of the tolerance.
    Done { error: f64 },
    /// Something was NaN or infinite.
    NotFinite,
    /// A step longer than a lag did not agree with itself.
    NotConverged,
    /// A delayed time lies before what is kept.
    Forgotten,
    /// A delayed time lies after the time at which it is asked for.
    Ahead { lag: usize, argument: f64 },
}

impl DelaySolver<'_> {
    /// Tries a step to `end`; `last` is `end` or the latest time before a switch there. Of a step
    /// that could be done the interpolant stands in the open piece.
    pub(super) fn attempt<const N: usize>(&mut self, end: f64, last: f64) -> Attempt {
        match self.options.general_method() {
            Method::Tsit5 | Method::Dop853 => self.attempt_explicit::<N>(end, last),
            Method::Radau5 => self.attempt_implicit(end, last),
        }
    }

    #[inline]
    pub(super) fn length<const N: usize>(&self) -> usize {
        if N == 0 { self.dimension } else { N }
    }

    /// Number of lags, varying ones included.
    #[inline]
    pub(super) fn lag_count(&self) -> usize {
        self.memory.lags.len() + self.memory.stretches.len()
    }

    /// Error allowed a step in a component of the given size.
    #[inline]
    pub(super) fn allowed(&self, size: f64) -> f64 {
        self.share * (self.options.absolute_tolerance + self.options.relative_tolerance * size)
    }

    /// Evaluates the derivative at the present time into the first stage; looks back from a moment
    /// `after` later, behind a switch that may act just now.
    pub(super) fn start<const N: usize>(&mut self, after: f64) -> Result<(), SolverError> {
        let n = self.length::<N>();
        self.memory.rewind();
        self.memory.overlapping = false;
        let time = self.time + after;
        let lags = self.memory.states_shown();
        self.memory.look::<N>(
            self.field,
            time,
            &self.state,
            Side::After,
            &mut self.delayed,
        );
        let delayed = Delayed::split(&self.delayed, n, lags);
        let slope = &mut self.stages[..n];
        self.field.derivative(time, &self.state, delayed, slope);
        self.statistics.evaluations += 1;
        match self.stages[..n].iter().position(|slope| !slope.is_finite()) {
            None => Ok(()),
            Some(component) => Err(SolverError::NotFinite {
                quantity: "derivative",
                component,
                value: self.stages[component],
                time: self.time,
            }),
        }
    }

    /// A first step from the size of the first two derivatives: Hairer, Nørsett, Wanner,
    /// "Solving Ordinary Differential Equations I" (1993), section II.4, "starting step size".
    pub(super) fn initial_step<const N: usize>(&mut self, limit: f64) -> f64 {
        if let Some(step) = self.options.initial_step {
            return step;
        }
        let n = self.length::<N>();
        let (mut size, mut speed, mut bend) = (0.0_f64, 0.0_f64, 0.0_f64);
        for j in 0..n {
            let allowed = self.allowed(self.state[j].abs());
            size = size.max(self.state[j].abs() / allowed);
            speed = speed.max(self.stages[j].abs() / allowed);
        }
        let longest = (limit - self.time).min(self.memory.shortest_lag());
        let guess = if size < 1e-5 || speed < 1e-5 {
            1e-6 * longest.min(1.0)
        } else {
            (0.01 * size / speed).min(longest)
        };
        for j in 0..n {
            self.trial[j] = self.state[j] + guess * self.stages[j];
        }
        let time = self.time + guess;
        self.memory.rewind();
        let lags = self.memory.states_shown();
        self.memory.look::<N>(
            self.field,
            time,
            &self.trial,
            Side::Before,
            &mut self.delayed,
        );
        let delayed = Delayed::split(&self.delayed, n, lags);
        let (first, rest) = self.stages.split_at_mut(n);
        self.field
            .derivative(time, &self.trial, delayed, &mut rest[..n]);
        self.statistics.evaluations += 1;
        for j in 0..n {
            let size = self.state[j].abs();
            let allowed = self.share
                * (self.options.absolute_tolerance + self.options.relative_tolerance * size);
            bend = bend.max((rest[j] - first[j]).abs() / (allowed * guess));
        }
        let largest = speed.max(bend);
        let step = if largest <= 1e-15 {
            (guess * 1e-3).max(1e-6)
        } else {
            (0.01 / largest).powf(1.0 / f64::from(self.options.general_method().error_order()))
        };
        let step = if step.is_finite() { step } else { guess };
        // what is tiny beside its own slope says nothing of the step, nor does the next limit
        let least = LEAST_STEP * self.memory.rounding;
        step.min((100.0 * guess).max(least)).min(longest.max(least))
    }

    /// The component that moves fastest at the present time, in units of what is allowed.
    pub(super) fn fastest_component(&self) -> usize {
        let speed = |j: usize| self.stages[j].abs() / self.allowed(self.state[j].abs());
        (0..self.dimension)
            .max_by(|a, b| speed(*a).total_cmp(&speed(*b)))
            .unwrap_or(0)
    }

    /// The component whose error sets the step.
    pub(super) fn worst_component(&self) -> usize {
        let error = |j: usize| {
            self.errors[j].abs() / self.allowed(self.state[j].abs().max(self.trial[j].abs()))
        };
        (0..self.dimension)
            .max_by(|a, b| error(*a).total_cmp(&error(*b)))
            .unwrap_or(0)
    }

    /// Names the first NaN or infinity of the trial step of length `step`.
    pub(super) fn what_is_not_finite(&self, step: f64) -> SolverError {
        let not_finite = |quantity, component, value, time| SolverError::NotFinite {
            quantity,
            component,
            value,
            time,
        };
        for (row, stage) in self.stages.chunks_exact(self.dimension).enumerate() {
            if let Some(component) = stage.iter().position(|value| !value.is_finite()) {
                let time = self.time + self.options.general_method().row_time(row) * step;
                return not_finite("derivative", component, stage[component], time);
            }
        }
        let component = self
            .trial
            .iter()
            .position(|value| !value.is_finite())
            .unwrap_or(0);
        not_finite("state", component, self.trial[component], self.time)
    }
}
