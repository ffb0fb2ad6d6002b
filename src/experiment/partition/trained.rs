//! A network of the crate that learns images first, and is then run by the ranks.

use super::settings::refused;
use crate::experiment::data::images::ImageData;
use crate::experiment::image_networks::{
    BlockSettings, Form, Learner, StepSettings, UnitSettings, train_to,
};
use crate::experiment::settings::{
    Choice, Count, Flat, Layers, Mistakes, NonNegative, Placed, Positive, settings,
};
use crate::experiment::{Diagnostic, LabelledImages, Progress, RunError, part};
use crate::networks::Activation;
use crate::networks::deep::{Architecture, DeepNetwork, DifferentiableModel};
use crate::numerics::random::member;
use crate::partition::Chain;
use crate::partition::run::Weights;

settings! {
    /// Section `[trained]`.
    pub struct TrainedSettings {
        /// Units of the hidden fully connected layers.
        pub hidden: Layers,
        /// Convolutions before them.
        pub convolutions: Option<BlockSettings>,
        /// What every hidden unit applies to its sum.
        pub activation: Choice<Activation> = Activation::Relu,
        /// Standard deviation of a weight at the start, times the root of the units that it sums over.
        pub sigma_w: Positive = std::f64::consts::SQRT_2,
        /// Standard deviation of a bias at the start; at 0 there are none.
        pub sigma_b: NonNegative = 0.1,
        /// How it learns.
        pub steps: Flat<StepSettings>,
        /// Passes through the training images.
        pub epochs: Count,
    }
}

/// A network before it has learnt.
pub(super) struct Learning {
    network: DeepNetwork,
    images: LabelledImages,
    classes: usize,
    steps: StepSettings,
    epochs: usize,
}

/// A network that has learnt: its weights as those of a chain, and its own outputs for the images that the ranks are shown.
pub(super) struct Learnt {
    pub weights: Weights<f64>,
    pub outputs: Vec<Vec<f64>>,
}

impl TrainedSettings {
    /// The network, and its chain.
    pub(super) fn network(&self, data: Option<&ImageData>) -> Result<(Learning, Chain), Mistakes> {
        let place = self.epochs.place();
        let Some(data) = data else {
            return Err(Diagnostic::new("a network that learns, and no images")
                .at(place.bytes())
                .label("learns what?")
                .help("give `[data]` with `images = \"digits8x8\"` and `training = 1500`")
                .into());
        };
        self.steps.check()?;
        let architecture = self.architecture(data)?;
        let network = DeepNetwork::new(architecture);
        let network =
            network.map_err(|error| Diagnostic::new(error.to_string()).at(place.bytes()))?;
        let chain = Chain::of_network(&network);
        let chain = chain.map_err(|error| refused(&error, place, "this network"))?;
        let learning = Learning {
            network,
            images: data.training.clone(),
            classes: data.classes,
            steps: StepSettings {
                rule: self.steps.rule,
                batch: self.steps.batch,
            },
            epochs: *self.epochs,
        };
        Ok((learning, chain))
    }

    fn architecture(&self, data: &ImageData) -> Result<Architecture, Mistakes> {
        let units = UnitSettings {
            activation: self.activation,
            sigma_w: self.sigma_w,
            sigma_b: self.sigma_b,
            networks: 1.into(),
        };
        let form = Form {
            units: &units,
            activation: None,
            blocks: self.convolutions.as_ref(),
            hidden: &self.hidden,
        };
        form.check(data, data.training.len())?;
        Ok(form.architecture(data, data.classes))
    }
}

impl Learning {
    /// Lets it learn, as a part of the run.
    pub fn learn(
        &self,
        progress: &dyn Progress,
        seed: u64,
        shown: &LabelledImages,
    ) -> Result<Learnt, RunError> {
        let parameters = part(progress, "network", || {
            let learner = Learner {
                architecture: self.network.architecture(),
                images: &self.images,
                classes: self.classes,
                steps: &self.steps,
                dropout: 0.0,
                seed: &|purpose| member(seed, purpose, 0),
            };
            learner.train(|_, batches| {
                train_to(batches, self.epochs)?;
                Ok(batches.parameters().to_vec())
            })
        })?;
        let outputs = self
            .network
            .outputs(&parameters, &shown.images.transpose())?;
        Ok(Learnt {
            weights: Weights::of_network(&self.network, &parameters)?,
            outputs: outputs
                .row_iter()
                .map(|row| row.iter().copied().collect())
                .collect(),
        })
    }

    /// What it learns.
    pub fn images(&self) -> &LabelledImages {
        &self.images
    }
}
