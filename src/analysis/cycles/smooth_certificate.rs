//! Cycles of smooth impulse networks by collocation, with their Floquet multipliers.

use super::certificate::{Judged, judge, most_active, onset_spread, patience};
use crate::analysis::{Activity, Certificate, NotCertified, certify};
use crate::networks::{ImpulseNetwork, Pattern};
use crate::solver::{
    CollocationOptions, DelaySolver, Engine, History, Options, PeriodicOrbit, Piece, periodic_orbit,
};

/// How close to 1 a multiplier may be in modulus before stability cannot be told from it.
const MARGIN: f64 = 1e-6;

/// Tolerance of the trajectory that leads to the cycle.
const APPROACH: f64 = 1e-7;

/// Steps of that trajectory that one interval of the first mesh covers.
const STEPS: usize = 5;

/// Follows `network`, whose lambda is finite, from the constant history `state` for `returns` returns, then
/// closes the cycle by collocation and certifies it.
///
/// The counterpart of [`certify`](super::certify): the residual is the largest defect of the equation
/// between collocation points, and multipliers below `1e-3` are left out. An unstable cycle is
/// found if the trajectory passes close by: start it on the symmetry that it has, and take few
/// returns. See [`periodic_orbit`] for method and cost.
///
/// # Errors
/// [`NotCertified`], with what was missing.
///
/// ```
/// use pulsatrix::analysis::{Stability, certify_smooth};
/// use pulsatrix::networks::{ImpulseNetwork, ImpulseParameters};
/// use pulsatrix::solver::CollocationOptions;
///
/// let mut parameters = ImpulseParameters::homogeneous(3, 1.0, 0.5, -44.0, 3.3);
/// parameters.lambda = 20.0;
/// let network = ImpulseNetwork::new(parameters)?;
/// let found = certify_smooth(&network, &[-1.0, -1.0, -40.0], 3, CollocationOptions::default())?;
/// assert_eq!((found.stability, found.pattern), (Stability::Stable, "110".parse()?));
/// assert!((found.trivial - 1.0).abs() < 1e-7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn certify_smooth(
    network: &ImpulseNetwork,
    state: &[f64],
    returns: usize,
    options: CollocationOptions,
) -> Result<Certificate, NotCertified> {
    let path = Path::follow(network, state, returns)?;
    let guess = |time: f64, state: &mut [f64]| path.state(path.begin + time, state);
    let orbit = periodic_orbit(
        network,
        &guess,
        path.period,
        &path.mesh(),
        path.section,
        options,
    )?;
    let multipliers = orbit.multipliers(network)?;
    Ok(describe(&orbit, network.neurons(), multipliers))
}

/// [`certify`] in the relay limit, [`certify_smooth`] with its default options at a finite lambda.
///
/// # Errors
/// [`NotCertified`], with what was missing.
pub fn certify_any(
    network: &ImpulseNetwork,
    state: &[f64],
    returns: usize,
) -> Result<Certificate, NotCertified> {
    if network.is_relay() {
        certify(network, state, returns)
    } else {
        certify_smooth(network, state, returns, CollocationOptions::default())
    }
}

/// The trajectory that leads to the cycle: state and slope at the end of every step.
struct Path {
    times: Vec<f64>,
    states: Vec<Vec<f64>>,
    slopes: Vec<Vec<f64>>,
    /// The last but one onset of the section neuron,
    begin: f64,
    /// and the time to the last one.
    period: f64,
    section: usize,
}

impl Path {
    fn follow(
        network: &ImpulseNetwork,
        state: &[f64],
        returns: usize,
    ) -> Result<Self, NotCertified> {
        let neurons = network.neurons();
        let options = Options::with_tolerance(APPROACH);
        let mut solver = DelaySolver::new(network, History::constant(state), 0.0, options)?;
        let mut activity = Activity::new(0.0, state);
        let mut path = Self {
            times: vec![0.0],
            states: vec![state.to_vec()],
            slopes: vec![vec![0.0; neurons]],
            begin: 0.0,
            period: 0.0,
            section: 0,
        };
        let limit = patience(network) * (returns + 2) as f64;
        loop {
            path.section = most_active(&activity);
            let impulses = activity.impulses(path.section);
            if let [.., before, last] = impulses
                && impulses.len() >= returns.max(2)
            {
                path.begin = before.onset;
                path.period = last.onset - before.onset;
                return Ok(path);
            }
            if solver.time() >= limit {
                return Err(NotCertified::NoReturn {
                    time: solver.time(),
                });
            }
            let piece = solver.advance(limit)?;
            let (begin, end) = piece.span();
            if path.times.len() == 1 {
                path.slopes[0] = (0..neurons).map(|j| piece.slope(j, begin)).collect();
            }
            path.slopes
                .push((0..neurons).map(|j| piece.slope(j, end)).collect());
            activity.watch(piece);
            path.times.push(end);
            path.states.push(solver.state().to_vec());
        }
    }

    /// State at a time, by cubic interpolation between steps.
    fn state(&self, time: f64, state: &mut [f64]) {
        let last = self.times.len() - 1;
        let right = self.times.partition_point(|t| *t < time).clamp(1, last);
        let left = right - 1;
        let length = self.times[right] - self.times[left];
        let s = ((time - self.times[left]) / length).clamp(0.0, 1.0);
        let (p, q) = (s * s * (3.0 - 2.0 * s), s * (1.0 - s));
        for (j, x) in state.iter_mut().enumerate() {
            let rise = (1.0 - s) * self.slopes[left][j] - s * self.slopes[right][j];
            *x = (1.0 - p) * self.states[left][j] + p * self.states[right][j] + q * rise * length;
        }
    }

    /// Ends of intervals as shares of the period, as dense as the steps of the solver.
    fn mesh(&self) -> Vec<f64> {
        let inside = self.times.iter().map(|t| (t - self.begin) / self.period);
        let inside: Vec<f64> = inside
            .filter(|share| *share > 0.0 && *share < 1.0)
            .collect();
        let every = inside.iter().copied().skip(STEPS - 1).step_by(STEPS);
        let mut mesh: Vec<f64> = std::iter::once(0.0).chain(every).chain([1.0]).collect();
        // A last interval much shorter than its neighbours helps nobody.
        let count = mesh.len();
        if count > 3 && mesh[count - 1] - mesh[count - 2] < 1e-3 {
            mesh.remove(count - 2);
        }
        mesh
    }
}

/// Puts together what the orbit shows.
fn describe(orbit: &PeriodicOrbit, neurons: usize, multipliers: Vec<(f64, f64)>) -> Certificate {
    let period = orbit.period;
    let mut start = vec![0.0; neurons];
    orbit.state(0.0, &mut start);
    // Impulses that are under way where the orbit begins are complete in the second turn.
    let mut activity = Activity::new(0.0, &start);
    for turn in 0..3 {
        for interval in 0..orbit.intervals() {
            activity.watch(&orbit.piece(interval, turn));
        }
    }
    let window = (0.5 * period, 1.5 * period);
    let slope = |j: usize, time: f64| {
        let share = time / period;
        let turn = share.floor();
        let at = (0..orbit.intervals()).find(|n| {
            let (_, end) = orbit.piece(*n, turn as usize).span();
            time <= end
        });
        at.map_or(f64::INFINITY, |n| {
            orbit.piece(n, turn as usize).slope(j, time).abs()
        })
    };
    let mut crossing_margin = f64::INFINITY;
    let impulses_per_period: Vec<usize> = (0..neurons)
        .map(|j| {
            let impulses = activity.impulses(j).iter();
            let inside = impulses.filter(|i| i.onset >= window.0 && i.onset < window.1);
            inside
                .map(|impulse| {
                    for time in [impulse.onset, impulse.offset] {
                        crossing_margin = crossing_margin.min(slope(j, time));
                    }
                })
                .count()
        })
        .collect();
    let onsets: Vec<Option<f64>> = (0..neurons)
        .map(|j| {
            let mut impulses = activity.impulses(j).iter();
            let first = impulses.find(|i| i.onset >= window.0 && i.onset < window.1);
            first.map(|impulse| impulse.onset - window.0)
        })
        .collect();
    let pattern: Pattern = impulses_per_period.iter().map(|count| *count > 0).collect();
    let silent = (0..neurons).filter(|j| !pattern[*j]);
    let highest = silent
        .filter_map(|j| activity.maximum(j, window.0, window.1))
        .reduce(f64::max);
    let Judged {
        stability,
        multipliers,
        trivial,
        leading,
    } = judge(multipliers, MARGIN);
    Certificate {
        stability,
        pattern,
        impulses_per_period,
        onset_spread: onset_spread(onsets.iter().copied().flatten(), period),
        onsets,
        period,
        residual: orbit.defect,
        newton_steps: orbit.newton_steps,
        multipliers,
        trivial,
        leading,
        silent_margin: highest.map(|top| -top),
        crossing_margin,
    }
}
