//! Derivatives of every model, and what its layers show.

use nalgebra::{DMatrix, DVector, dmatrix};
use pulsatrix::networks::deep::{DifferentiableModel, Dropout};
use pulsatrix::networks::text::{BagOfWords, TextNetwork};
use pulsatrix::training::flow::{GradientFlow, LogProbability, Loss};

use super::{all, architecture, ordinary, start, targets, texts};

fn models() -> Vec<(&'static str, Box<dyn DifferentiableModel>, Vec<f64>)> {
    let mut models: Vec<(&'static str, Box<dyn DifferentiableModel>, Vec<f64>)> = Vec::new();
    for (name, architecture) in all() {
        let network = TextNetwork::new(architecture).unwrap();
        let parameters: Vec<f64> = start(&network, 4)
            .iter()
            .map(|weight| 0.5 * weight)
            .collect();
        models.push((name, Box::new(network), parameters));
    }
    for outputs in [1, 3] {
        let bag = BagOfWords::learn(&texts(), 11, outputs).unwrap();
        let weights = (0..bag.parameter_count())
            .map(|index| (index as f64).cos())
            .collect();
        models.push(("bag of words", Box::new(bag), weights));
    }
    models
}

/// Theory, 3.4.5: every parameter of every model, and the Hessian along a direction.
#[test]
fn derivatives_are_those_of_the_outputs() {
    let texts = texts();
    for (name, model, parameters) in models() {
        let targets = targets(texts.nrows(), model.output_count());
        let flow = GradientFlow::new(model.as_ref(), &texts, &targets, &LogProbability).unwrap();
        let (_, gradient) = flow.gradient(&parameters).unwrap();
        let outputs = model.outputs(&parameters, &texts).unwrap();
        let cotangent = DMatrix::from_fn(outputs.nrows(), outputs.ncols(), |i, j| {
            (1.0 + i as f64 + 5.0 * j as f64).sin()
        });
        let pulled = model.vjp(&parameters, &texts, &cotangent).unwrap();
        let step = 1e-5;
        for index in 0..parameters.len() {
            let moved = |by: f64| {
                let mut parameters = parameters.clone();
                parameters[index] += by;
                model.outputs(&parameters, &texts).unwrap()
            };
            // of fourth order: recurrent states bend too much for the second
            let [high, low, higher, lower] = [1.0, -1.0, 2.0, -2.0].map(|by| moved(by * step));
            let slope = ((&high - &low) * 8.0 - (&higher - &lower)) / (12.0 * step);
            let mut unit = vec![0.0; parameters.len()];
            unit[index] = 1.0;
            let pushed = model.jvp(&parameters, &texts, &unit).unwrap();
            assert!(
                (&slope - &pushed).amax() < 1e-8,
                "{name}, parameter {index}: {:e}",
                (&slope - &pushed).amax()
            );
            assert!(
                (pushed.dot(&cotangent) - pulled[index]).abs() < 1e-13,
                "{name}, parameter {index}"
            );
            let [high, low, higher, lower] =
                [high, low, higher, lower].map(|outputs| LogProbability.value(&outputs, &targets));
            let rise = ((high - low) * 8.0 - (higher - lower)) / (12.0 * step);
            assert!(
                (rise - gradient[index]).abs() < 1e-6,
                "{name}, parameter {index}"
            );
        }
        let direction: Vec<f64> = (0..parameters.len())
            .map(|index| (0.7 * index as f64).sin())
            .collect();
        let moved = |by: f64| -> DVector<f64> {
            let parameters: Vec<f64> = parameters
                .iter()
                .zip(&direction)
                .map(|(p, d)| p + by * d)
                .collect();
            flow.gradient(&parameters).unwrap().1.into()
        };
        let near = (moved(step) - moved(-step)) * 8.0;
        let bend = (near - (moved(2.0 * step) - moved(-2.0 * step))) / (12.0 * step);
        let product = DVector::from(flow.hessian_product(&parameters, &direction).unwrap());
        assert!(
            (&bend - &product).amax() < 1e-6 * bend.amax().max(1.0),
            "{name}"
        );
    }
}

/// On texts of one word every layer is its middle tap, and the state before is zero: what is shown of the layers leads
/// from word to classes. A text of two words that fits no window shows the means over both.
#[test]
fn hidden_layers_lead_from_words_to_classes() {
    let logistic = |sum: f64| 1.0 / (1.0 + (-sum).exp());
    let single = DMatrix::from_fn(
        9,
        4,
        |text, place| if place == 1 { 2.0 + text as f64 } else { 0.0 },
    );
    for (name, architecture) in all() {
        let network = TextNetwork::new(architecture).unwrap();
        let parameters = start(&network, 6);
        let hidden = network.hidden_layers().expect("a layered model");
        let weights = hidden.layer_weights(&parameters).unwrap();
        let activations = hidden.activations(&parameters, &single).unwrap();
        assert_eq!(activations.len() + 1, weights.len(), "{name}");
        let words = DMatrix::from_fn(11, 9, |word, text| f64::from(u8::from(word == text + 2)));
        let mut below = &weights[0].matrix * words;
        let close = |a: &DMatrix<f64>, b: &DMatrix<f64>| (a.transpose() - b).amax() < 1e-14;
        assert!(close(&below, &activations[0]), "{name}");
        for (index, layer) in weights.iter().enumerate().skip(1) {
            let bias = layer.bias.as_ref().expect("biases");
            let (read, written) = (below.nrows(), bias.len());
            // of a recurrent layer the inputs stand first, of a convolution the taps side by side
            let first = if ["elman", "gated"].contains(&name) {
                0
            } else {
                (layer.matrix.ncols() / read / 2) * read
            };
            let mut sums = layer.matrix.columns(first, read) * &below;
            for mut column in sums.column_iter_mut() {
                column += bias;
            }
            if index == activations.len() {
                let outputs = network.outputs(&parameters, &single).unwrap();
                let probabilities = if written == 1 {
                    sums.map(logistic)
                } else {
                    let mut all = sums.map(f64::exp);
                    for mut column in all.column_iter_mut() {
                        column /= column.sum();
                    }
                    all
                };
                assert!(close(&probabilities, &outputs), "{name}");
                break;
            }
            below = match name {
                "elman" => sums.map(f64::tanh),
                "gated" => DMatrix::from_fn(written / 3, sums.ncols(), |unit, text| {
                    let kept = 1.0 - logistic(sums[(unit, text)]);
                    kept * sums[(unit + 2 * written / 3, text)].tanh()
                }),
                _ => sums.map(|sum| sum.max(0.0)),
            };
            assert!(close(&below, &activations[index]), "{name}, layer {index}");
        }
    }
    let network = TextNetwork::new(architecture(4, vec![ordinary(1, 5)], 1, 3)).unwrap();
    let parameters = start(&network, 7);
    let hidden = network.hidden_layers().expect("a layered model");
    let shown = |texts: &DMatrix<f64>| hidden.activations(&parameters, texts).unwrap();
    let both = shown(&dmatrix![3.0, 7.0, 0.0]);
    let each = shown(&dmatrix![3.0; 7.0]);
    for (both, each) in both.iter().zip(&each) {
        assert!((both.row(0) - each.row_mean()).amax() < 1e-15);
    }
}

/// Theory, 3.4.5: the kernel is the sum over the layers of what each of them adds.
#[test]
fn the_tangent_kernel_is_a_sum_over_layers() {
    let texts = texts().rows(0, 6).into_owned();
    for (name, architecture) in all() {
        let network = TextNetwork::new(architecture).unwrap();
        let parameters = start(&network, 5);
        let size = 6 * network.output_count();
        let mut jacobian = DMatrix::zeros(size, parameters.len());
        for row in 0..size {
            let mut unit = DMatrix::zeros(6, network.output_count());
            unit[row] = 1.0;
            let found = network.vjp(&parameters, &texts, &unit).unwrap();
            jacobian.row_mut(row).copy_from_slice(&found);
        }
        let mut sum = DMatrix::zeros(size, size);
        for range in network.parameter_ranges() {
            let part = jacobian.columns(range.start, range.len());
            sum += part * part.transpose();
        }
        let kernel = network.ntk(&parameters, &texts, None).unwrap();
        assert!(
            (&kernel - sum).amax() < 1e-13 * kernel.amax().max(1.0),
            "{name}"
        );
        assert!(kernel.amax() > 1e-6, "{name}");
    }
}

#[test]
fn dropout_keeps_the_mean_and_its_derivatives_belong_together() {
    let texts = texts();
    let network = TextNetwork::new(all().remove(0).1).unwrap();
    let parameters = start(&network, 6);
    let dropout = Dropout {
        words: 0.3,
        dense: 0.4,
        seed: 5,
        ..Dropout::default()
    };
    let thinned = network.thinned(dropout, 7).unwrap();
    let direction: Vec<f64> = (0..parameters.len())
        .map(|index| (index as f64).sin())
        .collect();
    let cotangent = DMatrix::from_fn(18, 3, |i, j| (i as f64 - 2.0 * j as f64).cos());
    let pushed = thinned.jvp(&parameters, &texts, &direction).unwrap();
    let pulled = thinned.vjp(&parameters, &texts, &cotangent).unwrap();
    let along: f64 = pulled.iter().zip(&direction).map(|(a, b)| a * b).sum();
    assert!((pushed.dot(&cotangent) - along).abs() < 1e-12);
    let again = network
        .thinned(dropout, 7)
        .unwrap()
        .outputs(&parameters, &texts)
        .unwrap();
    assert_eq!(again, thinned.outputs(&parameters, &texts).unwrap());
    let other = network
        .thinned(dropout, 8)
        .unwrap()
        .outputs(&parameters, &texts)
        .unwrap();
    assert!((again - other).amax() > 1e-3);
    let none = Dropout {
        words: 1.0,
        ..dropout
    };
    assert!(network.thinned(none, 0).is_err());
}
