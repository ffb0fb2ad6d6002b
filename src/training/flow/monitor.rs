//! What is watched along a flow: rates of change, sharpness, kernels, laws of balance.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::gradient_flow::Place;
use super::{FlowError, GradientFlow};
use crate::networks::deep::DeepNetwork;
use crate::numerics::matrix::largest_eigenvalue;

/// Relative accuracy of the eigenvalues found by iteration.
const TOLERANCE: f64 = 1e-4;

/// One look at a flow.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The loss.
    pub loss: f64,
    /// `|grad L|^2 = -dL/dt` along the flow.
    pub decay: f64,
    /// `r^T Theta r`, the same through the kernel; their difference is rounding.
    pub kernel_decay: f64,
    /// Largest eigenvalue of the Hessian of the loss. Descent at a rate `eta` is stable below
    /// `2 / eta`, and drives it there (J. M. Cohen et al., ICLR 2021, arXiv:2103.00065).
    pub sharpness: f64,
    /// Largest eigenvalue of `Theta`; for squared loss the sharpness where residuals are small.
    pub kernel_top: f64,
}

/// Reads all monitors; some ten products with the Hessian and the kernel each.
///
/// # Errors
/// Those of the model, or an iteration that does not converge.
pub fn read(flow: &GradientFlow<'_>, parameters: &[f64]) -> Result<Reading, FlowError> {
    let (loss, gradient) = flow.gradient(parameters)?;
    let place = flow.linearise(parameters)?;
    let r = flow.loss().slope(place.outputs(), flow.targets());
    let slope = DVector::from_column_slice(r.as_slice());
    let through_kernel = place.push(&gradient)?;
    Ok(Reading {
        loss,
        decay: gradient.iter().map(|g| g * g).sum(),
        kernel_decay: through_kernel.dot(&slope),
        sharpness: sharpness(flow, parameters)?,
        kernel_top: top(&place, flow.targets())?,
    })
}

/// Largest eigenvalue of the Hessian of the loss, by Lanczos iteration from the gradient.
///
/// # Errors
/// Those of the model, or an iteration that does not converge.
pub fn sharpness(flow: &GradientFlow<'_>, parameters: &[f64]) -> Result<f64, FlowError> {
    let (_, gradient) = flow.gradient(parameters)?;
    let start = spread(gradient);
    largest_eigenvalue(&start, TOLERANCE, |v| flow.hessian_product(parameters, v))
}

/// Largest eigenvalue of the tangent kernel, by Lanczos iteration without the kernel.
///
/// # Errors
/// Those of the model, or an iteration that does not converge.
pub fn kernel_top(flow: &GradientFlow<'_>, parameters: &[f64]) -> Result<f64, FlowError> {
    top(&flow.linearise(parameters)?, flow.targets())
}

fn top(place: &Place<'_>, targets: &DMatrix<f64>) -> Result<f64, FlowError> {
    let start = spread(targets.as_slice().to_vec());
    largest_eigenvalue(&start, TOLERANCE, |v| {
        let pulled = place.pull(v)?;
        Ok(place.push(&pulled)?.as_slice().to_vec())
    })
}

/// A start with a part in every direction.
fn spread(mut start: Vec<f64>) -> Vec<f64> {
    let size = start.iter().map(|x| x * x).sum::<f64>().sqrt();
    let typical = if size > 0.0 { size } else { 1.0 } / (start.len() as f64).sqrt();
    for (i, x) in start.iter_mut().enumerate() {
        *x += 0.3 * typical * (1.0 + (0.7 + 1.3 * i as f64).sin());
    }
    start
}

/// What the flow of a rectifier network conserves: for every hidden unit of its fully connected
/// layers, the squared norm of the weights into it and of its bias minus that of the weights out
/// of it. One vector a hidden layer.
///
/// Exactly constant under the flow for activations with `phi(u) = u phi'(u)` (identity, ReLU, leaky
/// ReLU); an explicit step of size `h` changes it by `h^2` times the difference of the squared
/// gradients. S. S. Du, W. Hu, J. D. Lee, `NeurIPS` 31 (2018), arXiv:1806.00900.
#[must_use]
pub fn unit_balance(network: &DeepNetwork, parameters: &[f64]) -> Vec<DVector<f64>> {
    let pairs = network.layers().windows(2);
    let dense = pairs.filter(|pair| pair.iter().all(|layer| layer.pixels == 1));
    dense
        .map(|pair| {
            let (into, out) = (
                pair[0].weight_matrix(parameters),
                pair[1].weight_matrix(parameters),
            );
            let bias = pair[0].bias_vector(parameters);
            DVector::from_fn(pair[0].outputs, |unit, _| {
                let bias = bias.get(unit).map_or(0.0, |b| b * b);
                into.row(unit).norm_squared() + bias - out.column(unit).norm_squared()
            })
        })
        .collect()
}

/// What the flow of a linear network without biases conserves: `W_{l+1}^T W_{l+1} - W_l W_l^T` for
/// every hidden layer. S. Arora, N. Cohen, E. Hazan, ICML 2018, arXiv:1802.06509.
#[must_use]
pub fn linear_balance(network: &DeepNetwork, parameters: &[f64]) -> Vec<DMatrix<f64>> {
    let pairs = network.layers().windows(2);
    let dense = pairs.filter(|pair| pair.iter().all(|layer| layer.pixels == 1));
    dense
        .map(|pair| {
            let (into, out) = (
                pair[0].weight_matrix(parameters),
                pair[1].weight_matrix(parameters),
            );
            out.tr_mul(&out) - into * into.transpose()
        })
        .collect()
}
