//! Sections of a model file for the kind `predictive-images`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::RelaxationSettings;
use crate::experiment::data::files::locate;
use crate::experiment::data::images::ImageSettings;
use crate::experiment::settings::{
    Choice, Count, NonEmpty, NonNegative, Positive, Tolerance, Words, settings,
};
use crate::networks::predictive::{Activation, Dynamics, RelaxOptions};
use crate::training::predictive::{Optimiser, Rule, TrainingOptions};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The images.
        pub data: ImageSettings,
        /// Weights that were trained elsewhere.
        pub published: Option<PublishedSettings>,
        /// The networks that are trained.
        pub network: NetworkSettings,
        /// How they are trained.
        pub training: TrainingSettings,
        /// How they generate.
        pub generation: GenerationSettings,
        /// The published way to generate.
        pub course: Option<CourseSettings>,
        /// When a sample is at equilibrium.
        pub relaxation: RelaxationSettings,
    }

    /// Weights that were trained elsewhere.
    pub struct PublishedSettings {
        /// Folder with `M_0.npy`, `M_1.npy`, ...; left out where it does not exist.
        pub weights: Words,
        /// Of the values on their way to the next layer.
        pub activation: Choice<Activation> = Activation::default(),
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// Neurons of the hidden layers, from the class upwards.
        pub hidden: Vec<Count>,
        /// Of the values on their way to the next layer.
        pub activation: Choice<Activation> = Activation::default(),
    }

    /// Section `[training]`.
    pub struct TrainingSettings {
        /// One network is trained with each.
        pub weight_decays: NonEmpty<NonNegative>,
        /// How weights move.
        pub steps: Choice<Steps> = Steps::Proximal,
        /// Size of a step, in units of `gamma` but for Adam.
        pub rate: Positive,
        /// Rate of the last epoch over that of the first.
        pub final_rate: Positive = 1.0,
        /// Images of one step.
        pub batch: Count,
        /// Passes through all images.
        pub epochs: Count,
        /// Residual at which the values of a batch count as being at equilibrium: a step of the weights
        /// is far coarser.
        pub tolerance: Tolerance = 1e-3,
        /// Whether layers have biases.
        pub biases: bool = false,
    }

    /// Section `[generation]`.
    pub struct GenerationSettings {
        /// Decay of the values.
        pub value_decay: NonNegative,
        /// How many times stronger it is in hidden layers.
        pub hidden_multiplicity: NonNegative = 1.0,
    }

    /// The published way to generate: a run from the state zero for a given time.
    pub struct CourseSettings {
        /// Time constant in seconds.
        pub tau: Positive,
        /// Duration in seconds.
        pub duration: Positive,
    }
}

/// How weights move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Steps {
    /// Implicit steps, stable for any rate.
    Proximal,
    /// Steps down the gradient.
    Descent,
    /// The rule of Kingma and Ba.
    Adam,
}

impl PublishedSettings {
    /// The folder, if it exists.
    pub fn folder(&self) -> Result<PathBuf, PathBuf> {
        let folder = locate(&self.weights);
        if folder.is_dir() {
            Ok(folder)
        } else {
            Err(folder)
        }
    }
}

impl Settings {
    /// Constants of generation with a given value decay.
    pub fn dynamics(&self, value_decay: f64) -> Dynamics {
        Dynamics {
            value_decay,
            hidden_multiplicity: *self.generation.hidden_multiplicity,
            ..Dynamics::default()
        }
    }

    /// How a network with a weight decay is trained.
    pub fn options(&self, weight_decay: f64, seed: u64) -> TrainingOptions {
        let training = &self.training;
        let rate = *training.rate;
        TrainingOptions {
            rule: Rule::Equilibrium(RelaxOptions {
                tolerance: *training.tolerance,
                ..RelaxOptions::default()
            }),
            optimiser: match *training.steps {
                Steps::Proximal => Optimiser::Proximal { rate },
                Steps::Descent => Optimiser::Descent { rate },
                Steps::Adam => Optimiser::adam(rate),
            },
            weight_decay,
            dynamics: Dynamics::default(),
            batch: *training.batch,
            epochs: *training.epochs,
            final_rate: *training.final_rate,
            biases: training.biases,
            shuffle: true,
            seed,
        }
    }
}
