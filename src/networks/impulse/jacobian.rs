//! Partial derivatives of impulse networks by their present and delayed states.

use crate::networks::{Feedback, ImpulseNetwork, ImpulseParameters};
use crate::numerics::sigmoid::logistic;
use crate::solver::Delayed;

impl ImpulseNetwork {
    /// The blocks of [`DelayField::jacobian`](crate::solver::DelayField::jacobian).
    pub(super) fn partial_derivatives(
        &self,
        state: &[f64],
        delayed: Delayed<'_>,
        jacobian: &mut [f64],
    ) {
        let ImpulseParameters {
            a,
            c,
            lambda,
            feedback,
            synapse_exponent,
            coupling,
            electrical,
            ..
        } = self.parameters();
        let n = self.neurons();
        jacobian.fill(0.0);
        let heard_block = self.heard_lag().map_or(0, |lag| (1 + lag) * n * n);
        let heard = self.heard_state(state, delayed);
        let steepness = lambda * synapse_exponent;
        let mut input: Vec<f64> = heard.iter().map(|x| logistic(steepness * x)).collect();
        let opening: Vec<f64> = input.iter().map(|g| steepness * g * (1.0 - g)).collect();
        coupling.gather(&mut input);
        for s in 0..n {
            // A unit gate gives the column of weights.
            let mut weights = vec![0.0; n];
            weights[s] = 1.0;
            coupling.gather(&mut weights);
            for (j, weight) in weights.iter().enumerate() {
                jacobian[heard_block + s * n + j] +=
                    self.strength(j) * (c[j] - state[j]) * weight * opening[s];
            }
        }
        for j in 0..n {
            jacobian[j * n + j] -= self.strength(j) * input[j];
            let gate = logistic(lambda * delayed.state(0)[j]);
            let by_gate = match feedback {
                Feedback::Threshold => {
                    let below = 1.0 - gate * (1.0 - 1.0 / a[j]);
                    -(1.0 + 1.0 / a[j]) / (below * below)
                }
                Feedback::Mean => -(1.0 + a[j]),
            };
            jacobian[n * n + j * n + j] += by_gate * lambda * gate * (1.0 - gate);
            if *electrical > 0.0 {
                for s in (0..n).filter(|s| *s != j) {
                    let flow = electrical * (lambda * (state[s] - state[j])).exp();
                    jacobian[s * n + j] += flow;
                    jacobian[j * n + j] -= flow;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::Coupling;
    use crate::solver::DelayField;

    /// Against central differences, for every coupling, with and without a synaptic delay.
    #[test]
    fn the_jacobian_is_the_derivative() {
        let weights = nalgebra::DMatrix::from_fn(3, 3, |j, s| 0.3 * j as f64 - 0.2 * s as f64);
        for (h, lags) in [(0.0, 1), (0.5, 2), (1.0, 1)] {
            for (coupling, feedback) in [
                (Coupling::AllToAll { self_term: false }, Feedback::Threshold),
                (Coupling::Ring, Feedback::Mean),
                (Coupling::Weights(weights.clone()), Feedback::Threshold),
            ] {
                let mut parameters = ImpulseParameters::homogeneous(3, 2.0, 0.7, -1.5, h);
                (parameters.lambda, parameters.electrical) = (3.0, 0.2);
                (parameters.coupling, parameters.feedback) = (coupling, feedback);
                let network = ImpulseNetwork::new(parameters).unwrap();
                assert_eq!(DelayField::lags(&network).len(), lags);
                let state = [0.1, -0.4, 0.3];
                let late = [0.2, -0.1, 0.05, -0.3, 0.25, 0.4];
                let late = &late[..3 * lags];
                let mut found = vec![0.0; (1 + late.len() / 3) * 9];
                network.jacobian(0.0, &state, Delayed::new(late, 3), &mut found);
                for (place, entry) in found.iter().enumerate() {
                    let (column, row) = (place / 3, place % 3);
                    let moved = |step: f64| {
                        let (mut state, mut late) = (state, late.to_vec());
                        if column < 3 {
                            state[column] += step;
                        } else {
                            late[column - 3] += step;
                        }
                        let mut slope = [0.0; 3];
                        network.derivative(0.0, &state, Delayed::new(&late, 3), &mut slope);
                        slope[row]
                    };
                    let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
                    assert!((entry - slope).abs() < 1e-8, "{h} {place}: {entry} {slope}");
                }
            }
        }
    }
}
