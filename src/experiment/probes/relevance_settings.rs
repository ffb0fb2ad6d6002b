//! Sections of a model file for the kind `relevance-homology`, and the networks that they ask for.

use super::relevance_homology::{Job, of_classes};
use crate::experiment::Diagnostic;
use crate::experiment::image_data::{ImageData, ImageSettings};
use crate::experiment::memory_limit::{NUMBER, largest, require_memory};
use crate::experiment::settings::{
    Choice, Count, Flat, Mistakes, NonEmpty, NonNegative, Placed, Positive, UnitInterval, require,
    settings,
};
use crate::networks::Activation;
use crate::networks::deep::{Architecture, Convolutions, DeepNetwork, Image, Parameterisation};
use crate::probes::homology::{Levels, RelevanceOptions, Triangles};
use crate::training::flow::Descent;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The images.
        pub data: DataSettings,
        /// The networks.
        pub network: NetworkSettings,
        /// Convolutions before the fully connected layers of further networks.
        pub convolutional: Option<ConvolutionalSettings>,
        /// How they learn.
        pub training: TrainingSettings,
        /// What their relevances are made of.
        pub relevance: RelevanceSettings,
    }

    /// Section `[data]`.
    pub struct DataSettings {
        /// The images.
        pub images: Flat<ImageSettings>,
        /// Images that every network learns, whatever the number of its classes.
        pub examples: Count<2>,
        /// Tests, at most.
        pub tests: Count = 500,
    }

    /// Section `[network]`: two fully connected hidden layers of equal width.
    pub struct NetworkSettings {
        /// Widths; the middle one is that of the networks of fewer classes.
        pub widths: NonEmpty<Count>,
        /// Numbers of classes, the first so many; all of them is added.
        pub classes: NonEmpty<Count<2>>,
        /// Networks of each width and number of classes.
        pub networks: Count,
        /// What every hidden unit applies to its sum.
        pub activation: Choice<Activation> = Activation::Relu,
        /// Standard deviation of a weight at the start, times the root of the units that it sums over.
        pub sigma_w: Positive = std::f64::consts::SQRT_2,
        /// Standard deviation of a bias at the start; chosen: small beside signals of order 1.
        pub sigma_b: NonNegative = 0.1,
    }

    /// Section `[convolutional]`.
    pub struct ConvolutionalSettings {
        /// Channels of the convolutions of every block.
        pub blocks: Vec<Vec<Count>>,
        /// Side of a filter, odd.
        pub kernel: Count = 3,
        /// Side of the max pooling behind every block.
        pub pool: Count = 2,
    }

    /// Section `[training]`.
    pub struct TrainingSettings {
        /// From the mean gradient of a batch to a step.
        pub rule: Choice<Descent> = Descent::Adam { rate: 1e-3 },
        /// Images of a batch.
        pub batch: Count = 32,
        /// Epochs after which networks are looked at, ascending; 0 is the start.
        pub epochs: NonEmpty<Count<0>>,
    }

    /// Section `[relevance]`.
    pub struct RelevanceSettings {
        /// When triangles enter.
        pub triangles: Choice<Triangles> = Triangles::default(),
        /// Relevances below it do not enter.
        pub threshold: UnitInterval = 0.0,
    }
}

/// The two forms that a network may have.
pub(super) const FORMS: [&str; 2] = ["fully connected", "behind convolutions"];

impl RelevanceSettings {
    pub(super) fn options(&self) -> RelevanceOptions {
        RelevanceOptions {
            triangles: *self.triangles,
            levels: Levels::Exact,
            threshold: *self.threshold,
        }
    }
}

impl Settings {
    /// Reads the images, and sees that there are enough of every class.
    pub(super) fn read(&mut self) -> Result<ImageData, Mistakes> {
        let data = self.data.images.read()?;
        let mut mistakes = Mistakes::default();
        for classes in &*self.network.classes {
            mistakes.note(require(
                classes,
                **classes < data.classes,
                format!("{classes} classes of {} that there are", data.classes),
                "not fewer than all",
                format!(
                    "give numbers below {}; all classes are always there",
                    data.classes
                ),
            ));
        }
        mistakes.end()?;
        let fewest = self.network.classes.iter().map(|classes| **classes).min();
        let fewest = fewest.unwrap_or(data.classes);
        let wanted = self.data.examples;
        let there = of_classes(&data.training, fewest, *wanted).len();
        mistakes = Mistakes::default();
        mistakes.note(require(
            &wanted,
            there == *wanted,
            format!("{wanted} images, but {there} of the first {fewest} classes"),
            "more than there are",
            format!("give `examples` a value up to {there}, or `training` a larger one"),
        ));
        mistakes.note(require(
            &self.data.images.training,
            !of_classes(&data.test, fewest, 1).is_empty(),
            "no image is left for tests",
            "all of them",
            "give `training` a smaller value",
        ));
        mistakes.end()?;
        Ok(data)
    }

    /// Whether everything fits and can be built.
    pub(super) fn check(&self, data: &ImageData) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        let widest = largest(&self.network.widths);
        let ways = (*widest as f64).powi(2) * data.classes as f64;
        mistakes.note(require_memory(
            &widest,
            "the triangles",
            4.0 * NUMBER * ways,
        ));
        let epochs = &self.training.epochs;
        mistakes.note(require(
            &epochs.place(),
            epochs.windows(2).all(|two| *two[0] < *two[1]),
            "the epochs do not ascend",
            "out of order",
            "give them in ascending order, each once",
        ));
        let rule = &self.training.rule;
        mistakes.note(rule.check().map_err(|error| {
            Diagnostic::new(error.to_string())
                .at(rule.place().bytes())
                .label("this rule")
                .help("as in `rule = { adam = { rate = 1e-3 } }`")
        }));
        mistakes.end()?;
        for job in self.jobs(data) {
            if let Err(error) = DeepNetwork::new(job.architecture) {
                let kernel = self.convolutional.as_ref().map(|form| form.kernel.place());
                let place = match kernel {
                    Some(kernel) if job.form == FORMS[1] => kernel,
                    _ => self.network.activation.place(),
                };
                return Err(Diagnostic::new(error.to_string()).at(place.bytes()).into());
            }
        }
        Ok(())
    }

    /// All networks: every width with all classes, and the middle width with fewer.
    pub(super) fn jobs(&self, data: &ImageData) -> Vec<Job> {
        let network = &self.network;
        let widths: Vec<usize> = network.widths.iter().map(|width| **width).collect();
        let middle = widths[widths.len() / 2];
        let fewer = network.classes.iter().map(|classes| (middle, **classes));
        let all = widths.iter().map(|width| (*width, data.classes));
        let sizes: Vec<(usize, usize)> = all.chain(fewer).collect();
        let forms = if self.convolutional.is_some() { 2 } else { 1 };
        let mut jobs = Vec::new();
        for form in &FORMS[..forms] {
            for (width, classes) in &sizes {
                for number in 1..=*network.networks {
                    jobs.push(Job {
                        form,
                        architecture: self.architecture(data, form, *width, *classes),
                        width: *width,
                        classes: *classes,
                        number,
                    });
                }
            }
        }
        jobs
    }

    fn architecture(
        &self,
        data: &ImageData,
        form: &str,
        width: usize,
        classes: usize,
    ) -> Architecture {
        let (height, across) = data.training.shape;
        let pixels = height * across;
        let blocks = self
            .convolutional
            .as_ref()
            .filter(|_| form == FORMS[1])
            .map(|settings| {
                let block = |block: &Vec<Count>| block.iter().map(|count| **count).collect();
                let blocks: Vec<Vec<usize>> = settings.blocks.iter().map(block).collect();
                Convolutions::blocks(&blocks, *settings.kernel, *settings.pool)
            });
        let input = match blocks {
            Some(_) => Image {
                channels: 1,
                height,
                width: across,
            },
            None => Image::vector(pixels),
        };
        Architecture {
            input,
            convolutions: blocks,
            activation: *self.network.activation,
            parameterisation: Parameterisation::Standard,
            sigma_w: *self.network.sigma_w,
            sigma_b: *self.network.sigma_b,
            ..Architecture::fully_connected(pixels, &[width, width], classes)
        }
    }
}
