//! Persistent homology and mutual information: times beside what is found and, where a plain reduction of the
//! boundary matrix ends within seconds, the ratio to it in the same run.
//!
//! `cargo bench --bench probes`

use std::collections::HashMap;
use std::time::Instant;

use nalgebra::DMatrix;
use pulsatrix::numerics::random::stream;
use pulsatrix::probes::homology::{
    FilteredGraph, RelevanceOptions, Triangles, graph_diagrams, relevance_diagrams, relevances,
};
use pulsatrix::probes::information::{Bound, NeuralOptions, ksg, neural_bound};
use rand::RngExt;
use rand_distr::StandardNormal;

/// Least time of some runs in seconds, and the last result.
fn timed<T>(runs: usize, mut run: impl FnMut() -> T) -> (f64, T) {
    let mut best = f64::INFINITY;
    let mut once = || {
        let start = Instant::now();
        let result = run();
        best = best.min(start.elapsed().as_secs_f64());
        result
    };
    let mut result = once();
    for _ in 1..runs {
        result = once();
    }
    (best, result)
}

/// Loops of the clique complex of a matrix of distances by the standard reduction of its triangles, column by
/// column (H. Edelsbrunner, D. Letscher, A. Zomorodian, 2002).
fn plain_loops(distances: &DMatrix<f64>, threshold: f64) -> usize {
    let count = distances.nrows();
    let mut edges: Vec<(f64, usize, usize)> = (0..count)
        .flat_map(|a| (a + 1..count).map(move |b| (distances[(a, b)], a, b)))
        .filter(|edge| edge.0 <= threshold)
        .collect();
    edges.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut place = DMatrix::from_element(count, count, usize::MAX);
    for (edge, (_, a, b)) in edges.iter().enumerate() {
        place[(*a, *b)] = edge;
    }
    let mut triangles = Vec::new();
    for (edge, (_, a, b)) in edges.iter().enumerate() {
        for c in (0..count).filter(|c| c != a && c != b) {
            let (x, y) = (place[(c.min(*a), c.max(*a))], place[(c.min(*b), c.max(*b))]);
            if x < edge && y < edge {
                let mut column = vec![x, y, edge];
                column.sort_unstable();
                triangles.push(column);
            }
        }
    }
    let mut lows: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut loops = 0;
    for mut column in triangles {
        let latest = column[2];
        while let Some(other) = column.last().and_then(|low| lows.get(low)) {
            let mut sum = Vec::with_capacity(column.len() + other.len());
            let (mut a, mut b) = (column.iter().peekable(), other.iter().peekable());
            while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
                match x.cmp(y) {
                    std::cmp::Ordering::Less => sum.extend(a.next()),
                    std::cmp::Ordering::Greater => sum.extend(b.next()),
                    std::cmp::Ordering::Equal => {
                        a.next();
                        b.next();
                    }
                }
            }
            sum.extend(a);
            sum.extend(b);
            column = sum;
        }
        if let Some(low) = column.last() {
            loops += usize::from(edges[*low].0 < edges[latest].0);
            lows.insert(*low, column);
        }
    }
    // Loops that no triangle closes.
    let connected = (0..count).collect::<Vec<_>>();
    let mut root = connected;
    let mut trees = 0;
    for (_, a, b) in &edges {
        let (from, to) = (root[*a], root[*b]);
        if from != to {
            trees += 1;
            root.iter_mut()
                .filter(|r| **r == from)
                .for_each(|r| *r = to);
        }
    }
    loops + edges.len() - trees - lows.len()
}

fn symmetric(count: usize, random: &mut impl rand::Rng) -> DMatrix<f64> {
    let half = DMatrix::from_fn(count, count, |_, _| random.random::<f64>());
    DMatrix::from_fn(count, count, |i, j| match i == j {
        true => 0.0,
        false => half[(i.min(j), i.max(j))],
    })
}

fn homology() {
    let mut random = stream(1, "bench of homology", 0);
    println!("relevances of N(0, 1) weights: components, loops and voids");
    for sizes in [[100, 100, 10], [200, 200, 10], [512, 512, 10]] {
        let layers: Vec<DMatrix<f64>> = sizes
            .windows(2)
            .map(|pair| DMatrix::from_fn(pair[1], pair[0], |_, _| random.sample(StandardNormal)))
            .collect();
        for triangles in [Triangles::OwnProduct, Triangles::Clique] {
            let options = RelevanceOptions {
                triangles,
                ..RelevanceOptions::default()
            };
            let (time, found) = timed(5, || {
                let read = relevances(&layers).expect("sound weights");
                relevance_diagrams(&read, options).expect("layers that chain")
            });
            println!(
                "  {sizes:?} {triangles:?}: {time:.4} s, {} loops",
                found[1].intervals.len()
            );
        }
    }
    println!("independent uniform weights, components and loops");
    for (count, threshold) in [(100, 0.3), (200, 0.3), (500, 0.1)] {
        let distances = symmetric(count, &mut random);
        let (time, found) = timed(5, || {
            let graph = FilteredGraph::of_distances(&distances, Some(threshold));
            graph_diagrams(&graph.expect("distances"), 1).expect("two dimensions")
        });
        let loops = found[1].intervals.len();
        print!("  {count} vertices up to {threshold}: {time:.4} s, {loops} loops");
        if count <= 200 {
            let (plain, expected) = timed(1, || plain_loops(&distances, threshold));
            print!(
                "; plain reduction {plain:.3} s, {expected} loops, ratio {:.0}",
                plain / time
            );
        }
        println!();
    }
    let cube = DMatrix::from_fn(1000, 3, |_, _| random.random::<f64>());
    let circle = DMatrix::from_fn(1000, 2, |i, j| {
        let angle = std::f64::consts::TAU * i as f64 / 1000.0;
        [angle.cos(), angle.sin()][j] + 0.1 * cube[(i, j)]
    });
    println!("1,000 points, all distances, components and loops");
    for (name, points) in [("uniform in a cube", cube), ("near a circle", circle)] {
        let (time, found) = timed(5, || {
            let graph = FilteredGraph::of_points(&points, None).expect("points");
            graph_diagrams(&graph, 1).expect("two dimensions")
        });
        println!("  {name}: {time:.4} s, {} loops", found[1].intervals.len());
    }
}

fn information() {
    println!("mutual information of Gaussian pairs, in nats");
    let mut random = stream(1, "bench of information", 0);
    let mut pairs = |rho: f64, count: usize| {
        let mut normal =
            || DMatrix::from_fn(count, 1, |_, _| random.sample::<f64, _>(StandardNormal));
        let (x, noise) = (normal(), normal());
        let y = rho * &x + (1.0 - rho * rho).sqrt() * noise;
        (x, y)
    };
    for rho in [0.5_f64, 0.9] {
        let truth = -0.5 * (1.0 - rho * rho).ln();
        let (x, y) = pairs(rho, 20_000);
        for bound in [Bound::Mine, Bound::Nwj, Bound::InfoNce, Bound::Smile] {
            let options = NeuralOptions::default();
            let (time, found) = timed(2, || {
                neural_bound(&x, &y, bound, &options).expect("sound pairs")
            });
            let found = found.estimate;
            println!(
                "  {bound:?}, 2,500 steps of 512 of 20,000: {time:.2} s, {:.4} ± {:.4}, true {truth:.4}",
                found.nats, found.standard_error
            );
        }
        let (x, y) = pairs(rho, 2_000);
        let (time, found) = timed(3, || ksg(&x, &y, 3).expect("continuous pairs"));
        println!(
            "  ksg, 3 neighbours of 2,000: {time:.4} s, {:.4} ± {:.4}, true {truth:.4}",
            found.nats, found.standard_error
        );
    }
}

fn main() {
    homology();
    information();
}
