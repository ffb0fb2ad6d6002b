//! Stages, error and interpolant of the method of order 8.

use super::explicit::rows;
use super::memory::Side;
use super::methods::dormand_prince;
use super::step::Attempt;
use crate::solver::{DelaySolver, Delayed};

impl DelaySolver<'_> {
    /// State and derivative of stage `s` of the method of order 8.
    fn stage_of_order_eight<const N: usize>(&mut self, s: usize, step: f64, time: f64, side: Side) {
        let (n, lags) = (self.length::<N>(), self.memory.states_shown());
        let (known, rest) = self.stages.split_at_mut(s * n);
        let (state, trial) = (&self.state[..n], &mut self.trial[..n]);
        trial.fill(0.0);
        for (weight, row) in dormand_prince::A[s].iter().zip(known.chunks_exact(n)) {
            if *weight != 0.0 {
                for (sum, slope) in trial.iter_mut().zip(row) {
                    *sum += weight * slope;
                }
            }
        }
        for (trial, state) in trial.iter_mut().zip(state) {
            *trial = state + step * *trial;
        }
        if dormand_prince::C[s] < dormand_prince::C[s - 1] {
            self.memory.rewind();
        }
        self.memory
            .look::<N>(self.field, time, trial, side, &mut self.delayed);
        let delayed = Delayed::split(&self.delayed, n, lags);
        self.field.derivative(time, trial, delayed, &mut rest[..n]);
    }

    /// All stages after the first, and the error.
    pub(super) fn stages_of_order_eight<const N: usize>(
        &mut self,
        time: f64,
        step: f64,
        last: f64,
    ) -> Attempt {
        use dormand_prince::{A, C, E, SOLUTION, STAGES, THIRD};
        self.memory.rewind();
        for (s, c) in C.iter().enumerate().take(SOLUTION - 1).skip(1) {
            self.stage_of_order_eight::<N>(s, step, time + c * step, Side::Inside);
        }
        for s in [SOLUTION - 1, SOLUTION] {
            self.stage_of_order_eight::<N>(s, step, last, Side::Before);
        }
        // the stages of the interpolant leave the new state alone
        std::mem::swap(&mut self.trial, &mut self.probe_state);
        for (s, c) in C.iter().enumerate().skip(SOLUTION + 1) {
            self.stage_of_order_eight::<N>(s, step, time + c * step, Side::Inside);
        }
        std::mem::swap(&mut self.trial, &mut self.probe_state);
        self.statistics.evaluations += (STAGES - 1) as u64;
        let n = self.length::<N>();
        let rows: [&[f64]; STAGES] = rows(&self.stages, n);
        let (mut fifth, mut third, mut sum) = (0.0_f64, 0.0_f64, 0.0_f64);
        for j in 0..n {
            let size = self.state[j].abs().max(self.trial[j].abs());
            let scale = step / self.allowed(size);
            let (mut a, mut b) = (0.0, 0.0);
            for i in 0..SOLUTION {
                a += E[i] * rows[i][j];
                b += A[SOLUTION][i] * rows[i][j];
            }
            for (i, weight) in THIRD {
                b -= weight * rows[i][j];
            }
            self.errors[j] = step * a;
            fifth = fifth.max((scale * a).abs());
            third = third.max((scale * b).abs());
            // unlike the maximum, the sum does not lose a NaN; the last rows are read later
            sum +=
                (scale * (a + b)).abs() + rows[SOLUTION..].iter().map(|r| r[j].abs()).sum::<f64>();
        }
        if !sum.is_finite() {
            return Attempt::NotFinite;
        }
        // the combination of the code DOP853: of order 8 where both agree on the size of the step
        let both = fifth.hypot(0.1 * third);
        let error = if both > 0.0 {
            fifth * fifth / both
        } else {
            0.0
        };
        Attempt::Done { error }
    }

    /// Writes the interpolant of the stages into the open piece; returns the largest change of it,
    /// in units of the tolerance.
    pub(super) fn interpolate_by_order_seven<const N: usize>(&mut self, step: f64) -> f64 {
        use dormand_prince::{A, D, SOLUTION, STAGES, TERMS, powers};
        let n = self.length::<N>();
        let (absolute, relative) = (
            self.share * self.options.absolute_tolerance,
            self.share * self.options.relative_tolerance,
        );
        let rows: [&[f64]; STAGES] = rows(&self.stages, n);
        let state = &self.state[..n];
        let coefficients = &mut self.memory.record.open_coefficients()[..TERMS * n];
        coefficients[..n].copy_from_slice(state);
        let mut largest = 0.0_f64;
        for j in 0..n {
            let mut q = [0.0; TERMS - 1];
            for i in 0..STAGES {
                for (sum, weights) in q[3..].iter_mut().zip(&D) {
                    *sum += weights[i] * rows[i][j];
                }
            }
            for i in 0..SOLUTION {
                q[0] += A[SOLUTION][i] * rows[i][j];
            }
            q[1] = rows[0][j] - q[0];
            q[2] = q[0] - rows[SOLUTION][j] - q[1];
            let mut change = 0.0;
            for (term, power) in powers(q).into_iter().enumerate() {
                let place = &mut coefficients[(term + 1) * n + j];
                let new = step * power;
                change += (new - *place).abs();
                *place = new;
            }
            largest = largest.max(change / (absolute + relative * state[j].abs()));
        }
        largest
    }
}
