//! Gradient flow, its linearisation and its discrete companions, against closed forms.

use nalgebra::{DMatrix, DVector};
use pulsatrix::analysis::{Corruption, IteratedNetwork, recall};
use pulsatrix::networks::deep::{
    Architecture, Convolutions, DeepNetwork, DifferentiableModel, Image, Initialisation, Padding,
    Parameterisation, ReadOut,
};
use pulsatrix::networks::predictive::{Dynamics, PredictiveNetwork, RelaxOptions};
use pulsatrix::networks::{Activation, Pattern};
use pulsatrix::solver::{Options, OrdinaryField, OrdinaryMethod, Save, solve_ordinary};
use pulsatrix::training::flow::{
    Descent, FlowError, FlowMethod, GradientFlow, Linearised, LossSettings, Schedule, Squared,
    deep_linear_mode, descend, follow, kernel_top, linear_balance, read, sharpness, unit_balance,
};

use pulsatrix::training::predictive::{LearningFlow, Rule};

const METHODS: [FlowMethod; 4] = [
    FlowMethod::Dopri5,
    FlowMethod::Dop853,
    FlowMethod::Chebyshev,
    FlowMethod::KernelExponential,
];

fn inputs(examples: usize, numbers: usize) -> DMatrix<f64> {
    DMatrix::from_fn(examples, numbers, |i, j| {
        (1.0 + 1.7 * i as f64 + 0.9 * j as f64 + 0.31 * (i * j) as f64).sin()
    })
}

fn tanh_network(numbers: usize, widths: &[usize], outputs: usize) -> DeepNetwork {
    DeepNetwork::new(Architecture {
        sigma_w: 1.3,
        sigma_b: 0.2,
        ..Architecture::fully_connected(numbers, widths, outputs)
    })
    .unwrap()
}

/// Targets of probabilities for the entropies, of order one for the squared loss.
fn targets(examples: usize, outputs: usize, loss: LossSettings) -> DMatrix<f64> {
    match loss {
        LossSettings::Squared => {
            DMatrix::from_fn(examples, outputs, |i, j| (2.0 * i as f64 + j as f64).cos())
        }
        _ => DMatrix::from_fn(examples, outputs, |i, j| {
            if i % outputs == j {
                0.9
            } else {
                0.1 / (outputs - 1) as f64
            }
        }),
    }
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
    squares.sum::<f64>().sqrt()
}

fn norm(a: &[f64]) -> f64 {
    a.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// Steps of one length, whatever the error.
fn fixed(step: f64) -> Options {
    Options {
        initial_step: Some(step),
        maximum_step: Some(step),
        ..Options::with_tolerance(1e6)
    }
}

/// Tolerances of one size for weights of order one.
fn tight(tolerance: f64) -> Options {
    Options {
        absolute_tolerance: tolerance,
        ..Options::with_tolerance(tolerance)
    }
}

#[test]
fn all_methods_follow_the_same_flow() {
    let network = tanh_network(3, &[12, 12], 3);
    let x = inputs(6, 3);
    let start = network.initial(Initialisation::Gaussian, 3).unwrap();
    for name in [
        LossSettings::Squared,
        LossSettings::CrossEntropy,
        LossSettings::BinaryCrossEntropy,
    ] {
        let loss = name.loss().unwrap();
        let y = targets(6, 3, name);
        let flow = GradientFlow::new(&network, &x, &y, &*loss).unwrap();
        let times = Save::At(vec![0.5, 3.0]);
        let run = |method, tolerance| {
            follow(&flow, &start, 3.0, method, &tight(tolerance), &times).unwrap()
        };
        let reference = run(FlowMethod::Dop853, 1e-11);
        for method in METHODS {
            let found = run(method, 1e-6);
            assert_eq!(found.times, [0.5, 3.0]);
            for i in 0..2 {
                let error = distance(found.state(i), reference.state(i)) / norm(reference.state(i));
                // No more than the tolerance of every step together.
                let bound = 1e-6 * (found.statistics.steps + 1) as f64;
                assert!(error < bound, "{name:?} {method:?}: {error}");
            }
        }
    }
}

#[test]
fn our_methods_have_their_orders() {
    let network = tanh_network(3, &[10, 10], 2);
    let x = inputs(5, 3);
    let start = network.initial(Initialisation::Gaussian, 5).unwrap();
    for name in [
        LossSettings::Squared,
        LossSettings::CrossEntropy,
        LossSettings::BinaryCrossEntropy,
    ] {
        let loss = name.loss().unwrap();
        let y = targets(5, 2, name);
        let flow = GradientFlow::new(&network, &x, &y, &*loss).unwrap();
        let run =
            |method, options| follow(&flow, &start, 2.0, method, &options, &Save::Last).unwrap();
        let exact = run(FlowMethod::Dop853, tight(1e-11));
        for (method, order) in [
            (FlowMethod::Chebyshev, 2.0),
            (FlowMethod::KernelExponential, 3.0),
        ] {
            let errors = [0.1, 0.05, 0.025]
                .map(|step| distance(run(method, fixed(step)).last(), exact.last()));
            let rates = [errors[0] / errors[1], errors[1] / errors[2]].map(f64::log2);
            assert!(
                (rates[1] - order).abs() < 0.35 && rates[0] > order - 0.6,
                "{name:?} {method:?}: errors {errors:?}, orders {rates:?}"
            );
        }
    }
}

#[test]
fn one_step_of_any_size_is_exact_for_a_linear_network() {
    // Without hidden layers the outputs are linear in the weights.
    let network = DeepNetwork::new(Architecture {
        sigma_b: 0.3,
        ..Architecture::fully_connected(7, &[], 2)
    })
    .unwrap();
    let x = inputs(4, 7);
    let y = targets(4, 2, LossSettings::Squared);
    let start = network.initial(Initialisation::Gaussian, 2).unwrap();
    let flow = GradientFlow::new(&network, &x, &y, &Squared).unwrap();
    let linear = Linearised::of(&flow, &start).unwrap();
    for time in [0.3, 5.0, 50.0] {
        let method = FlowMethod::KernelExponential;
        let one = follow(&flow, &start, time, method, &fixed(time), &Save::Last).unwrap();
        assert_eq!(one.statistics.steps, 1);
        let outputs = network.outputs(one.last(), &x).unwrap();
        assert!(
            (&outputs - linear.outputs(time)).amax() < 1e-11,
            "t = {time}"
        );
        let weights = linear.weights(&flow, &start, time).unwrap();
        assert!(distance(one.last(), &weights) < 1e-11);
        assert!((linear.loss(time) - flow.loss().value(&outputs, &y)).abs() < 1e-12);
    }
    // Descent by its own closed form, and the limit by kernel regression.
    let mut weights = start.clone();
    let rate = 0.5 / linear.rates().max();
    descend(
        &flow,
        &mut weights,
        Descent::Plain { rate },
        Schedule::steps(25),
        |_| Ok(()),
    )
    .unwrap();
    let outputs = network.outputs(&weights, &x).unwrap();
    assert!((outputs - linear.descended(rate, 25).unwrap()).amax() < 1e-12);
    assert!(linear.descended(2.01 / linear.rates().max(), 1).is_err());
    let other = inputs(9, 7).rows(5, 3).into_owned();
    let cross = network.ntk(&start, &other, Some(&x)).unwrap();
    let before = network.outputs(&start, &other).unwrap();
    let limit = linear.regression(0.0).unwrap();
    let predicted = linear.predict(&cross, &before, &limit).unwrap();
    let late = follow(
        &flow,
        &start,
        1e5,
        FlowMethod::KernelExponential,
        &fixed(1e5),
        &Save::Last,
    );
    let after = network.outputs(late.unwrap().last(), &other).unwrap();
    assert!((predicted - after).amax() < 1e-8);
}

#[test]
fn singular_kernels_offer_a_ridge() {
    // The same input twice, with different targets.
    let kernel = DMatrix::from_element(2, 2, 1.0);
    let outputs = DMatrix::zeros(2, 1);
    let torn =
        Linearised::new(&kernel, &outputs, &DMatrix::from_vec(2, 1, vec![1.0, -1.0])).unwrap();
    let error = torn.regression(0.0).unwrap_err();
    assert!(matches!(
        error,
        FlowError::SingularKernel {
            size: 2,
            null: 1,
            ..
        }
    ));
    assert!(error.to_string().contains("add a ridge"));
    assert!((torn.regression(0.5).unwrap() - DVector::from_vec(vec![-2.0, 2.0])).amax() < 1e-14);
    // With equal targets nothing is lost, and the limit exists.
    let whole = Linearised::new(&kernel, &outputs, &DMatrix::from_element(2, 1, 1.0)).unwrap();
    assert!((whole.regression(0.0).unwrap() - DVector::from_element(2, -0.5)).amax() < 1e-14);
    assert!((whole.outputs(60.0) - DMatrix::from_element(2, 1, 1.0)).amax() < 1e-14);
}

/// A linear network of `layers` square layers that starts aligned with the target `U S V^T`.
fn aligned(layers: usize, strength: f64) -> (DeepNetwork, Vec<f64>, DMatrix<f64>) {
    let size = 3;
    let network = DeepNetwork::new(Architecture {
        activation: Activation::Identity,
        parameterisation: Parameterisation::Standard,
        ..Architecture::fully_connected(size, &vec![size; layers - 1], size)
    })
    .unwrap();
    let rotation = |angle: f64| {
        let (s, c) = angle.sin_cos();
        DMatrix::from_row_slice(3, 3, &[c, -s, 0.0, s, c, 0.0, 0.0, 0.0, 1.0])
            * DMatrix::from_row_slice(3, 3, &[1.0, 0.0, 0.0, 0.0, c, -s, 0.0, s, c])
    };
    let rotations: Vec<_> = (0..=layers)
        .map(|l| rotation(0.4 + 0.7 * l as f64))
        .collect();
    let scale = strength.powf(1.0 / layers as f64);
    let start = rotations.windows(2).flat_map(|pair| {
        let weights = &pair[1] * pair[0].transpose() * scale;
        weights.as_slice().to_vec()
    });
    let singular = DMatrix::from_diagonal(&DVector::from_vec(vec![2.0, 1.0, 0.5]));
    let target = &rotations[layers] * singular * rotations[0].transpose();
    (network, start.collect(), target)
}

#[test]
fn deep_linear_modes_are_sigmoids() {
    // From aligned weights every mode follows its own equation.
    for layers in [2, 3] {
        let (network, start, target) = aligned(layers, 0.01);
        let x = DMatrix::identity(3, 3);
        let y = target.transpose();
        let flow = GradientFlow::new(&network, &x, &y, &Squared).unwrap();
        let times = vec![1.0, 2.0, 3.0];
        let modes = [2.0, 1.0, 0.5].map(|s| deep_linear_mode(s, 0.01, layers, &times).unwrap());
        let options = tight(1e-9);
        let save = Save::At(times);
        let run = follow(&flow, &start, 3.0, FlowMethod::Dop853, &options, &save).unwrap();
        for i in 0..3 {
            let outputs = network.outputs(run.state(i), &x).unwrap();
            let found = outputs.transpose().svd(false, false).singular_values;
            for (k, mode) in modes.iter().enumerate() {
                assert!((found[k] - mode[i]).abs() < 1e-8, "{layers} {k}");
            }
            // on a balanced start
            let balance = linear_balance(&network, run.state(i));
            assert!(balance.iter().all(|b| b.amax() < 1e-9));
        }
    }
}

#[test]
fn rectifier_networks_keep_their_balance() {
    let network = DeepNetwork::new(Architecture {
        activation: Activation::LeakyRelu(0.2),
        sigma_b: 0.5,
        ..Architecture::fully_connected(3, &[8, 8], 1)
    })
    .unwrap();
    let (x, y) = (inputs(5, 3), targets(5, 1, LossSettings::Squared));
    let start = network.initial(Initialisation::Gaussian, 4).unwrap();
    let flow = GradientFlow::new(&network, &x, &y, &Squared).unwrap();
    let drift = |state: &[f64]| {
        let pairs = unit_balance(&network, state).into_iter();
        let pairs = pairs.zip(unit_balance(&network, &start));
        pairs.map(|(a, b)| (a - b).amax()).fold(0.0, f64::max)
    };
    // Steps of one length: an error estimate would creep along the kinks.
    let run = follow(
        &flow,
        &start,
        4.0,
        FlowMethod::Dopri5,
        &fixed(0.02),
        &Save::Last,
    )
    .unwrap();
    assert!(drift(run.last()) < 2e-5, "{}", drift(run.last()));
    // Descent keeps it to first order in its rate.
    let drifts = [400, 800, 1600].map(|steps| {
        let mut weights = start.clone();
        let rate = 4.0 / f64::from(steps);
        descend(
            &flow,
            &mut weights,
            Descent::Plain { rate },
            Schedule::steps(steps as usize),
            |_| Ok(()),
        )
        .unwrap();
        drift(&weights)
    });
    assert!(drifts[0] > 1e-4);
    for pair in drifts.windows(2) {
        let order = (pair[0] / pair[1]).log2();
        assert!((order - 1.0).abs() < 0.1, "{drifts:?}");
    }
}

#[test]
fn the_loss_falls_by_the_kernel() {
    let network = tanh_network(4, &[20, 20], 2);
    let (x, y) = (inputs(7, 4), targets(7, 2, LossSettings::Squared));
    let start = network.initial(Initialisation::Orthogonal, 4).unwrap();
    let flow = GradientFlow::new(&network, &x, &y, &Squared).unwrap();
    let here = read(&flow, &start).unwrap();
    // dL/dt = -|grad L|^2 = -r^T Theta r
    assert!((here.decay - here.kernel_decay).abs() < 1e-11 * here.decay);
    let step = 1e-4;
    let options = tight(1e-11);
    let run = follow(
        &flow,
        &start,
        step,
        FlowMethod::Dop853,
        &options,
        &Save::Last,
    )
    .unwrap();
    let fall = (here.loss - flow.gradient(run.last()).unwrap().0) / step;
    assert!((fall - here.decay).abs() < 1e-2 * here.decay);
    // Eigenvalues by iteration against the matrices themselves.
    let kernel = flow.kernel(&start).unwrap();
    let top = kernel.symmetric_eigenvalues().max();
    assert!((kernel_top(&flow, &start).unwrap() - top).abs() < 1e-5 * top);
    let size = network.parameter_count();
    let mut hessian = DMatrix::zeros(size, size);
    for i in 0..size {
        let mut unit = vec![0.0; size];
        unit[i] = 1.0;
        let column = flow.hessian_product(&start, &unit).unwrap();
        hessian.column_mut(i).copy_from_slice(&column);
    }
    let top = hessian.symmetric_eigenvalues().max();
    assert!((sharpness(&flow, &start).unwrap() - top).abs() < 1e-5 * top);
}

#[test]
fn rates_beyond_the_limit_are_named() {
    let network = tanh_network(4, &[30], 1);
    let (x, y) = (inputs(6, 4), targets(6, 1, LossSettings::Squared));
    let start = network.initial(Initialisation::Gaussian, 1).unwrap();
    let flow = GradientFlow::new(&network, &x, &y, &Squared).unwrap();
    let limit = 2.0 / sharpness(&flow, &start).unwrap();
    let mut weights = start.clone();
    let wild = Descent::Plain { rate: 40.0 * limit };
    let error = descend(&flow, &mut weights, wild, Schedule::steps(500), |_| Ok(())).unwrap_err();
    let FlowError::Diverges {
        limit: found,
        loss,
        start: begin,
        ..
    } = &error
    else {
        panic!("{error}");
    };
    assert!((found - limit).abs() < 1e-3 * limit && loss > begin);
    assert!(error.to_string().contains("smaller rate"), "{error}");
    for rule in [
        Descent::Plain { rate: 0.5 * limit },
        Descent::Momentum {
            rate: 0.5 * limit,
            momentum: 0.8,
        },
        Descent::Adam { rate: 0.01 },
    ] {
        let mut weights = start.clone();
        let losses = descend(&flow, &mut weights, rule, Schedule::steps(300), |_| Ok(())).unwrap();
        assert!(losses[299] < 0.05 * losses[0], "{rule:?} {}", losses[299]);
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let network = tanh_network(4, &[5], 1);
    let (x, y) = (inputs(6, 4), targets(6, 2, LossSettings::Squared));
    assert!(matches!(
        GradientFlow::new(&network, &x, &y, &Squared),
        Err(FlowError::Shape { .. })
    ));
    let y = targets(6, 1, LossSettings::Squared);
    let flow = GradientFlow::new(&network, &x, &y, &Squared).unwrap();
    let start = network.initial(Initialisation::Gaussian, 1).unwrap();
    let options = Options::default();
    for method in METHODS {
        assert!(follow(&flow, &start[1..], 1.0, method, &options, &Save::Last).is_err());
        assert!(follow(&flow, &start, -1.0, method, &options, &Save::Last).is_err());
        let late = Save::At(vec![2.0]);
        assert!(follow(&flow, &start, 1.0, method, &options, &late).is_err());
    }
    let mut weights = start.clone();
    let none = Descent::Momentum {
        rate: 0.1,
        momentum: 1.0,
    };
    assert!(descend(&flow, &mut weights, none, Schedule::steps(1), |_| Ok(())).is_err());
}

#[test]
fn a_network_trained_by_the_flow_is_a_memory() {
    let stored = ["11110000", "11001100", "10101010"].map(|text| text.parse().unwrap());
    let x = DMatrix::from_row_iterator(3, 8, stored.iter().flat_map(Pattern::levels));
    let network = tanh_network(8, &[40, 40], 8);
    let start = network.initial(Initialisation::Orthogonal, 1).unwrap();
    let flow = GradientFlow::new(&network, &x, &x, &Squared).unwrap();
    let options = tight(1e-5);
    let method = FlowMethod::KernelExponential;
    let run = follow(&flow, &start, 200.0, method, &options, &Save::Last).unwrap();
    let memory = IteratedNetwork::new(&network, run.last()).unwrap();
    let whole = recall(&memory, &stored, Corruption::Missing, 0.0, 6, 1);
    assert_eq!(whole.recalled, 6);
    let damaged = recall(&memory, &stored, Corruption::Missing, 1.0, 60, 1);
    assert!(damaged.probability > 0.5, "{damaged:?}");
    assert!(IteratedNetwork::new(&network, &start[1..]).is_err());
}

#[test]
fn predictive_coding_learns_by_the_flow_of_backpropagation_at_the_forward_pass() {
    let deep = DeepNetwork::new(Architecture {
        parameterisation: Parameterisation::Standard,
        ..Architecture::fully_connected(6, &[7, 5], 3)
    })
    .unwrap();
    let start = deep.initial(Initialisation::Gaussian, 2).unwrap();
    let layers = deep.layers().iter().rev();
    let matrices = layers.map(|layer| layer.weight_matrix(&start).into_owned());
    let activations = vec![Activation::Tanh, Activation::Tanh, Activation::Identity];
    let coding = PredictiveNetwork::from_matrices(matrices.collect(), activations).unwrap();
    assert_eq!(LearningFlow::state(&coding), start);
    let (x, y) = (inputs(4, 6), targets(4, 3, LossSettings::Squared));
    let flow = GradientFlow::new(&deep, &x, &y, &Squared).unwrap();
    let (image, class) = (x.transpose(), y.transpose());
    let (loss, gradient) = flow.gradient(&start).unwrap();
    for (rule, exact) in [
        (Rule::Backpropagation, true),
        (Rule::FixedPrediction, true),
        (Rule::Equilibrium(RelaxOptions::default()), false),
    ] {
        let dynamics = Dynamics::default();
        let learning = LearningFlow::new(coding.clone(), rule, dynamics, &image, &class).unwrap();
        let mut slope = vec![0.0; start.len()];
        learning.derivative(0.0, &start, &mut slope);
        // The mean over the batch against the sum.
        let difference = slope
            .iter()
            .zip(&gradient)
            .map(|(s, g)| (4.0 * s + g).powi(2));
        let share = difference.sum::<f64>().sqrt() / norm(&gradient);
        assert_eq!(share < 1e-12, exact, "{rule:?} {share}");
        // The equilibrated energy lies below the loss, and its flow lowers it.
        let energy = learning.outcome(&start).unwrap().energy;
        assert!(energy <= loss / 4.0 + 1e-12);
        let save = Save::Last;
        let method = OrdinaryMethod::Dopri5;
        let run =
            solve_ordinary(&learning, &start, (0.0, 0.5), method, &tight(1e-6), &save).unwrap();
        assert!(learning.outcome(run.last()).unwrap().energy < 0.95 * energy);
    }
}

#[test]
fn a_kernel_beside_a_gradient_is_the_same_kernel() {
    let image = Image {
        channels: 2,
        height: 4,
        width: 3,
    };
    let convolutions = Convolutions {
        channels: vec![5, 4],
        kernel: 3.into(),
        padding: Padding::Zero,
        read_out: ReadOut::Flatten,
        pooling: Vec::new(),
    };
    for network in [
        tanh_network(6, &[7, 8], 3),
        DeepNetwork::new(Architecture {
            outputs: 3,
            sigma_b: 0.3,
            ..Architecture::convolutional(image, convolutions)
        })
        .unwrap(),
    ] {
        let x = inputs(5, network.architecture().input.numbers());
        let y = targets(5, 3, LossSettings::Squared);
        let start = network.initial(Initialisation::Gaussian, 6).unwrap();
        let flow = GradientFlow::new(&network, &x, &y, &Squared).unwrap();
        let (shared, slopes, kernel) = flow.gradient_and_kernel(&start).unwrap();
        let (loss, gradient) = flow.gradient(&start).unwrap();
        assert!(distance(&slopes, &gradient) < 1e-13 * norm(&gradient));
        assert!((shared - loss).abs() < 1e-13 * loss);
        assert!((kernel - network.ntk(&start, &x, None).unwrap()).amax() < 1e-13);
    }
}
