//! Implicit steps of the weights: a regression against the values of the batch at every step.

use nalgebra::DMatrix;

use crate::networks::NetworkError;
use crate::networks::predictive::PredictiveNetwork;
use crate::networks::predictive::product::{multiply, outer};
use crate::numerics::matrix::{View, factorise, gram};

/// One implicit step `h` of the flow `M' = <e s^T> - lambda_w M` with the values held: the minimum of
///
/// ```text
/// 1/(2 B Sigma) |v_l - a M s_{l+1} - b|^2 + lambda_w/2 |M|^2 + 1/(2h) |M - M_old|^2
/// ```
///
/// that is, with `c = lambda_w + 1/h`, `M_0 = M_old / (h c)` and the predictors `s = a s_{l+1}`,
/// `M = M_0 + (v_l - M_0 s - b) (s^T s + B Sigma c I)^-1 s^T`: one system of the size of the batch.
/// Stable for any `h`; a small `h` is the explicit step, and its fixed point for a whole data set is
/// that of the flow. Ours. Cost: three products and a factorisation of `B x B` a layer.
pub(super) fn step(
    network: &mut PredictiveNetwork,
    values: &[DMatrix<f64>],
    decay: f64,
    h: f64,
) -> Result<(), NetworkError> {
    let samples = values[0].ncols();
    let c = decay + 1.0 / h;
    for layer in 0..network.last() {
        let mut s = values[layer + 1].clone();
        network.activation(layer + 1).apply(&mut s);
        s *= network.gain(layer);
        let mut system = gram(1.0, View::from(&s).transposed());
        let ridge = samples as f64 * network.variance(layer) * c;
        for k in 0..samples {
            system[(k, k)] += ridge;
        }
        let system = factorise(system).map_err(|_| NetworkError::Singular { layer })?;
        let half = system.inverse_lower();
        let mut errors = values[layer].clone();
        for mut column in errors.column_iter_mut() {
            column -= network.bias(layer);
        }
        let mut predicted = DMatrix::zeros(errors.nrows(), samples);
        multiply(1.0 / (h * c), network.prediction(layer), &s, &mut predicted);
        errors -= &predicted;
        let half_solved = outer(1.0, &errors, &half);
        let mut solved = predicted;
        multiply(1.0, &half_solved, &half, &mut solved);
        let term = outer(1.0, &solved, &s);
        network.update(layer, |m, _, _| {
            *m /= h * c;
            *m += term;
        });
    }
    Ok(())
}
