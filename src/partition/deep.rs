//! The networks of this crate as chains.

use nalgebra::DMatrix;

use super::run::{LayerWeights, Weights};
use super::{Chain, Layer, Operation, PartitionError};
use crate::networks::deep::{DeepNetwork, Filter, HiddenLayers, Image, ReadOut};
use crate::networks::{Activation, NetworkError};
use crate::numerics::matrix::Real;

impl Chain {
    /// The layers of a deep network: convolutions with their poolings, then full connections, the read-out last.
    ///
    /// # Errors
    /// [`PartitionError::Layer`] for filters that are not square, and for a network beyond the sizes of a chain.
    pub fn of_network(network: &DeepNetwork) -> Result<Self, PartitionError> {
        let architecture = network.architecture();
        let biased = architecture.sigma_b > 0.0;
        let activation = architecture.activation;
        let own = |layer: Layer| Layer {
            bias: biased,
            ..layer
        };
        let mut layers = Vec::new();
        if let Some(convolutions) = &architecture.convolutions {
            for (index, channels) in convolutions.channels.iter().enumerate() {
                let Filter { height, width } = convolutions.kernel;
                if height != width {
                    return Err(PartitionError::Layer {
                        layer: layers.len(),
                        name: format!("convolution {}", convolutions.kernel),
                        reason: "the filters of a chain are square".into(),
                    });
                }
                let operation = Operation::Convolution {
                    outputs: *channels,
                    kernel: width,
                    stride: 1,
                    padding: width / 2,
                    border: convolutions.padding,
                };
                layers.push(own(Layer::new(operation, activation)));
                let side = convolutions.pooling.get(index).copied().unwrap_or(1);
                if side > 1 {
                    layers.push(Layer::pool(side));
                }
            }
            if convolutions.read_out == ReadOut::GlobalAverage {
                layers.push(Layer::new(Operation::Average, Activation::Identity));
            }
        }
        for width in &architecture.widths {
            layers.push(own(Layer::dense(*width, activation)));
        }
        layers.push(own(Layer::dense(
            architecture.outputs,
            Activation::Identity,
        )));
        Self::new(architecture.input, layers)
    }
}

impl<T: Real> Weights<T> {
    /// The weights of a deep network with these parameters, trained or not, for [`Chain::of_network`].
    ///
    /// # Errors
    /// [`NetworkError::ParameterCount`] for a list of another length.
    pub fn of_network(network: &DeepNetwork, parameters: &[f64]) -> Result<Self, NetworkError> {
        let weights = network.layer_weights(parameters)?;
        let mut weights = weights.into_iter();
        let architecture = network.architecture();
        let mut image = architecture.input;
        let mut layers = Vec::new();
        let take = |matrix: DMatrix<f64>, bias: Option<nalgebra::DVector<f64>>| LayerWeights {
            rows: matrix.nrows(),
            columns: matrix.ncols(),
            matrix: matrix.iter().map(|w| T::from_double(*w)).collect(),
            factors: None,
            biases: bias.map(|bias| bias.iter().map(|b| T::from_double(*b)).collect()),
        };
        if let Some(convolutions) = &architecture.convolutions {
            for index in 0..convolutions.channels.len() {
                if let Some(own) = weights.next() {
                    layers.push(Some(take(own.matrix, own.bias)));
                }
                let side = convolutions.pooling.get(index).copied().unwrap_or(1);
                if side > 1 {
                    layers.push(None);
                }
            }
            let images = convolutions.images(image)?;
            image = images[convolutions.channels.len()];
            if convolutions.read_out == ReadOut::GlobalAverage {
                layers.push(None);
                image = Image::vector(image.channels);
            }
        }
        for own in weights {
            let planes: Vec<T> = own
                .matrix
                .transpose()
                .iter()
                .map(|w| T::from_double(*w))
                .collect();
            let biases = own
                .bias
                .map(|b| b.iter().map(|b| T::from_double(*b)).collect());
            let made = LayerWeights::from_planes(image, &planes, biases);
            image = Image::vector(made.rows);
            layers.push(Some(made));
        }
        Ok(Self::new(layers))
    }
}
