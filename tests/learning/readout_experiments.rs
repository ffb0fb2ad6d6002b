//! The kinds `one-shot` and `one-shot-transfer` in small: their stories, and reports that can be recomputed.

use nalgebra::DMatrix;
use pulsatrix::experiment::readout::FeatureSource;
use pulsatrix::experiment::readout::one_shot::{self, OneShot};
use pulsatrix::experiment::readout::transfer::{Point, Transfer};
use pulsatrix::experiment::{LabelledImages, ModelFile, Silent, Study};
use pulsatrix::networks::Activation;
use pulsatrix::networks::deep::{
    Architecture, Convolutions, Image, Initialisation, Parameterisation,
};
use pulsatrix::networks::features::{
    Examples, FeatureMap, FeatureOptions, FrozenFeatures, RandomFeatures,
};
use pulsatrix::numerics::matrix::View;
use pulsatrix::training::readout::{accuracy, classes};

fn findings<S: Study>(model: &str, changes: &[&str]) -> S::Findings {
    let mut model = ModelFile::open_shipped(model).unwrap();
    for change in changes {
        model.set(change).unwrap();
    }
    let study = model.study::<S>().map_err(|error| error.to_string());
    study.unwrap().find(&Silent).unwrap()
}

const SMALL: [&str; 9] = [
    "data.training=200",
    "data.tests=400",
    "features.seeds=2",
    "readout.neurons=[50,200,1000]",
    "readout.ridges=[0,0.1,1,10,100]",
    "network.hidden=100",
    "network.epochs=20",
    "flow.neurons=100",
    "flow.times=20",
];

fn accuracies(found: &one_shot::Findings, law: FeatureSource, neurons: usize, ridge: f64) -> f64 {
    let own = found.sweep.iter();
    let own = own.filter(|draw| (draw.law, draw.neurons) == (law, neurons));
    let points = own.flat_map(|draw| draw.points.iter().filter(|point| point.ridge == ridge));
    let all: Vec<f64> = points.map(|point| point.test_accuracy).collect();
    assert_eq!(all.len(), 2);
    all.iter().sum::<f64>() / 2.0
}

/// Tests dip at `L = N` without a ridge, and not with one; leave-one-out is near the tests, which have no say.
#[test]
fn the_ridge_removes_the_dip_where_features_are_as_many_as_images() {
    let found = findings::<OneShot>("one-shot", &SMALL);
    for law in [FeatureSource::Gaussian, FeatureSource::ClassDifferences] {
        let [few, dip, many] = [50, 200, 1000].map(|l| accuracies(&found, law, l, 0.0));
        assert!(dip < few - 0.1 && dip < many - 0.1, "{few} {dip} {many}");
        let ridged = accuracies(&found, law, 200, 10.0);
        assert!(ridged > dip + 0.15, "{dip} {ridged}");
    }
    // the choice without tests is close to theirs
    let best = found.best_by_test.test_accuracy;
    assert!(
        (0.0..0.05).contains(&(best - found.test_accuracy)),
        "{best}"
    );
    let first = found.sweep.iter().filter(|draw| draw.seed == 1);
    let squares = first.flat_map(|draw| draw.points.iter().filter_map(|p| p.leave_one_out_square));
    assert_eq!(
        Some(squares.fold(f64::INFINITY, f64::min)),
        found.leave_one_out_square
    );
    assert!(found.ridge > 0.0 && found.train_accuracy > found.test_accuracy);
    // infinitely many features, and features that learn, are better than fifty that do not
    let fifty = accuracies(&found, FeatureSource::Gaussian, 50, 10.0);
    let (kernel, network) = (found.kernel.unwrap(), found.network.unwrap());
    for better in [kernel.test_accuracy, network.test_accuracy] {
        assert!(better > fifty + 0.05, "{better} {fifty}");
    }
    let flow = found.flow.unwrap();
    assert_eq!(flow.times.len(), 20);
    // late, the read-out of as many features as half the images has overfitted
    assert!(flow.readout[19] > flow.solved + 0.02, "{:?}", flow.readout);
}

/// The same answers from the seed of the features and the saved weights alone, and from sums as from one
/// decomposition.
#[test]
fn the_report_is_recomputed_from_the_saved_read_out() {
    let found = findings::<OneShot>("one-shot", &SMALL);
    let (training, test) = LabelledImages::small_mnist(256.0, 200).unwrap();
    let test = test.range(0, 400);
    let (inputs, tests) = (training.images.transpose(), test.images.transpose());
    let options = FeatureOptions {
        law: found.law.law().expect("a law of weights"),
        activation: Activation::Tanh,
        scale: 3.0,
        bias: 0.5,
        ..FeatureOptions::default()
    };
    let examples = Examples {
        inputs: View::from(&inputs),
        labels: &training.labels,
    };
    let seed = found.features_seed;
    let features = RandomFeatures::draw_from(options, examples, found.neurons, seed).unwrap();
    assert_eq!(found.readout.shape, [found.neurons, 10]);
    let weights = DMatrix::from_row_slice(found.neurons, 10, &found.readout.values);
    let outputs = features.evaluate(View::from(&tests)).unwrap() * &weights;
    let expected: Vec<f64> = classes(&outputs)
        .iter()
        .map(|class| *class as f64)
        .collect();
    assert_eq!(found.predictions.values, expected);
    assert_eq!(found.test_accuracy, accuracy(&outputs, &test.labels));
    let seen = features.evaluate(View::from(&inputs)).unwrap() * &weights;
    assert_eq!(found.train_accuracy, accuracy(&seen, &training.labels));

    // beyond 1,200 of both, sums are solved
    let large = [
        "data.training=1300",
        "data.tests=300",
        "features.laws=['gaussian']",
        "features.seeds=1",
        "readout.ridges=[1]",
        "flow.times=0",
        "network.epochs=0",
    ];
    let streamed = findings::<OneShot>(
        "one-shot",
        &[&large[..], &["readout.neurons=[1201]"]].concat(),
    );
    let at_once = findings::<OneShot>(
        "one-shot",
        &[&large[..], &["readout.neurons=[1200]"]].concat(),
    );
    assert!((streamed.test_accuracy - at_once.test_accuracy).abs() < 0.03);
    let [a, b] = [streamed, at_once].map(|found| found.leave_one_out_square.unwrap());
    assert!((a / b - 1.0).abs() < 0.05, "{a} {b}");
}

/// Features that have learnt other digits need fewer examples than features that have not.
#[test]
fn frozen_features_of_other_digits_need_fewer_examples() {
    let changes = [
        "data.training=3000",
        "network.hidden=100",
        "network.epochs=5",
        "network.networks=2",
        "readout.examples=[50,400]",
        "readout.ridges=[1,10,100]",
    ];
    let found = findings::<Transfer>("one-shot-transfer", &changes);
    let accuracy = |trained: bool, copies: bool, examples: usize| {
        let points = found.networks.iter().flat_map(|network| &network.points);
        let own = |point: &&Point| {
            (point.trained, point.copies, point.examples) == (trained, copies, examples)
        };
        let all: Vec<f64> = points
            .filter(own)
            .map(|point| point.test_accuracy)
            .collect();
        assert_eq!(all.len(), 2);
        all.iter().sum::<f64>() / 2.0
    };
    assert!(accuracy(true, false, 50) > accuracy(false, false, 50));
    assert!(accuracy(false, true, 50) > accuracy(false, false, 50));
    assert!(accuracy(true, false, 400) > accuracy(true, false, 50) + 0.05);
    assert!(
        found
            .networks
            .iter()
            .all(|network| network.source_accuracy > 0.9)
    );
    assert_eq!(found.predictions.values.len(), found.tests);
    let without = findings::<Transfer>(
        "one-shot-transfer",
        &[&changes[..], &["copies.shift=0", "copies.rotation=0"]].concat(),
    );
    assert_eq!(without.networks[0].points.len(), 4);
    assert_eq!(without.test_accuracy, found.test_accuracy);
}

/// Features behind random filters are those of a network that is never trained.
#[test]
fn random_filters_are_an_untrained_network() {
    let filters = [
        "features.laws=['filters']",
        "filters={blocks=[[6],[8]],kernel=5,pool=2}",
        "readout.neurons=[120]",
        "readout.ridges=[10]",
        "flow.times=0",
        "network.epochs=0",
    ];
    let found = findings::<OneShot>("one-shot", &[&SMALL[..3], &filters].concat());
    let (training, test) = LabelledImages::small_mnist(256.0, 200).unwrap();
    let test = test.range(0, 400);
    let image = Image {
        channels: 1,
        height: 28,
        width: 28,
    };
    let architecture = Architecture {
        input: image,
        convolutions: Some(Convolutions::blocks(&[vec![6], vec![8]], 5, 2)),
        activation: Activation::Tanh,
        parameterisation: Parameterisation::Standard,
        sigma_w: 3.0,
        sigma_b: 0.5,
        ..Architecture::fully_connected(784, &[120], 10)
    };
    let (law, seed) = (Initialisation::Gaussian, found.features_seed);
    let features = FrozenFeatures::untrained(architecture, law, seed).unwrap();
    let hidden = |images: &LabelledImages| {
        let inputs = images.images.transpose();
        features.evaluate(View::from(&inputs)).unwrap()
    };
    let (seen, tests) = (hidden(&training), hidden(&test));
    // the ridge in closed form, from the side of the features
    let targets = DMatrix::from_fn(200, 10, |image, class| {
        if training.labels[image] == class {
            1.0
        } else {
            -1.0
        }
    });
    let gram = seen.transpose() * &seen + DMatrix::identity(120, 120) * 10.0;
    let weights = gram
        .cholesky()
        .unwrap()
        .solve(&(seen.transpose() * targets));
    let read_out = DMatrix::from_row_slice(120, 10, &found.readout.values);
    assert!((&read_out - &weights).amax() < 1e-10 * weights.amax());
    let accuracy = accuracy(&(tests * weights), &test.labels);
    assert_eq!(found.test_accuracy, accuracy);
    // two hundred digits, ten of them by chance
    assert!(accuracy > 0.5, "{accuracy}");
}
