//! Where the fixed features of a study come from.

use serde::{Deserialize, Serialize};

use super::one_shot_settings::FeatureSettings;
use crate::experiment::RunError;
use crate::experiment::data::images::ImageData;
use crate::experiment::image_networks::{BlockSettings, Form, UnitSettings};
use crate::experiment::settings::Count;
use crate::networks::NetworkError;
use crate::networks::deep::{DeepNetwork, Initialisation};
use crate::networks::features::{FeatureLaw, FeatureMap, FrozenFeatures, RandomFeatures};

/// A law of random weights, or random filters before them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeatureSource {
    /// [`FeatureLaw::Gaussian`].
    Gaussian,
    /// [`FeatureLaw::Uniform`].
    Uniform,
    /// [`FeatureLaw::Orthogonal`].
    Orthogonal,
    /// [`FeatureLaw::ClassDifferences`].
    ClassDifferences,
    /// Convolutions with Gaussian filters and max pooling, and Gaussian features of what they leave: a
    /// network that is never trained, as in M. D. `McDonnell`, T. Vladusich, arXiv:1503.04596 (abstract).
    Filters,
}

impl FeatureSource {
    /// The law of the weights, where there are no filters.
    #[must_use]
    pub fn law(self) -> Option<FeatureLaw> {
        match self {
            Self::Gaussian => Some(FeatureLaw::Gaussian),
            Self::Uniform => Some(FeatureLaw::Uniform),
            Self::Orthogonal => Some(FeatureLaw::Orthogonal),
            Self::ClassDifferences => Some(FeatureLaw::ClassDifferences),
            Self::Filters => None,
        }
    }

    /// As in a model file.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gaussian => "gaussian",
            Self::Uniform => "uniform",
            Self::Orthogonal => "orthogonal",
            Self::ClassDifferences => "class-differences",
            Self::Filters => "filters",
        }
    }
}

impl FeatureSettings {
    /// The network of filters with so many features, whose weights have the length and biases of all features.
    pub(super) fn with_filters<T>(
        &self,
        filters: &BlockSettings,
        neurons: Count,
        act: impl FnOnce(Form<'_>) -> T,
    ) -> T {
        let units = UnitSettings {
            activation: self.activation,
            sigma_w: self.scale,
            sigma_b: self.bias,
            networks: self.seeds,
        };
        act(Form {
            units: &units,
            activation: None,
            blocks: Some(filters),
            hidden: &[neurons],
        })
    }

    /// One draw of features.
    pub(super) fn draw(
        &self,
        (source, neurons, seed): (FeatureSource, Count, u64),
        filters: Option<&BlockSettings>,
        data: &ImageData,
    ) -> Result<Box<dyn FeatureMap>, RunError> {
        match (source.law(), filters) {
            (None, Some(filters)) => {
                let form = |form: Form<'_>| form.architecture(data, data.classes);
                let network = DeepNetwork::new(self.with_filters(filters, neurons, form))?;
                let weights = network.initial(Initialisation::Gaussian, seed)?;
                Ok(Box::new(FrozenFeatures::of(network, weights)?))
            }
            (law, _) => {
                let features = self.random((law.unwrap_or_default(), *neurons, seed), data)?;
                Ok(Box::new(features))
            }
        }
    }

    /// One draw of features of a law.
    pub(super) fn random(
        &self,
        (law, neurons, seed): (FeatureLaw, usize, u64),
        data: &ImageData,
    ) -> Result<RandomFeatures, NetworkError> {
        let (options, examples) = (self.options(law, data), data.training.examples());
        RandomFeatures::draw_from(options, examples, neurons, seed)
    }
}
