//! One layer of a chain.

use serde::{Deserialize, Serialize};

use crate::networks::Activation;
use crate::networks::deep::{Image, Padding};

/// What a layer does to the image before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// Filters of `kernel x kernel` pixels, every `stride` pixels, with `padding` pixels beyond each border.
    Convolution {
        /// Channels behind it.
        outputs: usize,
        /// Side of the filters.
        kernel: usize,
        /// Distance of their places.
        stride: usize,
        /// Pixels beyond each border.
        padding: usize,
        /// What lies there.
        border: Padding,
    },
    /// Every output sees every number.
    Dense {
        /// Units.
        outputs: usize,
    },
    /// The largest of `side x side` pixels, every `stride` pixels; what fills no window is left out.
    MaxPool {
        /// Side of the windows.
        side: usize,
        /// Distance of their places.
        stride: usize,
    },
    /// The mean over all pixels of a channel.
    Average,
    /// The outputs of earlier layers (by their places), channels behind channels, instead of that of the layer before.
    Route {
        /// The layers.
        from: Vec<usize>,
    },
    /// Every `stride x stride` pixels become one pixel with the channels of all of them, row after row.
    Reorganise {
        /// Side of the squares.
        stride: usize,
    },
    /// Nothing: a place that is kept for what the chain does not compute (a crop of the image, the reading of the
    /// last map).
    Pass,
}

/// A layer: an operation, and what happens to every output behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// What it does.
    pub operation: Operation,
    /// Whether its outputs have a bias each.
    pub bias: bool,
    /// Whether its outputs have a factor each: a batch normalisation that has learnt is one factor and one bias.
    pub normalised: bool,
    /// What is applied then.
    pub activation: Activation,
}

impl Layer {
    /// A layer with a bias and an activation if it has weights, without both if it has none.
    #[must_use]
    pub fn new(operation: Operation, activation: Activation) -> Self {
        let weighted = matches!(
            operation,
            Operation::Convolution { .. } | Operation::Dense { .. }
        );
        Self {
            operation,
            bias: weighted,
            normalised: false,
            activation: if weighted {
                activation
            } else {
                Activation::Identity
            },
        }
    }

    /// A convolution that keeps the size of the image (up to its stride) with zeros beyond the border: padding
    /// `kernel / 2`.
    #[must_use]
    pub fn convolution(
        outputs: usize,
        kernel: usize,
        stride: usize,
        activation: Activation,
    ) -> Self {
        let operation = Operation::Convolution {
            outputs,
            kernel,
            stride,
            padding: kernel / 2,
            border: Padding::Zero,
        };
        Self::new(operation, activation)
    }

    /// A fully connected layer.
    #[must_use]
    pub fn dense(outputs: usize, activation: Activation) -> Self {
        Self::new(Operation::Dense { outputs }, activation)
    }

    /// Max pooling of windows beside each other.
    #[must_use]
    pub fn pool(side: usize) -> Self {
        let operation = Operation::MaxPool { side, stride: side };
        Self::new(operation, Activation::Identity)
    }

    /// Whether it has weights, and can be cut.
    #[must_use]
    pub fn weighted(&self) -> bool {
        matches!(
            self.operation,
            Operation::Convolution { .. } | Operation::Dense { .. }
        )
    }

    /// Sides of the windows that it sees in such an image.
    pub(super) fn kernel(&self, seen: Image) -> (usize, usize) {
        match self.operation {
            Operation::Convolution { kernel, .. } => (kernel, kernel),
            Operation::Dense { .. } | Operation::Average => (seen.height, seen.width),
            Operation::MaxPool { side, .. } => (side, side),
            _ => (1, 1),
        }
    }

    /// In the short form of tables: `c3/2 64-128@152` has filters of 3 x 3 at every second pixel, from 64 to 128
    /// channels, on maps of 152 pixels.
    #[must_use]
    pub fn name(&self, seen: Image) -> String {
        let from = seen.channels;
        let at = if seen.height == seen.width {
            seen.width.to_string()
        } else {
            format!("{}x{}", seen.height, seen.width)
        };
        let by = |stride: usize| match stride {
            1 => String::new(),
            _ => format!("/{stride}"),
        };
        match &self.operation {
            Operation::Convolution {
                outputs,
                kernel,
                stride,
                ..
            } => format!("c{kernel}{} {from}-{outputs}@{at}", by(*stride)),
            Operation::Dense { outputs } => format!("dense {}-{outputs}", seen.numbers()),
            Operation::MaxPool { side, stride } => format!("max {side}{} {from}@{at}", by(*stride)),
            Operation::Average => format!("mean {from}@{at}"),
            Operation::Route { from: layers } => {
                let layers: Vec<String> = layers.iter().map(ToString::to_string).collect();
                format!("route {} {from}@{at}", layers.join("+"))
            }
            Operation::Reorganise { stride } => format!("reorganise{} {from}@{at}", by(*stride)),
            Operation::Pass => format!("pass {from}@{at}"),
        }
    }
}
