//! The modes of a deep linear network along its gradient flow, beside their closed form.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use super::whitened::WhitenedData;
use super::{
    FlowError, FlowMethod, GradientFlow, Squared, deep_linear_mode, follow, linear_balance,
};
use crate::networks::Activation;
use crate::networks::deep::{
    Architecture, DeepNetwork, DifferentiableModel, Parameterisation, haar,
};
use crate::numerics::random::stream;
use crate::numerics::worst::worst;
use crate::solver::{Options, Save};

/// A linear network that is to learn a map with given singular values, aligned with it at the start.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearTask {
    /// Layers of weights.
    pub layers: usize,
    /// Singular values of the target, all different.
    pub singular_values: Vec<f64>,
    /// Strength of every mode at the start.
    pub start: f64,
    /// Seed of the singular vectors and of the rotations between layers.
    pub seed: u64,
}

/// The modes of one network along its flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinearModes {
    /// Layers of weights.
    pub layers: usize,
    /// `measured[time][mode]`, in the order of the singular values.
    pub measured: Vec<Vec<f64>>,
    /// The same by the closed form.
    pub exact: Vec<Vec<f64>>,
    /// Largest difference of the two.
    pub largest_error: f64,
    /// Largest entry of the conserved matrices `W_l W_l^T - W_{l+1}^T W_{l+1}`; zero at the start.
    pub imbalance: f64,
    /// Gradients taken.
    pub gradients: u64,
}

impl LinearTask {
    /// Largest rate of the flow, `L s^(2 - 2/L)` for `L` layers and the largest singular value `s` (or 1,
    /// if that is larger): the sharpness where `s` is learnt, which an explicit step must resolve.
    #[must_use]
    pub fn stiffness(&self) -> f64 {
        let (layers, largest) = (self.layers as f64, self.singular_values.iter().copied());
        layers * largest.fold(1.0, f64::max).powf(2.0 - 2.0 / layers)
    }

    /// Follows the flow through `times`, ascending.
    ///
    /// The weights begin as `W_l = R_{l+1} start^(1/L) R_l^T` with random rotations, of which the outer
    /// ones are the singular vectors of the target, so that modes do not mix: A. M. Saxe, J. L.
    /// `McClelland`, S. Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear
    /// neural networks", ICLR 2014, arXiv:1312.6120.
    ///
    /// # Errors
    /// Those of [`follow`], and of a closed form that is not there.
    pub fn modes(
        &self,
        times: &[f64],
        method: FlowMethod,
        tolerance: f64,
    ) -> Result<LinearModes, FlowError> {
        let values = &self.singular_values;
        let size = values.len();
        let [right, left] = [0, self.layers].map(|index| self.rotation(index));
        let strengths = DMatrix::from_diagonal(&DVector::from_column_slice(values));
        let data = WhitenedData {
            inputs: DMatrix::identity(size, size),
            targets: (&left * strengths * right.transpose()).transpose(),
            singular_values: values.clone(),
            left,
            right,
        };
        self.modes_of(&data, times, method, tolerance)
    }

    /// A random rotation between layers.
    fn rotation(&self, index: usize) -> DMatrix<f64> {
        let size = self.singular_values.len();
        let mut random = stream(self.seed, "rotations", index as u64);
        haar(size, size, &mut random)
    }

    /// Follows the flow of a network that learns whitened data, whose singular values are those of the task: as
    /// [`modes`](LinearTask::modes), with the singular vectors of the data.
    ///
    /// # Errors
    /// As [`modes`](LinearTask::modes).
    pub fn modes_of(
        &self,
        data: &WhitenedData,
        times: &[f64],
        method: FlowMethod,
        tolerance: f64,
    ) -> Result<LinearModes, FlowError> {
        let (layers, values) = (self.layers, &self.singular_values);
        let WhitenedData {
            inputs, targets, ..
        } = data;
        let network = DeepNetwork::new(Architecture {
            activation: Activation::Identity,
            parameterisation: Parameterisation::Standard,
            ..Architecture::fully_connected(
                inputs.ncols(),
                &vec![values.len(); layers - 1],
                targets.ncols(),
            )
        })?;
        let inner = (1..layers).map(|index| self.rotation(index));
        let first = std::iter::once(data.right.clone());
        let rotations: Vec<DMatrix<f64>> = first.chain(inner).chain([data.left.clone()]).collect();
        let scale = self.start.powf(1.0 / layers as f64);
        let weights = |pair: &[DMatrix<f64>]| {
            let weights = &pair[1] * pair[0].transpose() * scale;
            weights.as_slice().to_vec()
        };
        let start: Vec<f64> = rotations.windows(2).flat_map(weights).collect();
        let flow = GradientFlow::new(&network, inputs, targets, &Squared)?;
        let options = Options {
            absolute_tolerance: tolerance,
            ..Options::with_tolerance(tolerance)
        };
        let end = times.last().copied().unwrap_or(0.0);
        let run = follow(
            &flow,
            &start,
            end,
            method,
            &options,
            &Save::At(times.to_vec()),
        )?;

        let mut measured = Vec::with_capacity(times.len());
        let mut imbalance = 0.0_f64;
        for index in 0..times.len() {
            let map = map_of(&network, run.state(index), inputs.ncols())?;
            // In the bases of the target the map stays diagonal.
            let aligned = data.left.tr_mul(&map) * &data.right;
            measured.push(aligned.diagonal().as_slice().to_vec());
            for balance in linear_balance(&network, run.state(index)) {
                imbalance = worst(balance.iter().map(|b| b.abs()).chain([imbalance]));
            }
        }
        let modes = values
            .iter()
            .map(|s| deep_linear_mode(*s, self.start, layers, times));
        let modes = modes.collect::<Result<Vec<_>, _>>()?;
        let at = |index: usize| modes.iter().map(|mode| mode[index]).collect();
        let exact: Vec<Vec<f64>> = (0..times.len()).map(at).collect();
        let pairs = measured.iter().flatten().zip(exact.iter().flatten());
        Ok(LinearModes {
            layers,
            largest_error: worst(pairs.map(|(a, b)| (a - b).abs())),
            measured,
            exact,
            imbalance,
            gradients: run.statistics.evaluations,
        })
    }
}

/// The linear map of a network: what it makes of the unit vectors.
fn map_of(
    network: &DeepNetwork,
    parameters: &[f64],
    size: usize,
) -> Result<DMatrix<f64>, FlowError> {
    let units = DMatrix::identity(size, size);
    Ok(network.outputs(parameters, &units)?.transpose())
}
