//! Sections of a model file for the kind `predictive-images`, and the data that they name.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::RelaxationSettings;
use crate::experiment::files::locate;
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonEmpty, NonNegative, Placed, Positive, Tolerance, Words, require,
    settings,
};
use crate::experiment::{Diagnostic, LabelledImages};
use crate::networks::predictive::{Activation, Dynamics, RelaxOptions};
use crate::training::predictive::{Optimiser, Rule, TrainingOptions};

/// The set of images that ships with the crate.
pub(super) const SHIPPED: &str = "digits8x8";

/// Levels of a byte: what MNIST is divided by in the authors' code.
const BYTES: f64 = 256.0;

/// Levels of the digits that ship.
const DIGITS: f64 = 16.0;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The images.
        pub data: DataSettings,
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

    /// Section `[data]`.
    pub struct DataSettings {
        /// `"digits8x8"`, or a folder with the four files of MNIST.
        pub images: Words,
        /// The first so many images are for training; those after them, or the test files, for tests.
        pub training: Count,
        /// What grey levels are divided by: 256 for bytes, and 16 for the digits that ship.
        pub scale: Option<Positive>,
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

/// A training part and a test part.
pub(super) struct Data {
    pub training: LabelledImages,
    pub test: LabelledImages,
    pub classes: usize,
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

impl DataSettings {
    /// Fills in the scale, which depends on the set, and refuses one that the set does not have.
    fn fill(&mut self) -> Result<(), Diagnostic> {
        let shipped = &*self.images == SHIPPED;
        let scale = *self
            .scale
            .get_or_insert(if shipped { DIGITS } else { BYTES }.into());
        require(
            &self.scale,
            !shipped || *scale == DIGITS,
            format!("the digits that ship have {DIGITS} grey levels, not {scale}"),
            "another scale",
            "leave it out",
        )
    }

    /// Reads the images.
    fn read(&self) -> Result<Data, Diagnostic> {
        let count = *self.training;
        let at = |error: crate::experiment::DataError| {
            Diagnostic::new(error.to_string())
                .at(self.images.place().bytes())
                .label("these images")
                .help("give `digits8x8`, or a folder with the four files of MNIST")
        };
        let scale = self.scale.map_or(BYTES, |scale| *scale);
        let (all, test) = if &*self.images == SHIPPED {
            let all = LabelledImages::digits().map_err(at)?;
            let test = all.range(count, all.len());
            (all, test)
        } else {
            let folder = locate(&self.images);
            let all = LabelledImages::training(&folder, scale).map_err(at)?;
            (all, LabelledImages::test(&folder, scale).map_err(at)?)
        };
        require(
            &self.training,
            count <= all.len(),
            format!(
                "{count} images for training of {} that there are",
                all.len()
            ),
            "more than there are",
            format!("give `training` a value up to {}", all.len()),
        )?;
        let training = all.range(0, count);
        let labels = training.labels.iter().chain(&test.labels);
        let classes = labels.max().map_or(0, |label| label + 1);
        Ok(Data {
            training,
            test,
            classes,
        })
    }
}

impl Settings {
    /// Fills in what depends on the data, and reads them.
    pub(super) fn data(&mut self) -> Result<Data, Mistakes> {
        self.data.fill()?;
        Ok(self.data.read()?)
    }

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
