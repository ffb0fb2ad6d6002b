//! Derivatives of recurrent networks, and what they are equal to.

use nalgebra::DMatrix;
use pulsatrix::networks::Activation;
use pulsatrix::networks::deep::DifferentiableModel;
use pulsatrix::networks::recurrent::{
    ElmanNetwork, ElmanShape, Gradient, Node, Sequences, StartWeights, Unrolled,
};
use pulsatrix::numerics::matrix::{View, gemm, gemm_into, symmetric_spectrum};
use pulsatrix::numerics::random::stream;
use rand::RngExt;
use rand_distr::StandardNormal;

fn normal(seed: u64, purpose: &str, count: usize) -> Vec<f64> {
    let mut random = stream(seed, purpose, 0);
    (0..count).map(|_| random.sample(StandardNormal)).collect()
}

/// Every kind of network: nodes, contexts and leaks.
fn networks(inputs: usize, hidden: usize, outputs: usize) -> Vec<ElmanNetwork> {
    let nodes = [
        Node::Plain(Activation::Tanh),
        Node::Plain(Activation::Logistic),
        Node::Extended,
    ];
    let forms = [(0.0, 1.0), (0.5, 1.0), (0.0, 0.3), (0.4, 0.7)];
    let all = nodes
        .iter()
        .flat_map(|node| forms.map(|form| (*node, form)));
    all.map(|(node, (context, leak))| {
        let shape = ElmanShape {
            node,
            context,
            leak,
            ..ElmanShape::new(inputs, hidden, outputs)
        };
        ElmanNetwork::new(shape).unwrap()
    })
    .collect()
}

/// Weights without zeros, shapes of nodes included.
fn weights(network: &ElmanNetwork, seed: u64) -> Vec<f64> {
    let start = network.initial(StartWeights::default(), seed);
    let noise = normal(seed, "noise", start.len());
    start.iter().zip(noise).map(|(w, e)| w + 0.2 * e).collect()
}

fn sequences(numbers: usize, steps: usize, count: usize, seed: u64) -> Sequences {
    let values = normal(seed, "inputs", numbers * steps * count);
    Sequences::new(DMatrix::from_vec(numbers, steps * count, values), count).unwrap()
}

fn relative(found: &[f64], expected: &[f64]) -> f64 {
    let largest = expected.iter().fold(0.0_f64, |top, x| top.max(x.abs()));
    let errors = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    errors.fold(0.0, f64::max) / largest
}

#[test]
fn the_full_gradient_is_that_of_central_differences() {
    for network in networks(2, 4, 1) {
        let (parameters, inputs) = (weights(&network, 3), sequences(2, 30, 2, 5));
        let cotangent = sequences(1, 30, 2, 7);
        let value = |parameters: &[f64]| {
            let pass = network.pass(parameters, &inputs, None).unwrap();
            pass.outputs().values().dot(cotangent.values())
        };
        let pass = network.pass(&parameters, &inputs, None).unwrap();
        let found = pass.gradient(cotangent.values(), Gradient::Full).unwrap();
        let differences: Vec<f64> = (0..parameters.len())
            .map(|index| {
                let moved = |by: f64| {
                    let mut moved = parameters.clone();
                    moved[index] += by;
                    value(&moved)
                };
                let step = 1e-5;
                // two steps, so that the error of the difference is of the fourth order
                let (one, two) = (
                    moved(step) - moved(-step),
                    moved(2.0 * step) - moved(-2.0 * step),
                );
                (8.0 * one - two) / (12.0 * step)
            })
            .collect();
        let error = relative(&found, &differences);
        assert!(error < 2e-10, "{:?}: {error:e}", network.shape());
    }
}

#[test]
fn gradients_that_are_cut_agree_where_they_must() {
    for network in networks(2, 4, 2) {
        let (mut parameters, inputs) = (weights(&network, 3), sequences(2, 12, 3, 5));
        let cotangent = sequences(2, 12, 3, 7);
        let of = |parameters: &[f64], gradient| {
            let pass = network.pass(parameters, &inputs, None).unwrap();
            pass.gradient(cotangent.values(), gradient).unwrap()
        };
        let full = of(&parameters, Gradient::Full);
        let fixed = of(&parameters, Gradient::Static);
        assert_eq!(of(&parameters, Gradient::Truncated(1)), fixed);
        assert_eq!(of(&parameters, Gradient::Truncated(12)), full);
        assert_eq!(of(&parameters, Gradient::Truncated(40)), full);
        // windows as long as any error that there is, summed by windows: the last step has none
        let longer = sequences(2, 13, 3, 5);
        let mut slopes = sequences(2, 13, 3, 7).values().clone();
        slopes.columns_mut(36, 3).fill(0.0);
        let pass = network.pass(&parameters, &longer, None).unwrap();
        let of_pass = |gradient| pass.gradient(&slopes, gradient).unwrap();
        let whole = of_pass(Gradient::Full);
        let error = relative(&of_pass(Gradient::Truncated(12)), &whole);
        assert!(error < 1e-14, "{:?}: {error:e}", network.shape());
        assert!(relative(&of_pass(Gradient::Truncated(4)), &whole) > 1e-6);
        assert!(relative(&fixed, &full) > 1e-3);

        // errors go back by W_c, the self-connection and the leak alone
        let hidden = network.shape().hidden;
        let context = 2 * hidden..2 * hidden + hidden * hidden;
        parameters[context].fill(0.0);
        if network.shape().leak == 1.0 {
            let (full, fixed) = (
                of(&parameters, Gradient::Full),
                of(&parameters, Gradient::Static),
            );
            assert!(relative(&fixed, &full) < 1e-14);
        }
    }
}

/// A window shorter than the sequences, against the sum over all pairs of an error and a step.
#[test]
fn a_truncated_gradient_follows_every_error_through_its_window() {
    for network in networks(1, 3, 1) {
        let (parameters, inputs) = (weights(&network, 4), sequences(1, 9, 2, 6));
        let cotangent = sequences(1, 9, 2, 8);
        let pass = network.pass(&parameters, &inputs, None).unwrap();
        let found = pass
            .gradient(cotangent.values(), Gradient::Truncated(3))
            .unwrap();
        let mut expected = vec![0.0; parameters.len()];
        for step in 0..9_usize {
            // the error of one step, in a run that starts two steps before it from the state of then
            let from = step.saturating_sub(2);
            let start = (from > 0).then(|| {
                let before = inputs.part(0, from);
                network.pass(&parameters, &before, None).unwrap().last()
            });
            let piece = inputs.part(from, step + 1);
            let pass = network.pass(&parameters, &piece, start.as_ref()).unwrap();
            let mut one = DMatrix::zeros(1, piece.values().ncols());
            let last = one.ncols() - 2;
            one.columns_mut(last, 2)
                .copy_from(&cotangent.values().columns(2 * step, 2));
            let gradient = pass.gradient(&one, Gradient::Full).unwrap();
            for (sum, g) in expected.iter_mut().zip(gradient) {
                *sum += g;
            }
        }
        let error = relative(&found, &expected);
        assert!(error < 1e-13, "{:?}: {error:e}", network.shape());
    }
}

/// The forward recursion of Pham and Liu, written out for every weight of the context.
#[test]
fn the_gradient_of_pham_and_liu_is_their_forward_recursion() {
    let shape = ElmanShape {
        context: 0.5,
        ..ElmanShape::new(2, 3, 1)
    };
    let network = ElmanNetwork::new(shape).unwrap();
    let (parameters, inputs) = (weights(&network, 2), sequences(2, 15, 1, 3));
    let cotangent = sequences(1, 15, 1, 4);
    let pass = network.pass(&parameters, &inputs, None).unwrap();
    let found = pass
        .gradient(cotangent.values(), Gradient::PhamLiu)
        .unwrap();
    let (output, states) = (network.output_weights(&parameters), pass.states());
    for (j, l) in [(0, 0), (1, 2), (2, 1)] {
        let (mut trace, mut context, mut sum) = (0.0, 0.0, 0.0);
        for k in 0..15 {
            if k > 0 {
                context = 0.5 * context + states.at(l, k - 1, 0);
            }
            let x = states.at(j, k, 0);
            trace = (1.0 - x * x) * (context + 0.5 * trace);
            sum += cotangent.at(0, k, 0) * output.at(0, j) * trace;
        }
        let place = 2 * 3 + l * 3 + j;
        assert!((found[place] - sum).abs() < 1e-13, "{} {sum}", found[place]);
    }
    // without a self-connection nothing is followed
    let network = ElmanNetwork::new(ElmanShape::new(2, 3, 1)).unwrap();
    let pass = network.pass(&parameters, &inputs, None).unwrap();
    let [a, b] = [Gradient::PhamLiu, Gradient::Static]
        .map(|gradient| pass.gradient(cotangent.values(), gradient).unwrap());
    assert!(relative(&a, &b) < 1e-15);
}

#[test]
fn products_with_the_jacobian_are_adjoint_and_those_with_the_hessian_symmetric() {
    for network in networks(2, 3, 2) {
        let parameters = weights(&network, 1);
        let model = Unrolled::new(network, 5).unwrap();
        let inputs = sequences(2, 5, 4, 2).to_rows();
        let outputs = sequences(2, 5, 4, 3).to_rows();
        let count = model.parameter_count();
        let [v, w] = ["v", "w"].map(|name| normal(9, name, count));
        let pushed = model.jvp(&parameters, &inputs, &v).unwrap();
        let pulled = model.vjp(&parameters, &inputs, &outputs).unwrap();
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let (left, right) = (pushed.dot(&outputs), dot(&pulled, &v));
        assert!(
            (left - right).abs() < 1e-13 * left.abs().max(1.0),
            "{left} {right}"
        );

        // a cubic loss: slope f^2 / 2, its change f df
        let loss = |f: &DMatrix<f64>, change: &DMatrix<f64>| {
            (f.component_mul(f) * 0.5, f.component_mul(change))
        };
        let hessian =
            |direction: &[f64]| model.hvp(&parameters, &inputs, direction, &loss).unwrap();
        let (left, right) = (dot(&hessian(&v), &w), dot(&hessian(&w), &v));
        assert!(
            (left - right).abs() < 1e-11 * left.abs().max(1.0),
            "{left} {right}"
        );
        // along v it is the difference of two gradients
        let gradient = |by: f64| {
            let moved: Vec<f64> = parameters.iter().zip(&v).map(|(p, v)| p + by * v).collect();
            let slope = |f: &DMatrix<f64>| f.component_mul(f) * 0.5;
            model.gradient(&moved, &inputs, &slope).unwrap().1
        };
        let (high, low) = (gradient(1e-5), gradient(-1e-5));
        let expected: Vec<f64> = high.iter().zip(&low).map(|(a, b)| (a - b) / 2e-5).collect();
        let error = relative(&hessian(&v), &expected);
        assert!(error < 1e-8, "{:?} {error:e}", model.network().shape());
    }
}

#[test]
fn the_tangent_kernel_of_the_unrolled_network_is_that_of_its_jacobian() {
    for network in networks(1, 3, 1) {
        let parameters = weights(&network, 1);
        let model = Unrolled::new(network, 6).unwrap();
        let inputs = sequences(1, 6, 3, 2).to_rows();
        let kernel = model.ntk(&parameters, &inputs, None).unwrap();
        let columns = (0..model.parameter_count()).map(|index| {
            let mut unit = vec![0.0; model.parameter_count()];
            unit[index] = 1.0;
            let column = model.jvp(&parameters, &inputs, &unit).unwrap();
            nalgebra::DVector::from_column_slice(column.as_slice())
        });
        let jacobian = DMatrix::from_columns(&columns.collect::<Vec<_>>());
        let expected = &jacobian * jacobian.transpose();
        assert!((&kernel - &expected).amax() < 1e-13 * expected.amax());
        assert!((&kernel - kernel.transpose()).amax() < 1e-14 * kernel.amax());
        let values = symmetric_spectrum(&kernel).unwrap().values;
        assert!(values[0] > -1e-14 * values.amax(), "{values}");
        let linear = model.linearise(&parameters, &inputs).unwrap();
        assert_eq!(linear.kernel().unwrap(), kernel);
    }
}

#[test]
fn shapes_of_nodes_are_weights_of_a_plain_network() {
    let extended = ElmanNetwork::new(ElmanShape {
        node: Node::Extended,
        ..ElmanShape::new(2, 4, 1)
    })
    .unwrap();
    let plain = ElmanNetwork::new(ElmanShape::new(2, 4, 1)).unwrap();
    let mut parameters = weights(&extended, 11);
    let node = 2 * 4 + 16 + 4;
    parameters[node + 8..node + 12].fill(0.0); // D
    let (a, b) = (&parameters[node..node + 4], &parameters[node + 4..node + 8]);
    // W_i' = B W_i, W_c' = B W_c A, b' = B b, W_o' = W_o A
    let mut same = weights(&plain, 11);
    for j in 0..4 {
        for i in 0..2 {
            same[i * 4 + j] = b[j] * parameters[i * 4 + j];
        }
        for l in 0..4 {
            same[8 + l * 4 + j] = b[j] * parameters[8 + l * 4 + j] * a[l];
        }
        same[24 + j] = b[j] * parameters[24 + j];
        same[28 + j] = parameters[node + 12 + j] * a[j];
    }
    same[32] = parameters[node + 16];
    let inputs = sequences(2, 40, 3, 1);
    let first = extended.pass(&parameters, &inputs, None).unwrap();
    let second = plain.pass(&same, &inputs, None).unwrap();
    let error = (first.outputs().values() - second.outputs().values()).amax();
    assert!(error < 2e-15, "{error:e}");
    // from 1, 1 and 0 on it is tanh, bit for bit
    let start = extended.initial(StartWeights::default(), 5);
    let tanh = plain.initial(StartWeights::default(), 5);
    let first = extended.pass(&start, &inputs, None).unwrap();
    let second = plain.pass(&tanh, &inputs, None).unwrap();
    assert_eq!(first.outputs(), second.outputs());
}

/// Elman's equations with the same products, step by step.
#[test]
fn a_leak_of_one_is_elman_bit_for_bit_and_the_state_can_be_carried() {
    let network = ElmanNetwork::new(ElmanShape::new(2, 5, 1)).unwrap();
    let (parameters, inputs) = (weights(&network, 8), sequences(2, 20, 3, 9));
    let pass = network.pass(&parameters, &inputs, None).unwrap();
    let bias = &parameters[2 * 5 + 25..2 * 5 + 25 + 5];
    let mut sums = DMatrix::from_fn(5, 60, |row, _| bias[row]);
    let weights = network.input_weights(&parameters);
    gemm(1.0, weights, View::from(inputs.values()), 1.0, &mut sums);
    let mut x = vec![0.0; 15];
    for step in 0..20 {
        let sums = &mut sums.as_mut_slice()[15 * step..15 * (step + 1)];
        let before = View::column_major(&x, 5, 3);
        gemm_into(1.0, network.context_weights(&parameters), before, 1.0, sums);
        x.copy_from_slice(sums);
        pulsatrix::numerics::elementary::tanh(&mut x);
        for s in 0..3 {
            for j in 0..5 {
                assert_eq!(
                    x[s * 5 + j].to_bits(),
                    pass.states().at(j, step, s).to_bits()
                );
            }
        }
    }
    // in two pieces: carried it is the same run, reset it is another
    for network in networks(2, 5, 1) {
        let parameters = self::weights(&network, 8);
        let pass = network.pass(&parameters, &inputs, None).unwrap();
        let (first, second) = (inputs.part(0, 7), inputs.part(7, 20));
        let early = network.pass(&parameters, &first, None).unwrap();
        let state = early.last();
        let carried = network.pass(&parameters, &second, Some(&state)).unwrap();
        assert_eq!(carried.outputs(), &pass.outputs().part(7, 20));
        let reset = network.pass(&parameters, &second, None).unwrap();
        assert!((reset.outputs().values() - carried.outputs().values()).amax() > 1e-3);
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    for (change, what) in [
        (
            ElmanShape {
                hidden: 0,
                ..ElmanShape::new(1, 1, 1)
            },
            "at least one neuron",
        ),
        (
            ElmanShape {
                context: 1.0,
                ..ElmanShape::new(1, 1, 1)
            },
            "below 1",
        ),
        (
            ElmanShape {
                leak: 0.0,
                ..ElmanShape::new(1, 1, 1)
            },
            "above 0",
        ),
        (
            ElmanShape {
                node: Node::Plain(Activation::Softmax),
                ..ElmanShape::new(1, 1, 1)
            },
            "couples the units",
        ),
    ] {
        let said = ElmanNetwork::new(change).unwrap_err().to_string();
        assert!(said.contains(what), "{said}");
    }
    let network = ElmanNetwork::new(ElmanShape::new(2, 3, 1)).unwrap();
    let parameters = weights(&network, 1);
    let inputs = sequences(2, 4, 1, 1);
    let said = |found: Result<_, pulsatrix::networks::NetworkError>| {
        found
            .map(|_: pulsatrix::networks::recurrent::ElmanPass<'_>| ())
            .unwrap_err()
            .to_string()
    };
    assert!(said(network.pass(&parameters[1..], &inputs, None)).contains("parameters"));
    let wrong = sequences(3, 4, 1, 1);
    assert!(said(network.pass(&parameters, &wrong, None)).contains("inputs are 3 x 4"));
    let mut broken = inputs.values().clone();
    broken[3] = f64::NAN;
    let broken = Sequences::new(broken, 1).unwrap();
    assert!(said(network.pass(&parameters, &broken, None)).contains("not finite"));
    let pass = network.pass(&parameters, &inputs, None).unwrap();
    let slopes = DMatrix::zeros(1, 4);
    assert!(pass.gradient(&slopes, Gradient::Truncated(0)).is_err());
    assert!(
        pass.gradient(&DMatrix::zeros(1, 5), Gradient::Full)
            .is_err()
    );
    assert!(Sequences::new(DMatrix::zeros(2, 5), 2).is_err());
    assert!(Sequences::from_rows(&DMatrix::zeros(2, 5), 2).is_err());
    assert!(Unrolled::new(network, 0).is_err());
}
