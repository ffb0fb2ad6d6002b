//! Kernels of infinitely wide networks, stiff gradient flow and kernels along a training run, each
//! against a reference that is computed in the same run; errors beside times.
//!
//! `cargo bench --bench flow`

use std::time::Instant;

use nalgebra::DMatrix;
use pulsatrix::experiment::LabelledImages;
use pulsatrix::networks::deep::{Architecture, DeepNetwork, Initialisation};
use pulsatrix::networks::kernels::{DenseKernel, Dual};
use pulsatrix::solver::{Options, Save};
use pulsatrix::training::flow::{
    Descent, FlowMethod, GradientFlow, Linearised, Schedule, Squared, descend, follow,
};

/// Least times of some runs, in milliseconds: by the clock, and of all processors together, which
/// other work on the machine changes little.
#[derive(Debug, Clone, Copy)]
struct Times {
    wall: f64,
    cpu: f64,
}

/// Processor time of all threads so far, in milliseconds; that of the clock where the system does
/// not tell.
fn processor(start: Instant) -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let spent = tasks.flatten().filter_map(|task| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    let spent: f64 = spent.sum();
    if spent > 0.0 {
        1e-6 * spent
    } else {
        1e3 * start.elapsed().as_secs_f64()
    }
}

fn milliseconds<T>(runs: usize, mut run: impl FnMut() -> T) -> (T, Times) {
    let mut once = || {
        let start = Instant::now();
        let before = processor(start);
        let result = run();
        let times = Times {
            wall: 1e3 * start.elapsed().as_secs_f64(),
            cpu: processor(start) - before,
        };
        (result, times)
    };
    let mut best = once();
    for _ in 1..runs {
        let (result, times) = once();
        best.0 = result;
        best.1.wall = best.1.wall.min(times.wall);
        best.1.cpu = best.1.cpu.min(times.cpu);
    }
    best
}

/// Inputs with entries of order one and norms that differ.
fn inputs(dimension: usize, points: usize) -> DMatrix<f64> {
    DMatrix::from_fn(points, dimension, |j, i| {
        let phase = (0.11 * i as f64 + 1.7 * j as f64).sin();
        phase + 0.5 * (0.013 * (i * (j + 1)) as f64).cos()
    })
}

/// The ReLU kernel by whole matrices and one standard function after the other, as an array
/// language writes it.
fn plain_relu(inputs: &DMatrix<f64>, hidden: usize, weight: f64, bias: f64) -> DMatrix<f64> {
    let scale = weight / inputs.ncols() as f64;
    let mut k = (inputs * inputs.transpose() * scale).add_scalar(bias);
    let mut t = k.clone();
    for _ in 0..hidden {
        let d = k.diagonal();
        let norms = (&d * d.transpose()).map(f64::sqrt);
        let sine = norms.zip_map(&k, |p, k| (p * p - k * k).max(0.0).sqrt());
        let angle = sine
            .zip_map(&k, f64::atan2)
            .map(|a| std::f64::consts::PI - a);
        let slope = &angle / std::f64::consts::TAU;
        k = ((sine + k.component_mul(&angle)) * (weight / std::f64::consts::TAU)).add_scalar(bias);
        t = &k + t.component_mul(&slope) * weight;
    }
    t
}

fn analytic_kernels() {
    println!("analytic tangent kernel, five ReLU layers, 1000 x 784, f64");
    let x = inputs(784, 1000);
    let kernel = DenseKernel::new(Dual::Rectifier { leak: 0.0 }, 5, 2.0, 0.01).expect("variances");
    let (reference, before) = milliseconds(2, || plain_relu(&x, 5, 2.0, 0.01));
    let (found, after) = milliseconds(7, || kernel.train(&x).expect("finite inputs"));
    let mut off = (&found.ntk - &reference).abs();
    off.fill_diagonal(0.0);
    println!(
        "  matrix by matrix  {:8.1} ms, {:8.1} ms of processors",
        before.wall, before.cpu
    );
    println!(
        "  one pass          {:8.1} ms, {:8.1} ms of processors   x{:.1}   off-diagonal difference {:.1e}",
        after.wall,
        after.cpu,
        before.cpu / after.cpu,
        off.max() / reference.amax(),
    );

    println!("analytic tangent kernel, three tanh layers, N = 1000, f64");
    let x = inputs(64, 1000);
    let kernel = DenseKernel::new(Dual::tanh(), 3, 1.5, 0.05).expect("variances");
    let (found, after) = milliseconds(5, || kernel.train(&x).expect("finite inputs"));
    // The same kernel by 2-D Gauss-Hermite sums would take minutes; a few entries by the
    // trapezoid rule in two dimensions, which is exact to rounding here.
    let mut error = 0.0_f64;
    for (i, j) in [(1, 0), (500, 20), (999, 998), (640, 333)] {
        let exact = plain_tanh(&x, (i, j), 3, 1.5, 0.05);
        error = error.max((found.ntk[(i, j)] - exact).abs());
    }
    println!(
        "  Mehler series     {:8.1} ms, {:8.1} ms of processors   error {error:.1e} (four entries by quadrature)",
        after.wall, after.cpu
    );
}

/// One entry of the tanh kernel by the trapezoid rule in two dimensions.
fn plain_tanh(
    x: &DMatrix<f64>,
    (i, j): (usize, usize),
    hidden: usize,
    weight: f64,
    bias: f64,
) -> f64 {
    let scale = weight / x.ncols() as f64;
    let inner = |i: usize, j: usize| scale * x.row(i).dot(&x.row(j)) + bias;
    let (mut a, mut b, mut c) = (inner(i, i), inner(j, j), inner(i, j));
    let mut t = c;
    let step = 0.05;
    let grid: Vec<f64> = (-200..=200).map(|k| step * f64::from(k)).collect();
    let mean = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
        let rows = grid.iter().map(|y| {
            let row = grid.iter().map(|z| (-0.5 * z * z).exp() * f(*y, *z));
            (-0.5 * y * y).exp() * row.sum::<f64>()
        });
        rows.sum::<f64>() * step * step / std::f64::consts::TAU
    };
    let slope = |u: f64| 1.0 - u.tanh().powi(2);
    for _ in 0..hidden {
        let rho = c / (a * b).sqrt();
        let rest = (1.0 - rho * rho).sqrt();
        let (s, r) = (a.sqrt(), b.sqrt());
        let pair = |y: f64, z: f64| (s * y, r * (rho * y + rest * z));
        let product = mean(&|y, z| {
            let (u, v) = pair(y, z);
            u.tanh() * v.tanh()
        });
        let slopes = mean(&|y, z| {
            let (u, v) = pair(y, z);
            slope(u) * slope(v)
        });
        let square = |s: f64| mean(&|y, _| (s * y).tanh().powi(2));
        (a, b, c) = (
            weight * square(s) + bias,
            weight * square(r) + bias,
            weight * product + bias,
        );
        t = c + weight * slopes * t;
    }
    t
}

/// 64 digits, tanh 64-24-24-1, to t = 100: what the tolerance costs, and what it gives.
fn stiff_flow() {
    println!("stiff flow of tanh 64-24-24-1 on 64 digits to t = 100");
    let digits = LabelledImages::digits()
        .expect("shipped digits")
        .range(0, 64);
    let x = digits.images.transpose();
    let y = DMatrix::from_fn(64, 1, |i, _| {
        if digits.labels[i].is_multiple_of(2) {
            1.0
        } else {
            -1.0
        }
    });
    let network = DeepNetwork::new(Architecture {
        sigma_b: 0.1,
        ..Architecture::fully_connected(64, &[24, 24], 1)
    })
    .expect("an architecture");
    let start = network
        .initial(Initialisation::Gaussian, 1)
        .expect("weights");
    let flow = |()| GradientFlow::new(&network, &x, &y, &Squared).expect("targets");
    let rates = Linearised::of(&flow(()), &start)
        .expect("a kernel")
        .rates()
        .clone();
    println!(
        "  rates of the kernel {:.3e} to {:.3e}",
        rates.min(),
        rates.max()
    );
    let run = |method, tolerance: f64| {
        let flow = flow(());
        let options = Options {
            absolute_tolerance: 1e-2 * tolerance,
            ..Options::with_tolerance(tolerance)
        };
        let begin = Instant::now();
        let run = follow(&flow, &start, 100.0, method, &options, &Save::Last).expect("a flow");
        let time = begin.elapsed().as_secs_f64();
        let loss = flow.gradient(run.last()).expect("a loss").0;
        (run, flow.work().gradient_equivalents() - 1.0, time, loss)
    };
    let exact = run(FlowMethod::Dop853, 1e-9);
    // A tenth of its tolerance is what Dopri5 allows a step: 1e-4 as for the others.
    for (name, method, tolerance) in [
        ("Dopri5", FlowMethod::Dopri5, 1e-3),
        ("Chebyshev", FlowMethod::Chebyshev, 1e-4),
        ("kernel-exponential", FlowMethod::KernelExponential, 1e-4),
    ] {
        let (found, work, time, loss) = run(method, tolerance);
        let difference = found
            .last()
            .iter()
            .zip(exact.0.last())
            .map(|(a, b)| (a - b).powi(2));
        let error = difference.sum::<f64>().sqrt();
        let size = exact.0.last().iter().map(|b| b * b).sum::<f64>().sqrt();
        let statistics = found.statistics;
        println!(
            "  {name:20} {:4} + {:3} steps {work:7.0} gradients {time:7.3} s   error {:.1e}   loss {loss:.2e} (exact {:.2e})",
            statistics.steps,
            statistics.rejected,
            error / size,
            exact.3,
        );
    }
}

/// Gradient descent with and without the tangent kernel at every step.
fn kernels_along_a_run() {
    println!(
        "tangent kernel at every step of a training run, tanh 784-512-512-512-1, N = 128, f64"
    );
    let x = inputs(784, 128);
    let y = DMatrix::from_fn(128, 1, |i, _| (i as f64).cos());
    let network = DeepNetwork::new(Architecture {
        sigma_b: 0.1,
        ..Architecture::fully_connected(784, &[512, 512, 512], 1)
    })
    .expect("an architecture");
    let start = network
        .initial(Initialisation::Gaussian, 1)
        .expect("weights");
    let flow = GradientFlow::new(&network, &x, &y, &Squared).expect("targets");
    let run = |kernel_every: Option<usize>| {
        let schedule = Schedule {
            steps: 20,
            kernel_every,
        };
        let mut weights = start.clone();
        let rule = Descent::Plain { rate: 1e-3 };
        let mut trace = 0.0;
        let losses = descend(&flow, &mut weights, rule, schedule, |glance| {
            trace += glance.kernel.map_or(0.0, DMatrix::trace);
            Ok(())
        });
        (losses.expect("a stable rate"), trace)
    };
    // In turn, so that what else the machine does falls on both.
    let (mut plain, mut with) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..6 {
        let (one, time) = milliseconds(1, || run(None));
        plain = plain.min(time.cpu);
        let (other, time) = milliseconds(1, || run(Some(1)));
        with = with.min(time.cpu);
        let difference = one.0.iter().zip(&other.0).map(|(a, b)| (a - b).abs() / a);
        assert!(
            difference.fold(0.0, f64::max) < 1e-9 && other.1 > 0.0,
            "the same run"
        );
    }
    println!(
        "  without {:.2} ms of processors a step, with {:.2} ms: {:.1} % more",
        plain / 20.0,
        with / 20.0,
        100.0 * (with / plain - 1.0)
    );
}

fn main() {
    analytic_kernels();
    stiff_flow();
    kernels_along_a_run();
}
