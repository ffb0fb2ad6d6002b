//! Settings of the kind `ntk-width`.

use super::deep::{ConvolutionSettings, UnitSettings};
use super::points::PointSettings;
use super::size::Size;
use crate::experiment::memory_limit::largest;
use crate::experiment::settings::{Choice, Count, Flat, Mistakes, NonEmpty, settings};
use crate::networks::deep::Initialisation;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The inputs.
        pub data: PointSettings,
        /// The networks.
        pub network: NetworkSettings,
        /// How many of them.
        pub study: StudySettings,
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// The units.
        pub unit: Flat<UnitSettings>,
        /// Units or channels of every hidden layer.
        pub widths: NonEmpty<Count>,
        /// Numbers of hidden layers.
        pub depths: NonEmpty<Count>,
        /// Convolutional, if it is there.
        pub convolution: Option<ConvolutionSettings>,
    }

    /// Section `[study]`.
    pub struct StudySettings {
        /// Laws of the weights.
        pub laws: NonEmpty<Choice<Initialisation>> = [
            Initialisation::Gaussian.into(),
            Initialisation::Orthogonal.into(),
        ],
        /// Networks of every width, depth and law.
        pub networks: Count<2>,
    }
}

impl Settings {
    /// Whether everything fits, before there is anything.
    pub(super) fn require_memory(&self) -> Result<(), Mistakes> {
        let network = &self.network;
        let mut mistakes = Mistakes::default();
        mistakes.note(self.data.require_memory(0));
        let size = Size {
            image: self.data.image(),
            convolution: network.convolution.as_ref(),
            width: largest(&network.widths),
            depth: largest(&network.depths),
            outputs: 1,
            examples: self.data.examples,
        };
        // All kernels of one width, depth and law are there at once.
        size.require(*self.study.networks, *size.examples, &mut mistakes);
        mistakes.end()
    }
}
