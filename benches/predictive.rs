//! Relaxation of a 784-600-600-10 tanh network on a batch of 200 pairs: the quasi-Newton method
//! against forward Euler at the published step, to the same residual, in the same run; and the
//! share of the machine's product speed that it reaches.
//!
//! `cargo bench --bench predictive`

use std::time::Instant;

use nalgebra::DMatrix;
use pulsatrix::networks::predictive::*;
use pulsatrix::training::predictive::{Rule, Trainer, TrainingOptions};

const BATCH: usize = 200;

fn seconds<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let result = run();
    (result, start.elapsed().as_secs_f64())
}

fn main() {
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
    let class = one_hot(&labels, 10).expect("ten classes");
    let start = || {
        let state = State::forward(&network, &image).expect("images of 784 pixels");
        state.with_class(&class).expect("ten classes")
    };

    // The published dynamics: tau 0.2 s, step 0.002 s, error nodes with dynamics of their own.
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
        let dynamics = Dynamics {
            errors,
            ..Dynamics::default()
        };
        let flow = PredictiveFlow::new(&network, Clamp::learn(&network), dynamics, image.clone())
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
        let mut state = start();
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

    println!("training, samples a second (one epoch of {BATCH})");
    for (name, rule) in [
        ("equilibrium, 1e-4", TrainingOptions::default().rule),
        (
            "Euler, 200 steps of 0.1",
            Rule::Steps {
                steps: 200,
                rate: 0.1,
            },
        ),
        ("fixed prediction", Rule::FixedPrediction),
    ] {
        let options = TrainingOptions {
            rule,
            epochs: 1,
            batch: BATCH,
            ..TrainingOptions::default()
        };
        let mut trainer = Trainer::new(network.clone(), options).expect("sound options");
        let ((), time) = seconds(|| trainer.run(&image, &class, |_| ()).expect("an epoch"));
        println!("  {name:28} {:8.0}", BATCH as f64 / time);
    }
}
