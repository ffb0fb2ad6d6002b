//! Sections of a model file for the kind `one-shot`.

use nalgebra::DMatrix;

use super::fit::at_once;
use super::source::FeatureSource;
use crate::experiment::data::images::{ImageData, ImageSettings};
use crate::experiment::image_networks::{BlockSettings, Form, StepSettings, require_tests};
use crate::experiment::memory_limit::{NUMBER, largest, require_memory};
use crate::experiment::settings::{
    Choice, Count, Flat, Mistakes, NonEmpty, NonNegative, Placed, Positive, require, settings,
};
use crate::experiment::{Diagnostic, LabelledImages};
use crate::networks::features::{FeatureLaw, FeatureOptions, Precision, RandomFeatures};
use crate::networks::kernels::{DenseKernel, Dual};
use crate::networks::{Activation, NetworkError};

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The images.
        pub data: DataSettings,
        /// The random features.
        pub features: FeatureSettings,
        /// Random filters, for the law of that name.
        pub filters: Option<BlockSettings>,
        /// The read-outs.
        pub readout: ReadoutSettings,
        /// A network that learns by steps, to be compared.
        pub network: Option<NetworkSettings>,
        /// The flow of the read-out, and those of infinitely wide networks.
        pub flow: Option<FlowSettings>,
    }

    /// Section `[data]`.
    pub struct DataSettings {
        /// The images.
        pub images: Flat<ImageSettings>,
        /// Tests, the first so many; all that there are if nothing is said.
        pub tests: Option<Count>,
    }

    /// Section `[features]`.
    pub struct FeatureSettings {
        /// Laws of the weights.
        pub laws: NonEmpty<Choice<FeatureSource>>,
        /// What every feature applies to its sum.
        pub activation: Choice<Activation> = Activation::Logistic,
        /// Root mean square length of the weights of a feature.
        pub scale: Positive = 2.0,
        /// Standard deviation of a bias; at 0 there are none.
        pub bias: NonNegative = 0.0,
        /// Least side of the random rectangle that a feature sees; the whole image if nothing is said.
        pub field: Option<Count>,
        /// Precision of their sums: `double`, or `single` for products of twice the speed.
        pub precision: Choice<Precision> = Precision::Double,
        /// Draws of the features.
        pub seeds: Count = 3,
    }

    /// Section `[readout]`.
    pub struct ReadoutSettings {
        /// Numbers of features.
        pub neurons: NonEmpty<Count>,
        /// Penalties of the squared weights; 0 is the pseudo-inverse.
        pub ridges: NonEmpty<NonNegative>,
    }

    /// Section `[network]`: one hidden layer, trained by mini-batches.
    pub struct NetworkSettings {
        /// Units of the hidden layer.
        pub hidden: Count,
        /// Standard deviation of a weight at the start, times the root of the units that it sums over.
        pub sigma_w: Positive = 1.0,
        /// How it learns.
        pub steps: Flat<StepSettings>,
        /// Passes through the training images; 0 for no network.
        pub epochs: Count<0>,
    }

    /// Section `[flow]`: test errors over the time of gradient flow.
    pub struct FlowSettings {
        /// Gaussian features of the read-out that flows.
        pub neurons: Count,
        /// First time, in units of the flow of `f = sum_l B_l h_l / sqrt(L)`.
        pub start: Positive = 1e-3,
        /// Last time.
        pub end: Positive,
        /// Times between them, in equal ratios; 0 for no flow.
        pub times: Count<0> = 60,
    }
}

/// Images whose kernel is diagonalised without being asked for. Chosen: a second or two.
const MOST_OF_A_KERNEL: usize = 1200;

/// Images among which kernels are diagonalised: three of them, some seconds each. Chosen.
const MOST_OF_A_FLOW: usize = 2000;

/// Keeps the first tests that are asked for.
pub(super) fn read_images(
    images: &mut ImageSettings,
    tests: Option<Count>,
) -> Result<ImageData, Mistakes> {
    let mut data = images.read()?;
    require_tests(&images.training, &data)?;
    if let Some(tests) = tests {
        require(
            &tests,
            *tests <= data.test.len(),
            format!("{tests} tests of {} that there are", data.test.len()),
            "more than there are",
            format!("give `tests` a value up to {}", data.test.len()),
        )?;
        data.test = data.test.range(0, *tests);
    }
    Ok(data)
}

impl FeatureSettings {
    /// The options of one law.
    pub(super) fn options(&self, law: FeatureLaw, data: &ImageData) -> FeatureOptions {
        let (height, width) = data.training.shape;
        FeatureOptions {
            law,
            activation: *self.activation,
            scale: *self.scale,
            bias: *self.bias,
            field: self.field.map(|least| (height, width, *least)),
            precision: *self.precision,
        }
    }
}

impl FeatureSettings {
    /// Whether infinitely many features stand beside the drawn ones.
    pub(super) fn has_kernel(&self, images: usize) -> bool {
        let gaussian = self.laws.iter().any(|law| **law == FeatureSource::Gaussian);
        gaussian && self.field.is_none() && images <= MOST_OF_A_KERNEL
    }

    /// The kernel of one infinitely wide layer of these features, at inputs made by [`Self::kernel_inputs`].
    pub(super) fn kernel(&self) -> Result<DenseKernel, NetworkError> {
        DenseKernel::new(Dual::of(*self.activation)?, 1, 1.0, 0.0)
    }

    /// Images with scale and bias in their pixels, a row each: the kernel has neither behind the layer then, from which
    /// they could be taken off only with a loss of digits.
    pub(super) fn kernel_inputs(&self, images: &LabelledImages) -> DMatrix<f64> {
        let (pixels, count) = images.images.shape();
        let all = (pixels + 1) as f64;
        let (pixel, bias) = (
            *self.scale * (all / pixels as f64).sqrt(),
            *self.bias * all.sqrt(),
        );
        DMatrix::from_fn(count, pixels + 1, |row, column| {
            if column == pixels {
                bias
            } else {
                pixel * images.images[(column, row)]
            }
        })
    }

    /// Refuses features without such a kernel.
    fn check_kernel(&self, images: &LabelledImages) -> Result<(), Mistakes> {
        let inputs = self.kernel_inputs(images);
        let sound = self.kernel().and_then(|kernel| kernel.diagonal(&inputs));
        sound.map_err(|error| {
            let mistake = Diagnostic::new(error.to_string()).at(self.scale.place().bytes());
            mistake.label("no kernel of infinitely many features").help(
                "choose a smaller `scale` or `bias`, or leave out the law \"gaussian\" and `[flow]`",
            )
        })?;
        Ok(())
    }
}

impl Settings {
    /// Fills in what depends on the images, and reads them.
    pub(super) fn read(&mut self) -> Result<ImageData, Mistakes> {
        read_images(&mut self.data.images, self.data.tests)
    }

    /// Whether everything fits and can be built.
    pub(super) fn check(&self, data: &ImageData) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        let FeatureSettings {
            laws, seeds, field, ..
        } = &self.features;
        let place = field.map_or(self.features.activation.place(), |field| field.place());
        let options = self.features.options(FeatureLaw::Gaussian, data);
        let pixels = data.training.images.nrows();
        let sound = RandomFeatures::draw(options, pixels, 1, 1);
        mistakes.note(sound.map_err(|error| {
            Diagnostic::new(error.to_string())
                .at(place.bytes())
                .label("no features of this kind")
                .help("an activation of one number, and a field that fits the images")
        }));
        let images = &data.training;
        let pixels_differ = images
            .images
            .column_iter()
            .any(|image| image != images.images.column(0));
        mistakes.note(require(
            &self.data.images.place(),
            pixels_differ,
            "all training images are the same",
            "nothing to tell apart",
            "take other images",
        ));
        let flow = self.flow.as_ref().filter(|flow| *flow.times > 0);
        mistakes.end()?;
        let mut mistakes = Mistakes::default();
        if self.features.has_kernel(images.len()) || flow.is_some() {
            mistakes.note(self.features.check_kernel(images));
        }
        let ReadoutSettings { neurons, ridges } = &self.readout;
        mistakes.note(self.check_filters(data));
        require_fit((&largest(neurons), ridges.len()), data, &mut mistakes);
        let points = (laws.len() * neurons.len() * ridges.len()) as f64 * **seeds as f64;
        let what = "what all draws find";
        mistakes.note(require_memory(seeds, what, 16.0 * NUMBER * points));
        if let Some(network) = &self.network {
            mistakes.note(network.steps.check());
            let units = (data.training.len().max(data.test.len()) + pixels) as f64;
            let what = "the activations of all images";
            let bytes = NUMBER * units * *network.hidden as f64;
            mistakes.note(require_memory(&network.hidden, what, bytes));
        }
        if let Some(flow) = flow {
            if let Some(field) = field {
                mistakes.note(require(
                    field,
                    false,
                    "a flow of features that see a part of the image",
                    "its kernels are those of whole images",
                    "leave `field` out, or give `flow.times` the value 0",
                ));
            }
            mistakes.note(require(
                &flow.times,
                *flow.times > 1,
                "a flow at one time",
                "no course",
                "give `times` two or more, or 0 for no flow",
            ));
            let training = &self.data.images.training;
            mistakes.note(require(
                training,
                **training <= MOST_OF_A_FLOW,
                format!("kernels of {training} images for `[flow]`, which diagonalises them"),
                "too many",
                format!(
                    "give `training` a value up to {MOST_OF_A_FLOW}, or `flow.times` the value 0"
                ),
            ));
            mistakes.note(require(
                &flow.end,
                *flow.start < *flow.end,
                format!("the flow ends at {} and starts at {}", flow.end, flow.start),
                "before the start",
                "choose `end` > `start`",
            ));
            require_fit((&flow.neurons, 1), data, &mut mistakes);
            let outputs = (data.test.len() * data.classes) as f64;
            let bytes = NUMBER * outputs * *flow.times as f64;
            mistakes.note(require_memory(
                &flow.times,
                "the outputs at all times",
                bytes,
            ));
        }
        mistakes.end()
    }
}

impl Settings {
    /// Refuses the law of filters without them, and filters that fit neither the images nor the other keys.
    fn check_filters(&self, data: &ImageData) -> Result<(), Mistakes> {
        let laws = &self.features.laws;
        let asked = laws.iter().find(|law| ***law == FeatureSource::Filters);
        match (asked, &self.filters) {
            (None, None) => Ok(()),
            (None, Some(filters)) => Ok(require(
                &filters.kernel,
                false,
                "filters that no features see",
                "`laws` has no \"filters\"",
                "add \"filters\" to `features.laws`, or leave `[filters]` out",
            )?),
            (Some(law), None) => Ok(require(
                law,
                false,
                "random filters of no size",
                "there is no section `[filters]`",
                "add, for example, `[filters]` with `blocks = [[16]]`",
            )?),
            (Some(law), Some(filters)) => {
                if let Some(field) = &self.features.field {
                    require(
                        field,
                        false,
                        "filters, and features that see a part of the image",
                        "behind filters and poolings there is no such part",
                        "leave `field` out, or the law \"filters\"",
                    )?;
                }
                require(
                    law,
                    *self.features.precision == Precision::Double,
                    "filters in single precision",
                    "they are computed in double precision",
                    "leave `precision` out, or the law \"filters\"",
                )?;
                let most = largest(&self.readout.neurons);
                let seen = data.training.len().max(data.test.len());
                let check = |form: Form<'_>| form.check(data, seen);
                self.features.with_filters(filters, most, check)
            }
        }
    }
}

/// Refuses features that do not fit into memory, at so many ridges.
pub(super) fn require_fit(
    (neurons, ridges): (&Count, usize),
    data: &ImageData,
    mistakes: &mut Mistakes,
) {
    let (examples, count) = (data.training.len(), **neurons as f64);
    let weights = NUMBER * count * data.training.images.nrows() as f64;
    mistakes.note(require_memory(
        neurons,
        "the weights of the features",
        weights,
    ));
    if at_once(examples, **neurons) {
        let tests = NUMBER * count * data.test.len() as f64;
        mistakes.note(require_memory(neurons, "the features of all tests", tests));
    } else {
        // the sums, one factor at work, and a root for the leverages at every ridge
        let sums = NUMBER * count * count * (ridges as f64 + 2.0);
        mistakes.note(require_memory(neurons, "the sums of all features", sums));
    }
}
