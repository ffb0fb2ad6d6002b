//! Electrically coupled neurons near synchrony: their impulsive limit map.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Activity;
use crate::networks::{Coupling, ImpulseNetwork, ImpulseParameters, NetworkError};
use crate::solver::Options;

/// Differences that have left the range of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the differences are no longer finite; start closer to synchrony")]
pub struct Diverged;

/// The limit lambda -> infinity of neurons with electrical all-to-all coupling that fire together.
///
/// Of `u_j' = lambda f(u_j(t-1)) u_j + d sum_s (u_s - u_j)` the common course `x = ln(u_1)/lambda` is
/// that of one free relay neuron, and the differences `y_j = ln(u_j / u_1)`, which lambda does not
/// scale, follow over a period that begins with an impulse
///
/// ```text
/// y_j' = d sum_s (e^{y_s - y_j} - e^{y_s}),    y_1 = 0
/// y(1+)      = y(1-)      - (1 + a) y(0)            the onset, felt one delay later
/// y(t0 + 1+) = y(t0 + 1-) - (1 + 1/a) y(t0)         the end of the impulse, t0 = 1 + 1/a
/// ```
///
/// because a neuron that is ahead by `y_j` crosses the threshold earlier by `y_j / lambda` over the
/// slope and switches its feedback earlier by as much. Between the jumps the flow is linear in
/// `u_j / sum_s u_s` and hence a closed form; so is the map over one period `2 + a + 1/a`.
///
/// The reduction to an ordinary equation with impulses is that of S. D. Glyzin, A. Yu. Kolesov, N. Kh.
/// Rozov, "Relaxation self-oscillations in neuron systems: II", Differential Equations 47(12),
/// 1697-1713 (2011); carried out for this neuron it is ours.
///
/// ```
/// use pulsatrix::analysis::ElectricalLimit;
///
/// // Two neurons keep any of three phase relations: together, or one ahead of the other.
/// let limit = ElectricalLimit { a: 2.0, d: 0.03 };
/// let mut ahead = vec![0.0, 1.5];
/// for _ in 0..2000 {
///     ahead = limit.map(&ahead)?;
/// }
/// assert!((ahead[1] - 1.689_25).abs() < 1e-5);
/// assert!(limit.synchrony_multiplier(2) < 1.0);
/// # Ok::<(), pulsatrix::analysis::Diverged>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ElectricalLimit {
    /// Depth of the after-hyperpolarisation, `a > 0`.
    pub a: f64,
    /// Strength of the coupling, `d >= 0`.
    pub d: f64,
}

impl ElectricalLimit {
    /// The differences at the next onset of neuron 1, from those at an onset; entry 1 is zero.
    ///
    /// # Errors
    /// [`Diverged`] if they leave the range of numbers.
    pub fn map(&self, differences: &[f64]) -> Result<Vec<f64>, Diverged> {
        let Self { a, .. } = *self;
        let jumped = |before: &[f64], factor: f64, at_crossing: &[f64]| -> Vec<f64> {
            let pairs = before.iter().zip(at_crossing);
            pairs.map(|(y, crossing)| y - factor * crossing).collect()
        };
        let felt = jumped(&self.flow(differences, 1.0)?, 1.0 + a, differences);
        let end = self.flow(&felt, 1.0 / a)?;
        let recovered = jumped(&self.flow(&end, 1.0)?, 1.0 + 1.0 / a, &end);
        self.flow(&recovered, a)
    }

    /// Multiplier of the synchronous cycle of `neurons` neurons, of multiplicity `neurons - 1`:
    /// with `E = e^{-neurons d}` it is `E^{a + 1/a} (1 + a - E)(1 + 1/a - E)`, always below 1.
    #[must_use]
    pub fn synchrony_multiplier(&self, neurons: usize) -> f64 {
        let Self { a, d } = *self;
        let decay = (-(neurons as f64) * d).exp();
        decay.powf(a + 1.0 / a) * (1.0 + a - decay) * (1.0 + 1.0 / a - decay)
    }

    /// The differences after `time` of coupling alone: every share `e^{y_j} / sum_s e^{y_s}` relaxes
    /// to `1/N`.
    ///
    /// # Errors
    /// [`Diverged`] if they leave the range of numbers.
    pub fn flow(&self, differences: &[f64], time: f64) -> Result<Vec<f64>, Diverged> {
        let top = differences.iter().copied().fold(f64::MIN, f64::max);
        let shares: Vec<f64> = differences.iter().map(|y| (y - top).exp()).collect();
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        let left = (-(shares.len() as f64) * self.d * time).exp();
        let relaxed = |share: &f64| (mean + (share - mean) * left).ln();
        let first = shares.first().map_or(0.0, relaxed);
        let flown: Vec<f64> = shares.iter().map(|share| relaxed(share) - first).collect();
        if flown.iter().all(|y| y.is_finite()) {
            Ok(flown)
        } else {
            Err(Diverged)
        }
    }
}

impl ElectricalLimit {
    /// The differences at the first `impulses` onsets of neuron 1, by the map; `start` is one time unit
    /// before the first.
    ///
    /// # Errors
    /// [`Diverged`] if they leave the range of numbers.
    pub fn phases(&self, start: &[f64], impulses: usize) -> Result<Vec<Vec<f64>>, Diverged> {
        let mut phases = vec![self.flow(start, 1.0)?];
        while phases.len() < impulses {
            phases.push(self.map(&phases[phases.len() - 1])?);
        }
        Ok(phases)
    }

    /// The same by the whole network at a finite lambda: a neuron that is ahead by `y` fires earlier by
    /// `y / lambda`. Fewer than `impulses` come back if some neuron falls silent.
    ///
    /// # Errors
    /// If there is no such network, or it cannot be followed.
    pub fn network_phases(
        &self,
        lambda: f64,
        start: &[f64],
        impulses: usize,
        options: Options,
    ) -> Result<Vec<Vec<f64>>, NetworkError> {
        let Self { a, d } = *self;
        let network = ImpulseNetwork::new(ImpulseParameters {
            coupling: Coupling::None,
            electrical: d,
            lambda,
            ..ImpulseParameters::homogeneous(start.len(), a, 0.0, 0.0, 0.0)
        })?;
        let state: Vec<f64> = start.iter().map(|y| y / lambda - 1.0).collect();
        let mut engine = network.engine(&state, options)?;
        let mut activity = Activity::new(0.0, &state);
        // One period more than asked for: the first impulse begins after the start.
        let end = (2.0 + a + 1.0 / a) * (impulses + 1) as f64;
        while engine.time() < end {
            activity.watch(engine.advance(end)?);
        }
        let neurons = 0..start.len();
        let fired = neurons.clone().map(|j| activity.impulses(j).len()).min();
        let onset = |j: usize, n: usize| activity.impulses(j)[n].onset;
        let ahead = |n: usize| {
            let each = neurons
                .clone()
                .map(|j| lambda * (onset(0, n) - onset(j, n)));
            each.collect()
        };
        Ok((0..fired.unwrap_or(0).min(impulses)).map(ahead).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without coupling the neurons are free, and every difference comes back.
    #[test]
    fn without_coupling_the_map_is_the_identity() {
        let limit = ElectricalLimit { a: 2.0, d: 0.0 };
        let back = limit.map(&[0.0, 0.7, -1.3]).unwrap();
        for (y, exact) in back.iter().zip([0.0, 0.7, -1.3]) {
            assert!((y - exact).abs() < 1e-14);
        }
    }

    #[test]
    fn the_multiplier_is_the_derivative_of_the_map() {
        for (a, d, neurons) in [(1.0, 0.1, 2), (2.0, 0.03, 5), (0.5, 0.4, 3)] {
            let limit = ElectricalLimit { a, d };
            let mut start = vec![0.0; neurons];
            start[1] = 1e-6;
            let end = limit.map(&start).unwrap();
            let exact = limit.synchrony_multiplier(neurons);
            assert!((end[1] / 1e-6 - exact).abs() < 1e-5, "{a} {d} {neurons}");
        }
    }

    /// The closed-form flow against two thousand steps of Heun's method.
    #[test]
    fn the_flow_solves_its_equation() {
        let limit = ElectricalLimit { a: 1.0, d: 0.3 };
        let slope = |y: &[f64]| -> Vec<f64> {
            let total: f64 = y.iter().map(|y| y.exp()).sum();
            y.iter().map(|y| 0.3 * total * ((-y).exp() - 1.0)).collect()
        };
        let mut y = vec![0.0, 0.8, -0.5];
        let exact = limit.flow(&y, 1.0).unwrap();
        let step = 5e-4;
        for _ in 0..2000 {
            let first = slope(&y);
            let ahead: Vec<f64> = y.iter().zip(&first).map(|(y, s)| y + step * s).collect();
            let second = slope(&ahead);
            for (j, y) in y.iter_mut().enumerate() {
                *y += 0.5 * step * (first[j] + second[j]);
            }
        }
        for (y, exact) in y.iter().zip(exact) {
            assert!((y - exact).abs() < 1e-7, "{y} {exact}");
        }
    }

    #[test]
    fn huge_differences_are_an_error() {
        let limit = ElectricalLimit { a: 1.0, d: 0.0 };
        assert_eq!(limit.map(&[0.0, f64::INFINITY]), Err(Diverged));
    }
}
