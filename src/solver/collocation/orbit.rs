//! Newton's method for a periodic orbit, and the mesh that it needs.

use thiserror::Error;

use super::basis::Basis;
use super::elimination::Linearised;
use super::multipliers;
use crate::numerics::gmres::gmres;
use crate::numerics::matrix::MatrixError;
use crate::numerics::worst::worst;
use crate::solver::{DelayField, Delayed, Piece};

/// Most Newton steps on one mesh.
const MOST_STEPS: usize = 25;

/// Residual to which a Newton step is solved, relative.
const LINEAR: f64 = 1e-11;

/// Most directions spent on a Newton step.
const MOST_DIRECTIONS: usize = 400;

/// Rounds of refinement.
const ROUNDS: usize = 12;

/// How accurate an orbit is to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CollocationOptions {
    /// Degree of the polynomials, from 2 to 10.
    pub degree: usize,
    /// Largest defect of the equation between its collocation points, times the length of the
    /// interval: the error that one interval commits.
    pub tolerance: f64,
    /// Intervals beyond which refinement is given up.
    pub most_intervals: usize,
}

impl Default for CollocationOptions {
    fn default() -> Self {
        Self {
            degree: 6,
            tolerance: 1e-9,
            most_intervals: 400,
        }
    }
}

/// Why there is no orbit.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum CollocationError {
    /// The equation has lags that vary, is neutral, or has switches.
    #[error("collocation takes smooth equations with constant lags only")]
    Unsupported,
    /// Degree, mesh or period that make no orbit.
    #[error("{name} = {value} is not allowed: {requirement}")]
    InvalidArgument {
        /// Name of the argument.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must satisfy.
        requirement: &'static str,
    },
    /// The equation gave NaN or infinity.
    #[error("the equation is not finite in component {component} at t = {time} of the orbit")]
    NotFinite {
        /// Which component.
        component: usize,
        /// Time on the orbit.
        time: f64,
    },
    /// The linearised equations have no unique solution.
    #[error("the linearised equations are singular: a family of orbits, or a mesh too coarse")]
    Singular,
    /// Newton's method does not converge.
    #[error(
        "the orbit does not close: residual {residual:e} after {steps} Newton steps; \
         start closer to it"
    )]
    Open {
        /// Residual reached.
        residual: f64,
        /// Newton steps taken.
        steps: usize,
    },
    /// The mesh cannot be refined further.
    #[error(
        "{intervals} intervals leave a defect of {defect:e}; allow more, or a larger tolerance"
    )]
    TooCoarse {
        /// Intervals used.
        intervals: usize,
        /// Defect left.
        defect: f64,
    },
    /// The multipliers cannot be computed.
    #[error(transparent)]
    Multipliers(#[from] MatrixError),
}

/// A periodic orbit as a piecewise polynomial.
#[derive(Debug, Clone)]
pub struct PeriodicOrbit {
    /// Its period.
    pub period: f64,
    /// Largest defect between collocation points, times the length of its interval.
    pub defect: f64,
    /// Newton steps taken, on all meshes together.
    pub newton_steps: usize,
    pub(super) dimension: usize,
    pub(super) basis: Basis,
    /// Ends of the intervals, from 0 to 1.
    mesh: Vec<f64>,
    /// States at the nodes; the last one is the first again.
    values: Vec<f64>,
}

/// Where a delayed time falls.
pub(super) struct Read {
    /// Interval within the period,
    pub interval: usize,
    /// and counted on through all periods.
    pub global: isize,
    /// Values of the polynomials there,
    pub values: Vec<f64>,
    /// and their slopes by the share of the period.
    pub slopes: Vec<f64>,
}

/// Finds the periodic orbit of `field` near `guess`, whose state at time `t` is `guess(t)`.
///
/// `mesh` holds the ends of the first intervals as shares of the period, from 0 to 1; intervals on
/// which the defect is too large are halved. The state component `section` keeps its value at time 0,
/// which fixes the phase. Cost of a Newton step: a small system for every interval, and some tens of
/// passes over the mesh.
///
/// # Errors
/// [`CollocationError`], with what was missing; never an orbit that has not converged.
///
/// ```
/// use pulsatrix::solver::{CollocationOptions, closure_field, periodic_orbit};
///
/// // x' = -y + delayed terms that vanish on the circle: period 2 pi
/// let field = closure_field(2, &[1.0], |_, x, late, dx| {
///     let r = late.state(0)[0].powi(2) + late.state(0)[1].powi(2);
///     dx[0] = -x[1] + x[0] * (1.0 - r);
///     dx[1] = x[0] + x[1] * (1.0 - r);
/// });
/// let guess = |t: f64, x: &mut [f64]| (x[0], x[1]) = (1.1 * t.sin(), -0.9 * t.cos());
/// let mesh: Vec<f64> = (0..=8).map(|n| f64::from(n) / 8.0).collect();
/// let orbit = periodic_orbit(&field, &guess, 6.0, &mesh, 0, CollocationOptions::default())?;
/// assert!((orbit.period - std::f64::consts::TAU).abs() < 1e-8);
/// # Ok::<(), pulsatrix::solver::CollocationError>(())
/// ```
pub fn periodic_orbit<F: DelayField + ?Sized>(
    field: &F,
    guess: &dyn Fn(f64, &mut [f64]),
    period: f64,
    mesh: &[f64],
    section: usize,
    options: CollocationOptions,
) -> Result<PeriodicOrbit, CollocationError> {
    let refuse = |name, value, requirement| {
        Err(CollocationError::InvalidArgument {
            name,
            value,
            requirement,
        })
    };
    if field.varying_lags() > 0 || field.is_neutral() || field.switch_count() > 0 {
        return Err(CollocationError::Unsupported);
    }
    if !(2..=10).contains(&options.degree) {
        return refuse("degree", options.degree as f64, "it lies from 2 to 10");
    }
    if !(period > 0.0 && period.is_finite()) {
        return refuse("period", period, "it is positive and finite");
    }
    let ascends = mesh.windows(2).all(|pair| pair[0] < pair[1]);
    if !(ascends && mesh.first() == Some(&0.0) && mesh.last() == Some(&1.0)) {
        return refuse("mesh", mesh.len() as f64, "its points ascend from 0 to 1");
    }
    let dimension = field.dimension();
    if section >= dimension {
        return refuse("section", section as f64, "it is a component of the state");
    }
    let mut orbit = PeriodicOrbit {
        period,
        defect: f64::INFINITY,
        newton_steps: 0,
        dimension,
        basis: Basis::new(options.degree),
        mesh: mesh.to_vec(),
        values: Vec::new(),
    };
    orbit.sample(&|share, state: &mut [f64]| guess(period * share, state));
    for _ in 0..ROUNDS {
        orbit.close(field, section, 0.1 * options.tolerance)?;
        let defects = orbit.defects(field)?;
        orbit.defect = worst(defects.iter().copied());
        if orbit.defect <= options.tolerance {
            return Ok(orbit);
        }
        if orbit.intervals() >= options.most_intervals {
            break;
        }
        orbit.refine(&defects, 0.5 * options.tolerance);
    }
    Err(CollocationError::TooCoarse {
        intervals: orbit.intervals(),
        defect: orbit.defect,
    })
}

impl PeriodicOrbit {
    /// Number of intervals of its mesh.
    #[must_use]
    pub fn intervals(&self) -> usize {
        self.mesh.len() - 1
    }

    /// State at any time, into `state`.
    pub fn state(&self, time: f64, state: &mut [f64]) {
        let read = self.locate(time / self.period);
        self.combine(read.interval, read.values.iter(), state);
    }

    /// Interval `index` as a piece of trajectory, `turn` periods on.
    #[must_use]
    pub fn piece(&self, index: usize, turn: usize) -> OrbitPiece<'_> {
        OrbitPiece {
            orbit: self,
            index,
            turn,
        }
    }

    /// Floquet multipliers `(re, im)`, the largest in modulus first, down to `1e-3`; one of them is the
    /// trivial one.
    ///
    /// They are the eigenvalues of the monodromy operator on the piecewise polynomials that the
    /// longest lag reaches. Cost: some hundred passes over the mesh.
    ///
    /// # Errors
    /// [`CollocationError`] if the linearised equations are singular or the iteration does not end.
    pub fn multipliers<F: DelayField + ?Sized>(
        &self,
        field: &F,
    ) -> Result<Vec<(f64, f64)>, CollocationError> {
        let linear = Linearised::new(field, self)?;
        Ok(multipliers::dominant(&linear, self.dimension)?)
    }

    /// Start of an interval and its length, as shares of the period.
    pub(super) fn interval(&self, index: usize) -> (f64, f64) {
        let (begin, end) = (self.mesh[index], self.mesh[index + 1]);
        (begin, end - begin)
    }

    /// Intervals before time 0 that the longest lag reaches.
    pub(super) fn reach(&self, lags: &[f64]) -> usize {
        let longest = lags.iter().copied().fold(0.0, f64::max);
        let first = self.locate(-longest / self.period).global;
        (-first).max(1) as usize
    }

    /// Where a share of the period falls; any real number.
    pub(super) fn locate(&self, share: f64) -> Read {
        let turns = share.floor();
        let inside = share - turns;
        let last = self.intervals() - 1;
        let interval = (self.mesh.partition_point(|end| *end <= inside)).clamp(1, last + 1) - 1;
        let (begin, length) = self.interval(interval);
        let x = (inside - begin) / length;
        Read {
            interval,
            global: interval as isize + turns as isize * self.intervals() as isize,
            values: self.basis.at(x),
            slopes: self.basis.slopes_at(x).iter().map(|s| s / length).collect(),
        }
    }

    /// Sum of the states at the nodes of an interval with the given weights.
    pub(super) fn combine<'w>(
        &self,
        interval: usize,
        weights: impl Iterator<Item = &'w f64>,
        state: &mut [f64],
    ) {
        state.fill(0.0);
        let first = interval * self.basis.degree() * self.dimension;
        for (weight, node) in weights.zip(self.values[first..].chunks(self.dimension)) {
            for (sum, value) in state.iter_mut().zip(node) {
                *sum += weight * value;
            }
        }
    }

    /// Takes the values at the nodes from a function of the share of the period.
    fn sample(&mut self, function: &dyn Fn(f64, &mut [f64])) {
        let (n, degree) = (self.dimension, self.basis.degree());
        let mut values = vec![0.0; (self.intervals() * degree + 1) * n];
        for (index, state) in values.chunks_mut(n).enumerate() {
            let interval = (index / degree).min(self.intervals() - 1);
            let (begin, length) = self.interval(interval);
            let node = self.basis.nodes[index - interval * degree];
            function(begin + length * node, state);
        }
        values.copy_within(..n, self.intervals() * degree * n);
        self.values = values;
    }

    /// Newton's method on the present mesh, down to `enough` or as far as rounding allows.
    fn close<F: DelayField + ?Sized>(
        &mut self,
        field: &F,
        section: usize,
        enough: f64,
    ) -> Result<(), CollocationError> {
        let longest = 2.0 * self.period;
        let mut before = f64::INFINITY;
        for step in 0..=MOST_STEPS {
            let linear = Linearised::new(field, self)?;
            let residual = linear.residual;
            // Once closed, one more step is cheap and brings the last digits.
            if residual <= enough && residual > 0.1 * before || residual == 0.0 {
                return Ok(());
            }
            if step == MOST_STEPS {
                break;
            }
            before = residual;
            self.newton_steps += 1;
            let past = linear.past();
            // (1 - U) v - u dT = r, and the section component at time 0 stays.
            let apply = |v: &[f64], w: &mut [f64]| {
                let nodes = linear.sweep(&v[..past], v[past], 0.0);
                for ((w, v), image) in w.iter_mut().zip(v).zip(linear.image(&nodes)) {
                    *w = v - image;
                }
                w[past] = v[past - self.dimension + section];
            };
            let left = linear.sweep(&vec![0.0; past], 0.0, 1.0);
            let mut right = linear.image(&left).to_vec();
            right.push(0.0);
            let change = gmres(apply, &right, LINEAR, MOST_DIRECTIONS);
            let change = change.ok_or(CollocationError::Singular)?;
            let nodes = linear.sweep(&change[..past], change[past], 1.0);
            let changes = &nodes[past..];
            for (value, change) in self.values[self.dimension..].iter_mut().zip(changes) {
                *value += change;
            }
            let last = self.values.len() - self.dimension;
            self.values.copy_within(last.., 0);
            self.period += change[past];
            let sound = self.period > 0.0 && self.period < longest;
            if !(sound && self.values.iter().all(|value| value.is_finite())) {
                return Err(CollocationError::Open {
                    residual,
                    steps: self.newton_steps,
                });
            }
        }
        Err(CollocationError::Open {
            residual: before,
            steps: self.newton_steps,
        })
    }

    /// For every interval the largest defect at points that are not collocated, times its length.
    fn defects<F: DelayField + ?Sized>(&self, field: &F) -> Result<Vec<f64>, CollocationError> {
        let (n, lags) = (self.dimension, field.lags());
        let points = &self.basis.points;
        let between = points.windows(2).map(|pair| 0.5 * (pair[0] + pair[1]));
        let probes: Vec<f64> = std::iter::once(0.0).chain(between).chain([1.0]).collect();
        let (mut state, mut slope) = (vec![0.0; n], vec![0.0; n]);
        let (mut delayed, mut derivative) = (vec![0.0; n * lags.len()], vec![0.0; n]);
        let mut defects = Vec::with_capacity(self.intervals());
        for interval in 0..self.intervals() {
            let (begin, length) = self.interval(interval);
            let mut worst: f64 = 0.0;
            for probe in &probes {
                let at = begin + length * probe;
                self.combine(interval, self.basis.at(*probe).iter(), &mut state);
                self.combine(interval, self.basis.slopes_at(*probe).iter(), &mut slope);
                for (lag, state) in lags.iter().zip(delayed.chunks_mut(n)) {
                    let read = self.locate(at - lag / self.period);
                    self.combine(read.interval, read.values.iter(), state);
                }
                let time = self.period * at;
                field.derivative(
                    time,
                    &state,
                    Delayed::new(&delayed, n).reading(field.reads()),
                    &mut derivative,
                );
                for (component, (slope, derivative)) in slope.iter().zip(&derivative).enumerate() {
                    let gap = (slope - self.period * length * derivative).abs();
                    if !gap.is_finite() {
                        return Err(CollocationError::NotFinite { component, time });
                    }
                    worst = worst.max(gap);
                }
            }
            defects.push(worst);
        }
        Ok(defects)
    }

    /// Halves the intervals whose defect is above `limit`.
    fn refine(&mut self, defects: &[f64], limit: f64) {
        let before = self.clone();
        let mut mesh = vec![0.0];
        for (index, defect) in defects.iter().enumerate() {
            let (begin, length) = before.interval(index);
            if *defect > limit {
                mesh.push(begin + 0.5 * length);
            }
            mesh.push(before.mesh[index + 1]);
        }
        self.mesh = mesh;
        self.sample(&|share, state: &mut [f64]| {
            let read = before.locate(share.min(1.0 - f64::EPSILON));
            before.combine(read.interval, read.values.iter(), state);
        });
    }
}

/// One interval of a periodic orbit.
#[derive(Debug, Clone, Copy)]
pub struct OrbitPiece<'o> {
    orbit: &'o PeriodicOrbit,
    index: usize,
    turn: usize,
}

impl OrbitPiece<'_> {
    fn sum(&self, component: usize, weights: &[f64]) -> f64 {
        let (n, degree) = (self.orbit.dimension, self.orbit.basis.degree());
        let node = |m: usize| self.orbit.values[(self.index * degree + m) * n + component];
        weights.iter().enumerate().map(|(m, w)| w * node(m)).sum()
    }

    /// Place of a time within the interval, from 0 to 1.
    fn place(&self, time: f64) -> f64 {
        let (begin, length) = self.orbit.interval(self.index);
        ((time / self.orbit.period - self.turn as f64 - begin) / length).clamp(0.0, 1.0)
    }
}

impl Piece for OrbitPiece<'_> {
    fn span(&self) -> (f64, f64) {
        let at = |n: usize| self.orbit.period * (self.turn as f64 + self.orbit.mesh[n]);
        (at(self.index), at(self.index + 1))
    }

    fn dimension(&self) -> usize {
        self.orbit.dimension
    }

    fn value(&self, component: usize, time: f64) -> f64 {
        self.sum(component, &self.orbit.basis.at(self.place(time)))
    }

    fn slope(&self, component: usize, time: f64) -> f64 {
        let (_, length) = self.orbit.interval(self.index);
        let slopes = self.orbit.basis.slopes_at(self.place(time));
        self.sum(component, &slopes) / (length * self.orbit.period)
    }
}
