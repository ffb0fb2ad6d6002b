//! Settings of the kind `ntk-width`.

use super::deep::{ConvolutionSettings, UnitSettings};
use super::points::PointSettings;
use super::size::Size;
use crate::experiment::memory_limit::{NUMBER, largest, require_memory};
use crate::experiment::settings::{Choice, Count, Flat, Mistakes, NonEmpty, settings};
use crate::networks::deep::Initialisation;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The inputs.
        pub data: DataSettings,
        /// The networks.
        pub network: NetworkSettings,
        /// How many of them.
        pub study: StudySettings,
    }

    /// Section `[data]`.
    pub struct DataSettings {
        /// The inputs whose kernels are compared.
        pub points: Flat<PointSettings>,
        /// Tests behind them: the kernels between tests and inputs are saved as well.
        pub tests: Count<0> = 0,
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
        let tests = &self.data.tests;
        mistakes.note(self.data.points.require_memory(**tests));
        let size = Size {
            image: self.data.points.image(),
            convolution: network.convolution.as_ref(),
            width: largest(&network.widths),
            depth: largest(&network.depths),
            outputs: 1,
            examples: self.data.points.examples,
        };
        // All kernels of one width, depth and law are there at once.
        size.require(*self.study.networks, *size.examples, &mut mistakes);
        let cross = NUMBER * **tests as f64 * *self.data.points.examples as f64;
        mistakes.note(require_memory(
            tests,
            "the kernel between tests and inputs",
            cross,
        ));
        mistakes.end()
    }
}
