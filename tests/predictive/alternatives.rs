//! Other ways to the same equilibria and gradients: errors as unknowns, nudging, incremental
//! learning, implicit steps of the weights, and networks scaled for depth.

use super::problems::{learn, three, tight, x, y};
use approx::assert_abs_diff_eq;
use nalgebra::DMatrix;
use pulsatrix::networks::predictive::*;
use pulsatrix::numerics::quasi_newton::{EnergyBatch, QuasiNewton, minimise};
use pulsatrix::training::predictive::*;

/// The energy with the errors of the hidden layers as unknowns: values follow from them downwards.
struct ByErrors {
    network: PredictiveNetwork,
}

impl ByErrors {
    /// Values of every layer for errors `(e_2, e_1)`, class first.
    fn values(&self, errors: &[f64]) -> Vec<DMatrix<f64>> {
        let predict = |layer: usize, above: &DMatrix<f64>| {
            self.network.prediction(layer) * above.map(f64::tanh)
        };
        let v3 = x();
        let v2 = predict(2, &v3) + DMatrix::from_column_slice(3, 1, &errors[..3]);
        let v1 = predict(1, &v2) + DMatrix::from_column_slice(2, 1, &errors[3..]);
        vec![predict(0, &v1), v1, v2, v3]
    }
}

impl EnergyBatch for ByErrors {
    fn dimension(&self) -> usize {
        5
    }

    fn evaluate(&mut self, _: &[usize], e: &[f64], energies: &mut [f64], gradients: &mut [f64]) {
        let values = self.values(e);
        let output = y() - &values[0];
        energies[0] = 0.5 * (output.norm_squared() + e.iter().map(|e| e * e).sum::<f64>());
        let back = |layer: usize, below: &DMatrix<f64>| {
            let slope = values[layer].map(|v| 1.0 - v.tanh().powi(2));
            (self.network.prediction(layer - 1).transpose() * below).component_mul(&slope)
        };
        let first = back(1, &-output);
        let second = back(2, &first);
        for (g, (e, d)) in gradients
            .iter_mut()
            .zip(e.iter().zip(second.iter().chain(&first)))
        {
            *g = e + d;
        }
    }
}

#[test]
fn p16_errors_and_values_as_unknowns_rest_in_one_state() {
    let network = three(Activation::Tanh);
    let mut problem = ByErrors {
        network: network.clone(),
    };
    let mut errors = [0.0; 5];
    let options = QuasiNewton {
        tolerance: 1e-12,
        ..QuasiNewton::default()
    };
    let found = minimise(&mut problem, &mut errors, options, |_| ()).unwrap();
    assert!(found[0].converged);
    let (state, relaxation) = learn(&network, &x(), &y(), &tight(Method::QuasiNewton));
    assert_abs_diff_eq!(found[0].energy, relaxation.energy(), epsilon = 1e-13);
    let values = problem.values(&errors);
    for (one, other) in values.iter().zip(&state.values).skip(1) {
        assert_abs_diff_eq!(*one, *other, epsilon = 1e-10);
    }
    let own = [
        y() - &values[0],
        DMatrix::from_column_slice(2, 1, &errors[3..]),
        DMatrix::from_column_slice(3, 1, &errors[..3]),
    ];
    let one = Gradient::hebbian(&network, &values, &own, false);
    let other = Gradient::hebbian(&network, &state.values, &state.errors, false);
    for (one, other) in one.prediction.iter().zip(&other.prediction) {
        assert_abs_diff_eq!(*one, *other, epsilon = 1e-10);
    }
}

/// Hebbian terms at the minimum of `E + beta/2 |v_0 - y|^2` with the class free: where it rests,
/// `v_0 = (mu_0 + beta y) / (1 + beta)`, and a class held there rests in the same state.
fn nudged(network: &PredictiveNetwork, beta: f64) -> Gradient {
    let mut class = network.forward(&x()).unwrap()[0].clone();
    loop {
        let (state, _) = learn(network, &x(), &class, &tight(Method::QuasiNewton));
        let predicted = &class - &state.errors[0];
        let next = (predicted + y() * beta) / (1.0 + beta);
        let change = (&next - &class).amax();
        class = next;
        if change < 1e-13 {
            return Gradient::hebbian(network, &state.values, &state.errors, false);
        }
    }
}

#[test]
fn p16_nudging_gives_the_gradient_of_the_loss() {
    let network = three(Activation::Tanh);
    let exact = Rule::Backpropagation.apply(&network, &x(), &y(), Dynamics::default(), false);
    let exact = exact.unwrap().gradient;
    let error = |found: Vec<DMatrix<f64>>| {
        let pairs = found.iter().zip(&exact.prediction);
        pairs.map(|(a, b)| (a - b).norm()).fold(0.0, f64::max)
    };
    let one_sided = |beta: f64| {
        let found = nudged(&network, beta).prediction;
        error(found.into_iter().map(|m| m / beta).collect())
    };
    let centred = |beta: f64| {
        let (plus, minus) = (nudged(&network, beta), nudged(&network, -beta));
        let pairs = plus.prediction.iter().zip(&minus.prediction);
        error(pairs.map(|(p, m)| (p - m) / (2.0 * beta)).collect())
    };
    let (a, b) = (one_sided(0.02), one_sided(0.01));
    assert!((a / b - 2.0).abs() < 0.1, "order 1: {a:e}, {b:e}");
    let (a, b) = (centred(0.04), centred(0.02));
    assert!((a / b - 4.0).abs() < 0.2, "order 2: {a:e}, {b:e}");
    assert!(b < one_sided(0.02));
}

fn batch() -> (PredictiveNetwork, DMatrix<f64>, DMatrix<f64>) {
    let network =
        PredictiveNetwork::random(&[3, 6, 5, 4], Activation::Tanh, Feedback::Tied, 11).unwrap();
    let images = DMatrix::from_fn(4, 9, |i, j| ((1 + i) as f64 * (2 + j) as f64).sin());
    let class = one_hot(&[0, 1, 2, 0, 1, 2, 0, 1, 2], 3).unwrap();
    (network, images, class)
}

#[test]
fn p16_incremental_learning_without_weights_that_move_is_predictive_coding() {
    let (start, images, class) = batch();
    let mut network = start.clone();
    let mut stepper = Stepper::new(Optimiser::Descent { rate: 0.0 });
    let constants = Incremental {
        steps: 12,
        rate: 0.1,
        weight_decay: 0.0,
        factor: 1.0,
        biases: true,
    };
    let dynamics = Dynamics::default();
    let found = incremental(
        &mut network,
        &mut stepper,
        &images,
        &class,
        dynamics,
        constants,
    )
    .unwrap();
    assert!(network == start);
    let rule = Rule::Steps {
        steps: 12,
        rate: 0.1,
    };
    let expected = rule.apply(&start, &images, &class, dynamics, true).unwrap();
    assert!(found.gradient == expected.gradient && found.values == expected.values);
    // With weights that move it learns, step for step with the values.
    let options = TrainingOptions {
        rule: Rule::Incremental {
            steps: 12,
            rate: 0.1,
        },
        optimiser: Optimiser::Descent { rate: 0.02 },
        batch: 9,
        epochs: 30,
        ..TrainingOptions::default()
    };
    let mut trainer = Trainer::new(start, options).unwrap();
    trainer.run(&images, &class, |_| ()).unwrap();
    let energies: Vec<f64> = trainer
        .reports()
        .iter()
        .map(|report| report.energy)
        .collect();
    assert!(energies.windows(2).all(|pair| pair[1] < pair[0]));
    assert!(energies[29] < 0.6 * energies[0], "{energies:?}");
}

/// Implicit steps of a whole data set have the fixed point of the flow, whatever their size.
#[test]
fn implicit_steps_end_where_the_flow_does() {
    let (start, images, class) = batch();
    let decay = 0.05;
    let train = |optimiser, epochs| {
        let options = TrainingOptions {
            rule: Rule::Equilibrium(tight(Method::QuasiNewton)),
            optimiser,
            weight_decay: decay,
            batch: 9,
            epochs,
            shuffle: false,
            ..TrainingOptions::default()
        };
        let mut trainer = Trainer::new(start.clone(), options).unwrap();
        trainer.run(&images, &class, |_| ()).unwrap();
        trainer.into_network()
    };
    for (rate, epochs) in [(5.0, 2000), (500.0, 2000)] {
        let network = train(Optimiser::Proximal { rate }, epochs);
        let rule = Rule::Equilibrium(tight(Method::QuasiNewton));
        let found = rule
            .apply(&network, &images, &class, Dynamics::default(), false)
            .unwrap();
        for layer in 0..3 {
            let left = &found.gradient.prediction[layer] - network.prediction(layer) * decay;
            assert!(
                left.amax() < 1e-8,
                "rate {rate}, layer {layer}: {:e}",
                left.amax()
            );
        }
    }
    // Small steps are those of the explicit scheme, up to second order.
    let apart = |rate: f64| {
        let one = train(Optimiser::Proximal { rate }, 1);
        let other = train(Optimiser::Descent { rate }, 1);
        (one.prediction(1) - other.prediction(1)).norm()
    };
    let ratio = apart(0.02) / apart(0.01);
    assert!((ratio - 4.0).abs() < 0.2, "{ratio}");
    // It regresses on values: a rule without them is refused.
    let options = TrainingOptions {
        rule: Rule::FixedPrediction,
        optimiser: Optimiser::Proximal { rate: 1.0 },
        ..TrainingOptions::default()
    };
    assert!(Trainer::new(start, options).is_err());
}

/// The size of activities does not depend on depth, where unscaled weights lose them.
#[test]
fn scaled_networks_keep_their_activities_at_any_depth() {
    let mut sizes = vec![10];
    sizes.extend([150; 40]);
    sizes.push(80);
    let images = DMatrix::from_fn(80, 30, |i, j| {
        ((1 + i) as f64 * (2 + j) as f64).sin() * 2f64.sqrt()
    });
    let size = |values: &DMatrix<f64>| values.norm_squared() / values.len() as f64;
    let scaled = depth_scaled(&sizes, Activation::Identity, 3).unwrap();
    let values = scaled.forward(&images).unwrap();
    for (layer, values) in values.iter().enumerate().skip(1) {
        assert!(
            (0.3..3.0).contains(&size(values)),
            "layer {layer}: {}",
            size(values)
        );
    }
    // Into the class layer 1 / N instead of 1 / sqrt(N): 150 times smaller in the square.
    let ratio = size(&values[1]) / size(&values[0]);
    assert!((50.0..450.0).contains(&ratio), "{ratio}");
    let plain = PredictiveNetwork::random(&sizes, Activation::Identity, Feedback::Tied, 3).unwrap();
    assert!(size(&plain.forward(&images).unwrap()[1]) < 1e-12);
}
