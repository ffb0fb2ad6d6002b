//! The kernel that the networks of an architecture approach with their width.

use nalgebra::DMatrix;

use super::{ConvolutionalKernel, DenseKernel, Dual, KernelPair};
use crate::networks::deep::{Architecture, Parameterisation};
use crate::networks::{Activation, NetworkError, Order};

/// The infinitely wide network of an [`Architecture`].
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::networks::deep::Architecture;
/// use pulsatrix::networks::kernels::LimitKernel;
///
/// let kernel = LimitKernel::of(&Architecture::fully_connected(2, &[64, 64], 1))?;
/// let pair = kernel.train(&dmatrix![1.0, 0.0; 0.6, 0.8])?; // one row an example
/// assert!(pair.ntk[(0, 0)] > pair.ntk[(0, 1)]);
/// # Ok::<(), pulsatrix::networks::NetworkError>(())
/// ```
#[derive(Debug, Clone)]
pub enum LimitKernel {
    /// Fully connected.
    Dense(DenseKernel),
    /// Convolutions and a read-out.
    Convolutional(ConvolutionalKernel),
}

impl Dual {
    /// The dual of an activation.
    ///
    /// # Errors
    /// [`NetworkError::Contradiction`] for softmax, which couples neurons.
    pub fn of(activation: Activation) -> Result<Self, NetworkError> {
        macro_rules! smooth {
            ($activation:expr) => {
                Self::Smooth(|values, slopes| {
                    slopes.fill(1.0);
                    $activation.multiply(Order::Slope, values, slopes);
                    let inputs = values.to_vec();
                    values.fill(1.0);
                    $activation.multiply(Order::Value, &inputs, values);
                })
            };
        }
        Ok(match activation {
            Activation::Identity => Self::Identity,
            Activation::Relu => Self::Rectifier { leak: 0.0 },
            Activation::LeakyRelu(leak) => Self::Rectifier { leak },
            Activation::Erf => Self::ErrorFunction,
            Activation::Tanh => Self::tanh(),
            Activation::Logistic => smooth!(Activation::Logistic),
            Activation::Square => smooth!(Activation::Square),
            Activation::Gelu => smooth!(Activation::Gelu),
            Activation::Softmax => {
                return Err(NetworkError::Contradiction {
                    first: "softmax",
                    second: "the kernel of a wide network",
                    reason: "it couples the units of a layer",
                });
            }
        })
    }
}

impl LimitKernel {
    /// The limit of an architecture in the NTK parameterisation, with Gaussian or orthogonal
    /// weights; every output of a network has this kernel, and different outputs are independent.
    ///
    /// # Errors
    /// [`NetworkError::Contradiction`] for the standard parameterisation, whose kernel grows with
    /// the width, and for fully connected layers behind convolutions; those of
    /// [`Architecture::check`].
    pub fn of(architecture: &Architecture) -> Result<Self, NetworkError> {
        architecture.check()?;
        if architecture.parameterisation == Parameterisation::Standard {
            return Err(NetworkError::Contradiction {
                first: "the standard parameterisation",
                second: "the kernel of a wide network",
                reason: "it grows with the width; use the NTK parameterisation",
            });
        }
        let dual = Dual::of(architecture.activation)?;
        let weight = architecture.sigma_w * architecture.sigma_w;
        let bias = architecture.sigma_b * architecture.sigma_b;
        let Some(convolutions) = &architecture.convolutions else {
            let hidden = architecture.widths.len();
            return Ok(Self::Dense(DenseKernel::new(dual, hidden, weight, bias)?));
        };
        if !architecture.widths.is_empty() {
            return Err(NetworkError::Contradiction {
                first: "convolutions",
                second: "fully connected hidden layers",
                reason: "the kernel of a wide network is known here for either alone",
            });
        }
        let form = (
            convolutions.kernel,
            convolutions.padding,
            convolutions.read_out,
        );
        let layers = convolutions.channels.len();
        let image = architecture.input;
        ConvolutionalKernel::new(dual, layers, image, form, (weight, bias)).map(Self::Convolutional)
    }

    /// Both kernels among the rows of `inputs`.
    ///
    /// # Errors
    /// As [`DenseKernel::train`] and [`ConvolutionalKernel::train`].
    pub fn train(&self, inputs: &DMatrix<f64>) -> Result<KernelPair, NetworkError> {
        match self {
            Self::Dense(kernel) => kernel.train(inputs),
            Self::Convolutional(kernel) => kernel.train(inputs),
        }
    }

    /// Both kernels between the rows of `inputs` and of `others`.
    ///
    /// # Errors
    /// As [`DenseKernel::cross`] and [`ConvolutionalKernel::cross`].
    pub fn cross(
        &self,
        inputs: &DMatrix<f64>,
        others: &DMatrix<f64>,
    ) -> Result<KernelPair, NetworkError> {
        match self {
            Self::Dense(kernel) => kernel.cross(inputs, others),
            Self::Convolutional(kernel) => kernel.cross(inputs, others),
        }
    }
}
