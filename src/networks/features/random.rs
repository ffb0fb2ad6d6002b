//! Random features: one layer of weights that stay as they were drawn.

use nalgebra::{DMatrix, DVector, DVectorView};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{FeatureLaw, FeatureMap};
use crate::networks::{Activation, NetworkError};
use crate::numerics::matrix::{View, gemm, multiply};
use crate::numerics::random::stream;

/// Numbers in which the sums of features are computed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// `f64`.
    #[default]
    Double,
    /// `f32` products, twice as fast; the features are off by about `1e-6`, far less than another draw.
    Single,
}

/// How random features are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureOptions {
    /// Law of the weights.
    pub law: FeatureLaw,
    /// What every feature applies to its sum.
    pub activation: Activation,
    /// Root mean square length of the weights of a feature.
    pub scale: f64,
    /// Standard deviation of a bias; at 0 there are none.
    pub bias: f64,
    /// Height, width and least side of receptive fields: every feature sees a random rectangle of the image
    /// alone (`McDonnell` et al. 2015). `None`: all of it.
    pub field: Option<(usize, usize, usize)>,
    /// Precision of the sums.
    pub precision: Precision,
}

impl Default for FeatureOptions {
    /// Logistic features with Gaussian weights of length 2, the scale in `McDonnell`'s program, without biases.
    fn default() -> Self {
        Self {
            law: FeatureLaw::Gaussian,
            activation: Activation::Logistic,
            scale: 2.0,
            bias: 0.0,
            field: None,
            precision: Precision::Double,
        }
    }
}

/// Inputs (`N x d`, one row an example) and their classes, from which weights may be drawn.
#[derive(Debug, Clone, Copy)]
pub struct Examples<'a> {
    /// The inputs.
    pub inputs: View<'a, f64>,
    /// The class of every row.
    pub labels: &'a [usize],
}

/// `H = g(X W + b)` with weights `W` and biases `b` that are drawn once.
///
/// ```
/// use nalgebra::dmatrix;
/// use pulsatrix::networks::features::{FeatureMap, FeatureOptions, RandomFeatures};
/// use pulsatrix::numerics::matrix::View;
///
/// let features = RandomFeatures::draw(FeatureOptions::default(), 2, 5, 1)?;
/// let inputs = dmatrix![0.0, 0.0; 1.0, -1.0; -1.0, 1.0];
/// let found = features.evaluate(View::from(&inputs))?;
/// assert_eq!(found.shape(), (3, 5));
/// assert_eq!(found[(0, 4)], 0.5); // the logistic function of 0
/// assert!((found[(1, 0)] + found[(2, 0)] - 1.0).abs() < 1e-15);
/// # Ok::<(), pulsatrix::networks::NetworkError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RandomFeatures {
    weights: DMatrix<f64>,
    biases: DVector<f64>,
    activation: Activation,
    /// The weights in single precision, if sums are computed in it.
    single: Option<DMatrix<f32>>,
}

/// Numbers in one piece of parallel work.
const PIECE: usize = 1 << 14;

/// Draws of a pair before its law counts as impossible: at 1 of 10,000 examples in another class, all fail
/// once in `e^200` features. Chosen.
const MOST_DRAWS: usize = 1_000_000;

impl RandomFeatures {
    /// `count` features of `inputs` numbers each, of a law that needs no examples. The same seed gives the
    /// same features; but for orthogonal ones, the first of a longer list are those of a shorter one.
    ///
    /// # Errors
    /// [`NetworkError::OutOfRange`] for sizes and scales that are none, [`NetworkError::Contradiction`] for
    /// softmax, and for a law that needs examples.
    pub fn draw(
        options: FeatureOptions,
        inputs: usize,
        count: usize,
        seed: u64,
    ) -> Result<Self, NetworkError> {
        options.check(inputs, count)?;
        let mut random = stream(seed, "weights of features", 0);
        let drawn = options
            .law
            .draw((inputs, count), options.scale, &mut random);
        let weights = drawn.ok_or(NetworkError::Contradiction {
            first: "differences of classes",
            second: "features without examples",
            reason: "they are made of pairs of examples; give examples with their classes",
        })?;
        Ok(Self::with(options, weights, seed))
    }

    /// `count` features of any law, for inputs as long as those of the examples.
    ///
    /// # Errors
    /// As [`RandomFeatures::draw`]; [`NetworkError::WrongLength`] unless there is a label for every example,
    /// and [`NetworkError::OutOfRange`] for differences of classes where there is one class only.
    pub fn draw_from(
        options: FeatureOptions,
        examples: Examples<'_>,
        count: usize,
        seed: u64,
    ) -> Result<Self, NetworkError> {
        let inputs = examples.inputs.columns();
        if options.law != FeatureLaw::ClassDifferences {
            return Self::draw(options, inputs, count, seed);
        }
        options.check(inputs, count)?;
        let labels = examples.labels;
        if labels.len() != examples.inputs.rows() {
            return Err(NetworkError::WrongLength {
                name: "the list of labels",
                found: labels.len(),
                neurons: examples.inputs.rows(),
            });
        }
        if labels.windows(2).all(|two| two[0] == two[1]) {
            return Err(NetworkError::OutOfRange {
                name: "classes of the examples",
                value: f64::from(u8::from(!labels.is_empty())),
                requirement: "differences of classes need two at least",
            });
        }
        let mut random = stream(seed, "weights of features", 0);
        let mut weights = DMatrix::zeros(inputs, count);
        for mut column in weights.column_iter_mut() {
            let mut draws = 0;
            while column.norm() == 0.0 {
                let [a, b] = [(); 2].map(|()| random.random_range(0..labels.len()));
                draws += 1;
                if draws > MOST_DRAWS {
                    return Err(NetworkError::OutOfRange {
                        name: "distinct examples of two classes",
                        value: 0.0,
                        requirement: "a million pairs were drawn; give more examples of every class",
                    });
                }
                if labels[a] == labels[b] {
                    continue;
                }
                for (row, weight) in column.iter_mut().enumerate() {
                    *weight = examples.inputs.at(a, row) - examples.inputs.at(b, row);
                }
            }
        }
        Ok(Self::with(options, weights, seed))
    }

    /// Cuts the fields out, gives all weights of computed features their length, and draws the biases.
    fn with(options: FeatureOptions, mut weights: DMatrix<f64>, seed: u64) -> Self {
        let count = weights.ncols();
        if let Some(field) = options.field {
            let mut random = stream(seed, "fields of features", 0);
            for mut column in weights.column_iter_mut() {
                let seen = rectangle(field, &mut random);
                for (place, weight) in column.iter_mut().enumerate() {
                    let (row, across) = (place / field.1, place % field.1);
                    if !(seen.0.contains(&row) && seen.1.contains(&across)) {
                        *weight = 0.0;
                    }
                }
            }
        }
        if options.field.is_some() || options.law == FeatureLaw::ClassDifferences {
            for mut column in weights.column_iter_mut() {
                let length = column.norm();
                // a field in which both examples are blank sees nothing
                if length > 0.0 {
                    column *= options.scale / length;
                }
            }
        }
        let mut random = stream(seed, "biases of features", 0);
        let biases = DVector::from_fn(count, |_, _| {
            options.bias * random.sample::<f64, _>(StandardNormal)
        });
        let single = options.precision == Precision::Single;
        Self {
            single: single.then(|| weights.map(|weight| weight as f32)),
            weights,
            biases,
            activation: options.activation,
        }
    }

    /// The weights `W`, `d x L`: one column a feature.
    #[must_use]
    pub fn weights(&self) -> &DMatrix<f64> {
        &self.weights
    }

    /// The biases `b`.
    #[must_use]
    pub fn biases(&self) -> &DVector<f64> {
        &self.biases
    }
}

/// Partial sums of a product: four registers of four numbers, which any machine has.
const PARTS: usize = 16;

/// `a . b`, in a fixed order. A single example by a whole matrix product would take ten times as long: that copies all
/// weights into panels before it multiplies.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; PARTS];
    let (a, b) = (a.chunks_exact(PARTS), b.chunks_exact(PARTS));
    let rest: f32 = a
        .remainder()
        .iter()
        .zip(b.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (a, b) in a.zip(b) {
        for ((sum, x), y) in sums.iter_mut().zip(a).zip(b) {
            *sum += x * y;
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// A rectangle of at least the least side, each side drawn uniformly among those that fit.
fn rectangle(
    (height, width, least): (usize, usize, usize),
    random: &mut impl Rng,
) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
    let mut side = |whole: usize| {
        let long = random.random_range(least.min(whole)..=whole);
        let first = random.random_range(0..=whole - long);
        first..first + long
    };
    (side(height), side(width))
}

impl FeatureOptions {
    fn check(self, inputs: usize, count: usize) -> Result<(), NetworkError> {
        let refuse = |name, value, requirement| {
            Err(NetworkError::OutOfRange {
                name,
                value,
                requirement,
            })
        };
        if inputs == 0 || count == 0 {
            let value = inputs.min(count) as f64;
            return refuse("inputs and features", value, "at least 1 of each");
        }
        if !(self.scale > 0.0 && self.scale.is_finite()) {
            return refuse("scale", self.scale, "it is positive and finite");
        }
        if !(self.bias >= 0.0 && self.bias.is_finite()) {
            return refuse("bias", self.bias, "it is finite and not negative");
        }
        if let Some((height, width, least)) = self.field {
            if height.checked_mul(width) != Some(inputs) {
                let requirement = "height times width of a field is the number of inputs";
                return refuse("pixels of an image", inputs as f64, requirement);
            }
            if least == 0 || least > height.min(width) {
                let requirement = "it is at least 1 and at most the sides of the image";
                return refuse("least side of a field", least as f64, requirement);
            }
        }
        if self.activation == Activation::Softmax {
            return Err(NetworkError::Contradiction {
                first: "softmax",
                second: "random features",
                reason: "it couples the units of a layer; choose an activation of one number",
            });
        }
        Ok(())
    }
}

impl FeatureMap for RandomFeatures {
    fn inputs(&self) -> usize {
        self.weights.nrows()
    }

    fn features(&self) -> usize {
        self.weights.ncols()
    }

    /// Cost: one product, `2 N d L` operations, and an activation a number. In single precision an example alone is
    /// summed in another order than one of many: its features differ by rounding.
    fn evaluate(&self, inputs: View<'_, f64>) -> Result<DMatrix<f64>, NetworkError> {
        super::frozen::check_inputs(inputs, self.inputs())?;
        let rows = inputs.rows();
        let mut features = DMatrix::from_fn(rows, self.features(), |_, column| self.biases[column]);
        let Some(single) = &self.single else {
            gemm(1.0, inputs, View::from(&self.weights), 1.0, &mut features);
            self.activation.apply(&mut features);
            return Ok(features);
        };
        // one column an example, as images are stored
        let inputs = DMatrix::from_fn(self.inputs(), rows, |i, j| inputs.at(j, i) as f32);
        let sums = if rows == 1 {
            let sum = |weights: DVectorView<'_, f32>| dot(weights.as_slice(), inputs.as_slice());
            DMatrix::from_iterator(1, self.features(), single.column_iter().map(sum))
        } else {
            multiply(View::from(&inputs).transposed(), View::from(single))
        };
        let pieces = features.as_mut_slice().par_chunks_mut(PIECE);
        let sums = sums.as_slice().par_chunks(PIECE);
        pieces.zip(sums).for_each(|(features, sums)| {
            for (feature, sum) in features.iter_mut().zip(sums) {
                *feature += f64::from(*sum);
            }
        });
        self.activation.apply(&mut features);
        Ok(features)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An example alone, and the same among others, in single precision.
    #[test]
    fn one_example_has_the_features_of_many() {
        let options = FeatureOptions {
            precision: Precision::Single,
            bias: 0.5,
            ..FeatureOptions::default()
        };
        let features = RandomFeatures::draw(options, 37, 20, 1).unwrap();
        let inputs = DMatrix::from_fn(3, 37, |i, j| ((7 * i + 3 * j) % 11) as f64 / 11.0);
        let many = features.evaluate(View::from(&inputs)).unwrap();
        for row in 0..3 {
            let alone = DMatrix::from_rows(&[inputs.row(row).into_owned()]);
            let one = features.evaluate(View::from(&alone)).unwrap();
            assert!((one.row(0) - many.row(row)).amax() < 1e-6);
        }
    }
}
