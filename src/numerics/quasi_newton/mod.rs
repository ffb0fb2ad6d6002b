//! Minima of many independent energies at once, by the limited-memory BFGS method.
//!
//! Energies may bend where unknowns are zero ([`EnergyBatch::kinks`]), as those of rectifiers do, and
//! minima may lie on the kinks.
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

mod bend;
mod sample;

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use self::bend::Bend;
pub(crate) use self::bend::descent_off_kink;
use self::sample::Sample;
use super::worst::worst;

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

    /// Unknowns in which the energy has a kink where they are zero, one flag each: its derivative by
    /// such an unknown jumps there, those by all others do not. None unless said otherwise.
    fn kinks(&self) -> Option<Vec<bool>> {
        None
    }

    /// Whether [`EnergyBatch::precondition`] does anything.
    fn has_metric(&self) -> bool {
        false
    }

    /// Multiplies the vectors of the samples in `active`, `dimension()` numbers each, by an approximate
    /// inverse Hessian of theirs: symmetric, positive definite and the same from first to last. The
    /// recursion then starts from it instead of a multiple of the identity.
    fn precondition(&mut self, active: &[usize], vectors: &mut [f64]) {
        let _ = (active, vectors);
    }

    /// Derivatives to the right at the points that were evaluated last, of which `gradients` holds
    /// those to the left; they differ in unknowns that stand on their kink. Asked for where there
    /// are kinks.
    fn right_derivatives(&self, points: &[f64], gradients: &[f64], right: &mut [f64]) {
        let _ = points;
        right.copy_from_slice(gradients);
    }
}

/// Options of [`minimise`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QuasiNewton {
    /// Pairs of steps and gradient changes that a sample remembers.
    pub memory: usize,
    /// A sample has converged when the Euclidean norm of its gradient is at most this: on a kink, of
    /// the steepest descent off it.
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
    let kinks = problem.kinks().filter(|kinks| kinks.contains(&true));
    let kinks: Option<Arc<[bool]>> = kinks.map(Arc::from);
    // Without kinks there is one derivative, and nothing is copied.
    let mut right = vec![0.0; if kinks.is_some() { points.len() } else { 0 }];
    if kinks.is_some() {
        problem.right_derivatives(points, &gradients, &mut right);
    }
    let metric = problem.has_metric();
    let sides = |k: usize| (!right.is_empty()).then(|| &right[k * n..(k + 1) * n]);
    let mut samples: Vec<Sample> = points
        .par_chunks(n)
        .zip(gradients.par_chunks(n))
        .enumerate()
        .map(|(index, (x, g))| {
            let bend = kinks.clone().map(Bend::new);
            let mut sample = Sample::new(x, g, sides(index), bend, energies[index], &options);
            sample.metric = metric;
            sample
        })
        .collect();
    let finite = |s: &Sample| s.energy.is_finite() && s.residual.is_finite();
    if let Some(sample) = samples.iter().position(|sample| !finite(sample)) {
        return Err(MinimiseError::NotFinite {
            sample,
            energy: energies[sample],
        });
    }
    let mut rounds = 1;
    loop {
        let residual = worst(samples.iter().map(|s| s.residual));
        let total: f64 = samples.iter().map(|s| s.energy).sum();
        watch(Round {
            evaluations: rounds,
            residual,
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
        aim(problem, &mut samples, gradients);
        samples
            .iter()
            .filter(|s| s.active)
            .zip(points.chunks_mut(n))
            .collect::<Vec<_>>()
            .into_par_iter()
            .for_each(|(sample, point)| sample.probe(point));
        let energies = &mut energies[..active.len()];
        problem.evaluate(&active, points, energies, gradients);
        if kinks.is_some() {
            right.truncate(points.len());
            problem.right_derivatives(points, gradients, &mut right);
        }
        samples
            .iter_mut()
            .filter(|s| s.active)
            .zip(points.chunks(n).zip(gradients.chunks(n).zip(&*energies)))
            .enumerate()
            .collect::<Vec<_>>()
            .into_par_iter()
            .for_each(|(k, (sample, (x, (g, energy))))| {
                let right = (!right.is_empty()).then(|| &right[k * n..(k + 1) * n]);
                sample.judge(x, g, right, *energy, &options);
            });
    }
    for (point, sample) in points.chunks_mut(n).zip(&samples) {
        point.copy_from_slice(&sample.x);
    }
    Ok(samples
        .iter()
        .map(|sample| sample.minimum(&options))
        .collect())
}

/// Lets every sample that has stepped choose its next direction; `room` has as many numbers as all of
/// their points.
fn aim(problem: &mut impl EnergyBatch, samples: &mut [Sample], room: &mut [f64]) {
    let n = problem.dimension();
    if !problem.has_metric() {
        samples
            .par_iter_mut()
            .filter(|sample| sample.aims)
            .for_each(Sample::aim);
        return;
    }
    let aiming: Vec<usize> = (0..samples.len()).filter(|i| samples[*i].aims).collect();
    let room = &mut room[..n * aiming.len()];
    let of_samples =
        |samples: &mut [Sample], room: &mut [f64], act: fn(&mut Sample, &mut [f64])| {
            samples
                .iter_mut()
                .filter(|sample| sample.aims)
                .zip(room.chunks_mut(n))
                .collect::<Vec<_>>()
                .into_par_iter()
                .for_each(|(sample, numbers)| act(sample, numbers));
        };
    of_samples(samples, room, Sample::aim_before);
    problem.precondition(&aiming, room);
    of_samples(samples, room, |sample, metric| sample.aim_after(metric));
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
