//! Known answers: outputs, counts, padding, words, refusals.

use nalgebra::DMatrix;
use pulsatrix::networks::deep::DifferentiableModel;
use pulsatrix::networks::text::{
    Average, PADDING, TextArchitecture, TextLayer, TextNetwork, UNKNOWN, Vocabulary, words,
};

use super::{all, architecture, ordinary, separable, start, texts};

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
