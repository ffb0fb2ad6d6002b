//! Sections of a model file for the kind `predictive-toy`.

use super::RelaxationSettings;
use super::toy_samples::Samples;
use crate::experiment::data::own::OwnSettings;
use crate::experiment::memory_limit::{NUMBER, largest, require_memory, weights_between};
use crate::experiment::settings::{
    Choice, Count, Flat, Mistakes, NonEmpty, NonNegative, Positive, Rows, require, settings,
};
use crate::networks::predictive::{Activation, Feedback};
use crate::training::predictive::Hold;

/// Most steps of a hold: a second of a small network (chosen).
const MOST_STEPS: f64 = 1e6;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// What is learnt.
        pub data: DataSettings,
        /// By which networks.
        pub network: NetworkSettings,
        /// How.
        pub learning: LearningSettings,
        /// How they generate.
        pub generation: GenerationSettings,
        /// When a sample is at equilibrium.
        pub relaxation: RelaxationSettings,
    }

    /// Section `[data]`.
    pub struct DataSettings {
        /// One vector a class.
        pub class_vectors: Option<Rows>,
        /// Standard deviation of what is added to every number of a sample.
        pub noise: NonNegative = 0.0,
        /// Samples of all classes in turn, of which every network has its own; of one's own the first so many, by default all.
        pub samples: Option<Count>,
        /// One's own samples with their classes, in place of class vectors: those are the means of the classes then.
        pub own: Flat<OwnSettings>,
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// Neurons of the hidden layers, from the class upwards.
        pub hidden: Vec<Count>,
        /// Of the values on their way to the next layer.
        pub activation: Choice<Activation> = Activation::default(),
        /// Whether the feedback weights learn by themselves.
        pub feedback: Choice<Feedback> = Feedback::default(),
        /// Networks with a random start, samples and an order of their own.
        pub networks: Count,
    }

    /// Section `[learning]`.
    pub struct LearningSettings {
        /// Time constant of values and errors in seconds.
        pub tau: Positive,
        /// Time constant of the weights.
        pub gamma: Positive,
        /// Step of Euler's method, as published.
        pub step: Positive,
        /// Seconds that a batch is held.
        pub hold: Positive,
        /// Seconds of them in which the weights rest.
        pub blackout: NonNegative,
        /// Every network is trained once with each.
        pub weight_decays: NonEmpty<NonNegative>,
        /// Decay of the values while learning.
        pub value_decay: NonNegative = 0.0,
        /// Samples held at a time.
        pub batch: Count,
        /// Passes through all samples.
        pub epochs: Count,
    }

    /// Section `[generation]`.
    pub struct GenerationSettings {
        /// Time constant of values and errors in seconds.
        pub tau: Positive,
        /// Decay of the values.
        pub value_decay: NonNegative,
        /// Seconds from the state zero.
        pub duration: Positive,
    }
}

impl Settings {
    /// Refuses what keys do not allow together.
    pub fn check(&self, samples: &Samples) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        let (pixels, classes) = samples.class_vectors.shape();
        let (blackout, hold) = (&self.learning.blackout, self.learning.hold);
        mistakes.note(require(
            blackout,
            **blackout <= *hold,
            format!("`blackout` {blackout} is longer than `hold` {hold}"),
            "nothing would be learnt",
            "choose `blackout` < `hold`",
        ));
        let steps = *hold / *self.learning.step;
        mistakes.note(require(
            &self.learning.hold,
            steps <= MOST_STEPS,
            format!("a hold of {steps:.1e} steps would not end"),
            "too long for this step",
            format!("keep `hold` / `step` below {MOST_STEPS:e}"),
        ));
        let hidden = &self.network.hidden;
        let sizes = [classes]
            .into_iter()
            .chain(hidden.iter().map(|layer| **layer));
        let weights = NUMBER * weights_between(sizes.chain([pixels]));
        mistakes.note(require_memory(
            &largest(hidden),
            "the weights of a network",
            weights,
        ));
        let bytes = NUMBER * samples.count as f64 * pixels as f64;
        mistakes.note(require_memory(&self.data.samples, "the samples", bytes));
        mistakes.end()
    }

    /// How a batch is held; the weight decay is set for every training.
    pub fn hold(&self) -> Hold {
        let learning = &self.learning;
        Hold {
            tau: *learning.tau,
            gamma: *learning.gamma,
            step: *learning.step,
            duration: *learning.hold,
            blackout: *learning.blackout,
            weight_decay: 0.0,
            value_decay: *learning.value_decay,
            biases: false,
        }
    }
}
