//! The gradient flow of a read-out, at any time and in one decomposition, against small steps of descent.
//!
//! `B' = -Hᵀ (H B - T)` from 0: the flow ends at the pseudo-inverse, and a ridge looks like stopping early.

use nalgebra::dmatrix;
use pulsatrix::training::readout::{ReadoutError, SpectralFilter, SpectralReadout};

fn main() -> Result<(), ReadoutError> {
    let features = dmatrix![1.0, 0.0; 0.0, 1.0; 1.0, 1.0];
    let targets = dmatrix![1.0; 2.0; 3.5];
    let all = SpectralReadout::new(&features, &targets)?;
    println!("time   weights by the flow     by a million steps");
    for time in [0.1, 1.0, 10.0] {
        let flow = all.weights(SpectralFilter::Flow { time })?;
        let steps = 1_000_000;
        let mut weights = dmatrix![0.0; 0.0];
        for _ in 0..steps {
            weights -=
                features.tr_mul(&(&features * &weights - &targets)) * (time / f64::from(steps));
        }
        println!(
            "{time:4}   {:.6}, {:.6}      {:.6}, {:.6}",
            flow[0], flow[1], weights[0], weights[1]
        );
        assert!(
            (flow - weights).amax() < 1e-5,
            "Euler's error is of the order of its step"
        );
    }
    let end = all.weights(SpectralFilter::PseudoInverse)?;
    println!(" end   {:.6}, {:.6}", end[0], end[1]);
    // Least squares by hand: (HᵀH)⁻¹ HᵀT with HᵀH = [2 1; 1 2] and HᵀT = [4.5, 5.5].
    assert!(
        (end - dmatrix![3.5 / 3.0; 6.5 / 3.0]).amax() < 1e-14,
        "the end of the flow is least squares"
    );
    Ok(())
}
