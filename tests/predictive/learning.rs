//! Learning in predictive-coding networks against closed forms and backpropagation.

use super::problems::{minimum_norm_inputs, three};
use approx::assert_abs_diff_eq;
use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use pulsatrix::networks::NetworkError;
use pulsatrix::networks::predictive::*;
use pulsatrix::training::predictive::*;

fn tight() -> RelaxOptions {
    RelaxOptions {
        tolerance: 1e-12,
        ..RelaxOptions::default()
    }
}

fn apply(rule: Rule, network: &PredictiveNetwork, x: &DMatrix<f64>, y: &DMatrix<f64>) -> Gradient {
    let found = rule
        .apply(network, x, y, Dynamics::default(), true)
        .unwrap();
    found.gradient
}

#[test]
fn p3_the_envelope_theorem() {
    let (x, y) = (dmatrix![1.0; -1.0], dmatrix![0.5; -1.0]);
    let network = three(Activation::Identity);
    let gradient = apply(Rule::Equilibrium(tight()), &network, &x, &y);
    let expected = dmatrix![
        0.276_528_884_864, -0.153_969_312_285, 0.085_760_906_943;
        -0.447_807_996_674, 0.249_336_301_043, -0.138_880_319_681
    ];
    assert_abs_diff_eq!(-&gradient.prediction[1], expected, epsilon = 1e-11);
    // Nonlinear: finite differences of the equilibrated energy.
    let network = three(Activation::Tanh);
    let rule = Rule::Equilibrium(tight());
    let energy = |network: &PredictiveNetwork| {
        rule.apply(network, &x, &y, Dynamics::default(), true)
            .unwrap()
            .energy
    };
    let gradient = apply(rule, &network, &x, &y);
    for layer in 0..3 {
        for k in 0..network.prediction(layer).len() {
            let (mut high, mut low) = (network.clone(), network.clone());
            high.update(layer, |m, _, _| m[k] += 1e-5);
            low.update(layer, |m, _, _| m[k] -= 1e-5);
            let slope = (energy(&high) - energy(&low)) / 2e-5;
            assert_abs_diff_eq!(-gradient.prediction[layer][k], slope, epsilon = 1e-9);
        }
    }
}

/// A network 4-5-6-3 with biases, and a batch for it.
fn four_five_six_three(activation: Activation) -> (PredictiveNetwork, DMatrix<f64>, DMatrix<f64>) {
    let network = PredictiveNetwork::random(&[3, 6, 5, 4], activation, Feedback::Tied, 11).unwrap();
    let bias = [3, 6, 5].map(|n| DVector::from_fn(n, |i, _| 0.1 * (i as f64 - 1.0)));
    let network = network.with_bias(bias.to_vec()).unwrap();
    let x = DMatrix::from_fn(4, 7, |i, j| ((1 + i) as f64 * (2 + j) as f64).sin());
    let y = DMatrix::from_fn(3, 7, |i, j| ((3 + i) as f64 * (1 + j) as f64).cos());
    (network, x, y)
}

fn distance(a: &Gradient, b: &Gradient) -> f64 {
    let matrices = a
        .prediction
        .iter()
        .zip(&b.prediction)
        .map(|(a, b)| (a - b).amax());
    let biases = a.bias.iter().zip(&b.bias).map(|(a, b)| (a - b).amax());
    matrices.chain(biases).fold(0.0, f64::max)
}

#[test]
fn p4_two_rules_are_backpropagation_exactly() {
    for activation in [
        Activation::Tanh,
        Activation::Logistic,
        Activation::Relu,
        Activation::Softmax,
    ] {
        let (network, x, y) = four_five_six_three(activation);
        let exact = apply(Rule::Backpropagation, &network, &x, &y);
        // The backward pass itself, by finite differences of the loss.
        let loss = |network: &PredictiveNetwork| {
            0.5 * (&y - &network.forward(&x).unwrap()[0]).norm_squared() / 7.0
        };
        for layer in 0..3 {
            let (mut high, mut low) = (network.clone(), network.clone());
            high.update(layer, |m, _, _| m[1] += 1e-6);
            low.update(layer, |m, _, _| m[1] -= 1e-6);
            let slope = (loss(&high) - loss(&low)) / 2e-6;
            assert_abs_diff_eq!(-exact.prediction[layer][1], slope, epsilon = 1e-9);
        }
        for rule in [Rule::ZeroInference, Rule::FixedPrediction] {
            let found = apply(rule, &network, &x, &y);
            assert!(distance(&found, &exact) < 3e-16, "{rule:?} {activation:?}");
        }
    }
}

/// The chain 1 -> 3 -> 6 with the class 0: output error -6, and -6 times 2 behind it.
#[test]
fn p4_variances_leave_backpropagation_what_it_is() {
    let network = PredictiveNetwork::from_matrices(
        vec![dmatrix![2.0], dmatrix![3.0]],
        vec![Activation::Identity; 2],
    );
    let network = network.unwrap().with_variances(&[1.0, 2.0, 1.0]).unwrap();
    let (x, y) = (dmatrix![1.0], dmatrix![0.0]);
    for rule in [
        Rule::ZeroInference,
        Rule::FixedPrediction,
        Rule::Backpropagation,
    ] {
        let found = apply(rule, &network, &x, &y).prediction;
        assert_eq!((found[0][0], found[1][0]), (-18.0, -12.0), "{rule:?}");
    }
    let (network, x, y) = four_five_six_three(Activation::Tanh);
    let network = network.with_variances(&[0.5, 3.0, 0.2, 7.0]).unwrap();
    let decaying = Dynamics {
        value_decay: 0.3,
        ..Dynamics::default()
    };
    let exact = apply(Rule::Backpropagation, &network, &x, &y);
    for rule in [Rule::ZeroInference, Rule::FixedPrediction] {
        let found = rule.apply(&network, &x, &y, decaying, true).unwrap();
        assert!(distance(&found.gradient, &exact) < 2e-15, "{rule:?}");
    }
}

/// Whittington and Bogacz 2017: with output variance `s`, `s` times the equilibrium rule tends to
/// backpropagation as `1 / s`.
#[test]
fn p4_the_limit_of_a_large_output_variance() {
    let mut last = f64::INFINITY;
    for (s, bound) in [
        (1.0, 2.0),
        (10.0, 0.8),
        (100.0, 0.2),
        (1000.0, 0.02),
        (1e4, 2e-3),
    ] {
        let (network, x, y) = four_five_six_three(Activation::Tanh);
        let exact = apply(Rule::Backpropagation, &network, &x, &y);
        let network = network.with_variances(&[s, 1.0, 1.0, 1.0]).unwrap();
        let mut found = apply(Rule::Equilibrium(tight()), &network, &x, &y);
        found.prediction.iter_mut().for_each(|m| *m *= s);
        found.bias.iter_mut().for_each(|b| *b *= s);
        let relative = distance(&found, &exact) / exact.norm();
        assert!(relative < bound && relative < last, "{s}: {relative}");
        if s > 500.0 {
            assert!(last / relative > 6.0, "{s}: {last} -> {relative}");
        }
        last = relative;
    }
}

#[test]
fn p6_unseen_weights_and_the_asymmetry_forget_by_decay_alone() {
    let x = minimum_norm_inputs();
    let cross = dvector![
        x[(1, 0)] * x[(2, 1)] - x[(2, 0)] * x[(1, 1)],
        x[(2, 0)] * x[(0, 1)] - x[(0, 0)] * x[(2, 1)],
        x[(0, 0)] * x[(1, 1)] - x[(1, 0)] * x[(0, 1)]
    ];
    let null = cross.normalize();
    for (weight_decay, expected) in [(0.05, 0.367_879_441_171_442_3), (0.0, 1.0)] {
        let hold = Hold {
            tau: 0.02,
            gamma: 0.5,
            step: 0.002,
            duration: 5.0,
            blackout: 0.0,
            weight_decay,
            ..Hold::default()
        };
        let mut network =
            PredictiveNetwork::random(&[2, 3], Activation::Identity, Feedback::Free, 3).unwrap();
        let before = network.prediction(0) * &null;
        let asymmetry = network.feedback(0) - network.prediction(0).transpose();
        let mut state = State::zero(&network, 2);
        for _ in 0..2 {
            hold.run(&mut network, &mut state, &x, &DMatrix::identity(2, 2))
                .unwrap();
        }
        let after = network.prediction(0) * &null;
        assert!(before.norm() > 0.1);
        assert_abs_diff_eq!(after, &before * expected, epsilon = 1e-12);
        let found = network.feedback(0) - network.prediction(0).transpose();
        assert_abs_diff_eq!(found, asymmetry * expected, epsilon = 1e-12);
    }
}

/// Ridge regression from any start, and its distance to the minimum-norm matrix.
#[test]
fn p7_training_with_decay_finds_the_ridge_matrix() {
    let x = minimum_norm_inputs();
    let minimum = x.clone().pseudo_inverse(1e-12).unwrap();
    let printed = dmatrix![
        -0.689414205, 0.0819331806, 0.7352002965;
        0.2875640445, 1.0275699993, 0.1238474017
    ];
    assert_abs_diff_eq!(minimum, printed, epsilon = 1e-9);
    assert_abs_diff_eq!(
        minimum.norm_squared(),
        2.176_455_830_225_588_5,
        epsilon = 1e-14
    );
    for (decay, published) in [
        (0.1, 0.264_785_4),
        (0.01, 0.031_609_1),
        (0.001, 0.003_223_4),
    ] {
        let class = DMatrix::identity(2, 2);
        let gram = &x * x.transpose() / 2.0 + DMatrix::identity(3, 3) * decay;
        let ridge = x.transpose() / 2.0 * gram.try_inverse().unwrap();
        for seed in 0..3 {
            let network =
                PredictiveNetwork::random(&[2, 3], Activation::Identity, Feedback::Tied, seed)
                    .unwrap();
            let options = TrainingOptions {
                rule: Rule::Equilibrium(tight()),
                optimiser: Optimiser::Descent { rate: 2.0 },
                weight_decay: decay,
                batch: 2,
                epochs: 20_000,
                ..TrainingOptions::default()
            };
            let mut trainer = Trainer::new(network, options).unwrap();
            trainer.run(&x, &class, |_| ()).unwrap();
            let found = trainer.network().prediction(0);
            assert_abs_diff_eq!(*found, ridge, epsilon = 1e-12);
            let distance = (found - &minimum).norm();
            assert_abs_diff_eq!(distance, published, epsilon = 6e-8);
        }
    }
}

#[test]
fn p9_a_trained_linear_network_is_balanced() {
    let decay = 0.02;
    let samples = 30;
    let x = DMatrix::from_fn(6, samples, |i, j| {
        ((1 + i * i) as f64 * (1 + j) as f64 * 0.7).sin()
    });
    let labels: Vec<usize> = (0..samples).map(|j| (j * j) % 3).collect();
    let y = one_hot(&labels, 3).unwrap();
    let network =
        PredictiveNetwork::random(&[3, 5, 6], Activation::Identity, Feedback::Free, 8).unwrap();
    let options = TrainingOptions {
        rule: Rule::Equilibrium(tight()),
        optimiser: Optimiser::Descent { rate: 1.0 },
        weight_decay: decay,
        batch: samples,
        epochs: 20_000,
        shuffle: false,
        ..TrainingOptions::default()
    };
    let mut trainer = Trainer::new(network, options).unwrap();
    trainer.run(&x, &y, |_| ()).unwrap();
    let network = trainer.network();
    // The decay has made the feedback the transpose, up to the rounding of every step over the
    // 0.02 that a step forgets.
    for layer in 0..2 {
        let asymmetry = network.feedback(layer) - network.prediction(layer).transpose();
        assert!(asymmetry.amax() < 3e-14, "{}", asymmetry.amax());
    }
    let clamp = Clamp::learn(network);
    let flow = PredictiveFlow::new(network, clamp, Dynamics::default(), x.clone()).unwrap();
    let mut state = State::forward(network, &x).unwrap().with_class(&y).unwrap();
    let _ = relax(&flow, &mut state, &tight()).unwrap();
    let (m0, m1) = (network.prediction(0), network.prediction(1));
    let mean = &state.errors[1] * state.errors[1].transpose() / samples as f64;
    let balance = (m0.transpose() * m0 - m1 * m1.transpose()) * decay;
    assert!(balance.amax() > 1e-4, "nothing to balance");
    assert_abs_diff_eq!(balance, mean, epsilon = 1e-14);
    let mut s = (m0 * m1).singular_values();
    s.as_mut_slice().sort_by(|a, b| b.total_cmp(a));
    assert!(
        m1.clone()
            .singular_values()
            .iter()
            .filter(|s| **s > 1e-8)
            .count()
            <= 3
    );
}

#[test]
fn a_training_resumes_bit_for_bit_on_any_number_of_threads() {
    let samples = 130;
    let x = DMatrix::from_fn(40, samples, |i, j| {
        ((1 + i) as f64 * (1 + j) as f64 * 0.31).sin()
    });
    let labels: Vec<usize> = (0..samples).map(|j| j % 4).collect();
    let y = one_hot(&labels, 4).unwrap();
    let network =
        PredictiveNetwork::random(&[4, 50, 60, 40], Activation::Tanh, Feedback::Tied, 1).unwrap();
    let options = TrainingOptions {
        batch: 50,
        epochs: 3,
        weight_decay: 1e-3,
        final_rate: 0.1,
        biases: true,
        ..TrainingOptions::default()
    };
    let start = Trainer::new(network, options).unwrap();
    let mut whole = start.clone();
    whole.run(&x, &y, |_| ()).unwrap();
    assert!(whole.reports()[2].energy < whole.reports()[0].energy);
    // Stopped inside the second epoch, saved as text, read back, on one thread.
    let one = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let resumed = one.install(|| {
        let mut trainer = start.clone();
        for _ in 0..4 {
            trainer.step(&x, &y).unwrap();
        }
        let saved = serde_json::to_string(&trainer).unwrap();
        let mut trainer: Trainer = serde_json::from_str(&saved).unwrap();
        trainer.run(&x, &y, |_| ()).unwrap();
        trainer
    });
    assert!(whole == resumed, "the resumed training differs");
}

/// Continuous learning by the published scheme and implicit jumps to equilibrium train the same
/// network: the weights agree to the order of their steps.
#[test]
fn the_published_flow_follows_the_equilibria() {
    let x = DMatrix::from_fn(6, 9, |i, j| ((1 + i) as f64 * (2 + j) as f64).sin());
    let y = one_hot(&[0, 1, 2, 0, 1, 2, 0, 1, 2], 3).unwrap();
    let start = PredictiveNetwork::random(&[3, 4, 6], Activation::Tanh, Feedback::Tied, 5).unwrap();
    let hold = Hold {
        tau: 0.002,
        gamma: 1.0,
        step: 0.0005,
        duration: 2.1,
        blackout: 0.1,
        ..Hold::default()
    };
    let mut slow = start.clone();
    let mut state = State::zero(&slow, 9);
    hold.run(&mut slow, &mut state, &x, &y).unwrap();
    let options = TrainingOptions {
        rule: Rule::Equilibrium(tight()),
        optimiser: Optimiser::Descent { rate: 0.002 },
        weight_decay: 0.05,
        batch: 9,
        epochs: 1000,
        ..TrainingOptions::default()
    };
    let mut trainer = Trainer::new(start.clone(), options).unwrap();
    trainer.run(&x, &y, |_| ()).unwrap();
    for layer in 0..2 {
        let moved = (slow.prediction(layer) - start.prediction(layer)).norm();
        let apart = (slow.prediction(layer) - trainer.network().prediction(layer)).norm();
        assert!(apart < 5e-3 * moved, "layer {layer}: {apart} of {moved}");
    }
}

/// Rates beyond the limit, or none: an error, and the network that there was before.
#[test]
fn learning_that_diverges_is_named_and_taken_back() {
    let (network, x, y) = four_five_six_three(Activation::Tanh);
    let train = |rule, optimiser| {
        let options = TrainingOptions {
            rule,
            optimiser,
            batch: 7,
            epochs: 20,
            ..TrainingOptions::default()
        };
        let mut trainer = Trainer::new(network.clone(), options)?;
        let found = trainer.run(&x, &y, |_| ());
        let reports = trainer.reports().len();
        let learned = trainer.into_network();
        found.inspect_err(|_| {
            // as it was before the last step: finite, and untouched by a first one
            let loss = learned.forward(&x).expect("finite weights")[0].norm();
            assert!(loss < 1e3 * y.norm() && (reports > 0 || learned == network));
        })
    };
    let equilibrium = Rule::Equilibrium(tight());
    let small = Optimiser::Descent { rate: 0.05 };
    assert!(train(equilibrium, small).is_ok());
    for rate in [-0.1, 0.0, f64::NAN, f64::INFINITY] {
        for rule in [
            Rule::Steps { steps: 10, rate },
            Rule::Incremental { steps: 10, rate },
        ] {
            let error = train(rule, small).unwrap_err();
            assert!(matches!(error, NetworkError::OutOfRange { .. }), "{error}");
        }
        let error = train(equilibrium, Optimiser::Descent { rate }).unwrap_err();
        assert!(matches!(error, NetworkError::OutOfRange { .. }), "{error}");
        assert!(train(equilibrium, Optimiser::adam(rate)).is_err());
    }
    for rule in [
        equilibrium,
        Rule::Steps {
            steps: 10,
            rate: 0.1,
        },
        Rule::Backpropagation,
    ] {
        let error = train(rule, Optimiser::Descent { rate: 1e6 }).unwrap_err();
        let NetworkError::LearningDiverges { loss, start, .. } = error else {
            panic!("{rule:?}: {error}");
        };
        assert!(loss > 1e4 * start);
    }
    // A step of the values beyond the limit of the linear network: 2 over its largest curvature.
    let mut steep = network.clone();
    for layer in 0..3 {
        steep.update(layer, |m, _, _| *m *= 4.0);
    }
    for rule in [
        Rule::Steps {
            steps: 40,
            rate: 1.0,
        },
        Rule::Incremental {
            steps: 40,
            rate: 1.0,
        },
    ] {
        let options = TrainingOptions {
            rule,
            optimiser: small,
            ..TrainingOptions::default()
        };
        let mut trainer = Trainer::new(steep.clone(), options).unwrap();
        let error = trainer.step(&x, &y).unwrap_err();
        let NetworkError::UnstableStep { step, limit, .. } = error else {
            panic!("{rule:?}: {error}");
        };
        assert!(limit < step && trainer.network() == &steep, "{limit}");
    }
}

#[test]
fn a_hold_that_diverges_leaves_the_network_as_it_was() {
    let x = minimum_norm_inputs();
    let start =
        PredictiveNetwork::random(&[2, 3], Activation::Identity, Feedback::Free, 3).unwrap();
    let class = DMatrix::identity(2, 2);
    let hold = Hold {
        duration: 1.0,
        blackout: 0.0,
        ..Hold::default()
    };
    let run = |hold: Hold| {
        let mut network = start.clone();
        let mut state = State::zero(&start, 2);
        let error = hold.run(&mut network, &mut state, &x, &class).unwrap_err();
        assert!(network == start && state == State::zero(&start, 2));
        error
    };
    let unstable = run(Hold { step: 0.05, ..hold });
    assert!(
        matches!(unstable, NetworkError::UnstableStep { .. }),
        "{unstable}"
    );
    // The class is held and the image free: no value feels the weight, which is unstable for gamma below
    // the step, and settles on y / x above.
    let one = dmatrix![1.0];
    let single =
        PredictiveNetwork::random(&[1, 1], Activation::Identity, Feedback::Tied, 3).unwrap();
    for gamma in [1e-4, 5e-4] {
        let (mut network, mut state) = (single.clone(), State::zero(&single, 1));
        let fast = Hold {
            gamma,
            weight_decay: 0.0,
            ..hold
        };
        let error = fast.run(&mut network, &mut state, &one, &one);
        let error = error.unwrap_err();
        assert!(
            matches!(error, NetworkError::UnstableWeights { .. }),
            "{error}"
        );
        assert!(network == single);
    }
    let (mut network, mut state) = (single.clone(), State::zero(&single, 1));
    let learnt = Hold {
        gamma: 0.1,
        weight_decay: 0.0,
        duration: 5.0,
        ..hold
    };
    learnt.run(&mut network, &mut state, &one, &one).unwrap();
    assert!((network.prediction(0)[(0, 0)] - 1.0).abs() < 1e-6);
    for wrong in [
        Hold { step: 0.0, ..hold },
        Hold {
            step: f64::NAN,
            ..hold
        },
        Hold {
            step: 1e-300,
            ..hold
        },
        Hold { tau: -1.0, ..hold },
        Hold { gamma: 0.0, ..hold },
        Hold {
            duration: f64::INFINITY,
            ..hold
        },
        Hold {
            weight_decay: -0.1,
            ..hold
        },
    ] {
        let error = run(wrong);
        assert!(matches!(error, NetworkError::OutOfRange { .. }), "{error}");
    }
    let wide = DMatrix::identity(2, 3);
    let mut network = start.clone();
    assert!(
        hold.run(&mut network, &mut State::zero(&start, 2), &x, &wide)
            .is_err()
    );
    assert!(
        hold.run(&mut network, &mut State::zero(&start, 9), &x, &class)
            .is_ok()
    );
}

#[test]
fn numbers_that_are_none_are_refused_before_they_classify() {
    let (network, x, y) = four_five_six_three(Activation::Tanh);
    let mut bias: Vec<_> = (0..3).map(|l| network.bias(l).clone()).collect();
    bias[1][2] = f64::NAN;
    assert!(network.clone().with_bias(bias).is_err());
    let mut broken = network.clone();
    broken.update(1, |m, _, _| m[0] = f64::NAN);
    assert!(matches!(
        broken.classify(&x),
        Err(NetworkError::NotFinite { .. })
    ));
    let rule = Rule::Equilibrium(tight());
    assert!(
        rule.apply(&broken, &x, &y, Dynamics::default(), false)
            .is_err()
    );
    let slope = vec![Activation::LeakyRelu(f64::NAN)];
    assert!(PredictiveNetwork::from_matrices(vec![dmatrix![1.0]], slope).is_err());
    // Too few classes for the images, whichever batch would miss them.
    let mut trainer = Trainer::new(network.clone(), TrainingOptions::default()).unwrap();
    let few = y.columns(0, 5).into_owned();
    assert!(matches!(
        trainer.step(&x, &few),
        Err(NetworkError::MatrixShape { .. })
    ));
    let dynamics = Dynamics::default();
    let flow = LearningFlow::new(network, rule, dynamics, &x, &y).unwrap();
    assert!(matches!(
        flow.outcome(&[1.0]),
        Err(NetworkError::ParameterCount { .. })
    ));
}
