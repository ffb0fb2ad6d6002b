//! Steps over times at which the drift jumps or bends.

use super::method::SECOND_STAGE;
use super::solver::{Work, add_noise};
use super::{Increments, StochasticField};
use crate::solver::{DelayField, Delayed};

/// Times closer than this part of a step are one time: rounding of the sum of many steps (chosen).
const ONE_TIME: f64 = 1e-9;

/// The first break of a run in steps of length `h`.
pub(super) fn first_break(drift: &dyn DelayField, begin: f64, h: f64) -> f64 {
    let first = drift.next_break(begin - ONE_TIME * h);
    first.unwrap_or(f64::INFINITY)
}

/// The breaks of a step of length `h` from `time` on, those at its beginning among them; `next` is the first of them, and
/// then that of a later step.
pub(super) fn within(drift: &dyn DelayField, next: &mut f64, (time, h): (f64, f64)) -> Vec<f64> {
    let mut cuts = Vec::new();
    while *next < time + h - ONE_TIME * h {
        cuts.push(next.max(time));
        *next = drift.next_break(*next).unwrap_or(f64::INFINITY);
    }
    cuts
}

/// Takes a step in parts between breaks, in each of which drift and noise are those of its middle, where neither jumps:
/// an input is taken by its integral. The noise of all parts comes from one increment, scaled so that its variance is
/// that of the parts. `work` holds the past of the step's beginning; the second stage of the Runge-Kutta method is left in
/// it. Returns the number of evaluations.
pub(super) fn step<F: StochasticField + ?Sized>(
    field: &F,
    work: &mut Work,
    (time, h): (f64, f64),
    cuts: &[f64],
    (motion, end): (&[Increments], &mut [f64]),
) -> u64 {
    let Work {
        late,
        slope,
        second,
        stage,
        g,
        ..
    } = work;
    let drift = field.drift();
    let dimension = end.len();
    let delayed = Delayed::new(late, dimension).reading(drift.reads());
    let start = end.to_vec();
    let mut squares = vec![0.0; g.len()];
    let mut sums = vec![0.0; g.len()];
    let mut from = time;
    slope.fill(0.0);
    let parts = cuts.iter().copied().chain([time + h]);
    let mut evaluations = 0;
    for to in parts.filter(|to| *to > time) {
        let (middle, length) = (0.5 * (from + to), to - from);
        drift.derivative(middle, end, delayed, second);
        field.intensity(middle, &start, delayed, g);
        for ((value, total), part) in end.iter_mut().zip(slope.iter_mut()).zip(second.iter()) {
            *value += length * part;
            *total += length / h * part;
        }
        for ((square, sum), g) in squares.iter_mut().zip(&mut sums).zip(g.iter()) {
            *square += length / h * g * g;
            *sum += length / h * g;
        }
        evaluations += 1;
        from = to;
    }
    for ((g, square), sum) in g.iter_mut().zip(&squares).zip(&sums) {
        *g = square.sqrt().copysign(*sum);
    }
    for (j, stage) in stage.iter_mut().enumerate() {
        let z = motion.get(j).map_or(0.0, |motion| motion.z);
        *stage = start[j] + SECOND_STAGE * h * slope[j] + 1.5 * g.get(j).unwrap_or(&0.0) * z / h;
    }
    add_noise(field.noise(), g, motion, end);
    evaluations
}
