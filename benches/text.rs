//! Steps of training on texts: separable against ordinary convolution of the same channels, in time and in
//! multiplications.
//!
//! `cargo bench --bench text`

use std::time::Instant;

use nalgebra::DMatrix;
use pulsatrix::networks::deep::DifferentiableModel;
use pulsatrix::networks::text::{Average, TextArchitecture, TextLayer, TextNetwork};
use pulsatrix::training::flow::{LogProbability, Loss};

/// Least time of a gradient in seconds, of twenty.
fn gradient(network: &TextNetwork, texts: &DMatrix<f64>, targets: &DMatrix<f64>) -> f64 {
    let parameters = network.initial(1);
    let slope = |outputs: &DMatrix<f64>| LogProbability.slope(outputs, targets);
    let mut best = f64::INFINITY;
    for _ in 0..20 {
        let start = Instant::now();
        let found = network.gradient(&parameters, texts, &slope);
        best = best.min(start.elapsed().as_secs_f64());
        assert!(found.is_ok());
    }
    best
}

fn main() {
    let (texts, words) = (32, 128);
    let inputs = DMatrix::from_fn(texts, words, |text, word| {
        (2 + (37 * text + 91 * word) % 998) as f64
    });
    let targets = DMatrix::from_fn(texts, 10, |text, class| {
        f64::from(u8::from(text % 10 == class))
    });
    println!("gradient of 32 texts of 128 words, two layers, kernel 5");
    println!("channels  separable ms  ordinary ms  ratio of times  of multiply-adds");
    for channels in [16, 32, 64, 128] {
        let of = |layer: fn(usize) -> TextLayer| {
            let architecture = TextArchitecture {
                vocabulary: 1000,
                embedding: channels,
                layers: vec![layer(channels); 2],
                kernel: 1,
                outputs: 10,
                average: Average::Words,
            };
            let cost = architecture.multiply_adds(words) as f64;
            let network = TextNetwork::new(architecture).expect("sound sizes");
            (gradient(&network, &inputs, &targets), cost)
        };
        let (separable, few) = of(|channels| TextLayer::Separable {
            kernel: 5,
            channels,
        });
        let (ordinary, many) = of(|channels| TextLayer::Convolution {
            kernel: 5,
            channels,
        });
        println!(
            "{channels:8}  {:12.3}  {:11.3}  {:14.2}  {:16.2}",
            1e3 * separable,
            1e3 * ordinary,
            ordinary / separable,
            many / few
        );
    }
}
