//! Texts: known answers of separable convolution, counts of parameters, derivatives of every model, padding.

use nalgebra::{DMatrix, DVector, dmatrix};
use pulsatrix::networks::deep::{DifferentiableModel, Dropout};
use pulsatrix::networks::text::{
    Average, BagOfWords, PADDING, TextArchitecture, TextLayer, TextNetwork, UNKNOWN, Vocabulary,
    words,
};
use pulsatrix::training::flow::{
    BatchOptions, BatchState, Descent, EarlyStopped, EarlyStopping, GradientFlow, LogProbability,
    Loss, MiniBatches,
};

fn architecture(
    embedding: usize,
    layers: Vec<TextLayer>,
    kernel: usize,
    outputs: usize,
) -> TextArchitecture {
    TextArchitecture {
        vocabulary: 11,
        embedding,
        layers,
        kernel,
        outputs,
        average: Average::Words,
    }
}

fn separable(kernel: usize, channels: usize) -> TextLayer {
    TextLayer::Separable { kernel, channels }
}

fn ordinary(kernel: usize, channels: usize) -> TextLayer {
    TextLayer::Convolution { kernel, channels }
}

/// Every kind of network, small.
fn all() -> Vec<(&'static str, TextArchitecture)> {
    let pool = TextLayer::MaxPool { width: 2 };
    vec![
        (
            "separable",
            architecture(4, vec![separable(3, 5), pool, separable(5, 4)], 3, 3),
        ),
        (
            "ordinary",
            architecture(4, vec![ordinary(3, 5), pool, ordinary(3, 4)], 3, 3),
        ),
        ("sigmoid", architecture(3, vec![separable(3, 4)], 3, 1)),
        (
            "dense",
            architecture(4, vec![TextLayer::Mean, ordinary(1, 5)], 1, 3),
        ),
        (
            "elman",
            architecture(
                3,
                vec![TextLayer::Elman { units: 4 }, TextLayer::Mean],
                1,
                3,
            ),
        ),
        (
            "gated",
            architecture(3, vec![TextLayer::Gated { units: 4 }], 1, 3),
        ),
    ]
}

/// Texts of several lengths, one empty, one with padding in front; more than one pass works on at once.
fn texts() -> DMatrix<f64> {
    DMatrix::from_fn(18, 9, |text, position| {
        let length = [9, 4, 1, 0, 6][text % 5];
        let within = if text % 7 == 6 {
            position >= 2
        } else {
            position < length
        };
        if within {
            (1 + (3 * text + 5 * position + position * position) % 10) as f64
        } else {
            PADDING as f64
        }
    })
}

fn targets(texts: usize, outputs: usize) -> DMatrix<f64> {
    DMatrix::from_fn(texts, outputs, |text, class| {
        let own = if outputs == 1 {
            text % 2 == 0
        } else {
            text % outputs == class
        };
        if own { 1.0 } else { 0.0 }
    })
}

/// Parameters without zeros, so that no rectifier stands on its kink.
fn start(network: &TextNetwork, seed: u64) -> Vec<f64> {
    let parameters = network.initial(seed);
    let shifted = parameters.iter().enumerate();
    shifted
        .map(|(index, weight)| weight * 3.0 + 0.05 * (index as f64).sin())
        .collect()
}

/// Theory, 3.4.1.
#[test]
fn a_separable_layer_is_an_ordinary_one_of_rank_one() {
    let network = TextNetwork::new(architecture(
        4,
        vec![separable(5, 6), separable(3, 5)],
        3,
        3,
    ))
    .unwrap();
    let parameters = start(&network, 1);
    let (twin, same) = network.ordinary(&parameters).unwrap();
    let texts = texts();
    let (one, other) = (
        network.outputs(&parameters, &texts).unwrap(),
        twin.outputs(&same, &texts).unwrap(),
    );
    assert!((one - other).amax() < 1e-12);
    let kernel = &same[twin.parameter_ranges()[1].clone()];
    for channel in 0..4 {
        let slice = DMatrix::from_fn(5, 6, |tap, output| kernel[(tap * 4 + channel) * 6 + output]);
        let values = slice.singular_values();
        assert!(
            values[0] > 0.01 && values[1] < 1e-15 * 5.0 * values[0].max(1.0),
            "{values}"
        );
    }
}

/// Theory, 3.4.2.
#[test]
fn parameters_are_those_of_the_published_layers() {
    let pool = TextLayer::MaxPool { width: 3 };
    for (inputs, channels, of_separable, of_ordinary) in [
        (200, 64, 13_464, 38_464),
        (64, 64, 4_352, 12_352),
        (64, 128, 8_512, 24_704),
        (128, 128, 16_896, 49_280),
    ] {
        for (layer, count) in [
            (separable(3, channels), of_separable),
            (ordinary(3, channels), of_ordinary),
        ] {
            assert_eq!(
                architecture(inputs, vec![layer], 1, 1).layer_parameters()[0],
                count
            );
        }
    }
    // The network of Google's guide: dense at the end, which behind a mean is a convolution of one tap.
    let layers = vec![
        separable(3, 64),
        separable(3, 64),
        pool,
        separable(3, 128),
        separable(3, 128),
        TextLayer::Mean,
    ];
    let google = TextArchitecture {
        vocabulary: 20_000,
        ..architecture(200, layers, 1, 1)
    };
    assert_eq!(google.layer_parameters().iter().sum::<usize>(), 43_353);
    assert_eq!(
        TextNetwork::new(google).unwrap().parameter_count(),
        4_043_353
    );
    let small = architecture(16, vec![separable(5, 24), pool, separable(5, 24)], 3, 1);
    assert_eq!(small.layer_parameters(), [488, 0, 720, 73]);
    // 16 (5 + 24) at every word, 24 (5 + 24) and 3 x 24 at every third
    assert_eq!(small.multiply_adds(30), 30 * 464 + 10 * (696 + 72));
}

/// Embeddings are the logits: a network of one tap whose weights are the identity.
fn logits(rows: &[[f64; 2]]) -> (TextNetwork, Vec<f64>) {
    let network = TextNetwork::new(TextArchitecture {
        vocabulary: rows.len() + 2,
        ..architecture(2, Vec::new(), 1, 2)
    })
    .unwrap();
    let table = [vec![0.0; 4], rows.concat()].concat();
    (
        network,
        [table, vec![1.0, 0.0, 0.0, 1.0, 0.0, 0.0]].concat(),
    )
}

/// Theory, 3.4.3.
#[test]
fn the_mean_of_softmax_is_not_the_softmax_of_the_mean() {
    let (network, parameters) = logits(&[[2.0, 0.0], [0.0, 0.0], [1.0, 0.0]]);
    let texts = DMatrix::from_row_slice(3, 2, &[2.0, 3.0, 4.0, 0.0, 2.0, 0.0]);
    let found = network.outputs(&parameters, &texts).unwrap();
    assert!((found[(0, 0)] - 0.690399).abs() < 5e-7 && (found[(0, 1)] - 0.309601).abs() < 5e-7);
    // one position: the softmax of the mean of both
    assert!((found[(1, 0)] - 0.731059).abs() < 5e-7 && (found[(1, 1)] - 0.268941).abs() < 5e-7);
    for (name, architecture) in all().into_iter().filter(|(name, _)| *name != "sigmoid") {
        let network = TextNetwork::new(architecture).unwrap();
        let found = network
            .outputs(&start(&network, 2), &self::texts())
            .unwrap();
        for row in found.row_iter() {
            assert!(
                (row.sum() - 1.0).abs() < 1e-15 * 4.0 && row.min() > 0.0,
                "{name}: {row}"
            );
        }
    }
}

/// Theory, 3.4.4: among words the shift may be any, among positions as far as the receptive field of three allows.
#[test]
fn a_shifted_text_gives_the_same_output() {
    let at = |first: usize, length: usize| {
        DMatrix::from_fn(1, length, |_, position| {
            let word = position.checked_sub(first).filter(|word| *word < 6);
            word.map_or(0.0, |word| (2 + word) as f64)
        })
    };
    let layers = vec![separable(3, 5), separable(3, 4)];
    let network = TextNetwork::new(architecture(4, layers.clone(), 3, 3)).unwrap();
    // a start that gives padding another vote than the words
    let parameters = start(&network, 2);
    let of =
        |network: &TextNetwork, text: &DMatrix<f64>| network.outputs(&parameters, text).unwrap();
    let first = of(&network, &at(0, 6));
    for (shift, length) in [(0, 20), (3, 20), (14, 20)] {
        assert_eq!(of(&network, &at(shift, length)), first);
    }
    let positions = TextArchitecture {
        average: Average::Positions,
        ..architecture(4, layers, 3, 3)
    };
    let positions = TextNetwork::new(positions).unwrap();
    let middle = of(&positions, &at(6, 24));
    assert!((of(&positions, &at(9, 24)) - &middle).amax() < 1e-15);
    assert!((of(&positions, &at(0, 24)) - &middle).amax() > 1e-4);
    // every padding votes
    assert!((of(&positions, &at(6, 240)) - &middle).amax() > 1e-3);
    assert!((middle - first).amax() > 1e-3);
}

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

/// The class of a text is the word that it starts with or not; order matters, so no bag of words could tell.
#[test]
fn mini_batches_learn_the_order_of_words_bit_for_bit() {
    let inputs = DMatrix::from_fn(40, 6, |text, position| {
        let (first, second) = if text % 2 == 0 { (2, 3) } else { (3, 2) };
        match position {
            1 => first as f64,
            2 => second as f64,
            _ => (4 + (text + 3 * position) % 7) as f64,
        }
    });
    let targets = targets(40, 1);
    let network = TextNetwork::new(architecture(8, vec![separable(3, 12)], 3, 1)).unwrap();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| {
            let flow = GradientFlow::new(&network, &inputs, &targets, &LogProbability).unwrap();
            let options = BatchOptions {
                rule: Descent::Adam { rate: 0.02 },
                batch: 20,
                ..BatchOptions::default()
            };
            let mut batches = MiniBatches::new(&flow, network.initial(1), options).unwrap();
            (0..60).for_each(|_| {
                batches.epoch().unwrap();
            });
            (
                batches.parameters().to_vec(),
                flow.gradient(batches.parameters()).unwrap().0,
            )
        })
    };
    let (weights, loss) = run(1);
    assert!(loss / 40.0 < 0.2, "{loss}");
    assert_eq!(run(2), (weights, loss));
}

/// Kept as text in the middle of an epoch and of its patience, a training goes on to the bits of an unbroken one, and
/// ends where the rule says: at the least loss of what is held out.
#[test]
fn an_interrupted_training_goes_on_bit_for_bit() {
    let inputs = DMatrix::from_fn(50, 6, |text, position| {
        (2 + (5 * text + 3 * position + text * position) % 9) as f64
    });
    // whether the second word is one of the later half
    let targets = DMatrix::from_fn(50, 1, |text, _| {
        f64::from(u8::from(inputs[(text, 1)] > 5.0))
    });
    let network = TextNetwork::new(architecture(6, vec![separable(3, 8)], 3, 1)).unwrap();
    let part = |from: usize, count: usize| {
        let pick = |of: &DMatrix<f64>| of.rows(from, count).into_owned();
        (pick(&inputs), pick(&targets))
    };
    let (learnt, held) = (part(0, 36), part(36, 14));
    let learnt = GradientFlow::new(&network, &learnt.0, &learnt.1, &LogProbability).unwrap();
    let held = GradientFlow::new(&network, &held.0, &held.1, &LogProbability).unwrap();
    let options = BatchOptions {
        rule: Descent::Adam { rate: 0.02 },
        batch: 10,
        ..BatchOptions::default()
    };
    let stopping = EarlyStopping {
        epochs: 100,
        patience: 4,
        penalty: 1e-3,
        dropout: None,
    };
    let run = |broken: bool| {
        let mut batches = MiniBatches::new(&learnt, network.initial(2), options).unwrap();
        let mut course = EarlyStopped::begin(&batches, &held).unwrap();
        while !course.is_over(stopping) {
            course.advance(&mut batches, &held, stopping).unwrap();
            if broken {
                let kept = serde_json::to_string(&(batches.state(), &course)).unwrap();
                let (state, read): (BatchState, EarlyStopped) =
                    serde_json::from_str(&kept).unwrap();
                batches = MiniBatches::resume(&learnt, state, options).unwrap();
                course = read;
            }
        }
        course
    };
    let course = run(false);
    assert_eq!(run(true), course);
    let (best, least) =
        course
            .held_out_loss
            .iter()
            .enumerate()
            .fold((0, f64::INFINITY), |found, (epoch, loss)| {
                if *loss < found.1 {
                    (epoch + 1, *loss)
                } else {
                    found
                }
            });
    assert_eq!((course.epoch, course.least), (best, least));
    assert_eq!(course.held_out_loss.len(), best + 4, "patience has run out");

    // in the middle of an epoch
    let mut whole = MiniBatches::new(&learnt, network.initial(2), options).unwrap();
    let mut broken = whole.clone();
    for _ in 0..7 {
        whole.step().unwrap();
        broken.step().unwrap();
        broken = MiniBatches::resume(&learnt, broken.state().clone(), options).unwrap();
    }
    assert_eq!(whole.state(), broken.state());
    let plain = BatchOptions {
        rule: Descent::Plain { rate: 0.02 },
        ..options
    };
    let refused = MiniBatches::resume(&learnt, whole.state().clone(), plain);
    let refused = refused
        .err()
        .map(|error| error.to_string())
        .unwrap_or_default();
    assert!(refused.contains("another rule"), "{refused}");
}

#[test]
fn words_are_those_of_unicode() {
    assert_eq!(
        words("The CAT's 1,000 cats; naïve—Straße 国"),
        ["the", "cat's", "1,000", "cats", "naïve", "straße", "国"]
    );
    assert_eq!(
        words("don't don\u{2019}t 'quoted'"),
        ["don't", "don't", "quoted"]
    );
    assert!(words(" \t...!? ").is_empty());
    let vocabulary = Vocabulary::learn(["b a a c", "A b d"], 2, 10);
    assert_eq!(
        (vocabulary.size(), vocabulary.word(2), vocabulary.word(3)),
        (4, Some("a"), Some("b"))
    );
    assert_eq!(
        (
            vocabulary.word(PADDING),
            vocabulary.word(UNKNOWN),
            vocabulary.word(4)
        ),
        (None, None, None)
    );
    assert_eq!(vocabulary.numbers("a z b"), [2, UNKNOWN, 3]);
    assert_eq!(Vocabulary::learn(["b a a c b"], 1, 2).size(), 4);
    let rows = vocabulary.rows(["a b a", "z"], 2);
    assert_eq!(rows, DMatrix::from_row_slice(2, 2, &[2.0, 3.0, 1.0, 0.0]));
}

#[test]
fn what_is_no_network_or_no_text_is_refused() {
    for broken in [
        architecture(0, Vec::new(), 3, 2),
        architecture(4, Vec::new(), 2, 2),
        architecture(4, vec![separable(4, 3)], 3, 2),
        architecture(4, vec![TextLayer::MaxPool { width: 0 }], 3, 2),
        architecture(4, vec![TextLayer::Elman { units: 0 }], 3, 2),
        TextArchitecture {
            vocabulary: 2,
            ..architecture(4, Vec::new(), 3, 2)
        },
    ] {
        assert!(TextNetwork::new(broken).is_err());
    }
    let network = TextNetwork::new(architecture(4, Vec::new(), 3, 2)).unwrap();
    let parameters = network.initial(1);
    for number in [11.0, -1.0, 0.5, f64::NAN] {
        let text = DMatrix::from_element(1, 3, number);
        let error = network.outputs(&parameters, &text).unwrap_err();
        assert!(error.to_string().contains("number of a word"), "{error}");
    }
    assert!(network.outputs(&parameters[1..], &texts()).is_err());
    assert!(
        network
            .vjp(&parameters, &texts(), &DMatrix::zeros(2, 2))
            .is_err()
    );
}
