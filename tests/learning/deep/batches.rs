//! Training by mini-batches: steps written out by hand, determinism, divergence, a VGG-shaped stack.

use nalgebra::DMatrix;
use pulsatrix::networks::deep::*;
use pulsatrix::networks::{Activation, NetworkError};
use pulsatrix::training::flow::{
    BatchOptions, CrossEntropy, Descent, FlowError, GradientFlow, MiniBatches, Schedule, Squared,
    descend,
};

use super::{built, wave};

fn classes(examples: usize, count: usize) -> DMatrix<f64> {
    DMatrix::from_fn(examples, count, |i, class| {
        f64::from(u8::from(i % count == class))
    })
}

#[test]
fn whole_batches_are_descent_at_the_rate_over_their_examples() {
    let (network, inputs) = (
        built(&Architecture::fully_connected(4, &[6], 2)),
        wave(8, 4, 0.4),
    );
    let targets = wave(8, 2, 0.9);
    let flow = GradientFlow::new(&network, &inputs, &targets, &Squared).unwrap();
    let start = network.initial(Initialisation::Gaussian, 3).unwrap();
    let momentum = |rate| Descent::Momentum {
        rate,
        momentum: 0.7,
    };
    let plain = |rate| Descent::Plain { rate };
    for (stochastic, whole) in [
        (plain(0.8), plain(0.1)),
        (momentum(0.4), momentum(0.05)),
        // Adam does not feel the length of a gradient
        (Descent::Adam { rate: 0.01 }, Descent::Adam { rate: 0.01 }),
    ] {
        let mut expected = start.clone();
        let steps = Schedule::steps(20);
        let losses = descend(&flow, &mut expected, whole, steps, |_| Ok(())).unwrap();
        let options = BatchOptions {
            rule: stochastic,
            batch: 100,
            ..BatchOptions::default()
        };
        let mut training = MiniBatches::new(&flow, start.clone(), options).unwrap();
        let found: Vec<f64> = (0..20).map(|_| training.epoch().unwrap()).collect();
        for (found, expected) in training.parameters().iter().zip(&expected) {
            // epsilon of Adam feels it
            assert!((found - expected).abs() < 1e-6, "{stochastic:?}");
        }
        assert!((found[19] - losses[19] / 8.0).abs() < 1e-6 * losses[0]);
    }
}

#[test]
fn an_epoch_sees_every_example_once_and_repeats_bit_for_bit() {
    // one weight, no input but a constant: plain steps on 1/2 (w - y)^2 contract towards each target
    let network = built(&Architecture::fully_connected(1, &[], 1));
    let inputs = DMatrix::from_element(5, 1, 1.0);
    let targets = DMatrix::from_fn(5, 1, |i, _| i as f64);
    let flow = GradientFlow::new(&network, &inputs, &targets, &Squared).unwrap();
    let options = BatchOptions {
        rule: Descent::Plain { rate: 1.0 },
        batch: 1,
        ..BatchOptions::default()
    };
    let mut training = MiniBatches::new(&flow, vec![9.0], options).unwrap();
    for _ in 0..3 {
        // the rate 1 lands on the target of the example
        let mut seen: Vec<f64> = (0..5)
            .map(|_| {
                training.step().unwrap();
                training.parameters()[0]
            })
            .collect();
        seen.sort_by(f64::total_cmp);
        assert_eq!(seen, [0.0, 1.0, 2.0, 3.0, 4.0]);
    }
    assert_eq!((training.epochs(), training.steps()), (3, 15));

    let run = |threads: usize, seed| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| {
            let network = built(&Architecture::fully_connected(6, &[40, 30], 3));
            let (inputs, targets) = (wave(50, 6, 0.3), classes(50, 3));
            let flow = GradientFlow::new(&network, &inputs, &targets, &CrossEntropy).unwrap();
            let start = network.initial(Initialisation::Gaussian, 2).unwrap();
            let options = BatchOptions {
                batch: 16,
                seed,
                dropout: Some(Dropout {
                    dense: 0.2,
                    ..Dropout::default()
                }),
                ..BatchOptions::default()
            };
            let mut training = MiniBatches::new(&flow, start, options).unwrap();
            training.epoch().unwrap();
            training.epoch().unwrap();
            training.parameters().to_vec()
        })
    };
    assert_eq!(run(1, 4), run(3, 4));
    assert_ne!(run(1, 4), run(1, 5));
}

#[test]
fn divergence_names_the_rate_and_keeps_the_weights_of_before() {
    let network = built(&Architecture {
        activation: Activation::Relu,
        ..Architecture::fully_connected(4, &[6], 2)
    });
    let (inputs, targets) = (wave(8, 4, 0.4), wave(8, 2, 0.9));
    let flow = GradientFlow::new(&network, &inputs, &targets, &Squared).unwrap();
    let start = network.initial(Initialisation::Gaussian, 3).unwrap();
    for rate in [1e3, 1e200] {
        let options = BatchOptions {
            rule: Descent::Plain { rate },
            batch: 4,
            ..BatchOptions::default()
        };
        let mut training = MiniBatches::new(&flow, start.clone(), options).unwrap();
        let error = (0..20).find_map(|_| training.epoch().err()).unwrap();
        let FlowError::Network(NetworkError::LearningDiverges { rate: named, .. }) = error else {
            panic!("{error}");
        };
        assert_eq!(named, rate);
        assert!(training.parameters().iter().all(|w| w.is_finite()));
    }
    for options in [
        BatchOptions {
            batch: 0,
            ..BatchOptions::default()
        },
        BatchOptions {
            rule: Descent::Adam { rate: f64::NAN },
            ..BatchOptions::default()
        },
        BatchOptions {
            dropout: Some(Dropout {
                dense: 1.0,
                ..Dropout::default()
            }),
            ..BatchOptions::default()
        },
    ] {
        assert!(MiniBatches::new(&flow, start.clone(), options).is_err());
    }
    assert!(MiniBatches::new(&flow, vec![0.0], BatchOptions::default()).is_err());
}

#[test]
fn a_stack_of_convolutions_and_poolings_learns_large_images() {
    let image = Image {
        channels: 1,
        height: 28,
        width: 28,
    };
    // bars of ten slopes at four places each, and some ripple
    let examples = 40;
    let inputs = DMatrix::from_fn(examples, 784, |i, pixel| {
        let (row, column) = ((pixel / 28) as f64 - 13.5, (pixel % 28) as f64 - 13.5);
        let (sine, cosine) = (0.1 * std::f64::consts::PI * (i % 10) as f64).sin_cos();
        let distance = row * cosine - column * sine + (i / 10) as f64 - 1.5;
        let ripple = 0.1 * (1.3 * (i * 784 + pixel) as f64).sin();
        (-0.25 * distance * distance).exp() + ripple
    });
    let targets = classes(examples, 10);
    let network = built(&Architecture {
        widths: vec![32],
        outputs: 10,
        activation: Activation::Relu,
        parameterisation: Parameterisation::Standard,
        sigma_w: 2.0_f64.sqrt(),
        ..Architecture::convolutional(image, Convolutions::blocks(&[vec![4, 4], vec![8, 8]], 3, 2))
    });
    let flow = GradientFlow::new(&network, &inputs, &targets, &CrossEntropy).unwrap();
    let start = network.initial(Initialisation::Gaussian, 1).unwrap();
    let options = BatchOptions {
        rule: Descent::Adam { rate: 3e-3 },
        batch: 10,
        ..BatchOptions::default()
    };
    let mut training = MiniBatches::new(&flow, start, options).unwrap();
    let losses: Vec<f64> = (0..30).map(|_| training.epoch().unwrap()).collect();
    assert!(losses[29] < 0.02, "{losses:?}");
    let outputs = network.outputs(training.parameters(), &inputs).unwrap();
    let rows = outputs.row_iter().enumerate();
    assert!(
        rows.into_iter()
            .all(|(i, row)| row.transpose().imax() == i % 10)
    );
}
