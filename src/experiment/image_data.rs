//! Section `[data]` of the kinds that learn labelled images, and the images that it names.

use super::files::{checksum, locate};
use super::settings::{Count, Placed, Positive, Words, require, settings};
use super::{Diagnostic, LabelledImages};

/// The sets of images that ship with the crate.
const SHIPPED: &str = "digits8x8";
const SMALL_MNIST: &str = "mnist-small";

/// Training images of the latter.
const SMALL_TRAINING: usize = 6000;

/// Levels of a byte: what MNIST is divided by in the code of Sun and Orchard.
const BYTES: f64 = 256.0;

/// Levels of the digits that ship.
const DIGITS: f64 = 16.0;

settings! {
    /// Section `[data]`.
    pub struct ImageSettings {
        /// `"digits8x8"`, `"mnist-small"` (the first 6,000 and 2,000 of MNIST), or a folder with the four files of MNIST or of a set of the same form.
        pub images: Words,
        /// The first so many images are for training; those after them, or the test files, for tests.
        pub training: Count,
        /// What grey levels are divided by: 256 for bytes, and 16 for the digits that ship.
        pub scale: Option<Positive>,
    }
}

/// A training part and a test part.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageData {
    /// The images that are learnt.
    pub training: LabelledImages,
    /// The others.
    pub test: LabelledImages,
    /// One more than the largest label.
    pub classes: usize,
}

impl ImageData {
    /// What tells these images and labels from others.
    pub fn checksum(&self) -> u32 {
        let parts = [&self.training, &self.test];
        let labels = parts.iter().flat_map(|part| &part.labels);
        let labels: Vec<f64> = labels.map(|label| *label as f64).collect();
        let pixels = parts.iter().flat_map(|part| part.images.iter());
        checksum(pixels.chain(&labels))
    }
}

impl ImageSettings {
    /// Fills in the scale, which depends on the set, and refuses one that the set does not have.
    fn fill(&mut self) -> Result<f64, Diagnostic> {
        let shipped = &*self.images == SHIPPED;
        let scale = *self
            .scale
            .get_or_insert(if shipped { DIGITS } else { BYTES }.into());
        require(
            &self.scale,
            !shipped || *scale == DIGITS,
            format!("the digits that ship have {DIGITS} grey levels, not {scale}"),
            "another scale",
            "leave it out",
        )?;
        Ok(*scale)
    }

    /// Fills in what depends on the set, and reads the images.
    pub fn read(&mut self) -> Result<ImageData, Diagnostic> {
        let scale = self.fill()?;
        let count = *self.training;
        let at = |error: super::DataError| {
            Diagnostic::new(error.to_string())
                .at(self.images.place().bytes())
                .label("these images")
                .help("give `digits8x8`, `mnist-small`, or a folder with the four files of MNIST")
        };
        let (all, test, there) = if &*self.images == SHIPPED {
            let all = LabelledImages::digits().map_err(at)?;
            let test = all.range(count, all.len());
            let there = all.len();
            (all, test, there)
        } else if &*self.images == SMALL_MNIST {
            let (all, test) = LabelledImages::small_mnist(scale, count).map_err(at)?;
            (all, test, SMALL_TRAINING)
        } else {
            let folder = locate(&self.images);
            let all = LabelledImages::training(&folder, scale).map_err(at)?;
            let there = all.len();
            (
                all,
                LabelledImages::test(&folder, scale).map_err(at)?,
                there,
            )
        };
        require(
            &self.training,
            count <= there,
            format!("{count} images for training of {there} that there are"),
            "more than there are",
            format!("give `training` a value up to {there}"),
        )?;
        let (learnt, tested) = (all.shape, test.shape);
        require(
            &self.images,
            test.is_empty() || learnt == tested,
            format!(
                "training images are {} x {} pixels, tests {} x {}",
                learnt.0, learnt.1, tested.0, tested.1
            ),
            "these images",
            "give files of one size",
        )?;
        let training = all.range(0, count);
        let labels = training.labels.iter().chain(&test.labels);
        let classes = labels.max().map_or(0, |label| label + 1);
        Ok(ImageData {
            training,
            test,
            classes,
        })
    }
}
