//! Equations as text beside the same fields in Rust, evaluated one after the other.
//!
//! The field in Rust is the loop that one writes, with the functions of the standard library. Times are the fastest of
//! several runs along a solution, of one evaluation.
//!
//! `cargo bench --bench language`

#![allow(clippy::unwrap_used)] // a benchmark fails by panicking

use std::hint::black_box;
use std::time::Instant;

use pulsatrix::language::{Data, SystemText};
use pulsatrix::solver::{DelayField, Delayed, History, Options, Save, closure_field, integrate};

/// Where a field is evaluated: a time, the state and the delayed state.
type Situation = (f64, Vec<f64>, Vec<f64>);

/// Situations along a solution of the field with one lag, a hundred of them, as the solver meets them.
fn situations(field: &dyn DelayField, history: f64, end: f64) -> Vec<Situation> {
    let lag = field.lags()[0];
    let start = vec![history; field.dimension()];
    let options = Options::with_tolerance(1e-6);
    let times: Vec<f64> = (1..=100)
        .map(|at| end / 2.0 + end / 200.0 * f64::from(at))
        .collect();
    let early: Vec<f64> = times.iter().map(|time| time - lag).collect();
    let [now, late] = [&times, &early].map(|times| {
        let save = Save::At(times.clone());
        let history = History::constant(&start);
        integrate(field, history, (0.0, end), options, &save, &[]).unwrap()
    });
    let at =
        |(row, time): (usize, &f64)| (*time, now.state(row).to_vec(), late.state(row).to_vec());
    times.iter().enumerate().map(at).collect()
}

/// Nanoseconds of an evaluation: the fastest of twenty runs over all situations.
fn nanoseconds(field: &dyn DelayField, situations: &[Situation]) -> f64 {
    let n = field.dimension();
    let mut slope = vec![0.0; n];
    let rounds = (20_000 / (n * n)).max(1);
    let mut fastest = f64::INFINITY;
    for _ in 0..20 {
        let start = Instant::now();
        for _ in 0..rounds {
            for (time, state, late) in situations {
                let delayed = Delayed::new(black_box(late), n);
                field.derivative(*time, black_box(state), delayed, &mut slope);
                black_box(&slope);
            }
        }
        let count = (rounds * situations.len()) as f64;
        fastest = fastest.min(start.elapsed().as_secs_f64() * 1e9 / count);
    }
    fastest
}

fn compare(name: &str, text: &SystemText, rust: &dyn DelayField, history: f64, end: f64) {
    let system = text.compile().unwrap();
    let field = system.field();
    let n = field.dimension();
    let situations = situations(rust, history, end);
    let (mut one, mut other) = (vec![0.0; n], vec![0.0; n]);
    for (time, state, late) in &situations {
        field.derivative(*time, state, Delayed::new(late, n), &mut one);
        rust.derivative(*time, state, Delayed::new(late, n), &mut other);
        for (one, other) in one.iter().zip(&other) {
            assert!(
                (one - other).abs() < 1e-11 * (1.0 + other.abs()),
                "{one} and {other}"
            );
        }
    }
    let (text, rust) = (
        nanoseconds(&field, &situations),
        nanoseconds(rust, &situations),
    );
    println!(
        "{name:32} {text:12.0} ns {rust:12.0} ns {:8.2}",
        text / rust
    );
}

fn main() {
    println!(
        "{:32} {:>15} {:>15} {:>8}",
        "field", "text", "Rust", "ratio"
    );
    let text = SystemText::new()
        .equation("y", "0.2*y(t - 17)/(1 + y(t - 17)^10) - 0.1*y")
        .history("y", "0.5");
    let rust = closure_field(1, &[17.0], |_, y, delayed, dy| {
        let past = delayed.state(0)[0];
        dy[0] = 0.2 * past / (1.0 + past.powi(10)) - 0.1 * y[0];
    });
    compare("Mackey-Glass", &text, &rust, 0.5, 300.0);
    let text = SystemText::new()
        .equation("y", "-tanh(11*y(t - 0.42)) + cos(2*pi*t)")
        .history("y", "1");
    let rust = closure_field(1, &[0.42], |t: f64, _, delayed, dy| {
        dy[0] = -(11.0 * delayed.state(0)[0]).tanh() + (std::f64::consts::TAU * t).cos();
    });
    compare("Ghil ENSO", &text, &rust, 1.0, 10.0);
    let n = 100;
    let weights: Vec<f64> = (0..n * n)
        .map(|k| 0.1 + (0.618 * k as f64).fract())
        .collect();
    let text = SystemText::new()
        .size("N", n)
        .data("A", Data::matrix(n, weights.clone()))
        .equation(
            "theta[i]",
            "1 + 1/N*sum(j, A[i,j]*sin(theta[j](t - 1) - theta[i]))",
        )
        .history("theta[i]", "0.01*i");
    let rust = closure_field(n, &[1.0], move |_, x, delayed, dx| {
        let late = delayed.state(0);
        for (i, slope) in dx.iter_mut().enumerate() {
            let row = &weights[i * n..(i + 1) * n];
            let terms = row
                .iter()
                .zip(late)
                .map(|(a, late)| a * (late - x[i]).sin());
            *slope = 1.0 + terms.sum::<f64>() / n as f64;
        }
    });
    compare("Kuramoto, 100", &text, &rust, 0.0, 10.0);
    let text = SystemText::new()
        .size("N", n)
        .function("g(x) = logistic(20*x)")
        .equation(
            "x[i]",
            "1 - 3*g(x[i](t - 1)) + (sum(j, g(x[j](t - 1))) - g(x[i](t - 1)))*(-6 - x[i])",
        )
        .history("x[i]", "-1");
    let rust = closure_field(n, &[1.0], move |_, x, delayed, dx| {
        let mut sum = 0.0;
        for (slope, past) in dx.iter_mut().zip(delayed.state(0)) {
            *slope = 1.0 / (1.0 + (-20.0 * past).exp());
            sum += *slope;
        }
        for (slope, x) in dx.iter_mut().zip(x) {
            *slope = 1.0 - 3.0 * *slope + (sum - *slope) * (-6.0 - x);
        }
    });
    compare("impulse network, 100", &text, &rust, -1.0, 10.0);
}
