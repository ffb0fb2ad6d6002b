//! Relaxation in the metric of the linearised network: the equilibria of the other methods, in few
//! evaluations.

use super::problems::tight;
use approx::assert_abs_diff_eq;
use nalgebra::{DMatrix, DVector};
use pulsatrix::networks::predictive::*;

fn wave(rows: usize, columns: usize, size: f64) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |i, j| {
        size * ((i + 1) as f64 * (j + 1) as f64 * 0.37).sin()
    })
}

/// A network whose matrices are `scale` times those of the published law.
fn network(sizes: &[usize], activation: Activation, scale: f64) -> PredictiveNetwork {
    let drawn = PredictiveNetwork::random(sizes, activation, Feedback::Tied, 3).unwrap();
    let matrices = (0..drawn.last()).map(|l| drawn.prediction(l) * scale);
    let activations = vec![activation; drawn.last()];
    PredictiveNetwork::from_matrices(matrices.collect(), activations).unwrap()
}

/// The state at rest and what the relaxation says, from the forward pass.
fn at_rest(
    network: &PredictiveNetwork,
    clamp: &Clamp,
    dynamics: Dynamics,
    options: &RelaxOptions,
) -> (State, Relaxation) {
    let samples = 5;
    let image = wave(network.image_size(), samples, 0.8);
    let class = wave(network.class_size(), samples, 1.0);
    let flow = PredictiveFlow::new(network, clamp.clone(), dynamics, image.clone()).unwrap();
    let start = State::forward(network, &image).unwrap();
    let mut state = start.with_class(&class).unwrap();
    let found = relax(&flow, &mut state, options).unwrap();
    // What is said of the residual is what the flow says of the state.
    for (sample, residual) in found.samples.iter().zip(flow.residual(&state)) {
        assert_abs_diff_eq!(sample.residual, residual, epsilon = 1e-13);
        assert!(residual <= options.tolerance + 1e-13);
    }
    let mut settled = state.clone();
    flow.settle_errors(&mut settled);
    for (left, settled) in state.errors.iter().zip(&settled.errors) {
        assert_abs_diff_eq!(left, settled, epsilon = 1e-13);
    }
    for (sample, energy) in found.samples.iter().zip(flow.energy(&state)) {
        assert_abs_diff_eq!(sample.energy, energy, epsilon = 1e-12 * (1.0 + energy));
    }
    (state, found)
}

fn clamps(network: &PredictiveNetwork) -> Vec<(&'static str, Clamp)> {
    let known: Vec<bool> = (0..network.image_size()).map(|i| i % 3 != 0).collect();
    // Held and free neurons side by side in the class and in a hidden layer.
    let mut mixed = Clamp::learn(network);
    mixed.beta[0][0] = 1.0;
    for i in (0..mixed.alpha[1].len()).step_by(4) {
        (mixed.alpha[1][i], mixed.beta[1][i]) = (0.0, 0.0);
    }
    vec![
        ("learn", Clamp::learn(network)),
        ("classify", Clamp::classify(network)),
        ("generate", Clamp::generate(network)),
        ("prior", Clamp::free(network)),
        ("complete", Clamp::complete(network, &known).unwrap()),
        (
            "complete, class held",
            Clamp::complete(network, &known).unwrap().with_class(0.0),
        ),
        ("mixed", mixed),
    ]
}

#[test]
fn every_clamp_depth_and_activation_has_the_equilibrium_of_the_quasi_newton_method() {
    let decayed = Dynamics {
        value_decay: 0.2,
        hidden_multiplicity: 2.0,
        ..Dynamics::default()
    };
    for activation in [
        Activation::Identity,
        Activation::Tanh,
        Activation::Logistic,
        Activation::Erf,
        Activation::Gelu,
    ] {
        for sizes in [&[2, 9][..], &[2, 13, 9], &[3, 14, 5, 12, 8]] {
            let precisions = [0.5, 2.0, 1.5, 0.7, 1.3];
            let biases = sizes[..sizes.len() - 1]
                .iter()
                .map(|n| DVector::from_fn(*n, |i, _| 0.1 * (i as f64).cos()));
            let network = network(sizes, activation, 0.8)
                .with_variances(&precisions[..sizes.len()])
                .unwrap()
                .with_gains(&[1.2, 0.8, 1.1, 0.9][..sizes.len() - 1])
                .unwrap()
                .with_bias(biases.collect())
                .unwrap();
            for (name, clamp) in clamps(&network) {
                let reference = tight(Method::QuasiNewton);
                let (expected, plain) = at_rest(&network, &clamp, decayed, &reference);
                let ours = tight(Method::Preconditioned);
                let (state, found) = at_rest(&network, &clamp, decayed, &ours);
                for (value, expected) in state.values.iter().zip(&expected.values) {
                    let error = (value - expected).amax();
                    assert!(error < 1e-10, "{activation:?} {sizes:?} {name}: {error:e}");
                }
                // A quadratic energy has this Hessian, but for a small decay that is spread evenly and costs
                // a tenth of the error an evaluation at most. The slope of GELU changes its sign, so that
                // no mean slope tells much: it may then cost a little more than to know nothing.
                let most = match activation {
                    Activation::Identity => 13,
                    Activation::Gelu => 2 * plain.evaluations,
                    _ => 25,
                };
                let taken = found.evaluations;
                assert!(taken <= most, "{activation:?} {sizes:?} {name}: {taken}");
            }
        }
    }
}

/// The count that was found by an independent computation in NumPy, `z <- z - H^-1 grad E` with mean
/// slopes from the forward pass, to a 2-norm of 1e-6: 7, where the quasi-Newton method takes 59.
#[test]
fn the_network_of_the_benchmark_takes_a_handful_of_evaluations() {
    let sizes = [10, 600, 600, 784];
    let network = network(&sizes, Activation::Tanh, 1.0);
    let options = |method| RelaxOptions {
        tolerance: 1e-6,
        method,
        ..RelaxOptions::default()
    };
    let clamp = Clamp::learn(&network);
    let of = |method| at_rest(&network, &clamp, Dynamics::default(), &options(method));
    let ((ours, found), (plain, slow)) = (of(Method::Automatic), of(Method::QuasiNewton));
    assert_eq!(found.method, Method::Preconditioned);
    assert!(found.evaluations <= 8, "{}", found.evaluations);
    assert!(slow.evaluations >= 5 * found.evaluations);
    // The smallest eigenvalue of the Hessian is 0.39.
    for (ours, plain) in ours.values.iter().zip(&plain.values) {
        assert_abs_diff_eq!(ours, plain, epsilon = 2e-6 / 0.39);
    }
}

/// Weights so large that slopes vanish and curvatures change their sign: the metric is that of another
/// energy, and the quasi-Newton method goes on from it.
#[test]
fn strongly_curved_states_still_reach_an_equilibrium_below_their_start() {
    for activation in [Activation::Tanh, Activation::Gelu, Activation::Logistic] {
        for scale in [3.0, 10.0] {
            let network = network(&[4, 30, 25, 20], activation, scale);
            let clamp = Clamp::learn(&network);
            let (image, class) = (wave(20, 5, 0.8), wave(4, 5, 1.0));
            let dynamics = Dynamics::default();
            let flow = PredictiveFlow::new(&network, clamp, dynamics, image.clone()).unwrap();
            let start = State::forward(&network, &image).unwrap();
            let mut state = start.with_class(&class).unwrap();
            let before = flow.energy(&state);
            let options = RelaxOptions::default();
            let found = relax(&flow, &mut state, &options).unwrap();
            assert!(found.converged());
            assert!(flow.residual(&state).iter().all(|r| *r <= 1e-8 + 1e-12));
            for (before, after) in before.iter().zip(flow.energy(&state)) {
                assert!(after < *before, "{activation:?} {scale}");
            }
        }
    }
}

/// Without decay the metric of a linear network is its Hessian, to the digits of `f32`.
#[test]
fn a_quadratic_energy_takes_a_step_for_every_seven_digits() {
    for sizes in [&[2, 13, 9][..], &[3, 14, 5, 12, 8], &[30, 20, 10]] {
        let network = network(sizes, Activation::Identity, 1.0);
        let clamp = Clamp::learn(&network);
        let options = tight(Method::Preconditioned);
        let (_, found) = at_rest(&network, &clamp, Dynamics::default(), &options);
        assert!(found.evaluations <= 4, "{sizes:?}: {}", found.evaluations);
    }
}

/// Rectifiers have many equilibria, and another way down may end in another one; it is one, and it lies
/// below the start. Left alone they take the way that they always took.
#[test]
fn rectifiers_come_to_rest_below_their_start() {
    for activation in [Activation::Relu, Activation::LeakyRelu(0.1)] {
        let network = network(&[3, 20, 16, 12], activation, 1.0);
        let clamp = Clamp::learn(&network);
        let (image, class) = (wave(12, 5, 0.8), wave(3, 5, 1.0));
        let start = State::forward(&network, &image).unwrap();
        let start = start.with_class(&class).unwrap();
        let dynamics = Dynamics::default();
        let flow = PredictiveFlow::new(&network, clamp.clone(), dynamics, image).unwrap();
        let (_, found) = at_rest(&network, &clamp, dynamics, &tight(Method::Preconditioned));
        for (sample, before) in found.samples.iter().zip(flow.energy(&start)) {
            assert!(sample.energy < before);
        }
        let (_, found) = at_rest(&network, &clamp, dynamics, &tight(Method::Automatic));
        assert_eq!(found.method, Method::QuasiNewton);
    }
}

/// Softmax couples neurons: there is no such metric, and nothing changes.
#[test]
fn without_a_metric_it_is_the_quasi_newton_method() {
    let network = network(&[3, 12, 8], Activation::Softmax, 1.0);
    let clamp = Clamp::learn(&network);
    let of = |method| at_rest(&network, &clamp, Dynamics::default(), &tight(method));
    let ((ours, _), (plain, _)) = (of(Method::Preconditioned), of(Method::QuasiNewton));
    assert!(ours == plain);
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let network = network(&[3, 140, 150, 40], Activation::Tanh, 1.0);
    let decayed = Dynamics {
        value_decay: 0.01,
        ..Dynamics::default()
    };
    for clamp in [Clamp::learn(&network), Clamp::generate(&network)] {
        let results = [1, 3].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            let options = RelaxOptions::default();
            let run = || at_rest(&network, &clamp, decayed, &options);
            pool.build().unwrap().install(run)
        });
        assert!(results[0] == results[1]);
    }
}
