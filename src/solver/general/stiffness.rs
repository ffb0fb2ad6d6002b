//! Whether an explicit method is held back by stability, and a clear word about it in time.
//!
//! The last two stages of a step lie at the same time, so what their derivatives differ by tells the
//! largest eigenvalue that the step has met: E. Hairer, G. Wanner, "Solving Ordinary Differential
//! Equations II", Springer 1996, section IV.2. A run whose steps have long been as short as
//! stability asks, and that would need many times the steps allowed, is given up at once.

use super::methods::{Method, dormand_prince, tsitouras};
use crate::solver::{DelaySolver, SolverError};

/// Steps between two looks.
const EVERY: u64 = 64;
/// Part of the steps allowed that must have been stiff in a row.
const LONG: u64 = 100;
/// Times the steps left that the rest of the run would need.
const HOPELESS: f64 = 10.0;

impl DelaySolver<'_> {
    /// Looks at the step just done to `end`, whose stages still stand, on the way to `limit`.
    ///
    /// # Errors
    /// [`SolverError::Stiff`] if the run has no prospect of an end.
    pub(super) fn look_for_stiffness(&mut self, end: f64, limit: f64) -> Result<(), SolverError> {
        if !self.statistics.steps.is_multiple_of(EVERY) {
            return Ok(());
        }
        let step = end - self.time;
        if step * self.largest_eigenvalue(step) < self.options.general_method().nearly_unstable() {
            self.stiff_steps = 0;
            return Ok(());
        }
        self.stiff_steps += EVERY;
        let done = self.statistics.steps + self.statistics.rejected;
        let left = self.options.maximum_steps.saturating_sub(done);
        if self.stiff_steps > self.options.maximum_steps / LONG
            && (limit - end) / step > HOPELESS * left as f64
        {
            return Err(SolverError::Stiff {
                time: self.time,
                step,
                needed: (limit - end) / step,
                limit: self.options.maximum_steps,
            });
        }
        Ok(())
    }

    /// What the last two stages say of the largest eigenvalue; zero if they agree.
    fn largest_eigenvalue(&self, step: f64) -> f64 {
        let n = self.dimension;
        let (rows, last): (&[f64], &[f64]) = match self.options.general_method() {
            Method::Tsit5 => (&tsitouras::A[5], &tsitouras::A[6]),
            Method::Dop853 => (dormand_prince::A[11], dormand_prince::A[12]),
            Method::Radau5 => return 0.0,
        };
        let place = self.options.general_method().last_row();
        let (mut slopes, mut states) = (0.0_f64, 0.0_f64);
        for j in 0..n {
            let stage = |row: usize| self.stages[row * n + j];
            slopes += (stage(place) - stage(place - 1)).powi(2);
            let weights = (0..place).map(|row| {
                let before = rows.get(row).copied().unwrap_or(0.0);
                stage(row) * (last[row] - before)
            });
            states += (step * weights.sum::<f64>()).powi(2);
        }
        if states > 0.0 {
            (slopes / states).sqrt()
        } else {
            0.0
        }
    }
}
