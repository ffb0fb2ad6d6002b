//! One layer of fixed features, and its read-outs at every ridge.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::experiment::data::images::ImageData;
use crate::experiment::{LabelledImages, RunError};
use crate::networks::features::{Examples, FeatureMap};
use crate::numerics::matrix::View;
use crate::training::readout::{
    ReadoutError, ReadoutSums, SpectralFilter, SpectralReadout, accuracy, class_targets, classes,
    defined,
};

/// The read-out at one ridge.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Point {
    /// Penalty of the squared weights.
    pub ridge: f64,
    /// Share of the tests that is classified right.
    pub test_accuracy: f64,
    /// The same of the training images.
    pub train_accuracy: f64,
    /// The same of training images by read-outs that have not seen them; none where an image alone decides on a
    /// direction of the features, where rounding decides, and at ridge 0 of sums with at least as many features as images.
    pub leave_one_out: Option<f64>,
    /// Mean square error of their answers, by which a ridge is chosen.
    pub leave_one_out_square: Option<f64>,
    /// Directions of the features that were told from zero.
    pub rank: Option<usize>,
    /// Condition number of what was solved.
    pub condition: f64,
}

/// All ridges, and the weights at the one with the least leave-one-out error.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fit {
    /// In the order of the ridges.
    pub points: Vec<Point>,
    /// The point that leave-one-out chooses.
    pub chosen: usize,
    /// Its weights, a row a feature.
    pub weights: Vec<f64>,
    /// The class that it gives every test.
    pub predictions: Vec<usize>,
}

/// Examples of one batch. Measured: with 4,096 of them and 2,048 features every batch gets fresh pages from the
/// system, which took a fifth of all time.
const BATCH: usize = 1024;

/// Whether one decomposition serves all ridges: up to so many eigenvalues, a second of work on one core, and
/// features of half a gigabyte; beyond that, sums and a Cholesky factor for each ridge. Chosen.
pub(super) fn at_once(examples: usize, features: usize) -> bool {
    examples.min(features) <= 1200 && examples.saturating_mul(features) <= 1 << 26
}

impl From<ReadoutError> for RunError {
    fn from(error: ReadoutError) -> Self {
        Self::numerical(error)
    }
}

impl LabelledImages {
    /// The images, one row each, and their classes.
    pub(super) fn examples(&self) -> Examples<'_> {
        let (pixels, count) = self.images.shape();
        Examples {
            inputs: View::column_major(self.images.as_slice(), pixels, count).transposed(),
            labels: &self.labels,
        }
    }
}

/// The features of images, batch by batch, each with the number of its first image.
fn each_batch(
    features: &dyn FeatureMap,
    images: &LabelledImages,
    mut act: impl FnMut(usize, DMatrix<f64>) -> Result<(), RunError>,
) -> Result<(), RunError> {
    let inputs = images.examples().inputs;
    for first in (0..images.len()).step_by(BATCH) {
        let count = BATCH.min(images.len() - first);
        act(first, features.evaluate(inputs.every(first, 1, count))?)?;
    }
    Ok(())
}

/// The place of the least leave-one-out error among ridges with theirs; where there is none, of the largest ridge.
pub(super) fn choose(points: &[(f64, Option<f64>)]) -> usize {
    let all = || points.iter().enumerate();
    let known = all().filter_map(|(place, (_, square))| Some((place, (*square)?)));
    let best = known.min_by(|a, b| a.1.total_cmp(&b.1));
    let largest = all().max_by(|a, b| a.1.0.total_cmp(&b.1.0));
    let place = best.map(|found| found.0);
    place.or(largest.map(|found| found.0)).unwrap_or(0)
}

/// The read-outs of these features at every ridge.
pub(super) fn fit(
    features: &dyn FeatureMap,
    data: &ImageData,
    ridges: &[f64],
) -> Result<Fit, RunError> {
    let targets = class_targets(&data.training.labels, data.classes)?;
    if at_once(data.training.len(), features.features()) {
        spectral(features, data, &targets, ridges)
    } else {
        streamed(features, data, &targets, ridges)
    }
}

fn spectral(
    features: &dyn FeatureMap,
    data: &ImageData,
    targets: &DMatrix<f64>,
    ridges: &[f64],
) -> Result<Fit, RunError> {
    let hidden = features.evaluate(data.training.examples().inputs)?;
    let all = SpectralReadout::new(&hidden, targets)?;
    drop(hidden);
    let tests = features.evaluate(data.test.examples().inputs)?;
    let mut points = Vec::new();
    let mut found = Vec::new();
    for &ridge in ridges {
        let filter = SpectralFilter::Ridge { ridge };
        let readout = all.readout(filter)?;
        let left_out = defined(all.leave_one_out(filter))?;
        let outputs = readout.outputs(&tests)?;
        points.push(Point {
            ridge,
            test_accuracy: accuracy(&outputs, &data.test.labels),
            train_accuracy: accuracy(&all.outputs(filter)?, &data.training.labels),
            leave_one_out: left_out
                .as_ref()
                .map(|left| accuracy(&left.outputs, &data.training.labels)),
            leave_one_out_square: left_out.map(|left| left.mean_square),
            rank: readout.rank,
            condition: readout.condition,
        });
        found.push((readout.weights, classes(&outputs)));
    }
    Ok(Fit::of(points, found))
}

/// Images that are right when left out, and squares of their errors then.
#[derive(Clone, Copy, Default)]
struct Tally {
    right_left_out: f64,
    squares: f64,
}

fn streamed(
    features: &dyn FeatureMap,
    data: &ImageData,
    targets: &DMatrix<f64>,
    ridges: &[f64],
) -> Result<Fit, RunError> {
    let mut sums = ReadoutSums::new(features.features(), data.classes);
    let rows = |first: usize, count: usize| targets.rows(first, count).into_owned();
    each_batch(features, &data.training, |first, hidden| {
        sums.add(&hidden, &rows(first, hidden.nrows()))?;
        Ok(())
    })?;
    let solved = ridges.iter().map(|ridge| sums.solve_and_leverage(*ridge));
    let solved = solved.collect::<Result<Vec<_>, _>>()?;
    drop(sums);
    let mut tallies = vec![Some(Tally::default()); ridges.len()];
    let mut right = vec![0.0; ridges.len()];
    each_batch(features, &data.training, |first, hidden| {
        let count = hidden.nrows();
        let (targets, labels) = (
            rows(first, count),
            &data.training.labels[first..first + count],
        );
        for (index, (readout, leverage)) in solved.iter().enumerate() {
            let outputs = readout.outputs(&hidden)?;
            right[index] += accuracy(&outputs, labels) * count as f64;
            let left_out = defined(leverage.leave_one_out(&hidden, &outputs, &targets))?;
            tallies[index] = tallies[index].zip(left_out).map(|(tally, left)| Tally {
                right_left_out: tally.right_left_out
                    + accuracy(&left.outputs, labels) * count as f64,
                squares: tally.squares + left.mean_square * count as f64,
            });
        }
        Ok(())
    })?;
    let mut predictions = vec![Vec::new(); ridges.len()];
    each_batch(features, &data.test, |_, hidden| {
        for (all, (readout, _)) in predictions.iter_mut().zip(&solved) {
            all.extend(classes(&readout.outputs(&hidden)?));
        }
        Ok(())
    })?;
    let examples = data.training.len() as f64;
    let point = |index: usize| {
        let readout = &solved[index].0;
        let pairs = predictions[index].iter().zip(&data.test.labels);
        let test = pairs.filter(|(found, label)| found == label).count();
        let tally = tallies[index];
        Point {
            ridge: ridges[index],
            test_accuracy: test as f64 / data.test.len() as f64,
            train_accuracy: right[index] / examples,
            leave_one_out: tally.map(|tally| tally.right_left_out / examples),
            leave_one_out_square: tally.map(|tally| tally.squares / examples),
            rank: readout.rank,
            condition: readout.condition,
        }
    };
    let points = (0..ridges.len()).map(point).collect();
    let weights = solved.into_iter().map(|(readout, _)| readout.weights);
    Ok(Fit::of(points, weights.zip(predictions).collect()))
}

impl Fit {
    fn of(points: Vec<Point>, mut found: Vec<(DMatrix<f64>, Vec<usize>)>) -> Self {
        let errors = points.iter();
        let errors = errors.map(|point| (point.ridge, point.leave_one_out_square));
        let chosen = choose(&errors.collect::<Vec<_>>());
        let (weights, predictions) = found.swap_remove(chosen);
        Self {
            points,
            chosen,
            weights: weights.transpose().as_slice().to_vec(),
            predictions,
        }
    }

    /// The point that leave-one-out chooses.
    pub(super) fn point(&self) -> &Point {
        &self.points[self.chosen]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks::features::{FeatureLaw, FeatureOptions, RandomFeatures};

    /// One decomposition and sums over two batches are two ways to the same read-outs.
    #[test]
    fn sums_and_a_decomposition_find_the_same() {
        let (all, test) = LabelledImages::small_mnist(256.0, BATCH + 76).unwrap();
        let data = ImageData::of(all.range(0, BATCH + 76), test.range(0, 300), 10);
        let options = FeatureOptions {
            law: FeatureLaw::Gaussian,
            ..FeatureOptions::default()
        };
        let features = RandomFeatures::draw(options, 784, 60, 1).unwrap();
        let targets = class_targets(&data.training.labels, 10).unwrap();
        let ridges = [0.1, 10.0];
        let once = spectral(&features, &data, &targets, &ridges).unwrap();
        let sums = streamed(&features, &data, &targets, &ridges).unwrap();
        assert_eq!(once.chosen, sums.chosen);
        assert_eq!(once.predictions, sums.predictions);
        for (one, other) in once.points.iter().zip(&sums.points) {
            assert!((one.test_accuracy - other.test_accuracy).abs() < 1e-12);
            assert!((one.train_accuracy - other.train_accuracy).abs() < 1e-12);
            let pair = |get: fn(&Point) -> Option<f64>| get(one).zip(get(other)).unwrap();
            let (a, b) = pair(|p| p.leave_one_out);
            assert!((a - b).abs() < 1e-12);
            let (a, b) = pair(|p| p.leave_one_out_square);
            assert!((a / b - 1.0).abs() < 1e-8, "{a} {b}");
        }
        let weights = once.weights.iter().zip(&sums.weights);
        let apart = weights.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(apart < 1e-8, "{apart}");
    }

    #[test]
    fn where_no_error_is_known_the_largest_ridge_is_taken() {
        assert_eq!(choose(&[(0.0, None), (2.0, None), (1.0, None)]), 1);
        assert_eq!(
            choose(&[(0.0, None), (2.0, Some(0.4)), (1.0, Some(0.3))]),
            2
        );
    }
}
