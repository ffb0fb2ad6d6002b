//! Minima of many independent energies at once, by the limited-memory BFGS method.
//!
//! A batch shares its evaluations (one matrix product serves all samples), but every sample keeps
//! its own memory, its own line search and its own verdict. The optimisation crates minimise one
//! function at a time and allocate in every iteration, so that the batch would fall apart into
//! single matrix-vector products, or all samples would share one step; hence these 200 lines.
//!
//! J. Nocedal, S. J. Wright, "Numerical Optimization", 2nd edition (2006), algorithms 7.4 and 7.5;
//! line search: weak Wolfe conditions by bracketing, A. S. Lewis, M. L. Overton, "Nonsmooth
//! optimization via quasi-Newton methods", Math. Program. 141, 135-163 (2013), with the approximate
//! conditions of W. W. Hager, H. Zhang, SIAM J. Optim. 16(1), 170-192 (2005), eq. 4.1, where the
//! energy no longer resolves its decrease.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Energies of independent samples, evaluated together.
pub trait EnergyBatch {
    /// Unknowns of every sample.
    fn dimension(&self) -> usize;

    /// Evaluates the samples in `active`. `points` and `gradients` hold `dimension()` numbers for
    /// each of them, one after the other; `energies` one.
    fn evaluate(
        &mut self,
        active: &[usize],
        points: &[f64],
        energies: &mut [f64],
        gradients: &mut [f64],
    );
}

/// Options of [`minimise`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QuasiNewton {
    /// Pairs of steps and gradient changes that a sample remembers.
    pub memory: usize,
    /// A sample has converged when the Euclidean norm of its gradient is at most this.
    pub tolerance: f64,
    /// Evaluations that a sample may take.
    pub maximum_evaluations: u64,
}

impl Default for QuasiNewton {
    fn default() -> Self {
        Self {
            memory: 10,
            tolerance: 1e-8,
            maximum_evaluations: 10_000,
        }
    }
}

/// Where one sample came to rest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Minimum {
    /// Whether the gradient fell below the tolerance.
    pub converged: bool,
    /// Euclidean norm of the gradient reached.
    pub residual: f64,
    /// Energy reached.
    pub energy: f64,
    /// Evaluations taken.
    pub evaluations: u64,
}

/// Progress of a batch after one round of evaluations.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Rounds so far.
    pub evaluations: u64,
    /// Largest residual of the batch.
    pub residual: f64,
    /// Mean energy of the batch.
    pub energy: f64,
}

const ARMIJO: f64 = 1e-4;
const CURVATURE: f64 = 0.9;

/// Why no minimum can be looked for.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum MinimiseError {
    /// The points are not whole samples.
    #[error("{numbers} numbers do not make points of dimension {dimension}")]
    Incomplete {
        /// Length of the list of points.
        numbers: usize,
        /// Numbers of a point.
        dimension: usize,
    },
    /// There is no energy, or no gradient, to descend from.
    #[error("sample {sample} starts at energy {energy}, or with a gradient that is not finite")]
    NotFinite {
        /// Index of the sample.
        sample: usize,
        /// Its energy.
        energy: f64,
    },
}

/// Minimises every sample from its point in `points` (`dimension()` numbers each), in place.
///
/// Returns one verdict a sample; a sample that stalls or runs out of evaluations says so. `watch`
/// sees every round. Cost: one evaluation of the unfinished samples a round, and `4 memory`
/// vector operations a sample. Results do not depend on the number of threads.
///
/// # Errors
/// [`MinimiseError`] if an energy or gradient at a starting point is not finite, or `points` does not
/// hold whole samples.
///
/// ```
/// use pulsatrix::numerics::quasi_newton::{EnergyBatch, QuasiNewton, minimise};
///
/// struct Bowls;
/// impl EnergyBatch for Bowls {
///     fn dimension(&self) -> usize {
///         2
///     }
///     fn evaluate(&mut self, active: &[usize], p: &[f64], e: &mut [f64], g: &mut [f64]) {
///         for (k, sample) in active.iter().enumerate() {
///             let (x, y) = (p[2 * k] - *sample as f64, p[2 * k + 1]);
///             e[k] = 0.5 * (x * x + 100.0 * y * y);
///             (g[2 * k], g[2 * k + 1]) = (x, 100.0 * y);
///         }
///     }
/// }
/// let mut points = vec![5.0; 6];
/// let minima = minimise(&mut Bowls, &mut points, QuasiNewton::default(), |_| ())?;
/// assert!(minima.iter().all(|minimum| minimum.converged));
/// assert!((points[4] - 2.0).abs() < 1e-8);
/// # Ok::<(), pulsatrix::numerics::quasi_newton::MinimiseError>(())
/// ```
pub fn minimise(
    problem: &mut impl EnergyBatch,
    points: &mut [f64],
    options: QuasiNewton,
    mut watch: impl FnMut(Round),
) -> Result<Vec<Minimum>, MinimiseError> {
    let n = problem.dimension();
    if n == 0 || !points.len().is_multiple_of(n) {
        return Err(MinimiseError::Incomplete {
            numbers: points.len(),
            dimension: n,
        });
    }
    let all: Vec<usize> = (0..points.len() / n).collect();
    let mut energies = vec![0.0; all.len()];
    let mut gradients = vec![0.0; points.len()];
    problem.evaluate(&all, points, &mut energies, &mut gradients);
    let mut samples = Vec::with_capacity(all.len());
    for (index, (x, g)) in points.chunks(n).zip(gradients.chunks(n)).enumerate() {
        let sample = Sample::new(x, g, energies[index], &options);
        if !(sample.energy.is_finite() && sample.residual.is_finite()) {
            return Err(MinimiseError::NotFinite {
                sample: index,
                energy: energies[index],
            });
        }
        samples.push(sample);
    }
    let mut rounds = 1;
    loop {
        let worst = samples.iter().map(|s| s.residual).fold(0.0, f64::max);
        let total: f64 = samples.iter().map(|s| s.energy).sum();
        watch(Round {
            evaluations: rounds,
            residual: worst,
            energy: total / samples.len() as f64,
        });
        let active: Vec<usize> = (0..samples.len()).filter(|i| samples[*i].active).collect();
        if active.is_empty() {
            break;
        }
        rounds += 1;
        let (points, gradients) = (
            &mut points[..n * active.len()],
            &mut gradients[..n * active.len()],
        );
        let unfinished = samples.iter().filter(|s| s.active);
        for (point, sample) in points.chunks_mut(n).zip(unfinished) {
            sample.probe(point);
        }
        let energies = &mut energies[..active.len()];
        problem.evaluate(&active, points, energies, gradients);
        samples
            .iter_mut()
            .filter(|s| s.active)
            .zip(points.chunks(n).zip(gradients.chunks(n).zip(&*energies)))
            .collect::<Vec<_>>()
            .into_par_iter()
            .for_each(|(sample, (x, (g, energy)))| sample.judge(x, g, *energy, &options));
    }
    for (point, sample) in points.chunks_mut(n).zip(&samples) {
        point.copy_from_slice(&sample.x);
    }
    Ok(samples
        .iter()
        .map(|sample| sample.minimum(&options))
        .collect())
}

/// One step that is remembered.
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    rho: f64,
}

struct Sample {
    x: Vec<f64>,
    gradient: Vec<f64>,
    direction: Vec<f64>,
    energy: f64,
    residual: f64,
    /// Slope of the energy along the direction, negative.
    slope: f64,
    /// Trial length and its bracket: `low` fulfils the decrease, `high` violates it; with slopes.
    length: f64,
    low: (f64, f64),
    high: (f64, f64),
    trials: u32,
    evaluations: u64,
    pairs: Vec<Pair>,
    active: bool,
}

impl Sample {
    fn new(x: &[f64], gradient: &[f64], energy: f64, options: &QuasiNewton) -> Self {
        let residual = norm(gradient);
        let mut sample = Self {
            x: x.to_vec(),
            gradient: gradient.to_vec(),
            direction: vec![0.0; x.len()],
            energy,
            residual,
            slope: 0.0,
            length: 1.0,
            low: (0.0, 0.0),
            high: (f64::INFINITY, 0.0),
            trials: 0,
            evaluations: 1,
            pairs: Vec::new(),
            active: residual > options.tolerance && options.maximum_evaluations > 1,
        };
        sample.aim();
        sample
    }

    fn minimum(&self, options: &QuasiNewton) -> Minimum {
        Minimum {
            converged: self.residual <= options.tolerance,
            residual: self.residual,
            energy: self.energy,
            evaluations: self.evaluations,
        }
    }

    fn probe(&self, point: &mut [f64]) {
        for ((point, x), d) in point.iter_mut().zip(&self.x).zip(&self.direction) {
            *point = x + self.length * d;
        }
    }

    /// Chooses the next direction by the two-loop recursion and starts a line search.
    fn aim(&mut self) {
        let d = &mut self.direction;
        d.copy_from_slice(&self.gradient);
        let mut weights = [0.0; 64];
        for (pair, weight) in self.pairs.iter().zip(&mut weights).rev() {
            *weight = pair.rho * dot(&pair.step, d);
            add(d, -*weight, &pair.change);
        }
        if let Some(pair) = self.pairs.last() {
            let scale = 1.0 / (pair.rho * dot(&pair.change, &pair.change));
            d.iter_mut().for_each(|d| *d *= scale);
        }
        for (pair, weight) in self.pairs.iter().zip(&weights) {
            let beta = pair.rho * dot(&pair.change, d);
            add(d, weight - beta, &pair.step);
        }
        d.iter_mut().for_each(|d| *d = -*d);
        self.slope = dot(d, &self.gradient);
        self.length = 1.0;
        self.low = (0.0, self.slope);
        self.high = (f64::INFINITY, 0.0);
        self.trials = 0;
    }

    /// Takes in an evaluation at the probe: accepts the step, or shrinks the bracket.
    fn judge(&mut self, x: &[f64], gradient: &[f64], energy: f64, options: &QuasiNewton) {
        self.evaluations += 1;
        self.trials += 1;
        let slope = dot(gradient, &self.direction);
        let finite = energy.is_finite() && slope.is_finite();
        let noise = 1e-13 * self.energy.abs().max(f64::MIN_POSITIVE);
        let decreases = energy <= self.energy + ARMIJO * self.length * self.slope
            || (energy <= self.energy + noise && slope <= (2.0 * ARMIJO - 1.0) * self.slope);
        if finite && decreases && slope >= CURVATURE * self.slope {
            self.accept(x, gradient, energy, options);
        } else if finite && decreases {
            self.low = (self.length, slope);
        } else {
            let slope = if finite { slope } else { f64::NAN };
            self.high = (self.length, slope);
        }
        if !self.active || self.trials == 0 {
            return;
        }
        if self.evaluations >= options.maximum_evaluations {
            self.active = false;
        } else if self.trials < 40 {
            self.length = self.next_length();
        } else if self.pairs.is_empty() {
            // Steepest descent gives nothing either: the energy has no more digits.
            self.active = false;
        } else {
            self.pairs.clear();
            self.aim();
        }
    }

    fn next_length(&self) -> f64 {
        let ((low, a), (high, b)) = (self.low, self.high);
        if high.is_infinite() {
            return 2.0 * self.length;
        }
        let width = high - low;
        // Secant of the slopes where they bracket a minimum, else bisection.
        let secant = if b > 0.0 && a < 0.0 && self.trials < 10 {
            low - a * width / (b - a)
        } else {
            low + 0.5 * width
        };
        secant.clamp(low + 0.1 * width, high - 0.1 * width)
    }

    fn accept(&mut self, x: &[f64], gradient: &[f64], energy: f64, options: &QuasiNewton) {
        // The oldest pair gives its memory to the newest.
        let memory = options.memory.clamp(1, 64);
        let mut pair = if self.pairs.len() >= memory {
            self.pairs.remove(0)
        } else {
            Pair {
                step: vec![0.0; x.len()],
                change: vec![0.0; x.len()],
                rho: 0.0,
            }
        };
        for (i, (step, change)) in pair.step.iter_mut().zip(&mut pair.change).enumerate() {
            *step = x[i] - self.x[i];
            *change = gradient[i] - self.gradient[i];
        }
        let curvature = dot(&pair.step, &pair.change);
        if curvature > f64::EPSILON * dot(&pair.change, &pair.change) {
            pair.rho = 1.0 / curvature;
            self.pairs.push(pair);
        }
        self.x.copy_from_slice(x);
        self.gradient.copy_from_slice(gradient);
        self.energy = energy;
        self.residual = norm(gradient);
        self.active =
            self.residual > options.tolerance && self.evaluations < options.maximum_evaluations;
        if self.active {
            self.aim();
        }
        self.trials = 0;
    }
}

/// Sum of products in four fixed lanes.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 8];
    let (heads, tails) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = heads.remainder().iter().zip(tails.remainder());
    let rest: f64 = rest.map(|(a, b)| a * b).sum();
    for (a, b) in heads.zip(tails) {
        for k in 0..8 {
            lanes[k] += a[k] * b[k];
        }
    }
    lanes.iter().sum::<f64>() + rest
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

fn add(a: &mut [f64], factor: f64, b: &[f64]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a += factor * b;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The function of H. H. Rosenbrock, Comput. J. 3, 175 (1960), from a different start a sample.
    struct Valleys {
        evaluated: usize,
    }

    impl EnergyBatch for Valleys {
        fn dimension(&self) -> usize {
            2
        }

        fn evaluate(&mut self, active: &[usize], p: &[f64], e: &mut [f64], g: &mut [f64]) {
            self.evaluated += active.len();
            for k in 0..active.len() {
                let (x, y) = (p[2 * k], p[2 * k + 1]);
                let (a, b) = (1.0 - x, y - x * x);
                e[k] = a * a + 100.0 * b * b;
                g[2 * k] = -2.0 * a - 400.0 * x * b;
                g[2 * k + 1] = 200.0 * b;
            }
        }
    }

    #[test]
    fn every_sample_finds_its_minimum_and_pays_for_itself_only() {
        let starts = [-1.2, 1.0, 1.0, 1.0, 5.0, -7.0, 0.0, 30.0];
        let mut points = starts;
        let mut problem = Valleys { evaluated: 0 };
        let minima = minimise(&mut problem, &mut points, QuasiNewton::default(), |_| ()).unwrap();
        for x in points {
            assert!((x - 1.0).abs() < 1e-7, "{points:?}");
        }
        assert!(minima.iter().all(|m| m.converged && m.residual <= 1e-8));
        assert_eq!(minima[1].evaluations, 1);
        let paid: u64 = minima.iter().map(|m| m.evaluations).sum();
        assert_eq!(paid as usize, problem.evaluated);
    }

    #[test]
    fn too_few_evaluations_are_admitted() {
        let options = QuasiNewton {
            maximum_evaluations: 5,
            ..QuasiNewton::default()
        };
        let mut points = [-1.2, 1.0];
        let problem = &mut Valleys { evaluated: 0 };
        let minima = minimise(problem, &mut points, options, |_| ()).unwrap();
        assert!(!minima[0].converged && minima[0].residual > 1e-8);
        assert_eq!(minima[0].evaluations, 5);
    }
}
