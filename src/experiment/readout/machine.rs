//! A read-out that a run has found, ready to classify.

use nalgebra::DMatrix;

use super::one_shot::{Findings, OneShot};
use crate::experiment::{LabelledImages, RunError, Study};
use crate::networks::NetworkError;
use crate::networks::features::{FeatureMap, RandomFeatures};
use crate::numerics::matrix::{View, multiply};
use crate::training::readout::classes;

/// Least share of the tests to which a machine must give the class that its run gave: features in single precision may
/// tell a test that lies on a border otherwise on another machine. Chosen.
const SAME: f64 = 0.99;

/// The features and the weights of a [`OneShot`] study, and the images it was made from.
pub struct Machine {
    features: RandomFeatures,
    weights: DMatrix<f64>,
    /// Images that it has not seen.
    pub tests: LabelledImages,
    /// Images that it has.
    pub training: LabelledImages,
    /// Name of the set.
    pub images: String,
    /// Level of a pixel of full ink.
    pub ink: f64,
    /// Share of the tests that it classifies right.
    pub test_accuracy: f64,
    /// Penalty of its squared weights.
    pub ridge: f64,
}

impl OneShot {
    /// The machine of its findings: the features are drawn again from their seed.
    ///
    /// # Errors
    /// [`RunError::DataChanged`] if it does not give the tests the classes that the findings say, and
    /// [`NetworkError::Contradiction`] for features behind filters.
    pub fn machine(&self, findings: &Findings) -> Result<Machine, RunError> {
        let law = findings.law.law().ok_or(NetworkError::Contradiction {
            first: "random filters",
            second: "a machine",
            reason: "it is one layer of weights and a read-out; take a run with another law",
        })?;
        let which = (law, findings.neurons, findings.features_seed);
        let features = self.settings.features.random(which, &self.data)?;
        let weights = &findings.readout.values;
        let classes = weights.len() / findings.neurons.max(1);
        if classes == 0 || weights.len() != classes * findings.neurons {
            return Err(RunError::DataChanged);
        }
        let (training, tests) = (self.data.training.clone(), self.data.test.clone());
        let machine = Machine {
            weights: DMatrix::from_row_slice(findings.neurons, classes, weights),
            features,
            images: self.settings().data.images.name(),
            ink: training.images.max(),
            test_accuracy: findings.test_accuracy,
            ridge: findings.ridge,
            training,
            tests,
        };
        let found = machine.classified_tests()?;
        let said = findings.predictions.values.iter();
        let same = found.iter().zip(said).filter(|(a, b)| **a as f64 == **b);
        let least = SAME * found.len() as f64;
        if found.len() != findings.predictions.values.len() || (same.count() as f64) < least {
            return Err(RunError::DataChanged);
        }
        Ok(machine)
    }
}

impl Machine {
    /// Number of features.
    #[must_use]
    pub fn neurons(&self) -> usize {
        self.features.features()
    }

    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.weights.ncols()
    }

    /// The features.
    #[must_use]
    pub fn features(&self) -> &RandomFeatures {
        &self.features
    }

    /// The weights of the read-out, features x classes.
    #[must_use]
    pub fn weights(&self) -> &DMatrix<f64> {
        &self.weights
    }

    /// Scores of images, one column an image: images x classes.
    ///
    /// # Errors
    /// For images of another size.
    pub fn scores(&self, images: &DMatrix<f64>) -> Result<DMatrix<f64>, RunError> {
        let (pixels, count) = images.shape();
        let inputs = View::column_major(images.as_slice(), pixels, count).transposed();
        let features = self.features.evaluate(inputs)?;
        Ok(multiply(View::from(&features), View::from(&self.weights)))
    }

    fn classified_tests(&self) -> Result<Vec<usize>, RunError> {
        Ok(classes(&self.scores(&self.tests.images)?))
    }
}
