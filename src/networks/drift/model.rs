//! A drift, and samples of it.

use rand::RngExt;
use rand_distr::StandardNormal;

use super::{Conditions, DriftTerm, GaussMarkov};
use crate::networks::NetworkError;
use crate::numerics::random::stream;

/// A drift that is read at regular times.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftModel {
    /// Terms with their coefficients.
    pub terms: Vec<(DriftTerm, f64)>,
    /// Time from one reading to the next.
    pub interval: f64,
    /// The bias that wanders and returns.
    pub bias: GaussMarkov,
    /// `K` of the random walk, per root of time.
    pub walk: f64,
    /// Standard deviation of the white noise of a reading.
    pub noise: f64,
}

/// A sequence of readings, and what it is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftSample {
    /// What the terms come to.
    pub deterministic: Vec<f64>,
    /// The Gauss-Markov process.
    pub bias: Vec<f64>,
    /// The random walk.
    pub walk: Vec<f64>,
    /// The sum of all, noise included.
    pub drift: Vec<f64>,
}

impl DriftModel {
    /// Whether the constants are in their ranges.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for the first that is not.
    pub fn check(&self) -> Result<(), NetworkError> {
        self.bias.check()?;
        for (name, value, least) in [
            ("interval", self.interval, f64::MIN_POSITIVE),
            ("K", self.walk, 0.0),
            ("noise", self.noise, 0.0),
        ] {
            if !(value >= least && value.is_finite()) {
                return Err(NetworkError::OutOfRange {
                    name,
                    value,
                    requirement: "an interval is positive, a deviation not negative, both finite",
                });
            }
        }
        Ok(())
    }

    /// What the terms come to under conditions.
    #[must_use]
    pub fn deterministic(&self, at: &Conditions) -> f64 {
        let terms = self.terms.iter();
        terms
            .map(|(term, coefficient)| coefficient * term.value(at))
            .sum()
    }

    /// Readings under conditions, one a time. The Gauss-Markov process starts in its stationary law, the walk
    /// at 0; both are sampled by their exact transitions, not by Euler's method. Sequences of one seed are
    /// independent for different indices.
    #[must_use]
    pub fn sample(&self, conditions: &[Conditions], seed: u64, index: u64) -> DriftSample {
        let (phi, variance) = self.bias.over(self.interval);
        let kick = variance.sqrt();
        let pace = self.walk * self.interval.sqrt();
        let mut draws = ["bias", "walk", "noise"].map(|purpose| stream(seed, purpose, index));
        let mut normal = |which: usize| -> f64 { draws[which].sample::<f64, _>(StandardNormal) };
        let (mut bias, mut walk) = (self.bias.deviation * normal(0), 0.0);
        let mut sample = DriftSample {
            deterministic: Vec::with_capacity(conditions.len()),
            bias: Vec::with_capacity(conditions.len()),
            walk: Vec::with_capacity(conditions.len()),
            drift: Vec::with_capacity(conditions.len()),
        };
        for at in conditions {
            let deterministic = self.deterministic(at);
            sample
                .drift
                .push(deterministic + bias + walk + self.noise * normal(2));
            sample.deterministic.push(deterministic);
            sample.bias.push(bias);
            sample.walk.push(walk);
            bias = phi * bias + kick * normal(0);
            walk += pace * normal(1);
        }
        sample
    }
}
