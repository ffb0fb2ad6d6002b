//! Lyapunov exponents of delay equations: how fast neighbouring trajectories part.

use serde::{Deserialize, Serialize};

use super::linearisation::check;
use super::perturbation::{Tangent, perturbed};
use crate::analysis::LinearError;
use crate::solver::{DelayField, DelaySolver, Engine, History, Options, Statistics};

/// Points at which the last lag of a perturbation is sampled.
const SAMPLES: usize = 32;
/// Batches whose scatter gives the errors.
const BATCHES: usize = 20;

/// What [`lyapunov_exponents`] does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LyapunovSettings {
    /// Number of exponents, from the largest down.
    pub exponents: usize,
    /// Time that is left out at the start.
    pub transient: f64,
    /// Time over which is averaged, after the transient.
    pub duration: f64,
    /// Time between two orthonormalisations; the longest lag if absent, 1 without lags. Over it the
    /// exponents asked for must not drift apart by more than the tolerance can tell.
    pub interval: Option<f64>,
    /// Options of the engine.
    pub solver: Options,
    /// Seed of the first perturbations.
    pub seed: u64,
}

impl Default for LyapunovSettings {
    fn default() -> Self {
        Self {
            exponents: 1,
            transient: 1000.0,
            duration: 10_000.0,
            interval: None,
            solver: Options::default(),
            seed: 0,
        }
    }
}

/// The largest Lyapunov exponents of a trajectory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LyapunovSpectrum {
    /// The exponents, in units of inverse time, the largest first.
    pub exponents: Vec<f64>,
    /// Their standard errors, from the scatter of 20 batches and from where the average begins and ends.
    pub errors: Vec<f64>,
    /// Dimension of the attractor by the formula of Kaplan and Yorke, if the exponents reach far
    /// enough down: `k + (l_1 + ... + l_k) / |l_k+1|` with the largest `k` whose sum is not negative.
    /// An exponent within two errors of zero counts as zero.
    pub dimension: Option<f64>,
    /// Time over which was averaged.
    pub duration: f64,
    /// What it has cost.
    pub statistics: Statistics,
}

/// The largest Lyapunov exponents of the trajectory that starts from `history` at `t = 0`.
///
/// Perturbations `v` obey the linear equation along the trajectory,
/// `v' = df/dy v + sum_k df/dy(t - lag_k) v(t - lag_k)`, and are carried along in the same steps;
/// the derivative along `v` is a central difference. After every interval the perturbations *over
/// the last lag* are made orthonormal, in the space of functions, and the logarithms of the lengths
/// are averaged: J. D. Farmer, "Chaotic attractors of an infinite-dimensional dynamical system",
/// Physica D 4(3), 366-393 (1982), doi:10.1016/0167-2789(82)90042-2, after G. Benettin, L. Galgani,
/// A. Giorgilli, J.-M. Strelcyn, Meccanica 15, 9-30 (1980), doi:10.1007/BF02128236. The change of
/// basis is applied to the polynomials that the engine keeps, so that nothing is interpolated anew.
///
/// **Cost**: a run of `dimension (1 + exponents)` components that evaluates the right-hand side
/// `1 + 2 exponents` times as often. **Accuracy**: the average converges as one over the root of the
/// duration; the errors say how far it is.
///
/// # Errors
/// [`LinearError::Unsupported`] for lags that vary, neutral equations and switches;
/// [`LinearError::InvalidArgument`] for no exponents, or times that are not positive (a transient
/// may be zero); what the engine reports.
///
/// ```
/// use pulsatrix::analysis::{LyapunovSettings, lyapunov_exponents};
/// use pulsatrix::solver::{History, closure_field};
///
/// // y' = -3 y(t - 1): the rightmost root is W(-3), a pair
/// let field = closure_field(1, &[1.0], |_, _, delayed, dy| dy[0] = -3.0 * delayed.state(0)[0]);
/// let settings = LyapunovSettings { transient: 100.0, duration: 500.0, ..Default::default() };
/// let found = lyapunov_exponents(&field, History::constant(&[0.0]), &settings)?;
/// assert!((found.exponents[0] - 0.466_992_5).abs() < 2e-3);
/// # Ok::<(), pulsatrix::analysis::LinearError>(())
/// ```
pub fn lyapunov_exponents<F: DelayField + ?Sized>(
    field: &F,
    history: History<'_>,
    settings: &LyapunovSettings,
) -> Result<LyapunovSpectrum, LinearError> {
    check(field)?;
    let longest = field.lags().iter().copied().fold(0.0, f64::max);
    let natural = if longest > 0.0 { longest } else { 1.0 };
    let interval = settings.interval.unwrap_or(natural);
    let refuse = |name, value, requirement| {
        Err(LinearError::InvalidArgument {
            name,
            value,
            requirement,
        })
    };
    let count = settings.exponents;
    if count == 0 {
        return refuse("exponents", 0.0, "ask for at least one");
    }
    let positive = |value: f64| value > 0.0 && value.is_finite();
    if !(settings.transient >= 0.0 && settings.transient.is_finite()) {
        return refuse("transient", settings.transient, "it is not negative");
    }
    if !(positive(interval) && positive(settings.duration)) {
        let (name, value) = if positive(interval) {
            ("duration", settings.duration)
        } else {
            ("interval", interval)
        };
        return refuse(name, value, "it is positive and finite");
    }

    if settings.duration < 2.0 * interval {
        let requirement = "it covers two intervals at least, or there is no standard error";
        return refuse("duration", settings.duration, requirement);
    }

    let n = field.dimension();
    history.initial_state(0.0, n)?;
    let tangent = Tangent::new(field, count);
    let extended = perturbed(history, n, count, natural, settings.seed);
    let mut solver = DelaySolver::new(&tangent, extended, 0.0, settings.solver)?;
    // the first change of basis must find the whole last lag behind the start
    let begin = settings.transient.max(2.0 * longest);
    let mut basis = Basis::new(n, count, longest);
    let mut next = (2.0 * longest).max(interval).min(begin.max(interval));
    let mut started = None;
    let mut logarithms: Vec<Vec<f64>> = Vec::new();
    loop {
        while solver.time() < next {
            solver.advance(next)?;
        }
        let growth = basis.renew(&mut solver)?;
        match started {
            None if next >= begin => started = Some(next),
            None => {}
            Some(start) => {
                logarithms.push(growth);
                if next >= start + settings.duration {
                    let statistics = solver.statistics();
                    return Ok(summarise(&logarithms, interval, statistics));
                }
            }
        }
        next += interval;
    }
}

/// The perturbations over the last lag, and the change of basis that makes them orthonormal.
struct Basis {
    n: usize,
    count: usize,
    longest: f64,
    /// One row a sample, of all components.
    samples: Vec<f64>,
    /// The upper triangle of Gram and Schmidt, by rows.
    triangle: Vec<f64>,
}

impl Basis {
    fn new(n: usize, count: usize, longest: f64) -> Self {
        let rows = if longest > 0.0 { SAMPLES + 1 } else { 1 };
        Self {
            n,
            count,
            longest,
            samples: vec![0.0; rows * n * (1 + count)],
            triangle: vec![0.0; count * count],
        }
    }

    /// Makes the perturbations orthonormal; returns the logarithms of what they had grown to.
    fn renew(&mut self, solver: &mut DelaySolver<'_>) -> Result<Vec<f64>, LinearError> {
        let (n, width) = (self.n, self.n * (1 + self.count));
        let rows = self.samples.len() / width.max(1);
        let present = solver.time();
        for (row, sample) in self.samples.chunks_exact_mut(width.max(1)).enumerate() {
            let back = self.longest * row as f64 / (rows - 1).max(1) as f64;
            solver.recall(present - back, sample);
        }
        let mut growth = Vec::with_capacity(self.count);
        for vector in 0..self.count {
            for earlier in 0..vector {
                let product = self.product(earlier, vector);
                self.triangle[earlier * self.count + vector] = product;
                for row in self.samples.chunks_exact_mut(width) {
                    for j in 0..n {
                        row[(1 + vector) * n + j] -= product * row[(1 + earlier) * n + j];
                    }
                }
            }
            let length = self.product(vector, vector).sqrt();
            if !(length > 0.0 && length.is_finite()) {
                return Err(LinearError::NotFinite { component: vector });
            }
            self.triangle[vector * self.count + vector] = length;
            for row in self.samples.chunks_exact_mut(width) {
                for value in &mut row[(1 + vector) * n..][..n] {
                    *value /= length;
                }
            }
            growth.push(length.ln());
        }
        let (count, triangle) = (self.count, &self.triangle);
        solver.mix(|row| {
            for vector in 0..count {
                for earlier in 0..vector {
                    let product = triangle[earlier * count + vector];
                    for j in 0..n {
                        row[(1 + vector) * n + j] -= product * row[(1 + earlier) * n + j];
                    }
                }
                for value in &mut row[(1 + vector) * n..][..n] {
                    *value /= triangle[vector * count + vector];
                }
            }
        });
        Ok(growth)
    }

    /// Mean product of two perturbations over the samples.
    fn product(&self, a: usize, b: usize) -> f64 {
        let n = self.n;
        let width = n * (1 + self.count);
        let rows = self.samples.chunks_exact(width);
        let count = rows.len() as f64;
        let products = rows.map(|row| {
            let pairs = row[(1 + a) * n..][..n].iter().zip(&row[(1 + b) * n..][..n]);
            pairs.map(|(a, b)| a * b).sum::<f64>()
        });
        products.sum::<f64>() / count
    }
}

/// Standard deviation of the summed growth about its trend: a mean that begins and ends anywhere on
/// its way is off by as much over the duration. On a periodic orbit, where batches are all but equal,
/// this is what the error is made of; of a random walk it adds a tenth to the scatter.
fn ends(logarithms: &[Vec<f64>], vector: usize) -> f64 {
    let count = logarithms.len() as f64;
    let mean = logarithms.iter().map(|row| row[vector]).sum::<f64>() / count;
    let (mut sum, mut squares) = (0.0, 0.0);
    for row in logarithms {
        sum += row[vector] - mean;
        squares += sum * sum;
    }
    (squares / count).sqrt()
}

/// Means and standard errors of the growth over the intervals.
fn summarise(logarithms: &[Vec<f64>], interval: f64, statistics: Statistics) -> LyapunovSpectrum {
    let duration = logarithms.len() as f64 * interval;
    let count = logarithms.first().map_or(0, Vec::len);
    let mean = |rows: &[Vec<f64>], vector: usize| {
        rows.iter().map(|row| row[vector]).sum::<f64>() / (rows.len() as f64 * interval)
    };
    let mut found: Vec<(f64, f64)> = (0..count)
        .map(|vector| {
            let exponent = mean(logarithms, vector);
            let batch = logarithms.len().div_ceil(BATCHES);
            let batches: Vec<f64> = logarithms
                .chunks_exact(batch)
                .map(|b| mean(b, vector))
                .collect();
            let number = batches.len() as f64;
            let spread: f64 = batches.iter().map(|b| (b - exponent).powi(2)).sum();
            let scatter = (spread / (number * (number - 1.0))).sqrt();
            (exponent, scatter.hypot(ends(logarithms, vector) / duration))
        })
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (exponents, errors): (Vec<f64>, Vec<f64>) = found.into_iter().unzip();
    let mut sum = 0.0;
    let mut dimension = None;
    for (k, (exponent, error)) in exponents.iter().zip(&errors).enumerate() {
        // the shift along a trajectory neither grows nor shrinks
        let exponent = if exponent.abs() <= 2.0 * error {
            0.0
        } else {
            *exponent
        };
        if sum + exponent < 0.0 {
            dimension = Some(k as f64 + sum / exponent.abs());
            break;
        }
        sum += exponent;
    }
    LyapunovSpectrum {
        exponents,
        errors,
        dimension,
        duration,
        statistics,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::linearise;
    use crate::networks::{ImpulseNetwork, ImpulseParameters, MackeyGlass};
    use crate::solver::{WithoutLags, closure_field, ordinary_field};

    #[test]
    fn exponents_of_a_linear_equation_are_the_real_parts_of_its_roots() {
        let field = closure_field(1, &[1.0], |_, y, delayed, dy| {
            dy[0] = 0.3 * y[0] - 1.5 * delayed.state(0)[0];
        });
        let roots = linearise(&field, &[0.0])
            .unwrap()
            .characteristic_roots(4)
            .unwrap();
        let settings = LyapunovSettings {
            exponents: 4,
            transient: 50.0,
            duration: 2000.0,
            ..LyapunovSettings::default()
        };
        let found = lyapunov_exponents(&field, History::constant(&[0.0]), &settings).unwrap();
        for (exponent, root) in found.exponents.iter().zip(&roots) {
            assert!((exponent - root.re).abs() < 3e-3, "{found:?} {roots:?}");
        }
        // of a pair the sum is exact however the two turn
        let sum = found.exponents[0] + found.exponents[1];
        assert!(
            (sum - 2.0 * roots[0].re).abs() < 1e-3,
            "{found:?} {roots:?}"
        );
    }

    /// E. N. Lorenz' equations of 1963: 0.9056, 0, -14.5723, whose sum is -41/3 exactly.
    #[test]
    fn exponents_of_the_lorenz_equations_are_those_published() {
        let field = WithoutLags(ordinary_field(3, |_, y, dy| {
            dy[0] = 10.0 * (y[1] - y[0]);
            dy[1] = y[0] * (28.0 - y[2]) - y[1];
            dy[2] = y[0] * y[1] - 8.0 / 3.0 * y[2];
        }));
        // a short interval, so that the third is not lost in the growth of the first
        let settings = LyapunovSettings {
            exponents: 3,
            transient: 50.0,
            duration: 2000.0,
            interval: Some(0.25),
            ..LyapunovSettings::default()
        };
        let start = History::constant(&[1.0, 1.0, 20.0]);
        let found = lyapunov_exponents(&field, start, &settings).unwrap();
        let sum: f64 = found.exponents.iter().sum();
        assert!((sum + 41.0 / 3.0).abs() < 1e-4, "{found:?}");
        for (exponent, published) in found.exponents.iter().zip([0.9056, 0.0, -14.5723]) {
            assert!((exponent - published).abs() < 2e-2, "{found:?}");
        }
        assert!((found.dimension.unwrap() - 2.062).abs() < 2e-3);
    }

    #[test]
    fn exponents_of_the_mackey_glass_equation_are_the_known_ones() {
        // From an independent integration over 3e5, with its standard errors.
        let known = [
            (17.0, 0.00516, 5e-5),
            (23.0, 0.00927, 13e-5),
            (30.0, 0.00710, 15e-5),
        ];
        for (lag, known, uncertain) in known {
            let field = MackeyGlass::new(0.2, 0.1, 10.0, lag).unwrap();
            let settings = LyapunovSettings {
                transient: 2000.0,
                duration: 4e5,
                ..LyapunovSettings::default()
            };
            let found = lyapunov_exponents(&field, History::constant(&[0.5]), &settings).unwrap();
            let (exponent, error) = (found.exponents[0], found.errors[0]);
            assert!(
                (exponent - known).abs() < 3.0 * error.hypot(uncertain),
                "{lag}: {found:?}"
            );
            assert!(error < 2e-4, "{found:?}");
        }
    }

    #[test]
    fn unsuitable_fields_and_settings_are_refused() {
        let field = closure_field(1, &[1.0], |_, _, _, dy| dy[0] = 0.0);
        let none = LyapunovSettings {
            exponents: 0,
            ..LyapunovSettings::default()
        };
        assert!(lyapunov_exponents(&field, History::constant(&[0.0]), &none).is_err());
        let short = LyapunovSettings {
            interval: Some(1.0),
            duration: 1.5,
            ..LyapunovSettings::default()
        };
        assert!(lyapunov_exponents(&field, History::constant(&[0.0]), &short).is_err());
        // a history of another dimension, and a relay, whose jumps have no slope
        let wrong = History::constant(&[0.0, 0.0]);
        assert!(lyapunov_exponents(&field, wrong, &LyapunovSettings::default()).is_err());
        let relay = ImpulseParameters::homogeneous(2, 1.0, 0.5, -4.0, 3.3);
        let relay = ImpulseNetwork::new(relay).unwrap();
        let history = History::constant(&[-1.0, -2.0]);
        let error = lyapunov_exponents(&relay, history, &LyapunovSettings::default());
        assert!(matches!(error, Err(LinearError::Unsupported { .. })));
        let neutral = closure_field(1, &[1.0], |_, _, _, dy| dy[0] = 0.0).neutral();
        let settings = LyapunovSettings::default();
        let error = lyapunov_exponents(&neutral, History::constant(&[0.0]), &settings);
        assert!(matches!(error, Err(LinearError::Unsupported { .. })));
    }
}
