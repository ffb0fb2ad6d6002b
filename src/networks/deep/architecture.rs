//! What a deep network looks like, before it has weights.

use serde::{Deserialize, Serialize};

use super::Filter;
use crate::networks::{Activation, NetworkError};

/// The shape of one example. Its numbers stand channel after channel, and row after row of pixels
/// within a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Numbers at every pixel.
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
}

impl Image {
    /// A plain vector: channels at a single pixel.
    #[must_use]
    pub fn vector(length: usize) -> Self {
        Self {
            channels: length,
            height: 1,
            width: 1,
        }
    }

    /// Number of pixels.
    #[must_use]
    pub fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Numbers of one example.
    #[must_use]
    pub fn numbers(self) -> usize {
        self.channels * self.pixels()
    }
}

/// What a convolution sees beyond the border of the image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Padding {
    /// The opposite border: the image is a torus.
    #[default]
    Circular,
    /// Zeros.
    Zero,
}

/// How the pixels of the last convolution reach the layers behind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadOut {
    /// Every pixel of every channel is a number of its own.
    #[default]
    Flatten,
    /// The mean over the pixels of every channel.
    GlobalAverage,
}

/// Where the scale of the weights is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parameterisation {
    /// In front of weights of variance 1, where it also sets the rate at which they learn.
    #[default]
    Ntk,
    /// In the weights themselves: `h = W a + b`, with `W` of variance `sigma_w^2 / n` and `b` of
    /// variance `sigma_b^2`.
    Standard,
}

/// Hidden convolutions with stride 1, which keep the size of the image; max pooling behind some of
/// them makes it smaller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Convolutions {
    /// Channels of every convolution.
    pub channels: Vec<usize>,
    /// Sides of the filters.
    pub kernel: Filter,
    /// What lies beyond the border.
    #[serde(default)]
    pub padding: Padding,
    /// How their pixels are read out.
    #[serde(default)]
    pub read_out: ReadOut,
    /// Side `f` of the max pooling behind every convolution: windows of `f x f` pixels beside each
    /// other, of which the largest activation goes on. 1 is none; so is an empty list, behind all of
    /// them. Rows and columns that fill no window are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pooling: Vec<usize>,
}

impl Convolutions {
    /// Blocks of convolutions with a pooling of side `pool` behind each, zeros beyond the border, read
    /// out pixel by pixel: conv-conv-pool, as in K. Simonyan, A. Zisserman, "Very deep convolutional
    /// networks for large-scale image recognition", ICLR 2015, arXiv:1409.1556.
    ///
    /// ```
    /// use pulsatrix::networks::deep::Convolutions;
    ///
    /// let stack = Convolutions::blocks(&[vec![8, 8], vec![16, 16]], 3, 2);
    /// assert_eq!(stack.channels, [8, 8, 16, 16]);
    /// assert_eq!(stack.pooling, [1, 2, 1, 2]);
    /// ```
    #[must_use]
    pub fn blocks(channels: &[Vec<usize>], kernel: usize, pool: usize) -> Self {
        let pooling = channels.iter().flat_map(|block| {
            let last = block.len().saturating_sub(1);
            (0..block.len()).map(move |index| if index == last { pool } else { 1 })
        });
        Self {
            pooling: pooling.collect(),
            channels: channels.concat(),
            kernel: kernel.into(),
            padding: Padding::Zero,
            read_out: ReadOut::Flatten,
        }
    }

    /// Whether the image becomes smaller anywhere.
    #[must_use]
    pub fn pools(&self) -> bool {
        self.pooling.iter().any(|side| *side > 1)
    }

    /// Shapes of the images that each convolution sees, on images like `input`, and of those behind
    /// the last one.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for channels, filters or poolings that are none or larger than
    /// their image, [`NetworkError::Poolings`] for a list of poolings of another length.
    pub fn images(&self, input: Image) -> Result<Vec<Image>, NetworkError> {
        if !self.pooling.is_empty() && self.pooling.len() != self.channels.len() {
            return Err(NetworkError::Poolings {
                found: self.pooling.len(),
                convolutions: self.channels.len(),
            });
        }
        let mut image = input;
        let mut images = vec![image];
        for (index, &channels) in self.channels.iter().enumerate() {
            if channels == 0 {
                return Err(out_of_range("channels of a convolution", 0.0, AT_LEAST_ONE));
            }
            let side = image.height.min(image.width);
            self.kernel.check(image)?;
            let pool = self.pooling.get(index).copied().unwrap_or(1);
            if !(1..=side).contains(&pool) {
                let requirement = "it is at least 1 and at most the sides of the image there";
                return Err(out_of_range("side of a pooling", pool as f64, requirement));
            }
            image = Image {
                channels,
                height: image.height / pool,
                width: image.width / pool,
            };
            images.push(image);
        }
        Ok(images)
    }
}

const AT_LEAST_ONE: &str = "it is at least 1";

/// A feed-forward network: convolutions, then fully connected layers, then a linear read-out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Shape of one example.
    pub input: Image,
    /// Hidden convolutions, if any.
    pub convolutions: Option<Convolutions>,
    /// Widths of the hidden fully connected layers.
    pub widths: Vec<usize>,
    /// Numbers of the read-out.
    pub outputs: usize,
    /// Activation of every hidden layer.
    pub activation: Activation,
    /// Where the scale of the weights is kept.
    pub parameterisation: Parameterisation,
    /// Scale of the weights.
    pub sigma_w: f64,
    /// Scale of the biases; at 0 there are none.
    pub sigma_b: f64,
}

impl Architecture {
    /// A fully connected tanh network in the NTK parameterisation, with `sigma_w = 1`, without
    /// biases.
    #[must_use]
    pub fn fully_connected(inputs: usize, widths: &[usize], outputs: usize) -> Self {
        Self {
            input: Image::vector(inputs),
            convolutions: None,
            widths: widths.to_vec(),
            outputs,
            activation: Activation::Tanh,
            parameterisation: Parameterisation::Ntk,
            sigma_w: 1.0,
            sigma_b: 0.0,
        }
    }

    /// A convolutional network with one output, otherwise as [`Architecture::fully_connected`].
    #[must_use]
    pub fn convolutional(input: Image, convolutions: Convolutions) -> Self {
        Self {
            input,
            convolutions: Some(convolutions),
            ..Self::fully_connected(0, &[], 1)
        }
    }

    /// Hidden layers.
    #[must_use]
    pub fn depth(&self) -> usize {
        let convolutions = self.convolutions.as_ref();
        convolutions.map_or(0, |c| c.channels.len()) + self.widths.len()
    }

    /// Whether a network can be built.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`], [`NetworkError::Contradiction`] or those of
    /// [`Convolutions::images`], with the first thing that stands in the way.
    pub fn check(&self) -> Result<(), NetworkError> {
        let positive = |name, value: usize| match value {
            0 => Err(out_of_range(name, 0.0, AT_LEAST_ONE)),
            _ => Ok(()),
        };
        positive("channels of the input", self.input.channels)?;
        positive("height of the input", self.input.height)?;
        positive("width of the input", self.input.width)?;
        positive("outputs", self.outputs)?;
        for width in &self.widths {
            positive("width of a hidden layer", *width)?;
        }
        if let Some(convolutions) = &self.convolutions {
            convolutions.images(self.input)?;
        }
        if self.activation == Activation::Softmax {
            return Err(NetworkError::Contradiction {
                first: "softmax",
                second: "a deep network",
                reason: "it couples the units of a layer; choose an activation of one number",
            });
        }
        if let Activation::LeakyRelu(slope) = self.activation
            && !slope.is_finite()
        {
            return Err(out_of_range("slope of leaky-relu", slope, "it is finite"));
        }
        if !(self.sigma_w > 0.0 && self.sigma_w.is_finite()) {
            let requirement = "it is positive and finite";
            return Err(out_of_range("sigma_w", self.sigma_w, requirement));
        }
        if !(self.sigma_b >= 0.0 && self.sigma_b.is_finite()) {
            let requirement = "it is finite and not negative";
            return Err(out_of_range("sigma_b", self.sigma_b, requirement));
        }
        Ok(())
    }
}

fn out_of_range(name: &'static str, value: f64, requirement: &'static str) -> NetworkError {
    NetworkError::OutOfRange {
        name,
        value,
        requirement,
    }
}
