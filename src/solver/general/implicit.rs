//! A step of the implicit method: Newton's iteration for the collocation polynomial, whose delayed
//! terms may lie in the step itself.
//!
//! A stiff equation may be stiff in a delayed state, and its steps may be far longer than the lag.
//! Newton's matrix therefore knows what a delayed state inside the step owes to the stages; it is
//! the full one, of three times the dimension. N. Guglielmi, E. Hairer, "Implementing Radau IIA
//! methods for stiff delay differential equations", Computing 67, 1-12 (2001),
//! doi:10.1007/s006070170013; N. Guglielmi, E. Hairer, "Users' guide for the code RADAR5" (2005).

use nalgebra::{DMatrix, DVector, Dyn, LU};

use super::memory::Side;
use super::methods::radau::{BUBBLE, BUBBLE_PEAK, C, GAMMA, INVERSE, LAGRANGE, STAGES, TERMS};
use super::step::Attempt;
use crate::solver::{DelaySolver, Delayed};

/// Iterations of Newton's method in a step.
const MAXIMUM_ITERATIONS: usize = 10;
/// Change at which the iteration ends, in units of the error allowed a step.
const AGREEMENT: f64 = 0.01;
/// Contraction up to which the Jacobians serve another step.
const FAST: f64 = 1e-3;

/// How Newton's iteration ended.
enum Iteration {
    Converged { contraction: f64 },
    Failed(Attempt),
}

impl DelaySolver<'_> {
    /// [`attempt`](Self::attempt) for the implicit method.
    pub(super) fn attempt_implicit(&mut self, end: f64, last: f64) -> Attempt {
        let (time, step) = (self.time, end - self.time);
        self.memory.record.open(time, end);
        let overlaps = last - self.memory.shortest_lag() > time + self.memory.rounding;
        let reads_open = overlaps || self.memory.varies();
        self.memory.forgotten = None;
        loop {
            let known = self.implicit.serves || self.implicit.current;
            if !(known || self.renew_jacobian()) {
                return Attempt::NotFinite;
            }
            self.guess(step);
            self.memory.overlapping = reads_open;
            match self.iterate(step, last) {
                Iteration::Converged { contraction } => {
                    self.implicit.serves = contraction < FAST;
                    break;
                }
                Iteration::Failed(attempt) => {
                    self.implicit.serves = false;
                    if self.implicit.current || attempt == Attempt::Forgotten {
                        return attempt;
                    }
                }
            }
        }
        self.finish(step)
    }

    /// First values of the stages: the continuation of the step before, where there is one.
    fn guess(&mut self, step: f64) {
        let n = self.dimension;
        self.implicit.increments.resize(STAGES * n, 0.0);
        if !self.continues {
            self.implicit.increments.fill(0.0);
            return;
        }
        self.memory.record.extrapolate();
        let record = &self.memory.record;
        for (c, increments) in C.iter().zip(self.implicit.increments.chunks_exact_mut(n)) {
            record.read::<0>(record.next(), self.time + c * step, increments);
            for (increment, state) in increments.iter_mut().zip(&self.state) {
                *increment -= state;
            }
        }
    }

    /// Writes the collocation polynomial into the open piece.
    fn write_polynomial(&mut self) {
        let n = self.dimension;
        let increments = &self.implicit.increments;
        let rows = self.memory.record.open_coefficients();
        rows[..n].copy_from_slice(&self.state);
        for j in 0..n {
            for power in 0..STAGES {
                let terms =
                    (0..STAGES).map(|stage| LAGRANGE[stage][power] * increments[stage * n + j]);
                rows[(power + 1) * n + j] = terms.sum();
            }
            rows[(TERMS - 1) * n + j] = 0.0;
        }
    }

    /// Newton's iteration from the guess to the stages.
    fn iterate(&mut self, step: f64, last: f64) -> Iteration {
        let n = self.dimension;
        let mut factors: Option<LU<f64, Dyn, Dyn>> = None;
        let mut previous = f64::INFINITY;
        let mut contraction = 0.0;
        for iteration in 0..MAXIMUM_ITERATIONS {
            self.write_polynomial();
            let moved = self.evaluate_stages(step, last);
            if self.memory.forgotten.is_some() {
                return Iteration::Failed(Attempt::Forgotten);
            }
            if !self.implicit.residual.iter().all(|value| value.is_finite()) {
                return Iteration::Failed(Attempt::NotFinite);
            }
            if factors.is_none() || moved {
                let Some(matrix) = self.newton_matrix(step) else {
                    return Iteration::Failed(Attempt::NotFinite);
                };
                factors = Some(matrix.lu());
            }
            let solved = factors
                .as_ref()
                .and_then(|lu| lu.solve(&self.implicit.residual));
            let Some(change) = solved else {
                return Iteration::Failed(Attempt::NotConverged);
            };
            let mut size = 0.0_f64;
            for (stage, change) in change.as_slice().chunks_exact(n).enumerate() {
                for (j, change) in change.iter().enumerate() {
                    self.implicit.increments[stage * n + j] += change;
                    size = size.max(change.abs() / self.allowed(self.state[j].abs()));
                }
            }
            if !size.is_finite() {
                return Iteration::Failed(Attempt::NotFinite);
            }
            if size <= 1e-3 * AGREEMENT {
                return Iteration::Converged { contraction };
            }
            if iteration > 0 {
                let ratio = size / previous;
                let left = (MAXIMUM_ITERATIONS - 1 - iteration) as i32;
                contraction = if iteration == 1 {
                    ratio
                } else {
                    (ratio * contraction).sqrt()
                };
                if ratio < 1.0 && ratio / (1.0 - ratio) * size <= AGREEMENT {
                    return Iteration::Converged { contraction };
                }
                if ratio >= 2.0
                    || (ratio < 1.0 && ratio.powi(left) / (1.0 - ratio) * size > AGREEMENT)
                {
                    return Iteration::Failed(Attempt::NotConverged);
                }
            }
            previous = size;
        }
        Iteration::Failed(Attempt::NotConverged)
    }

    /// Derivatives at the stages and what Newton's iteration must remove; returns whether the
    /// places at which lags are read on the open piece have moved.
    fn evaluate_stages(&mut self, step: f64, last: f64) -> bool {
        let (n, lags) = (self.dimension, self.lag_count());
        let shown = self.memory.states_shown();
        let mut moved = false;
        self.implicit.places.resize(STAGES * lags, None);
        self.implicit
            .residual
            .resize_vertically_mut(STAGES * n, 0.0);
        self.memory.rewind();
        for (stage, c) in C.iter().enumerate() {
            let (time, side) = if stage + 1 == STAGES {
                (last, Side::Before)
            } else {
                (self.time + c * step, Side::Inside)
            };
            let increments = &self.implicit.increments[stage * n..][..n];
            let pairs = self.state.iter().zip(increments);
            for (trial, (state, increment)) in self.trial.iter_mut().zip(pairs) {
                *trial = state + increment;
            }
            self.memory
                .look::<0>(self.field, time, &self.trial, side, &mut self.delayed);
            let delayed = Delayed::split(&self.delayed, n, shown);
            let slopes = &mut self.stages[(stage + 1) * n..][..n];
            self.field.derivative(time, &self.trial, delayed, slopes);
            for lag in 0..lags {
                let place = self.memory.place(lag, time);
                let place = place.map(|past| (past - self.time) / step);
                let known = &mut self.implicit.places[stage * lags + lag];
                moved |= *known != place;
                *known = place;
            }
        }
        self.statistics.evaluations += STAGES as u64;
        let increments = &self.implicit.increments;
        for stage in 0..STAGES {
            for j in 0..n {
                self.implicit.residual[stage * n + j] = self.stages[(stage + 1) * n + j]
                    - polynomial_slope(increments, n, (stage, j)) / step;
            }
        }
        moved
    }

    /// New state, slopes, error and interpolant from the stages.
    fn finish(&mut self, step: f64) -> Attempt {
        let (n, lags) = (self.dimension, self.lag_count());
        self.write_polynomial();
        let increments = &self.implicit.increments;
        for stage in 0..STAGES {
            for j in 0..n {
                self.stages[(stage + 1) * n + j] =
                    polynomial_slope(increments, n, (stage, j)) / step;
            }
        }
        for j in 0..n {
            self.trial[j] = self.state[j] + increments[(STAGES - 1) * n + j];
        }
        // what the delayed states of a step much longer than the lag add to the stiffness
        let mut jacobian = self.implicit.jacobians[0].clone();
        let last = &self.implicit.places[(STAGES - 1) * lags..];
        self.add_delayed(&mut jacobian.view_mut((0, 0), (n, n)), last, |place| place);
        let factors = (DMatrix::identity(n, n) * (GAMMA / step) - jacobian).lu();
        let first = &self.stages[..n];
        let rows = self.memory.record.open_coefficients();
        let missing = DVector::from_fn(n, |j, _| first[j] - rows[n + j] / step);
        let Some(error) = factors.solve(&missing) else {
            return Attempt::NotConverged;
        };
        for (power, bubble) in BUBBLE.iter().enumerate() {
            let row = &mut rows[(power + 1) * n..][..n];
            for (row, error) in row.iter_mut().zip(&error) {
                *row += bubble * GAMMA * error;
            }
        }
        let mut worst = self.size_of_error(&error);
        if self.continues {
            // the slope at the start is that of the polynomial before, so no stiff component has
            // made it larger: what it misses is what the polynomial is wrong by inside the step
            worst = worst.max(self.size_of_error(&(missing * (BUBBLE_PEAK * step))));
        }
        self.errors.copy_from_slice(error.as_slice());
        if !worst.is_finite() {
            return Attempt::NotFinite;
        }
        self.with_defect::<0>(Attempt::Done { error: worst }, self.time, step)
    }

    /// Largest component of an error, in units of what is allowed; NaN if one is.
    fn size_of_error(&self, error: &DVector<f64>) -> f64 {
        let sizes = error.iter().enumerate().map(|(j, error)| {
            error.abs() / self.allowed(self.state[j].abs().max(self.trial[j].abs()))
        });
        sizes.fold(
            0.0,
            |worst: f64, size| if size.is_nan() { size } else { worst.max(size) },
        )
    }
}

/// Slope of the collocation polynomial at a stage, for a step of length 1.
fn polynomial_slope(increments: &[f64], n: usize, (stage, component): (usize, usize)) -> f64 {
    let weights = INVERSE[stage].iter().enumerate();
    weights
        .map(|(m, weight)| weight * increments[m * n + component])
        .sum()
}
