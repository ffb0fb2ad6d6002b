//! Sections of a model file for the kind `predictive-toy`.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use super::RelaxationSettings;
use crate::experiment::rules::{at_least, between, non_negative, positive, require, unwritten};
use crate::experiment::{Diagnostic, ModelFile};
use crate::networks::predictive::{Activation, Feedback};
use crate::training::predictive::Hold;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub data: DataSettings,
    pub network: NetworkSettings,
    pub learning: LearningSettings,
    pub generation: GenerationSettings,
    #[serde(default)]
    pub relaxation: RelaxationSettings,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DataSettings {
    /// One vector a class.
    pub class_vectors: Spanned<Vec<Vec<f64>>>,
    /// Standard deviation of what is added to every number of a sample.
    pub noise: Spanned<f64>,
    pub samples: Spanned<usize>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworkSettings {
    /// Neurons of the hidden layers, from the class upwards.
    pub hidden: Spanned<Vec<usize>>,
    #[serde(default)]
    pub activation: Activation,
    #[serde(default)]
    pub feedback: Feedback,
    /// Networks with a random start of their own.
    pub networks: Spanned<usize>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LearningSettings {
    pub tau: Spanned<f64>,
    pub gamma: Spanned<f64>,
    pub step: Spanned<f64>,
    /// Seconds that a batch is held, and those of them in which the weights rest.
    pub hold: Spanned<f64>,
    pub blackout: Spanned<f64>,
    /// Every network is trained once with each.
    pub weight_decays: Vec<Spanned<f64>>,
    #[serde(default = "none")]
    pub value_decay: Spanned<f64>,
    pub batch: Spanned<usize>,
    pub epochs: Spanned<usize>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GenerationSettings {
    pub tau: Spanned<f64>,
    pub value_decay: Spanned<f64>,
    /// Seconds from the state zero.
    pub duration: Spanned<f64>,
}

fn none() -> Spanned<f64> {
    unwritten(0.0)
}

impl Settings {
    pub fn read(model: &ModelFile) -> Result<Self, Diagnostic> {
        let settings: Self = model.settings()?;
        let vectors = settings.data.class_vectors.get_ref();
        let pixels = vectors.first().map_or(0, Vec::len);
        require(
            &settings.data.class_vectors,
            pixels > 0 && vectors.iter().all(|v| v.len() == pixels),
            "the class vectors are empty or of unequal length",
            "these vectors",
            "give one list of numbers for each class, all of one length",
        )?;
        non_negative("noise", &settings.data.noise)?;
        at_least("samples", &settings.data.samples, 1)?;
        let NetworkSettings {
            hidden, networks, ..
        } = &settings.network;
        require(
            hidden,
            !hidden.get_ref().contains(&0),
            "a hidden layer without neurons",
            "these layers",
            "give every hidden layer at least one neuron",
        )?;
        at_least("networks", networks, 1)?;
        let learning = &settings.learning;
        for (name, value) in [
            ("tau", &learning.tau),
            ("gamma", &learning.gamma),
            ("step", &learning.step),
            ("hold", &learning.hold),
            ("tau", &settings.generation.tau),
            ("duration", &settings.generation.duration),
        ] {
            positive(name, value)?;
        }
        between(
            "blackout",
            &learning.blackout,
            0.0,
            *learning.hold.get_ref(),
        )?;
        non_negative("weight_decays", &learning.weight_decays)?;
        non_negative("value_decay", &learning.value_decay)?;
        non_negative("value_decay", &settings.generation.value_decay)?;
        at_least("batch", &learning.batch, 1)?;
        at_least("epochs", &learning.epochs, 1)?;
        Ok(settings)
    }

    /// One class vector a column.
    pub fn class_vectors(&self) -> DMatrix<f64> {
        let vectors = self.data.class_vectors.get_ref();
        let pixels = vectors.first().map_or(0, Vec::len);
        let numbers = vectors.iter().flatten().copied();
        DMatrix::from_iterator(pixels, vectors.len(), numbers)
    }

    /// How a batch is held; the weight decay is set for every training.
    pub fn hold(&self) -> Hold {
        let learning = &self.learning;
        Hold {
            tau: *learning.tau.get_ref(),
            gamma: *learning.gamma.get_ref(),
            step: *learning.step.get_ref(),
            duration: *learning.hold.get_ref(),
            blackout: *learning.blackout.get_ref(),
            weight_decay: 0.0,
            value_decay: *learning.value_decay.get_ref(),
            biases: false,
        }
    }
}
