//! Equations as text beside the same fields in Rust, evaluated one after the other.
//!
//! The field in Rust is the loop that one writes, with the functions of the standard library. Times are the fastest of
//! several runs, of one evaluation.
//!
//! `cargo bench --bench language`

#![allow(clippy::unwrap_used)] // a benchmark fails by panicking

use std::hint::black_box;
use std::time::Instant;

use pulsatrix::language::{Data, SystemText};
use pulsatrix::solver::{DelayField, Delayed, closure_field};

/// Nanoseconds of an evaluation: the fastest of twenty runs.
fn nanoseconds(field: &dyn DelayField, late: &[f64], state: &[f64]) -> f64 {
    let n = field.dimension();
    let mut slope = vec![0.0; n];
    let count = (2_000_000 / (n * n)).max(20);
    let mut fastest = f64::INFINITY;
    for _ in 0..20 {
        let start = Instant::now();
        for _ in 0..count {
            let delayed = Delayed::new(black_box(late), n);
            field.derivative(0.3, black_box(state), delayed, &mut slope);
            black_box(&slope);
        }
        fastest = fastest.min(start.elapsed().as_secs_f64() * 1e9 / count as f64);
    }
    fastest
}

fn compare(name: &str, text: &SystemText, rust: &dyn DelayField) {
    let system = text.compile().unwrap();
    let field = system.field();
    let n = field.dimension();
    let state: Vec<f64> = (0..n)
        .map(|j| (0.37 * j as f64 + 0.1).sin() + 1.5)
        .collect();
    let late: Vec<f64> = (0..n)
        .map(|j| (0.73 * j as f64 + 0.4).cos() + 1.5)
        .collect();
    let (mut one, mut other) = (vec![0.0; n], vec![0.0; n]);
    field.derivative(0.3, &state, Delayed::new(&late, n), &mut one);
    rust.derivative(0.3, &state, Delayed::new(&late, n), &mut other);
    for (one, other) in one.iter().zip(&other) {
        assert!(
            (one - other).abs() < 1e-11 * (1.0 + other.abs()),
            "{one} and {other}"
        );
    }
    let (text, rust) = (
        nanoseconds(&field, &late, &state),
        nanoseconds(rust, &late, &state),
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
    compare("Mackey-Glass", &text, &rust);
    let text = SystemText::new()
        .equation("y", "-tanh(11*y(t - 0.42)) + cos(2*pi*t)")
        .history("y", "1");
    let rust = closure_field(1, &[0.42], |t: f64, _, delayed, dy| {
        dy[0] = -(11.0 * delayed.state(0)[0]).tanh() + (std::f64::consts::TAU * t).cos();
    });
    compare("Ghil ENSO", &text, &rust);
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
    compare("Kuramoto, 100", &text, &rust);
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
    compare("impulse network, 100", &text, &rust);
}
