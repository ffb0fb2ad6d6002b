//! Paths that leave a memory under noise.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::stepped_relays::SteppedRelays;
use crate::analysis::{Mode, Settling, settle};
use crate::networks::{Cue, ImpulseNetwork, Pattern};
use crate::solver::{
    DelayField, Engine, History, Options, Save, SolverError, StochasticField, StochasticMethod,
    StochasticOptions, StochasticSolver, additive_noise, common_step, solve,
};

/// Readings in a row that must show another pattern before a memory is lost: an impulse too many or too few in one
/// period heals by itself (chosen; the time of loss is that of the first of them).
const PATIENCE: usize = 3;

/// Periods that a reading looks back, so that a phase that wanders is still seen (chosen).
const WINDOW: f64 = 1.25;

/// Part of a period within which a synchronous group fires: beyond it the group has come apart, as in an order of
/// its neurons (chosen: the neighbours of an order of two to four neurons are a quarter or more apart).
const TOGETHER: f64 = 0.25;

/// Pauses of a neuron shorter than this are the same impulse: noise crosses the threshold many times, and no impulse
/// is shorter than the delay of a neuron's own feedback, 1.
const SAME_IMPULSE: f64 = 1.0;

/// Noise on the logarithmic potentials, `dx_j = (...) dt + strength dW_j`, and how it is followed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LifetimeSettings {
    /// `strength`, in units of `x = ln(u) / lambda` per root of time.
    pub noise: f64,
    /// Longest step.
    pub step: f64,
    /// Time after which a path is given up that still holds its memory.
    pub horizon: f64,
    /// Seed of the noise.
    pub seed: u64,
}

/// How one path ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Escape {
    /// When the memory was lost; the horizon, if it was not.
    pub time: f64,
    /// What is read then, if it was lost.
    pub reading: Option<Reading>,
}

/// Who has fired in a period, and whether together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Neurons that have fired.
    pub pattern: Pattern,
    /// Whether as one group.
    pub together: bool,
}

/// A dominance cycle from which paths with noise set out.
#[derive(Debug, Clone)]
pub struct NoisyMemory<'n> {
    network: &'n ImpulseNetwork,
    pattern: Pattern,
    period: f64,
    /// States before the start, from the oldest on, in equal steps.
    past: Vec<f64>,
    step: f64,
}

impl<'n> NoisyMemory<'n> {
    /// The cycle of `pattern`, as the network without noise settles on it; `None` if it settles on something else.
    ///
    /// # Errors
    /// [`SolverError::InvalidArgument`] for a network of finite lambda or without synaptic delay; those of the engine.
    pub fn new(
        network: &'n ImpulseNetwork,
        pattern: &Pattern,
        settling: Settling,
        options: Options,
    ) -> Result<Option<Self>, SolverError> {
        if !network.is_relay() || network.parameters().h <= 0.0 {
            return Err(SolverError::InvalidArgument {
                name: "lambda or h",
                value: network.parameters().lambda,
                requirement: "memories are followed under noise in the relay limit, with a synaptic delay",
            });
        }
        let state = Cue::default().state(pattern, &network.parameters().c, 0, 0);
        let mut engine = network.engine(&state, options)?;
        let Ok(cycle) = settle(engine.as_mut(), settling)?.outcome else {
            return Ok(None);
        };
        if cycle.mode != Mode::Dominance || cycle.pattern != *pattern {
            return Ok(None);
        }
        // the past that the lags reach, in steps that are short beside an impulse
        let longest = DelayField::lags(network)
            .iter()
            .copied()
            .fold(1.0, f64::max);
        let count = (longest * 1000.0).ceil() as usize;
        let step = longest / count as f64;
        let begin = engine.time();
        let times = (0..=count).map(|k| begin + k as f64 * step).collect();
        let trajectory = solve(engine.as_mut(), begin + longest, &Save::At(times), &[])?;
        Ok(Some(Self {
            network,
            pattern: pattern.clone(),
            period: cycle.period,
            past: trajectory.states,
            step,
        }))
    }

    /// Period of the cycle without noise.
    #[must_use]
    pub fn period(&self) -> f64 {
        self.period
    }

    /// The past of the cycle, up to time 0.
    fn history(&self) -> History<'_> {
        let n = self.network.neurons();
        let newest = self.past.len() / n - 1;
        History::function(n, move |time, state| {
            let place = (newest as f64 + time / self.step).max(0.0);
            let before = (place as usize).min(newest - 1);
            let part = place - before as f64;
            let (one, other) = (&self.past[before * n..], &self.past[(before + 1) * n..]);
            for (j, value) in state.iter_mut().enumerate() {
                *value = one[j] + part * (other[j] - one[j]);
            }
        })
    }

    /// Follows the paths `0..paths` until each has lost the memory.
    ///
    /// Parallel; the same for any number of threads.
    ///
    /// # Errors
    /// [`SolverError::InvalidArgument`] for a step or a horizon that is not positive; errors of the engine.
    pub fn escapes(
        &self,
        settings: LifetimeSettings,
        paths: usize,
    ) -> Result<Vec<Escape>, SolverError> {
        if !(settings.horizon > 0.0 && settings.horizon.is_finite()) {
            return Err(SolverError::InvalidArgument {
                name: "horizon",
                value: settings.horizon,
                requirement: "a path is given up after a positive, finite time",
            });
        }
        let strengths = vec![settings.noise; self.network.neurons()];
        let step = common_step(DelayField::lags(self.network), settings.step)?;
        let settings = LifetimeSettings { step, ..settings };
        let field = additive_noise(SteppedRelays::new(self.network, step), &strengths);
        let one = |path| self.escape(&field, settings, path);
        let found: Vec<_> = (0..paths as u64).into_par_iter().map(one).collect();
        found.into_iter().collect()
    }

    /// Follows one path.
    fn escape(
        &self,
        field: &dyn StochasticField,
        settings: LifetimeSettings,
        path: u64,
    ) -> Result<Escape, SolverError> {
        let options = StochasticOptions {
            // the relays jump, where no method has more than the order of the simplest one
            method: Some(StochasticMethod::EulerMaruyama),
            seed: settings.seed,
            path,
            ..StochasticOptions::with_step(settings.step)
        };
        let mut solver = StochasticSolver::new(field, &self.history(), 0.0, options)?;
        let mut onsets = vec![f64::NEG_INFINITY; self.network.neurons()];
        let mut low: Vec<bool> = solver.state().iter().map(|x| *x <= 0.0).collect();
        let (mut wrong, mut first) = (0, 0.0);
        let mut look = WINDOW * self.period;
        while solver.time() < settings.horizon {
            solver.advance(f64::INFINITY)?;
            let time = solver.time();
            for ((low, onset), x) in low.iter_mut().zip(&mut onsets).zip(solver.state()) {
                if *low && *x > 0.0 && time - *onset > SAME_IMPULSE {
                    *onset = time;
                }
                *low = *x <= 0.0;
            }
            if time < look {
                continue;
            }
            look += self.period;
            let reading = self.reading(&onsets, time);
            if reading.together && reading.pattern == self.pattern {
                wrong = 0;
                continue;
            }
            if wrong == 0 {
                first = time;
            }
            wrong += 1;
            if wrong == PATIENCE {
                return Ok(Escape {
                    time: first,
                    reading: Some(reading),
                });
            }
        }
        Ok(Escape {
            time: settings.horizon,
            reading: None,
        })
    }

    /// Who has fired lately.
    fn reading(&self, onsets: &[f64], now: f64) -> Reading {
        let lately = |onset: &f64| now - onset <= WINDOW * self.period;
        let pattern = Pattern::from(onsets.iter().map(lately).collect::<Vec<_>>());
        let fired = onsets.iter().filter(|onset| lately(onset));
        let mut phases: Vec<f64> = fired.map(|onset| onset.rem_euclid(self.period)).collect();
        phases.sort_by(f64::total_cmp);
        let around = phases.first().map(|first| first + self.period);
        let next = phases.iter().skip(1).copied().chain(around);
        let gap = phases
            .iter()
            .zip(next)
            .map(|(one, next)| next - one)
            .fold(0.0, f64::max);
        Reading {
            pattern,
            together: self.period - gap <= TOGETHER * self.period,
        }
    }
}
