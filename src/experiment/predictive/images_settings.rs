//! Sections of a model file for the kind `predictive-images`, and the data that they name.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use super::RelaxationSettings;
use crate::experiment::rules::{at_least, non_negative, positive, require, unwritten};
use crate::experiment::{DataError, Diagnostic, LabelledImages, ModelFile};
use crate::networks::predictive::{Activation, Dynamics, RelaxOptions};
use crate::training::predictive::{Optimiser, Rule, TrainingOptions};

/// The set of images that ships with the crate.
pub(super) const SHIPPED: &str = "digits8x8";

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub data: DataSettings,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<PublishedSettings>,
    pub network: NetworkSettings,
    pub training: TrainingSettings,
    pub generation: GenerationSettings,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course: Option<CourseSettings>,
    #[serde(default)]
    pub relaxation: RelaxationSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DataSettings {
    /// `"digits8x8"`, or a folder with the four files of MNIST.
    images: String,
    /// The first so many images are for training; those after them, or the test files, for tests.
    training: Spanned<usize>,
    /// What the bytes of a folder are divided by.
    #[serde(default = "bytes")]
    scale: Spanned<f64>,
}

/// Weights that were trained elsewhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PublishedSettings {
    /// Folder with `M_0.npy`, `M_1.npy`, ...; left out where it does not exist.
    weights: String,
    #[serde(default)]
    pub activation: Activation,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworkSettings {
    /// Neurons of the hidden layers, from the class upwards.
    pub hidden: Spanned<Vec<usize>>,
    #[serde(default)]
    pub activation: Activation,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Steps {
    /// Implicit steps, stable for any rate.
    #[default]
    Proximal,
    Descent,
    Adam,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrainingSettings {
    /// One network is trained with each.
    pub weight_decays: Vec<Spanned<f64>>,
    #[serde(default)]
    steps: Steps,
    /// Size of a step, in units of `gamma` but for Adam.
    rate: Spanned<f64>,
    /// Rate of the last epoch over that of the first.
    #[serde(default = "one")]
    final_rate: Spanned<f64>,
    pub batch: Spanned<usize>,
    pub epochs: Spanned<usize>,
    /// Residual at which the values of a batch count as being at equilibrium.
    #[serde(default = "coarse")]
    tolerance: Spanned<f64>,
    #[serde(default)]
    biases: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GenerationSettings {
    pub value_decay: Spanned<f64>,
    #[serde(default = "one")]
    pub hidden_multiplicity: Spanned<f64>,
}

/// The published way to generate: a run from the state zero for a given time.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CourseSettings {
    pub tau: Spanned<f64>,
    pub duration: Spanned<f64>,
}

fn bytes() -> Spanned<f64> {
    unwritten(256.0)
}

fn one() -> Spanned<f64> {
    unwritten(1.0)
}

fn coarse() -> Spanned<f64> {
    unwritten(1e-3)
}

/// A training part and a test part.
pub(super) struct Data {
    pub training: LabelledImages,
    pub test: LabelledImages,
    pub classes: usize,
}

/// The path itself, or the folder of that name in `PULSATRIX_DATA` if that exists instead.
fn locate(folder: &str) -> PathBuf {
    let path = PathBuf::from(folder);
    let elsewhere = std::env::var_os("PULSATRIX_DATA").map(|root| Path::new(&root).join(folder));
    match elsewhere {
        Some(elsewhere) if !path.exists() && elsewhere.exists() => elsewhere,
        _ => path,
    }
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
    pub fn read(model: &ModelFile) -> Result<Self, Diagnostic> {
        let settings: Self = model.settings()?;
        at_least("training", &settings.data.training, 1)?;
        positive("scale", &settings.data.scale)?;
        let hidden = &settings.network.hidden;
        require(
            hidden,
            !hidden.get_ref().contains(&0),
            "a hidden layer without neurons",
            "these layers",
            "give every hidden layer at least one neuron",
        )?;
        let training = &settings.training;
        non_negative("weight_decays", &training.weight_decays)?;
        positive("rate", &training.rate)?;
        positive("final_rate", &training.final_rate)?;
        positive("tolerance", &training.tolerance)?;
        at_least("batch", &training.batch, 1)?;
        at_least("epochs", &training.epochs, 1)?;
        non_negative("value_decay", &settings.generation.value_decay)?;
        non_negative(
            "hidden_multiplicity",
            &settings.generation.hidden_multiplicity,
        )?;
        if let Some(course) = &settings.course {
            positive("tau", &course.tau)?;
            positive("duration", &course.duration)?;
        }
        Ok(settings)
    }

    pub fn data(&self) -> Result<Data, DataError> {
        let count = *self.data.training.get_ref();
        let (training, test) = if self.data.images == SHIPPED {
            let all = LabelledImages::digits()?;
            (all.range(0, count), all.range(count, all.len()))
        } else {
            let folder = locate(&self.data.images);
            let scale = *self.data.scale.get_ref();
            let training = LabelledImages::training(&folder, scale)?;
            (
                training.range(0, count),
                LabelledImages::test(&folder, scale)?,
            )
        };
        let labels = training.labels.iter().chain(&test.labels);
        let classes = labels.max().map_or(0, |label| label + 1);
        Ok(Data {
            training,
            test,
            classes,
        })
    }

    pub fn images(&self) -> &str {
        &self.data.images
    }

    /// Constants of generation with a given value decay.
    pub fn dynamics(&self, value_decay: f64) -> Dynamics {
        Dynamics {
            value_decay,
            hidden_multiplicity: *self.generation.hidden_multiplicity.get_ref(),
            ..Dynamics::default()
        }
    }

    pub fn options(&self, weight_decay: f64, seed: u64) -> TrainingOptions {
        let training = &self.training;
        let rate = *training.rate.get_ref();
        TrainingOptions {
            rule: Rule::Equilibrium(RelaxOptions {
                tolerance: *training.tolerance.get_ref(),
                ..RelaxOptions::default()
            }),
            optimiser: match training.steps {
                Steps::Proximal => Optimiser::Proximal { rate },
                Steps::Descent => Optimiser::Descent { rate },
                Steps::Adam => Optimiser::adam(rate),
            },
            weight_decay,
            dynamics: Dynamics::default(),
            batch: *training.batch.get_ref(),
            epochs: *training.epochs.get_ref(),
            final_rate: *training.final_rate.get_ref(),
            biases: training.biases,
            shuffle: true,
            seed,
        }
    }
}
