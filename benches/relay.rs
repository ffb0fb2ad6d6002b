//! The three relay engines beside each other: nanoseconds an event, ratios, memory, agreement.
//!
//! The network: `x_j' = R(x_j(t-1)) + b (c - x_j) S_j`, `a = 2`, `c = -6`, `h = 1.5`, history
//! `-0.1 - 1.9 frac(golden j)`, until `T = 9`. The mean field has `b = 16 / N`: 4.77 million events for
//! a million neurons. The sparse network gives each neuron 16 listeners and `b = 1`.
//! Single-threaded; the best of some runs; building and running are timed apart.

use std::time::Instant;

use pulsatrix::solver::{
    Engine, MeanField, MeanFieldSolver, RelayField, RelaySolver, RelayUnit, SparseRelay,
    SparseSolver,
};

const END: f64 = 9.0;
const LAGS: [f64; 2] = [1.0, 1.5];

fn unit(strength: f64) -> RelayUnit {
    RelayUnit {
        drive: [1.0, -2.0],
        strength,
        level: -6.0,
    }
}

fn history(neurons: usize) -> Vec<f64> {
    let golden = 0.618_033_988_749_894_9;
    (1..=neurons)
        .map(|j| -0.1 - 1.9 * (golden * j as f64).fract())
        .collect()
}

/// What a run has taken.
struct Cost {
    build: f64,
    run: f64,
    events: u64,
    bytes: usize,
    end: Vec<f64>,
}

/// The cheapest of `runs` runs.
fn best(runs: usize, run: impl Fn() -> Cost) -> Cost {
    let cheaper = |one: Cost, two: Cost| if two.run < one.run { two } else { one };
    (0..runs).map(|_| run()).reduce(cheaper).expect("some run")
}

fn mean_field(neurons: usize) -> MeanField {
    let unit = unit(16.0 / neurons as f64);
    MeanField::new(vec![unit], vec![0; neurons], LAGS, false).expect("a sound field")
}

fn sparse(neurons: usize) -> SparseRelay {
    let connections = (0..neurons)
        .flat_map(|j| (0..16_usize).map(move |n| ((j + 1 + n * n * 7919) % neurons, j, 1.0)));
    SparseRelay::new(vec![unit(1.0); neurons], connections, LAGS).expect("a sound field")
}

fn plainly<F: RelayField>(field: &F, state: &[f64]) -> Cost {
    let start = Instant::now();
    let mut solver = RelaySolver::new(field, state, 0.0).expect("a sound state");
    let build = start.elapsed().as_secs_f64();
    while solver.time() < END {
        solver.advance(END).expect("no chattering");
    }
    Cost {
        build,
        run: start.elapsed().as_secs_f64() - build,
        events: solver.statistics().events,
        bytes: 0,
        end: solver.state().to_vec(),
    }
}

fn by_mean_field(field: &MeanField, state: &[f64]) -> Cost {
    let start = Instant::now();
    let mut solver = MeanFieldSolver::new(field, state, 0.0).expect("a sound state");
    let build = start.elapsed().as_secs_f64();
    while solver.advance_event(END).expect("no chattering").is_some() {}
    Cost {
        build,
        run: start.elapsed().as_secs_f64() - build,
        events: solver.statistics().events,
        bytes: solver.bytes(),
        end: solver.state().to_vec(),
    }
}

fn by_connections(field: &SparseRelay, state: &[f64]) -> Cost {
    let start = Instant::now();
    let mut solver = SparseSolver::new(field, state, 0.0).expect("a sound state");
    let build = start.elapsed().as_secs_f64();
    while solver.advance_event(END).expect("no chattering").is_some() {}
    Cost {
        build,
        run: start.elapsed().as_secs_f64() - build,
        events: solver.statistics().events,
        bytes: solver.bytes(),
        end: solver.state().to_vec(),
    }
}

fn row(name: &str, neurons: usize, cost: &Cost, reference: &Cost) {
    let each = |cost: &Cost| 1e9 * cost.run / cost.events as f64;
    let deviation = if reference.end.len() == cost.end.len() {
        let pairs = cost.end.iter().zip(&reference.end);
        let largest = pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
        format!("{largest:.1e}")
    } else {
        "-".to_owned()
    };
    println!(
        "{name:<22} {neurons:>8} {:>9} {:>9.3} {:>9.3} {:>9.1} {:>10.4} {:>7.0} {deviation:>9}",
        cost.events,
        cost.build,
        cost.run,
        each(cost),
        each(cost) / each(reference),
        cost.bytes as f64 / neurons as f64,
    );
}

fn main() {
    println!(
        "{:<22} {:>8} {:>9} {:>9} {:>9} {:>9} {:>10} {:>7} {:>9}",
        "engine",
        "neurons",
        "events",
        "build s",
        "run s",
        "ns/event",
        "to plain",
        "B/unit",
        "deviation"
    );
    let small = 1000;
    let (field, state) = (mean_field(small), history(small));
    let reference = best(2, || plainly(&field, &state));
    row("plain, mean field", small, &reference, &reference);
    for neurons in [1000, 10_000, 100_000, 1_000_000] {
        let (field, state) = (mean_field(neurons), history(neurons));
        let cost = best(5, || by_mean_field(&field, &state));
        row("mean field", neurons, &cost, &reference);
    }
    let field = sparse(small);
    let reference = best(2, || plainly(&field, &state));
    row("plain, 16 listeners", small, &reference, &reference);
    for neurons in [1000, 10_000, 100_000] {
        let (field, state) = (sparse(neurons), history(neurons));
        let cost = best(3, || by_connections(&field, &state));
        row("sparse, 16 listeners", neurons, &cost, &reference);
    }
}
