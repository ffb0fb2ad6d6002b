//! Sections of a model file for the kind `veca`, and the networks that they ask for.

use crate::experiment::Diagnostic;
use crate::experiment::data::images::{ImageData, ImageSettings};
use crate::experiment::image_networks::{
    BlockSettings, Form, StepSettings, UnitSettings, require_tests,
};
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{
    Choice, Count, Flat, Fraction, Layers, Mistakes, require, settings,
};
use crate::networks::Activation;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The images.
        pub data: DataSettings,
        /// What all networks have in common.
        pub network: UnitSettings,
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

    /// Section `[dense]`.
    pub struct DenseSettings {
        /// Units of the hidden layers.
        pub hidden: Layers,
        /// What they apply to their sums, if it is not what `[network]` says.
        pub activation: Option<Choice<Activation>>,
    }

    /// Section `[convolutional]`.
    pub struct ConvolutionalSettings {
        /// What stands before them.
        pub blocks: Flat<BlockSettings>,
        /// Units of the hidden layers behind the blocks.
        pub hidden: Layers,
    }

    /// Section `[training]`.
    pub struct TrainingSettings {
        /// How.
        pub steps: Flat<StepSettings>,
        /// Passes through the training images.
        pub epochs: Count<2>,
        /// Share of the units of fully connected hidden layers that a step leaves out.
        pub dropout: Fraction = 0.0,
    }
}

/// The two forms that a network may have.
pub const NAMES: [&str; 2] = ["fully connected", "convolutional"];

/// The forms that are asked for, with their names.
pub(super) fn forms<'a>(
    units: &'a UnitSettings,
    dense: Option<&'a DenseSettings>,
    convolutional: Option<&'a ConvolutionalSettings>,
) -> Vec<(&'static str, Form<'a>)> {
    let dense = dense.map(|dense| Form {
        units,
        activation: dense.activation,
        blocks: None,
        hidden: &dense.hidden,
    });
    let convolutional = convolutional.map(|settings| Form {
        units,
        activation: None,
        blocks: Some(&settings.blocks),
        hidden: &settings.hidden,
    });
    let all = NAMES.into_iter().zip([dense, convolutional]);
    all.filter_map(|(name, form)| Some((name, form?))).collect()
}

/// Refuses settings without any form.
pub(super) fn require_forms(
    units: &UnitSettings,
    dense: Option<&DenseSettings>,
    convolutional: Option<&ConvolutionalSettings>,
) -> Result<(), Diagnostic> {
    require(
        &units.networks,
        dense.is_some() || convolutional.is_some(),
        "no network is asked for",
        "networks of no kind",
        "add a section `[dense]` with `hidden`, or `[convolutional]` with `blocks` and `hidden`",
    )
}

impl Settings {
    /// Fills in what depends on the images, and reads them.
    pub(super) fn read(&mut self) -> Result<ImageData, Mistakes> {
        let mut data = self.data.images.read()?;
        require_tests(&self.data.images.training, &data)?;
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
        Ok(data)
    }

    /// The forms that are asked for, with their names.
    pub(super) fn forms(&self) -> Vec<(&'static str, Form<'_>)> {
        forms(
            &self.network,
            self.dense.as_ref(),
            self.convolutional.as_ref(),
        )
    }

    /// Whether everything fits and can be built.
    pub(super) fn check(&self, data: &ImageData) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        mistakes.note(require_forms(
            &self.network,
            self.dense.as_ref(),
            self.convolutional.as_ref(),
        ));
        mistakes.note(self.training.steps.check());
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
        for (_, form) in self.forms() {
            mistakes.note(form.check(data, data.test.len().max(data.training.len())));
            let last = form.hidden.last().copied().unwrap_or(1.into());
            let looked = NUMBER * *self.data.subset as f64 * *last as f64 * networks;
            let what = "the activations of all networks";
            mistakes.note(require_memory(&last, what, looked));
        }
        mistakes.end()
    }
}
