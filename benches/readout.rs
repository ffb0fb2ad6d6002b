//! Read-outs of MNIST in one solve: seconds of every part, accuracy, and the ratio to nalgebra's products, Cholesky and
//! to training the same network by steps, in the same run.
//!
//! `cargo bench --bench readout -- /data/mnist 60000 2048`: a folder with the four files of MNIST (the 6,000 digits that
//! ship if nothing is said), training images, features. The number of threads is that of `RAYON_NUM_THREADS`.

use std::path::PathBuf;
use std::time::Instant;

use nalgebra::{Cholesky, DMatrix};
use pulsatrix::experiment::LabelledImages;
use pulsatrix::networks::Activation;
use pulsatrix::networks::deep::{
    Architecture, DeepNetwork, DifferentiableModel, Initialisation, Parameterisation,
};
use pulsatrix::networks::features::{
    Examples, FeatureLaw, FeatureMap, FeatureOptions, Precision, RandomFeatures,
};
use pulsatrix::numerics::matrix::{View, add_gram, factorise, ridged};
use pulsatrix::training::flow::{BatchOptions, CrossEntropy, GradientFlow, MiniBatches};
use pulsatrix::training::readout::{ReadoutSums, accuracy, class_targets};

/// Examples of a batch.
const BATCH: usize = 1024;

fn timed<T>(name: &str, run: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = run();
    let seconds = start.elapsed().as_secs_f64();
    println!("  {name}: {seconds:.2} s");
    (seconds, result)
}

/// Times of one-shot training by its parts, and the features of the first batch.
fn one_shot(training: &LabelledImages, test: &LabelledImages, count: usize) -> (f64, DMatrix<f64>) {
    let begin = Instant::now();
    let (pixels, all) = training.images.shape();
    let inputs = View::column_major(training.images.as_slice(), pixels, all).transposed();
    let options = FeatureOptions {
        law: FeatureLaw::ClassDifferences,
        field: Some((training.shape.0, training.shape.1, 10)),
        precision: Precision::Single,
        ..FeatureOptions::default()
    };
    let examples = Examples {
        inputs,
        labels: &training.labels,
    };
    let drawn = RandomFeatures::draw_from(options, examples, count, 1);
    let features = drawn.expect("two classes");
    let targets = class_targets(&training.labels, 10).expect("ten classes");
    let (mut evaluating, mut summing) = (0.0, 0.0);
    let mut sums = ReadoutSums::new(count, 10);
    let mut first = DMatrix::zeros(0, 0);
    for begin in (0..all).step_by(BATCH) {
        let size = BATCH.min(all - begin);
        let start = Instant::now();
        let hidden = features
            .evaluate(inputs.every(begin, 1, size))
            .expect("they fit");
        evaluating += start.elapsed().as_secs_f64();
        let start = Instant::now();
        let batch = targets.rows(begin, size).into_owned();
        sums.add(&hidden, &batch).expect("they fit");
        summing += start.elapsed().as_secs_f64();
        if begin == 0 {
            first = hidden;
        }
    }
    let giga = 1e-9 * all as f64 * count as f64;
    println!(
        "  features {evaluating:.2} s ({:.0} GFLOP/s), sums {summing:.2} s ({:.0} GFLOP/s)",
        2.0 * giga * pixels as f64 / evaluating,
        giga * count as f64 / summing
    );
    let (_, readout) = timed("solve", || sums.solve(1.0).expect("a ridge"));
    let tests = View::column_major(test.images.as_slice(), pixels, test.len()).transposed();
    let outputs = readout.outputs(&features.evaluate(tests).expect("they fit"));
    let right = accuracy(&outputs.expect("they fit"), &test.labels);
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "  in all {seconds:.2} s, {:.2} % of the tests right",
        100.0 * right
    );
    (seconds, first)
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|word| word != "--bench");
    let folder = arguments.next().map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/data/mnist-small")),
        PathBuf::from,
    );
    let number = |word: Option<String>, default: usize| {
        word.map_or(default, |word| word.parse().expect("a whole number"))
    };
    let most = number(arguments.next(), 6000);
    let count = number(arguments.next(), 1024);
    let training = LabelledImages::training(&folder, 256.0).expect("MNIST");
    let training = training.range(0, most);
    let test = LabelledImages::test(&folder, 256.0).expect("MNIST");
    println!(
        "{} images, {count} features, {} threads",
        training.len(),
        rayon::current_num_threads()
    );
    let (seconds, hidden) = one_shot(&training, &test, count);

    println!(
        "H^T H of the first {} images, and a factor of it",
        hidden.nrows()
    );
    let (ours, gram) = timed("ours", || {
        let mut gram = DMatrix::zeros(count, count);
        add_gram(1.0, View::from(&hidden).transposed(), 0.0, &mut gram);
        gram
    });
    let (reference, expected) = timed("nalgebra", || hidden.tr_mul(&hidden));
    let error = (&gram - &expected).lower_triangle().amax() / expected.amax();
    println!("  x{:.1}; difference {error:.0e}", reference / ours);
    let matrix = ridged(&expected, 1.0);
    let (ours, factor) = timed("ours, Cholesky", || {
        factorise(matrix.clone()).expect("a ridge")
    });
    let (reference, expected) = timed("nalgebra, Cholesky", || Cholesky::new(matrix.clone()));
    let ones = DMatrix::from_element(count, 1, 1.0);
    let expected = expected.expect("a ridge").solve(&ones);
    let error = (factor.solve(&ones) - &expected).amax() / expected.amax();
    println!("  x{:.1}; difference {error:.0e}", reference / ours);

    println!("the same network by steps: Adam, batches of 64, one epoch after the other");
    let architecture = Architecture {
        activation: Activation::Logistic,
        parameterisation: Parameterisation::Standard,
        sigma_b: 0.1,
        ..Architecture::fully_connected(training.images.nrows(), &[count], 10)
    };
    let network = DeepNetwork::new(architecture).expect("an architecture");
    let inputs = training.images.transpose();
    let targets = class_targets(&training.labels, 10).expect("ten classes");
    let targets = targets.map(|sign| 0.5 * (sign + 1.0));
    let flow = GradientFlow::new(&network, &inputs, &targets, &CrossEntropy).expect("they fit");
    let options = BatchOptions {
        batch: 64,
        ..BatchOptions::default()
    };
    let start = network
        .initial(Initialisation::Gaussian, 1)
        .expect("Gaussian");
    let mut batches = MiniBatches::new(&flow, start, options).expect("they fit");
    let tests = test.images.transpose();
    let begin = Instant::now();
    for epoch in 1..=3 {
        batches.epoch().expect("a stable rate");
        let elapsed = begin.elapsed().as_secs_f64();
        let outputs = network
            .outputs(batches.parameters(), &tests)
            .expect("they fit");
        println!(
            "  epoch {epoch}: {elapsed:.1} s, x{:.1} of one shot, {:.2} % of the tests right",
            elapsed / seconds,
            100.0 * accuracy(&outputs, &test.labels)
        );
    }
}
