//! A deep network: layers of weights in one flat list.

use nalgebra::DMatrix;

use super::layer::{Entry, Reading};
use super::pass::{check_parameters, reshaped};
use super::patches::Patches;
use super::pooling::MaxPool;
use super::{
    Architecture, DifferentiableModel, Dropout, HiddenLayers, Image, KernelOptions, Layer,
    LayerWeights, Linearisation, LossSlope, Parameterisation, Pass, ReadOut, Thinned,
};
use crate::networks::NetworkError;
use crate::numerics::matrix::Real;

/// A deep network without its weights, which the caller keeps in one flat list: layer after layer,
/// the weights of a layer before its biases.
#[derive(Debug, Clone, PartialEq)]
pub struct DeepNetwork {
    architecture: Architecture,
    layers: Vec<Layer>,
}

impl DeepNetwork {
    /// A network of this architecture.
    ///
    /// # Errors
    /// Those of [`Architecture::check`].
    pub fn new(architecture: Architecture) -> Result<Self, NetworkError> {
        architecture.check()?;
        let mut network = Self {
            layers: Vec::with_capacity(architecture.depth() + 1),
            architecture,
        };
        let (mut image, outputs) = (network.architecture.input, network.architecture.outputs);
        let mut entry = Entry {
            pool: None,
            reading: Reading::Flat,
        };
        if let Some(convolutions) = network.architecture.convolutions.clone() {
            let images = convolutions.images(image)?;
            for (index, &channels) in convolutions.channels.iter().enumerate() {
                image = images[index];
                let patches = Patches::new(image, convolutions.kernel, convolutions.padding);
                entry.reading = Reading::Patches(patches);
                let fan_in = image.channels * convolutions.kernel.pixels();
                network.push(channels, fan_in, image.pixels(), entry);
                let side = convolutions.pooling.get(index).copied().unwrap_or(1);
                entry = Entry {
                    pool: (side > 1).then(|| MaxPool::new(image, side)),
                    reading: Reading::Flat,
                };
            }
            image = images[convolutions.channels.len()];
            if convolutions.read_out == ReadOut::GlobalAverage {
                entry.reading = Reading::Mean(image.pixels());
            }
        }
        for width in [network.architecture.widths.clone(), vec![outputs]].concat() {
            let fan_in = match entry.reading {
                Reading::Mean(_) => image.channels,
                _ => image.numbers(),
            };
            network.push(width, fan_in, 1, entry);
            image = Image::vector(width);
            entry = Entry {
                pool: None,
                reading: Reading::Flat,
            };
        }
        Ok(network)
    }

    fn push(&mut self, outputs: usize, fan_in: usize, pixels: usize, entry: Entry) {
        let Architecture {
            parameterisation,
            sigma_w,
            sigma_b,
            ..
        } = self.architecture;
        let scale = sigma_w / (fan_in as f64).sqrt();
        let (factors, deviations) = match parameterisation {
            Parameterisation::Ntk => ((scale, sigma_b), (1.0, 1.0)),
            Parameterisation::Standard => ((1.0, 1.0), (scale, sigma_b)),
        };
        let start = self.parameter_count();
        let middle = start + outputs * fan_in;
        let end = middle + if sigma_b > 0.0 { outputs } else { 0 };
        self.layers.push(Layer {
            outputs,
            fan_in,
            pixels,
            weight_factor: factors.0,
            bias_factor: if sigma_b > 0.0 { factors.1 } else { 0.0 },
            weight_deviation: deviations.0,
            bias_deviation: deviations.1,
            weights: start..middle,
            biases: middle..end,
            entry,
        });
    }

    /// What the network looks like.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// The layers of weights, from the input on; the last is the read-out.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Everything that can be asked of the network at these weights on this batch; one forward
    /// pass.
    ///
    /// `inputs` has one row an example, the numbers of an image in the order of
    /// [`Image`](super::Image). Memory: what every layer sees and its sums, for all examples.
    ///
    /// # Errors
    /// [`NetworkError::ParameterCount`], [`NetworkError::BatchShape`], and
    /// [`NetworkError::NotFinite`] if inputs or outputs are not finite.
    pub fn pass<'a, T: Real>(
        &'a self,
        parameters: &'a [T],
        inputs: &DMatrix<T>,
    ) -> Result<Pass<'a, T>, NetworkError> {
        Pass::new(self, parameters, inputs, Vec::new())
    }
}

impl DifferentiableModel for DeepNetwork {
    fn parameter_count(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.biases.end)
    }

    fn output_count(&self) -> usize {
        self.architecture.outputs
    }

    fn outputs(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
    ) -> Result<DMatrix<f64>, NetworkError> {
        Ok(self.pass(parameters, inputs)?.into_outputs())
    }

    fn jvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
    ) -> Result<DMatrix<f64>, NetworkError> {
        self.pass(parameters, inputs)?.jvp(direction)
    }

    fn vjp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        cotangent: &DMatrix<f64>,
    ) -> Result<Vec<f64>, NetworkError> {
        self.pass(parameters, inputs)?.vjp(cotangent)
    }

    fn gradient(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        loss: &dyn Fn(&DMatrix<f64>) -> DMatrix<f64>,
    ) -> Result<(DMatrix<f64>, Vec<f64>), NetworkError> {
        self.pass(parameters, inputs)?.gradient(loss)
    }

    fn linearise(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
    ) -> Result<Box<dyn Linearisation + '_>, NetworkError> {
        Ok(Box::new(self.factors(parameters, inputs)?))
    }

    fn hvp(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        direction: &[f64],
        loss: &LossSlope<'_>,
    ) -> Result<Vec<f64>, NetworkError> {
        self.pass(parameters, inputs)?.hvp(direction, loss)
    }

    fn ntk(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
        other: Option<&DMatrix<f64>>,
    ) -> Result<DMatrix<f64>, NetworkError> {
        self.tangent_kernel(parameters, inputs, other, KernelOptions::default())
    }

    fn thinned(
        &self,
        dropout: Dropout,
        step: u64,
    ) -> Result<Box<dyn DifferentiableModel + '_>, NetworkError> {
        Ok(Box::new(Thinned::new(self, dropout, step)?))
    }

    fn hidden_layers(&self) -> Option<&dyn HiddenLayers> {
        Some(self)
    }
}

impl HiddenLayers for DeepNetwork {
    /// The activations behind every hidden layer, before a pooling; those of a convolution as a
    /// flattened image, channel after channel.
    fn activations(
        &self,
        parameters: &[f64],
        inputs: &DMatrix<f64>,
    ) -> Result<Vec<DMatrix<f64>>, NetworkError> {
        let pass = self.pass(parameters, inputs)?;
        let hidden = 0..self.architecture.depth();
        let flat = |layer| {
            let activations = pass.activations(layer);
            let shape = (
                inputs.nrows(),
                self.layers[layer].pixels * activations.ncols(),
            );
            reshaped(activations, shape)
        };
        Ok(hidden.map(flat).collect())
    }

    fn layer_weights(&self, parameters: &[f64]) -> Result<Vec<LayerWeights>, NetworkError> {
        check_parameters(self, "parameters", parameters)?;
        let weights = |layer: &Layer| LayerWeights {
            matrix: layer.weight_matrix(parameters) * layer.weight_factor,
            bias: (!layer.biases.is_empty())
                .then(|| layer.bias_vector(parameters) * layer.bias_factor),
        };
        Ok(self.layers.iter().map(weights).collect())
    }
}
