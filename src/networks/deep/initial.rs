//! Weights at the start: Gaussian, orthogonal, delta-orthogonal.

use nalgebra::DMatrix;
use rand::RngExt;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::layer::Reading;
use super::{DeepNetwork, DifferentiableModel, Layer};
use crate::networks::NetworkError;
use crate::numerics::random::{Stream, stream};

/// The law of the weights at the start. Biases are Gaussian under all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Initialisation {
    /// Independent normal numbers.
    #[default]
    Gaussian,
    /// `sqrt(max(n, n')) Q` for a uniformly random `n x n'` matrix `Q` with orthonormal columns, or
    /// rows if it is wide: every entry has variance 1. The filters of a convolution make one
    /// matrix of `channels x k^2 channels`.
    Orthogonal,
    /// As orthogonal, but a filter has its weights at the centre alone: `k sqrt(n) Q`, with at
    /// least as many channels as the layer before, so that it keeps every length (L. Xiao et al.,
    /// "Dynamical isometry and a mean field theory of CNNs", ICML 2018, arXiv:1806.05393).
    ///
    /// Its kernel at infinite width is another one than that of the other laws: signals pass
    /// through the centre of a patch instead of its mean.
    DeltaOrthogonal,
}

/// A matrix with orthonormal columns (rows, if it is wide), uniform among all of them: the law that
/// no rotation from the left or right changes.
///
/// By QR of a Gaussian matrix; without the signs of the diagonal of `R` it would not be uniform
/// (F. Mezzadri, Notices of the AMS 54, 592-604, 2007, arXiv:math-ph/0609050). Cost
/// `4 max(n, n') min(n, n')^2` operations.
#[must_use]
pub fn haar(rows: usize, columns: usize, random: &mut Stream) -> DMatrix<f64> {
    let (tall, narrow) = (rows.max(columns), rows.min(columns));
    let factors = gaussian(tall, narrow, random).qr();
    let mut q = factors.q();
    for (mut column, diagonal) in q
        .column_iter_mut()
        .zip(factors.unpack_r().diagonal().iter())
    {
        if *diagonal < 0.0 {
            column.neg_mut();
        }
    }
    if rows < columns { q.transpose() } else { q }
}

fn gaussian(rows: usize, columns: usize, random: &mut Stream) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |_, _| random.sample(StandardNormal))
}

impl DeepNetwork {
    /// Weights and biases drawn at random, as one flat list; the same seed gives the same numbers.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for delta-orthogonal filters with fewer channels than the layer
    /// before.
    pub fn initial(&self, law: Initialisation, seed: u64) -> Result<Vec<f64>, NetworkError> {
        let mut parameters = vec![0.0; self.parameter_count()];
        for (index, layer) in self.layers().iter().enumerate() {
            let mut random = stream(seed, "deep weights", index as u64);
            let weights = layer.draw(law, &mut random)? * layer.weight_deviation;
            parameters[layer.weights.clone()].copy_from_slice(weights.as_slice());
            let mut random = stream(seed, "deep biases", index as u64);
            for bias in &mut parameters[layer.biases.clone()] {
                *bias = layer.bias_deviation * random.sample::<f64, _>(StandardNormal);
            }
        }
        Ok(parameters)
    }
}

impl Layer {
    /// Weights of mean square 1.
    fn draw(&self, law: Initialisation, random: &mut Stream) -> Result<DMatrix<f64>, NetworkError> {
        let (outputs, fan_in) = (self.outputs, self.fan_in);
        let patches = match (&self.entry.reading, law) {
            (_, Initialisation::Gaussian) => return Ok(gaussian(outputs, fan_in, random)),
            (Reading::Patches(patches), Initialisation::DeltaOrthogonal) => patches,
            _ => {
                let scale = (outputs.max(fan_in) as f64).sqrt();
                return Ok(haar(outputs, fan_in, random) * scale);
            }
        };
        let channels = fan_in / patches.size();
        if outputs < channels {
            return Err(NetworkError::OutOfRange {
                name: "channels of a delta-orthogonal convolution",
                value: outputs as f64,
                requirement: "they are at least those of the layer before; widen it, or choose orthogonal",
            });
        }
        let scale = ((patches.size() * outputs) as f64).sqrt();
        let mut weights = DMatrix::zeros(outputs, fan_in);
        let centre = patches.size() / 2 * channels;
        weights
            .columns_mut(centre, channels)
            .copy_from(&(haar(outputs, channels, random) * scale));
        Ok(weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::deep::{Architecture, Convolutions, Image, Padding, ReadOut};

    #[test]
    fn haar_matrices_are_orthonormal_and_uniform() {
        for (rows, columns) in [(5, 5), (7, 3), (3, 7), (1, 4), (40, 40)] {
            let q = haar(rows, columns, &mut stream(3, "haar", 0));
            let product = if rows >= columns {
                q.tr_mul(&q)
            } else {
                &q * q.transpose()
            };
            let error = (product - DMatrix::identity(rows.min(columns), rows.min(columns))).amax();
            assert!(error < 1e-14, "{rows} x {columns}: {error:e}");
        }
        // moments of the uniform law on 3 x 3: E tr Q = 0, E (tr Q)^2 = 1, E q_11^2 = 1/3,
        // E q_11^4 = 3/15; without the signs the first diagonal entry would be negative always
        let draws = 20_000;
        let mut sums = [0.0; 5];
        for index in 0..draws {
            let q = haar(3, 3, &mut stream(5, "haar", index));
            let trace = q.trace();
            let entry = q[(0, 0)];
            let moments = [trace, trace * trace, entry.powi(2), entry.powi(4), entry];
            for (sum, moment) in sums.iter_mut().zip(moments) {
                *sum += moment / draws as f64;
            }
        }
        // five standard errors
        for (found, (expected, tolerance)) in sums.iter().zip([
            (0.0, 0.036),
            (1.0, 0.05),
            (1.0 / 3.0, 0.011),
            (0.2, 0.01),
            (0.0, 0.021),
        ]) {
            assert!((found - expected).abs() < tolerance, "{found} {expected}");
        }
    }

    #[test]
    fn scales_are_as_documented() {
        let convolutions = Convolutions {
            channels: vec![6, 8],
            kernel: 3.into(),
            padding: Padding::Zero,
            read_out: ReadOut::Flatten,
            pooling: Vec::new(),
        };
        let image = Image {
            channels: 2,
            height: 4,
            width: 5,
        };
        let network = DeepNetwork::new(Architecture {
            sigma_b: 0.5,
            ..Architecture::convolutional(image, convolutions)
        })
        .unwrap();
        let orthogonal = network.initial(Initialisation::Orthogonal, 4).unwrap();
        let filters = network.layers()[1].weight_matrix(&orthogonal);
        assert_eq!(filters.shape(), (8, 54));
        let gram = filters * filters.transpose();
        assert!((gram - DMatrix::identity(8, 8) * 54.0).amax() < 1e-12);
        let delta = network.initial(Initialisation::DeltaOrthogonal, 4).unwrap();
        let filters = network.layers()[1].weight_matrix(&delta);
        let centre = filters.columns(24, 6);
        assert!((centre.tr_mul(&centre) - DMatrix::identity(6, 6) * 72.0).amax() < 1e-12);
        assert_eq!(filters.norm_squared(), centre.norm_squared());
        assert_eq!(network.layers()[1].bias_vector(&delta).len(), 8);
    }

    #[test]
    fn delta_orthogonal_filters_need_channels() {
        let convolutions = Convolutions {
            channels: vec![6, 4],
            kernel: 3.into(),
            padding: Padding::Circular,
            read_out: ReadOut::GlobalAverage,
            pooling: Vec::new(),
        };
        let image = Image {
            channels: 2,
            height: 4,
            width: 4,
        };
        let network = DeepNetwork::new(Architecture::convolutional(image, convolutions)).unwrap();
        let found = network
            .initial(Initialisation::DeltaOrthogonal, 1)
            .unwrap_err();
        assert!(
            found
                .to_string()
                .contains("at least those of the layer before"),
            "{found}"
        );
        assert!(network.initial(Initialisation::Orthogonal, 1).is_ok());
    }
}
