//! Networks of the two base papers.

use nalgebra::{DMatrix, DVector};
use rand::RngExt;

use super::{
    Activation, Clamp, Dynamics, ErrorNodes, Feedback, PredictiveFlow, PredictiveNetwork, State,
};
use crate::networks::NetworkError;
use crate::numerics::random::stream;

/// The food item of Bogacz 2017, exercise 1 to 3: a size `phi` with prior `N(v_p, Sigma_p)` reflects
/// light `u ~ N(phi^2, Sigma_u)`.
///
/// Layer 0 is the light, held at `u`; layer 1 is the size, with `v_p` as its expectation. Returns
/// the network; [`PredictiveFlow::bogacz_2017`] gives its flow and start.
///
/// # Errors
/// [`NetworkError::OutOfRange`] for variances that are not positive.
pub fn bogacz_2017(sigma_u: f64, sigma_p: f64) -> Result<PredictiveNetwork, NetworkError> {
    let one = DMatrix::from_element(1, 1, 1.0);
    PredictiveNetwork::from_matrices(vec![one], vec![Activation::Square])?
        .with_variances(&[sigma_u, sigma_p])
}

impl<'a> PredictiveFlow<'a> {
    /// The flow of [`bogacz_2017`] for a light `u` and a prior mean `v_p`, and its starting state
    /// at the prior mean with errors zero.
    ///
    /// # Errors
    /// If the network is not of that shape.
    pub fn bogacz_2017(
        network: &'a PredictiveNetwork,
        u: f64,
        v_p: f64,
    ) -> Result<(Self, State), NetworkError> {
        let prior = DMatrix::from_element(1, 1, v_p);
        let mut state = State::zero(network, 1).with_class(&DMatrix::from_element(1, 1, u))?;
        if let Some(phi) = state.values.last_mut() {
            phi.copy_from(&prior);
        }
        let dynamics = Dynamics {
            errors: ErrorNodes::Dynamic,
            ..Dynamics::default()
        };
        let clamp = Clamp::free(network).with_class(0.0);
        Ok((Self::new(network, clamp, dynamics, prior)?, state))
    }
}

/// A network of Whittington and Bogacz 2017: tied feedback, biases, output variance `var_out`, and
/// their uniform initial weights (`+-4 sqrt(6/(n_in + n_out))` for the logistic function,
/// `+-sqrt(6/(n_in + n_out))` for tanh and rectifiers, `+-1/sqrt(n_in)` without activation; rectifier biases
/// 0.1).
///
/// `sizes` starts with the output. Relax it with [`Clamp::learn`] from the forward pass.
///
/// # Errors
/// [`NetworkError::Empty`] for fewer than two layers, [`NetworkError::OutOfRange`] for a variance
/// that is not positive.
pub fn whittington_bogacz_2017(
    sizes: &[usize],
    activation: Activation,
    var_out: f64,
    seed: u64,
) -> Result<PredictiveNetwork, NetworkError> {
    if sizes.len() < 2 {
        return Err(NetworkError::Empty);
    }
    let layers = sizes.len() - 1;
    let matrices = (0..layers).map(|l| {
        let (to, from) = (sizes[l], sizes[l + 1]);
        let glorot = (6.0 / (from + to) as f64).sqrt();
        let bound = match activation {
            Activation::Logistic => 4.0 * glorot,
            Activation::Identity => (1.0 / from as f64).sqrt(),
            _ => glorot,
        };
        let mut random = stream(seed, "whittington bogacz", l as u64);
        DMatrix::from_fn(to, from, |_, _| {
            bound * (2.0 * random.random::<f64>() - 1.0)
        })
    });
    let bias = match activation {
        Activation::Relu => 0.1,
        _ => 0.0,
    };
    let bias = sizes[..layers]
        .iter()
        .map(|n| DVector::from_element(*n, bias));
    let mut variances = vec![1.0; sizes.len()];
    variances[0] = var_out;
    PredictiveNetwork::from_matrices(matrices.collect(), vec![activation; layers])?
        .with_bias(bias.collect())?
        .with_variances(&variances)
}

/// Starting weights `N(0, 1)` and gains by which the parametrisation muPC keeps activities and
/// learning alike at any width and depth: `1 / sqrt(D)` for the matrix next to the image of `D`
/// pixels, `1 / sqrt(N)` for a matrix that `N` neurons feed, `1 / N` for the matrix into the class
/// layer. (The scaling `1 / sqrt(N L)` of the source belongs to networks whose layers are skipped by
/// identities, which this one has not.)
///
/// F. Innocenti, E. M. Achour, C. L. Buckley, "muPC: Scaling predictive coding to 100+ layer networks",
/// arXiv:2505.13124 (2025), table 1.
///
/// # Errors
/// [`NetworkError::Empty`] for fewer than two layers or a layer without neurons.
pub fn depth_scaled(
    sizes: &[usize],
    activation: Activation,
    seed: u64,
) -> Result<PredictiveNetwork, NetworkError> {
    let network = PredictiveNetwork::random(sizes, activation, Feedback::Tied, seed)?;
    let last = network.last();
    let gains: Vec<f64> = (0..last)
        .map(|layer| {
            let from = sizes[layer + 1] as f64;
            let into_class = layer == 0 && last > 1;
            if into_class {
                1.0 / from
            } else {
                1.0 / from.sqrt()
            }
        })
        .collect();
    let mut network = network.with_gains(&gains)?;
    for (layer, neurons) in sizes[..last].iter().enumerate() {
        // The entries of a random network are N(0, 1) / (2 sqrt(n)).
        let scale = 2.0 * (*neurons as f64).sqrt();
        network.update(layer, |m, _, _| *m *= scale);
    }
    Ok(network)
}
