//! A 784-600-600-10 tanh network on batches of 200 pairs, everything in one run:
//!
//! - relaxation to residual 1e-6 by the quasi-Newton method against forward Euler at the published
//!   step, and by both at instantaneous errors;
//! - training, samples a second, against the published scheme and a short explicit one;
//! - the products of the network against the product of two matrices of 1,536, the peak of the machine.
//!
//! `cargo bench --bench predictive`; `-- quick` leaves out Euler's scheme with instantaneous errors.

use std::time::Instant;

use nalgebra::DMatrix;
use pulsatrix::networks::predictive::*;
use pulsatrix::numerics::matrix::{View, gemm};
use pulsatrix::training::predictive::{Hold, Optimiser, Rule, Trainer, TrainingOptions};

const BATCH: usize = 200;

fn seconds<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = run();
    (result, start.elapsed().as_secs_f64())
}

/// Best speed in GFLOP/s of `repeats` products `(m x k) (k x n)`.
fn speed(m: usize, k: usize, n: usize, repeats: usize) -> f64 {
    let a = DMatrix::from_fn(m, k, |i, j| ((i + 3 * j) % 7) as f64 - 3.0);
    let b = DMatrix::from_fn(k, n, |i, j| ((5 * i + j) % 5) as f64 - 2.0);
    let mut c = DMatrix::zeros(m, n);
    let times = (0..repeats).map(|_| {
        let run = || gemm(1.0, View::from(&a), View::from(&b), 0.0, &mut c);
        seconds(run).1
    });
    2e-9 * (m * k * n) as f64 / times.fold(f64::INFINITY, f64::min)
}

struct Task {
    network: PredictiveNetwork,
    image: DMatrix<f64>,
    class: DMatrix<f64>,
}

fn task() -> Task {
    let sizes = [10, 600, 600, 784];
    let network = PredictiveNetwork::random(&sizes, Activation::Tanh, Feedback::Tied, 1)
        .expect("a network of four layers");
    // Strokes of chance: as many bright pixels as a digit has.
    let image = DMatrix::from_fn(784, BATCH, |i, j| {
        let phase =
            (i as f64 * 0.11 + j as f64 * 1.7).sin() * (i as f64 * 0.013 * (j + 1) as f64).cos();
        (2.0 * phase - 0.6).clamp(0.0, 1.0)
    });
    let labels: Vec<usize> = (0..BATCH).map(|j| j % 10).collect();
    Task {
        network,
        image,
        class: one_hot(&labels, 10).expect("ten classes"),
    }
}

fn products() {
    println!("products, best of some, GFLOP/s");
    let peak = speed(1536, 1536, 1536, 5);
    println!("  peak: 1536 x 1536 x 1536        {peak:7.1}");
    for (name, m, k, n) in [
        ("prediction from the image", 600, 784, BATCH),
        ("between hidden layers", 600, 600, BATCH),
        ("weights next to the image", 600, BATCH, 784),
        ("weights between hidden layers", 600, BATCH, 600),
    ] {
        let found = speed(m, k, n, 40);
        println!(
            "  {name:31} {found:7.1}   {:3.0} % of the peak",
            100.0 * found / peak
        );
    }
}

/// The published dynamics: tau 0.2 s, step 0.002 s, error nodes with dynamics of their own.
fn relaxation(task: &Task, quick: bool) {
    println!("relaxation of a batch of {BATCH} to residual 1e-6, class and image held");
    let mut reference = None;
    for (name, errors, method) in [
        ("Euler, published step", ErrorNodes::Dynamic, Some(0.01)),
        (
            "Euler, instantaneous errors",
            ErrorNodes::Instantaneous,
            Some(0.01),
        ),
        ("quasi-Newton", ErrorNodes::Instantaneous, None),
    ] {
        if quick && name.ends_with("errors") {
            continue;
        }
        let dynamics = Dynamics {
            errors,
            ..Dynamics::default()
        };
        let clamp = Clamp::learn(&task.network);
        let flow = PredictiveFlow::new(&task.network, clamp, dynamics, task.image.clone())
            .expect("a batch that fits");
        let method = method.map_or(Method::QuasiNewton, |step| Method::Explicit {
            scheme: Scheme::Euler,
            step,
        });
        let options = RelaxOptions {
            tolerance: 1e-6,
            method,
            ..RelaxOptions::default()
        };
        let state = State::forward(&task.network, &task.image).expect("images of 784 pixels");
        let mut state = state.with_class(&task.class).expect("ten classes");
        let (found, time) = seconds(|| relax(&flow, &mut state, &options).expect("equilibrium"));
        let (evaluations, before) = *reference.get_or_insert((found.evaluations, time));
        println!(
            "  {name:28} {:5} evaluations {time:8.2} s   energy {:.9}   x{:.1} evaluations, x{:.1} time",
            found.evaluations,
            found.energy(),
            evaluations as f64 / found.evaluations as f64,
            before / time,
        );
    }
}

fn training(task: &Task) {
    println!("training, samples a second (one batch of {BATCH})");
    // The published hold of 5 s takes 2,500 steps of 0.002 s; a tenth of it is measured.
    let hold = Hold {
        tau: 0.2,
        gamma: 0.8,
        step: 0.002,
        duration: 0.5,
        blackout: 0.1,
        ..Hold::default()
    };
    let mut network = task.network.clone();
    let mut state = State::zero(&network, BATCH);
    let run = || hold.run(&mut network, &mut state, &task.image, &task.class);
    let (result, time) = seconds(run);
    result.expect("a stable step");
    let published = BATCH as f64 / (10.0 * time);
    println!("  published hold of 5 s           {published:8.1}");
    let steps = Rule::Steps {
        steps: 200,
        rate: 0.1,
    };
    let equilibrium = TrainingOptions::default().rule;
    let adam = TrainingOptions::default().optimiser;
    for (name, rule, optimiser) in [
        ("200 explicit steps of 0.1", steps, adam),
        ("equilibrium, 1e-4, Adam", equilibrium, adam),
        (
            "equilibrium, 1e-4, proximal",
            equilibrium,
            Optimiser::Proximal { rate: 1.0 },
        ),
        ("fixed prediction", Rule::FixedPrediction, adam),
    ] {
        let options = TrainingOptions {
            rule,
            optimiser,
            epochs: 1,
            batch: BATCH,
            ..TrainingOptions::default()
        };
        let mut trainer = Trainer::new(task.network.clone(), options).expect("sound options");
        let run = || trainer.run(&task.image, &task.class, |_| ());
        let (result, time) = seconds(run);
        result.expect("an epoch");
        let rate = BATCH as f64 / time;
        println!("  {name:30} {rate:9.1}   x{:.0}", rate / published);
    }
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "quick");
    let task = task();
    products();
    training(&task);
    relaxation(&task, quick);
}
