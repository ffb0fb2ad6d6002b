//! A deep network: layers of weights in one flat list.

use nalgebra::DMatrix;

use super::layer::Entry;
use super::patches::Patches;
use super::{
    Architecture, DifferentiableModel, KernelOptions, Layer, Linearisation, LossSlope,
    Parameterisation, Pass, ReadOut,
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
        let (input, outputs) = (network.architecture.input, network.architecture.outputs);
        let (mut channels, mut pixels) = (input.channels, input.pixels());
        let mut exit = Entry::Flat;
        if let Some(convolutions) = network.architecture.convolutions.clone() {
            for width in convolutions.channels {
                let patches = Patches::new(input, convolutions.kernel, convolutions.padding);
                let fan_in = channels * convolutions.kernel * convolutions.kernel;
                network.push(width, fan_in, pixels, Entry::Patches(patches));
                channels = width;
            }
            if convolutions.read_out == ReadOut::GlobalAverage {
                exit = Entry::Mean;
            }
        }
        for width in [network.architecture.widths.clone(), vec![outputs]].concat() {
            let fan_in = match exit {
                Entry::Mean => channels,
                _ => channels * pixels,
            };
            let entry = std::mem::replace(&mut exit, Entry::Flat);
            network.push(width, fan_in, 1, entry);
            (channels, pixels) = (width, 1);
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
        Pass::new(self, parameters, inputs)
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
        let pass = self.pass(parameters, inputs)?;
        let gradient = pass.vjp(&loss(pass.outputs()))?;
        Ok((pass.into_outputs(), gradient))
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
}
