//! Section `[network]` of deep networks, shared by the studies of gradient flow.

use crate::experiment::Diagnostic;
use crate::experiment::settings::{Choice, Count, Flat, NonNegative, Placed, Positive, settings};
use crate::networks::deep::{
    Architecture, Convolutions, DeepNetwork, Filter, Image, Initialisation, Padding, ReadOut,
};
use crate::networks::{Activation, NetworkError};

settings! {
    /// What all layers have in common, in the tangent parameterisation.
    pub struct UnitSettings {
        /// What every hidden unit applies to its sum.
        pub activation: Choice<Activation>,
        /// Standard deviation of a weight, times the root of the units that it sums over.
        pub sigma_w: Positive,
        /// Standard deviation of a bias.
        pub sigma_b: NonNegative = 0.0,
    }

    /// Filters instead of full connections.
    pub struct ConvolutionSettings {
        /// Side of a filter, odd, or its height and width: `3`, `[1, 5]`.
        pub kernel: Choice<Filter>,
        /// What lies beyond the border of an image.
        pub padding: Choice<Padding>,
        /// How the last images become one number.
        pub read_out: Choice<ReadOut>,
    }

    /// One fully connected architecture.
    pub struct DeepSettings {
        /// The units.
        pub unit: Flat<UnitSettings>,
        /// Units of every hidden layer.
        pub width: Count,
        /// Hidden layers.
        pub depth: Count,
        /// Law of the weights at the start.
        pub law: Choice<Initialisation> = Initialisation::default(),
    }
}

impl UnitSettings {
    /// A network with one output: `depth` hidden layers of `width` units or channels.
    pub fn architecture(
        &self,
        image: Image,
        convolution: Option<&ConvolutionSettings>,
        width: usize,
        depth: usize,
    ) -> Architecture {
        let plain = match convolution {
            None => Architecture::fully_connected(image.numbers(), &vec![width; depth], 1),
            Some(convolution) => Architecture::convolutional(
                image,
                Convolutions {
                    channels: vec![width; depth],
                    kernel: *convolution.kernel,
                    padding: *convolution.padding,
                    read_out: *convolution.read_out,
                    pooling: Vec::new(),
                },
            ),
        };
        Architecture {
            activation: *self.activation,
            sigma_w: *self.sigma_w,
            sigma_b: *self.sigma_b,
            ..plain
        }
    }

    /// The activation as a figure calls it.
    pub fn activation_name(&self) -> String {
        format!("{:?}", *self.activation).to_lowercase()
    }

    /// For the subtitle of a figure.
    pub fn describe(&self, convolution: Option<&ConvolutionSettings>) -> String {
        let kind = match convolution {
            None => "fully connected".to_owned(),
            Some(c) => {
                let padding = format!("{:?}", *c.padding).to_lowercase();
                format!("{} convolutions, {padding} padding", *c.kernel)
            }
        };
        let (weights, biases) = (self.sigma_w.powi(2), self.sigma_b.powi(2));
        let activation = self.activation_name();
        format!("{kind}, {activation}, weights σ² = {weights:.3}, biases σ² = {biases:.3}")
    }

    /// A refusal by a network of these units, at the place that it is most likely about.
    pub fn refused(
        &self,
        convolution: Option<&ConvolutionSettings>,
        error: &NetworkError,
    ) -> Diagnostic {
        let kernel = convolution.map(|convolution| convolution.kernel.place());
        let place = kernel.unwrap_or(self.activation.place());
        Diagnostic::new(error.to_string()).at(place.bytes())
    }
}

impl DeepSettings {
    /// The network from so many inputs to one output.
    pub fn network(&self, inputs: usize) -> Result<DeepNetwork, NetworkError> {
        let image = Image::vector(inputs);
        DeepNetwork::new(
            self.unit
                .architecture(image, None, *self.width, *self.depth),
        )
    }

    /// For the subtitle of a figure.
    pub fn describe(&self) -> String {
        let activation = self.unit.activation_name();
        format!("{activation}, L = {}, width {}", self.depth, self.width)
    }
}
