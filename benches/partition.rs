//! Time of a plan, and of one inference of the four published networks on one rank in single precision.
//!
//! `cargo bench --bench partition`
//!
//! Beside it, ONNX Runtime on the same convolutions: `benches/peers/vgg16_onnx.py` (an environment of its own, no weights are
//! loaded).
//!
//! Measured on two cores of a Xeon with AVX-512: VGG-16 0.170 to 0.187 s with two threads (164 to 181 GFLOP/s) and 0.340 s with
//! one; ONNX Runtime 1.32 in the same minute 0.089 to 0.113 s with two. By `perf` over the whole bench on one thread, when
//! products were a tenth to a fifth slower, the kernel of the product took 55 % of the time, copying patches 14 %, packing them 9 %,
//! zeroing new memory 5 %: without patches less than a third could be gained.

use std::time::Instant;

use pulsatrix::partition::run::{Weights, forward};
use pulsatrix::partition::{Costs, Published};

/// Least time in seconds of some calls.
fn least(count: usize, mut work: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..count {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed().as_secs_f64());
    }
    best
}

fn main() {
    println!("network     plan us  GFLOP  inference s  GFLOP/s");
    for (name, runs) in [
        (Published::Alexnet, 10),
        (Published::Extraction, 5),
        (Published::Vgg16, 5),
        (Published::Yolov2, 3),
    ] {
        let chain = name.chain().expect("a published table");
        let sizes = chain.sizes();
        let plan = least(100, || {
            let found = Costs::published(&sizes, 6).cheapest();
            assert!(found.is_some());
        });
        let weights = Weights::<f32>::random(&chain, 1);
        let input: Vec<f32> = (0..chain.input().numbers())
            .map(|index| (index % 255) as f32 / 255.0)
            .collect();
        let seconds = least(runs, || {
            let found = forward(&chain, &weights, &input);
            assert!(found.is_ok());
        });
        let work = 2e-9 * sizes.iter().map(|size| size.work as f64).sum::<f64>();
        let label = format!("{name:?}");
        println!(
            "{label:10}  {:7.1}  {work:5.1}  {seconds:11.3}  {:7.1}",
            1e6 * plan,
            work / seconds
        );
    }
}
