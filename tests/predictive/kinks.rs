//! Equilibria on the kinks of rectifiers.

use super::problems::{learn, tight};
use approx::assert_abs_diff_eq;
use nalgebra::{DMatrix, DVector, dmatrix};
use pulsatrix::networks::predictive::*;
use pulsatrix::training::predictive::*;

const RECTIFIERS: [Activation; 3] = [
    Activation::Relu,
    Activation::LeakyRelu(0.1),
    Activation::LeakyRelu(-0.3),
];

/// Image 1 predicts 1/2 in the hidden neuron, and the class -1 drives it down: from above the energy
/// `(1 + v)^2 / 2 + (v - 1/2)^2 / 2` falls to the kink, from below `1/2 + (v - 1/2)^2 / 2` falls to it.
#[test]
fn a_minimum_on_a_kink_is_an_equilibrium() {
    let network = PredictiveNetwork::from_matrices(
        vec![dmatrix![1.0], dmatrix![0.5]],
        vec![Activation::Relu, Activation::Identity],
    )
    .unwrap();
    let (image, class) = (dmatrix![1.0], dmatrix![-1.0]);
    for method in [Method::Automatic, Method::QuasiNewton, Method::Newton] {
        let (state, found) = learn(&network, &image, &class, &tight(method));
        assert!(found.converged());
        assert_eq!((state.values[1][0], found.residual()), (0.0, 0.0));
        assert_eq!(found.energy(), 0.625);
    }
}

/// A concave kink is no equilibrium: from 0 the energy falls on both sides, more steeply below.
#[test]
fn a_maximum_on_a_kink_is_left() {
    // (2 - v)^2 / 2 + v^2 / 2 above, 2 + v^2 / 2 below, tilted by the prediction -0.5: v - (-0.5).
    let network = PredictiveNetwork::from_matrices(
        vec![dmatrix![1.0], dmatrix![-0.5]],
        vec![Activation::LeakyRelu(-1.0), Activation::Identity],
    )
    .unwrap();
    let clamp = Clamp::learn(&network);
    let image = dmatrix![1.0];
    let flow = PredictiveFlow::new(&network, clamp, Dynamics::default(), image).unwrap();
    for method in [Method::QuasiNewton, Method::Newton] {
        let mut state = State::zero(&network, 1).with_class(&dmatrix![2.0]).unwrap();
        state.values[2][0] = 1.0;
        // velocities -2 - 1/2 to the left, 2 - 1/2 to the right
        assert_abs_diff_eq!(flow.residual(&state)[0], 2.5, epsilon = 1e-15);
        let found = relax(&flow, &mut state, &tight(method)).unwrap();
        assert!(found.converged());
        // (2 + v)^2 / 2 + (v + 1/2)^2 / 2
        assert_abs_diff_eq!(state.values[1][0], -1.25, epsilon = 1e-12);
    }
}

/// One-sided derivatives of the energy along every value and along some directions, by differences.
fn falls(flow: &PredictiveFlow<'_>, state: &State) -> f64 {
    let step = 1e-6;
    let here = flow.energy(state)[0];
    let mut steepest = 0.0_f64;
    let layers = flow.network().last();
    for layer in 1..layers {
        for i in 0..state.values[layer].len() {
            for side in [step, -step] {
                let mut moved = state.clone();
                moved.values[layer][i] += side;
                steepest = steepest.max((here - flow.energy(&moved)[0]) / step);
            }
        }
    }
    for k in 0..50 {
        let mut moved = state.clone();
        for layer in 1..layers {
            let size = state.values[layer].len();
            let way = DVector::from_fn(size, |i, _| {
                ((1 + i + 7 * layer) as f64 * (k + 2) as f64).sin()
            });
            moved.values[layer] += way.normalize() * step;
        }
        steepest = steepest.max((here - flow.energy(&moved)[0]) / step);
    }
    steepest
}

/// 200 samples of random networks: all come to rest, at points from which the energy rises.
#[test]
fn networks_of_rectifiers_come_to_rest() {
    for activation in RECTIFIERS {
        let mut kinked = 0;
        for seed in 0..10 {
            let mut network =
                PredictiveNetwork::random(&[3, 9, 8, 5], activation, Feedback::Tied, seed).unwrap();
            for layer in 0..3 {
                network.update(layer, |m, _, _| *m *= 3.0);
            }
            let image = DMatrix::from_fn(5, 20, |i, j| {
                ((1 + i) as f64 * (2 + j) as f64 + seed as f64).sin()
            });
            let class = DMatrix::from_fn(3, 20, |i, j| {
                2.0 * ((3 + i) as f64 * (1 + j) as f64 + seed as f64).cos()
            });
            for method in [Method::QuasiNewton, Method::Newton] {
                let options = RelaxOptions {
                    tolerance: 1e-9,
                    maximum_evaluations: 2_000,
                    ..tight(method)
                };
                let (state, found) = learn(&network, &image, &class, &options);
                assert!(found.converged(), "{activation:?} {method:?} {seed}");
                kinked += state.values[1].iter().filter(|v| **v == 0.0).count();
                for k in [0, 13] {
                    let one = image.columns(k, 1).into_owned();
                    let clamp = Clamp::learn(&network);
                    let flow =
                        PredictiveFlow::new(&network, clamp, Dynamics::default(), one).unwrap();
                    let column = |m: &DMatrix<f64>| m.columns(k, 1).into_owned();
                    let alone = State {
                        values: state.values.iter().map(column).collect(),
                        errors: state.errors.iter().map(column).collect(),
                    };
                    assert!(flow.residual(&alone)[0] <= 1e-9);
                    // a step of 1e-6 rises by half its square times the curvature
                    assert!(
                        falls(&flow, &alone) < 1e-7,
                        "{activation:?} {method:?} {seed} {k}"
                    );
                }
                if method == Method::QuasiNewton {
                    assert!(found.evaluations < 400, "{}", found.evaluations);
                }
            }
        }
        assert!(kinked > 20, "{activation:?}: {kinked}");
    }
}

#[test]
fn networks_of_rectifiers_learn() {
    for activation in RECTIFIERS {
        for seed in 0..20 {
            let network =
                PredictiveNetwork::random(&[3, 10, 10, 6], activation, Feedback::Tied, seed)
                    .unwrap();
            let image = DMatrix::from_fn(6, 30, |i, j| {
                ((1 + i) as f64 * (2 + j) as f64 + seed as f64).sin()
            });
            let labels: Vec<usize> = (0..30).map(|j| j % 3).collect();
            let class = one_hot(&labels, 3).unwrap();
            let options = TrainingOptions {
                batch: 10,
                epochs: 8,
                optimiser: Optimiser::adam(5e-3),
                biases: true,
                seed,
                ..TrainingOptions::default()
            };
            let mut trainer = Trainer::new(network, options).unwrap();
            trainer.run(&image, &class, |_| ()).unwrap();
            let energies: Vec<f64> = trainer.reports().iter().map(|r| r.energy).collect();
            assert!(
                energies[7] < energies[0],
                "{activation:?} {seed}: {energies:?}"
            );
        }
    }
}

/// At an equilibrium on kinks the Hebbian terms still are the gradient of the equilibrated energy.
#[test]
fn the_envelope_theorem_holds_on_kinks() {
    let mut network =
        PredictiveNetwork::random(&[2, 6, 5, 4], Activation::Relu, Feedback::Tied, 5).unwrap();
    for layer in 0..3 {
        network.update(layer, |m, _, _| *m *= 3.0);
    }
    let image = dmatrix![1.0; -0.7; 0.4; 0.9];
    let class = dmatrix![-1.0; 0.5];
    let (state, _) = learn(&network, &image, &class, &tight(Method::QuasiNewton));
    assert!(
        state.values[1]
            .iter()
            .chain(&state.values[2])
            .any(|v| *v == 0.0)
    );
    let gradient = Gradient::hebbian(&network, &state.values, &state.errors, false);
    for layer in 0..3 {
        for k in 0..network.prediction(layer).len() {
            let energy = |shift: f64| {
                let mut moved = network.clone();
                moved.update(layer, |m, _, _| m[k] += shift);
                learn(&moved, &image, &class, &tight(Method::QuasiNewton))
                    .1
                    .energy()
            };
            let slope = (energy(1e-5) - energy(-1e-5)) / 2e-5;
            assert_abs_diff_eq!(-gradient.prediction[layer][k], slope, epsilon = 1e-8);
        }
    }
}

/// Without an energy Newton's method alone is left, and finds rest on kinks as well.
#[test]
fn free_feedback_comes_to_rest_on_kinks() {
    for activation in RECTIFIERS {
        let mut kinked = 0;
        for seed in 0..20 {
            let mut network =
                PredictiveNetwork::random(&[3, 9, 8, 5], activation, Feedback::Tied, seed).unwrap();
            for layer in 0..3 {
                network.update(layer, |m, _, _| *m *= 2.0);
            }
            let feedback = (0..3).map(|l| {
                let m = network.prediction(l).transpose();
                m.map_with_location(|i, j, x| x + 0.1 * ((i + 3 * j) as f64).sin())
            });
            let feedback = feedback.collect();
            let network = network.with_feedback(feedback).unwrap();
            let image = DMatrix::from_fn(5, 10, |i, j| {
                ((1 + i) as f64 * (2 + j) as f64 + seed as f64).sin()
            });
            let class =
                DMatrix::from_fn(3, 10, |i, j| 2.0 * ((3 + i) as f64 * (1 + j) as f64).cos());
            let (state, found) = learn(&network, &image, &class, &tight(Method::Newton));
            assert!(found.converged());
            kinked += state.values[1].iter().filter(|v| **v == 0.0).count();
        }
        assert!(kinked > 10, "{activation:?}: {kinked}");
    }
}
