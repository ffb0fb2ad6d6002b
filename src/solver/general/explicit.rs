//! A step of an explicit method: stages, error, interpolant, and the iteration of long steps.

use pulp::Arch;

use super::memory::Side;
use super::methods::{Method, dormand_prince, tsitouras};
use super::step::Attempt;
use crate::solver::{DelaySolver, Delayed};

/// How often a step that reads its own interpolant is repeated.
const MAXIMUM_ITERATIONS: usize = 12;
/// The same where slopes are read, which a shorter step does not make to agree faster.
const MAXIMUM_NEUTRAL_ITERATIONS: usize = 60;
/// Place in a step at which the defect of a neutral equation is taken.
const NEUTRAL_DEFECT_AT: &[f64] = &[0.35];
/// Weight of the defect of any other equation. That of a smooth one stays below its error estimate;
/// a switch, however steep, is not passed unseen.
const ALARM: f64 = 0.1;
/// Change of the interpolant at which the iteration ends, in units of the tolerance.
const AGREEMENT: f64 = 0.02;
/// Error at which an iteration ends: it does not fall from there below the tolerance (chosen; from 3 to 100 the cost of
/// networks differs by 2 %).
const HOPELESS: f64 = 10.0;
/// Further iterations that an overlapping step is worth: two steps of half the length take about as many evaluations
/// (chosen; 2 to 4 measured the same).
const PATIENCE: f64 = 3.0;

/// The first `S` stages as slices of equal length.
#[inline]
pub(super) fn rows<const S: usize>(stages: &[f64], n: usize) -> [&[f64]; S] {
    std::array::from_fn(|i| &stages[i * n..][..n])
}

/// Runs a loop over the components, over the registers of this machine unless there are few of them.
#[inline(always)]
pub(super) fn over<const N: usize, T>(work: impl FnOnce() -> T) -> T {
    if N == 0 {
        Arch::new().dispatch(work)
    } else {
        work()
    }
}

/// `trial = state + step * (the weighted sum of the rows)`.
#[inline(always)]
fn combine<const S: usize>(
    weights: &[f64; tsitouras::STAGES - 1],
    rows: &[&[f64]; S],
    step: f64,
    state: &[f64],
    trial: &mut [f64],
) {
    let n = trial.len();
    let (state, rows) = (&state[..n], rows.map(|row| &row[..n]));
    for j in 0..n {
        let mut sum = 0.0;
        for (row, weight) in rows.iter().zip(weights) {
            sum += weight * row[j];
        }
        trial[j] = state[j] + step * sum;
    }
}

impl DelaySolver<'_> {
    /// State and derivative of stage `S` at `time`.
    #[inline]
    fn stage<const N: usize, const S: usize>(&mut self, step: f64, time: f64, side: Side) {
        let (n, lags) = (self.length::<N>(), self.memory.states_shown());
        let (known, rest) = self.stages.split_at_mut(S * n);
        let rows: [&[f64]; S] = rows(known, n);
        let (state, trial) = (&self.state[..n], &mut self.trial[..n]);
        over::<N, _>(
            #[inline(always)]
            || combine(&tsitouras::A[S], &rows, step, state, trial),
        );
        self.memory
            .look::<N>(self.field, time, trial, side, &mut self.delayed);
        let delayed = Delayed::split(&self.delayed, n, lags);
        self.field.derivative(time, trial, delayed, &mut rest[..n]);
    }

    /// [`attempt`](Self::attempt) for the explicit methods.
    pub(super) fn attempt_explicit<const N: usize>(&mut self, end: f64, last: f64) -> Attempt {
        let (time, step) = (self.time, end - self.time);
        self.memory.record.open(time, end);
        let (varies, neutral) = (self.memory.varies(), self.memory.neutral);
        let overlaps = last - self.memory.shortest_lag() > time + self.memory.rounding;
        self.memory.overlapping = overlaps || varies;
        self.memory.forgotten = None;
        if !self.memory.overlapping {
            let attempt = self.stages::<N>(time, step, last);
            if matches!(attempt, Attempt::Done { .. }) {
                self.interpolate::<N>(step, false);
            }
            return self.with_defect::<N>(attempt, time, step);
        }
        // the piece under construction is read before it is finished: iterate from a guess
        if !self.continues || neutral {
            let slope = &self.stages[..self.dimension];
            self.memory.record.draw_line(&self.state, step, slope);
        } else {
            self.memory.record.extrapolate();
        }
        let mut previous = f64::INFINITY;
        let iterations = if neutral {
            MAXIMUM_NEUTRAL_ITERATIONS
        } else {
            MAXIMUM_ITERATIONS
        };
        for _ in 0..iterations {
            self.memory.touched = false;
            let attempt = self.stages::<N>(time, step, last);
            if self.memory.forgotten.is_some() {
                return Attempt::Forgotten;
            }
            if attempt == Attempt::NotFinite {
                return attempt;
            }
            let change = self.interpolate::<N>(step, true);
            if change <= AGREEMENT || !(overlaps || self.memory.touched) {
                return self.with_defect::<N>(attempt, time, step);
            }
            let hopeless = matches!(attempt, Attempt::Done { error } if error > HOPELESS);
            if hopeless && !neutral {
                return attempt;
            }
            if change.is_nan() || change > 2.0 * previous {
                break;
            }
            // the change falls by about the same factor each time
            let left = (change / AGREEMENT).ln() / (previous / change).ln();
            if previous.is_finite() && !neutral && !(0.0..=PATIENCE).contains(&left) {
                break;
            }
            previous = change;
        }
        Attempt::NotConverged
    }

    /// The outcome of a trial step with the defect of its interpolant: of a neutral equation,
    /// whose slopes come back, it is held to the tolerance; of any other it only sounds the alarm.
    #[inline]
    pub(super) fn with_defect<const N: usize>(
        &mut self,
        attempt: Attempt,
        time: f64,
        step: f64,
    ) -> Attempt {
        let Attempt::Done { error } = attempt else {
            return attempt;
        };
        let neutral = self.memory.neutral;
        let (places, weight) = match self.options.general_method() {
            _ if neutral => (NEUTRAL_DEFECT_AT, 1.0),
            Method::Tsit5 => (tsitouras::BLIND_SPOTS, ALARM),
            Method::Dop853 => (dormand_prince::BLIND_SPOTS, ALARM),
            // what is stiff makes a defect of any error
            Method::Radau5 => return attempt,
        };
        let mut worst = error;
        for place in places {
            if worst > 1.0 {
                break;
            }
            let defect = weight * self.defect::<N>(time + place * step, step);
            if defect.is_nan() {
                return Attempt::NotFinite;
            }
            worst = worst.max(defect);
        }
        Attempt::Done { error: worst }
    }

    /// Largest `h |p' - f(t, p, ...)|` of the interpolant `p` at a time of the step, in units of the
    /// tolerance. W. H. Enright, "Continuous numerical methods for ODEs with defect control",
    /// J. Comput. Appl. Math. 125, 159-170 (2000), doi:10.1016/S0377-0427(00)00466-0.
    fn defect<const N: usize>(&mut self, at: f64, step: f64) -> f64 {
        let (n, lags) = (self.length::<N>(), self.memory.states_shown());
        let record = &self.memory.record;
        record.read::<N>(record.next(), at, &mut self.probe_state);
        self.memory.rewind();
        self.memory.look::<N>(
            self.field,
            at,
            &self.probe_state,
            Side::Inside,
            &mut self.delayed,
        );
        let delayed = Delayed::split(&self.delayed, n, lags);
        self.field
            .derivative(at, &self.probe_state, delayed, &mut self.probe_slopes[..n]);
        self.statistics.evaluations += 1;
        let record = &self.memory.record;
        record.read_slope(record.next(), at, &mut self.probe_slopes[n..]);
        let (exact, slope) = self.probe_slopes.split_at(n);
        let mut worst = 0.0_f64;
        for j in 0..n {
            let defect = step * (slope[j] - exact[j]).abs() / self.allowed(self.state[j].abs());
            if defect.is_nan() {
                return defect;
            }
            worst = worst.max(defect);
        }
        worst
    }

    /// All stages after the first, and the error.
    #[inline]
    fn stages<const N: usize>(&mut self, time: f64, step: f64, last: f64) -> Attempt {
        match self.options.general_method() {
            Method::Dop853 => self.stages_of_order_eight::<N>(time, step, last),
            _ => self.stages_of_order_five::<N>(time, step, last),
        }
    }

    #[inline]
    fn stages_of_order_five<const N: usize>(&mut self, time: f64, step: f64, last: f64) -> Attempt {
        use tsitouras::{C, E, STAGES};
        self.memory.rewind();
        self.stage::<N, 1>(step, time + C[1] * step, Side::Inside);
        self.stage::<N, 2>(step, time + C[2] * step, Side::Inside);
        self.stage::<N, 3>(step, time + C[3] * step, Side::Inside);
        self.stage::<N, 4>(step, time + C[4] * step, Side::Inside);
        self.stage::<N, 5>(step, last, Side::Before);
        self.stage::<N, 6>(step, last, Side::Before);
        self.statistics.evaluations += (STAGES - 1) as u64;
        let n = self.length::<N>();
        let (absolute, relative, share) = (
            self.options.absolute_tolerance,
            self.options.relative_tolerance,
            self.share,
        );
        let rows: [&[f64]; STAGES] = rows(&self.stages, n);
        let (state, trial) = (&self.state[..n], &self.trial[..n]);
        let (errors, scaled) = (&mut self.errors[..n], &mut self.probe_slopes[..n]);
        over::<N, _>(
            #[inline(always)]
            || {
                for j in 0..n {
                    let mut error = 0.0;
                    for i in 0..STAGES {
                        error += E[i] * rows[i][j];
                    }
                    let size = state[j].abs().max(trial[j].abs());
                    errors[j] = step * error;
                    scaled[j] = errors[j].abs() / (share * (absolute + relative * size));
                }
            },
        );
        let (mut worst, mut sum) = (0.0_f64, 0.0);
        for error in scaled {
            worst = worst.max(*error);
            // unlike the maximum, the sum does not lose a NaN
            sum += *error;
        }
        if sum.is_finite() {
            Attempt::Done { error: worst }
        } else {
            Attempt::NotFinite
        }
    }

    /// Writes the interpolant of the stages into the open piece; returns the largest change of it,
    /// in units of the tolerance, if that is asked for.
    #[inline]
    fn interpolate<const N: usize>(&mut self, step: f64, compares: bool) -> f64 {
        match self.options.general_method() {
            Method::Dop853 => self.interpolate_by_order_seven::<N>(step),
            _ => self.interpolate_by_order_four::<N>(step, compares),
        }
    }

    #[inline]
    fn interpolate_by_order_four<const N: usize>(&mut self, step: f64, compares: bool) -> f64 {
        use tsitouras::{D, STAGES, TERMS};
        let n = self.length::<N>();
        let (absolute, relative) = (
            self.share * self.options.absolute_tolerance,
            self.share * self.options.relative_tolerance,
        );
        let rows: [&[f64]; STAGES] = rows(&self.stages, n);
        let state = &self.state[..n];
        let coefficients = &mut self.memory.record.open_coefficients()[..TERMS * n];
        let (c0, rest) = coefficients.split_at_mut(n);
        let (c1, rest) = rest.split_at_mut(n);
        let (c2, rest) = rest.split_at_mut(n);
        let (c3, c4) = rest.split_at_mut(n);
        c0.copy_from_slice(state);
        let mut largest = 0.0_f64;
        if !compares {
            let (c3, c4) = (&mut c3[..n], &mut c4[..n]);
            over::<N, _>(
                #[inline(always)]
                || {
                    for j in 0..n {
                        let mut sums = [0.0; 3];
                        for i in 0..STAGES {
                            for (sum, weights) in sums.iter_mut().zip(&D) {
                                *sum += weights[i] * rows[i][j];
                            }
                        }
                        c1[j] = step * rows[0][j];
                        c2[j] = step * sums[0];
                        c3[j] = step * sums[1];
                        c4[j] = step * sums[2];
                    }
                },
            );
            return largest;
        }
        for j in 0..n {
            let mut sums = [0.0; 3];
            for i in 0..STAGES {
                for (sum, weights) in sums.iter_mut().zip(&D) {
                    *sum += weights[i] * rows[i][j];
                }
            }
            let new = [
                step * rows[0][j],
                step * sums[0],
                step * sums[1],
                step * sums[2],
            ];
            let change = (new[0] - c1[j]).abs()
                + (new[1] - c2[j]).abs()
                + (new[2] - c3[j]).abs()
                + (new[3] - c4[j]).abs();
            largest = largest.max(change / (absolute + relative * state[j].abs()));
            [c1[j], c2[j], c3[j], c4[j]] = new;
        }
        largest
    }
}
