//! The layer tables of four convolutional networks, as the published plans were made from them.
//!
//! R. Stahl, A. Hoffman, D. Mueller-Gritschneder, A. Gerstlauer, U. Schlichtmann, "`DeeperThings`: fully distributed CNN
//! inference on resource-constrained edge devices", International Journal of Parallel Programming 49(4), 600-624
//! (2021): the tables are those of its public scripts. Weights are not: they are drawn at random.

use serde::{Deserialize, Serialize};

use super::{Chain, Layer, Operation, PartitionError};
use crate::networks::Activation;
use crate::networks::deep::{Image, Padding};

/// A network of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Published {
    /// J. Redmon, A. Farhadi, "YOLO9000", CVPR 2017, arXiv:1612.08242: 32 layers on 608 x 608 pixels.
    Yolov2,
    /// K. Simonyan, A. Zisserman, ICLR 2015, arXiv:1409.1556: the convolutions, on 224 x 224.
    Vgg16,
    /// Darknet's Extraction, the chain that the source calls `GoogLeNet`, on 224 x 224.
    Extraction,
    /// A. Krizhevsky, I. Sutskever, G. Hinton, NIPS 2012: the convolutions without groups, on 227 x 227.
    Alexnet,
}

/// Rectifiers of Darknet: a tenth of what is negative passes.
const LEAKY: Activation = Activation::LeakyRelu(0.1);

impl Published {
    /// The chain, on images and with channels as published.
    ///
    /// # Errors
    /// None: the tables fit.
    pub fn chain(self) -> Result<Chain, PartitionError> {
        self.scaled(1)
    }

    /// The same layers with every number of channels divided by `divisor` (rounded up; the three of the image
    /// stay) on images of the published size divided by it, rounded up to a size that fits every layer: a small network
    /// of the same form, for tests.
    ///
    /// # Errors
    /// [`PartitionError::Layer`] for a divisor that leaves no image.
    pub fn scaled(self, divisor: usize) -> Result<Chain, PartitionError> {
        let divisor = divisor.max(1);
        let (side, unit): (usize, usize) = match self {
            Self::Yolov2 => (608, 32),
            Self::Vgg16 | Self::Extraction => (224, 32),
            // 227 = 11 + 4 * 54, and smaller ones a multiple of 32 below.
            Self::Alexnet => (227, 32),
        };
        let side = if divisor == 1 {
            side
        } else {
            let whole = side.div_ceil(divisor).div_ceil(unit) * unit;
            // Three pixels more, so that the first windows of AlexNet fill its map; its last map has one pixel at least.
            if self == Self::Alexnet {
                whole.max(64) + 3
            } else {
                whole
            }
        };
        let image = Image {
            channels: 3,
            height: side,
            width: side,
        };
        let mut layers = self.layers();
        for layer in &mut layers {
            if let Operation::Convolution { outputs, .. } = &mut layer.operation {
                *outputs = outputs.div_ceil(divisor);
            }
        }
        Chain::new(image, layers)
    }

    fn layers(self) -> Vec<Layer> {
        match self {
            Self::Yolov2 => yolov2(),
            Self::Vgg16 => vgg16(),
            Self::Extraction => extraction(),
            Self::Alexnet => alexnet(),
        }
    }
}

/// A convolution of Darknet: batch normalisation, leaky rectifier.
fn darknet(outputs: usize, kernel: usize) -> Layer {
    Layer {
        normalised: true,
        ..Layer::convolution(outputs, kernel, 1, LEAKY)
    }
}

/// Three by three and one by one filters in turn, from 3 x 3 on.
fn alternating(outputs: &[usize]) -> Vec<Layer> {
    let turn = outputs.iter().enumerate();
    turn.map(|(n, outputs)| darknet(*outputs, if n % 2 == 0 { 3 } else { 1 }))
        .collect()
}

fn other(operation: Operation) -> Layer {
    Layer::new(operation, Activation::Identity)
}

fn yolov2() -> Vec<Layer> {
    let mut layers = vec![
        darknet(32, 3),
        Layer::pool(2),
        darknet(64, 3),
        Layer::pool(2),
    ];
    layers.extend(alternating(&[128, 64, 128]));
    layers.push(Layer::pool(2));
    layers.extend(alternating(&[256, 128, 256]));
    layers.push(Layer::pool(2));
    layers.extend(alternating(&[512, 256, 512, 256, 512]));
    layers.push(Layer::pool(2));
    layers.extend(alternating(&[1024, 512, 1024, 512, 1024]));
    layers.extend([darknet(1024, 3), darknet(1024, 3)]);
    layers.push(other(Operation::Route { from: vec![16] }));
    layers.push(darknet(64, 1));
    layers.push(other(Operation::Reorganise { stride: 2 }));
    layers.push(other(Operation::Route { from: vec![27, 24] }));
    layers.push(darknet(1024, 3));
    layers.push(Layer::convolution(425, 1, 1, Activation::Identity));
    layers.push(other(Operation::Pass));
    layers
}

fn vgg16() -> Vec<Layer> {
    let mut layers = vec![other(Operation::Pass)];
    for (channels, count) in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)] {
        let filters = Layer::convolution(channels, 3, 1, Activation::Relu);
        layers.extend(vec![filters; count]);
        layers.push(Layer::pool(2));
    }
    layers
}

fn extraction() -> Vec<Layer> {
    let first = Layer {
        normalised: true,
        ..Layer::convolution(64, 7, 2, LEAKY)
    };
    let mut layers = vec![first, Layer::pool(2), darknet(192, 3), Layer::pool(2)];
    // From 1 x 1 on: a pair of filters at a time.
    let pairs = |pairs: &[(usize, usize)]| -> Vec<Layer> {
        let pairs = pairs.iter();
        pairs
            .flat_map(|(narrow, wide)| [darknet(*narrow, 1), darknet(*wide, 3)])
            .collect()
    };
    layers.extend(pairs(&[(128, 256), (256, 512)]));
    layers.push(Layer::pool(2));
    layers.extend(pairs(&[(256, 512); 4]));
    layers.extend(pairs(&[(512, 1024)]));
    layers.push(Layer::pool(2));
    layers.extend(pairs(&[(512, 1024); 2]));
    layers.push(Layer::convolution(1000, 1, 1, LEAKY));
    layers
}

fn alexnet() -> Vec<Layer> {
    let relu = |outputs, kernel| Layer::convolution(outputs, kernel, 1, Activation::Relu);
    let first = Operation::Convolution {
        outputs: 96,
        kernel: 11,
        stride: 4,
        padding: 0,
        border: Padding::Zero,
    };
    vec![
        Layer::new(first, Activation::Relu),
        Layer::pool(2),
        relu(256, 5),
        Layer::pool(2),
        relu(384, 3),
        relu(384, 3),
        relu(256, 3),
        Layer::pool(2),
    ]
}
