//! Networks that learn images: their settings, how they are built, and their training, for all kinds that
//! look on.

use nalgebra::DMatrix;

use crate::experiment::data::images::ImageData;
use crate::experiment::memory_limit::{NUMBER, largest, require_memory, weights_between};
use crate::experiment::settings::{
    Choice, Count, Mistakes, NonEmpty, NonNegative, Placed, Positive, require, settings,
};
use crate::experiment::{Diagnostic, LabelledImages, RunError};
use crate::networks::Activation;
use crate::networks::deep::{
    Architecture, Convolutions, DeepNetwork, Dropout, Image, Initialisation, Parameterisation,
};
use crate::networks::predictive::one_hot;
use crate::training::flow::{BatchOptions, CrossEntropy, Descent, GradientFlow, MiniBatches};

settings! {
    /// What all networks of a study have in common.
    pub struct UnitSettings {
        /// What every hidden unit applies to its sum.
        pub activation: Choice<Activation> = Activation::Relu,
        /// Standard deviation of a weight at the start, times the root of the units that it sums over:
        /// the root of 2 keeps the size of signals through rectifiers (K. He et al., ICCV 2015).
        pub sigma_w: Positive = std::f64::consts::SQRT_2,
        /// Standard deviation of a bias at the start; at 0 there are none. Chosen: small beside signals
        /// of order 1.
        pub sigma_b: NonNegative = 0.1,
        /// Networks of each kind, with a start and an order of the images of their own.
        pub networks: Count,
    }

    /// Convolutions before the fully connected layers.
    pub struct BlockSettings {
        /// Channels of the convolutions of every block.
        pub blocks: Vec<Vec<Count>>,
        /// Side of a filter, odd.
        pub kernel: Count = 3,
        /// Side of the max pooling behind every block; 1 for none.
        pub pool: Count = 2,
    }

    /// How networks learn.
    pub struct StepSettings {
        /// From the mean gradient of a batch to a step.
        pub rule: Choice<Descent> = Descent::Adam { rate: 1e-3 },
        /// Images of a batch.
        pub batch: Count = 32,
    }
}

/// Settings as plain numbers.
pub fn plain(counts: &[Count]) -> Vec<usize> {
    counts.iter().map(|count| **count).collect()
}

/// What is asked of one form of networks: hidden fully connected layers, behind convolutions or not.
#[derive(Clone, Copy)]
pub struct Form<'a> {
    pub units: &'a UnitSettings,
    pub activation: Option<Choice<Activation>>,
    pub blocks: Option<&'a BlockSettings>,
    pub hidden: &'a [Count],
}

impl Form<'_> {
    /// The network for images like these, with so many classes.
    pub fn architecture(self, data: &ImageData, classes: usize) -> Architecture {
        let (height, width) = data.training.shape;
        let image = Image {
            channels: 1,
            height,
            width,
        };
        let convolutions = self.blocks.map(|settings| {
            let blocks: Vec<Vec<usize>> = settings.blocks.iter().map(|b| plain(b)).collect();
            Convolutions::blocks(&blocks, *settings.kernel, *settings.pool)
        });
        Architecture {
            input: match convolutions {
                Some(_) => image,
                None => Image::vector(image.numbers()),
            },
            convolutions,
            activation: *self.activation.unwrap_or(self.units.activation),
            parameterisation: Parameterisation::Standard,
            sigma_w: *self.units.sigma_w,
            sigma_b: *self.units.sigma_b,
            ..Architecture::fully_connected(image.numbers(), &plain(self.hidden), classes)
        }
    }

    /// Refuses what is no network, or does not fit into memory with `seen` images at once.
    pub fn check(self, data: &ImageData, seen: usize) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        let pixels = data.training.images.nrows();
        let mut before = pixels;
        if let Some(settings) = self.blocks {
            let channels: Vec<Count> = settings.blocks.concat();
            let last = channels.last().map_or(1, |count| **count);
            let pools = settings.blocks.len().min(30) as i32;
            let left = last as f64 * pixels as f64 / (*settings.pool as f64).powi(2 * pools);
            before = (left.ceil() as usize).max(last);
            let (height, width) = data.training.shape;
            // the side of the image that the last block sees, after the poolings before it
            let behind = settings.blocks.len().saturating_sub(1);
            let sides = (0..behind).fold(height.min(width), |side, _| side / *settings.pool);
            mistakes.note(require(
                &largest(settings.blocks.last().map_or(&[], Vec::as_slice)),
                *settings.kernel <= sides,
                format!(
                    "{} blocks, each with a pooling of side {}, leave {sides} of {} pixels a side to the last one",
                    settings.blocks.len(),
                    settings.pool,
                    height.min(width)
                ),
                format!("a filter of side {} does not fit", settings.kernel),
                "give fewer blocks, a smaller `pool`, or a smaller `kernel`",
            ));
            let kernel = (*settings.kernel as f64).powi(2);
            let filters = weights_between(std::iter::once(1).chain(plain(&channels)));
            let most = largest(&channels);
            let weights = NUMBER * kernel * filters;
            mistakes.note(require_memory(&most, "the weights of a network", weights));
            let patches = NUMBER * kernel * *most as f64 * pixels as f64 * seen as f64;
            mistakes.note(require_memory(&most, "the patches of all images", patches));
        }
        let sizes = std::iter::once(before)
            .chain(plain(self.hidden))
            .chain([data.classes]);
        let widest = largest(self.hidden);
        let weights = NUMBER * weights_between(sizes);
        mistakes.note(require_memory(&widest, "the weights of a network", weights));
        let activations = NUMBER * *widest as f64 * seen as f64;
        mistakes.note(require_memory(
            &widest,
            "the activations of all images",
            activations,
        ));
        mistakes.end()?;
        DeepNetwork::new(self.architecture(data, data.classes)).map_err(|error| {
            let activation = self.activation.unwrap_or(self.units.activation);
            let place = self
                .blocks
                .map_or(activation.place(), |blocks| blocks.kernel.place());
            Diagnostic::new(error.to_string()).at(place.bytes())
        })?;
        Ok(())
    }
}

impl StepSettings {
    /// Refuses a rule out of its range.
    pub fn check(&self) -> Result<(), Diagnostic> {
        self.rule.check().map_err(|error| {
            Diagnostic::new(error.to_string())
                .at(self.rule.place().bytes())
                .label("this rule")
                .help("as in `rule = { adam = { rate = 1e-3 } }`")
        })
    }
}

/// Refuses epochs of looks that do not ascend.
pub fn require_ascending(epochs: &NonEmpty<Count<0>>) -> Result<(), Diagnostic> {
    require(
        &epochs.place(),
        epochs.windows(2).all(|two| *two[0] < *two[1]),
        "the epochs do not ascend",
        "out of order",
        "give them in ascending order, each once",
    )
}

/// Refuses a training part without tests, or of one class only.
pub(in crate::experiment) fn require_tests(
    training: &Count,
    data: &ImageData,
) -> Result<(), Diagnostic> {
    require(
        training,
        !data.test.is_empty(),
        "no image is left for tests",
        "all of them",
        "give `training` a smaller value",
    )?;
    let one = data.training.labels.windows(2).all(|two| two[0] == two[1]);
    require(
        training,
        !one,
        "the training images are all of one class",
        "one class only",
        "give `training` a larger value, or take other images",
    )
}

/// Inputs and targets, one row an image.
pub fn rows(
    images: &LabelledImages,
    classes: usize,
) -> Result<(DMatrix<f64>, DMatrix<f64>), RunError> {
    let targets = one_hot(&images.labels, classes)?;
    Ok((images.images.transpose(), targets.transpose()))
}

/// One network to be trained.
pub(in crate::experiment) struct Learner<'a> {
    pub architecture: &'a Architecture,
    pub images: &'a LabelledImages,
    pub classes: usize,
    pub steps: &'a StepSettings,
    /// Share of the units of fully connected hidden layers that a step leaves out.
    pub dropout: f64,
    /// A seed for each purpose.
    pub seed: &'a dyn Fn(&str) -> u64,
}

impl Learner<'_> {
    /// Hands the network at its start, in a training by mini-batches, to `watch`, which goes on as far as it
    /// wants.
    pub fn train<T>(
        &self,
        watch: impl FnOnce(&DeepNetwork, &mut MiniBatches<'_>) -> Result<T, RunError>,
    ) -> Result<T, RunError> {
        let network = DeepNetwork::new(self.architecture.clone())?;
        let start = network.initial(Initialisation::Gaussian, (self.seed)("network"))?;
        let (inputs, targets): (DMatrix<f64>, DMatrix<f64>) = rows(self.images, self.classes)?;
        let flow = GradientFlow::new(&network, &inputs, &targets, &CrossEntropy);
        let flow = flow.map_err(RunError::numerical)?;
        let options = BatchOptions {
            rule: *self.steps.rule,
            batch: *self.steps.batch,
            seed: (self.seed)("order"),
            dropout: (self.dropout > 0.0).then(|| Dropout {
                dense: self.dropout,
                seed: (self.seed)("dropout"),
                ..Dropout::default()
            }),
        };
        let mut batches = MiniBatches::new(&flow, start, options).map_err(RunError::numerical)?;
        watch(&network, &mut batches)
    }
}

/// Goes on to the end of so many epochs.
pub(in crate::experiment) fn train_to(
    batches: &mut MiniBatches<'_>,
    epoch: usize,
) -> Result<(), RunError> {
    while batches.epochs() < epoch {
        batches.epoch().map_err(RunError::numerical)?;
    }
    Ok(())
}
