//! The empirical tangent kernel of a 784-1024-1024-1024-1 rectifier network, with the share of the
//! machine's product speed that it reaches, and products and spectra against nalgebra in the same
//! run.
//!
//! `cargo bench --bench kernels`; the number of threads is that of `RAYON_NUM_THREADS`. The same
//! kernel in JAX: `benches/peers/tangent_kernel.py`.

use std::time::Instant;

use nalgebra::{DMatrix, RealField};
use pulsatrix::networks::Activation;
use pulsatrix::networks::deep::*;
use pulsatrix::numerics::matrix::{Real, View, gemm, gram, symmetric_spectrum};

/// Milliseconds of the fastest run, of so many and of a second at least, and what the last one
/// gave.
fn fastest<R>(runs: usize, mut run: impl FnMut() -> R) -> (f64, R) {
    let mut best = f64::INFINITY;
    let mut result = run();
    let begin = Instant::now();
    let mut count = 0;
    while count < runs || begin.elapsed().as_secs_f64() < 1.0 {
        let start = Instant::now();
        result = run();
        best = best.min(1e3 * start.elapsed().as_secs_f64());
        count += 1;
    }
    (best, result)
}

fn wave<T: Real>(rows: usize, columns: usize) -> DMatrix<T> {
    DMatrix::from_fn(rows, columns, |i, j| {
        T::from_double((0.37 * i as f64 * (1.0 + 0.01 * j as f64) + 1.7 * j as f64).sin())
    })
}

fn kernel<T: Real>(
    network: &DeepNetwork,
    parameters: &[f64],
    examples: usize,
) -> (f64, DMatrix<T>) {
    let parameters: Vec<T> = parameters.iter().map(|p| T::from_double(*p)).collect();
    let inputs = wave::<T>(examples, 784);
    let options = KernelOptions::default();
    fastest(7, || {
        network
            .tangent_kernel(&parameters, &inputs, None, options)
            .expect("a kernel that fits")
    })
}

fn stages<T: Real>(network: &DeepNetwork, parameters: &[f64], examples: usize) {
    let parameters: Vec<T> = parameters.iter().map(|p| T::from_double(*p)).collect();
    let inputs = wave::<T>(examples, 784);
    let (forward, _) = fastest(7, || {
        network.pass(&parameters, &inputs).expect("inputs that fit")
    });
    let (linear, factors) = fastest(7, || {
        let factors = network.factors(&parameters, &inputs);
        factors.expect("inputs that fit")
    });
    let (grams, _) = fastest(7, || {
        factors
            .kernel(None, KernelOutputs::All)
            .expect("the same network")
    });
    println!(
        "      forward {forward:6.1}, backward {:6.1}, Grams {grams:6.1} ms",
        linear - forward
    );
    let (plain, _) = fastest(7, || {
        let pass = network.pass(&parameters, &inputs).expect("inputs that fit");
        pass.vjp(pass.outputs()).expect("the same shape")
    });
    let (recorded, _) = fastest(7, || {
        let factors = network.factors(&parameters, &inputs);
        let factors = factors.expect("inputs that fit");
        let kernel = factors.kernel(None, KernelOutputs::All);
        let gradient = factors.vjp(factors.outputs());
        (
            kernel.expect("the same network"),
            gradient.expect("the same shape"),
        )
    });
    println!(
        "      a gradient {plain:6.1} ms, with its kernel {recorded:6.1} ms: {:+.0} %",
        100.0 * (recorded / plain - 1.0)
    );
}

fn products<T: Real + RealField>(name: &str, size: usize) {
    let (a, b) = (wave::<T>(size, size), wave::<T>(size, size));
    let mut c = DMatrix::zeros(size, size);
    let giga = 2e-6 * (size as f64).powi(3);
    let (ours, ()) = fastest(5, || {
        gemm(T::one(), View::from(&a), View::from(&b), T::zero(), &mut c);
    });
    let (reference, expected) = fastest(3, || &a * &b);
    let error = (&c - &expected).amax().to_double() / expected.amax().to_double();
    println!(
        "  gemm {name} {size:5}: {ours:8.1} ms, {:6.1} GFLOP/s; nalgebra {reference:8.1} ms; x{:.1}; difference {error:.0e}",
        giga / ours,
        reference / ours
    );
    let (ours, found) = fastest(5, || gram(T::one(), View::from(&a)));
    let (reference, expected) = fastest(3, || &a * a.transpose());
    let error = (&found - &expected).amax().to_double() / expected.amax().to_double();
    println!(
        "  gram {name} {size:5}: {ours:8.1} ms, {:6.1} GFLOP/s; nalgebra {reference:8.1} ms; x{:.1}; difference {error:.0e}",
        0.5 * giga / ours,
        reference / ours
    );
}

fn main() {
    println!("{} threads", rayon::current_num_threads());
    let network = DeepNetwork::new(Architecture {
        activation: Activation::Relu,
        sigma_w: 2.0_f64.sqrt(),
        sigma_b: 0.1,
        ..Architecture::fully_connected(784, &[1024; 3], 1)
    })
    .expect("a network of four layers");
    let parameters = network
        .initial(Initialisation::Gaussian, 1)
        .expect("Gaussian weights");
    println!("empirical NTK, 784-1024-1024-1024-1, rectifiers");
    for examples in [256, 1024] {
        // Forward and backward passes, then half of all products of factors.
        let weights = 784.0 * 1024.0 + 2.0 * 1024.0 * 1024.0 + 1024.0;
        let back = 2.0 * 1024.0 * 1024.0 + 1024.0;
        let widths = 784.0 + 6.0 * 1024.0;
        let n = examples as f64;
        let giga = 1e-6 * (2.0 * n * (weights + back) + n * n * widths);
        let (single, coarse) = kernel::<f32>(&network, &parameters, examples);
        let (double, fine) = kernel::<f64>(&network, &parameters, examples);
        let error = (coarse.map(f64::from) - &fine).norm() / fine.norm();
        for (name, time) in [("f32", single), ("f64", double)] {
            println!(
                "  N = {examples:4} {name}: {time:6.1} ms, {:6.1} GFLOP/s",
                giga / time
            );
        }
        println!("      f32 differs by {error:.0e} (Frobenius)");
        stages::<f32>(&network, &parameters, examples);
        stages::<f64>(&network, &parameters, examples);
    }
    println!("products and spectra");
    products::<f32>("f32", 1024);
    products::<f64>("f64", 1024);
    for size in [256, 512] {
        let a = wave::<f64>(size, size);
        let matrix = gram(1.0, View::from(&a));
        let (ours, found) = fastest(2, || symmetric_spectrum(&matrix).expect("finite"));
        let rebuilt =
            &found.vectors * DMatrix::from_diagonal(&found.values) * found.vectors.transpose();
        let error = (rebuilt - &matrix).amax() / matrix.amax();
        println!("  symmetric eigen f64 {size:5}: {ours:8.1} ms; rebuilt to {error:.0e}");
    }
}
