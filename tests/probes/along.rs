//! One probe along every way to train: the same findings as when it is shown the matrices themselves.

use nalgebra::DMatrix;
use pulsatrix::networks::Activation;
use pulsatrix::networks::deep::{
    Architecture, Convolutions, DeepNetwork, DifferentiableModel, Image, Initialisation,
    Parameterisation,
};
use pulsatrix::networks::predictive::Dynamics;
use pulsatrix::probes::*;
use pulsatrix::solver::{Options, OrdinaryMethod};
use pulsatrix::training::flow::{
    BatchOptions, Descent, FlowError, FlowMethod, GradientFlow, MiniBatches, ScaledModel, Schedule,
    Squared, descend,
};
use pulsatrix::training::predictive::{
    LearningFlow, Optimiser, Rule, Trainer, TrainingOptions, as_predictive,
};

const EXAMPLES: usize = 12;

/// Points, and their classes one after the other.
fn data() -> (DMatrix<f64>, DMatrix<f64>) {
    let inputs = DMatrix::from_fn(EXAMPLES, 3, |i, j| (0.9 * i as f64 + 1.7 * j as f64).sin());
    let targets = DMatrix::from_fn(EXAMPLES, 2, |i, class| f64::from(u8::from(i % 2 == class)));
    (inputs, targets)
}

/// A tanh network that a predictive-coding network can copy.
fn network() -> DeepNetwork {
    DeepNetwork::new(Architecture {
        parameterisation: Parameterisation::Standard,
        ..Architecture::fully_connected(3, &[6, 5], 2)
    })
    .unwrap()
}

/// VECA of the first and of the last hidden layer.
fn probe() -> (VecaProbe, VecaProbe) {
    let first = VecaProbe {
        from_last: 1,
        ..VecaProbe::last_hidden(data().0)
    };
    (first, VecaProbe::last_hidden(data().0))
}

/// What the probe finds in weights, by way of the plain matrices.
fn expected(network: &DeepNetwork, parameters: &[f64]) -> (Veca, Veca) {
    let at = At {
        model: network,
        parameters,
    };
    let matrices = at.activations(&data().0).unwrap();
    let shapes: Vec<_> = matrices.iter().map(DMatrix::shape).collect();
    assert_eq!(shapes, [(EXAMPLES, 6), (EXAMPLES, 5)]);
    let plain = probe().find(&Activations(matrices.clone())).unwrap();
    assert_eq!(plain.1, veca(&matrices[1]).unwrap());
    plain
}

fn close(found: (Veca, Veca), expected: (Veca, Veca)) -> bool {
    let near = |a: Veca, b: Veca| (a.variance - b.variance).abs() < 1e-6 * b.variance;
    near(found.0, expected.0) && near(found.1, expected.1)
}

#[test]
fn a_probe_sees_the_same_along_every_way_to_train() {
    let network = network();
    let (inputs, targets) = data();
    let flow = GradientFlow::new(&network, &inputs, &targets, &Squared).unwrap();
    let start = network.initial(Initialisation::Gaussian, 4).unwrap();
    let at_start = expected(&network, &start);

    // descent: before every second step, the last of them before step 4
    let rule = Descent::Plain { rate: 0.01 };
    let mut parameters = start.clone();
    let descent = along_descent(&flow, &mut parameters, rule, (5, 2), &probe()).unwrap();
    let steps: Vec<usize> = descent.iter().map(|(step, _)| *step).collect();
    assert_eq!(steps, [0, 2, 4]);
    assert_eq!(descent[0].1, at_start);
    let mut four = start.clone();
    descend(&flow, &mut four, rule, Schedule::steps(4), |_| Ok(())).unwrap();
    assert_eq!(descent[2].1, expected(&network, &four));

    // mini-batches that are the whole set: plain descent at the rate over the number of examples
    let options = BatchOptions {
        rule: Descent::Plain {
            rate: 0.01 * EXAMPLES as f64,
        },
        batch: EXAMPLES,
        ..BatchOptions::default()
    };
    let mut training = MiniBatches::new(&flow, start.clone(), options).unwrap();
    let batches = along_batches(&mut training, 4, &probe()).unwrap();
    assert_eq!(batches[3].0, 4);
    assert_eq!(batches[3].1, expected(&network, training.parameters()));
    assert!(close(batches[3].1, descent[2].1));

    // the flow, near which descent at a small rate stays
    let options = Options::with_tolerance(1e-8);
    let (times, method) = ([0.0, 0.04], FlowMethod::Dopri5);
    let seen = along_flow(&flow, &start, &times, method, &options, &probe()).unwrap();
    assert_eq!(seen[0], (0.0, at_start));
    let mut fine = start.clone();
    let rule = Descent::Plain { rate: 1e-5 };
    descend(&flow, &mut fine, rule, Schedule::steps(4_000), |_| Ok(())).unwrap();
    // Euler's error is of the size of its steps
    let (found, near) = (seen[1].1.1.variance, expected(&network, &fine).1.variance);
    assert!((found - near).abs() < 1e-4 * near);
}

#[test]
fn predictive_coding_shows_what_the_deep_network_shows() {
    let network = network();
    let (inputs, targets) = data();
    let start = network.initial(Initialisation::Gaussian, 4).unwrap();
    let coding = as_predictive(&network, &start).unwrap();
    let found = probe().find(&coding).unwrap();
    assert!(close(found, expected(&network, &start)));
    let at = At {
        model: &network,
        parameters: &start,
    };
    assert_eq!(coding.parameters().unwrap(), at.parameters().unwrap());
    assert_eq!(coding.layers().unwrap(), at.layers().unwrap());
    let difference = coding.outputs(&inputs).unwrap() - at.outputs(&inputs).unwrap();
    assert!(difference.amax() < 1e-14);

    // backpropagation through the same network, two epochs of whole batches
    let (image, class) = (inputs.transpose(), targets.transpose());
    let options = TrainingOptions {
        rule: Rule::Backpropagation,
        optimiser: Optimiser::Descent { rate: 0.05 },
        batch: EXAMPLES,
        epochs: 2,
        shuffle: false,
        ..TrainingOptions::default()
    };
    let mut trainer = Trainer::new(coding.clone(), options).unwrap();
    let seen = along_learning(&mut trainer, (&image, &class), &probe()).unwrap();
    let epochs: Vec<usize> = seen.iter().map(|(epoch, _)| *epoch).collect();
    assert_eq!(epochs, [1, 2]);
    assert_eq!(seen[1].1, probe().find(trainer.network()).unwrap());
    // its loss is the mean of half the squares: the gradient of the flow over the examples
    let flow = GradientFlow::new(&network, &inputs, &targets, &Squared).unwrap();
    let mut parameters = start.clone();
    let rule = Descent::Plain {
        rate: 0.05 / EXAMPLES as f64,
    };
    descend(&flow, &mut parameters, rule, Schedule::steps(2), |_| Ok(())).unwrap();
    assert!(close(seen[1].1, expected(&network, &parameters)));

    // and its flow
    let rule = Rule::Backpropagation;
    let learning = LearningFlow::new(coding, rule, Dynamics::default(), &image, &class).unwrap();
    let (times, options) = ([0.0, 0.5, 1.0], Options::with_tolerance(1e-9));
    let method = OrdinaryMethod::Dopri5;
    let coded = along_learning_flow(&learning, &start, &times, method, &options, &probe()).unwrap();
    let scaled = times.map(|time| time / EXAMPLES as f64);
    let method = FlowMethod::Dopri5;
    let deep = along_flow(&flow, &start, &scaled, method, &options, &probe()).unwrap();
    for (coded, deep) in coded.iter().zip(&deep) {
        assert!(close(coded.1, deep.1));
    }
}

#[test]
fn convolutions_are_shown_as_flattened_images() {
    let image = Image {
        channels: 1,
        height: 4,
        width: 4,
    };
    let network = DeepNetwork::new(Architecture {
        activation: Activation::Relu,
        widths: vec![5],
        sigma_b: 0.3,
        ..Architecture::convolutional(image, Convolutions::blocks(&[vec![2, 3]], 3, 2))
    })
    .unwrap();
    let parameters = network.initial(Initialisation::Gaussian, 2).unwrap();
    let inputs = DMatrix::from_fn(7, 16, |i, j| (0.7 * (i * 16 + j) as f64).sin());
    let at = At {
        model: &network,
        parameters: &parameters,
    };
    let shown = at.activations(&inputs).unwrap();
    let shapes: Vec<_> = shown.iter().map(DMatrix::shape).collect();
    assert_eq!(shapes, [(7, 2 * 16), (7, 3 * 16), (7, 5)]);
    // the read-out by hand
    let layers = at.layers().unwrap();
    let readout = &layers[3];
    let mut outputs = &shown[2] * readout.matrix.transpose();
    outputs.add_scalar_mut(readout.bias.as_ref().unwrap()[0]);
    assert!((outputs - at.outputs(&inputs).unwrap()).amax() < 1e-13);
}

#[test]
fn what_is_not_shown_or_cannot_be_found_stops_the_training() {
    let network = network();
    let (inputs, targets) = data();
    let start = network.initial(Initialisation::Gaussian, 4).unwrap();
    let deep = VecaProbe {
        from_last: 2,
        ..VecaProbe::last_hidden(inputs.clone())
    };
    let flow = GradientFlow::new(&network, &inputs, &targets, &Squared).unwrap();
    let mut parameters = start.clone();
    let rule = Descent::Plain { rate: 0.01 };
    let refused = along_descent(&flow, &mut parameters, rule, (5, 2), &deep).unwrap_err();
    assert!(matches!(refused, ProbeError::NotShown { .. }), "{refused}");
    assert_eq!(parameters, start);
    // a descent that fails says why by itself
    let wild = Descent::Plain { rate: 1e9 };
    let failed = along_descent(&flow, &mut parameters, wild, (9, 1), &probe()).unwrap_err();
    let diverges = matches!(failed, ProbeError::Flow(FlowError::Diverges { .. }));
    assert!(diverges, "{failed}");

    // weights and outputs are shown by any model, hidden layers by those that have them
    let scaled = ScaledModel::new(&network, &start, 2.0);
    let at = At {
        model: &scaled,
        parameters: &start,
    };
    assert_eq!(at.parameters().unwrap(), start);
    assert_eq!(at.outputs(&inputs).unwrap().amax(), 0.0);
    let refused = at.activations(&inputs).unwrap_err().to_string();
    assert!(
        refused.contains("activations of hidden layers"),
        "{refused}"
    );
    let plain = Activations(vec![inputs.clone()]);
    assert!(plain.parameters().is_err() && plain.outputs(&inputs).is_err());
    assert!(network.hidden_layers().is_some());
}
