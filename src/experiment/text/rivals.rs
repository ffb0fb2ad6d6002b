//! The separable network of a model file, and its rivals with as many parameters.

use super::settings::NetworkSettings;
use crate::networks::text::{TextArchitecture, TextLayer};

/// Names of the networks, the separable one first.
pub const NETWORKS: [&str; 5] = [
    "separable",
    "convolution",
    "dense on the mean",
    "Elman",
    "gated",
];

/// Name of the logistic regression.
pub const REGRESSION: &str = "bag of words";

/// All networks for so many words and outputs, in the order of [`NETWORKS`].
pub(super) fn architectures(
    settings: &NetworkSettings,
    vocabulary: usize,
    outputs: usize,
) -> Vec<TextArchitecture> {
    let base = |layers, kernel| TextArchitecture {
        vocabulary,
        embedding: *settings.embedding,
        layers,
        kernel,
        outputs,
        average: *settings.average,
    };
    let blocks = |widths: &[usize], kernel, layer: fn(usize, usize) -> TextLayer| {
        let blocks = widths.iter().flat_map(|width| {
            let pool = (*settings.pool > 1).then_some(TextLayer::MaxPool {
                width: *settings.pool,
            });
            std::iter::once(layer(kernel, *width)).chain(pool)
        });
        base(blocks.collect(), *settings.last)
    };
    let widths: Vec<usize> = settings.channels.iter().map(|width| **width).collect();
    let separable = blocks(&widths, *settings.kernel, |kernel, channels| {
        TextLayer::Separable { kernel, channels }
    });
    let aim = parameters(&separable);
    // The first block takes up what is left when all have the same width.
    let convolution = nearest(aim, |width| {
        (width.saturating_sub(4).max(1)..width + 5)
            .map(|first| {
                let mut widths = vec![width; widths.len()];
                widths[0] = first;
                blocks(&widths, *settings.ordinary_kernel, |kernel, channels| {
                    TextLayer::Convolution { kernel, channels }
                })
            })
            .collect()
    });
    let one =
        |layers: fn(usize) -> Vec<TextLayer>| nearest(aim, |width| vec![base(layers(width), 1)]);
    let dense = one(|channels| {
        vec![
            TextLayer::Mean,
            TextLayer::Convolution {
                kernel: 1,
                channels,
            },
        ]
    });
    // The mean of the states: their last one has to carry a text of a hundred words.
    let elman = one(|units| vec![TextLayer::Elman { units }, TextLayer::Mean]);
    let gated = one(|units| vec![TextLayer::Gated { units }, TextLayer::Mean]);
    vec![separable, convolution, dense, elman, gated]
}

/// The first rival whose parameters are a tenth away from those of the separable network or more, with both numbers.
pub(super) fn unequal(all: &[TextArchitecture]) -> Option<(&'static str, usize, usize)> {
    let aim = parameters(&all[0]);
    let named = NETWORKS.into_iter().zip(all);
    let mut counted = named.map(|(name, network)| (name, parameters(network), aim));
    counted.find(|(_, own, aim)| own.abs_diff(*aim) * 10 > *aim)
}

/// Parameters without the embedding.
pub(super) fn parameters(architecture: &TextArchitecture) -> usize {
    architecture.layer_parameters().iter().sum()
}

/// The candidate of all widths whose parameters are nearest to `aim`.
fn nearest(aim: usize, candidates: impl Fn(usize) -> Vec<TextArchitecture>) -> TextArchitecture {
    let mut best = candidates(1).swap_remove(0);
    for width in 1.. {
        let all = candidates(width);
        let least = all.iter().map(parameters).min().unwrap_or(0);
        for candidate in all {
            if parameters(&candidate).abs_diff(aim) < parameters(&best).abs_diff(aim) {
                best = candidate;
            }
        }
        if least > 2 * aim {
            break;
        }
    }
    best
}
