//! Partial derivatives of impulse networks by their present and delayed states.

use super::{Feedback, ImpulseNetwork, ImpulseParameters};
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
            h,
            lambda,
            feedback,
            synapse_exponent,
            coupling,
            electrical,
            ..
        } = self.parameters();
        let n = self.neurons();
        jacobian.fill(0.0);
        let heard_block = if *h > 0.0 { 2 * n * n } else { 0 };
        let heard = if *h > 0.0 { delayed.state(1) } else { state };
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
            jacobian[n * n + j * n + j] = by_gate * lambda * gate * (1.0 - gate);
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
