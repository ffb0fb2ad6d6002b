//! Sections of a model file for the kind `one-shot-transfer`.

use super::one_shot_settings::{read_images, require_fit};
use crate::experiment::LabelledImages;
use crate::experiment::data::images::{ImageData, ImageSettings};
use crate::experiment::image_networks::StepSettings;
use crate::experiment::memory_limit::{NUMBER, require_memory};
use crate::experiment::settings::{
    Choice, Count, Flat, Mistakes, NonEmpty, NonNegative, Positive, require, settings,
};
use crate::networks::Activation;

settings! {
    /// The sections of the kind.
    pub struct Settings {
        /// The images.
        pub data: DataSettings,
        /// The network whose hidden layer is frozen.
        pub network: NetworkSettings,
        /// The read-outs of the other classes.
        pub readout: ReadoutSettings,
        /// Copies of the images that are added to the sums.
        pub copies: CopySettings,
    }

    /// Section `[data]`.
    pub struct DataSettings {
        /// The images.
        pub images: Flat<ImageSettings>,
        /// Classes that the network learns, the first so many; the read-out learns the others.
        pub classes: Count<2>,
    }

    /// Section `[network]`: one hidden layer, trained by mini-batches.
    pub struct NetworkSettings {
        /// Units of the hidden layer, and so features.
        pub hidden: Count,
        /// What they apply to their sums.
        pub activation: Choice<Activation> = Activation::Relu,
        /// Standard deviation of a weight at the start, times the root of the units that it sums over.
        pub sigma_w: Positive = std::f64::consts::SQRT_2,
        /// Standard deviation of a bias at the start.
        pub sigma_b: Positive = 0.1,
        /// How it learns.
        pub steps: Flat<StepSettings>,
        /// Passes through the images of its classes.
        pub epochs: Count,
        /// Networks, each with features of its own.
        pub networks: Count,
    }

    /// Section `[readout]`.
    pub struct ReadoutSettings {
        /// Images of the other classes that are learnt, the first so many.
        pub examples: NonEmpty<Count<2>>,
        /// Penalties of the squared weights, of which leave-one-out chooses.
        pub ridges: NonEmpty<NonNegative>,
    }

    /// Section `[copies]`.
    pub struct CopySettings {
        /// Pixels of a shift, up, down, left and right; 0 for none.
        pub shift: Count<0> = 1,
        /// Degrees of a rotation, to the left and to the right; 0 for none.
        pub rotation: NonNegative = 10.0,
    }
}

/// Images of some classes, whose labels count from 0 on.
fn of_classes(images: &LabelledImages, classes: std::ops::Range<usize>) -> LabelledImages {
    let labels = images.labels.iter().enumerate();
    let own: Vec<usize> = labels
        .filter(|(_, label)| classes.contains(label))
        .map(|(index, _)| index)
        .collect();
    LabelledImages {
        images: images.images.select_columns(&own),
        labels: own
            .iter()
            .map(|index| images.labels[*index] - classes.start)
            .collect(),
        shape: images.shape,
    }
}

impl Settings {
    /// Reads the images, those of the network's classes and those of the others.
    pub(super) fn read(&mut self) -> Result<[ImageData; 2], Mistakes> {
        let data = read_images(&mut self.data.images, None)?;
        let (first, all) = (self.data.classes, data.classes);
        require(
            &first,
            *first + 2 <= all,
            format!("{first} of {all} classes for the network leave no two for the read-out"),
            "too many",
            format!("give `classes` a value from 2 to {}", all.saturating_sub(2)),
        )?;
        let part = |classes: std::ops::Range<usize>| ImageData {
            training: of_classes(&data.training, classes.clone()),
            test: of_classes(&data.test, classes.clone()),
            classes: classes.len(),
            statement: data.statement.clone(),
        };
        let parts = [part(0..*first), part(*first..all)];
        let mut mistakes = Mistakes::default();
        for part in &parts {
            let one = part.training.labels.windows(2).all(|two| two[0] == two[1]);
            mistakes.note(require(
                &self.data.images.training,
                !one && !part.test.is_empty(),
                "one side of `classes` has no two classes to learn, or no tests",
                "too few",
                "give `training` a larger value, or take other images",
            ));
        }
        let others = parts[1].training.len();
        let most = self.readout.examples.iter().max_by_key(|count| ***count);
        if let Some(most) = most {
            mistakes.note(require(
                most,
                **most <= others,
                format!("{most} examples of {others} images of the other classes"),
                "more than there are",
                format!("give values up to {others}"),
            ));
        }
        for count in self.readout.examples.iter() {
            let few = &parts[1].training.labels[..others.min(**count)];
            mistakes.note(require(
                count,
                few.windows(2).any(|two| two[0] != two[1]),
                format!("the first {count} images are all of one class"),
                "one class only",
                "give a larger value",
            ));
        }
        mistakes.end()?;
        Ok(parts)
    }

    /// Whether everything fits.
    pub(super) fn check(&self, [source, target]: &[ImageData; 2]) -> Result<(), Mistakes> {
        let mut mistakes = Mistakes::default();
        mistakes.note(self.network.steps.check());
        let images = source.training.len().max(source.test.len()) as f64;
        let units = images + source.training.images.nrows() as f64;
        let hidden = &self.network.hidden;
        let bytes = NUMBER * units * **hidden as f64;
        mistakes.note(require_memory(
            hidden,
            "the activations of all images",
            bytes,
        ));
        require_fit((hidden, self.readout.ridges.len()), target, &mut mistakes);
        let networks = &self.network.networks;
        let rows = (self.readout.examples.len() * 6) as f64 * **networks as f64;
        mistakes.note(require_memory(
            networks,
            "what all networks find",
            64.0 * NUMBER * rows,
        ));
        mistakes.note(require(
            &self.network.activation,
            *self.network.activation != Activation::Softmax,
            "softmax couples the units of a layer",
            "no activation of one number",
            "choose another one",
        ));
        let shift = &self.copies.shift;
        let (height, width) = target.training.shape;
        mistakes.note(require(
            shift,
            **shift < height.min(width),
            format!("a shift of {shift} pixels leaves nothing of {height} x {width}"),
            "too far",
            "give `shift` a smaller value",
        ));
        mistakes.note(require(
            &self.copies.rotation,
            *self.copies.rotation <= 180.0,
            format!("a rotation by {} degrees", self.copies.rotation),
            "more than half a turn",
            "give `rotation` a value up to 180",
        ));
        mistakes.end()
    }
}
