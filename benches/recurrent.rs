//! An epoch of an Elman network, a run and back-propagation through time over all sequences, beside plain loops over
//! one sequence after the other in the same run; and what a window of some steps costs.
//!
//! `cargo bench --bench recurrent`

use std::hint::black_box;
use std::time::Instant;

use nalgebra::DMatrix;
use pulsatrix::networks::recurrent::{ElmanNetwork, ElmanShape, Gradient, Sequences, StartWeights};
use pulsatrix::numerics::random::stream;
use rand::RngExt;
use rand_distr::StandardNormal;

/// Least time of some runs in seconds, and the last result.
fn timed<T>(runs: usize, mut run: impl FnMut() -> T) -> (f64, T) {
    let mut best = f64::INFINITY;
    let mut result = None;
    for _ in 0..runs {
        let start = Instant::now();
        result = Some(run());
        best = best.min(start.elapsed().as_secs_f64());
    }
    (best, result.expect("at least one run"))
}

/// The gradient of the mean square of the outputs, sequence by sequence, in loops over units.
fn plain(parameters: &[f64], inputs: &Sequences, n: usize) -> Vec<f64> {
    let (m, steps, count) = (inputs.numbers(), inputs.steps(), inputs.count());
    let (wi, rest) = parameters.split_at(n * m);
    let (wc, rest) = rest.split_at(n * n);
    let (b, rest) = rest.split_at(n);
    let (wo, d) = rest.split_at(n);
    let mut gradient = vec![0.0; parameters.len()];
    let share = 2.0 / (steps * count) as f64;
    for s in 0..count {
        let mut x = vec![vec![0.0; n]; steps + 1];
        let mut errors = vec![0.0; steps];
        for k in 0..steps {
            for j in 0..n {
                let mut z = b[j];
                for i in 0..m {
                    z += wi[i * n + j] * inputs.at(i, k, s);
                }
                for l in 0..n {
                    z += wc[l * n + j] * x[k][l];
                }
                x[k + 1][j] = z.tanh();
            }
            let y: f64 = d[0] + wo.iter().zip(&x[k + 1]).map(|(w, x)| w * x).sum::<f64>();
            errors[k] = share * y;
        }
        let mut behind = vec![0.0; n];
        for k in (0..steps).rev() {
            let mut delta = vec![0.0; n];
            for j in 0..n {
                let state = x[k + 1][j];
                delta[j] = (1.0 - state * state) * (wo[j] * errors[k] + behind[j]);
            }
            for l in 0..n {
                behind[l] = (0..n).map(|j| wc[l * n + j] * delta[j]).sum();
            }
            for j in 0..n {
                for i in 0..m {
                    gradient[i * n + j] += delta[j] * inputs.at(i, k, s);
                }
                for l in 0..n {
                    gradient[n * m + l * n + j] += delta[j] * x[k][l];
                }
                gradient[n * m + n * n + j] += delta[j];
                gradient[n * m + n * n + n + j] += errors[k] * x[k + 1][j];
            }
            gradient[n * m + n * n + 2 * n] += errors[k];
        }
    }
    gradient
}

fn main() {
    println!("an epoch: 24 sequences of 240 steps, 6 inputs, 1 output; milliseconds");
    println!(
        "{:>7} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "hidden", "plain", "full", "ratio", "static", "10 steps"
    );
    let mut random = stream(1, "inputs", 0);
    let values = DMatrix::from_fn(6, 24 * 240, |_, _| random.sample::<f64, _>(StandardNormal));
    let inputs = Sequences::new(values, 24).expect("24 sequences");
    for hidden in [8, 32, 128] {
        let network = ElmanNetwork::new(ElmanShape::new(6, hidden, 1)).expect("a network");
        let parameters = network.initial(StartWeights::default(), 1);
        let of = |gradient| {
            let pass = network.pass(&parameters, &inputs, None).expect("a run");
            let slopes = pass.outputs().values() * (2.0 / (24.0 * 240.0));
            pass.gradient(&slopes, gradient).expect("a gradient")
        };
        let runs = if hidden > 64 { 3 } else { 20 };
        let (slow, expected) = timed(runs, || black_box(plain(&parameters, &inputs, hidden)));
        let (fast, found) = timed(20, || black_box(of(Gradient::Full)));
        let largest = expected.iter().fold(0.0_f64, |top, g| top.max(g.abs()));
        for (a, b) in found.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-10 * largest, "{a} {b}");
        }
        let (fixed, _) = timed(20, || black_box(of(Gradient::Static)));
        let (window, _) = timed(10, || black_box(of(Gradient::Truncated(10))));
        println!(
            "{hidden:>7} {:>9.3} {:>9.3} {:>9.1} {:>9.3} {:>9.3}",
            1e3 * slow,
            1e3 * fast,
            slow / fast,
            1e3 * fixed,
            1e3 * window
        );
    }
}
