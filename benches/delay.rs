//! Delay equations: the panel engine beside the general one and beside the crate
//! `differential-equations`, on the same problems in the same run.
//!
//! Every number is a mean over perturbed problems (other histories), single-threaded unless said. A
//! job is run at falling tolerances until its root-mean-square error is at most 1e-6; the time of
//! that run counts. Errors are against the panel engine at tolerance 1e-12, which the tests hold to
//! values known from elsewhere. Solvers take turns; times are the fastest of several runs. The reference is Dormand and Prince's
//! method with `max_delay`, as that crate's own example of the Mackey-Glass equation has it, with `Vec`
//! states and with states of fixed size, `[f64; N]`; ratios are to the faster of the two.
//!
//! `cargo bench --bench delay -- [mackey-glass] [networks] [steepness] [ensemble] [million] [matrix]`

#![allow(clippy::unwrap_used)] // a benchmark fails by panicking

use std::time::Instant;

use differential_equations::prelude::{DDE, ExplicitRungeKutta, IVP};
use pulsatrix::networks::{Feedback, ImpulseNetwork, ImpulseParameters, MackeyGlass};
use pulsatrix::numerics::sigmoid::logistic;
use pulsatrix::solver::{
    DelayField, DelaySolver, DelayTable, Engine, History, Options, PanelEnsemble, PanelField,
    PanelSolver, Save, closure_field, solve,
};

const GOAL: f64 = 1e-6;
/// Forms of the reference, in front of the other solvers of a job.
const FORMS: usize = 2;

/// Four a decade, from 1e-2 to 1e-13.
fn tolerances() -> impl Iterator<Item = f64> {
    (0..=44).map(|k| 10f64.powf(-2.0 - 0.25 * f64::from(k)))
}

/// Rounds in which the solvers of a job take turns: a machine that is slow for a while is slow for all.
const ROUNDS: usize = 8;

/// Seconds that `work` takes: the fastest of the runs, one at least, that fill `span` seconds.
fn fastest<T>(span: f64, mut work: impl FnMut() -> T) -> (f64, T) {
    let begin = Instant::now();
    let mut fastest = f64::INFINITY;
    loop {
        let start = Instant::now();
        let result = work();
        fastest = fastest.min(start.elapsed().as_secs_f64());
        if begin.elapsed().as_secs_f64() >= span {
            return (fastest, result);
        }
    }
}

/// The same of half a second.
fn seconds<T>(work: impl FnMut() -> T) -> (f64, T) {
    fastest(0.5, work)
}

/// Ends of all perturbed problems, one after the other; `None` if a run fails.
type Ends = Option<Vec<f64>>;

/// A solver of one job: ends of all problems at a tolerance.
type Runner<'r> = (&'r str, Box<dyn Fn(f64) -> Ends + 'r>);

/// Root mean square of the differences.
fn error(found: &[f64], exact: &[f64]) -> f64 {
    let pairs = found.iter().zip(exact);
    let sum: f64 = pairs.map(|(x, y)| (x - y) * (x - y)).sum();
    (sum / exact.len() as f64).sqrt()
}

/// One row a solver: the loosest tolerance at which the error meets the goal, error, time, and the
/// ratio to the fastest of the first two, which are the two forms of the reference.
///
/// A solver that never gets there is shown where it comes nearest, and ratios to it say "at least".
fn compare(job: &str, problems: usize, exact: &[f64], runners: &[Runner<'_>]) {
    let best = |run: &dyn Fn(f64) -> Ends| {
        let mut best = (f64::NAN, f64::INFINITY);
        for tolerance in tolerances() {
            let Some(ends) = run(tolerance) else { continue };
            let error = error(&ends, exact);
            if error < best.1 {
                best = (tolerance, error);
            }
            if error <= GOAL {
                break;
            }
        }
        best
    };
    let found: Vec<(f64, f64)> = runners.iter().map(|(_, run)| best(run)).collect();
    let mut times = vec![f64::INFINITY; runners.len()];
    for _ in 0..ROUNDS {
        for (k, (_, run)) in runners.iter().enumerate() {
            if !found[k].0.is_nan() {
                times[k] = times[k].min(fastest(0.1, || run(found[k].0)).0);
            }
        }
    }
    let reference = (0..FORMS).min_by(|one, other| times[*one].total_cmp(&times[*other]));
    let reference = reference.unwrap();
    let sign = if found[reference].1 <= GOAL { "" } else { "> " };
    for (k, (name, _)) in runners.iter().enumerate() {
        let (tolerance, error) = found[k];
        if tolerance.is_nan() {
            println!("| {job} | {name} | - | fails | - | - |");
            continue;
        }
        let ratio = match k {
            FORMS.. => format!("{sign}{:.1}", times[reference] / times[k]),
            _ => "-".to_owned(),
        };
        let milliseconds = 1e3 * times[k] / problems as f64;
        println!(
            "| {job} | {name} | {tolerance:.1e} | {error:.1e} | {milliseconds:.3} | {ratio} |"
        );
    }
}

fn header() {
    println!("\n| job | solver | tolerance | error | ms | times faster than the fastest form |");
    println!("|---|---|---|---|---|---|");
}

fn golden(j: usize) -> f64 {
    (0.618_033_988_749_894_9 * j as f64).fract()
}

fn options(tolerance: f64) -> Options {
    Options::with_tolerance(tolerance)
}

fn by_panels<F: PanelField<L, K>, const L: usize, const K: usize>(
    field: &F,
    starts: &[Vec<f64>],
    end: f64,
    tolerance: f64,
) -> Ends {
    let mut ends = Vec::new();
    for start in starts {
        let history = History::constant(start);
        let mut engine = PanelSolver::new(field, history, 0.0, options(tolerance)).ok()?;
        let trajectory = solve(&mut engine, end, &Save::Last, &[]).ok()?;
        ends.extend_from_slice(trajectory.last());
    }
    Some(ends)
}

fn by_general(field: &dyn DelayField, starts: &[Vec<f64>], end: f64, tolerance: f64) -> Ends {
    let mut ends = Vec::new();
    for start in starts {
        let history = History::constant(start);
        let mut engine = DelaySolver::new(field, history, 0.0, options(tolerance)).ok()?;
        let trajectory = solve(&mut engine, end, &Save::Last, &[]).ok()?;
        ends.extend_from_slice(trajectory.last());
    }
    Some(ends)
}

/// The Mackey-Glass equation for the reference.
struct PeerMackeyGlass;

impl DDE<1, f64, Vec<f64>> for PeerMackeyGlass {
    fn diff(&self, _: f64, y: &Vec<f64>, past: &[Vec<f64>; 1], slope: &mut Vec<f64>) {
        slope[0] = 0.2 * past[0][0] / (1.0 + past[0][0].powi(10)) - 0.1 * y[0];
    }

    fn lags(&self, _: f64, _: &Vec<f64>, lags: &mut [f64; 1]) {
        lags[0] = 17.0;
    }
}

impl DDE<1, f64, [f64; 1]> for PeerMackeyGlass {
    fn diff(&self, _: f64, y: &[f64; 1], past: &[[f64; 1]; 1], slope: &mut [f64; 1]) {
        slope[0] = 0.2 * past[0][0] / (1.0 + past[0][0].powi(10)) - 0.1 * y[0];
    }

    fn lags(&self, _: f64, _: &[f64; 1], lags: &mut [f64; 1]) {
        lags[0] = 17.0;
    }
}

/// The network for the reference.
struct PeerNetwork {
    b: f64,
    lambda: f64,
}

impl PeerNetwork {
    fn slope(&self, x: &[f64], past: &[f64], slope: &mut [f64]) {
        let mut sum = 0.0;
        for (gate, past) in slope.iter_mut().zip(past) {
            *gate = logistic(self.lambda * past);
            sum += *gate;
        }
        for (slope, x) in slope.iter_mut().zip(x) {
            let gate = *slope;
            *slope = 1.0 - 3.0 * gate + self.b * (sum - gate) * (-6.0 - x);
        }
    }
}

impl DDE<1, f64, Vec<f64>> for PeerNetwork {
    fn diff(&self, _: f64, x: &Vec<f64>, past: &[Vec<f64>; 1], slope: &mut Vec<f64>) {
        self.slope(x, &past[0], slope);
    }

    fn lags(&self, _: f64, _: &Vec<f64>, lags: &mut [f64; 1]) {
        lags[0] = 1.0;
    }
}

impl<const N: usize> DDE<1, f64, [f64; N]> for PeerNetwork {
    fn diff(&self, _: f64, x: &[f64; N], past: &[[f64; N]; 1], slope: &mut [f64; N]) {
        self.slope(x, &past[0], slope);
    }

    fn lags(&self, _: f64, _: &[f64; N], lags: &mut [f64; 1]) {
        lags[0] = 1.0;
    }
}

/// Runs the reference; `$state` turns a start into its kind of state.
macro_rules! peer {
    ($system:expr, $starts:expr, $lag:expr, $end:expr, $tolerance:expr, $state:expr) => {{
        let mut ends = Vec::new();
        for start in $starts {
            let (start, past) = ($state(start), $state(start));
            let method = ExplicitRungeKutta::dopri5()
                .rtol($tolerance)
                .atol($tolerance)
                .max_steps(10_000_000)
                .max_delay($lag);
            let solution = IVP::dde($system, 0.0, $end, start, move |_| past.clone())
                .method(method)
                .solve()
                .ok()?;
            ends.extend_from_slice(&solution.y.last()?[..]);
        }
        Some(ends)
    }};
}

fn mackey_glass() {
    let field = MackeyGlass::new(0.2, 0.1, 10.0, 17.0).unwrap();
    let starts: Vec<Vec<f64>> = (0..8).map(|i| vec![0.5 + 0.4 * golden(i)]).collect();
    let exact = by_panels(&field, &starts, 1000.0, 1e-12).unwrap();
    let vector = |start: &Vec<f64>| start.clone();
    let array = |start: &Vec<f64>| [start[0]];
    header();
    compare(
        "Mackey-Glass, T = 1000",
        starts.len(),
        &exact,
        &[
            (
                "differential-equations",
                Box::new(|tolerance| {
                    peer!(&PeerMackeyGlass, &starts, 17.0, 1000.0, tolerance, vector)
                }),
            ),
            (
                "the same, `[f64; 1]`",
                Box::new(|tolerance| {
                    peer!(&PeerMackeyGlass, &starts, 17.0, 1000.0, tolerance, array)
                }),
            ),
            (
                "general",
                Box::new(|tolerance| by_general(&field, &starts, 1000.0, tolerance)),
            ),
            (
                "panel",
                Box::new(|tolerance| by_panels(&field, &starts, 1000.0, tolerance)),
            ),
        ],
    );
}

fn network(neurons: usize, b: f64, lambda: f64) -> ImpulseNetwork {
    let mut parameters = ImpulseParameters::homogeneous(neurons, 2.0, b, -6.0, 1.0);
    parameters.feedback = Feedback::Mean;
    parameters.lambda = lambda;
    ImpulseNetwork::new(parameters).unwrap()
}

fn cues(neurons: usize, problems: usize) -> Vec<Vec<f64>> {
    let one = |i: usize| (1..=neurons).map(move |j| -0.1 - 1.9 * golden(j + 1000 * i));
    (0..problems).map(|i| one(i).collect()).collect()
}

fn networks_of<const N: usize>(problems: usize) {
    let starts = cues(N, problems);
    for (name, b) in [("1", 1.0), ("1/N", 1.0 / N as f64)] {
        let field = network(N, b, 20.0);
        let system = PeerNetwork { b, lambda: 20.0 };
        let exact = by_panels(&field, &starts, 200.0, 1e-12).unwrap();
        let vector = |start: &Vec<f64>| start.clone();
        let array = |start: &Vec<f64>| -> [f64; N] { start[..].try_into().unwrap() };
        let job = format!("network, N = {N}, b = {name}, T = 200");
        compare(
            &job,
            problems,
            &exact,
            &[
                (
                    "differential-equations",
                    Box::new(|tolerance| peer!(&system, &starts, 1.0, 200.0, tolerance, vector)),
                ),
                (
                    "the same, `[f64; N]`",
                    Box::new(|tolerance| peer!(&system, &starts, 1.0, 200.0, tolerance, array)),
                ),
                (
                    "general",
                    Box::new(|tolerance| by_general(&field, &starts, 200.0, tolerance)),
                ),
                (
                    "panel",
                    Box::new(|tolerance| by_panels(&field, &starts, 200.0, tolerance)),
                ),
            ],
        );
    }
}

/// Fixed tolerances, lambda from smooth to all but relay.
fn steepness() {
    println!("\n| tolerance | b | lambda | solver | largest error | ms | to lambda = 200 |");
    println!("|---|---|---|---|---|---|---|");
    let starts = cues(10, 4);
    for (tolerance, b) in [(1e-6, 0.1), (1e-6, 1.0), (1e-7, 0.1), (1e-7, 1.0)] {
        let mut at_200 = f64::NAN;
        for lambda in [200.0, 20.0, 50.0, 1e3, 1e4, 1e5] {
            let field = network(10, b, lambda);
            let exact = by_panels(&field, &starts, 200.0, 1e-11).unwrap();
            let run = || by_panels(&field, &starts, 200.0, tolerance).unwrap();
            let largest = |ends: &[f64]| {
                let pairs = ends.iter().zip(&exact);
                pairs.map(|(x, y)| (x - y).abs()).fold(0.0, f64::max)
            };
            let (time, ends) = seconds(run);
            if lambda == 200.0 {
                at_200 = time;
            }
            let row = |name: &str, error: f64, time: f64, ratio: String| {
                let milliseconds = 1e3 * time / starts.len() as f64;
                println!(
                    "| {tolerance:.0e} | {b} | {lambda} | {name} | {error:.1e} | {milliseconds:.2} | {ratio} |"
                );
            };
            row(
                "panel",
                largest(&ends),
                time,
                format!("{:.2}", time / at_200),
            );
            let system = PeerNetwork { b, lambda };
            let vector = |start: &Vec<f64>| start.clone();
            let peer = || peer!(&system, &starts, 1.0, 200.0, tolerance, vector);
            let (time, ends) = seconds(peer);
            let error = ends.map_or(f64::NAN, |ends| largest(&ends));
            row("differential-equations", error, time, "-".to_owned());
        }
    }
}

fn ensemble() {
    println!("\n| job | threads | error | us a trajectory | times faster than one alone |");
    println!("|---|---|---|---|---|");
    let count = 1024;
    let members: Vec<_> = (0..count)
        .map(|i| MackeyGlass::new(0.2, 0.1 + 1e-3 * golden(3 * i), 10.0, 17.0).unwrap())
        .collect();
    let start = |i: usize| 0.5 + 0.4 * golden(i);
    let run = |tolerance: f64| {
        let history = |i: usize| History::constant(&[start(i)]);
        let together = PanelEnsemble::new(&members).unwrap();
        let run = together.run(history, 0.0, 1000.0, options(tolerance), &Save::Last);
        let ends: Vec<f64> = run.unwrap().iter().map(|member| member.last()[0]).collect();
        ends
    };
    let alone = |tolerance: f64| {
        let ends = members[..64].iter().enumerate().flat_map(|(i, member)| {
            by_panels(member, &[vec![start(i)]], 1000.0, tolerance).unwrap()
        });
        ends.collect::<Vec<f64>>()
    };
    let exact = run(1e-11);
    let good = |run: &dyn Fn(f64) -> Vec<f64>| {
        let reached = tolerances().find_map(|tolerance| {
            let ends = run(tolerance);
            let error = error(&ends, &exact[..ends.len()]);
            (error <= GOAL).then_some((tolerance, error))
        });
        reached.unwrap()
    };
    let (tolerance, error) = good(&alone);
    let (time, _) = seconds(|| alone(tolerance));
    let one = 1e6 * time / 64.0;
    println!("| Mackey-Glass, T = 1000, alone | 1 | {error:.1e} | {one:.1} | 1 |");
    let pool = |threads| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
    };
    let (tolerance, error) = good(&run);
    let (time, _) = pool(1).install(|| seconds(|| run(tolerance)));
    let each = 1e6 * time / count as f64;
    let ratio = one / each;
    println!("| ensemble of {count} | 1 | {error:.1e} | {each:.1} | {ratio:.1} |");
    let best = |threads: usize| {
        let once = || {
            let begin = Instant::now();
            pool(threads).install(|| run(tolerance));
            begin.elapsed().as_secs_f64()
        };
        (0..5).map(|_| once()).fold(f64::INFINITY, f64::min)
    };
    println!(
        "two threads against one, by the wall clock: {:.2}",
        best(1) / best(2)
    );
}

fn million() {
    let neurons = 1_000_000;
    let field = network(neurons, 1e-6, 20.0);
    let start = &cues(neurons, 1)[0];
    println!("\n| job | tolerance | panels | s a unit of time, wall clock | GB |");
    println!("|---|---|---|---|---|");
    for tolerance in [1e-3, 1e-5] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(2)
            .build()
            .unwrap();
        pool.install(|| {
            let begin = Instant::now();
            let history = History::constant(start);
            let mut engine = PanelSolver::new(&field, history, 0.0, options(tolerance)).unwrap();
            while engine.time() < 6.0 {
                engine.advance(6.0).unwrap();
            }
            let time = begin.elapsed().as_secs_f64() / 6.0;
            let panels = engine.statistics().steps + engine.statistics().rejected;
            let memory = engine.history_bytes() as f64 / 1e9;
            println!("| N = 1e6, b = 1e-6, T = 6, two threads | {tolerance:.0e} | {panels} | {time:.2} | {memory:.2} |");
        });
    }
}

/// Stuart-Landau oscillators with a delay for every connection, on their exact travelling wave
/// `z_j = r e^(i (t + phi_j))`.
fn matrix() {
    use std::f64::consts::TAU;
    const STRENGTH: f64 = 0.5;
    const ANGLE: f64 = 0.3;
    println!("\n| nodes | lags | T | tolerance | error / tolerance | steps | s |");
    println!("|---|---|---|---|---|---|---|");
    let phase = |j: usize| TAU * golden((j + 1) * (j + 1));
    let frequency = 1.0 + STRENGTH * ANGLE.sin();
    let radius = (1.0 - STRENGTH + STRENGTH * ANGLE.cos()).sqrt();
    let wave = |time: f64, component: usize| {
        let angle = time + phase(component / 2);
        radius
            * if component.is_multiple_of(2) {
                angle.cos()
            } else {
                angle.sin()
            }
    };
    for nodes in [20, 90] {
        let others = nodes - 1;
        let delay = |j: usize, k: usize| {
            let difference = phase(k) - phase(j) + ANGLE;
            difference + if difference > 0.2 { 0.0 } else { TAU }
        };
        let pairs = (0..nodes).flat_map(|j| (0..nodes).map(move |k| (j, k)));
        let pairs = pairs.filter(|(j, k)| j != k);
        let reads = pairs.flat_map(|(j, k)| [(delay(j, k), 2 * k), (delay(j, k), 2 * k + 1)]);
        let table = DelayTable::new(reads);
        let field = closure_field(2 * nodes, table.lags(), |_, state, delayed, slopes| {
            let part = STRENGTH / others as f64;
            for j in 0..nodes {
                let (x, y) = (state[2 * j], state[2 * j + 1]);
                let (mut re, mut im) = (0.0, 0.0);
                for k in j * others..(j + 1) * others {
                    re += delayed.value(2 * k);
                    im += delayed.value(2 * k + 1);
                }
                let gain = 1.0 - x * x - y * y - STRENGTH;
                slopes[2 * j] = gain * x - frequency * y + part * re;
                slopes[2 * j + 1] = gain * y + frequency * x + part * im;
            }
        })
        .with_reads(table.reads());
        let end = 100.0;
        for tolerance in [1e-3, 1e-6] {
            let begin = Instant::now();
            let history = History::components(2 * nodes, wave);
            let mut engine = DelaySolver::new(&field, history, 0.0, options(tolerance)).unwrap();
            let found = solve(&mut engine, end, &Save::Last, &[]).unwrap();
            let time = begin.elapsed().as_secs_f64();
            let errors = found.last().iter().enumerate();
            let errors = errors.map(|(j, value)| (value - wave(end, j)).abs());
            let error = errors.fold(0.0, f64::max) / tolerance;
            let (lags, steps) = (table.lags().len(), found.statistics.steps);
            println!(
                "| {nodes} | {lags} | {end} | {tolerance:.0e} | {error:.2} | {steps} | {time:.3} |"
            );
        }
    }
}

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with('-'))
        .collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|want| want == name);
    if is_wanted("mackey-glass") {
        mackey_glass();
    }
    if is_wanted("networks") {
        header();
        networks_of::<10>(8);
        networks_of::<100>(3);
        networks_of::<1000>(1);
    }
    if is_wanted("steepness") {
        steepness();
    }
    if is_wanted("ensemble") {
        ensemble();
    }
    if is_wanted("matrix") {
        matrix();
    }
    if is_wanted("million") {
        million();
    }
}
