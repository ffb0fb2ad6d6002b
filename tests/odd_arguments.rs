//! Public constructors of every room with wrong sizes, NaN, infinities and numbers at the ends of their range: what
//! cannot be is an `Err` that says why, never a panic, and what is `Ok` holds numbers.

#![allow(clippy::unwrap_used)] // a failed precondition should panic

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};

use nalgebra::DMatrix;
use pulsatrix::networks::deep::{
    Architecture, DeepNetwork, DifferentiableModel, Image, Initialisation,
};
use pulsatrix::networks::predictive::{Activation, CovarianceMemory, PredictiveNetwork};
use pulsatrix::networks::{
    Coupling, Hutchinson, ImpulseNetwork, ImpulseParameters, MackeyGlass, ModernHopfield, Pattern,
};
use pulsatrix::numerics::random::{Stream, stream};
use pulsatrix::probes::homology::{
    FilteredGraph, RelevanceOptions, Relevances, delay_embedding, graph_diagrams, landmarks,
    relevance_diagrams,
};
use pulsatrix::probes::information::{Bins, Bound, NeuralOptions, binned, ksg, neural_bound};
use pulsatrix::probes::symmetry::{TwoLayerNetwork, compare};
use pulsatrix::probes::veca;
use pulsatrix::solver::{Options, OrdinaryMethod, Save, ordinary_field, solve_ordinary};
use pulsatrix::training::flow::{GradientFlow, Linearised, Squared};
use rand::RngExt;
use rand::seq::IndexedRandom;

/// Whether everything that came out is a number; `Err` is a refusal.
type Sound = Result<bool, Box<dyn Error>>;

const ODD: [f64; 12] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1e-300,
    1e300,
    -1e300,
    f64::MIN_POSITIVE,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
];

/// A number that is odd one time in four, so that some arguments are sound.
fn number(random: &mut Stream) -> f64 {
    match random.random_range(0..4) {
        0 => *ODD.choose(random).unwrap(),
        _ => random.random_range(-2.0..2.0),
    }
}

fn size(random: &mut Stream) -> usize {
    random.random_range(0..4)
}

fn list(random: &mut Stream) -> Vec<f64> {
    let count = size(random);
    (0..count).map(|_| number(random)).collect()
}

fn matrix(random: &mut Stream) -> DMatrix<f64> {
    let shape = (size(random), size(random));
    DMatrix::from_fn(shape.0, shape.1, |_, _| number(random))
}

fn finite<'a>(numbers: impl IntoIterator<Item = &'a f64>) -> bool {
    numbers.into_iter().all(|number| number.is_finite())
}

fn impulse(random: &mut Stream) -> Sound {
    let coupling = match random.random_range(0..4) {
        0 => Coupling::None,
        1 => Coupling::Ring,
        2 => Coupling::AllToAll { self_term: false },
        _ => Coupling::Weights(matrix(random)),
    };
    let network = ImpulseNetwork::new(ImpulseParameters {
        a: list(random),
        b: list(random),
        c: list(random),
        lambda: [number(random), f64::INFINITY][random.random_range(0..2)],
        coupling,
        ..ImpulseParameters::homogeneous(1, 1.0, 0.5, -44.0, number(random))
    })?;
    let state = list(random);
    let mut engine = network.engine(&state, Options::default())?;
    engine.advance(0.25)?;
    Ok(finite(engine.state()))
}

fn scalar_equations(random: &mut Stream) -> Sound {
    let [a, b, c, d] = [(); 4].map(|()| number(random));
    Hutchinson::new(a, b)?;
    MackeyGlass::new(a, b, c, d)?;
    Ok(true)
}

fn ordinary(random: &mut Stream) -> Sound {
    let field = ordinary_field(2, |_, y: &[f64], slope: &mut [f64]| {
        slope[0] = y[1];
        slope[1] = -y[0];
    });
    let options = Options {
        relative_tolerance: number(random),
        absolute_tolerance: number(random),
        maximum_step: Some(number(random)),
        maximum_steps: 1_000,
        ..Options::default()
    };
    let span = (number(random), number(random));
    let save = Save::At(list(random));
    let run = solve_ordinary(
        &field,
        &list(random),
        span,
        OrdinaryMethod::default(),
        &options,
        &save,
    )?;
    Ok(finite(&run.states))
}

fn memories(random: &mut Stream) -> Sound {
    let neurons = size(random);
    let count = size(random);
    let patterns: Vec<Pattern> = (0..count)
        .map(|_| {
            (0..neurons + random.random_range(0..2))
                .map(|_| random.random())
                .collect()
        })
        .collect();
    let network = ModernHopfield::new(&patterns, number(random))?;
    let start: Vec<f64> = (0..network.neurons()).map(|_| number(random)).collect();
    let found = network.relax(&start);
    // At rest, or said not to be.
    Ok(!found.at_rest || finite(&found.state))
}

fn covariance(random: &mut Stream) -> Sound {
    let memory = CovarianceMemory::store(&matrix(random), number(random))?;
    let known: Vec<bool> = (0..size(random)).map(|_| random.random()).collect();
    Ok(finite(memory.complete(&matrix(random), &known)?.iter()))
}

fn predictive(random: &mut Stream) -> Sound {
    let count = size(random);
    let matrices = (0..count).map(|_| matrix(random)).collect();
    let activations = vec![Activation::LeakyRelu(number(random)); size(random)];
    PredictiveNetwork::from_matrices(matrices, activations)?;
    Ok(true)
}

fn deep(random: &mut Stream) -> Sound {
    let widths: Vec<usize> = (0..size(random)).map(|_| size(random)).collect();
    let network = DeepNetwork::new(Architecture {
        input: Image::vector(size(random)),
        activation: [
            Activation::Tanh,
            Activation::Softmax,
            Activation::LeakyRelu(number(random)),
        ][random.random_range(0..3)],
        sigma_w: number(random),
        sigma_b: number(random),
        ..Architecture::fully_connected(1, &widths, size(random))
    })?;
    let start = network.initial(Initialisation::Orthogonal, 1)?;
    let parameters = [start, list(random)];
    let parameters = &parameters[random.random_range(0..2)];
    let (inputs, targets) = (matrix(random), matrix(random));
    let outputs = network.outputs(parameters, &inputs)?;
    let flow = GradientFlow::new(&network, &inputs, &targets, &Squared)?;
    let (loss, gradient) = flow.gradient(parameters)?;
    // A loss beyond the range of numbers is infinite, by which descent knows that it has diverged.
    Ok(finite(outputs.iter()) && !loss.is_nan() && (loss.is_infinite() || finite(&gradient)))
}

fn linearised(random: &mut Stream) -> Sound {
    let half = matrix(random);
    let kernel = if random.random() {
        &half * half.transpose()
    } else {
        half
    };
    let flow = Linearised::new(&kernel, &matrix(random), &matrix(random))?;
    let loss = flow.loss(number(random).abs().min(1e3));
    flow.descended(number(random), 3)?;
    flow.regression(number(random))?;
    Ok(!loss.is_nan())
}

fn homology(random: &mut Stream) -> Sound {
    let threshold = random.random::<bool>().then(|| number(random));
    let mut data = matrix(random);
    if data.is_square() {
        data.fill_diagonal(0.0);
        data.fill_upper_triangle_with_lower_triangle();
    }
    let graph = match random.random_range(0..3) {
        0 => FilteredGraph::of_points(&data, threshold)?,
        1 => FilteredGraph::of_distances(&data, threshold)?,
        _ => FilteredGraph::of_weights(&data, threshold)?,
    };
    let found = graph_diagrams(&graph, size(random))?;
    Ok(found
        .iter()
        .flat_map(|found| &found.intervals)
        .all(|class| class.death > class.birth))
}

fn relevance(random: &mut Stream) -> Sound {
    let count = size(random);
    let layers: Vec<Relevances> = (0..count)
        .map(|_| Relevances::dense(&matrix(random)))
        .collect();
    let options = RelevanceOptions {
        threshold: number(random),
        ..RelevanceOptions::default()
    };
    relevance_diagrams(&layers, options)?;
    Ok(true)
}

fn embedding(random: &mut Stream) -> Sound {
    let points = delay_embedding(&list(random), size(random), size(random))?;
    let (chosen, cover) = landmarks(&points, size(random))?;
    Ok(finite(chosen.iter()) && cover.is_finite())
}

fn information(random: &mut Stream) -> Sound {
    let (x, y) = (matrix(random), matrix(random));
    let bins = [Bins::EqualWidth, Bins::EqualCount][random.random_range(0..2)];
    let found = match random.random_range(0..3) {
        0 => ksg(&x, &y, size(random))?,
        1 => binned(&x, &y, size(random), bins)?,
        _ => {
            let rows = 60;
            let x = DMatrix::from_fn(rows, 1, |_, _| random.random::<f64>());
            let options = NeuralOptions {
                widths: vec![size(random)],
                steps: size(random),
                batch: size(random),
                rate: number(random),
                seed: 1,
            };
            neural_bound(&x, &x, Bound::Nwj, &options)?.estimate
        }
    };
    Ok(found.nats.is_finite() && found.standard_error.is_finite())
}

/// Two layers that chain, three times in four.
fn two_layers(random: &mut Stream) -> Result<TwoLayerNetwork, Box<dyn Error>> {
    let [inputs, hidden, outputs] = [2, random.random_range(1..4), 1];
    let mut filled = |rows, columns| DMatrix::from_fn(rows, columns, |_, _| number(random));
    let (weights, biases) = (
        filled(hidden, inputs),
        filled(hidden, 1).column(0).into_owned(),
    );
    let (read_out, offsets) = (
        filled(outputs, hidden),
        filled(outputs, 1).column(0).into_owned(),
    );
    let weights = if random.random_range(0..4) == 0 {
        matrix(random)
    } else {
        weights
    };
    Ok(TwoLayerNetwork::new(weights, biases, read_out, offsets)?)
}

fn symmetry(random: &mut Stream) -> Sound {
    let (first, second) = (two_layers(random)?, two_layers(random)?);
    let tolerance = [number(random), 1e-10][random.random_range(0..2)];
    let found = compare(&first, &second, tolerance)?;
    Ok(found.distance.is_finite())
}

fn spectra(random: &mut Stream) -> Sound {
    Ok(veca(&matrix(random))?.variance.is_finite())
}

#[test]
fn odd_arguments_are_refused_and_never_panic() {
    type Room = (&'static str, u64, fn(&mut Stream) -> Sound);
    let rooms: [Room; 16] = [
        ("impulse", 20_000, impulse),
        ("scalar equations", 2_000, scalar_equations),
        ("ordinary", 2_000, ordinary),
        ("memories", 5_000, memories),
        ("covariance", 5_000, covariance),
        ("predictive", 5_000, predictive),
        ("deep", 20_000, deep),
        ("linearised", 20_000, linearised),
        ("homology", 20_000, homology),
        ("relevance", 5_000, relevance),
        ("embedding", 5_000, embedding),
        ("information", 3_000, information),
        ("symmetry", 20_000, symmetry),
        ("spectra", 5_000, spectra),
        ("points", 500, |random| {
            Ok(FilteredGraph::of_points(&matrix(random), None)?.vertices() > 0)
        }),
        ("weights", 500, |random| {
            Ok(FilteredGraph::of_weights(&matrix(random), None)?.vertices() > 0)
        }),
    ];
    let mut failures = Vec::new();
    for (name, count, room) in rooms {
        let (mut refused, mut done) = (0, 0);
        for number in 0..count {
            let mut random = stream(1, name, number);
            match catch_unwind(AssertUnwindSafe(|| room(&mut random))) {
                Ok(Ok(true)) => done += 1,
                Ok(Ok(false)) => {
                    failures.push(format!("{name} {number}: no number is called a result"));
                }
                Ok(Err(error)) => {
                    refused += 1;
                    if error.to_string().is_empty() {
                        failures.push(format!("{name} {number}: refused without a word"));
                    }
                }
                Err(_) => failures.push(format!("{name} {number}: panics")),
            }
        }
        assert!(
            refused > 0 && done > 0,
            "{name}: {refused} refused, {done} done"
        );
    }
    failures.truncate(20);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
