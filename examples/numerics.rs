//! The root of two between two neighbouring numbers, by interval arithmetic whose every bound is rounded outwards; a random stream
//! that is the same on every machine; and the spectrum of a matrix whose eigenvalues are known.
//!
//! Eigenvalues of the second difference with fixed ends: 2 - 2 cos(pi k / (n + 1)).

use nalgebra::DMatrix;
use pulsatrix::numerics::interval::Interval;
use pulsatrix::numerics::matrix::{MatrixError, symmetric_spectrum};
use pulsatrix::numerics::random::member;

fn main() -> Result<(), MatrixError> {
    let root = Interval::point(2.0).sqrt();
    println!("the root of 2 lies in {root}, {:.1e} wide", root.width());
    assert!(
        root.square().contains(2.0),
        "the square of an enclosure encloses the square"
    );
    assert!(
        root.width() < 1e-15,
        "outward rounding costs a few units of the last place"
    );

    let seeds: Vec<u64> = (0..3).map(|index| member(1, "example", index)).collect();
    println!("seeds of three members of an ensemble: {seeds:?}");
    assert!(
        seeds[0] != seeds[1] && seeds[0] == member(1, "example", 0),
        "streams repeat, and differ"
    );

    let n = 50;
    let difference = DMatrix::from_fn(n, n, |i, j| match i.abs_diff(j) {
        0 => 2.0,
        1 => -1.0,
        _ => 0.0,
    });
    let mut found: Vec<f64> = symmetric_spectrum(&difference)?
        .values
        .iter()
        .copied()
        .collect();
    found.sort_by(f64::total_cmp);
    let expected = |k: usize| 2.0 - 2.0 * (std::f64::consts::PI * k as f64 / (n + 1) as f64).cos();
    let worst = (1..=n)
        .map(|k| (found[k - 1] - expected(k)).abs())
        .fold(0.0, f64::max);
    println!("eigenvalues of the second difference of {n} points: off by {worst:.1e} at most");
    assert!(worst < 1e-13, "the spectrum has a closed form");
    Ok(())
}
