//! What is known of Gaussian pairs, estimated and in closed form; and the loop of a circle, from noisy points.

use nalgebra::DMatrix;
use pulsatrix::probes::homology::{FilteredGraph, graph_diagrams};
use pulsatrix::probes::information::{gaussian_information, gaussian_pairs, ksg};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("correlation   true nats   by nearest neighbours");
    for correlation in [0.0, 0.5, 0.9] {
        let (x, y) = gaussian_pairs(correlation, 1, 2000, 1)?;
        let truth = gaussian_information(correlation, 1);
        let found = ksg(&x, &y, 3)?;
        println!("{correlation:11}   {truth:9.4}   {:.4}", found.nats);
        assert!(
            (found.nats - truth).abs() < 0.06,
            "three standard errors of 2,000 pairs"
        );
    }

    let angle = |i: usize| std::f64::consts::TAU * i as f64 / 24.0;
    // The radius trembles by a twentieth.
    let radius = |i: usize| 1.0 + 0.05 * (7.0 * angle(i)).sin();
    let points = DMatrix::from_fn(24, 2, |i, j| {
        radius(i) * [angle(i).cos(), angle(i).sin()][j]
    });
    let loops = &graph_diagrams(&FilteredGraph::of_points(&points, None)?, 1)?[1];
    let longest = loops
        .intervals
        .iter()
        .map(|found| found.death - found.birth)
        .fold(0.0, f64::max);
    println!(
        "a trembling circle has {} loop(s); the longest lives for {longest:.3}",
        loops.intervals.len()
    );
    assert!(
        (longest - (3.0_f64.sqrt() - 0.26)).abs() < 0.2,
        "near that of the circle itself: √3 less a side of the polygon"
    );
    Ok(())
}
