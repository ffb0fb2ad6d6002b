//! Texts: known answers of separable convolution, counts of parameters, derivatives of every model, padding.

mod answers;
mod derivatives;
mod training;

use nalgebra::DMatrix;
use pulsatrix::networks::text::{Average, PADDING, TextArchitecture, TextLayer, TextNetwork};

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
