//! A chain of layers, and the counts of numbers that every plan is made of.

use serde::{Deserialize, Serialize};

use super::{Layer, Operation, PartitionError};
use crate::networks::Activation;
use crate::networks::deep::Image;

/// Layers behind each other, with the images between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    input: Image,
    layers: Vec<Layer>,
    /// What every layer sees.
    seen: Vec<Image>,
    /// What every layer makes.
    made: Vec<Image>,
}

/// Counts of numbers of one layer, in elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerSize {
    /// `M`: of its input.
    pub inputs: u64,
    /// `K`: of its output.
    pub outputs: u64,
    /// `W`: of its weights, without biases.
    pub weights: u64,
    /// Whether it has weights and can be cut.
    pub weighted: bool,
    /// Whether a later route reads its output, which must then be whole on one rank.
    pub kept: bool,
    /// Multiply-adds.
    pub work: u64,
}

/// The largest number of elements of an image or of weights that is believed: above it, no rank could hold them
/// (chosen; 4 TB in single precision), and costs stay far from the end of 128-bit integers.
const LARGEST: f64 = 1e12;

impl Chain {
    /// A chain whose layers fit each other.
    ///
    /// # Errors
    /// [`PartitionError::Layer`] with the first layer that does not fit.
    ///
    /// ```
    /// use pulsatrix::networks::Activation;
    /// use pulsatrix::networks::deep::Image;
    /// use pulsatrix::partition::{Chain, Layer};
    ///
    /// let image = Image { channels: 3, height: 8, width: 8 };
    /// let filters = Layer::convolution(16, 3, 1, Activation::Relu);
    /// let chain = Chain::new(image, vec![filters, Layer::pool(2)])?;
    /// assert_eq!(chain.output().numbers(), 16 * 4 * 4);
    /// assert_eq!(chain.name(0), "c3 3-16@8");
    /// # Ok::<(), pulsatrix::partition::PartitionError>(())
    /// ```
    pub fn new(input: Image, layers: Vec<Layer>) -> Result<Self, PartitionError> {
        let mut chain = Self {
            input,
            layers: Vec::with_capacity(layers.len()),
            seen: Vec::new(),
            made: Vec::new(),
        };
        for layer in layers {
            chain.push(layer)?;
        }
        if chain.layers.is_empty() {
            return Err(PartitionError::Length {
                found: 0,
                layers: 0,
            });
        }
        Ok(chain)
    }

    /// Fully connected layers of these widths, the inputs first, with an activation between them.
    ///
    /// # Errors
    /// As [`Chain::new`].
    pub fn dense(widths: &[usize], activation: Activation) -> Result<Self, PartitionError> {
        let inputs = widths.first().copied().unwrap_or(0);
        let last = widths.len().saturating_sub(1);
        let layer = |(index, units): (usize, &usize)| {
            let own = if index == last {
                Activation::Identity
            } else {
                activation
            };
            Layer::dense(*units, own)
        };
        let layers = widths.iter().enumerate().skip(1).map(layer);
        Self::new(Image::vector(inputs), layers.collect())
    }

    fn push(&mut self, layer: Layer) -> Result<(), PartitionError> {
        let place = self.layers.len();
        let seen = match &layer.operation {
            Operation::Route { from } => self.routed(place, from)?,
            _ => self.made.last().copied().unwrap_or(self.input),
        };
        let name = layer.name(seen);
        let refuse = |reason: String| PartitionError::Layer {
            layer: place,
            name: name.clone(),
            reason,
        };
        let made = made(&layer, seen).map_err(refuse)?;
        let count = |image: Image| image.channels as f64 * image.height as f64 * image.width as f64;
        let (high, wide) = layer.kernel(seen);
        let weights = high as f64 * wide as f64 * seen.channels as f64 * made.channels as f64;
        for (what, number) in [
            ("its input has", count(seen)),
            ("its output has", count(made)),
            ("its weights are", weights),
        ] {
            if !(1.0..=LARGEST).contains(&number) {
                return Err(refuse(format!(
                    "{what} {number:e} numbers; sizes are at least 1 and products at most {LARGEST:e}"
                )));
            }
        }
        self.layers.push(layer);
        self.seen.push(seen);
        self.made.push(made);
        Ok(())
    }

    /// The image that a route makes.
    fn routed(&self, place: usize, from: &[usize]) -> Result<Image, PartitionError> {
        let refuse = |reason: String| PartitionError::Layer {
            layer: place,
            name: "route".into(),
            reason,
        };
        let mut image: Option<Image> = None;
        for source in from {
            let Some(next) = self.made.get(*source) else {
                return Err(refuse(format!(
                    "layer {source} does not stand before it; name earlier layers"
                )));
            };
            image = Some(match image {
                None => *next,
                Some(first) if (first.height, first.width) == (next.height, next.width) => Image {
                    channels: first.channels + next.channels,
                    ..first
                },
                Some(first) => {
                    return Err(refuse(format!(
                        "maps of {} x {} and {} x {} pixels; join layers of one size",
                        first.height, first.width, next.height, next.width
                    )));
                }
            });
        }
        image.ok_or_else(|| refuse("it reads no layer; name at least one".into()))
    }

    /// The image that the chain is shown.
    #[must_use]
    pub fn input(&self) -> Image {
        self.input
    }

    /// The image behind the last layer.
    #[must_use]
    pub fn output(&self) -> Image {
        self.made.last().copied().unwrap_or(self.input)
    }

    /// The layers.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// What a layer sees.
    ///
    /// # Panics
    /// If there is no such layer.
    #[must_use]
    pub fn seen(&self, layer: usize) -> Image {
        self.seen[layer]
    }

    /// What a layer makes.
    ///
    /// # Panics
    /// If there is no such layer.
    #[must_use]
    pub fn made(&self, layer: usize) -> Image {
        self.made[layer]
    }

    /// A layer in the short form of tables; see [`Layer::name`].
    ///
    /// # Panics
    /// If there is no such layer.
    #[must_use]
    pub fn name(&self, layer: usize) -> String {
        self.layers[layer].name(self.seen[layer])
    }

    /// Rows and columns of the weights of a layer: outputs, and numbers that one output sees.
    pub(super) fn weight_shape(&self, layer: usize) -> (usize, usize) {
        let (high, wide) = self.layers[layer].kernel(self.seen[layer]);
        let seen = high * wide * self.seen[layer].channels;
        (self.made[layer].channels, seen)
    }

    /// Whether a later route reads a layer.
    pub(super) fn kept(&self, layer: usize) -> bool {
        self.layers.iter().any(|other| match &other.operation {
            Operation::Route { from } => from.contains(&layer),
            _ => false,
        })
    }

    /// The counts that plans are made of.
    #[must_use]
    pub fn sizes(&self) -> Vec<LayerSize> {
        let size = |(place, layer): (usize, &Layer)| {
            let weighted = layer.weighted();
            let (rows, columns) = self.weight_shape(place);
            let weights = if weighted { (rows * columns) as u64 } else { 0 };
            LayerSize {
                inputs: self.seen[place].numbers() as u64,
                outputs: self.made[place].numbers() as u64,
                weights,
                weighted,
                kept: self.kept(place),
                work: weights * self.made[place].pixels() as u64,
            }
        };
        self.layers.iter().enumerate().map(size).collect()
    }
}

/// What a layer makes of an image.
fn made(layer: &Layer, seen: Image) -> Result<Image, String> {
    // Windows that fit into a length with so many pixels beyond each border.
    let windows = |length: usize, side: usize, stride: usize, padding: usize| {
        if side == 0 || stride == 0 {
            return Err("sides and strides are at least 1".to_owned());
        }
        let room = length.saturating_add(padding.saturating_mul(2));
        match room.checked_sub(side) {
            Some(room) => Ok(room / stride + 1),
            None => Err(format!(
                "windows of {side} pixels on maps of {length}; make them smaller"
            )),
        }
    };
    match layer.operation {
        Operation::Convolution {
            outputs,
            kernel,
            stride,
            padding,
            ..
        } => {
            if padding >= kernel.max(1) {
                return Err(format!(
                    "padding {padding} with filters of {kernel}: some would see nothing; give at most {}",
                    kernel.saturating_sub(1)
                ));
            }
            Ok(Image {
                channels: outputs,
                height: windows(seen.height, kernel, stride, padding)?,
                width: windows(seen.width, kernel, stride, padding)?,
            })
        }
        Operation::Dense { outputs } => Ok(Image::vector(outputs)),
        Operation::MaxPool { side, stride } => Ok(Image {
            channels: seen.channels,
            height: windows(seen.height, side, stride, 0)?,
            width: windows(seen.width, side, stride, 0)?,
        }),
        Operation::Average => Ok(Image::vector(seen.channels)),
        Operation::Route { .. } | Operation::Pass => Ok(seen),
        Operation::Reorganise { stride } => {
            if stride == 0
                || !seen.height.is_multiple_of(stride)
                || !seen.width.is_multiple_of(stride)
            {
                return Err(format!(
                    "squares of {stride} pixels do not fill maps of {} x {}",
                    seen.height, seen.width
                ));
            }
            Ok(Image {
                channels: seen.channels * stride * stride,
                height: seen.height / stride,
                width: seen.width / stride,
            })
        }
    }
}
