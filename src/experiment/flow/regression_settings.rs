//! Settings of the kind `kernel-regression`.

use serde::{Deserialize, Serialize};

use super::deep::{ConvolutionSettings, UnitSettings};
use crate::experiment::data::numbers::Numbers;
use crate::experiment::data::own::OwnSettings;
use crate::experiment::settings::{
    Choice, Count, Flat, Fraction, NonEmpty, NonNegative, Positive, Words, rules, settings,
};
use crate::networks::deep::Initialisation;

rules! {
    /// A time of a flow, whose end is infinite.
    FlowTime = NotBefore, "zero or more; `inf` is the end", |x| x >= 0.0;
}

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// What is learnt.
        pub data: DataSettings,
        /// The kernel.
        pub kernel: KernelSettings,
        /// The network whose kernel it is.
        pub network: Option<NetworkSettings>,
        /// What is predicted.
        pub regression: RegressionSettings,
    }

    /// Section `[data]`: a set that ships, one's own inputs and targets, or targets alone beside a given kernel.
    pub struct DataSettings {
        /// A set of labelled images, as in the kinds that learn images: `"digits8x8"`, `"mnist-small"` or a folder.
        pub images: Option<Words>,
        /// One's own inputs and targets.
        pub own: Flat<OwnSettings>,
        /// Whether targets are classes, which become one number a class, 1 for its own and 0 for the others: by default of `images` alone.
        pub classes: Option<bool>,
        /// The first so many examples are for training; by default all of one's own.
        pub training: Option<Count>,
        /// Tests, of those that there are; by default all.
        pub tests: Option<Count>,
        /// What inputs are divided by before they are scaled: by default as in the kinds that learn images, and 1 for numbers.
        pub scale: Option<Positive>,
    }

    /// Section `[kernel]`.
    pub struct KernelSettings {
        /// Which kernel.
        pub of: Choice<KernelSource> = KernelSource::LimitTangent,
        /// A given kernel among the examples for training: a symmetric matrix in a file, or its rows.
        pub train: Option<Numbers>,
        /// A given kernel between tests and examples: one row a test.
        pub cross: Option<Numbers>,
        /// Share of the largest eigenvalue up to which one counts as zero; by default what rounding leaves of zero. Kernels in single precision ask for about 1e-6.
        pub rank_tolerance: Option<Fraction>,
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// The units.
        pub unit: Flat<UnitSettings>,
        /// Hidden layers.
        pub depth: Count,
        /// Units or channels of a hidden layer of the network that is drawn for an empirical kernel.
        pub width: Option<Count>,
        /// Law of its weights.
        pub law: Choice<Initialisation> = Initialisation::default(),
        /// Convolutional, if it is there.
        pub convolution: Option<ConvolutionSettings>,
    }

    /// Section `[regression]`.
    pub struct RegressionSettings {
        /// Times of the flow at which is predicted, in units of one over the largest eigenvalue; `inf` is its end.
        pub times: NonEmpty<FlowTime> = [f64::INFINITY.into()],
        /// Ridges with which is predicted, in units of the mean of the diagonal of the kernel; 0 is the end of the flow.
        pub ridges: NonEmpty<NonNegative> = [0.0.into()],
    }
}

/// Whose kernel it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KernelSource {
    /// The tangent kernel of the infinitely wide network.
    LimitTangent,
    /// The kernel of its Gaussian process, which training the read-out alone has.
    LimitProcess,
    /// The tangent kernel of one network that is drawn.
    Empirical,
    /// A matrix that is given.
    Given,
}

impl KernelSource {
    /// For a title.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::LimitTangent => "limiting tangent kernel",
            Self::LimitProcess => "kernel of the limiting Gaussian process",
            Self::Empirical => "tangent kernel of one network",
            Self::Given => "given kernel",
        }
    }
}
