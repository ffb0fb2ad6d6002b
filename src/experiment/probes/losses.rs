//! What every study of classifiers looks at after an epoch.

use nalgebra::DMatrix;

use crate::experiment::RunError;
use crate::experiment::data::images::ImageData;
use crate::experiment::image_networks::rows;
use crate::probes::{Probe, ProbeError, Snapshot};
use crate::training::flow::{CrossEntropy, Loss};

/// Images of one pass: the patches of more would not stay in the caches. Chosen.
const AT_ONCE: usize = 64;

/// The outputs of a network on any number of images.
fn outputs(snapshot: &dyn Snapshot, images: &DMatrix<f64>) -> Result<DMatrix<f64>, ProbeError> {
    let count = images.nrows();
    let pieces = (0..count).step_by(AT_ONCE).map(|first| {
        let rows = images.rows(first, AT_ONCE.min(count - first));
        Ok(snapshot.outputs(&rows.into_owned())?.transpose())
    });
    let pieces = pieces.collect::<Result<Vec<_>, ProbeError>>()?;
    let numbers = pieces.iter().flat_map(|piece| piece.iter().copied());
    let columns = pieces.first().map_or(0, DMatrix::nrows);
    Ok(DMatrix::from_row_iterator(count, columns, numbers))
}

/// The losses of a classifier and the share of the tests that it gets right.
pub(super) struct Losses {
    training: (DMatrix<f64>, DMatrix<f64>),
    test: (DMatrix<f64>, DMatrix<f64>),
    labels: Vec<usize>,
}

impl Losses {
    /// Of all training images and all tests.
    pub(super) fn new(data: &ImageData) -> Result<Self, RunError> {
        Ok(Self {
            training: rows(&data.training, data.classes)?,
            test: rows(&data.test, data.classes)?,
            labels: data.test.labels.clone(),
        })
    }
}

impl Probe for Losses {
    /// Loss of training and tests, and the accuracy of the tests.
    type Finding = [f64; 3];

    fn find(&self, snapshot: &dyn Snapshot) -> Result<[f64; 3], ProbeError> {
        let mean = |outputs: &DMatrix<f64>, targets: &DMatrix<f64>| {
            CrossEntropy.value(outputs, targets) / outputs.nrows() as f64
        };
        let learnt = outputs(snapshot, &self.training.0)?;
        let outputs = outputs(snapshot, &self.test.0)?;
        let rows = outputs.row_iter().zip(&self.labels);
        let right = rows.filter(|(row, label)| row.transpose().imax() == **label);
        let right = right.count() as f64 / self.labels.len() as f64;
        Ok([
            mean(&learnt, &self.training.1),
            mean(&outputs, &self.test.1),
            right,
        ])
    }
}

impl From<ProbeError> for RunError {
    fn from(error: ProbeError) -> Self {
        Self::numerical(error)
    }
}
