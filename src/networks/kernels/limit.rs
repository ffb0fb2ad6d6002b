//! The kernel that the networks of an architecture approach with their width.

use nalgebra::DMatrix;

use super::dense::Diagonals;
use super::{ConvolutionalKernel, DenseKernel, Dual, KernelPair};
use crate::networks::deep::{Architecture, Initialisation, Parameterisation};
use crate::networks::{Activation, NetworkError, Order};

/// The infinitely wide network of an [`Architecture`].
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::networks::deep::{Architecture, Initialisation};
/// use pulsatrix::networks::kernels::LimitKernel;
///
/// let architecture = Architecture::fully_connected(2, &[64, 64], 1);
/// let kernel = LimitKernel::of(&architecture, Initialisation::Orthogonal)?;
/// let pair = kernel.train(&dmatrix![1.0, 0.0; 0.6, 0.8])?; // one row an example
/// assert!(pair.ntk[(0, 0)] > pair.ntk[(0, 1)]);
/// # Ok::<(), pulsatrix::networks::NetworkError>(())
/// ```
#[derive(Debug, Clone)]
pub enum LimitKernel {
    /// Fully connected.
    Dense(DenseKernel),
    /// Convolutions, and the fully connected layers behind them.
    Convolutional(ConvolutionalKernel, DenseKernel),
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
    /// The limit of an architecture in the NTK parameterisation; every output of a network has this
    /// kernel, and different outputs are independent. Gaussian and orthogonal weights have one
    /// limit, delta-orthogonal filters another.
    ///
    /// # Errors
    /// [`NetworkError::Contradiction`] for the standard parameterisation, whose kernel grows with
    /// the width; those of [`Architecture::check`].
    pub fn of(architecture: &Architecture, law: Initialisation) -> Result<Self, NetworkError> {
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
        let dense = DenseKernel::new(dual, architecture.widths.len(), weight, bias)?;
        let Some(convolutions) = &architecture.convolutions else {
            return Ok(Self::Dense(dense));
        };
        if convolutions.pools() {
            return Err(NetworkError::Contradiction {
                first: "max pooling",
                second: "the kernel of a wide network",
                reason: "the largest of several Gaussian numbers is not Gaussian; leave the pooling \
                         out",
            });
        }
        let form = (
            convolutions.kernel,
            convolutions.padding,
            convolutions.read_out,
        );
        let layers = convolutions.channels.len();
        let image = architecture.input;
        let kernel = ConvolutionalKernel::new(dual, layers, image, form, (weight, bias))?;
        let kernel = match law {
            Initialisation::DeltaOrthogonal => kernel.with_delta_filters(),
            Initialisation::Gaussian | Initialisation::Orthogonal => kernel,
        };
        Ok(Self::Convolutional(kernel, dense))
    }

    /// Both kernels among the rows of `inputs`.
    ///
    /// # Errors
    /// As [`DenseKernel::train`] and [`ConvolutionalKernel::train`].
    pub fn train(&self, inputs: &DMatrix<f64>) -> Result<KernelPair, NetworkError> {
        match self {
            Self::Dense(kernel) => kernel.train(inputs),
            Self::Convolutional(kernel, dense) => {
                let mut pair = kernel.train(inputs)?;
                let diagonals = Diagonals {
                    nngp: pair.nngp.diagonal().as_slice().to_vec(),
                    ntk: pair.ntk.diagonal().as_slice().to_vec(),
                };
                dense.carry(&mut pair, diagonals, None)?;
                Ok(pair)
            }
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
            Self::Convolutional(kernel, dense) => {
                let mut pair = kernel.cross(inputs, others)?;
                let (left, right) = (kernel.diagonals(inputs)?, kernel.diagonals(others)?);
                dense.carry(&mut pair, left, Some(right))?;
                Ok(pair)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::deep::{Convolutions, Image, Padding, ReadOut};

    #[test]
    fn pooling_is_refused() {
        let stack = Convolutions::blocks(&[vec![4, 4]], 3, 2);
        let architecture = Architecture::convolutional(
            Image {
                channels: 1,
                height: 6,
                width: 6,
            },
            stack,
        );
        let refused = LimitKernel::of(&architecture, Initialisation::Gaussian);
        assert!(refused.unwrap_err().to_string().contains("max pooling"));
    }

    #[test]
    fn layers_behind_convolutions_go_on_as_dense_ones() {
        let inputs = DMatrix::from_fn(6, 3, |i, j| (1.7 * i as f64 + 0.6 * j as f64).cos());
        let others = DMatrix::from_fn(4, 3, |i, j| (0.4 * i as f64 - 1.1 * j as f64).sin());
        let convolutions = Convolutions {
            channels: vec![8; 2],
            kernel: 1.into(),
            padding: Padding::Zero,
            read_out: ReadOut::Flatten,
            pooling: Vec::new(),
        };
        let architecture = Architecture {
            sigma_b: 0.3,
            widths: vec![8; 3],
            ..Architecture::convolutional(Image::vector(3), convolutions)
        };
        let same = Architecture {
            sigma_b: 0.3,
            ..Architecture::fully_connected(3, &[8; 5], 1)
        };
        let of = |architecture| LimitKernel::of(architecture, Initialisation::Gaussian).unwrap();
        let (found, expected) = (of(&architecture), of(&same));
        for (found, expected) in [
            (found.train(&inputs), expected.train(&inputs)),
            (
                found.cross(&inputs, &others),
                expected.cross(&inputs, &others),
            ),
        ] {
            let (found, expected) = (found.unwrap(), expected.unwrap());
            assert!((found.nngp - expected.nngp).amax() < 1e-13);
            assert!((found.ntk - expected.ntk).amax() < 1e-13);
        }
    }
}
