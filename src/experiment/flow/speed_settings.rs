//! Settings of the kind `orthogonal-speed`.

use super::deep::{ConvolutionSettings, UnitSettings};
use super::orthogonal_speed::{KEPT, PROBES};
use super::size::{Size, require_runs};
pub use super::speed_task::DataSettings;
use super::speed_task::Ends;
use crate::experiment::Diagnostic;
use crate::experiment::memory_limit::{NUMBER, largest, require_memory};
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonEmpty, NonNegative, OneOrMore, Placed, Positive, require, settings,
};
use crate::networks::Activation;
use crate::networks::deep::{Architecture, DeepNetwork, Image, Initialisation};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// What is learnt.
        pub data: DataSettings,
        /// The networks.
        pub network: NetworkSettings,
        /// How they learn.
        pub training: TrainingSettings,
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// What every hidden unit applies to its sum.
        pub activation: Choice<Activation>,
        /// Standard deviation of a weight, times the root of the units that it sums over: one, or
        /// several as the control of the claim about the linear regime.
        pub sigma_w: OneOrMore<Positive>,
        /// Standard deviation of a bias.
        pub sigma_b: NonNegative,
        /// Units of every hidden layer.
        pub width: Count,
        /// Numbers of hidden layers.
        pub depths: NonEmpty<Count>,
        /// Convolutional, if it is there; `width` counts channels then.
        pub convolution: Option<ConvolutionSettings>,
        /// The law beside the Gaussian one. For deep convolutions that is `delta-orthogonal`, under which
        /// every filter keeps lengths; the filters of `orthogonal` do not.
        pub law: Choice<Initialisation> = Initialisation::Orthogonal,
    }

    /// Section `[training]`.
    pub struct TrainingSettings {
        /// Rates of gradient descent on `1/2 sum |f - y|^2`.
        pub rates: NonEmpty<Positive>,
        /// Steps of it.
        pub steps: Count<2>,
        /// Networks of every rate, depth and law.
        pub networks: Count<2>,
    }
}

impl Settings {
    /// A network of some weights and depth.
    pub(super) fn architecture(&self, ends: Ends, sigma_w: f64, depth: usize) -> Architecture {
        let NetworkSettings {
            activation,
            sigma_b,
            width,
            convolution,
            ..
        } = &self.network;
        let unit = UnitSettings {
            activation: *activation,
            sigma_w: sigma_w.into(),
            sigma_b: *sigma_b,
        };
        let image = match convolution {
            Some(_) => ends.image,
            None => Image::vector(ends.image.numbers()),
        };
        Architecture {
            outputs: ends.outputs,
            ..unit.architecture(image, convolution.as_ref(), **width, depth)
        }
    }

    /// The laws that are compared.
    pub(super) fn laws(&self) -> [Initialisation; 2] {
        [Initialisation::Gaussian, *self.network.law]
    }

    /// Refuses what no network can be made of.
    pub(super) fn check(&self, ends: Ends) -> Result<(), Mistakes> {
        let NetworkSettings {
            convolution, law, ..
        } = &self.network;
        let made = DeepNetwork::new(self.architecture(ends, 1.0, 1));
        let place = convolution.as_ref().map_or_else(
            || self.network.activation.place(),
            |convolution| convolution.kernel.place(),
        );
        made.map_err(|error| Diagnostic::new(error.to_string()).at(place.bytes()))?;
        require(
            law,
            **law != Initialisation::Gaussian,
            "Gaussian weights beside Gaussian ones",
            "the same again",
            "give `law` as \"orthogonal\" or \"delta-orthogonal\"",
        )?;
        Ok(())
    }

    /// Whether everything fits, before there is anything.
    pub(super) fn require_memory(&self, ends: Ends) -> Result<(), Mistakes> {
        let (network, training) = (&self.network, &self.training);
        let mut mistakes = Mistakes::default();
        let size = Size {
            image: ends.image,
            convolution: network.convolution.as_ref(),
            width: network.width,
            depth: largest(&network.depths),
            outputs: ends.outputs,
            examples: self.data.examples,
        };
        size.require(1, PROBES, &mut mistakes);
        let losses = NUMBER * *training.steps as f64;
        mistakes.note(require_memory(
            &training.steps,
            "the losses of all steps",
            losses,
        ));
        let places = network.sigma_w.len() * network.depths.len() * training.rates.len();
        let runs = (places * self.laws().len()) as f64 * *training.networks as f64;
        require_runs(&training.networks, runs, KEPT as f64, &mut mistakes);
        mistakes.end()
    }
}
