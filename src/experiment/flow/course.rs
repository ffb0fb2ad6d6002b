//! What courses of learning have in common: times at which they are looked at, and rates.

use crate::experiment::settings::rules;

rules! {
    /// A rate of descent in units of `1 / lambda_max` of the kernel: from 2 on no step is stable.
    StableRate = BelowStability, "above 0 and below 2", |x| x > 0.0 && x < 2.0;
}

/// `count` equidistant times from 0 to `end`.
pub(super) fn equidistant(end: f64, count: usize) -> Vec<f64> {
    let last = (count - 1) as f64;
    (0..count).map(|i| end * i as f64 / last).collect()
}

/// `count` times up to `end`, evenly in the logarithm from `first`.
pub(in crate::experiment) fn geometric(first: f64, end: f64, count: usize) -> Vec<f64> {
    let time = |i: usize| first * (end / first).powf(i as f64 / (count - 1) as f64);
    (0..count).map(|i| time(i).min(end)).collect()
}
