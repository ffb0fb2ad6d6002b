//! What a network for texts is made of, and what that costs.

use serde::{Deserialize, Serialize};

use super::convolution::Convolution;
use super::recurrent::{Cell, Recurrent};
use super::separable::Separable;
use crate::networks::NetworkError;

/// Over what the mean of a text is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Average {
    /// Over its words. Padding is no position: it is left out wherever it stands, a text ends where its words do, and
    /// the output does not depend on how much padding there is.
    #[default]
    Words,
    /// Over all positions of the row, padding included, which has an embedding of its own: every padding votes.
    Positions,
}

/// One layer of a network for texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum TextLayer {
    /// Separable convolution, then the rectifier.
    Separable {
        /// Positions that an output sees, odd.
        kernel: usize,
        /// Channels written.
        channels: usize,
    },
    /// Ordinary convolution, then the rectifier; at one tap a layer of units at every position by itself.
    Convolution {
        /// Positions that an output sees, odd.
        kernel: usize,
        /// Channels written.
        channels: usize,
    },
    /// The largest number of every channel in windows side by side.
    MaxPool {
        /// Positions of a window; the last of a text may be shorter.
        width: usize,
    },
    /// The mean over the positions that are left: one position is left.
    Mean,
    /// A recurrent layer of Elman.
    Elman {
        /// Units of its state.
        units: usize,
    },
    /// A recurrent layer with gates.
    Gated {
        /// Units of its state.
        units: usize,
    },
}

/// A network for texts: embedding, layers, and a last convolution whose softmax (logistic function, for one output)
/// is taken at every position; the output is its mean over the positions.
///
/// With separable layers and nothing else this is the network of E. Solovyeva, A. Abdullah, Inventions 6(4), 70
/// (2021), doi:10.3390/inventions6040070, after its abstract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextArchitecture {
    /// Words that are told apart, padding and the unknown word included.
    pub vocabulary: usize,
    /// Numbers of the embedding of a word.
    pub embedding: usize,
    /// What lies between the embedding and the last convolution.
    pub layers: Vec<TextLayer>,
    /// Positions that the last convolution sees, odd.
    pub kernel: usize,
    /// Outputs: classes, or 1 for the probability of the second of two.
    pub outputs: usize,
    /// Over what the last mean is taken.
    pub average: Average,
}

/// Deviation of the numbers of a depthwise filter at the start over their mean: small, so that no position counts twice
/// as much as another, and not 0, so that channels differ. Chosen.
const UNEVEN: f64 = 0.1;

/// A layer with its sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sized {
    Separable(Separable),
    Convolution(Convolution),
    MaxPool(usize),
    Mean,
    Recurrent(Recurrent),
}

impl Sized {
    pub fn parameters(&self) -> usize {
        match self {
            Self::Separable(layer) => layer.parameters(),
            Self::Convolution(layer) => layer.parameters(),
            Self::Recurrent(layer) => layer.parameters(),
            Self::MaxPool(_) | Self::Mean => 0,
        }
    }

    /// Whether a rectifier follows, where it is not the last.
    pub fn is_rectified(&self) -> bool {
        matches!(self, Self::Separable(_) | Self::Convolution(_))
    }

    /// Runs of parameters at the start: how many, their mean and their standard deviation.
    ///
    /// A depthwise filter starts near a sum over its positions, so that a long one begins with the average of the words
    /// that it sees.
    pub fn start(&self) -> Vec<(usize, f64, f64)> {
        let share = |gain: f64, inputs: usize| (gain / inputs as f64).sqrt();
        match self {
            Self::Separable(layer) => vec![
                (
                    layer.kernel * layer.inputs,
                    share(1.0, layer.kernel),
                    UNEVEN * share(1.0, layer.kernel),
                ),
                (layer.inputs * layer.outputs, 0.0, share(2.0, layer.inputs)),
                (layer.outputs, 0.0, 0.0),
            ],
            Self::Convolution(layer) => vec![
                (
                    layer.multiplications(),
                    0.0,
                    share(2.0, layer.kernel * layer.inputs),
                ),
                (layer.outputs, 0.0, 0.0),
            ],
            Self::Recurrent(layer) => vec![
                (layer.inputs * layer.sums(), 0.0, share(1.0, layer.inputs)),
                (layer.sums(), 0.0, 0.0),
                (layer.units * layer.sums(), 0.0, share(1.0, layer.units)),
            ],
            Self::MaxPool(_) | Self::Mean => Vec::new(),
        }
    }

    fn multiplications(&self) -> usize {
        match self {
            Self::Separable(layer) => layer.multiplications(),
            Self::Convolution(layer) => layer.multiplications(),
            Self::Recurrent(layer) => layer.multiplications(),
            Self::MaxPool(_) | Self::Mean => 0,
        }
    }
}

impl TextArchitecture {
    /// The layers with their sizes, the last convolution at the end.
    pub(super) fn sized(&self) -> Vec<Sized> {
        let mut inputs = self.embedding;
        let mut sized = Vec::with_capacity(self.layers.len() + 1);
        for layer in &self.layers {
            let (layer, outputs) = match *layer {
                TextLayer::Separable { kernel, channels } => {
                    let outputs = channels;
                    let layer = Separable {
                        kernel,
                        inputs,
                        outputs,
                    };
                    (Sized::Separable(layer), outputs)
                }
                TextLayer::Convolution { kernel, channels } => {
                    let outputs = channels;
                    let layer = Convolution {
                        kernel,
                        inputs,
                        outputs,
                    };
                    (Sized::Convolution(layer), outputs)
                }
                TextLayer::MaxPool { width } => (Sized::MaxPool(width), inputs),
                TextLayer::Mean => (Sized::Mean, inputs),
                TextLayer::Elman { units } => (recurrent(Cell::Elman, inputs, units), units),
                TextLayer::Gated { units } => (recurrent(Cell::Gated, inputs, units), units),
            };
            sized.push(layer);
            inputs = outputs;
        }
        sized.push(Sized::Convolution(Convolution {
            kernel: self.kernel,
            inputs,
            outputs: self.outputs,
        }));
        sized
    }

    /// Parameters of every layer, that of the last convolution at the end; the embedding, of `vocabulary embedding`
    /// numbers, is not among them.
    #[must_use]
    pub fn layer_parameters(&self) -> Vec<usize> {
        self.sized().iter().map(Sized::parameters).collect()
    }

    /// Multiplications, each with an addition, that a text of so many words takes; biases and the rectifier add none,
    /// and reading a table takes none.
    #[must_use]
    pub fn multiply_adds(&self, words: usize) -> usize {
        let mut positions = words;
        let layers = self.sized();
        let each = layers.iter().map(|layer| {
            match layer {
                Sized::MaxPool(width) => positions = positions.div_ceil(*width),
                Sized::Mean => positions = positions.min(1),
                _ => {}
            }
            positions * layer.multiplications()
        });
        each.sum()
    }

    /// Whether there is such a network.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for the first number that is none: widths of zero, even kernels, a vocabulary
    /// without a word beside padding and the unknown one.
    pub fn check(&self) -> Result<(), NetworkError> {
        let refuse = |name, value: usize, requirement| {
            Err(NetworkError::OutOfRange {
                name,
                value: value as f64,
                requirement,
            })
        };
        if self.vocabulary < 3 {
            let requirement =
                "padding and the unknown word are two of it; at least one word is a third";
            return refuse("vocabulary", self.vocabulary, requirement);
        }
        let positive = "it is at least 1";
        for (name, value) in [("embedding", self.embedding), ("outputs", self.outputs)] {
            if value == 0 {
                return refuse(name, value, positive);
            }
        }
        let mut kernels = vec![self.kernel];
        for layer in &self.layers {
            let (name, width) = match *layer {
                TextLayer::Separable { kernel, channels }
                | TextLayer::Convolution { kernel, channels } => {
                    kernels.push(kernel);
                    ("channels", channels)
                }
                TextLayer::MaxPool { width } => ("width of a pooling", width),
                TextLayer::Mean => continue,
                TextLayer::Elman { units } | TextLayer::Gated { units } => ("units", units),
            };
            if width == 0 {
                return refuse(name, width, positive);
            }
        }
        match kernels.into_iter().find(|kernel| kernel.is_multiple_of(2)) {
            Some(kernel) => refuse("kernel", kernel, "it is odd, so that it has a middle"),
            None => Ok(()),
        }
    }
}

fn recurrent(cell: Cell, inputs: usize, units: usize) -> Sized {
    Sized::Recurrent(Recurrent {
        cell,
        inputs,
        units,
    })
}
