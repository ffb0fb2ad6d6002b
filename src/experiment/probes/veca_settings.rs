//! Sections of a model file for the kind `veca`, and the networks that they ask for.

use crate::experiment::Diagnostic;
use crate::experiment::image_data::{ImageData, ImageSettings};
use crate::experiment::memory_limit::{NUMBER, largest, require_memory, weights_between};
use crate::experiment::settings::{
    Choice, Count, Flat, Fraction, Mistakes, NonNegative, Placed, Positive, require, settings,
};
use crate::networks::Activation;
use crate::networks::deep::{
    Architecture, Convolutions, DeepNetwork, Dropout, Image, Parameterisation,
};
use crate::training::flow::{BatchOptions, Descent};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The images.
        pub data: DataSettings,
        /// What all networks have in common.
        pub network: NetworkSettings,
        /// A fully connected network.
        pub dense: Option<DenseSettings>,
        /// A network of convolutions.
        pub convolutional: Option<ConvolutionalSettings>,
        /// How they learn.
        pub training: TrainingSettings,
    }

    /// Section `[data]`.
    pub struct DataSettings {
        /// The images.
        pub images: Flat<ImageSettings>,
        /// Training images on which activations are looked at, the first so many.
        pub subset: Count<2>,
        /// Tests, the first so many; all that there are if nothing is said.
        pub tests: Option<Count>,
    }

    /// Section `[network]`.
    pub struct NetworkSettings {
        /// What every hidden unit applies to its sum.
        pub activation: Choice<Activation> = Activation::Relu,
        /// Standard deviation of a weight at the start, times the root of the units that it sums over:
        /// the root of 2 keeps the size of signals through rectifiers (K. He et al., ICCV 2015).
        pub sigma_w: Positive = std::f64::consts::SQRT_2,
        /// Standard deviation of a bias at the start; at 0 there are none. Chosen: small beside signals
        /// of order 1.
        pub sigma_b: NonNegative = 0.1,
        /// Networks of each architecture, with a start and an order of the images of their own.
        pub networks: Count,
    }

    /// Section `[dense]`.
    pub struct DenseSettings {
        /// Units of the hidden layers.
        pub hidden: Vec<Count>,
        /// What they apply to their sums, if it is not what `[network]` says.
        pub activation: Option<Choice<Activation>>,
    }

    /// Section `[convolutional]`.
    pub struct ConvolutionalSettings {
        /// Channels of the convolutions of every block.
        pub blocks: Vec<Vec<Count>>,
        /// Side of a filter, odd.
        pub kernel: Count = 3,
        /// Side of the max pooling behind every block; 1 for none.
        pub pool: Count = 2,
        /// Units of the hidden layers behind the blocks.
        pub hidden: Vec<Count>,
    }

    /// Section `[training]`.
    pub struct TrainingSettings {
        /// From the mean gradient of a batch to a step.
        pub rule: Choice<Descent> = Descent::Adam { rate: 1e-3 },
        /// Images of a batch.
        pub batch: Count = 32,
        /// Passes through the training images.
        pub epochs: Count<2>,
        /// Share of the units of fully connected hidden layers that a step leaves out.
        pub dropout: Fraction = 0.0,
    }
}

/// The two forms that a network may have.
pub const NAMES: [&str; 2] = ["fully connected", "convolutional"];

fn plain(counts: &[Count]) -> Vec<usize> {
    counts.iter().map(|count| **count).collect()
}

impl TrainingSettings {
    /// Mini-batches in an order of the seed `order`, with dropout, if there is any, of its own seed.
    pub(super) fn options(&self, order: u64, dropout: u64) -> BatchOptions {
        BatchOptions {
            rule: *self.rule,
            batch: *self.batch,
            seed: order,
            dropout: (*self.dropout > 0.0).then(|| Dropout {
                dense: *self.dropout,
                seed: dropout,
                ..Dropout::default()
            }),
        }
    }
}

impl Settings {
    /// Fills in what depends on the images, and reads them.
    pub(super) fn read(&mut self) -> Result<ImageData, Mistakes> {
        let mut data = self.data.images.read()?;
        require(
            &self.data.images.training,
            !data.test.is_empty(),
            "no image is left for tests",
            "all of them",
            "give `training` a smaller value",
        )?;
        if let Some(tests) = self.data.tests {
            require(
                &tests,
                *tests <= data.test.len(),
                format!("{tests} tests of {} that there are", data.test.len()),
                "more than there are",
                format!("give `tests` a value up to {}", data.test.len()),
            )?;
            data.test = data.test.range(0, *tests);
        }
        let (training, subset) = (data.training.len(), self.data.subset);
        require(
            &subset,
            *subset <= training,
            format!("a subset of {subset} of {training} training images"),
            "more than are learnt",
            format!("give `subset` a value up to {training}"),
        )?;
        let one = data.training.labels.windows(2).all(|two| two[0] == two[1]);
        require(
            &self.data.images.training,
            !one,
            "the training images are all of one class",
            "one class only",
            "give `training` a larger value, or take other images",
        )?;
        Ok(data)
    }

    /// Every architecture that is asked for, with its name.
    pub(super) fn architectures(&self, data: &ImageData) -> Vec<(&'static str, Architecture)> {
        let (height, width) = data.training.shape;
        let input = Image {
            channels: 1,
            height,
            width,
        };
        let network = &self.network;
        let common = Architecture {
            input,
            outputs: data.classes,
            activation: *network.activation,
            parameterisation: Parameterisation::Standard,
            sigma_w: *network.sigma_w,
            sigma_b: *network.sigma_b,
            ..Architecture::fully_connected(input.numbers(), &[], data.classes)
        };
        let dense = self.dense.as_ref().map(|dense| Architecture {
            input: Image::vector(input.numbers()),
            widths: plain(&dense.hidden),
            activation: *dense.activation.unwrap_or(network.activation),
            ..common.clone()
        });
        let convolutional = self.convolutional.as_ref().map(|settings| {
            let blocks: Vec<Vec<usize>> = settings.blocks.iter().map(|b| plain(b)).collect();
            Architecture {
                convolutions: Some(Convolutions::blocks(
                    &blocks,
                    *settings.kernel,
                    *settings.pool,
                )),
                widths: plain(&settings.hidden),
                ..common
            }
        });
        let all = NAMES.into_iter().zip([dense, convolutional]);
        all.filter_map(|(name, form)| Some((name, form?))).collect()
    }

    /// Whether everything fits and can be built.
    pub(super) fn check(&self, data: &ImageData) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        mistakes.note(require(
            &self.network.networks,
            self.dense.is_some() || self.convolutional.is_some(),
            "no network is asked for",
            "networks of no kind",
            "add a section `[dense]` with `hidden`, or `[convolutional]` with `blocks` and `hidden`",
        ));
        let rule = &self.training.rule;
        mistakes.note(rule.check().map_err(|error| {
            Diagnostic::new(error.to_string())
                .at(rule.place().bytes())
                .label("this rule")
                .help("as in `rule = { adam = { rate = 1e-3 } }`")
        }));
        let (pixels, examples) = (data.training.images.nrows(), data.test.len());
        if let Some(dense) = &self.dense {
            self.require_layers(&dense.hidden, &[], pixels, data.classes, &mut mistakes);
        }
        if let Some(settings) = &self.convolutional {
            let channels: Vec<Count> = settings.blocks.concat();
            let last = channels.last().map_or(1, |count| **count);
            let pools = settings.blocks.len().min(30) as i32;
            let seen = last as f64 * pixels as f64 / (*settings.pool as f64).powi(2 * pools);
            let seen = (seen.ceil() as usize).max(last);
            self.require_layers(
                &settings.hidden,
                &channels,
                seen,
                data.classes,
                &mut mistakes,
            );
            let kernel = (*settings.kernel as f64).powi(2);
            let sizes = std::iter::once(1).chain(plain(&channels));
            let filters = NUMBER * kernel * weights_between(sizes);
            let most = largest(&channels);
            mistakes.note(require_memory(&most, "the weights of a network", filters));
            let patches = NUMBER * kernel * *most as f64 * pixels as f64 * examples as f64;
            let what = "the patches of all tests";
            mistakes.note(require_memory(&most, what, patches));
        }
        // Losses, accuracy and both forms of the observable after every epoch.
        let looks = NUMBER * 5.0 * *self.training.epochs as f64;
        let what = "the losses of all epochs";
        mistakes.note(require_memory(&self.training.epochs, what, looks));
        let networks = *self.network.networks as f64;
        let what = "what all networks find";
        mistakes.note(require_memory(
            &self.network.networks,
            what,
            networks * looks,
        ));
        mistakes.end()?;
        for (name, architecture) in self.architectures(data) {
            if let Err(error) = DeepNetwork::new(architecture) {
                let kernel = self.convolutional.as_ref().map(|form| form.kernel.place());
                let place = match kernel {
                    Some(kernel) if name == NAMES[1] => kernel,
                    _ => self.network.activation.place(),
                };
                return Err(Diagnostic::new(error.to_string()).at(place.bytes()).into());
            }
        }
        Ok(())
    }

    /// Refuses fully connected layers behind `channels` that would not fit.
    fn require_layers(
        &self,
        hidden: &[Count],
        channels: &[Count],
        seen: usize,
        classes: usize,
        mistakes: &mut Mistakes,
    ) {
        let place = largest(&[hidden, channels].concat());
        mistakes.note(require(
            &self.network.networks,
            !hidden.is_empty(),
            "a network without a fully connected hidden layer",
            "nothing to look at",
            "give `hidden` at least one entry: its last layer is looked at",
        ));
        let sizes = std::iter::once(seen).chain(plain(hidden)).chain([classes]);
        let weights = NUMBER * weights_between(sizes);
        mistakes.note(require_memory(&place, "the weights of a network", weights));
        let last = hidden.last().map_or(0, |count| **count) as f64;
        let looked = NUMBER * *self.data.subset as f64 * last * *self.network.networks as f64;
        let what = "the activations of all networks";
        mistakes.note(require_memory(&place, what, looked));
    }
}
