//! Fixed-step schemes of the literature, for comparison, with their stability limit.

use serde::{Deserialize, Serialize};

use super::relax::{Equilibrium, Method, RelaxOptions, Relaxation};
use super::{ErrorNodes, PredictiveFlow, State, spectrum};
use crate::networks::NetworkError;
use crate::numerics::quasi_newton::Round;

/// An explicit scheme with a fixed step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// Forward Euler, as in the published codes.
    #[default]
    Euler,
    /// Heun's second-order method.
    Heun,
    /// The classical fourth-order method.
    RungeKutta4,
}

impl Scheme {
    /// Name for messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Euler => "Euler's scheme",
            Self::Heun => "Heun's scheme",
            Self::RungeKutta4 => "the classical Runge-Kutta scheme",
        }
    }

    /// Evaluations of the right-hand side a step.
    #[must_use]
    pub fn evaluations(self) -> u64 {
        match self {
            Self::Euler => 1,
            Self::Heun => 2,
            Self::RungeKutta4 => 4,
        }
    }

    /// Order of convergence, which is also the degree of the stability polynomial.
    #[must_use]
    pub fn order(self) -> u32 {
        match self {
            Self::Euler => 1,
            Self::Heun => 2,
            Self::RungeKutta4 => 4,
        }
    }

    /// Advances a state by one step of the flow.
    ///
    /// With instantaneous errors those of `state` are left as they were at the last stage.
    pub fn step(self, flow: &PredictiveFlow<'_>, state: &mut State, step: f64) {
        let mut work = Work::new(flow);
        flow.derivative(state, &mut work.stages[0]);
        self.advance(flow, state, step, &mut work);
    }

    /// One step, given the first stage.
    fn advance(self, flow: &PredictiveFlow<'_>, state: &mut State, step: f64, work: &mut Work) {
        let Work { stages, probe } = work;
        let mut stage = |from: usize, weight: f64, state: &State| {
            probe.clone_from(state);
            probe.add(weight * step, &stages[from]);
            flow.derivative(probe, &mut stages[from + 1]);
        };
        let weights: &[f64] = match self {
            Self::Euler => &[1.0],
            Self::Heun => {
                stage(0, 1.0, state);
                &[0.5, 0.5]
            }
            Self::RungeKutta4 => {
                stage(0, 0.5, state);
                stage(1, 0.5, state);
                stage(2, 1.0, state);
                &[1.0 / 6.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 6.0]
            }
        };
        for (weight, stage) in weights.iter().zip(&work.stages) {
            state.add(weight * step, stage);
        }
    }
}

struct Work {
    stages: Vec<State>,
    probe: State,
}

impl Work {
    fn new(flow: &PredictiveFlow<'_>) -> Self {
        let zero = State::zero(flow.network(), flow.samples());
        Self {
            stages: vec![zero.clone(); 4],
            probe: zero,
        }
    }
}

/// Rounds between two entries of the history.
const WATCH: u64 = 10;

pub(super) fn relax(
    flow: &PredictiveFlow<'_>,
    state: &mut State,
    options: &RelaxOptions,
    scheme: Scheme,
    step: f64,
) -> Result<Relaxation, NetworkError> {
    if !(step > 0.0 && step.is_finite()) {
        return Err(NetworkError::OutOfRange {
            name: "step",
            value: step,
            requirement: "a step is positive and finite",
        });
    }
    let tau = flow.dynamics().tau;
    if !(step > 0.0 && step.is_finite()) {
        return Err(NetworkError::OutOfRange {
            name: "step",
            value: step,
            requirement: "a step is positive and finite",
        });
    }
    let unstable = |limit: f64| NetworkError::UnstableStep {
        scheme: scheme.name(),
        step,
        limit,
    };
    // The linearisation of a linear network is the network: the step is judged before it is taken.
    let limit = spectrum::stable_step(flow, state, scheme);
    if super::direct::is_linear(flow.network()) && flow.has_energy() && step > limit {
        return Err(unstable(limit));
    }
    if flow.dynamics().errors == ErrorNodes::Instantaneous {
        flow.settle_errors(state);
    }
    let mut work = Work::new(flow);
    let samples = flow.samples();
    let mut evaluations = vec![0; samples];
    let mut residual = vec![f64::INFINITY; samples];
    let mut history = Vec::new();
    let (mut taken, mut smallest) = (0, f64::INFINITY);
    loop {
        flow.derivative(state, &mut work.stages[0]);
        taken += 1;
        for sample in 0..samples {
            if residual[sample] > options.tolerance {
                let squares = work.stages[0].values.iter().chain(&work.stages[0].errors);
                let squares: f64 = squares.map(|m| m.column(sample).norm_squared()).sum();
                residual[sample] = tau * squares.sqrt();
                evaluations[sample] = taken;
            }
        }
        let worst =
            residual.iter().copied().fold(
                0.0,
                |a: f64, b| {
                    if b.is_nan() { f64::INFINITY } else { a.max(b) }
                },
            );
        let done = worst <= options.tolerance || taken >= options.maximum_evaluations;
        if done || (taken / scheme.evaluations()).is_multiple_of(WATCH) {
            let energy = flow.energy(state).iter().sum::<f64>() / samples as f64;
            history.push(Round {
                evaluations: taken,
                residual: worst,
                energy,
            });
        }
        if !worst.is_finite() || worst > 1e8 * smallest.max(1.0) {
            return Err(unstable(limit));
        }
        smallest = smallest.min(worst);
        if done {
            break;
        }
        scheme.advance(flow, state, step, &mut work);
        taken += scheme.evaluations() - 1;
    }
    // A bounded oscillation is an unstable step as well, where the linearisation says so.
    if step > limit && residual.iter().any(|r| *r > options.tolerance) {
        return Err(unstable(limit));
    }
    let energy = flow.energy(state);
    let equilibria = (0..samples).map(|k| Equilibrium {
        converged: residual[k] <= options.tolerance,
        residual: residual[k],
        evaluations: evaluations[k],
        energy: energy[k],
    });
    Ok(Relaxation {
        method: Method::Explicit { scheme, step },
        samples: equilibria.collect(),
        evaluations: taken,
        history,
    })
}
