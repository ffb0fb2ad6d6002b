//! What networks of the kind `orthogonal-speed` learn: digits, or one's own inputs and targets.

use nalgebra::DMatrix;

use super::points::{DIGIT, shape, shipped_digits};
use crate::experiment::data::learnt::without_tests;
use crate::experiment::data::own::OwnSettings;
use crate::experiment::settings::{Count, Flat, Mistakes, require, settings};
use crate::experiment::{DataStatement, Diagnostic, LabelledImages};
use crate::networks::deep::Image;
use crate::networks::predictive::one_hot;

/// Digits.
const CLASSES: usize = 10;

settings! {
    /// Section `[data]`.
    pub struct DataSettings {
        /// Examples to learn: digits of 8 x 8 pixels, levels 0 to 1, or the first of one's own.
        pub examples: Count,
        /// One's own inputs and targets instead of digits.
        pub own: Flat<OwnSettings>,
        /// Whether one's own targets are classes, which become one number a class, 1 for its own and 0 for the others.
        pub classes: Option<bool>,
    }
}

/// Inputs and targets, one row an example.
pub(super) struct SpeedTask {
    pub inputs: DMatrix<f64>,
    pub targets: DMatrix<f64>,
    pub statement: Option<DataStatement>,
}

/// What networks are made for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    /// Shape of an input.
    pub image: Image,
    /// Numbers of an output.
    pub outputs: usize,
}

/// The ends of networks for digits, which need not be read for that.
const OF_DIGITS: Ends = Ends {
    image: DIGIT,
    outputs: CLASSES,
};

impl DataSettings {
    /// One's own inputs and targets, if there are any, and the ends of the networks for them.
    pub(super) fn own(&self) -> Result<(Option<SpeedTask>, Ends), Mistakes> {
        let given = self.own.is_given()?;
        require(
            &self.own.inputs,
            given || self.classes.is_none(),
            "`classes` says what one's own targets are",
            "without inputs",
            "give `inputs = \"x.npy\"` as well, or leave `classes` out",
        )?;
        if !given {
            return Ok((None, OF_DIGITS));
        }
        if self.classes == Some(true) {
            self.own.refuse_tests()?;
            let (images, classes, statement) = self.own.labelled(&self.examples, *self.examples)?;
            let (height, width) = images.shape;
            let image = Image {
                channels: 1,
                height,
                width,
            };
            let there = self.own.available()?;
            let task = classified(&images, classes, Some(without_tests(statement, there)))?;
            let outputs = classes;
            return Ok((Some(task), Ends { image, outputs }));
        }
        let found = self.own.learnt(Some(&self.examples))?;
        let ends = Ends {
            image: shape(&found.shape),
            outputs: found.targets.ncols(),
        };
        let task = SpeedTask {
            inputs: found.inputs,
            targets: found.targets,
            statement: Some(found.statement),
        };
        Ok((Some(task), ends))
    }

    /// The digits.
    pub(super) fn digits(&self) -> Result<SpeedTask, Diagnostic> {
        let digits = shipped_digits(&self.examples, *self.examples)?;
        classified(&digits, CLASSES, None)
    }

    /// What the inputs are called.
    pub(super) fn noun(&self) -> &'static str {
        if self.own.inputs.is_some() {
            "inputs"
        } else {
            "digits"
        }
    }
}

fn classified(
    images: &LabelledImages,
    classes: usize,
    statement: Option<DataStatement>,
) -> Result<SpeedTask, Diagnostic> {
    let targets = one_hot(&images.labels, classes);
    let targets = targets.map_err(|error| Diagnostic::new(error.to_string()))?;
    Ok(SpeedTask {
        inputs: images.images.transpose(),
        targets: targets.transpose(),
        statement,
    })
}
