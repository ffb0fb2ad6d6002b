//! Newton's method on the steady-state equation, by elimination from layer to layer.
//!
//! Only neighbouring layers interact, so the Jacobian is block tridiagonal and is eliminated from
//! the class upwards, at the cost of one LU factorisation a layer instead of one of the whole.

use nalgebra::linalg::LU;
use nalgebra::{DMatrix, DVector, Dyn};

use super::relax::{Equilibrium, RelaxOptions, Relaxation};
use super::{Activation, PredictiveFlow, PredictiveNetwork, State};
use crate::networks::NetworkError;
use crate::numerics::quasi_newton::Round;
use crate::numerics::worst::worst;

/// Whether every activation is the identity.
pub(super) fn is_linear(network: &PredictiveNetwork) -> bool {
    (1..=network.last()).all(|layer| network.activation(layer) == Activation::Identity)
}

/// A Jacobian, eliminated.
struct Eliminated {
    pivots: Vec<LU<f64, Dyn, Dyn>>,
    /// Blocks from the layer below and to the layer above.
    lower: Vec<DMatrix<f64>>,
    /// `T_l^-1 A_{l,l+1}`.
    upper: Vec<DMatrix<f64>>,
}

pub(super) fn relax(
    flow: &PredictiveFlow<'_>,
    state: &mut State,
    options: &RelaxOptions,
) -> Result<Relaxation, NetworkError> {
    let network = flow.network();
    if (1..=network.last()).any(|l| network.activation(l) == Activation::Softmax) {
        return Err(NetworkError::Contradiction {
            first: "Newton's method",
            second: "softmax",
            reason: "it couples the neurons of a layer; use tied feedback and quasi-Newton",
        });
    }
    // A linear network has one Jacobian for all samples, eliminated once.
    let shared = if is_linear(network) {
        Some(eliminate(flow, state, None, 0)?)
    } else {
        None
    };
    let samples = flow.samples();
    let mut evaluations = vec![1; samples];
    let mut history = Vec::new();
    let mut active = vec![true; samples];
    let mut residual = flow.residual(state);
    let search = Search::new(flow);
    let mut leaps = vec![0; samples];
    loop {
        let energy = flow.energy(state);
        history.push(Round {
            evaluations: evaluations.iter().copied().max().unwrap_or(0),
            residual: worst(residual.iter().copied()),
            energy: energy.iter().sum::<f64>() / samples as f64,
        });
        for sample in 0..samples {
            active[sample] &= residual[sample] > options.tolerance
                && evaluations[sample] < options.maximum_evaluations;
        }
        if !active.contains(&true) {
            let equilibria = (0..samples).map(|k| Equilibrium {
                converged: residual[k] <= options.tolerance,
                residual: residual[k],
                evaluations: evaluations[k],
                energy: energy[k],
            });
            return Ok(Relaxation {
                method: options.method,
                samples: equilibria.collect(),
                evaluations: evaluations.iter().copied().max().unwrap_or(0),
                history,
            });
        }
        let mut slope = State::zero(network, samples);
        let mut scratch = state.clone();
        flow.settle_errors(&mut scratch);
        flow.velocities_at(&scratch, &mut slope);
        let mut steps = State::zero(network, samples);
        for sample in (0..samples).filter(|k| active[*k]) {
            let right = (0..=network.last())
                .map(|l| -slope.values[l].column(sample))
                .collect();
            let step = match &shared {
                Some(eliminated) => eliminated.solve(right)?,
                None => eliminate(flow, state, Some(&slope), sample)?.solve(right)?,
            };
            for (layer, step) in step.into_iter().enumerate() {
                steps.values[layer].set_column(sample, &step);
            }
        }
        let mut waiting = active.clone();
        search.advance(
            state,
            &steps,
            &slope,
            &mut residual,
            &mut evaluations,
            &mut waiting,
        );
        if search.bends && search.descends {
            // The projected step of Newton's method need not descend; the flow does.
            search.advance(
                state,
                &slope,
                &slope,
                &mut residual,
                &mut evaluations,
                &mut waiting,
            );
        } else if search.bends {
            search.leap(
                state,
                &steps,
                &slope,
                &mut residual,
                &mut waiting,
                &mut leaps,
            );
        }
        for (active, waiting) in active.iter_mut().zip(waiting) {
            *active &= !waiting;
        }
    }
}

/// Halvings of a step before it is given up.
const HALVINGS: usize = 30;

/// Steps across kinks that a sample may take without a lower residual, where there is no energy to
/// judge them by: residuals jump at kinks. Measured: of 400 samples of small random networks of leaky
/// rectifiers with free feedback 73 fail without them, none with as many.
const LEAPS: u32 = 50;

/// What a step is judged by.
struct Search<'a> {
    flow: &'a PredictiveFlow<'a>,
    /// Whether an activation has a kink.
    bends: bool,
    /// Whether there is an energy.
    descends: bool,
}

impl<'a> Search<'a> {
    fn new(flow: &'a PredictiveFlow<'a>) -> Self {
        let network = flow.network();
        Self {
            flow,
            bends: (1..=network.last()).any(|l| network.activation(l).kink().is_some()),
            descends: flow.has_energy(),
        }
    }

    /// The state `length` steps on. A value that would cross a kink stops on it, and leaves it to
    /// the side to which it is driven.
    fn trial(&self, state: &State, steps: &State, slope: &State, length: f64) -> State {
        let mut trial = state.clone();
        trial.add(length, steps);
        for layer in 1..=self.flow.network().last() {
            if self.flow.network().activation(layer).kink().is_none() {
                continue;
            }
            let from = state.values[layer].iter().zip(&slope.values[layer]);
            for (to, (from, driven)) in trial.values[layer].iter_mut().zip(from) {
                let side = if *from == 0.0 { driven } else { from };
                if *to * side <= 0.0 {
                    *to = 0.0;
                }
            }
        }
        trial
    }

    /// Halves the step of every waiting sample until its residual falls, or its energy where values
    /// may stop on kinks; a sample that cannot goes on waiting.
    fn advance(
        &self,
        state: &mut State,
        steps: &State,
        slope: &State,
        residual: &mut [f64],
        evaluations: &mut [u64],
        waiting: &mut [bool],
    ) {
        let by_energy = self.bends && self.descends;
        let energy = |state: &State| by_energy.then(|| self.flow.energy(state));
        let before = energy(state);
        let mut length = 1.0;
        for _ in 0..HALVINGS {
            if !waiting.contains(&true) {
                return;
            }
            let trial = self.trial(state, steps, slope, length);
            let found = self.flow.residual(&trial);
            let energies = before.as_ref().zip(energy(&trial));
            for sample in 0..found.len() {
                if !waiting[sample] {
                    continue;
                }
                evaluations[sample] += 1;
                let falls = found[sample] < residual[sample];
                let better = energies.as_ref().map_or(falls, |(before, after)| {
                    let fall = before[sample] - after[sample];
                    // below the last digits of the energy, residuals decide
                    let noise = 1e-13 * before[sample].abs();
                    fall > noise || (fall >= -noise && falls)
                });
                if better {
                    take(sample, state, &trial);
                    residual[sample] = found[sample];
                    waiting[sample] = false;
                }
            }
            length *= 0.5;
        }
    }

    /// Takes whole steps of the samples that wait, as long as they may leap.
    fn leap(
        &self,
        state: &mut State,
        steps: &State,
        slope: &State,
        residual: &mut [f64],
        waiting: &mut [bool],
        leaps: &mut [u32],
    ) {
        let trial = self.trial(state, steps, slope, 1.0);
        let found = self.flow.residual(&trial);
        for sample in 0..found.len() {
            if waiting[sample] && leaps[sample] < LEAPS && found[sample].is_finite() {
                leaps[sample] += 1;
                take(sample, state, &trial);
                residual[sample] = found[sample];
                waiting[sample] = false;
            }
        }
    }
}

/// Copies the values of one sample.
fn take(sample: usize, state: &mut State, from: &State) {
    for (to, from) in state.values.iter_mut().zip(&from.values) {
        to.set_column(sample, &from.column(sample));
    }
}

impl Eliminated {
    fn solve(&self, mut right: Vec<DVector<f64>>) -> Result<Vec<DVector<f64>>, NetworkError> {
        let singular = |layer| NetworkError::Singular { layer };
        for layer in 0..right.len() {
            if layer > 0 {
                let below = right[layer - 1].clone();
                right[layer] -= &self.lower[layer - 1] * below;
            }
            let solved = self.pivots[layer].solve(&right[layer]);
            right[layer] = solved.ok_or_else(|| singular(layer))?;
        }
        for layer in (1..right.len()).rev() {
            let above = right[layer].clone();
            right[layer - 1] -= &self.upper[layer - 1] * above;
        }
        Ok(right)
    }
}

/// The Jacobian of `tau v'` at one sample, eliminated; held neurons, and those that stay on a kink,
/// get the identity. With the velocities of `slope`, one that leaves its kink has the slope of the
/// side to which it goes.
fn eliminate(
    flow: &PredictiveFlow<'_>,
    state: &State,
    slope: Option<&State>,
    sample: usize,
) -> Result<Eliminated, NetworkError> {
    let (network, clamp, dynamics) = (flow.network(), flow.clamp(), flow.dynamics());
    let last = network.last();
    let mut settled = None;
    let (mut pivots, mut lower, mut upper) = (Vec::new(), Vec::new(), Vec::<DMatrix<f64>>::new());
    for layer in 0..=last {
        let size = network.sizes()[layer];
        // Where a neuron stands on a kink: the velocity off it.
        let off_kink = |l: usize, i: usize| {
            let on_kink = l > 0
                && state.values[l][(i, sample)] == 0.0
                && network.activation(l).kink().is_some();
            slope.filter(|_| on_kink).map(|s| s.values[l][(i, sample)])
        };
        let stays = |i: usize| clamp.is_held(layer, i) || off_kink(layer, i) == Some(0.0);
        let weight = |mask: &[f64]| -> Vec<f64> {
            let each = mask.iter().enumerate();
            each.map(|(i, w)| if stays(i) { 0.0 } else { *w }).collect()
        };
        let (alpha, beta) = (weight(&clamp.alpha[layer]), weight(&clamp.beta[layer]));
        let derivatives = |l: usize, i: usize| {
            let activation = network.activation(l);
            match (off_kink(l, i), activation.kink()) {
                (Some(velocity), Some((_, right))) if velocity > 0.0 => (right, 0.0),
                _ => {
                    let v = state.values[l][(i, sample)];
                    activation.derivatives(v).unwrap_or((1.0, 0.0))
                }
            }
        };
        let precision = 1.0 / network.variance(layer);
        let mut block = DMatrix::zeros(size, size);
        if layer > 0 {
            let below = layer - 1;
            let gain = network.gain(below);
            let slopes: Vec<(f64, f64)> = (0..size).map(|i| derivatives(layer, i)).collect();
            // Rows: alpha sigma' W; columns of M: sigma'.
            let mut back = network.feedback(below) * gain;
            for (i, mut row) in back.row_iter_mut().enumerate() {
                row *= alpha[i] * slopes[i].0 / network.variance(below);
            }
            let mut forth = network.prediction(below) * gain;
            for (i, mut column) in forth.column_iter_mut().enumerate() {
                column *= slopes[i].0;
            }
            block.gemm(-1.0, &back, &forth, 0.0);
            if slopes.iter().any(|s| s.1 != 0.0) {
                let errors = settled.get_or_insert_with(|| {
                    let mut settled = state.clone();
                    flow.settle_errors(&mut settled);
                    settled.errors
                });
                let drive = network.feedback(below) * errors[below].column(sample) * gain;
                for i in 0..size {
                    block[(i, i)] += alpha[i] * slopes[i].1 * drive[i];
                }
            }
            lower.push(back);
        }
        for i in 0..size {
            block[(i, i)] -= if stays(i) {
                1.0
            } else {
                let (lambda, hm) = (dynamics.value_decay, dynamics.hidden_multiplicity);
                beta[i] * precision + clamp.decay(layer, i, lambda, hm)
            };
        }
        let scale = block.amax();
        if layer > 0 {
            block -= &lower[layer - 1] * &upper[layer - 1];
        }
        let pivot = block.lu();
        // a linear network has one equilibrium or none: a pivot of rounding size is not a number
        let least = pivot.u().diagonal().amin();
        if is_linear(network) && least <= 100.0 * size as f64 * f64::EPSILON * scale {
            return Err(NetworkError::Singular { layer });
        }
        if layer < last {
            let gain = network.gain(layer) * precision;
            let mut above = network.prediction(layer) * gain;
            for (j, mut column) in above.column_iter_mut().enumerate() {
                column *= derivatives(layer + 1, j).0;
            }
            for (i, mut row) in above.row_iter_mut().enumerate() {
                row *= beta[i];
            }
            let solved = pivot.solve(&above);
            upper.push(solved.ok_or(NetworkError::Singular { layer })?);
        }
        pivots.push(pivot);
    }
    Ok(Eliminated {
        pivots,
        lower,
        upper,
    })
}
