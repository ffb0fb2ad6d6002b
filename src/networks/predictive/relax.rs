//! Relaxation to equilibrium: a tolerance in, a verdict for every sample out.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use super::energy::Energy;
use super::explicit::{self, Scheme};
use super::{PredictiveFlow, State, direct};
use crate::networks::NetworkError;
use crate::numerics::quasi_newton::{EnergyBatch, QuasiNewton, Round, minimise};
use crate::numerics::worst::worst;

/// How to reach the equilibrium.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Newton for linear networks of at most 2,000 values and wherever there is no energy; else
    /// preconditioned, or quasi-Newton where rectifiers have many equilibria beside each other.
    #[default]
    Automatic,
    /// Limited-memory BFGS on the energy; needs `W = M^T`.
    QuasiNewton,
    /// The same with the Hessian of the linearised network for its first metric, one for the whole batch:
    /// an eighth of the evaluations on the network of the benchmark. Where softmax couples neurons there is
    /// no such metric, and it is the quasi-Newton method. Ours.
    Preconditioned,
    /// Newton's method on the steady-state equation, by block elimination from layer to layer; one
    /// step for a linear network. Works for free feedback, where there is no energy.
    Newton,
    /// A fixed-step scheme of the literature, for comparison.
    Explicit {
        /// The scheme.
        scheme: Scheme,
        /// Its step, in the unit of `tau`.
        step: f64,
    },
}

/// Options of [`relax`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RelaxOptions {
    /// A sample has converged when [`PredictiveFlow::residual`] is at most this.
    pub tolerance: f64,
    /// Evaluations of the right-hand side that a sample may take.
    pub maximum_evaluations: u64,
    /// How.
    pub method: Method,
    /// Steps that the quasi-Newton methods remember; the preconditioned one only from the first step on that
    /// does not shorten the residual of a sample fourfold.
    pub memory: usize,
    /// Give back flagged samples instead of an error if some do not converge.
    pub keep_unconverged: bool,
}

impl Default for RelaxOptions {
    /// Tolerance `1e-8`, 20,000 evaluations, automatic choice, memory 10, errors if unconverged.
    fn default() -> Self {
        Self {
            tolerance: 1e-8,
            maximum_evaluations: 20_000,
            method: Method::Automatic,
            memory: 10,
            keep_unconverged: false,
        }
    }
}

/// Where one sample came to rest.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Equilibrium {
    /// Whether the residual is within the tolerance.
    pub converged: bool,
    /// Euclidean norm of `tau v'`.
    pub residual: f64,
    /// Evaluations of the right-hand side (or of energy and gradient) taken.
    pub evaluations: u64,
    /// Energy.
    pub energy: f64,
}

/// What a relaxation gives back beside the state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[must_use]
pub struct Relaxation {
    /// The method that was used.
    pub method: Method,
    /// One verdict a sample.
    pub samples: Vec<Equilibrium>,
    /// Evaluations of the batch, that is of its slowest sample.
    pub evaluations: u64,
    /// Largest residual and mean energy of the batch along the way.
    pub history: Vec<Round>,
}

impl Relaxation {
    /// Whether every sample has converged.
    #[must_use]
    pub fn converged(&self) -> bool {
        self.samples.iter().all(|sample| sample.converged)
    }

    /// Largest residual of the batch.
    #[must_use]
    pub fn residual(&self) -> f64 {
        worst(self.samples.iter().map(|s| s.residual))
    }

    /// Mean energy of the batch.
    #[must_use]
    pub fn energy(&self) -> f64 {
        self.samples.iter().map(|s| s.energy).sum::<f64>() / self.samples.len() as f64
    }
}

/// Values that [`Method::Automatic`] hands to elimination.
const DIRECT: usize = 2_000;

/// Relaxes every sample of `state` to its equilibrium, in place; errors are left settled.
///
/// Held values stay as they are in `state`; pixels that are pulled to `x` are set to it. The
/// tolerance bounds the Euclidean norm of `tau v'` of every sample, so that for a linear network
/// the distance to the equilibrium is at most the residual over the smallest decay rate.
///
/// # Errors
/// [`NetworkError::NotConverged`] unless every sample converged or `keep_unconverged` is set;
/// [`NetworkError::UnstableStep`] for an explicit step beyond its limit; [`NetworkError::Singular`]
/// if the equilibrium of a linear network is not unique; [`NetworkError::Contradiction`] for
/// quasi-Newton without an energy; shapes that do not fit.
///
/// ```
/// use nalgebra::{DMatrix, dmatrix};
/// use pulsatrix::networks::predictive::*;
///
/// // The chain 1 -> z1 -> z2 -> 1 with weights 2, 3, 0.5: z = (8/7, 22/7), energy 4/7.
/// let weights = vec![dmatrix![0.5], dmatrix![3.0], dmatrix![2.0]];
/// let network = PredictiveNetwork::from_matrices(weights, vec![Activation::Identity; 3])?;
/// let one = DMatrix::from_element(1, 1, 1.0);
/// let mut state = State::zero(&network, 1).with_class(&one)?;
/// let clamp = Clamp::learn(&network);
/// let flow = PredictiveFlow::new(&network, clamp, Dynamics::default(), one)?;
/// let found = relax(&flow, &mut state, &RelaxOptions::default())?;
/// assert!(found.converged());
/// assert!((state.values[2][0] - 8.0 / 7.0).abs() < 1e-14);
/// assert!((found.samples[0].energy - 4.0 / 7.0).abs() < 1e-14);
/// # Ok::<(), pulsatrix::networks::NetworkError>(())
/// ```
pub fn relax(
    flow: &PredictiveFlow<'_>,
    state: &mut State,
    options: &RelaxOptions,
) -> Result<Relaxation, NetworkError> {
    flow.check(state)?;
    if !(options.tolerance > 0.0 && options.tolerance.is_finite()) {
        return Err(NetworkError::OutOfRange {
            name: "tolerance",
            value: options.tolerance,
            requirement: "a tolerance is positive and finite",
        });
    }
    let method = choose(flow, options.method)?;
    let mut found = match method {
        Method::Explicit { scheme, step } => {
            let found = explicit::relax(flow, state, options, scheme, step)?;
            flow.settle_errors(state);
            found
        }
        Method::Newton => {
            pin(flow, &mut state.values);
            let found = direct::relax(flow, state, options)?;
            flow.settle_errors(state);
            found
        }
        _ => {
            pin(flow, &mut state.values);
            quasi_newton(flow, state, options, method == Method::Preconditioned)?
        }
    };
    found.method = method;
    let unconverged = found.samples.iter().filter(|s| !s.converged).count();
    if unconverged > 0 && !options.keep_unconverged {
        return Err(NetworkError::NotConverged {
            samples: unconverged,
            batch: found.samples.len(),
            evaluations: found.evaluations,
            residual: found.residual(),
            tolerance: options.tolerance,
        });
    }
    Ok(found)
}

fn choose(flow: &PredictiveFlow<'_>, method: Method) -> Result<Method, NetworkError> {
    let network = flow.network();
    let linear = direct::is_linear(network);
    let small = network.sizes().iter().sum::<usize>() <= DIRECT;
    let bends = (1..=network.last()).any(|l| network.activation(l).kink().is_some());
    Ok(match method {
        Method::Automatic if (linear && small) || !flow.has_energy() => Method::Newton,
        Method::Automatic if bends => Method::QuasiNewton,
        Method::Automatic => Method::Preconditioned,
        Method::QuasiNewton | Method::Preconditioned if !flow.has_energy() => {
            return Err(NetworkError::Contradiction {
                first: "the quasi-Newton method",
                second: "free feedback or clamp weights between 0 and 1",
                reason: "the values descend no energy; use Newton's method",
            });
        }
        chosen => chosen,
    })
}

/// Sets the pixels that nothing but `x` pulls at to `x`, where they rest.
fn pin(flow: &PredictiveFlow<'_>, values: &mut [DMatrix<f64>]) {
    let last = flow.network().last();
    for i in 0..flow.network().image_size() {
        if flow.clamp().is_pinned(last, i) {
            values[last].row_mut(i).copy_from(&flow.image().row(i));
        }
    }
}

fn quasi_newton(
    flow: &PredictiveFlow<'_>,
    state: &mut State,
    options: &RelaxOptions,
    preconditioned: bool,
) -> Result<Relaxation, NetworkError> {
    let start = std::mem::take(&mut state.values);
    let mut energy = Energy::new(flow, start, preconditioned);
    let mut points = energy.pack();
    let mut history = Vec::new();
    if energy.dimension() == 0 {
        state.values = energy.into_values();
        let energies = flow.energy(state);
        let samples = energies.iter().map(|energy| Equilibrium {
            converged: true,
            residual: 0.0,
            evaluations: 0,
            energy: *energy,
        });
        flow.settle_errors(state);
        return Ok(Relaxation {
            method: options.method,
            samples: samples.collect(),
            evaluations: 0,
            history,
        });
    }
    let settings = QuasiNewton {
        memory: options.memory,
        tolerance: options.tolerance,
        maximum_evaluations: options.maximum_evaluations,
    };
    let minima = minimise(&mut energy, &mut points, settings, |round| {
        history.push(round);
    });
    let minima = match minima {
        Ok(minima) => minima,
        Err(error) => {
            state.values = energy.into_values();
            return Err(error.into());
        }
    };
    energy.unpack(&points, state);
    let samples = minima.iter().map(|minimum| Equilibrium {
        converged: minimum.converged,
        residual: minimum.residual,
        evaluations: minimum.evaluations,
        energy: minimum.energy,
    });
    Ok(Relaxation {
        method: options.method,
        samples: samples.collect(),
        evaluations: minima.iter().map(|m| m.evaluations).max().unwrap_or(0),
        history,
    })
}
